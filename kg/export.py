"""The graph as files that other programs read; the same quads in any order give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from kg import vocab
from kg.store import serialise


def turtle(quads: Iterable[ox.Quad], base_iri: str = vocab.BASE_IRI) -> bytes:
    """All graphs in one as Turtle: each triple once, in code-point order."""
    triples = {str(quad.triple): quad.triple for quad in quads}
    return serialise((triples[key] for key in sorted(triples)), ox.RdfFormat.TURTLE, vocab.prefixes(base_iri))


def trig(quads: Iterable[ox.Quad], base_iri: str = vocab.BASE_IRI) -> bytes:
    """The named graphs as TriG, in code-point order of graph, then triple."""
    by_key = {(str(quad.graph_name), str(quad.triple)): quad for quad in quads}
    return serialise((by_key[key] for key in sorted(by_key)), ox.RdfFormat.TRIG, vocab.prefixes(base_iri))
