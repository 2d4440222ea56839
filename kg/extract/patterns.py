"""Patterns and cues as data: one format for both languages, with an example and a counter-example each.

A pattern joins a *trigger* (words, as lemmas in English and as written in Chinese) with two *slots*. A slot names the role that its
argument plays to the trigger; the grammar of each language finds who plays it (``kg.extract.english``, ``kg.extract.chinese``), over
passives, relative clauses, control verbs, coordination and 把/被, so that one pattern covers all of these.

Roles: ``subject``, ``object`` (logical ones), ``possessor``, ``self`` (the trigger's own phrase), ``before`` and ``after`` (the argument
that touches the trigger), ``clause`` (what the trigger introduces), ``implied`` (nobody: the trigger itself stands for the firm spoken
of), or a preposition ("with", "for", 与, 对). In Chinese also ``owner`` and ``owned`` (of X旗下的化肥业务, if 业务 is the trigger), ``event``
(the trigger with the nouns that it is said of: 订单锐减) and ``word`` (the trigger alone). Roles chain by a dot: ``object.of`` is the of-phrase
of the object. A slot may list roles in order of preference.

In examples ``[Acme|s]`` marks the subject, ``[Bolt|o]`` the object; names in plain brackets are names that play no part. Types follow
the colon where the relation leaves a choice: ``[Bolt|o:Product]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from kg.errors import SettingsError
from kg.model import ENTITY_TYPES, PHRASE_TYPES, Certainty, DealKind, Polarity, RelationTerm, Span, Stage
from kg.vocab import KG, RELATIONS, Relation

DATA = Path(__file__).parent / "data"
MAJORITY = "@majority"
"""In a condition: a share of more than one half, in figures or words."""
MORE_THAN_HALF = re.compile(r"(?:50\.\d*[1-9]\d*|5[1-9](?:\.\d+)?|[6-9]\d(?:\.\d+)?|100(?:\.0+)?)")
Language = Literal["en", "zh"]
Words = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an argument stands and what it may be."""

    role: Words
    types: tuple[str, ...] = ()
    """Allowed types, the first for a phrase that says nothing of its own type; all that the relation allows when empty."""
    words: tuple[str, ...] = ()
    """Heads that a phrase must have to fill the slot, as lemmas; "@asset_head" names a list. Names need none."""


class Pattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to say one relation."""

    name: str
    relation: str
    language: Language
    trigger: Words
    subject: Slot
    object: Slot
    examples: Words
    counters: Words
    pos: tuple[str, ...] = ()
    """Coarse parts of speech that the trigger may have (English)."""
    where: dict[str, tuple[str, ...]] = {}
    """Role: words of which one must be its head; "@majority" stands for a share of more than one half."""
    unless: dict[str, tuple[str, ...]] = {}
    """Role: words of which none may be its head."""
    stage: Stage | None = None
    """Of a deal when nothing around the trigger says more."""
    certainty: Certainty = "Certain"
    polarity: Polarity = "Positive"
    presupposed: bool = False
    """Whether what it says holds whatever governs it ("Acme's debt burden", "its rival Bolt"): then no cue speaks of it."""
    votes: bool = True
    """Whether to stand in one of its slots speaks for a name's type; not so in a bare "Acme's Pico", which says it of no type."""
    weak: bool = False
    """Whether it may only refer to what is told elsewhere ("Acme's purchase of Bolt"): without a cue, any other claim of the same outweighs it."""
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.7


class Cue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that decide one field of the status of what stands in their scope."""

    name: str
    field: Literal["polarity", "certainty", "stage", "claim"]
    """"claim" with the value "None": what stands in its scope is not claimed at all."""
    value: str
    scope: Literal["modal", "adverb", "governor", "mark", "after", "later"]
    """Where it must stand: an auxiliary of the verb, an adverb of it, a word that governs it, the mark of its clause, behind it,
    or (Chinese) in a later clause of its sentence that takes it up."""
    examples: Words
    counters: Words
    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()


class Lexicon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of words that the grammar asks for by name."""

    name: str
    examples: Words
    counters: Words
    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()


class NewRelation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A relation of a user's own."""

    name: str
    """What patterns of the file call it."""
    iri: str
    domain: Words
    range: Words
    label: dict[Language, str]
    symmetric: bool = False


class _File(msgspec.Struct, forbid_unknown_fields=True):
    relation: tuple[NewRelation, ...] = ()
    pattern: tuple[Pattern, ...] = ()
    cue: tuple[Cue, ...] = ()
    lexicon: tuple[Lexicon, ...] = ()


class Rules(msgspec.Struct, frozen=True):
    """All that the reader by rules knows."""

    patterns: tuple[Pattern, ...]
    cues: tuple[Cue, ...]
    lexicons: dict[str, Lexicon]


class UserRules(msgspec.Struct, frozen=True):
    """What users' files add: patterns, and the relations among them that the ontology does not have."""

    patterns: tuple[Pattern, ...] = ()
    relations: tuple[RelationTerm, ...] = ()


NO_RULES = UserRules()


class Marked(msgspec.Struct, frozen=True):
    """A marked example: its plain text and where its names and arguments stand."""

    text: str
    subject: Span | None
    object: Span | None
    names: tuple[tuple[Span, str | None], ...]
    """Spans of names that are given to the reader, with their type when the mark states one."""


_MARK = re.compile(r"\[([^\[\]|]+)(?:\|([so]?)(?::(\w+))?)?\]")


def unmark(example: str) -> Marked:
    """Take the marks out of an example.

    >>> unmark("[Acme|s] bought [Bolt|o:Product].").text
    'Acme bought Bolt.'
    """
    text, at = "", 0
    spans: dict[str, Span] = {}
    names: list[tuple[Span, str | None]] = []
    for mark in _MARK.finditer(example):
        text += example[at : mark.start()]
        span = Span(len(text), len(text) + len(mark[1]))
        text, at = text + mark[1], mark.end()
        if mark[2]:
            spans[mark[2]] = span
        names.append((span, mark[3]))
    return Marked(text + example[at:], spans.get("s"), spans.get("o"), tuple(names))


def _check(pattern: Pattern, known: Mapping[str, Relation], path: Path) -> None:
    where = f"pattern {pattern.name!r} in {path.name}"
    relation = known.get(pattern.relation)
    if relation is None:
        raise SettingsError(f"{where}: unknown relation {pattern.relation!r}; one of {', '.join(known)}, or one that the file defines")
    for slot, allowed in ((pattern.subject, relation.domain), (pattern.object, relation.range)):
        if wrong := set(slot.types) - set(allowed):
            raise SettingsError(f"{where}: {pattern.relation} takes no {sorted(wrong)[0]} there; one of {', '.join(allowed)}")
    if (relation.deal is None) != (pattern.stage is None):
        raise SettingsError(f"{where}: a stage belongs to acquires, mergesWith, investsIn and partnersWith, and to them always")
    for example in pattern.examples:
        marked = unmark(example)
        if marked.subject is None or marked.object is None:
            raise SettingsError(f"{where}: example {example!r} marks no subject or no object; write [Acme|s] … [Bolt|o]")


def read_rules(path: Path) -> _File:
    """The patterns, cues and lists of one TOML file.

    Raises SettingsError naming the file, the rule and what is wrong with it.
    """
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=_File)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise SettingsError(f"{path.name} is no file of patterns: {error}; the README shows the format") from error
    except OSError as error:
        raise SettingsError(f"cannot read the patterns {path}: {error.strerror}; name a readable TOML file") from error
    known = RELATIONS | {one.name: _term(one, path) for one in found.relation}
    for pattern in found.pattern:
        _check(pattern, known, path)
    return found


def _term(one: NewRelation, path: Path) -> Relation:
    """A user's relation, after it was checked."""
    where = f"relation {one.name!r} in {path.name}"
    if one.name in RELATIONS:
        raise SettingsError(f"{where}: the ontology has a relation of this name; choose another name")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+", one.iri) or one.iri.startswith(KG):
        raise SettingsError(f"{where}: {one.iri!r} is no IRI of your own; write one like https://example.org/risk#{one.name}")
    for kind in (*one.domain, *one.range):
        if kind not in ENTITY_TYPES:
            raise SettingsError(f"{where}: there is no type {kind!r}; one of {', '.join(ENTITY_TYPES)}")
    if one.symmetric and one.domain != one.range:
        raise SettingsError(f"{where}: a symmetric relation has the same domain and range; give both the same types")
    if not one.label:
        raise SettingsError(f'{where}: it has no label; write label.en = "…" or label.zh = "…"')
    return Relation(one.domain, one.range, one.symmetric)


def load_user_rules(paths: Iterable[Path]) -> UserRules:
    """The patterns of users' files, their relations named by IRI, each slot with the types that it may hold.

    Raises SettingsError as ``read_rules`` does, and for word lists and cues, which users' files cannot hold, and names used twice.
    """
    patterns: list[Pattern] = []
    terms: dict[str, RelationTerm] = {}
    names = {pattern.name for pattern in load_rules().patterns}
    for path in paths:
        file = read_rules(path)
        if file.cue or file.lexicon:
            raise SettingsError(f"{path.name} holds cues or word lists; a file of your own holds [[relation]] and [[pattern]] only")
        own = {one.name: one for one in file.relation}
        for one in file.relation:
            term = RelationTerm(one.iri, one.domain, one.range, tuple(sorted(one.label.items())), one.symmetric)
            if terms.setdefault(one.iri, term) != term:
                raise SettingsError(f"relation {one.iri} is defined twice, and differently; define it once")
        for pattern in file.pattern:
            if pattern.name in names:
                raise SettingsError(f"pattern name {pattern.name!r} in {path.name} is used twice; rename one")
            names.add(pattern.name)
            patterns.append(_by_iri(pattern, own[pattern.relation]) if pattern.relation in own else pattern)
    return UserRules(tuple(patterns), tuple(terms[iri] for iri in sorted(terms)))


def _by_iri(pattern: Pattern, relation: NewRelation) -> Pattern:
    subject = replace(pattern.subject, types=pattern.subject.types or relation.domain)
    other = replace(pattern.object, types=pattern.object.types or relation.range)
    return replace(pattern, relation=relation.iri, subject=subject, object=other)


@cache
def load_rules() -> Rules:
    """The bundled rules, all files in the order of their names."""
    files = [read_rules(path) for path in sorted(DATA.glob("*.toml"))]
    patterns = tuple(pattern for file in files for pattern in file.pattern)
    names = [pattern.name for pattern in patterns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(f"pattern name {twice[0]!r} is used twice; rename one")
    cues = tuple(cue for file in files for cue in file.cue)
    return Rules(patterns, cues, {lexicon.name: lexicon for file in files for lexicon in file.lexicon})


@cache
def words(name: str, language: str) -> frozenset[str]:
    """A bundled word list in one language, empty where it has none in that."""
    return frozenset(getattr(load_rules().lexicons[name], language))


def slot_words(slot: Slot, language: str) -> frozenset[str]:
    """The heads that a slot asks for, lists opened; empty when any will do."""
    single = frozenset(word for word in slot.words if not word.startswith("@"))
    return single.union(*(words(word[1:], language) for word in slot.words if word.startswith("@")))


def slot_types(slot: Slot, relation: str, *, subject: bool) -> tuple[str, ...]:
    """What an argument there may be, in order of preference for a phrase."""
    if slot.types:
        return slot.types
    return RELATIONS[relation].domain if subject else RELATIONS[relation].range


def deal_kind(relation: str) -> DealKind | None:
    """The kind of transaction that claims of a relation are about."""
    return RELATIONS[relation].deal if relation in RELATIONS else None


def takes_phrase(types: tuple[str, ...]) -> bool:
    """Whether words that are no name may fill a slot of these types."""
    return any(kind in PHRASE_TYPES for kind in types)
