"""The graph of entities and deals over a store, and what can be computed on it: pure functions, graph in, small result out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from kg import vocab
from kg.model import ENTITY_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import networkx as nx

    from kg.store import OxigraphStore

WEIGHTS = {
    "Stated": 1.0, "Completed": 1.0, "Announced": 0.8, "Reported": 0.6, "Talks": 0.6, "Rumoured": 0.5, "Considered": 0.5, "Possible": 0.3,
    "Denied": 0.0, "Negated": 0.0, "Terminated": 0.0,
}  # fmt: skip
"""How much an edge of each status counts, from 1 (a fact) to 0 (it is said not to be so)."""

DAMPING = 0.85


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


class Match(NamedTuple):
    """That what a company needs or faces is met by something of another one; IRIs."""

    company: str
    relation: str
    """needs or faces."""
    thing: str
    helper: str
    means: str
    """hasAsset, offers, enables or mitigates."""
    status: str
    """Of the edge of the helper."""


def project(store: OxigraphStore) -> nx.MultiDiGraph:
    """Entities, deals and edges of a store as a graph whose nodes are IRIs.

    Nodes have ``labels`` {"en", "zh"}, ``type`` (one of the eight, or "Deal"), ``kind`` (of a deal, else ""), ``classes`` (finer ones); deals
    ``status``, ``first``, ``last`` and ``sayings`` too. Edges, keyed by their IRI, have ``predicate``, ``status``, ``support``, ``first``, ``last``,
    ``disputed`` and ``sayings``; the edges from a deal to its parties are keyed by their role and have ``predicate`` and ``status``.
    """
    import networkx as nx

    graph = nx.MultiDiGraph()
    labels = _labels(store)
    classes = _classes(store)
    sayings = _sayings(store, labels)
    for iri, names in sorted(classes.items()):
        kind = next((name for name in (*ENTITY_TYPES, "Deal") if name in names), None)
        if kind:
            deal = next((name for name in ("Acquisition", "Merger", "Investment", "Partnership") if name in names), "")
            graph.add_node(iri, labels=labels.get(iri, {}), type=kind, kind=deal, classes=tuple(sorted(names - {kind, deal, "Source"})))
    for row in _edges(store):
        if row["s"] in graph and row["o"] in graph:
            graph.add_edge(
                row["s"], row["o"], key=row["edge"], predicate=_local(row["p"]), status=_local(row["status"]), support=int(row["support"]),
                first=row.get("first", ""), last=row.get("last", ""), disputed=row.get("disputed") == "true", sayings=sayings.get(row["edge"], ()),
            )  # fmt: skip
    _add_deals(graph, store, sayings)
    return graph


def rank(graph: nx.MultiDiGraph) -> list[tuple[str, float]]:
    """Nodes with their PageRank, the highest first; scores add up to 1 and are rounded to six digits.

    PR(v) = (1 - d)/N + d * sum over u of PR(u) w(u, v)/w(u), d = .85 (Page, Brin, Motwani, Winograd: The PageRank Citation Ranking, 1999).
    An edge counts both ways, since to be needed and to need both make a firm matter, and weighs what its status says (``WEIGHTS``).
    """
    import networkx as nx

    flat = nx.Graph()
    flat.add_nodes_from(sorted(graph))
    for s, o, _, edge in sorted(graph.edges(keys=True, data=True), key=lambda one: one[:3]):
        weight = WEIGHTS.get(edge["status"], 0.0)
        if weight and s != o:
            flat.add_edge(s, o, weight=weight + (flat[s][o]["weight"] if flat.has_edge(s, o) else 0.0))
    if not flat:
        return []
    scores = nx.pagerank(flat, alpha=DAMPING, tol=1e-10, max_iter=1000)
    return sorted(((node, round(score, 6)) for node, score in scores.items()), key=lambda one: (-one[1], one[0]))


def needs_met(graph: nx.MultiDiGraph) -> list[Match]:
    """What companies need or face, against others that have, offer or enable the same thing or mitigate it, a deal included.

    Only the same node counts; edges said not to be so (weight 0) count on neither side.
    """
    means = {"needs": ("hasAsset", "offers", "enables"), "faces": ("mitigates",)}
    helpers: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    wants: list[tuple[str, str, str]] = []
    for s, o, edge in graph.edges(data=True):
        if WEIGHTS.get(edge["status"], 0.0):
            helpers[o].append((s, edge["predicate"], edge["status"]))
            if edge["predicate"] in means and graph.nodes[s]["type"] == "Company":
                wants.append((s, edge["predicate"], o))
    found = {
        Match(company, relation, thing, helper, how, status)
        for company, relation, thing in wants
        for helper, how, status in helpers[thing]
        if helper != company and how in means[relation]
    }
    return sorted(found)


def label(graph: nx.MultiDiGraph, node: str, language: str = "en") -> str:
    """The node's name in this language, else in the other one, else the tail of its IRI."""
    labels: dict[str, str] = graph.nodes[node]["labels"]
    return labels.get(language) or next((labels[tag] for tag in sorted(labels)), node.rsplit("/", 1)[-1])


def _local(iri: str) -> str:
    return iri.removeprefix(vocab.KG)


def _rows(store: OxigraphStore, sparql: str) -> Iterator[dict[str, str]]:
    """Solutions as plain strings, sorted, each once."""
    rows = ({name: str(getattr(term, "value", term)) for name, term in row.items()} for row in store.select(sparql))
    yield from map(dict, sorted({tuple(sorted(row.items())) for row in rows}))


def _labels(store: OxigraphStore) -> dict[str, dict[str, str]]:
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(store, "SELECT ?node ?label (lang(?label) AS ?tag) { ?node rdfs:label ?label }"):
        labels[row["node"]].setdefault(row["tag"], row["label"])
    return labels


def _classes(store: OxigraphStore) -> dict[str, set[str]]:
    classes: dict[str, set[str]] = defaultdict(set)
    for row in _rows(store, f'SELECT ?node ?class {{ ?node a ?class FILTER(STRSTARTS(STR(?class), "{vocab.KG}")) }}'):
        classes[row["node"]].add(_local(row["class"]))
    return classes


def _edges(store: OxigraphStore) -> Iterator[dict[str, str]]:
    return _rows(store, """SELECT * {
        ?edge a kg:Edge ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; kg:status ?status ; kg:support ?support .
        OPTIONAL { ?edge kg:firstDate ?first } OPTIONAL { ?edge kg:lastDate ?last } OPTIONAL { ?edge kg:disputed ?disputed } }""")


def _add_deals(graph: nx.MultiDiGraph, store: OxigraphStore, sayings: dict[str, tuple[Saying, ...]]) -> None:
    """What deals have beyond other nodes, and edges from each to its parties, by role where it has one."""
    for row in _rows(store, """SELECT * { ?deal a kg:Deal .
        OPTIONAL { ?deal kg:status ?status } OPTIONAL { ?deal kg:firstDate ?first } OPTIONAL { ?deal kg:lastDate ?last } }"""):
        deal = row["deal"]
        dates = {"first": row.get("first", ""), "last": row.get("last", "")}
        graph.nodes[deal].update(status=_local(row.get("status", "")), sayings=sayings.get(deal, ()), **dates)
    roles: dict[tuple[str, str], str] = {}
    for row in _rows(store, """SELECT ?deal ?role ?party { ?deal a kg:Deal ; ?role ?party
        FILTER(?role IN (kg:party, kg:acquirer, kg:target, kg:investor, kg:investee)) }"""):
        pair, role = (row["deal"], row["party"]), _local(row["role"])
        if row["party"] in graph and roles.get(pair, "party") == "party":
            roles[pair] = role
    for (deal, party), role in sorted(roles.items()):
        graph.add_edge(deal, party, key=role, predicate=role, status=graph.nodes[deal]["status"])


def _sayings(store: OxigraphStore, labels: dict[str, dict[str, str]]) -> dict[str, tuple[Saying, ...]]:
    """What is said for each edge, and about each deal, in the order of date, document and text."""
    quotes: dict[str, dict[tuple[int, str], None]] = defaultdict(dict)
    for row in _rows(store, """SELECT ?claim ?start ?exact { ?claim prov:wasDerivedFrom ?evidence .
        ?evidence oa:hasSelector/oa:start ?start ; oa:hasSelector/oa:exact ?exact }"""):
        quotes[row["claim"]][int(row["start"]), row["exact"]] = None
    said: dict[str, list[tuple[str, str, int, Saying]]] = defaultdict(list)
    for row in _rows(store, """SELECT * { ?claim kg:edge ?edge ; kg:status ?status ; prov:wasDerivedFrom/oa:hasSource ?document .
        ?document dcterms:identifier ?id . OPTIONAL { ?document schema:headline ?headline } OPTIONAL { ?document schema:url ?url }
        OPTIONAL { ?claim kg:date ?date } OPTIONAL { ?claim kg:attributedTo ?source } OPTIONAL { ?claim kg:supersededBy ?later }
        OPTIONAL { ?claim kg:about ?deal } }"""):
        source = labels.get(row.get("source", ""), {})
        words = sorted(quotes[row["claim"]])
        saying = Saying(
            claim=row["claim"], status=_local(row["status"]), source=source.get("en") or next(iter(source.values()), ""), date=row.get("date", ""),
            document=row.get("headline", row["id"]), url=row.get("url", ""), quotes=tuple(exact for _, exact in words), superseded="later" in row,
        )  # fmt: skip
        for thing in {row["edge"], row.get("deal", row["edge"])}:
            said[thing].append((saying.date, row["document"], words[0][0] if words else 0, saying))
    return {thing: tuple(saying for *_, saying in sorted(sayings)) for thing, sayings in said.items()}
