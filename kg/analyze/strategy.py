"""What deals and firms need, have and run into."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from kg import vocab
from kg.analyze.graph import label, pick
from kg.analyze.ranking import WEIGHTS, rank
from kg.query import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx as nx

MEANS = {"needs": ("hasAsset", "offers", "enables"), "faces": ("mitigates",)}
"""By which relations of another one a need or a challenge is met."""

SHOWN = 200
"""Lines of needs that are met; where a phrase is needed and had by many, every pair is one."""


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


def _links(graph: nx.MultiDiGraph, subjects: set[str], predicates: tuple[str, ...]) -> tuple[Link, ...]:
    """Edges of these predicates from these nodes, each once, sorted."""
    edges = graph.out_edges(sorted(subjects), data=True)
    return tuple(
        sorted({Link(s, edge["predicate"], o, edge["status"]) for s, o, edge in edges if edge["predicate"] in predicates and "sayings" in edge})
    )


def _term(name: str) -> str:
    """What the ontology calls a term in English."""
    return vocab.term_labels().get(name, {}).get("en", name)
