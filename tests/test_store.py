"""A store of versions: readers see the old graph or the new one, whatever a writer does."""

from __future__ import annotations

import os
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import vocab
from kg.errors import InputError, KGError, OutputError, QueryError
from kg.store import only_writer, open_staged, open_store, serialise, stage, switch, write_store

SMALL = Path(__file__).parent / "data" / "small.trig"


def quads(*names: str) -> list[ox.Quad]:
    """One quad per name, in a graph of its own."""
    return [ox.Quad(ox.NamedNode(f"urn:s:{name}"), ox.NamedNode("urn:p"), ox.Literal(name), ox.NamedNode(f"urn:g:{name}")) for name in names]


def versions(root: Path) -> list[str]:
    return sorted(entry.name for entry in root.iterdir() if entry.is_dir())


def texts(path: Path) -> set[str]:
    with open_store(path) as store:
        return {str(quad.object.value) for quad in store.quads()}


def test_what_is_written_is_read_back_from_either_folder(tmp_path: Path) -> None:
    write_store(tmp_path / "kg-out" / "store", quads("a", "二"))
    assert texts(tmp_path / "kg-out") == {"a", "二"}
    assert texts(tmp_path / "kg-out" / "store") == {"a", "二"}


def test_same_content_in_any_order_is_the_same_version(tmp_path: Path) -> None:
    write_store(tmp_path, quads("a", "b"))
    before, stamp = versions(tmp_path), (tmp_path / "CURRENT").stat().st_mtime_ns
    write_store(tmp_path, [*quads("b", "a"), *quads("a")])
    assert versions(tmp_path) == before
    assert (tmp_path / "CURRENT").stat().st_mtime_ns == stamp


def test_a_reader_keeps_its_version_while_another_is_written(tmp_path: Path) -> None:
    write_store(tmp_path, quads("old"))
    with open_store(tmp_path) as reader:
        write_store(tmp_path, quads("new"))
        assert [quad.object.value for quad in reader.quads()] == ["old"]
    assert texts(tmp_path) == {"new"}
    assert len(versions(tmp_path)) == 1


def test_leftovers_of_a_killed_writer_are_not_seen_and_go(tmp_path: Path) -> None:
    write_store(tmp_path, quads("a"))
    unfinished = tmp_path / ("0" * 32 + ".new")
    unfinished.mkdir()
    (unfinished / "000001.sst").write_bytes(b"half")
    (tmp_path / ("f" * 32)).mkdir()
    assert texts(tmp_path) == {"a"}
    write_store(tmp_path, quads("a"))
    assert len(versions(tmp_path)) == 1
    assert texts(tmp_path) == {"a"}


def test_a_first_writer_killed_before_it_finished_leaves_nothing_to_read(tmp_path: Path) -> None:
    write_store(tmp_path, quads("a"))
    (tmp_path / "CURRENT").unlink()
    with pytest.raises(InputError, match="no finished graph"):
        open_store(tmp_path)
    write_store(tmp_path, quads("a"))
    assert texts(tmp_path) == {"a"}


def test_a_broken_version_is_written_again(tmp_path: Path) -> None:
    write_store(tmp_path, quads("a"))
    (tmp_path / versions(tmp_path)[0] / "CURRENT").unlink()
    with pytest.raises(OutputError, match="cannot be read"):
        open_store(tmp_path)
    write_store(tmp_path, quads("a"))
    assert texts(tmp_path) == {"a"}


def test_a_garbled_pointer_leads_nowhere_outside(tmp_path: Path) -> None:
    write_store(tmp_path / "one", quads("a"))
    write_store(tmp_path / "two", quads("b"))
    (tmp_path / "one" / "CURRENT").write_text("../two/" + versions(tmp_path / "two")[0])
    with pytest.raises(InputError, match="no finished graph"):
        open_store(tmp_path / "one")


def test_two_writers_at_once_are_refused(tmp_path: Path) -> None:
    write_store(tmp_path, quads("a"))
    with only_writer(tmp_path), pytest.raises(OutputError, match=rf"another build \(process {os.getpid()} on "):
        write_store(tmp_path, quads("b"))
    assert texts(tmp_path) == {"a"}


def test_another_format_is_refused_by_a_reader_and_replaced_by_a_writer(tmp_path: Path) -> None:
    write_store(tmp_path, quads("a"))
    (tmp_path / "FORMAT").write_text("dealgraph-store 99\n")
    with pytest.raises(OutputError, match=r"dealgraph-store 99.*derive it anew with kg build -o"):
        open_store(tmp_path)
    write_store(tmp_path, quads("b"))
    assert texts(tmp_path) == {"b"}
    assert len(versions(tmp_path)) == 1


def test_a_staged_version_is_seen_by_nobody_before_the_switch(tmp_path: Path) -> None:
    write_store(tmp_path, quads("old"))
    folder = stage(tmp_path, quads("new"))
    assert texts(tmp_path) == {"old"}
    with open_staged(folder) as store:
        assert [quad.object.value for quad in store.quads()] == ["new"]
    switch(folder)
    assert texts(tmp_path) == {"new"}


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(OutputError, match=r"thesis\.docx"):
        write_store(tmp_path, quads("a"))
    with pytest.raises(InputError, match="no store"):
        open_store(tmp_path)


@pytest.mark.parametrize("name", ["absent", "absent.trig", "note.pdf", "bad.ttl"])
def test_what_cannot_be_read_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "note.pdf").write_text("x")
    (tmp_path / "bad.ttl").write_text("<urn:a> <urn:b> ;")
    with pytest.raises(InputError, match=name):
        open_store(tmp_path / name)


def test_an_unwritable_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(KGError, match="cannot be written"):
        write_store(tmp_path / "file" / "store", quads("a"))


def test_queries_see_all_graphs_as_one() -> None:
    with open_store(SMALL) as store:
        rows = list(store.select("SELECT ?deal { ?deal a kg:Deal ; kg:status kg:Denied }"))
        assert [row["deal"] for row in rows] == [ox.NamedNode(vocab.BASE_IRI + "deal/osk-tarn")]
        with pytest.raises(QueryError):
            list(store.select("ASK { ?s ?p ?o }"))


def test_rdflib_sees_the_same_graph() -> None:
    with open_store(SMALL) as store:
        answer = store.dataset().query("SELECT ?x { ?x a <https://w3id.org/dealgraph/ontology#Claim> }")
        assert len(list(answer)) == 11


def test_base_iri_is_that_of_the_documents(tmp_path: Path) -> None:
    text = SMALL.read_text("utf-8").replace(vocab.BASE_IRI, "https://news.example/graph/")
    (tmp_path / "moved.trig").write_text(text, encoding="utf-8")
    (tmp_path / "empty.ttl").write_text("")
    assert open_store(tmp_path / "moved.trig").base_iri == "https://news.example/graph/"
    assert open_store(tmp_path / "empty.ttl").base_iri == vocab.BASE_IRI


def test_serialised_prefixes_come_in_order() -> None:
    prefixes = {"b": "urn:b:", "c": "urn:c:", "a": "urn:a:"}
    text = serialise(quads("x"), ox.RdfFormat.TRIG, prefixes)
    assert text.startswith(b"@prefix a: <urn:a:> .\n@prefix b: <urn:b:> .\n@prefix c: <urn:c:> .\n<urn:g:x> {")
    assert serialise([], ox.RdfFormat.TRIG, prefixes) == b""
