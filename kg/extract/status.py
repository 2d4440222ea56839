"""How a claim is meant: polarity, certainty, stage and source, each decided by what has the trigger in its scope.

A cue counts only where syntax lets it reach the trigger: in English an auxiliary or adverb of the trigger's verb or of a verb or noun
that governs it; in Chinese what stands between the clause's start and the trigger, or right behind it. The nearest cue wins. What
another clause says of another thing is never looked at.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from kg.extract.patterns import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.extract.patterns import Cue
    from kg.model import Certainty, Polarity, Stage


class Decided(NamedTuple):
    """A field of the status, the value, and the tokens of the cue that gave it."""

    field: Literal["polarity", "certainty", "stage", "claim"]
    value: str
    start: int
    end: int
    rule: str


class Voice(NamedTuple):
    """Who says so: tokens of the words that name the source."""

    start: int
    end: int


class Reading(NamedTuple):
    """All that the surroundings of a trigger say of it; fields without a cue are left to the pattern."""

    decided: tuple[Decided, ...] = ()
    voice: Voice | None = None

    def value(self, field: str) -> str | None:
        """What the nearest cue says of a field."""
        said = [one for one in self.decided if one.field == field]
        if field == "stage" and any(one.value == "Terminated" for one in said):
            return "Terminated"  # "dropped its plan to buy": what ends a plan outweighs the plan
        return said[0].value if said else None

    @property
    def polarity(self) -> Polarity | None:
        """None where no cue decides it."""
        return cast("Polarity | None", self.value("polarity"))

    @property
    def certainty(self) -> Certainty | None:
        """None where no cue decides it."""
        return cast("Certainty | None", self.value("certainty"))

    @property
    def stage(self) -> Stage | None:
        """None where no cue decides it."""
        return cast("Stage | None", self.value("stage"))


@cache
def cues_in_scope(language: str, scope: str) -> dict[str, tuple[Cue, ...]]:
    """Word: the cues that it gives in a scope."""
    found: dict[str, tuple[Cue, ...]] = {}
    for cue in load_rules().cues:
        if cue.scope == scope:
            for word in getattr(cue, language):
                found[word] = (*found.get(word, ()), cue)
    return found


def decide(cues: tuple[Cue, ...], token: int) -> Iterator[Decided]:
    """What the cues of a token's word say."""
    for cue in cues:
        yield Decided(cue.field, cue.value, token, token + 1, cue.name)
