"""Rows become documents: JSON Lines, and tables with a line of column names. A broken row costs no other one."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from typing import IO, Any, NamedTuple

import msgspec

from kg.errors import InputError
from kg.model import Document, Problem

OPTIONAL = ("lang", "title", "date", "url", "publisher")
LONGEST = 1_000_000
"""Code points of a document; spaCy takes no more at once, and no article comes near it."""
LARGEST = 20_000_000
"""Bytes of a file that is one document, characters of a row: room for the longest document with its markup."""
DELIMITERS = ",;\t"

Row = type[msgspec.Struct]


class Fields(NamedTuple):
    """What the rows call their text and id, and the corpus that their documents belong to."""

    text: str = "text"
    id: str = "id"
    corpus: str = ""

    def row(self) -> Row:
        """The struct that a row is decoded as; other fields are left alone."""
        others = [(name, str | None, None) for name in OPTIONAL if name not in (self.text, self.id)]
        return msgspec.defstruct("Row", [("id", str | int), ("text", str), *others], rename={"id": self.id, "text": self.text})

    def problem(self, place: str, error: Exception) -> Problem:
        """What is said of a row that cannot be read."""
        if isinstance(error, UnicodeError):
            return Problem(place, "read", "it holds bytes that stand for no signs in UTF-8 or the encoding of the rest; save the file as UTF-8")
        form = f'a row is {{"{self.id}": …, "{self.text}": …}} with {", ".join(OPTIONAL)} where known; --text-field and --id-field take other names'
        return Problem(place, "read", str(error) if isinstance(error, InputError) else f"{error}; {form}")


def check(text: str) -> str:
    """The text of a document. Raises InputError when there is none or too much of it."""
    if not text.strip():
        raise InputError("there is no text in it; leave it out")
    if len(text) > LONGEST:
        raise InputError(f"the text has {len(text):,} characters, more than {LONGEST:,}; split it into articles")
    return text


def read_lines(content: IO[bytes], encoding: str, most: int) -> Iterator[str]:
    """Lines with their ends, each cut off at LARGEST characters; bytes that cannot be decoded become lone surrogates.

    Raises InputError when there are more than ``most`` characters.
    """
    errors = "surrogatepass" if encoding == "utf-16" else "surrogateescape"
    seen = 0
    with TextIOWrapper(content, encoding, errors, newline="") as text:
        while line := text.readline(LARGEST):
            rest = line
            while len(rest) == LARGEST and not rest.endswith("\n") and seen <= most:
                rest = text.readline(LARGEST)
                seen += len(rest)
            seen += len(line)
            if seen > most:
                raise InputError(f"more than {most:,} characters come out of it, far more than text can be packed; unpack it if you trust it")
            yield line


def json_rows(name: str, lines: Iterable[str], fields: Fields) -> Iterator[Document | Problem]:
    """One document a line."""
    decode = msgspec.json.Decoder(fields.row()).decode
    empty = True
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        empty, place = False, f"{name}:{number}"
        try:
            if len(line) == LARGEST:
                raise InputError(f"the row has more than {LARGEST:,} characters; leave out what is not its text")
            yield _document(decode(line), place, fields)
        except (InputError, msgspec.DecodeError, UnicodeError, RecursionError) as error:
            yield fields.problem(place, error)
    if empty:
        yield Problem(name, "read", "there are no rows in it; leave it out")


def table_rows(name: str, lines: Iterator[str], fields: Fields) -> Iterator[Document | Problem]:
    """One document for each row of a table in CSV, with commas, semicolons or tabs."""
    csv.field_size_limit(LARGEST)
    first, header = next(((number, line) for number, line in enumerate(lines, 1) if not line.isspace()), (0, ""))
    delimiter = next((sign for sign in DELIMITERS if fields.text in _cells(header, sign)), ",")
    names = _cells(header, delimiter)
    for wanted, option in ((fields.text, "--text-field"), (fields.id, "--id-field")):
        if wanted not in names:
            known = ", ".join(repr(cell) for cell in names if cell)[:200]
            raise InputError(f"the first line names no column {wanted!r} ({known or 'it is empty'}); name it with {option}")
    row_type, empty = fields.row(), True
    for number, row in _table(lines, delimiter):
        empty, place = False, f"{name}:{first + number}"
        try:
            if isinstance(row, csv.Error):
                raise InputError(f"{row}; put cells that hold quotes, {delimiter!r} or line breaks between quotes, and double the quotes in them")
            if len(row) != len(names):
                raise InputError(f"{len(row)} cells for {len(names)} columns; put cells that hold {delimiter!r} or line breaks between quotes")
            cells = {column: cell for column, cell in zip(names, row, strict=True) if cell or column in (fields.text, fields.id)}
            "".join(cells.values()).encode()
            yield _document(msgspec.convert(cells, row_type), place, fields)
        except (InputError, msgspec.ValidationError, UnicodeError) as error:
            yield fields.problem(place, error)
    if empty:
        yield Problem(name, "read", "there are no rows in it; leave it out")


def _cells(header: str, delimiter: str) -> list[str]:
    return [cell.strip() for row in csv.reader([header], delimiter=delimiter) for cell in row]


def _table(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Rows with the number of their first line, counted from 1.

    After a row that is broken, reading goes on at its second line: a stray quote swallows none of the rows after it.
    """
    ahead: deque[str] = deque()
    taken: list[str] = []

    def feed() -> Iterator[str]:
        while line := ahead.popleft() if ahead else next(lines, ""):
            taken.append(line)
            yield line

    number = 1
    while True:
        taken.clear()
        try:
            row: list[str] | csv.Error | None = next(csv.reader(feed(), delimiter=delimiter, strict=True), None)
        except csv.Error as error:
            row = error
            ahead.extendleft(reversed(taken[1:]))
            del taken[1:]
        if row is None:
            return
        if row:
            yield number, row
        number += len(taken)


def _document(row: msgspec.Struct, place: str, fields: Fields) -> Document:
    given: dict[str, Any] = msgspec.structs.asdict(row)
    if given["id"] == "":
        raise InputError("the row has an empty id; give it one")
    check(given["text"])
    return Document(corpus=fields.corpus, source=place, **given | {"id": str(given["id"])})
