from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from kg.model import Document, Problem, to_json
from kg.read import read


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, content: str | bytes) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def ids(*sources: str) -> list[str]:
    return [record.id for record in read(sources) if isinstance(record, Document)]


def problems(*sources: str) -> list[tuple[str, str]]:
    return [(record.source, record.reason) for record in read(sources) if isinstance(record, Problem)]


def test_text_comes_as_it_is(folder: Path) -> None:
    write("a.txt", "\ufeffOne \r\ntwo\rthree\n\n 😀 ")
    assert list(read(["a.txt"], corpus="weekly")) == [Document(id="a.txt", text="One \r\ntwo\rthree\n\n 😀 ", corpus="weekly", source="a.txt")]


def test_ids_are_the_base_name_of_a_file_and_the_path_within_a_folder(folder: Path) -> None:
    write("news/may/a.txt", "A")
    write("news/b.txt", "B")
    assert ids("news") == ["b.txt", "may/a.txt"]
    assert ids(str(folder / "news")) == ["b.txt", "may/a.txt"]
    assert ids("news/may/a.txt") == ["a.txt"]
    assert ids("news/*/*.txt") == ["a.txt"]


def test_a_row_gives_its_seven_fields_and_nothing_else(folder: Path) -> None:
    row = {"id": "r1", "text": "T", "lang": "en", "title": "H", "date": "2024-05-01", "url": "https://example.org", "publisher": "P", "entities": [1]}
    write("rows.jsonl", "\ufeff" + json.dumps(row) + "\r\n\n" + json.dumps({"id": 7, "text": "U\r\n", "date": None}))
    assert list(read(["rows.jsonl"])) == [
        Document(id="r1", text="T", lang="en", title="H", date="2024-05-01", url="https://example.org", publisher="P", source="rows.jsonl:1"),
        Document(id="7", text="U\r\n", source="rows.jsonl:3"),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"text": "T"}', "missing required field `id`"),
        (b'{"id": "a", "text": 3}', "$.text"),
        (b"{", "truncated"),
        (b'{"id": "a", "text": "\xff"}', "utf-8"),
        (b'{"id": "a", "text": "\\ud800 and more"}', "surrogate"),
        (b'{"id": "a", "text": " \\n"}', "no text"),
        (b'{"id": "", "text": "T"}', "empty id"),
    ],
)
def test_a_bad_row_is_a_problem_and_stops_no_other(folder: Path, line: bytes, told: str) -> None:
    write("rows.jsonl", line + b'\n{"id": "good", "text": "T"}\n')
    assert ids("rows.jsonl") == ["good"]
    [(source, reason)] = problems("rows.jsonl")
    assert source == "rows.jsonl:1"
    assert told in reason.lower() or told in reason


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        ("empty.txt", b"", "no text"),
        ("blank.txt", b"\xef\xbb\xbf \r\n", "no text"),
        ("empty.jsonl", b"\n", "no rows"),
        ("latin.txt", b"caf\xe9", "not UTF-8"),
        ("paper.pdf", b"%PDF", "kind .pdf"),
    ],
)
def test_a_bad_file_is_a_problem_and_stops_no_other(folder: Path, path: str, content: bytes, told: str) -> None:
    write(path, content)
    write("good.txt", "G")
    assert ids("good.txt", path) == ["good.txt"]
    [(source, reason)] = problems("good.txt", path)
    assert (source, told in reason) == (path, True)


def test_what_is_not_there_is_a_problem(folder: Path) -> None:
    (folder / "bare").mkdir()
    assert problems("no.txt") == [("no.txt", "No such file or directory; check the name and the rights")]
    assert [source for source, _ in problems("nothing", "x*.txt", "bare")] == ["bare", "nothing", "x*.txt"]


def test_files_of_other_kinds_in_a_folder_are_told_once(folder: Path) -> None:
    write("news/a.txt", "A")
    write("news/b.pdf", "B")
    write("news/c.pdf", "C")
    write("news/.hidden.txt", "D")
    assert ids("news") == ["a.txt"]
    assert problems("news") == [("news", "2 files in it are of kinds that are not read (.pdf); convert them to .txt or .jsonl")]


def test_results_of_a_build_are_no_sources(folder: Path) -> None:
    write("a.txt", "A")
    write("kg-out/store/CURRENT", "x")
    write("kg-out/problems.jsonl", '{"id": "p", "text": "P"}')
    assert ids(".") == ["a.txt"]
    assert problems(".") == []


def test_the_same_id_again_is_skipped_with_the_same_text_and_else_a_problem(folder: Path) -> None:
    write("one/a.txt", "A")
    write("two/a.txt", "A")
    write("three/a.txt", "other")
    assert ids("one/a.txt", "two/a.txt") == ["a.txt"]
    assert problems("one/a.txt", "two/a.txt") == []
    for order in (("one/a.txt", "three/a.txt"), ("three/a.txt", "one/a.txt")):
        assert [record.text for record in read(order) if isinstance(record, Document)] == ["A"]
        [(source, reason)] = problems(*order)
        assert source == "three/a.txt"
        assert "one/a.txt" in reason
        assert "--corpus" in reason


def test_a_file_name_that_is_no_utf8_gives_a_plain_id(folder: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    write(name, "A")
    [document] = read([name])
    assert isinstance(document, Document)
    assert (document.id, document.source) == ("caf\\xe9.txt", "caf\\xe9.txt")
    assert ids(".") == ["caf\\xe9.txt"]
    to_json(document)


def test_stdin_is_rows_or_one_text() -> None:
    rows = io.BytesIO('{"id": "a", "text": "甲"}\n{"id": "b", "text": "B"}'.encode())
    assert [record.id for record in read(["-"], stdin=rows) if isinstance(record, Document)] == ["a", "b"]
    assert list(read(["-"], stdin=io.BytesIO("甲\n乙".encode()))) == [Document(id="stdin", text="甲\n乙", source="-")]
