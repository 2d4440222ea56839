"""Linked data: which address answers for the IRI of a node, its description as data, and the pages about things, deals, relations and claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rapidfuzz import fuzz, process
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from kg import analyze, vocab
from kg.serve.pages.describe import as_form, classes, describe, exists, fields
from kg.serve.pages.frame import Visit, alternates, page, refusal
from kg.serve.pages.index import Index, Relation
from kg.serve.pages.negotiate import DATA, PAGE, THING, TURTLE, choose
from kg.serve.pages.places import web
from kg.serve.pages.texts import document_page
from kg.serve.pages.told import Shown, in_order, shown

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.serve.snapshot import Snapshot

MAX_RELATIONS = 300
"""Of a thing, on its page; those to what matters most. ``?all=1`` shows all."""

MAX_CLAIMS = 10
"""Of each relation on the page of a thing, the newest; the page of the relation has more."""

MAX_SAID = 300
"""Claims on the page of a deal, relation or source, the newest; ``?all=1`` shows all."""


class Told(NamedTuple):
    """A relation with claims to show."""

    relation: Relation
    claims: list[Shown]
    older: int
    """Claims that are left out."""


def identify(request: Request, snapshot: Snapshot) -> Response:
    """Where the IRI of a node leads: to its page or to its description, as the client likes (303 See Other)."""
    visit = Visit(request, snapshot)
    key, _, fragment = request.path_params["key"].partition("#")
    iri = visit.iri(key)
    if not exists(snapshot.store, iri):
        return unknown(visit, iri)
    links = {"Link": alternates(visit.places, iri), "Vary": "Accept"}
    form = choose(request.headers.get("accept", ""), THING)
    if form is None:
        offered = "".join(f"{one.media_type} {visit.places.form(iri, one.suffix) if one.suffix else visit.places.page(iri)}\n" for one in THING)
        return PlainTextResponse(f"nothing that the Accept header takes; there are\n{offered}", 406, links)
    target = visit.places.page(iri + (f"#{fragment}" if fragment else "")) if form == PAGE else visit.places.form(iri, form.suffix)
    return RedirectResponse(target, 303, links)


def data(request: Request, snapshot: Snapshot) -> Response:
    """The description of a node in the form that the address ends in."""
    visit = Visit(request, snapshot)
    key: str = request.path_params["key"]
    form = next((form for form in DATA if key.endswith(form.suffix)), None)
    if form is None:
        return refusal(visit, 404, visit.named("not_read", key) + ": " + ", ".join(form.suffix for form in DATA))
    iri = visit.iri(key.removesuffix(form.suffix))
    triples = describe(snapshot.store, iri)
    if not triples:
        return unknown(visit, iri)
    headers = {"Link": alternates(visit.places, iri)}
    charset = "; charset=utf-8" if form == TURTLE else ""  # the other two have no such parameter: they are UTF-8 by definition
    return Response(as_form(triples, form, snapshot.base_iri), 200, headers, form.media_type + charset)


def thing(request: Request, snapshot: Snapshot) -> Response:
    """The page about a node, whatever it is."""
    visit = Visit(request, snapshot)
    iri = visit.iri(request.path_params["key"])
    if iri in snapshot.graph:
        return _thing_page(visit, iri)
    if iri in visit.index.relations:
        return _relation_page(visit, iri)
    if iri in visit.index.articles:
        return document_page(visit, iri)
    if not exists(snapshot.store, iri):
        return unknown(visit, iri)
    if iri in visit.index.claims:
        told = shown(visit.index, iri)
        return page(visit, "claim.html", about=iri, title=_sentence(visit, told.relation), told=told, fields=fields(snapshot.store, iri))
    kinds = classes(snapshot.store, iri)
    title = visit.name(iri)
    if "Source" in kinds:
        said, older = _newest(visit, visit.index.claims_of.get(iri, []), MAX_SAID)
        return page(visit, "source.html", about=iri, title=title, said=said, older=older, fields=fields(snapshot.store, iri), kinds=sorted(kinds))
    return page(visit, "plain.html", about=iri, title=title, kinds=sorted(kinds), fields=fields(snapshot.store, iri))


def unknown(visit: Visit, iri: str) -> Response:
    """That the graph says nothing about a node, with those that are called nearly so."""
    key = iri.removeprefix(visit.snapshot.base_iri)
    tails = {node.removeprefix(visit.snapshot.base_iri): node for node in (*visit.snapshot.graph, *visit.index.articles)}
    near = process.extract(key, list(tails), scorer=fuzz.ratio, limit=5, score_cutoff=60)
    return refusal(visit, 404, key, [(visit.name(tails[tail]), tails[tail]) for tail, _, _ in near])


def _thing_page(visit: Visit, iri: str) -> Response:
    graph, index = visit.snapshot.graph, visit.index
    node, (links, lists) = graph.nodes[iri], _links(visit, iri)
    wanted = None if visit.request.query_params.get("all") == "1" else MAX_RELATIONS
    edges = {key: index.relations[key] for *_, key in (*graph.in_edges(iri, keys=True), *graph.out_edges(iri, keys=True)) if key in index.relations}
    groups = in_order(edges.values(), index.ranks, iri)
    if wanted is not None and len(edges) > wanted:
        kept = {one.iri for one in sorted(edges.values(), key=lambda one: (-max(_ranks(index, one, iri)), one.iri))[:wanted]}
        groups = [(predicate, [one for one in found if one.iri in kept]) for predicate, found in groups]
    said, older = _newest(visit, index.claims_of.get(iri, []), MAX_SAID)
    about: dict[str, Any] = {"parties": [], "moments": [], "told": [], "left": 0}
    if node["type"] == "Deal":
        about = _deal(visit, iri)
    return page(
        visit, "thing.html", about=iri, title=visit.name(iri), node=node, links=links, lists=lists, said=said, older=older, **about,
        groups=[(predicate, [_told(index, one) for one in found]) for predicate, found in groups if found],
        hidden=max(len(edges) - wanted, 0) if wanted is not None else 0,
        deals=sorted(
            (other for other, _, edge in graph.in_edges(iri, data=True) if "sayings" not in edge),
            key=lambda deal: (graph.nodes[deal]["last"], deal), reverse=True,
        ),
    )  # fmt: skip


def _deal(visit: Visit, iri: str) -> dict[str, Any]:
    """What the page of a deal has beyond that of a thing."""
    graph = visit.snapshot.graph
    parties = sorted((edge["predicate"], party) for _, party, edge in graph.out_edges(iri, data=True) if "sayings" not in edge)
    claims = [saying.claim for saying in graph.nodes[iri]["sayings"]]
    told, left = _newest(visit, claims, MAX_SAID, latest_first=False)
    listed = {one.saying.claim for one in told}
    moments = [moment for moment in analyze.timeline(graph, iri) if moment.claim in listed]
    return {"parties": parties, "moments": moments, "told": told, "left": left}


def _relation_page(visit: Visit, iri: str) -> Response:
    relation = visit.index.relations[iri]
    told, left = _newest(visit, [saying.claim for saying in relation.sayings], MAX_SAID, latest_first=False)
    title = _sentence(visit, relation)
    return page(visit, "relation.html", about=iri, title=title, relation_=relation, told=told, left=left, fields=fields(visit.snapshot.store, iri))


def _newest(visit: Visit, claims: list[str], most: int, *, latest_first: bool = True) -> tuple[list[Shown], int]:
    """The last of these claims, in the order of dates or against it, and how many are left out."""
    wanted = len(claims) if visit.request.query_params.get("all") == "1" else most
    kept = [claim for claim in claims if claim in visit.index.claims][-wanted:] if wanted else []
    return [shown(visit.index, claim) for claim in (reversed(kept) if latest_first else kept)], len(claims) - len(kept)


def _told(index: Index, relation: Relation) -> Told:
    kept = relation.sayings[-MAX_CLAIMS:]
    return Told(relation, [shown(index, saying.claim) for saying in kept], len(relation.sayings) - len(kept))


def _ranks(index: Index, relation: Relation, node: str) -> list[float]:
    """Of the other end of a relation."""
    return [index.ranks.get(end, 0.0) for end in (relation.subject, relation.object) if end != node] or [0.0]


def _sentence(visit: Visit, relation: Relation) -> str:
    return f"{visit.name(relation.subject)} – {visit.relation(relation.predicate)} – {visit.name(relation.object)}"


def _links(visit: Visit, iri: str) -> tuple[list[tuple[str, str]], list[str]]:
    """What others know a thing as, (what to call it, address), and what our own lists do, which have no pages."""
    rows = visit.snapshot.store.select(f"SELECT DISTINCT ?link {{ <{iri}> schema:sameAs|skos:exactMatch|skos:broader ?link }}")
    found = sorted({str(getattr(row["link"], "value", "")) for row in rows})
    ours = [link for link in found if link.startswith((vocab.GAZETTEER, vocab.CONCEPT))]
    others = [(_called(link), link) for link in found if link not in ours and web(link)]
    return others, [link.replace(vocab.GAZETTEER, "gazetteer/").replace(vocab.CONCEPT, "concept/") for link in ours]


def _called(link: str) -> str:
    site, _, key = link.rpartition("/")
    return f"Wikidata {key}" if "wikidata.org/" in site else link.removeprefix("https://").removeprefix("http://")
