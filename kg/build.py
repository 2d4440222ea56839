"""The main job: the stages in their order, from named sources to a folder of results.

What was observed is kept in ``extractions/``, one file per document; everything else in the folder is derived from it anew. Files are replaced
whole, and only when their content changed; the manifest comes last.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from pyoxigraph import NamedNode, Quad

from kg import __version__, analyze, export, report, view
from kg.config import Settings
from kg.errors import KGError, OutputError
from kg.gazetteer import Gazetteer
from kg.model import ENTITY_TYPES, Document, Entity, Extraction, Manifest, Problem, Record, Resolution, digest, read_jsonl, to_json
from kg.rdf import Statement, document_quads, entities_quads, statements
from kg.read import read
from kg.resolve import resolve
from kg.store import open_store, write_store
from kg.validate import gate
from kg.vocab import KG, RDF, ontology_folder

if TYPE_CHECKING:
    from kg.extract import Extractor

log = logging.getLogger(__name__)

EXTRACTIONS = "extractions"
MANIFEST = "manifest.json"
BATCH = 100
"""Documents that one call of the gate looks at."""

Pair = tuple[Document, Extraction]


class Observation(NamedTuple):
    """A document with what was extracted from it, as it is kept in a file of its own."""

    document: Document
    extraction: Extraction | None
    """None when extraction failed; the problems say why."""
    problems: tuple[Problem, ...]


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


def build(sources: Sequence[str], out: Path, settings: Settings) -> tuple[Manifest, list[Problem]]:
    """Read the sources, add them to what earlier builds into the folder read, and leave the results there.

    Documents that break a promise of the graph are left out, as if they had not been named, and become problems. Raises OutputError when the
    folder cannot be used, SettingsError when a list of names cannot be read.
    """
    started = _now()
    try:
        (out / EXTRACTIONS).mkdir(parents=True, exist_ok=True)
        documents, problems = _earlier(out)
        for record in read(sources, corpus=settings.corpus):
            if isinstance(record, Problem):
                problems.append(record)
            elif _said(documents.get(record.key)) != _said(record):
                documents[record.key] = record
        gazetteer = open_gazetteer(settings)
        stamp = _stamp(settings)
        observed = _observe(documents, out / EXTRACTIONS, stamp, lambda: open_extractor(settings, gazetteer))
        problems += [problem for one in observed for problem in one.problems]
        outputs, counts = _derive(observed, out, settings, gazetteer, problems)
        for one in observed:
            name = f"{EXTRACTIONS}/{_file_name(one.document, stamp)}"
            outputs[name] = _sha256(out / name)
        manifest = Manifest(
            version=__version__,
            run=next((one.extraction.run for one in observed if one.extraction), settings.run_hash()),
            documents={one.document.key: one.document.sha256 for one in observed},
            outputs=dict(sorted(outputs.items())),
            counts=counts,
            started=started,
            finished=_now(),
        )
        return _finish(manifest, out), problems
    except OSError as error:
        raise OutputError(f"{error.filename or out} cannot be used: {error.strerror or error}; choose another folder with -o") from error


def open_gazetteer(settings: Settings) -> Gazetteer:
    """The lists that these settings name."""
    return Gazetteer.load([Path(path) for path in settings.gazetteer], names=settings.use_gazetteer)


def open_extractor(settings: Settings, gazetteer: Gazetteer | None = None) -> Extractor:
    """An extractor for these settings; loads spaCy."""
    from kg.extract import Extractor

    return Extractor(gazetteer or open_gazetteer(settings), settings.run_hash())


def pairs(records: Iterable[Record]) -> list[Pair]:
    """The documents of a stream, each with its extraction; those without one are left out."""
    records = list(records)
    extractions = {record.document: record for record in records if isinstance(record, Extraction)}
    return [(record, extractions[record.key]) for record in records if isinstance(record, Document) and record.key in extractions]


def map_to_graph(observed: Iterable[Pair], entities: Iterable[Entity], resolutions: Iterable[Resolution], base_iri: str) -> Graph:
    """Quads of what was observed and decided; a document that cannot be mapped is refused with the reason, and harms no other."""
    by_id = {entity.id: entity for entity in entities}
    decided = {resolution.document: resolution for resolution in resolutions}
    graph = Graph({}, [], [], {})
    said: list[tuple[Document, list[Statement]]] = []
    for document, extraction in sorted(observed, key=lambda pair: pair[0].key):
        resolution = decided.get(document.key, Resolution(document.key))
        try:
            claims, problems = statements(document, extraction, resolution)
            graph.documents[document.key] = document_quads(document, extraction, resolution, by_id, base_iri=base_iri)
        except KGError as error:
            graph.refused[document.key] = str(error)
            continue
        said.append((document, claims))
        graph.problems.extend(problems)
    graph.entities.extend(entities_quads([by_id[key] for key in sorted(by_id)], said, base_iri=base_iri))
    return graph


def extract(documents: Iterable[Document], extractor: Extractor) -> Iterator[Observation]:
    """What is found in each document, in the order given. One that makes the extractor fail becomes a problem and stops nothing."""
    for document in documents:
        try:
            records = [record for _, record in extractor.extract([document])]
        except Exception as error:
            log.debug("extraction of %s failed", document.id, exc_info=True)
            reason = f"nothing was extracted, {type(error).__name__}: {error}; please report it with the text"
            records = [Problem(source=document.source or document.id, stage="extract", reason=reason, document=document.key)]
        extraction = next((record for record in records if isinstance(record, Extraction)), None)
        yield Observation(document, extraction, tuple(record for record in records if isinstance(record, Problem)))


def _earlier(out: Path) -> tuple[dict[str, Document], list[Problem]]:
    """Documents of the last finished build, by key, and a problem for each whose file is not as that build left it."""
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for name, sha256 in _manifest(out).outputs.items():
        path = out / name
        if path.parent.name != EXTRACTIONS:
            continue
        kept = _load(path) if path.is_file() and _sha256(path) == sha256 else None
        if kept:
            documents[kept.document.key] = kept.document
        else:
            problems.append(Problem(source=str(path), stage="build", reason="the file was changed or removed; name the source of its text again"))
    return documents, problems


def _manifest(out: Path) -> Manifest:
    """The manifest of the last finished build, an empty one if there is none."""
    try:
        return msgspec.json.decode((out / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, msgspec.DecodeError):
        return Manifest("", "", {}, {}, {}, "", "")


def _load(path: Path) -> Observation | None:
    """A kept observation, None if the file holds something else."""
    try:
        records = list(read_jsonl(path.read_bytes().splitlines()))
    except KGError:
        return None
    documents = [record for record in records if isinstance(record, Document)]
    extraction = next((record for record in records if isinstance(record, Extraction)), None)
    problems = tuple(record for record in records if isinstance(record, Problem))
    return Observation(documents[0], extraction, problems) if len(documents) == 1 else None


def _observe(documents: Mapping[str, Document], folder: Path, stamp: str, extractor: Callable[[], Extractor]) -> list[Observation]:
    """An observation of each document, in the order of their keys: kept ones where text, settings and extractor are the same."""
    observed: dict[str, Observation] = {}
    for key, document in documents.items():
        path = folder / _file_name(document, stamp)
        kept = _load(path) if path.is_file() else None
        if kept and kept.extraction and _said(kept.document) == _said(document):
            observed[key] = kept
    missing = [documents[key] for key in sorted(documents.keys() - observed.keys())]
    if missing:  # else spaCy need not even be loaded
        for one in extract(missing, extractor()):
            observed[one.document.key] = one
            _write(folder / _file_name(one.document, stamp), _lines((one.document, one.extraction, *one.problems)))
    return [observed[key] for key in sorted(observed)]


def _derive(
    observed: Sequence[Observation], out: Path, settings: Settings, gazetteer: Gazetteer, problems: list[Problem]
) -> tuple[dict[str, str], dict[str, int]]:
    """Everything that follows from the observations, written; hashes by file name, and counts. Problems met on the way are added to ``problems``."""
    found = [(one.document, one.extraction) for one in observed if one.extraction]
    entities, resolutions, graph = _conforming(found, settings, gazetteer, problems)
    problems += graph.problems
    problems[:] = sorted(set(problems), key=lambda problem: (problem.source, problem.stage, problem.reason))
    quads = list(graph.quads())
    write_store(out / "store", quads)
    files = {
        "graph.ttl": export.turtle(quads, settings.base_iri),
        "graph.trig": export.trig(quads, settings.base_iri),
        "resolution.jsonl": _lines([*entities, *resolutions]),
        "problems.jsonl": _lines(problems),
    }
    with open_store(out / "store") as store:
        files["graph.html"] = view.render(analyze.project(store)).encode()
        files["report.md"] = report.write_report(store, problems=len(problems)).encode()
    counts = {
        "documents": len(graph.documents),
        "entities": sum(entity.type in ENTITY_TYPES for entity in entities),
        "deals": sum(entity.type == "Deal" for entity in entities),
        "claims": sum(quad.predicate.value == RDF + "type" and quad.object == NamedNode(KG + "Claim") for quad in quads),
        "problems": len(problems),
    }
    for name, content in files.items():
        _write(out / name, content)
    return {name: _sha256(out / name) for name in (*files, "store/CURRENT")}, counts


def _conforming(found: list[Pair], settings: Settings, gazetteer: Gazetteer, problems: list[Problem]) -> tuple[list[Entity], list[Resolution], Graph]:
    """Entities, resolutions and graph of the documents that pass the gate; derived anew until all that are left do."""
    while True:
        entities, resolutions = resolve(found, gazetteer)
        graph = map_to_graph(found, entities, resolutions, settings.base_iri)
        broken = dict(graph.refused)
        keys = sorted(graph.documents)
        for start in range(0, len(keys), BATCH):
            broken |= gate({key: graph.documents[key] for key in keys[start : start + BATCH]}, graph.entities)
        if not broken:
            return entities, resolutions, graph
        for document, _ in found:
            if document.key in broken:
                reason = f"left out of the graph: {broken[document.key]}"
                problems.append(Problem(source=document.source or document.id, stage="validate", reason=reason, document=document.key))
        found = [pair for pair in found if pair[0].key not in broken]


def _finish(manifest: Manifest, out: Path) -> Manifest:
    """Write the manifest, unless only its times are new, and remove observations that it does not name."""
    earlier = _manifest(out)
    if msgspec.structs.replace(manifest, started=earlier.started, finished=earlier.finished) == earlier:
        manifest = earlier
    _write(out / MANIFEST, msgspec.json.format(to_json(manifest)) + b"\n")
    for path in (out / EXTRACTIONS).iterdir():
        if f"{EXTRACTIONS}/{path.name}" not in manifest.outputs:
            path.unlink()
    return manifest


def _said(document: Document | None) -> Document | None:
    """The document without the place that it was read from."""
    return document and msgspec.structs.replace(document, source="")


def _file_name(document: Document, stamp: str) -> str:
    """Name of a document's observation: its key, and a hash of all that the extraction depends on."""
    return f"{document.key}-{digest(to_json(_said(document) or document).decode(), stamp)}.jsonl"


def _stamp(settings: Settings) -> str:
    """Hash of all that an extraction depends on besides the document; of code and data too, which in a checkout change without a new version."""
    from kg.extract import version

    package, ontology = Path(__file__).parent, ontology_folder()
    files = (package / "language.py", package / "boilerplate.toml", ontology / "gazetteer.ttl", ontology / "concepts.ttl")
    return digest(settings.run_hash(), version(), *map(_sha256, files))


def _lines(records: Iterable[Record | None]) -> bytes:
    return b"".join(to_json(record) + b"\n" for record in records if record is not None)


def _write(path: Path, content: bytes) -> None:
    """Put a file in place as a whole, or leave it alone when it holds that already."""
    if path.is_file() and path.read_bytes() == content:
        return
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
