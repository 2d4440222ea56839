"""What an analyst reads first, as Markdown, HTML or JSON; and one node, claim or edge taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from kg import analyze
from kg.analyze import Background
from kg.report.content import Counts, Report, gather
from kg.report.explain import explain
from kg.report.markdown import as_markdown
from kg.report.page import as_html

if TYPE_CHECKING:
    from kg.model import Problem
    from kg.store import Store

__all__ = ["Counts", "Report", "as_html", "as_markdown", "explain", "gather", "write_report"]


def write_report(
    store: Store,
    form: Literal["markdown", "html", "json"] = "markdown",
    *,
    problems: Sequence[Problem] | None = None,
    since: Store | None = None,
    background: Background = Background(),
) -> str:
    """The report on a store.

    ``problems`` are the inputs that could not be processed, None if that is not known; ``since`` is an older store to tell what is new against.
    """
    graph = analyze.project(store)
    report = gather(store, graph, problems=problems, since=since, background=background)
    if form == "json":
        return analyze.as_json(report) + "\n"
    return as_html(report, graph) if form == "html" else as_markdown(report, graph)
