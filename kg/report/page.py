"""The report as one HTML page with a timeline of deals and a matrix of wants and who would meet them; no script, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kg import analyze, vocab
from kg.analyze.told import met_by, term, wanted
from kg.report.markdown import MAX_FITS, STATUS_ORDER, TOP

if TYPE_CHECKING:
    import jinja2
    import networkx as nx

    from kg.analyze import Want
    from kg.report.content import Report

WIDE = 900
"""Pixels of a chart."""
NAMES = 300
"""Of these, for the names at the left."""
ROW = 26
MAX_ROWS = 40
"""Deals of a timeline, the last heard of first; wants of a matrix."""
MAX_COLUMNS = 12
COLOURS = {
    "Completed": "#1f4e79", "Announced": "#3a7ab5", "Talks": "#b9770e", "Considered": "#b9770e", "Rumoured": "#d99a2b", "Terminated": "#7d8790",
    "Denied": "#b03a2e", "Negated": "#b03a2e",
}  # fmt: skip


class Mark(NamedTuple):
    """A claim in a timeline, in pixels."""

    x: int
    colour: str
    told: str


class Row(NamedTuple):
    """A deal in a timeline."""

    label: str
    y: int
    marks: list[Mark]


class Timeline(NamedTuple):
    """Deals with the claims about them in the order of dates."""

    rows: list[Row]
    height: int
    ticks: list[tuple[int, str]]
    """(x, year and month)."""
    hidden: int
    """Deals that are not drawn."""
    statuses: frozenset[str]
    """Of the claims that are drawn."""


class Cell(NamedTuple):
    """How well somebody meets a want."""

    score: float
    how: str


class Matrix(NamedTuple):
    """Wants against who would meet them."""

    columns: list[str]
    rows: list[tuple[str, list[Cell | None]]]


def as_html(report: Report, graph: nx.MultiDiGraph) -> str:
    """The report on a graph as a page; words from articles are text in it."""
    order = {status: place for place, status in enumerate(STATUS_ORDER)}
    deals = sorted(report.analysis.deals, key=lambda deal: (order[deal.status], analyze.label(graph, deal.deal)))
    page = _environment().get_template("report.html").render(
        report=report, graph=graph, deals=deals, timeline=timeline(graph), matrix=matrix(report, graph), top=TOP, fits=MAX_FITS, colours=COLOURS,
        news=_news(report),
    )  # fmt: skip
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256((style[1] if style else "").encode()).digest()).decode()
    return page.replace("STYLE-HASH", f"sha256-{digest}", 1)


def timeline(graph: nx.MultiDiGraph) -> Timeline | None:
    """Deals of which dated texts speak, the last heard of first; None where there are none."""
    told = {node: data["sayings"] for node, data in graph.nodes(data=True) if data["type"] == "Deal"}
    dated = {node: [(day, one) for one in sayings if (day := _day(one.date))] for node, sayings in told.items()}
    dated = {node: found for node, found in dated.items() if found}
    if not dated:
        return None
    nodes = sorted(dated, key=lambda node: (-max(day for day, _ in dated[node]).toordinal(), analyze.label(graph, node), node))
    days = [day for found in dated.values() for day, _ in found]
    first, last = min(days), max(days)
    span = max((last - first).days, 1)

    def place(day: date) -> int:
        return NAMES + 20 + round((day - first).days / span * (WIDE - NAMES - 50))

    rows = []
    for number, node in enumerate(nodes[:MAX_ROWS]):
        marks = [
            Mark(place(day), COLOURS.get(one.status, "#4a5a6a"), f"{one.date}: {term(one.status)}, says {one.source or one.document}")
            for day, one in dated[node]
        ]  # fmt: skip
        rows.append(Row(_short(analyze.label(graph, node)), ROW * (number + 1), marks))
    shown = sorted({first, *(first + (last - first) * step / 4 for step in range(1, 4)), last})
    ticks = [(place(day), f"{day:%Y-%m}" if span > 60 else f"{day:%m-%d}") for day in shown]
    statuses = frozenset(one.status for node in nodes[:MAX_ROWS] for _, one in dated[node])
    return Timeline(rows, ROW * (len(rows) + 2), ticks, max(len(nodes) - MAX_ROWS, 0), statuses)


def matrix(report: Report, graph: nx.MultiDiGraph) -> Matrix | None:
    """Wants that something meets, against the firms and deals that would meet them, those that meet most first; None where nothing does."""
    wants = [want for one in report.analysis.strategies for want in one.wants if want.fits][:MAX_ROWS]
    total: dict[str, float] = defaultdict(float)
    for want in wants:
        for fit in want.fits:
            total[fit.holder or fit.helper] += fit.score
    columns = sorted(total, key=lambda node: (-total[node], analyze.label(graph, node)))[:MAX_COLUMNS]
    rows = [(f"{analyze.label(graph, want.company)} {wanted(want, graph)}", [_cell(want, node, graph) for node in columns]) for want in wants]
    return Matrix([analyze.label(graph, node) for node in columns], rows) if rows else None


def _cell(want: Want, node: str, graph: nx.MultiDiGraph) -> Cell | None:
    fits = [fit for fit in want.fits if (fit.holder or fit.helper) == node]
    return Cell(fits[0].score, met_by(fits[0], want, graph)) if fits else None


def _news(report: Report) -> list[str]:
    from kg.diff import as_lines

    return as_lines(report.since) if report.since is not None else []


def _day(text: str) -> date | None:
    """A day of a date that may be no more than a year or a month, or no date at all."""
    found = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?.*", text, re.ASCII)
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1)) if found else None
    except ValueError:
        return None


def _short(text: str) -> str:
    """A label that fits at the left of a chart; a Chinese sign is as wide as two letters."""
    wide = 0
    for place, sign in enumerate(text):
        wide += 1 if sign.isascii() else 2
        if wide > 42:
            return text[:place] + "…"
    return text


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    found.filters |= {"term": lambda name: term(name) or "only mentioned", "label": _label, "relation": _relation, "web": _web}
    found.globals |= {"wanted": wanted, "met_by": met_by, "types": vocab.term_labels}
    return found


def _label(node: str, graph: nx.MultiDiGraph) -> str:
    return analyze.label(graph, node)


def _relation(predicate: str, graph: nx.MultiDiGraph) -> str:
    return analyze.relation(graph, predicate)


def _web(url: Any) -> str:
    """The address where it is one of the web, else ""."""
    return str(url) if re.match(r"https?://", str(url), re.IGNORECASE) else ""
