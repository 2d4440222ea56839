"""What phrases mean: the concept that a phrase is or is a kind of, though no label of it reads like that, and phrases that are one thing.

How far a concept is the right one is judged by a logistic regression on few figures; its weights (``linker.json``) are fitted to phrases of the
training articles that were linked by hand (``training/gazetteer/linker.py``).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from kg.gazetteer import Entry, Gazetteer, normalise_phrase
from kg.model import PHRASE_TYPES
from kg.vocab import script_language

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Vectors = Any
"""A function from phrases to their vectors, [phrases, numbers], each of length 1."""

LINKED = 0.62
"""Probability from which a phrase is linked to a concept; on 340 phrases of twin articles linked by hand nine of ten links are right then."""
CANDIDATES = 20
"""Concepts that are looked at, by the cosine of their nearest label."""
SHORTEST_HEAD = 2
"""Signs of a Chinese label that may be the head of a phrase."""
IN_TEXT = 0.92
"""Cosine of two phrases of one text from which they are one thing, if each is the other's nearest: right in all 45 pairs
    of 500 training articles, about half of those that are one thing."""
EVERYWHERE, MARGIN = 0.87, 0.02
"""The same for phrases of two languages in different stories, and by how much nearer they must be than any other."""
AFTER_HEAD = re.compile(r" (?:of|for|in|on|from|to|at|with|by|between|among|over|under|after|against|into|that|which|within|across) ")


class Linker(msgspec.Struct, frozen=True):
    """Weights of the figures of ``Concepts.figures``, after each was put on one scale."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float


class Link(NamedTuple):
    """The concept that a phrase is a kind of, if it is not the concept itself."""

    entry: Entry
    probability: float
    reason: str


@cache
def linker() -> Linker:
    """The fitted weights."""
    return msgspec.json.decode(Path(__file__).with_name("linker.json").read_bytes(), type=Linker)


class Concepts:
    """The labels of all concepts as vectors, by type."""

    def __init__(self, gazetteer: Gazetteer, vectors: Vectors) -> None:
        """Look up or work out the vectors of all labels."""
        self._vectors = vectors
        self._labels: dict[str, list[tuple[Entry, str]]] = defaultdict(list)
        self._known = {entry.iri: entry for entry in gazetteer.entries if entry.type in PHRASE_TYPES}
        self._named: dict[tuple[str, str], Entry] = {}
        for entry in self._known.values():
            for _, name in entry.names:
                self._labels[entry.type].append((entry, name))
                self._named.setdefault((entry.type, normalise_phrase(name)), entry)
        self._tables = {kind: vectors([name for _, name in labels]) for kind, labels in self._labels.items()}
        self._rows = {kind: self._numbers(labels) for kind, labels in self._labels.items()}

    def _numbers(self, labels: Sequence[tuple[Entry, str]]) -> NDArray[np.int64]:
        """For each label the number of its concept."""
        import numpy as np

        number = {iri: at for at, iri in enumerate(self._known)}
        return np.array([number[entry.iri] for entry, _ in labels])

    def link(self, phrase: str, kind: str) -> Link | None:
        """The concept of a type that a phrase is most likely a kind of, None where none is likely enough."""
        found = self.figures(phrase, kind)
        scale = linker()

        def probability(figures: Sequence[float]) -> float:
            scaled = ((one - mean) / spread for one, mean, spread in zip(figures, scale.mean, scale.spread, strict=True))
            return round(1 / (1 + math.exp(-scale.bias - sum(one * weight for one, weight in zip(scaled, scale.weights, strict=True)))), 4)

        ranked = sorted(((-probability(figures), iri) for iri, figures in found.items()))
        if not ranked or -ranked[0][0] < LINKED:
            return None
        chance, iri = -ranked[0][0], ranked[0][1]
        how = "ends like a label of it" if found[iri][3] else f"nearest concept, cosine {found[iri][0]:.2f}"
        return Link(self._known[iri], chance, f"a kind of {iri.rpartition('/')[2]} ({how})")

    def figures(self, phrase: str, kind: str) -> dict[str, tuple[float, ...]]:
        """For each concept that comes into question, by IRI, what tells whether it is the right one.

        Cosine of its nearest label, by how much that is more than of any concept but those above and below, overlap of words (Dice), whether the
        phrase ends in a label of it, and this times the overlap.
        """
        import numpy as np

        labels = self._labels.get(kind, [])
        if not labels:
            return {}
        cosines = np.round(self._tables[kind] @ self._vectors([phrase])[0], 4)
        order = (-cosines).argsort(kind="stable")
        _, first = np.unique(self._rows[kind][order], return_index=True)  # where each concept has its nearest label
        nearest = {labels[place][0].iri: float(cosines[place]) for place in order[np.sort(first)].tolist()}
        overlap: dict[str, float] = {}
        units = _units(phrase)
        head = self._head(phrase, kind)
        chosen = {*list(nearest)[:CANDIDATES], *([head.iri] if head else [])}
        for entry, name in labels:
            if entry.iri in chosen:
                overlap[entry.iri] = max(overlap.get(entry.iri, 0.0), _dice(units, _units(name)))
        found: dict[str, tuple[float, ...]] = {}
        for iri in sorted(chosen):
            rival = next((cosine for other, cosine in nearest.items() if other != iri and not self._related(iri, other)), 0.7)
            is_head = float(head is not None and head.iri == iri)
            found[iri] = (nearest[iri], round(nearest[iri] - rival, 4), overlap[iri], is_head, round(is_head * overlap[iri], 4))
        return found

    def _head(self, phrase: str, kind: str) -> Entry | None:
        """The concept with the longest label that a phrase ends in, before any "of …"."""
        return next((self._named[kind, head] for head in _heads(phrase) if (kind, head) in self._named), None)

    def _related(self, one: str, other: str) -> bool:
        """Whether one concept is right above the other."""
        return other in self._known[one].broader or one in self._known[other].broader


def _heads(phrase: str) -> Iterator[str]:
    """The ends of a normalised phrase, the longest first."""
    key = normalise_phrase(phrase)
    if script_language(key) == "zh":
        yield from (key[at:] for at in range(len(key) - SHORTEST_HEAD + 1))
        return
    words = AFTER_HEAD.split(f"{key} ")[0].split()
    yield from (" ".join(words[at:]) for at in range(len(words)))


@cache
def _units(phrase: str) -> Counter[str]:
    key = normalise_phrase(phrase)
    return Counter(key if script_language(key) == "zh" else key.split())


def _dice(one: Counter[str], other: Counter[str]) -> float:
    return round(2 * (one & other).total() / max(1, one.total() + other.total()), 4)


# --- phrases that are one thing ---------------------------------------------------------------------------------------


def same_in_text(phrases: Mapping[Any, str], vectors: Vectors) -> Iterator[tuple[Any, Any, float]]:
    """Phrases of one type and text that are one thing in other words, each of two the other's nearest; with their cosine."""
    import numpy as np

    keys = list(phrases)
    if len(keys) < 2:
        return
    table = vectors(list(phrases.values()))
    cosines = np.round(table @ table.T, 4)
    np.fill_diagonal(cosines, -1.0)
    best = cosines.argmax(axis=1)
    for row, column in enumerate(best):
        if row < column and best[column] == row and cosines[row, column] >= IN_TEXT:
            yield keys[row], keys[int(column)], float(cosines[row, column])


def same_everywhere(english: Mapping[Any, str], chinese: Mapping[Any, str], vectors: Vectors) -> Iterator[tuple[Any, Any, float]]:
    """Phrases of one type in two languages that are one thing: each the other's nearest, and much nearer than the next; with their cosine."""
    import numpy as np

    if not english or not chinese:
        return
    rows, columns = list(english), list(chinese)
    first, second = vectors(list(english.values())), vectors(list(chinese.values()))
    forth = [_two_best(np.round(first[start : start + BLOCK] @ second.T, 4)) for start in range(0, len(rows), BLOCK)]
    back = [_two_best(np.round(second[start : start + BLOCK] @ first.T, 4)) for start in range(0, len(columns), BLOCK)]
    nearest = [one for block in forth for one in block]
    returned = [one for block in back for one in block]
    for row, (column, cosine, margin) in enumerate(nearest):
        if returned[column][0] == row and cosine >= EVERYWHERE and min(margin, returned[column][2]) >= MARGIN:
            yield rows[row], columns[column], cosine


BLOCK = 2048
"""Phrases whose cosines with all others are in memory at once."""


def _two_best(cosines: NDArray[np.float32]) -> list[tuple[int, float, float]]:
    """For each row the place of its highest value (of equal ones the first), that value, and how far below it the next one is."""
    import numpy as np

    places = cosines.argmax(axis=1)
    highest = cosines[np.arange(len(cosines)), places]
    next_best = np.partition(cosines, -2, axis=1)[:, -2] if cosines.shape[1] > 1 else np.full(len(cosines), -1.0)
    return [(int(place), float(one), round(float(one - other), 4)) for place, one, other in zip(places, highest, next_best, strict=True)]
