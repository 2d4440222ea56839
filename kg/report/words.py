"""Words of articles on paper: on one line, and never Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kg import analyze
from kg.query import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx as nx

LONGEST = 300
"""Code points of a quote that are shown."""


def plain(text: str) -> str:
    """A text on one line, without signs that steer a terminal, cut where it is long."""
    line = one_line(text)
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


def markdown(text: str) -> str:
    """A text that Markdown shows as it is: no markup, no link, no HTML, also at the start of a line."""
    escaped = re.sub(r"(?i)([\\`*_{}\[\]<>#|~&$!@]|:(?=//)|(?<=www)\.)", r"\\\1", plain(text))
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", escaped)


def name(graph: nx.MultiDiGraph, node: str) -> str:
    """Label of a node, as Markdown."""
    return markdown(analyze.label(graph, node))


def speaker(saying: analyze.Saying) -> str:
    """Who says something, as Markdown."""
    return markdown(saying.source) if saying.source else "the article"


def quoted(saying: analyze.Saying) -> str:
    """Its words, as Markdown."""
    return " ".join(f"“{markdown(quote)}”" for quote in saying.quotes)


def where(saying: analyze.Saying) -> str:
    """In which document, when, and whether it is taken back."""
    parts = [saying.document, saying.date, "taken back further down" if saying.superseded else ""]
    return ", ".join(plain(part) for part in parts if part)


def sorted_edges(graph: nx.MultiDiGraph, predicates: Iterable[str] = ()) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Edges, of these predicates if some are named, in the order of their ends' labels."""
    wanted = set(predicates)
    edges = [(s, o, key, edge) for s, o, key, edge in graph.edges(keys=True, data=True) if not wanted or edge["predicate"] in wanted]
    return sorted(edges, key=lambda one: (analyze.label(graph, one[0]), one[3]["predicate"], analyze.label(graph, one[1]), one[:3]))


def value(term: object) -> str:
    """What a term of RDF says, as text."""
    return str(getattr(term, "value", term))
