"""What changed between two graphs: documents, entities, deals, edges and claims, as the old one and the new one have them.

What the graphs hold is compared as it stands; nothing is derived again. A node is the same in both where its IRI is. One without an IRI has nothing
to be found again by, and is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import msgspec
import pyoxigraph as ox

from kg import vocab
from kg.model import ENTITY_TYPES
from kg.query import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kg.store import Store

SHOWN = 50
"""Lines of a section that are shown to people."""
LONGEST = 300
"""Code points of a quote that are shown."""

_PROPERTIES = (
    vocab.DCTERMS + "identifier",
    *(vocab.SCHEMA + name for name in ("headline", "datePublished", "publisher", "url")),
    *(vocab.RDF + name for name in ("subject", "predicate", "object")),
    *(vocab.KG + name for name in ("sha256", "status", "firstDate", "lastDate", "support", "disputed", "polarity", "certainty", "stage", "date")),
    *(vocab.KG + name for name in ("about", "attributedTo", "supersededBy")),
)
"""What is read of documents, deals, edges and claims; no two have one local name."""
_DEALS = ("Acquisition", "Merger", "Investment", "Partnership")
_WORDS = {
    "labels": "called", "classes": "finer types", "last": "last date", "superseded": "taken back further down", "source": "said by",
}  # fmt: skip
"""What fields are called where their own names would not do."""


class Named(msgspec.Struct, frozen=True):
    """A node or a relation, and what it is called by language tag."""

    iri: str
    labels: dict[str, str]


class DocumentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A document; "" for what it does not say."""

    iri: str
    identifier: str = ""
    headline: str = ""
    date: str = ""
    """Of publication, as given."""
    publisher: str = ""
    url: str = ""
    sha256: str = ""
    """Of its text."""


class EntityFacts(msgspec.Struct, frozen=True):
    """Anything but a deal that claims are made of."""

    iri: str
    labels: dict[str, str]
    type: str
    """One of the eight."""
    classes: tuple[str, ...]
    """Finer ones."""


class DealFacts(msgspec.Struct, frozen=True):
    """A deal; "" for what is not known of it."""

    iri: str
    labels: dict[str, str]
    kind: str
    """Acquisition, Merger, Investment or Partnership."""
    status: str
    first: str
    last: str
    """Days between which it is spoken of."""


class EdgeFacts(msgspec.Struct, frozen=True):
    """What all documents together say of one triple."""

    iri: str
    subject: Named
    predicate: Named
    object: Named
    status: str
    support: int
    """Independent sources."""
    disputed: bool
    first: str
    last: str


class ClaimFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What one document claims, in its words."""

    iri: str
    subject: Named
    predicate: Named
    object: Named
    status: str
    polarity: str
    certainty: str
    stage: str
    source: Named | None
    """None for the article's own voice."""
    superseded: bool
    """Whether the same document takes it back further down."""
    date: str
    deal: str
    """IRI, "" where it is about none."""
    document: DocumentFacts | None = None
    """None only where the graph does not say."""
    place: int = 0
    """Where the first of the quotes starts in the text, in code points."""
    quotes: tuple[str, ...] = ()


Facts = TypeVar("Facts", DocumentFacts, EntityFacts, DealFacts, EdgeFacts, ClaimFacts)


class Change(msgspec.Struct, Generic[Facts], frozen=True):
    """One node that both graphs have, and that they say different things of."""

    fields: tuple[str, ...]
    """Which fields changed, of those that count."""
    old: Facts
    new: Facts


class Changes(msgspec.Struct, Generic[Facts], frozen=True):
    """Nodes of one kind that only the new graph has, that only the old one has, and that are not the same in both; each by IRI."""

    added: tuple[Facts, ...]
    removed: tuple[Facts, ...]
    changed: tuple[Change[Facts], ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from one graph to another; each part has of its own graph what is needed to tell it.

    What counts is the text of a document; labels and types of an entity; labels, kind and status of a deal; status, support, dispute and last date of
    an edge; of a claim subject, predicate, object, source, polarity, certainty, stage, status and whether it is taken back, but not its confidence.
    """

    documents: Changes[DocumentFacts]
    deals: Changes[DealFacts]
    claims: Changes[ClaimFacts]
    edges: Changes[EdgeFacts]
    entities: Changes[EntityFacts]

    @property
    def empty(self) -> bool:
        """Whether the two graphs say the same."""
        return not any(_counts(getattr(self, name)) for name in self.__struct_fields__)


class _Graph(NamedTuple):
    """What is compared of a graph, by IRI; claims without their evidence."""

    documents: dict[str, DocumentFacts]
    deals: dict[str, DealFacts]
    claims: dict[str, ClaimFacts]
    edges: dict[str, EdgeFacts]
    entities: dict[str, EntityFacts]


def diff(old: Store, new: Store) -> Difference:
    """What changed from the old graph to the new one; the other way round it is the same with old and new exchanged.

    >>> from kg.query.period import within
    >>> store = open_store("kg-out")
    >>> difference = diff(within(store, until="2031-03-05"), store)
    >>> [(change.new.labels["en"], change.old.status, change.new.status) for change in difference.deals.changed]
    [('Osk Freight – Tarn Robotics (merger)', 'Rumoured', 'Denied')]
    """
    before, after = _read(old), _read(new)
    ends = ("subject", "predicate", "object")
    claims = _changes(before.claims, after.claims, (*ends, "status", "polarity", "certainty", "stage", "source", "superseded"))
    had = _with_words(old, before.documents, (*claims.removed, *(change.old for change in claims.changed)))
    has = _with_words(new, after.documents, (*claims.added, *(change.new for change in claims.changed)))
    return Difference(
        documents=_changes(before.documents, after.documents, ("sha256",)),
        deals=_changes(before.deals, after.deals, ("labels", "kind", "status")),
        claims=Changes(
            tuple(has[one.iri] for one in claims.added),
            tuple(had[one.iri] for one in claims.removed),
            tuple(Change(change.fields, had[change.old.iri], has[change.new.iri]) for change in claims.changed),
        ),
        edges=_changes(before.edges, after.edges, ("status", "support", "disputed", "last")),
        entities=_changes(before.entities, after.entities, ("labels", "type", "classes")),
    )


def as_json(difference: Difference) -> str:
    """A difference for programs: all of it, by kind, with IRIs and labels."""
    return msgspec.json.format(msgspec.json.encode(difference, order="deterministic")).decode()


def as_lines(difference: Difference) -> list[str]:
    """A difference for people, in English where there is a choice: how much of what changed, then the sections, long ones cut."""
    if difference.empty:
        return ["no difference"]
    told = {name: _counts(getattr(difference, name)) for name in difference.__struct_fields__}
    lines = ["; ".join(f"{name} {counts}" for name, counts in told.items() if counts)]
    for title, found in sections(difference):
        more = len(found) - SHOWN
        lines += ["", title, *(f"  {line}" for line in found[:SHOWN])]
        lines += [f"  … and {more} more; --json tells them all"] if more > 0 else []
    return lines


def sections(difference: Difference) -> list[tuple[str, list[str]]]:
    """Title and lines of each section that has any, uncut. Words of articles in them are plain text: on one line, but not escaped for Markdown.

    New and lost edges have no lines of their own: the claims that make them have.
    """
    found = (
        *_of_documents(difference.documents),
        *_of_deals(difference.deals),
        *_of_claims(difference.claims),
        *_of_edges(difference.edges),
        *_of_entities(difference),
    )
    return [(title, [one_line(line) for line in lines]) for title, lines in found if lines]


def _of_documents(documents: Changes[DocumentFacts]) -> Iterator[tuple[str, list[str]]]:
    kinds = (("new", documents.added), ("gone", documents.removed), ("another text", [change.new for change in documents.changed]))
    yield "Documents", [f"{kind}: {_document(one)}" for kind, found in kinds for one in sorted(found, key=lambda one: (one.date, _document(one)))]


def _of_deals(deals: Changes[DealFacts]) -> Iterator[tuple[str, list[str]]]:
    def status(deal: DealFacts) -> str:
        return _word(deal.status, "only mentioned")

    moved = [change for change in _by_name(deals.changed) if "status" in change.fields]
    yield "Deals whose status changed", [f"{_name(change.new)}: {status(change.old)} -> {status(change.new)}" for change in moved]
    yield "New deals", [f"{_name(deal)}: {status(deal)}" for deal in _by_name(deals.added)]
    yield "Deals that are gone", [f"{_name(deal)}: {status(deal)}" for deal in _by_name(deals.removed)]


def _of_claims(claims: Changes[ClaimFacts]) -> Iterator[tuple[str, list[str]]]:
    def place(claim: ClaimFacts) -> tuple[str, str, int, str]:
        return claim.date, claim.document.iri if claim.document else "", claim.place, claim.iri

    yield "New claims", [_claim(claim) for claim in sorted(claims.added, key=place)]
    yield "Claims that are gone", [_claim(claim) for claim in sorted(claims.removed, key=place)]
    changed = sorted(claims.changed, key=lambda change: place(change.new))
    yield "Claims that are read otherwise", [f"{_steps(change)} {_where(change.new)}" for change in changed]


def _of_edges(edges: Changes[EdgeFacts]) -> Iterator[tuple[str, list[str]]]:
    changed = _by_name(edges.changed)
    yield "Edges whose status changed", [_steps(change) for change in changed if "status" in change.fields]
    yield "Edges with another support, dispute or date", [_steps(change) for change in changed if "status" not in change.fields]


def _of_entities(difference: Difference) -> Iterator[tuple[str, list[str]]]:
    entities = difference.entities
    yield "New entities", [f"{_name(entity)} ({_word(entity.type)})" for entity in _by_name(entities.added)]
    yield "Entities that are gone", [f"{_name(entity)} ({_word(entity.type)})" for entity in _by_name(entities.removed)]
    changed: tuple[Change[Any], ...] = (*difference.deals.changed, *entities.changed)
    yield "Called or typed otherwise", [_steps(change, but="status") for change in _by_name(changed) if change.fields != ("status",)]


def _document(document: DocumentFacts) -> str:
    parts = (document.identifier or document.iri, document.headline, document.publisher, document.date)
    return ", ".join(_cut(part) for part in parts if part)


def _claim(claim: ClaimFacts) -> str:
    quote = f": “{_cut(claim.quotes[0])}”" if claim.quotes else ""
    return f"{_name(claim)} — {_word(claim.status, 'without status')}, says {_value(claim.source)}{quote} {_where(claim)}"


def _where(claim: ClaimFacts) -> str:
    document = (claim.document.headline or claim.document.identifier or claim.document.iri) if claim.document else ""
    parts = (_cut(document), claim.date, _WORDS["superseded"] if claim.superseded else "")
    return f"({', '.join(part for part in parts if part)})" if any(parts) else ""


def _steps(change: Change[Any], but: str = "") -> str:
    """What changed of a node, field by field, but for one."""
    steps = (
        f"{_WORDS.get(field, field)} {_value(getattr(change.old, field))} -> {_value(getattr(change.new, field))}"
        for field in change.fields
        if field != but
    )
    return f"{_name(change.new)}: {', '.join(steps)}"


def _value(value: object) -> str:
    """The value of a field in words."""
    if isinstance(value, Named):
        return _called(value.labels, value.iri)
    if isinstance(value, dict):
        return " / ".join(_cut(value[tag]) for tag in sorted(value)) or "nothing"
    if isinstance(value, tuple):
        return ", ".join(map(_word, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "the article" if value is None else _word(str(value), "none")


def _word(name: str, nothing: str = "") -> str:
    """What the ontology calls a term in English."""
    return vocab.term_labels().get(name, {}).get("en", name) or nothing


def _name(one: EntityFacts | DealFacts | EdgeFacts | ClaimFacts) -> str:
    if isinstance(one, EntityFacts | DealFacts):
        return _called(one.labels, one.iri)
    return " ".join(_value(part) for part in (one.subject, one.predicate, one.object)).strip() or one.iri


def _called(labels: Mapping[str, str], iri: str) -> str:
    """The English name, else another one, else the tail of the IRI."""
    return _cut(labels.get("en") or next((labels[tag] for tag in sorted(labels)), "") or iri.rsplit("/", 1)[-1])


def _cut(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


def _by_name(found: Iterable[Any]) -> list[Any]:
    """Nodes or changes of nodes in the order of what they are called."""

    def key(one: Any) -> tuple[str, str]:
        node = one.new if isinstance(one, Change) else one
        return _name(node), node.iri

    return sorted(found, key=key)


def _counts(changes: Changes[Any]) -> str:
    parts = ((len(getattr(changes, kind)), word) for kind, word in (("added", "new"), ("removed", "gone"), ("changed", "changed")))
    return ", ".join(f"{number} {word}" for number, word in parts if number)


def _changes(old: Mapping[str, Facts], new: Mapping[str, Facts], fields: tuple[str, ...]) -> Changes[Facts]:
    """What changed among nodes of one kind, of which these fields count."""

    def differ(iri: str) -> tuple[str, ...]:
        return tuple(field for field in fields if _identity(getattr(old[iri], field)) != _identity(getattr(new[iri], field)))

    return Changes(
        added=tuple(new[iri] for iri in sorted(new.keys() - old.keys())),
        removed=tuple(old[iri] for iri in sorted(old.keys() - new.keys())),
        changed=tuple(Change(which, old[iri], new[iri]) for iri in sorted(old.keys() & new.keys()) if (which := differ(iri))),
    )


def _identity(value: object) -> object:
    """What of a field counts: of another node that it is this one, not what that is called."""
    return value.iri if isinstance(value, Named) else value


def _read(store: Store) -> _Graph:
    """What is compared of a graph.

    Each query takes one property of all nodes: for 1.3 million quads that took 18 s, joins of nodes with their properties 28 s.
    """
    labels, columns, kinds = _labels(store), {iri: _column(store, iri) for iri in _PROPERTIES}, defaultdict[str, set[str]](set)
    for row in _rows(store, f'SELECT ?node ?class {{ ?node a ?class FILTER(STRSTARTS(STR(?class), "{vocab.KG}")) }}'):
        kinds[row["node"]].add(_local(row["class"]))
    names = {iri: re.split("[/#]", iri)[-1] for iri in _PROPERTIES}
    graph = _Graph({}, {}, {}, {}, {})
    for iri, classes in kinds.items():
        fields = {names[one]: column[iri] for one, column in columns.items() if iri in column}
        if "Document" in classes:
            graph.documents[iri] = _read_document(iri, fields)
        elif "Claim" in classes:
            graph.claims[iri] = _said(iri, fields, labels)
        elif "Edge" in classes:
            graph.edges[iri] = _edge(iri, fields, labels)
        elif "Deal" in classes:
            graph.deals[iri] = _deal(iri, fields, classes, labels)
        elif not classes.isdisjoint(ENTITY_TYPES):
            graph.entities[iri] = _entity(iri, classes, labels)
    return graph


def _labels(store: Store) -> dict[str, dict[str, str]]:
    """What each node is called, by language; of several names the first in code-point order."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(store, "SELECT ?node ?label (LANG(?label) AS ?tag) { ?node rdfs:label ?label }"):
        labels, tag = found[row["node"]], row.get("tag", "")
        labels[tag] = min(row["label"], labels.get(tag, row["label"]))
    return found


def _column(store: Store, iri: str) -> dict[str, str]:
    """Values of a property by node; of several the first in code-point order."""
    values: dict[str, str] = {}
    for row in _rows(store, f"SELECT ?node ?value {{ ?node <{iri}> ?value }}"):
        if "value" in row:
            values[row["node"]] = min(row["value"], values.get(row["node"], row["value"]))
    return values


def _read_document(iri: str, fields: Mapping[str, str]) -> DocumentFacts:
    known = {name: fields[name] for name in ("identifier", "headline", "publisher", "url", "sha256") if name in fields}
    return DocumentFacts(iri=iri, date=fields.get("datePublished", ""), **known)


def _entity(iri: str, names: set[str], labels: Mapping[str, dict[str, str]]) -> EntityFacts:
    kind = next(name for name in ENTITY_TYPES if name in names)
    return EntityFacts(iri, labels.get(iri, {}), kind, tuple(sorted(names - {kind, "Source"})))


def _deal(iri: str, fields: Mapping[str, str], names: set[str], labels: Mapping[str, dict[str, str]]) -> DealFacts:
    kind, status = next((name for name in _DEALS if name in names), ""), _local(fields.get("status", ""))
    return DealFacts(iri, labels.get(iri, {}), kind, status, fields.get("firstDate", ""), fields.get("lastDate", ""))


def _edge(iri: str, fields: Mapping[str, str], labels: Mapping[str, dict[str, str]]) -> EdgeFacts:
    status, support, disputed = _local(fields.get("status", "")), _number(fields.get("support", "")), fields.get("disputed") == "true"
    return EdgeFacts(iri, *_triple(fields, labels), status, support, disputed, fields.get("firstDate", ""), fields.get("lastDate", ""))


def _said(iri: str, fields: Mapping[str, str], labels: Mapping[str, dict[str, str]]) -> ClaimFacts:
    """A claim without its evidence."""
    subject, predicate, object_ = _triple(fields, labels)
    status, polarity, certainty, stage = (_local(fields.get(name, "")) for name in ("status", "polarity", "certainty", "stage"))
    return ClaimFacts(
        iri=iri, subject=subject, predicate=predicate, object=object_, status=status, polarity=polarity, certainty=certainty, stage=stage,
        source=_named(fields["attributedTo"], labels) if "attributedTo" in fields else None, superseded="supersededBy" in fields,
        date=fields.get("date", ""), deal=fields.get("about", ""),
    )  # fmt: skip


def _with_words(store: Store, documents: Mapping[str, DocumentFacts], claims: Sequence[ClaimFacts]) -> dict[str, ClaimFacts]:
    """These claims with their documents and sentences, by IRI."""
    if not claims:
        return {}
    sources: dict[str, set[str]] = defaultdict(set)
    quotes: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for row in _rows(
        store,
        f"""SELECT ?node ?document ?start ?exact {{ VALUES ?node {{ {" ".join(f"<{claim.iri}>" for claim in claims)} }}
        ?node prov:wasDerivedFrom ?evidence . ?evidence oa:hasSource ?document
        OPTIONAL {{ ?evidence oa:hasSelector/oa:start ?start ; oa:hasSelector/oa:exact ?exact }} }}""",
    ):
        sources[row["node"]] |= {row.get("document", "")} & documents.keys()
        if "exact" in row:
            quotes[row["node"]].add((_number(row.get("start", "")), row["exact"]))
    told = {}
    for claim in claims:
        words = sorted(quotes[claim.iri])
        document = documents[min(sources[claim.iri])] if sources[claim.iri] else None
        exact = tuple(dict.fromkeys(quote for _, quote in words))
        told[claim.iri] = msgspec.structs.replace(claim, document=document, place=words[0][0] if words else 0, quotes=exact)
    return told


def _triple(fields: Mapping[str, str], labels: Mapping[str, dict[str, str]]) -> tuple[Named, Named, Named]:
    subject, predicate, object_ = (_named(fields.get(name, ""), labels) for name in ("subject", "predicate", "object"))
    return subject, predicate, object_


def _named(iri: str, labels: Mapping[str, dict[str, str]]) -> Named:
    """A node or relation with its labels; those of terms stand in the ontology, those of users' relations in the graph."""
    return Named(iri, vocab.term_labels().get(_local(iri)) or labels.get(iri, {}))


def _number(text: str) -> int:
    """A count or an offset, 0 for what is none."""
    return int(text) if text.isdecimal() else 0


def _local(iri: str) -> str:
    return iri.removeprefix(vocab.KG)


def _rows(store: Store, sparql: str) -> Iterator[dict[str, str]]:
    """Solutions for nodes with an IRI as plain strings, without other nodes that have none; the union graph may give one more than once."""
    for row in store.select(sparql):
        values = {name: str(getattr(term, "value", term)) for name, term in row.items() if not isinstance(term, ox.BlankNode)}
        if "node" in values:
            yield values
