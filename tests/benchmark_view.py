"""How large the page is, how soon it can be used and how smoothly it moves, for made-up graphs: `python tests/benchmark_view.py [NODES ...]`."""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import networkx as nx
from playwright.sync_api import Page, sync_playwright

from kg.analyze import Saying
from kg.view import render

TYPES = ("Company",) * 8 + ("Asset", "Asset", "Challenge", "Capability", "Strategy", "Product", "Product", "Person", "Organization", "Deal")
RELATIONS = ("acquires", "investsIn", "partnersWith", "competesWith", "supplies", "needs", "faces", "hasAsset")
STATUSES = ("Stated",) * 6 + ("Completed", "Announced", "Rumoured", "Rumoured", "Possible", "Reported", "Denied")
SYLLABLES = ("nor", "vane", "quil", "tess", "bor", "lum", "drak", "ost", "pell", "ari", "cor", "vex")


def made_up(nodes: int, seed: int = 7) -> nx.MultiDiGraph:
    """A graph of so many nodes and one and a half as many edges, a few of which have many; each edge with one or two claims."""
    draw = random.Random(seed)  # noqa: S311
    graph = nx.MultiDiGraph()
    for number in range(nodes):
        name = "".join(draw.choices(SYLLABLES, k=3)).title() + f" {number}"
        kind = "Company" if number < nodes // 20 else draw.choice(TYPES)
        labels = {"en": name, "zh": f"诺凡{number}"}
        deal = {"kind": "Merger", "status": "Announced", "first": "", "last": "", "sayings": ()} if kind == "Deal" else {"kind": ""}
        graph.add_node(f"urn:x/{number}", labels=labels, names=tuple(labels.values()), type=kind, classes=(), **deal)
    joined = [(number, draw.randrange(max(1, min(number, nodes // 5)))) for number in range(1, nodes)]
    joined += [(draw.randrange(nodes), int(nodes * draw.random() ** 3)) for _ in range(nodes // 2)]
    for number, (s, o) in enumerate(pair for pair in joined if pair[0] != pair[1]):
        status = draw.choice(STATUSES)
        names = [graph.nodes[f"urn:x/{end}"]["labels"]["en"] for end in (s, o)]
        quote = (f"{names[0]} was said on a quiet day to have something to do with {names[1]}.",)
        day, source, document = f"2031-0{draw.randint(1, 9)}-11", draw.choice(("", "Analysts")), f"news-{number % 97}"
        claims = [Saying(f"urn:c/{number}-{at}", status, source, day, document, "", quote, False) for at in range(draw.randint(1, 2))]
        edge = {"predicate": draw.choice(RELATIONS), "status": status, "support": len(claims), "disputed": False, "confidence": 0.7}
        graph.add_edge(f"urn:x/{s}", f"urn:x/{o}", key=f"urn:e/{number}", first="", last="", sayings=tuple(claims), **edge)
    return graph


def frames_per_second(page: Page) -> float:
    """While the mouse drags the picture to and fro for three seconds."""
    page.evaluate(
        """() => {
        if (window.drawings === undefined) window.network.on('afterDrawing', () => { window.drawings += 1; });
        window.drawings = 0; window.since = performance.now(); }"""
    )
    box = page.locator("#mynetwork canvas").bounding_box()
    assert box
    x, y = box["x"] + 40, box["y"] + box["height"] - 190
    page.mouse.move(x, y)
    page.mouse.down()
    end = time.monotonic() + 3
    step = 0
    while time.monotonic() < end:
        step += 1
        page.mouse.move(x + 8 * (step % 40 if step % 80 < 40 else 40 - step % 40), y - 3 * (step % 20))
    page.mouse.up()
    return float(page.evaluate("() => window.drawings / (performance.now() - window.since) * 1000"))


def main(sizes: list[int]) -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        print(f"{'nodes':>7} {'edges':>7} {'render s':>9} {'MB':>6} {'ready s':>8} {'frames/s':>9}")  # noqa: T201
        for size in sizes:
            graph = made_up(size)
            before = time.perf_counter()
            path = Path(folder) / f"{size}.html"
            path.write_text(render(graph), encoding="utf-8")
            rendered = time.perf_counter() - before
            page = browser.new_page(viewport={"width": 1500, "height": 950})
            page.goto(path.as_uri())
            page.wait_for_function("window.ready === true")
            ready = page.evaluate("() => performance.getEntriesByName('ready')[0].startTime / 1000")
            page.wait_for_timeout(500)
            frames = frames_per_second(page)
            page.close()
            megabytes = path.stat().st_size / 1e6
            print(f"{size:>7,} {graph.number_of_edges():>7,} {rendered:>9.1f} {megabytes:>6.2f} {ready:>8.2f} {frames:>9.1f}", flush=True)  # noqa: T201
        browser.close()


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:] if word.isdigit()] or [100, 1000, 5000])
