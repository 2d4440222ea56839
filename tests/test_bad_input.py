"""What hostile, broken or absent input comes to: a document or a problem row, soon, and never at the cost of its neighbours."""

from __future__ import annotations

import gzip
import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg.build import build, extract, open_extractor
from kg.config import Settings
from kg.errors import OutputError
from kg.model import Document, Problem, to_json
from kg.read import page, read

JUNK = random.Random(7).randbytes(3000)  # noqa: S311 - always the same
HIGH = bytes(random.Random(8).choices(range(128, 256), k=3000))  # noqa: S311
GOOD = "Arbel has acquired Nokora. 塔沃系统正考虑收购青砚数据。"
DEEP = "<html><body>" + "<div>" * 100_000 + f"<p>{GOOD}</p>" + "</div>" * 100_000 + "</body></html>"
ROW = json.dumps({"id": "good", "text": GOOD}).encode() + b"\n"
SOON = 20.0
"""Seconds, on a busy machine."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def outcome(*sources: str, **options: str) -> tuple[list[Document], dict[str, str]]:
    """Documents, and the reason of each problem by its source."""
    started = time.monotonic()
    records = list(read(sources, **options))
    assert time.monotonic() - started < SOON
    for record in records:
        to_json(record)
    problems = [record for record in records if isinstance(record, Problem)]
    assert len({one.source for one in problems}) == len(problems)
    return [record for record in records if isinstance(record, Document)], {one.source: one.reason for one in problems}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.txt", b"", "no text"),
        ("empty.html", b"", "no article"),
        ("empty.jsonl", b"", "no rows"),
        ("empty.csv", b"", "names no column 'text'"),
        ("empty.txt.gz", gzip.compress(b"", mtime=0), "no text"),
        ("blank.md", " \u3000\r\n\u200a".encode("utf-16"), "no text"),
        ("junk.txt", JUNK, "NUL bytes"),
        ("junk.html", JUNK, "NUL bytes"),
        ("junk.csv", JUNK, "names no column"),
        ("high.txt", HIGH, "not UTF-8 nor another known encoding"),
        ("image.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "NUL bytes"),
        ("broken.txt.gz", b"\x1f\x8b\x08\x00" + JUNK, "cut off or broken"),
        ("nul.txt", b"Arbel\0has acquired Nokora.", "NUL bytes"),
        ("utf16.txt", "Arbel".encode("utf-16-le"), "NUL bytes"),
        ("surrogate.txt", b"\xff\xfeA\x00\x00\xd8A\x00", "not UTF-8"),
        ("surrogate8.txt", b"Arbel \xed\xa0\x80 Nokora", "not UTF-8"),
        ("deep.html", DEEP.encode(), "no article"),
        ("line.txt", b"a" * 50_000_000, "more than 20,000,000 bytes"),
        ("long.txt", b"a " * 500_001, "the text has 1,000,002 characters, more than 1,000,000"),
        ("long.html", b"<html><body><p>" + b"word " * 250_000, "more than 1,000,000"),
        ("bomb.txt.gz", gzip.compress(bytes(100_000_000), 1, mtime=0), "more than 20,000,000 bytes"),
        ("paper.pdf", b"%PDF-1.7", "files of kind .pdf are not read"),
    ],
)
def test_a_bad_file_becomes_one_problem(folder: Path, name: str, content: bytes, told: str) -> None:
    (folder / name).write_bytes(content)
    (folder / "good.txt").write_text(GOOD, encoding="utf-8")
    documents, problems = outcome(name, "good.txt")
    assert [document.text for document in documents] == [GOOD]
    assert list(problems) == [name]
    assert told in problems[name]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"id": "a"}', "missing required field `text`"),
        (b'{"id": "a", "text": 5}', "Expected `str`, got `int` - at `$.text`"),
        (b'{"id": "a", "text": null}', "got `null`"),
        (b'{"id": {}, "text": "T"}', "at `$.id`"),
        (b'{"id": "a", "text": "T", "date": 2024}', "at `$.date`"),
        (b"[1, 2]", "Expected `object`, got `array`"),
        (b'"text"', "Expected `object`, got `str`"),
        (b'{"id": "a", "text": "Arbel\0"}', "invalid character"),
        (b'{"id": "a", "text": "\\ud83d Arbel"}', "surrogate"),
        (b'{"id": "a", "text": "\xed\xa0\x80"}', "bytes that stand for no signs"),
        (b'{"id": "a", "text": "\xff"}', "bytes that stand for no signs"),
        (b'{"id": "a", "text": "T", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "recursion"),
        (b'{"id": "a", "text": "' + b"a" * 50_000_000 + b'"}', "the row has more than 20,000,000 characters"),
        (b'{"id": "a", "text": "' + b"a " * 500_001 + b'"}', "the text has 1,000,002 characters"),
        (b"\x00\x01\x02", "malformed"),
    ],
)
def test_a_bad_row_becomes_one_problem(folder: Path, line: bytes, told: str) -> None:
    head = json.dumps({"id": "first", "text": "澜湾科技" * 3}, ensure_ascii=False).encode() + b"\n"
    (folder / "rows.jsonl").write_bytes(head + line + b"\n" + ROW)
    documents, problems = outcome("rows.jsonl")
    assert [document.id for document in documents] == ["first", "good"]
    assert list(problems) == ["rows.jsonl:2"]
    assert told in problems["rows.jsonl:2"]


def test_a_huge_cell_costs_no_other_row(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b'id,text\n1,one\n2,"' + b"a" * 50_000_000 + b'"\n3,three\n')
    documents, problems = outcome("a.csv")
    assert [document.text for document in documents] == ["one", "three"]
    assert list(problems) == ["a.csv:3"]


def test_what_is_odd_but_text_is_a_document(folder: Path) -> None:
    (folder / "word.txt").write_text("A" + "b" * 999_999, encoding="utf-8")
    (folder / "a.jsonl").write_bytes(b'{"id": "nul", "text": "Arbel\\u0000 has acquired \\u202eNokora\\u0001."}\n')
    documents, problems = outcome("word.txt", "a.jsonl")
    assert ([len(one.text) for one in documents], problems) == ([29, 1_000_000], {})
    started = time.monotonic()
    found = list(extract(documents, open_extractor(Settings())))
    assert time.monotonic() - started < SOON
    assert [one.document.id for one in found if one.extraction] == ["nul", "word.txt"]


def test_a_bomb_among_rows_goes_off_after_the_rows_before_it(folder: Path) -> None:
    (folder / "bomb.jsonl.gz").write_bytes(gzip.compress(ROW, 1) + gzip.compress(b"0" * 10_000_000, 1) * 21 + gzip.compress(ROW, 1))
    documents, problems = outcome("bomb.jsonl.gz")
    assert [document.id for document in documents] == ["good"]
    assert problems["bomb.jsonl.gz"].startswith("more than 200,000,000 characters come out of it")


def test_a_page_that_keeps_the_parser_busy_costs_only_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "SECONDS", 5.0)
    attributes = " ".join(f"a{number}='x'" for number in range(300_000))
    (folder / "1.html").write_text(f"<html><body><p>{GOOD}</p></body></html>", encoding="utf-8")
    (folder / "2.html").write_text(f"<html><body><div {attributes}><p>{GOOD}</p></div></body></html>", encoding="utf-8")
    (folder / "3.html").write_text(f"<html><body><p>{GOOD}</p></body></html>", encoding="utf-8")
    documents, problems = outcome(".")
    assert [document.id for document in documents] == ["1.html", "3.html"]
    assert problems == {"2.html": "its HTML takes longer than 5 s or breaks the parser; save its text as .txt"}


def test_links_that_lead_nowhere_or_round_in_circles_are_told(folder: Path) -> None:
    (folder / "news" / "may").mkdir(parents=True)
    (folder / "news" / "may" / "a.txt").write_text("A", encoding="utf-8")
    (folder / "news" / "may" / "up").symlink_to("..")
    (folder / "news" / "b.txt").symlink_to("may/a.txt")
    (folder / "news" / "self.txt").symlink_to("self.txt")
    (folder / "news" / "gone.txt").symlink_to("nowhere")
    documents, problems = outcome("news")
    assert [document.id for document in documents] == ["b.txt", "may/a.txt"]
    assert sorted(problems) == ["news/gone.txt", "news/may/up", "news/self.txt"]
    assert "links to folders are not followed" in problems["news/may/up"]
    assert outcome("news/self.txt")[1] == {"news/self.txt": problems["news/self.txt"]}


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """As a user who owns nothing, where the tests run as root; as ourselves, where rights count."""
    if os.geteuid() != 0:
        yield
        return
    folder.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are other things on this platform")
def test_what_may_not_be_read_is_told_and_stops_nothing(folder: Path) -> None:
    for name in ("news/open", "news/closed"):
        (folder / name).mkdir(parents=True)
        (folder / name / "a.txt").write_text(GOOD, encoding="utf-8")
    (folder / "news" / "secret.txt").write_text(GOOD, encoding="utf-8")
    for path in ("news/closed", "news/secret.txt"):
        (folder / path).chmod(0)
    with without_rights(folder):
        documents, problems = outcome("news", "news/closed/a.txt")
    (folder / "news/closed").chmod(0o755)
    assert [document.id for document in documents] == ["open/a.txt"]
    assert problems == dict.fromkeys(("news/closed", "news/closed/a.txt", "news/secret.txt"), "Permission denied; check the name and the rights")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes on this platform")
def test_pipes_and_devices_are_told_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    _, problems = outcome("pipe.txt", ".", "/dev/zero", "/dev/stdin")
    assert sorted(problems) == ["/dev/stdin", "/dev/zero", "pipe.txt"]
    assert all("pipe or device" in problems[name] for name in ("pipe.txt", "/dev/zero"))


def test_names_that_are_no_names_are_told(folder: Path) -> None:
    names = ["x" * 5000 + ".txt", "a\nb.txt", "", "none/at/all.txt", "[.txt", "~nobody/*.txt"]
    documents, problems = outcome(*names)
    assert documents == []
    assert list(problems) == sorted(names)


def test_a_folder_with_nothing_to_read_is_told(folder: Path) -> None:
    (folder / "bare" / "inner").mkdir(parents=True)
    assert outcome("bare")[1] == {"bare": "the folder holds no file to read; put .txt, .md, .html, .jsonl or .csv files into it"}
    (folder / "bare" / "inner" / "a.docx").write_bytes(b"PK")
    assert "1 files in it are of kinds that are not read (.docx)" in outcome("bare")[1]["bare"]


def test_an_output_folder_that_is_a_file_is_refused(folder: Path) -> None:
    for name in ("a.txt", "out"):
        (folder / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(OutputError, match="choose another folder with -o"):
        build(["a.txt"], folder / "out", Settings())
    assert (folder / "out").read_text(encoding="utf-8") == GOOD


def test_a_build_of_bad_and_good_accounts_for_all(folder: Path) -> None:
    """The whole way: much that is bad at once, and good articles in the middle of it."""
    news = folder / "news"
    news.mkdir()
    for name, content in (
        ("a.txt", JUNK),
        ("b.txt", b""),
        ("c.html", DEEP.encode()),
        ("d.txt", HIGH),
        ("e.pdf", b"x"),
        ("f.txt.gz", b"\x1f\x8b\x08"),
    ):
        (news / name).write_bytes(content)
    (news / "g.jsonl").write_bytes(b"{\n" + ROW + b'{"id": "g", "text": 1}\n')
    (news / "h.txt").write_text(GOOD, encoding="utf-8")
    (news / "i.txt").write_text("Компания заявила в понедельник, что сделка завершена и акционеры её одобрили.", encoding="utf-8")
    (news / "j.txt").symlink_to("j.txt")
    manifest, problems = build(["news", "nowhere.txt"], folder / "out", Settings(workers=1))
    assert (manifest.counts["documents"], len(manifest.documents)) == (3, 3), "two that say the same, and one in a language that is not read"
    rows = {"news/g.jsonl:1", "news/g.jsonl:3"}
    files = {f"news/{name}" for name in ("a.txt", "b.txt", "c.html", "d.txt", "f.txt.gz", "i.txt", "j.txt")}
    assert {one.source for one in problems} == {"news", "nowhere.txt", *rows, *files}
