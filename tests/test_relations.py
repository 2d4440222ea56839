"""The trained reader of claims: which pairs it looks at, and what it makes of real texts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg import language
from kg.evaluate.gold import read_gold
from kg.extract import Extractor, parse, reference
from kg.extract.guards import sells
from kg.extract.learned import by_share
from kg.extract.mentions import Page
from kg.extract.passage import Passage, names_nothing
from kg.extract.relations import BLOCK, KINDS, TYPES, End, RelationReader, Spoken, candidates, ends_of
from kg.gazetteer import Gazetteer
from kg.model import Document, Extraction, Mention, Span

COMPANY, PERSON, ASSET, CHALLENGE, ORGANIZATION = (TYPES.index(kind) for kind in ("Company", "Person", "Asset", "Challenge", "Organization"))


def test_pairs_are_of_fitting_types_and_near() -> None:
    ends = [End(0, 1, COMPANY, 0), End(3, 3, ASSET, 0), End(9, 9, COMPANY, 2), End(20, 20, PERSON, 3)]
    # the deal is 4; a person and an asset are nothing to each other, and sentence 3 is too far from sentence 0
    assert set(candidates(ends)) == {
        (0, 1), (0, 2), (2, 0), (2, 1), (2, 3), (3, 2), (4, 1),
    }  # fmt: skip


def test_a_body_can_look_into_the_deal_and_a_deal_can_run_into_trouble() -> None:
    assert set(candidates([End(0, 0, ORGANIZATION, 0)])) == {(0, 1)}
    assert set(candidates([End(0, 0, CHALLENGE, 0)])) == {(1, 0)}


def test_mentions_take_the_pieces_that_they_share_a_letter_with() -> None:
    spans = [(0, 4), (5, 9), (9, 12), (14, 20)]
    assert ends_of(spans, [0, 0, 0, 1], [(5, 12, "Company"), (14, 20, "Asset"), (0, 2, "Person")]) == [
        End(1, 2, COMPANY, 0), End(3, 3, ASSET, 1), End(0, 0, PERSON, 0),
    ]  # fmt: skip
    assert ends_of(spans, [0, 0, 0, 1], [(12, 13, "Company")]) == [None]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 6)), min_size=1, max_size=6))
def test_every_place_inside_the_text_has_its_pieces(lengths: list[tuple[int, int]]) -> None:
    at, spans = 0, []
    for length, gap in lengths:
        spans.append((at + gap, at + gap + length))
        at += gap + length
    for number, (start, end) in enumerate(spans):
        (found,) = ends_of(spans, [0] * len(spans), [(start, end, "Asset")])
        assert found == End(number, number, ASSET, 0)


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(Gazetteer.load(names=False), "test")


def read(extractor: Extractor, text: str) -> Extraction:
    return next(one for _, one in extractor.extract([Document(id="a", text=text, date="2031-04-05")]) if isinstance(one, Extraction))


def triples(found: Extraction) -> set[tuple[str, str, str]]:
    text = {mention.id: mention for mention in found.mentions}

    def named(one: str) -> str:
        told = text[one]
        return text[told.antecedent or one].text if told.type != "Deal" else "the deal"

    return {(named(claim.subject), claim.relation, named(claim.object)) for claim in found.claims}


FAR = "The weather was mild. " * (3 * BLOCK)


def test_a_claim_is_found_far_down_a_long_text(extractor: Extractor) -> None:
    """Blocks of sentences are no edges, and a long text is read like a short one."""
    said = "Halvard Lines, which makes the Tidewatch scanner, sued Dockwise Systems in Oslo."
    for text in (said, FAR + said):
        assert ("Halvard Lines", "sues", "Dockwise Systems") in triples(read(extractor, text))


def test_the_block_does_not_matter(extractor: Extractor) -> None:
    """The same pair gets the same scores wherever its sentence falls in a block."""
    reader = extractor._relations
    assert isinstance(reader, RelationReader)
    hidden = np.random.default_rng(1).normal(size=(40, 384)).astype(np.float32)

    def scores(shift: int) -> list[list[float]]:
        page = Page([(at, at + 1) for at in range(40)], [shift + at // 10 for at in range(40)], hidden)
        ends = [End(2, 3, COMPANY, shift), End(12, 12, COMPANY, shift + 1), End(25, 26, ASSET, shift + 2)]
        told = reader.read(page, ends, [Spoken(5, 6, shift), Spoken(36, 36, shift + 3)])
        return sorted([one.subject, one.object, *one.relations.round(3), *one.voices.round(3)] for one in told)

    first = scores(0)
    assert len(first) == 5
    for shift in (BLOCK - 1, BLOCK - 2, 3 * BLOCK):
        assert np.allclose(scores(shift), first, atol=0.002)


@pytest.mark.parametrize(
    "text",
    [
        "Acme Corp sold its rival Bolt Systems to Corvo Ltd in May.",
        "Acme Corp has agreed to sell Bolt Systems to Corvo Ltd for $20 million, the companies said.",
        "Bolt Systems was sold by Acme Corp to Corvo Ltd.",
        "Corvo Ltd said it has acquired Bolt Systems from <Acme Corp> for undisclosed terms.",
        "北湾科技出售博特软件，买方为云杉医疗。",
        "北湾科技将博特软件出售给云杉医疗。",
        "北湾科技已将其所持博特软件51%股权转让给云杉医疗。",
    ],
)
def test_a_seller_is_no_buyer(extractor: Extractor, text: str) -> None:
    told = triples(read(extractor, text))
    assert not told & {("Acme Corp", relation, "Bolt Systems") for relation in ("acquires", "investsIn")}
    assert not told & {("北湾科技", relation, "博特软件") for relation in ("acquires", "investsIn")}


@pytest.mark.parametrize(
    ("share", "told"),
    [
        ("0.62", {"acquires": 0.4 + 0.3 * 0.8, "hasSubsidiary": 0.1 + 0.3 * 0.2, "sues": 0.2}),
        ("0.12", {"investsIn": 0.3 + 0.4, "hasSubsidiary": 0.1, "sues": 0.2}),
    ],
)
def test_the_share_tells_control_from_a_stake(share: str, told: dict[str, float]) -> None:
    held = {"acquires": 0.4, "investsIn": 0.3, "hasSubsidiary": 0.1, "sues": 0.2}
    chances = by_share(np.array([held.get(kind, 0.0) for kind in KINDS], dtype=np.float32), Decimal(share))
    assert {kind: chance for kind, chance in zip(KINDS, chances.tolist(), strict=True) if chance} == pytest.approx(told, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("北湾科技入主博特软件，持股62%。", {"acquires", "hasSubsidiary"}),
        ("北湾科技受让博特软件12%股份。", {"investsIn"}),
        ("北湾科技成为博特软件的战略投资者，持股占12%。", {"investsIn"}),
    ],
)
def test_a_share_in_the_sentence_decides(extractor: Extractor, text: str, told: set[str]) -> None:
    found = {relation for subject, relation, other in triples(read(extractor, text)) if (subject, other) == ("北湾科技", "博特软件")}
    assert found
    assert found <= told


def test_words_take_up_a_doubtful_deal_only_where_there_is_no_other(extractor: Extractor) -> None:
    text = "Acme Corp has agreed to buy Bolt Systems. Corvo Ltd is in talks to buy Dune Foods."
    article = extractor.open(Document(id="a", text=text), language.passages(text))
    assert article is not None
    article.read("")
    article.doubtful = set()
    told = list(article.deals)
    assert len(told) >= 2
    assert article.sure_deals() == told
    article.doubtful = {deal.id for deal in told[1:]}
    assert article.sure_deals() == told[:1]
    article.doubtful = {deal.id for deal in told}
    assert article.sure_deals() == told


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("北湾科技已将其所持博特软件51%股权转让给云杉医疗。", "Completed"),
        ("北湾科技将收购博特软件。", "Announced"),
        ("北湾科技通过换股方式收购了博特软件。", "Completed"),
        ("Orsini Foods Ltd has begun a tender offer for Westlake Canning Co.", "Talks"),
        ("Orsini Foods Ltd has signed a letter of intent to acquire Westlake Canning Co.", "Talks"),
    ],
)
def test_the_stage_of_a_purchase(extractor: Extractor, text: str, stage: str) -> None:
    assert {claim.stage for claim in read(extractor, text).claims if claim.relation == "acquires"} == {stage}


def test_what_only_describes_a_thing_is_none() -> None:
    [doc] = parse("北湾科技需要现成的渠道。")
    at = [token.text for token in doc].index("的")
    assert names_nothing(doc[at - 1 : at + 1], "zh")
    assert not names_nothing(doc[at - 1 : at + 2], "zh")


def test_whom_something_is_sold_to_may_be_its_buyer() -> None:
    [doc] = parse("北湾科技向云杉医疗出售博特软件。")
    passage = Passage(doc, 0, "zh", [], [])
    places = {name: Span(doc.text.index(name), doc.text.index(name) + len(name)) for name in ("北湾科技", "云杉医疗", "博特软件")}
    assert sells(passage, places["北湾科技"], places["博特软件"])
    assert not sells(passage, places["云杉医疗"], places["博特软件"])


@pytest.mark.parametrize(
    ("text", "is_sold"),
    [
        ("本次收购的对手方为北湾科技,其持有博特软件72%的股权。", True),
        ("博特软件昨日停牌,北湾科技出售所持全部49%股权。", True),
        ("博特软件昨日停牌,北湾科技出售一家工厂。", False),
        ("本次收购的对手方为云杉医疗,北湾科技将持有博特软件72%的股权。", False),
    ],
)
def test_who_was_named_as_the_seller_or_parts_with_all_shares_is_no_buyer(text: str, *, is_sold: bool) -> None:
    [doc] = parse(text)
    places = (Span(text.index(name), text.index(name) + len(name)) for name in ("北湾科技", "博特软件"))
    assert sells(Passage(doc, 0, "zh", [], []), *places) is is_sold


def test_who_holds_what_another_one_buys_is_no_buyer(extractor: Extractor) -> None:
    found = triples(read(extractor, "云杉医疗与中泰信托签署股权转让协议，并以3.2亿元收购中泰信托持有的博特软件60%的股权。"))
    assert {buyer for buyer, relation, firm in found if (relation, firm) == ("acquires", "博特软件")} == {"云杉医疗"}


def test_what_is_sold_to_somebody_is_no_product_on_offer(extractor: Extractor) -> None:
    sale, offer = "Halvard Media agreed to sell the Tidewatch scanner to Norwood Corp.", "Halvard Media sells the Tidewatch scanner in Norway."
    assert {relation for _, relation, thing in triples(read(extractor, sale)) if thing == "Tidewatch scanner"} == {"acquires"}
    assert ("Halvard Media", "offers", "Tidewatch scanner") in triples(read(extractor, offer))


@pytest.mark.parametrize(
    ("text", "claim", "is_told"),
    [
        ("Arbel Corp acquired Norwood Corp's European operations for $3 million.", ("Arbel Corp", "acquires", "Norwood Corp"), False),
        ("Arbel Partners agreed to buy all of Norwood Corp's outstanding shares.", ("Arbel Partners", "acquires", "Norwood Corp"), True),
        ("Norwood Corp's board turned down a 41 dlr a share offer from Arbel Partners.", ("Arbel Partners", "acquires", "Norwood Corp"), True),
        ("云杉医疗董事长温明辞去职务。", ("温明", "leads", "云杉医疗"), False),
        ("云杉医疗董事温明表示,公司将扩产。", ("温明", "leads", "云杉医疗"), False),
        ("云杉医疗董事长温明表示满意。", ("温明", "leads", "云杉医疗"), True),
        ("Norwood Corp chief executive Jane Arnott resigned on Monday.", ("Jane Arnott", "leads", "Norwood Corp"), False),
        ("Norwood Corp vice chairman Jane Arnott said so.", ("Jane Arnott", "leads", "Norwood Corp"), False),
        ("Norwood Corp chief executive Jane Arnott said so.", ("Jane Arnott", "leads", "Norwood Corp"), True),
        ("Arbel Oy said it has acquired Ferrin Oy, a subsidiary of Norwood Oy.", ("Norwood Oy", "hasSubsidiary", "Ferrin Oy"), False),
        ("Arbel Oy has agreed to buy Ferrin Oy, a subsidiary of Norwood Oy.", ("Norwood Oy", "hasSubsidiary", "Ferrin Oy"), True),
    ],
)
def test_what_the_sentence_itself_rules_out_is_not_claimed(extractor: Extractor, text: str, claim: tuple[str, str, str], *, is_told: bool) -> None:
    assert (claim in triples(read(extractor, text))) is is_told


def test_the_holders_of_a_firm_are_not_the_firm_spoken_of(extractor: Extractor) -> None:
    text = "Arbel Holdings agreed to buy Norwood Savings. It will pay 2 million dollars to the shareholders of Norwood Savings."
    assert not [one for one in triples(read(extractor, text)) if one[1] == "investsIn"]


def test_a_party_by_its_short_name_speaks_with_authority(extractor: Extractor) -> None:
    found = read(extractor, "Arbel Steel Works Inc is growing. Norwood Corp will be bought by Arbel Steel Works Inc, Arbel said on Monday.")
    assert {claim.certainty for claim in found.claims if claim.relation == "acquires"} == {"Certain"}


def test_a_headline_and_the_line_below_are_two_sentences(extractor: Extractor) -> None:
    text = "Halvard Lines wins Tidewatch case\nDockwise Systems sued Halvard Lines in Oslo on Monday."
    assert text.split("\n")[1] in {text[span.start : span.end] for claim in read(extractor, text).claims for span in claim.evidence}


def test_names_go_on_over_lines_that_are_kept_short(extractor: Extractor) -> None:
    text = "Halvard to buy bank\nHalvard Lines said on Friday that it had\nagreed to buy all the shares of the Old\nStanmore Bank for $30 million."
    found = read(extractor, text)
    mentions = {mention.id: mention for mention in found.mentions}
    assert {mentions[claim.object].text for claim in found.claims if claim.relation == "acquires"} == {"Old\nStanmore Bank"}


def test_it_is_not_the_firm_itself_by_another_name(extractor: Extractor) -> None:
    text = "Harlow Brace Inc said it has told Orsini and Row Publishers Inc that it intends to withdraw its proposal to acquire Orsini and Row."
    found = read(extractor, text)
    mentions = {mention.id: mention for mention in found.mentions}
    buyers = {mentions[mentions[claim.subject].antecedent or claim.subject].text for claim in found.claims if claim.relation == "acquires"}
    assert buyers == {"Harlow Brace Inc"}


@pytest.mark.parametrize(
    ("one", "other", "is_own"),
    [("Orsini and Row Publishers Inc", "Orsini and Row", True), ("Metalworks", "Meta", False), ("北湾", "北湾科技", True), ("Acme", "Bolt", False)],
)
def test_a_name_is_another_one_cut_short_at_a_word(one: str, other: str, *, is_own: bool) -> None:
    first, second = (Mention("m", "Company", Span(0, len(name)), name, "encoder") for name in (one, other))
    assert reference.is_own_name(first, second) is reference.is_own_name(second, first) is is_own


@pytest.mark.parametrize(
    ("text", "outlet", "cited"),
    [
        (
            "Halvard Lines is considering buying Dockwise Systems, Reuters reported, citing people familiar with the matter.",
            "Reuters",
            "people familiar",
        ),
        ("路透援引知情人士报道，北湾科技正考虑收购博特软件。", "路透", "知情人士"),
        ("Halvard Lines may buy Dockwise Systems, Reuters reported. People familiar with the matter were surprised.", "Reuters", None),
    ],
)
def test_whom_an_outlet_cites_is_kept(extractor: Extractor, text: str, outlet: str, cited: str | None) -> None:
    found = read(extractor, text)
    texts = {mention.id: mention.text for mention in found.mentions}
    [claim] = [claim for claim in found.claims if claim.relation == "acquires"]
    assert texts[claim.source or ""] == outlet
    assert (texts[claim.citing] if claim.citing else "").startswith(cited or "")
    assert (claim.citing is None) == (cited is None)


def test_every_mention_reads_as_its_place_in_the_text_does_where_one_firm_has_several_deals(extractor: Extractor) -> None:
    text = "腾云和阿宁都是众和在线的股东;百渡拟联合德国保险巨头安和集团、高岭资本成立百和保险公司,"
    for mention in read(extractor, text).mentions:
        assert text[mention.span.start : mention.span.end] == mention.text


def test_a_claim_of_a_deal_speaks_of_a_deal_between_its_ends(extractor: Extractor) -> None:
    articles = read_gold(Path(__file__).parents[1] / "training" / "news.jsonl")
    text = next(one.text for one in articles if one.id == "wqb-009")  # three investors, each named with the firm twice
    found = read(extractor, text)
    mentions = {mention.id: mention for mention in found.mentions}
    told = [claim for claim in found.claims if claim.about is not None]
    assert len(told) >= 3
    for claim in told:
        assert {mentions[one].text for one in mentions[claim.about or ""].parties} == {mentions[claim.subject].text, mentions[claim.object].text}
