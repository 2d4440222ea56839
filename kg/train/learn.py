"""Fine-tuning: the encoder learns labels from examples (Devlin et al. 2019, arXiv:1810.04805), on the processor, in 32 bits.

Not in bfloat16: processors without instructions for it take a hundred times as long.
"""

from __future__ import annotations

import logging
import math
import random
import time
from typing import TYPE_CHECKING, Any

import torch
from transformers import BertConfig, BertModel

from kg.encoder import END, LONGEST, PAD, START
from kg.extract.mentions import LABELS
from kg.train.plain import EPSILON, FEED_FORWARD, HEADS, HIDDEN, POSITIONS, bert_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from kg.train.examples import Example
    from kg.train.recipe import Recipe

log = logging.getLogger(__name__)
UNSCORED = -100
"""Label of pieces that teach nothing: START, END and filling."""


class Tagger(torch.nn.Module):
    """The encoder with a layer that scores the labels of each piece."""

    def __init__(self, encoder: Any, dropout: float = 0.0, labels: int = len(LABELS)) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = torch.nn.Dropout(dropout)
        self.labels = torch.nn.Linear(HIDDEN, labels)

    def forward(self, words: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores of the labels, [sequences, pieces, labels], from word vectors and a mask of what is no filling; and what the encoder saw."""
        seen = self.dropout(self.encoder(inputs_embeds=words, attention_mask=mask).last_hidden_state)
        return self.labels(seen), seen


class Hidden(torch.nn.Module):
    """The encoder as it is: what it says of each piece, before any training of ours."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, words: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Vectors of the pieces, [sequences, pieces, values], from word vectors and a mask of what is no filling."""
        return self.encoder(inputs_embeds=words, attention_mask=mask).last_hidden_state


def make_encoder(tensors: dict[str, NDArray[np.float32]], layers: int = 12) -> Any:
    """The lower layers of the plain encoder as a ``BertModel`` that takes word vectors."""
    config = BertConfig(
        vocab_size=1,
        hidden_size=HIDDEN,
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        intermediate_size=FEED_FORWARD,
        max_position_embeddings=POSITIONS,
        type_vocab_size=2,
        layer_norm_eps=EPSILON,
        pad_token_id=0,
        attn_implementation="eager",
    )
    model = BertModel(config, add_pooling_layer=False)
    state = model.state_dict()
    for name, values in tensors.items():
        theirs = bert_name(name)
        if theirs in state:
            state[theirs] = torch.from_numpy(values.copy()).reshape(state[theirs].shape)
    model.load_state_dict(state)
    return model


def learn(examples: Sequence[Example], words: NDArray[np.float32], tensors: dict[str, NDArray[np.float32]], recipe: Recipe) -> Tagger:
    """A tagger trained on the examples; ``words`` are the word vectors, which stay as they are."""
    torch.manual_seed(recipe.seed)
    shuffled = random.Random(recipe.seed)  # noqa: S311  not for secrets
    vectors = torch.nn.Embedding.from_pretrained(torch.from_numpy(words), freeze=True)
    model = Tagger(make_encoder(tensors, recipe.layers), recipe.dropout)
    model.train()
    optimizer = torch.optim.AdamW(_parameters(model, recipe), weight_decay=0.01, fused=True)
    rounds = [_batches(examples, recipe.batch, shuffled) for _ in range(recipe.epochs)]
    steps = sum(map(len, rounds))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, warm_then_linear(steps))
    for number, batches in enumerate(rounds, start=1):
        started, losses = time.monotonic(), []
        for batch in batches:
            losses.append(_step(model, vectors, [examples[at] for at in batch]))
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        log.info("epoch %d: loss %.4f, %.0f s", number, math.fsum(losses) / len(losses), time.monotonic() - started)
    model.eval()
    return model


def _parameters(model: Tagger, recipe: Recipe) -> list[dict[str, Any]]:
    return [
        {"params": list(model.encoder.parameters()), "lr": recipe.rate},
        {"params": list(model.labels.parameters()), "lr": recipe.head_rate},
    ]


def warm_then_linear(steps: int) -> Any:
    """How the learning rate goes: up over a tenth of the steps, then down to nothing."""
    warm = max(1, steps // 10)
    return lambda step: (step + 1) / warm if step < warm else max(0.0, (steps - step) / (steps - warm))


def _batches(examples: Sequence[Example], pieces: int, shuffled: random.Random) -> list[list[int]]:
    """Numbers of the examples in batches of like length, in a random order."""
    order = sorted(range(len(examples)), key=lambda at: (len(examples[at].ids) + shuffled.uniform(0, 8), at))
    batches: list[list[int]] = [[]]
    for at in order:
        if batches[-1] and (len(batches[-1]) + 1) * (len(examples[at].ids) + 2) > pieces:
            batches.append([])
        batches[-1].append(at)
    shuffled.shuffle(batches)
    return batches


def _step(model: Tagger, vectors: torch.nn.Embedding, batch: Sequence[Example]) -> float:
    """Gradients of one batch; its loss."""
    width = min(max(len(one.ids) for one in batch), LONGEST) + 2
    ids = torch.full((len(batch), width), PAD)
    wanted = torch.full((len(batch), width), UNSCORED)
    for row, one in enumerate(batch):
        ids[row, : len(one.ids) + 2] = torch.tensor([START, *one.ids, END])
        wanted[row, 1 : len(one.ids) + 1] = torch.tensor(one.labels)
    scores, _ = model(vectors(ids), (ids != PAD).long())
    loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), wanted.flatten(), ignore_index=UNSCORED)
    loss.backward()
    return float(loss.detach())
