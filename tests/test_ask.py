"""The named questions on the hand-made graph: every row was written by hand, and names from people never become query text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pyoxigraph as ox
import pytest

from kg import vocab
from kg.analyze import STATUSES
from kg.errors import QueryError
from kg.query import CLASSES, as_json, as_table, ask, find, names_in
from kg.questions import HELP, Kind, question, questions
from kg.store import OxigraphStore, open_store

SMALL = Path(__file__).parent / "data" / "small.trig"
MORE = """
@prefix kg: <https://w3id.org/dealgraph/ontology#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix id: <https://w3id.org/dealgraph/id/> .
@prefix company: <https://w3id.org/dealgraph/id/company/> . @prefix product: <https://w3id.org/dealgraph/id/product/> .
@prefix edge: <https://w3id.org/dealgraph/id/edge/> .
<https://w3id.org/dealgraph/id/graph/entities> {
  product:kite a kg:Product ; rdfs:label "Kite"@en , "风筝"@zh . product:norvane a kg:Product ; rdfs:label "Norvane Studio"@en .
  company:brunel-inc a kg:Company ; rdfs:label "Brunel Inc."@en . company:brunel a kg:Company ; rdfs:label "brunel"@en .
  edge:e20 a kg:Edge ; rdf:subject company:osk-freight ; rdf:predicate kg:offers ; rdf:object product:kite ; kg:status kg:Stated ; kg:support 3 .
}
"""


@pytest.fixture(scope="module")
def store() -> Iterator[OxigraphStore]:
    with open_store(SMALL) as opened:
        inner = ox.Store()
        inner.extend(opened.quads())
        inner.load(MORE, format=ox.RdfFormat.TRIG)
        yield OxigraphStore(inner)


def rows(store: OxigraphStore, name: str, language: str = "en", /, **parameters: str) -> list[list[str]]:
    """The answer as people see it, without head, rule and count; empty cells fall away."""
    found = ask(store, name, **parameters)
    return [re.split(r" {2,}", line) for line in as_table(found, names_in(store, found, language)).splitlines()[2:-1]]


RUMOUR = ["2031-03-02", "Norvane", "acquires", "Pellucid Maps", "people close to the talks",
          "Norvane is considering buying Pellucid Maps, people close to the talks said.", "norvane.txt"]  # fmt: skip
TALKS = ["2031-03-05", "Osk Freight", "merges with", "Tarn Robotics", "财经夜报", "据财经夜报报道,塔恩机器人与奥斯克货运正商谈合并。", "tarn.txt"]
DENIAL = "Osk Freight denied that it will merge with Tarn Robotics."
INVESTED = ["Quillmoor Capital – Pellucid Maps (investment)", "announced", "Quillmoor Capital", "announced", "2031-03-09"]
BOUGHT = ["Norvane – Pellucid Maps (acquisition)", "rumoured", "people close to the talks", "rumoured", "2031-03-02"]
MERGER = [
    ["Osk Freight – Tarn Robotics (merger)", "denied", "财经夜报", "rumoured", "2031-03-05"],
    ["Osk Freight – Tarn Robotics (merger)", "denied", "Osk Freight", "denied", "2031-03-09"],
]
HURDLE = ["Norvane – Pellucid Maps (acquisition)", "antitrust review", "stated", "The deal still faces antitrust review.", "norvane.txt"]
MET = [[who, "street imagery", "stated", "Pellucid Maps", "has asset", "stated"] for who in ("Norvane", "Tarn Robotics")]
TOLD = [
    ["norvane.txt", "Norvane", "acquires", "Pellucid Maps", "rumoured", "people close to the talks", "edge:e1"],
    ["norvane.txt", "Norvane", "needs", "street imagery", "stated", "edge:e2"],
    ["norvane.txt", "Pellucid Maps", "has asset", "street imagery", "stated", "edge:e3"],
    ["norvane.txt", "Norvane – Pellucid Maps (acquisition)", "faces", "antitrust review", "stated", "edge:e4"],
    ["norvane.txt", "Norvane – Pellucid Maps (acquisition)", "mitigates", "rising licence costs", "possible", "edge:e5"],
    ["norvane.txt", "Norvane", "faces", "rising licence costs", "stated", "edge:e6"],
    ["tarn.txt", "Tarn Robotics", "acquires", "微光传感", "completed", "edge:e7"],
    ["tarn.txt", "Osk Freight", "merges with", "Tarn Robotics", "rumoured", "财经夜报", "edge:e8"],
    ["tarn.txt", "Tarn Robotics", "needs", "street imagery", "stated", "edge:e9"],
    ["osk.txt", "Osk Freight", "merges with", "Tarn Robotics", "denied", "Osk Freight", "edge:e8"],
    ["osk.txt", "Quillmoor Capital", "invests in", "Pellucid Maps", "announced", "Quillmoor Capital", "edge:e10"],
]

LIBRARY: list[tuple[str, dict[str, str], list[list[str]]]] = [
    ("deals", {}, [INVESTED, ["Tarn Robotics – 微光传感 (acquisition)", "completed", "completed", "2031-03-05"], *MERGER, BOUGHT]),
    ("deals", {"status": "rumoured"}, [BOUGHT]),
    ("deals", {"status": "已否认", "source": "财经夜报"}, MERGER[:1]),
    ("deals", {"source": "Osk Freight"}, MERGER[1:]),
    ("deals", {"company": "Pellucid Maps"}, [INVESTED, BOUGHT]),
    ("acquisitions", {}, [["Norvane", "Pellucid Maps", "rumoured", "1", "2031-03-02", "2031-03-02"],
                          ["Tarn Robotics", "微光传感", "completed", "1", "2031-03-05", "2031-03-05"]]),
    ("acquisitions", {"company": "微光传感"}, [["Tarn Robotics", "微光传感", "completed", "1", "2031-03-05", "2031-03-05"]]),
    ("rumours", {}, [TALKS, RUMOUR]),
    ("rumours", {"company": "Pellucid Maps"}, [RUMOUR]),
    ("rumours", {"company": "Quillmoor Capital"}, []),
    ("challenges", {}, [HURDLE]),
    ("challenges", {"deal": "Norvane – Pellucid Maps (acquisition)"}, [HURDLE]),
    ("challenges", {"deal": "deal:osk-tarn"}, []),
    ("challenges", {"company": "Pellucid Maps"}, [HURDLE]),
    ("assets", {}, [["Pellucid Maps", "street imagery", "stated", "1", "2031-03-02"]]),
    ("assets", {"company": "Norvane"}, []),
    ("needs", {}, [["Norvane", "street imagery", "stated", "1", "2031-03-02"], ["Tarn Robotics", "street imagery", "stated", "1", "2031-03-05"]]),
    ("needs", {"company": "塔恩机器人"}, [["Tarn Robotics", "street imagery", "stated", "1", "2031-03-05"]]),
    ("needs-met", {}, MET),
    ("needs-met", {"company": "Norvane", "helper": "Pellucid Maps"}, MET[:1]),
    ("needs-met", {"helper": "Norvane"}, []),
    ("products", {}, [["Osk Freight", "Kite", "stated", "3"]]),
    ("products", {"company": "Norvane"}, []),
    ("sources", {}, [["Osk Freight", "Osk Freight", "merges with", "Tarn Robotics", "denied", "2031-03-09", "osk.txt"],
                     ["Quillmoor Capital", "Quillmoor Capital", "invests in", "Pellucid Maps", "announced", "2031-03-09", "osk.txt"],
                     ["people close to the talks", "Norvane", "acquires", "Pellucid Maps", "rumoured", "2031-03-02", "norvane.txt"],
                     ["财经夜报", "Osk Freight", "merges with", "Tarn Robotics", "rumoured", "2031-03-05", "tarn.txt"]]),
    ("sources", {"source": "财经夜报"}, [["财经夜报", "Osk Freight", "merges with", "Tarn Robotics", "rumoured", "2031-03-05", "tarn.txt"]]),
    ("denied", {}, [["2031-03-09", "Osk Freight", "merges with", "Tarn Robotics", "denied", "Osk Freight", DENIAL, "osk.txt"]]),
    ("denied", {"company": "Norvane"}, []),
    ("evidence", {"edge": "edge:e8"}, [
        ["claim:c8", "rumoured", "财经夜报", "2031-03-05", "据财经夜报报道,塔恩机器人与奥斯克货运正商谈合并。", "tarn.txt", "17", "42"],
        ["claim:c10", "denied", "Osk Freight", "2031-03-09", DENIAL, "osk.txt", "0", "57"]]),
    ("documents", {}, TOLD),
    ("documents", {"document": "osk.txt"}, TOLD[9:]),
    ("documents", {"document": "塔恩机器人收购微光传感"}, TOLD[6:9]),
    ("quotes", {"text": "OWNS street"},
     [["2031-03-02", "Pellucid Maps", "has asset", "street imagery", "stated", "Pellucid Maps owns street imagery.", "norvane.txt"]]),
    ("quotes", {"text": "亟需"}, [["2031-03-05", "Tarn Robotics", "needs", "street imagery", "stated", "塔恩机器人亟需街景影像。", "tarn.txt"]]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "expected"), LIBRARY, ids=[f"{name}-{len(given)}" for name, given, _ in LIBRARY])
def test_library(store: OxigraphStore, name: str, parameters: dict[str, str], expected: list[list[str]]) -> None:
    assert rows(store, name, **parameters) == expected


def test_every_question_and_parameter_is_tested_and_says_in_both_languages_what_it_asks() -> None:
    assert len(questions()) >= 12
    assert {name for name, _, _ in LIBRARY} == set(questions())
    for name, asked in questions().items():
        assert {parameter.name for parameter in asked.parameters} == {given for one, parameters, _ in LIBRARY if one == name for given in parameters}
        assert {parameter.name for parameter in asked.parameters} <= set(re.findall(r"\?(\w+)", asked.sparql.partition("WHERE")[2])), name
        for words in (asked.title, asked.description):
            assert {tag: vocab.script_language(said) for tag, said in words.items()} == {"en": "en", "zh": "zh"}, name


def test_every_kind_of_parameter_can_be_found_and_explained() -> None:
    assert set(HELP) == set(get_args(Kind)) == {*CLASSES, "status", "text"} - {"strategy", "thing"}
    assert {parameter.kind for asked in questions().values() for parameter in asked.parameters} == set(get_args(Kind))
    assert set(vocab.STATUSES) == set(STATUSES)


def test_names_come_in_the_language_that_is_asked_for(store: OxigraphStore) -> None:
    assert rows(store, "needs", "zh", company="Norvane") == [["诺凡", "街景影像", "直陈", "1", "2031-03-02"]]
    found = ask(store, "needs", company="Norvane")
    row = json.loads(as_json(found, names_in(store, found, "zh")))["results"]["bindings"][0]
    assert row["need"] == {"type": "uri", "value": "https://w3id.org/dealgraph/id/asset/street-imagery"}
    assert row["needLabel"] == {"type": "literal", "value": "街景影像"}
    assert "dateLabel" not in row


def test_a_text_is_bound_as_a_term(store: OxigraphStore) -> None:
    for text in (
        '") } UNION { ?claim a kg:Claim } #', "\\u0022) } #", '"""', "a\nb", "\\", "} ORDER BY ?x", "?quote", "<urn:x>", "\udc80", "\x00", "@en",
    ):  # fmt: skip
        assert rows(store, "quotes", text=text) == []
    assert len(rows(store, "quotes", text="")) == 11
    assert rows(store, "quotes", text=".")[-1][-1] == "osk.txt"


@pytest.mark.parametrize("name", ['Norvane" } DROP ALL #', "company:norvane> } #", "https://x/> <y", "<>", ":", "company:"])
def test_hostile_names_name_nothing(store: OxigraphStore, name: str) -> None:
    with pytest.raises(QueryError, match="in the graph is called"):
        ask(store, "needs", company=name)


@pytest.mark.parametrize(
    ("called", "kind", "tail"),
    [
        ("company:norvane", "company", "company/norvane"),
        ("<https://w3id.org/dealgraph/id/company/norvane>", "", "company/norvane"),
        ("NORVANE", "company", "company/norvane"),
        ("诺凡", "company", "company/norvane"),
        ("Norvane Inc.", "company", "company/norvane"),
        ("norvane studio", "", "product/norvane"),
        ("奥斯克货运", "source", "company/osk-freight"),
        ("brunel", "company", "company/brunel"),
        ("Brunel Inc.", "company", "company/brunel-inc"),
        ("people close to the talks", "source", "source/d1/insiders"),
        ("osk.txt", "document", "document/d3"),
        ("edge:e1", "edge", "edge/e1"),
    ],
)
def test_find(store: OxigraphStore, called: str, kind: str, tail: str) -> None:
    assert find(store, called, kind) == vocab.BASE_IRI + tail


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda store: ask(store, "rumour"), "there is no question 'rumour'; near to it: rumours"),
        (lambda store: ask(store, "xyzzy"), "there is no question 'xyzzy'; kg ask --list shows them all"),
        (lambda store: ask(store, "needs", deal="x"), "question 'needs' has no parameter 'deal'; it has company"),
        (lambda store: ask(store, "evidence"), "question 'evidence' needs 'edge'; give it as --edge VALUE"),
        (lambda store: ask(store, "needs", company="Norvan"), "no company in the graph is called 'Norvan'; near to it: Norvane"),
        (lambda store: ask(store, "needs", company="塔恩机器"), "near to it: 塔恩机器人"),
        (lambda store: ask(store, "needs", company="Kite"), "'Kite' is no company in this graph but product:kite"),
        (lambda store: ask(store, "needs", company="deal:osk-tarn"), "no company in the graph is called 'deal:osk-tarn'"),
        (lambda store: ask(store, "needs", company="The Brunel Co"), "names 2 things; say which: company:brunel, company:brunel-inc"),
        (lambda store: ask(store, "deals", status="fishy"), "there is no status 'fishy'; use one of completed, announced, in talks,"),
        (lambda store: question("deal"), "near to it: deals"),
    ],
)
def test_refused_with_what_there_is(store: OxigraphStore, act: Callable[[OxigraphStore], object], said: str) -> None:
    with pytest.raises(QueryError, match=re.escape(said)):
        act(store)


def test_the_files_are_plain_sparql_that_other_engines_answer_alike(store: OxigraphStore) -> None:
    dataset = store.dataset()
    for name in ("acquisitions", "rumours", "challenges", "needs-met", "denied"):
        theirs = {tuple(map(str, row)) for row in dataset.query(questions()[name].sparql, initNs=vocab.prefixes())}  # type: ignore[union-attr]
        ours = {tuple(str(getattr(term, "value", term)) for term in row) for row in ask(store, name).rows}
        assert theirs == ours, name
