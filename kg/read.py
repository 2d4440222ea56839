"""Files, folders and standard input become documents; what cannot be read becomes a problem row."""

from __future__ import annotations

import glob
import sys
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from kg.model import Document, Problem

TEXT = (".txt", "")
ROWS = (".jsonl", ".ndjson")
STDIN = "-"


class _Row(msgspec.Struct):
    """What is read of a row; other fields are left alone."""

    id: str | int
    text: str
    lang: str | None = None
    title: str | None = None
    date: str | None = None
    url: str | None = None
    publisher: str | None = None


class _Source(NamedTuple):
    """A file to read, and the id of the document that a text file becomes; ``fault`` says why it is not read."""

    path: str
    id: str
    fault: str | None = None


def read(sources: Sequence[str], *, corpus: str = "", stdin: IO[bytes] | None = None) -> Iterator[Document | Problem]:
    """Documents of all that is named: files, folders, globs, and "-" for standard input. Text keeps its newlines as they came.

    The order in which sources are named changes nothing. An id that was read before is skipped when its text is the same, else it is
    a problem.
    """
    seen: dict[str, tuple[str, str]] = {}
    expanded = {found: None for source in sources for found in _expand(source)}
    for source in sorted(expanded, key=lambda found: (found.path, found.id)):
        for record in _records(source, corpus, stdin or sys.stdin.buffer):
            if isinstance(record, Problem):
                yield record
                continue
            text, place = seen.setdefault(record.id, (record.sha256, record.source))
            if place == record.source:
                yield record
            elif text != record.sha256:
                remedy = "rename one, or build them apart with different --corpus names"
                yield _problem(record.source, f"the id {record.id!r} stands for another text in {place}; {remedy}")


def _expand(source: str) -> Iterator[_Source]:
    path = Path(source)
    if source == STDIN:
        yield _Source(STDIN, "stdin")
    elif path.is_dir():
        yield from _folder(path)
    elif not path.exists() and glob.has_magic(source):
        found = sorted(glob.glob(source, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute patterns
        for name in found:
            yield from _expand(name)
        if not found:
            yield _Source(source, "", "no file has such a name; check the pattern")
    elif path.suffix.lower() in (*TEXT, *ROWS):
        yield _Source(source, _readable(path.name))
    else:
        yield _Source(source, "", f"files of kind {path.suffix} are not read; convert it to .txt or .jsonl")


def _folder(folder: Path) -> Iterator[_Source]:
    """Files below a folder but for hidden ones and the results of builds; those of another kind are told once."""
    results = {path.parent.parent for path in folder.rglob("store/CURRENT")}
    visible = [
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts) and not results.intersection(path.parents)
    ]
    wanted = [path for path in visible if path.suffix.lower() in (*TEXT, *ROWS)]
    for path in wanted:
        yield _Source(str(path), _readable(path.relative_to(folder).as_posix()))
    others = [path for path in visible if path.suffix.lower() not in (*TEXT, *ROWS)]
    if others:
        kinds = ", ".join(sorted({path.suffix for path in others}))
        yield _Source(str(folder), "", f"{len(others)} files in it are of kinds that are not read ({kinds}); convert them to .txt or .jsonl")
    elif not wanted:
        yield _Source(str(folder), "", "the folder holds no file to read; put .txt or .jsonl files into it")


def _records(source: _Source, corpus: str, stdin: IO[bytes]) -> Iterator[Document | Problem]:
    """What one source holds."""
    if source.fault:
        yield _problem(source.path, source.fault)
        return
    try:
        with nullcontext(stdin) if source.path == STDIN else Path(source.path).open("rb") as content:
            first = content.readline().removeprefix(BOM_UTF8)
            if Path(source.path).suffix.lower() in ROWS or (source.path == STDIN and first.lstrip().startswith(b"{")):
                yield from _rows(source.path, chain([first], content), corpus)
            else:
                yield _text(source, first + content.read(), corpus)
    except OSError as error:
        yield _problem(source.path, f"{error.strerror or error}; check the name and the rights")


def _text(source: _Source, content: bytes, corpus: str) -> Document | Problem:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _problem(source.path, f"not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8")
    if not text.strip():
        return _problem(source.path, "there is no text in it; leave it out")
    return Document(id=source.id, text=text, corpus=corpus, source=_readable(source.path))


def _rows(path: str, lines: Iterable[bytes], corpus: str) -> Iterator[Document | Problem]:
    """One document a line."""
    decode = msgspec.json.Decoder(_Row).decode
    empty = True
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        empty = False
        place = f"{_readable(path)}:{number}"
        try:
            row = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield _problem(place, f'{error}; a row is {{"id": …, "text": …}} with lang, title, date, url, publisher where known')
            continue
        if not row.text.strip():
            yield _problem(place, "there is no text in the row; leave it out")
        elif row.id == "":
            yield _problem(place, "the row has an empty id; give it one")
        else:
            given = {name: getattr(row, name) for name in ("lang", "title", "date", "url", "publisher")}
            yield Document(id=str(row.id), text=row.text, corpus=corpus, source=place, **given)
    if empty:
        yield _problem(path, "there are no rows in it; leave it out")


def _problem(source: str, reason: str) -> Problem:
    return Problem(source=_readable(source), stage="read", reason=reason)


def _readable(path: str) -> str:
    """A path as text: bytes of a file name that are no UTF-8 are written out, since neither JSON nor RDF could hold them."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
