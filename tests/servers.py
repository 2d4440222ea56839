"""Servers that tests start: the real ones, and a tiny one that fails on demand."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

PATIENCE = 90
"""Seconds in which a server has to be up."""

VIRTUOSO = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = {sql}
DisableUnixSocket = 1
NumberOfBuffers = 5000
MaxDirtyBuffers = 3000
DirsAllowed = {folder}
[HTTPServer]
ServerPort = {http}
ServerRoot = {folder}
ServerThreads = 5
[SPARQL]
ResultSetMaxRows = 10000
"""


class Running(NamedTuple):
    """A server that runs."""

    url: str
    """Of its SPARQL endpoint, for reading."""
    publish: str
    """The same for publishing, with user and password where they are needed."""


@contextmanager
def oxigraph(folder: Path, *options: str) -> Iterator[Running]:
    """The server of Oxigraph on a folder."""
    program = Path(sys.executable).with_name("oxigraph")
    if not program.exists():
        missing("the server of Oxigraph", "pip install oxigraph")
    port = free_port()
    with process(program, "serve", "--location", folder, "--bind", f"127.0.0.1:{port}", *options, cwd=folder.parent):
        url = f"http://127.0.0.1:{port}/query"
        await_answer(url)
        yield Running(url, url)


@contextmanager
def virtuoso(folder: Path) -> Iterator[Running]:
    """Virtuoso on a new folder."""
    program = shutil.which("virtuoso-t")
    if program is None:
        missing("Virtuoso", "apt-get install virtuoso-opensource")
    folder.mkdir()
    sql, http = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(VIRTUOSO.format(folder=folder, sql=sql, http=http), encoding="utf-8")
    with process(program, "+foreground", "+configfile", folder / "virtuoso.ini", cwd=folder):
        await_answer(f"http://127.0.0.1:{http}/sparql")
        yield Running(f"http://127.0.0.1:{http}/sparql", f"http://dba:dba@127.0.0.1:{http}/sparql")


def missing(what: str, remedy: str) -> None:
    """Skip the test for want of a server; where all have to be there, fail."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what} is not installed: {remedy}")


@contextmanager
def process(*command: str | Path | None, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is killed in the end."""
    with (cwd / "server.log").open("ab") as log, subprocess.Popen([*map(str, command)], cwd=cwd, stdout=log, stderr=log) as running:
        try:
            yield running
        finally:
            running.kill()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def await_answer(url: str) -> None:
    """Wait until a server answers queries."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if httpx.get(url, params={"query": "ASK {}"}, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > end:
            raise TimeoutError(f"{url} does not answer after {PATIENCE} s")
        time.sleep(0.1)


class Tiny(ThreadingHTTPServer):
    """A Graph Store in memory, and answers to queries made up by the test.

    ``trouble`` is called with the number of the request, from 1, and its method; it names what goes wrong: a status such as "500", "slow" (no
    answer for two seconds), "deaf" (the connection ends without an answer), "torn" (the connection ends in the answer's body) or "" (nothing).
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.graphs: dict[str, bytes] = {}
        self.trouble: Callable[[int, str], str] = lambda number, method: ""
        self.answer: tuple[int, str, dict[str, str]] = (200, '{"head":{},"boolean":true}', {"Content-Type": "application/sparql-results+json"})
        """What queries are answered with: status, body and headers."""
        self.said = "No space left on device"
        """What stands in the body of a failure."""
        self.password = ""
        """Basic authentication, base 64; without it nobody is asked."""
        self.seen: list[str] = []
        """Method and graph of every request."""

    def handle_error(self, *_: object) -> None:
        """Nothing: who is slow or torn is left."""

    @property
    def url(self) -> str:
        """Of the SPARQL endpoint; the Graph Store is beside it, as in Oxigraph."""
        return f"http://127.0.0.1:{self.server_port}/query"


class _Handler(BaseHTTPRequestHandler):
    server: Tiny
    protocol_version = "HTTP/1.1"

    def version_string(self) -> str:
        return "Oxigraph/tiny"

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        address = urlsplit(self.path)
        graph = "".join(parse_qs(address.query).get("graph", []))
        self.server.seen.append(f"{self.command} {graph}".strip())
        trouble = self.server.trouble(len(self.server.seen), self.command)
        if trouble == "slow":
            time.sleep(2)
        if trouble in ("slow", "deaf"):
            self.close_connection = True
            return
        if self.server.password and self.headers.get("Authorization") != f"Basic {self.server.password}":
            self._answer(401, b"", {"WWW-Authenticate": "Basic realm=tiny"})
        elif trouble.isdigit():
            self._answer(int(trouble), self.server.said.encode(), {"Content-Type": "text/plain"})
        elif address.path == "/store":
            self._answer(*self._keep(graph, body), {"Content-Type": "application/n-triples"}, torn=trouble == "torn")
        elif address.path != "/query":
            self._answer(404, b"", {})
        else:
            status, text, headers = self.server.answer
            self._answer(status, text.encode(), headers, torn=trouble == "torn")

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def _keep(self, graph: str, body: bytes) -> tuple[int, bytes]:
        graphs = self.server.graphs
        if self.command == "PUT":
            graphs[graph] = body
        elif self.command == "POST":
            graphs[graph] = graphs.get(graph, b"") + body
        elif graph not in graphs:
            return 404, b""
        elif self.command == "DELETE":
            del graphs[graph]
        return 200, graphs.get(graph, b"") if self.command == "GET" else b""

    def _answer(self, status: int, body: bytes, headers: dict[str, str], *, torn: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + (100 if torn else 0)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.close_connection or torn


@contextmanager
def tiny() -> Iterator[Tiny]:
    """A tiny server in a thread."""
    with Tiny() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
