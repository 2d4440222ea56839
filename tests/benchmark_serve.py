"""How the service stands many clients and runaway queries: ``python tests/benchmark_serve.py [STORE] [SECONDS]``.

Twenty clients ask at once, each the next query as soon as it has the answer to the last; then fifty runaway queries come, two at a time. Printed are
requests per second, errors, the 50th and 99th percentile of the time to the answer, the growth of memory in the second half of the time (service and
workers), and how much longer than its limit a runaway took. Without STORE it asks a store that it makes: 20,000 claims over 2,000 things.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pyoxigraph as ox
from serving import RUNAWAYS

from kg.store import write_store
from kg.vocab import KG, RDF, RDFS

CLIENTS, RUNS, LIMIT = 20, 50, 2.0
QUERIES = (
    "SELECT ?what {{ company:firm-{0} kg:needs ?what }}",
    'SELECT ?name {{ company:firm-{0} rdfs:label ?name FILTER(LANG(?name) = "en") }}',
    "ASK {{ company:firm-{0} kg:acquires ?what }}",
    "SELECT ?claim ?status {{ ?claim rdf:subject company:firm-{0} ; kg:status ?status }} ORDER BY ?claim LIMIT 20",
    "CONSTRUCT {{ company:firm-{0} ?p ?o }} {{ company:firm-{0} ?p ?o }}",
)


def made_store(folder: Path) -> Path:
    """A store of 2,000 firms and 20,000 claims."""

    def quads() -> list[ox.Quad]:
        graph, kg = ox.NamedNode("https://w3id.org/dealgraph/id/graph/entities"), KG
        firms = [ox.NamedNode(f"https://w3id.org/dealgraph/id/company/firm-{number}") for number in range(2000)]
        made = []
        for number, firm in enumerate(firms):
            made.append(ox.Quad(firm, ox.NamedNode(RDF + "type"), ox.NamedNode(kg + "Company"), graph))
            made.append(ox.Quad(firm, ox.NamedNode(RDFS + "label"), ox.Literal(f"Firm {number}", language="en"), graph))
        for number in range(20_000):
            claim, subject, thing = ox.NamedNode(f"https://w3id.org/dealgraph/id/claim/{number}"), firms[number % 2000], firms[number * 7 % 2000]
            for predicate, value in ((RDF + "subject", subject), (RDF + "object", thing), (kg + "status", ox.NamedNode(kg + "Stated"))):
                made.append(ox.Quad(claim, ox.NamedNode(predicate), value, graph))
            made.append(ox.Quad(subject, ox.NamedNode(kg + "needs"), thing, graph))
        return made

    write_store(folder / "store", quads())
    return folder


def memory(root: int) -> float:
    """Megabytes that a process and its descendants hold."""
    parents, sizes = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                rollup = (entry / "smaps_rollup").read_text()
                sizes[int(entry.name)] = int(rollup.split("Pss:")[1].split()[0]) / 1024
            except (OSError, IndexError):
                continue
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(sizes.get(pid, 0) for pid in family)


def many(address: str, seconds: float, server: int) -> None:
    """Twenty clients at once."""
    end = time.monotonic() + seconds
    times: list[float] = []
    statuses: Counter[int | str] = Counter()
    held: list[float] = []

    def ask(number: int) -> None:
        with httpx.Client(base_url=address, timeout=30) as client:
            while time.monotonic() < end:
                number += 1
                before = time.monotonic()
                try:
                    response = client.get("/sparql", params={"query": QUERIES[number % len(QUERIES)].format(number * 13 % 2000)})
                    statuses[response.status_code] += 1
                except httpx.HTTPError as error:
                    statuses[type(error).__name__] += 1
                times.append(time.monotonic() - before)

    def watch() -> None:
        while time.monotonic() < end:
            time.sleep(seconds / 20)
            held.append(memory(server))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(ask, range(0, 2000, 2000 // CLIENTS)))
    watcher.join()
    cuts = statistics.quantiles(times, n=100)
    half = len(held) // 2
    rate = len(times) / seconds
    say(f"{CLIENTS} clients, {seconds:g} s: {rate:,.0f} requests/s, statuses {dict(statuses)}, p50 {cuts[49]:.3f} s, p99 {cuts[98]:.3f} s")
    say(f"memory {held[0]:.0f} MB at first, {held[half]:.0f} MB half way, {held[-1]:.0f} MB at last")


def runaways(address: str) -> None:
    """Fifty runaway queries, two at a time."""

    def ask(number: int) -> tuple[int, float]:
        before = time.monotonic()
        response = httpx.get(f"{address}sparql", params={"query": RUNAWAYS[number % len(RUNAWAYS)]}, timeout=60)
        return response.status_code, time.monotonic() - before

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(ask, range(RUNS)))
    over = max(took for status, took in found if status == 504) - LIMIT
    say(f"{RUNS} runaways of at most {LIMIT:g} s: statuses {dict(Counter(status for status, _ in found))}, at most {over:.3f} s over")
    response = httpx.get(f"{address}sparql", params={"query": "ASK {}"}, timeout=30)
    say(f"afterwards: {response.status_code} {response.text}")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve, ask, tell."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(sys.argv[1]) if len(sys.argv) > 1 else made_store(Path(folder))
        seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0
        command = [sys.executable, "-m", "kg", "serve", "--store", str(place), "--port", "0", "--timeout", str(LIMIT)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
            try:
                assert server.stderr is not None
                told = server.stderr.readline()
                address = next((word for word in told.split() if word.startswith("http://")), "") or sys.exit(told)
                many(address, seconds, server.pid)
                runaways(address)
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
