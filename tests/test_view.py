"""The page: whole, offline, the same for the same graph, and deaf to markup from articles."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from kg import vocab
from kg.analyze import Saying, project
from kg.store import open_store
from kg.view import MAX_NODES, looks, render
from kg.view.data import MAX_SAYINGS
from kg.view.looks import LINES, LOOKS, UNKNOWN, caption

SMALL = Path(__file__).parent / "data" / "small.trig"
HOSTILE = "</script><img src=x onerror=alert(1)><!--scripts--> \"href='javascript:alert(1)' &lt; \u2028 诺凡"


class Tags(HTMLParser):
    """Collects start tags with their attributes, and the text of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag == "script"
        if self.inside:
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = False


def parsed(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


def encoded(page: str) -> Any:
    """What the page's script reads, its rows as dictionaries."""
    found = re.search(r'<script type="application/json" id="graph">(.*?)</script>', page, re.DOTALL)
    assert found
    read = json.loads(found[1])
    for table, fields in read["fields"].items():
        read[table] = [dict(zip(fields, row, strict=True)) for row in read[table]]
    return read


def hostile() -> nx.MultiDiGraph:
    """Two nodes and an edge, every text of which comes from an enemy."""
    graph = nx.MultiDiGraph()
    for node, kind in (("urn:a", "Company"), ("urn:b", "Challenge")):
        graph.add_node(node, labels={"en": HOSTILE, "zh": HOSTILE}, type=kind, kind="", classes=())
    saying = Saying("urn:c", "Stated", HOSTILE, HOSTILE, HOSTILE, "javascript:alert(1)", (HOSTILE,), False)
    graph.add_edge("urn:a", "urn:b", key="urn:e", predicate="faces", status="Stated", support=1, first="", last="", disputed=False, sayings=(saying,))
    return graph


@pytest.fixture(scope="module")
def small() -> nx.MultiDiGraph:
    with open_store(SMALL) as store:
        return project(store)


@pytest.fixture(scope="module")
def page(small: nx.MultiDiGraph) -> str:
    return render(small)


def test_same_graph_built_in_another_order_gives_the_same_page(small: nx.MultiDiGraph, page: str) -> None:
    turned = nx.MultiDiGraph()
    turned.add_nodes_from(reversed(list(small.nodes(data=True))))
    turned.add_edges_from(reversed(list(small.edges(keys=True, data=True))))
    assert render(turned) == page


def test_nothing_is_fetched_from_elsewhere(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = parsed(page)
    assert [attributes for _, attributes in tags.tags if {"src", "srcset", "data", "action"} & set(attributes)] == []
    assert [attributes["href"] for _, attributes in tags.tags if "href" in attributes] == ["#list"]
    assert {tag for tag, _ in tags.tags} & {"link", "iframe", "object", "embed", "base", "img", "form"} == set()
    assert re.findall(r"@import|url\((?!\s*[\"']?data:)[^)]{0,40}", "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))) == []
    monkeypatch.chdir(tmp_path)
    render(hostile())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("graph", [nx.MultiDiGraph(), hostile()], ids=["empty", "hostile"])
def test_policy_lets_our_scripts_run_and_nothing_else(graph: nx.MultiDiGraph) -> None:
    tags = parsed(render(graph))
    policy = next(attributes["content"] or "" for tag, attributes in tags.tags if tag == "meta" and "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    kinds = [attributes.get("type") for tag, attributes in tags.tags if tag == "script"]
    run = [script for script, kind in zip(tags.scripts, kinds, strict=True) if kind is None]
    styles = re.findall(r"<style>(.*?)</style>", render(graph), re.DOTALL)
    assert len(styles) == 1
    assert not any("style" in attributes for _, attributes in tags.tags)
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in (*run, *styles)}
    assert hashes == set(re.findall(r"'sha256-[^']+'", policy))


def test_texts_from_articles_stay_texts() -> None:
    page = render(hostile())
    assert [tag for tag, _ in parsed(page).tags] == [tag for tag, _ in parsed(render(harmless())).tags]
    assert not [attributes for _, attributes in parsed(page).tags if any(name.startswith("on") for name in attributes)]
    assert encoded(page)["quotes"] == [HOSTILE]
    assert not re.search("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(", page.rpartition("<script>")[2])
    assert "\u2028" not in page.partition('id="graph">')[2].partition("</script>")[0]


def test_half_of_a_surrogate_pair_does_no_harm() -> None:
    graph = hostile()
    graph.nodes["urn:a"]["labels"] = {"en": "\ud83e alone"}
    page = render(graph)
    assert page.encode()
    assert "\ud83e alone" in [node["en"] for node in encoded(page)["nodes"]]


def harmless() -> nx.MultiDiGraph:
    """The same as ``hostile`` with plain words."""
    graph = hostile()
    saying = Saying("urn:c", "Stated", "a", "b", "c", "", ("d",), False)
    graph.edges["urn:a", "urn:b", "urn:e"]["sayings"] = (saying,)
    for node in graph:
        graph.nodes[node]["labels"] = {"en": "plain", "zh": "平"}
    return graph


def contrast(one: str, other: str) -> float:
    """Ratio of relative luminances (WCAG 2.2): white on black is 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_type_and_status_has_a_look_of_its_own() -> None:
    assert set(LOOKS) == {*vocab.RELATIONS["acquires"].domain, "Product", "Asset", "Challenge", "Capability", "Strategy", "Deal"}
    assert len({look.shape for look in LOOKS.values()}) == len({look.fill for look in LOOKS.values()}) == len(LOOKS)
    assert set(LINES) == {*vocab.STATUSES, UNKNOWN}
    assert len({(line.dashes, line.mark) for line in LINES.values()}) == len(LINES)
    assert all(not LINES[status].dashes for status in ("Stated", "Completed", "Denied", "Negated", "Terminated"))
    assert (LINES["Denied"].mark, LINES["Denied"].tone) == ("cross", "no")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_from_their_ground(scheme: str) -> None:
    """Shapes and lines 3:1, words 4.5:1 (WCAG 2.2, 1.4.11 and 1.4.3)."""
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    ground = {"light": "#fbfcfd", "dark": "#12171e"}[scheme]
    assert f'paper: "{ground}"' in (Path(looks.__file__).with_name("picture.js")).read_text("utf-8")
    for look in LOOKS.values():
        fill, border, inside = (look.fill, look.border, look.inside) if scheme == "light" else (look.dark, look.border_dark, look.inside_dark)
        assert contrast(border or fill, ground) >= 3
        assert not inside or contrast(inside, fill) >= 4.5
    for line in LINES.values():
        assert contrast(line.colour if scheme == "light" else line.dark, ground) >= 3


def test_captions_are_short_lines_in_both_languages(small: nx.MultiDiGraph) -> None:
    assert caption(small, vocab.BASE_IRI + "deal/norvane-pellucid", "en") == "acquisition\nrumoured"
    assert caption(small, vocab.BASE_IRI + "company/norvane", "zh") == "诺凡"


def test_the_page_knows_names_and_words_in_both_languages(page: str) -> None:
    shown = encoded(page)
    nodes = {shown["base"] + node["id"]: node for node in shown["nodes"]}
    edges = {shown["base"] + edge["id"]: edge for edge in shown["edges"] if edge["id"]}
    assert len(nodes) == 13
    assert len(edges) == 10
    assert len(shown["edges"]) == 18
    norvane = nodes[vocab.BASE_IRI + "company/norvane"]
    assert (norvane["en"], norvane["zh"], norvane["type"]) == ("Norvane", "诺凡", "Company")
    denied = edges[vocab.BASE_IRI + "edge/e8"]
    assert (denied["predicate"], denied["status"], denied["disputed"]) == ("mergesWith", "Denied", True)
    assert shown["words"]["mergesWith"] == {"en": "merges with", "zh": "合并"}
    assert shown["words"]["Denied"] == {"en": "denied", "zh": "已否认"}


def test_each_text_stands_once() -> None:
    graph = hostile()
    saying = graph.edges["urn:a", "urn:b", "urn:e"]["sayings"][0]
    again = saying._replace(claim="urn:c2", status="Reported", quotes=(HOSTILE, "another"))
    graph.edges["urn:a", "urn:b", "urn:e"]["sayings"] = (saying, again)
    shown = encoded(render(graph))
    assert shown["quotes"] == [HOSTILE, "another"]
    assert [claim["quotes"] for claim in shown["claims"]] == [[0], [0, 1]]
    assert (len(shown["speakers"]), len(shown["documents"])) == (1, 1)


def test_nodes_do_not_lie_on_one_another(page: str) -> None:
    places = [tuple(place) for place in encoded(page)["places"]]
    assert len(places) == 13
    near = [(a, b) for a in places for b in places if a < b and abs(a[0] - b[0]) < 60 and abs(a[1] - b[1]) < 40]
    assert near == []
    assert all(isinstance(number, int) for place in places for number in place)


def test_of_very_many_sayings_the_newest_are_kept() -> None:
    graph = hostile()
    said = tuple(Saying(f"urn:c{year}", "Stated", "", f"{year}-01-01", "d", "", ("q",), False) for year in range(2031, 2031 + MAX_SAYINGS + 8))
    graph.edges["urn:a", "urn:b", "urn:e"]["sayings"] = said
    shown = encoded(render(graph))
    dates = [shown["claims"][number]["date"] for number in shown["edges"][0]["claims"]]
    assert dates == [f"{year}-01-01" for year in range(2039, 2039 + MAX_SAYINGS)]
    assert shown["edges"][0]["more"] == 8


def chain(length: int) -> nx.MultiDiGraph:
    """So many companies, each but the last ten joined to one that is four times as important, and the last ten to nothing."""
    graph = nx.MultiDiGraph()
    for number in range(length):
        graph.add_node(f"urn:{number:04}", labels={"en": str(number)}, type="Company", kind="", classes=())
    for number in range(length - 10):
        edge = {"predicate": "supplies", "status": "Stated", "support": 1, "first": "", "last": "", "disputed": False}
        graph.add_edge(f"urn:{number:04}", f"urn:{number // 4:04}", key=f"urn:e{number}", **edge, sayings=())
    return graph


def test_of_a_large_graph_a_part_is_drawn_and_all_is_kept() -> None:
    shown = encoded(render(chain(70), max_nodes=20))
    assert (shown["drawn"], len(shown["places"]), len(shown["nodes"]), len(shown["edges"])) == (20, 20, 60, 60)
    assert shown["summary"]["en"] == "0 articles · 60 things · 60 relations · 10 things without any relation left out"
    assert MAX_NODES == 1000


def test_what_is_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.view.page.MAX_KEPT", 25)
    shown = encoded(render(chain(70), max_nodes=20))
    assert len(shown["nodes"]) == 25
    assert shown["summary"]["en"].endswith("10 things without any relation left out · 35 less important left out")


def test_the_summary_says_how_the_deals_stand(page: str) -> None:
    assert encoded(page)["summary"] == {
        "en": "3 articles · 4 deals (announced 1, completed 1, denied 1, rumoured 1) · 9 things · 10 relations",
        "zh": "3 篇文章 · 4 项交易（已宣布 1，已完成 1，已否认 1，传闻 1） · 9 个事物 · 10 条关系",
    }
