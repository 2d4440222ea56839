"""Sending a graph to a server over the SPARQL 1.1 Graph Store Protocol, so that a broken run is taken up where it ended.

The server keeps a small graph of what was sent: for each graph the hash of its content, once the server has acknowledged it. What is to be
sent is entered without a hash before the first of it goes, so that a graph of which a part arrived is never taken for whole.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urljoin

import pyoxigraph as ox

from kg import vocab
from kg.errors import InputError, KGError, OutputError
from kg.store.protocol import Store
from kg.store.transport import WAITS, Server, reason_of

log = logging.getLogger(__name__)

RECORD = "graph/published"
"""Tail of the IRI of the graph that says what was sent."""
BATCH = 50
"""Graphs that are acknowledged between two entries in the record; so many at most are sent twice after a crash."""
PENDING = ""
TRIPLES = "application/n-triples"

_VERSION_OF = ox.NamedNode(vocab.DCTERMS + "isVersionOf")


class Published(NamedTuple):
    """Numbers of graphs that were sent, that were there already, and that were dropped."""

    sent: int
    kept: int
    dropped: int


def publish(
    store: Store, url: str, *, graphs: str | None = None, timeout: float | None = None, waits: Sequence[float] = WAITS,
    progress: Callable[[int, int], None] | None = None,
) -> Published:  # fmt: skip
    """Make the server at ``url`` hold the graphs of a store: documents first, then the entities; of what was sent earlier the rest goes.

    ``graphs`` is the URL of its Graph Store; without it, it is guessed. Raises InputError when the store has no named graphs or there is no
    such place, OutputError when the server cannot be reached, refuses or fails: what was acknowledged stays, and the next run sends the rest.
    """
    contents = {graph: hashlib.sha256(_content(store, graph)).hexdigest() for graph in _graphs_of(store)}
    if not contents:
        raise InputError("there are no named graphs to publish; name an output folder of kg build, or a .trig or .nq file")
    server = Server(url, timeout=timeout, waits=waits)
    try:
        target = _GraphStore(server, graphs or _guess(server), store.base_iri + RECORD)
        there = target.record()
        changed = [graph for graph, content in contents.items() if there.get(graph) != content]
        gone = sorted(there.keys() - contents.keys())
        kept = {graph: content for graph, content in contents.items() if there.get(graph) == content}
        if changed or gone:
            target.write_record(kept | dict.fromkeys([*changed, *gone], PENDING))
            _send(target, ((graph, contents[graph], _content(store, graph)) for graph in changed), len(kept), len(contents), progress)
            for graph in gone:
                target.drop(graph)
            target.write_record(contents)
        return Published(len(changed), len(kept), len(gone))
    finally:
        server.close()


def _send(
    target: _GraphStore, changed: Iterable[tuple[str, str, bytes]], kept: int, total: int, progress: Callable[[int, int], None] | None
) -> None:  # fmt: skip
    """Send graphs with their hashes, and enter them in the record as they are acknowledged; an error says how far it got."""
    acknowledged: dict[str, str] = {}
    entered = 0
    try:
        for graph, digest, content in changed:
            target.put(graph, content)
            acknowledged[graph] = digest
            log.info("%s is sent", graph)
            if len(acknowledged) == BATCH:
                target.add_to_record(acknowledged)
                entered, acknowledged = entered + BATCH, {}
            if progress is not None:
                progress(kept + entered + len(acknowledged), total)
    except BaseException as error:
        done = kept + entered + len(acknowledged)
        with suppress(KGError):
            target.add_to_record(acknowledged)
        if isinstance(error, KGError):
            raise type(error)(f"{error}; {done} of {total} graphs are on the server, run kg publish again to send the rest") from error
        raise
    target.add_to_record(acknowledged)


class _GraphStore:
    """The Graph Store of a server."""

    def __init__(self, server: Server, url: str, record: str) -> None:
        self._server, self._url, self._record = server, url, record

    def put(self, graph: str, content: bytes) -> None:
        """Replace a graph."""
        self._request("PUT", graph, content)

    def drop(self, graph: str) -> None:
        """Remove a graph, if it is there."""
        self._request("DELETE", graph, missing=True)

    def record(self) -> dict[str, str]:
        """Hash of each graph that was sent, ``PENDING`` where it was not acknowledged."""
        response = self._server.send("GET", self._url, params={"graph": self._record}, headers={"Accept": TRIPLES}, missing=True)
        found: dict[str, str] = {}
        if response.status_code == 404:
            return found
        try:
            for quad in ox.parse(response.content, format=ox.RdfFormat.N_TRIPLES):
                if quad.predicate == _VERSION_OF and isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
                    digest = quad.subject.value.rpartition("#")[2]
                    found[quad.object.value] = digest or found.get(quad.object.value, PENDING)
        except SyntaxError as error:
            raise InputError(f"{self._url} gives no triples ({error}); name the Graph Store of the server with --graphs") from error
        return found

    def add_to_record(self, entries: Mapping[str, str]) -> None:
        """Enter graphs with their hashes."""
        if entries:
            self._request("POST", self._record, self._entries(entries))

    def write_record(self, entries: Mapping[str, str]) -> None:
        """Replace the record."""
        self._request("PUT", self._record, self._entries(entries))

    def _entries(self, entries: Mapping[str, str]) -> bytes:
        return _lines(ox.Triple(ox.NamedNode(f"{self._record}#{digest}"), _VERSION_OF, ox.NamedNode(graph)) for graph, digest in entries.items())

    def _request(self, method: str, graph: str, content: bytes | None = None, *, missing: bool = False) -> None:
        headers = {} if content is None else {"Content-Type": TRIPLES}
        response = self._server.send(method, self._url, params={"graph": graph}, content=content, headers=headers, missing=missing)
        if response.status_code == 400:
            raise OutputError(f"{self._url} does not take {graph} ({reason_of(response) or 'it does not say why'})")


def _graphs_of(store: Store) -> list[str]:
    """IRIs of the named graphs, the one of entities last."""
    found = {str(getattr(row["graph"], "value", "")) for row in store.select("SELECT DISTINCT ?graph { GRAPH ?graph { ?s ?p ?o } }")}
    return sorted((graph for graph in found if not graph.endswith(RECORD)), key=lambda graph: (graph.endswith(vocab.ENTITIES_GRAPH), graph))


def _content(store: Store, graph: str) -> bytes:
    return _lines(ox.Triple(quad.subject, quad.predicate, quad.object) for quad in store.quads_of(graph))


def _lines(triples: Iterable[ox.Triple]) -> bytes:
    lines = io.BytesIO()
    ox.serialize(triples, lines, ox.RdfFormat.N_TRIPLES)
    return b"".join(sorted(lines.getvalue().splitlines(keepends=True)))


def _guess(server: Server) -> str:
    """The Graph Store of a server by what it says that it is.

    Raises InputError when that is nothing known here.
    """
    name = str(server.send("GET", server.url, params={"query": "ASK {}"}).headers.get("server", ""))
    for product, tail in (("Oxigraph", "store"), ("Virtuoso", "sparql-graph-crud-auth")):
        if name.startswith(product):
            return urljoin(server.url, tail)
    raise InputError(f"where the Graph Store of {server.url} is cannot be guessed of {name or 'a server without a name'}; give its URL with --graphs")
