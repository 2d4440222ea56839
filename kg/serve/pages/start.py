"""The start page, and the viewer."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from starlette.responses import Response

from kg import analyze, vocab
from kg.analyze import STATUSES
from kg.serve.pages.frame import Visit, page
from kg.serve.pages.index import article_of
from kg.serve.pages.things import unknown
from kg.view import render

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import networkx as nx
    from starlette.requests import Request

    from kg.serve.snapshot import Snapshot

SHOWN_THINGS = 24
SHOWN_DEALS = 12
SHOWN_ARTICLES = 15

WHOLE = 2_000
"""Relations up to which the picture of a graph is that of all of it."""

DRAWN = 300
"""Nodes of the picture of a larger graph, those with what matters most."""

AROUND = 200
"""Nodes of the picture around one."""

LOOKED_AT = 5_000
"""Claims and edges of these nodes that are gone through in search of edges among them; else there are those of the node and of deals."""

LINES, SAYINGS = 500, 2
"""Relations of a picture of much, those between what matters most, and claims for each, the newest."""


class Overview(NamedTuple):
    """What is in a graph."""

    counts: Counter[str]
    """Nodes by what they are."""
    claims: int
    relations: int
    languages: Counter[str]
    """Articles by language tag."""
    statuses: list[tuple[str, int]]
    """Deals by status, in the order of the ontology; "" is that none is known."""
    things: list[str]
    """What matters most, IRIs."""
    deals: list[str]
    articles: list[str]
    """The latest first."""


_seen: WeakKeyDictionary[Snapshot, Overview] = WeakKeyDictionary()
_drawn: WeakKeyDictionary[Snapshot, str] = WeakKeyDictionary()


def overview(snapshot: Snapshot) -> Overview:
    """What is in the graph, counted once."""
    if (known := _seen.get(snapshot)) is not None:
        return known

    def counted(pattern: str, by: str = "") -> Counter[str]:
        query = f"SELECT {by} (COUNT(DISTINCT ?it) AS ?number) {{ {pattern} }}" + (f" GROUP BY {by}" if by else "")
        rows = [{name: str(getattr(term, "value", term)) for name, term in row.items()} for row in snapshot.store.select(query)]
        return Counter({row.get(by.strip("?"), "").removeprefix(vocab.KG): int(row["number"]) for row in rows})

    ranked = _ranked(snapshot, snapshot.mentions)
    kinds = snapshot.kinds
    order = {status: place for place, status in enumerate(STATUSES)}
    by_status = counted("?it a kg:Deal OPTIONAL { ?it kg:status ?status }", "?status")
    latest = "SELECT DISTINCT ?it ?date { ?it a kg:Document OPTIONAL { ?it schema:datePublished ?date } } ORDER BY DESC(?date) DESC(STR(?it))"
    return _seen.setdefault(snapshot, Overview(
        counts=Counter(kinds.values()), claims=counted("?it kg:edge ?edge")[""], relations=counted("?it a kg:Edge")[""],
        languages=counted("?it a kg:Document ; schema:inLanguage ?tag", "?tag"),
        statuses=[(status, by_status[status]) for status in sorted(by_status, key=lambda one: order.get(one, len(order)))],
        things=[node for node in ranked if kinds.get(node) not in (None, "Deal", "Source", "Document")][:SHOWN_THINGS],
        deals=[node for node in ranked if kinds.get(node) == "Deal"][:SHOWN_DEALS],
        articles=[str(getattr(row["it"], "value", "")) for row in snapshot.store.select(f"{latest} LIMIT {SHOWN_ARTICLES}")],
    ))  # fmt: skip


def start(request: Request, snapshot: Snapshot) -> Response:
    """What is in the graph: counts, deals by status, what matters most, the latest articles."""
    visit, told = Visit(request, snapshot), overview(snapshot)
    visit.look([*told.things, *told.deals], ())
    articles = [article for iri in told.articles if (article := article_of(snapshot.store, iri))]
    counts = {kind: number for kind, number in told.counts.items() if kind not in ("Document", "Source")}
    return page(
        visit, "start.html", title=visit.named("home"), counts=counts, claims=told.claims, languages=told.languages,
        documents=told.counts["Document"], relations=told.relations, things=told.things, deals=told.deals, statuses=told.statuses, articles=articles,
    )  # fmt: skip


def viewer(request: Request, snapshot: Snapshot) -> Response:
    """The picture of the graph, or of what lies around one node; the page names its own scripts by hash, and so does its header."""
    visit = Visit(request, snapshot)
    around = request.query_params.get("around")
    if around:
        iri = next((one for one in (around, visit.iri(around)) if snapshot.kinds.get(one, "Source") not in ("Source", "Document")), "")
        if not iri:
            return unknown(visit, visit.iri(around))
        text = render(_around(snapshot, iri))
    else:
        text = picture(snapshot)
    headers = {"Content-Security-Policy": f"{policy_of(text)}; frame-ancestors 'none'"}
    return Response(text.encode("utf-8", "replace"), 200, headers, "text/html; charset=utf-8")


def picture(snapshot: Snapshot) -> str:
    """The picture of the graph; of a large one, of what matters most in it."""
    if (known := _drawn.get(snapshot)) is not None:
        return known
    nodes = [node for node in _ranked(snapshot, snapshot.kinds) if snapshot.kinds[node] not in ("Source", "Document")]
    if overview(snapshot).relations > WHOLE:
        nodes = nodes[:DRAWN]
    return _drawn.setdefault(snapshot, render(_among(snapshot, nodes, snapshot.ends)))


def _ranked(snapshot: Snapshot, nodes: Iterable[str]) -> list[str]:
    """Nodes, those with what matters most first."""
    return sorted(nodes, key=lambda node: (-snapshot.mentions.get(node, 0), node))


def _around(snapshot: Snapshot, iri: str) -> nx.MultiDiGraph:
    """What a node is joined to, and what the deals among that are joined to; of much, what matters most."""
    store = snapshot.store

    def near(nodes: Collection[str], deals: Collection[str]) -> tuple[list[str], dict[str, tuple[str, str]]]:
        ends = snapshot.edges_of(nodes)
        found = {end for pair in ends.values() for end in pair}.union(deals, analyze.project(store, nodes, ()))
        return _ranked(snapshot, found), ends

    found, ends = near({iri}, analyze.deals_of(store, iri))
    first = list(dict.fromkeys([iri, *found]))[:AROUND]
    if deals := [node for node in first if snapshot.kinds.get(node) == "Deal"]:
        found, more = near(deals, ())
        first, ends = list(dict.fromkeys([*first, *found]))[:AROUND], ends | more
    if sum(snapshot.mentions.get(node, 0) for node in first) <= LOOKED_AT:
        ends |= snapshot.edges_of(first)
    return _among(snapshot, first, ends)


def _among(snapshot: Snapshot, nodes: Collection[str], ends: Mapping[str, tuple[str, str]]) -> nx.MultiDiGraph:
    """These nodes with the edges between them, of those whose ends are given."""
    ranks, known = snapshot.mentions, set(nodes)
    inside = [edge for edge, pair in ends.items() if known.issuperset(pair)]
    claims: set[str] | None = None
    if len(inside) > LINES:
        inside = sorted(inside, key=lambda edge: (-min(ranks.get(end, 0) for end in ends[edge]), edge))[:LINES]
        claims = {claim for told in analyze.claims_of(snapshot.store, inside).values() for claim in told[-SAYINGS:]}
    return analyze.project(snapshot.store, {*known, *inside}, claims).subgraph(known)


def policy_of(text: str) -> str:
    """The policy that a page carries in itself."""
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    return found[1] if found else "default-src 'none'"
