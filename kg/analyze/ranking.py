"""Who matters: rank, brokers and communities of a projected graph, every edge weighed by what its status says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

WEIGHTS = {
    "Stated": 1.0, "Completed": 1.0, "Announced": 0.8, "Reported": 0.6, "Talks": 0.6, "Rumoured": 0.5, "Considered": 0.5, "Possible": 0.3,
    "Denied": 0.0, "Negated": 0.0, "Terminated": 0.0,
}  # fmt: skip
"""How much an edge of each status counts, from 1 (a fact) to 0 (it is said not to be so, and connects nothing)."""

DAMPING = 0.85


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


def rank(graph: nx.MultiDiGraph, weights: Mapping[str, float] = WEIGHTS) -> list[tuple[str, float]]:
    """Nodes with their PageRank, the highest first; scores add up to 1 and are rounded to six digits.

    PR(v) = (1 - d)/N + d * sum over u of PR(u) w(u, v)/w(u), d = .85 (Page, Brin, Motwani, Winograd: The PageRank Citation Ranking, 1999).
    An edge counts both ways, since to be needed and to need both make a firm matter, and as ``weigh`` says.
    """
    import networkx as nx

    flat = flatten(graph, weights)
    if not flat:
        return []
    scores = nx.pagerank(flat, alpha=DAMPING, tol=1e-10, max_iter=1000)
    return sorted(((node, round(score, 6)) for node, score in scores.items()), key=lambda one: (-one[1], one[0]))
