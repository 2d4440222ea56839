"""The inside of a process that answers requests for pages, and queries: what takes too long there is ended, and harms nobody else."""

from __future__ import annotations

import asyncio
import logging
from multiprocessing.connection import Connection

import msgspec
from starlette.applications import Starlette
from starlette.types import Message, Scope

from kg.errors import KGError
from kg.query.worker import Answer, Desk, Limits, Task, attend, refusal
from kg.serve.pages import prepare, routes
from kg.serve.snapshot import Snapshot
from kg.store import version

log = logging.getLogger(__name__)


class Visit(msgspec.Struct, frozen=True, tag=True):
    """A request for a page, as far as pages look at it."""

    method: str
    path: str
    root: str
    """Path that the server is mounted under, "" mostly."""
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]


class Renew(msgspec.Struct, frozen=True, tag=True):
    """That the version which is there now is to be opened, and what is needed of all of it to be worked out, before it is answered from."""


def work(connection: Connection, place: str, limits: Limits) -> None:
    """Answer from the connection until it ends: the whole life of a worker process."""
    attend(connection, limits, lambda: Guide(place, limits).answer, Visit | Renew | Task)


class Guide:
    """The pages of one version of a graph: once prepared, until it is asked to renew it; before, of the version in force."""

    def __init__(self, place: str, limits: Limits) -> None:
        self._place, self._limits, self._desk = place, limits, Desk(place, limits)
        self._snapshot = self._opened()
        self._is_prepared = False
        self._pages = Starlette(routes=routes(lambda: self._snapshot))
        self._loop = asyncio.new_event_loop()

    def answer(self, task: Visit | Renew | Task) -> Answer:
        """A page, the result of a query, or why there is none of them."""
        if isinstance(task, Task):
            return self._desk.answer(task)
        try:
            if isinstance(task, Renew):
                return self._renew()
            if not self._is_prepared and version(self._place) != self._snapshot.version:
                self._go_over(self._opened())
            try:
                return self._page(task)
            except OSError:  # a build has put another version in place, and this one's files are gone
                self._go_over(self._opened())
                return self._page(task)
        except (KGError, OSError) as error:
            return refusal(503, f"the store cannot be read: {error}; try again, or build it again")
        except MemoryError:
            return refusal(500, "this takes more memory than there is; ask for less at a time")
        except Exception:  # a page that breaks is told of, and the next one is answered
            log.exception("a page cannot be made")
            return refusal(500, "this page cannot be made; the log of the server says why")

    def _opened(self) -> Snapshot:
        return Snapshot(self._place, self._limits.rows)

    def _renew(self) -> Answer:
        snapshot = self._opened()
        if snapshot.version == self._snapshot.version:
            snapshot.store.close()
            snapshot = self._snapshot
        prepare(snapshot)
        self._is_prepared = True
        if snapshot is not self._snapshot:
            self._go_over(snapshot)
        return Answer(200, "text/plain", snapshot.version.encode())

    def _go_over(self, snapshot: Snapshot) -> None:
        old, self._snapshot = self._snapshot, snapshot
        old.store.close()

    def _page(self, asked: Visit) -> Answer:
        return self._loop.run_until_complete(_answered(self._pages, asked))


async def _answered(pages: Starlette, asked: Visit) -> Answer:
    """What the application answers."""
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": asked.method, "scheme": "http", "path": asked.root + asked.path,
        "raw_path": None, "root_path": asked.root, "query_string": asked.query, "headers": list(asked.headers), "server": None, "client": None,
    }  # fmt: skip
    status, headers, body = 500, list[tuple[str, str]](), list[bytes]()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
        else:
            body.append(message.get("body", b""))

    await pages(scope, receive, send)
    return Answer(status, "", b"".join(body), headers=tuple(headers))
