"""The graph as one HTML page that needs nothing else: no network, no other file. What comes from articles is text there, never markup."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kg import analyze, vocab

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

MAX_NODES = 300
"""More cannot be read in one picture; the page says when it leaves some out."""

MAX_SAYINGS = 20
"""Of an edge or a deal, the newest; the page says when there are more."""

UNIT = 140
"""Pixels between two neighbours that the layout aims at."""

GRID = 10
"""Positions are rounded to it, so that the last bits of a float do not show in the file."""


class Look(NamedTuple):
    """How nodes of a type are drawn: a shape of vis-network, the same as SVG for the legend, its colour and that of a label inside it."""

    shape: str
    drawing: str
    fill: str
    inside: str = ""


LOOKS = {
    "Company": Look("box", '<rect x="1" y="4" width="22" height="14" rx="3"/>', "#1f4e79", "#ffffff"),
    "Organization": Look("square", '<rect x="4" y="3" width="16" height="16"/>', "#8e6bbf"),
    "Person": Look("dot", '<circle cx="12" cy="11" r="8"/>', "#c26aa5"),
    "Product": Look("hexagon", '<path d="M6 3h12l5 8-5 8H6l-5-8z"/>', "#3a9bd1"),
    "Deal": Look("diamond", '<path d="M12 1l10 10-10 10L2 11z"/>', "#f2a33a"),
    "Asset": Look("ellipse", '<ellipse cx="12" cy="11" rx="11" ry="7"/>', "#b7dfb0", "#1d2733"),
    "Capability": Look("star", '<path d="M12 1l3 7h7l-6 5 3 8-7-5-7 5 3-8-6-5h7z"/>', "#3c9d4e"),
    "Strategy": Look("triangle", '<path d="M12 2l11 18H1z"/>', "#2aa198"),
    "Challenge": Look("triangleDown", '<path d="M12 20L1 2h22z"/>', "#d9534f"),
}

SOLID, LONG, DASH, DOT = [], [14, 6], [7, 5], [2, 5]  # type: tuple[list[int], list[int], list[int], list[int]]
LINES = {
    "Stated": (SOLID, "#4a5a6a", "fact"), "Completed": (SOLID, "#1f4e79", "fact"), "Announced": (LONG, "#1f4e79", ""),
    "Talks": (DASH, "#b9770e", ""), "Considered": (DASH, "#b9770e", ""), "Rumoured": (DASH, "#b9770e", "doubt"),
    "Reported": (DASH, "#4a5a6a", "doubt"), "Possible": (DOT, "#4a5a6a", "doubt"), "Denied": (SOLID, "#c0392b", "no"),
    "Negated": (SOLID, "#c0392b", "no"), "Terminated": (SOLID, "#a9b2ba", "no"),
}  # fmt: skip
"""Of an edge by its status: dashes, colour, and how the status is tinted in the panel."""

_OPTIONS = {
    "physics": {"enabled": False},
    "interaction": {"hover": True},
    "nodes": {"font": {"size": 16, "face": "system-ui, sans-serif", "color": "#1d2733"}, "margin": 8},
    "edges": {"font": {"size": 12, "color": "#4a5a6a", "face": "system-ui, sans-serif", "strokeWidth": 4}, "arrows": {"to": {"scaleFactor": 0.6}}},
}

Words = dict[str, str]


def render(graph: nx.MultiDiGraph) -> str:
    """The page for a projected graph, with at most ``MAX_NODES`` nodes, those that matter most; the same graph gives the same text."""
    from pyvis.network import Network

    shown = _most_important(graph)
    places = _layout(shown)
    network = Network(directed=True, height="100%", width="100%", cdn_resources="in_line")
    for node in sorted(shown):
        look, (x, y) = LOOKS[shown.nodes[node]["type"]], places[node]
        style: dict[str, Any] = {"size": 28 if look.shape == "diamond" else 15}
        if look.inside:
            style["font"] = {"color": look.inside, "size": 20 if look.shape == "box" else 16}
        network.add_node(node, label=_caption(shown, node, "en"), shape=look.shape, color=look.fill, x=x, y=y, **style)
    details = _details(shown)
    parallel: Counter[frozenset[str]] = Counter(frozenset((edge["from"], edge["to"])) for edge in details["edges"].values())
    drawn: Counter[tuple[str, str]] = Counter()
    for key, edge in details["edges"].items():
        dashes, colour, _ = LINES.get(edge["stage"], LINES["Possible"])
        pair = (edge["from"], edge["to"])
        drawn[pair] += 1
        bend = {"type": "curvedCW", "roundness": 0.15 * drawn[pair]} if parallel[frozenset(pair)] > 1 else False
        width = 1 + min(edge["support"], 4)
        network.add_edge(*pair, id=key, label=edge["caption"]["en"], dashes=dashes or False, color=colour, width=width, smooth=bend)
    network.set_options(json.dumps(_OPTIONS))
    return _page(network.generate_html(), details, hidden=len(graph) - len(shown))


def _most_important(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """The part that is drawn: what is joined to something, by rank."""
    ranked = [node for node, _ in analyze.rank(graph) if graph.degree(node)]
    return graph.subgraph(ranked[:MAX_NODES])


def _layout(graph: nx.MultiDiGraph) -> dict[str, tuple[int, int]]:
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
    lines = _caption(graph, node, "en").split("\n")
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


def _details(graph: nx.MultiDiGraph) -> dict[str, Any]:
    """What the page shows on a click, and its captions in both languages."""
    nodes: dict[str, Any] = {}
    for node in sorted(graph):
        data = graph.nodes[node]
        nodes[node] = {
            "name": {tag: analyze.label(graph, node, tag) for tag in ("en", "zh")},
            "caption": {tag: _caption(graph, node, tag) for tag in ("en", "zh")},
            "type": _words(data["kind"] or data["type"]),
            **_told(data.get("sayings", ())),
        }
    edges: dict[str, Any] = {}
    for s, o, key, edge in sorted(graph.edges(keys=True, data=True), key=lambda one: one[:3]):
        status = edge["status"]
        edges[key if "sayings" in edge else f"{s} {key} {o}"] = {
            "from": s, "to": o, "predicate": _relation(graph, edge), "stage": status, "status": _words(status),
            "tone": LINES.get(status, LINES["Possible"])[2], "support": edge.get("support", 0), "disputed": edge.get("disputed", False),
            "caption": {tag: _edge_caption(graph, edge, tag) for tag in ("en", "zh")}, **_told(edge.get("sayings", ())),
        }  # fmt: skip
    return {"nodes": nodes, "edges": edges}


def _told(sayings: Sequence[analyze.Saying]) -> dict[str, Any]:
    """What is said, the newest last, and how much more there is."""
    told = [saying._asdict() | {"status": _words(saying.status), "tone": LINES.get(saying.status, LINES["Possible"])[2]} for saying in sayings]
    return {"sayings": told[-MAX_SAYINGS:], "more": len(told[:-MAX_SAYINGS])}


def _caption(graph: nx.MultiDiGraph, node: str, language: str) -> str:
    """A node's label in short lines; of a deal its kind and status, since its parties stand beside it."""
    data = graph.nodes[node]
    if data["type"] == "Deal":
        return "\n".join(_words(term)[language] for term in (data["kind"] or "Deal", data["status"]) if term)
    name = analyze.label(graph, node, language)
    wide = vocab.script_language(name) == "zh"
    lines = [name[at : at + 12] for at in range(0, len(name), 12)] if wide else textwrap.wrap(name, 22)
    return "\n".join(lines if len(lines) <= 4 else [*lines[:3], lines[3] + " …"])


def _edge_caption(graph: nx.MultiDiGraph, edge: dict[str, Any], language: str) -> str:
    """The relation, and the status where it is not plainly a fact."""
    name = _relation(graph, edge)[language]
    if "sayings" not in edge or edge["status"] in ("Stated", "Completed"):
        return name
    doubt = [_words(edge["status"])[language], *([{"en": "disputed", "zh": "说法不一"}[language]] if edge["disputed"] else [])]
    return f"{name} ({', '.join(doubt)})" if language == "en" else f"{name}（{'，'.join(doubt)}）"


def _relation(graph: nx.MultiDiGraph, edge: dict[str, Any]) -> Words:
    return {tag: analyze.relation(graph, edge["predicate"], tag) for tag in ("en", "zh")}


def _words(term: str) -> Words:
    """A term of the ontology in both languages."""
    labels = vocab.term_labels().get(term, {})
    return {tag: labels.get(tag, term) for tag in ("en", "zh")}


def _page(drawn: str, details: dict[str, Any], *, hidden: int) -> str:
    """Our page around the inline styles and scripts of pyvis's; what that one would fetch from elsewhere stays behind."""
    scripts = [body for body in re.findall(r'<script(?: type="text/javascript")?>(.*?)</script>', drawn, re.DOTALL) if body.strip()]
    nodes, links = len(details["nodes"]), len(details["edges"])
    parts = {
        "styles": "\n".join(f"<style>{body}</style>" for body in re.findall(r"<style[^>]*>(.*?)</style>", drawn, re.DOTALL)),
        "scripts": "\n".join(f"<script>{body}</script>" for body in scripts),
        "summary": _both(
            f"{nodes} nodes, {links} links" + (f"; {hidden} less important or unlinked nodes are left out" if hidden else ""),
            f"{nodes} 个节点，{links} 条关系" + (f"，略去 {hidden} 个次要或孤立节点" if hidden else ""),
        ),
        "legend": _legend(details),
        "details": json.dumps(details, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c"),
        "policy": "<!--policy-->",
    }
    template = Path(__file__).with_name("view.html").read_text("utf-8")
    page = re.sub(r"<!--(\w+)-->", lambda place: parts[place[1]], template).replace("\r", "")
    hashes = [hashlib.sha256(body.encode()).digest() for body in re.findall(r"<script>(.*?)</script>", page, re.DOTALL)]
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes)
    policy = f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return page.replace("<!--policy-->", policy, 1)


def _legend(details: dict[str, Any]) -> str:
    """The shapes and lines that occur in the picture."""
    types = {look: _words(look) for look in LOOKS}
    present = {node["type"]["en"] for node in details["nodes"].values()}
    kinds = {_words(kind)["en"] for kind in ("Acquisition", "Merger", "Investment", "Partnership")}
    lines = [f"<h3>{_both('Shapes', '图形')}</h3>"]
    for name, look in LOOKS.items():
        if types[name]["en"] in present or (name == "Deal" and present & kinds):
            lines.append(f'<div><svg width="24" height="22" fill="{look.fill}">{look.drawing}</svg>{_both(**types[name])}</div>')
    lines.append(f"<h3>{_both('Lines', '线条')}</h3>")
    stages = {edge["stage"] for edge in details["edges"].values()}
    for status, (dashes, colour, _) in LINES.items():
        if status in stages:
            stroke = f'<path d="M0 11h40" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{" ".join(map(str, dashes)) or "none"}"/>'
            lines.append(f'<div><svg width="40" height="22">{stroke}</svg>{_both(**_words(status))}</div>')
    return "\n".join(lines)


def _both(en: str, zh: str) -> str:
    """A text that the language switch exchanges."""
    return f'<span data-en="{html.escape(en)}" data-zh="{html.escape(zh)}">{html.escape(en)}</span>'
