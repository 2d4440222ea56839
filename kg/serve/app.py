"""The service as an ASGI application: SPARQL endpoint, health, and the pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from kg import __version__
from kg.errors import KGError
from kg.query.pool import Limits, Pool
from kg.serve.gate import Gate
from kg.serve.pages import PATHS, QUESTION, STATIC
from kg.serve.protocol import TRUNCATED, Endpoint
from kg.serve.safety import LOOPBACK, Safety
from kg.serve.worker import Renew, work
from kg.store import version

SPARQL, HEALTH = "/sparql", "/health"
PAGE_WORKERS = 2
PAGE_PATIENCE = 5.0
"""Seconds that a request for a page waits for a worker."""


def app(
    place: Path | str, *, limits: Limits | None = None, workers: int = 2, hosts: Collection[str] = LOOPBACK, origins: Collection[str] = ()
) -> ASGIApp:
    """The service over an output folder, a store or an RDF file; it goes over to a new version when a build has put one in place.

    ``hosts`` are the names that it may be called by, none for any; ``origins`` the web sites whose pages may ask it, ``*`` for all. Its processes end
    when the server ends its lifespan. Raises InputError when there is no such store.
    """
    queries = Pool(place, workers=workers, limits=limits, program=work)
    try:
        pages = Pool(place, workers=PAGE_WORKERS, limits=limits, patience=PAGE_PATIENCE, program=work, first=Renew())
    except KGError:
        queries.close()
        raise
    gate = Gate(place, pages, queries)

    async def health(_: Request) -> Response:
        told = {
            "status": "ok", "dealgraph": __version__, "graph": version(place), "workers": queries.workers, "idle": queries.idle,
            "page_workers": pages.workers, "page_workers_idle": pages.idle, "walls": queries.walls,
        }  # fmt: skip
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            queries.close()
            pages.close()

    all_routes = [
        Route(SPARQL, Endpoint(queries, page="/query").__call__, methods=["GET", "POST"]),
        Route(HEALTH, health, methods=["GET"]),
        *(Route(path, gate.question if path == QUESTION else gate.page, methods=["GET"]) for path in PATHS),
        STATIC,
    ]
    shared = Middleware(
        CORSMiddleware, allow_origins=list(origins), allow_methods=["GET", "POST"], allow_headers=["Accept", "Content-Type"],
        expose_headers=[TRUNCATED, "Retry-After"],
    )  # fmt: skip
    inner = Starlette(routes=all_routes, middleware=[shared] if origins else [], lifespan=lifespan)
    inner.router.redirect_slashes = False  # it would send people to whatever host they named
    return Safety(inner, hosts=hosts, origins=origins)
