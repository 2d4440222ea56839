"""Patterns over a parsed text: every way in which a trigger and two arguments say a relation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kg.extract.chinese import Chinese
from kg.extract.english import English
from kg.extract.patterns import slot_types
from kg.extract.status import Reading, read_status
from kg.model import NAMED_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spacy.tokens import Doc

    from kg.extract.grammar import Argument, Grammar, Trigger
    from kg.extract.patterns import Pattern

GRAMMARS: dict[str, Grammar] = {"en": English(), "zh": Chinese()}


class Found(NamedTuple):
    """A pattern that fits: who plays its slots, what its surroundings say of it."""

    pattern: Pattern
    trigger: Trigger
    subject: Argument
    object: Argument
    reading: Reading
    means: Argument | None
    """Words for a deal by which it happens ("by buying Bolt, Acme could …"): then the deal is what brings it about."""


def find(doc: Doc, patterns: Iterable[Pattern], language: str) -> list[Found]:
    """All fits of the patterns of one language, in the order of the text, then of the patterns."""
    found = [one for pattern in patterns if pattern.language == language for one in _fits(doc, pattern, GRAMMARS[language])]
    return sorted(found, key=lambda one: one.trigger.start)


def _fits(doc: Doc, pattern: Pattern, grammar: Grammar) -> Iterable[Found]:
    sides = (slot_types(pattern.subject, pattern.relation, subject=True), slot_types(pattern.object, pattern.relation, subject=False))
    pair = pattern.subject.role == pattern.object.role
    for trigger in grammar.triggers(doc, pattern):
        subjects = grammar.arguments(doc, trigger, pattern.subject, sides[0])
        means = grammar.means(doc, trigger) if "Deal" in sides[0] and not pattern.presupposed else None
        objects = grammar.arguments(doc, trigger, pattern.object, sides[1]) if subjects or means else []
        if not objects:
            continue
        reading = read_status(doc, trigger, pattern)
        if reading.value("claim") is not None:
            continue
        for subject in subjects or [means]:
            for other in objects:
                if not (_may_stand(subject, sides[0]) and _may_stand(other, sides[1])):
                    continue
                if (subject.end <= other.start or other.end <= subject.start) and (not pair or subject.start < other.start):
                    yield Found(pattern, trigger, subject, other, reading, means)


def _may_stand(argument: Argument | None, types: tuple[str, ...]) -> bool:
    """Whether an argument of this kind can be of one of the types: a name is no phrase, a deal no firm."""
    if argument is None:
        return False
    match argument.kind:
        case "name" | "firm":
            return any(kind in NAMED_TYPES for kind in types)
        case "deal":
            return "Deal" in types
    return True
