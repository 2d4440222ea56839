"""How sure a claim is, from what each of the two readers holds of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from kg.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

FLOOR = 0.002
"""Chances are kept off 0 and 1 by so much before their odds are taken."""
ALONE, BOTH = "model", "pattern"
"""Names of the weights of a claim that the model alone holds, and of one that a pattern found."""


UNREAD = 0.5
"""The score of an end that the trained reader of mentions did not read with these edges: as good as none."""


class Signs(NamedTuple):
    """What is known of a claim before it is weighed."""

    relation: str
    chance: float
    """That the model gives it."""
    pattern: float | None = None
    """The precision of the pattern that found it, None where none did."""
    away: bool = False
    """Whether an end is not named in the sentence ("it", 双方, "the insurer"): the model looks at names alone and says little of such a claim."""
    read: float = UNREAD
    """The lesser of the scores with which its ends were read as names or phrases."""


def odds(chance: float) -> float:
    """The logarithm of the odds of a chance."""
    held = min(max(chance, FLOOR), 1 - FLOOR)
    return math.log(held / (1 - held))


def features(signs: Signs) -> tuple[float, ...]:
    """What the weights of a calibration are for, in their order."""
    held, pattern = odds(signs.chance), odds(signs.pattern) if signs.pattern is not None else 0.0
    return 1.0, held, pattern, float(signs.away), signs.away * held, odds(signs.read), *(float(signs.relation == one) for one in RELATIONS)


BELIEVING = (0.0, 1.0, *(0.0 for _ in features(Signs("", 0.0))[2:]))
"""Weights that take the model's chances as they are."""


class Calibration(NamedTuple):
    """The weights of a logistic regression, in the order of ``features``.

    Found on articles that the model did not learn from (Platt 1999, "Probabilistic outputs for support vector machines").
    """

    model: tuple[float, ...] = BELIEVING
    pattern: tuple[float, ...] = (0.0, 0.0, 1.0, *BELIEVING[3:])
    least: float = 0.0
    """Confidence below which a claim is not kept."""
    firm: float = 0.0
    """What confidence and the chance of a plain status must come to, multiplied, for the triple itself to be written."""

    def sure(self, signs: Signs) -> float:
        """The chance that a claim is right."""
        weights = self.model if signs.pattern is None else self.pattern
        score = sum(weight * value for weight, value in zip(weights, features(signs), strict=True))
        return round(1 / (1 + math.exp(-score)), 2)


def read_calibration(noted: Mapping[str, Any]) -> Calibration:
    """The calibration that ``kg train`` noted; without one, the model's chances and the patterns' precisions as they are."""
    return Calibration(tuple(noted[ALONE]), tuple(noted[BOTH]), noted["least"], noted["firm"]) if noted else Calibration()
