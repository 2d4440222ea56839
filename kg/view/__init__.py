"""The graph as one HTML page that needs nothing else."""

from kg.view.notebook import show
from kg.view.page import MAX_NODES, render

__all__ = ["MAX_NODES", "render", "show"]
