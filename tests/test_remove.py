"""A document that goes leaves no trace; one that comes back changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from news import composed_news, kg, write_rows

from kg.build import build, remove
from kg.config import Settings
from kg.errors import InputError, SettingsError
from kg.model import Document

GRAPHS = ("graph.ttl", "graph.trig", "resolution.jsonl")
GONE = Document(composed_news()[1]["id"], "").key
"""Key of the document that these tests take out."""


def graphs(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in GRAPHS}


def all_texts(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted((folder / "kg-out" / "extractions").iterdir()))


@pytest.fixture
def folder(news_build: Path, tmp_path: Path) -> Path:
    """A copy of the finished build to change."""
    return Path(shutil.copytree(news_build, tmp_path / "news"))


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The graphs of a build that never had the document."""
    folder = tmp_path_factory.mktemp("without")
    rows = [row for row in composed_news() if row["id"] != "news-01"]
    build([str(write_rows(folder / "news.jsonl", rows))], folder / "out", Settings())
    return graphs(folder / "out")


@pytest.mark.parametrize("name", ["news-01", f"document:{GONE}", GONE, f"https://w3id.org/dealgraph/id/document/{GONE}"])
def test_what_is_left_is_the_graph_that_never_had_it(folder: Path, without: dict[str, bytes], name: str) -> None:
    manifest, problems = remove([name], folder / "kg-out", Settings())
    assert graphs(folder / "kg-out") == without
    assert problems == []
    assert len(manifest.documents) == manifest.counts["documents"] == 27
    assert '"id":"news-01"' not in all_texts(folder)


def test_adding_it_again_restores_the_bytes(folder: Path, news_build: Path) -> None:
    remove(["news-01", "news-02"], folder / "kg-out", Settings())
    build([str(folder / "news.jsonl")], folder / "kg-out", Settings())
    assert graphs(folder / "kg-out") == graphs(news_build / "kg-out")


def test_a_copy_whose_original_goes_is_none_any_more(tmp_path: Path) -> None:
    text = "Nokora has acquired Ostrava Glass, the company said on Monday. "
    rows = [{"id": name, "text": text * 4, "date": f"2024-05-0{day}"} for day, name in enumerate("abc", 1)]
    build([str(write_rows(tmp_path / "all.jsonl", rows))], tmp_path / "out", Settings())
    for gone in (0, 1):
        remove([rows[gone]["id"]], tmp_path / "out", Settings())
        build([str(write_rows(tmp_path / "rest.jsonl", rows[gone + 1 :]))], tmp_path / str(gone), Settings())
        assert graphs(tmp_path / "out") == graphs(tmp_path / str(gone))


def test_all_may_go(folder: Path, tmp_path: Path) -> None:
    manifest, _ = remove([row["id"] for row in composed_news()], folder / "kg-out", Settings())
    assert set(manifest.counts.values()) == {0}
    build([str(write_rows(tmp_path / "none.jsonl", []))], tmp_path / "fresh", Settings())
    assert graphs(folder / "kg-out") == graphs(tmp_path / "fresh")


def test_an_unknown_name_is_told_with_the_near_ones_and_changes_nothing(folder: Path) -> None:
    before = graphs(folder / "kg-out")
    with pytest.raises(InputError, match=r"there is no document 'new-01'; near to it: news-01"):
        remove(["news-02", "new-01"], folder / "kg-out", Settings())
    with pytest.raises(InputError, match="list them with kg query"):
        remove(["完全不同"], folder / "kg-out", Settings())
    assert graphs(folder / "kg-out") == before


def test_an_id_in_two_corpora_has_to_be_told_apart(tmp_path: Path) -> None:
    rows = [{"id": "one", "text": "Le groupe Lumelle a annoncé mardi le rachat de son concurrent Tavor."}]
    source = str(write_rows(tmp_path / "a.jsonl", rows))
    for corpus in ("daily", "weekly"):
        build([source], tmp_path / "out", Settings(corpus=corpus))
    keys = [Document("one", "", corpus=corpus).key for corpus in ("daily", "weekly")]
    with pytest.raises(InputError) as told:
        remove(["one"], tmp_path / "out", Settings())
    assert all(f"document:{key}" in str(told.value) for key in keys)
    manifest, _ = remove([f"document:{keys[0]}"], tmp_path / "out", Settings())
    assert list(manifest.documents) == [keys[1]]


def test_it_needs_a_finished_build_of_the_same_settings(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished build"):
        remove(["a"], tmp_path / "nowhere", Settings())
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(SettingsError, match="--no-gazetteer"):
        remove(["news-01"], folder / "kg-out", Settings(use_gazetteer=False))


def test_what_the_build_could_not_read_stays_told(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.jsonl", [{"id": "one", "text": "Le groupe Lumelle rachète Tavor, son concurrent de toujours."}])
    _, problems = build([str(source), str(tmp_path / "none.txt")], tmp_path / "out", Settings())
    assert sorted(one.stage for one in problems) == ["extract", "read"]
    _, problems = remove(["one"], tmp_path / "out", Settings())
    assert [one.stage for one in problems] == ["read"]


def test_the_command_tells_what_is_left(folder: Path, without: dict[str, bytes]) -> None:
    done = kg("remove", "news-01", cwd=folder)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.decode().startswith("documents 27, ")
    assert graphs(folder / "kg-out") == without
    done = kg("remove", "news-01", cwd=folder)
    assert (done.returncode, done.stdout) == (2, b"")
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("kg: there is no document 'news-01'; near to it: ")


def test_sync_leaves_what_is_named_and_what_is_of_another_corpus(folder: Path, without: dict[str, bytes]) -> None:
    out = folder / "kg-out"
    named = write_rows(folder / "named.jsonl", [row for row in composed_news() if row["id"] != "news-01"])
    build([str(named)], out, Settings(), sync=True)
    assert graphs(out) == without
    other = write_rows(folder / "other.jsonl", composed_news()[3:4])
    manifest, _ = build([str(other)], out, Settings(corpus="other"), sync=True)
    assert len(manifest.documents) == 28
    manifest, _ = build([str(folder / "empty.jsonl")], out, Settings(corpus="other"), sync=True)
    assert len(manifest.documents) == 27
    assert graphs(out) == without


def test_sync_without_sources_is_refused_and_a_build_without_them_derives_anew(folder: Path) -> None:
    before = graphs(folder / "kg-out")
    done = kg("build", "--sync", cwd=folder)
    assert (done.returncode, b"Missing argument" in done.stderr) == (2, True)
    (folder / "kg-out" / "graph.ttl").unlink()
    assert kg("build", cwd=folder).returncode == 0
    assert graphs(folder / "kg-out") == before
    assert json.loads((folder / "kg-out" / "manifest.json").read_bytes())["counts"]["documents"] == 28
