"""The entities graph: what was decided, and what all documents together say of each edge and deal."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad

from kg.model import Document, Entity, RelationTerm, day_of
from kg.rdf.said import Statement
from kg.rdf.terms import RDF_TYPE, Triple, date_of, edge_id, kg, node, predicate_of, text_of
from kg.vocab import BASE_IRI, DEAL_ROLES, ENTITIES_GRAPH, OWL, RDF, RDFS, SCHEMA, SKOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def entities_quads(
    entities: Iterable[Entity],
    observed: Iterable[tuple[Document, Sequence[Statement]]],
    relations: Iterable[RelationTerm] = (),
    *,
    base_iri: str = BASE_IRI,
) -> list[Quad]:
    """The entities graph: types, labels, links, deals, edges, copies, and what users' relations are called.

    They are derived from what ``resolve`` and ``statements`` gave for the same documents; ``observed`` is read once and may be a stream.
    """
    threads: dict[tuple[str, str, str], Thread] = defaultdict(Thread)
    deals: dict[str, Thread] = defaultdict(Thread)
    voices: set[str] = set()
    alike: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for document, said in observed:
        day, witness = day_of(document.date) or "", _witness(document)
        alike[document.sha256].append((day or "9999", document.id, document.key))
        for one in said:
            threads[one.triple].add(one, day, witness)
            if one.about:
                deals[one.about].add(one, day, witness)
            voices.update(voice for voice in (one.source, one.citing) if voice)
    triples: list[Triple] = []
    for entity in entities:
        if entity.type == "Source":
            triples += source_triples(entity, base_iri) if entity.document is None and entity.id in voices else ()
            continue
        triples += _entity(entity, base_iri)
        if entity.id in voices:
            triples.append((node(base_iri, entity.id), RDF_TYPE, kg("Source")))
        if entity.id in deals:
            triples += deals[entity.id].triples(node(base_iri, entity.id))
    for triple, thread in threads.items():
        triples += _edge(triple, thread, base_iri)
    triples += _copies(alike.values(), base_iri)
    for term in relations:
        triples += _relation(term)
    graph = node(base_iri, ENTITIES_GRAPH)
    return [Quad(*triple, graph) for triple in dict.fromkeys(triples)]


def _relation(term: RelationTerm) -> Iterator[Triple]:
    me = node(term.iri, "")
    yield me, RDF_TYPE, node(OWL, "ObjectProperty")
    if term.symmetric:
        yield me, RDF_TYPE, node(OWL, "SymmetricProperty")
    for language, name in term.labels:
        yield me, node(RDFS, "label"), text_of(name, language)


def _copies(alike: Iterable[list[tuple[str, str, str]]], base_iri: str) -> Iterator[Triple]:
    """That documents of one text repeat the oldest of them, undated ones being the newest; each is given as day, id and key."""
    for documents in alike:
        (*_, original), *copies = sorted(documents)
        for *_, copy in copies:
            yield node(base_iri, f"document/{copy}"), kg("duplicateOf"), node(base_iri, f"document/{original}")


class Thread:
    """What all documents say of one edge or deal, summed up as it comes in."""

    def __init__(self) -> None:
        self.newest: tuple[bool, str, tuple[int, int], str, str, str] = (False, "", (-1, -1), "", "", "")
        """The last word, which ends with its status; one that stands comes before all that were superseded, by claims of another deal too."""
        self.days: tuple[str, str] | None = None
        self.witnesses: set[str] = set()
        self.sides: set[bool] = set()

    def add(self, one: Statement, day: str, witness: str) -> None:
        """Take in one statement of a document of this day ("" for none)."""
        self.newest = max(self.newest, (one.superseded_by is None, day, one.place, one.document, one.id, one.status))
        if day:
            self.days = (min(day, self.days[0]), max(day, self.days[1])) if self.days else (day, day)
        self.witnesses.add(witness)
        self.sides.add(one.polarity == "Positive" and one.stage != "Terminated")

    def triples(self, me: NamedNode) -> Iterator[Triple]:
        """Current status and the days between which it is spoken of."""
        yield me, kg("status"), kg(self.newest[-1])
        if self.days:
            yield me, kg("firstDate"), date_of(self.days[0])
            yield me, kg("lastDate"), date_of(self.days[1])


def _entity(entity: Entity, base_iri: str) -> Iterator[Triple]:
    me = node(base_iri, entity.id)
    for name in (entity.type, *entity.classes):
        yield me, RDF_TYPE, kg(name)
    for language, name in entity.labels:
        yield me, node(RDFS, "label"), text_of(name, language)
    links = ((SKOS, "exactMatch", entity.exact_match), (SKOS, "broader", entity.broader), (SCHEMA, "sameAs", entity.same_as))
    for namespace, name, targets in links:
        for target in targets:
            yield me, node(namespace, name), node(target, "")
    if entity.deal is None:
        return
    yield me, RDF_TYPE, kg(entity.deal)
    for party in entity.parties:
        yield me, kg("party"), node(base_iri, party)
    if entity.deal in DEAL_ROLES:
        active, passive = DEAL_ROLES[entity.deal]
        for party in entity.parties[:-1]:
            yield me, kg(active), node(base_iri, party)
        yield me, kg(passive), node(base_iri, entity.parties[-1])


def _edge(triple: tuple[str, str, str], thread: Thread, base_iri: str) -> Iterator[Triple]:
    me = node(base_iri, edge_id(triple))
    yield me, RDF_TYPE, kg("Edge")
    yield me, node(RDF, "subject"), node(base_iri, triple[0])
    yield me, node(RDF, "predicate"), predicate_of(triple[1])
    yield me, node(RDF, "object"), node(base_iri, triple[2])
    yield me, kg("support"), Literal(len(thread.witnesses))
    yield from thread.triples(me)
    if len(thread.sides) > 1:
        yield me, kg("disputed"), Literal(True)


def source_triples(entity: Entity, base_iri: str) -> Iterator[Triple]:
    """Type, labels and kind of a source that is no entity."""
    me = node(base_iri, entity.id)
    yield me, RDF_TYPE, kg("Source")
    for language, name in entity.labels:
        yield me, node(RDFS, "label"), text_of(name, language)
    if entity.source_kind:
        yield me, kg("sourceKind"), kg(entity.source_kind)


def _witness(document: Document) -> str:
    """Whose word a document is: its publisher's, or of whoever wrote just this text."""
    return f"publisher {' '.join(document.publisher.casefold().split())}" if document.publisher else f"text {document.sha256}"
