"""What a grammar gives to the matcher, alike for both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc

    from kg.extract.patterns import Pattern, Slot

ArgumentKind = Literal["name", "phrase", "firm", "deal", "pronoun", "possessive"]


class Argument(NamedTuple):
    """Words that play a role: a name, a phrase, or words that stand for a firm or a deal ("the company", 该交易, "it").

    Tokens ``start`` to ``end``, half-open, of a spaCy ``Doc``; ``head`` is the token that the grammar sees in the role.
    """

    kind: ArgumentKind
    start: int
    end: int
    head: int


class Trigger(NamedTuple):
    """The words of a pattern found in a text: tokens ``start`` to ``end``, led by ``head``."""

    start: int
    end: int
    head: int


class Grammar(Protocol):
    """Finds triggers and who plays which role to them."""

    def triggers(self, doc: Doc, pattern: Pattern) -> Iterator[Trigger]:
        """Where the pattern's trigger words stand."""

    def arguments(self, doc: Doc, trigger: Trigger, slot: Slot, types: tuple[str, ...]) -> list[Argument]:
        """Who plays the slot's role, coordination spread, in the order of the text."""

    def means(self, doc: Doc, trigger: Trigger) -> Argument | None:
        """Words for a deal by which what the trigger tells comes about: "by buying Bolt", 通过收购Bolt."""
