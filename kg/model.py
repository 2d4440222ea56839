"""The nouns that all stages share: small immutable values, one JSON line each.

Offsets are code points into the text as it came in, half-open. Fields are ordered so that plain ``sort`` groups lines by document.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import IO, Literal

import msgspec

from kg.errors import InputError

NAMED_TYPES = ("Company", "Organization", "Person", "Product")
PHRASE_TYPES = ("Asset", "Challenge", "Capability", "Strategy")
ENTITY_TYPES = NAMED_TYPES + PHRASE_TYPES
BY_MODEL = "model."
"""How the rule of a claim or a deal begins that the trained reader alone tells."""

Polarity = Literal["Positive", "Negative"]
Certainty = Literal["Certain", "Probable", "Possible"]
Stage = Literal["Considered", "Talks", "Announced", "Completed", "Terminated"]
DealKind = Literal["Acquisition", "Merger", "Investment", "Partnership"]
SourceKind = Literal["Media", "Official", "Analyst", "Insider", "Unnamed"]
MentionType = Literal["Company", "Organization", "Person", "Product", "Asset", "Challenge", "Capability", "Strategy", "Deal", "Source"]


def digest(*parts: str | int) -> str:
    """Sixteen hex digits that stand for these parts; lengths go in too, so that no two lists of parts read alike."""
    joined = "".join(f"{len(text)}:{text}" for text in map(str, parts))
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def day_of(given: str | None) -> str | None:
    """Day as YYYY-MM-DD when a date as given starts with one."""
    if found := re.match(r"(\d{4}-\d\d-\d\d)(?:[T\s]|$)", given or "", re.ASCII):
        try:
            return date.fromisoformat(found[1]).isoformat()
        except ValueError:
            return None
    return None


class Span(msgspec.Struct, frozen=True, order=True, array_like=True):
    """Code points ``start`` to ``end`` of a document's text, half-open."""

    start: int
    end: int

    def __contains__(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a code point."""
        return self.start < other.end and other.start < self.end


class Document(msgspec.Struct, frozen=True, tag="document", tag_field="kind", omit_defaults=True):
    """One article as it came in; ``id`` is unique within its corpus, ``text`` is never normalised or trimmed."""

    id: str
    text: str
    corpus: str = ""
    title: str | None = None
    date: str | None = None
    """Publication date as given."""
    url: str | None = None
    publisher: str | None = None
    lang: str | None = None
    """Language(s) as given, "en", "zh" or "en+zh"; a hint only."""
    source: str = ""
    """Where it was read: for messages and problem rows, never part of the graph."""

    @property
    def key(self) -> str:
        """What the document's IRI ends in, from corpus and id alone."""
        return digest(self.corpus, self.id)

    @property
    def sha256(self) -> str:
        """Hash of the text in hex."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


class Mention(msgspec.Struct, frozen=True, tag="mention", tag_field="kind", omit_defaults=True):
    """Words that speak of an entity, a deal or a source.

    ``text`` is ``document.text[span.start:span.end]``. A pronoun, "the company" or "the deal" has an ``antecedent`` and adds no name.
    A deal that is told by a verb or noun carries its kind and its parties, active side first.
    """

    id: str
    """Unique within its document: start, end and type."""
    type: MentionType
    span: Span
    text: str
    rule: str
    """What found it, for people: "encoder", a pattern's name, "name.listed", …"""
    antecedent: str | None = None
    """Id of the mention that it stands for."""
    deal: DealKind | None = None
    parties: tuple[str, ...] = ()
    """Ids of mentions."""
    source_kind: SourceKind | None = None
    """Of a source that is no entity of the graph."""
    group: str | None = None
    """Of an unnamed source, the language-neutral key of its kind of words ("media", "analysts"): alike in both languages."""

    @staticmethod
    def make_id(span: Span, kind: str) -> str:
        """Start, end and type: what tells a mention from all others of its document."""
        return f"{span.start}-{span.end}-{kind}"


class Cue(msgspec.Struct, frozen=True, array_like=True):
    """The words that decided one field of a claim, and the rule or the model that read them."""

    field: Literal["relation", "polarity", "certainty", "stage", "source"]
    value: str
    span: Span
    rule: str


class Figures(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a text says of a claim in numbers; None where it says nothing."""

    amount: Decimal | None = None
    """In units of the currency; the lower end of a range."""
    amount_max: Decimal | None = None
    currency: str | None = None
    """ISO 4217."""
    share: Decimal | None = None
    """Of the whole, from 0 to 1."""
    event_date: str | None = None
    """"2026-06-03", "2026-06" or "2026"."""
    event_date_text: str | None = None
    """The words that say so."""


class Claim(msgspec.Struct, frozen=True, tag="claim", tag_field="kind", omit_defaults=True):
    """That somebody says ``subject relation object``, how sure, at which stage, in which words. Arguments are ids of mentions."""

    id: str
    """Hash of document, relation, the arguments' spans in the order of the text, and the source as worded."""
    relation: str
    """Local name of one of the ontology, or the IRI of a user's."""
    subject: str
    object: str
    evidence: tuple[Span, ...]
    """Sentences that say so, in the order of the text."""
    rule: str
    polarity: Polarity = "Positive"
    certainty: Certainty = "Certain"
    stage: Stage | None = None
    """Of acquires, mergesWith, investsIn, partnersWith; None of all others."""
    about: str | None = None
    """Id of the Deal mention, for the relations that have a stage."""
    source: str | None = None
    """Id of the mention of who says so; None is the article's own voice."""
    citing: str | None = None
    """Id of the mention of whom that source cites."""
    confidence: float = 1.0
    firm: bool = True
    """Whether the readers are sure enough for the triple itself to be written, if the status allows it."""
    cues: tuple[Cue, ...] = ()
    figures: Figures = Figures()


class RelationTerm(msgspec.Struct, frozen=True, omit_defaults=True):
    """A relation that a user's file defines; those of the ontology need none."""

    iri: str
    domain: tuple[str, ...]
    range: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    """(language tag, name), sorted."""
    symmetric: bool = False


class Extraction(msgspec.Struct, frozen=True, tag="extraction", tag_field="kind", omit_defaults=True):
    """What was observed in one document, before anything is decided about identity."""

    document: str
    """The document's key."""
    run: str
    """Hash of the version and the settings that change the result."""
    languages: tuple[str, ...]
    mentions: tuple[Mention, ...] = ()
    claims: tuple[Claim, ...] = ()
    relations: tuple[RelationTerm, ...] = ()
    """Users' relations that the claims use, by IRI."""


class Entity(msgspec.Struct, frozen=True, tag="entity", tag_field="kind", omit_defaults=True):
    """A thing that mentions were mapped to. ``id`` is the tail of its IRI: "company/openai"."""

    id: str
    type: MentionType
    labels: tuple[tuple[str, str], ...]
    """(language tag, name), at most one per language, sorted."""
    classes: tuple[str, ...] = ()
    """Finer classes, as local names of the ontology: "DataAsset"."""
    exact_match: tuple[str, ...] = ()
    """IRIs of gazetteer or concept entries."""
    broader: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    deal: DealKind | None = None
    parties: tuple[str, ...] = ()
    """Of a deal: ids of entities, active side first, sorted where the kind is symmetric."""
    source_kind: SourceKind | None = None
    document: str | None = None
    """Key of the only document that an unnamed source belongs to."""
    near_misses: tuple[tuple[str, str], ...] = ()
    """(id of another entity, why the two were nearly and not held to be one), sorted."""


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """That a mention is an entity, and why."""

    mention: str
    entity: str
    reason: str
    score: float = 1.0


class Resolution(msgspec.Struct, frozen=True, tag="resolution", tag_field="kind", omit_defaults=True):
    """The decisions for one document; mentions without one are left out of the graph."""

    document: str
    decisions: tuple[Decision, ...] = ()


class Problem(msgspec.Struct, frozen=True, tag="problem", tag_field="kind", omit_defaults=True):
    """Something that was not processed, where, and why: nothing is lost silently."""

    source: str
    stage: str
    reason: str
    document: str | None = None
    """Key of the document, once there is one."""


class Manifest(msgspec.Struct, frozen=True, tag="manifest", tag_field="kind", omit_defaults=True):
    """What a finished build read, did and left; the only output that holds times. It is written last."""

    format: str
    """Which programs can read the folder."""
    version: str
    run: str
    documents: dict[str, str]
    """Key of each document: hash of its text."""
    outputs: dict[str, str]
    """File name: SHA-256 of its bytes."""
    counts: dict[str, int]
    started: str
    finished: str
    mapped: dict[str, str] = {}
    """Key of each document: hash of all that its part of the graph was made of."""


Record = Document | Mention | Claim | Extraction | Entity | Resolution | Problem | Manifest

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Record)


def read_jsonl(lines: Iterable[bytes | str]) -> Iterator[Record]:
    """Records of a JSON Lines stream, blank lines skipped.

    Raises InputError naming the line and the place in it.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise InputError(f"line {number} is no record of Dealgraph: {error}; expected the output of kg read, extract or resolve") from error


def to_json(record: msgspec.Struct) -> bytes:
    """One record as a line of JSON, without the newline."""
    return _encoder.encode(record)


def write_jsonl(records: Iterable[Record], out: IO[bytes]) -> None:
    """Write records, one line each."""
    for record in records:
        out.write(to_json(record) + b"\n")
