"""Where the nodes of a picture stand: worked out here, so that the page need not move anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.view.looks import LOOKS, caption

if TYPE_CHECKING:
    import networkx as nx

UNIT = 140
"""Pixels between two neighbours that the layout aims at."""

GRID = 10
"""Positions are rounded to it, so that the last bits of a float do not show in the file."""


def layout(graph: nx.MultiDiGraph) -> dict[str, tuple[int, int]]:
    """A place for each node: every connected part by itself, the parts in rows, the largest first.

    Kamada and Kawai's layout needs no random start and settles in the same place on other machines; the picture stays the same.
    """
    import networkx as nx

    parts = sorted((sorted(part) for part in nx.connected_components(graph.to_undirected(as_view=True))), key=lambda part: (-len(part), part[0]))
    boxes = [_arrange(graph, part) for part in parts]
    limit = 1.6 * sum((width + UNIT) * (height + UNIT) for _, width, height in boxes) ** 0.5
    left = top = row = 0.0
    places: dict[str, tuple[int, int]] = {}
    for spots, width, height in boxes:
        if left and left + width > limit:
            left, top, row = 0.0, top + row + UNIT, 0.0
        for node, (x, y) in spots.items():
            places[node] = (round((left + x) / GRID) * GRID, round((top + y) / GRID) * GRID)
        left, row = left + width + UNIT, max(row, height)
    return places


def _arrange(graph: nx.MultiDiGraph, part: list[str]) -> tuple[dict[str, tuple[float, float]], float, float]:
    """Places in one connected part from (0, 0) on, its width and its height; wider than high, like a screen and like labels."""
    import networkx as nx

    flat = nx.Graph()
    flat.add_nodes_from(part)
    flat.add_edges_from(sorted((s, o) for s, o in graph.subgraph(part).edges()))
    raw = nx.kamada_kawai_layout(flat, scale=UNIT * len(part) ** 0.5 / 1.2)
    spots = {node: [float(raw[node][0]) * 1.5, float(raw[node][1])] for node in part}
    _push_apart(spots, {node: _size(graph, node) for node in part})
    left, top = min(x for x, _ in spots.values()), min(y for _, y in spots.values())
    moved = {node: (x - left, y - top) for node, (x, y) in spots.items()}
    return moved, max(x for x, _ in moved.values()), max(y for _, y in moved.values())


def _size(graph: nx.MultiDiGraph, node: str) -> tuple[float, float]:
    """About the width and height in pixels to keep free around a node: its label, and beside a firm the room for a line's label."""
    lines = caption(graph, node, "en").split("\n")
    shape = LOOKS[graph.nodes[node]["type"]]
    wide = max(sum(9 if sign.isascii() else 17 for sign in line) for line in lines)
    return max(wide, 60) + (110 if shape.shape == "box" else 20), 20 * len(lines) + 24 if shape.inside else 40 * len(lines) + 40


def _push_apart(spots: dict[str, list[float]], sizes: dict[str, tuple[float, float]]) -> None:
    """Move nodes whose boxes overlap until they do not, or for fifty rounds."""
    nodes = list(spots)
    for _ in range(50):
        moved = False
        for at, one in enumerate(nodes):
            for other in nodes[at + 1 :]:
                across, down = spots[other][0] - spots[one][0], spots[other][1] - spots[one][1]
                wide = (sizes[one][0] + sizes[other][0]) / 2 - abs(across)
                if wide <= 1:
                    continue
                high = (sizes[one][1] + sizes[other][1]) / 2 - abs(down)
                if high > 1:
                    axis, overlap, gap = (0, wide, across) if wide <= high else (1, high, down)
                    step = overlap / 2 * (1 if gap >= 0 else -1)
                    spots[one][axis] -= step
                    spots[other][axis] += step
                    moved = True
        if not moved:
            return
