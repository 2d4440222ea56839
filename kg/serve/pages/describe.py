"""What the graph says about one node, as RDF: a concise bounded description.

Of every node its own triples and, for people, the label of each node that they name. Beyond that

- of a thing: the edges that it is an end of, the deals that it is a party of, and which claims stand behind those edges, which can be asked for;
- of a deal: the same, and the claims about it with their evidence;
- of an edge and of a document: its claims with their evidence;
- of a claim: its evidence, that is the sentences with their offsets;
- of evidence: its selectors, and which claims rest on it;
- of a source: which claims are its.

Graph names are left out: a triple stands once. Of a node that very much is joined to, some is left out: all can be had by SPARQL.
"""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import analyze, vocab
from kg.query import shorten
from kg.serve.pages.negotiate import JSON_LD, N_TRIPLES, Form
from kg.store import serialise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.serve.snapshot import Snapshot
    from kg.store import Store

CHUNK = 500
"""Nodes of a query."""

MOST = 500
"""Edges and deals of a thing in its description, and claims of a deal, an edge or a document."""

MOST_LINKS = 2_000
"""Claims that a description names without telling what they say."""

CLAIMS_OF = {
    "Edge": "?claim kg:edge ?it", "Deal": "?claim kg:about ?it", "Claim": "?claim a kg:Claim FILTER(?claim = ?it)",
    "Document": "?claim prov:wasDerivedFrom/oa:hasSource ?it",
}  # fmt: skip
"""Which claims belong to the description of a node of a class."""

LINKED_TO = ("kg:edge", "kg:attributedTo", "kg:citing", "prov:wasDerivedFrom")
"""Properties that only claims have, by which a description says which claims there are."""


def exists(store: Store, iri: str) -> bool:
    """Whether the graph says anything about a node."""
    node = _node(iri)
    return node is not None and bool(store.query(f"ASK {{ {node} ?p ?o }}"))


def classes(store: Store, iri: str) -> set[str]:
    """Local names of the classes of a node."""
    node = _node(iri)
    rows = store.select(f"SELECT DISTINCT ?class {{ {node} a ?class }}") if node else ()
    return {_value(row["class"]).removeprefix(vocab.KG).removeprefix(vocab.OA) for row in rows}


def describe(snapshot: Snapshot, iri: str) -> tuple[list[ox.Triple], bool]:
    """The description of a node, in code-point order, and whether some of it is left out; empty where the graph says nothing about it."""
    node, store = _node(iri), snapshot.store
    if node is None:
        return [], False
    kinds = classes(store, iri)
    around: set[ox.NamedNode] = set()
    if not kinds & {"Claim", "Edge", "Document", "SpecificResource", "Activity"}:
        around = {ox.NamedNode(one) for one in (*snapshot.edges_of({iri}), *analyze.deals_of(store, iri))}
    claims: set[ox.NamedNode] = set()
    for kind in sorted(kinds & CLAIMS_OF.keys()):
        claims |= _nodes(store, CLAIMS_OF[kind].replace("?it", str(node)).replace("?claim", "?node"))
    kept = {node, *_first(around), *_first(claims)}
    kept |= _objects(store, {*_first(claims)}, "prov:wasDerivedFrom")
    kept |= _objects(store, kept, "oa:hasSelector")
    links = list(islice(_links(store, kept), MOST_LINKS + 1))
    triples = {*_about(store, kept), *links[:MOST_LINKS]}
    named = {term for triple in triples for term in (triple.subject, triple.object) if isinstance(term, ox.NamedNode)}
    triples |= {*_valued(store, named - kept, vocab.RDFS + "label"), *_valued(store, named - kept, vocab.SCHEMA + "headline")}
    return sorted(triples, key=str), len(around) > MOST or len(claims) > MOST or len(links) > MOST_LINKS


def _first(nodes: set[ox.NamedNode]) -> list[ox.NamedNode]:
    """So many of these nodes as a description has."""
    return sorted(nodes, key=str)[:MOST]


def fields(store: Store, iri: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The own triples of a node for people: properties with their values, each as text and, where it is a node, its IRI."""
    prefixes = vocab.prefixes(store.base_iri)
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in store.select(f"SELECT ?p ?o {{ {_node(iri)} ?p ?o }}"):
        address = _value(row["o"]) if isinstance(row["o"], ox.NamedNode) else ""
        found[shorten(row["p"], prefixes)].add((shorten(row["o"], prefixes), address))
    return [(name, sorted(values)) for name, values in sorted(found.items())]


def as_form(triples: Iterable[ox.Triple], form: Form, base_iri: str) -> bytes:
    """Triples in their order as Turtle, JSON-LD or N-Triples."""
    prefixes = vocab.prefixes(base_iri)
    if form == JSON_LD:
        return jsonld(triples, prefixes)
    if form == N_TRIPLES:
        return serialise(triples, ox.RdfFormat.N_TRIPLES, {})
    return serialise(triples, ox.RdfFormat.TURTLE, prefixes)


def jsonld(triples: Iterable[ox.Triple], prefixes: dict[str, str]) -> bytes:
    """Triples as JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/) with a context of prefixes: an object per node, properties by their short names."""
    nodes: dict[str, dict[str, list[object]]] = defaultdict(lambda: defaultdict(list))
    for triple in triples:
        key, value = _short(triple.predicate.value, prefixes), triple.object
        if triple.predicate.value == vocab.RDF + "type":
            nodes[_value(triple.subject)]["@type"].append(_short(_value(value), prefixes))
        else:
            nodes[_value(triple.subject)][key].append(_json(value, prefixes))
    graph = [{"@id": iri, **found} for iri, found in nodes.items()]
    return json.dumps({"@context": prefixes, "@graph": graph}, ensure_ascii=False, indent=1).encode()


def _json(term: object, prefixes: dict[str, str]) -> object:
    if isinstance(term, ox.Literal):
        if term.language:
            return {"@value": term.value, "@language": term.language}
        plain = term.datatype.value == vocab.XSD + "string"
        return {"@value": term.value} if plain else {"@value": term.value, "@type": _short(term.datatype.value, prefixes)}
    return {"@id": _value(term)}


def _short(iri: str, prefixes: dict[str, str]) -> str:
    prefix = next((name for name, space in prefixes.items() if iri.startswith(space)), None)
    return iri if prefix is None else f"{prefix}:{iri[len(prefixes[prefix]) :]}"


def _about(store: Store, nodes: set[ox.NamedNode]) -> Iterable[ox.Triple]:
    """All triples with one of these as subject, each once or more often."""
    for values in _values(nodes):
        for row in store.select(f"SELECT ?node ?p ?o {{ {values} ?node ?p ?o }}"):
            yield ox.Triple(row["node"], row["p"], row["o"])  # type: ignore[arg-type]


def _valued(store: Store, nodes: set[ox.NamedNode], iri: str) -> Iterable[ox.Triple]:
    """The triples of these nodes with one predicate."""
    predicate = ox.NamedNode(iri)
    for values in _values(nodes):
        for row in store.select(f"SELECT ?node ?o {{ {values} ?node {predicate} ?o }}"):
            yield ox.Triple(row["node"], predicate, row["o"])  # type: ignore[arg-type]


def _links(store: Store, nodes: set[ox.NamedNode]) -> Iterable[ox.Triple]:
    """Which claims have one of these as edge, source or evidence."""
    properties = {name: ox.NamedNode(vocab.prefixes()[name.partition(":")[0]] + name.partition(":")[2]) for name in LINKED_TO}
    for values in _values(nodes):
        for name, predicate in properties.items():
            for row in store.select(f"SELECT ?claim ?node {{ {values} ?claim {name} ?node }}"):
                yield ox.Triple(row["claim"], predicate, row["node"])  # type: ignore[arg-type]


def _objects(store: Store, nodes: set[ox.NamedNode], path: str) -> set[ox.NamedNode]:
    return set().union(*(_nodes(store, f"{values.replace('?node', '?from')} ?from {path} ?node") for values in _values(nodes)))


def _nodes(store: Store, pattern: str) -> set[ox.NamedNode]:
    """Nodes that a pattern binds to ?node."""
    found = (row["node"] for row in store.select(f"SELECT DISTINCT ?node {{ {pattern} }}"))
    return {node for node in found if isinstance(node, ox.NamedNode)}


def _values(nodes: set[ox.NamedNode]) -> Iterable[str]:
    """VALUES blocks for these nodes."""
    ordered = sorted(map(str, nodes))
    for start in range(0, len(ordered), CHUNK):
        yield f"VALUES ?node {{ {' '.join(ordered[start : start + CHUNK])} }}"


def _node(iri: str) -> ox.NamedNode | None:
    """The node of an IRI; None where that is none, as what people type into an address may be."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def _value(term: object) -> str:
    return str(getattr(term, "value", term))
