"""How long `kg analyze` takes on graphs of many edges, and how much memory: python tests/benchmark_analyze.py 10000 100000 [--engine igraph]."""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from kg import vocab
from kg.store import write_store

PER_NODE = 1.5
"""Edges for each node, as in graphs of news."""
KINDS = (("Company", 0.45), ("Asset", 0.2), ("Challenge", 0.15), ("Product", 0.2))
RELATIONS = (("supplies", "Company", "Company"), ("hasAsset", "Company", "Asset"), ("needs", "Company", "Asset"), ("faces", "Company", "Challenge"),
             ("offers", "Company", "Product"), ("supports", "Asset", "Product"), ("mitigates", "Product", "Challenge"))  # fmt: skip
SYLLABLES = ("bar", "cel", "dor", "fen", "gal", "hum", "kir", "lom", "mar", "nev", "pol", "quin", "ros", "sel", "tur", "vas", "wen", "yor", "zan")
STATUSES = ("Stated", "Stated", "Stated", "Reported", "Possible", "Negated")


def quads(edges: int) -> Iterator[ox.Quad]:
    """A graph of invented things, a few of which have most of the edges; without claims behind them."""
    chance = random.Random(1)  # noqa: S311
    entities = ox.NamedNode(vocab.BASE_IRI + vocab.ENTITIES_GRAPH)

    def quad(s: str, p: str, o: ox.NamedNode | ox.Literal) -> ox.Quad:
        return ox.Quad(ox.NamedNode(s), ox.NamedNode(p), o, entities)

    nodes: dict[str, list[str]] = {}
    for kind, share in KINDS:
        nodes[kind] = [f"{vocab.BASE_IRI}{kind.lower()}/{number:07}" for number in range(max(round(edges / PER_NODE * share), 2))]
        for number, iri in enumerate(nodes[kind]):
            yield quad(iri, vocab.RDF + "type", ox.NamedNode(vocab.KG + kind))
            name = " ".join("".join(chance.choice(SYLLABLES) for _ in range(chance.randrange(1, 4))) for _ in range(2))
            yield quad(iri, vocab.RDFS + "label", ox.Literal(f"{name} {number}", language="en"))
    for number in range(edges):
        predicate, domain, range_ = chance.choice(RELATIONS)
        s, o = (nodes[kind][int(chance.random() ** 3 * len(nodes[kind]))] for kind in (domain, range_))
        edge = f"{vocab.BASE_IRI}edge/{number:07}"
        told = {
            vocab.RDF + "type": ox.NamedNode(vocab.KG + "Edge"), vocab.RDF + "subject": ox.NamedNode(s),
            vocab.RDF + "predicate": ox.NamedNode(vocab.KG + predicate), vocab.RDF + "object": ox.NamedNode(o),
            vocab.KG + "status": ox.NamedNode(vocab.KG + chance.choice(STATUSES)), vocab.KG + "support": ox.Literal(chance.randrange(1, 4)),
        }  # fmt: skip
        yield from (quad(edge, p, value) for p, value in told.items())


def main() -> None:
    """Build each graph in a folder of its own, and time the command on it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("edges", type=int, nargs="+")
    options.add_argument("--engine", default="networkx")
    chosen = options.parse_args()
    for edges in chosen.edges:
        with tempfile.TemporaryDirectory() as folder:
            write_store(Path(folder), quads(edges))
            start = time.perf_counter()
            command = [sys.executable, "-m", "kg", "analyze", "--store", folder, "--engine", chosen.engine]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        sys.stdout.write(f"kg analyze --engine {chosen.engine}, {edges} edges: {seconds:.1f} s, {peak:.0f} MB\n")


if __name__ == "__main__":
    main()
