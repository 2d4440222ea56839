"""Free SPARQL: what comes back, what is refused, and the first questions of the library."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import vocab
from kg.errors import QueryError
from kg.query import as_json, as_table, sparql
from kg.store import OxigraphStore, open_store

SMALL = Path(__file__).parent / "data" / "small.trig"
QUERIES = vocab.ontology_folder() / "queries"


@pytest.fixture(scope="module")
def store() -> Iterator[OxigraphStore]:
    with open_store(SMALL) as opened:
        yield opened


def cells(store: OxigraphStore, text: str) -> list[list[str]]:
    """The rows as people see them, without head, rule and count."""
    return [re.split(r" {2,}", line) for line in as_table(sparql(store, text)).splitlines()[2:-1]]


LIBRARY = {
    "deals": [
        ["Quillmoor Capital – Pellucid Maps (investment)", "kg:Announced", "Quillmoor Capital", "kg:Announced", "2031-03-09"],
        ["Tarn Robotics – 微光传感 (acquisition)", "kg:Completed", "kg:Completed", "2031-03-05"],
        ["Osk Freight – Tarn Robotics (merger)", "kg:Denied", "财经夜报", "kg:Rumoured", "2031-03-05"],
        ["Osk Freight – Tarn Robotics (merger)", "kg:Denied", "Osk Freight", "kg:Denied", "2031-03-09"],
        ["Norvane – Pellucid Maps (acquisition)", "kg:Rumoured", "people close to the talks", "kg:Rumoured", "2031-03-02"],
    ],
    "challenges": [
        ["Norvane – Pellucid Maps (acquisition)", "antitrust review", "kg:Stated", "The deal still faces antitrust review.", "norvane.txt"],
    ],
    "assets": [["Pellucid Maps", "street imagery", "kg:Stated", "1", "2031-03-02"]],
    "needs": [
        ["Norvane", "street imagery", "kg:Stated", "1", "2031-03-02"],
        ["Tarn Robotics", "street imagery", "kg:Stated", "1", "2031-03-05"],
    ],
    "rumours": [
        ["2031-03-05", "Osk Freight", "kg:mergesWith", "Tarn Robotics", "财经夜报", "据财经夜报报道,塔恩机器人与奥斯克货运正商谈合并。", "tarn.txt"],
        ["2031-03-02", "Norvane", "kg:acquires", "Pellucid Maps", "people close to the talks",
         "Norvane is considering buying Pellucid Maps, people close to the talks said.", "norvane.txt"],
    ],
    "documents": [
        ["norvane.txt", "Norvane", "kg:acquires", "Pellucid Maps", "kg:Rumoured", "people close to the talks"],
        ["norvane.txt", "Norvane", "kg:needs", "street imagery", "kg:Stated"],
        ["norvane.txt", "Pellucid Maps", "kg:hasAsset", "street imagery", "kg:Stated"],
        ["norvane.txt", "Norvane – Pellucid Maps (acquisition)", "kg:faces", "antitrust review", "kg:Stated"],
        ["norvane.txt", "Norvane – Pellucid Maps (acquisition)", "kg:mitigates", "rising licence costs", "kg:Possible"],
        ["norvane.txt", "Norvane", "kg:faces", "rising licence costs", "kg:Stated"],
        ["osk.txt", "Osk Freight", "kg:mergesWith", "Tarn Robotics", "kg:Denied", "Osk Freight"],
        ["osk.txt", "Quillmoor Capital", "kg:investsIn", "Pellucid Maps", "kg:Announced", "Quillmoor Capital"],
        ["tarn.txt", "Tarn Robotics", "kg:acquires", "微光传感", "kg:Completed"],
        ["tarn.txt", "Osk Freight", "kg:mergesWith", "Tarn Robotics", "kg:Rumoured", "财经夜报"],
        ["tarn.txt", "Tarn Robotics", "kg:needs", "street imagery", "kg:Stated"],
    ],
}  # fmt: skip


def test_every_query_of_the_library_is_tested_and_says_in_both_languages_what_it_asks() -> None:
    assert {path.stem for path in QUERIES.glob("*.rq")} == set(LIBRARY)
    for path in QUERIES.glob("*.rq"):
        head = re.findall(r"^# (\w+@\w+): \S", path.read_text("utf-8"), re.MULTILINE)
        assert head == ["title@en", "title@zh", "description@en", "description@zh"], path


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_library(store: OxigraphStore, name: str) -> None:
    assert cells(store, (QUERIES / f"{name}.rq").read_text("utf-8")) == LIBRARY[name]


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
