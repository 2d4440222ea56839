"""What speaks for a name being of a type, and the one vote of an article over it.

Evidence is a weight for a type and the reason; the words beside a name, its own words, the gazetteer, spaCy's entity recogniser and the
slots of patterns that it fills all speak.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from kg.gazetteer import normalise
from kg.model import NAMED_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OTHER = "Other"
"""The type of names that are no entity here: places, exchanges, dates, abbreviations."""
LISTED, AMBIGUOUS = 4.0, 1.0
"""In the gazetteer; there, but a common word too."""
ENDING, BESIDE, MIXED = 3.0, 2.0, 0.8
"""A word of the name says its type; a word beside it; its letters."""
THRESHOLD = 0.7
"""The least that a name needs to be taken for an entity."""
PREFERENCE = (*NAMED_TYPES, OTHER)
"""Which type wins where two weigh the same."""


class Evidence(NamedTuple):
    """That something speaks for a name being of a type."""

    name: str
    type: str
    weight: float
    reason: str


def vote(evidence: Iterable[Evidence]) -> dict[str, str]:
    """The type of each name of an article; names that are no entity are left out. Short forms listen to their full name."""
    scores: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in evidence:
        scores[normalise(one.name)][one.type] += one.weight
    decided = {}
    for key in sorted(scores):
        kind, weight = _heaviest(_with_full_names(key, scores))
        if kind != OTHER and weight >= THRESHOLD:
            decided[key] = kind
    return decided


def _with_full_names(key: str, scores: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Weights of a name, and half of those of the longer names that it opens."""
    total = dict(scores[key])
    for longer in scores:
        if len(key) > 2 and longer.startswith(key + " "):
            for kind, weight in scores[longer].items():
                total[kind] = total.get(kind, 0.0) + weight / 2
    return total


def _heaviest(total: Mapping[str, float]) -> tuple[str, float]:
    return max(total.items(), key=lambda scored: (round(scored[1], 3), -PREFERENCE.index(scored[0])))
