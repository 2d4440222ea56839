"""The graph of entities and deals over a store, and what can be computed on it: pure functions, graph in, small result out."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from kg import vocab
from kg.model import ENTITY_TYPES
from kg.query import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import networkx as nx

    from kg.store import OxigraphStore

WEIGHTS = {
    "Stated": 1.0, "Completed": 1.0, "Announced": 0.8, "Reported": 0.6, "Talks": 0.6, "Rumoured": 0.5, "Considered": 0.5, "Possible": 0.3,
    "Denied": 0.0, "Negated": 0.0, "Terminated": 0.0,
}  # fmt: skip
"""How much an edge of each status counts, from 1 (a fact) to 0 (it is said not to be so)."""

MEANS = {"needs": ("hasAsset", "offers", "enables"), "faces": ("mitigates",)}
"""By which relations of another one a need or a challenge is met."""

SHOWN = 200
"""Lines of needs that are met; where a phrase is needed and had by many, every pair is one."""

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


class Match(msgspec.Struct, frozen=True, order=True):
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


class Ranked(msgspec.Struct, frozen=True):
    """A node with its PageRank."""

    node: str
    score: float


class Link(msgspec.Struct, frozen=True, order=True):
    """An edge without its sayings; IRIs but for the names of predicate and status."""

    subject: str
    predicate: str
    object: str
    status: str


class DealFacts(msgspec.Struct, frozen=True):
    """What a deal is about."""

    deal: str
    status: str
    parties: tuple[tuple[str, str], ...]
    """(role, IRI), by role."""
    hurdles: tuple[Link, ...]
    """What the deal faces."""
    needs: tuple[Link, ...]
    """What its parties need or face."""
    assets: tuple[Link, ...]
    """What its parties have, offer or enable."""
    met: tuple[Match, ...]
    """Needs of a party that another party, or the deal itself, meets."""


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What ``kg analyze`` tells. Nodes are IRIs; ``labels`` says what they are called."""

    nodes: dict[str, int]
    """How many, by type."""
    edges: dict[str, int]
    """How many, by status; roles of deals not counted."""
    ranking: list[Ranked]
    deals: list[DealFacts]
    needs_met: list[Match]
    labels: dict[str, dict[str, str]]


def project(store: OxigraphStore) -> nx.MultiDiGraph:
    """Entities, deals and edges of a store as a graph whose nodes are IRIs.

    Nodes have ``labels`` {"en", "zh"}, ``type`` (one of the eight, or "Deal"), ``kind`` (of a deal, else ""), ``classes`` (finer ones); deals
    ``status``, ``first``, ``last`` and ``sayings`` too. Edges, keyed by their IRI, have ``predicate``, ``status``, ``support``, ``first``, ``last``,
    ``disputed`` and ``sayings``; the edges from a deal to its parties are keyed by their role and have ``predicate`` and ``status``. A predicate is
    the local name of a term of the ontology, or the IRI of a user's; what those are called stands in ``graph.graph["relations"]``.
    """
    import networkx as nx

    graph = nx.MultiDiGraph()
    names = labels(store)
    classes = _classes(store)
    sayings = _sayings(store, names)
    for iri, kinds in sorted(classes.items()):
        kind = next((name for name in (*ENTITY_TYPES, "Deal") if name in kinds), None)
        if kind:
            deal = next((name for name in ("Acquisition", "Merger", "Investment", "Partnership") if name in kinds), "")
            graph.add_node(iri, labels=names.get(iri, {}), type=kind, kind=deal, classes=tuple(sorted(kinds - {kind, deal, "Source"})))
    edges = list(_edges(store))
    for row in edges:
        if row["s"] in graph and row["o"] in graph:
            graph.add_edge(
                row["s"], row["o"], key=row["edge"], predicate=_local(row["p"]), status=_local(row["status"]), support=int(row["support"]),
                first=row.get("first", ""), last=row.get("last", ""), disputed=row.get("disputed") == "true", sayings=sayings.get(row["edge"], ()),
            )  # fmt: skip
    graph.graph["relations"] = {_local(iri): names[iri] for iri in {row["p"] for row in edges} & names.keys()}
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
    return _matches(graph, graph)


def _matches(graph: nx.MultiDiGraph, among: Iterable[str]) -> list[Match]:
    """Needs of some of the nodes that others of them meet."""
    wants: list[Link] = []
    helpers: dict[str, list[Link]] = defaultdict(list)
    for s, o, edge in graph.out_edges(among, data=True):
        if WEIGHTS.get(edge["status"], 0.0):
            link = Link(s, edge["predicate"], o, edge["status"])
            helpers[o].append(link)
            if link.predicate in MEANS and graph.nodes[s]["type"] == "Company":
                wants.append(link)
    found = {
        Match(want.subject, want.predicate, want.object, aid.subject, aid.predicate, aid.status)
        for want in wants
        for aid in helpers[want.object]
        if aid.subject != want.subject and aid.predicate in MEANS[want.predicate]
    }
    return sorted(found)


def around(graph: nx.MultiDiGraph, node: str) -> nx.MultiDiGraph:
    """The part of a graph that is about one node: what it is joined to, and what the deals among that are joined to.

    >>> norvane = around(project(open_store("kg-out")), "https://w3id.org/dealgraph/id/company/norvane")
    >>> sorted(label(norvane, node) for node in norvane)[:3]
    ['Norvane', 'Norvane – Pellucid Maps (acquisition)', 'Pellucid Maps']
    """
    near = {node, *graph.successors(node), *graph.predecessors(node)}
    deals = [one for one in sorted(near) if graph.nodes[one]["type"] == "Deal"]
    return graph.subgraph(near.union(*({*graph.successors(deal), *graph.predecessors(deal)} for deal in deals)))


def deal_facts(graph: nx.MultiDiGraph) -> list[DealFacts]:
    """Every deal with what stands in its way, what its parties need and have, and which of the needs are met within it; by label."""
    found = []
    for deal in sorted((node for node, data in graph.nodes(data=True) if data["type"] == "Deal"), key=lambda node: (label(graph, node), node)):
        roles = sorted((edge["predicate"], party) for _, party, edge in graph.out_edges(deal, data=True) if "sayings" not in edge)
        inside = {party for _, party in roles}
        found.append(DealFacts(
            deal=deal, status=graph.nodes[deal]["status"], parties=tuple(roles), hurdles=_links(graph, {deal}, ("faces",)),
            needs=_links(graph, inside, ("needs", "faces")), assets=_links(graph, inside, ("hasAsset", "offers", "enables")),
            met=tuple(_matches(graph, inside | {deal})),
        ))  # fmt: skip
    return found


def analyse(graph: nx.MultiDiGraph, *, top: int = 15) -> Analysis:
    """The whole of it: counts, the ``top`` nodes by rank, every deal with its needs and assets, and all needs that are met."""
    ranking = [Ranked(*one) for one in rank(graph) if graph.degree(one[0])][:top]
    deals, matches = deal_facts(graph), needs_met(graph)
    told = {one.node for one in ranking} | {node for match in matches for node in (match.company, match.thing, match.helper)}
    for one in deals:
        told |= {one.deal, *(party for _, party in one.parties)}
        told |= {node for link in (*one.hurdles, *one.needs, *one.assets) for node in (link.subject, link.object)}
    return Analysis(
        nodes=dict(sorted(Counter(data["type"] for _, data in graph.nodes(data=True)).items())),
        edges=dict(sorted(Counter(edge["status"] for *_, edge in graph.edges(data=True) if "sayings" in edge).items())),
        ranking=ranking, deals=deals, needs_met=matches, labels={node: graph.nodes[node]["labels"] for node in sorted(told)},
    )  # fmt: skip


def as_json(analysis: Analysis) -> str:
    """An analysis for programs."""
    return msgspec.json.format(msgspec.json.encode(analysis)).decode()


def as_lines(analysis: Analysis) -> list[str]:
    """An analysis for people, in English where there is a choice."""

    def name(node: str) -> str:
        return one_line(pick(analysis.labels[node], "en") or node.rsplit("/", 1)[-1])

    def link(one: Link) -> str:
        return f"{name(one.subject)} {_term(one.predicate)} {name(one.object)} ({_term(one.status)})"

    def match(one: Match) -> str:
        return f"{name(one.company)} {_term(one.relation)} {name(one.thing)} <- {name(one.helper)} ({_term(one.means)}, {_term(one.status)})"

    lines = ["Ranking (PageRank over all edges, weighed by their status)"]
    lines += [f"  {one.score:.4f}  {name(one.node)}" for one in analysis.ranking]
    for deal in analysis.deals:
        lines += ["", f"{name(deal.deal)}: {_term(deal.status) or 'only mentioned'}"]
        lines += [f"  in its way: {name(one.object)} ({_term(one.status)})" for one in deal.hurdles]
        for title, links in (("need", deal.needs), ("asset", deal.assets)):
            lines += [f"  {title}: {link(one)}" for one in links]
        lines += [f"  met: {match(one)}" for one in deal.met]
    if analysis.needs_met:
        more = len(analysis.needs_met) - SHOWN
        lines += ["", "Needs that something of somebody else meets", *(f"  {match(one)}" for one in analysis.needs_met[:SHOWN])]
        lines += [f"  … and {more} more; --json tells them all"] if more > 0 else []
    return lines


def label(graph: nx.MultiDiGraph, node: str, language: str = "en") -> str:
    """The node's name in this language, else in the other one, else the tail of its IRI."""
    return pick(graph.nodes[node]["labels"], language) or node.rsplit("/", 1)[-1]


def relation(graph: nx.MultiDiGraph, predicate: str, language: str = "en") -> str:
    """What a predicate of an edge is called in this language: a term of the ontology, or a relation of a user."""
    known = vocab.term_labels().get(predicate) or graph.graph.get("relations", {}).get(predicate, {})
    return pick(known, language) or predicate


def _links(graph: nx.MultiDiGraph, subjects: set[str], predicates: tuple[str, ...]) -> tuple[Link, ...]:
    """Edges of these predicates from these nodes, each once, sorted."""
    edges = graph.out_edges(sorted(subjects), data=True)
    return tuple(
        sorted({Link(s, edge["predicate"], o, edge["status"]) for s, o, edge in edges if edge["predicate"] in predicates and "sayings" in edge})
    )


def pick(labels: Mapping[str, str], language: str) -> str:
    """The name in this language, else in the first other one, "" if there is none."""
    return labels.get(language) or next((labels[tag] for tag in sorted(labels)), "")


def _term(name: str) -> str:
    """What the ontology calls a term in English."""
    return vocab.term_labels().get(name, {}).get("en", name)


def _local(iri: str) -> str:
    return iri.removeprefix(vocab.KG)


def _rows(store: OxigraphStore, sparql: str) -> Iterator[dict[str, str]]:
    """Solutions as plain strings, sorted, each once."""
    rows = ({name: str(getattr(term, "value", term)) for name, term in row.items()} for row in store.select(sparql))
    yield from map(dict, sorted({tuple(sorted(row.items())) for row in rows}))


def labels(store: OxigraphStore) -> dict[str, dict[str, str]]:
    """What each node is called, by language."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(store, "SELECT ?node ?label (lang(?label) AS ?tag) { ?node rdfs:label ?label }"):
        found[row["node"]].setdefault(row["tag"], row["label"])
    return found


def _classes(store: OxigraphStore) -> dict[str, set[str]]:
    classes: dict[str, set[str]] = defaultdict(set)
    for row in _rows(store, f'SELECT ?node ?class {{ ?node a ?class FILTER(STRSTARTS(STR(?class), "{vocab.KG}")) }}'):
        classes[row["node"]].add(_local(row["class"]))
    return classes


def _edges(store: OxigraphStore) -> Iterator[dict[str, str]]:
    return _rows(
        store,
        """SELECT * {
        ?edge a kg:Edge ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; kg:status ?status ; kg:support ?support .
        OPTIONAL { ?edge kg:firstDate ?first } OPTIONAL { ?edge kg:lastDate ?last } OPTIONAL { ?edge kg:disputed ?disputed } }""",
    )


def _add_deals(graph: nx.MultiDiGraph, store: OxigraphStore, sayings: dict[str, tuple[Saying, ...]]) -> None:
    """What deals have beyond other nodes, and edges from each to its parties, by role where it has one."""
    for row in _rows(
        store,
        """SELECT * { ?deal a kg:Deal .
        OPTIONAL { ?deal kg:status ?status } OPTIONAL { ?deal kg:firstDate ?first } OPTIONAL { ?deal kg:lastDate ?last } }""",
    ):
        deal = row["deal"]
        dates = {"first": row.get("first", ""), "last": row.get("last", "")}
        graph.nodes[deal].update(status=_local(row.get("status", "")), sayings=sayings.get(deal, ()), **dates)
    roles: dict[tuple[str, str], str] = {}
    for row in _rows(
        store,
        """SELECT ?deal ?role ?party { ?deal a kg:Deal ; ?role ?party
        FILTER(?role IN (kg:party, kg:acquirer, kg:target, kg:investor, kg:investee)) }""",
    ):
        pair, role = (row["deal"], row["party"]), _local(row["role"])
        if row["party"] in graph and roles.get(pair, "party") == "party":
            roles[pair] = role
    for (deal, party), role in sorted(roles.items()):
        graph.add_edge(deal, party, key=role, predicate=role, status=graph.nodes[deal]["status"])


def _sayings(store: OxigraphStore, labels: dict[str, dict[str, str]]) -> dict[str, tuple[Saying, ...]]:
    """What is said for each edge, and about each deal, in the order of date, document and text."""
    quotes: dict[str, dict[tuple[int, str], None]] = defaultdict(dict)
    for row in _rows(
        store,
        """SELECT ?claim ?start ?exact { ?claim prov:wasDerivedFrom ?evidence .
        ?evidence oa:hasSelector/oa:start ?start ; oa:hasSelector/oa:exact ?exact }""",
    ):
        quotes[row["claim"]][int(row["start"]), row["exact"]] = None
    said: dict[str, list[tuple[str, str, int, Saying]]] = defaultdict(list)
    for row in _rows(
        store,
        """SELECT * { ?claim kg:edge ?edge ; kg:status ?status ; prov:wasDerivedFrom/oa:hasSource ?document .
        ?document dcterms:identifier ?id . OPTIONAL { ?document schema:headline ?headline } OPTIONAL { ?document schema:url ?url }
        OPTIONAL { ?claim kg:date ?date } OPTIONAL { ?claim kg:attributedTo ?source } OPTIONAL { ?claim kg:supersededBy ?later }
        OPTIONAL { ?claim kg:about ?deal } }""",
    ):
        source = labels.get(row.get("source", ""), {})
        words = sorted(quotes[row["claim"]])
        saying = Saying(
            claim=row["claim"], status=_local(row["status"]), source=source.get("en") or next(iter(source.values()), ""), date=row.get("date", ""),
            document=row.get("headline", row["id"]), url=row.get("url", ""), quotes=tuple(exact for _, exact in words), superseded="later" in row,
        )  # fmt: skip
        for thing in {row["edge"], row.get("deal", row["edge"])}:
            said[thing].append((saying.date, row["document"], words[0][0] if words else 0, saying))
    return {thing: tuple(saying for *_, saying in sorted(sayings)) for thing, sayings in said.items()}
