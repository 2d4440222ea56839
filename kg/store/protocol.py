"""What a graph gives to those who read it, wherever it lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, Self

import pyoxigraph as ox

from kg import vocab
from kg.errors import QueryError

if TYPE_CHECKING:
    import rdflib

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


def solutions(store: Store, sparql: str) -> Iterator[dict[str, Term]]:
    """Solutions of a SELECT query, as values by variable without the unbound ones; ``kg:``, ``rdf:`` and the other terms are bound.

    Raises QueryError when the query is none.
    """
    result = store.query(sparql, prefixes=vocab.prefixes())
    if not isinstance(result, ox.QuerySolutions):
        raise QueryError(f"{sparql!r} is no SELECT query; use query() for the other forms")
    names = [variable.value for variable in result.variables]
    for solution in result:
        yield {name: value for name in names if (value := solution[name]) is not None}


def base_of(store: Store) -> str:
    """What goes before the tail of an IRI in this graph; that of the project where the graph holds no document."""
    found = [str(row["document"]) for row in store.select("SELECT ?document { ?document a kg:Document } LIMIT 1")]
    base, mark, _ = "".join(found).lstrip("<").rpartition("document/")
    return base if mark else vocab.BASE_IRI


class Store(Protocol):
    """A graph to read. Close it, or use it in ``with``."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Let go of files and connections; nothing can be asked afterwards."""

    def quads(self) -> Iterator[ox.Quad]:
        """All quads, in no order to rely on."""

    def quads_of(self, graph: str) -> list[ox.Quad]:
        """The quads of a named graph, in no order; none where there is no such graph."""

    def query(self, sparql: str, *, prefixes: dict[str, str] | None = None, union: bool = True) -> Answer:
        """Result of a SPARQL query; its default graph is the union of all graphs, in which a triple may stand once per graph that holds it.

        ``union=False`` leaves the default graph to the FROM clauses of the query. Raises SyntaxError when the query is none.
        """

    def select(self, sparql: str) -> Iterator[dict[str, Term]]:
        """Solutions of a SELECT query, as values by variable without the unbound ones; ``kg:``, ``rdf:`` and the other terms are bound.

        Raises QueryError when the query is none.
        """

    @property
    def base_iri(self) -> str:
        """What goes before the tail of an IRI in this graph; that of the project where the graph holds no document."""

    def dataset(self) -> rdflib.Dataset:
        """The same graph for rdflib; its default graph is the union too."""
