"""One version of a graph, as the service answers from it until a build puts another in its place."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kg import analyze
from kg.query import names_of_nodes
from kg.store import open_store, output_folder

if TYPE_CHECKING:
    import networkx as nx

    from kg.query import Name
    from kg.store import Store


class Snapshot:
    """An opened store with what is worked out of it once, when it is first asked for."""

    def __init__(self, place: Path | str) -> None:
        """Open an output folder, a store or an RDF file.

        Raises InputError when there is none.
        """
        self.store: Store = open_store(place)
        self.folder = output_folder(place)
        """The output folder of the build, None for an RDF file."""

    @cached_property
    def graph(self) -> nx.MultiDiGraph:
        """The projected graph."""
        return analyze.project(self.store)

    @cached_property
    def names(self) -> list[Name]:
        """What everything is called, to search in."""
        return names_of_nodes(self.store)

    @property
    def base_iri(self) -> str:
        """What the IRIs of its things begin with."""
        return self.store.base_iri
