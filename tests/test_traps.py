"""Names that are easily taken for one another, and names of one thing that look different: each with the reason why."""

from __future__ import annotations

import pytest
from gold import article, observed, says

from kg.gazetteer import Gazetteer
from kg.model import Entity
from kg.resolve import resolve


@pytest.fixture(scope="module")
def bundled() -> Gazetteer:
    return Gazetteer.load()


def entity_of(names: dict[str, str], bundled: Gazetteer, text: str | None = None) -> dict[str, Entity]:
    """The entity of each name (given with its type) when all stand in one article, without any claim."""
    text = text or "; ".join(names)
    row = article("a", text, {f"e{place}": (kind, name) for place, (name, kind) in enumerate(names.items())})
    document, extraction = observed(row, told_alike=False)
    entities, (resolution,) = resolve([(document, extraction)], bundled)
    by_id = {entity.id: entity for entity in entities}
    decided = {decision.mention: decision.entity for decision in resolution.decisions}
    return {mention.text: by_id[decided[mention.id]] for mention in extraction.mentions}


FIRM, PRODUCT = "Company", "Product"

ALIKE = [
    ("the parent with and without its form, and the capital spelling of headlines", {"Meta Platforms": FIRM, "Meta": FIRM, "META": FIRM}),
    ("long, short and Chinese names of one group", {"Alibaba Group": FIRM, "Alibaba": FIRM, "阿里": FIRM, "阿里巴巴集团控股有限公司": FIRM}),
    ("both scripts, with and without 集团", {"小米": FIRM, "小米集团": FIRM, "Xiaomi": FIRM}),
    ("both languages", {"Morgan Stanley": FIRM, "摩根士丹利": FIRM, "大摩": FIRM}),
    ("both languages", {"JPMorgan": FIRM, "JPMorgan Chase": FIRM, "摩根大通": FIRM, "小摩": FIRM}),
    ("an abbreviation that a list knows", {"Hewlett Packard Enterprise": FIRM, "HPE": FIRM, "慧与": FIRM}),
    ("traditional and simplified characters", {"騰訊": FIRM, "腾讯": FIRM, "Tencent": FIRM}),
    ("a former name", {"ByteDance": FIRM, "字节跳动": FIRM, "字节": FIRM}),
    ("initials with and without points, and the Chinese short form", {"SEC": "Organization", "Securities and Exchange Commission": "Organization"}),
]

APART = [
    ("the firm, and the idea that it is named after", {"Meta": FIRM, "Metaverse": PRODUCT}),
    ("a group, its marketplace and its cloud", {"Alibaba": FIRM, "Alibaba.com": FIRM, "阿里云": FIRM}),
    ("a firm and what it makes", {"小米": FIRM, "小米手机": PRODUCT}),
    ("two firms of one founder", {"X": FIRM, "xAI": FIRM}),
    ("a firm and its unit in one country", {"Uber": FIRM, "Uber China": FIRM}),
    ("an invented firm and its unit in one country", {"Harlow": FIRM, "Harlow China": FIRM}),
    ("a bank and the insurer that owns it", {"平安银行": FIRM, "中国平安": FIRM}),
    ("a group and its listed film unit", {"万达集团": FIRM, "万达电影": FIRM}),
    ("the two halves of a split", {"HP": FIRM, "HPE": FIRM}),
    ("two banks that share a forebear's name", {"Morgan Stanley": FIRM, "JPMorgan": FIRM}),
    ("a maker and its holding", {"联想": FIRM, "联想控股": FIRM}),
    ("one Chinese sign more", {"京东": FIRM, "京东方": FIRM}),
    ("a group and a longer name of another group", {"中冶集团": FIRM, "中冶纸业集团": FIRM}),
    ("a vehicle that a buyer sets up", {"Harlow": FIRM, "Harlow Acquisition": FIRM}),
    ("a merged firm and the two that merged", {"Harlow": FIRM, "Tarnwick": FIRM, "Harlow Tarnwick": FIRM}),
]


def cases(listed: list[tuple[str, dict[str, str]]]) -> list[object]:
    return [pytest.param(names, id=f"{' / '.join(names)}: {reason}") for reason, names in listed]


@pytest.mark.parametrize("names", cases(ALIKE))
def test_names_of_one_thing(names: dict[str, str], bundled: Gazetteer) -> None:
    assert len({entity.id for entity in entity_of(names, bundled).values()}) == 1


@pytest.mark.parametrize("names", cases(APART))
def test_names_of_different_things(names: dict[str, str], bundled: Gazetteer) -> None:
    assert len({entity.id for entity in entity_of(names, bundled).values()}) == len(names)


def test_two_deals_of_one_buyer_are_two(bundled: Gazetteer) -> None:
    firms = {"a": (FIRM, "AMD", "Advanced Micro Devices"), "t": (FIRM, "ATI"), "s": (FIRM, "SeaMicro")}
    text = "AMD, or Advanced Micro Devices, bought ATI, and later SeaMicro."
    row = article(
        "d",
        text,
        firms | {"d1": ("Deal", "Acquisition", "a", "t"), "d2": ("Deal", "Acquisition", "a", "s")},
        says("a acquires t"),
        says("a acquires s"),
    )
    entities, _ = resolve([observed(row, told_alike=False)], bundled)
    deals = {entity.parties for entity in entities if entity.type == "Deal"}
    assert len(deals) == 2
    assert len({parties[0] for parties in deals}) == 1


def test_an_acquisition_vehicle_or_a_headline_of_capitals_does_not_make_a_chain(bundled: Gazetteer) -> None:
    """Harlow – HARLOW – Harlow Paper – Harlow Steel: the short form fits two full names, so it is neither."""
    found = entity_of({"HARLOW": FIRM, "Harlow Paper": FIRM, "Harlow Steel": FIRM}, bundled)
    assert len({entity.id for entity in found.values()}) == 3


def test_a_name_of_a_list_of_unread_names_yields_to_the_full_name_in_the_text(bundled: Gazetteer) -> None:
    assert bundled.lookup("Atlas")
    found = entity_of({"Atlas Gold Mines": FIRM, "Atlas": FIRM}, bundled)
    assert found["Atlas"].id == found["Atlas Gold Mines"].id == "company/atlas-gold-mines"


def test_a_ticker_beside_a_name_is_another_name_of_it(bundled: Gazetteer) -> None:
    text = "HARLOW MILLS <HLWM> SEES GAIN. Harlow Mills (NYSE: HLWM) and Tarnwick（股票代码：600777）, a rival, agreed."
    found = entity_of({"HARLOW MILLS": FIRM, "HLWM": FIRM, "Harlow Mills": FIRM, "Tarnwick": FIRM}, bundled, text)
    assert found["HLWM"].id == found["Harlow Mills"].id == found["HARLOW MILLS"].id
    assert found["Tarnwick"].id != found["HLWM"].id


def test_a_firm_and_its_former_name_are_two_things_where_a_text_has_both(bundled: Gazetteer) -> None:
    assert entity_of({"EADS": FIRM}, bundled)["EADS"].id == entity_of({"Airbus": FIRM}, bundled)["Airbus"].id
    both = entity_of({"EADS": FIRM, "Airbus": FIRM}, bundled)
    assert both["EADS"].id != both["Airbus"].id
