"""The service on a free port, for tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import httpx

from kg.query.pool import Answer, Limits
from kg.query.worker import Task, attend
from kg.serve.app import app
from kg.serve.connection import server
from kg.serve.safety import LOOPBACK
from kg.serve.worker import Guide, Renew, Visit

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
    "CONSTRUCT { ?a ?b ?l } { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(STR(?a) = CONCAT(STR(?l), STR(?f), STR(?i))) }",
    "SELECT ?a { ?a ?b ?c MINUS { ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?d = ?l) } }",
    "DESCRIBE ?a { ?a ?b ?c FILTER NOT EXISTS { ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?d = ?a && ?f = ?l && ?e = ?c) } }",
)
"""Queries that would run for hours over some hundred triples."""


def slowed(connection: Connection, place: str, limits: Limits) -> None:
    """What a worker does, but that a page whose address has ``sleep=SECONDS`` takes so long: for ``kg.serve.app.work``."""

    def opened() -> Callable[[Visit | Renew | Task], Answer]:
        guide = Guide(place, limits)

        def answer(task: Visit | Renew | Task) -> Answer:
            if isinstance(task, Visit) and task.query.startswith(b"sleep="):
                time.sleep(float(task.query.partition(b"=")[2]))
            return guide.answer(task)

        return answer

    attend(connection, limits, opened, Visit | Renew | Task)


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


def left_at_once(port: int, *requests: bytes) -> None:
    """Send each of these on a connection of its own, wait until they are at work, and go away."""
    held = [socket.create_connection(("127.0.0.1", port)) for _ in requests]
    for connection, sent in zip(held, requests, strict=True):
        connection.sendall(sent)
    time.sleep(1)
    for connection in held:
        connection.close()


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
