"""The graph as one HTML page that needs nothing else: no network, no other file. What comes from articles is text there, never markup."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import analyze
from kg.view.layout import layout
from kg.view.looks import LINES, LOOKS, Words, caption, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

MAX_NODES = 300
"""More cannot be read in one picture; the page says when it leaves some out."""

MAX_SAYINGS = 20
"""Of an edge or a deal, the newest; the page says when there are more."""

_OPTIONS = {
    "physics": {"enabled": False},
    "interaction": {"hover": True},
    "nodes": {"font": {"size": 16, "face": "system-ui, sans-serif", "color": "#1d2733"}, "margin": 8},
    "edges": {"font": {"size": 12, "color": "#4a5a6a", "face": "system-ui, sans-serif", "strokeWidth": 4}, "arrows": {"to": {"scaleFactor": 0.6}}},
}


def render(graph: nx.MultiDiGraph) -> str:
    """The page for a projected graph, with at most ``MAX_NODES`` nodes, those that matter most; the same graph gives the same text."""
    from pyvis.network import Network

    shown = _most_important(graph)
    places = layout(shown)
    network = Network(directed=True, height="100%", width="100%", cdn_resources="in_line")
    for node in sorted(shown):
        look, (x, y) = LOOKS[shown.nodes[node]["type"]], places[node]
        style: dict[str, Any] = {"size": 28 if look.shape == "diamond" else 15}
        if look.inside:
            style["font"] = {"color": look.inside, "size": 20 if look.shape == "box" else 16}
        network.add_node(node, label=caption(shown, node, "en"), shape=look.shape, color=look.fill, x=x, y=y, **style)
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


def _details(graph: nx.MultiDiGraph) -> dict[str, Any]:
    """What the page shows on a click, and its captions in both languages."""
    nodes: dict[str, Any] = {}
    for node in sorted(graph):
        data = graph.nodes[node]
        nodes[node] = {
            "name": {tag: analyze.label(graph, node, tag) for tag in ("en", "zh")},
            "caption": {tag: caption(graph, node, tag) for tag in ("en", "zh")},
            "type": words(data["kind"] or data["type"]),
            **_told(data.get("sayings", ())),
        }
    edges: dict[str, Any] = {}
    for s, o, key, edge in sorted(graph.edges(keys=True, data=True), key=lambda one: one[:3]):
        status = edge["status"]
        edges[key if "sayings" in edge else f"{s} {key} {o}"] = {
            "from": s, "to": o, "predicate": _relation(graph, edge), "stage": status, "status": words(status),
            "tone": LINES.get(status, LINES["Possible"])[2], "support": edge.get("support", 0), "disputed": edge.get("disputed", False),
            "caption": {tag: _edge_caption(graph, edge, tag) for tag in ("en", "zh")}, **_told(edge.get("sayings", ())),
        }  # fmt: skip
    return {"nodes": nodes, "edges": edges}


def _told(sayings: Sequence[analyze.Saying]) -> dict[str, Any]:
    """What is said, the newest last, and how much more there is."""
    told = [saying._asdict() | {"status": words(saying.status), "tone": LINES.get(saying.status, LINES["Possible"])[2]} for saying in sayings]
    return {"sayings": told[-MAX_SAYINGS:], "more": len(told[:-MAX_SAYINGS])}


def _edge_caption(graph: nx.MultiDiGraph, edge: dict[str, Any], language: str) -> str:
    """The relation, and the status where it is not plainly a fact."""
    name = _relation(graph, edge)[language]
    if "sayings" not in edge or edge["status"] in ("Stated", "Completed"):
        return name
    doubt = [words(edge["status"])[language], *([{"en": "disputed", "zh": "说法不一"}[language]] if edge["disputed"] else [])]
    return f"{name} ({', '.join(doubt)})" if language == "en" else f"{name}（{'，'.join(doubt)}）"


def _relation(graph: nx.MultiDiGraph, edge: dict[str, Any]) -> Words:
    return {tag: analyze.relation(graph, edge["predicate"], tag) for tag in ("en", "zh")}


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
    template = Path(__file__).with_name("page.html").read_text("utf-8")
    page = re.sub(r"<!--(\w+)-->", lambda place: parts[place[1]], template).replace("\r", "")
    hashes = [hashlib.sha256(body.encode()).digest() for body in re.findall(r"<script>(.*?)</script>", page, re.DOTALL)]
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes)
    policy = f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return page.replace("<!--policy-->", policy, 1)


def _legend(details: dict[str, Any]) -> str:
    """The shapes and lines that occur in the picture."""
    types = {look: words(look) for look in LOOKS}
    present = {node["type"]["en"] for node in details["nodes"].values()}
    kinds = {words(kind)["en"] for kind in ("Acquisition", "Merger", "Investment", "Partnership")}
    lines = [f"<h3>{_both('Shapes', '图形')}</h3>"]
    for name, look in LOOKS.items():
        if types[name]["en"] in present or (name == "Deal" and present & kinds):
            lines.append(f'<div><svg width="24" height="22" fill="{look.fill}">{look.drawing}</svg>{_both(**types[name])}</div>')
    lines.append(f"<h3>{_both('Lines', '线条')}</h3>")
    stages = {edge["stage"] for edge in details["edges"].values()}
    for status, (dashes, colour, _) in LINES.items():
        if status in stages:
            stroke = f'<path d="M0 11h40" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{" ".join(map(str, dashes)) or "none"}"/>'
            lines.append(f'<div><svg width="40" height="22">{stroke}</svg>{_both(**words(status))}</div>')
    return "\n".join(lines)


def _both(en: str, zh: str) -> str:
    """A text that the language switch exchanges."""
    return f'<span data-en="{html.escape(en)}" data-zh="{html.escape(zh)}">{html.escape(en)}</span>'
