"""Processes that run queries with limits that hold: one that runs over is killed, and the next query is served.

>>> with Pool("kg-out") as pool:
...     pool.run("ASK { ?deal a kg:Deal }").body
b'{"head":{},"boolean":true}'
"""

from __future__ import annotations

import logging
import multiprocessing
import queue
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from kg.errors import InputError
from kg.query.worker import Answer, Limits, Started, Task, refusal, work

if TYPE_CHECKING:
    from anyio import CapacityLimiter

__all__ = ["Answer", "Limits", "Pool"]

log = logging.getLogger(__name__)

_START = 60
"""Seconds that a worker may take to open the store."""
_PRELOADED = ["kg.query.worker", "rdflib.plugins.sparql.parser"]
_WAITING = 64
"""Queries that may wait for a worker; more are sent away at once."""


class Pool:
    """Worker processes over one store, for any thread; they go over to a new version of it by themselves. Close it, or use it in ``with``."""

    def __init__(self, place: Path | str, *, workers: int = 2, limits: Limits | None = None, patience: float = 2) -> None:
        """Start the workers on an output folder, a store or an RDF file.

        A query waits at most ``patience`` seconds for a free worker. Raises InputError when there is no such store.
        """
        self.limits, self.workers = limits or Limits(), workers
        self._patience = patience
        self._inside, self._lock = 0, threading.Lock()
        self._threads: CapacityLimiter | None = None
        self._idle: queue.Queue[_Worker] = queue.Queue()
        self._all = [_Worker(str(place), self.limits) for _ in range(workers)]
        for worker in self._all:
            worker.start()
        try:
            started = self._all[0].wait()
        except _Gone as error:
            self.close()
            raise InputError(str(error)) from error
        self.walls: tuple[str, ...] = started.walls
        """What keeps a worker from doing harm on this system, beside the check of queries."""
        for worker in self._all:
            self._idle.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def idle(self) -> int:
        """Workers that have nothing to do."""
        return self._idle.qsize()

    def run(self, sparql: str, accept: str = "*/*", *, graphs: tuple[Sequence[str], Sequence[str]] | None = None) -> Answer:
        """The result of a query in a format that ``accept`` likes, or a status and a sentence that say why there is none.

        ``graphs`` names those of its default graph and its named graphs. Status: 200; 400 it cannot be read, or ``graphs``
        are not there; 403 it does not only read; 406 no such format; 500 it broke its worker; 503 no worker is free, or the store cannot be read;
        504 it ran over and was stopped.
        """
        with self._lock:
            if self._inside >= self.workers + _WAITING:
                return _busy()
            self._inside += 1
        try:
            worker = self._idle.get(timeout=self._patience)
        except queue.Empty:
            return _busy()
        else:
            try:
                return worker.ask(Task(sparql, accept, None if graphs is None else (tuple(graphs[0]), tuple(graphs[1]))))
            finally:
                self._idle.put(worker)
        finally:
            with self._lock:
                self._inside -= 1

    async def arun(self, sparql: str, accept: str = "*/*", *, graphs: tuple[Sequence[str], Sequence[str]] | None = None) -> Answer:
        """The same for asynchronous callers: it waits in a thread."""
        from anyio import CapacityLimiter, to_thread

        if self._threads is None:
            self._threads = CapacityLimiter(self.workers + _WAITING + 8)
        return await to_thread.run_sync(lambda: self.run(sparql, accept, graphs=graphs), limiter=self._threads, abandon_on_cancel=True)

    def close(self) -> None:
        """End all workers, whatever they do."""
        for worker in self._all:
            worker.end()


class _Gone(Exception):
    """A worker has died, or could not start."""


class _Worker:
    """A place for one process after the other; used by one thread at a time."""

    _starting = threading.Lock()

    def __init__(self, place: str, limits: Limits) -> None:
        self._place, self._limits = place, limits
        self._process: BaseProcess | None = None
        self._started: Started | None = None
        self._closed = False

    def start(self) -> None:
        """Start a process, and do not wait until it is ready."""
        context = multiprocessing.get_context("forkserver")
        with self._starting:
            if self._closed:
                return
            context.set_forkserver_preload(_PRELOADED)
            self._connection, theirs = context.Pipe()
            self._process = context.Process(target=work, args=(theirs, self._place, self._limits), daemon=True, name="kg query")
            self._process.start()
            theirs.close()
            self._started = None

    def wait(self) -> Started:
        """Wait until the process is ready. Raises _Gone when it does not come to that."""
        if self._started is None:
            if not self._connection.poll(_START):
                raise _Gone(f"a worker needs more than {_START} s to open {self._place}")
            started = msgspec.msgpack.decode(_received(self._connection), type=Started)
            if started.problem:
                raise _Gone(started.problem)
            self._started = started
        return self._started

    def ask(self, task: Task) -> Answer:
        """The answer of the process, which is replaced when it does not answer in time or dies."""
        try:
            if self._process is None:
                self.start()
            self.wait()
        except (_Gone, OSError) as error:
            self._stop()
            return refusal(503, f"no worker can be started: {error}; try again")
        seconds = self._limits.seconds
        try:
            self._connection.send_bytes(msgspec.msgpack.encode(task))
            if self._connection.poll(seconds):
                return msgspec.msgpack.decode(_received(self._connection), type=Answer)
            answer = refusal(504, f"the query took more than {seconds:g} s and was stopped; ask for less at a time, or with LIMIT")
        except (_Gone, OSError):
            answer = refusal(500, f"the query broke its worker, perhaps by taking more than {self._limits.memory} MB; ask for less at a time")
        log.info("a worker is replaced: %s", answer.body.decode())
        self._stop()
        self.start()
        return answer

    def end(self) -> None:
        """End the process for good."""
        with self._starting:
            self._closed = True
        self._stop()

    def _stop(self) -> None:
        if (process := self._process) is not None:
            self._process = None
            process.kill()
            process.join(5)
            self._connection.close()


def _received(connection: Connection) -> bytes:
    try:
        return connection.recv_bytes()
    except EOFError as error:
        raise _Gone("the process has died") from error


def _busy() -> Answer:
    return refusal(503, "all workers are busy; try again in a moment")
