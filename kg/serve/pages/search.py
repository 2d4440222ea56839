"""Search by name in both languages: things, deals, articles and sources, the nearest first."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from starlette.responses import JSONResponse, Response

from kg import analyze
from kg.serve.pages.frame import Visit, page

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.serve.snapshot import Snapshot

LONGEST = 200
"""Code points of a query that are looked at."""

MOST = 100
USUAL = 20


class Hit(NamedTuple):
    """Something that is called so."""

    iri: str
    type: str
    matched: str
    """The name that fits best."""


class Entry(NamedTuple):
    """Something to find."""

    iri: str
    type: str
    names: tuple[tuple[str, str], ...]
    """(folded, as it stands)."""
    rank: int
    """In how many claims and edges it stands."""


def fold(text: str) -> str:
    """What is compared of a name: case, width and runs of spaces do not count.

    >>> fold("  ＯＳＫ　Freight ")
    'osk freight'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def find(snapshot: Snapshot, query: str) -> list[Hit]:
    """All that has the query in one of its names, the nearest first.

    Those that are called just so, then those that begin with it, then those of which a word begins with it, then the others; among these what matters
    most first, and then what has the shortest name.
    """
    wanted = fold(query[:LONGEST])
    if not wanted:
        return []
    found = []
    for entry in entries(snapshot):
        best = min(((_distance(folded, wanted), len(name), name) for folded, name in entry.names if wanted in folded), default=None)
        if best is not None:
            found.append((best[0], -entry.rank, best[1], entry.iri, Hit(entry.iri, entry.type, best[2])))
    return [hit for *_, hit in sorted(found)]


def search_page(request: Request, snapshot: Snapshot) -> Response:
    """The page of results."""
    visit = Visit(request, snapshot)
    query = request.query_params.get("q", "")[:LONGEST]
    hits = find(snapshot, query)
    visit.look([hit.iri for hit in hits[:MOST]], ())
    title = visit.named("find") + (f": {query}" if query else "")
    return page(visit, "search.html", title=title, query=query, hits=hits[:MOST], count=len(hits))


def search_json(request: Request, snapshot: Snapshot) -> Response:
    """The same for programs, and for the completion in the search box."""
    visit = Visit(request, snapshot)
    query, asked = request.query_params.get("q", ""), request.query_params.get("limit", str(USUAL))
    if not re.fullmatch(r"\d{1,9}", asked, re.ASCII):
        return JSONResponse({"error": f"limit is {asked!r}; give a number from 1 to {MOST}"}, 400)
    hits = find(snapshot, query)
    shown = hits[: max(1, min(int(asked), MOST))]
    index = visit.look([hit.iri for hit in shown], ())
    results = [
        {
            "iri": hit.iri, "type": hit.type, "label": {tag: index.labels(hit.iri).get(tag) for tag in ("en", "zh")},
            "matched": hit.matched, "page": visit.places.page(hit.iri),
        }
        for hit in shown
    ]  # fmt: skip
    return JSONResponse({"query": query[:LONGEST], "total": len(hits), "results": results})


def _distance(name: str, wanted: str) -> int:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    return 2 if re.search(rf"(?<![^\W_]){re.escape(wanted)}", name) else 3


_known: WeakKeyDictionary[Snapshot, list[Entry]] = WeakKeyDictionary()


def entries(snapshot: Snapshot) -> list[Entry]:
    """All that can be found, with all its names."""
    if (known := _known.get(snapshot)) is not None:
        return known
    names: dict[str, list[str]] = defaultdict(list)
    for node, name in analyze.names(snapshot.store):
        names[node].append(name)
    found = []
    for iri in sorted(names):
        if kind := snapshot.kinds.get(iri):
            found.append(Entry(iri, kind, tuple((fold(name), name) for name in sorted(names[iri])), snapshot.mentions.get(iri, 0)))
    return _known.setdefault(snapshot, found)
