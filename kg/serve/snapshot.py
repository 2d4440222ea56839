"""One version of a graph, as the service answers from it until a build puts another in its place."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import analyze, query, vocab
from kg.errors import QueryError
from kg.query import Rows, names_of_nodes
from kg.store import open_store, output_folder

if TYPE_CHECKING:
    import networkx as nx

    from kg.query import Name
    from kg.query.pool import Pool
    from kg.store import Store


class UnansweredError(QueryError):
    """A query that got no answer: it took too long, or there was nobody to run it."""

    def __init__(self, reason: str, status: int) -> None:
        """With the status that HTTP has for it."""
        super().__init__(reason)
        self.status = status


class Snapshot:
    """An opened store with what is worked out of it once, when it is first asked for."""

    def __init__(self, place: Path | str, pool: Pool | None = None) -> None:
        """Open an output folder, a store or an RDF file; queries run in the processes of the pool, if there is one, under its limits.

        Raises InputError when there is none.
        """
        self._pool = pool
        self.store: Store = open_store(place)
        self.folder = output_folder(place)
        """The output folder of the build, None for an RDF file."""

    def rows(self, sparql: str) -> Rows:
        """Rows of a SELECT query that only reads.

        Raises QueryError when it cannot be run, UnansweredError when it takes longer than the limit or no process is free.
        """
        if self._pool is None:
            return query.sparql(self.store, sparql)
        answer = self._pool.run(sparql, "application/sparql-results+json")
        if answer.status != 200:
            reason = answer.body.decode("utf-8", "replace")
            raise UnansweredError(reason, answer.status) if answer.status >= 500 else QueryError(reason)
        found = ox.parse_query_results(answer.body, ox.QueryResultsFormat.JSON)
        if not isinstance(found, ox.QuerySolutions):
            raise QueryError("this is no SELECT query; ask it at /sparql")
        names = tuple(variable.value for variable in found.variables)
        return Rows("select", names, tuple(tuple(one[name] for name in names) for one in found), vocab.prefixes(self.base_iri))

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
