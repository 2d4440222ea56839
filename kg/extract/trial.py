"""Runs the examples and counter-examples that every rule carries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kg.extract.grammar import Trigger
from kg.extract.match import find
from kg.extract.patterns import Cue, Lexicon, Pattern, slot_types, unmark
from kg.extract.status import read_status
from kg.model import NAMED_TYPES, PHRASE_TYPES, Span
from kg.vocab import script_language

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from kg.extract.match import Found

_SPOT = re.compile(r"\[([^\]]+)\]|\{([^}]+)\}")
_PLAIN = {"polarity": "Positive", "certainty": "Certain", "stage": "Completed", "claim": "Claimed"}


class Failure(NamedTuple):
    """An example that does not do what it should."""

    rule: str
    example: str
    reason: str


def try_pattern(pattern: Pattern, nlp: Language) -> list[Failure]:
    """The examples in which the pattern does not find what is marked, and the counter-examples in which it finds something."""
    failures = []
    for example in pattern.examples:
        marked = unmark(example)
        doc, found = _run(example, pattern, nlp)
        spans = [(_chars(doc, one.means or one.subject), _chars(doc, one.object)) for one in found]
        if (marked.subject, marked.object) not in spans:
            failures.append(Failure(pattern.name, example, f"found {[tuple(marked.text[span.start : span.end] for span in pair) for pair in spans]}"))
    for counter in pattern.counters:
        doc, found = _run(counter, pattern, nlp)
        if found:
            pairs = [(doc[one.subject.start : one.subject.end].text, doc[one.object.start : one.object.end].text) for one in found]
            failures.append(Failure(pattern.name, counter, f"should find nothing, found {pairs}"))
    return failures


def _chars(doc: Doc, argument: object) -> Span:
    start, end = argument.start, argument.end  # type: ignore[attr-defined]
    return Span(doc[start].idx, doc[end - 1].idx + len(doc[end - 1]))


def _run(example: str, pattern: Pattern, nlp: Language) -> tuple[Doc, list[Found]]:
    marked = unmark(example)
    sides = {
        marked.subject: slot_types(pattern.subject, pattern.relation, subject=True),
        marked.object: slot_types(pattern.object, pattern.relation, subject=False),
    }
    given = []
    for span, kind in marked.names:
        kinds = (kind,) if kind else sides.get(span, NAMED_TYPES)
        if all(one in NAMED_TYPES for one in kinds) or (kind is None and span not in sides):
            given.append(span)
        elif kind is None and not all(one in (*PHRASE_TYPES, "Deal") for one in kinds):
            raise ValueError(f"{pattern.name}: {example!r} leaves open whether a marked argument is a name; write [Acme|s:Company]")
    doc = parse(marked.text, given, nlp)
    return doc, find(doc, [pattern], pattern.language)


def parse(text: str, given: list[Span], nlp: Language) -> Doc:
    """A text parsed with these names and no others."""
    with nlp.select_pipes(disable=["names", "claims"]):
        doc = nlp(text)
    doc.spans["names"] = [span for one in given if (span := doc.char_span(one.start, one.end)) is not None]
    return doc


def try_cue(cue: Cue, pipelines: dict[str, Language]) -> list[Failure]:
    """The examples whose status comes out otherwise than they say."""
    failures = []
    for example in (*cue.examples, *cue.counters):
        marked, _, expected = example.partition(" => ")
        text, given, trigger, at = "", [], Span(0, 0), 0
        for spot in _SPOT.finditer(marked):
            text += marked[at : spot.start()]
            span = Span(len(text), len(text) + len(spot[1] or spot[2]))
            text, at = text + (spot[1] or spot[2]), spot.end()
            if spot[2]:
                trigger = span
            else:
                given.append(span)
        text += marked[at:]
        language = script_language(text)
        doc = parse(text, given, pipelines[language])
        tokens = doc.char_span(trigger.start, trigger.end)
        if tokens is None:
            failures.append(Failure(cue.name, example, "the trigger is no whole word"))
            continue
        pattern = _any_pattern(language)
        got = read_status(doc, Trigger(tokens.start, tokens.end, tokens.root.i), pattern).value(cue.field) or _PLAIN[cue.field]
        if got != expected:
            failures.append(Failure(cue.name, example, f"read as {got}"))
    return failures


def _any_pattern(language: str) -> Pattern:
    from kg.extract.patterns import load_rules

    return next(
        pattern for pattern in load_rules().patterns if pattern.language == language and pattern.relation == "acquires" and not pattern.presupposed
    )


def try_lexicon(lexicon: Lexicon, pipelines: dict[str, Language]) -> list[Failure]:
    """The examples in which the marked word is not found, and the counter-examples in which one is."""
    failures = []
    for example in (*lexicon.examples, *lexicon.counters):
        marked = re.search(r"\[([^\]]+)\]", example)
        text = example.replace("[", "").replace("]", "")
        language = script_language(text)
        listed = getattr(lexicon, language)
        doc = parse(text, [], pipelines[language])
        hits = {token.text for token in doc if token.text in listed or token.lower_ in listed or token.lemma_.lower() in listed}
        if marked and marked[1] not in hits:
            failures.append(Failure(lexicon.name, example, f"found {sorted(hits)}"))
        if not marked and hits:
            failures.append(Failure(lexicon.name, example, f"should find nothing, found {sorted(hits)}"))
    return failures
