"""A graph as if only the documents of a period had been read: what hangs on others is gone, what was derived is derived again.

What was decided about identity stays: which mention is which entity, and what entities are called.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

import msgspec
import pyoxigraph as ox

from kg import vocab
from kg.errors import QueryError
from kg.model import ENTITY_TYPES, day_of
from kg.rdf import Statement, Thread
from kg.store import OxigraphStore, Store

_DERIVED = frozenset(vocab.KG + name for name in ("status", "firstDate", "lastDate", "support", "disputed"))
_TYPE = vocab.RDF + "type"


class _Kept(NamedTuple):
    """What of a graph is in the period; nodes are IRIs."""

    documents: Mapping[str, tuple[str, str]]
    """Day and witness (see ``kg:support``) by document."""
    said: Mapping[str, Statement]
    """By claim."""
    edges: Mapping[str, Thread]
    deals: Mapping[str, Thread]


def within(store: Store, since: str = "", until: str = "") -> Store:
    """The graph of what was published from the day, month or year ``since`` to ``until``, both included, each "" for no limit.

    Documents without a day of publication are in no period, and kept only where both are "". Raises QueryError for what is no date, and for an end
    before the start.

    >>> before = within(open_store("kg-out"), until="2031-03-05")
    >>> [row["now"].value for row in before.select("SELECT ?now { ?deal a kg:Merger ; kg:status ?now }")]
    ['https://w3id.org/dealgraph/ontology#Rumoured']
    """
    for limit in filter(None, (since, until)):
        check_date(limit)
    if not since and not until:
        return store
    if since and until and since[: len(until)] > until:
        raise QueryError(f"the period from {since} to {until} ends before it starts; exchange the two")
    kept = _keep(store, since, until)
    gone = _gone(store, kept)
    inner = ox.Store()
    inner.extend(_quads(store, kept, gone))
    return OxigraphStore(inner)


def check_date(text: str) -> None:
    """Raises QueryError when a text is no day, month or year."""
    try:
        date.fromisoformat((text + "-01-01")[:10] if re.fullmatch(r"\d{4}(-\d\d){0,2}", text, re.ASCII) else "")
    except ValueError as error:
        raise QueryError(f"{text!r} is no date; write a year, a month or a day, such as 2025, 2025-11 or 2025-11-06") from error


def _keep(store: Store, since: str, until: str) -> _Kept:
    documents: dict[str, tuple[str, str]] = {}
    for row in _rows(
        store,
        """SELECT ?document ?given ?sha ?publisher { ?document a kg:Document ; schema:datePublished ?given .
        OPTIONAL { ?document kg:sha256 ?sha } OPTIONAL { ?document schema:publisher ?publisher } }""",
    ):
        day = day_of(row["given"])
        if day and since <= day and day[: len(until)] <= until:
            witness = " ".join(row["publisher"].casefold().split()) if "publisher" in row else f"\0{row.get('sha', row['document'])}"
            documents[row["document"]] = (day, witness)
    kept = _Kept(documents, {}, defaultdict(Thread), defaultdict(Thread))
    said = dict(kept.said)
    for row in _rows(
        store,
        """SELECT * { ?id a kg:Claim ; rdf:subject ?subject ; rdf:predicate ?relation ; rdf:object ?object ; kg:edge ?edge ;
        kg:polarity ?polarity ; kg:certainty ?certainty . OPTIONAL { ?id kg:stage ?stage } OPTIONAL { ?id kg:about ?about }
        OPTIONAL { ?id kg:attributedTo ?source } OPTIONAL { ?id kg:citing ?citing } OPTIONAL { ?id kg:supersededBy ?superseded_by }
        { SELECT ?id ?document (MAX(?start) AS ?place) { ?id prov:wasDerivedFrom ?evidence .
          ?evidence oa:hasSource ?document ; oa:hasSelector/oa:start ?start } GROUP BY ?id ?document } }""",
    ):
        if row["document"] not in documents:
            continue
        fields = row | {"place": (int(row["place"]), 0), "confidence": 1.0, "rule": "", "firm": True, "evidence": (), "figures": {}}
        fields |= {name: row[name].removeprefix(vocab.KG) for name in ("relation", "polarity", "certainty", "stage") if name in row}
        one = msgspec.convert({name: fields.get(name) for name in Statement.__struct_fields__}, Statement)
        said[one.id] = one
        kept.edges[row["edge"]].add(one, *documents[one.document])
        if one.about:
            kept.deals[one.about].add(one, *documents[one.document])
    return kept._replace(said=said)


def _relations(store: Store) -> dict[str, bool]:
    """IRIs of the relations, those of users included, and whether they are symmetric."""
    known = {vocab.KG + name: relation.symmetric for name, relation in vocab.RELATIONS.items()}
    asked = f"SELECT ?p ?symmetric {{ ?p a <{vocab.OWL}ObjectProperty> BIND(EXISTS {{ ?p a <{vocab.OWL}SymmetricProperty> }} AS ?symmetric) }}"
    return known | {row["p"]: row["symmetric"] == "true" for row in _rows(store, asked)}


def _gone(store: Store, kept: _Kept) -> set[str]:
    """Nodes that are in no document of the period, or stand for something that is not said in it."""
    stays = {*kept.documents, *kept.said, *kept.edges}
    for one in kept.said.values():
        stays |= {node for node in (one.subject, one.object, one.about, one.source, one.citing) if node}
    stays |= {row["thing"] for row in _rows(store, "SELECT ?document ?thing { ?document schema:mentions ?thing }") if row["document"] in stays}
    stays |= {row["party"] for row in _rows(store, "SELECT ?deal ?party { ?deal kg:party ?party }") if row["deal"] in stays}
    classes = " ".join(f"kg:{name}" for name in (*ENTITY_TYPES, "Deal", "Source", "Edge", "Claim", "Document"))
    gone = {row["node"] for row in _rows(store, f"SELECT ?node {{ VALUES ?class {{ {classes} }} ?node a ?class }}")} - stays
    for row in _rows(store, "SELECT ?document ?evidence ?part { ?evidence oa:hasSource ?document ; oa:hasSelector ?part }"):
        if row["document"] in gone:
            gone |= {row["evidence"], row["part"]}
    return gone


def _quads(store: Store, kept: _Kept, gone: set[str]) -> Iterator[ox.Quad]:
    symmetric = _relations(store)
    facts, voices = set(), {voice for one in kept.said.values() for voice in (one.source, one.citing) if voice}
    for one in kept.said.values():
        if one.superseded_by is None and vocab.is_fact(one.polarity, one.certainty, one.stage):
            relation = vocab.predicate(one.relation)
            facts.add((one.subject, relation, one.object))
            if symmetric[relation]:
                facts.add((one.object, relation, one.subject))
    for quad in store.quads():
        s, p, o, graph = (getattr(part, "value", "") for part in quad)
        if {s, o, graph} & gone or (p in symmetric and (s, p, o) not in facts):
            continue
        if (p in _DERIVED and s not in kept.said) or (p == _TYPE and o == vocab.KG + "Source" and s not in voices):
            continue
        yield quad
        if p == _TYPE and o in (vocab.KG + "Edge", vocab.KG + "Deal"):
            thread = kept.edges.get(s) or kept.deals.get(s)
            yield from (ox.Quad(*triple, quad.graph_name) for triple in (_derived(ox.NamedNode(s), thread, o) if thread else ()))


def _derived(node: ox.NamedNode, thread: Thread, kind: str) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]:
    yield from thread.triples(node)
    if kind == vocab.KG + "Edge":
        yield node, ox.NamedNode(vocab.KG + "support"), ox.Literal(len(thread.witnesses))
        if len(thread.sides) > 1:
            yield node, ox.NamedNode(vocab.KG + "disputed"), ox.Literal(True)


def _rows(store: Store, sparql: str) -> Iterator[dict[str, str]]:
    """Solutions as plain strings; the union graph may give one more than once."""
    seen = {tuple((name, str(getattr(term, "value", term))) for name, term in row.items()) for row in store.select(sparql)}
    yield from map(dict, sorted(seen))
