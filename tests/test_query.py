"""Free SPARQL: what comes back, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.errors import QueryError
from kg.query import as_json, as_table, sparql
from kg.store import OxigraphStore, open_store

SMALL = Path(__file__).parent / "data" / "small.trig"


@pytest.fixture(scope="module")
def store() -> Iterator[OxigraphStore]:
    with open_store(SMALL) as opened:
        yield opened


def cells(store: OxigraphStore, text: str) -> list[list[str]]:
    """The rows as people see them, without head, rule and count."""
    return [re.split(r" {2,}", line) for line in as_table(sparql(store, text)).splitlines()[2:-1]]


def test_prefixes_per_kind_are_bound(store: OxigraphStore) -> None:
    assert cells(store, "SELECT ?what { company:norvane kg:needs ?what }") == [["asset:street-imagery"]]


def test_a_rumour_is_no_triple(store: OxigraphStore) -> None:
    assert as_table(sparql(store, "ASK { company:norvane kg:acquires company:pellucid-maps }")) == "no"
    assert as_table(sparql(store, "ASK { company:tarn-robotics kg:acquires company:glimmer-sensors }")) == "yes"


def test_from_limits_the_default_graph(store: OxigraphStore) -> None:
    count = "SELECT (COUNT(*) AS ?n) {} {{ ?claim a kg:Claim }}"
    assert cells(store, count.format("")) == [["11"]]
    assert cells(store, count.format("FROM document:d3")) == [["2"]]


def test_table_aligns_chinese_and_shows_one_line_per_row(store: OxigraphStore) -> None:
    table = as_table(sparql(store, 'SELECT * { VALUES (?a ?b) { ("诺凡" 1) ("ab" 2) ("x\\ny\\u001b[31m" UNDEF) } }'))
    assert table == "a         b\n────────  ─\n诺凡      1\nab        2\nx y [31m\n3 rows"


def test_json_is_that_of_the_standard(store: OxigraphStore) -> None:
    text = as_json(sparql(store, 'SELECT ?s ?l ?n ?u { VALUES (?s ?l ?n ?u) { (company:norvane "诺凡"@zh 2 UNDEF) } }'))
    assert json.loads(text) == {
        "head": {"vars": ["s", "l", "n", "u"]},
        "results": {"bindings": [{
            "s": {"type": "uri", "value": "https://w3id.org/dealgraph/id/company/norvane"},
            "l": {"type": "literal", "value": "诺凡", "xml:lang": "zh"},
            "n": {"type": "literal", "value": "2", "datatype": "http://www.w3.org/2001/XMLSchema#integer"},
        }]},
    }  # fmt: skip
    parsed = ox.parse_query_results(text, ox.QueryResultsFormat.JSON)
    assert isinstance(parsed, ox.QuerySolutions)
    assert next(parsed)["l"] == ox.Literal("诺凡", language="zh")
    assert json.loads(as_json(sparql(store, "ASK {}"))) == {"head": {}, "boolean": True}


def test_a_graph_comes_as_turtle_or_json_ld(store: OxigraphStore) -> None:
    rows = sparql(store, "CONSTRUCT { ?deal a kg:Deal } WHERE { ?deal a kg:Acquisition }")
    assert as_table(rows).splitlines()[-2:] == ["deal:norvane-pellucid a kg:Deal .", "deal:tarn-glimmer a kg:Deal ."]
    assert [node["@id"].rpartition("/")[2] for node in json.loads(as_json(rows))] == ["norvane-pellucid", "tarn-glimmer"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT ?x { ?x a ", "line 1, column 18"),
        ("SELECT ?x\n{ ?x nope:y 1 }", "unknown prefix at line 2, column 12"),
        ("SELECT ?y { ?x a kg:Deal } GROUP BY ?x", "cannot be read at line 1"),
        ("", "cannot be read at line 1, column 1"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { ?s ?p ?o FILTER NOT EXISTS { { service SILENT ?where { ?s ?p ?o } } } }", "SERVICE"),
        ("ASK { { SELECT * { OPTIONAL { SERVICE <http://127.0.0.1:9/> {} } } } }", "SERVICE"),
        ("INSERT DATA { company:a a kg:Company }", "update"),
        ("LOAD <http://127.0.0.1:9/x.ttl>", "update"),
        ("PREFIX a: <urn:a> DELETE WHERE { ?s ?p ?o }", "update"),
        ("DROP ALL", "update"),
        ("SELECT ?x " + "{" * 3000 + "}" * 3000, "too deeply"),
    ],
)
def test_refused(store: OxigraphStore, text: str, said: str) -> None:
    with pytest.raises(QueryError, match=re.escape(said)):
        sparql(store, text)


def test_the_word_service_in_a_text_is_no_service(store: OxigraphStore) -> None:
    assert as_table(sparql(store, 'ASK { ?s rdfs:label "SERVICE <http://x/> { }" } # SERVICE and LOAD')) == "no"
