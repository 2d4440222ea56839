"""Who wants what, who has it, whom with, and what is in the way; every number was worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from kg import vocab
from kg.analyze import Background, Fit, Known, Strategy, known_from, project, strategies, weights_with
from kg.gazetteer import Gazetteer
from kg.store import open_store

SMALL = Path(__file__).parent / "data" / "small.trig"
ID = vocab.BASE_IRI
TYPES = {"c": "Company", "p": "Product", "a": "Asset", "h": "Challenge", "s": "Strategy", "d": "Deal", "k": "Capability"}


@pytest.fixture(scope="module")
def graph() -> Iterator[nx.MultiDiGraph]:
    with open_store(SMALL) as store:
        yield project(store)


def market(*edges: str, deals: Sequence[str] = (), **nodes: dict[str, object]) -> nx.MultiDiGraph:
    """A graph of edges "subject predicate object [Status]"; the first letter of a node says its type; deals are "deal role party [Status]"."""
    made = nx.MultiDiGraph()

    def node(name: str) -> None:
        if name not in made:
            made.add_node(name, labels={"en": name}, type=TYPES[name[0]], kind="", classes=(), status="", **nodes.get(name, {}))

    for number, line in enumerate((*edges, *deals)):
        s, predicate, o, *status = line.split()
        node(s)
        node(o)
        told = {"sayings": (), "support": 1, "confidence": 1.0} if number < len(edges) else {}
        made.add_edge(s, o, key=f"e{number}" if told else predicate, predicate=predicate, status=status[0] if status else "Stated", **told)
    return made


def of(company: str, found: list[Strategy]) -> Strategy:
    return next(one for one in found if one.company == company)


def fits(company: str, found: list[Strategy]) -> list[tuple[str, str, str, float]]:
    """(wanted, helper, thing, score) of all that meets what a firm wants."""
    return [(want.thing, fit.helper, fit.thing, fit.score) for want in of(company, found).wants for fit in want.fits]


def test_strategies_of_the_hand_made_graph(graph: nx.MultiDiGraph) -> None:
    found = strategies(graph)
    assert [one.company.removeprefix(ID + "company/") for one in found] == ["norvane", "tarn-robotics", "quillmoor-capital"]
    need, trouble = found[0].wants
    assert (need.relation, need.thing, need.status, need.weight) == ("needs", ID + "asset/street-imagery", "Stated", 0.9)
    pellucid, deal = ID + "company/pellucid-maps", ID + "deal/norvane-pellucid"
    has = Fit(pellucid, pellucid, "hasAsset", ID + "asset/street-imagery", "Stated", "same", {}, 0.81, (ID + "edge/e2", ID + "edge/e3"))
    assert need.fits == (has,)
    # faces .9 (stated, read with .9), mitigates .3 * .9 (possible)
    assert trouble.fits == (
        Fit(deal, "", "mitigates", ID + "challenge/rising-licence-costs", "Possible", "same", {}, 0.243, (ID + "edge/e6", ID + "edge/e5")),
    )
    (target,) = found[0].targets
    assert (target.target, target.deals, target.score) == (pellucid, (deal,), 0.828)
    assert [(one.kind, one.value) for one in target.reasons] == [("meets", 0.81), ("meets", 0.243), ("hurdle", -0.225)]
    # Tarn Robotics needs it (.9); Quillmoor Capital announced to invest (.8 * .9)
    assert [(one.company.rpartition("/")[2], one.score) for one in target.rivals] == [("tarn-robotics", 0.9), ("quillmoor-capital", 0.72)]
    assert target.substitutes == ()


def test_what_was_bought_and_what_was_denied_are_no_targets(graph: nx.MultiDiGraph) -> None:
    tarn = of(ID + "company/tarn-robotics", strategies(graph))
    assert [(one.target.rpartition("/")[2], one.deals) for one in tarn.targets] == [("pellucid-maps", ())]


def test_nobody_meets_its_own_need_and_denied_help_is_none() -> None:
    (want,) = of("c1", strategies(market("c1 needs a1", "c1 hasAsset a1", "c2 hasAsset a1 Denied"))).wants
    assert want.fits == () and want.why_none["en"] == "this company is itself said to have it"
    (want,) = of("c1", strategies(market("c1 needs a1", "c2 hasAsset a1 Denied"))).wants
    assert want.fits == () and want.why_none["en"] == "no text says what other companies have"
    (want,) = of("c1", strategies(market("c1 needs a1", "c2 hasAsset a2"))).wants
    assert want.why_none == {"en": "nobody else is said to have a1, or a thing like it", "zh": "没有文本提到其他公司拥有a1或类似之物"}
    assert strategies(market("c1 needs a1 Negated", "c2 hasAsset a1")) == []


def test_a_kind_of_the_thing_counts_less_than_the_thing_and_what_it_is_a_kind_of_less_still() -> None:
    data = {"exact": ("x:data",), "broader": ()}
    users = {"exact": ("x:user-data",), "broader": ("x:data",)}
    maps = {"exact": ("x:map-data",), "broader": ("x:data",)}
    known = Known(above={"x:user-data": ("x:data",), "x:map-data": ("x:data",)})
    edges = ("c1 needs a1", "c2 hasAsset a2", "c3 hasAsset a1")
    found = strategies(market(*edges, a1=data, a2=users), Background(known))
    assert fits("c1", found) == [("a1", "c3", "a1", 1.0), ("a1", "c2", "a2", 0.8)]
    assert of("c1", found).wants[0].fits[1].why == {"en": "a2 is a kind of a1", "zh": "a2属于a1"}
    found = strategies(market("c1 needs a2", "c2 hasAsset a1", a1=data, a2=users), Background(known))
    assert fits("c1", found) == [("a2", "c2", "a1", 0.3)]
    # two kinds of a broadest concept are not near; of a narrower one they are
    assert fits("c1", strategies(market("c1 needs a2", "c2 hasAsset a3", a2=users, a3=maps), Background(known))) == []
    narrower = Known(above={**known.above, "x:data": ("x:things",)})
    assert fits("c1", strategies(market("c1 needs a2", "c2 hasAsset a3", a2=users, a3=maps), Background(narrower))) == [("a2", "c2", "a3", 0.2)]


def test_what_is_alike_in_meaning_counts_last_and_says_how_alike() -> None:
    places = {"a1": (1.0, 0.0), "a2": (0.96, 0.28), "a3": (0.8, 0.6)}

    def vectors(phrases: Sequence[str]) -> np.ndarray:
        return np.array([places[phrase] for phrase in phrases], dtype=np.float32)

    found = strategies(market("c1 needs a1", "c2 hasAsset a2", "c3 hasAsset a3"), Background(vectors=vectors))
    assert fits("c1", found) == [("a1", "c2", "a2", 0.4)]
    assert of("c1", found).wants[0].fits[0].why["en"] == "a2 means nearly the same as a1 (0.96)"


def test_the_same_name_under_another_type_is_the_same_thing() -> None:
    found = strategies(_renamed(market("c1 needs k1", "c2 hasAsset a1")))
    assert fits("c1", found) == [("k1", "c2", "a1", 1.0)]


def _renamed(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    for node in ("k1", "a1"):
        graph.nodes[node]["labels"] = {"en": "Computing Power"}
    return graph


def test_only_a_deal_of_ones_own_helps() -> None:
    edges = ("c1 faces h1", "d1 mitigates h1 Possible")
    assert fits("c1", strategies(market(*edges, deals=["d1 acquirer c2 Talks", "d1 target c3 Talks"]))) == []
    assert fits("c1", strategies(market(*edges, deals=["d1 acquirer c1 Talks", "d1 target c3 Talks"]))) == [("h1", "d1", "h1", 0.3)]


def test_a_strategy_is_served_by_a_deal_not_by_others_who_pursue_it() -> None:
    edges = ("c1 pursues s1", "c2 pursues s1", "d1 pursues s1 Possible")
    found = strategies(market(*edges, deals=["d1 acquirer c1 Rumoured", "d1 target c3 Rumoured"]))
    assert fits("c1", found) == [("s1", "d1", "s1", 0.3)]
    (want,) = of("c2", found).wants
    assert want.why_none["en"] == "no deal of this company is said to serve it"


def test_assets_that_support_a_product_draw_its_maker_to_who_has_them() -> None:
    edges = ("a1 supports p1", "c2 hasAsset a1 Reported", "c1 hasAsset a2", "a2 supports p1")
    found = strategies(market("c1 offers p1", *edges))
    assert fits("c1", found) == [("p1", "a1", "a1", 0.6)]
    assert of("c1", found).wants[0].fits[0].holder == "c2"
    # a list may say who makes the product; no text does
    listed = market(*edges, c1={"exact": ("x:maker",)}, p1={"exact": ("x:product",)})
    (want,) = of("c1", strategies(listed, Background(Known(makers={"x:product": "x:maker"})))).wants
    assert (want.relation, want.status, want.edges, want.fits[0].score) == ("offers", "", (), 0.6)
    assert not any(one.company == "c1" for one in strategies(listed) for want in one.wants)


def test_the_bundled_lists_know_makers_and_broader_concepts() -> None:
    known = known_from(Gazetteer.load())
    assert known.makers[vocab.GAZETTEER + "product/gpt-v"] == vocab.GAZETTEER + "company/openai"
    assert known.above[vocab.CONCEPT + "asset/user-data"] == (vocab.CONCEPT + "asset/data",)


def test_own_product_eases_and_that_of_others_might() -> None:
    edges = ("c1 faces h1", "p1 mitigates h1", "c1 offers p1", "p2 mitigates h1 Possible", "c2 offers p2")
    found = of("c1", strategies(market(*edges)))
    assert [(fit.helper, fit.holder, fit.score) for fit in found.wants[0].fits] == [("p1", "c1", 1.0), ("p2", "c2", 0.3)]
    assert [one.target for one in found.targets] == ["c2"]


def test_targets_are_ranked_by_what_they_meet_less_what_is_in_the_way() -> None:
    edges = (
        "c1 needs a1", "c1 needs a2", "c2 hasAsset a1", "c2 hasAsset a2 Reported", "c3 hasAsset a1", "d1 faces h1", "d1 faces h2 Possible",
        "d1 enables k1 Possible", "c2 competesWith c4",
    )  # fmt: skip
    found = of("c1", strategies(market(*edges, deals=["d1 acquirer c1 Rumoured", "d1 target c2 Rumoured"])))
    # c2: 1 + .6 met, .5 * .3 brought, - .25 * 1 - .25 * .3 in the way; c3: 1
    assert [(one.target, one.score) for one in found.targets] == [("c2", 1.425), ("c3", 1.0)]
    assert [(one.kind, one.thing, one.value) for one in found.targets[0].reasons] == [
        ("meets", "a1", 1.0), ("meets", "a2", 0.6), ("effect", "k1", 0.15), ("hurdle", "h1", -0.25), ("hurdle", "h2", -0.075),
    ]  # fmt: skip
    # instead of c2: c3 has a1 (1.0), c4 competes with it (.5)
    assert [(one.company, one.score, one.things) for one in found.targets[0].substitutes] == [("c3", 1.0, ("a1",)), ("c4", 0.5, ())]


def test_who_would_buy_a_firm_is_no_target_of_it() -> None:
    edges = ("c2 needs a1", "c1 hasAsset a1", "c3 hasAsset a1")
    found = of("c2", strategies(market(*edges, deals=["d1 acquirer c1 Rumoured", "d1 target c2 Rumoured"])))
    assert [one.target for one in found.targets] == ["c3"]


def test_what_is_called_off_brings_nobody_together() -> None:
    deals = ["d1 acquirer c1 Terminated", "d1 target c2 Terminated"]
    assert strategies(market("d1 enables k1", deals=deals)) == []
    assert of("c1", strategies(market("d1 enables k1", deals=[line.replace("Terminated", "Talks") for line in deals]))).targets[0].score == 0.5


def test_a_product_may_be_the_target() -> None:
    deals = ["d1 acquirer c1 Talks", "d1 target p1 Talks"]
    found = of("c1", strategies(market("c1 needs a1", "p1 hasAsset a1 Reported", "p1 competesWith p2", deals=deals)))
    assert [(one.target, one.score) for one in found.targets] == [("p1", 0.6)]
    assert [one.company for one in found.targets[0].substitutes] == ["p2"]


def test_weights_of_a_user_change_the_sums() -> None:
    made = market("c1 needs a1 Reported", "c2 hasAsset a1")
    assert fits("c1", strategies(made)) == [("a1", "c2", "a1", 0.6)]
    assert fits("c1", strategies(made, Background(weights=weights_with({"Reported": 0.1})))) == [("a1", "c2", "a1", 0.1)]
    assert strategies(made, Background(weights=weights_with({"Reported": 0}))) == []


def test_the_order_of_building_does_not_matter(graph: nx.MultiDiGraph) -> None:
    turned = nx.MultiDiGraph()
    turned.add_nodes_from(reversed(list(graph.nodes(data=True))))
    turned.add_edges_from(reversed(list(graph.edges(keys=True, data=True))))
    assert strategies(turned) == strategies(graph)
