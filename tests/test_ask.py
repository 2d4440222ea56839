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
from kg.store import OxigraphStore, open_store, write_store
from kg.validate import findings

SMALL = Path(__file__).parent / "data" / "small.trig"
DEALS = Path(__file__).parent / "data" / "deals.trig"
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


@pytest.fixture(scope="module")
def deals() -> Iterator[OxigraphStore]:
    with open_store(DEALS) as opened:
        yield opened


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


PURCHASE, STAKE = "Calder Foods – Brightwell Labs (acquisition)", "Quayside Partners – Dunmore Farms (investment)"
BUYS, WORKS = ["Calder Foods", "acquires", "Brightwell Labs"], ["Brightwell Labs", "partners with", "Ostrava Grocers"]
TALK = "Calder Foods is in talks to buy Brightwell Labs, the Harbour Post reported."
DENIES = "Calder Foods denied that it is buying Brightwell Labs."
TOLD_IN_CHINESE = "考德食品宣布以3亿美元收购明泉实验室,预计2032年6月完成。"
INSIDER = "a person familiar with it"
INSIDE = f"Brightwell Labs will work with Ostrava Grocers, {INSIDER} said."
DELIVERS = "Dunmore Farms delivers to Calder Foods, and Tern Logistics is a unit of Ostrava Grocers."
SUES = ["Ostrava Grocers", "sues", "Calder Foods", "stated"]
LOOKS = ["market watchdog", "investigates", PURCHASE, "stated"]
ANNOUNCED = [*BUYS, "denied", "announced", "2032-03-03", "Calder Foods"]
NEW = [
    [PURCHASE, "mitigates", "spoilage losses", "stated", "2032-03-03", "mingquan.txt"],
    [*WORKS, "denied", "2032-03-05", "Ostrava Grocers"],
    ["Calder Foods", "competes with", "Ostrava Grocers", "stated", "2032-03-05", "grocers.txt"],
    ["Dunmore Farms", "supplies", "Calder Foods", "stated", "2032-03-05", "grocers.txt"],
    ["Ostrava Grocers", "has subsidiary", "Tern Logistics", "stated", "2032-03-05", "grocers.txt"],
    [*SUES, "2032-03-05", "grocers.txt"],
    ["Quayside Partners", "invests in", "Dunmore Farms", "completed", "2032-03-05", "grocers.txt"],
    [*LOOKS, "2032-03-05", "grocers.txt"],
]
AGAINST = [
    [*WORKS, INSIDER, "rumoured", "2032-03-05", "Ostrava Grocers", "denied", "2032-03-05"],
    [*BUYS, "Harbour Post", "rumoured", "2032-01-10", "Calder Foods", "denied", "2032-02-01"],
    [*BUYS, "Harbour Post", "rumoured", "2032-01-10", "Calder Foods", "denied", "2032-02-02"],
    [*BUYS, "Calder Foods", "announced", "2032-03-03", "Calder Foods", "denied", "2032-02-01"],
    [*BUYS, "Calder Foods", "announced", "2032-03-03", "Calder Foods", "denied", "2032-02-02"],
]
FENWICK = ["The Fenwick Ledger", "harbour.txt", "2032-01-10"]
NORTHGATE = ["Northgate Wire", "grocers.txt", "2032-03-05"]
ALONE = [
    ["cold chain", "mitigates", "spoilage losses", "possible", *FENWICK],
    ["Brightwell Labs", "offers", "Brightcrate", "stated", *FENWICK],
    [*WORKS, "denied", "Ostrava Grocers", *NORTHGATE],
    [*WORKS, "denied", INSIDER, *NORTHGATE],
    ["Calder Foods", "competes with", "Ostrava Grocers", "stated", *NORTHGATE],
    ["Calder Foods", "faces", "spoilage losses", "stated", *FENWICK],
    ["Calder Foods", "pursues", "fresh at home", "stated", *FENWICK],
    ["Dunmore Farms", "supplies", "Calder Foods", "stated", *NORTHGATE],
    ["Ostrava Grocers", "has subsidiary", "Tern Logistics", "stated", *NORTHGATE],
    [*SUES, *NORTHGATE],
    ["Quayside Partners", "invests in", "Dunmore Farms", "completed", *NORTHGATE],
    [PURCHASE, "enables", "cold chain", "reported", *FENWICK],
    [PURCHASE, "mitigates", "spoilage losses", "stated", "港湾财经", "mingquan.txt", "2032-03-03"],
    [PURCHASE, "pursues", "fresh at home", "stated", *FENWICK],
    [*LOOKS, *NORTHGATE],
    ["Mira Solberg", "leads", "Calder Foods", "stated", *FENWICK],
]
HISTORY = [
    ["2032-01-10", "rumoured", "in talks", "Harbour Post", TALK, "harbour.txt"],
    ["2032-02-01", "denied", "considered", "Calder Foods", DENIES, "denial.txt"],
    ["2032-02-02", "denied", "considered", "Calder Foods", DENIES, "copy.txt"],
    ["2032-03-03", "announced", "announced", "Calder Foods", TOLD_IN_CHINESE, "mingquan.txt"],
]
BROUGHT = [
    [PURCHASE, "announced", "enables", "cold chain", "reported", "The purchase would give Calder Foods a cold chain.", "harbour.txt"],
    [PURCHASE, "announced", "mitigates", "spoilage losses", "stated", "收购将缓解损耗。", "mingquan.txt"],
]
SERVED = [
    ["Brightwell Labs", "fresh at home", "stated", "1", PURCHASE, "announced"],
    ["Calder Foods", "fresh at home", "stated", "1"],
    ["Calder Foods", "fresh at home", "stated", "1", PURCHASE, "announced"],
]
EASED = [["Calder Foods", "spoilage losses", "stated", "cold chain", "possible"], ["Calder Foods", "spoilage losses", "stated", PURCHASE, "stated"]]
COST = [
    [PURCHASE, "announced", "300000000", "USD", "2032年6月", "Calder Foods", "2032-03-03", "mingquan.txt"],
    [STAKE, "completed", "20000000", "25000000", "EUR", "0.1", "2032-03-05", "grocers.txt"],
]
DENIED = [[*BUYS, "2032-01-10", "Harbour Post", "rumoured", "2032-02-01", "Calder Foods", "denied"]]
CONFIRMED = [
    [*BUYS, "2032-01-10", "Harbour Post", "rumoured", "2032-03-03", "Calder Foods", "announced"],
    [*BUYS, "2032-02-01", "Calder Foods", "denied", "2032-03-03", "Calder Foods", "announced"],
    [*BUYS, "2032-02-02", "Calder Foods", "denied", "2032-03-03", "Calder Foods", "announced"],
]
LEADS = [["Mira Solberg", "Calder Foods", "stated", "1", "2032-01-10"]]
PUT_IN = [["Quayside Partners", "Dunmore Farms", "completed", "1", "2032-03-05"]]
SUPPLIED = [["Dunmore Farms", "Calder Foods", "stated", "1", "2032-03-05"]]
BELONGS = [["Ostrava Grocers", "Tern Logistics", "stated", "1", "2032-03-05"]]
PARTNERS = [[*pair, "denied", "1", "2032-03-05"] for pair in (["Brightwell Labs", "Ostrava Grocers"], ["Ostrava Grocers", "Brightwell Labs"])]
RIVALS = [[*pair, "stated", "1", "2032-03-05"] for pair in (["Calder Foods", "Ostrava Grocers"], ["Ostrava Grocers", "Calder Foods"])]
COURTS = [[*SUES, "1", "2032-03-05"], [*LOOKS, "1", "2032-03-05"]]
MISREAD = [["0.4", "Dunmore Farms", "supplies", "Calder Foods", "stated", "supplies.hand", DELIVERS, "grocers.txt"]]
TAKEN_BACK = [["grocers.txt", *WORKS, "rumoured", INSIDER, "denied", "Ostrava Grocers"]]
NAMELESS = [[INSIDER, "insider", *WORKS, "rumoured", "2032-03-05", INSIDE, "grocers.txt"]]
COPIED = [["denial.txt", "2032-02-01", "Northgate Wire", "copy.txt", "2032-02-02", "Southgate Wire"]]

MARKET: list[tuple[str, dict[str, str], list[list[str]]]] = [
    ("changes", {"after": "2032-02-02"}, [ANNOUNCED, *NEW]),
    ("changes", {"after": "2032-03", "before": "2032-03-03"}, [ANNOUNCED, NEW[0]]),
    ("changes", {"after": "2032-02-01", "before": "2032-02"}, [[*BUYS, "rumoured", "denied", "2032-02-02", "Calder Foods"]]),
    ("changes", {"after": "2032-03", "company": "明泉实验室"}, [ANNOUNCED, NEW[1]]),
    ("changes", {"after": "2033"}, []),
    ("contradictions", {}, AGAINST),
    ("contradictions", {"company": "Ostrava Grocers"}, AGAINST[:1]),
    ("contradictions", {"company": "Dunmore Farms"}, []),
    ("one-source", {}, ALONE),
    ("one-source", {"company": "Quayside Partners"}, ALONE[10:11]),
    ("one-source", {"source": INSIDER}, ALONE[3:4]),
    ("denied-later", {}, DENIED),
    ("denied-later", {"company": "Brightwell Labs"}, DENIED),
    ("denied-later", {"company": "Ostrava Grocers"}, []),
    ("confirmed-later", {}, CONFIRMED),
    ("confirmed-later", {"company": "考德食品"}, CONFIRMED),
    ("confirmed-later", {"company": "Dunmore Farms"}, []),
    ("timeline", {"deal": PURCHASE}, HISTORY),
    ("people", {}, LEADS),
    ("people", {"company": "Calder Foods"}, LEADS),
    ("people", {"person": "mira solberg"}, LEADS),
    ("people", {"company": "Tern Logistics"}, []),
    ("investors", {}, PUT_IN),
    ("investors", {"company": "Dunmore Farms", "investor": "Quayside Partners"}, PUT_IN),
    ("investors", {"investor": "Dunmore Farms"}, []),
    ("partners", {}, PARTNERS),
    ("partners", {"company": "Ostrava Grocers"}, PARTNERS[1:]),
    ("competitors", {}, RIVALS),
    ("competitors", {"company": "Calder Foods"}, RIVALS[:1]),
    ("suppliers", {}, SUPPLIED),
    ("suppliers", {"company": "Calder Foods", "supplier": "Dunmore Farms"}, SUPPLIED),
    ("suppliers", {"supplier": "Calder Foods"}, []),
    ("subsidiaries", {}, BELONGS),
    ("subsidiaries", {"company": "Tern Logistics", "parent": "Ostrava Grocers"}, BELONGS),
    ("subsidiaries", {"parent": "Tern Logistics"}, []),
    ("strategies", {}, SERVED),
    ("strategies", {"company": "Calder Foods", "strategy": "鲜到家"}, SERVED[1:]),
    ("effects", {}, BROUGHT),
    ("effects", {"deal": PURCHASE, "company": "Brightwell Labs"}, BROUGHT),
    ("effects", {"deal": STAKE}, []),
    ("challenges-met", {}, EASED),
    ("challenges-met", {"company": "Brightwell Labs"}, []),
    ("lawsuits", {}, COURTS),
    ("lawsuits", {"company": "Calder Foods"}, COURTS),
    ("lawsuits", {"company": "Brightwell Labs"}, COURTS[1:]),
    ("unsure", {"below": "0.5"}, MISREAD),
    ("unsure", {"below": "0.4"}, []),
    ("unsure", {"below": "0.41", "company": "Dunmore Farms"}, MISREAD),
    ("amounts", {}, COST),
    ("amounts", {"deal": STAKE}, COST[1:]),
    ("amounts", {"company": "Brightwell Labs"}, COST[:1]),
    ("mentions", {"thing": "spoilage losses"}, [
        ["2032-01-10", "harbour.txt", "Calder Foods in talks", "The Fenwick Ledger", "spoilage losses"],
        ["2032-03-03", "mingquan.txt", "考德食品收购明泉实验室", "港湾财经", "损耗"]]),
    ("superseded", {}, TAKEN_BACK),
    ("superseded", {"document": "grocers.txt", "company": "Brightwell Labs"}, TAKEN_BACK),
    ("superseded", {"document": "denial.txt"}, []),
    ("unnamed", {}, NAMELESS),
    ("unnamed", {"company": "Calder Foods"}, []),
    ("copies", {}, COPIED),
    ("copies", {"document": "denial.txt"}, COPIED),
    ("copies", {"document": "copy.txt"}, []),
    ("documents", {"document": "denial.txt"}, [["denial.txt", *BUYS, "denied", "Calder Foods", "edge:h1"]]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "expected"), MARKET, ids=[f"{name}-{len(given)}" for name, given, _ in MARKET])
def test_library_on_a_market(deals: OxigraphStore, name: str, parameters: dict[str, str], expected: list[list[str]]) -> None:
    assert rows(deals, name, **parameters) == expected


def test_the_graph_of_the_market_conforms(deals: OxigraphStore) -> None:
    assert findings(deals.quads()) == []


@pytest.mark.parametrize(("name", "parameters", "expected"), LIBRARY, ids=[f"{name}-{len(given)}" for name, given, _ in LIBRARY])
def test_library(store: OxigraphStore, name: str, parameters: dict[str, str], expected: list[list[str]]) -> None:
    assert rows(store, name, **parameters) == expected


def test_a_store_on_disk_gives_the_same_rows(store: OxigraphStore, deals: OxigraphStore, tmp_path: Path) -> None:
    for name, graph, cases in (("small", store, LIBRARY), ("deals", deals, MARKET)):
        write_store(tmp_path / name, graph.quads())
        with open_store(tmp_path / name) as on_disk:
            assert [rows(on_disk, question, **given) for question, given, _ in cases] == [expected for *_, expected in cases]  # type: ignore[arg-type]


def test_every_question_and_parameter_is_tested_and_says_in_both_languages_what_it_asks() -> None:
    assert len(questions()) == 35
    assert {name for name, _, expected in LIBRARY + MARKET if expected} == set(questions())
    for name, asked in questions().items():
        tried = {given for one, parameters, _ in LIBRARY + MARKET if one == name for given in parameters}
        assert {parameter.name for parameter in asked.parameters} == tried, name
        assert {parameter.name for parameter in asked.parameters} <= set(re.findall(r"\?(\w+)", asked.sparql.partition("WHERE")[2])), name
        for words in (asked.title, asked.description):
            assert {tag: vocab.script_language(said) for tag, said in words.items()} == {"en": "en", "zh": "zh"}, name


def test_every_kind_of_parameter_can_be_found_and_explained() -> None:
    assert set(HELP) == set(get_args(Kind)) == {*CLASSES, "date", "number", "status", "text"}
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
        '") } UNION { ?claim a kg:Claim } #', "\\u0022) } #", '"""', "a\nb", "\\", "} ORDER BY ?x", "?quote", "<urn:x>", "WHERE {", "\udc80",
        "\x00", "@en",
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


def test_a_name_that_only_the_lists_have_finds_what_is_linked_to_them() -> None:
    inner = ox.Store()
    concept = "https://w3id.org/dealgraph/concept/strategy/ai-social-6f979a"
    inner.load(f"""
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <{vocab.BASE_IRI}strategy/s> a <{vocab.KG}Strategy> ; rdfs:label "a model of its own"@en ; skos:exactMatch <{concept}> .
    """, format=ox.RdfFormat.TURTLE)  # fmt: skip
    store = OxigraphStore(inner)
    assert find(store, "AI + social", "strategy") == find(store, "AI+社交") == vocab.BASE_IRI + "strategy/s"
    with pytest.raises(QueryError, match="no company in the graph is called"):
        find(store, "AI + social", "company")


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
        (lambda store: ask(store, "changes", after="soon"), "'soon' is no date; write a year, a month or a day"),
        (lambda store: ask(store, "changes", after=""), "'' is no date"),
        (lambda store: ask(store, "changes", before="2031"), "question 'changes' needs 'after'"),
        (lambda store: ask(store, "unsure", below="1e9"), "'1e9' is no number; write one such as 0.5"),
        (lambda store: question("deal"), "near to it: deals"),
    ],
)
def test_refused_with_what_there_is(store: OxigraphStore, act: Callable[[OxigraphStore], object], said: str) -> None:
    with pytest.raises(QueryError, match=re.escape(said)):
        act(store)


@pytest.mark.parametrize("graph", ["store", "deals"])
def test_the_files_are_plain_sparql_that_other_engines_answer_alike(graph: str, request: pytest.FixtureRequest) -> None:
    store: OxigraphStore = request.getfixturevalue(graph)
    dataset = store.dataset()
    hinted = [name for name, asked in questions().items() if "# if" in asked.sparql and not any(one.required for one in asked.parameters)]
    assert len(hinted) == 14
    for name in ("acquisitions", "rumours", "challenges", "needs-met", "denied", "contradictions", "one-source", "strategies", *hinted):
        theirs = {tuple(map(str, row)) for row in dataset.query(questions()[name].sparql, initNs=vocab.prefixes())}  # type: ignore[union-attr]
        ours = {tuple(str(getattr(term, "value", term)) for term in row) for row in ask(store, name).rows}
        assert theirs == ours, name
