"""The main job: the stages in their order, from named sources to a folder of results.

What was observed is kept in ``extractions/``, one file per document; everything else in the folder is derived from it anew. New results are
written beside the old ones and then put in place together, the manifest last: a build that fails or is killed leaves the old ones whole, and the
next goes on with what it had observed.
"""

from __future__ import annotations

import difflib
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from pyoxigraph import NamedNode, Quad

from kg import __version__, analyze, export, report, view
from kg.config import Settings
from kg.errors import InputError, KGError, OutputError, SettingsError
from kg.gazetteer import Gazetteer
from kg.model import ENTITY_TYPES, Document, Entity, Extraction, Manifest, Problem, Record, Resolution, digest, read_jsonl, to_json
from kg.processes import Mapper, processes, uninterrupted
from kg.rdf import Statement, document_quads, entities_quads, statements
from kg.read import read
from kg.resolve import resolve
from kg.store import only_writer, open_staged, stage, switch
from kg.validate import gate
from kg.vocab import KG, RDF, ontology_folder

if TYPE_CHECKING:
    from kg.extract import Extractor

log = logging.getLogger(__name__)

FORMAT = "dealgraph-output 1"
"""What the manifest says; the number grows when older programs could not read the kept observations any more."""
EXTRACTIONS = "extractions"
MANIFEST = "manifest.json"
PROBLEMS = "problems.jsonl"
STORE = "store"
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


class Results(NamedTuple):
    """What follows from the observations, not yet in its place."""

    files: dict[str, bytes]
    version: Path
    """The staged version of the store."""
    counts: dict[str, int]
    problems: list[Problem]


def build(
    sources: Sequence[str],
    out: Path,
    settings: Settings,
    *,
    sync: bool = False,
    mapper: Mapper | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Manifest, list[Problem]]:
    """Read the sources, add them to what earlier builds into the folder read, and leave the results there.

    With ``sync`` the documents of this corpus that are not among the sources go. Without sources the results are derived anew. Documents that
    break a promise of the graph are left out, as if they had not been named, and become problems. Extraction runs in this process, or in as many as
    ``settings.workers`` says (a script needs ``if __name__ == "__main__"`` then), unless a ``mapper`` is given; ``progress`` is told how many of
    how many documents are done. Raises OutputError when the folder cannot be used (what was there stays as it was), SettingsError when a list of
    names cannot be read.
    """

    def choose(documents: dict[str, Document]) -> list[Problem]:
        problems, named = [], set()
        for record in read(sources, corpus=settings.corpus, text_field=settings.text_field, id_field=settings.id_field):
            if isinstance(record, Problem):
                problems.append(record)
                continue
            named.add(record.key)
            if _said(documents.get(record.key)) != _said(record):
                documents[record.key] = record
        for key in [key for key, document in documents.items() if sync and document.corpus == settings.corpus and key not in named]:
            del documents[key]
        return problems if sources else _unread(out)

    return _rebuild(choose, out, settings, mapper, progress)


def remove(names: Sequence[str], out: Path, settings: Settings) -> tuple[Manifest, list[Problem]]:
    """Leave the results that a folder would hold had these documents never been in it; each is named by id, IRI or ``document:KEY``.

    Raises InputError when a name is unknown, with the near ones, or stands for several; SettingsError when the settings are not those of the
    build; OutputError as ``build`` does.
    """
    manifest = _manifest(out)
    if manifest is None:
        raise InputError(f"there is no finished build in {out}; name its folder with -o")
    if manifest.version == __version__ and manifest.run != settings.run_hash():
        raise SettingsError(f"{out} was built with other lists of names; give the same --gazetteer or --no-gazetteer as for kg build")

    def choose(documents: dict[str, Document]) -> list[Problem]:
        for key in {_find(name, documents, settings.base_iri) for name in names}:
            del documents[key]
        return _unread(out)

    return _rebuild(choose, out, settings)


def _rebuild(
    choose: Callable[[dict[str, Document]], list[Problem]],
    out: Path,
    settings: Settings,
    mapper: Mapper | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Manifest, list[Problem]]:
    """Results for the documents of the last build after ``choose`` changed them; it gives the problems that it met."""
    started = _now()
    try:
        with only_writer(out / STORE), nullcontext(mapper) if mapper else processes(settings.workers or 1) as each:
            (out / EXTRACTIONS).mkdir(exist_ok=True)
            documents, problems = _earlier(out)
            problems += choose(documents)
            stamp = _stamp(settings)
            kept = {key: out / EXTRACTIONS / _file_name(documents[key], stamp) for key in sorted(documents)}
            observed = _observe(documents, kept, partial(each, partial(observe, settings, stamp)), progress)
            results = _derive(observed, out, settings, _gazetteer(settings, stamp), problems)
            manifest = Manifest(
                format=FORMAT,
                version=__version__,
                run=settings.run_hash(),
                documents={key: documents[key].sha256 for key in kept},
                outputs=_hashes(results, kept.values()),
                counts=results.counts,
                started=started,
                finished=_now(),
            )
            return _finish(results, manifest, out), results.problems
    except OSError as error:
        reason = f"{error.filename or out} cannot be used: {error.strerror or error}"
        raise OutputError(f"{reason}; earlier results are whole; mend that, or choose another folder with -o") from error


def observe(settings: Settings, stamp: str, document: Document) -> bytes:
    """What is found in one document, as lines of JSON, under settings whose lists and code have this stamp; the extractor is kept for the next one.

    Lines, because values that went from one process to another may not be written alike.
    """
    [one] = extract([document], _extractor(settings, stamp))
    return _lines((one.document, one.extraction, *one.problems))


@lru_cache(maxsize=1)
def _extractor(settings: Settings, stamp: str) -> Extractor:
    return open_extractor(settings, _gazetteer(settings, stamp))


@lru_cache(maxsize=1)
def _gazetteer(settings: Settings, stamp: str) -> Gazetteer:
    return open_gazetteer(settings)


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
    """What is found in each document, in the order given. One that makes the extractor fail becomes a problem and stops nothing.

    Raises OSError when files that the extractor needs cannot be used.
    """
    for document in documents:
        try:
            records = [record for _, record in extractor.extract([document])]
        except OSError:  # a full disk or a missing model is no fault of the document
            raise
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
    manifest = _manifest(out)
    for name, sha256 in manifest.outputs.items() if manifest else ():
        path = out / name
        if path.parent.name != EXTRACTIONS:
            continue
        if not path.is_file() or _sha256(path) != sha256:
            problems.append(Problem(source=str(path), stage="build", reason="the file was changed or removed; name the source of its text again"))
        elif kept := _parse(path.read_bytes()):
            documents[kept.document.key] = kept.document
        else:
            raise OutputError(f"{path} was written by another version of Dealgraph and cannot be read; choose another folder with -o")
    return documents, problems


def _manifest(out: Path) -> Manifest | None:
    """The manifest of the last finished build, if there is one."""
    path = out / MANIFEST
    remedy = "build into another folder with -o, from the sources"
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise OutputError(f"{path} is damaged or of another version of Dealgraph ({error}); {remedy}") from error
    if found.format != FORMAT:
        raise OutputError(f"{out} has the format {found.format!r}, this version reads and writes {FORMAT!r}; {remedy}")
    return found


def _unread(out: Path) -> list[Problem]:
    """What the last build could not read."""
    manifest = _manifest(out)
    if manifest is None or not (out / PROBLEMS).is_file() or _sha256(out / PROBLEMS) != manifest.outputs.get(PROBLEMS):
        return []
    told = read_jsonl((out / PROBLEMS).read_bytes().splitlines())
    return [problem for problem in told if isinstance(problem, Problem) and problem.stage == "read"]


def _find(name: str, documents: Mapping[str, Document], base_iri: str) -> str:
    """Key of the document that is meant."""
    key = name.strip("<>").removeprefix(f"{base_iri}document/").removeprefix("document:")
    if key in documents:
        return key
    called = sorted(key for key, document in documents.items() if document.id == name)
    if len(called) == 1:
        return called[0]
    if called:
        raise InputError(f"{name!r} names {len(called)} documents; say which: {', '.join(f'document:{key}' for key in called)}")
    known = sorted({document.id for document in documents.values()} | {f"document:{key}" for key in documents})
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"near to it: {', '.join(near)}" if near else "list them with kg query 'SELECT ?id { ?document dcterms:identifier ?id }'"
    raise InputError(f"there is no document {name!r}; {hint}")


def _parse(content: bytes) -> Observation | None:
    """A kept observation, None if this holds no document. Lines that another version wrote and this one cannot read are as if missing."""
    records = list[Record]()
    for line in content.splitlines():
        try:
            records += read_jsonl([line])
        except KGError as error:
            log.info("passed over: %s", error)
    documents = [record for record in records if isinstance(record, Document)]
    extraction = next((record for record in records if isinstance(record, Extraction)), None)
    problems = tuple(record for record in records if isinstance(record, Problem))
    return Observation(documents[0], extraction, problems) if len(documents) == 1 else None


def _observe(
    documents: Mapping[str, Document],
    kept: Mapping[str, Path],
    found: Callable[[Sequence[Document]], Iterable[bytes]],
    progress: Callable[[int, int], None] | None,
) -> list[Observation]:
    """An observation of each document, in the order of ``kept``; what is not kept yet is found and then kept."""
    observed: dict[str, Observation] = {}
    for key, path in kept.items():
        one = _parse(path.read_bytes()) if path.is_file() else None
        if one and one.extraction and _said(one.document) == _said(documents[key]):
            observed[key] = one
    missing = [documents[key] for key in kept if key not in observed]
    log.info("%d documents, %d to extract", len(documents), len(missing))
    if progress and missing:
        progress(0, len(missing))
    for done, (document, lines) in enumerate(zip(missing, found(missing), strict=True), 1):
        _write(kept[document.key], lines)
        observed[document.key] = _parse(lines) or Observation(document, None, ())
        if progress:
            progress(done, len(missing))
    return [observed[key] for key in kept]


def _derive(observed: Sequence[Observation], out: Path, settings: Settings, gazetteer: Gazetteer, problems: Iterable[Problem]) -> Results:
    """Everything that follows from the observations and the problems that there are already; nobody sees it yet."""
    found = [(one.document, one.extraction) for one in observed if one.extraction]
    entities, resolutions, graph, broken = _conforming(found, settings, gazetteer)
    told = {*problems, *graph.problems, *broken, *(problem for one in observed for problem in one.problems)}
    rows = sorted(told, key=lambda problem: (problem.source, problem.stage, problem.reason))
    quads = list(graph.quads())
    version = stage(out / STORE, quads)
    files = {
        "graph.ttl": export.turtle(quads, settings.base_iri),
        "graph.trig": export.trig(quads, settings.base_iri),
        "resolution.jsonl": _lines([*entities, *resolutions]),
        PROBLEMS: _lines(rows),
    }
    with open_staged(version) as store:
        files["graph.html"] = view.render(analyze.project(store)).encode()
        files["report.md"] = report.write_report(store, problems=len(rows)).encode()
    counts = {
        "documents": len(graph.documents),
        "entities": sum(entity.type in ENTITY_TYPES for entity in entities),
        "deals": sum(entity.type == "Deal" for entity in entities),
        "claims": sum(quad.predicate.value == RDF + "type" and quad.object == NamedNode(KG + "Claim") for quad in quads),
        "problems": len(rows),
    }
    return Results(files, version, counts, rows)


def _conforming(found: list[Pair], settings: Settings, gazetteer: Gazetteer) -> tuple[list[Entity], list[Resolution], Graph, list[Problem]]:
    """Entities, resolutions and graph of the documents that pass the gate, derived anew until all that are left do; problems of the others."""
    problems: list[Problem] = []
    while True:
        entities, resolutions = resolve(found, gazetteer)
        graph = map_to_graph(found, entities, resolutions, settings.base_iri)
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


def _hashes(results: Results, kept: Iterable[Path]) -> dict[str, str]:
    """Hash of each output, by file name."""
    outputs = {name: hashlib.sha256(content).hexdigest() for name, content in results.files.items()}
    outputs[f"{STORE}/CURRENT"] = hashlib.sha256(f"{results.version.name}\n".encode()).hexdigest()
    outputs |= {f"{EXTRACTIONS}/{path.name}": _sha256(path) for path in kept}
    return dict(sorted(outputs.items()))


def _finish(results: Results, manifest: Manifest, out: Path) -> Manifest:
    """Put the results in place, all or none of them, and remove observations that the manifest does not name.

    When only the times of the manifest are new, the earlier one stays.
    """
    earlier = _manifest(out)
    if earlier and msgspec.structs.replace(manifest, started=earlier.started, finished=earlier.finished) == earlier:
        manifest = earlier
    parts: list[Path] = []
    try:
        for name, content in (results.files | {MANIFEST: msgspec.json.format(to_json(manifest)) + b"\n"}).items():
            path = out / name
            if not path.is_file() or path.read_bytes() != content:
                parts.append(_write_part(path, content))
        with uninterrupted():
            switch(results.version)
            for part in parts:
                part.replace(part.with_suffix(""))
    except BaseException:
        for part in parts:
            part.unlink(missing_ok=True)
        raise
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
    """Put a file in place as a whole."""
    _write_part(path, content).replace(path)


def _write_part(path: Path, content: bytes) -> Path:
    """Write what will be a file beside its place; of a write that fails nothing stays."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
