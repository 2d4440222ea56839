"""A graph arrives on a server as it is, and whatever breaks, what arrived stays and the next run sends the rest."""

from __future__ import annotations

import base64
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from news import kg
from servers import Running, Tiny, oxigraph

from kg import vocab
from kg.cli import cli
from kg.errors import InputError, OutputError
from kg.store import OxigraphStore, open_store, write_store
from kg.store.publish import RECORD, Published, publish

SMALL = Path(__file__).parent / "data" / "small.trig"
D1, D2, D3, ENTITIES = (vocab.BASE_IRI + tail for tail in ("document/d1", "document/d2", "document/d3", "graph/entities"))


@pytest.fixture
def small() -> Iterator[OxigraphStore]:
    with open_store(SMALL) as store:
        assert isinstance(store, OxigraphStore)
        yield store


def without(store: OxigraphStore, graph: str) -> OxigraphStore:
    """The store less a graph."""
    return of(quad for quad in store.quads() if quad.graph_name != ox.NamedNode(graph))


def of(quads: Iterator[ox.Quad]) -> OxigraphStore:
    inner = ox.Store()
    inner.extend(quads)
    return OxigraphStore(inner)


def changed(store: OxigraphStore, graph: str) -> OxigraphStore:
    """The store with one more triple in a graph."""
    more = ox.Quad(ox.NamedNode(graph), ox.NamedNode(vocab.SCHEMA + "headline"), ox.Literal("changed"), ox.NamedNode(graph))
    return of(iter([*store.quads(), more]))


def held(url: str) -> set[str]:
    with open_store(url) as store:
        return set(map(str, store.quads()))


@pytest.fixture(params=["oxigraph", "virtuoso"])
def server(request: pytest.FixtureRequest) -> Running:
    running = request.getfixturevalue(f"{request.param}_server")
    assert isinstance(running, Running)
    return running


def test_what_is_new_is_sent_what_is_there_kept_what_is_gone_dropped(server: Running, small: OxigraphStore) -> None:
    publish(without(small, D3), server.publish)
    assert publish(small, server.publish) == Published(1, 3, 0)
    assert held(server.url) == set(map(str, small.quads()))
    assert publish(small, server.publish) == Published(0, 4, 0)
    other = changed(without(small, D3), D1)
    assert publish(other, server.publish) == Published(1, 2, 1)
    assert held(server.url) == set(map(str, other.quads()))


def test_a_graph_of_many_triples_is_sent_and_read_back(server: Running, small: OxigraphStore) -> None:
    seen = ox.NamedNode(vocab.SKOS + "altLabel")
    many = [ox.Quad(ox.NamedNode(f"urn:s:{number}"), seen, ox.Literal(f"name {number}"), ox.NamedNode(D1)) for number in range(10_500)]
    publish(of(iter([*small.quads(), *many])), server.publish)
    assert len(held(server.url)) == len(set(small.quads())) + len(many)
    publish(small, server.publish)
    assert held(server.url) == set(map(str, small.quads()))


def test_a_wrong_password_is_refused_and_not_told(virtuoso_server: Running, small: OxigraphStore) -> None:
    with pytest.raises(OutputError, match=r"user 'dba' with this password \(401.*DEALGRAPH_PASSWORD") as refusal:
        publish(changed(small, D1), virtuoso_server.publish.replace("dba:dba", "dba:s3cret"))
    assert "s3cret" not in str(refusal.value)
    with pytest.raises(OutputError, match="anybody without a password"):
        publish(changed(small, D1), virtuoso_server.url)


def test_documents_go_first_and_the_entities_last(tiny_server: Tiny, small: OxigraphStore) -> None:
    publish(small, tiny_server.url)
    sent = [request.partition(" ")[2] for request in tiny_server.seen if request.startswith("PUT") and not request.endswith(RECORD)]
    assert sent == [D1, D2, D3, ENTITIES]


def test_user_and_password_come_from_the_environment_too(tiny_server: Tiny, small: OxigraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_server.password = base64.b64encode("Ada:pä:ss".encode()).decode()
    monkeypatch.setenv("DEALGRAPH_USER", "Ada")
    monkeypatch.setenv("DEALGRAPH_PASSWORD", "pä:ss")
    assert publish(small, tiny_server.url).sent == 4


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("507", r"failed \(507 Insufficient Storage: No space left on device\)"),
        ("500", r"failed \(500 Internal Server Error: No space left on device\)"),
        ("503", r"the server is not ready \(503 .*\), 3 times"),
        ("deaf", r"the connection failed \(.*\), 3 times"),
        ("slow", r"did not answer within 0\.5 seconds; .* DEALGRAPH_TIMEOUT"),
        ("400", r"does not take \S+document/d3 \(No space"),
    ],
)
def test_a_run_that_breaks_is_taken_up(tiny_server: Tiny, small: OxigraphStore, trouble: str, said: str) -> None:
    third = [D3]
    tiny_server.trouble = lambda _, method: trouble if method == "PUT" and tiny_server.seen[-1].endswith(third[0]) else ""
    with pytest.raises(OutputError, match=said) as broken:
        publish(small, tiny_server.url, timeout=0.5, waits=(0.01, 0.01))
    assert "2 of 4 graphs are on the server, run kg publish again to send the rest" in str(broken.value)
    tiny_server.trouble = lambda *_: ""
    assert publish(small, tiny_server.url) == Published(2, 2, 0)
    assert sorted(tiny_server.graphs) == [D1, D2, D3, ENTITIES, vocab.BASE_IRI + RECORD]


@pytest.mark.parametrize("trouble", ["502", "503", "504", "deaf", "torn"])
def test_what_passes_is_waited_for(tiny_server: Tiny, small: OxigraphStore, trouble: str) -> None:
    tiny_server.trouble = lambda number, _: trouble if number % 3 else ""
    assert publish(small, tiny_server.url, waits=(0.01, 0.01)) == Published(4, 0, 0)


def test_a_graph_of_which_a_part_arrived_is_not_taken_for_the_old_one(tiny_server: Tiny, small: OxigraphStore) -> None:
    publish(small, tiny_server.url)
    tiny_server.trouble = lambda _, method: "deaf" if method == "PUT" and tiny_server.seen[-1].endswith(D1) else ""
    with pytest.raises(OutputError):
        publish(changed(small, D1), tiny_server.url, waits=())
    tiny_server.trouble = lambda *_: ""
    assert publish(small, tiny_server.url) == Published(1, 3, 0)


def test_a_drop_that_breaks_is_taken_up(tiny_server: Tiny, small: OxigraphStore) -> None:
    publish(small, tiny_server.url)
    tiny_server.trouble = lambda _, method: "500" if method == "DELETE" else ""
    with pytest.raises(OutputError, match="500"):
        publish(without(small, D2), tiny_server.url)
    tiny_server.trouble = lambda *_: ""
    assert publish(without(small, D2), tiny_server.url) == Published(0, 3, 1)
    assert D2 not in tiny_server.graphs


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1/query", r"the connection failed \([^)]*\); see whether the server runs"),
        ("http://", "is no address of a server"),
        ("http://me:s3cret@host:port/", "'http://host:port/' is no address"),
        ("ftp://host/query", "is no address of a server"),
    ],
)
def test_where_nobody_is_nothing_is_sent(small: OxigraphStore, url: str, said: str) -> None:
    with pytest.raises((InputError, OutputError), match=said) as refusal:
        publish(small, url, waits=())
    assert "s3cret" not in str(refusal.value)


def test_an_unknown_graph_store_is_asked_for(tiny_server: Tiny, small: OxigraphStore, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="404"):
        publish(small, tiny_server.url, graphs=tiny_server.url.replace("/query", "/nowhere"))
    (tmp_path / "plain.nt").write_text("<urn:a> <urn:b> <urn:c> .")
    with open_store(tmp_path / "plain.nt") as plain, pytest.raises(InputError, match="no named graphs"):
        publish(plain, tiny_server.url)
    assert tiny_server.graphs == {}


def test_a_killed_run_is_taken_up(tiny_server: Tiny, tmp_path: Path, small: OxigraphStore) -> None:
    write_store(tmp_path / "kg-out" / "store", small.quads())
    reached = threading.Event()

    def stuck(_: int, method: str) -> str:
        if method == "PUT" and tiny_server.seen[-1].endswith(D3):
            reached.set()
            time.sleep(5)
        return ""

    tiny_server.trouble = stuck
    with subprocess.Popen([sys.executable, "-m", "kg", "publish", tiny_server.url], cwd=tmp_path) as running:
        assert reached.wait(30)
        running.kill()
    tiny_server.trouble = lambda *_: ""
    done = kg("publish", tiny_server.url, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"graphs sent 4, there already 0, dropped 0" in done.stderr  # fewer than a batch had been entered
    assert len(tiny_server.graphs) == 5


def test_a_server_that_is_killed_keeps_what_it_acknowledged(tmp_path: Path, small: OxigraphStore) -> None:
    with oxigraph(tmp_path / "data") as first:
        publish(without(small, D3), first.publish)
    with oxigraph(tmp_path / "data") as second:
        assert publish(small, second.publish) == Published(1, 3, 0)
        assert held(second.url) == set(map(str, small.quads()))


def test_the_command_says_what_went_and_fails_with_a_reason(tiny_server: Tiny, tmp_path: Path) -> None:
    publishing = ["publish", tiny_server.url, "--store", str(SMALL)]
    assert CliRunner().invoke(cli, publishing).stderr == "graphs sent 4, there already 0, dropped 0\n"
    assert CliRunner().invoke(cli, publishing).stderr == "graphs sent 0, there already 4, dropped 0\n"
    tiny_server.trouble = lambda *_: "500"
    failed = kg(*publishing, cwd=tmp_path)
    assert (failed.returncode, failed.stdout) == (2, b"")
    assert failed.stderr.decode().startswith(f"kg: {tiny_server.url} failed (500 Internal Server Error: No space left on device); see what the log")
