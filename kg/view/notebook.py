"""The page inside a notebook."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from kg.view.page import render

if TYPE_CHECKING:
    import networkx as nx


class Shown:
    """A page that Jupyter and its relatives draw as the value of a cell; ``page`` is its HTML, to be written to a file elsewhere."""

    def __init__(self, page: str, height: int) -> None:
        """Of a whole page; ``height`` in pixels."""
        self.page, self._height = page, height

    def _repr_html_(self) -> str:
        """The page in a frame that can run its own scripts and reach nothing of the notebook."""
        style = f"width:100%;height:{self._height}px;border:1px solid #d5dbe1"
        return f'<iframe sandbox="allow-scripts" title="Dealgraph" style="{style}" srcdoc="{html.escape(self.page)}"></iframe>'


def show(graph: nx.MultiDiGraph, *, height: int = 640) -> Shown:
    """A projected graph as the value of a notebook's cell, ``height`` pixels high.

    >>> from kg.analyze import project
    >>> show(project(open_store("kg-out")))._repr_html_()[:33]
    '<iframe sandbox="allow-scripts" t'
    """
    return Shown(render(graph), height)
