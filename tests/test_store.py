"""A graph is read alike from a folder and from a server; in a folder of versions readers see the old one or the new one, whatever a writer does."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from servers import Running

from kg import vocab
from kg.errors import InputError, KGError, OutputError, QueryError
from kg.store import OxigraphStore, Store, only_writer, open_staged, open_store, output_folder, serialise, stage, switch, write_store
from kg.store.endpoint import EndpointStore
from kg.store.publish import publish

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


def test_a_reader_works_while_a_writer_is_at_work(tmp_path: Path) -> None:
    write_store(tmp_path, quads("old"))
    half, go = threading.Event(), threading.Event()

    def slowly() -> Iterator[ox.Quad]:
        yield from quads("new")
        half.set()
        assert go.wait(20)

    writer = threading.Thread(target=write_store, args=(tmp_path, slowly()))
    writer.start()
    assert half.wait(20)
    assert texts(tmp_path) == {"old"}
    go.set()
    writer.join()
    assert texts(tmp_path) == {"new"}


# What follows holds for every kind of store.


def odd() -> list[ox.Quad]:
    """A document with what servers might not give back as it was."""
    me = ox.NamedNode(vocab.BASE_IRI + "document/odd")
    texts = ["", "a\nb\r\nc\t\"q\" \\ 'x' { ?s }", "\u0001 \ufeff \u2028 \x7f\x85 😀", "x" * 5000]
    values = [ox.Literal(text) for text in texts] + [ox.Literal("Oracle", language="en"), ox.Literal("甲骨文", language="zh"), ox.Literal(True)]
    typed = {"integer": "25000000000", "decimal": "0.49", "date": "2025-11-06", "gYearMonth": "2026-06", "gYear": "2026"}
    values += [ox.Literal(value, datatype=ox.NamedNode(vocab.XSD + kind)) for kind, value in typed.items()]
    values += [ox.Literal(2**31 - 1), ox.Literal("1", datatype=ox.NamedNode(vocab.XSD + "decimal"))]
    found = [ox.Quad(me, ox.NamedNode(f"urn:p{number}"), value, me) for number, value in enumerate(values)]
    far = ox.NamedNode("https://e.example/a%20b?x=1&y=(z)")
    return [
        *found,
        ox.Quad(me, ox.NamedNode(vocab.RDF + "type"), ox.NamedNode(vocab.KG + "Document"), me),
        ox.Quad(ox.NamedNode(vocab.BASE_IRI + "company/甲骨文"), ox.NamedNode(vocab.SKOS + "exactMatch"), far, me),
    ]


def everything() -> list[ox.Quad]:
    return [*ox.parse(path=SMALL), *odd()]


@pytest.fixture(params=["embedded", "oxigraph", "oxigraph_union", "virtuoso"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The small graph, with a document of odd values, in a store of each kind."""
    write_store(tmp_path / "small", everything())
    with open_store(tmp_path / "small") as embedded:
        if request.param == "embedded":
            yield embedded
            return
        server = request.getfixturevalue(f"{request.param}_server")
        publish(embedded, server.publish)
    with open_store(server.url) as remote:
        yield remote


def test_all_quads_come_back_as_they_were(store: Store) -> None:
    assert sorted(map(str, store.quads())) == sorted(map(str, set(everything())))


def test_a_graph_comes_alone_and_one_that_is_not_there_is_empty(store: Store) -> None:
    assert sorted(map(str, store.quads_of(vocab.BASE_IRI + "document/odd"))) == sorted(map(str, odd()))
    assert store.quads_of("urn:nothing") == []


def test_queries_see_all_graphs_as_one(store: Store) -> None:
    rows = list(store.select("SELECT ?deal { ?deal a kg:Deal ; kg:status ?status . ?claim kg:about ?deal ; kg:status kg:Denied }"))
    assert {row["deal"] for row in rows} == {ox.NamedNode(vocab.BASE_IRI + "deal/osk-tarn")}
    with pytest.raises(QueryError):
        list(store.select("ASK { ?s ?p ?o }"))


def test_what_is_unbound_is_left_out(store: Store) -> None:
    [row] = store.select('SELECT * { ?document dcterms:identifier "norvane.txt" OPTIONAL { ?document kg:nonsense ?nothing } }')
    assert row == {"document": ox.NamedNode(vocab.BASE_IRI + "document/d1")}


def test_values_come_as_they_are(store: Store) -> None:
    rows = store.select(f"SELECT ?o {{ <{vocab.BASE_IRI}document/odd> ?p ?o }}")
    assert {str(row["o"]) for row in rows} == {str(quad.object) for quad in odd() if quad.subject == quad.graph_name}


def test_all_forms_of_query_are_answered(store: Store) -> None:
    prefixes = {"kg": vocab.KG}
    ask, absent = (store.query(f"# SELECT\nASK {{ ?s a kg:{name} }}", prefixes=prefixes) for name in ("Deal", "Nonsense"))
    assert (bool(ask), bool(absent)) == (True, False)
    triples = store.query("construct { ?s a kg:Deal } where { ?s a kg:Deal }", prefixes=prefixes)
    assert isinstance(triples, ox.QueryTriples)
    assert {one.subject.value.rpartition("/")[2] for one in triples} >= {"osk-tarn", "norvane-pellucid"}
    own = store.query(f"PREFIX kg: <{vocab.KG}> SELECT (COUNT(DISTINCT ?c) AS ?n) {{ ?c a kg:Claim }}", prefixes=prefixes)
    assert isinstance(own, ox.QuerySolutions)
    assert [row["n"] for row in own] == [ox.Literal(11)]


def test_from_limits_a_query_to_a_graph(store: Store) -> None:
    sparql = "SELECT DISTINCT ?c FROM document:odd { ?s a ?c }"
    answer = store.query(sparql, prefixes=vocab.prefixes(), union=False)
    assert isinstance(answer, ox.QuerySolutions)
    assert [row["c"] for row in answer] == [ox.NamedNode(vocab.KG + "Document")]


@pytest.mark.parametrize("sparql", ["", "SELECT ?c {", "SELECT ?c { ?c a nope:Claim }", "INSERT DATA { <urn:a> <urn:b> <urn:c> }"])
def test_what_is_no_query_is_refused(store: Store, sparql: str) -> None:
    with pytest.raises(SyntaxError):
        store.query(sparql)


def test_the_base_iri_is_known(store: Store) -> None:
    assert store.base_iri == vocab.BASE_IRI


def test_rdflib_sees_the_same_graph(store: Store) -> None:
    dataset = store.dataset()
    assert len(list(dataset.query("SELECT DISTINCT ?x { ?x a <https://w3id.org/dealgraph/ontology#Claim> }"))) == 11
    assert len(list(dataset.quads())) == len(set(everything()))


# And what holds for one kind.


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


def test_a_file_has_no_graph_but_the_default_one_and_is_asked_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "plain.nt").write_text("<urn:a> <urn:b> <urn:c> .")
    with open_store(tmp_path / "plain.nt") as store:
        assert len(list(store.select("SELECT * { ?s ?p ?o }"))) == 1


def test_the_kind_of_store_follows_from_its_name(oxigraph_server: Running, tmp_path: Path) -> None:
    write_store(tmp_path / "store", everything())
    with open_store(tmp_path) as embedded:
        assert isinstance(embedded, OxigraphStore)
        publish(embedded, oxigraph_server.url)
    with open_store(oxigraph_server.url) as remote:
        assert isinstance(remote, EndpointStore)
    assert (output_folder(tmp_path), output_folder(oxigraph_server.url)) == (tmp_path, None)
