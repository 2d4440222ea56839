"""Pages about what is in a graph, for people and for programs: things, documents, search, questions, the viewer, a query page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from kg.serve.pages import asking, console, openapi, search, start, things
from kg.serve.pages.frame import static

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from kg.serve.snapshot import Snapshot

__all__ = ["routes"]


def routes(current: Callable[[], Snapshot]) -> list[Route]:
    """All addresses of the pages; each request is answered from one snapshot, the one in force when it came in.

    Handlers are plain functions, so that Starlette runs them in its pool of threads. HTML responses carry their own Content-Security-Policy; what
    wraps these routes must leave it as it is, since the viewer and the query page need another one than the rest.
    """

    def answering(handler: Callable[[Request, Snapshot], Response]) -> Callable[[Request], Response]:
        return lambda request: handler(request, current())

    handlers = {
        "/": start.start, "/view": start.viewer, "/id/{key:path}": things.identify, "/page/{key:path}": things.thing, "/data/{key:path}": things.data,
        "/search": search.search_page, "/api/search": search.search_json, "/ask": asking.ask_list, "/ask/{name}": asking.ask_one,
        "/query": console.console, "/openapi.json": openapi.openapi,
    }  # fmt: skip
    return [*(Route(path, answering(handler), methods=["GET"]) for path, handler in handlers.items()), Route("/static/{name}", static)]
