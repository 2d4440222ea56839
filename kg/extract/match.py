"""Patterns over a parsed text: every way in which a trigger and two arguments say a relation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kg.extract import status_en, status_zh
from kg.extract.chinese import Chinese
from kg.extract.english import English
from kg.extract.patterns import slot_types
from kg.extract.status import Reading
from kg.model import NAMED_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.tokens import Doc

    from kg.extract.grammar import Argument, Grammar, Trigger
    from kg.extract.patterns import Pattern

LEFT_OPEN = "left open"
"""Key in a doc's data of the relations that are spoken of and not claimed, with the first token of their sentence."""
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
    own = [pattern for pattern in patterns if pattern.language == language]
    found = [one for pattern in own for one in _fits(doc, pattern, GRAMMARS[language])]
    return sorted(found, key=lambda one: one.trigger.start)


def _fits(doc: Doc, pattern: Pattern, grammar: Grammar) -> Iterator[Found]:
    subject_types = slot_types(pattern.subject, pattern.relation, subject=True)
    object_types = slot_types(pattern.object, pattern.relation, subject=False)
    for trigger in grammar.triggers(doc, pattern):
        subjects = grammar.arguments(doc, trigger, pattern.subject, subject_types)
        means = grammar.means(doc, trigger) if "Deal" in subject_types and not pattern.presupposed else None
        if not subjects and means is not None:
            subjects = [means]
        objects = grammar.arguments(doc, trigger, pattern.object, object_types) if subjects else []
        if not objects:
            continue
        reading = read_status(doc, trigger, pattern)
        if reading.value("claim") is not None:
            doc.user_data.setdefault(LEFT_OPEN, set()).add((pattern.relation, doc[trigger.head].sent.start))
            continue
        for subject in subjects:
            for other in objects:
                may_stand = _may_stand(subject, subject_types) and _may_stand(other, object_types)
                if may_stand and _are_a_pair(subject, other, pattern):
                    yield Found(pattern, trigger, subject, other, reading, means)


def read_status(doc: Doc, trigger: Trigger, pattern: Pattern) -> Reading:
    """What has the trigger in its scope. A presupposed pattern listens to nothing."""
    return Reading() if pattern.presupposed else status_around(doc, trigger, pattern.language)


def status_around(doc: Doc, trigger: Trigger, language: str) -> Reading:
    """What has a word in its scope."""
    return status_en.read(doc, trigger) if language == "en" else status_zh.read(doc, trigger)


def _are_a_pair(subject: Argument, other: Argument, pattern: Pattern) -> bool:
    """Whether two arguments are apart; where both slots ask for the same role, a pair counts once, in the order of the text."""
    if pattern.subject.role == pattern.object.role:
        return subject.end <= other.start
    return subject.end <= other.start or other.end <= subject.start


def _may_stand(argument: Argument, types: tuple[str, ...]) -> bool:
    """Whether an argument of this kind can be of one of the types: a name is no phrase, a deal no firm."""
    match argument.kind:
        case "name" | "firm" | "former" | "latter" | "both":
            return any(kind in NAMED_TYPES for kind in types)
        case "deal":
            return "Deal" in types
    return True
