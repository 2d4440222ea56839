"""How sure a claim is, from what each of the two readers holds of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

FLOOR = 0.002
"""Chances are kept off 0 and 1 by so much before their odds are taken."""
ALONE, BOTH = "model", "pattern"
"""Names of the weights of a claim that the model alone holds, and of one that a pattern found."""


class Calibration(NamedTuple):
    """The weights of a logistic regression, in the order of ``features``.

    Found on articles that the model did not learn from (Platt 1999, "Probabilistic outputs for support vector machines").
    """

    model: tuple[float, ...] = (0.0, 1.0, 0.0, 0.0, 0.0)
    pattern: tuple[float, ...] = (0.0, 0.0, 1.0, 0.0, 0.0)
    least: float = 0.0
    """Confidence below which a claim is not kept."""
    firm: float = 0.0
    """What confidence and the chance of a plain status must come to, multiplied, for the triple itself to be written."""

    def sure(self, chance: float, pattern: float | None, *, away: bool = False) -> float:
        """The chance that a claim is right.

        ``chance`` is the model's for it, ``pattern`` the precision of the pattern that found it, None where none did; ``away`` says that an end is
        not named in the sentence ("it", 双方, "the insurer"): the model looks at names alone and says little of such a claim.
        """
        given = features(chance, pattern, away=away)
        score = sum(weight * value for weight, value in zip(self.model if pattern is None else self.pattern, given, strict=True))
        return round(1 / (1 + math.exp(-score)), 2)


def features(chance: float, pattern: float | None, *, away: bool = False) -> tuple[float, float, float, float, float]:
    """What the weights of a calibration are for, in their order."""
    return 1.0, odds(chance), odds(pattern) if pattern is not None else 0.0, float(away), away * odds(chance)


def odds(chance: float) -> float:
    """The logarithm of the odds of a chance."""
    held = min(max(chance, FLOOR), 1 - FLOOR)
    return math.log(held / (1 - held))


def read_calibration(noted: Mapping[str, Any]) -> Calibration:
    """The calibration that ``kg train`` noted; without one, the model's chances and the patterns' precisions as they are."""
    return Calibration(tuple(noted[ALONE]), tuple(noted[BOTH]), noted["least"], noted["firm"]) if noted else Calibration()
