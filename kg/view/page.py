"""The graph as one HTML page that needs nothing else: no network, no other file. What comes from articles is text there, never markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import analyze
from kg.view.data import MAX_KEPT, encode
from kg.view.layout import layout
from kg.view.looks import LOOKS, caption

if TYPE_CHECKING:
    import networkx as nx

MAX_NODES = 1_000
"""Drawn at first, those that matter most: more cannot be read in one picture. Search and "expand" bring the others."""

SCRIPTS = ("model.js", "picture.js", "labels.js", "panel.js", "filters.js", "page.js")
"""In the order in which they need each other; inside one function, so that they share names with nobody else."""

_OPTIONS = {
    "physics": {"enabled": False},
    "interaction": {"hover": True, "selectConnectedEdges": False, "tooltipDelay": 1_000_000},
    "nodes": {"chosen": False, "font": {"size": 18, "face": "system-ui, sans-serif"}, "margin": {"top": 7, "right": 10, "bottom": 7, "left": 10}},
    "edges": {"chosen": False, "smooth": False, "arrows": {"to": {"enabled": True, "scaleFactor": 0.6}}},
}


def render(graph: nx.MultiDiGraph, *, max_nodes: int = MAX_NODES) -> str:
    """The page for a projected graph, which draws at most ``max_nodes`` nodes at first; the same graph gives the same text."""
    kept = [node for node, _ in analyze.rank(graph) if graph.degree(node)][:MAX_KEPT]
    drawn = kept[:max_nodes]
    return _page(_drawing(graph, drawn), encode(graph, kept, len(drawn)))


def _drawing(graph: nx.MultiDiGraph, drawn: list[str]) -> list[str]:
    """Pyvis's scripts, that is vis-network and the nodes in their places; what else its page has, or would fetch from elsewhere, stays behind.

    Nodes are numbers there. Their looks, which change with language and filters, and the edges come from our own script.
    """
    from pyvis.network import Network

    network, places = Network(directed=True, cdn_resources="in_line"), layout(graph.subgraph(drawn))
    for number, node in enumerate(drawn):
        look, (x, y) = LOOKS[graph.nodes[node]["type"]], places[node]
        network.add_node(number, label=caption(graph, node, "en") if look.inside else " ", shape=look.shape, x=x, y=y)
    network.set_options(json.dumps(_OPTIONS))
    scripts = re.findall(r'<script(?: type="text/javascript")?>(.*?)</script>', network.generate_html(), re.DOTALL)
    return [body for body in scripts if "vis-network" in body or "vis.DataSet" in body]


def _page(drawing: list[str], encoded: dict[str, Any]) -> str:
    """Our page around the scripts; the policy names each of them, and the style sheet, by its hash."""
    own = "\n".join(_file(name) for name in SCRIPTS)
    scripts = [body.replace("\r", "") for body in (*drawing, f'\n(function () {{\n"use strict";\n{own}}})();\n')]
    style = _file("page.css")
    parts = {
        "style": f"<style>{style}</style>",
        "scripts": "\n".join(f"<script>{body}</script>" for body in scripts),
        "graph": _json(encoded),
        "policy": (
            f"default-src 'none'; script-src {' '.join(map(_hash, scripts))}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
        ),
    }
    return re.sub(r"<!--(\w+)-->", lambda place: parts[place[1]], _file("page.html"))


def _json(encoded: dict[str, Any]) -> str:
    """As JSON that a script element can hold whatever the texts are: no "<", no line separators, no lone surrogates."""
    text = json.dumps(encoded, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return re.sub("[<\u2028\u2029\ud800-\udfff]", lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _hash(body: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")
