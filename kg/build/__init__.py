"""The main job: the stages in their order, from named sources to a folder of results.

What was observed is kept in ``extractions/``, one file per document; everything else in the folder is derived from it anew. New results are
written beside the old ones and then put in place together, the manifest last: a build that fails or is killed leaves the old ones whole, and the
next goes on with what it had observed.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from kg import __version__
from kg.build.derivation import PROBLEMS, STORE, VECTORS, Graph, Pair, Results, derive, map_to_graph, pairs, without
from kg.build.files import sha256, write_part
from kg.build.observation import (
    Observation,
    extract,
    file_name,
    kept_gazetteer,
    observe,
    observe_all,
    open_extractor,
    open_gazetteer,
    parse,
    said,
    stamp_of,
)
from kg.config import Settings
from kg.errors import InputError, OutputError, SettingsError
from kg.model import Document, Manifest, Problem, read_jsonl, to_json
from kg.processes import Mapper, processes, uninterrupted
from kg.read import read
from kg.store import only_writer, switch

__all__ = [
    "VECTORS",
    "Graph",
    "Observation",
    "Pair",
    "build",
    "extract",
    "map_to_graph",
    "open_extractor",
    "open_gazetteer",
    "pairs",
    "remove",
    "without",
]

FORMAT = "dealgraph-output 1"
"""What the manifest says; the number grows when older programs could not read the kept observations any more."""
EXTRACTIONS = "extractions"
MANIFEST = "manifest.json"


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
            if said(documents.get(record.key)) != said(record):
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
        raise SettingsError(f"{out} was built with other lists or patterns; give the same --gazetteer, --no-gazetteer, --patterns and --claims")

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
            stamp = stamp_of(settings)
            kept = {key: out / EXTRACTIONS / file_name(documents[key], stamp) for key in sorted(documents)}
            observed = observe_all(documents, kept, partial(each, partial(observe, settings, stamp)), progress)
            earlier = _manifest(out)
            results = derive(observed, out, settings, kept_gazetteer(settings, stamp), problems, earlier.mapped if earlier else {})
            manifest = Manifest(
                format=FORMAT,
                version=__version__,
                run=settings.run_hash(),
                documents={key: documents[key].sha256 for key in kept},
                outputs=_hashes(results, kept.values()),
                counts=results.counts,
                mapped=results.mapped,
                started=started,
                finished=_now(),
            )
            return _finish(results, manifest, out), results.problems
    except OSError as error:
        reason = f"{error.filename or out} cannot be used: {error.strerror or error}"
        raise OutputError(f"{reason}; earlier results are whole; mend that, or choose another folder with -o") from error


def _earlier(out: Path) -> tuple[dict[str, Document], list[Problem]]:
    """Documents of the last finished build, by key, and a problem for each whose file is not as that build left it."""
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    manifest = _manifest(out)
    for name, content in manifest.outputs.items() if manifest else ():
        path = out / name
        if path.parent.name != EXTRACTIONS:
            continue
        if not path.is_file() or sha256(path) != content:
            problems.append(Problem(source=str(path), stage="build", reason="the file was changed or removed; name the source of its text again"))
        elif kept := parse(path.read_bytes()):
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
    if manifest is None or not (out / PROBLEMS).is_file() or sha256(out / PROBLEMS) != manifest.outputs.get(PROBLEMS):
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


def _hashes(results: Results, kept: Iterable[Path]) -> dict[str, str]:
    """Hash of each output, by file name."""
    outputs = {name: hashlib.sha256(content).hexdigest() for name, content in results.files.items()}
    outputs[f"{STORE}/CURRENT"] = hashlib.sha256(f"{results.version.name}\n".encode()).hexdigest()
    outputs |= {f"{EXTRACTIONS}/{path.name}": sha256(path) for path in kept}
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
                parts.append(write_part(path, content))
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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
