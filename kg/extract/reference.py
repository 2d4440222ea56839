"""What "it", "the company", "the deal", 其, 该公司 and 此举 stand for, from what the article has named so far.

A pronoun takes the first name of its own sentence that may stand there, else what the sentence before spoke of first; a possessive the
nearest name; "the company" the topic of the last sentences; "the former" and "the latter" the first and second of the two that were named last,
"both companies" these two, or the parties of the deal that was told last; "the deal" the deal spoken of last, narrowed by the names beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kg.gazetteer import normalise
from kg.model import Mention, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from kg.extract.grammar import ArgumentKind

REACH = 3
"""Sentences that a firm's reference looks back over."""


class Place(NamedTuple):
    """A mention and the sentence of the article that it stands in, counted from 0."""

    mention: Mention
    sentence: int


def antecedent(kind: ArgumentKind, at: Span, sentence: int, named: Sequence[Place], wanted: Collection[str]) -> Mention | None:
    """The named mention that a reference stands for, None when nothing of a wanted type is near.

    ``named`` are the named mentions of the article in its order, ``wanted`` the types that may stand there.
    """
    fitting = [place for place in named if place.mention.type in wanted]
    before = [place for place in fitting if place.mention.span.end <= at.start and sentence - place.sentence <= REACH]
    here = [place.mention for place in before if place.sentence == sentence]
    if kind == "possessive" and here:
        return here[-1]
    if kind == "pronoun" and here:
        return here[0]
    earlier = [place for place in before if place.sentence < sentence]
    if earlier:
        nearest = max(place.sentence for place in earlier)
        return next(place.mention for place in earlier if place.sentence == nearest)
    return here[0] if here and kind == "firm" else None


def two_before(at: Span, sentence: int, named: Sequence[Place], wanted: Collection[str], same: Mapping[str, str]) -> list[Mention]:
    """The two things named last before words that stand for one of two or for both ("the latter", 双方), in the order in which they were named.

    None where the sentence and the one before it do not name two. ``same`` maps the ids of mentions to what stands for the same thing.
    """
    before = [place for place in named if place.mention.type in wanted and place.mention.span.end <= at.start and sentence - place.sentence <= 1]
    for since in (sentence, sentence - 1):
        first = {same[place.mention.id]: place.mention for place in reversed(before) if place.sentence >= since}
        if len(first) > 1:
            return sorted(first.values(), key=lambda mention: mention.span)[-2:]
    return []


def deal_of(at: Span, deals: Sequence[Mention], beside: Collection[str], same: Mapping[str, str]) -> Mention | None:
    """The deal that words speak of: the last one told before them, else the first of the article.

    ``beside`` are keys of the firms named in the same clause: where there are any, one of them must be a party. ``same`` maps the ids of
    mentions to such keys.
    """
    fitting = [deal for deal in deals if not beside or any(same.get(party) in beside for party in deal.parties)]
    before = [deal for deal in fitting if deal.span.end <= at.start]
    if before:
        return before[-1]
    return fitting[0] if fitting else None


def is_own_name(one: Mention, other: Mention) -> bool:
    """Whether a name is the first words of another one of its type: what took up the one can hardly be joined to the other."""
    short, full = sorted((normalise(one.text), normalise(other.text)), key=len)
    behind = full[len(short) : len(short) + 1]
    return one.type == other.type != "Deal" and full.startswith(short) and not (behind.isascii() and behind.isalnum())
