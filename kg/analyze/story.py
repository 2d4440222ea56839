"""How things stand and came about: paths between two nodes, a deal's timeline, contradictions, challenges that recur, what drives a strategy."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import msgspec

from kg.analyze.graph import label
from kg.analyze.ranking import WEIGHTS, weigh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import networkx as nx

    from kg.analyze.graph import Saying

LONGEST_PATH = 6
"""Steps; what lies further apart says nothing."""


class Step(msgspec.Struct, frozen=True):
    """One edge of a path, told as it stands in the graph; IRIs."""

    subject: str
    predicate: str
    object: str
    status: str
    edge: str
    """"" for the role of a party in a deal."""
    backwards: bool
    """Whether the path goes from object to subject."""


class Path(msgspec.Struct, frozen=True):
    """A way from one node to another over edges that count."""

    length: float
    """Sum of 1/weight: a fact is 1 long, a rumour 2."""
    steps: tuple[Step, ...]


class Moment(msgspec.Struct, frozen=True):
    """One claim in the history of a deal."""

    date: str
    """Of the document, "" where it is unknown."""
    status: str
    stage: str
    source: str
    claim: str
    changed: bool
    """Whether the status is another one than before."""


class Side(msgspec.Struct, frozen=True):
    """What some voices say of an edge."""

    status: str
    voices: tuple[str, ...]
    """Who says so, or else the publisher or the document, each once."""
    claims: tuple[str, ...]
    last: str
    """Date of the newest of them."""


class Contradiction(msgspec.Struct, frozen=True):
    """An edge on which claims disagree; IRIs."""

    subject: str
    predicate: str
    object: str
    edge: str
    sides: tuple[Side, ...]
    """The one that is in force first."""
    figures: tuple[tuple[str, tuple[str, ...]], ...]
    """Figures that differ: (amount, its values)."""


class Recurring(msgspec.Struct, frozen=True):
    """A challenge that several firms, products or deals face."""

    challenge: str
    faced_by: tuple[str, ...]
    weight: float
    edges: tuple[str, ...]


class Driver(msgspec.Struct, frozen=True):
    """One line of what drives a strategy, or stands in its way; IRIs."""

    kind: str
    """pursued (who is after it), brought (by a deal), asset (of a party, and what it serves), effect (what the deal does), needed, hurdle."""
    subject: str
    predicate: str
    object: str
    status: str
    weight: float
    edge: str


def paths(graph: nx.MultiDiGraph, start: str, end: str, *, most: int = 3, weights: Mapping[str, float] = WEIGHTS) -> list[Path]:
    """The shortest ways between two nodes without loops, at most ``most`` and of ``LONGEST_PATH`` steps, in order of their length.

    Each edge is 1/weight long, so that a fact is nearer than a rumour, and what is denied or called off joins nothing (Yen 1971, Finding the K
    Shortest Loopless Paths in a Network). An edge may be walked both ways.
    """
    import networkx as nx

    flat = nx.Graph()
    for s, o, key, edge in sorted(graph.edges(keys=True, data=True), key=lambda one: one[:3]):
        weight = weigh(edge, weights)
        if weight and s != o and (not flat.has_edge(s, o) or flat[s][o]["length"] > round(1 / weight, 6)):
            step = Step(s, edge["predicate"], o, edge["status"], key if "sayings" in edge else "", False)
            flat.add_edge(s, o, length=round(1 / weight, 6), step=step)
    if start not in flat or end not in flat or start == end or not nx.has_path(flat, start, end):
        return []
    found = []
    for nodes in islice(nx.shortest_simple_paths(flat, start, end, weight="length"), most):
        pairs = list(pairwise(nodes))
        if len(pairs) <= LONGEST_PATH:
            steps = tuple(msgspec.structs.replace(flat[a][b]["step"], backwards=flat[a][b]["step"].subject != a) for a, b in pairs)
            found.append(Path(round(sum(flat[a][b]["length"] for a, b in pairs), 4), steps))
    return sorted(found, key=lambda path: (path.length, len(path.steps)))


def timeline(graph: nx.MultiDiGraph, deal: str) -> tuple[Moment, ...]:
    """What was said of a deal, in the order of dates, texts without one first; and where its status changed."""
    moments: list[Moment] = []
    for saying in graph.nodes[deal].get("sayings", ()):
        changed = bool(moments) and moments[-1].status != saying.status
        moments.append(Moment(saying.date, saying.status, saying.stage, saying.source, saying.claim, changed))
    return tuple(moments)


def contradictions(graph: nx.MultiDiGraph) -> list[Contradiction]:
    """Edges on which sources disagree: some say it, some deny it, or they give other figures; by label of the ends."""
    found = []
    for s, o, key, edge in graph.edges(keys=True, data=True):
        sayings = [one for one in edge.get("sayings", ()) if not one.superseded or edge["disputed"]]
        figures = _differing(sayings)
        if edge.get("disputed") or figures:
            sides = sorted(_sides(sayings), key=lambda side: (side.status != edge["status"], side.status))
            found.append(Contradiction(s, edge["predicate"], o, key, tuple(sides), figures))
    return sorted(found, key=lambda one: (label(graph, one.subject), one.predicate, label(graph, one.object), one.edge))


def _sides(sayings: Sequence[Saying]) -> list[Side]:
    by_status: dict[str, list[Saying]] = defaultdict(list)
    for saying in sayings:
        by_status[saying.status].append(saying)
    return [
        Side(
            status, tuple(sorted({one.source or one.publisher or one.document for one in said})), tuple(one.claim for one in said),
            max(one.date for one in said),
        )
        for status, said in by_status.items()
    ]  # fmt: skip


def _differing(sayings: Sequence[Saying]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Amounts of one currency, and shares, that differ between documents."""
    values: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for saying in sayings:
        figures = dict(saying.figures)
        for name in ("amount", "share"):
            if name in figures and "amountMax" not in figures:
                unit = f" {figures['currency']}" if name == "amount" and "currency" in figures else ""
                values[name + unit][figures[name] + unit].add(saying.document_iri)
    told = ((name.split()[0], said) for name, said in sorted(values.items()))
    return tuple((name, tuple(sorted(said))) for name, said in told if len(said) > 1 and len(set().union(*said.values())) > 1)


def recurring(graph: nx.MultiDiGraph, weights: Mapping[str, float] = WEIGHTS) -> list[Recurring]:
    """Challenges that more than one firm, product or deal faces, those that most do first."""
    faced: dict[str, dict[str, tuple[float, str]]] = defaultdict(dict)
    for s, o, key, edge in sorted(graph.edges(keys=True, data=True), key=lambda one: one[:3]):
        if edge["predicate"] == "faces" and (weight := weigh(edge, weights)):
            faced[o][s] = max(faced[o].get(s, (0.0, "")), (weight, key))
    found = [
        Recurring(
            challenge, tuple(sorted(by, key=lambda node: (label(graph, node), node))), round(sum(weight for weight, _ in by.values()), 4),
            tuple(by[node][1] for node in sorted(by)),
        )
        for challenge, by in faced.items() if len(by) > 1
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-len(one.faced_by), -one.weight, label(graph, one.challenge), one.challenge))


def drivers(graph: nx.MultiDiGraph, strategy: str, weights: Mapping[str, float] = WEIGHTS) -> list[Driver]:
    """What drives a strategy: who is after it, which deals would bring it, what their parties have, need and run into, what is in the way.

    In this order of kinds, the weightiest first; what is denied or called off drives nothing.
    """
    order = ("pursued", "brought", "asset", "effect", "needed", "hurdle")
    found: dict[str, Driver] = {}

    def add(kind: str, edges: object) -> None:
        for s, o, key, edge in edges:  # type: ignore[attr-defined]
            weight = weigh(edge, weights)
            if weight and "sayings" in edge:
                found.setdefault(key, Driver(kind, s, edge["predicate"], o, edge["status"], weight, key))

    after = sorted({s for s, _, edge in graph.in_edges(strategy, data=True) if edge["predicate"] == "pursues" and weigh(edge, weights)})
    deals = [node for node in after if graph.nodes[node]["type"] == "Deal"]
    parties = {party for deal in deals for _, party, edge in graph.out_edges(deal, data=True) if "sayings" not in edge}
    firms = sorted({*parties, *(node for node in after if node not in deals)})
    for s, o, key, edge in graph.in_edges(strategy, keys=True, data=True):
        add("brought" if s in deals else "pursued", [(s, o, key, edge)])
    out = list(graph.out_edges([*deals, *firms], keys=True, data=True))
    add("asset", [one for one in out if one[0] in firms and one[3]["predicate"] in ("hasAsset", "offers")])
    held = sorted({o for s, o, _, edge in out if s in firms and edge["predicate"] == "hasAsset" and weigh(edge, weights)})
    add("asset", [one for one in graph.out_edges(held, keys=True, data=True) if one[3]["predicate"] in ("supports", "enables")])
    add("effect", [one for one in out if one[0] in deals and one[3]["predicate"] in ("enables", "mitigates", "pursues")])
    add("needed", [one for one in out if one[0] in firms and one[3]["predicate"] == "needs"])
    add("hurdle", [one for one in out if one[3]["predicate"] == "faces"])
    return sorted(found.values(), key=lambda one: (order.index(one.kind), -one.weight, label(graph, one.subject), label(graph, one.object), one.edge))
