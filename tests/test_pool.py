"""Workers: limits that hold, formats by hand, no way out of the process."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import vocab
from kg.errors import InputError
from kg.query.formats import GRAPHS, ROWS, negotiate
from kg.query.pool import Limits, Pool
from kg.store import write_store

SMALL = Path(__file__).parent / "data" / "small.trig"
NEEDS = "SELECT ?who ?what { ?who kg:needs ?what } ORDER BY ?who"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
ID = "https://w3id.org/dealgraph/id/"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(SMALL, workers=1, limits=Limits(seconds=2, rows=50, megabytes=0.02, memory=2048)) as opened:
        yield opened


def test_rows_in_all_formats(pool: Pool) -> None:
    two = [(f"{ID}company/norvane", f"{ID}asset/street-imagery"), (f"{ID}company/tarn-robotics", f"{ID}asset/street-imagery")]
    answer = pool.run(NEEDS, "application/json")
    assert (answer.status, answer.media_type, answer.rows, answer.truncated) == (200, "application/sparql-results+json", 2, "")
    bindings = json.loads(answer.body)["results"]["bindings"]
    assert [(row["who"]["value"], row["what"]["value"]) for row in bindings] == two
    assert pool.run(NEEDS, "text/csv").body.decode() == "who,what\r\n" + "".join(f"{who},{what}\r\n" for who, what in two)
    assert pool.run(NEEDS, "text/tab-separated-values").body.decode() == "?who\t?what\n" + "".join(f"<{who}>\t<{what}>\n" for who, what in two)
    found = ox.parse_query_results(pool.run(NEEDS, "application/sparql-results+xml").body, ox.QueryResultsFormat.XML)
    assert isinstance(found, ox.QuerySolutions)
    assert [(row["who"].value, row["what"].value) for row in found] == two


@pytest.mark.parametrize("media_type", ROWS)
def test_hostile_texts_survive_every_format(pool: Pool, media_type: str) -> None:
    nasty = "a\"b',c<d>&e]]>\\ \u2028 诺凡😀\t\n\r=cmd()"
    literal = str(ox.Literal(nasty))
    query = f'SELECT ?x ?y ?z ?n {{ VALUES (?x ?y ?z) {{ ({literal} "f\\"g"@en-GB UNDEF) }} BIND(1.5 AS ?n) }}'
    answer = pool.run(query, media_type)
    assert answer.status == 200, answer.body
    if media_type == "text/csv":
        assert answer.body.decode() == 'x,y,z,n\r\n"' + nasty.replace('"', '""') + '","f""g",,1.5\r\n'
        return
    formats = {ROWS[0]: ox.QueryResultsFormat.JSON, ROWS[1]: ox.QueryResultsFormat.XML, ROWS[3]: ox.QueryResultsFormat.TSV}
    found = ox.parse_query_results(answer.body, formats[media_type])
    assert isinstance(found, ox.QuerySolutions)
    [row] = found
    assert (row["x"], row["y"], row["z"]) == (ox.Literal(nasty), ox.Literal('f"g', language="en-gb"), None)
    assert row["n"] == ox.Literal("1.5", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))


def test_graphs_in_all_formats(pool: Pool) -> None:
    query = "CONSTRUCT { ?deal a kg:Deal } WHERE { ?deal a kg:Acquisition }"
    deals = [f"{ID}deal/norvane-pellucid", f"{ID}deal/tarn-glimmer"]
    two = [f"<{deal}> <{vocab.RDF}type> <{vocab.KG}Deal> ." for deal in deals]
    assert pool.run(query, "application/n-triples").body.decode().splitlines() == two
    for media_type, syntax in GRAPHS.items():
        answer = pool.run(query, media_type)
        assert (answer.status, answer.media_type, answer.rows) == (200, media_type, 2)
        assert sorted(f"{quad.triple} ." for quad in ox.parse(answer.body, syntax)) == two
    described = pool.run("DESCRIBE company:glimmer-sensors", "application/n-triples").body.decode().splitlines()
    assert described == sorted({line for line in described if line.startswith(f"<{ID}company/glimmer-sensors>")})
    assert len(described) == 3  # its type, its label and the name seen in a text


def test_ask(pool: Pool) -> None:
    assert pool.run("ASK { company:norvane kg:acquires ?x }").body == b'{"head":{},"boolean":false}'
    found = ox.parse_query_results(pool.run("ASK { company:tarn-robotics kg:acquires ?x }", "text/xml").body, ox.QueryResultsFormat.XML)
    assert isinstance(found, ox.QueryBoolean)
    assert bool(found)


@pytest.mark.parametrize(
    ("accept", "rows", "graph"),
    [
        ("", ROWS[0], "text/turtle"),
        ("*/*", ROWS[0], "text/turtle"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ROWS[1], "text/turtle"),
        ("text/csv;q=0.5, text/tab-separated-values", ROWS[3], None),
        ("application/*;q=0.2, text/csv;q=0.1", ROWS[0], "application/n-triples"),
        ("APPLICATION/SPARQL-RESULTS+XML", ROWS[1], None),
        ("*/*;q=0.1, application/sparql-results+json;q=0", ROWS[1], "text/turtle"),
        ("image/png", None, None),
        ("nonsense", ROWS[0], "text/turtle"),
        ("*/*;q=zero", ROWS[0], "text/turtle"),
    ],
)
def test_negotiation(accept: str, rows: str | None, graph: str | None) -> None:
    assert (negotiate(accept, ROWS), negotiate(accept, tuple(GRAPHS))) == (rows, graph)


def test_a_long_result_is_cut_and_stays_whole(pool: Pool) -> None:
    answer = pool.run("SELECT ?s ?p ?o { ?s ?p ?o }", "text/csv")
    assert (answer.status, answer.rows, answer.truncated) == (200, 50, "rows")
    assert answer.body.count(b"\r\n") == 51
    answer = pool.run("SELECT * { ?s ?p ?o . ?s ?q ?r . ?s ?t ?u }")
    assert answer.truncated == "bytes"
    assert len(answer.body) <= 20_000
    assert len(json.loads(answer.body)["results"]["bindings"]) == answer.rows > 10
    answer = pool.run('SELECT (CONCAT(?x, ?x) AS ?y) { VALUES ?x { "' + "x" * 15_000 + '" } }', "text/csv")
    assert (answer.body, answer.truncated) == (b"y\r\n", "bytes")
    answer = pool.run("CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples")
    assert (answer.status, answer.truncated, answer.body.count(b"\n")) == (200, "rows", 50)
    assert pool.run("SELECT * { ?s ?p ?o } LIMIT 50").truncated == ""


def test_a_runaway_is_stopped_in_time_and_the_next_query_served(pool: Pool) -> None:
    before = time.monotonic()
    answer = pool.run(RUNAWAY)
    assert answer.status == 504
    assert 2 <= time.monotonic() - before < 10
    assert b"more than 2 s" in answer.body
    assert pool.run("ASK {}").status == 200


@pytest.mark.parametrize(
    "query",
    [
        "ASK { FILTER(" + "1+" * 20_000 + "1 = 1) }",  # a tree so deep that it may break the engine
        "SELECT (GROUP_CONCAT(?x) AS ?y) { { SELECT (GROUP_CONCAT(CONCAT(?p, ?q)) AS ?x) "
        "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i BIND(STR(?c) AS ?p) BIND(STR(?f) AS ?q) } } }",
        "ASK " + "{" * 20_000 + "}" * 20_000,
        "ASK { ?s " + "!" * 5_000 + "kg:p ?o }",
        "ASK { FILTER(" + "(" * 40 + "1" + ")" * 40 + ") }",
    ],
)
def test_what_breaks_a_worker_breaks_no_more(pool: Pool, query: str) -> None:
    before = time.monotonic()
    assert pool.run(query).status in (200, 400, 500, 504)
    assert time.monotonic() - before < 10
    assert pool.run("ASK {}").status == 200


def test_when_all_are_busy_it_says_so() -> None:
    with Pool(SMALL, workers=1, limits=Limits(seconds=2), patience=0.3) as pool, ThreadPoolExecutor() as threads:
        long = threads.submit(pool.run, RUNAWAY)
        time.sleep(0.2)
        assert pool.run("ASK {}").status == 503
        assert long.result().status == 504
        assert pool.run("ASK {}").status == 200


def test_a_query_that_is_cancelled_stops_and_its_worker_is_replaced() -> None:
    with Pool(SMALL, workers=1, limits=Limits(seconds=60)) as pool, ThreadPoolExecutor() as threads:
        cancelled = threading.Event()
        running = threads.submit(pool.run, RUNAWAY, cancelled=cancelled)
        time.sleep(0.5)
        waiting = threads.submit(pool.run, "ASK {}")
        before = time.monotonic()
        cancelled.set()
        assert running.result().status == 499
        assert waiting.result().status == 200
        assert time.monotonic() - before < 5
        assert pool.run("ASK {}", cancelled=cancelled).status == 499


def test_an_asynchronous_query_ends_with_its_task() -> None:
    async def give_up(pool: Pool) -> float:
        running = asyncio.create_task(pool.arun(RUNAWAY))
        await asyncio.sleep(0.5)
        waiting = [asyncio.create_task(pool.arun(RUNAWAY)) for _ in range(5)]
        await asyncio.sleep(0.2)
        for task in (running, *waiting):
            task.cancel()
        before = time.monotonic()
        assert (await pool.arun("ASK {}")).status == 200
        return time.monotonic() - before

    with Pool(SMALL, workers=1, limits=Limits(seconds=60)) as pool:
        assert asyncio.run(give_up(pool)) < 4


def test_graphs_named_from_outside_go_before_those_of_the_query(pool: Pool) -> None:
    count = "SELECT (COUNT(*) AS ?n) {} {{ ?claim a kg:Claim }}"
    d1, d3 = f"{ID}document/d1", f"{ID}document/d3"
    for query, graphs, claims in (
        (count.format(""), None, 11),
        (count.format(""), ([d3], []), 2),
        (count.format("FROM document:d1"), None, 6),
        (count.format("FROM document:d1"), ([d3], []), 2),
        (count.format(""), ([d1, d3], []), 8),
        (count.format(""), ([], [d3]), 0),
        ("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?claim a kg:Claim } }", ([], [d3]), 2),
        ("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?claim a kg:Claim } }", ([d3], []), 0),
    ):
        assert pool.run(query, "text/csv", graphs=graphs).body.decode() == f"n\r\n{claims}\r\n"
    assert pool.run(count.format(""), graphs=(["http://127.0.0.1:9/x"], [])).status == 400
    assert pool.run(count.format(""), graphs=(["no iri"], [])).status == 400


def test_workers_go_over_to_a_new_version(tmp_path: Path) -> None:
    name = ox.NamedNode
    quads = [ox.Quad(name("urn:s"), name("urn:p"), ox.Literal(number), name("urn:g")) for number in range(3)]
    write_store(tmp_path / "store", quads[:1])
    with Pool(tmp_path, workers=2) as pool:
        for count in (1, 2, 3):
            write_store(tmp_path / "store", quads[:count])
            for _ in range(3):
                assert pool.run("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").body.decode() == f"n\r\n{count}\r\n"


def test_no_store_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no store or graph file"):
        Pool(tmp_path / "nothing")


CONFINED = """
import sys, urllib.request
from kg.query.confine import confine
import pyoxigraph as ox
print(*confine(memory=2048), sep=",")
try:
    ox.Store().query("ASK { SERVICE <URL> { ?s ?p ?o } }")
    print("let through")
except OSError as error:
    print("refused")
try:
    urllib.request.urlopen("URL", timeout=2)
    print("let through")
except OSError as error:
    print("refused")
try:
    bytearray(3 << 30)
    print("let through")
except MemoryError:
    print("refused")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the walls are those of Linux")
def test_a_confined_process_reaches_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        program = CONFINED.replace("URL", f"http://127.0.0.1:{server.getsockname()[1]}/")
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
        with pytest.raises(TimeoutError):
            server.accept()
    assert done.stdout.splitlines()[1:] == ["refused", "refused", "refused"]


def test_workers_end_with_their_parent() -> None:
    program = (
        "import os, time\nfrom kg.query.pool import Pool\n"
        f"if __name__ == '__main__':\n    pool = Pool({str(SMALL)!r})\n"
        "    print(*(worker._process.pid for worker in pool._all), flush=True)\n    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    pids = [int(word) for word in done.stdout.split()]
    assert len(pids) == 2, done.stderr
    deadline = time.monotonic() + 10
    while alive := [pid for pid in pids if _running(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.05)


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2][0] != "Z"
    except OSError:
        return False
