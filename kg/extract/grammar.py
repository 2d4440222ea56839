"""What a grammar gives to the matcher, alike for both languages."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Span

    from kg.extract.patterns import Pattern, Slot

ArgumentKind = Literal["name", "phrase", "firm", "deal", "pronoun", "possessive", "former", "latter", "both"]


class Argument(NamedTuple):
    """Words that play a role: a name, a phrase, or words that stand for a firm or a deal ("the company", 该交易, "it", "the latter", 双方).

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


# What follows is asked for at every word: kept beside the doc, so that a long text takes no quadratic time.


def put_names(doc: Doc, names: list[Span]) -> None:
    """Make these the names of a doc: without overlaps, in the order of the text."""
    doc.spans["names"] = names
    doc.user_data["names"] = names
    doc.user_data["name starts"] = [name.start for name in names]


def names_from(doc: Doc, start: int, end: int) -> list[Span]:
    """The names that start between two tokens, the second one left out."""
    starts = doc.user_data["name starts"]
    return cast("list[Span]", doc.user_data["names"][bisect_left(starts, start) : bisect_left(starts, end)])


def name_over(doc: Doc, token: int) -> Span | None:
    """The name that a token is part of."""
    before = bisect_right(doc.user_data["name starts"], token)
    name = cast("Span", doc.user_data["names"][before - 1]) if before else None
    return name if name is not None and token < name.end else None


def text_of(doc: Doc) -> str:
    """The text of a doc, which spaCy joins anew each time it is asked for."""
    if "text" not in doc.user_data:
        doc.user_data["text"] = doc.text
    return cast("str", doc.user_data["text"])
