"""The page in a real browser: what people do with it, that it asks nothing of the network, and that article text stays text.

Needs Chromium, and for the rules of accessibility and for GEXF ``npm ci --prefix tests/browser``; without them the tests are skipped, or fail where
the environment variable ``CI`` is set.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import networkx as nx
import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from kg.analyze import Saying, project
from kg.export import gexf
from kg.report import write_report
from kg.store import open_store
from kg.view import render

NPM = Path(__file__).parent / "browser"
SMALL = Path(__file__).parent / "data" / "small.trig"
HOSTILE = (
    "<img src=x onerror=window.__hacked=1>",
    "</script><script>window.__hacked=1</script>",
    "\" onmouseover='window.__hacked=1' x=\"",
    "<!--scripts--><!--graph-->",
    "${window.__hacked=1}{{constructor.constructor('window.__hacked=1')()}}",
    "\u202egnidaer\u2066 \u2069\u200f",
    "🦊👩‍👩‍👧 &lt;b&gt; \u2028 \u2029 \x00\x07",
    "\ud800 alone",
    "长" * 10_000,
)
LINKS = ("javascript:window.__hacked=1", "JaVaScRiPt:window.__hacked=1", "data:text/html,<script>window.__hacked=1</script>", " javascript:1", "//x/")


def lacking(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


def said(claim: str, status: str, quote: str, **more: Any) -> Saying:
    given = {"source": "", "date": "", "document": "Notes", "url": "", "superseded": False} | more
    return Saying(f"urn:claim/{claim}", status, quotes=(quote,), **given)


def market() -> nx.MultiDiGraph:
    """Seven nodes and eight edges, two of them from a deal to its parties.

    Tarnwick is joined by a denied line, which counts nothing, and a possible one: it ranks last.
    """
    graph = nx.MultiDiGraph()
    for iri, kind, en, zh, names in (
        ("company/norvane", "Company", "Norvane", "诺凡", ("Norvane", "Norvane Inc.", "诺凡", "诺凡公司")),
        ("company/pellucid", "Company", "Pellucid Maps", "明图", ("Pellucid", "Pellucid Maps", "明图")),
        ("company/tarnwick", "Company", "Tarnwick", "", ("Tarnwick",)),
        ("challenge/review", "Challenge", "antitrust review", "反垄断审查", ()),
        ("product/atlas", "Product", "Atlas Nine", "", ()),
        ("person/mira", "Person", "Mira Oduya", "米拉", ()),
        ("deal/1", "Deal", "Norvane – Pellucid Maps (acquisition)", "诺凡–明图（收购）", ()),
    ):
        labels = {tag: name for tag, name in (("en", en), ("zh", zh)) if name}
        graph.add_node(f"https://x.example/id/{iri}", labels=labels, names=names, type=kind, kind="Acquisition" * (kind == "Deal"), classes=())
    ledger = {"publisher": "Daily Ledger", "document": "Talks over maps", "url": "https://ledger.example/1"}
    rumour = said(
        "1", "Rumoured", "Norvane Inc. may buy 60% of Pellucid Maps for $4.2bn, people close to Pellucid said.", source="people close to the talks",
        date="2031-03-04", stage="Considered", confidence=0.9, figures=(("amount", "4200000000"), ("currency", "USD"), ("share", "0.6")), **ledger,
    )  # fmt: skip
    denial = said(
        "2", "Denied", "诺凡公司否认收购明图。", source="诺凡", date="2031-03-06", document="诺凡回应", url="javascript:alert(1)", stage="Considered"
    )
    graph.nodes["https://x.example/id/deal/1"].update(status="Rumoured", first="2031-03-04", last="2031-03-06", sayings=(rumour, denial))
    facing = said("3", "Stated", "Norvane faces an antitrust review.", date="2031-02-01")
    merging = said("4", "Denied", "Norvane will not merge with Tarnwick.")
    offering = said("5", "Stated", "Pellucid sells Atlas Nine.", **ledger)
    leading = said("6", "Stated", "Mira Oduya leads Norvane.", date="2031-01-05")
    supplying = said("7", "Possible", "Tarnwick might supply Pellucid.", superseded=True, source="Analysts")
    for key, s, predicate, o, status, sayings in (
        ("1", "company/norvane", "acquires", "company/pellucid", "Rumoured", (rumour, denial)),
        ("2", "company/norvane", "faces", "challenge/review", "Stated", (facing,)),
        ("3", "company/norvane", "mergesWith", "company/tarnwick", "Denied", (merging,)),
        ("4", "company/pellucid", "offers", "product/atlas", "Stated", (offering,)),
        ("5", "person/mira", "leads", "company/norvane", "Stated", (leading,)),
        ("6", "company/tarnwick", "supplies", "company/pellucid", "Possible", (supplying,)),
    ):
        graph.add_edge(
            f"https://x.example/id/{s}", f"https://x.example/id/{o}", key=f"https://x.example/id/edge/{key}", predicate=predicate, status=status,
            support=2 if key == "1" else 1, first="", last="", disputed=key == "1", confidence=0.9, sayings=sayings,
        )  # fmt: skip
    for role, party in (("acquirer", "norvane"), ("target", "pellucid")):
        graph.add_edge("https://x.example/id/deal/1", f"https://x.example/id/company/{party}", key=role, predicate=role, status="Rumoured")
    return graph


class Visit:
    """A page that was opened, and what the browser had to say about it."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page, self.path = page, path
        self.asked: list[str] = []
        self.told: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.told.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.told.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.context.on("page", lambda other: self.told.append(f"opened: {other.url}"))

    def go(self, fragment: str = "") -> Visit:
        self.page.goto(self.path.as_uri() + fragment)
        return self.until("window.ready === true")

    def reload(self) -> Visit:
        self.page.reload()
        return self.until("window.ready === true")

    def until(self, condition: str) -> Visit:
        """Wait for this; Playwright's own way would need eval, which the page forbids."""
        for _ in range(200):
            if self.page.evaluate(condition):
                return self
            self.page.wait_for_timeout(50)
        pytest.fail(f"never: {condition}")

    def heading(self) -> str:
        return self.page.locator("#title").inner_text()

    def count(self) -> str:
        return self.page.locator("#count").inner_text()

    def picture(self) -> Locator:
        return self.page.locator("#mynetwork canvas")

    def search(self, text: str) -> None:
        self.page.locator("#search").fill(text)
        self.page.locator("#search").press("Enter")

    def drawn(self) -> int:
        return int(self.page.evaluate("window.network.body.data.nodes.length"))

    def shown(self) -> int:
        return int(self.page.evaluate("window.network.body.data.nodes.get().filter((dot) => !dot.hidden).length"))


Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        lacking("Chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def axe() -> str:
    script = NPM / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        lacking("axe-core (npm ci --prefix tests/browser)")
    return script.read_text("utf-8")


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a graph; at the end nothing may have been asked of the network, and nothing complained of."""
    visits: list[Visit] = []

    def open_page(graph: nx.MultiDiGraph, fragment: str = "", *, max_nodes: int = 1000, **context: Any) -> Visit:
        path = tmp_path / "graph.html"
        path.write_text(render(graph, max_nodes=max_nodes), encoding="utf-8")
        page = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, "reduced_motion": "reduce"} | context).new_page()
        visits.append(Visit(page, path))
        return visits[-1].go(fragment)

    yield open_page
    for one in visits:
        assert {url.split("#")[0] for url in one.asked} == {one.path.as_uri()}
        assert one.told == []
        one.page.context.close()


@pytest.mark.parametrize(
    ("typed", "named"),
    [("pellu", "Pellucid Maps"), ("明图", "Pellucid Maps"), ("ＮＯＲＶＡＮＥ ＩＮＣ", "Norvane"), ("诺凡公司", "Norvane"), ("oduya", "Mira Oduya")],
)
def test_search_finds_names_in_both_languages(visit: Open, typed: str, named: str) -> None:
    opened = visit(market())
    opened.search(typed)
    assert opened.heading() == named
    assert opened.page.evaluate("document.activeElement.id") == "title"


def test_search_is_a_combobox(visit: Open) -> None:
    page = visit(market()).page
    box = page.locator("#search")
    page.keyboard.press("/")
    page.keyboard.type("nor")
    options = page.get_by_role("option")
    assert [text.split("\n")[0] for text in options.all_inner_texts()] == ["Norvane", "Norvane → Pellucid Maps (acquisition)"]
    assert (box.get_attribute("aria-expanded"), box.get_attribute("aria-activedescendant")) == ("true", "found0")
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "found1"
    assert page.locator("#found1").get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    assert (box.get_attribute("aria-expanded"), box.input_value()) == ("false", "")
    box.fill("nobody")
    assert page.locator("#found").inner_text() == "Nothing is called so"


def test_what_is_not_drawn_is_found_and_expanded(visit: Open) -> None:
    opened = visit(market(), max_nodes=6)
    assert (opened.drawn(), opened.count()) == (6, "1 of 7 shapes not drawn: search or expand to see them")
    opened.search("pellucid")
    assert opened.page.locator("#expand").inner_text() == "Expand (+1 not drawn)"
    opened.page.locator("#expand").click()
    assert (opened.drawn(), opened.shown(), opened.count()) == (7, 7, "")
    opened.go("#").reload()
    opened.page.locator("#search").fill("tarn")
    assert "not drawn" in opened.page.locator("#found0").inner_text()
    opened.page.locator("#found0").click()
    assert (opened.heading(), opened.drawn()) == ("Tarnwick", 7)


def test_filters_hide_lines_and_what_is_left_without_any(visit: Open) -> None:
    opened = visit(market())
    page = opened.page
    legend = page.locator("#legend")
    legend.get_by_label("denied").uncheck()
    assert (opened.count(), opened.shown()) == ("5 of 6 relations shown · reset filters", 7)
    legend.get_by_label("possible").uncheck()
    assert (opened.count(), opened.shown()) == ("4 of 6 relations shown · reset filters", 6)
    assert page.locator("#live").inner_text() == "4 of 6 relations shown"
    legend.get_by_label("person").uncheck()
    assert (opened.count(), opened.shown()) == ("3 of 6 relations shown · reset filters", 5)
    page.locator("#reset").click()
    assert (opened.count(), opened.shown()) == ("", 7)


@pytest.mark.parametrize(
    ("setting", "left"),
    [
        (("#from", "2031-02-01"), 5), (("#to", "2031-02-01"), 5), (("#said", "daily ledger"), 2), (("#said", "analysts"), 1), (("#said", "诺凡"), 1),
        (("#least", "2"), 1), (("#disputed", ""), 1), (("#undated", ""), 3),
    ],
)  # fmt: skip
def test_further_filters(visit: Open, setting: tuple[str, str], left: int) -> None:
    """Of six relations one is of March, with two sources and in dispute, two of January and February, three undated."""
    opened = visit(market())
    opened.page.locator("#filtering").click()
    field, value = setting
    if value:
        opened.page.locator(field).fill(value)
        opened.page.locator(field).dispatch_event("change")
    else:
        opened.page.locator(field).click()
    assert opened.count().startswith(f"{left} of 6 relations shown")


def test_relations_are_filtered_by_kind(visit: Open) -> None:
    opened = visit(market())
    opened.page.locator("#filtering").click()
    opened.page.locator('[data-set="predicates-none"]').click()
    opened.page.locator("#filters").get_by_label("acquires").check()
    assert (opened.count(), opened.shown()) == ("1 of 6 relations shown · reset filters", 2)


def test_panel_shows_every_claim_with_its_words(visit: Open) -> None:
    opened = visit(market())
    page = opened.page
    opened.search("norvane")
    page.get_by_role("button", name="Norvane — acquires → Pellucid Maps rumoured").click()
    assert opened.heading() == "Norvane — acquires → Pellucid Maps"
    assert "2 independent sources" in page.locator("#panel .kinds").inner_text()
    first, second = page.locator(".claim").all()
    assert first.locator("mark").all_inner_texts() == ["Norvane Inc.", "Pellucid Maps", "Pellucid"]
    assert second.locator("mark").all_inner_texts() == ["诺凡公司", "明图"]
    assert first.locator("blockquote").inner_text() == "Norvane Inc. may buy 60% of Pellucid Maps for $4.2bn, people close to Pellucid said."
    told = first.inner_text()
    for words in ("rumoured", "people close to the talks", "2031-03-04", "Daily Ledger", "amount: $4.2B", "share: 60%", "high (0.9)", "considered"):
        assert words in told
    assert first.locator("a").get_attribute("href") == "https://ledger.example/1"
    assert (second.locator("a").count(), "诺凡回应" in second.inner_text()) == (0, True)


def test_panel_of_a_deal_and_of_what_was_taken_back(visit: Open) -> None:
    opened = visit(market())
    page = opened.page
    page.locator("#headlines button").click()
    assert [text.split("\n") for text in page.locator("#panel .plain").first.locator("li").all_inner_texts()] == [
        ["Norvane", "acquirer"], ["Pellucid Maps", "target"],
    ]  # fmt: skip
    assert page.locator(".claim time").all_inner_texts() == ["2031-03-04", "2031-03-06"]
    opened.go("#edge=edge/6").reload()
    assert "taken back further down" in page.locator(".claim").inner_text()
    assert "the article itself" not in page.locator(".claim").inner_text()


def test_language_is_switched_everywhere(visit: Open) -> None:
    opened = visit(market())
    page = opened.page
    opened.search("norvane")
    page.get_by_role("button", name="中文").click()
    assert (opened.heading(), page.locator("html").get_attribute("lang")) == ("诺凡", "zh-Hans")
    assert page.locator("#summary").inner_text() == "3 篇文章 · 1 项交易（传闻） · 6 个事物 · 6 条关系"
    assert page.get_by_role("button", name="诺凡 — 收购 → 明图 传闻").count() == 1
    assert page.locator("#search").get_attribute("placeholder") == "搜索名称，中英文均可（/）"
    assert page.evaluate("window.network.body.data.nodes.get().map((dot) => dot.label).includes('明图')")
    page.get_by_role("button", name="English").click()
    assert opened.heading() == "Norvane"


def test_keys_walk_from_neighbour_to_neighbour(visit: Open) -> None:
    opened = visit(market())
    page = opened.page
    opened.picture().focus()
    assert opened.picture().get_attribute("role") == "img"
    before = page.evaluate("window.network.getViewPosition().x")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("window.network.getViewPosition().x") > before
    scale = page.evaluate("window.network.getScale()")
    page.keyboard.press("+")
    assert page.evaluate("window.network.getScale()") > scale
    page.keyboard.press("Enter")
    first = opened.heading()
    assert first in ("Norvane", "Pellucid Maps")
    reached = set()
    for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown") * 6:
        page.keyboard.press(key)
        reached.add(opened.heading())
        assert page.evaluate("document.activeElement.tagName") == "CANVAS"
    assert len(reached) >= 3
    assert page.locator("#live").inner_text() != ""
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "title"
    for _ in range(60):
        page.keyboard.press("Escape")
    assert opened.heading() == "What is in here"
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()


def test_focus_shows_a_neighbourhood_and_escape_leaves_it(visit: Open) -> None:
    opened = visit(market())
    opened.search("tarnwick")
    opened.page.get_by_role("button", name="1 step").click()
    assert opened.shown() == 3
    opened.page.get_by_role("button", name="2 steps").click()
    assert opened.shown() == 7
    opened.page.get_by_role("button", name="1 step").click()
    opened.page.keyboard.press("Escape")
    assert (opened.shown(), opened.heading()) == (7, "Tarnwick")
    opened.page.keyboard.press("Escape")
    assert opened.heading() == "What is in here"


def test_click_on_a_shape_and_on_nothing(visit: Open) -> None:
    opened = visit(market())
    at = opened.page.evaluate("window.network.canvasToDOM(window.network.getPosition(0))")
    opened.picture().click(position=at)
    assert opened.heading() in ("Norvane", "Pellucid Maps")
    opened.picture().click(position={"x": 20, "y": opened.page.evaluate("innerHeight") - 350})
    assert opened.heading() == "What is in here"


def test_a_picture_that_nobody_moved_fits_the_window_again(visit: Open) -> None:
    page = visit(market()).page
    for width in (800, 1500):
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_timeout(300)
        places = page.evaluate("window.network.body.nodeIndices.map((number) => window.network.canvasToDOM(window.network.getPosition(number)).x)")
        panel = page.locator("#panel").bounding_box()
        assert panel
        assert all(20 < x < panel["x"] - 20 for x in places)
        assert max(places) - min(places) > 250


def test_a_fragment_brings_back_the_same_view(visit: Open) -> None:
    opened = visit(market(), max_nodes=6)
    page = opened.page
    opened.search("tarnwick")
    page.get_by_role("button", name="2 steps").click()
    page.locator("#legend").get_by_label("rumoured").uncheck()
    page.get_by_role("button", name="中文").click()
    page.locator("#scheme").click()
    opened.until("location.hash.includes('scheme=dark')")
    other = visit(market(), page.evaluate("location.hash"), max_nodes=6)
    looks = """() => [document.documentElement.lang, document.documentElement.dataset.scheme, document.querySelector('#title').textContent,
        document.querySelector('#count').textContent, window.network.body.data.nodes.get().filter((dot) => !dot.hidden).map((dot) => dot.id)]"""
    assert other.page.evaluate(looks) == page.evaluate(looks)
    sight = "() => { const at = window.network.getViewPosition(); return [at.x, at.y, window.network.getScale() * 100]; }"
    assert other.page.evaluate(sight) == pytest.approx(page.evaluate(sight), abs=1)
    assert other.heading() == "Tarnwick"


@pytest.mark.parametrize(
    "fragment",
    [
        "#node=__proto__",
        "#node=<img src=x onerror=window.__hacked=1>",
        "#lang=xx&scheme=<b>&view=none&depth=9",
        "#edge=edge/99&depth=2",
        "#%E0%A4%A",
        "#no-types=Nobody&no-statuses=constructor&no-predicates=toString",
        "#at=1e999,NaN,0",
        "#at=999999,-999999,9.9",
        "#with=constructor&with=" + "x" * 5000,
        "#from=2031-99-99&to=javascript:1&said=" + "%3Cscript%3E" * 50 + "&least=-1",
    ],
)
def test_malformed_fragments_do_no_harm(visit: Open, fragment: str) -> None:
    opened = visit(market(), fragment)
    assert opened.page.evaluate("window.__hacked") is None
    assert opened.drawn() == 7
    opened.search("norvane")
    assert opened.heading() == "Norvane"


def hostile() -> nx.MultiDiGraph:
    """A ring of companies, every text of which comes from an enemy, and a deal of two of them."""
    graph = nx.MultiDiGraph()
    for number, text in enumerate(HOSTILE):
        known = {"names": (text, text + "2"), "classes": (text[:9],), "exact": (LINKS[number % len(LINKS)],)}
        graph.add_node(f"urn:x/{number}/{text[:50]}", labels={"en": text, "zh": text}, type="Company", kind="", **known)
    nodes = list(graph)
    for number, text in enumerate(HOSTILE):
        url = LINKS[number % len(LINKS)]
        saying = Saying(f"urn:c/{number}", "Stated", text, text[:20], text, url, (text + " " + HOSTILE[number - 1],), False, text, "", "", 0.5,
                        (("amount", text), ("currency", text), ("eventDate", text), ("eventDateText", text)))  # fmt: skip
        edge = {"predicate": text[:30], "status": "Stated", "support": 1, "first": "", "last": "", "disputed": True, "sayings": (saying,)}
        graph.add_edge(nodes[number], nodes[number - 1], key=f"urn:e/{number}/{text[:50]}", **edge)
    graph.add_node(
        "urn:d/<b>", labels={"en": HOSTILE[0]}, type="Deal", kind="Merger", classes=(), status="Rumoured", first="", last="", sayings=(saying,)
    )
    for party in nodes[:2]:
        graph.add_edge("urn:d/<b>", party, key="party", predicate="party", status="Rumoured")
    return graph


def test_texts_of_an_enemy_run_nothing_and_show_as_texts(visit: Open) -> None:
    opened = visit(hostile())
    page = opened.page
    elements = "document.querySelectorAll('img, iframe, object, embed, b, base').length + document.querySelectorAll('script').length * 100"
    assert page.evaluate(elements) == 300
    for text in HOSTILE[:5]:
        opened.search(text[:40])
        assert opened.heading() == text
        page.locator("#panel section .thing").first.click()
        assert text in page.locator("#panel").inner_text() or page.locator(".claim").count() == 1
    opened.search("长长长")
    assert len(opened.heading()) == 300
    assert "长" * 10_000 in page.locator("#panel").inner_text()
    page.get_by_role("button", name="List", exact=True).click()
    assert all(text[:30].strip() in page.locator("#list").inner_text() for text in HOSTILE[:3])
    assert page.evaluate("[...document.querySelectorAll('a')].filter((one) => !/^(#|https?:)/.test(one.getAttribute('href'))).length") == 0
    assert page.evaluate(elements) == 300
    assert page.evaluate("window.__hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("preferred", ["light", "dark"])
def test_colours_follow_the_system_until_they_are_chosen(visit: Open, preferred: str) -> None:
    page = visit(market(), color_scheme=preferred).page
    ground = "getComputedStyle(document.body).backgroundColor"
    colours = {"light": "rgb(251, 252, 253)", "dark": "rgb(18, 23, 30)"}
    assert page.evaluate(ground) == colours[preferred]
    page.locator("#scheme").click()
    assert page.evaluate(ground) == colours[{"light": "dark", "dark": "light"}[preferred]]


def test_a_phone_gets_a_sheet_and_a_drawer(visit: Open) -> None:
    opened = visit(market(), viewport={"width": 360, "height": 740}, has_touch=True)
    page = opened.page
    fits = "document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth"
    assert page.evaluate(fits)
    assert not page.locator("#panel").is_visible()
    opened.search("norvane")
    box = page.locator("#panel").bounding_box()
    assert box and (box["x"], box["width"]) == (0, 360) and box["y"] > 300
    page.locator("#filtering").click()
    assert page.locator("#filters #legend").is_visible()
    assert page.evaluate(fits)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="List", exact=True).click()
    assert page.evaluate(fits)


def test_the_list_says_what_the_picture_says(visit: Open) -> None:
    opened = visit(market(), max_nodes=6)
    page = opened.page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    deals, relations = page.locator("#list table").all()
    assert (deals.locator("tbody tr").count(), relations.locator("tbody tr").count()) == (1, 6)
    relations.get_by_role("button", name="Latest").click()
    relations.get_by_role("button", name="Latest").click()
    assert page.locator("#list table").nth(1).locator("tbody tr").first.inner_text().split() == [
        "Norvane", "acquires", "Pellucid", "Maps", "rumoured", "disputed", "2", "2031-03-06",
    ]  # fmt: skip
    page.locator("#list").get_by_role("button", name="Tarnwick", exact=True).first.click()
    assert opened.heading() == "Tarnwick"
    page.keyboard.press("Escape")
    page.locator("#filtering").click()
    page.locator("#disputed").check()
    assert page.locator("#list table").nth(1).locator("tbody tr").count() == 1
    assert opened.count() == "1 of 6 relations shown · reset filters"


@pytest.mark.parametrize("view", ["light", "dark", "zh", "list", "phone", "filters", "help"])
def test_rules_of_accessibility_are_kept(visit: Open, axe: str, view: str) -> None:
    fragment = {"zh": "#lang=zh&node=company/norvane", "list": "#view=list&edge=edge/1", "dark": "#scheme=dark&edge=edge/1"}.get(view, "#node=deal/1")
    opened = visit(market(), "" if view == "help" else fragment, **({"viewport": {"width": 360, "height": 740}} if view == "phone" else {}))
    if view == "filters":
        opened.page.locator("#filtering").click()
    if view == "help":
        opened.page.locator("#helping").click()
    opened.page.evaluate(axe)
    found = opened.page.evaluate("axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })")
    grave = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found["violations"] if one["impact"] in ("serious", "critical")]
    assert grave == []
    assert len(found["passes"]) > 10


@pytest.mark.parametrize("context", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 700}}], ids=["light", "dark", "phone"])
def test_the_report_is_a_page_that_everybody_can_read(browser: Browser, axe: str, tmp_path: Path, context: dict[str, Any]) -> None:
    path = tmp_path / "report.html"
    with open_store(SMALL) as store:
        path.write_text(write_report(store, "html"), encoding="utf-8")
    page = browser.new_context(**context).new_page()
    asked, told = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing but tables scrolls sideways"
    page.evaluate(axe)
    found = page.evaluate("axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })")
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"] if one["impact"] in ("serious", "critical")] == []
    assert (asked, told) == ([path.as_uri()], [])
    page.context.close()


def test_gexf_is_read_by_networkx_and_graphology() -> None:
    if not (NPM / "node_modules" / "graphology-gexf").is_dir() or not (node := shutil.which("node")):
        lacking("graphology-gexf (npm ci --prefix tests/browser)")
    with open_store(SMALL) as store:
        graph = project(store)
    written = gexf(graph)
    size = {"nodes": 13, "edges": 18}  # ten edges, and two parties of each of four deals
    assert (len(graph), graph.number_of_edges()) == tuple(size.values())
    read = nx.read_gexf(io.BytesIO(written))
    assert (len(read), read.number_of_edges()) == tuple(size.values())
    told = subprocess.run([node, NPM / "count_gexf.mjs"], input=written, capture_output=True, check=True, cwd=NPM)
    assert json.loads(told.stdout) == size
