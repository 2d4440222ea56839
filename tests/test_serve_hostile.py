"""Requests that mean harm, byte by byte: none gets in, none is answered as if it were right, and the service stands afterwards."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx
import pytest
from serving import exchange, port_of, served
from test_guard import SERVICES

from kg.query.pool import Limits
from kg.serve import connection, safety

CLOSE = b"Host: localhost\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with served(limits=Limits(seconds=3)) as opened:
        yield opened


@pytest.fixture(scope="module")
def heard() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine that a query might reach, and what reached it."""
    said: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hear() -> None:
            while True:
                try:
                    made, _ = server.accept()
                except OSError:
                    return
                with made:
                    said.append(made.recv(100))

        threading.Thread(target=hear, daemon=True).start()
        yield server.getsockname()[1], said
        server.shutdown(socket.SHUT_RDWR)


def get(target: str, *lines: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\n".encode() + CLOSE + "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


def post(body: bytes, kind: str = "application/sparql-query", *lines: str) -> bytes:
    head = f"POST /sparql HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n" + "".join(f"{line}\r\n" for line in lines)
    return head.encode() + CLOSE + b"\r\n" + body


BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><b>&c;</b>"""
ENTITY = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]><b>&x;</b>"""
FORM = "application/x-www-form-urlencoded"

PATHS = [
    "/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/sparql/../../etc/passwd",
    "/....//....//etc/passwd", "//etc/passwd", "/static/../../../pyproject.toml", "/static/..%2f..%2fapp.py", "/static/%00",
    "/%00", "/sparql%00", "/sparql/", "/SPARQL", "/sparql;x=1", "/sparql%2f", "/health/../sparql", "/\\..\\..\\windows\\win.ini",
    "/%c0%ae%c0%ae/etc/passwd", "/%ff%fe", "/.git/config", "/.env", "/server-status", "/cgi-bin/%2e%2e/bin/sh",
    "/id/../../../etc/passwd", "/" + "a/" * 5000, "http://evil.example/sparql", "http://evil.example/", "/wp-login.php",
]  # fmt: skip
"""Nothing is there."""

REQUESTS: list[tuple[set[int], bytes]] = [
    *(({400, 404}, get(path)) for path in PATHS),
    # names of other hosts, or of none
    ({421}, b"GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
    ({421}, b"GET /health HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\nConnection: close\r\n\r\n"),
    ({421}, b"GET /health HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\nConnection: close\r\n\r\n"),
    ({421}, b"GET /health HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-For: 127.0.0.1\r\nForwarded: host=localhost\r\nConnection: close\r\n\r\n"),
    ({400}, b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
    ({400}, b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"),
    ({400}, b"GET /health HTTP/1.0\r\n\r\n"),
    ({400}, b"GET /health HTTP/1.1\r\nHost: localhost, evil.example\r\nConnection: close\r\n\r\n"),
    ({400}, b"GET /health HTTP/1.1\r\nHost: localhost/evil.example\r\nConnection: close\r\n\r\n"),
    ({400}, b"GET /health HTTP/1.1\r\nHost: localhost:8321@evil.example\r\nConnection: close\r\n\r\n"),
    ({400}, b"GET /health HTTP/1.1\r\nHost: <script>\r\nConnection: close\r\n\r\n"),
    ({400}, b"GET /health HTTP/1.1\r\nHost: \xff\xfe\r\nConnection: close\r\n\r\n"),
    ({400}, b"GET /health HTTP/1.1\r\n Host: localhost\r\nConnection: close\r\n\r\n"),
    ({400}, b"GET /health HTTP/1.1\r\nHost : localhost\r\nConnection: close\r\n\r\n"),
    # lines broken where none should be
    ({400}, b"GET /health HTTP/1.1\rHost: localhost\r\r"),
    ({400}, get("/health\r\nX-Injected: 1")),
    ({400}, get("/health", "X: a\rb")),
    ({400}, get("/health", "X: a\0b")),
    ({400}, b"GET /health\r\n\r\n"),
    ({400}, b"GET  /health HTTP/1.1\r\n" + CLOSE + b"\r\n"),
    ({200, 400}, b"GET /health HTTP/9.9\r\n" + CLOSE + b"\r\n"),
    ({400}, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n"),
    ({400}, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ({400}, b"\0" * 1000 + b"\r\n\r\n"),
    ({400, 404}, get("/x%0d%0aSet-Cookie:%20a=b")),
    ({403}, get("/sparql?query=ASK{}", "Origin: https://evil.example%0d%0aX: y")),
    ({406}, get("/sparql?query=ASK{}", "Accept: image/png,%0d%0aSet-Cookie: a=b")),
    # two requests that look like one
    ({400}, b"POST /sparql HTTP/1.1\r\n" + CLOSE + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nASK {}"),
    ({400, 501}, b"POST /sparql HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: gzip\r\n\r\nASK {}"),
    ({400}, b"POST /sparql HTTP/1.1\r\n" + CLOSE + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    ({400}, b"POST /sparql HTTP/1.1\r\n" + CLOSE + b"Content-Length: -1\r\n\r\n"),
    ({400}, b"POST /sparql HTTP/1.1\r\n" + CLOSE + b"Content-Length: 0x10\r\n\r\n"),
    ({400, 415}, b"POST /sparql HTTP/1.1\r\n" + CLOSE + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"),
    # too much
    ({413}, b"POST /sparql HTTP/1.1\r\n" + CLOSE + b"Content-Type: application/sparql-query\r\nContent-Length: 99999999999\r\n\r\n"),
    ({413}, post(b"#" * 3_000_000)),
    ({413}, b"POST /sparql HTTP/1.1\r\n" + CLOSE + b"Content-Type: application/sparql-query\r\nTransfer-Encoding: chunked\r\n\r\n"
     + (b"10000\r\n" + b"#" * 65536 + b"\r\n") * 32 + b"0\r\n\r\n"),
    ({400, 413}, post(b"&".join(b"a=1" for _ in range(100_000)), FORM)),
    ({414}, get("/health?" + "x" * 20_000)),
    ({431}, get("/health", *(f"X-{number}: {'y' * 90}" for number in range(300)))),
    ({400, 414}, get("/health?" + "x" * 100_000)),
    ({415}, post(b"\x1f\x8b\x08" + b"\0" * 100, "application/sparql-query", "Content-Encoding: gzip")),
    # bodies that are something else
    ({415}, post(BOMB, "application/xml")), ({415}, post(ENTITY, "text/xml")), ({400}, post(BOMB)), ({400}, post(ENTITY)),
    ({415}, post(b'{"query": "ASK {}"}', "application/json")), ({415}, post(b"--x\r\n\r\nASK {}\r\n--x--", "multipart/form-data; boundary=x")),
    ({400}, post(b"\xff\xfe")), ({400}, post(b"query=%FF%FE", FORM)), ({400}, post(b"query=%ZZ", FORM)), ({400}, post(b"", FORM)),
    ({400}, post(b"query=ASK%7B%7D&query=ASK%7B%7D", FORM)), ({400}, post(b"ASK {\0}")),
    # changes
    ({403}, post(b"DROP ALL", "application/sparql-update")), ({403}, post(b"update=DROP%20ALL", FORM)), ({403}, get("/sparql?update=DROP%20ALL")),
    ({403}, post(b"INSERT DATA { <urn:a> <urn:b> <urn:c> }")), ({403}, post(b"LOAD <file:///etc/passwd> INTO GRAPH <urn:x>")),
    ({403}, post(b"CLEAR ALL ; ADD DEFAULT TO <urn:x>")), ({405}, b"PUT /sparql?default HTTP/1.1\r\n" + CLOSE + b"Content-Length: 0\r\n\r\n"),
    ({405}, b"DELETE /sparql?graph=urn:x HTTP/1.1\r\n" + CLOSE + b"\r\n"), ({405}, b"TRACE /sparql HTTP/1.1\r\n" + CLOSE + b"\r\n"),
    ({400, 404, 405}, b"CONNECT evil.example:80 HTTP/1.1\r\n" + CLOSE + b"\r\n"), ({405}, b"OPTIONS /sparql HTTP/1.1\r\n" + CLOSE + b"\r\n"),
    # graphs and files from elsewhere
    ({400}, get("/sparql?query=ASK%7B%7D&default-graph-uri=http://127.0.0.1:1/")), ({400}, get("/sparql?query=ASK%7B%7D&named-graph-uri=file:///etc/passwd")),
    ({403}, get("/sparql?query=" + quote("ASK FROM <file:///etc/passwd> { ?s ?p ?o }"))),
    # another protocol
    ({200, 400, 404, 426}, get("/health", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x")),
    ({200, 400}, get("/health", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA")),
]  # fmt: skip


def test_there_are_a_hundred() -> None:
    assert len(REQUESTS) + len(SERVICES) >= 100


@pytest.mark.parametrize("number", range(len(REQUESTS)))
def test_none_gets_in(client: httpx.Client, number: int) -> None:
    statuses, sent = REQUESTS[number]
    answer = exchange(port_of(client), sent)
    if answer or statuses != {400}:  # to what is no HTTP, silence is an answer
        assert int(answer.split(b" ", 2)[1]) in statuses, answer[:1000]
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"set-cookie" not in head.lower()
    assert b"x-injected" not in head.lower()
    assert b"root:" not in body
    assert b"Traceback" not in body
    if b"text/html" in head.lower():  # the page that says that there is nothing
        assert head.split(b" ", 2)[1] == b"404" and b"default-src 'none'" in head and b"<script>" not in body
    assert client.get("/health").status_code == 200


def test_nobody_is_asked_for_a_service(client: httpx.Client, heard: tuple[int, list[bytes]]) -> None:
    """Over HTTP, in all three ways, and by other names for this machine; the listener hears what is really sent to it, and nothing of this."""
    port, said = heard
    for text in SERVICES:
        for host in ("127.0.0.1", "localhost", "[::1]", "0x7f000001"):
            query = text.replace("URL", f"http://{host}:{port}/")
            if host != "127.0.0.1" and text != SERVICES[0]:
                continue
            for response in (
                client.get("/sparql", params={"query": query}),
                client.post("/sparql", data={"query": query}),
                client.post("/sparql", content=query, headers={"Content-Type": "application/sparql-query"}),
            ):
                assert response.status_code in (400, 403), (query, response.text)
    for query in (f"LOAD <http://127.0.0.1:{port}/>", f"ASK FROM <http://127.0.0.1:{port}/> {{}}"):
        assert client.get("/sparql", params={"query": query}).status_code == 403
    assert said == []
    with socket.create_connection(("127.0.0.1", port)) as control:
        control.sendall(b"hello")
    deadline = time.monotonic() + 5
    while not said and time.monotonic() < deadline:
        time.sleep(0.01)
    assert said == [b"hello"]


def test_who_sends_slowly_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(safety, "BODY_SECONDS", 0.5)
    half_body = b"POST /sparql HTTP/1.1\r\n" + CLOSE + b"Content-Type: application/sparql-query\r\nContent-Length: 100\r\n\r\nASK"
    asked = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with served(workers=1) as client, ThreadPoolExecutor() as threads:

        def drip(sent: bytes) -> tuple[bytes, float]:
            """Send these bytes, then one more each 50 ms until the other side closes; what came back, and after how long."""
            before, received = time.monotonic(), b""
            with socket.create_connection(("127.0.0.1", port_of(client)), timeout=0.05) as slow:
                slow.sendall(sent)
                while time.monotonic() < before + 10:
                    try:
                        if not (piece := slow.recv(65536)):
                            break
                        received += piece
                    except TimeoutError:
                        try:
                            slow.sendall(b"x")
                        except OSError:
                            break
                    except OSError:
                        break
            return received, time.monotonic() - before

        slow = [threads.submit(drip, sent) for sent in (b"", b"G", b"GET / HTTP/1.1\r\nX: ", half_body, asked + b"GET /h") for _ in range(3)]
        assert client.get("/health").status_code == 200
        for number, one in enumerate(slow):
            received, took = one.result()
            assert took < 9, number
            assert received == b"" or received.startswith((b"HTTP/1.1 408", b"HTTP/1.1 400")) or (number >= 12 and b" 200 OK" in received)
        assert client.get("/sparql", params={"query": "ASK {}"}).status_code == 200


def test_who_does_not_take_an_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PAUSE_SECONDS", 0.5)
    query = quote("SELECT * { ?a ?b ?c . ?d ?e ?f }")
    with served(workers=1, limits=Limits(rows=60_000)) as client:
        with socket.socket() as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.connect(("127.0.0.1", port_of(client)))
            lazy.settimeout(10)
            lazy.sendall(get(f"/sparql?query={query}"))
            time.sleep(6)
            received = b""
            try:
                while piece := lazy.recv(65536):  # what the system had taken from the service
                    received += piece
            except ConnectionResetError:
                pass
        length = int(received.lower().split(b"content-length: ")[1].split()[0])
        assert length > 20_000_000
        assert len(received) < length / 2
        assert client.get("/sparql", params={"query": "ASK {}"}).status_code == 200


def test_many_connections_that_say_nothing_leave_room(client: httpx.Client) -> None:
    held = [socket.create_connection(("127.0.0.1", port_of(client))) for _ in range(150)]
    try:
        assert client.get("/health").status_code == 200
    finally:
        for one in held:
            one.close()
