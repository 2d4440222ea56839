"""The report as Markdown. Words from articles are text in it, never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg import analyze
from kg.analyze.told import met_by, term, wanted
from kg.report.words import markdown, name, plain, quoted, sorted_edges, speaker, where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import networkx as nx

    from kg.analyze import Strategy, Target, Want
    from kg.report.content import Counts, Report

STATUS_ORDER = ("Completed", "Announced", "Talks", "Considered", "Rumoured", "Terminated", "Denied", "Negated", "")
TOP = 15
MAX_LINES = 400
"""Of a section; more is no report."""
MAX_FITS = 3
"""Of what meets one want; ``kg analyze`` shows more."""
MAX_NAMES = 5


def as_markdown(report: Report, graph: nx.MultiDiGraph) -> str:
    """The report on a graph as Markdown, each section with at most ``MAX_LINES`` lines."""
    sections = (
        ("What was read", _read(report.read)),
        *((("What is new", _new(report)),) if report.since is not None else ()),
        ("Deals", _deals(graph)),
        ("What stands in their way", _obstacles(graph)),
        ("Strategy: what each company wants, and what would meet it", _strategies(report, graph)),
        ("Whom with: targets and partners", _targets(report, graph)),
        ("Challenges that recur", _recurring(report, graph)),
        ("Who matters", _leaders(report, graph)),
        ("Contradictions", _contradictions(report, graph)),
        *((("Problems", _problems(report)),) if report.problems else ()),
    )
    lines = ["# Report", ""]
    for title, body in sections:
        found = list(body) or ["Nothing was found."]
        more = ["", f"… and {len(found) - MAX_LINES} lines more: kg analyze --json tells all"] if len(found) > MAX_LINES else []
        lines += [f"## {title}", "", *found[:MAX_LINES], *more, ""]
    return "\n".join(lines[:-1]) + "\n"


def _read(counts: Counts) -> Iterator[str]:
    spread = ", ".join(f"{markdown(tag)} {number}" for tag, number in counts.languages.items())
    types = ", ".join(f"{term(kind)} {number}" for kind, number in counts.nodes.items())
    yield f"- Documents: {counts.documents}" + (f" ({spread})" if spread else "")
    yield f"- Claims: {counts.claims}"
    yield f"- Entities and deals: {sum(counts.nodes.values())}" + (f" ({types})" if types else "")
    if counts.problems is not None:
        yield f"- Problems: {counts.problems}" + ("; see problems.jsonl" if counts.problems else "")


def _new(report: Report) -> Iterator[str]:
    """What changed against an older graph."""
    from kg.diff import as_lines

    if report.since is not None and not report.since.empty:
        for line in as_lines(report.since):
            text = line.strip()
            if text:
                yield f"{'  ' if line.startswith('  ') else ''}- {markdown(text)}"


def _deals(graph: nx.MultiDiGraph) -> Iterator[str]:
    """Deals by status, each with who says so and in which words."""
    order = {status: place for place, status in enumerate(STATUS_ORDER)}
    deals = [(order[data["status"]], analyze.label(graph, node), node) for node, data in graph.nodes(data=True) if data["type"] == "Deal"]
    for _, called, node in sorted(deals):
        data = graph.nodes[node]
        dates = " to ".join(sorted({data["first"], data["last"]} - {""}))
        yield f"- **{markdown(called)}**: {term(data['status']) or 'only mentioned'}" + (f", {dates}" if dates else "")
        for saying in data["sayings"]:
            yield f"  - {term(saying.status)}, says {speaker(saying)}: {quoted(saying)} ({markdown(where(saying))})"


def _obstacles(graph: nx.MultiDiGraph) -> Iterator[str]:
    for s, o, _, edge in sorted_edges(graph, ["faces"]):
        if graph.nodes[s]["type"] == "Deal":
            quotes = " ".join(dict.fromkeys(quoted(saying) for saying in edge["sayings"]))
            yield f"- {name(graph, s)}: {name(graph, o)} ({term(edge['status'])}) {quotes}"


def _strategies(report: Report, graph: nx.MultiDiGraph) -> Iterator[str]:
    """A row per want and what meets it, the best first; then what nothing meets, and why."""
    rows = [row for one in report.analysis.strategies for want in one.wants if want.fits for row in _rows_of(one, want, graph)]
    if rows:
        yield from _table(("company", "wants", "met by", "how sure", "score"), rows)
    none = [(one, want) for one in report.analysis.strategies for want in one.wants if not want.fits]
    if none:
        yield from (*([""] if rows else []), "What nothing meets:", "")
    for one, want in none:
        yield f"- {name(graph, one.company)} {markdown(wanted(want, graph))}: {markdown(want.why_none['en'])}"


def _rows_of(one: Strategy, want: Want, graph: nx.MultiDiGraph) -> Iterator[tuple[str, ...]]:
    for place, fit in enumerate(want.fits[:MAX_FITS]):
        first = (name(graph, one.company), markdown(wanted(want, graph))) if not place else ("", "")
        yield (
            *first,
            markdown(met_by(fit, want, graph)),
            markdown("; ".join([term(fit.status), *([fit.why["en"]] if fit.why else [])])),
            f"{fit.score:.2f}",
        )


def relation(graph: nx.MultiDiGraph, predicate: str) -> str:
    """What a predicate is called, as Markdown."""
    return markdown(analyze.relation(graph, predicate))


def _targets(report: Report, graph: nx.MultiDiGraph) -> Iterator[str]:
    """A row per firm that another one might buy or work with, where a text says what for."""
    rows = [
        (name(graph, one.company), *_cells(target, graph))
        for one in report.analysis.strategies for target in one.targets if target.reasons
    ]  # fmt: skip
    if rows:
        yield from ("Score: wants that it meets and half of what a deal would bring besides, less a quarter of each hurdle.", "")
        yield from _table(("company", "with", "score", "meets", "would bring", "in the way", "instead of it", "also wanted by"), rows)


def _cells(target: Target, graph: nx.MultiDiGraph) -> Iterator[str]:
    deals = "; ".join(term(graph.nodes[deal]["status"]) for deal in target.deals)
    yield name(graph, target.target) + (f" ({deals})" if deals else "")
    yield f"{target.score:.2f}"
    for kind in ("meets", "effect", "hurdle"):
        yield _listed([name(graph, one.thing) for one in target.reasons if one.kind == kind])
    for others in (target.substitutes, target.rivals):
        yield _listed([name(graph, other.company) for other in others])


def _listed(names: list[str]) -> str:
    return ", ".join(names[:MAX_NAMES]) + (f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else "")


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _recurring(report: Report, graph: nx.MultiDiGraph) -> Iterator[str]:
    for one in report.analysis.recurring:
        yield f"- {name(graph, one.challenge)}: {_listed([name(graph, node) for node in one.faced_by])}"


def _leaders(report: Report, graph: nx.MultiDiGraph) -> Iterator[str]:
    if report.actors:
        yield "PageRank over all edges, weighed by their status."
        yield ""
    for place, one in enumerate(report.actors[:TOP], 1):
        yield f"{place}. {name(graph, one.node)} ({one.score:.4f})"


def _contradictions(report: Report, graph: nx.MultiDiGraph) -> Iterator[str]:
    for one in report.analysis.contradictions:
        yield f"- {name(graph, one.subject)} {relation(graph, one.predicate)} {name(graph, one.object)}"
        for side in one.sides:
            yield f"  - {term(side.status)}: {_listed([markdown(voice) for voice in side.voices])}" + (f", {plain(side.last)}" if side.last else "")
        for figure, values in one.figures:
            yield f"  - {figure}: {' or '.join(map(markdown, values))}"


def _problems(report: Report) -> Iterator[str]:
    for one in report.problems:
        yield f"- {markdown(plain(one.source))}, {one.stage}: {markdown(plain(one.reason))}"
