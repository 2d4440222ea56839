"""The service on a free port, for tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from kg.query.pool import Limits
from kg.serve.app import app
from kg.serve.connection import server
from kg.serve.safety import LOOPBACK

SMALL = Path(__file__).parent / "data" / "small.trig"
ID = "https://w3id.org/dealgraph/id/"

RUNAWAYS = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } ORDER BY ?a ?f ?l",
    "SELECT DISTINCT ?x { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l BIND(1 AS ?x) }",
    "SELECT ?a (COUNT(DISTINCT ?l) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } GROUP BY ?a",
    "ASK { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(STR(?a) = CONCAT(STR(?d), STR(?g), STR(?j))) }",
    "SELECT (COUNT(*) AS ?n) { ?a (!kg:x|^!kg:x)* ?b . ?c (!kg:x|^!kg:x)* ?d }",
    'SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(REGEX(STR(?c), "(x+x+)+y") || REGEX(STR(?f), CONCAT(STR(?i), "z"))) }',
    "CONSTRUCT { ?a ?b ?l } { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a = ?l && ?b = ?e && ?f = ?i && ?h = ?a) }",
    "SELECT ?a { ?a ?b ?c MINUS { ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?d = ?l) } }",
    "DESCRIBE ?a { ?a ?b ?c FILTER NOT EXISTS { ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?d = ?a && ?f = ?l && ?e = ?c) } }",
)
"""Queries that would run for hours over some hundred triples."""


@contextmanager
def served(
    place: Path | str = SMALL, *, limits: Limits | None = None, workers: int = 2, hosts: Collection[str] = LOOPBACK, origins: Collection[str] = ()
) -> Iterator[httpx.Client]:
    """A client of a service that runs in a thread of this process."""
    uvicorn = server(app(place, limits=limits, workers=workers, hosts=hosts, origins=origins))
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        thread = threading.Thread(target=uvicorn.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not uvicorn.started:
                time.sleep(0.01)
            with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as client:
                yield client
        finally:
            uvicorn.should_exit = True
            thread.join()


def port_of(client: httpx.Client) -> int:
    """The port that it asks."""
    port = client.base_url.port
    assert port is not None
    return port


def exchange(port: int, sent: bytes, *, seconds: float = 20) -> bytes:
    """What comes back for these bytes, until the other side closes or ``Connection: close`` was asked for and heard."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        received = b""
        try:
            connection.sendall(sent)
            while piece := connection.recv(65536):
                received += piece
        except (ConnectionResetError, BrokenPipeError):
            pass
        return received
