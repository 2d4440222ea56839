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
from kg.view import MAX_NODES, render
from kg.view.looks import LINES, LOOKS

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


def details(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="graph">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


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
    assert [attributes for _, attributes in tags.tags if {"src", "href", "srcset", "data", "action"} & set(attributes)] == []
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
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    kinds = [attributes.get("type") for tag, attributes in tags.tags if tag == "script"]
    run = [script for script, kind in zip(tags.scripts, kinds, strict=True) if kind is None]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in run}
    assert hashes == set(re.findall(r"'sha256-[^']+'", policy))


def test_texts_from_articles_stay_texts() -> None:
    page = render(hostile())
    assert [tag for tag, _ in parsed(page).tags] == [tag for tag, _ in parsed(render(harmless())).tags]
    assert not [attributes for _, attributes in parsed(page).tags if any(name.startswith("on") for name in attributes)]
    saying = details(page)["edges"]["urn:e"]["sayings"][0]
    assert saying["quotes"] == [HOSTILE]
    assert "innerHTML" not in page.rpartition("<script>")[2]


def harmless() -> nx.MultiDiGraph:
    """The same as ``hostile`` with plain words."""
    graph = hostile()
    saying = Saying("urn:c", "Stated", "a", "b", "c", "", ("d",), False)
    graph.edges["urn:a", "urn:b", "urn:e"]["sayings"] = (saying,)
    for node in graph:
        graph.nodes[node]["labels"] = {"en": "plain", "zh": "平"}
    return graph


def test_every_type_and_status_has_a_look_of_its_own() -> None:
    assert set(LOOKS) == {*vocab.RELATIONS["acquires"].domain, "Product", "Asset", "Challenge", "Capability", "Strategy", "Deal"}
    assert len({look.shape for look in LOOKS.values()}) == len({look.fill for look in LOOKS.values()}) == len(LOOKS)
    assert LINES["Rumoured"][0] and LINES["Possible"][0] and LINES["Rumoured"][0] != LINES["Possible"][0]
    assert not LINES["Stated"][0] and not LINES["Denied"][0]


def test_captions_say_the_status_in_both_languages(page: str) -> None:
    shown = details(page)
    edge = shown["edges"][vocab.BASE_IRI + "edge/e8"]
    assert edge["caption"] == {"en": "merges with (denied, disputed)", "zh": "合并（已否认，说法不一）"}
    assert shown["edges"][vocab.BASE_IRI + "edge/e7"]["caption"]["en"] == "acquires"
    assert shown["nodes"][vocab.BASE_IRI + "deal/norvane-pellucid"]["caption"]["en"] == "acquisition\nrumoured"
    assert shown["nodes"][vocab.BASE_IRI + "company/norvane"]["caption"] == {"en": "Norvane", "zh": "诺凡"}


def test_nodes_do_not_lie_on_one_another(page: str) -> None:
    drawn = re.search(r"new vis\.DataSet\((\[.*?\])\);", page)
    assert drawn
    places = [(node["x"], node["y"]) for node in json.loads(drawn[1])]
    assert len(places) == 13
    near = [(a, b) for a in places for b in places if a < b and abs(a[0] - b[0]) < 60 and abs(a[1] - b[1]) < 40]
    assert near == []
    assert all(isinstance(number, int) for place in places for number in place)


def test_of_many_sayings_the_newest_are_shown() -> None:
    graph = hostile()
    said = tuple(Saying(f"urn:c{day}", "Stated", "", f"2031-01-{day:02}", "d", "", ("q",), False) for day in range(1, 29))
    graph.edges["urn:a", "urn:b", "urn:e"]["sayings"] = said
    edge = details(render(graph))["edges"]["urn:e"]
    assert [saying["date"] for saying in edge["sayings"]] == [f"2031-01-{day:02}" for day in range(9, 29)]
    assert edge["more"] == 8


def test_a_large_graph_is_cut_and_says_so() -> None:
    graph = nx.MultiDiGraph()
    for number in range(MAX_NODES + 20):
        graph.add_node(f"urn:{number:04}", labels={"en": str(number)}, type="Company", kind="", classes=())
    for number in range(MAX_NODES + 10):
        edge = {"predicate": "supplies", "status": "Stated", "support": 1, "first": "", "last": "", "disputed": False}
        graph.add_edge(f"urn:{number:04}", f"urn:{number // 4:04}", key=f"urn:e{number}", **edge, sayings=())
    page = render(graph)
    assert len(details(page)["nodes"]) == MAX_NODES
    assert "20 less important or unlinked nodes are left out" in page
