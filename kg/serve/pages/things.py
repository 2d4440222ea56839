"""Linked data: which address answers for the IRI of a node, its description as data, and the pages about things, deals, relations and claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rapidfuzz import fuzz, process
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from kg import analyze, vocab
from kg.model import ENTITY_TYPES
from kg.serve.pages.describe import as_form, classes, describe, exists, fields
from kg.serve.pages.frame import Visit, alternates, page, refusal
from kg.serve.pages.index import Index, Relation
from kg.serve.pages.negotiate import DATA, PAGE, THING, TURTLE, choose
from kg.serve.pages.places import web
from kg.serve.pages.texts import document_page
from kg.serve.pages.told import Shown, in_order, shown
from kg.serve.protocol import TRUNCATED

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.serve.snapshot import Snapshot

MAX_RELATIONS = 200
"""Of a thing, on its page, and as many deals; those with what matters most. ``?all=1`` shows ``WIDE`` times as many."""

MAX_CLAIMS = 10
"""Of each relation on the page of a thing, the newest; the page of the relation has more."""

MAX_SAID = 200
"""Claims on the page of a deal, relation or source, the newest; ``?all=1`` shows ``WIDE`` times as many."""

WIDE = 3


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
    triples, cut = describe(snapshot, iri)
    if not triples:
        return unknown(visit, iri)
    headers = {"Link": alternates(visit.places, iri)} | ({TRUNCATED: "nodes"} if cut else {})
    charset = "; charset=utf-8" if form == TURTLE else ""  # the other two have no such parameter: they are UTF-8 by definition
    return Response(as_form(triples, form, snapshot.base_iri), 200, headers, form.media_type + charset)


def thing(request: Request, snapshot: Snapshot) -> Response:
    """The page about a node, whatever it is."""
    visit = Visit(request, snapshot)
    iri = visit.iri(request.path_params["key"])
    kinds = classes(snapshot.store, iri)
    if kinds & {*ENTITY_TYPES, "Deal"}:
        return _thing_page(visit, iri)
    if "Edge" in kinds and (relation := _relation_page(visit, iri)):
        return relation
    if "Document" in kinds:
        return document_page(visit, iri)
    if not exists(snapshot.store, iri):
        return unknown(visit, iri)
    if "Claim" in kinds and (claim := _claim_page(visit, iri)):
        return claim
    if "Source" in kinds:
        said = _Said(visit, iri)
        visit.look({iri, *said.edges}, said.claims)
        told: dict[str, Any] = {"said": said.listed(visit.index), "older": said.older, "kinds": sorted(kinds), "fields": fields(snapshot.store, iri)}
        return page(visit, "source.html", about=iri, title=visit.name(iri), **told)
    return page(visit, "plain.html", about=iri, title=visit.name(iri), kinds=sorted(kinds), fields=fields(snapshot.store, iri))


def unknown(visit: Visit, iri: str) -> Response:
    """That the graph says nothing about a node, with those that are called nearly so."""
    key = iri.removeprefix(visit.snapshot.base_iri)
    tails = {node.removeprefix(visit.snapshot.base_iri): node for node, kind in visit.snapshot.kinds.items() if kind != "Source"}
    near = process.extract(key, list(tails), scorer=fuzz.ratio, limit=5, score_cutoff=60)
    visit.look([tails[tail] for tail, _, _ in near], ())
    return refusal(visit, 404, key, [(visit.name(tails[tail]), tails[tail]) for tail, _, _ in near])


class _Said:
    """The newest claims that are made for an edge, about a deal, or by a source."""

    def __init__(self, visit: Visit, iri: str) -> None:
        told = analyze.claims_of(visit.snapshot.store, {iri}).get(iri, [])
        self.claims = told[-_most(visit, MAX_SAID) :]
        self.edges = set(analyze.edges_behind(visit.snapshot.store, self.claims).values())
        self.older = len(told) - len(self.claims)

    def listed(self, index: Index) -> list[Shown]:
        """These claims without their words, the newest first."""
        return [shown(index, claim, words=False) for claim in reversed(self.claims) if claim in index.claims]

    def told(self, index: Index) -> list[Shown]:
        """These claims in the order of dates."""
        return [shown(index, claim) for claim in self.claims if claim in index.claims]


def _most(visit: Visit, usual: int) -> int:
    """How many of something a page shows."""
    return usual * WIDE if visit.wide else usual


def _thing_page(visit: Visit, iri: str) -> Response:
    store, ranks, most = visit.snapshot.store, visit.snapshot.mentions, _most(visit, MAX_RELATIONS)
    ends = visit.snapshot.edges_of({iri})
    edges = sorted(ends, key=lambda edge: (-max((ranks.get(end, 0) for end in ends[edge] if end != iri), default=0), edge))
    deals = sorted(analyze.deals_of(store, iri), key=lambda deal: (-ranks.get(deal, 0), deal))
    claims = analyze.claims_of(store, edges[:most])
    said = _Said(visit, iri)
    newest = {claim for told in claims.values() for claim in told[-MAX_CLAIMS:]}
    index = visit.look({iri, *edges[:most], *deals[:most], *said.edges}, newest.union(said.claims))
    node, (links, lists) = index.graph.nodes[iri], _links(visit, iri)
    groups = in_order((index.relations[edge] for edge in edges[:most] if edge in index.relations), ranks, iri)
    return page(
        visit, "thing.html", about=iri, title=visit.name(iri), node=node, links=links, lists=lists, **_sayings(visit, iri, said),
        groups=[(predicate, [_told(index, one, len(claims.get(one.iri, ()))) for one in found]) for predicate, found in groups],
        hidden=max(len(edges) - most, 0), hidden_deals=max(len(deals) - most, 0),
        deals=sorted(deals[:most], key=lambda deal: (index.graph.nodes[deal]["last"], deal), reverse=True),
    )  # fmt: skip


def _sayings(visit: Visit, iri: str, said: _Said) -> dict[str, Any]:
    """What is said of a deal, with its parties and its history; what any other thing says."""
    graph = visit.index.graph
    if graph.nodes[iri]["type"] != "Deal":
        return {"parties": [], "moments": [], "told": [], "left": 0, "said": said.listed(visit.index), "older": said.older}
    parties = sorted((edge["predicate"], party) for _, party, edge in graph.out_edges(iri, data=True) if "sayings" not in edge)
    told = said.told(visit.index)
    listed = {one.saying.claim for one in told}
    moments = [moment for moment in analyze.timeline(graph, iri) if moment.claim in listed]
    return {"parties": parties, "moments": moments, "told": told, "left": said.older, "said": [], "older": 0}


def _relation_page(visit: Visit, iri: str) -> Response | None:
    """The page of an edge; None where its ends are no things."""
    said = _Said(visit, iri)
    relation = visit.look({iri}, said.claims).relations.get(iri)
    if relation is None:
        return None
    told: dict[str, Any] = {"told": said.told(visit.index), "left": said.older, "fields": fields(visit.snapshot.store, iri)}
    return page(visit, "relation.html", about=iri, title=_sentence(visit, relation), relation_=relation, **told)


def _claim_page(visit: Visit, iri: str) -> Response | None:
    """The page of a claim; None where the ends of its edge are no things."""
    index = visit.look(analyze.edges_behind(visit.snapshot.store, {iri}).values(), {iri})
    if iri not in index.claims:
        return None
    told = shown(index, iri)
    return page(visit, "claim.html", about=iri, title=_sentence(visit, told.relation), told=told, fields=fields(visit.snapshot.store, iri))


def _told(index: Index, relation: Relation, claims: int) -> Told:
    """A relation with its newest claims, of so many."""
    kept = relation.sayings[-MAX_CLAIMS:]
    return Told(relation, [shown(index, saying.claim) for saying in kept], claims - len(kept))


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
