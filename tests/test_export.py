"""Files that other programs read: the same bytes for the same graph, and the same graph read back."""

from __future__ import annotations

import random
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from kg.export import trig, turtle
from kg.store import open_store

SMALL = Path(__file__).parent / "data" / "small.trig"


def small() -> list[ox.Quad]:
    with open_store(SMALL) as store:
        return list(store.quads())


def test_order_of_quads_does_not_show() -> None:
    quads = small()
    shuffled = random.Random(3).sample(quads, len(quads))  # noqa: S311
    assert turtle(shuffled) == turtle(quads)
    assert trig(shuffled + quads[:20]) == trig(quads)


@pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph).* is deprecated:DeprecationWarning")  # of rdflib's own TriG parser
def test_rdflib_reads_the_same_triples_back() -> None:
    graph = rdflib.Graph().parse(data=turtle(small()), format="turtle")
    assert len(graph) == len({quad.triple for quad in small()})
    dataset = rdflib.Dataset()
    dataset.parse(data=trig(small()), format="trig")
    assert len(list(dataset.quads())) == len(small())
    label = rdflib.URIRef("https://w3id.org/dealgraph/id/source/财经夜报")
    assert dataset.value(label, rdflib.RDF.type) is None  # the default graph stays empty
    assert graph.value(label, rdflib.RDFS.label) == rdflib.Literal("财经夜报", lang="zh")


def test_a_triple_of_two_graphs_stands_once_in_turtle_and_twice_in_trig() -> None:
    triple = (ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.Literal('line\n"quoted" \\ 中'))
    quads = [ox.Quad(*triple, ox.NamedNode(f"urn:g{number}")) for number in (2, 1)]
    assert turtle(quads).splitlines()[-1].decode() == '<urn:s> <urn:p> "line\\n\\"quoted\\" \\\\ 中" .'
    assert [line for line in trig(quads).decode().splitlines() if line.endswith("{")] == ["<urn:g1> {", "<urn:g2> {"]


def test_prefixes_follow_the_base_iri() -> None:
    assert b"@prefix company: <https://news.example/company/> ." in turtle(small(), "https://news.example/")
