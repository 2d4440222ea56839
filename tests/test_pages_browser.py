"""The pages of the service in a real browser: that they ask nobody but the server, break no policy, and work by keyboard, in the dark, on a phone.

Needs Chromium, and for the rules of accessibility ``npm ci --prefix tests/browser``; without them the tests are skipped, or fail where the
environment variable ``CI`` is set.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from webpage import BASE, SMALL

from kg import query
from kg.serve.pages import routes
from kg.serve.snapshot import Snapshot

AXE = Path(__file__).parent / "browser" / "node_modules" / "axe-core" / "axe.min.js"
SHOWN = (
    "/", "/?lang=zh", "/page/company/norvane", "/page/deal/osk-tarn", "/page/document/d1", "/page/edge/e8", "/page/claim/c11",
    "/page/source/d1/insiders", "/search?q=pellucid", "/ask", "/ask/deals?status=Rumoured", "/page/company/norvan",
)  # fmt: skip


def lacking(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


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
    if not AXE.is_file():
        lacking("axe-core (npm ci --prefix tests/browser)")
    return AXE.read_text("utf-8")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Address of a server of the small graph, with a SPARQL endpoint that does just enough for the query page."""
    snapshot = Snapshot(SMALL)

    async def sparql(request: Request) -> Response:
        asked = str((await request.form())["query"])
        return Response(query.as_json(query.sparql(snapshot.store, asked)), media_type="application/sparql-results+json")

    application = Starlette(routes=[*routes(lambda: snapshot), Route("/sparql", sparql, methods=["POST"])])
    running = uvicorn.Server(uvicorn.Config(application, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join()
    snapshot.store.close()


class Visit:
    """A page that was opened, and what the browser had to say about it."""

    def __init__(self, browser: Browser, server: str, **context: Any) -> None:
        self.server = server
        self.page: Page = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | context).new_page()
        self.asked: list[str] = []
        self.told: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.told.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.told.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.told.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def go(self, path: str) -> Page:
        self.page.goto(self.server + path)
        return self.page

    def ends_well(self, *expected: str) -> None:
        """Nothing was asked of anybody else, nothing complained of, nothing kept."""
        assert [url for url in self.asked if not url.startswith((self.server + "/", "data:", "blob:"))] == []
        assert [line for line in self.told if line not in expected] == []
        assert self.page.context.cookies() == []
        assert self.page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]") == []
        self.page.context.close()


def violations(page: Page, axe: str) -> list[str]:
    """What breaks WCAG 2.2 AA, or serious rules beyond it. The script goes in past the policy, which is the page's and not the tester's."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((told) => told.violations)")
    return [f"{one['id']}: {node['html'][:200]}" for one in found if one["impact"] in ("serious", "critical") for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_ask_nobody_else_and_can_be_read_by_all(browser: Browser, server: str, axe: str, scheme: str) -> None:
    visit = Visit(browser, server, color_scheme=scheme)
    for path in SHOWN:
        page = visit.go(path)
        assert violations(page, axe) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    visit.ends_well("error: Failed to load resource: the server responded with a status of 404 (Not Found)")


def test_pages_fit_a_phone(browser: Browser, server: str) -> None:
    visit = Visit(browser, server, viewport={"width": 360, "height": 740})
    for path in SHOWN:
        page = visit.go(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    visit.ends_well("error: Failed to load resource: the server responded with a status of 404 (Not Found)")


def test_completion_by_keyboard(browser: Browser, server: str) -> None:
    visit = Visit(browser, server)
    page = visit.go("/?lang=zh")
    box = page.locator("#search")
    box.focus()
    page.keyboard.type("诺")
    page.get_by_role("option").first.wait_for()
    assert (box.get_attribute("role"), box.get_attribute("aria-expanded")) == ("combobox", "true")
    assert page.get_by_role("option").first.inner_text() == "诺凡"
    page.keyboard.press("Escape")
    assert (box.get_attribute("aria-expanded"), page.locator("#found").is_visible()) == ("false", False)
    box.fill("")
    page.keyboard.type("pellucid")
    page.get_by_role("option").nth(2).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "found1"
    page.keyboard.press("ArrowUp")
    assert page.locator("#found0").get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    page.wait_for_url("**/page/company/pellucid-maps?lang=zh")
    box.focus()
    page.keyboard.type("osk")
    page.keyboard.press("Enter")  # without a choice the form goes off as it does without the script
    page.wait_for_url("**/search?q=osk&lang=zh")
    assert page.locator(".hits li").count() == 3
    visit.ends_well()


def test_everything_works_without_scripts(browser: Browser, server: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(server + "/")
    page.locator("#search").fill("诺凡")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Norvane", exact=True).click()
    assert page.locator("h1").inner_text().strip() == "Norvane"
    page.context.close()


def test_a_sentence_leads_to_its_claim_and_back(browser: Browser, server: str) -> None:
    visit = Visit(browser, server)
    page = visit.go("/page/document/d1")
    page.locator(".text sup a").nth(1).click()
    assert page.evaluate("document.querySelector(':target').id") == "claim-c2"
    page.locator("#claim-c2").get_by_role("link", name="Sentence 77–115").click()
    assert page.evaluate("document.querySelector(':target + mark').textContent") == "Norvane urgently needs street imagery."
    visit.ends_well()


def test_query_page_asks_this_server(browser: Browser, server: str, axe: str) -> None:
    visit = Visit(browser, server)
    page = visit.go("/query")
    page.locator(".yasqe_queryButton").wait_for()
    page.get_by_role("button", name="Rumours with their quotes").click()
    assert "kg:Rumoured" in page.locator(".CodeMirror-code").inner_text()
    page.locator(".CodeMirror textarea").press("Control+Space")  # completion, which by itself would ask a server elsewhere
    page.keyboard.press("Escape")
    page.locator(".yasqe_queryButton").click()
    page.locator(".yasr_results td").first.wait_for()
    assert "people close to the talks said" in page.locator(".yasr_results").inner_text()
    assert visit.asked.count(server + "/sparql") == 1
    link = page.locator(".yasr_results").get_by_role("link", name="company:pellucid-maps").first
    assert link.get_attribute("href") == BASE + "company/pellucid-maps"
    link.focus()
    assert link.get_attribute("href") == "/page/company/pellucid-maps"  # wherever the IRI points, there is a page about it here
    assert violations(page, axe) == []
    visit.ends_well()


def test_viewer_runs_under_its_own_policy(browser: Browser, server: str) -> None:
    visit = Visit(browser, server)
    page = visit.go("/page/company/norvane")
    page.get_by_role("link", name="Draw what it is joined to").click()
    page.locator("#mynetwork canvas").wait_for()
    page.locator("#title").wait_for()
    assert page.locator("#title").inner_text() == "Norvane"
    visit.ends_well()
