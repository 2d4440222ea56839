"""The report and explain on the hand-made graph."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.errors import QueryError
from kg.model import Problem
from kg.report import explain, write_report
from kg.store import OxigraphStore, open_store, write_store

PROBLEMS = [Problem(source="a<b>.txt", stage="read", reason="is *empty*"), Problem(source="c.html", stage="extract", reason="no words")]
SMALL = Path(__file__).parent / "data" / "small.trig"


@pytest.fixture(scope="module")
def store() -> Iterator[OxigraphStore]:
    with open_store(SMALL) as opened:
        yield opened


def section(report: str, title: str) -> list[str]:
    found = re.search(rf"^## {title}\n\n(.*?)(?=\n\n## |\Z)", report, re.MULTILINE | re.DOTALL)
    assert found, report
    return found[1].rstrip().splitlines()


def test_what_was_read(store: OxigraphStore) -> None:
    assert section(write_report(store, problems=PROBLEMS), "What was read") == [
        "- Documents: 3 (en 2, zh 1)",
        "- Claims: 11",
        "- Entities and deals: 13 (asset 1, challenge 2, company 6, deal 4)",
        "- Problems: 2; see problems.jsonl",
    ]


def test_deals_by_status_with_voices_and_words(store: OxigraphStore) -> None:
    lines = section(write_report(store), "Deals")
    assert [line for line in lines if line.startswith("- ")] == [
        "- **Tarn Robotics – 微光传感 (acquisition)**: completed, 2031-03-05",
        "- **Quillmoor Capital – Pellucid Maps (investment)**: announced, 2031-03-09",
        "- **Norvane – Pellucid Maps (acquisition)**: rumoured, 2031-03-02",
        "- **Osk Freight – Tarn Robotics (merger)**: denied, 2031-03-05 to 2031-03-09",
    ]
    assert lines[-2:] == [
        "  - rumoured, says 财经夜报: “据财经夜报报道,塔恩机器人与奥斯克货运正商谈合并。” (塔恩机器人收购微光传感, 2031-03-05)",
        "  - denied, says Osk Freight: “Osk Freight denied that it will merge with Tarn Robotics.” "
        r"(Osk \<img src=x onerror=alert(1)\> denies \*merger\* \| \</script\>, 2031-03-09)",
    ]


def test_obstacles_needs_and_leaders(store: OxigraphStore) -> None:
    report = write_report(store)
    assert section(report, "What stands in their way") == [
        "- Norvane – Pellucid Maps (acquisition): antitrust review (stated) “The deal still faces antitrust review.”"
    ]
    assert section(report, "Strategy: what each company wants, and what would meet it") == [
        "| company | wants | met by | how sure | score |",
        "|---|---|---|---|---|",
        "| Norvane | needs street imagery (stated) | Pellucid Maps: has asset | stated | 0.81 |",
        "| Norvane | faces rising licence costs (stated) | Norvane – Pellucid Maps (acquisition): mitigates | possible | 0.24 |",
        "| Tarn Robotics | needs street imagery (stated) | Pellucid Maps: has asset | stated | 0.81 |",
    ]
    assert section(report, "Whom with: targets and partners")[2:] == [
        "| company | with | score | meets | would bring | in the way | instead of it | also wanted by |",
        "|---|---|---|---|---|---|---|---|",
        "| Norvane | Pellucid Maps (rumoured) | 0.83 | street imagery, rising licence costs |  | antitrust review |  "
        "| Tarn Robotics, Quillmoor Capital |",
        "| Tarn Robotics | Pellucid Maps | 0.81 | street imagery |  |  |  | Norvane, Quillmoor Capital |",
    ]
    assert section(report, "Contradictions") == [
        "- Osk Freight merges with Tarn Robotics", "  - denied: Osk Freight, 2031-03-09", "  - rumoured: 财经夜报, 2031-03-05",
    ]  # fmt: skip
    assert [line.split(" (")[0] for line in section(report, "Who matters")[2:]] == [
        "1. Pellucid Maps", "2. Norvane", "3. Tarn Robotics", "4. 微光传感", "5. Quillmoor Capital", "6. Osk Freight",
    ]  # fmt: skip


def test_the_report_is_the_same_from_a_store_on_disk(store: OxigraphStore, tmp_path: Path) -> None:
    write_store(tmp_path, reversed(list(store.quads())))
    with open_store(tmp_path) as other:
        assert write_report(other) == write_report(store)


def test_the_report_as_json_says_the_same(store: OxigraphStore) -> None:
    told = json.loads(write_report(store, "json", problems=PROBLEMS))
    iri = "https://w3id.org/dealgraph/id/"
    assert told["read"] == {"documents": 3, "languages": {"en": 2, "zh": 1}, "claims": 11, "nodes": told["read"]["nodes"], "problems": 2}
    analysis = told["analysis"]
    assert {deal["deal"].removeprefix(iri): deal["status"] for deal in analysis["deals"]} == {
        "deal/norvane-pellucid": "Rumoured", "deal/osk-tarn": "Denied", "deal/quillmoor-pellucid": "Announced", "deal/tarn-glimmer": "Completed",
    }  # fmt: skip
    assert [saying[1] for saying in told["sayings"][iri + "deal/osk-tarn"]] == ["Rumoured", "Denied"]
    assert [analysis["labels"][one["node"]].get("en") for one in told["actors"]][:3] == ["Pellucid Maps", "Norvane", "Tarn Robotics"]
    assert [one["source"] for one in told["problems"]] == ["a<b>.txt", "c.html"]
    assert told["since"] is None


def test_problems_are_told_where_they_are_known(store: OxigraphStore) -> None:
    assert [line for line in write_report(store).splitlines() if "Problems" in line] == []
    assert json.loads(write_report(store, "json"))["read"]["problems"] is None
    assert section(write_report(store, problems=PROBLEMS), "Problems") == [
        r"- a\<b\>.txt, read: is \*empty\*".replace("\\\\", "\\"), "- c.html, extract: no words",
    ]  # fmt: skip


def test_what_is_new_against_an_older_graph(store: OxigraphStore, tmp_path: Path) -> None:
    assert "## What is new" not in write_report(store)
    gone = "https://w3id.org/dealgraph/id/document/d3"
    write_store(tmp_path, [quad for quad in store.quads() if getattr(quad.graph_name, "value", "") != gone])
    with open_store(tmp_path) as older:
        lines = section(write_report(store, since=older), "What is new")
        assert any("osk" in line and "denies" in line for line in lines), lines
        assert section(write_report(older, since=older), "What is new") == ["Nothing was found."]


def test_the_page_shows_what_the_markdown_says_and_text_stays_text(store: OxigraphStore) -> None:
    page = write_report(store, "html", problems=PROBLEMS)
    tags, text = parsed(page)
    assert {tag for tag, _ in tags} & {"script", "img", "link", "iframe", "form", "object"} == set()
    assert not [attributes for _, attributes in tags if any(name.startswith("on") or name == "style" for name in attributes)]
    assert [attributes["href"] for tag, attributes in tags if tag == "a" and not attributes["href"].startswith("#")] == [
        "https://wharf.example/osk?a=1&b=2", "https://fenwick.example/norvane", "https://wharf.example/osk?a=1&b=2",
    ]  # fmt: skip
    assert "Osk <img src=x onerror=alert(1)> denies *merger* | </script>" in text
    assert "“Osk Freight" not in text and "Osk Freight denied that it will merge with Tarn Robotics." in text
    policy = next(attributes["content"] for tag, attributes in tags if attributes.get("http-equiv"))
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    assert policy.startswith("default-src 'none'; style-src 'sha256-" + base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode())
    # a mark for each claim about a deal: Norvane 1, Tarn – Glimmer 1, Osk – Tarn 2, Quillmoor 1; a key of four or five statuses beside it
    chart = page[page.index('role="img"') : page.index("</svg>")]
    assert chart.count("<circle") == 5 and "2031-03-09: denied, says Osk Freight" in chart
    assert "Norvane needs street imagery (stated)" in text and "0.81" in text


def test_an_empty_page(tmp_path: Path) -> None:
    write_store(tmp_path, [])
    with open_store(tmp_path) as empty:
        assert "No deals were found." in write_report(empty, "html")


def parsed(page: str) -> tuple[list[tuple[str, dict[str, str]]], str]:
    """Start tags with their attributes, and the text."""
    tags: list[tuple[str, dict[str, str]]] = []
    words: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append((tag, {name: value or "" for name, value in attrs}))

        def handle_data(self, data: str) -> None:
            words.append(data)

    Reader().feed(page)
    return tags, "".join(words)


def test_an_empty_graph_has_a_report(tmp_path: Path) -> None:
    write_store(tmp_path, [])
    with open_store(tmp_path) as empty:
        report = write_report(empty)
    assert section(report, "What was read")[0] == "- Documents: 0"
    assert section(report, "Deals") == ["Nothing was found."]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("- [x](http://e.example) `y`", r"\- \[x\](http\://e.example) \`y\`"),
        ("12. a\n# b\u202e", r"12\. a \# b"),
        ("<b>&lt;</b> | ~c~ www.e.example me@e.example", r"\<b\>\&lt;\</b\> \| \~c\~ www\.e.example me\@e.example"),
    ],
)
def test_markdown_of_articles_is_shown_not_obeyed(store: OxigraphStore, tmp_path: Path, name: str, shown: str) -> None:
    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    need = ox.NamedNode("https://w3id.org/dealgraph/id/asset/street-imagery")
    kept = [quad for quad in store.quads() if (quad.subject, quad.predicate) != (need, label)]
    write_store(
        tmp_path, [*kept, ox.Quad(need, label, ox.Literal(name, language="en"), ox.NamedNode("https://w3id.org/dealgraph/id/graph/entities"))]
    )
    with open_store(tmp_path) as hostile:
        table = section(write_report(hostile), "Whom with: targets and partners")
        assert any(f"| {shown}" in line for line in table), table


@pytest.mark.parametrize("name", ["company:tarn-robotics", "https://w3id.org/dealgraph/id/company/tarn-robotics", "tarn robotics", "塔恩机器人"])
def test_a_node_is_found_by_iri_prefixed_name_and_label_in_either_language(store: OxigraphStore, name: str) -> None:
    text = explain(store, name)
    assert text.splitlines()[0] == "company:tarn-robotics · Tarn Robotics · 塔恩机器人"
    assert "  Tarn Robotics  (osk.txt)\n  塔恩机器人  (tarn.txt)" in text
    assert "  Osk Freight merges with Tarn Robotics — denied, disputed  (edge:e8)\n    rumoured, says 财经夜报, 塔恩机器人收购微光传感" in text
    assert "      “塔恩机器人亟需街景影像。”" in text
    assert "Pellucid" not in text


def test_a_claim_is_explained_with_fields_and_evidence(store: OxigraphStore) -> None:
    text = explain(store, "claim:c11")
    for line in ("  kg:amount: 40000000", "  kg:share: 0.12", "  kg:attributedTo: company:quillmoor-capital", "  rdf:predicate: kg:investsIn"):
        assert line in text.splitlines()
    quote = "Quillmoor Capital announced it will invest $40 million in Pellucid Maps for a 12% share by June 2031."
    assert text.endswith(f"Evidence\n  osk.txt 58–159: “{quote}”")


def test_an_edge_and_a_deal_are_explained_with_all_voices(store: OxigraphStore) -> None:
    voices = ["    rumoured, says 财经夜报, ", "    denied, says Osk Freight, "]
    for name in ("edge:e8", "Osk Freight – Tarn Robotics (merger)"):
        text = explain(store, name)
        assert [voice for voice in voices if voice in text] == voices


@pytest.mark.parametrize("name", ["document:d2", "tarn.txt", "塔恩机器人收购微光传感"])
def test_a_document_is_explained_with_what_it_says(store: OxigraphStore, name: str) -> None:
    text = explain(store, name)
    assert text.splitlines()[0] == "document:d2 · tarn.txt · 塔恩机器人收购微光传感"
    assert text.endswith(
        "Says\n  Tarn Robotics acquires 微光传感 — completed  (edge:e7)\n"
        "  Osk Freight merges with Tarn Robotics — rumoured, says 财经夜报  (edge:e8)\n  Tarn Robotics needs street imagery — stated  (edge:e9)"
    )


def test_a_source_is_explained_with_what_it_says(store: OxigraphStore) -> None:
    assert explain(store, "财经夜报").endswith("Says\n  Osk Freight merges with Tarn Robotics — rumoured  (tarn.txt, 2031-03-05)")
    assert "Says" not in explain(store, "Norvane")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Norvan", "near to it: Norvane"),
        ("deal:norvane-pelucid", "near to it: deal:norvane-pellucid"),
        ("zzzzqqq", "list the names"),
        ("塔恩机器", "near to it: 塔恩机器人"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(store: OxigraphStore, name: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        explain(store, name)


def test_a_name_of_two_things_is_refused_with_both(store: OxigraphStore, tmp_path: Path) -> None:
    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    twin = ox.Quad(ox.NamedNode("https://w3id.org/dealgraph/id/product/norvane"), label, ox.Literal("Norvane", language="en"), ox.DefaultGraph())
    write_store(tmp_path, [*store.quads(), twin])
    with open_store(tmp_path) as two, pytest.raises(QueryError, match="company:norvane, product:norvane"):
        explain(two, "Norvane")
