"""Graphs of a period: what is in them by hand, and the same edges and deals as if only its documents had been read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import vocab
from kg.build import map_to_graph, pairs
from kg.errors import QueryError
from kg.export import turtle
from kg.model import Entity, Resolution, day_of, read_jsonl
from kg.query.period import within
from kg.store import OxigraphStore, open_store

SMALL = Path(__file__).parent / "data" / "small.trig"
DERIVED = {vocab.KG + name for name in ("status", "firstDate", "lastDate", "support", "disputed")}


@pytest.fixture(scope="module")
def store() -> Iterator[OxigraphStore]:
    with open_store(SMALL) as opened:
        yield opened


def tails(store: OxigraphStore, kind: str) -> set[str]:
    return {str(row["node"]).strip("<>").rpartition("/")[2] for row in store.select(f"SELECT ?node {{ ?node a kg:{kind} }}")}


def told(store: OxigraphStore, node: str) -> dict[str, str]:
    """What is derived about a node."""
    iri = ox.NamedNode(vocab.BASE_IRI + node)
    return {
        q.predicate.value.removeprefix(vocab.KG): q.object.value.removeprefix(vocab.KG)  # type: ignore[union-attr]
        for q in store.quads()
        if q.subject == iri and q.predicate.value in DERIVED
    }


@pytest.mark.parametrize(
    ("since", "until", "documents"),
    [
        ("2031-03-05", "", {"d2", "d3"}),
        ("", "2031-03-05", {"d1", "d2"}),
        ("2031-03-05", "2031-03-05", {"d2"}),
        ("2031-03", "2031", {"d1", "d2", "d3"}),
        ("2031", "2031-03-08", {"d1", "d2"}),
        ("2031-04", "", set()),
        ("", "2030", set()),
    ],
)
def test_both_ends_are_included(store: OxigraphStore, since: str, until: str, documents: set[str]) -> None:
    assert tails(within(store, since, until), "Document") == documents


def test_without_limits_it_is_the_same_graph_and_with_wide_ones_too(store: OxigraphStore) -> None:
    assert within(store) is store
    assert set(within(store, "2000", "2099").quads()) == set(store.quads())


def test_what_is_derived_is_derived_from_the_claims_of_the_period(store: OxigraphStore) -> None:
    assert told(store, "edge/e8")["disputed"] == "true"
    rumour = {"status": "Rumoured", "firstDate": "2031-03-05", "lastDate": "2031-03-05"}
    before, after = within(store, until="2031-03-05"), within(store, since="2031-03-06")
    assert told(before, "edge/e8") == rumour | {"support": "1"}
    assert told(before, "deal/osk-tarn") == rumour
    assert told(after, "deal/osk-tarn") == {"status": "Denied", "firstDate": "2031-03-09", "lastDate": "2031-03-09"}


def test_what_hangs_on_other_documents_is_gone(store: OxigraphStore) -> None:
    after = within(store, since="2031-03-06")
    assert tails(after, "Claim") == {"c10", "c11"}
    assert tails(after, "Edge") == {"e8", "e10"}
    assert tails(after, "Deal") == {"osk-tarn", "quillmoor-pellucid"}
    assert tails(after, "Company") == {"osk-freight", "pellucid-maps", "quillmoor-capital", "tarn-robotics"}
    assert tails(after, "Asset") == set()
    assert tails(within(store, until="2031-03-05"), "Source") == {"insiders", "财经夜报"}, "who is a source later only is none yet"


def test_facts_stay_only_where_a_claim_of_the_period_supports_them(store: OxigraphStore, tmp_path: Path) -> None:
    (tmp_path / "union.ttl").write_bytes(turtle(store.quads()))
    with open_store(tmp_path / "union.ttl") as union:
        for graph in (store, union):
            early, late = within(graph, until="2031-03-02"), within(graph, since="2031-03-05")
            ask = "ASK { ?who kg:needs asset:street-imagery }"
            facts = [{str(row["who"]) for row in one.select(f"SELECT ?who {ask[3:]}")} for one in (early, late)]
            assert [{who.strip("<>").rpartition("/")[2] for who in found} for found in facts] == [{"norvane"}, {"tarn-robotics"}]


def test_undated_documents_are_in_no_period(store: OxigraphStore) -> None:
    dated = ox.NamedNode(vocab.SCHEMA + "datePublished")
    inner = ox.Store()
    inner.extend(quad for quad in store.quads() if quad.predicate != dated or not quad.subject.value.endswith("d2"))  # type: ignore[union-attr]
    assert tails(within(OxigraphStore(inner), "1900", "2099"), "Document") == {"d1", "d3"}


@pytest.mark.parametrize("limit", ["2031-13", "2031-02-30", "31", "yesterday", "２０３１", "2031-3-1", "2031-03-01T00:00"])
def test_what_is_no_date_is_refused(store: OxigraphStore, limit: str) -> None:
    with pytest.raises(QueryError, match="is no date; write a year, a month or a day"):
        within(store, until=limit)


def test_an_end_before_the_start_is_refused(store: OxigraphStore) -> None:
    with pytest.raises(QueryError, match="ends before it starts"):
        within(store, "2031-05", "2031-04-30")
    assert tails(within(store, "2031-03-05", "2031-03"), "Document") == {"d2", "d3"}


def test_edges_and_deals_are_those_of_a_build_of_the_period_alone(news_build: Path) -> None:
    out = news_build / "kg-out"
    kept = [record for path in sorted((out / "extractions").iterdir()) for record in read_jsonl(path.read_bytes().splitlines())]
    decided = list(read_jsonl((out / "resolution.jsonl").read_bytes().splitlines()))
    entities = [one for one in decided if isinstance(one, Entity)]
    resolutions = [one for one in decided if isinstance(one, Resolution)]
    chosen = [pair for pair in pairs(kept) if "2024-05-08" <= (day_of(pair[0].date) or "") <= "2024-05-20"]
    alone = map_to_graph(chosen, entities, resolutions, vocab.BASE_IRI)
    with open_store(out) as whole:
        period = within(whole, "2024-05-08", "2024-05-20")
        found = set(period.quads())
    assert 5 < len(chosen) < 20
    assert {quad for quad in found if "graph/entities" not in str(quad.graph_name)} == {quad for quads in alone.documents.values() for quad in quads}
    derived = {quad for quad in alone.entities if quad.predicate.value in DERIVED}
    assert {quad for quad in found if quad.predicate.value in DERIVED and "/claim/" not in str(quad.subject)} == derived
    assert found <= set(alone.quads())
