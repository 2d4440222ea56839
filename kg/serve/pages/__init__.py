"""Pages about what is in a graph, for people and for programs: things, documents, search, questions, the viewer, a query page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from kg.serve.pages import asking, console, openapi, search, start, things
from kg.serve.pages.frame import static

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from kg.serve.snapshot import Snapshot

__all__ = ["PATHS", "QUESTION", "STATIC", "prepare", "routes"]

QUESTION = "/ask/{name}"
"""Address of the answers to questions, which take as long as queries do."""

_HANDLERS = {
    "/": start.start, "/view": start.viewer, "/id/{key:path}": things.identify, "/page/{key:path}": things.thing, "/data/{key:path}": things.data,
    "/search": search.search_page, "/api/search": search.search_json, "/ask": asking.ask_list, QUESTION: asking.ask_one,
    "/query": console.console, "/openapi.json": openapi.openapi,
}  # fmt: skip

PATHS = tuple(_HANDLERS)
"""Addresses of the pages, but for the files that they are made with."""

AT_ONCE = 300
"""Relations that are drawn in no time, when somebody asks for the picture."""

STATIC = Route("/static/{name}", static)


def routes(current: Callable[[], Snapshot]) -> list[Route]:
    """All addresses of the pages; each request is answered from one snapshot, the one in force when it came in.

    A handler blocks until it is done: the service lets them run in processes that it can end. HTML responses carry their own
    Content-Security-Policy; what wraps these routes must leave it as it is, since the viewer and the query page need another one than the rest.
    """

    def answering(handler: Callable[[Request, Snapshot], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return handler(request, current())

        return answer

    return [*(Route(path, answering(handler), methods=["GET"]) for path, handler in _HANDLERS.items()), STATIC]


def prepare(snapshot: Snapshot) -> None:
    """Work out what is needed of the whole graph, so that no request waits for it."""
    search.entries(snapshot)
    _ = snapshot.ends
    if start.overview(snapshot).relations > AT_ONCE:
        start.picture(snapshot)
