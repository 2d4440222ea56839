"""One thing in other words and in the other language: where documents tell one story, and where nothing but the meaning says so."""

from __future__ import annotations

import pytest
from gold import Row, article, observed, says

from kg.embed import Embedder
from kg.gazetteer import Gazetteer
from kg.model import Entity
from kg.resolve import resolve

ENGLISH = (
    "Brenavik, a maker of harbour cranes, agreed to buy Tolmira Foundry for 40 million euros, its chief Sandor Veltik said. Brenavik faces rising "
    "steel prices and a shortage of welders. Brenavik has crane patents. Tolmira Foundry makes the Heron."
)
CHINESE = (
    "港口起重机制造商布雷纳维克同意以4000万欧元收购托尔米拉铸造厂，布雷纳维克掌门人桑多尔·韦尔蒂克表示。布雷纳维克面临钢价上涨和焊工短缺。"
    "布雷纳维克拥有起重机专利。托尔米拉铸造厂生产苍鹭。"
)
OTHER = "奥尔德温银行宣布关闭三十家网点，行长卢卡·贝内蒂称储户转向手机银行。奥尔德温银行面临坏账。"


def english(name: str = "en", date: str | None = "2031-03-05") -> Row:
    things = {
        "b": ("Company", "Brenavik"), "t": ("Company", "Tolmira Foundry"), "v": ("Person", "Sandor Veltik"), "h": ("Product", "Heron"),
        "s": ("Challenge", "rising steel prices"), "w": ("Challenge", "shortage of welders"), "p": ("Asset", "crane patents"),
    }  # fmt: skip
    claims = ("b acquires t", "v leads b", "t offers h", "b faces s", "b faces w", "b hasAsset p")
    return article(name, ENGLISH, things, *(says(one, quote="Brenavik") for one in claims), date=date)


def chinese(name: str = "zh", date: str | None = "2031-03-06") -> Row:
    things = {
        "b": ("Company", "布雷纳维克"), "t": ("Company", "托尔米拉铸造厂"), "v": ("Person", "桑多尔·韦尔蒂克"), "h": ("Product", "苍鹭"),
        "s": ("Challenge", "钢价上涨"), "w": ("Challenge", "焊工短缺"), "p": ("Asset", "起重机专利"),
    }  # fmt: skip
    claims = ("b acquires t", "v leads b", "t offers h", "b faces s", "b faces w", "b hasAsset p")
    return article(name, CHINESE, things, *(says(one, quote="布雷纳维克") for one in claims), lang="zh", date=date)


def bank() -> Row:
    things = {"o": ("Company", "奥尔德温银行"), "l": ("Person", "卢卡·贝内蒂"), "d": ("Challenge", "坏账")}
    return article("bank", OTHER, things, says("l leads o"), says("o faces d"), lang="zh", date="2031-03-05")


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def found(rows: list[Row], embedder: Embedder | None, gazetteer: Gazetteer | None = None) -> tuple[dict[str, dict[str, str]], dict[str, Entity]]:
    """Per document the entity of each name, and the entities."""
    pairs = [observed(row, told_alike=False) for row in rows]
    entities, resolutions = resolve(pairs, gazetteer or Gazetteer.empty(), embedder)
    by_key = {document.key: (document.id, extraction) for document, extraction in pairs}
    told: dict[str, dict[str, str]] = {}
    for resolution in resolutions:
        name, extraction = by_key[resolution.document]
        words = {mention.id: mention.text for mention in extraction.mentions if mention.type != "Deal"}
        told[name] = {words[one.mention]: one.entity for one in resolution.decisions if one.mention in words}
    return told, {entity.id: entity for entity in entities}


PAIRS = {
    "Brenavik": "布雷纳维克", "Tolmira Foundry": "托尔米拉铸造厂", "Sandor Veltik": "桑多尔·韦尔蒂克",
    "rising steel prices": "钢价上涨", "shortage of welders": "焊工短缺", "crane patents": "起重机专利",
}  # fmt: skip


def test_one_story_in_two_languages_is_one_graph(embedder: Embedder) -> None:
    told, entities = found([english(), chinese(), bank()], embedder)
    for one, other in PAIRS.items():
        assert told["en"][one] == told["zh"][other], (one, other)
    assert told["en"]["Heron"] == told["zh"]["苍鹭"]  # nothing but its meaning and its maker speaks for it
    assert entities["company/brenavik"].labels == (("en", "Brenavik"), ("zh", "布雷纳维克"))
    assert set(told["bank"].values()).isdisjoint(told["en"].values())
    assert sum(entity.type == "Deal" for entity in entities.values()) == 1


def test_a_name_that_the_two_sides_read_as_two_types_gets_the_one_that_more_claims_allow(embedder: Embedder) -> None:
    one, other = english(), chinese()
    for row, mark in ((one, "Kestro"), (other, "Kestro")):
        row["text"] += f" {mark}"
        row["entities"] = [*row["entities"], {"id": "k", "type": "Company" if row is one else "Product", "names": [mark]}]
    one["claims"] = [*one["claims"], says("b sues k", quote="Kestro")]
    told, _ = found([one, other], embedder)
    assert told["en"]["Kestro"] == told["zh"]["Kestro"] == "company/kestro"


def test_without_an_embedder_nothing_is_guessed_and_lists_still_work() -> None:
    told, _ = found([english(), chinese()], None, Gazetteer.load(names=False))
    assert told["en"]["Brenavik"] != told["zh"]["布雷纳维克"]
    assert told["en"]["shortage of welders"].startswith("challenge/")


def test_stories_months_apart_are_two(embedder: Embedder) -> None:
    told, _ = found([english(date="2031-03-05"), chinese(date="2031-09-05")], embedder)
    assert told["en"]["Brenavik"] != told["zh"]["布雷纳维克"]


def test_one_document_of_both_languages_is_a_story_by_itself(embedder: Embedder) -> None:
    one, other = english(), chinese()
    rename = {entity["id"]: f"z{entity['id']}" for entity in other["entities"]}
    entities = one["entities"] + [entity | {"id": rename[entity["id"]]} for entity in other["entities"]]
    claims = one["claims"] + [claim | {"s": rename[claim["s"]], "o": rename[claim["o"]]} for claim in other["claims"]]
    both = one | {"id": "both", "text": ENGLISH + "\n" + CHINESE, "lang": "en+zh", "entities": entities, "claims": claims}
    told, _ = found([both], embedder)
    for name, chinese_name in PAIRS.items():
        assert told["both"][name] == told["both"][chinese_name]


def test_the_order_of_documents_changes_nothing(embedder: Embedder) -> None:
    rows = [english(), chinese(), bank()]
    assert found(rows, embedder) == found(rows[::-1], embedder)


def test_two_things_of_one_claim_are_never_merged_however_near(embedder: Embedder) -> None:
    """Competition for talent and AI competition are both faced: two challenges."""
    things = {"h": ("Company", "Harlow"), "a": ("Challenge", "competition for engineers"), "b": ("Challenge", "competition for talent")}
    row = article("a", "Harlow faces competition for engineers and competition for talent.", things, says("h faces a"), says("h faces b"))
    told, _ = found([row], embedder)
    assert told["a"]["competition for engineers"] != told["a"]["competition for talent"]


def test_other_words_for_one_thing_in_a_text_are_that_thing(embedder: Embedder) -> None:
    things = {
        "h": ("Company", "Harlow"),
        "a": ("Challenge", "shortage of welders"),
        "b": ("Challenge", "lack of welders"),
        "c": ("Challenge", "strikes"),
    }
    text = "Harlow faces a shortage of welders. A school of its own should ease the lack of welders. There were strikes."
    told, _ = found([article("a", text, things, says("h faces a"))], embedder)
    assert told["a"]["shortage of welders"] == told["a"]["lack of welders"] != told["a"]["strikes"]


def test_a_phrase_that_no_label_names_is_a_kind_of_a_concept(embedder: Embedder) -> None:
    gazetteer = Gazetteer.load()
    told, entities = found([article("a", "Harlow has marine engineers of its own.", {"e": ("Asset", "marine engineers")})], embedder, gazetteer)
    entity = entities[told["a"]["marine engineers"]]
    engineers = gazetteer.concept("engineers", "Asset")
    assert engineers
    assert (entity.exact_match, entity.broader) == ((), (engineers.iri,))
    assert entity.classes == engineers.classes


def test_the_name_in_each_language_says_what_a_thing_is_a_kind_of(embedder: Embedder) -> None:
    gazetteer = Gazetteer.load()
    rows = []
    for row, name, sentence in (
        (english(), "established advertising business", " Brenavik gets an established advertising business."),
        (chinese(), "现成的广告收入渠道", "布雷纳维克获得现成的广告收入渠道。"),
    ):
        entities = [*row["entities"], {"id": "a", "type": "Asset", "names": [name]}]
        rows.append(row | {"text": row["text"] + sentence, "entities": entities, "claims": [*row["claims"], says("b hasAsset a", quote=name)]})
    told, known = found(rows, embedder, gazetteer)
    entity = known[told["zh"]["现成的广告收入渠道"]]
    assert told["en"]["established advertising business"] == entity.id
    kinds = [gazetteer.concept(name, "Asset") for name in ("advertising business", "收入渠道")]
    assert entity.broader == tuple(kind.iri for kind in kinds if kind)
    assert entity.classes == ("BusinessAsset",), "the English name decides"


def test_an_opaque_phrase_is_a_kind_of_nothing(embedder: Embedder) -> None:
    told, entities = found([article("a", "Harlow calls it Zibble.", {"z": ("Strategy", "Zibble")})], embedder, Gazetteer.load())
    assert entities[told["a"]["Zibble"]].broader == ()
