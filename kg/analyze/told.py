"""The whole analysis as one result, for programs (JSON) and for people (lines); each score can be taken apart into edges, claims and words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from kg import vocab
from kg.analyze.graph import around, label, relation
from kg.analyze.ranking import LARGE, WEIGHTS, Engine, brokers, communities, flatten, rank, weigh
from kg.analyze.story import Contradiction, Driver, Moment, Path, Recurring, contradictions, recurring
from kg.analyze.strategy import EFFECTS, Background, Fit, Strategy, Target, Want, is_cut, strategies
from kg.query import one_line

if TYPE_CHECKING:
    import networkx as nx


SHOWN = 200
"""Lines of a section; ``--json`` tells all."""

TOP_FITS = 5
"""Of what meets a want, in lines for people; the same of targets."""

LONGEST = 300
"""Code points of a quote that are shown."""


LEFT_OUT = {
    "brokers": "too many edges for networkx; --engine igraph finds them",
    "communities": "too many edges for networkx; --engine igraph finds them",
    "strategies": "of so many companies only those of which most is said; --company tells of any",
}
"""Why a part of an analysis is not, or not all, told."""

DRIVERS = {
    "pursued": "Who is after it", "brought": "Deals that would bring it", "asset": "Who has what, and what it serves",
    "effect": "What the deals would do", "needed": "What is needed", "hurdle": "What stands in the way",
}  # fmt: skip
"""Titles of the kinds of drivers."""


class Ranked(msgspec.Struct, frozen=True):
    """A node with a score."""

    node: str
    score: float


class Link(msgspec.Struct, frozen=True, order=True):
    """An edge without its sayings; IRIs but for the names of predicate and status."""

    subject: str
    predicate: str
    object: str
    status: str
    edge: str = ""


class DealFacts(msgspec.Struct, frozen=True):
    """What a deal is about."""

    deal: str
    status: str
    parties: tuple[tuple[str, str], ...]
    """(role, IRI), by role."""
    hurdles: tuple[Link, ...]
    """What the deal faces."""
    effects: tuple[Link, ...]
    """What it would enable, mitigate or serve."""
    needs: tuple[Link, ...]
    """What its parties need or face."""
    assets: tuple[Link, ...]
    """What its parties have, offer or enable."""


class Ground(msgspec.Struct, frozen=True):
    """An edge that a score rests on, and the claims behind it."""

    subject: str
    predicate: str
    object: str
    status: str
    weight: float
    claims: tuple[str, ...]


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What ``kg analyze`` tells. Nodes and edges are IRIs; ``labels`` says what nodes are called, ``grounds`` what edges rest on."""

    nodes: dict[str, int]
    """How many, by type."""
    edges: dict[str, int]
    """How many, by status; roles of deals not counted."""
    ranking: list[Ranked]
    brokers: list[Ranked]
    communities: list[tuple[str, ...]]
    strategies: list[Strategy]
    deals: list[DealFacts]
    recurring: list[Recurring]
    contradictions: list[Contradiction]
    left_out: tuple[str, ...]
    """Parts that would take too long without a faster engine."""
    weights: dict[str, float]
    labels: dict[str, dict[str, str]]
    grounds: dict[str, Ground]


def analyse(
    graph: nx.MultiDiGraph,
    *,
    company: str | None = None,
    top: int = 15,
    background: Background = Background(),
    engine: Engine = "networkx",
) -> Analysis:
    """The whole of it: counts, the ``top`` nodes by rank and as brokers, groups, strategies, deals, recurring challenges, contradictions.

    With a company (IRI), of its surroundings only; what it wants is still held against all others. Of a graph of more than ``LARGE`` edges networkx
    tells no brokers and no groups, which it would take very long to find.

    Raises SettingsError when the engine is not installed.
    """
    part = around(graph, company) if company is not None else graph
    found, weights = strategies(graph, background, company=company), background.weights
    whole, flat = engine != "networkx" or part.number_of_edges() <= LARGE, flatten(part, weights)
    left_out = (*(() if whole else ("brokers", "communities")), *(("strategies",) if is_cut(graph) else ()))
    result = Analysis(
        nodes=dict(sorted(Counter(data["type"] for _, data in part.nodes(data=True)).items())),
        edges=dict(sorted(Counter(edge["status"] for *_, edge in part.edges(data=True) if "sayings" in edge).items())),
        ranking=[Ranked(*one) for one in rank(flat, weights, engine=engine) if part.degree(one[0])][:top],
        brokers=[Ranked(*one) for one in brokers(flat, weights, engine=engine)][:top] if whole else [],
        communities=communities(flat, weights, engine=engine) if whole else [], left_out=left_out,
        strategies=found, deals=deal_facts(part),
        recurring=recurring(part, weights), contradictions=contradictions(part), weights=dict(weights), labels={}, grounds={},
    )  # fmt: skip
    told = set(re.findall(r'"([^"\\]*)"', msgspec.json.encode(result).decode()))
    labels = {node: graph.nodes[node]["labels"] for node in sorted(graph) if node in told}
    return msgspec.structs.replace(result, labels=labels, grounds=grounds(graph, told, weights))


def grounds(graph: nx.MultiDiGraph, edges: Iterable[str], weights: Mapping[str, float] = WEIGHTS) -> dict[str, Ground]:
    """What each of these edges says, how much it counts, and the claims behind it."""
    wanted = set(edges)
    return {
        key: Ground(s, edge["predicate"], o, edge["status"], weigh(edge, weights), tuple(one.claim for one in edge["sayings"]))
        for s, o, key, edge in sorted(graph.edges(keys=True, data=True), key=lambda one: one[:3])
        if key in wanted and "sayings" in edge
    }


def deal_facts(graph: nx.MultiDiGraph) -> list[DealFacts]:
    """Every deal with what stands in its way, what it would bring, and what its parties need and have; by label."""
    found = []
    for deal in sorted((node for node, data in graph.nodes(data=True) if data["type"] == "Deal"), key=lambda node: (label(graph, node), node)):
        roles = sorted((edge["predicate"], party) for _, party, edge in graph.out_edges(deal, data=True) if "sayings" not in edge)
        inside = {party for _, party in roles}
        found.append(DealFacts(
            deal=deal, status=graph.nodes[deal]["status"], parties=tuple(roles), hurdles=_links(graph, {deal}, ("faces",)),
            effects=_links(graph, {deal}, EFFECTS), needs=_links(graph, inside, ("needs", "faces")),
            assets=_links(graph, inside, ("hasAsset", "offers", "enables")),
        ))  # fmt: skip
    return found


def as_json(told: object) -> str:
    """An analysis, or any part of it, for programs."""
    return msgspec.json.format(msgspec.json.encode(told)).decode()


def as_lines(analysis: Analysis, say: Teller) -> list[str]:
    """An analysis for people, in English where there is a choice, in the words of a teller about the same graph."""
    sections: list[tuple[str, list[str]]] = [
        ("Ranking (PageRank over all edges, weighed by their status)", [f"  {one.score:.4f}  {say.name(one.node)}" for one in analysis.ranking]),
        ("Left out", [f"  {part}: {LEFT_OUT[part]}" for part in analysis.left_out]),
        ("Between others (betweenness)", [f"  {one.score:.4f}  {say.name(one.node)}" for one in analysis.brokers]),
        ("Groups (Louvain)", [f"  {len(group)}: {say.names(analysis, group)}" for group in analysis.communities if len(group) > 2]),
        ("Strategy: what each company needs, faces, pursues and makes, and what would meet it", [
            line for one in analysis.strategies for line in say.strategy(one)
        ]),
        ("Deals", [line for deal in analysis.deals for line in say.deal(deal)]),
        ("Challenges that recur", [f"  {say.name(one.challenge)}: {', '.join(map(say.name, one.faced_by))}" for one in analysis.recurring]),
        ("Contradictions", [line for one in analysis.contradictions for line in say.contradiction(one)]),
    ]  # fmt: skip
    lines: list[str] = []
    for title, body in sections:
        if body:
            more = len(body) - SHOWN
            lines += [*([""] if lines else []), title, *body[:SHOWN], *([f"  … and {more} more lines; --json tells them all"] if more > 0 else [])]
    return lines


class Teller:
    """Words for results about one graph, in English; what comes from articles stays on its line."""

    def __init__(self, graph: nx.MultiDiGraph, *, explain: bool = False) -> None:
        """Of a graph; ``explain`` adds to each score the claims that it rests on."""
        self.graph, self._explain = graph, explain
        self._edges = {key: (s, o, edge) for s, o, key, edge in graph.edges(keys=True, data=True) if "sayings" in edge}

    def name(self, node: str) -> str:
        """What a node is called, on one line."""
        return one_line(label(self.graph, node))

    def names(self, analysis: Analysis, group: tuple[str, ...]) -> str:
        """The first nodes of a group, those that matter most first."""
        score = {one.node: one.score for one in analysis.ranking}
        ranked = sorted(group, key=lambda node: (-score.get(node, 0.0), node))
        return ", ".join(self.name(node) for node in ranked[:6]) + (" …" if len(group) > 6 else "")

    def strategy(self, one: Strategy) -> Iterator[str]:
        """A firm's wants and targets."""
        yield f"  {self.name(one.company)}" + ("" if one.wants else ": no text says what it needs, faces or pursues")
        for want in one.wants:
            yield from self._want(want)
        for target in one.targets[:TOP_FITS]:
            yield from self._target(target)

    def deal(self, deal: DealFacts) -> Iterator[str]:
        """A deal with what is in its way and what it would bring."""
        yield f"  {self.name(deal.deal)}: {term(deal.status) or 'only mentioned'}"
        for title, links in (("in its way", deal.hurdles), ("would bring", deal.effects)):
            for link in links:
                verb = "" if title == "in its way" else f"{self.relation(link.predicate)} "
                yield f"    {title}: {verb}{self.name(link.object)} ({term(link.status)})"
                yield from self._words([link.edge], "      ")

    def contradiction(self, one: Contradiction) -> Iterator[str]:
        """An edge with what each side says."""
        yield f"  {self.name(one.subject)} {self.relation(one.predicate)} {self.name(one.object)}"
        for side in one.sides:
            yield f"    {term(side.status)}: {', '.join(map(one_line, side.voices))}" + (f", {side.last}" if side.last else "")
        for figure, values in one.figures:
            yield f"    {figure}: {' or '.join(map(one_line, values))}"

    def path(self, found: Path) -> Iterator[str]:
        """A way from node to node with the claims on it."""
        yield f"length {found.length:g}"
        for step in found.steps:
            yield f"  {self.name(step.subject)} {self.relation(step.predicate)} {self.name(step.object)} ({term(step.status) or 'only mentioned'})"
            yield from self._quotes([step.edge], "    ")

    def moment(self, one: Moment, deal: str) -> Iterator[str]:
        """A claim in a deal's history."""
        saying = next(said for said in self.graph.nodes[deal]["sayings"] if said.claim == one.claim)
        stage = f", at stage {term(one.stage)}" if one.stage and one.stage != one.status else ""
        mark = "→" if one.changed else " "
        voice = one_line(one.source) or "the article"
        yield f"{one.date or 'undated':10} {mark} {term(one.status)}{stage}, says {voice} ({one_line(saying.document)})"
        for quote in saying.quotes:
            yield f"             “{_cut(quote)}”"

    def drivers(self, found: list[Driver]) -> Iterator[str]:
        """What drives a strategy, by kind."""
        last = ""
        for one in found:
            if one.kind != last:
                yield DRIVERS[one.kind]
            last = one.kind
            yield f"  {self.name(one.subject)} {self.relation(one.predicate)} {self.name(one.object)} ({term(one.status)}, {one.weight:.2f})"
            yield from self._words([one.edge], "    ")

    def relation(self, predicate: str) -> str:
        """What a predicate is called."""
        return one_line(relation(self.graph, predicate))

    def _want(self, want: Want) -> Iterator[str]:
        yield f"    {one_line(wanted(want, self.graph))}{': ' + one_line(want.why_none['en']) if want.why_none else ''}"
        for fit in want.fits[:TOP_FITS]:
            why = f"; {one_line(fit.why['en'])}" if fit.why else ""
            yield f"      {fit.score:.2f}  {one_line(met_by(fit, want, self.graph))} ({term(fit.status)}{why})"
            yield from self._words(fit.edges, "            ")
        if len(want.fits) > TOP_FITS:
            yield f"      … and {len(want.fits) - TOP_FITS} more"

    def _target(self, one: Target) -> Iterator[str]:
        counts = Counter(reason.kind for reason in one.reasons)
        kinds = {"meets": "meets {}", "effect": "{} further effect" + "s" * (counts["effect"] > 1), "hurdle": "{} in the way"}
        parts = [words.format(counts[kind]) for kind, words in kinds.items() if counts[kind]]
        deals = [f"{self.name(deal)}, {term(self.graph.nodes[deal]['status'])}" for deal in one.deals]
        score = f"{one.score:.2f}" if one.reasons else "no text says what for"
        yield f"    with {self.name(one.target)}: {score} ({'; '.join([', '.join(parts), *deals] if parts else deals)})"
        if self._explain:
            for reason in one.reasons:
                sign = {"meets": "meets", "effect": "brings", "hurdle": "in the way"}[reason.kind]
                yield f"      {reason.value:+.2f}  {sign}: {self.relation(reason.relation)} {self.name(reason.thing)}"
                yield from self._words(reason.edges, "             ")
        for title, others in (("instead of it", one.substitutes), ("also wanted by", one.rivals)):
            if others:
                yield f"      {title}: " + ", ".join(f"{self.name(other.company)} ({other.score:.2f})" for other in others[:TOP_FITS])

    def _words(self, edges: Iterable[str], indent: str) -> Iterator[str]:
        if self._explain:
            yield from self._quotes(edges, indent)

    def _quotes(self, edges: Iterable[str], indent: str) -> Iterator[str]:
        """The edges that something rests on, each with who says so in which words."""
        for key in edges:
            if key in self._edges:
                s, o, edge = self._edges[key]
                weight = f", {edge['support']} sources" if edge["support"] > 1 else ""
                ends = f"{self.name(s)} {self.relation(edge['predicate'])} {self.name(o)}"
                yield f"{indent}{ends}: {term(edge['status'])}, read with {edge['confidence']:.2f}{weight}"
                for saying in edge["sayings"]:
                    words = " ".join(f"“{_cut(quote)}”" for quote in saying.quotes)
                    yield f"{indent}  {one_line(saying.source) or 'the article'}: {words}"


def wanted(want: Want, graph: nx.MultiDiGraph) -> str:
    """What a firm wants, with how sure that is."""
    verb, status = (relation(graph, want.relation), term(want.status)) if want.status else ("makes", "in a list")
    return f"{verb} {label(graph, want.thing)} ({status})"


def met_by(fit: Fit, want: Want, graph: nx.MultiDiGraph) -> str:
    """Who or what meets a want, and how."""

    def name(node: str) -> str:
        return label(graph, node)

    if fit.means == "supports":
        return f"{name(fit.holder)} has {name(fit.thing)}, which {relation(graph, 'supports')} it"
    thing = f" {name(fit.thing)}" if fit.thing != want.thing else ""
    through = f", by {name(fit.helper)}" if fit.holder not in ("", fit.helper) else ""
    return f"{name(fit.holder or fit.helper)}: {relation(graph, fit.means)}{thing}{through}"


def term(name: str) -> str:
    """What the ontology calls a term in English."""
    return vocab.term_labels().get(name, {}).get("en", name)


def _cut(quote: str) -> str:
    line = one_line(quote)
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


def _links(graph: nx.MultiDiGraph, subjects: set[str], predicates: tuple[str, ...]) -> tuple[Link, ...]:
    """Edges of these predicates from these nodes, sorted."""
    edges = graph.out_edges(sorted(subjects), keys=True, data=True)
    found = {Link(s, edge["predicate"], o, edge["status"], key) for s, o, key, edge in edges if edge["predicate"] in predicates and "sayings" in edge}
    return tuple(sorted(found))
