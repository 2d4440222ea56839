"""Files that other programs read: the same bytes for the same graph, and the same graph read back."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import openpyxl
import pyoxigraph as ox
import pytest
import rdflib

from kg import vocab
from kg.analyze import project, rank
from kg.export import TABLES, Table, as_csv, as_xlsx, claims, deals, entities, gexf, graphml, jsonld, nquads, trig, turtle
from kg.store import OxigraphStore, open_store

SMALL = Path(__file__).parent / "data" / "small.trig"


@pytest.fixture(scope="module")
def store() -> Iterator[OxigraphStore]:
    with open_store(SMALL) as opened:
        yield opened


def turned(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """The same graph, built in another order."""
    other = nx.MultiDiGraph()
    other.add_nodes_from(reversed(list(graph.nodes(data=True))))
    other.add_edges_from(reversed(list(graph.edges(keys=True, data=True))))
    return other


def by_name(table: Table, key: str, value: str) -> dict[str, object]:
    """The only row that has this value."""
    [row] = [row for row in table.rows if row[table.columns.index(key)] == value]
    return dict(zip(table.columns, row, strict=True))


def small() -> list[ox.Quad]:
    with open_store(SMALL) as store:
        return list(store.quads())


def test_order_of_quads_does_not_show() -> None:
    quads = small()
    shuffled = random.Random(3).sample(quads, len(quads))  # noqa: S311
    assert turtle(shuffled) == turtle(quads)
    assert trig(shuffled + quads[:20]) == trig(quads)
    assert nquads(shuffled + quads[:20]) == nquads(quads)
    assert jsonld(shuffled) == jsonld(quads)


@pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph).* is deprecated:DeprecationWarning")  # of rdflib's own TriG parser
def test_rdflib_reads_the_same_triples_back() -> None:
    graph = rdflib.Graph().parse(data=turtle(small()), format="turtle")
    assert len(graph) == len({quad.triple for quad in small()})
    dataset = rdflib.Dataset()
    dataset.parse(data=trig(small()), format="trig")
    assert len(list(dataset.quads())) == len(small())
    label = rdflib.URIRef("https://w3id.org/dealgraph/id/source/财经夜报")
    assert dataset.value(label, rdflib.RDF.type) is None  # the default graph stays empty
    assert graph.value(label, rdflib.RDFS.label) == rdflib.Literal("财经夜报", lang="zh")


def test_a_triple_of_two_graphs_stands_once_in_turtle_and_twice_in_trig() -> None:
    triple = (ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.Literal('line\n"quoted" \\ 中'))
    quads = [ox.Quad(*triple, ox.NamedNode(f"urn:g{number}")) for number in (2, 1)]
    assert turtle(quads).splitlines()[-1].decode() == '<urn:s> <urn:p> "line\\n\\"quoted\\" \\\\ 中" .'
    assert [line for line in trig(quads).decode().splitlines() if line.endswith("{")] == ["<urn:g1> {", "<urn:g2> {"]


def test_prefixes_follow_the_base_iri() -> None:
    assert b"@prefix company: <https://news.example/company/> ." in turtle(small(), "https://news.example/")


@pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph).* is deprecated:DeprecationWarning")  # of rdflib's own parsers
@pytest.mark.parametrize(("write", "form"), [(nquads, "nquads"), (jsonld, "json-ld")])
def test_rdflib_reads_the_same_quads_back(write: object, form: str) -> None:
    dataset = rdflib.Dataset()
    dataset.parse(data=write(small()), format=form)  # type: ignore[operator]
    theirs = {tuple(map(str, quad)) for quad in dataset.quads()}
    assert theirs == {tuple(getattr(part, "value", "") for part in quad) for quad in small()}


def test_networkx_reads_graphml_back(store: OxigraphStore) -> None:
    graph = project(store)
    read = nx.parse_graphml(graphml(graph).decode(), force_multigraph=True)
    check_network(read)
    assert graphml(turned(graph)) == graphml(graph)


def test_networkx_reads_gexf_back_and_no_day_stands_in_it(store: OxigraphStore) -> None:
    graph = project(store)
    content = gexf(graph)
    check_network(nx.read_gexf(io.BytesIO(content)))
    assert b"lastmodified" not in content
    assert b"NetworkX" not in content
    assert gexf(turned(graph)) == content


def check_network(read: nx.MultiDiGraph) -> None:
    assert (len(read), read.number_of_edges()) == (13, 18)
    ends = vocab.BASE_IRI + "company/osk-freight", vocab.BASE_IRI + "company/tarn-robotics"
    [edge] = [data for s, o, data in read.edges(data=True) if (s, o) == ends]
    assert (edge["predicate"], edge["status"], edge["support"], edge["disputed"], edge["first"]) == ("mergesWith", "Denied", 2, True, "2031-03-05")
    assert edge["quotes"].startswith("据财经夜报报道,塔恩机器人与奥斯克货运正商谈合并。\nOsk Freight denied")
    node = read.nodes[vocab.BASE_IRI + "company/glimmer-sensors"]
    assert (node["label"], node["type"]) == ("微光传感", "Company")
    assert sum(node["rank"] for _, node in read.nodes(data=True)) == pytest.approx(1, abs=1e-5)


def test_edge_ids_are_distinct(store: OxigraphStore) -> None:
    tree = ElementTree.fromstring(graphml(project(store)))  # noqa: S314
    ids = [edge.get("id") for edge in tree.iter("{http://graphml.graphdrawing.org/xmlns}edge")]
    assert len(set(ids)) == len(ids) == 18


HOSTILE = "=cmd|' /C calc'!A1 \x00\x1b[31m\ud800 <b>&\u2028 诺凡"


def test_hostile_texts_leave_the_xml_whole() -> None:
    graph = nx.MultiDiGraph()
    graph.add_node("urn:a", labels={"en": HOSTILE}, type="Company", kind="", classes=())
    shown = "=cmd|' /C calc'!A1 \ufffd\ufffd[31m\ufffd <b>&\u2028 诺凡"
    assert nx.parse_graphml(graphml(graph).decode()).nodes["urn:a"]["label"] == shown
    assert nx.read_gexf(io.BytesIO(gexf(graph))).nodes["urn:a"]["label"] == shown


def test_deals_with_parties_figures_source_and_quote(store: OxigraphStore) -> None:
    table = deals(store)
    assert [row[0] for row in table.rows] == [
        "Osk Freight – Tarn Robotics (merger)", "Quillmoor Capital – Pellucid Maps (investment)", "Tarn Robotics – 微光传感 (acquisition)",
        "Norvane – Pellucid Maps (acquisition)",
    ]  # fmt: skip
    assert by_name(table, "kind", "Investment") == {
        "deal": "Quillmoor Capital – Pellucid Maps (investment)", "kind": "Investment", "status": "Announced", "stage": "Announced",
        "buyer_or_investor": "Quillmoor Capital", "target": "Pellucid Maps", "parties": "Pellucid Maps; Quillmoor Capital", "amount": 40_000_000,
        "amount_max": "", "currency": "USD", "share": 0.12, "event_date": "2031-06", "first_date": "2031-03-09", "last_date": "2031-03-09",
        "claims": 1, "source": "Quillmoor Capital", "source_date": "2031-03-09",
        "quote": "Quillmoor Capital announced it will invest $40 million in Pellucid Maps for a 12% share by June 2031.", "document": "osk.txt",
        "headline": "Osk <img src=x onerror=alert(1)> denies *merger* | </script>", "publisher": "", "url": "https://wharf.example/osk?a=1&b=2",
        "iri": vocab.BASE_IRI + "deal/quillmoor-pellucid",
    }  # fmt: skip
    merger = by_name(table, "kind", "Merger")
    assert (merger["buyer_or_investor"], merger["parties"], merger["claims"]) == ("", "Osk Freight; Tarn Robotics", 2)
    assert (merger["status"], merger["quote"]) == ("Denied", "Osk Freight denied that it will merge with Tarn Robotics.")


def test_claims_in_the_order_of_the_text(store: OxigraphStore) -> None:
    table = claims(store)
    assert [str(row[-1]).rpartition("/")[2] for row in table.rows] == [f"c{number}" for number in (1, 2, 3, 4, 5, 6, 10, 11, 7, 8, 9)]
    rumour = by_name(table, "iri", vocab.BASE_IRI + "claim/c8")
    assert [rumour[name] for name in ("subject", "relation", "object", "status", "source")] == [
        "Osk Freight", "mergesWith", "Tarn Robotics", "Rumoured", "财经夜报",
    ]  # fmt: skip
    assert [rumour[name] for name in ("stage", "certainty", "date", "start", "end", "publisher", "taken_back", "amount")] == [
        "Talks", "Probable", "2031-03-05", 17, 42, "灯塔科技网", "", "",
    ]  # fmt: skip


def test_entities_with_names_and_counts(store: OxigraphStore) -> None:
    table = entities(store)
    assert len(table.rows) == 9
    iri = vocab.BASE_IRI + "company/tarn-robotics"
    assert by_name(table, "label_zh", "塔恩机器人") == {
        "type": "Company", "classes": "", "label_en": "Tarn Robotics", "label_zh": "塔恩机器人", "names": "Tarn Robotics; 塔恩机器人", "documents": 2,
        "edges": 5, "rank": dict(rank(project(store)))[iri], "links": "", "iri": iri,
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(TABLES))
def test_csv_is_read_back(store: OxigraphStore, name: str) -> None:
    table = TABLES[name](store)
    read = list(csv.reader(io.StringIO(as_csv(table).decode(), newline="")))
    assert read == [list(table.columns), *([str(cell) for cell in row] for row in table.rows)]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1+1", "－1", "\n+1"]
TEXTS = ["1=1", "诺凡", "a-b", "'quoted'", "", "http://x.example", "{=1}", "1e5", "007"]


def test_formulas_in_texts_are_texts_in_csv() -> None:
    read = list(csv.reader(io.StringIO(as_csv(Table(("a",), [(text,) for text in FORMULAS + TEXTS])).decode(), newline="")))[1:]
    assert [row[0] if row else "" for row in read] == [f"'{text}" for text in FORMULAS] + TEXTS
    assert as_csv(Table(("n",), [(-5,), (0.5,)])) == b"n\r\n-5\r\n0.5\r\n"


def test_openpyxl_reads_a_workbook_back(store: OxigraphStore) -> None:
    tables = {name: make(store) for name, make in TABLES.items()}
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(tables)))
    assert book.sheetnames == list(tables)
    for name, table in tables.items():
        rows = [tuple("" if cell is None else cell for cell in row) for row in book[name].iter_rows(values_only=True)]
        assert rows == [table.columns, *table.rows]


def test_formulas_in_texts_are_texts_in_a_workbook() -> None:
    content = as_xlsx({"t": Table(("a",), [(text,) for text in [*FORMULAS, *TEXTS, HOSTILE, "长" * 50_000]])})
    sheet = openpyxl.load_workbook(io.BytesIO(content))["t"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert [cell.value for cell in cells[:5]] == FORMULAS[:5]
    assert all(cell.quotePrefix for cell in cells[:5])
    assert not any(cell.hyperlink for cell in cells)
    assert len(cells[-1].value) == 32_000
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")


def test_a_workbook_does_not_know_the_time(store: OxigraphStore) -> None:
    content = as_xlsx({"deals": deals(store)})
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = openpyxl.load_workbook(io.BytesIO(content)).properties
    assert (properties.created.isoformat(), properties.modified.isoformat()) == ("2000-01-01T00:00:00", "2000-01-01T00:00:00")
    assert as_xlsx({"deals": deals(store)}) == content
