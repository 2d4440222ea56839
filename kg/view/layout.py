"""Where the nodes of a picture stand: worked out here, so that the page need not move anything."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kg.view.looks import LOOKS, caption

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GRID = 10
"""Positions are rounded to it, so that the last bits of a float do not show in the file."""

WIDE = 1.6
"""How much wider than high the whole is to be, like a screen, and each part of it, since labels are wider than high."""

SMALL = 60
"""Up to so many nodes a part is drawn around a deal, with room for the labels of its lines; a larger one by its communities."""

PADDING, MARGIN = 24, 80
"""Pixels to keep free between nodes, and between parts."""

FILLED = 0.25
"""The most of a part's area that its nodes may take before it is drawn larger, so that lines can be told apart."""

ROLES = {"acquirer": 0, "investor": 0, "party": 1, "target": 2, "investee": 2}
"""Of the edges from a deal to its parties: who stands left of whom."""


CROWD, GOLDEN = 12, (math.sqrt(5) - 1) / 2
"""Of more neighbours than that, leaves fill the disc around their hub rather than its rim; the golden ratio spreads them evenly."""

FARTHEST = 250
"""Times the root of the number of nodes: how far apart the ends of a part may be before its long ways are shortened, so that a chain coils."""

TWIST = 0.0005
"""Radians by pixel by which the radial start is a spiral; a straight chain would stay straight."""

SIDE = 360
"""Pixels between a deal and a party beside it."""

OUT = {"left": (-1, 0), "right": (1, 0), "below": (0, 1), "above": (0, -1)}
"""Which way is away from a deal."""


class Block(NamedTuple):
    """One connected part: its nodes, their centres from (0, 0) on, and its width and height."""

    nodes: list[str]
    spots: Floats
    size: tuple[float, float]


def layout(graph: nx.MultiDiGraph) -> dict[str, tuple[int, int]]:
    """A place for each node, in pixels, so that no two boxes overlap; about 1.6 times as wide as high.

    Connected parts stand side by side, the largest first. One that is about a single deal is drawn around it; within others distances on the picture
    are near to those along the lines, by majorizing the stress (Gansner, Koren, North: Graph Drawing by Stress Majorization, 2004) from a radial
    start. There is no chance in it, so that the same graph gives the same picture.
    """
    import networkx as nx

    flat, deals = _joined(graph)
    parts = sorted((sorted(part) for part in nx.connected_components(flat)), key=lambda part: (-len(part), part))
    blocks = _cells([_block(graph, flat.subgraph(part), part, deals) for part in parts])
    return {
        node: (round(left + x), round(top + y))
        for block, (left, top) in zip(blocks, _pack(blocks), strict=True)
        for node, (x, y) in zip(block.nodes, block.spots.tolist(), strict=True)
    }


def _joined(graph: nx.MultiDiGraph) -> tuple[nx.Graph, dict[str, list[str]]]:
    """What is joined to what, and the parties of each deal from left to right; parties of a deal are joined by it only, so that it fits between."""
    import networkx as nx

    flat = nx.Graph()
    flat.add_nodes_from(sorted(graph))
    flat.add_edges_from(sorted((s, o) for s, o in graph.edges() if s != o))
    deals = {}
    for deal in flat:
        if graph.nodes[deal]["type"] == "Deal":
            sides = {o: ROLES[edge["predicate"]] for _, o, edge in graph.out_edges(deal, data=True) if edge["predicate"] in ROLES and o != deal}
            deals[deal] = sorted(sides, key=lambda party: (sides[party], party))
            flat.remove_edges_from((one, other) for one in sides for other in sides)
    return flat, deals


def box(graph: nx.MultiDiGraph, node: str) -> tuple[float, float, float]:
    """About the width and height in pixels that a node takes with its label, and how far below the node's place the middle of that is.

    Beside a firm that includes room for the label of a line.
    """
    lines = caption(graph, node, "en").split("\n")
    look = LOOKS[graph.nodes[node]["type"]]
    wide = max(sum(9 if sign.isascii() else 17 for sign in line) for line in lines)
    text = 20 * len(lines)
    if look.inside:
        return max(wide, 60) + (110 if look.shape == "box" else 30), text + 24, 0
    above = 30 if look.shape == "diamond" else 18
    return max(wide, 60) + 20, 2 * above + text, text / 2


def _block(graph: nx.MultiDiGraph, flat: nx.Graph, part: list[str], deals: dict[str, list[str]]) -> Block:
    """One connected part arranged."""
    boxes = np.array([box(graph, node) for node in part], dtype=float)
    sizes, drop = boxes[:, :2], boxes[:, 2:] * (0, 1)
    if len(part) < 3:
        spots = np.array([[0.0, 0.0], [sizes[:, 0].sum() / 2 + PADDING, 0.0]])[: len(part)]
    else:
        number = {node: at for at, node in enumerate(part)}
        edges = np.array(sorted(sorted((number[s], number[o])) for s, o in flat.edges()))
        inner = {number[deal]: [number[party] for party in deals[deal]] for deal in part if deal in deals}
        kinds = [graph.nodes[node]["type"] for node in part]
        sheet = _sheet(edges, kinds, inner)
        spots = _arrange(edges, kinds, inner) if sheet is None else sheet
        room = np.prod(np.ptp(spots, axis=0) + sizes.mean(axis=0))
        spots = _separate(spots * max(1.0, math.sqrt(sizes.prod(axis=1).sum() / FILLED / room)), sizes)
    spots = _settle(spots + drop, sizes)
    low, high = (spots - sizes / 2).min(axis=0), (spots + sizes / 2).max(axis=0)
    low = np.floor(low / GRID) * GRID
    return Block(part, spots - drop - low, tuple((high - low).tolist()))


def _sheet(edges: NDArray[np.int64], kinds: list[str], deals: dict[int, list[int]]) -> Floats | None:
    """Places in a part that is about one deal, as on a fact sheet; nothing if it is about more.

    The first party stands left of the deal and the last right of it, beside each what is its own, below the deal what is its own, above it what
    they share, and one step further out what is joined to none of the three.
    """
    deal = max(deals, key=lambda one: (len(deals[one]) > 1, (edges == one).sum(), -one), default=None)
    if deal is None or len(deals[deal]) < 2 or len(kinds) > SMALL:
        return None
    near = _neighbours(edges, len(kinds))
    left, right = deals[deal][0], deals[deal][-1]
    sides: dict[tuple[int, ...], str] = {(left,): "left", (right,): "right", (deal,): "below"}
    side: dict[int, str] = {}
    for node in sorted((near[left] | near[deal] | near[right]) - {left, deal, right}, key=lambda node: (kinds[node], node)):
        side[node] = sides.get(tuple(one for one in (left, right, deal) if one in near[node]), "above")
    far = [node for node in range(len(kinds)) if node not in side and node not in (left, deal, right)]
    if len(far) > len(kinds) / 4 or any(not near[node] & side.keys() for node in far):
        return None
    spots = np.zeros((len(kinds), 2))
    spots[left, 0], spots[right, 0] = -SIDE, SIDE
    for name in ("left", "right", "below", "above"):
        nodes = [node for node in side if side[node] == name]
        if name == "above":
            nodes.sort(key=lambda node: (right in near[node]) - (left in near[node]))
        spots[nodes] = _fan(len(nodes), name)
    for node in far:
        inner = sorted(near[node] & side.keys())
        name = max(OUT, key=lambda name: sum(side[one] == name for one in inner))
        outmost = max(inner, key=lambda one: float(spots[one] @ OUT[name]))
        spots[node] = np.where(OUT[name], spots[outmost], spots[inner].mean(axis=0)) + np.multiply(OUT[name], (300, 120))
    wide, high = np.ptp(spots, axis=0) + PADDING
    return spots * (1, min(max(wide / high / WIDE, 1.0), 2.0))


def _fan(count: int, side: str) -> Floats:
    """Places of so many nodes on one side of a deal or a party: beside it a column, below it rows with gaps that lines pass through, above a row."""
    steps = np.arange(count) - (count - 1) / 2
    if side == "above":
        return np.stack([steps * 230, np.full(count, -170)], axis=1)
    if side == "below":
        rows = 1 + (count > 4) + (count > 11)
        row = np.arange(count) % rows
        return np.stack([steps * 230 / rows * (1 + 0.4 * row), 170 + 90 * row], axis=1)
    columns = 1 + (count > 7)
    across = 300 + 260 * (np.arange(count) % columns) - 60 * np.square(2 * steps / max(count, 1))
    return np.stack([OUT[side][0] * (SIDE + across), steps * 80 / columns], axis=1)


def _neighbours(edges: NDArray[np.int64], count: int) -> list[set[int]]:
    """What each node is joined to."""
    near: list[set[int]] = [set() for _ in range(count)]
    for s, o in edges.tolist():
        near[s].add(o)
        near[o].add(s)
    return near


def _arrange(edges: NDArray[np.int64], kinds: list[str], deals: dict[int, list[int]]) -> Floats:
    """Places of the nodes of a part, as if they were points."""
    goals = _goals(edges, len(kinds))
    weights = 1 / np.square(goals + np.eye(len(goals))) - np.eye(len(goals))
    for deal, parties in deals.items():
        if len(parties) == 2:
            s, o = parties
            goals[s, o] = goals[o, s] = goals[deal, s] + goals[deal, o]
            weights[s, o] = weights[o, s] = 4 / goals[s, o] ** 2
    root = int(np.argmin(goals.sum(axis=1).round()))
    return _turn(_majorize(_radial(edges, kinds, goals[root], root), goals, weights)) * (WIDE, 1)


def _goals(edges: NDArray[np.int64], count: int) -> Floats:
    """How far apart each two nodes are to be, before the picture is stretched: along the shortest way.

    A line is as long as the discs of its ends ask for, with room for their neighbours; between communities, longer (Blondel et al.: Fast unfolding
    of communities in large networks, 2008, with a fixed seed, on numbers, since the order in sets of them does not change from run to run).
    """
    import networkx as nx
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    from kg.analyze import louvain

    group = np.zeros(count, dtype=int)
    if count > SMALL:
        for at, community in enumerate(louvain(nx.Graph(edges.tolist()), seed=0)):
            group[list(community)] = at
    shortest, step = (140, 50) if count <= SMALL else (110, 35)
    ends = np.bincount(edges.ravel(), minlength=count)
    reach = step * np.sqrt(ends)
    s, o = edges.T
    lengths = np.maximum(reach[s] + reach[o], shortest) * np.where(group[s] == group[o], 1.0, 1.5)
    hubs = (ends[s] == 1) & (ends[o] > CROWD) | (ends[o] == 1) & (ends[s] > CROWD)
    lengths[hubs] *= np.sqrt(0.2 + 0.8 * (np.arange(hubs.sum()) * GOLDEN % 1))
    goals = np.asarray(dijkstra(csr_array((lengths, (s, o)), shape=(count, count)), directed=False))
    longest = max(FARTHEST * math.sqrt(count), 2 * shortest)
    if goals.max() > longest:
        goals = shortest * (goals / shortest) ** (math.log(longest / shortest) / math.log(goals.max() / shortest))
    return goals


def _radial(edges: NDArray[np.int64], kinds: list[str], depth: Floats, root: int) -> Floats:
    """The places to start from: a tree of shortest ways around a root, each branch in a sector as wide as it has nodes, leaves by type."""
    near = _neighbours(edges, len(kinds))
    branches: dict[int, list[int]] = {}
    order, seen = [root], {root}
    for node in order:
        branches[node] = sorted(near[node] - seen, key=lambda one: (kinds[one], one))
        order.extend(branches[node])
        seen.update(branches[node])
    weight = np.ones(len(kinds))
    for node in reversed(order):
        weight[node] += weight[branches[node]].sum()
    angle = {root: (0.0, 2 * math.pi)}
    for node in order:
        start, width = angle[node]
        for branch in _mixed(branches[node], weight):
            share = width * weight[branch] / (weight[node] - 1)
            angle[branch] = (start, share)
            start += share
    middle = np.array([start + width / 2 for _, (start, width) in sorted(angle.items())]) + depth * TWIST
    return np.asarray(depth[:, None] * np.stack([np.cos(middle), np.sin(middle)], axis=1))


def _mixed(branches: list[int], weight: Floats) -> list[int]:
    """Branches that go on, with the leaves in runs between them."""
    leaves = [one for one in branches if weight[one] == 1]
    others = [one for one in branches if weight[one] > 1]
    if not others:
        return leaves
    cuts = [len(leaves) * at // len(others) for at in range(len(others) + 1)]
    return [one for at, other in enumerate(others) for one in (other, *leaves[cuts[at] : cuts[at + 1]])]


def _majorize(spots: Floats, goals: Floats, weights: Floats) -> Floats:
    """Places at which the distances are near to the goals: the sum over pairs of weight times squared difference goes down with each round."""
    rounds = 200 if len(goals) <= SMALL else 40
    total = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.inv(total + 1 / len(goals))
    pull = weights * goals
    for _ in range(rounds):
        square = np.square(spots).sum(axis=1)
        force = (-2 * spots) @ spots.T
        force += square
        force += square[:, None]
        np.sqrt(np.maximum(force, 1.0, out=force), out=force)
        np.divide(pull, force, out=force)
        before, spots = spots, inverse @ (force.sum(axis=1)[:, None] * spots - force @ spots)
        if np.abs(spots - before).max() < 0.5:
            break
    return spots


def _turn(spots: Floats) -> Floats:
    """Turned so that the longest way is across."""
    (xx, xy), (_, yy) = np.cov(spots.T)
    angle = math.atan2(2 * xy, xx - yy) / 2
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.asarray(spots @ np.array([[cosine, -sine], [sine, cosine]]))


def _separate(spots: Floats, sizes: Floats) -> Floats:
    """Boxes that overlap pushed apart, along the shorter way, until none do or for a hundred rounds."""
    sizes = sizes + PADDING
    for _ in range(100):
        order = np.argsort(spots[:, 0], kind="stable")
        across = spots[order, 0]
        counts = np.searchsorted(across, across + sizes[:, 0].max()) - np.arange(1, len(spots) + 1)
        first = np.repeat(np.arange(len(spots)), counts)
        s, o = order[first], order[first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)]
        gap = spots[o] - spots[s]
        lap = (sizes[s] + sizes[o]) / 2 - np.abs(gap)
        hit = (lap > 0).all(axis=1)
        if not hit.any():
            break
        s, o, gap, lap = s[hit], o[hit], gap[hit], lap[hit]
        axis = (lap[:, 0] > lap[:, 1]).astype(int)
        each = np.arange(len(s))
        push = (lap[each, axis] / 2 + 1) * np.where(gap[each, axis] < 0, -1, 1)
        moves, times = np.zeros_like(spots), np.zeros_like(spots)
        for ends, way in ((s, -push), (o, push)):
            np.add.at(moves, (ends, axis), way)
            np.add.at(times, (ends, axis), 1)
        spots = spots + moves / np.sqrt(np.maximum(times, 1))
    return spots


def _settle(spots: Floats, sizes: Floats) -> Floats:
    """Places on the grid, from top to bottom; a box that would lie on one above it goes down until it does not."""
    spots = np.round(spots / GRID) * GRID
    order = np.lexsort((spots[:, 0], spots[:, 1]))
    for at, node in enumerate(order):
        above = order[:at]
        under = above[np.abs(spots[above, 0] - spots[node, 0]) < (sizes[above, 0] + sizes[node, 0]) / 2]
        if len(under):
            lowest = (spots[under, 1] + (sizes[under, 1] + sizes[node, 1]) / 2).max()
            spots[node, 1] = max(spots[node, 1], math.ceil(lowest / GRID) * GRID)
    return spots


def _cells(blocks: list[Block]) -> list[Block]:
    """The blocks as large as one or more cells of a table, a cell being as large as the largest block of one or two nodes."""
    tiny = [block.size for block in blocks if len(block.nodes) < 3]
    width, height = (max((size[axis] for size in tiny), default=0.0) for axis in (0, 1))
    if not tiny:
        return blocks
    cells = []
    for block in blocks:
        across, down = (math.ceil((block.size[axis] + MARGIN) / (side + MARGIN)) for axis, side in ((0, width), (1, height)))
        lower = (height - block.size[1]) // (2 * GRID) * GRID if len(block.nodes) < 3 else 0.0
        size = (across * (width + MARGIN) - MARGIN, down * (height + MARGIN) - MARGIN)
        cells.append(Block(block.nodes, np.add(block.spots, (0.0, lower)), size))
    return cells


def _pack(blocks: list[Block]) -> list[tuple[float, float]]:
    """The left upper corner of each block, where together they fill a rectangle about as wide as a screen."""
    sizes = [block.size for block in blocks]
    side = math.sqrt(sum((width + MARGIN) * (height + MARGIN) for width, height in sizes) * WIDE)
    tries = []
    for part in range(16, 32, 2):
        corners = _shelve(sizes, max(side * part / 20, *(width for width, _ in sizes), 0.0))
        right = max((left + width for (left, _), (width, _) in zip(corners, sizes, strict=True)), default=0.0)
        bottom = max((top + height for (_, top), (_, height) in zip(corners, sizes, strict=True)), default=0.0)
        tries.append((max(right, WIDE * bottom), corners))
    return min(tries)[1]


def _shelve(sizes: list[tuple[float, float]], limit: float) -> list[tuple[float, float]]:
    """Corners of rectangles in a strip of this width: each as high up as it goes, then as far left, upon a skyline of those before it."""
    sky = [(0.0, 0.0)]
    corners = []
    for width, height in sizes:
        fits = []
        for left, _ in sky:
            if left + width <= limit:
                ends = [*(x for x, _ in sky[1:]), math.inf]
                fits.append((max(y for (x, y), end in zip(sky, ends, strict=True) if x < left + width and end > left), left))
        top, left = min(fits)
        corners.append((left, top))
        right = left + width + MARGIN
        after = [y for x, y in sky if x <= right][-1]
        sky = sorted([*((x, y) for x, y in sky if x < left or x > right), (left, top + height + MARGIN), (right, after)])
    return [(round(left / GRID) * GRID, round(top / GRID) * GRID) for left, top in corners]
