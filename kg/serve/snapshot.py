"""One version of a graph, as pages are made from it until a build puts another in its place."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kg import analyze, query, vocab
from kg.model import ENTITY_TYPES
from kg.query import Rows
from kg.store import open_store, output_folder, version

if TYPE_CHECKING:
    from collections.abc import Collection

    from kg.store import Store

KINDS = (*ENTITY_TYPES, "Deal", "Document", "Source")
"""What has a page that search finds; a node of several kinds counts as the first of these."""


class Snapshot:
    """An opened store with what is worked out of all of it, once; ``kg.serve.pages.prepare`` sees to that before people ask."""

    def __init__(self, place: Path | str, rows: int | None = None) -> None:
        """Open an output folder, a store or an RDF file; ``rows`` is how many an answer to a question may have.

        Raises InputError when there is none.
        """
        self._most = rows
        self.version = version(place)
        self.store: Store = open_store(place)
        self.folder = output_folder(place)
        """The output folder of the build, None for an RDF file."""

    def ask(self, name: str, /, **given: str) -> Rows:
        """The first rows of a named question. Raises QueryError as ``kg.query.ask`` does."""
        rows = query.ask(self.store, name, **given)
        return rows._replace(rows=rows.rows[: self._most])

    @cached_property
    def mentions(self) -> dict[str, int]:
        """In how many claims and edges each node stands: what matters most has the most."""
        return analyze.mentions(self.store)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """What each thing, deal, document and source is, by IRI."""
        place = {vocab.KG + kind: number for number, kind in enumerate(KINDS)}
        rows = self.store.select(f"SELECT ?node ?class {{ VALUES ?class {{ {' '.join(f'kg:{kind}' for kind in KINDS)} }} ?node a ?class }}")
        found: dict[str, int] = {}
        for row in rows:
            node, kind = (str(getattr(row[name], "value", "")) for name in ("node", "class"))
            found[node] = min(found.get(node, len(KINDS)), place[kind])
        return {node: KINDS[number] for node, number in found.items()}

    @cached_property
    def ends(self) -> dict[str, tuple[str, str]]:
        """Subject and object of each edge, by IRI."""
        return analyze.edges_of(self.store)

    @cached_property
    def _edges(self) -> dict[str, list[str]]:
        """The edges of each node."""
        found: dict[str, list[str]] = defaultdict(list)
        for edge, pair in self.ends.items():
            for end in dict.fromkeys(pair):
                found[end].append(edge)
        return found

    def edges_of(self, nodes: Collection[str]) -> dict[str, tuple[str, str]]:
        """The edges that any of these nodes is an end of, as ``analyze.edges_of`` has them; at once where all have been looked up already."""
        if "ends" not in self.__dict__:
            return analyze.edges_of(self.store, nodes)
        return {edge: self.ends[edge] for node in nodes for edge in self._edges.get(node, ())}

    @property
    def base_iri(self) -> str:
        """What the IRIs of its things begin with."""
        return self.store.base_iri
