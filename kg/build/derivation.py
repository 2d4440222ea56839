"""Everything that follows from the observations: entities, graph, page, report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from pyoxigraph import NamedNode, Quad

from kg import analyze, export, report, view
from kg.build.files import lines, sha256
from kg.build.observation import Observation
from kg.config import Settings
from kg.embed import open_embedder
from kg.errors import KGError
from kg.gazetteer import Gazetteer
from kg.model import ENTITY_TYPES, Document, Entity, Extraction, Problem, Record, RelationTerm, Resolution, digest, to_json
from kg.rdf import Statement, document_quads, entities_quads, statements
from kg.resolve import Rulings, read_decisions, resolve
from kg.store import open_staged, open_store, stage
from kg.validate import gate
from kg.vocab import KG, RDF

if TYPE_CHECKING:
    from kg.embed import Embedder

log = logging.getLogger(__name__)

PROBLEMS = "problems.jsonl"
STORE = "store"
VECTORS = "vectors.npz"
"""Vectors of phrases, kept so that the next build need not work them out again; no result, and safe to remove."""
BATCH = 100
"""Documents that one call of the gate looks at."""

Pair = tuple[Document, Extraction]


class Graph(NamedTuple):
    """The quads of a set of documents: a graph for each, and one for what was decided over all."""

    documents: dict[str, list[Quad]]
    entities: list[Quad]
    problems: list[Problem]
    refused: dict[str, str]
    """Keys of documents that could not be mapped, with the reason; the quads hold nothing of them."""

    def quads(self) -> Iterator[Quad]:
        """All quads, the documents in the order of their keys."""
        for key in sorted(self.documents):
            yield from self.documents[key]
        yield from self.entities


class Lists(NamedTuple):
    """What resolution knows besides the documents."""

    gazetteer: Gazetteer
    embedder: Embedder | None
    rulings: Rulings


class Results(NamedTuple):
    """What follows from the observations, not yet in its place."""

    files: dict[str, bytes]
    version: Path
    """The staged version of the store."""
    counts: dict[str, int]
    problems: list[Problem]
    mapped: dict[str, str]
    """Key of each document in the graph: hash of what its part is made of."""


def without(extraction: Extraction, rulings: Rulings, min_confidence: float = 0.0) -> Extraction:
    """What was observed, less the claims that people rejected or that are less sure than asked for."""
    kept = tuple(claim for claim in extraction.claims if claim.id not in rulings.rejected and claim.confidence >= min_confidence)
    return extraction if len(kept) == len(extraction.claims) else msgspec.structs.replace(extraction, claims=kept)


def pairs(records: Iterable[Record]) -> list[Pair]:
    """The documents of a stream, each with its extraction; those without one are left out."""
    records = list(records)
    extractions = {record.document: record for record in records if isinstance(record, Extraction)}
    return [(record, extractions[record.key]) for record in records if isinstance(record, Document) and record.key in extractions]


def map_to_graph(
    observed: Iterable[Pair],
    entities: Iterable[Entity],
    resolutions: Iterable[Resolution],
    base_iri: str,
    kept: Callable[[str], list[Quad]] | None = None,
) -> Graph:
    """Quads of what was observed and decided; a document that cannot be mapped is refused with the reason, and harms no other.

    ``kept`` gives the quads of a document (by key) that were made of the same before; an empty list where there are none.
    """
    by_id = {entity.id: entity for entity in entities}
    decided = {resolution.document: resolution for resolution in resolutions}
    graph = Graph({}, [], [], {})
    said: list[tuple[Document, list[Statement]]] = []
    terms: dict[str, RelationTerm] = {}
    for document, extraction in sorted(observed, key=lambda pair: pair[0].key):
        resolution = decided.get(document.key, Resolution(document.key))
        try:
            claims, problems = statements(document, extraction, resolution)
            known = kept(document.key) if kept else []
            graph.documents[document.key] = known or document_quads(document, extraction, resolution, by_id, base_iri=base_iri)
        except KGError as error:
            graph.refused[document.key] = str(error)
            continue
        said.append((document, claims))
        terms |= {term.iri: term for term in extraction.relations}
        graph.problems.extend(problems)
    graph.entities.extend(entities_quads([by_id[key] for key in sorted(by_id)], said, [terms[iri] for iri in sorted(terms)], base_iri=base_iri))
    return graph


def mapped_by(document: Document, extraction: Extraction, resolution: Resolution, base_iri: str) -> str:
    """Hash of all that a document's part of the graph is made of, the code too."""
    made_of = (to_json(one).decode("utf-8", "surrogatepass") for one in (document, extraction, resolution))
    return digest(base_iri, _code(), *made_of)


@cache
def _code() -> str:
    package = Path(__file__).parent.parent
    return digest(*map(sha256, sorted([*package.glob("rdf/*.py"), package / "vocab.py", package / "model.py"])))


class _Earlier:
    """The graph of the last build, where a document's part of it can be taken from."""

    def __init__(self, out: Path, mapped: Mapping[str, str], base_iri: str) -> None:
        self._mapped, self._base_iri = mapped, base_iri
        self._store = None
        try:
            self._store = open_store(out / STORE) if mapped else None
        except KGError:
            log.info("no earlier graph can be used")

    def quads(self, wanted: Mapping[str, str], key: str) -> list[Quad]:
        """The quads of a document that is made of the same as in the last build."""
        if self._store is None or self._mapped.get(key) != wanted[key]:
            return []
        return self._store.quads_of(f"{self._base_iri}document/{key}")


def derive(
    observed: Sequence[Observation], out: Path, settings: Settings, gazetteer: Gazetteer, problems: Iterable[Problem], mapped: Mapping[str, str]
) -> Results:
    """Everything that follows from the observations and the problems that there are already; nobody sees it yet.

    Documents of which ``mapped``, from the last build, says that they are made of the same are not mapped again.
    """
    found = [(one.document, one.extraction) for one in observed if one.extraction]
    rulings = read_decisions(settings.decisions)
    found = [(document, without(extraction, rulings, settings.min_confidence)) for document, extraction in found]
    embedder = open_embedder()
    if embedder is not None:
        embedder.recall(out / VECTORS)
    earlier = _Earlier(out, mapped, settings.base_iri)
    entities, resolutions, graph, broken = _conforming(found, settings, Lists(gazetteer, embedder, rulings), earlier)
    now = _made_of(found, resolutions, settings.base_iri)
    all_problems = {*problems, *graph.problems, *broken, *(problem for one in observed for problem in one.problems)}
    rows = sorted(all_problems, key=lambda problem: (problem.source, problem.stage, problem.reason))
    quads = list(graph.quads())
    version = stage(out / STORE, quads)
    files = {
        "graph.ttl": export.turtle(quads, settings.base_iri),
        "graph.trig": export.trig(quads, settings.base_iri),
        "resolution.jsonl": lines([*entities, *resolutions]),
        PROBLEMS: lines(rows),
    }
    with open_staged(version) as store:
        known, vectors = analyze.known_from(gazetteer), embedder.vectors if embedder else None
        background = analyze.Background(known, vectors, analyze.weights_with(dict(settings.weights)))
        projected = analyze.project(store)
        files["graph.html"] = view.render(projected).encode()
        told = report.gather(store, projected, problems=rows, background=background)
        files["report.md"] = report.as_markdown(told, projected).encode()
    if embedder is not None:
        embedder.keep(out / VECTORS)
    counts = {
        "documents": len(graph.documents),
        "entities": sum(entity.type in ENTITY_TYPES for entity in entities),
        "deals": sum(entity.type == "Deal" for entity in entities),
        "claims": sum(quad.predicate.value == RDF + "type" and quad.object == NamedNode(KG + "Claim") for quad in quads),
        "problems": len(rows),
    }
    return Results(files, version, counts, rows, {key: made for key, made in now.items() if key in graph.documents})


def _made_of(found: Iterable[Pair], resolutions: Iterable[Resolution], base_iri: str) -> dict[str, str]:
    decided = {resolution.document: resolution for resolution in resolutions}
    return {one.key: mapped_by(one, extraction, decided[one.key], base_iri) for one, extraction in found if one.key in decided}


def _conforming(
    found: list[Pair], settings: Settings, known: Lists, earlier: _Earlier
) -> tuple[list[Entity], list[Resolution], Graph, list[Problem]]:
    """Entities, resolutions and graph of the documents that pass the gate, derived anew until all that are left do; problems of the others."""
    problems: list[Problem] = []
    while True:
        entities, resolutions = resolve(found, *known)
        kept = partial(earlier.quads, _made_of(found, resolutions, settings.base_iri))
        graph = map_to_graph(found, entities, resolutions, settings.base_iri, kept)
        broken = dict(graph.refused)
        keys = sorted(graph.documents)
        for start in range(0, len(keys), BATCH):
            broken |= gate({key: graph.documents[key] for key in keys[start : start + BATCH]}, graph.entities)
        if not broken:
            return entities, resolutions, graph, problems
        for document, _ in found:
            if document.key in broken:
                reason = f"left out of the graph: {broken[document.key]}"
                problems.append(Problem(source=document.source or document.id, stage="validate", reason=reason, document=document.key))
        found = [pair for pair in found if pair[0].key not in broken]
