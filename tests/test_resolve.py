"""Which mentions are one thing, under which id and name, and which stay apart."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from gold import Row, article, observed, says
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.evaluate.perfect import occurrences
from kg.gazetteer import Gazetteer
from kg.model import Document, Entity, Extraction, Mention, Resolution, Span
from kg.resolve import resolve

Pair = tuple[Document, Extraction]


def decide(*rows: Row | Pair, gazetteer: Gazetteer | None = None) -> tuple[dict[str, Entity], dict[str, dict[str, str]]]:
    """Entities by id, and for each document's id the entity of each decided mention, by "words at start"."""
    pairs = [row if isinstance(row, tuple) else observed(row, told_alike=False) for row in rows]
    entities, resolutions = resolve(pairs, gazetteer or Gazetteer.empty())
    by_document = {resolution.document: resolution for resolution in resolutions}
    return {entity.id: entity for entity in entities}, {document.id: _words(extraction, by_document[document.key]) for document, extraction in pairs}


def _words(extraction: Extraction, resolution: Resolution) -> dict[str, str]:
    text = {mention.id: mention.text for mention in extraction.mentions if mention.type != "Deal"}
    return {text[decision.mention]: decision.entity for decision in resolution.decisions if decision.mention in text}


def deals(entities: dict[str, Entity]) -> set[tuple[str | None, tuple[str, ...]]]:
    return {(entity.deal, entity.parties) for entity in entities.values() if entity.type == "Deal"}


def companies(name: str, text: str, *names: str) -> Row:
    return article(name, text, {one: ("Company", one) for one in names})


def test_legal_suffixes_and_case_make_no_difference_across_documents() -> None:
    first = companies("a", "Harrow Paper Co opened a mill. Harrow Paper is old.", "Harrow Paper Co", "Harrow Paper")
    second = companies("b", "HARROW PAPER shut a mill. Harrow Paper said why.", "HARROW PAPER", "Harrow Paper")
    entities, decided = decide(first, second)
    assert set(entities) == {"company/harrow-paper"}
    assert entities["company/harrow-paper"].labels == (("en", "Harrow Paper"),)  # twice, the others once
    assert decided["a"] == {"Harrow Paper Co": "company/harrow-paper", "Harrow Paper": "company/harrow-paper"}


def test_of_equally_frequent_names_the_first_by_code_point_is_the_label_and_each_script_has_one() -> None:
    entities, _ = decide(companies("a", "VELLUM grew, as did Vellum.", "VELLUM", "Vellum"))
    assert entities["company/vellum"].labels == (("en", "VELLUM"),)
    entities, _ = decide(article("b", "云舟科技和云舟科技集团", {"y": ("Company", "云舟科技", "云舟科技集团")}, lang="zh"))
    assert [entity.labels for entity in entities.values()] == [(("zh", "云舟科技"),)]


def test_a_short_form_goes_with_the_only_full_name_it_fits_and_is_no_label() -> None:
    text = "Harrow Paper Mills met Dora Vance of the US Timber Trade Board (TTB). Harrow, Harrow again, Vance and the TTB agreed."
    firm, body = ("Company", "Harrow Paper Mills", "Harrow"), ("Organization", "US Timber Trade Board", "TTB")
    entities, decided = decide(article("a", text, {"h": firm, "v": ("Person", "Dora Vance", "Vance"), "t": body}))
    assert decided["a"]["Harrow"] == "company/harrow-paper-mills"
    assert decided["a"]["Vance"] == "person/dora-vance"
    assert decided["a"]["TTB"] == "organization/us-timber-trade-board"
    assert entities["company/harrow-paper-mills"].labels == (("en", "Harrow Paper Mills"),)
    assert len(entities) == 3


def test_a_chinese_short_form_leaves_out_more_than_one_sign() -> None:
    _, decided = decide(companies("a", "浙江海川科技与海川签约，云舟方不是云舟。", "浙江海川科技", "海川", "云舟方", "云舟"))
    assert decided["a"]["海川"] == decided["a"]["浙江海川科技"]
    assert decided["a"]["云舟方"] != decided["a"]["云舟"]


def test_a_short_form_of_two_names_stays_alone() -> None:
    _, decided = decide(companies("a", "Harrow Paper and Harrow Steel met Harrow.", "Harrow Paper", "Harrow Steel", "Harrow"))
    assert decided["a"] == {"Harrow Paper": "company/harrow-paper", "Harrow Steel": "company/harrow-steel", "Harrow": "company/harrow"}


@pytest.mark.parametrize(("rule", "things"), [("model.0.1.0", {"harrow-paper"}), ("acquire.verb", {"harrow-paper", "harrow"})])
def test_a_deal_between_a_firm_and_its_short_form_keeps_them_apart_only_if_words_tell_it(rule: str, things: set[str]) -> None:
    told = {"h": ("Company", "HARROW"), "p": ("Company", "Harrow Paper"), "d": ("Deal", "Acquisition", "h", "p")}
    row = article("a", "VELLUM BUYS HARROW. Vellum said it bought Harrow Paper.", told, says("h acquires p"))
    document, extraction = observed(row, told_alike=False)
    claims = tuple(msgspec.structs.replace(claim, rule=rule) for claim in extraction.claims)
    mentions = tuple(msgspec.structs.replace(mention, rule=rule) for mention in extraction.mentions)
    entities, _ = decide((document, msgspec.structs.replace(extraction, claims=claims, mentions=mentions)))
    assert {entity.id for entity in entities.values() if entity.type == "Company"} == {f"company/{name}" for name in things}


def test_a_short_form_does_not_reach_another_document_or_another_type() -> None:
    full, short = companies("a", "Harrow Paper grew.", "Harrow Paper"), companies("b", "Harrow shrank.", "Harrow")
    assert decide(full, short)[1]["b"] == {"Harrow": "company/harrow"}
    mixed = article("a", "Harrow Paper sells the Harrow.", {"c": ("Company", "Harrow Paper"), "p": ("Product", "Harrow")})
    assert decide(mixed)[1]["a"]["Harrow"] == "product/harrow"


def test_two_ends_of_a_claim_are_two_things_however_alike() -> None:
    entities = {"h": ("Company", "Harrow"), "f": ("Company", "Harrow Finance")}
    apart = article("a", "Harrow owns Harrow Finance.", entities, says("h hasSubsidiary f"))
    assert decide(apart)[1]["a"] == {"Harrow": "company/harrow", "Harrow Finance": "company/harrow-finance"}


def test_a_parent_and_its_listed_firm_are_two_things_where_a_text_names_both() -> None:
    entities = {"p": ("Company", "云舟集团"), "l": ("Company", "云舟股份")}
    joined = article("a", "云舟集团持有云舟股份。", entities, says("p hasSubsidiary l"), lang="zh")
    assert decide(joined)[1]["a"] == {"云舟集团": "company/云舟集团", "云舟股份": "company/云舟股份"}
    beside = article("b", "云舟集团与云舟股份都到了。", entities, lang="zh")
    assert decide(beside)[1]["b"] == {"云舟集团": "company/云舟集团", "云舟股份": "company/云舟股份"}
    alone = article("c", "云舟集团也叫云舟集团公司。", {"p": ("Company", "云舟集团"), "l": ("Company", "云舟集团公司")}, lang="zh")
    assert decide(alone)[1]["c"] == {"云舟集团": "company/云舟", "云舟集团公司": "company/云舟"}


LIST = """
@prefix : <https://w3id.org/dealgraph/gazetteer/company/> .
@prefix p: <https://w3id.org/dealgraph/gazetteer/product/> .
@prefix c: <https://w3id.org/dealgraph/concept/asset/> .
@prefix kg: <https://w3id.org/dealgraph/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:yunzhou a skos:Concept ; skos:prefLabel "Yunzhou"@en, "云舟"@zh ; kg:entityType kg:Company .
:tern a skos:Concept ; skos:prefLabel "Tern"@en ; kg:entityType kg:Company ; kg:ambiguous true .
:vela a skos:Concept ; skos:prefLabel "Vela"@en ; kg:entityType kg:Company .
:vela-bank a skos:Concept ; skos:prefLabel "Vela Bank"@en ; skos:altLabel "Vela"@en ; kg:entityType kg:Company .
p:velajet a skos:Concept ; skos:prefLabel "Velajet"@en ; kg:entityType kg:Product ; kg:maker :vela .
c:river-pier a skos:Concept ; skos:prefLabel "river pier"@en, "河港"@zh ; kg:entityType kg:Asset ; kg:finerClass kg:BusinessAsset ;
    skos:broader <https://w3id.org/dealgraph/concept/asset/works> .
"""


@pytest.fixture
def listed(tmp_path: Path) -> Gazetteer:
    """A list of invented firms, and one concept."""
    (tmp_path / "list.ttl").write_text(LIST, encoding="utf-8")
    return Gazetteer.load([tmp_path / "list.ttl"])


def test_what_a_list_knows_is_one_thing_in_both_languages_with_its_links(listed: Gazetteer) -> None:
    english = article("a", "Yunzhou has a river pier.", {"y": ("Company", "Yunzhou"), "r": ("Asset", "river pier")}, says("y hasAsset r"))
    chinese = article("b", "云舟集团有河港。", {"y": ("Company", "云舟集团"), "r": ("Asset", "河港")}, says("y hasAsset r"), lang="zh")
    entities, decided = decide(english, chinese, gazetteer=listed)
    assert list(decided["a"].values()) == list(decided["b"].values()) == ["company/yunzhou", "asset/river-pier"]
    assert entities["company/yunzhou"].labels == (("en", "Yunzhou"), ("zh", "云舟集团"))
    assert entities["company/yunzhou"].exact_match == ("https://w3id.org/dealgraph/gazetteer/company/yunzhou",)
    pier = entities["asset/river-pier"]
    assert (pier.classes, pier.broader) == (("BusinessAsset",), ("https://w3id.org/dealgraph/concept/asset/works",))
    entities, _ = decide(english, gazetteer=listed)
    assert entities["company/yunzhou"].labels == (("en", "Yunzhou"), ("zh", "云舟"))  # no text has a Chinese name: the list's


def test_a_concept_that_is_bought_is_narrower_than_the_concept(listed: Gazetteer) -> None:
    bought = article("a", "Harrow buys a river pier.", {"h": ("Company", "Harrow"), "r": ("Asset", "river pier")}, says("h acquires r"))
    entities, _ = decide(bought, gazetteer=listed)
    pier = entities["asset/harrow--river-pier"]
    assert (pier.classes, pier.exact_match, pier.broader) == (("BusinessAsset",), (), ("https://w3id.org/dealgraph/concept/asset/river-pier",))


def test_a_short_form_of_what_two_firms_buy_under_its_full_name_has_a_label() -> None:
    text = "Harrow buys Orrin and Vela mills. Bexley buys Orrin and Vela Mills. The Vela mills closed."
    firms = {"h": ("Company", "Harrow"), "b": ("Company", "Bexley")}
    mills = {"m": ("Asset", "Orrin and Vela mills"), "n": ("Asset", "Orrin and Vela Mills"), "v": ("Asset", "Vela mills")}
    told = [says("h acquires m", quote="Harrow buys Orrin and Vela mills"), says("b acquires n", quote="Bexley buys Orrin and Vela Mills")]
    entities, decided = decide(article("a", text, firms | mills, *told))
    assert entities[decided["a"]["Vela mills"]].labels == (("en", "Vela mills"),)
    assert all(entity.labels for entity in entities.values() if entity.type != "Deal")


def test_a_name_of_several_listed_things_is_the_one_whose_product_the_text_names(listed: Gazetteer) -> None:
    alone = companies("a", "Vela grew.", "Vela")
    beside = article("b", "Vela sold a Velajet.", {"v": ("Company", "Vela"), "j": ("Product", "Velajet")})
    assert decide(beside, gazetteer=listed)[1]["b"]["Vela"] == "company/vela"
    unknown = decide(alone, gazetteer=listed)[1]["a"]["Vela"]  # not known which: neither of them, so not the id of one either
    assert unknown.startswith("company/vela-")
    assert unknown not in ("company/vela", "company/vela-bank")
    assert decide(article("c", "Tern flew.", {"t": ("Product", "Tern")}), gazetteer=listed)[1]["c"]["Tern"] == "product/tern"
    entities, (resolution,) = resolve([observed(companies("d", "Tern grew.", "Tern"))], listed)
    assert [(entity.id, entity.exact_match != ()) for entity in entities] == [("company/tern", True)]
    assert [(decision.reason, decision.score) for decision in resolution.decisions] == [("gazetteer, an everyday word too", 0.8)]


def test_a_name_has_one_type_per_article_the_one_that_most_claims_allow() -> None:
    text = "Users opened Pixfolk. Pixfolk slept. Brinelle sued Pixfolk."
    document, extraction = observed(article("a", text, {"b": ("Company", "Brinelle"), "p": ("Company", "Pixfolk")}, says("b sues p")))
    sued = extraction.claims[0].object
    mentions = [one if one.id == sued or one.text == "Brinelle" else msgspec.structs.replace(one, type="Product") for one in extraction.mentions]
    assert [one.type for one in mentions] == ["Company", "Product", "Company", "Product"]
    extraction = msgspec.structs.replace(extraction, mentions=tuple(mentions))
    entities, decided = decide((document, extraction))
    assert decided["a"] == {"Brinelle": "company/brinelle", "Pixfolk": "company/pixfolk"}
    assert set(entities) == {"company/brinelle", "company/pixfolk"}
    _, resolutions = resolve([(document, extraction)], Gazetteer.empty())
    assert "Company and Product, Company by vote" in resolutions[0].decisions[0].reason


def test_what_stands_for_a_name_follows_it_and_a_chain_that_leads_nowhere_is_left_out() -> None:
    text = "Harrow said it would. The firm and they did, he too."
    span = {word: occurrences(word, text)[0] for word in ("Harrow", "it", "The firm", "they", "he")}
    ids = {word: Mention.make_id(at, "Company") for word, at in span.items()}
    stands_for = {"it": ids["Harrow"], "The firm": ids["it"], "they": ids["he"], "he": ids["they"]}
    mentions = tuple(Mention(ids[word], "Company", at, word, "test", antecedent=stands_for.get(word)) for word, at in span.items())
    document = Document(id="a", text=text)
    entities, decided = decide((document, Extraction(document.key, "run", ("en",), mentions)))
    assert decided["a"] == {"Harrow": "company/harrow", "it": "company/harrow", "The firm": "company/harrow"}
    assert entities["company/harrow"].labels == (("en", "Harrow"),)


def test_phrases_are_shared_by_all_who_have_them_in_singular_and_plural() -> None:
    first = article("a", "Harrow has a river terminal.", {"h": ("Company", "Harrow"), "t": ("Asset", "river terminal")}, says("h hasAsset t"))
    second = article("b", "Brinelle has river terminals.", {"b": ("Company", "Brinelle"), "t": ("Asset", "river terminals")}, says("b hasAsset t"))
    _, decided = decide(first, second)
    assert decided["a"]["river terminal"] == decided["b"]["river terminals"]
    fear = article("c", "A river terminal is a hurdle.", {"t": ("Challenge", "river terminal")})
    assert decide(first, fear)[1]["c"]["river terminal"].startswith("challenge/")


def test_a_store_of_a_listed_asset_is_that_asset_and_other_longer_phrases_are_not() -> None:
    listed = Gazetteer.load()
    text = "Harrow has a trove of user data. Others have user data too. The lack of competition is one, and competition another."
    named = {"a": ("Asset", "trove of user data"), "b": ("Asset", "user data")}
    decided = decide(article("a", text, named), gazetteer=listed)[1]["a"]
    assert decided == {"trove of user data": "asset/user-data", "user data": "asset/user-data"}
    hurdles = {"a": ("Challenge", "lack of competition"), "b": ("Challenge", "competition")}
    told = decide(article("b", text, hurdles), gazetteer=listed)[1]["b"]
    assert told["lack of competition"] != "challenge/competition"


def test_an_asset_that_is_bought_is_its_buyers_own() -> None:
    entities = {"h": ("Company", "Harrow Inc"), "u": ("Asset", "wireless unit"), "s": ("Company", "Soltane")}
    text = "Harrow Inc buys the wireless unit of Soltane. The wireless unit is small."
    bought = article("a", text, entities, says("h acquires u"), says("s hasAsset u"))
    other = article("b", "Brinelle buys a wireless unit.", {"b": ("Company", "Brinelle"), "u": ("Asset", "wireless unit")}, says("b acquires u"))
    kept = article("c", "Vellum has a wireless unit.", {"v": ("Company", "Vellum"), "u": ("Asset", "wireless unit")}, says("v hasAsset u"))
    found, decided = decide(bought, other, kept)
    assert decided["a"]["wireless unit"] == "asset/harrow--wireless-unit"
    assert decided["b"]["wireless unit"] == "asset/brinelle--wireless-unit"
    assert decided["c"]["wireless unit"] == "asset/wireless-unit"
    assert ("Acquisition", ("company/harrow", "asset/harrow--wireless-unit")) in deals(found)


def test_a_deal_is_its_kind_and_parties_wherever_it_is_told() -> None:
    pair = {"h": ("Company", "Harrow"), "t": ("Company", "Tavor")}
    entities, _ = decide(
        article("a", "Harrow to buy Tavor", pair, says("h acquires t")),
        article("b", "Harrow walked away from Tavor", pair, says("h acquires t", stage="terminated")),
        article("c", "Tavor merges with Harrow", pair, says("t mergesWith h")),
        article("d", "Harrow merges with Tavor", pair, says("h mergesWith t")),
    )
    assert deals(entities) == {("Acquisition", ("company/harrow", "company/tavor")), ("Merger", ("company/harrow", "company/tavor"))}
    bought = next(entity for entity in entities.values() if entity.deal == "Acquisition")
    assert bought.labels == (("en", "Harrow – Tavor (acquisition)"), ("zh", "Harrow–Tavor（收购）"))


def test_part_of_a_consortium_is_the_consortium_and_the_deal_stands_for_it() -> None:
    text = "Harrow and Brinelle will buy Tavor. Harrow buys Tavor. The deal is done."
    parties = {"h": ("Company", "Harrow"), "b": ("Company", "Brinelle"), "t": ("Company", "Tavor"), "d": ("Deal", "Acquisition", "h", "b", "t")}
    document, extraction = observed(article("a", text, parties, says("h acquires t"), says("b acquires t")))
    (consortium,) = [mention for mention in extraction.mentions if mention.type == "Deal"]
    buyer, _, target = consortium.parties
    alone = Mention("36-54-Deal", "Deal", Span(36, 54), text[36:54], "test", deal="Acquisition", parties=(buyer, target))
    anaphor = Mention("56-64-Deal", "Deal", Span(56, 64), "The deal", "test", antecedent=alone.id)
    extraction = msgspec.structs.replace(extraction, mentions=(*extraction.mentions, alone, anaphor))
    entities, resolutions = resolve([(document, extraction)], Gazetteer.empty())
    assert deals({entity.id: entity for entity in entities}) == {("Acquisition", ("company/harrow", "company/brinelle", "company/tavor"))}
    decided = {decision.mention: decision.entity for decision in resolutions[0].decisions}
    assert decided[consortium.id] == decided[alone.id] == decided[anaphor.id]


def test_a_deal_whose_parties_fall_together_is_none() -> None:
    same = {"h": ("Company", "Harrow Inc"), "o": ("Company", "Harrow")}
    entities, _ = decide(article("a", "Harrow Inc buys Harrow", same, says("h acquires o")))
    assert set(entities) == {"company/harrow"}


def test_unnamed_sources_belong_to_their_document_and_outlets_to_all() -> None:
    text = "Media reports say so. 有媒体报道。The Ostrava Post and Harrow agree."

    def pair(name: str) -> Pair:
        document = Document(id=name, text=text)
        unnamed = [("Media reports", "media", "Unnamed"), ("有媒体", "media", "Unnamed")]
        voices = [*unnamed, ("Ostrava Post", None, "Media"), ("Harrow", None, "Official")]
        mentions = [Mention("x", "Company", occurrences("Harrow", text)[0], "Harrow", "test")]
        for words, group, kind in voices:
            at = occurrences(words, text)[0]
            mentions.append(Mention(Mention.make_id(at, "Source"), "Source", at, words, "test", source_kind=kind, group=group))  # type: ignore[arg-type]
        return document, Extraction(document.key, "run", ("en", "zh"), tuple(mentions))

    entities, decided = decide(pair("a"), pair("b"))
    key = Document(id="a", text="").key
    assert decided["a"] == {
        "Media reports": f"source/{key}/media",
        "有媒体": f"source/{key}/media",
        "Ostrava Post": "source/ostrava-post",
        "Harrow": "company/harrow",
    }
    assert decided["b"]["Media reports"] != decided["a"]["Media reports"]
    assert decided["b"]["Ostrava Post"] == "source/ostrava-post"
    own = entities[f"source/{key}/media"]
    assert (own.document, own.source_kind, own.labels) == (key, "Unnamed", (("en", "Media reports"), ("zh", "有媒体")))
    assert entities["source/ostrava-post"].document is None


NAMES = ["Harrow", "Harrow Paper", "HARROW", "Harrow Paper Co", "C++", "C#", "云舟科技", "云舟", "a b", "a-b", "a  b", "!", "?", "Disney+"]


@given(st.lists(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["Company", "Product", "Asset"])), max_size=4), max_size=4), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_documents_changes_nothing_and_ids_tell_things_apart(texts: list[list[tuple[str, str]]], chance: object) -> None:
    pairs = []
    for number, names in enumerate(texts):
        text, mentions = "", []
        for name, kind in names:
            span = Span(len(text), len(text) + len(name))
            mentions.append(Mention(Mention.make_id(span, kind), kind, span, name, "test"))  # type: ignore[arg-type]
            text += f"{name} | "
        document = Document(id=f"d{number}", text=text or "nothing")
        pairs.append((document, Extraction(document.key, "run", ("en",), tuple(mentions))))
    shuffled = list(pairs)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    entities, resolutions = resolve(pairs, Gazetteer.empty())
    assert (entities, resolutions) == resolve(shuffled, Gazetteer.empty())
    assert len({entity.id for entity in entities}) == len(entities)
    assert all(len(resolution.decisions) == len(extraction.mentions) for resolution, (_, extraction) in _matched(resolutions, pairs))
    if "C++" in str(texts) and "C#" in str(texts):
        assert not {entity.id for entity in entities} & {"company/c", "product/c"}


def _matched(resolutions: list[Resolution], pairs: list[Pair]) -> list[tuple[Resolution, Pair]]:
    by_key = {document.key: (document, extraction) for document, extraction in pairs}
    return [(resolution, by_key[resolution.document]) for resolution in resolutions]


def product(name: str, text: str, *claims: Row) -> Row:
    return article(name, text, {"h": ("Company", "Harrow"), "t": ("Company", "Tarnwick"), "v": ("Product", "Vela")}, *claims)


def test_a_product_is_its_makers_and_one_of_two_makers_is_two() -> None:
    first, again = product("a", "Harrow and Tarnwick saw Vela.", says("h offers v")), product("b", "Vela! Harrow, Tarnwick.", says("h offers v"))
    bare, other = product("c", "Harrow, Tarnwick: Vela."), product("d", "Tarnwick sells Vela, not Harrow.", says("t offers v"))
    same = decide(first, again, bare)[1]
    assert {same[name]["Vela"] for name in "abc"} == {"product/vela"}
    told = decide(first, again, bare, other)[1]
    assert told["a"]["Vela"] == told["b"]["Vela"]
    assert len({told[name]["Vela"] for name in "acd"}) == 3  # of which of the two the third speaks nobody knows


def test_a_surname_alone_and_a_body_that_many_countries_have_stay_in_their_document() -> None:
    things = {"v": ("Person", "Vance"), "m": ("Organization", "Ministry of Finance"), "b": ("Organization", "Timber Board")}
    told = decide(article("a", "Vance, Ministry of Finance, Timber Board", things), article("b", "Timber Board, Ministry of Finance, Vance", things))[
        1
    ]
    assert told["a"]["Timber Board"] == told["b"]["Timber Board"]
    assert told["a"]["Vance"] != told["b"]["Vance"]
    assert told["a"]["Ministry of Finance"] != told["b"]["Ministry of Finance"]


def test_a_merge_that_the_text_forbids_is_refused_and_remembered() -> None:
    things = {"h": ("Company", "Harrow Mills"), "m": ("Company", "HM")}
    entities, _ = decide(article("a", "Harrow Mills (HM) sued HM.", things, says("h sues m")))
    assert len([entity for entity in entities.values() if entity.type == "Company"]) == 2
    ((other, reason),) = entities["company/harrow-mills"].near_misses
    assert other == "company/hm"
    assert reason == "in brackets, but a text or a person says that they are two things"


def test_chains_of_merges_do_not_join_what_a_text_keeps_apart() -> None:
    """Harrow Mills (HM) in one text and Tern (HM) in another would make Harrow Mills and Tern one, which compete in a third."""
    rows = [
        companies("a", "Harrow Mills (HM) grew.", "Harrow Mills", "HM"),
        companies("b", "Hansa Metals (HM) shrank.", "Hansa Metals", "HM"),
        article(
            "c",
            "Harrow Mills is a rival of Hansa Metals.",
            {"h": ("Company", "Harrow Mills"), "t": ("Company", "Hansa Metals")},
            says("h competesWith t"),
        ),
    ]
    told = decide(*rows)[1]
    assert told["c"]["Harrow Mills"] != told["c"]["Hansa Metals"]
