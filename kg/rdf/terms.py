"""RDF terms: how nodes, names, dates and texts are written."""

from __future__ import annotations

import re
from functools import lru_cache

from pyoxigraph import Literal, NamedNode

from kg.errors import InputError
from kg.model import digest
from kg.vocab import KG, RDF, XSD, predicate, script_language

Triple = tuple[NamedNode, NamedNode, NamedNode | Literal]


def edge_id(triple: tuple[str, str, str]) -> str:
    """Id of the edge that a subject, a relation and an object have over all documents."""
    return f"edge/{digest(*triple)}"


@lru_cache(maxsize=4096)
def node(base: str, tail: str) -> NamedNode:
    """An IRI.

    Raises InputError for what is none.
    """
    try:
        return NamedNode(base + tail)
    except ValueError as error:
        raise InputError(f"{base + tail!r} is no IRI: {error}; ids come from kg resolve, links from a gazetteer") from error


@lru_cache(maxsize=512)
def kg(name: str) -> NamedNode:
    """A term of the ontology."""
    return node(KG, name)


def predicate_of(relation: str) -> NamedNode:
    """The IRI of a relation."""
    return node(predicate(relation), "")


RDF_TYPE = node(RDF, "type")


def text_of(value: str, language: str | None = None) -> Literal:
    """A literal of text from outside; RDF has no lone surrogates, so each is written as U+FFFD (offsets stay as they are)."""
    return Literal(re.sub("[\ud800-\udfff]", "\ufffd", value), language=language)


def name_of(surface: str) -> Literal:
    """A name as it stands in a text, on one line, tagged by its script."""
    return text_of(" ".join(surface.split()), script_language(surface))


def date_of(day: str) -> Literal:
    """A day, YYYY-MM-DD."""
    return Literal(day, datatype=node(XSD, "date"))
