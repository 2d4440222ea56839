"""Processes that run queries with limits that hold: one that runs over is killed, and the next query is served.

>>> with Pool("kg-out") as pool:
...     pool.run("ASK { ?deal a kg:Deal }").body
b'{"head":{},"boolean":true}'
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from kg.errors import InputError
from kg.query.worker import Answer, Limits, Started, Task, refusal, work

if TYPE_CHECKING:
    from anyio import CapacityLimiter

__all__ = ["GONE", "Answer", "Limits", "Pool"]

log = logging.getLogger(__name__)

Program = Callable[[Connection, str, Limits], None]
"""What a worker process does all its life: it answers tasks from a connection, over the store at a place; see ``kg.query.worker.attend``."""

_START = 60
"""Seconds that a worker may take to open the store."""
_PRELOADED = ["kg.query.worker", "rdflib.plugins.sparql.parser"]
_FIRST = 600
"""Seconds that the first task may take."""
_GLANCE = 0.05
"""Seconds after which a running query that was cancelled is stopped at the latest."""
GONE = 499
"""Status of an answer that nobody is left to read; nginx writes it so into its logs."""
_WAITING = 64
"""Queries that may wait for a worker; more are sent away at once."""


class Pool:
    """Worker processes over one store, for any thread; they go over to a new version of it by themselves. Close it, or use it in ``with``."""

    def __init__(
        self,
        place: Path | str,
        *,
        workers: int = 2,
        limits: Limits | None = None,
        patience: float = 2,
        program: Program = work,
        first: msgspec.Struct | None = None,
    ) -> None:
        """Start the workers on an output folder, a store or an RDF file.

        A task waits at most ``patience`` seconds for a free worker. ``program`` is what a worker does, answering queries if it is left out; ``first``
        is a task that each new worker is given when it is idle. Raises InputError when there is no such store.
        """
        self.limits, self.workers = limits or Limits(), workers
        self._patience, self._first = patience, first
        self._inside, self._closed, self._beginning = 0, False, False
        self._turn = threading.Condition()  # guards what is inside and who is idle
        self._threads: CapacityLimiter | None = None
        self._idle: deque[_Worker] = deque()
        self._all = [_Worker(str(place), self.limits, program) for _ in range(workers)]
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
            self._release(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def idle(self) -> int:
        """Workers that have nothing to do."""
        return len(self._idle)

    def run(
        self, sparql: str, accept: str = "*/*", *, graphs: tuple[Sequence[str], Sequence[str]] | None = None, cancelled: threading.Event | None = None
    ) -> Answer:
        """The result of a query in a format that ``accept`` likes, or a status and a sentence that say why there is none.

        ``graphs`` names those of its default graph and its named graphs; ``cancelled``, once set, ends the query within a moment, or the wait for a
        worker within the pool's patience. Status: 200; 400 it cannot be read, or ``graphs`` are not there; 403 it does not only read; 406 no such
        format; 499 it was cancelled; 500 it broke its worker; 503 no worker is free, or the store cannot be read; 504 it ran over and was stopped.
        """
        return self.do(_query(sparql, accept, graphs), cancelled=cancelled)

    def do(self, task: msgspec.Struct, *, seconds: float | None = None, cancelled: threading.Event | None = None) -> Answer:
        """The answer to a task of the program; it may take ``seconds`` instead of what the limits say. For the rest see ``run``."""
        cancelled = cancelled or threading.Event()
        with self._turn:
            if self._inside >= self.workers + _WAITING:
                return _busy()
            self._inside += 1
            self._turn.wait_for(lambda: self._idle or cancelled.is_set(), self._patience)
            if cancelled.is_set() or not self._idle:
                self._inside -= 1
                return _abandoned() if cancelled.is_set() else _busy()
            worker = self._idle.popleft()
        try:
            return worker.ask(task, self.limits.seconds if seconds is None else seconds, cancelled)
        finally:
            with self._turn:
                self._inside -= 1
            self._release(worker)

    async def arun(self, sparql: str, accept: str = "*/*", *, graphs: tuple[Sequence[str], Sequence[str]] | None = None) -> Answer:
        """The same for asynchronous callers: it waits in a thread; when its task is cancelled, so is the query."""
        return await self.ado(_query(sparql, accept, graphs))

    async def ado(self, task: msgspec.Struct, *, seconds: float | None = None) -> Answer:
        """As ``do``, for asynchronous callers."""
        from anyio import CapacityLimiter, to_thread

        if self._threads is None:
            self._threads = CapacityLimiter(self.workers + _WAITING + 8)
        cancelled = threading.Event()
        try:
            ask = partial(self.do, task, seconds=seconds, cancelled=cancelled)
            return await to_thread.run_sync(ask, limiter=self._threads, abandon_on_cancel=True)
        finally:  # of no effect where there is an answer
            cancelled.set()
            with self._turn:
                self._turn.notify_all()

    def each(self, task: msgspec.Struct, *, seconds: float) -> list[Answer]:
        """The answers of all workers to a task, one after the other as they come free, so that the others go on."""
        answers = []
        for worker in self._all:
            with self._turn:
                self._turn.wait_for(lambda: worker in self._idle or self._closed)  # noqa: B023  # waits here and now
                if self._closed:
                    break
                self._idle.remove(worker)
            try:
                answers.append(worker.ask(task, seconds, threading.Event()))
            finally:
                self._release(worker)
        return answers

    def _release(self, worker: _Worker) -> None:
        """Let a worker take the next task."""
        with self._turn:
            self._idle.append(worker)
            self._turn.notify_all()
            begin = self._first is not None and not worker.has_begun and not self._beginning and not self._closed
            self._beginning = self._beginning or begin
        if begin:
            threading.Thread(target=self._begin, args=(self._first,), daemon=True).start()

    def _begin(self, first: msgspec.Struct) -> None:
        """Give the first task to workers that are new, one after the other: until then they answer as they can, and never are all away for it."""
        while True:
            with self._turn:
                worker = next((one for one in self._idle if not one.has_begun), None)
                if worker is None or self._closed:
                    self._beginning = False
                    return
                self._idle.remove(worker)
            answer = worker.ask(first, _FIRST, threading.Event())
            if answer.status != 200 and not self._closed:
                log.warning("a worker begins unprepared: %s", answer.body.decode("utf-8", "replace"))
            with self._turn:
                worker.has_begun = True
                self._idle.append(worker)
                self._turn.notify_all()

    def close(self) -> None:
        """End all workers, whatever they do."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()
        for worker in self._all:
            worker.end()


class _Gone(Exception):
    """A worker has died, or could not start."""


class _Worker:
    """A place for one process after the other; used by one thread at a time."""

    _starting = threading.Lock()

    def __init__(self, place: str, limits: Limits, program: Program) -> None:
        self._place, self._limits, self._program = place, limits, program
        self.has_begun = False
        """Whether its process has done its first task."""
        self._process: BaseProcess | None = None
        self._started: Started | None = None
        self._closed = False

    def start(self) -> None:
        """Start a process, and do not wait until it is ready."""
        context = multiprocessing.get_context("forkserver")
        with self._starting:
            if self._closed:
                return
            context.set_forkserver_preload([*_PRELOADED, self._program.__module__])
            self._connection, theirs = context.Pipe()
            self._process = context.Process(target=self._program, args=(theirs, self._place, self._limits), daemon=True, name="kg query")
            self._process.start()
            theirs.close()
            self._started, self.has_begun = None, False

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

    def ask(self, task: msgspec.Struct, seconds: float, cancelled: threading.Event) -> Answer:
        """The answer of the process, which is replaced when it does not answer in time, is not wanted any more, or dies."""
        try:
            if self._process is None:
                self.start()
            self.wait()
        except (_Gone, OSError) as error:
            self._stop()
            return refusal(503, f"no worker can be started: {error}; try again")
        try:
            self._connection.send_bytes(msgspec.msgpack.encode((seconds, task)))
            if self._answers(seconds, cancelled):
                return msgspec.msgpack.decode(_received(self._connection), type=Answer)
            late = f"this took more than {seconds:g} s and was stopped; ask for less at a time, or with LIMIT"
            answer = _abandoned() if cancelled.is_set() else refusal(504, late)
        except (_Gone, OSError):
            answer = refusal(500, f"the query broke its worker, perhaps by taking more than {self._limits.memory} MB; ask for less at a time")
        log.info("a worker is replaced: %s", answer.body.decode())
        self._stop()
        self.start()
        return answer

    def _answers(self, seconds: float, cancelled: threading.Event) -> bool:
        """Whether an answer comes, or the end of the process, in so many seconds and before it is cancelled."""
        end = time.monotonic() + seconds
        while not self._connection.poll(max(0.0, min(end - time.monotonic(), _GLANCE))):
            if cancelled.is_set() or time.monotonic() >= end:
                return False
        return True

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


def _query(sparql: str, accept: str, graphs: tuple[Sequence[str], Sequence[str]] | None) -> Task:
    return Task(sparql, accept, None if graphs is None else (tuple(graphs[0]), tuple(graphs[1])))


def _received(connection: Connection) -> bytes:
    try:
        return connection.recv_bytes()
    except EOFError as error:
        raise _Gone("the process has died") from error


def _abandoned() -> Answer:
    return refusal(GONE, "nobody waits for the answer any more")


def _busy() -> Answer:
    return refusal(503, "all workers are busy; try again in a moment")
