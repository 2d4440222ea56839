"""Paths, histories, contradictions, what recurs and what drives a strategy; expected by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

from kg import vocab
from kg.analyze import Saying, contradictions, drivers, paths, project, recurring, timeline
from kg.store import open_store

SMALL = Path(__file__).parent / "data" / "small.trig"
ID = vocab.BASE_IRI


@pytest.fixture(scope="module")
def graph() -> Iterator[nx.MultiDiGraph]:
    with open_store(SMALL) as store:
        yield project(store)


def links(*edges: tuple[str, str, str, str]) -> nx.MultiDiGraph:
    made = nx.MultiDiGraph()
    for number, (s, predicate, o, status) in enumerate(edges):
        for node in (s, o):
            made.add_node(node, labels={"en": node}, type="Company", kind="", classes=())
        made.add_edge(s, o, key=f"e{number}", predicate=predicate, status=status, disputed=False, sayings=())
    return made


def walked(found: list) -> list[tuple[float, str]]:
    return [(one.length, " ".join(f"{'<' if step.backwards else ''}{step.predicate}" for step in one.steps)) for one in found]


def test_paths_the_shortest_first_with_the_edges_as_they_stand() -> None:
    graph = links(
        ("a", "acquires", "b", "Rumoured"), ("c", "supplies", "b", "Stated"), ("a", "partnersWith", "c", "Completed"), ("b", "sues", "a", "Possible"),
    )  # fmt: skip
    # a-b: a rumour is 2 long, shorter than the suit that is only possible (1/.3); a-c-b: two facts, 1 + 1
    assert walked(paths(graph, "a", "b")) == [(2.0, "acquires"), (2.0, "partnersWith supplies")]
    assert walked(paths(graph, "b", "a", most=1)) == [(2.0, "<acquires")]
    assert paths(graph, "a", "b")[0].steps[0].edge == "e0"


def test_what_is_denied_or_too_far_joins_nothing() -> None:
    assert paths(links(("a", "acquires", "b", "Denied")), "a", "b") == []
    chain = links(*((str(place), "supplies", str(place + 1), "Stated") for place in range(7)))
    assert walked(paths(chain, "0", "6")) == [(6.0, " ".join(["supplies"] * 6))]
    assert paths(chain, "0", "7") == [] == paths(chain, "0", "0") == paths(chain, "0", "elsewhere")


def test_a_way_may_lead_through_a_deal(graph: nx.MultiDiGraph) -> None:
    (first, *_) = paths(graph, ID + "challenge/antitrust-review", ID + "company/pellucid-maps")
    assert [(step.predicate, step.backwards, step.edge != "") for step in first.steps] == [("faces", True, True), ("target", False, False)]


def test_the_history_of_a_deal(graph: nx.MultiDiGraph) -> None:
    told = [(one.date, one.status, one.stage, one.source, one.changed) for one in timeline(graph, ID + "deal/osk-tarn")]
    assert told == [("2031-03-05", "Rumoured", "Talks", "财经夜报", False), ("2031-03-09", "Denied", "Considered", "Osk Freight", True)]


def test_sources_that_contradict_each_other(graph: nx.MultiDiGraph) -> None:
    (found,) = contradictions(graph)
    assert (found.subject, found.predicate, found.object) == (ID + "company/osk-freight", "mergesWith", ID + "company/tarn-robotics")
    assert [(side.status, side.voices, side.last) for side in found.sides] == [
        ("Denied", ("Osk Freight",), "2031-03-09"), ("Rumoured", ("财经夜报",), "2031-03-05"),
    ]  # fmt: skip
    assert found.figures == ()


@pytest.mark.parametrize(
    ("first", "second", "differing"),
    [
        ((("amount", "5"), ("currency", "USD")), (("amount", "7"), ("currency", "USD")), (("amount", ("5 USD", "7 USD")),)),
        ((("amount", "5"), ("currency", "USD")), (("amount", "35"), ("currency", "CNY")), ()),
        ((("share", "0.2"),), (("share", "0.3"),), (("share", ("0.2", "0.3")),)),
        ((("amount", "5"), ("amountMax", "6"), ("currency", "USD")), (("amount", "7"), ("currency", "USD")), ()),
        ((("share", "0.2"),), (("share", "0.2"),), ()),
    ],
)
def test_figures_contradict_where_one_unit_has_two_values(
    first: tuple[tuple[str, str], ...], second: tuple[tuple[str, str], ...], differing: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    graph = links(("a", "acquires", "b", "Announced"))
    said = [
        Saying(f"c{place}", "Announced", "", "2031-01-01", "d", "", ("q",), False, document_iri=f"d{place}", figures=figures)
        for place, figures in enumerate((first, second))
    ]
    graph.edges["a", "b", "e0"]["sayings"] = tuple(said)
    assert [one.figures for one in contradictions(graph)] == ([differing] if differing else [])


def test_challenges_that_recur() -> None:
    graph = links(
        ("a", "faces", "x", "Stated"), ("b", "faces", "x", "Possible"), ("b", "faces", "y", "Stated"), ("c", "faces", "y", "Negated"),
        ("c", "faces", "z", "Stated"), ("d", "faces", "z", "Stated"),
    )  # fmt: skip
    assert [(one.challenge, one.faced_by, one.weight) for one in recurring(graph)] == [("z", ("c", "d"), 2.0), ("x", ("a", "b"), 1.3)]


def test_what_drives_a_strategy() -> None:
    graph = links(
        ("firm", "pursues", "plan", "Stated"), ("deal", "pursues", "plan", "Possible"), ("firm", "needs", "data", "Stated"),
        ("target", "hasAsset", "data", "Reported"), ("data", "supports", "model", "Stated"), ("deal", "faces", "review", "Stated"),
        ("deal", "enables", "search", "Possible"), ("other", "hasAsset", "gold", "Stated"), ("target", "faces", "costs", "Negated"),
    )  # fmt: skip
    graph.nodes["deal"]["type"] = "Deal"
    for role, party in (("acquirer", "firm"), ("target", "target")):
        graph.add_edge("deal", party, key=role, predicate=role, status="Rumoured")
    assert [(one.kind, one.subject, one.object, one.weight) for one in drivers(graph, "plan")] == [
        ("pursued", "firm", "plan", 1.0), ("brought", "deal", "plan", 0.3), ("asset", "data", "model", 1.0), ("asset", "target", "data", 0.6),
        ("effect", "deal", "search", 0.3), ("needed", "firm", "data", 1.0), ("hurdle", "deal", "review", 1.0),
    ]  # fmt: skip
