"""The joint model: labels of pieces, and for pairs of mentions the relation, its status and its source, on one encoder.

Where the words of a claim stand is all that it learns from: a pair is a claim where the quote holds both ends.
"""

from __future__ import annotations

import copy
import logging
import math
import random
import time
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from kg.encoder import END, PAD, START
from kg.extract.relations import CERTAINTIES, DEAL, FITTING, KINDS, NONE, POLARITIES, STAGES, TYPES
from kg.train.learn import UNSCORED, Tagger, warm_then_linear
from kg.train.lessons import UNKNOWN
from kg.train.plain import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from kg.train.lessons import Lesson
    from kg.train.recipe import Recipe

log = logging.getLogger(__name__)
NONE_SCORE = -1e4
HEADS, WIDTH, SIZE, BILINEAR, POINTER = 4, 96, 512, 192, 128
PLACES = 5
"""Where a piece may stand to a pair: before both, in the first, between, in the second, behind both."""
DISTANCES = (2, 5, 10, 20, 40)
"""Pieces between the ends of a pair: edges of the classes."""


class Pairs(nn.Module):
    """Scores pairs of mentions from the encoder's view of a text."""

    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        end = 2 * HIDDEN + 64
        self.kind = nn.Embedding(len(TYPES), 64)
        self.deal = nn.Parameter(torch.randn(2 * HIDDEN) * 0.02)
        self.place = nn.Embedding(2 * PLACES, HEADS)
        self.far = nn.Embedding(16, 32)
        self.between = nn.Embedding(len(DISTANCES) + 1, 32)
        self.ask_first, self.ask_second = nn.Linear(end, HEADS * WIDTH), nn.Linear(end, HEADS * WIDTH)
        self.key, self.value = nn.Linear(HIDDEN, HEADS * WIDTH), nn.Linear(HIDDEN, HEADS * WIDTH)
        self.half_first, self.half_second = nn.Linear(end, BILINEAR), nn.Linear(end, BILINEAR)
        self.first, self.second = nn.Linear(end, SIZE), nn.Linear(end, SIZE)
        self.rest = nn.Linear(HEADS * WIDTH + 64 + BILINEAR, SIZE)
        self.again = nn.Linear(SIZE, SIZE)
        self.dropout = nn.Dropout(dropout)
        self.relation, self.certainty = nn.Linear(SIZE, len(KINDS)), nn.Linear(SIZE, len(CERTAINTIES))
        self.polarity, self.stage = nn.Linear(SIZE, len(POLARITIES)), nn.Linear(SIZE, len(STAGES))
        self.point, self.pointed = nn.Linear(SIZE, POINTER), nn.Linear(2 * HIDDEN, POINTER)
        self.nobody = nn.Linear(SIZE, 1)
        self.voice_far = nn.Embedding(16, 1)

    def forward(
        self, hidden: torch.Tensor, sentences: torch.Tensor, ends: torch.Tensor, pairs: torch.Tensor, voices: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """Scores of relations, certainties, polarities, stages and sources of each pair.

        ``hidden`` [pieces, HIDDEN], ``sentences`` [pieces], ``ends`` [mentions, (first, last, type, sentence)], ``pairs`` [pairs, 2] (the number of
        mentions stands for the deal), ``voices`` [words, (first, last, sentence)].
        """
        seen = torch.cat([torch.cat([hidden[ends[:, 0]], hidden[ends[:, 1]]], -1), self.deal[None]])
        kinds = torch.cat([ends[:, 2], torch.full((1,), DEAL)])
        whole = torch.cat([seen, self.kind(kinds)], -1)
        one, two = pairs[:, 0], pairs[:, 1]
        deal_one, deal_two = (one == ends.shape[0]).long(), (two == ends.shape[0]).long()
        own = torch.cat([ends, torch.zeros((1, 4), dtype=torch.long)])
        # a deal stands where the other end does
        at_one, at_two = torch.where(deal_one == 1, two, one), torch.where(deal_two == 1, one, two)
        a, b = own[at_one], own[at_two]
        forward = (a[:, 0] <= b[:, 0]).long()
        low, high = torch.minimum(a[:, 3], b[:, 3]), torch.maximum(a[:, 3], b[:, 3])
        first, last = torch.minimum(a[:, 0], b[:, 0]), torch.maximum(a[:, 1], b[:, 1])
        inner, outer = torch.minimum(a[:, 1], b[:, 1]), torch.maximum(a[:, 0], b[:, 0])
        piece = torch.arange(hidden.shape[0])[None]
        where = (piece >= first[:, None]).long() + (piece > inner[:, None]).long() + (piece >= outer[:, None]).long() + (piece > last[:, None]).long()
        asked = (self.ask_first(whole)[one] + self.ask_second(whole)[two]).view(-1, HEADS, WIDTH)
        keys, values = self.key(hidden).view(-1, HEADS, WIDTH), self.value(hidden).view(-1, HEADS, WIDTH)
        match = torch.einsum("phd,lhd->phl", asked, keys) / WIDTH**0.5
        match = match + self.place(where.clamp(max=PLACES - 1) + PLACES * forward[:, None]).transpose(1, 2)
        near = (sentences[None] >= low[:, None]) & (sentences[None] <= high[:, None])
        match = match + (near[:, None].to(match.dtype) - 1.0) * -NONE_SCORE
        context = torch.einsum("phl,lhd->phd", match.softmax(-1), values).flatten(1)
        bilinear = self.half_first(whole)[one] * self.half_second(whole)[two]
        apart = (high - low).clamp(max=2) * 2 + forward + 6 * deal_one + 8 * deal_two
        gap = (outer - inner).clamp(min=0)
        step = sum((gap > edge).long() for edge in DISTANCES)
        rest = self.rest(torch.cat([context, self.far(apart), self.between(step), bilinear], -1))
        z = self.dropout(functional.gelu(self.first(whole)[one] + self.second(whole)[two] + rest))
        z = z + self.dropout(functional.gelu(self.again(z)))
        speakers = self.pointed(torch.cat([hidden[voices[:, 0]], hidden[voices[:, 1]]], -1))
        distance = (
            (voices[None, :, 2] - low[:, None]).clamp(-2, 2)
            + 2
            + 5 * ((voices[None, :, 0] > first[:, None]).long() + (voices[None, :, 0] > last[:, None]).long())
        )
        told = self.point(z) @ speakers.T / POINTER**0.5 + self.voice_far(distance)[..., 0]
        outside = (voices[None, :, 2] < low[:, None] - 1) | (voices[None, :, 2] > high[:, None] + 1)
        told = told - outside.to(told.dtype) * -NONE_SCORE
        told = torch.cat([self.nobody(z), told], -1)
        return self.relation(z), self.certainty(z), self.polarity(z), self.stage(z), told


class Joint(nn.Module):
    """The encoder with labels of pieces and scores of pairs."""

    def __init__(self, tagger: Tagger) -> None:
        super().__init__()
        self.tagger = tagger
        self.pairs = Pairs()

    def see(self, words: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """What the encoder sees of pieces, [sequences, pieces, HIDDEN]."""
        return self.tagger.dropout(self.tagger.encoder(inputs_embeds=words, attention_mask=mask).last_hidden_state)


def learn_jointly(known: Sequence[Lesson], words: NDArray[np.float32], tagger: Tagger, recipe: Recipe) -> Joint:
    """The joint model, from a tagger of mentions that goes on learning; ``words`` are the word vectors, which stay as they are."""
    torch.manual_seed(recipe.seed)
    shuffled = random.Random(recipe.seed)  # noqa: S311  not for secrets
    vectors = nn.Embedding.from_pretrained(torch.from_numpy(words), freeze=True)
    model = Joint(tagger)
    for layer in model.tagger.encoder.encoder.layer[: recipe.joint_fixed]:
        layer.requires_grad_(False)
    model.tagger.encoder.embeddings.requires_grad_(False)
    rounds = [_groups(known, recipe.joint_batch, shuffled) for _ in range(recipe.joint_epochs)]
    _learn(model, vectors, [[[known[at] for at in group] for group in groups] for groups in rounds], recipe.joint_rate, recipe.joint_head_rate)
    return model


def go_on(model: Joint, known: Sequence[Lesson], labelled: Sequence[Lesson], words: NDArray[np.float32], recipe: Recipe) -> Joint:
    """The joint model after a round over all lessons together with pairs that others labelled, and half a round without these.

    It is learnt several times, each in another order, and the mean of the weights is kept (Wortsman et al. 2022, arXiv:2203.05482).
    """
    vectors = nn.Embedding.from_pretrained(torch.from_numpy(words), freeze=True)
    learnt = []
    for seed in range(recipe.seed, recipe.seed + recipe.labelled_times):
        torch.manual_seed(seed)
        shuffled = random.Random(seed)  # noqa: S311  not for secrets
        rounds = []
        for lessons in ([*known, *labelled], shuffled.sample(list(known), len(known) // 2)):
            rounds.append([[lessons[at] for at in group] for group in _groups(lessons, recipe.joint_batch, shuffled)])
        one = copy.deepcopy(model)
        _learn(one, vectors, rounds, recipe.labelled_rate, recipe.labelled_head_rate)
        learnt.append(one.state_dict())
    model.load_state_dict({name: torch.stack([state[name].float() for state in learnt]).mean(0) for name in learnt[0]})
    model.eval()
    return model


def _learn(model: Joint, vectors: nn.Embedding, rounds: Sequence[Sequence[Sequence[Lesson]]], rate: float, head_rate: float) -> None:
    """Take rounds of groups of lessons, at rates that rise over a tenth of the steps and then fall to nothing."""
    optimizer = torch.optim.AdamW(
        [
            {"params": [one for one in model.tagger.encoder.parameters() if one.requires_grad], "lr": rate},
            {"params": [*model.tagger.labels.parameters(), *model.pairs.parameters()], "lr": head_rate},
        ],
        weight_decay=0.01,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, warm_then_linear(sum(map(len, rounds))))
    for number, groups in enumerate(rounds, start=1):
        model.train()
        started, losses = time.monotonic(), []
        for group in groups:
            losses.append(_step(model, vectors, group))
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        log.info(
            "epoch %d: loss %s, %.0f s",
            number,
            [round(math.fsum(one) / len(one), 4) for one in zip(*losses, strict=True)],
            time.monotonic() - started,
        )
    model.eval()


def _groups(known: Sequence[Lesson], pieces: int, shuffled: random.Random) -> list[list[int]]:
    """Numbers of the lessons in groups of about so many pieces, in a random order."""
    order = list(range(len(known)))
    shuffled.shuffle(order)
    groups: list[list[int]] = [[]]
    held = 0
    for at in order:
        size = len(known[at].labels)
        if groups[-1] and held + size > pieces:
            groups.append([])
            held = 0
        groups[-1].append(at)
        held += size
    return groups


def see(model: Joint, vectors: nn.Embedding, windows: Sequence[Sequence[int]]) -> list[torch.Tensor]:
    """What the encoder sees of windows, [pieces, HIDDEN] of each."""
    seen: list[torch.Tensor | None] = [None] * len(windows)
    order = sorted(range(len(windows)), key=lambda at: len(windows[at]))
    batch: list[int] = []
    for place, at in enumerate(order):
        batch.append(at)
        width = max(len(windows[one]) for one in batch) + 2
        following = len(windows[order[place + 1]]) + 2 if place + 1 < len(order) else 0
        if place + 1 < len(order) and following - len(windows[batch[0]]) < 24 and width * len(batch) < 1000:
            continue
        ids = torch.full((len(batch), width), PAD)
        for row, one in enumerate(batch):
            ids[row, : len(windows[one]) + 2] = torch.tensor([START, *windows[one], END])
        hidden = model.see(vectors(ids), (ids != PAD).long())
        for row, one in enumerate(batch):
            seen[one] = hidden[row, 1 : len(windows[one]) + 1]
        batch = []
    return [one for one in seen if one is not None]


def tensors_of(lesson: Lesson) -> tuple[torch.Tensor, ...]:
    """Sentences, ends, pairs and voices of a lesson as the model takes them."""
    return (
        torch.tensor(lesson.sentences),
        torch.tensor(lesson.ends, dtype=torch.long).view(-1, 4),
        torch.tensor(lesson.pairs, dtype=torch.long).view(-1, 2),
        torch.tensor(lesson.voices, dtype=torch.long).view(-1, 3),
    )


def _step(model: Joint, vectors: nn.Embedding, group: Sequence[Lesson]) -> tuple[float, float, float]:
    """Gradients of a group of lessons; what is wrong with labels, relations and status.

    Lessons of labelled pairs count by their part of the pieces.
    """
    seen = see(model, vectors, [window for lesson in group for window in lesson.windows])
    wanted = torch.tensor([label for lesson in group for label in lesson.labels])
    scored = float((wanted != UNSCORED).float().mean())
    labels = functional.cross_entropy(model.tagger.labels(torch.cat(seen)), wanted, ignore_index=UNSCORED) if scored else torch.zeros(())
    relations, status, taught, claims, likely = torch.zeros(()), torch.zeros(()), torch.zeros(()), 0, 0.0
    at = 0
    for lesson in group:
        hidden = torch.cat(seen[at : at + len(lesson.windows)])
        at += len(lesson.windows)
        if not lesson.pairs:
            continue
        scores = model.pairs(hidden, *tensors_of(lesson))
        kinds = masked(scores[0], lesson)
        if lesson.shares is not None:
            taught = taught - (lesson.shares * kinds.log_softmax(-1).clamp(min=-30)).sum()
            likely += float(lesson.shares[:, : KINDS.index(NONE)].sum())
            continue
        relations = relations + functional.cross_entropy(kinds, torch.tensor([one.relation for one in lesson.wanted]), reduction="sum")
        is_claim = [number for number, one in enumerate(lesson.wanted) if one.certainty != UNKNOWN]
        claims += len(is_claim)
        if is_claim:
            status = status + _status_loss(scores, lesson, is_claim)
    relations, status, taught = relations / max(3 * claims, 30), status / max(claims, 8), taught / max(2 * likely, 20)
    loss = scored * (labels * 2 + relations + status * 0.4) + (1 - scored) * 0.7 * taught
    loss.backward()
    return float(labels.detach()), float((relations + taught).detach()), float(status.detach())


_FITTING = torch.from_numpy(FITTING)


def masked(scores: torch.Tensor, lesson: Lesson) -> torch.Tensor:
    """Scores of relations with those that the types do not allow far below."""
    kinds = torch.tensor([*(end.type for end in lesson.ends), DEAL])
    pairs = torch.tensor(lesson.pairs, dtype=torch.long).view(-1, 2)
    return scores.masked_fill(~_FITTING[kinds[pairs[:, 0]], kinds[pairs[:, 1]]], NONE_SCORE)


def _status_loss(scores: tuple[torch.Tensor, ...], lesson: Lesson, rows: list[int]) -> torch.Tensor:
    wanted = [lesson.wanted[row] for row in rows]
    loss = functional.cross_entropy(scores[1][rows], torch.tensor([one.certainty for one in wanted]), reduction="sum")
    loss = loss + functional.cross_entropy(scores[2][rows], torch.tensor([one.polarity for one in wanted]), reduction="sum")
    staged = [(row, one.stage) for row, one in zip(rows, wanted, strict=True) if one.stage != UNKNOWN]
    if staged:
        loss = loss + functional.cross_entropy(scores[3][[row for row, _ in staged]], torch.tensor([stage for _, stage in staged]), reduction="sum")
    for row, one in zip(rows, wanted, strict=True):
        if one.voices:
            said = scores[4][row].log_softmax(-1)
            loss = loss - torch.logsumexp(said[list(one.voices)], 0)
    return loss
