"""Pairs that others have labelled, as a teacher: public corpora give two firms in a sentence and a label of their own for what joins them.

Their labels are not our relations: of the pairs called "cooperation" half are partners by our guidelines, a quarter nothing. What a label says of our
relations is counted where texts were annotated both ways. On the other texts the trained model says how likely each relation is, the label how likely
it would be called so under each (Bayes), and what follows is what the model then learns: a share for each relation in place of one right answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from kg.errors import InputError
from kg.extract.mentions import sentence_numbers, windows
from kg.extract.relations import KINDS, NONE, ends_of
from kg.gazetteer import normalise
from kg.model import Span
from kg.train.lessons import Lesson, Wanted
from kg.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from kg.evaluate.gold import Article
    from kg.train.recipe import Recipe
    from kg.train.relate import Joint

BACKWARD = "^"
"""Before a label: that it was given to the pair the other way round."""
STEADY = 4.0
"""Pairs with the labels that all have together, by which the counts of a relation are steadied."""
LONGEST_TEXT = 160
"""Pieces of a text that is learnt from; longer ones are left out."""
FIRM = "Company"
"""Type of both ends, as the corpora have it."""

Means = dict[str, Counter[str]]
"""Per relation (or none) how often pairs that stand in it are labelled so."""


class LabelledPair(msgspec.Struct, frozen=True):
    """Two names in a text (code points, half-open) and what a corpus calls the first to the second."""

    first: tuple[int, int]
    second: tuple[int, int]
    label: str


class LabelledText(msgspec.Struct, frozen=True):
    """A text with its labelled pairs; a label starts with what tells its corpus, so that two corpora do not share one."""

    text: str
    pairs: tuple[LabelledPair, ...]


def read_labelled(path: Path) -> list[LabelledText]:
    """The texts of a file, one JSON object a line.

    Raises InputError when a line cannot be read.
    """
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            found.append(msgspec.json.decode(line, type=LabelledText))
        except msgspec.DecodeError as error:
            raise InputError(f"{path.name}, line {number}: {error}; a line is like {_EXAMPLE}") from error
    return found


_EXAMPLE = '{"text": "Acme bought Bolt.", "pairs": [{"first": [0, 4], "second": [12, 16], "label": "core:acquired_by"}]}'


def means(texts: Iterable[LabelledText], articles: Iterable[Article]) -> Means:
    """What labels say of our relations, from the texts that are annotated as well."""
    annotated = {_key(article.text): article for article in articles}
    counted: Means = defaultdict(Counter)
    for text in texts:
        article = annotated.get(_key(text.text))
        for pair in text.pairs if article is not None else ():
            words = text.text[slice(*pair.first)], text.text[slice(*pair.second)]
            for label, (one, other) in ((pair.label, words), (BACKWARD + pair.label, words[::-1])):
                if article is not None and (relation := _relation(article, one, other)) is not None:
                    counted[relation][label] += 1
    return counted


def _key(text: str) -> str:
    """What two copies of a text have in common, figures left out: corpora mask them."""
    return re.sub(r"[\W\d_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def _relation(article: Article, one: str, other: str) -> str | None:
    """What the first name is to the second by the annotation, ``NONE`` for nothing; None where one of them is no entity there."""
    first, second = (
        {entity.id for entity in article.entities if any(normalise(name) == normalise(words) for name in entity.names)} for words in (one, other)
    )
    if not first or not second:
        return None
    for claim in article.claims:
        if (claim.s in first and claim.o in second) or (RELATIONS[claim.p].symmetric and claim.s in second and claim.o in first):
            return claim.p
    return NONE


def likelihoods(labels: Iterable[str], counted: Means) -> NDArray[np.float32]:
    """How likely a pair is to have all these labels under each of ``KINDS``, [kinds]."""
    sums = {kind: sum(counted[kind].values()) for kind in KINDS if kind in counted}
    result = np.ones(len(KINDS), dtype=np.float32)
    for label in labels:
        share = sum(counted[kind][label] for kind in sums) / max(1, sum(sums.values()))
        result *= [(counted[kind][label] + STEADY * share + 0.02) / (sums[kind] + STEADY + 1) if kind in sums else max(share, 1e-4) for kind in KINDS]
    return result


def lessons_of(texts: Iterable[LabelledText], tokenizer: Any, size: int) -> Iterator[tuple[Lesson, list[set[str]]]]:
    """A lesson per text, whose labels of pieces teach nothing, and the labels of each of its pairs; both directions of a pair are pairs."""
    from kg.train.learn import UNSCORED

    for text in texts:
        cut_up = list(windows(tokenizer, text.text, size))
        spans = [span for part in cut_up for span in part.spans]
        if not spans or len(spans) > LONGEST_TEXT:
            continue
        numbers = sentence_numbers(text.text, spans, [Span(0, len(text.text))])
        places = sorted({place for pair in text.pairs for place in (pair.first, pair.second)})
        ends = ends_of(spans, numbers, [(*place, FIRM) for place in places])
        known = [end for end in ends if end is not None]
        if len(known) < len(places):
            continue
        given: dict[tuple[int, int], set[str]] = defaultdict(set)
        for pair in text.pairs:
            one, other = places.index(pair.first), places.index(pair.second)
            given[one, other].add(pair.label)
            given[other, one].add(BACKWARD + pair.label)
        pairs = list(given)
        yield (
            Lesson([part.ids for part in cut_up], [UNSCORED] * len(spans), numbers, known, [], pairs, [Wanted()] * len(pairs)),
            [given[pair] for pair in pairs],
        )


def taught_by(
    texts: Sequence[LabelledText], known: Sequence[Article], held_out: Sequence[Article], model: Joint, words: NDArray[np.float32], recipe: Recipe,
    tokenizer: Any,
) -> list[Lesson]:  # fmt: skip
    """Lessons of the texts that no article holds, with what each pair most likely is: by what the model holds of it and what its labels say."""
    import torch

    from kg.train.relate import masked, see, tensors_of

    counted = means(texts, known)
    seen = {_key(article.text) for article in (*known, *held_out)}
    vectors = torch.nn.Embedding.from_pretrained(torch.from_numpy(words), freeze=True)
    found = []
    for lesson, labels in lessons_of([text for text in texts if _key(text.text) not in seen], tokenizer, recipe.window):
        with torch.no_grad():
            hidden = torch.cat(see(model, vectors, lesson.windows))
            chances = masked(model.pairs(hidden, *tensors_of(lesson))[0], lesson).softmax(-1)
        shares = chances * torch.from_numpy(np.array([likelihoods(sorted(given), counted) for given in labels]))
        found.append(lesson._replace(shares=shares / shares.sum(dim=1, keepdim=True)))
    return found
