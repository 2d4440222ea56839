"""Which queries may be run: found by reading them, however they are dressed up."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.errors import QueryError
from kg.query.guard import RefusedQueryError, check
from kg.store import OxigraphStore, open_store

SMALL = Path(__file__).parent / "data" / "small.trig"
DOCUMENT = "https://w3id.org/dealgraph/id/document/d1"


@pytest.fixture(scope="module")
def store() -> Iterator[OxigraphStore]:
    with open_store(SMALL) as opened:
        yield opened


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what anybody said to it."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hear() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    heard.append(connection.recv(100))

        threading.Thread(target=hear, daemon=True).start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)


SERVICES = [
    "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { service silent <URL> { ?s ?p ?o } }",
    "SELECT * { VALUES ?where { <URL> } SERVICE ?where { ?s ?p ?o } }",
    "ASK { FILTER EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
    "ASK { FILTER(1 = 1 && NOT EXISTS { { SERVICE <URL> { ?s ?p ?o } } }) }",
    "SELECT * { ?s ?p ?o MINUS { SERVICE <URL> { ?s ?p ?o } } }",
    "SELECT * { ?s ?p ?o OPTIONAL { SERVICE <URL> { ?s ?p ?o } } }",
    "SELECT * { { ?s ?p ?o } UNION { SERVICE <URL> { ?s ?p ?o } } }",
    "SELECT * { GRAPH ?g { SERVICE <URL> { ?s ?p ?o } } }",
    "SELECT * { { SELECT * { { SELECT ?s { SERVICE <URL> { ?s ?p ?o } } } } } }",
    "SELECT (EXISTS { SERVICE <URL> { ?s ?p ?o } } AS ?x) {}",
    "SELECT * { BIND(EXISTS { SERVICE <URL> { ?s ?p ?o } } AS ?x) }",
    "SELECT ?s { ?s ?p ?o } ORDER BY (EXISTS { SERVICE <URL> { ?s ?p ?o } })",
    "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING (EXISTS { SERVICE <URL> { ?s ?p ?o } })",
    "CONSTRUCT { ?s ?p ?o } { SERVICE <URL> { ?s ?p ?o } }",
    "DESCRIBE ?s { SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { SERVICE <URL> { SERVICE <URL> { ?s ?p ?o } } }",
    "PREFIX : <URL> SELECT * {SERVICE: {?s ?p ?o}}",
    "PREFIX SERVICE: <URL> SELECT * {SERVICE SERVICE: {?s ?p ?o}}",
    "SELECT * { S\\u0045RVICE <URL> { ?s ?p ?o } }",
    "SELECT * { \\u0053\\u0045\\u0052\\u0056\\u0049\\u0043\\u0045 <URL> { ?s ?p ?o } }",
    "SELECT * { # a comment\rSERVICE <URL> { ?s ?p ?o } \n}",
    "SELECT * { # a comment\\u000DSERVICE <URL> { ?s ?p ?o } \n}",
    "SELECT * { ?s rdfs:label '' SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { ?s ?p '''a''' . SERVICE <URL> { ?s ?p ?o } FILTER(?o != ''' ''') }",
    'SELECT * { ?s ?p "\\\\" . SERVICE <URL> { ?s ?p ?o } FILTER(?o != "\\\\") }',
    "SELECT * {SERVICE<URL>{?s ?p ?o}}",
    "SELECT * { ?s kg:p?SERVICE <URL> { ?s ?p ?o } }",
]
"""Ways to ask another server; the engine runs most of them, and rdflib overlooks some as they stand."""


@pytest.mark.parametrize("text", SERVICES)
def test_no_dress_hides_a_service(store: OxigraphStore, listener: tuple[int, list[bytes]], text: str) -> None:
    port, heard = listener
    with pytest.raises(QueryError):
        check(store, text.replace("URL", f"http://127.0.0.1:{port}/"))
    assert heard == []


@pytest.mark.parametrize(
    "text",
    [
        # three quotes for rdflib as the text stands, one in a text for the engine, which would go on to run what stands between
        'SELECT * { ?s ?p "\\u0022" . SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } FILTER("\\u0022" = ?p) }',
        "SELECT * { ?s ?p '\\u0027' . SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } FILTER('\\u0027' = ?p) }",
        'SELECT * { ?s ?p "\\u005Cu0022" . SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }',
    ],
)
def test_what_both_parsers_read_differently_is_refused_or_harmless(store: OxigraphStore, text: str) -> None:
    try:
        allowed = check(store, text)
    except QueryError:
        return
    assert list(store.query(allowed.text, prefixes={})) == []  # type: ignore[arg-type]
    assert "\\u" not in allowed.text


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT ?service { ?service ?p ?o }", "select"),
        ('ASK { ?s rdfs:label "SERVICE <http://x/> { }" } # SERVICE and LOAD', "ask"),
        ("DESCRIBE <http://service.example/service>", "graph"),
        ("PREFIX service: <urn:service:> CONSTRUCT { service:a ?p ?o } { service:a ?p ?o }", "graph"),
        ("SELECT * { ?s ?p ?o FILTER(?o = '\\u8BFA\\U00008BFA') }", "select"),
        ("SELECT * FROM document:d1 FROM NAMED <https://w3id.org/dealgraph/id/graph/entities> {}", "select"),
        ("BASE <https://w3id.org/dealgraph/id/> PREFIX : <document/> SELECT * FROM <document/d1> FROM NAMED :d2 {}", "select"),
        ("SELECT * { ?s (kg:needs|^kg:hasAsset)+/rdfs:label ?o } ORDER BY DESC(?o) LIMIT 3", "select"),
        ("SELECT (1 AS ?load) (2 AS ?insert) {}", "select"),
    ],
)
def test_what_only_reads_is_allowed(store: OxigraphStore, text: str, form: str) -> None:
    allowed = check(store, text)
    assert allowed.form == form
    assert allowed.own_dataset == ("FROM" in text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT * FROM <http://127.0.0.1:9/x> {}", "no graph 'http://127.0.0.1:9/x'"),
        ("SELECT * FROM NAMED <file:///etc/passwd> {}", "no graph 'file:///etc/passwd'"),
        ("SELECT * FROM document:d1 FROM document:d9 {}", "document/d9"),
        ("ASK FROM <a b> {}", "cannot be read"),
        ("SELECT * FROM nope:d1 {}", "unknown prefix"),
        ("INSERT DATA { company:a a kg:Company }", "update"),
        ("LOAD <http://127.0.0.1:9/x.ttl>", "update"),
        ("PREFIX a: <urn:a> DELETE WHERE { ?s ?p ?o }", "update"),
        ("DROP ALL", "update"),
        ("SELECT * {} ; DROP ALL", "cannot be read"),
        ("SELECT * {} INSERT DATA { <urn:a> <urn:b> 1 }", "cannot be read"),
        ("SELECT * { ?s ?p '\\uD800' }", "no character"),
        ("SELECT * { ?s ?p '\\UFFFFFFFF' }", "no character"),
        ("SELECT * { ?s ?p '\0' }", "null character"),
        ("SELECT (LATERAL AS ?x) { LATERAL { ?s ?p ?o } }", "cannot be read"),
        ("SELECT * { ?s ?p ?service . ?s nope:x 1 }", "Prefix not found|unknown prefix"),
        ("", "cannot be read"),
    ],
)
def test_refusals_say_why(store: OxigraphStore, text: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        check(store, text)


def test_what_the_engine_runs_and_rdflib_cannot_read_is_refused(store: OxigraphStore) -> None:
    beyond = "SELECT * { ?deal a kg:Deal LATERAL { ?deal kg:party ?party } }"
    assert len(list(store.select(beyond))) > 0
    with pytest.raises(QueryError, match=re.escape("the parser of rdflib")):
        check(store, beyond)


def test_a_refusal_is_told_from_a_mistake(store: OxigraphStore) -> None:
    for text, refused in (("DROP ALL", True), ("ASK { SERVICE <http://x/> {} }", True), ("ASK FROM <urn:x> {}", True), ("ASK {", False)):
        with pytest.raises(QueryError) as caught:
            check(store, text)
        assert isinstance(caught.value, RefusedQueryError) == refused
