"""How things are drawn and what they are called in the picture; every colour stands at least 3:1 off its background, every word 4.5:1."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from kg import analyze, vocab

if TYPE_CHECKING:
    import networkx as nx

Words = dict[str, str]
"""A text by language tag, "en" and "zh"."""


class Look(NamedTuple):
    """How nodes of a type are drawn: a shape of vis-network, the same as an SVG path for the legend, and colours."""

    shape: str
    path: str
    """In a box of 24 by 22."""
    fill: str
    """On white."""
    dark: str
    """On a dark page."""
    inside: str = ""
    """Of a label inside the shape; "" where the label stands below it."""
    inside_dark: str = ""
    border: str = ""
    """"" for that of the fill."""
    border_dark: str = ""


LOOKS = {
    "Company": Look("box", "M4 4h16a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H4a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3z", "#1f4e79", "#8ab8e6", "#ffffff", "#0c141d"),
    "Organization": Look("square", "M4 3h16v16H4z", "#7a5bb0", "#b8a2e0"),
    "Person": Look("dot", "M12 3a8 8 0 1 1 0 16a8 8 0 1 1 0-16z", "#ab4f89", "#e39cc6"),
    "Product": Look("hexagon", "M6 3h12l5 8-5 8H6l-5-8z", "#2580b5", "#66c2ee"),
    "Deal": Look("diamond", "M12 1l10 10-10 10L2 11z", "#c9741a", "#f3b35c"),
    "Asset": Look("ellipse", "M12 4a11 7 0 1 1 0 14a11 7 0 1 1 0-14z", "#b9deb1", "#2f5f3c", border="#4d8a45", border_dark="#8fd09b"),
    "Capability": Look("star", "M12 1l3 7h7l-6 5 3 8-7-5-7 5 3-8-6-5h7z", "#2c8442", "#70cf88"),
    "Strategy": Look("triangle", "M12 2l11 18H1z", "#1b8379", "#57c9bd"),
    "Challenge": Look("triangleDown", "M12 20L1 2h22z", "#c8403b", "#f28c84"),
}


class Line(NamedTuple):
    """How edges of a status are drawn; no two look alike without colour either."""

    dashes: tuple[int, ...]
    colour: str
    dark: str
    tone: str
    """How the status is tinted in the panel: "fact", "doubt", "no" or ""."""
    mark: str = ""
    """What stands at the middle: "dot", "query", "cross", "slash" or "stop"."""


UNKNOWN = "Unknown"
"""Status of a deal of which no claim says one."""

LINES = {
    "Stated": Line((), "#4a5a6a", "#a9b6c4", "fact"),
    "Completed": Line((), "#1f4e79", "#8ab8e6", "fact", "dot"),
    "Announced": Line((16, 6), "#1f4e79", "#8ab8e6", ""),
    "Talks": Line((12, 4, 3, 4), "#96600c", "#e3b363", ""),
    "Considered": Line((12, 4, 3, 4, 3, 4), "#96600c", "#e3b363", ""),
    "Rumoured": Line((7, 5), "#96600c", "#e3b363", "doubt", "query"),
    "Reported": Line((7, 5), "#4a5a6a", "#a9b6c4", "doubt"),
    "Possible": Line((2, 5), "#4a5a6a", "#a9b6c4", "doubt"),
    "Denied": Line((), "#c0392b", "#ff8a7d", "no", "cross"),
    "Negated": Line((), "#c0392b", "#ff8a7d", "no", "slash"),
    "Terminated": Line((), "#7f8993", "#7d8894", "no", "stop"),
    UNKNOWN: Line((4, 8), "#7f8993", "#7d8894", ""),
}
"""By status, in the order of the legend."""


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
