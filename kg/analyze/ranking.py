"""Who matters: rank, brokers and communities of a projected graph, every edge weighed by what its status says."""

from __future__ import annotations

import difflib
import random
from typing import TYPE_CHECKING, Any, Literal

from kg.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

STATUSES = {
    "Stated": 1.0, "Completed": 1.0, "Announced": 0.8, "Reported": 0.6, "Talks": 0.6, "Rumoured": 0.5, "Considered": 0.5, "Possible": 0.3,
    "Denied": 0.0, "Negated": 0.0, "Terminated": 0.0,
}  # fmt: skip
"""How much an edge of each status counts, from 1 (a fact) to 0 (it is said not to be so, and connects nothing)."""

FACTORS = {"kind": 0.8, "general": 0.3, "sibling": 0.2, "alike": 0.4, "effect": 0.5, "hurdle": 0.25, "rival": 0.5}
"""Shares in the sums of ``kg.analyze.strategy``: of a thing that is a kind of the wanted one, what that is a kind of, another kind of the same, only
alike in meaning; of an effect of a deal that meets no want; of a hurdle, which takes away; of a firm or product that competes with a target."""

WEIGHTS = STATUSES | FACTORS
"""The one table of weights; a user changes it by ``[weights]`` in ``kg.toml``."""

DAMPING = 0.85

Engine = Literal["networkx", "igraph"]
"""Who computes. igraph, for large graphs, is an extra, since it is under the GPL; its scores are the same to four digits, its groups as good."""

LARGE = 200_000
"""Edges above which networkx does not look for brokers and groups: at a million it would take many minutes, which igraph does in seconds."""

SAMPLED, SAMPLE = 2_000, 50
"""Nodes above which betweenness is estimated from the paths from a sample of them, and how many that are; with a fixed seed."""


def weights_with(changes: Mapping[str, float]) -> dict[str, float]:
    """The table of weights with a user's changes.

    Raises SettingsError for a name that is not in it, and for a number that is not from 0 to 1.
    """
    for name, weight in changes.items():
        if name not in WEIGHTS:
            near = difflib.get_close_matches(name, WEIGHTS, n=1)
            raise SettingsError(f"there is no weight {name!r}; {f'did you mean {near[0]}?' if near else 'known are ' + ', '.join(WEIGHTS)}")
        if not 0 <= weight <= 1:
            raise SettingsError(f"the weight of {name} is {weight:g}; give a number from 0 (counts for nothing) to 1 (counts as a fact)")
    return WEIGHTS | dict(changes)


def weigh(edge: Mapping[str, Any], weights: Mapping[str, float] = WEIGHTS) -> float:
    """How much an edge counts, from 0 to 1: its status, how many independent sources say it, and how likely it was read rightly.

    c (w + (1 - w)(1 - 2^(1-n))/2), with w of the status, n sources and confidence c. So a rumour gains with each source, copies not counted, but
    stays below half the way to a fact; what has no weight gains nothing.

    >>> weigh({"status": "Rumoured", "support": 1}), weigh({"status": "Rumoured", "support": 2}), weigh({"status": "Denied", "support": 9})
    (0.5, 0.625, 0.0)
    """
    weight = weights.get(edge["status"], 0.0)
    if not weight:
        return 0.0
    more = 1.0 - 0.5 ** (max(int(edge.get("support", 1)), 1) - 1)
    return round(float(edge.get("confidence", 1.0)) * (weight + (1.0 - weight) * more / 2), 6)


def flatten(graph: nx.MultiDiGraph, weights: Mapping[str, float] = WEIGHTS) -> nx.Graph:
    """One undirected edge per pair of nodes, ``weight`` the sum over what joins them; what has no weight, and loops, are left out."""
    import networkx as nx

    flat = nx.Graph()
    flat.add_nodes_from(sorted(graph))
    for s, o, _, edge in sorted(graph.edges(keys=True, data=True), key=lambda one: one[:3]):
        weight = weigh(edge, weights)
        if weight and s != o:
            flat.add_edge(s, o, weight=weight + (flat[s][o]["weight"] if flat.has_edge(s, o) else 0.0))
    return flat


def _flat(graph: nx.Graph, weights: Mapping[str, float]) -> nx.Graph:
    """What ``flatten`` gives; of a graph that is flat already, itself."""
    return flatten(graph, weights) if graph.is_multigraph() else graph


def rank(graph: nx.Graph, weights: Mapping[str, float] = WEIGHTS, *, engine: Engine = "networkx") -> list[tuple[str, float]]:
    """Nodes of a projected graph, or of what ``flatten`` made of it, with their PageRank, the highest first; scores add up to 1, to six digits.

    PR(v) = (1 - d)/N + d * sum over u of PR(u) w(u, v)/w(u), d = .85 (Page, Brin, Motwani, Winograd: The PageRank Citation Ranking, 1999).
    An edge counts both ways, since to be needed and to need both make a firm matter, and as ``weigh`` says.
    """
    import networkx as nx

    flat = _flat(graph, weights)
    if not flat:
        return []
    if engine == "igraph":
        fast = _igraph(flat)
        scores = dict(zip(flat, fast.pagerank(damping=DAMPING, weights="weight", directed=False), strict=True))
    else:
        scores = nx.pagerank(flat, alpha=DAMPING, tol=1e-10, max_iter=1000)
    return _ranked(scores)


def brokers(graph: nx.Graph, weights: Mapping[str, float] = WEIGHTS, *, engine: Engine = "networkx") -> list[tuple[str, float]]:
    """Nodes that stand between others, the most so first: betweenness from 0 to 1, those at 0 left out.

    The share of shortest paths between two other nodes that run through one (Freeman 1977; computed as in Brandes 2001), where an edge is 1/weight
    long. In graphs of more than ``SAMPLED`` nodes estimated from the paths of a sample (Brandes and Pich 2007), the same one each time.
    """
    import networkx as nx

    flat = _flat(graph, weights)
    for *_, edge in flat.edges(data=True):
        edge["length"] = float(round(1000 / edge["weight"]))  # whole numbers, so that ways of one length are of one length
    sample = SAMPLE if len(flat) > SAMPLED else None
    fast = engine == "igraph"
    scores = _betweenness(flat, sample) if fast else nx.betweenness_centrality(flat, k=sample, weight="length", seed=0)
    return [one for one in _ranked(scores) if one[1]]


def communities(graph: nx.Graph, weights: Mapping[str, float] = WEIGHTS, *, engine: Engine = "networkx") -> list[tuple[str, ...]]:
    """Groups of nodes that are joined among themselves more than with others, the largest first; nodes in code-point order, those alone left out.

    Louvain's method with a fixed seed (Blondel, Guillaume, Lambiotte, Lefebvre 2008, Fast unfolding of communities in large networks).
    """
    flat = _flat(graph, weights)
    flat = flat.subgraph([node for node, degree in flat.degree() if degree]).copy()
    if engine == "igraph" and flat:
        nodes = list(flat)
        groups = [{nodes[place] for place in group} for group in _igraph(flat).community_multilevel(weights="weight")]
    else:
        groups = louvain(flat, seed=0) if flat else []
    return sorted((tuple(sorted(group)) for group in groups), key=lambda group: (-len(group), group))


def louvain(flat: nx.Graph, seed: int) -> list[set[Any]]:
    """Groups by Louvain's method; an edge without a weight counts 1.

    Every weight is raised by up to a thousandth, always alike: between groups that are equally good but for rounding networkx (3.6) moves a node
    to and fro for ever (networkx issue 8739).
    """
    import networkx as nx

    untied, more = nx.Graph(), random.Random(0)  # noqa: S311  # repeatable, not secret
    untied.add_nodes_from(flat)
    untied.add_weighted_edges_from((s, o, weight * (1 + more.random() / 1000)) for s, o, weight in flat.edges(data="weight", default=1.0))
    return list(nx.community.louvain_communities(untied, weight="weight", seed=seed))


def _ranked(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(((node, round(score, 6)) for node, score in scores.items()), key=lambda one: (-one[1], one[0]))


def _igraph(flat: nx.Graph) -> Any:
    """The same graph for igraph, nodes in the same order, its random numbers from a fixed seed.

    Raises SettingsError when igraph is not installed.
    """
    try:
        import igraph
    except ImportError as error:
        raise SettingsError("igraph is not installed; get it with pip install 'dealgraph[fast]', or leave --engine out") from error
    igraph.set_random_number_generator(random.Random(0))  # noqa: S311  # repeatable, not secret
    place = {node: number for number, node in enumerate(flat)}
    edges = [(place[s], place[o]) for s, o in flat.edges()]
    told = {name: [edge[name] for *_, edge in flat.edges(data=True) if name in edge] for name in ("weight", "length")}
    return igraph.Graph(n=len(place), edges=edges, edge_attrs={name: values for name, values in told.items() if values})


def _betweenness(flat: nx.Graph, sample: int | None) -> dict[str, float]:
    """Betweenness by igraph, from the same sample as networkx takes and scaled alike."""
    nodes, count = list(flat), len(flat)
    if count < 3:
        return dict.fromkeys(nodes, 0.0)
    chosen = nodes if sample is None else random.Random(0).sample(nodes, sample)  # noqa: S311  # repeatable, not secret
    place = {node: number for number, node in enumerate(nodes)}
    sums = _igraph(flat).betweenness(weights="length", directed=False, sources=[place[node] for node in chosen], targets=None)
    scale = 2 * count / len(chosen) / ((count - 1) * (count - 2))  # igraph counts each path once, not once from either end
    return {node: value * scale for node, value in zip(nodes, sums, strict=True)}
