"""The tutorial runs from top to bottom and tells what it promises."""

from __future__ import annotations

import html
import runpy
from pathlib import Path

import networkx as nx
import pytest

import kg
from kg.store import open_store

ROOT = Path(__file__).parent.parent


def test_the_tutorial_runs(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "kg" / "sample" / "tutorial.py"))
    told = capsys.readouterr().out
    assert "Is it a fact? no\n" in told
    assert "media reports" in told
    assert "  offers DALL·E\n" in told
    assert "brought: OpenAI – Pinterest (acquisition) pursues ‘AI + social’ business model (Possible)\n" in told
    assert "hurdle: OpenAI – Pinterest (acquisition) faces regulatory scrutiny (Stated)\n" in told


def test_a_notebook_shows_the_page_in_a_frame_of_its_own() -> None:
    with open_store(ROOT / "tests" / "data" / "small.trig") as store:
        graph = kg.project(store)
    shown = kg.show(graph, height=300)
    frame = shown._repr_html_()
    assert frame.startswith('<iframe sandbox="allow-scripts" title="Dealgraph" style="width:100%;height:300px;')
    assert html.unescape(frame.partition('srcdoc="')[2].removesuffix('"></iframe>')) == shown.page == kg.render(graph)
    assert kg.show(nx.MultiDiGraph()).page.startswith("<!doctype html>")
