"""Pages of the running service under load: what takes long harms nobody else, and a new build drops no request."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from serving import SMALL, left_at_once, port_of, served, slowed
from webpage import client_of

from kg import vocab
from kg.query.pool import Limits, Pool
from kg.serve import app, gate
from kg.serve.pages import describe, start
from kg.serve.snapshot import Snapshot
from kg.serve.worker import Renew, work
from kg.store import write_store


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(app, "work", slowed)
    monkeypatch.setattr(gate, "PAGE_SECONDS", 60.0)
    yield


def ready(client: httpx.Client) -> None:
    """Wait until both workers for pages are prepared."""
    deadline = time.monotonic() + 60
    while client.get("/health").json()["page_workers_idle"] < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_slow_pages_keep_nobody_else_from_an_answer(slow: None) -> None:
    with served() as client, ThreadPoolExecutor(30) as threads:
        ready(client)
        before = time.monotonic()
        pages = [threads.submit(client.get, "/page/company/norvane", params={"sleep": "8"}) for _ in range(25)]
        time.sleep(0.5)
        for _ in range(5):
            asked = time.monotonic()
            assert client.get("/health").status_code == 200
            assert client.get("/sparql", params={"query": "ASK { ?deal a kg:Deal }"}).status_code == 200
            assert client.get("/ask/rumours.json").status_code == 200
            assert client.get("/static/style.css").status_code == 200
            assert time.monotonic() - asked < 4
        answers = [page.result() for page in pages]
        assert time.monotonic() - before < 25
        assert sorted(answer.status_code for answer in answers) == [200] * 2 + [503] * 23
        assert {answer.headers["retry-after"] for answer in answers if answer.status_code == 503} == {"2"}
        assert client.get("/page/company/norvane").status_code == 200


def test_a_page_that_takes_too_long_is_ended(slow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "PAGE_SECONDS", 3.0)
    with served() as client:
        ready(client)
        answer = client.get("/page/company/norvane", params={"sleep": "60"})
        assert (answer.status_code, "more than 3 s" in answer.text) == (504, True)
        answer = client.get("/api/search", params={"sleep": "60"})
        assert (answer.status_code, "more than 3 s" in answer.json()["error"]) == (504, True)
        assert client.get("/page/company/norvane").status_code == 200
        ready(client)


def test_who_goes_away_stops_the_page(slow: None) -> None:
    asked = b"GET /page/company/norvane?sleep=50 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with served() as client:
        ready(client)
        left_at_once(port_of(client), asked, asked)
        before = time.monotonic()
        assert client.get("/page/company/norvane").status_code == 200
        assert time.monotonic() - before < 6


def build(folder: Path, number: int) -> None:
    prologue = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in vocab.prefixes().items())
    told = ox.parse(f"{prologue} company:a a kg:Company ; rdfs:label 'Version {number}'@en .", format=ox.RdfFormat.TURTLE)
    write_store(folder / "store", (ox.Quad(one.subject, one.predicate, one.object, ox.NamedNode("urn:g")) for one in told))


def test_a_build_switches_the_store_and_no_page_is_dropped(tmp_path: Path) -> None:
    """Four clients ask for pages without pause while eight versions come and go; the pages then are of the last one."""
    build(tmp_path, 0)
    done, problems, seen = threading.Event(), [], set()

    def ask(base: httpx.URL) -> None:
        with httpx.Client(base_url=base, timeout=30) as mine:
            while not done.is_set():
                for path in ("/page/company/a", "/search?q=version", "/data/company/a.nt", "/"):
                    answer = mine.get(path)
                    if answer.status_code != 200 or (path != "/" and "Version " not in answer.text):
                        problems.append((path, answer.status_code, answer.text[:300]))
                    seen.add(answer.text.partition("Version ")[2][:1])

    with served(tmp_path) as client, ThreadPoolExecutor(4) as threads:
        ready(client)
        clients = [threads.submit(ask, client.base_url) for _ in range(4)]
        for number in range(1, 9):
            time.sleep(0.5)
            build(tmp_path, number)
            assert client.get("/ask/rumours.json", params={"company": f"Version {number}"}).status_code == 200
        deadline = time.monotonic() + 30
        while not all("Version 8" in client.get("/page/company/a").text for _ in range(6)):
            assert time.monotonic() < deadline
        done.set()
        for one in clients:
            one.result()
        assert problems == [] and len(seen) > 1
        assert "Version 8" in client.get("/search?q=version").text
        assert client.get("/ask/rumours.json", params={"company": "Version 1"}).status_code == 400


def test_pages_stay_when_the_new_version_cannot_be_opened(tmp_path: Path) -> None:
    build(tmp_path, 1)
    with served(tmp_path) as client:
        ready(client)
        current = tmp_path / "store" / "CURRENT"
        named = current.read_text()
        current.write_text("0" * 32)
        assert "Version 1" in client.get("/page/company/a").text
        ready(client)
        assert "Version 1" in client.get("/page/company/a").text
        current.write_text(named)
        build(tmp_path, 2)
        deadline = time.monotonic() + 30
        while "Version 2" not in client.get("/page/company/a").text:
            assert time.monotonic() < deadline


def test_new_workers_are_prepared_one_after_the_other() -> None:
    with Pool(SMALL, workers=2, program=work, first=Renew()) as pool:
        deadline = time.monotonic() + 30
        while not all(worker.has_begun for worker in pool._all):
            assert pool.idle >= 1 and time.monotonic() < deadline
        assert pool.run("ASK { ?deal a kg:Deal }").status == 200
        assert [answer.status for answer in pool.each(Renew(), seconds=30)] == [200, 200]
    with Pool(SMALL, workers=1, program=work, limits=Limits(seconds=5)) as pool:
        assert [answer.body for answer in pool.each(Renew(), seconds=30)] == [b""]


def test_what_very_much_is_joined_to_is_described_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(describe, "MOST", 2)
    client = client_of(Snapshot(SMALL))
    whole, cut = client.get("/data/challenge/antitrust-review.nt"), client.get("/data/company/norvane.nt")
    assert ("dealgraph-truncated" in whole.headers, cut.headers["dealgraph-truncated"]) == (False, "nodes")
    assert cut.text.count("ontology#Edge>") + cut.text.count("ontology#Deal>") == 2
    monkeypatch.setattr(describe, "MOST", 500)
    assert "dealgraph-truncated" not in client.get("/data/company/norvane.nt").headers


def test_the_picture_of_much_is_of_what_matters_most(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(Snapshot(SMALL))
    assert "Quillmoor" in client.get("/view").text
    monkeypatch.setattr(start, "WHOLE", 3)
    monkeypatch.setattr(start, "DRAWN", 5)
    told = client_of(Snapshot(SMALL)).get("/view").text
    assert "street imagery" in told and "Tarn Robotics" in told and "Quillmoor Capital invests" not in told
    monkeypatch.setattr(start, "AROUND", 3)
    around = client_of(Snapshot(SMALL)).get("/view?around=company/norvane").text
    assert "Norvane" in around and "antitrust" not in around
