"""The graph as one HTML page that needs nothing else: no network, no other file. What comes from articles is text there, never markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import analyze
from kg.view.data import MAX_KEPT, encode
from kg.view.layout import layout

if TYPE_CHECKING:
    import networkx as nx

MAX_NODES = 1_000
"""Drawn at first, those that matter most: more cannot be read in one picture. Search and "expand" bring the others."""

SCRIPTS = ("model.js", "picture.js", "labels.js", "panel.js", "list.js", "filters.js", "address.js", "page.js")
"""In the order in which they need each other; inside one function, so that they share names with nobody else."""

_OPTIONS = {
    "physics": {"enabled": False},
    "interaction": {"hover": True, "selectConnectedEdges": False, "tooltipDelay": 1_000_000},
    "nodes": {"chosen": False, "font": {"size": 20, "face": "system-ui, sans-serif"}, "margin": {"top": 7, "right": 10, "bottom": 7, "left": 10}},
    "edges": {"chosen": False, "smooth": False, "arrows": {"to": {"enabled": True, "scaleFactor": 0.6}}},
}


def render(graph: nx.MultiDiGraph, *, max_nodes: int = MAX_NODES) -> str:
    """The page for a projected graph, which draws at most ``max_nodes`` nodes at first; the same graph gives the same text."""
    kept = [node for node, _ in analyze.rank(graph) if graph.degree(node)][:MAX_KEPT]
    drawn = kept[:max_nodes]
    places = layout(graph.subgraph(drawn))
    return _page(encode(graph, kept, len(drawn)) | {"options": _OPTIONS, "places": [places[node] for node in drawn]})


@cache
def _vis_network() -> str:
    """The script of vis-network as pyvis brings it; what else a page of pyvis has, or would fetch from elsewhere, stays behind.

    Its own drawing script would draw everything twice, first without, then with our looks: half a second at 1,000 nodes.
    """
    from pyvis.network import Network

    page: str = Network(directed=True, cdn_resources="in_line").generate_html()
    scripts: list[str] = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return max(scripts, key=len).replace("\r", "")


def _page(encoded: dict[str, Any]) -> str:
    """Our page around the scripts; the policy names each of them, and the style sheet, by its hash."""
    own = "\n".join(_file(name) for name in SCRIPTS)
    scripts = (_vis_network(), f'\n(function () {{\n"use strict";\n{own}}})();\n')
    style = _file("page.css")
    parts = {
        "style": f"<style>{style}</style>",
        "scripts": "\n".join(f"<script>{body}</script>" for body in scripts),
        "graph": _json(encoded),
        "policy": (f"default-src 'none'; script-src {' '.join(map(_hash, scripts))}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"),
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
