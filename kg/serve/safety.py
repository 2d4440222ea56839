"""What every request must keep to, and what every answer carries: names of this machine, sizes and times, headers that fence in a browser."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""Names of this machine. A page elsewhere can give its own name the address of this machine; a browser then sends that name."""

LONGEST_TARGET = 16_000
"""Bytes of path and query."""
LONGEST_HEAD = 16_000
"""Bytes of all header lines."""
LARGEST_BODY = 1_000_000
BODY_SECONDS = 15.0

_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(:\d{1,5})?")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}
"""What an answer carries where it does not say otherwise itself."""


class Safety:
    """An application whose requests are checked before it sees them, and whose answers are fenced in."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str] = LOOPBACK, origins: Collection[str] = ()) -> None:
        """``hosts``: names that it may be called by, none for any; ``origins``: web sites that may read its answers, ``*`` for all."""
        self._app, self._hosts, self._origins = app, frozenset(hosts), frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, answer, fence in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def fenced(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._fence(MutableHeaders(scope=message))
            await send(message)

        if (problem := self._problem(scope, headers)) is not None:
            status, why = problem
            await PlainTextResponse(why, status)(scope, receive, fenced)
            return
        await self._app(scope, limited(receive), fenced)

    def _fence(self, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if self._origins:
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if "set-cookie" in headers:
            del headers["set-cookie"]

    def _problem(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """Status and reason when the head of a request is not as it should be."""
        host = _HOST.fullmatch(headers.get("host", "").lower())
        origin = headers.get("origin")
        length = headers.get("content-length", "0")
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_TARGET:
            return 414, f"the address is longer than {LONGEST_TARGET:,} bytes; send a long query in the body of a POST"
        if sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > LONGEST_HEAD:
            return 431, f"the headers are longer than {LONGEST_HEAD:,} bytes; leave some out"
        if host is None or len(headers.getlist("host")) != 1:
            return 400, "the request names no host, or not as a host is named; send one header Host"
        if self._hosts and host[1] not in self._hosts:
            return 421, f"the host {host[1]!r} is not served here; call it {' or '.join(sorted(self._hosts))}"
        if origin is not None and origin.lower().partition("://")[2] != host[0] and origin not in self._origins and "*" not in self._origins:
            return 403, f"pages of {origin[:200]!r} may not ask here; start kg serve with --cors {origin[:200]} to let them"
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            return 413, _too_large()
        if headers.get("content-encoding", "identity") != "identity":
            return 415, "bodies are read as they are; send it without Content-Encoding"
        return None


def limited(receive: Receive) -> Receive:
    """A body that ends in an answer 413 when it grows too large, in 408 when it comes too slowly."""
    size, end, complete = 0, 0.0, False

    async def receiving() -> Message:
        nonlocal size, end, complete
        if complete:  # now it only waits for the client to go away
            return await receive()
        end = end or time.monotonic() + BODY_SECONDS
        try:
            message = await asyncio.wait_for(receive(), max(0.0, end - time.monotonic()))
        except TimeoutError:
            raise HTTPException(408, f"the body took more than {BODY_SECONDS:g} s to come") from None
        size += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if size > LARGEST_BODY:
            raise HTTPException(413, _too_large())
        return message

    return receiving


def _too_large() -> str:
    return f"the body is larger than {LARGEST_BODY:,} bytes; send a shorter query"
