"""Runs the examples and counter-examples that every rule carries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kg.extract.grammar import Trigger, put_names
from kg.extract.match import find, read_status
from kg.extract.patterns import Cue, Lexicon, Pattern, load_rules, load_user_rules, slot_types, unmark
from kg.extract.pipeline import make_pipeline
from kg.model import NAMED_TYPES, PHRASE_TYPES, Span
from kg.vocab import script_language

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from spacy.language import Language
    from spacy.tokens import Doc

    from kg.extract.grammar import Argument
    from kg.extract.match import Found
    from kg.extract.patterns import Marked

_MARKED_WORD = re.compile(r"\[([^\]]+)\]")
_NAME_OR_TRIGGER = re.compile(r"\[([^\]]+)\]|\{([^}]+)\}")
_WITHOUT_CUE = {"polarity": "Positive", "certainty": "Certain", "stage": "Completed", "claim": "Claimed"}


class Failure(NamedTuple):
    """An example that does not do what it should."""

    rule: str
    example: str
    reason: str


def parse(text: str, given: list[Span], nlp: Language) -> Doc:
    """A text parsed with these names and no others."""
    with nlp.select_pipes(disable=["names", "claims"]):
        doc = nlp(text)
    put_names(doc, [span for one in given if (span := doc.char_span(one.start, one.end)) is not None])
    return doc


def try_files(paths: Sequence[Path]) -> tuple[int, list[Failure]]:
    """How many examples and counter-examples the patterns of users' files have, and those that fail.

    Raises SettingsError when a file cannot be used.
    """
    from kg.gazetteer import Gazetteer

    rules = load_user_rules(paths)
    pipelines = {language: make_pipeline(language, Gazetteer.empty(), None, rules.patterns) for language in ("en", "zh")}
    failures = [failure for pattern in rules.patterns for failure in try_pattern(pattern, pipelines[pattern.language])]
    return sum(len(pattern.examples) + len(pattern.counters) for pattern in rules.patterns), failures


# --- patterns ---------------------------------------------------------------------------------------------------------


def try_pattern(pattern: Pattern, nlp: Language) -> list[Failure]:
    """The examples in which the pattern does not find what is marked, and the counter-examples in which it finds something."""
    failures = []
    for example in pattern.examples:
        marked = unmark(example)
        doc, found = _found(marked, example, pattern, nlp)
        pairs = [(_chars(doc, one.means or one.subject), _chars(doc, one.object)) for one in found]
        if (marked.subject, marked.object) not in pairs:
            texts = [tuple(marked.text[span.start : span.end] for span in pair) for pair in pairs]
            failures.append(Failure(pattern.name, example, f"found {texts}"))
    for counter in pattern.counters:
        doc, found = _found(unmark(counter), counter, pattern, nlp)
        if found:
            pairs = [(_chars(doc, one.subject), _chars(doc, one.object)) for one in found]
            texts = [tuple(doc.text[span.start : span.end] for span in pair) for pair in pairs]
            failures.append(Failure(pattern.name, counter, f"should find nothing, found {texts}"))
    return failures


def _chars(doc: Doc, argument: Argument) -> Span:
    last = doc[argument.end - 1]
    return Span(doc[argument.start].idx, last.idx + len(last))


def _found(marked: Marked, example: str, pattern: Pattern, nlp: Language) -> tuple[Doc, list[Found]]:
    doc = parse(marked.text, _given_names(marked, example, pattern), nlp)
    return doc, find(doc, [pattern], pattern.language)


def _given_names(marked: Marked, example: str, pattern: Pattern) -> list[Span]:
    """What of the marked words is a name: what says so, or stands where only names stand, or plays no part."""
    sides = {
        marked.subject: slot_types(pattern.subject, pattern.relation, subject=True),
        marked.object: slot_types(pattern.object, pattern.relation, subject=False),
    }
    given = []
    for span, stated in marked.names:
        kinds = (stated,) if stated is not None else sides.get(span, NAMED_TYPES)
        if all(kind in NAMED_TYPES for kind in kinds):
            given.append(span)
        elif stated is None and not all(kind in (*PHRASE_TYPES, "Deal") for kind in kinds):
            raise ValueError(f"{pattern.name}: {example!r} leaves open whether a marked argument is a name; write [Acme|s:Company]")
    return given


# --- cues -------------------------------------------------------------------------------------------------------------


def try_cue(cue: Cue, pipelines: dict[str, Language]) -> list[Failure]:
    """The examples whose status comes out otherwise than they say."""
    failures = []
    for example in (*cue.examples, *cue.counters):
        marked, _, expected = example.partition(" => ")
        text, names, trigger = _unmark_cue(marked)
        language = script_language(text)
        doc = parse(text, names, pipelines[language])
        words = doc.char_span(trigger.start, trigger.end)
        if words is None:
            failures.append(Failure(cue.name, example, "the trigger is no whole word"))
            continue
        reading = read_status(doc, Trigger(words.start, words.end, words.root.i), _any_pattern(language))
        got = reading.value(cue.field) or _WITHOUT_CUE[cue.field]
        if got != expected:
            failures.append(Failure(cue.name, example, f"read as {got}"))
    return failures


def _unmark_cue(marked: str) -> tuple[str, list[Span], Span]:
    """Plain text, [names] and the {trigger} of a cue's example."""
    text, at = "", 0
    names, trigger = [], Span(0, 0)
    for spot in _NAME_OR_TRIGGER.finditer(marked):
        name, verb = spot.groups()
        text += marked[at : spot.start()]
        span = Span(len(text), len(text) + len(name or verb))
        text, at = text + (name or verb), spot.end()
        if name:
            names.append(span)
        else:
            trigger = span
    return text + marked[at:], names, trigger


def _any_pattern(language: str) -> Pattern:
    """A pattern of the language that listens to cues."""
    patterns = (one for one in load_rules().patterns if one.language == language and one.relation == "acquires")
    return next(pattern for pattern in patterns if not pattern.presupposed)


# --- lists ------------------------------------------------------------------------------------------------------------


def try_lexicon(lexicon: Lexicon, pipelines: dict[str, Language]) -> list[Failure]:
    """The examples in which the marked word is not found, and the counter-examples in which one is."""
    failures = []
    for example in (*lexicon.examples, *lexicon.counters):
        marked = _MARKED_WORD.search(example)
        text = example.replace("[", "").replace("]", "")
        language = script_language(text)
        listed = getattr(lexicon, language)
        doc = parse(text, [], pipelines[language])
        hits = {token.text for token in doc if not {token.text, token.lower_, token.lemma_.lower()}.isdisjoint(listed)}
        if marked and marked[1] not in hits:
            failures.append(Failure(lexicon.name, example, f"found {sorted(hits)}"))
        if not marked and hits:
            failures.append(Failure(lexicon.name, example, f"should find nothing, found {sorted(hits)}"))
    return failures
