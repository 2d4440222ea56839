"""The graph in force: a request sees one version from its start to its end, the next one sees what a build has put in its place since."""

from __future__ import annotations

import asyncio
import logging
from contextvars import ContextVar
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from kg.errors import KGError
from kg.query.pool import Pool
from kg.serve.snapshot import Snapshot
from kg.store import version

log = logging.getLogger(__name__)


class _Held:
    """A snapshot and how many requests look at it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.requests = 0


class Current:
    """Gives the snapshot in force; inside a request that of the request."""

    def __init__(self, place: Path | str, pool: Pool | None = None) -> None:
        """Open an output folder, a store or an RDF file, whose queries run in the pool. Raises InputError when there is none."""
        self._place, self._pool = place, pool
        self.version = version(place)
        self._newest = _Held(Snapshot(place, pool))
        self._of_request: ContextVar[_Held] = ContextVar("snapshot")
        self._lock = asyncio.Lock()

    def __call__(self) -> Snapshot:
        """The snapshot to answer from."""
        return self._of_request.get(self._newest).snapshot

    def pinned(self, app: ASGIApp) -> ASGIApp:
        """The application, each of whose requests sees one version."""

        async def pinned_app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            held = await self._hold()
            token = self._of_request.set(held)
            try:
                await app(scope, receive, send)
            finally:
                self._of_request.reset(token)
                self._let_go(held)

        return pinned_app

    def close(self) -> None:
        """Close the snapshot in force."""
        self._newest.snapshot.store.close()

    async def _hold(self) -> _Held:
        if version(self._place) != self.version:
            async with self._lock:
                await self._renew()
        self._newest.requests += 1
        return self._newest

    async def _renew(self) -> None:
        """Go over to the version that is there now; when it cannot be opened, stay with the old one and try again at the next request."""
        found = version(self._place)
        if found == self.version:
            return
        try:
            snapshot = await run_in_threadpool(Snapshot, self._place, self._pool)
        except KGError as error:
            log.warning("the new version of the graph cannot be opened: %s", error)
            return
        log.info("the graph is now version %s", found)
        old, self._newest, self.version = self._newest, _Held(snapshot), found
        if old.requests == 0:
            old.snapshot.store.close()

    def _let_go(self, held: _Held) -> None:
        held.requests -= 1
        if held.requests == 0 and held is not self._newest:
            held.snapshot.store.close()
