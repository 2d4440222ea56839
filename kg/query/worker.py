"""The inside of a worker process: it answers one query after the other from a store that it holds open, and is killed when one runs over."""

from __future__ import annotations

import gc
import os
import signal
from collections import OrderedDict
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import pyoxigraph as ox

from kg import vocab
from kg.errors import KGError, QueryError
from kg.query import formats
from kg.query.confine import confine, limit_time
from kg.query.guard import Allowed, RefusedQueryError, check, check_graph, reason
from kg.store import OxigraphStore, open_folder, version

_REMEMBERED = 500
"""Queries that need not be checked again; rdflib takes 40 ms for one."""
_LONGEST_REMEMBERED = 20_000
_NICENESS = 5
"""Whoever accepts requests goes before those who answer them."""


class Limits(msgspec.Struct, frozen=True):
    """What a query may take."""

    seconds: float = 10
    rows: int = 100_000
    megabytes: float = 50
    memory: int = 4096
    """Megabytes that a worker process may take in all."""


class Task(msgspec.Struct, frozen=True, tag=True):
    """A query and how its result is wanted."""

    sparql: str
    accept: str = "*/*"
    graphs: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    """IRIs of the graphs that make up its default graph, and of its named ones, in place of those that it names itself; None leaves it at those."""


class Answer(msgspec.Struct, frozen=True):
    """What became of a task, in terms of HTTP."""

    status: int
    media_type: str
    body: bytes
    """The result; unless the status is 200, a sentence that says why there is none."""
    truncated: str = ""
    """Which limit cut the result short: "rows", "bytes", or "" for none."""
    rows: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    """What goes with a page."""


class Started(msgspec.Struct, frozen=True):
    """That a worker is ready, or why it never will be."""

    walls: tuple[str, ...] = ()
    problem: str = ""


def refusal(status: int, why: str) -> Answer:
    """An answer that says why there is no result."""
    return Answer(status, "text/plain", why.encode("utf-8", "replace"))


def work(connection: Connection, place: str, limits: Limits) -> None:
    """Answer queries from the connection until it ends: the whole life of a worker process."""
    attend(connection, limits, lambda: Desk(place, limits).answer, Task)


def attend(connection: Connection, limits: Limits, opened: Callable[[], Callable[[Any], Answer]], tasks: Any) -> None:
    """Answer tasks of a type from the connection until it ends, behind walls, by what ``opened`` gives; it may raise KGError when it cannot."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this
    os.nice(_NICENESS)
    walls = confine(memory=limits.memory)
    send = msgspec.msgpack.Encoder().encode
    try:
        answer = opened()
    except KGError as error:
        connection.send_bytes(send(Started(problem=str(error))))
        return
    connection.send_bytes(send(Started(walls=tuple(walls))))
    decode = msgspec.msgpack.Decoder(tuple[float, tasks]).decode
    while True:
        try:
            seconds, task = decode(connection.recv_bytes())
        except (EOFError, OSError):
            return
        limit_time(seconds)
        connection.send_bytes(send(answer(task)))


class Desk:
    """The open store, and the queries that were found harmless."""

    def __init__(self, place: str, limits: Limits) -> None:
        self._place, self._limits = place, limits
        self._allowed: OrderedDict[str, Allowed] = OrderedDict()
        self._open()

    def answer(self, task: Task) -> Answer:
        """The result, or why there is none."""
        try:
            if version(self._place) != self._version:
                self._open()
            try:
                return self._result(task)
            except OSError:  # a build has put another version in place, and this one's files are gone
                self._open()
                return self._result(task)
        except RefusedQueryError as error:
            return refusal(403, str(error))
        except QueryError as error:
            return refusal(400, str(error))
        except (SyntaxError, ValueError, RuntimeError) as error:
            return refusal(400, reason(str(error)))
        except (KGError, OSError) as error:
            return refusal(503, f"the store cannot be read: {error}; try again, or build it again")
        except MemoryError:
            gc.collect()
            return refusal(500, f"the query takes more memory than {self._limits.memory} MB; ask for less at a time")

    def _open(self) -> None:
        self._version = version(self._place)
        self._store: OxigraphStore = open_folder(Path(self._place))
        self._prefixes = vocab.prefixes(self._store.base_iri)
        self._allowed.clear()  # which graphs there are may have changed

    def _result(self, task: Task) -> Answer:
        allowed = self._check(task.sparql)
        offers = tuple(formats.GRAPHS) if allowed.form == "graph" else formats.ROWS
        media_type = formats.negotiate(task.accept, offers)
        if media_type is None:
            return refusal(406, f"the result can be given as {', '.join(offers)}, and {task.accept!r} accepts none of them")
        try:
            for iri in (iri for some in task.graphs or () for iri in some):
                check_graph(self._store, iri)
        except RefusedQueryError as error:
            return refusal(400, str(error))
        found = self._store.query(allowed.text, prefixes=self._prefixes, union=not allowed.own_dataset, graphs=task.graphs)
        rows, size = self._limits.rows, int(self._limits.megabytes * 1e6)
        if isinstance(found, ox.QueryBoolean):
            written = formats.write_boolean(bool(found), media_type)
        elif isinstance(found, ox.QueryTriples):
            written = formats.write_graph(found, media_type, self._prefixes, rows=rows, size=size)
        else:
            written = formats.write_solutions(found, media_type, rows=rows, size=size)
        return Answer(200, media_type, written.body, written.truncated, written.rows)

    def _check(self, sparql: str) -> Allowed:
        """The query as checked, now or before."""
        if (allowed := self._allowed.get(sparql)) is None:
            allowed = check(self._store, sparql)
            if len(sparql) <= _LONGEST_REMEMBERED:
                self._allowed[sparql] = allowed
                if len(self._allowed) > _REMEMBERED:
                    self._allowed.popitem(last=False)
        return allowed
