"""Connections that do not wait for ever: on a client that sends a head bit by bit, and on one that does not take its answer."""

from __future__ import annotations

import asyncio

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""How long the head of a request may take to come."""
PAUSE_SECONDS = 10.0
LEAST_TAKEN = 100_000
"""Bytes of an answer that a client must take in ``PAUSE_SECONDS``, when it keeps the answer waiting."""


LARGEST_HEAD = 65_536
"""Bytes that are read in search of the end of a head; smaller ones that are too large get an answer that says so (``kg.serve.safety``)."""
CONNECTIONS = 256


def server(application: ASGIApp) -> uvicorn.Server:
    """Uvicorn with this application and all that it lets us limit."""
    config = uvicorn.Config(
        application, http=Connection, ws="none", log_config=None, access_log=False, server_header=False, proxy_headers=False,
        limit_concurrency=CONNECTIONS, h11_max_incomplete_event_size=LARGEST_HEAD, timeout_graceful_shutdown=5,
    )  # fmt: skip
    return uvicorn.Server(config)


class Connection(H11Protocol):
    """uvicorn's, with these two limits; it has limits between requests only."""

    _head: asyncio.TimerHandle | None = None
    _answer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """Wait on when the data ends within a head, and no longer when it ends behind one."""
        super().data_received(data)
        waiting = self.cycle is None or self.cycle.response_complete
        if not waiting:
            _cancel(self._head)
            self._head = None
        elif self._head is None and not self.transport.is_closing():
            self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        """Begin to watch whether the client takes its answer."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The client has taken enough."""
        super().resume_writing()
        _cancel(self._answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        _cancel(self._head)
        _cancel(self._answer)
        super().connection_lost(exc)

    def _watch(self, before: int) -> None:
        def look() -> None:
            left = self.transport.get_write_buffer_size()
            if before - left < min(LEAST_TAKEN, before):
                self.transport.abort()
            else:
                self._watch(left)

        self._answer = self.loop.call_later(PAUSE_SECONDS, look)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
