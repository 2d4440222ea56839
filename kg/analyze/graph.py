"""The graph of entities and deals that a store holds, as networkx has it: nodes and edges are IRIs, each edge with all that is said for it."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from kg import vocab
from kg.model import ENTITY_TYPES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import networkx as nx

    from kg.store import Store

LINKS = {"names": "skos:altLabel", "exact": "skos:exactMatch", "broader": "skos:broader"}
"""Property of nodes that each attribute of them holds the values of."""

FIGURES = ("amount", "amountMax", "currency", "share", "eventDate", "eventDateText")
"""What a claim may say beyond its ends, by the name of the property."""

DEAL_KINDS = ("Acquisition", "Merger", "Investment", "Partnership")

CHUNK = 500
"""IRIs that one query looks up."""

_NO_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
"""What no IRI of SPARQL holds (https://www.w3.org/TR/sparql11-query/#rIRIREF)."""


class Saying(NamedTuple):
    """What one document says by one claim, in its words."""

    claim: str
    """IRI."""
    status: str
    source: str
    """Label of who says so, "" for the article's own voice."""
    date: str
    document: str
    """Headline, else identifier."""
    url: str
    quotes: tuple[str, ...]
    superseded: bool
    """Whether the same document takes it back further down."""
    publisher: str = ""
    """Of the document, "" where it is not known."""
    document_iri: str = ""
    stage: str = ""
    """Of a deal, else ""."""
    confidence: float = 1.0
    """How likely the reading is right."""
    figures: tuple[tuple[str, str], ...] = ()
    """(amount, amountMax, currency, share, eventDate, eventDateText; its value), those that are stated."""
    source_labels: tuple[tuple[str, str], ...] = ()
    """(language tag, label) of who says so."""


def project(store: Store, only: Collection[str] | None = None, claims: Collection[str] | None = None) -> nx.MultiDiGraph:
    """Entities, deals and edges of a store as a graph whose nodes are IRIs.

    Nodes have ``labels`` {"en", "zh"}, ``names`` (all that they are called in texts), ``type`` (one of the eight, or "Deal"), ``kind`` (of a deal,
    else ""), ``classes`` (finer ones), ``exact`` and ``broader`` (IRIs of what lists know them as); deals ``status``, ``first``, ``last`` and
    ``sayings`` too. Edges, keyed by their IRI, have ``predicate``, ``status``, ``support``, ``first``, ``last``, ``disputed``, ``sayings`` and
    ``confidence``, that of the surest saying of their status; the edges from a deal to its parties are keyed by their role and have ``predicate``
    and ``status``. A predicate is the local name of a term of the ontology, or the IRI of a user's; what those are called stands in
    ``graph.graph["relations"]``.

    ``only``, IRIs of nodes and edges, gives the part with these, the ends of those edges and the parties of all deals among them, in time that
    depends on that part alone; deals have ``sayings`` where they are named themselves. ``claims``, IRIs, gives of what is said only that.
    """
    import networkx as nx

    graph = nx.MultiDiGraph()
    edges = list(_edges(store, only))
    nodes = None if only is None else {*only, *(row[end] for row in edges for end in "so")} - {row["edge"] for row in edges}
    roles = _roles(store, nodes)
    if nodes is not None:
        nodes |= {party for _, party in roles}
    said = list(_claims(store, only, claims))
    called = None if nodes is None else nodes | {row["p"] for row in edges} | {row["source"] for row in said if "source" in row}
    names = labels(store, called)
    sayings = _sayings(store, said, names, only)
    _add_nodes(graph, store, names, nodes)
    for row in edges:
        if row["s"] in graph and row["o"] in graph:
            graph.add_edge(
                row["s"], row["o"], key=row["edge"], predicate=_local(row["p"]), status=_local(row["status"]), support=int(row["support"]),
                first=row.get("first", ""), last=row.get("last", ""), disputed=row.get("disputed") == "true", sayings=sayings.get(row["edge"], ()),
                confidence=_confidence(sayings.get(row["edge"], ()), _local(row["status"])),
            )  # fmt: skip
    graph.graph["relations"] = {_local(iri): names[iri] for iri in {row["p"] for row in edges} & names.keys()}
    _add_deals(graph, store, sayings, roles, nodes)
    return graph


def edges_of(store: Store, nodes: Collection[str] | None = None) -> dict[str, tuple[str, str]]:
    """The edges that any of these nodes is an end of, or all edges: their ends (subject, object) by IRI."""
    found = {}
    for near, far in (("s", "o"), ("o", "s")):
        ends = {"s": "rdf:subject", "o": "rdf:object"}
        for row in _rows(store, f"SELECT ?edge ?s ?o {{ ?edge {ends[near]} ?{near} ; a kg:Edge ; {ends[far]} ?{far} }}", near, nodes):
            found[row["edge"]] = row["s"], row["o"]
        if nodes is None:
            break
    return found


def deals_of(store: Store, node: str) -> list[str]:
    """The deals that a node is a party of, in code-point order."""
    return [row["deal"] for row in _rows(store, "SELECT ?deal { ?deal kg:party ?node ; a kg:Deal }", "node", {node})]


def claims_of(store: Store, things: Collection[str]) -> dict[str, list[str]]:
    """IRIs of the claims for each of these edges, about each of these deals, and of each of these sources, itself or as cited; the newest last."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for term in ("kg:edge", "kg:about", "kg:attributedTo", "kg:citing"):
        query = f"SELECT ?thing ?claim ?date {{ ?claim {term} ?thing OPTIONAL {{ ?claim kg:date ?date }} }}"
        for row in _rows(store, query, "thing", things):
            found[row["thing"]].add((row.get("date", ""), row["claim"]))
    return {thing: [claim for _, claim in sorted(told)] for thing, told in found.items()}


def voices(store: Store, claims: Collection[str]) -> dict[str, tuple[str, ...]]:
    """IRI of who makes each of these claims, and of whom that one cites; nothing for the article's own voice."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for term in ("kg:attributedTo", "kg:citing"):
        for row in _rows(store, f"SELECT ?claim ?voice {{ ?claim {term} ?voice }}", "claim", claims):
            found[row["claim"]][term] = row["voice"]
    return {claim: tuple(said.values()) for claim, said in found.items()}


def edges_behind(store: Store, claims: Collection[str]) -> dict[str, str]:
    """The edge that each of these claims is for, by IRI."""
    return {row["claim"]: row["edge"] for row in _rows(store, "SELECT ?claim ?edge { ?claim kg:edge ?edge }", "claim", claims)}


def strengths(store: Store, edges: Collection[str]) -> dict[str, dict[str, Any]]:
    """Of each of these edges what ``kg.analyze.weigh`` takes: ``status``, ``support`` and ``confidence``, as ``project`` has them; by IRI."""
    found: dict[str, dict[str, Any]] = {}
    for row in _rows(
        store,
        """SELECT ?edge ?status ?support ?claim ?confidence { ?edge a kg:Edge ; kg:status ?status ; kg:support ?support .
        OPTIONAL { ?claim kg:edge ?edge ; kg:status ?status OPTIONAL { ?claim kg:confidence ?confidence } } }""",
        "edge", edges,
    ):  # fmt: skip
        confidence = float(row.get("confidence", "1"))
        known = found.setdefault(row["edge"], {"status": _local(row["status"]), "support": int(row["support"]), "confidence": confidence})
        known["confidence"] = max(known["confidence"], confidence)
    return found


def names(store: Store) -> set[tuple[str, str]]:
    """(IRI, name) of all that has a label, a name seen in a text, an identifier or a headline."""
    rows = store.select("SELECT DISTINCT ?node ?name { ?node rdfs:label|skos:altLabel|dcterms:identifier|schema:headline ?name }")
    return {(str(getattr(row["node"], "value", "")), str(getattr(row["name"], "value", ""))) for row in rows}


def mentions(store: Store) -> dict[str, int]:
    """In how many claims and edges each node stands: a rank that a large graph gives at once. What is in none is left out."""
    rows = store.select(
        "SELECT ?node (COUNT(*) AS ?count) { { ?x rdf:subject ?node } UNION { ?x rdf:object ?node } UNION { ?x kg:about ?node } } GROUP BY ?node"
    )
    return {str(getattr(row["node"], "value", "")): int(getattr(row["count"], "value", 0)) for row in rows}


def around(graph: nx.MultiDiGraph, node: str) -> nx.MultiDiGraph:
    """The part of a graph that is about one node: what it is joined to, and what the deals among that are joined to.

    >>> norvane = around(project(open_store("kg-out")), "https://w3id.org/dealgraph/id/company/norvane")
    >>> sorted(label(norvane, node) for node in norvane)[:3]
    ['Norvane', 'Norvane – Pellucid Maps (acquisition)', 'Pellucid Maps']
    """
    near = {node, *graph.successors(node), *graph.predecessors(node)}
    deals = [one for one in sorted(near) if graph.nodes[one]["type"] == "Deal"]
    return graph.subgraph(near.union(*({*graph.successors(deal), *graph.predecessors(deal)} for deal in deals)))


def label(graph: nx.MultiDiGraph, node: str, language: str = "en") -> str:
    """The node's name in this language, else in the other one, else the tail of its IRI."""
    return pick(graph.nodes[node]["labels"], language) or node.rsplit("/", 1)[-1]


def relation(graph: nx.MultiDiGraph, predicate: str, language: str = "en") -> str:
    """What a predicate of an edge is called in this language: a term of the ontology, or a relation of a user."""
    known = vocab.term_labels().get(predicate) or graph.graph.get("relations", {}).get(predicate, {})
    return pick(known, language) or predicate


def pick(labels: Mapping[str, str], language: str) -> str:
    """The name in this language, else in the first other one, "" if there is none."""
    return labels.get(language) or next((labels[tag] for tag in sorted(labels)), "")


def _local(iri: str) -> str:
    return iri.removeprefix(vocab.KG)


def _rows(store: Store, sparql: str, variable: str = "", values: Collection[str] | None = None) -> Iterator[dict[str, str]]:
    """Solutions as plain strings, sorted, each once; where there are ``values``, those in which the variable is one of these IRIs."""
    rows = {
        tuple((name, str(getattr(term, "value", term))) for name, term in row.items())
        for one in ([sparql] if values is None else _limited(sparql, variable, values)) for row in store.select(one)
    }  # fmt: skip
    yield from map(dict, sorted(rows))


def _limited(sparql: str, variable: str, values: Collection[str]) -> Iterator[str]:
    """The query for some of these IRIs after the other: an engine looks these up, instead of going through all that there is."""
    iris = [f"<{iri}>" for iri in sorted(set(values)) if not _NO_IRI.search(iri)]
    for start in range(0, len(iris), CHUNK):
        yield sparql.replace("{", f"{{ VALUES ?{variable} {{ {' '.join(iris[start : start + CHUNK])} }} ", 1)


def labels(store: Store, nodes: Collection[str] | None = None) -> dict[str, dict[str, str]]:
    """What each node, or each of these, is called, by language."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(store, "SELECT ?node ?label (lang(?label) AS ?tag) { ?node rdfs:label ?label }", "node", nodes):
        found[row["node"]].setdefault(row["tag"], row["label"])
    return found


def _add_nodes(graph: nx.MultiDiGraph, store: Store, names: Mapping[str, dict[str, str]], nodes: Collection[str] | None) -> None:
    """Things and deals with all that is not special to deals."""
    links = {field: _values(store, term, nodes) for field, term in LINKS.items()}
    for iri, kinds in sorted(_classes(store, nodes).items()):
        kind = next((name for name in (*ENTITY_TYPES, "Deal") if name in kinds), None)
        if kind:
            deal = next((name for name in DEAL_KINDS if name in kinds), "")
            known = {field: tuple(links[field].get(iri, ())) for field in links}
            finer = tuple(sorted(kinds - {kind, deal, "Source"}))
            graph.add_node(iri, labels=names.get(iri, {}), type=kind, kind=deal, classes=finer, **known)


def _classes(store: Store, nodes: Collection[str] | None) -> dict[str, set[str]]:
    classes: dict[str, set[str]] = defaultdict(set)
    for row in _rows(store, f'SELECT ?node ?class {{ ?node a ?class FILTER(STRSTARTS(STR(?class), "{vocab.KG}")) }}', "node", nodes):
        classes[row["node"]].add(_local(row["class"]))
    return classes


def _values(store: Store, term: str, nodes: Collection[str] | None) -> dict[str, list[str]]:
    """What each node has for a property, in code-point order."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in _rows(store, f"SELECT ?node (STR(?value) AS ?text) {{ ?node {term} ?value }}", "node", nodes):
        found[row["node"]].append(row["text"])
    return {node: sorted(texts) for node, texts in found.items()}


def _confidence(sayings: tuple[Saying, ...], status: str) -> float:
    """How likely the surest reading is right that gives an edge its status; 1 where nobody says."""
    return max((one.confidence for one in sayings if one.status == status), default=1.0)


def _edges(store: Store, only: Collection[str] | None) -> Iterator[dict[str, str]]:
    return _rows(
        store,
        """SELECT * {
        ?edge a kg:Edge ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; kg:status ?status ; kg:support ?support .
        OPTIONAL { ?edge kg:firstDate ?first } OPTIONAL { ?edge kg:lastDate ?last } OPTIONAL { ?edge kg:disputed ?disputed } }""",
        "edge", only,
    )  # fmt: skip


def _roles(store: Store, deals: Collection[str] | None) -> dict[tuple[str, str], str]:
    """The role of each party in each deal, "party" where it has no other."""
    roles: dict[tuple[str, str], str] = {}
    for row in _rows(
        store,
        """SELECT ?deal ?role ?party { ?deal a kg:Deal ; ?role ?party
        FILTER(?role IN (kg:party, kg:acquirer, kg:target, kg:investor, kg:investee)) }""",
        "deal", deals,
    ):  # fmt: skip
        pair, role = (row["deal"], row["party"]), _local(row["role"])
        if roles.get(pair, "party") == "party":
            roles[pair] = role
    return roles


def _add_deals(
    graph: nx.MultiDiGraph,
    store: Store,
    sayings: Mapping[str, tuple[Saying, ...]],
    roles: Mapping[tuple[str, str], str],
    nodes: Collection[str] | None,
) -> None:
    """What deals have beyond other nodes, and edges from each to its parties, by role where it has one."""
    for row in _rows(
        store,
        """SELECT * { ?deal a kg:Deal .
        OPTIONAL { ?deal kg:status ?status } OPTIONAL { ?deal kg:firstDate ?first } OPTIONAL { ?deal kg:lastDate ?last } }""",
        "deal", nodes,
    ):  # fmt: skip
        deal = row["deal"]
        dates = {"first": row.get("first", ""), "last": row.get("last", "")}
        graph.nodes[deal].update(status=_local(row.get("status", "")), sayings=sayings.get(deal, ()), **dates)
    for (deal, party), role in sorted(roles.items()):
        if party in graph:
            graph.add_edge(deal, party, key=role, predicate=role, status=graph.nodes[deal]["status"])


def _claims(store: Store, only: Collection[str] | None, claims: Collection[str] | None) -> Iterator[dict[str, str]]:
    """All claims, or those for these edges and about these deals, or just these."""
    if claims is None and only is not None:
        claims = {claim for term in ("kg:edge", "kg:about") for claim in _told(store, term, only)}
    return _rows(
        store,
        """SELECT * { ?claim kg:edge ?edge ; kg:status ?status ; prov:wasDerivedFrom/oa:hasSource ?document .
        ?document dcterms:identifier ?id . OPTIONAL { ?document schema:headline ?headline } OPTIONAL { ?document schema:url ?url }
        OPTIONAL { ?claim kg:date ?date } OPTIONAL { ?claim kg:attributedTo ?source } OPTIONAL { ?claim kg:supersededBy ?later }
        OPTIONAL { ?document schema:publisher ?publisher } OPTIONAL { ?claim kg:about ?deal } OPTIONAL { ?claim kg:stage ?stage }
        OPTIONAL { ?claim kg:confidence ?confidence } OPTIONAL { ?claim kg:amount ?amount } OPTIONAL { ?claim kg:amountMax ?amountMax }
        OPTIONAL { ?claim kg:currency ?currency } OPTIONAL { ?claim kg:share ?share } OPTIONAL { ?claim kg:eventDate ?eventDate }
        OPTIONAL { ?claim kg:eventDateText ?eventDateText } }""",
        "claim", claims,
    )  # fmt: skip


def _told(store: Store, term: str, things: Collection[str]) -> Iterator[str]:
    return (row["claim"] for row in _rows(store, f"SELECT ?claim {{ ?claim {term} ?thing }}", "thing", things))


def _sayings(
    store: Store, said: Collection[dict[str, str]], labels: Mapping[str, dict[str, str]], only: Collection[str] | None
) -> dict[str, tuple[Saying, ...]]:
    """What is said for each edge, and about each deal, or those of these, in the order of date, document and text."""
    quotes: dict[str, dict[tuple[int, str], None]] = defaultdict(dict)
    for row in _rows(
        store,
        """SELECT ?claim ?start ?exact { ?claim prov:wasDerivedFrom ?evidence .
        ?evidence oa:hasSelector/oa:start ?start ; oa:hasSelector/oa:exact ?exact }""",
        "claim", None if only is None else {row["claim"] for row in said},
    ):  # fmt: skip
        quotes[row["claim"]][int(row["start"]), row["exact"]] = None
    found: dict[str, list[tuple[str, str, int, Saying]]] = defaultdict(list)
    for row in said:
        words = sorted(quotes[row["claim"]])
        saying = _saying(row, tuple(exact for _, exact in words), labels.get(row.get("source", ""), {}))
        for thing in {row["edge"], row.get("deal", row["edge"])}:
            if only is None or thing in only:
                found[thing].append((saying.date, row["document"], words[0][0] if words else 0, saying))
    return {thing: tuple(saying for *_, saying in sorted(sayings)) for thing, sayings in found.items()}


def _saying(row: Mapping[str, str], quotes: tuple[str, ...], source: Mapping[str, str]) -> Saying:
    return Saying(
        claim=row["claim"], status=_local(row["status"]), source=source.get("en") or next(iter(source.values()), ""), date=row.get("date", ""),
        document=row.get("headline", row["id"]), url=row.get("url", ""), quotes=quotes, superseded="later" in row,
        publisher=row.get("publisher", ""), document_iri=row["document"], stage=_local(row.get("stage", "")),
        confidence=float(row.get("confidence", "1")), source_labels=tuple(sorted(source.items())),
        figures=tuple((name, row[name]) for name in FIGURES if name in row),
    )  # fmt: skip
