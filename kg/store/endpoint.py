"""A graph on a server, asked by SPARQL 1.1 over HTTP.

What is Dealgraph's there is told by its contract: the graphs that are documents, and the one of entities. Whether a query sees them as one
graph is no matter of the standard: where a server does not do that, and where it is Virtuoso, a copy is read and asked instead. Virtuoso
7.2.5 loses values of OPTIONAL (https://github.com/openlink/virtuoso-opensource/issues/1188; here 8 of 41 dates in one query of ``kg.analyze``),
cuts answers to 10,000 triples without a word, and mixes its system's graphs into the union.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

import pyoxigraph as ox

from kg import vocab
from kg.errors import InputError, OutputError, QueryError
from kg.store.embedded import OxigraphStore
from kg.store.protocol import Answer, Term, base_of, solutions
from kg.store.transport import WAITS, Server, reason_of

if TYPE_CHECKING:
    import httpx
    import rdflib

log = logging.getLogger(__name__)

RESULTS = "application/sparql-results+json"
TRIPLES = "application/n-triples"

_FORM = re.compile(r"(?:\s|#[^\n]*(?:\n|$)|PREFIX\s+[^\s:]*:\s*<[^>]*>|BASE\s*<[^>]*>)*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
_DOCUMENTS = f"SELECT ?graph (COUNT(*) AS ?size) {{ GRAPH ?graph {{ ?graph a <{vocab.KG}Document> . ?s ?p ?o }} }} GROUP BY ?graph"
_DEFAULT = ""
"""Name of the default graph where there are no others."""


class EndpointStore:
    """The graph on a server, to read. Close it, or use it in ``with``."""

    def __init__(self, url: str, *, timeout: float | None = None, waits: Sequence[float] = WAITS) -> None:
        """Nothing is asked yet. For user, password and seconds see ``Server``; raises as that does."""
        self._server = Server(url, timeout=timeout, waits=waits)
        self._copy: OxigraphStore | None = None
        self._is_virtuoso = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all connections and let go of the copy."""
        self._server.close()
        self._copy = None

    @cached_property
    def graphs(self) -> Mapping[str, int]:
        """IRIs of the graphs that are Dealgraph's, the documents first, and their numbers of triples; of the default graph "" if there are none.

        Raises InputError when there is no graph of Dealgraph at all.
        """
        sizes = {str(getattr(row["graph"], "value", "")): int(str(getattr(row["size"], "value", 0))) for row in self._rows(_DOCUMENTS)}
        sizes = {graph: sizes[graph] for graph in sorted(sizes) if graph}  # some servers give a group without a graph for no documents
        for base in sorted({graph.rpartition("document/")[0] for graph in sizes if "document/" in graph}):
            entities = base + vocab.ENTITIES_GRAPH
            sizes[entities] = self._size(entities)
        if not sizes and self._sees("?document", {}):
            sizes[_DEFAULT] = self._size(_DEFAULT)
        if not sizes:
            raise InputError(f"{self._server.url} holds no graph of Dealgraph; send one there with kg publish, or mend the address")
        return sizes

    @cached_property
    def way(self) -> Mapping[str, str] | None:
        """Parameters under which queries see all graphs as one; None where a copy has to be asked."""
        document = next(iter(self.graphs))
        if not self._is_virtuoso:
            for way in ({}, {"union-default-graph": ""}):  # the second is Oxigraph's
                if document == _DEFAULT or self._sees(str(ox.NamedNode(document)), way):
                    return way
        log.info("%s: its graphs are read, as its own answers will not do", self._server.url)
        return None

    @property
    def copy(self) -> OxigraphStore:
        """The graph in memory, as it was when it was first needed."""
        if self._copy is None:
            inner = ox.Store()
            inner.bulk_extend(self.quads())
            self._copy = OxigraphStore(inner)
        return self._copy

    def quads(self) -> Iterator[ox.Quad]:
        """All quads of the graphs that are Dealgraph's, graph by graph, in no order to rely on.

        Raises OutputError when the server cannot be reached or does not give a graph in full.
        """
        if self._copy is not None:
            yield from self._copy.quads()
            return
        for graph, size in self.graphs.items():
            yield from self._graph(graph, size)

    def quads_of(self, graph: str) -> list[ox.Quad]:
        """The quads of a named graph, in no order; none where there is no such graph. Raises as ``quads``."""
        return list(self._graph(graph, self._size(graph)))

    def query(self, sparql: str, *, prefixes: dict[str, str] | None = None, union: bool = True) -> Answer:
        """Result of a SPARQL query; its default graph is the union of all graphs, in which a triple may stand once per graph that holds it.

        ``union=False`` leaves the default graph to the FROM clauses of the query. Raises SyntaxError when the query is none, QueryError when the
        server does not take it, OutputError when that cannot be reached.
        """
        if self.way is None or not union:  # a server of Oxigraph with its union switched on passes over FROM
            return self.copy.query(sparql, prefixes=prefixes, union=union)
        form = _FORM.match(sparql)
        if form is None:
            raise _refusal(sparql, prefixes, "it is none of SELECT, ASK, CONSTRUCT and DESCRIBE")
        if form[1].upper() in ("SELECT", "ASK"):
            return self._results(sparql, self.way, prefixes)
        triples = ox.Store()
        triples.extend(self._triples(sparql, self.way, prefixes))
        return triples.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")

    def select(self, sparql: str) -> Iterator[dict[str, Term]]:
        """Solutions of a SELECT query, as values by variable without the unbound ones; ``kg:``, ``rdf:`` and the other terms are bound.

        Raises QueryError when the query is none.
        """
        return solutions(self, sparql)

    @cached_property
    def base_iri(self) -> str:
        """What goes before the tail of an IRI in this graph; that of the project where the graph holds no document."""
        return base_of(self)

    def dataset(self) -> rdflib.Dataset:
        """The copy for rdflib; its default graph is the union too.

        A copy, as rdflib's own way to a server knows neither digest authentication nor a union that has to be asked for.
        """
        return self.copy.dataset()

    def _sees(self, document: str, way: Mapping[str, str]) -> bool:
        return bool(list(self._rows(f"SELECT ?p {{ {document} ?p <{vocab.KG}Document> }} LIMIT 1", way)))

    def _size(self, graph: str) -> int:
        [row] = self._rows(f"SELECT (COUNT(*) AS ?size) {{ {_pattern(graph)} }}")
        return int(str(getattr(row["size"], "value", 0)))

    def _graph(self, graph: str, size: int) -> set[ox.Quad]:
        """The triples of a graph, as many as the server says that there are, or an error.

        Where it cuts its answers they are asked for in pieces as large as it gives, in an order that it keeps.
        """
        found = self._part(graph, f"{{ {_pattern(graph)} }}")
        if 0 < len(found) < size:
            ordered = f"{{ {{ SELECT ?s ?p ?o {{ {_pattern(graph)} }} ORDER BY ?s ?p ?o }} }} LIMIT {len(found)}"
            found = {quad for start in range(0, size, len(found)) for quad in self._part(graph, f"{ordered} OFFSET {start}")}
        if len(found) != size:
            what = f"{self._server.url} gave {len(found)} of the {size} triples of {graph or 'its default graph'}"
            raise OutputError(f"{what}: either that changed meanwhile or answers are cut short; try again, or raise the server's limit")
        return found

    def _part(self, graph: str, where: str) -> set[ox.Quad]:
        name = ox.NamedNode(graph) if graph else ox.DefaultGraph()
        return {ox.Quad(one.subject, one.predicate, one.object, name) for one in self._triples(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {where}")}

    def _rows(self, sparql: str, way: Mapping[str, str] | None = None) -> ox.QuerySolutions:
        found = self._results(sparql, way or {})
        if not isinstance(found, ox.QuerySolutions):
            raise InputError(f"{self._server.url} answers SELECT with yes or no, as no SPARQL endpoint does; mend the address")
        return found

    def _results(self, sparql: str, way: Mapping[str, str], prefixes: dict[str, str] | None = None) -> ox.QuerySolutions | ox.QueryBoolean:
        response = self._ask(sparql, way, prefixes, RESULTS)
        try:
            return ox.parse_query_results(response.content, format=ox.QueryResultsFormat.JSON)
        except (SyntaxError, ValueError) as error:
            raise self._unreadable(response, error) from error

    def _triples(self, sparql: str, way: Mapping[str, str] | None = None, prefixes: dict[str, str] | None = None) -> Iterator[ox.Quad]:
        response = self._ask(sparql, way or {}, prefixes, TRIPLES)
        try:
            for quad in ox.parse(response.content, format=ox.RdfFormat.N_TRIPLES):
                yield _with_integer(quad) if self._is_virtuoso else quad
        except (SyntaxError, ValueError) as error:
            raise self._unreadable(response, error) from error

    def _ask(self, sparql: str, way: Mapping[str, str], prefixes: dict[str, str] | None, accept: str) -> httpx.Response:
        form = {"query": _declared(sparql, prefixes or {}) + sparql, **way}
        response = self._server.send("POST", self._server.url, data=form, headers={"Accept": accept})
        if response.status_code == 400:
            raise _refusal(sparql, prefixes, reason_of(response) or "it does not say why")
        self._is_virtuoso = str(response.headers.get("server", "")).startswith("Virtuoso")
        if cut := response.headers.get("x-sparql-maxrows"):
            raise OutputError(f"{self._server.url} cut its answer after {cut} rows; raise ResultSetMaxRows in virtuoso.ini")
        return response

    def _unreadable(self, response: httpx.Response, error: Exception) -> InputError:
        what = f"{self._server.url} answers a query with {response.headers.get('content-type', 'nothing')}, which cannot be read ({error})"
        return InputError(f"{what}; name a SPARQL endpoint, such as http://localhost:7878/query or http://localhost:8890/sparql")


def open_endpoint(url: str) -> EndpointStore:
    """The graph that a server has, to read.

    Raises InputError when the server has none, OutputError when it cannot be reached.
    """
    store = EndpointStore(url)
    try:
        _ = store.graphs
    except BaseException:
        store.close()
        raise
    return store


def _pattern(graph: str) -> str:
    return f"GRAPH {ox.NamedNode(graph)} {{ ?s ?p ?o }}" if graph else "?s ?p ?o"


def _declared(sparql: str, prefixes: Mapping[str, str]) -> str:
    """Declarations of those prefixes that a query uses without declaring them itself."""
    used, own = set(re.findall(r"([\w-]*):", sparql)), set(re.findall(r"PREFIX\s+([^\s:]*):", sparql, re.IGNORECASE))
    return "".join(f"PREFIX {name}: <{iri}> " for name, iri in prefixes.items() if name in used - own)


def _refusal(sparql: str, prefixes: dict[str, str] | None, reason: str) -> SyntaxError | QueryError:
    """Why a query is refused: its syntax where that is wrong, as Oxigraph tells the place, else what the server says."""
    try:
        if "service" not in sparql.lower():  # an empty store has nothing to answer, but would ask others
            ox.Store().query(sparql, prefixes=prefixes)
    except SyntaxError as error:
        return error
    return QueryError(f"the server cannot answer the query: {reason}; mend it")


def _with_integer(quad: ox.Quad) -> ox.Quad:
    """Virtuoso keeps integers beyond 32 bits as decimals; in this graph only integers are so large and without a point."""
    value = quad.object
    if not (isinstance(value, ox.Literal) and value.datatype.value == vocab.XSD + "decimal" and re.fullmatch(r"-?\d{10,}", value.value)):
        return quad
    return ox.Quad(quad.subject, quad.predicate, ox.Literal(value.value, datatype=ox.NamedNode(vocab.XSD + "integer")), quad.graph_name)
