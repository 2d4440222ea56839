"""Requests for pages on their way to the processes that make them."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from kg.query.pool import GONE, Pool
from kg.serve.presence import while_there
from kg.serve.worker import Renew, Visit
from kg.store import version

log = logging.getLogger(__name__)

PAGE_SECONDS = 10.0
"""How long a page may take."""
RENEW_SECONDS = 600.0
"""How long a worker may take to prepare a new version."""
_LOOKED_AT = (b"accept", b"accept-language", b"host")


class Gate:
    """Lets the workers of a pool answer requests for pages, and go over to a new version of the graph one after the other."""

    def __init__(self, place: Path | str, pages: Pool, queries: Pool) -> None:
        """The pool for pages, and that for questions, which are queries that people need not write."""
        self._place, self._pages, self._queries = place, pages, queries
        self._version = version(place)
        self._renewing: asyncio.Task[None] | None = None

    async def page(self, request: Request) -> Response:
        """A page."""
        self.look()
        return await self._answer(request, self._pages, PAGE_SECONDS)

    async def question(self, request: Request) -> Response:
        """The page or the rows of a named question, always of the version in force."""
        return await self._answer(request, self._queries, None)

    def look(self) -> None:
        """When a build has put another version in place, begin to go over to it; until a worker has done so, it answers from the old one."""
        found = version(self._place)
        if found != self._version and (self._renewing is None or self._renewing.done()):
            self._version = found
            self._renewing = asyncio.create_task(self._renew(found))

    async def _renew(self, found: str) -> None:
        answers = await run_in_threadpool(self._pages.each, Renew(), seconds=RENEW_SECONDS)
        for answer in answers:
            if answer.status != 200:
                log.warning("the pages stay with the old graph: %s", answer.body.decode("utf-8", "replace"))
        log.info("the pages now show version %s", found)

    async def _answer(self, request: Request, pool: Pool, seconds: float | None) -> Response:
        headers = tuple((name, value) for name, value in request.scope["headers"] if name in _LOOKED_AT)
        root = request.scope.get("root_path", "")
        path = request.scope["path"].removeprefix(root)
        visit = Visit(request.method, path, root, request.scope["query_string"], headers)
        answer = await while_there(request.receive, pool.ado(visit, seconds=seconds))
        if answer is None:
            return Response(status_code=GONE)
        if not answer.headers:
            return _failure(path, answer.status, answer.body.decode("utf-8", "replace"))
        response = Response(answer.body, answer.status)
        response.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        return response


def _failure(path: str, status: int, why: str) -> Response:
    """Why there is no page, for a program as JSON."""
    headers = {"Retry-After": "2"} if status == 503 else None
    if path.endswith(".json") or path.startswith("/api/"):
        return JSONResponse({"error": why}, status, headers)
    return PlainTextResponse(why + "\n", status, headers)
