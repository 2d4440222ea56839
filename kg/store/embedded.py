"""The graph on disk: a folder per version, and the small file ``CURRENT`` that names the one in force.

A writer stages a new folder, then switches ``CURRENT`` to it; a reader sees the old graph or the new one, never a half. A version is named
by a hash of what it holds, so that the same graph again changes nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import re
import shutil
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyoxigraph as ox

from kg.errors import InputError, OutputError
from kg.store.protocol import Answer, Term, base_of, solutions

if TYPE_CHECKING:
    import rdflib

FORMAT = "dealgraph-store 1"
"""Content of the file ``FORMAT``; the number grows when older programs could not read a store any more."""
FILES = {".trig": ox.RdfFormat.TRIG, ".nq": ox.RdfFormat.N_QUADS, ".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES}

_VERSION = re.compile(r"[0-9a-f]{32}")
_UNFINISHED = ".new"


class OxigraphStore:
    """A graph to read: a version of a store folder, or a file in memory. Close it, or use it in ``with``."""

    def __init__(self, inner: ox.Store, *, on_disk: bool = False) -> None:
        self._inner = inner
        self.on_disk = on_disk
        """Whether looking a thing up costs a read from disk."""
        self._base_iri: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files; the store is empty afterwards."""
        self._inner = ox.Store()

    def quads(self) -> Iterator[ox.Quad]:
        """All quads, in no order to rely on."""
        yield from self._inner

    def query(
        self, sparql: str, *, prefixes: dict[str, str] | None = None, union: bool = True, graphs: tuple[Sequence[str], Sequence[str]] | None = None
    ) -> Answer:
        """Result of a SPARQL query; its default graph is the union of all graphs, in which a triple stands once per graph that holds it.

        ``union=False`` leaves the default graph to the FROM clauses of the query; ``graphs`` goes before both: IRIs of those that the default graph
        is made of, and of the named ones.
        """
        if graphs is None:
            return self._inner.query(sparql, prefixes=prefixes, use_default_graph_as_union=union)
        default, named = ([ox.NamedNode(iri) for iri in some] for some in graphs)
        return self._inner.query(sparql, prefixes=prefixes, default_graph=[*default], named_graphs=[*named])

    def select(self, sparql: str) -> Iterator[dict[str, Term]]:
        """Solutions of a SELECT query, as values by variable without the unbound ones; ``kg:``, ``rdf:`` and the other terms are bound.

        Raises QueryError when the query is none.
        """
        return solutions(self, sparql)

    @property
    def base_iri(self) -> str:
        """What goes before the tail of an IRI in this graph; that of the project where the graph holds no document."""
        if self._base_iri is None:
            self._base_iri = base_of(self)
        return self._base_iri

    def quads_of(self, graph: str) -> list[ox.Quad]:
        """The quads of a named graph, in no order."""
        return list(self._inner.quads_for_pattern(None, None, None, ox.NamedNode(graph)))

    def dataset(self) -> rdflib.Dataset:
        """The same graph for rdflib; its default graph is the union too."""
        from oxrdflib import OxigraphStore as Adapter
        from rdflib import Dataset

        return Dataset(store=Adapter(store=self._inner), default_union=True)


def write_store(root: Path, quads: Iterable[ox.Quad]) -> None:
    """Make these quads the current version of the store under ``root``; older versions and leftovers of a killed writer go.

    Raises OutputError when the folder cannot be written, is no store, or another process is writing it.
    """
    try:
        with only_writer(root):
            switch(stage(root, quads))
    except OSError as error:
        raise OutputError(f"store {root} cannot be written: {error}; mend that, or choose another output folder with -o") from error


def stage(root: Path, quads: Iterable[ox.Quad]) -> Path:
    """Write these quads as a version of the store under ``root`` that nobody sees before ``switch``; gives its folder.

    The caller is the only writer. Raises OutputError when the folder is no store, OSError when it cannot be written.
    """
    _claim(root)
    nquads = _canonical(quads)
    folder = root / hashlib.sha256(FORMAT.encode() + b"\n" + nquads).hexdigest()[:32]
    if not _opens(folder):
        _fill(folder, nquads)
    return folder


def switch(folder: Path) -> None:
    """Make a staged version the current one, in place of one of this or another format; all other versions go."""
    root = folder.parent
    for name, content in (("CURRENT", folder.name), ("FORMAT", FORMAT)):
        if _word(root / name) != content:
            _replace(root / name, content)
    for entry in root.iterdir():
        if entry != folder and _VERSION.fullmatch(entry.name.removesuffix(_UNFINISHED)):
            shutil.rmtree(entry, ignore_errors=True)


def open_staged(folder: Path) -> OxigraphStore:
    """A staged version, to read."""
    return OxigraphStore(ox.Store.read_only(str(folder)), on_disk=True)


@contextmanager
def only_writer(root: Path) -> Iterator[None]:
    """Hold the store under ``root``, made if need be, against other writers; readers are not held up.

    Raises OutputError when another process holds it, naming that. The system lets go of it when the process ends, however it ends.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / "LOCK").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip() or "another process"
            reason = f"{root.resolve().parent} is being written by another build ({holder})"
            raise OutputError(f"{reason}; wait for it, or choose another output folder with -o") from error
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        lock.flush()
        yield


def open_folder(path: Path | str) -> OxigraphStore:
    """The graph at ``path``, to read: an output folder, its ``store`` folder, or a .trig, .nq, .ttl or .nt file.

    Raises InputError when there is none, OutputError when it cannot be read.
    """
    path = Path(path)
    if path.is_file():
        return _load(path)
    root = path / "store" if (path / "store" / "CURRENT").exists() else path
    if not root.is_dir():
        raise InputError(f"no store or graph file at {path}; build one with kg build SOURCE -o FOLDER, or name another with --store")
    if not (root / "FORMAT").exists():
        raise InputError(f"{path} is no store of Dealgraph; name the output folder of kg build, or a .trig, .nq, .ttl or .nt file")
    _check_format(root)
    name = _current(root)
    while name:
        try:
            return OxigraphStore(ox.Store.read_only(str(root / name)), on_disk=True)
        except OSError as error:
            newer = _current(root)
            if newer == name:  # else a build replaced the version between the two looks
                raise OutputError(f"store {root} cannot be read: {error}; build it again with kg build") from error
            name = newer
    raise InputError(f"store {root} holds no finished graph; build it again with kg build")


def version(path: Path | str) -> str:
    """Name of the version in force at ``path``, another one as soon as a build has put another graph in its place; "" for a graph file."""
    path = Path(path)
    return "" if path.is_file() else _current(path / "store" if (path / "store" / "CURRENT").exists() else path)


def serialise(statements: Iterable[ox.Quad] | Iterable[ox.Triple], syntax: ox.RdfFormat, prefixes: dict[str, str]) -> bytes:
    """Statements in their order, after their prefixes in code-point order (pyoxigraph's own order of prefixes changes from run to run)."""
    lines = io.BytesIO()
    ox.serialize(statements, lines, syntax, prefixes=prefixes)
    lines.seek(0)
    header = sorted(lines.readline() for _ in prefixes)
    return b"".join(header) + lines.read()


def _load(path: Path) -> OxigraphStore:
    if path.suffix not in FILES:
        raise InputError(f"{path} is no graph file that can be read by its name; expected one of {', '.join(FILES)}")
    store = ox.Store()
    try:
        store.bulk_load(path=path, format=FILES[path.suffix])
    except (SyntaxError, OSError) as error:
        raise InputError(f"{path} cannot be read as {path.suffix[1:]}: {error}; mend the file or leave it out") from error
    return OxigraphStore(store)


def _canonical(quads: Iterable[ox.Quad]) -> bytes:
    lines = io.BytesIO()
    ox.serialize(quads, lines, ox.RdfFormat.N_QUADS)
    return b"\n".join(sorted(set(lines.getvalue().splitlines())))


def _claim(root: Path) -> None:
    """Mark an empty folder as ours; a folder with something else in it is left alone."""
    if (root / "FORMAT").exists():
        return
    if strangers := sorted(entry.name for entry in root.iterdir() if entry.name not in ("LOCK", "FORMAT" + _UNFINISHED)):
        raise OutputError(f"{root} is no store of Dealgraph and holds {strangers[0]!r}; choose another output folder with -o")
    _replace(root / "FORMAT", FORMAT)


def _check_format(root: Path) -> None:
    if (found := _word(root / "FORMAT")) != FORMAT:
        raise OutputError(f"store {root} has the format {found!r}, this version reads {FORMAT!r}; derive it anew with kg build -o {root.parent}")


def _word(path: Path) -> str:
    """Content of one of the small files, "" when it is not there."""
    try:
        return path.read_text("utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""


def _current(root: Path) -> str:
    """Name of the version in force, "" when there is none: then the next build makes one."""
    name = _word(root / "CURRENT")
    return name if _VERSION.fullmatch(name) else ""


def _opens(folder: Path) -> bool:
    try:
        ox.Store.read_only(str(folder))
    except OSError:
        return False
    return True


def _fill(folder: Path, nquads: bytes) -> None:
    unfinished = folder.with_name(folder.name + _UNFINISHED)
    for leftover in (unfinished, folder):
        if leftover.exists():
            shutil.rmtree(leftover)
    try:
        store = ox.Store(unfinished)
        store.bulk_load(nquads, ox.RdfFormat.N_QUADS)
        store.flush()
        del store  # closes the files
        unfinished.rename(folder)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)  # on a full disk every byte counts
        raise


def _replace(path: Path, content: str) -> None:
    """Write a small file so that it is there whole or not at all, also after a power cut."""
    temporary = path.with_name(path.name + _UNFINISHED)
    with temporary.open("w", encoding="utf-8") as out:
        out.write(content + "\n")
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
