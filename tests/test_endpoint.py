"""A server's graph answers as the folder that it was sent from, through everything that reads a graph; and its failures are told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from servers import Running, Tiny

from kg import vocab
from kg.analyze import project
from kg.cli import cli
from kg.diff import diff
from kg.errors import InputError, KGError, OutputError, QueryError, SettingsError
from kg.export import TABLES
from kg.query import ask, names_of_nodes, sparql
from kg.query.period import within
from kg.questions import questions
from kg.report import explain, write_report
from kg.store import Store, open_store
from kg.store.endpoint import EndpointStore
from kg.store.publish import publish
from kg.view import render

SMALL = Path(__file__).parent / "data" / "small.trig"
COMMANDS = (
    ["query", "SELECT ?deal { ?deal a kg:Merger }"],
    ["query", "--json", "ASK { ?deal kg:status kg:Denied }"],
    ["ask", "rumours", "--company", "Norvane", "--to", "2031-03-05"],
    ["analyze", "--explain"],
    ["view"],
    ["report"],
    ["export", "--to", "ttl"],
    ["export", "--to", "csv"],
    ["explain", "company:norvane"],
    ["validate"],
)
READERS: dict[str, Callable[[Store], object]] = {
    "questions": lambda store: [ask(store, one.name) for one in questions().values() if not any(of.required for of in one.parameters)],
    "names": names_of_nodes,
    "graph": lambda store: (sorted(project(store).nodes(data=True), key=str), sorted(project(store).edges(keys=True, data=True), key=str)),
    "page": lambda store: render(project(store)),
    "report": lambda store: write_report(store, "json"),
    "period": lambda store: sorted(map(str, within(store, "2031-03-03").quads())),
    "tables": lambda store: [table(store) for table in TABLES.values()],
    "explained": lambda store: [explain(store, node) for node in ("company:norvane", "deal:osk-tarn", "document:d1", "claim:c1")],
    "free": lambda store: [
        sparql(store, "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?c a kg:Claim }"),
        sparql(store, "CONSTRUCT { ?c a kg:Deal } { ?c a kg:Deal }"),
        sparql(store, f"ASK FROM <{min(row['d'].value for row in store.select('SELECT ?d {{ ?d a kg:Document }}'))}> {{ ?c a kg:Deal }}"),
    ],
}


@pytest.fixture(params=["small", "news"])
def graph(request: pytest.FixtureRequest) -> Path:
    """A graph made by hand, and one of a build."""
    return SMALL if request.param == "small" else request.getfixturevalue("news_build") / "kg-out"


@pytest.fixture(params=["oxigraph", "virtuoso"])
def server(request: pytest.FixtureRequest) -> Running:
    running = request.getfixturevalue(f"{request.param}_server")
    assert isinstance(running, Running)
    return running


@pytest.mark.slow
def test_everything_that_reads_gets_the_same(graph: Path, server: Running) -> None:
    with open_store(graph) as local:
        publish(local, server.publish)
        with open_store(server.url) as remote:
            assert diff(local, remote).empty
            read = {name: reader for name, reader in READERS.items() if graph == SMALL or name != "explained"}  # which names nodes
            assert [name for name, reader in read.items() if reader(local) != reader(remote)] == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_takes_a_url(oxigraph_server: Running, command: list[str]) -> None:
    with open_store(SMALL) as local:
        publish(local, oxigraph_server.url)
    here, there = (CliRunner().invoke(cli, [*command, "--store", store]) for store in (str(SMALL), oxigraph_server.url))
    assert (here.exception, here.exit_code) == (None, 0) or command == ["validate"]
    assert (there.stdout, there.exit_code) == (here.stdout, here.exit_code)


def test_two_graphs_are_compared_wherever_they_are(oxigraph_server: Running) -> None:
    with open_store(SMALL) as local:
        publish(local, oxigraph_server.url)
    assert CliRunner().invoke(cli, ["diff", str(SMALL), oxigraph_server.url]).exit_code == 0


def test_the_server_answers_where_it_can_be_relied_on(oxigraph_server: Running, oxigraph_union_server: Running, virtuoso_server: Running) -> None:
    ways = []
    for server in (oxigraph_server, oxigraph_union_server, virtuoso_server):
        with open_store(SMALL) as local:
            publish(local, server.publish)
        with EndpointStore(server.url) as remote:
            ways.append(remote.way)
    assert ways == [{"union-default-graph": ""}, {}, None]


def test_a_graph_of_somebody_else_is_not_among_the_quads(virtuoso_server: Running) -> None:
    with open_store(SMALL) as local:
        publish(local, virtuoso_server.publish)
    with open_store(virtuoso_server.url) as remote:
        assert isinstance(remote, EndpointStore)
        assert [graph.rpartition("/")[2] for graph in remote.graphs] == ["d1", "d2", "d3", "entities"]


# Failures: made up by a server that answers what it is told to.


def results(*rows: dict[str, str | int]) -> tuple[int, str, dict[str, str]]:
    """An answer to SELECT."""
    types = {str: "uri", int: "literal"}
    bindings = [{name: {"type": types[type(value)], "value": str(value)} for name, value in row.items()} for row in rows]
    content: dict[str, Any] = {"head": {"vars": sorted({name for row in rows for name in row})}, "results": {"bindings": bindings}}
    return 200, json.dumps(content), {"Content-Type": "application/sparql-results+json"}


@pytest.fixture
def quick(tiny_server: Tiny) -> Iterator[EndpointStore]:
    """The tiny server as a store that does not wait long."""
    with EndpointStore(tiny_server.url, timeout=0.5, waits=(0.01,)) as store:
        yield store


@pytest.mark.parametrize(
    ("trouble", "kind", "said"),
    [
        ("401", OutputError, r"does not accept anybody without a password \(401 Unauthorized.*set DEALGRAPH_USER and DEALGRAPH_PASSWORD"),
        ("404", InputError, r"has nothing of that kind \(404 Not Found.*mend the address"),
        ("302", InputError, r"has moved to another place"),
        ("500", OutputError, r"failed \(500 Internal Server Error: out of memory\)"),
        ("503", OutputError, r"the server is not ready \(503 Service Unavailable: out of memory\), 2 times"),
        ("400", QueryError, r"the server cannot answer the query: out of memory; mend it"),
        ("slow", OutputError, r"did not answer within 0\.5 seconds"),
        ("deaf", OutputError, r"the connection failed \(.*\), 2 times; see whether the server runs"),
        ("torn", OutputError, r"the connection failed \(.*\), 2 times; see whether the server runs"),
    ],
)
def test_a_failure_is_told(tiny_server: Tiny, quick: EndpointStore, trouble: str, kind: type[KGError], said: str) -> None:
    tiny_server.trouble, tiny_server.said = lambda *_: trouble, "out of memory"
    with pytest.raises(kind, match=said):
        list(quick.quads())


@pytest.mark.parametrize("trouble", ["502", "503", "504", "deaf", "torn"])
def test_what_passes_is_waited_for(tiny_server: Tiny, quick: EndpointStore, trouble: str) -> None:
    tiny_server.trouble = lambda number, _: trouble if number == 1 else ""
    tiny_server.answer = results({"graph": vocab.BASE_IRI + "document/d1", "size": 7})
    assert quick.graphs == {vocab.BASE_IRI + "document/d1": 7, vocab.BASE_IRI + "graph/entities": 7}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            (200, "<html>Welcome</html>", {"Content-Type": "text/html"}),
            "answers a query with text/html, which cannot be read.*name a SPARQL endpoint",
        ),
        ((200, '{"head":{},"boolean":true}', {}), "answers SELECT with yes or no"),
        (results(), "holds no graph of Dealgraph; send one there with kg publish"),
    ],
)
def test_what_is_no_graph_of_dealgraph_is_told(tiny_server: Tiny, answer: tuple[int, str, dict[str, str]], said: str) -> None:
    tiny_server.answer = answer
    with pytest.raises(InputError, match=said):
        open_store(tiny_server.url)


def test_an_answer_that_is_cut_is_an_error(tiny_server: Tiny, quick: EndpointStore) -> None:
    status, text, headers = results({"graph": vocab.BASE_IRI + "document/d1", "size": 7})
    tiny_server.answer = (status, text, headers | {"X-SPARQL-MaxRows": "1"})
    with pytest.raises(OutputError, match="cut its answer after 1 rows; raise ResultSetMaxRows"):
        quick.graphs  # noqa: B018 - a property that asks
    tiny_server.answer = (status, text, headers)
    assert len(quick.graphs) == 2
    tiny_server.answer = (200, "<urn:a> <urn:b> <urn:c> .\n", {"Content-Type": "application/n-triples"})
    with pytest.raises(OutputError, match=r"gave 1 of the 7 triples of .*document/d1"):
        list(quick.quads())


def test_seconds_to_wait_are_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALGRAPH_TIMEOUT", "soon")
    with pytest.raises(SettingsError, match="DEALGRAPH_TIMEOUT is 'soon'"):
        open_store("http://127.0.0.1:1/query")
