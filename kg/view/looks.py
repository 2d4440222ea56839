"""How things are drawn and what they are called in the picture."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from kg import analyze, vocab

if TYPE_CHECKING:
    import networkx as nx

Words = dict[str, str]
"""A text by language tag, "en" and "zh"."""


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


def caption(graph: nx.MultiDiGraph, node: str, language: str) -> str:
    """A node's label in short lines; of a deal its kind and status, since its parties stand beside it."""
    data = graph.nodes[node]
    if data["type"] == "Deal":
        return "\n".join(words(term)[language] for term in (data["kind"] or "Deal", data["status"]) if term)
    name = analyze.label(graph, node, language)
    wide = vocab.script_language(name) == "zh"
    lines = [name[at : at + 12] for at in range(0, len(name), 12)] if wide else textwrap.wrap(name, 22)
    return "\n".join(lines if len(lines) <= 4 else [*lines[:3], lines[3] + " …"])


def words(term: str) -> Words:
    """A term of the ontology in both languages."""
    labels = vocab.term_labels().get(term, {})
    return {tag: labels.get(tag, term) for tag in ("en", "zh")}
