"""The start page, and the viewer."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from starlette.responses import Response

from kg import analyze
from kg.analyze import STATUSES
from kg.serve.pages.frame import Visit, page
from kg.serve.pages.things import unknown
from kg.view import render

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.serve.snapshot import Snapshot

SHOWN_THINGS = 24
SHOWN_DEALS = 12
SHOWN_ARTICLES = 15

_drawn: WeakKeyDictionary[Snapshot, str] = WeakKeyDictionary()


def start(request: Request, snapshot: Snapshot) -> Response:
    """What is in the graph: counts, deals by status, what matters most, the latest articles."""
    visit = Visit(request, snapshot)
    graph, index = snapshot.graph, visit.index
    deals = [node for node in index.ranks if graph.nodes[node]["type"] == "Deal"]
    things = [node for node in index.ranks if graph.nodes[node]["type"] != "Deal" and graph.degree(node)]
    articles = sorted(index.articles.values(), key=lambda one: (one.date, one.iri), reverse=True)
    languages = Counter(tag for one in articles for tag in one.languages.split())
    order = {status: place for place, status in enumerate(STATUSES)}
    by_status = Counter(graph.nodes[deal]["status"] for deal in deals)
    return page(
        visit, "start.html", title=visit.named("home"), counts=Counter(data["type"] for _, data in graph.nodes(data=True)), claims=len(index.claims),
        languages=languages, documents=len(articles), relations=len(index.relations), things=things[:SHOWN_THINGS], deals=deals[:SHOWN_DEALS],
        statuses=[(status, by_status[status]) for status in sorted(by_status, key=lambda one: order.get(one, len(order)))],
        articles=articles[:SHOWN_ARTICLES],
    )  # fmt: skip


def viewer(request: Request, snapshot: Snapshot) -> Response:
    """The picture of the graph, or of what lies around one node; the page names its own scripts by hash, and so does its header."""
    visit = Visit(request, snapshot)
    around = request.query_params.get("around")
    if around:
        iri = around if around in snapshot.graph else visit.iri(around)
        if iri not in snapshot.graph:
            return unknown(visit, iri)
        text = render(analyze.around(snapshot.graph, iri))
    else:
        text = _drawn.get(snapshot) or _drawn.setdefault(snapshot, render(snapshot.graph))
    headers = {"Content-Security-Policy": f"{policy_of(text)}; frame-ancestors 'none'"}
    return Response(text.encode("utf-8", "replace"), 200, headers, "text/html; charset=utf-8")


def policy_of(text: str) -> str:
    """The policy that a page carries in itself."""
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    return found[1] if found else "default-src 'none'"
