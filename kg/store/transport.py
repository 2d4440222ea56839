"""Requests to a server: credentials, a second try where one may help, and errors that say what to do."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Generator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from kg.errors import InputError, OutputError, SettingsError

log = logging.getLogger(__name__)

TIMEOUT = 60.0
"""Seconds in which a server has to answer, unless the environment says otherwise."""
WAITS = (0.5, 1.0, 2.0)
"""Seconds before each further try when a connection fails or a server is overloaded."""
BUSY = (502, 503, 504)


class Server:
    """A server at a URL, without the user and password that may stand in it. Close it after use."""

    def __init__(self, url: str, *, timeout: float | None = None, waits: Sequence[float] = WAITS) -> None:
        """User and password are those of the URL, else of ``DEALGRAPH_USER`` and ``DEALGRAPH_PASSWORD``; seconds else of ``DEALGRAPH_TIMEOUT``.

        Raises InputError when the URL is none, SettingsError when the seconds are no number.
        """
        self.url, user, password = _taken_apart(url)
        self.timeout, self._waits = timeout or _timeout(), waits
        self._credentials = _Credentials(user, password) if user else None
        self._client = httpx.Client(timeout=self.timeout, auth=self._credentials)

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    def send(self, method: str, url: str, *, missing: bool = False, **how: Any) -> httpx.Response:
        """What the server answers, be it that it refuses the request itself (400) or, with ``missing``, that there is no such thing (404).

        All requests here may be sent twice. Raises OutputError when the server cannot be reached, fails or refuses the user, InputError when
        it has nothing there.
        """
        for wait in (*self._waits, None):
            trouble = ""
            try:
                response = self._client.request(method, url, **how)
            except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
                reason = f"{url} did not answer within {self.timeout:g} seconds"
                raise OutputError(f"{reason}; try again later, or allow more seconds in DEALGRAPH_TIMEOUT") from error
            except httpx.HTTPError as error:
                trouble = f"the connection failed ({str(error) or type(error).__name__})"
            else:
                if response.status_code not in BUSY:
                    self._check(response, url, (200, 201, 202, 204, 400, *((404,) if missing else ())))
                    return response
                trouble = f"the server is not ready ({_said(response)})"
            if wait is not None:
                log.info("%s: %s; trying again in %g s", url, trouble, wait)
                time.sleep(wait)
        tries = f", {len(self._waits) + 1} times" if self._waits else ""
        raise OutputError(f"{url} cannot be used: {trouble}{tries}; see whether the server runs and its address is right, and try again")

    def _check(self, response: httpx.Response, url: str, fine: Sequence[int]) -> None:
        status = response.status_code
        if status in fine:
            return
        if status in (401, 403):
            who = f"the user {self._credentials.user!r} with this password" if self._credentials else "anybody without a password"
            raise OutputError(f"{url} does not accept {who} ({_said(response)}); set DEALGRAPH_USER and DEALGRAPH_PASSWORD")
        if 300 <= status < 400:
            raise InputError(f"{url} has moved to {response.headers.get('location', 'another place')}; use that address")
        if status in (404, 405, 501):
            raise InputError(f"{url} has nothing of that kind ({_said(response)}); mend the address")
        raise OutputError(f"{url} failed ({_said(response)}); see what the log of the server says, mend that, and try again")


class _Credentials(httpx.Auth):
    """User and password, given when the server asks for them, and in the way that it asks for."""

    def __init__(self, user: str, password: str) -> None:
        self.user, self._password = user, password
        self._chosen: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._chosen is None:
            response = yield request
            if response.status_code != 401:
                return
            asked = " ".join(response.headers.get_list("www-authenticate")).lower()
            way = httpx.DigestAuth if "digest" in asked else httpx.BasicAuth
            self._chosen = way(self.user, self._password)
        yield from self._chosen.auth_flow(request)


def reason_of(response: httpx.Response) -> str:
    """What a server says in a refusal, on one line, and no more than a line of it."""
    lines = [" ".join(line.split()) for line in response.text.splitlines()]
    told = "" if "html" in response.headers.get("content-type", "") else next(filter(None, lines), "")
    return told[:200]


def _said(response: httpx.Response) -> str:
    told = reason_of(response)
    return f"{response.status_code} {response.reason_phrase}".strip() + (f": {told}" if told else "")


def _taken_apart(url: str) -> tuple[str, str, str]:
    """A URL without user and password, and these."""
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        named = None
    if not named or any(sign.isspace() for sign in url):
        raise InputError(f"{_hidden(url)!r} is no address of a server; write one like http://localhost:7878/query")
    given, _, host = parts.netloc.rpartition("@")
    user, _, password = given.partition(":")
    environment: Mapping[str, str] = {} if user else os.environ
    return (
        parts._replace(netloc=host, fragment="").geturl(),
        unquote(user) or environment.get("DEALGRAPH_USER", ""),
        unquote(password) or environment.get("DEALGRAPH_PASSWORD", ""),
    )


def _hidden(url: str) -> str:
    """A broken URL, without what may be a password."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


def _timeout() -> float:
    given = os.environ.get("DEALGRAPH_TIMEOUT", "")
    try:
        seconds = float(given or TIMEOUT)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise SettingsError(f"DEALGRAPH_TIMEOUT is {given!r}; write a number of seconds, such as 60")
    return seconds
