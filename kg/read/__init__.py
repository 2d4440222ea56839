"""Files, folders and standard input become documents; what cannot be read becomes a problem row."""

from __future__ import annotations

import glob
import gzip
import os
import re
import shutil
import stat
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import takewhile
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple, cast

import msgspec

from kg.errors import InputError
from kg.model import Document, Problem
from kg.read.encoding import decode, find_encoding
from kg.read.page import Article, PageReader
from kg.read.rows import LARGEST, Fields, check, json_rows, read_lines, table_rows

STDIN = "-"
TEXT, PAGE, ROWS, TABLE, ANY = "text", "page", "rows", "table", "any"
KINDS = {
    **dict.fromkeys((".txt", ".text", ".md", ".markdown"), TEXT),
    **dict.fromkeys((".html", ".htm", ".xhtml"), PAGE),
    **dict.fromkeys((".jsonl", ".ndjson"), ROWS),
    **dict.fromkeys((".csv", ".tsv"), TABLE),
    "": ANY,
}
"""What a file holds, by the end of its name; without one, what it begins with decides."""
READ = ".txt, .md, .html, .jsonl or .csv"
UNPACKED = 200_000_000
"""Characters that a packed file may always hold."""
RATIO = 20
"""How many times its size a larger one may hold; news packs 3 to 8 times, a bomb 1,000 times."""
SAMPLE = 1_000_000
"""Bytes from which the encoding of rows is told."""
IN_MEMORY = 50_000_000
"""Bytes of standard input that are kept in memory; more lie in a temporary file until they are read."""

_PAGE_START = re.compile(r"(?i)\s*(?:<\?xml[^<>]*>\s*)?(?:<!--[^<>]*-->\s*)?<(?:!doctype\s+html|html)\b")
_ROWS_START = re.compile(r'\s*\{\s*"')


class _Source(NamedTuple):
    """A file to read, and the id of the document that a text file becomes; ``fault`` says why it is not read."""

    path: str
    id: str
    fault: str | None = None


class _Means(NamedTuple):
    """What sources are read with."""

    fields: Fields
    stdin: IO[bytes]
    pages: PageReader


def read(
    sources: Sequence[str], *, corpus: str = "", text_field: str = "text", id_field: str = "id", stdin: IO[bytes] | None = None
) -> Iterator[Document | Problem]:
    """Documents of all that is named: files, folders, globs, and "-" for standard input. Text keeps its newlines as they came.

    Of rows, ``text_field`` and ``id_field`` name the fields that hold text and id. The order in which sources are named changes nothing. An id
    that was read before is skipped when its text is the same, else it is a problem.
    """
    seen: dict[str, tuple[str, str]] = {}
    with PageReader() as pages:
        means = _Means(Fields(text_field, id_field, corpus), stdin or sys.stdin.buffer, pages)
        for source in _distinct(found for named in sources for found in _expand(named)):
            for record in _records(source, means):
                if isinstance(record, Problem):
                    yield record
                    continue
                text, place = seen.setdefault(record.id, (record.sha256, record.source))
                if place == record.source:
                    yield record
                elif text != record.sha256:
                    remedy = "rename one, or build them apart with different --corpus names"
                    yield _problem(record.source, f"the id {record.id!r} stands for another text in {place}; {remedy}")


def _distinct(sources: Iterator[_Source]) -> list[_Source]:
    """Each file once, in the order of the paths; one that was named alone too keeps the id that its folder gives it."""
    files: dict[tuple[str, str | None], _Source] = {}
    for source in sorted(set(sources), key=lambda source: (-len(source.id), source.path)):
        files.setdefault((os.path.abspath(source.path), source.fault), source)  # noqa: PTH100 - Path.resolve follows links
    return sorted(files.values(), key=lambda source: (source.path, source.id, source.fault or ""))


def _expand(source: str) -> Iterator[_Source]:
    """Files that a source names. The functions of ``os.path`` take names that are too long or out of reach for absent."""
    path = Path(source)
    if source == STDIN:
        yield _Source(STDIN, "stdin")
    elif os.path.isdir(source):  # noqa: PTH112
        yield from _folder(path)
    elif glob.has_magic(source) and not os.path.lexists(source):
        found = list(_matches(source))
        for name in found:
            yield from _expand(name)
        if not found:
            yield _Source(source, "", "no file has such a name; check the pattern")
    elif _kind(path.name) is None:
        yield _Source(source, "", f"files of kind {path.suffix} are not read; convert it to {READ}")
    else:
        yield _Source(source, _readable(path.name), _fault(source))


def _matches(pattern: str) -> Iterator[str]:
    """Files and folders that a pattern names; with ``**`` files only, since they are named one by one, and no results of builds."""
    fixed = len(list(takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts)))
    for name in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 - Path.glob takes no absolute patterns
        path = Path(name)
        folders = [parent for parent in path.parents if len(parent.parts) > fixed]
        if not any(map(_is_result, folders)) and not ("**" in pattern and path.is_dir()):
            yield name


def _folder(folder: Path) -> Iterator[_Source]:
    """Files below a folder but for hidden ones and the results of builds; those of another kind are told once."""
    faults: list[OSError] = []
    kinds: list[str] = []
    empty = True
    for place, inner, names in os.walk(folder, onerror=faults.append):
        if _is_result(Path(place)):
            inner.clear()
            continue
        inner[:] = [name for name in inner if not name.startswith(".")]
        for path in (Path(place, name) for name in inner):
            if path.is_symlink():
                yield _Source(str(path), "", "links to folders are not followed; name the folder itself")
        for path in (Path(place, name) for name in names if not name.startswith(".")):
            if _kind(path.name) is None:
                kinds.append(path.suffix)
            else:
                empty = False
                yield _Source(str(path), _readable(path.relative_to(folder).as_posix()), _fault(str(path)))
    for error in faults:
        yield _Source(str(error.filename), "", _why(error))
    if kinds:
        yield _Source(
            str(folder), "", f"{len(kinds)} files in it are of kinds that are not read ({', '.join(sorted(set(kinds)))}); convert them to {READ}"
        )
    elif empty and not faults:
        yield _Source(str(folder), "", f"the folder holds no file to read; put {READ} files into it")


def _is_result(folder: Path) -> bool:
    """Whether a folder is the output of a build."""
    return (folder / "store" / "CURRENT").is_file()


def _kind(name: str) -> str | None:
    """What a file of this name holds, None if that is not read."""
    return KINDS.get(Path(name.removesuffix(".gz")).suffix.lower())


def _fault(path: str) -> str | None:
    """Why a file cannot be read; a pipe or device could keep us waiting for ever."""
    try:
        regular = stat.S_ISREG(Path(path).stat().st_mode)
    except (OSError, ValueError) as error:
        return _why(error)
    return None if regular else "it is no file but a pipe or device; send its content to standard input and name it -"


def _why(error: OSError | ValueError) -> str:
    return f"{(isinstance(error, OSError) and error.strerror) or error}; check the name and the rights"


def _records(source: _Source, means: _Means) -> Iterator[Document | Problem]:
    """What one source holds; what is wrong with it costs no other source."""
    if source.fault:
        yield _problem(source.path, source.fault)
        return
    try:
        with ExitStack() as opened:
            yield from _contents(source, *_unpacked(_open(source, means.stdin, opened), opened), means)
    except InputError as error:
        yield _problem(source.path, str(error))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield _problem(source.path, f"the packed file is cut off or broken ({error}); fetch it again")
    except UnicodeError as error:
        yield _problem(source.path, f"it cannot be decoded ({error}); save it as UTF-8")
    except OSError as error:
        yield _problem(source.path, _why(error))


def _open(source: _Source, stdin: IO[bytes], opened: ExitStack) -> IO[bytes]:
    """The bytes of a source, to be read more than once."""
    if source.path != STDIN:
        return opened.enter_context(Path(source.path).open("rb"))
    kept = opened.enter_context(SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - entered at once
    shutil.copyfileobj(stdin, kept)
    kept.seek(0)
    return kept


def _unpacked(content: IO[bytes], opened: ExitStack) -> tuple[IO[bytes], int]:
    """The bytes, unpacked when they begin as a gzip file does whatever its name, and how many characters may come out."""
    packed = content.read(2) == b"\x1f\x8b"
    most = max(UNPACKED, RATIO * content.seek(0, os.SEEK_END)) if packed else sys.maxsize
    content.seek(0)
    return cast(IO[bytes], opened.enter_context(gzip.GzipFile(fileobj=content, mode="rb"))) if packed else content, most


def _contents(source: _Source, content: IO[bytes], most: int, means: _Means) -> Iterator[Document | Problem]:
    """Documents of the unpacked bytes. Raises InputError when there is none."""
    head = content.read(SAMPLE)
    content.seek(0)
    kind = ANY if source.path == STDIN else _kind(source.path)
    if kind == ANY:
        kind = _sniff(head)
    if kind in (ROWS, TABLE):
        lines = read_lines(content, find_encoding(head, whole=len(head) < SAMPLE), most)
        yield from (json_rows if kind == ROWS else table_rows)(_readable(source.path), lines, means.fields)
        return
    whole = content.read(LARGEST + 1)
    if len(whole) > LARGEST:
        raise InputError(f"it holds more than {LARGEST:,} bytes, which no article does; split it into articles")
    text = decode(whole, page=kind == PAGE)
    article = means.pages.read(text) if kind == PAGE else Article(text)
    check(article.text)
    yield Document(id=source.id, corpus=means.fields.corpus, source=_readable(source.path), **msgspec.structs.asdict(article))


def _sniff(head: bytes) -> str:
    """What bytes without a telling name are."""
    text = head.decode(find_encoding(head, whole=False), "replace")
    return PAGE if _PAGE_START.match(text) else ROWS if _ROWS_START.match(text) else TEXT


def _problem(source: str, reason: str) -> Problem:
    return Problem(source=_readable(source), stage="read", reason=reason)


def _readable(path: str) -> str:
    """A path as text: bytes of a file name that are no UTF-8 are written out, since neither JSON nor RDF could hold them."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
