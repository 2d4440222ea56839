"""How fast the store is beside rdflib: ``python tests/benchmark_store.py [TRIPLES=1000000] [--limit SECONDS]``.

A graph of invented news is written to disk as a build writes it, then every named question is put to it: to our store on disk, to the same graph in
memory, and as the same SPARQL to rdflib in memory, in a process that is ended after some seconds. Each answer is read to its end; the best of three
runs counts, and the only one where it takes long. Where rdflib has finished, its rows are compared with ours.
"""

from __future__ import annotations

import argparse
import gc
import math
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple, TypeVar

import pyoxigraph as ox
import rdflib
from invented import invented

from kg import vocab
from kg.query import ask, filled
from kg.questions import questions
from kg.store import Store, open_store, write_store

RUNS, LONG = 3, 5.0
"""Runs of a question, and seconds after which one is enough."""
DISK, MEMORY = 6.0, 12.0
"""How many times faster than rdflib the geometric mean is to be."""

Row = tuple[str, ...]
Loaded = TypeVar("Loaded")


class Asked(NamedTuple):
    """One engine's answer to a question."""

    seconds: float
    rows: list[Row]


def timed(answer: Callable[[], list[Row]], runs: int = RUNS) -> Asked:
    """Rows, and the least time in which they came."""
    best = math.inf
    for _ in range(runs):
        gc.collect()
        start = time.perf_counter()
        rows = answer()
        took = time.perf_counter() - start
        best = min(best, took)
        if took > LONG:
            break
    return Asked(best, rows)


def chosen(store: Store) -> dict[str, str]:
    """Values of all parameters that a question cannot do without: neither the best known things nor those that are told of once."""

    def middling(pattern: str) -> str:
        rows = store.select(f"SELECT ?it (COUNT(*) AS ?times) {{ {pattern} }} GROUP BY ?it HAVING (COUNT(*) > 2) ORDER BY DESC(?times) ?it")
        known = [row["it"].value for row in rows]  # type: ignore[union-attr]
        return known[len(known) // 2]

    company = middling("?it a kg:Company . ?claim rdf:subject ?it ; kg:edge ?edge")
    (name, *_) = sorted(row["name"].value for row in store.select(f"SELECT ?name {{ <{company}> rdfs:label ?name }}"))  # type: ignore[union-attr]
    (newest,) = (row["day"].value for row in store.select("SELECT (MAX(?date) AS ?day) { ?claim kg:date ?date }"))  # type: ignore[union-attr]
    deal, edge = middling("?claim kg:about ?it"), middling("?claim kg:edge ?it")
    return {"after": newest[:7], "below": "0.5", "deal": deal, "edge": edge, "text": name, "thing": company}


def put(store: Store, name: str, parameters: dict[str, str]) -> list[Row]:
    """Rows of our store, read to the end, in their order."""
    return [tuple(str(getattr(term, "value", term)) for term in row) for row in ask(store, name, **parameters).rows]


def put_to_rdflib(dataset: rdflib.Dataset, prefixes: dict[str, str], sparql: str, limit: float) -> Asked | None:
    """Rows of rdflib, None where it does not finish in time. The child shares the loaded graph, and its end costs nothing."""

    def answer(to: Connection) -> None:
        rows = timed(lambda: [tuple(map(str, row)) for row in dataset.query(sparql, initNs=prefixes)], 1)  # type: ignore[union-attr]
        to.send(rows)
        if rows.seconds < min(LONG, limit):
            to.send(timed(lambda: [tuple(map(str, row)) for row in dataset.query(sparql, initNs=prefixes)], RUNS - 1))  # type: ignore[union-attr]

    ours, theirs = multiprocessing.get_context("fork").Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=answer, args=(theirs,))
    child.start()
    theirs.close()
    found: list[Asked] = []
    with suppress(EOFError):
        while ours.poll(limit):
            found.append(ours.recv())
    child.kill()
    child.join()
    return min(found, key=lambda one: one.seconds, default=None)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def loaded(what: str, triples: int, load: Callable[[], Loaded]) -> Loaded:
    """What was loaded, after its rate was told."""
    gc.collect()
    start = time.perf_counter()
    result = load()
    seconds = time.perf_counter() - start
    say(f"{what}: {seconds:.1f} s, {triples / seconds:,.0f} triples/s")
    return result


def written(folder: Path, triples: int) -> int:
    """Write the graph as a file, as a build's store, and with nothing but the engine's own loader; gives the number of quads."""
    start = time.perf_counter()
    quads = list(invented(triples))
    say(f"{len(quads):,} triples of invented news made in {time.perf_counter() - start:.0f} s")
    ox.serialize(quads, folder / "graph.nq", ox.RdfFormat.N_QUADS)
    loaded("on disk as kg build writes it", len(quads), lambda: write_store(folder / "store", quads))
    loaded("on disk, bulk load alone", len(quads), lambda: ox.Store(folder / "raw").bulk_load(path=folder / "graph.nq", format=ox.RdfFormat.N_QUADS))
    return len(quads)


def into_rdflib(path: Path) -> rdflib.Dataset:
    """The graph in rdflib's own memory."""
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(path, format="nquads")
    return dataset


def compared(stores: Sequence[Store], dataset: rdflib.Dataset, name: str, needed: dict[str, str], limit: float) -> tuple[Asked, Asked, Asked | None]:
    """Answers to a question from disk, from memory and by rdflib, one right after the other: other work on the machine then slows all alike."""
    disk, memory = (timed(lambda store=store: put(store, name, needed)) for store in stores)  # type: ignore[misc]
    other = put_to_rdflib(dataset, vocab.prefixes(stores[0].base_iri), filled(stores[0], name, **needed), limit)
    theirs = f"{other.seconds * 1000:,.0f} ms" if other else "not finished"
    say(f"  {name}: {len(disk.rows)} rows, disk {disk.seconds * 1000:,.1f} ms, memory {memory.seconds * 1000:,.1f} ms, rdflib {theirs}")
    for where, ours in (("disk", disk), ("memory", memory)):
        if other and (len(other.rows) != len(ours.rows) or set(other.rows) != set(ours.rows)):
            say(f"  {name} differs: {len(ours.rows)} rows {where}, {len(other.rows)} rdflib, {len(set(ours.rows) ^ set(other.rows))} in one alone")
    return disk, memory, other


def table(answers: dict[str, tuple[Asked, Asked, Asked | None]], limit: float) -> Iterator[str]:
    """Lines of the result; where rdflib was ended, its time and the ratios are at least so much."""
    yield f"{'question':16} {'rows':>7} {'disk ms':>9} {'memory ms':>9} {'rdflib ms':>11} {'disk':>9} {'memory':>9}"
    ratios: dict[str, tuple[float, float]] = {}
    for name, (disk, memory, other) in answers.items():
        seconds, mark = (other.seconds, " ") if other else (limit, "≥")
        ratios[name] = seconds / disk.seconds, seconds / memory.seconds
        cells = (f"{mark}{ratio:,.1f}x" for ratio in ratios[name])
        times = f"{disk.seconds * 1000:9,.1f} {memory.seconds * 1000:9,.1f} {f'{mark}{seconds * 1000:,.0f}':>11}"
        yield f"{name:16} {len(disk.rows):7} {times} {' '.join(f'{cell:>9}' for cell in cells)}"
    for which, (where, target) in enumerate((("disk", DISK), ("memory", MEMORY))):
        mean = math.exp(math.fsum(math.log(both[which]) for both in ratios.values()) / len(ratios))
        slowest = min(ratios, key=lambda name: ratios[name][which])
        yield f"{where}: geometric mean {mean:.1f}x (target {target:g}x), slowest {slowest} {ratios[slowest][which]:.1f}x"
    yield f"rdflib did not finish {sum(other is None for *_, other in answers.values())} of {len(answers)} questions in {limit:g} s (≥)"


def main() -> None:
    """Load, ask, compare, tell."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("triples", type=int, nargs="?", default=1_000_000)
    options.add_argument("--limit", type=float, default=60.0)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        triples = written(folder, given.triples)
        dataset = loaded("rdflib in memory", triples, lambda: into_rdflib(folder / "graph.nq"))
        memory = loaded("in memory, from a file", triples, lambda: open_store(folder / "graph.nq"))
        gc.collect()
        gc.freeze()  # else each child's collector copies all of it
        with open_store(folder) as disk, memory:
            values = chosen(disk)
            answers = {}
            for name, asked in questions().items():
                needed = {parameter.name: values[parameter.name] for parameter in asked.parameters if parameter.required}
                answers[name] = compared((disk, memory), dataset, name, needed, given.limit)
    say("\n".join(table(answers, given.limit)))


if __name__ == "__main__":
    main()
