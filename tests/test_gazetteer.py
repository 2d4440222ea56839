from __future__ import annotations

import importlib.util
import time
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import SettingsError
from kg.gazetteer import PACKED, Entry, Gazetteer, normalise, normalise_phrase, pack
from kg.model import ENTITY_TYPES, NAMED_TYPES, PHRASE_TYPES
from kg.vocab import CONCEPT, GAZETTEER, ontology_folder, script_language, slug

HEAD = """
@prefix kg: <https://w3id.org/dealgraph/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix my: <https://lists.example/> .
"""


@pytest.fixture(scope="module")
def bundled() -> Gazetteer:
    return Gazetteer.load()


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Quellmoor Inc.", "quellmoor"),
        ("QUELLMOOR, INC", "quellmoor"),
        ("The Quellmoor Group Holdings Ltd.", "quellmoor"),
        ("Brack & Sons", "brack and sons"),
        ("Brack and Sons Co., Ltd", "brack and sons"),
        ("Brack & Co", "brack"),
        ("Dunnet’s", "dunnets"),
        ("Dunnet's", "dunnets"),
        ("Ørsgaard Müller-Ács S.A.", "ørsgaard muller acs"),
        ("K.L. Torvane", "kl torvane"),
        ("Ｑｕｅｌｌｍｏｏｒ", "quellmoor"),
        ("Flix+", "flix+"),
        ("Flix", "flix"),
        ("云岫科技股份有限公司", "云岫科技"),
        ("云岫集团有限公司", "云岫"),
        ("《云岫》", "云岫"),
        ("云 岫 AI", "云岫ai"),
        ("公司", "公司"),
        ("Company", "company"),
        ("The", "the"),
        ("!", "!"),
        ("  ", ""),
    ],
)
def test_normalise_folds_what_does_not_tell_names_apart(written: str, compared: str) -> None:
    assert normalise(written) == compared


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Subsidies", "subsidy"),
        ("the services", "service"),
        ("its glass businesses", "glass business"),
        ("analysis", "analysis"),
        ("gas", "gas"),
        ("online news", "online news"),
        ("user-made clips", "user made clip"),
        ("AI + games", "ai+game"),
        ("“AI+游戏”", "ai+游戏"),
        ("优质的片源", "优质片源"),
        ("advertising company", "advertising company"),
        ("the", "the"),
    ],
)
def test_normalise_phrase_folds_number_and_determiners(written: str, compared: str) -> None:
    assert normalise_phrase(written) == compared


@given(st.text(max_size=40))
def test_normalise_is_idempotent(name: str) -> None:
    assert normalise(normalise(name)) == normalise(name)


@given(st.text(alphabet="abxyz019 .,-&+", max_size=20))
def test_normalise_is_blind_to_case_and_width(name: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign != " " else "\u3000" for sign in name.upper())
    assert normalise(wide) == normalise(name)


def test_lookup_finds_every_written_form(bundled: Gazetteer) -> None:
    for name in ("Alibaba", "Alibaba Group Holding Limited", "ALIBABA", "阿里巴巴", "阿里巴巴集团控股有限公司"):
        assert [entry.id for entry in bundled.lookup(name)] == ["company/alibaba"], name


def test_lookup_respects_the_type(bundled: Gazetteer) -> None:
    assert [entry.id for entry in bundled.lookup("Facebook")] == ["company/meta", "product/facebook"]
    assert [entry.id for entry in bundled.lookup("Facebook", kind="Product")] == ["product/facebook"]
    assert [entry.id for entry in bundled.lookup("Facebook, Inc.", kind="Company")] == ["company/meta"]
    assert bundled.lookup("Facebook", kind="Person") == ()
    assert bundled.lookup("Quellmoor") == ()


def test_a_plus_is_another_product(bundled: Gazetteer) -> None:
    assert [entry.id for entry in bundled.lookup("Disney")] == ["company/walt-disney"]
    (product,) = bundled.lookup("Disney+")
    assert product.type == "Product"
    assert product.maker == "https://w3id.org/dealgraph/gazetteer/company/walt-disney"


@pytest.mark.parametrize("name", ["Apple", "Meta", "Target", "Visa", "Shell", "X", "Gap", "Amazon", "苹果", "小米"])
def test_everyday_words_are_marked(bundled: Gazetteer, name: str) -> None:
    found = bundled.lookup(name)
    assert found
    assert all(entry.ambiguous for entry in found)


def test_plain_names_are_not_marked(bundled: Gazetteer) -> None:
    assert not any(entry.ambiguous for name in ("OpenAI", "微软", "ByteDance") for entry in bundled.lookup(name))


@pytest.mark.parametrize(
    ("phrase", "kind", "identity", "finer"),
    [
        ("user-generated content", "Asset", "asset/user-generated-content", "ContentAsset"),
        ("用户生成内容", "Asset", "asset/user-generated-content", "ContentAsset"),
        ("behavioural data", "Asset", "asset/behavioral-data", "DataAsset"),
        ("its ad business", "Asset", "asset/advertising-business", "BusinessAsset"),
        ("Regulatory Scrutiny", "Challenge", "challenge/regulatory-scrutiny", "RegulatoryChallenge"),
        ("文化整合", "Challenge", "challenge/cultural-integration", "CulturalChallenge"),
        ("图像的理解", "Capability", "capability/image-understanding", "TechnicalCapability"),
        ("AI plus social", "Strategy", "strategy/" + slug("AI + social"), "BusinessModelStrategy"),
    ],
)
def test_concepts_join_the_languages(bundled: Gazetteer, phrase: str, kind: str, identity: str, finer: str) -> None:
    found = bundled.concept(phrase, kind)
    assert found is not None
    assert (found.id, found.classes) == (identity, (finer,))


def test_a_concept_of_another_type_is_not_given(bundled: Gazetteer) -> None:
    assert bundled.concept("用户生成内容", "Challenge") is None


def test_names_are_listed_per_language_as_written(bundled: Gazetteer) -> None:
    english, chinese = bundled.names("en"), bundled.names("zh")
    assert [name for name, _ in english] == sorted(name for name, _ in english)
    assert "Walt Disney" in dict(english)
    assert dict(chinese)["字节跳动"].id == "company/bytedance"
    assert "字节跳动" not in dict(english)
    assert bundled.names("fr") == ()


def test_without_names_only_phrases_remain() -> None:
    phrases = Gazetteer.load(names=False)
    assert phrases.lookup("OpenAI") == ()
    assert phrases.concept("patents", "Asset") is not None
    assert {entry.type for entry in phrases.entries} == set(PHRASE_TYPES)


def test_the_empty_one_knows_nothing() -> None:
    nothing = Gazetteer.empty()
    assert (nothing.lookup("OpenAI"), nothing.concept("data", "Asset"), nothing.names("en")) == ((), None, ())


def test_users_lists_add_entries_and_names(tmp_path: Path) -> None:
    mine = tmp_path / "mine.ttl"
    mine.write_text(
        HEAD
        + """
        my:7 a skos:Concept ; skos:prefLabel "Quellmoor Foods"@en-GB, "阔墨食品"@zh-Hans ; kg:entityType kg:Company .
        my:8 a skos:Concept ; skos:prefLabel "Moorbar"@en ; kg:entityType kg:Product ; kg:maker my:7 ; kg:ambiguous true .
        <https://w3id.org/dealgraph/gazetteer/company/openai> skos:altLabel "Oh-Pen AI"@en .
        """,
        encoding="utf-8",
    )
    gazetteer = Gazetteer.load([mine])
    (firm,) = gazetteer.lookup("阔墨食品有限公司")
    assert (firm.id, dict(firm.labels)) == ("company/quellmoor-foods", {"en": "Quellmoor Foods", "zh": "阔墨食品"})
    (bar,) = gazetteer.lookup("Moorbar")
    assert (bar.maker, bar.ambiguous) == (firm.iri, True)
    assert [entry.id for entry in gazetteer.lookup("oh pen ai")] == ["company/openai"]


@pytest.mark.parametrize(
    ("turtle", "complaint"),
    [
        ('my:1 a skos:Concept ; skos:prefLabel "Quellmoor"@en .', "exactly one of Company"),
        ('my:1 a skos:Concept ; skos:prefLabel "Quellmoor"@en ; kg:entityType kg:Deal .', "Deal; give it exactly one of"),
        ('my:1 a skos:Concept ; skos:prefLabel "Quellmoor"@en ; kg:entityType kg:Company, kg:Person .', "Company and Person"),
        ("my:1 a skos:Concept ; kg:entityType kg:Company .", "lacks a skos:prefLabel"),
        ('my:1 a skos:Concept ; skos:prefLabel "Quellmoor" ; kg:entityType kg:Company .', "with a language tag"),
        ("my:1 a skos:Concept", "no valid Turtle"),
    ],
)
def test_a_wrong_list_is_refused_with_the_reason(tmp_path: Path, turtle: str, complaint: str) -> None:
    mine = tmp_path / "mine.ttl"
    mine.write_text(HEAD + turtle, encoding="utf-8")
    with pytest.raises(SettingsError, match=complaint):
        Gazetteer.load([mine])


def test_a_list_that_is_missing_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.ttl: the list of names cannot be read"):
        Gazetteer.load([tmp_path / "nowhere.ttl"])
    (tmp_path / "binary.ttl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"binary\.ttl: no valid Turtle"):
        Gazetteer.load([tmp_path / "binary.ttl"])


def test_loading_is_quick() -> None:
    start = time.perf_counter()
    Gazetteer.load()
    assert time.perf_counter() - start < 1.0  # 0.05 s measured; the bound is for a busy machine


def test_the_bundled_lists_are_whole(bundled: Gazetteer) -> None:
    for entry in bundled.entries:
        assert set(entry.labels) == {"en", "zh"} or not entry.searched, entry.iri
        assert entry.type in ENTITY_TYPES
        base = GAZETTEER if entry.type in NAMED_TYPES else CONCEPT
        assert entry.iri == f"{base}{entry.type.lower()}/{slug(entry.labels['en'])}"
        assert entry.iri == base + entry.id
    counts = {kind: sum(entry.type == kind for entry in bundled.entries) for kind in ENTITY_TYPES}
    assert sum(counts[kind] for kind in NAMED_TYPES) >= 10_000
    assert sum(counts[kind] for kind in PHRASE_TYPES) >= 1_200
    assert len({entry.broader or entry.iri for entry in bundled.entries if entry.type in PHRASE_TYPES and not entry.broader}) <= 40
    chinese = [entry for entry in bundled.entries if entry.searched and script_language(entry.labels.get("zh", "")) == "zh"]
    assert sum(entry.type in NAMED_TYPES for entry in chinese) >= 4_500


def test_the_packed_form_is_what_the_turtle_says(bundled: Gazetteer) -> None:
    assert (ontology_folder() / PACKED).read_bytes() == pack(), "run training/gazetteer/make.py write"


def test_the_lists_are_what_the_tables_give() -> None:
    spec = importlib.util.spec_from_file_location("make", Path(__file__).parent.parent / "training" / "gazetteer" / "make.py")
    assert spec
    assert spec.loader
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    for name, content in make.made().items():
        assert (ontology_folder() / name).read_bytes() == content, "run training/gazetteer/make.py write"


def test_no_name_of_one_type_means_two_things(bundled: Gazetteer) -> None:
    meant: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in bundled.entries:
        compare = normalise_phrase if entry.type in PHRASE_TYPES else normalise
        for _, name in entry.names:
            meant[entry.type, compare(name)].add(entry.id)
    shared = {name for (_, name), found in meant.items() if len(found) > 1}
    assert shared == {"太古", "海航", "紫光", "联想"}  # a parent and its listed firm, told apart by 集团, 股份, 控股


def test_the_legal_form_tells_apart_what_reads_alike_without_it(bundled: Gazetteer) -> None:
    assert [entry.id for entry in bundled.lookup("联想控股")] == ["company/legend-holdings"]
    assert [entry.id for entry in bundled.lookup("联想集团")] == ["company/lenovo"]
    assert [entry.id for entry in bundled.lookup("紫光股份")] == ["company/unisplendour"]


def test_traditional_characters_are_the_simplified_ones(bundled: Gazetteer) -> None:
    assert [entry.id for entry in bundled.lookup("騰訊控股")] == [entry.id for entry in bundled.lookup("腾讯")] == ["company/tencent"]


def test_former_names_and_tickers_lead_to_the_firm(bundled: Gazetteer) -> None:
    (firm,) = bundled.lookup("Apple", kind="Company")
    assert firm in bundled.listed_as("AAPL")
    (facebook,) = bundled.lookup("Facebook", kind="Company")
    assert facebook.id == "company/meta"
    assert bundled.is_former("Facebook, Inc.", facebook)
    assert not bundled.is_former("Meta", facebook)


def test_open_lists_tell_what_a_name_means_but_texts_are_not_searched_for_their_names(bundled: Gazetteer) -> None:
    (firm,) = bundled.lookup("Hooker Furnishings Corp")
    assert not firm.searched
    assert "Hooker Furnishings" not in dict(bundled.names("en"))


def test_wikidata_ids_are_those_that_a_list_states(bundled: Gazetteer) -> None:
    (starbucks,) = bundled.lookup("Starbucks", kind="Company")
    assert starbucks.same_as == ("http://www.wikidata.org/entity/Q37158",)
    ids = [iri for entry in bundled.entries for iri in entry.same_as]
    assert len(ids) == len(set(ids)) > 500


def test_a_list_of_two_columns_adds_names(tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("Quellmoor Foods,阔墨食品\nQuellmoor Foods,QMF\nMoorbar,墨条,Product\nOpenAI,Oh-Pen AI\n", encoding="utf-8")
    gazetteer = Gazetteer.load([mine])
    (firm,) = gazetteer.lookup("阔墨食品")
    assert (firm.id, firm.type, dict(firm.labels)) == ("company/quellmoor-foods", "Company", {"en": "Quellmoor Foods", "zh": "阔墨食品"})
    assert gazetteer.lookup("QMF") == (firm,)
    assert [entry.type for entry in gazetteer.lookup("墨条")] == ["Product"]
    assert [entry.id for entry in gazetteer.lookup("Oh Pen AI")] == ["company/openai"]


@pytest.mark.parametrize("row", ["Quellmoor", "Quellmoor,", ",QMF", "Quellmoor,QMF,Firm"])
def test_a_row_that_is_none_is_refused_with_its_line(tmp_path: Path, row: str) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text(f"Moorbar,墨条\n{row}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"mine\.csv, line 2: .*write name,another name"):
        Gazetteer.load([mine])


def test_makers_and_broader_concepts_exist(bundled: Gazetteer) -> None:
    known: dict[str, Entry] = {entry.iri: entry for entry in bundled.entries}
    for entry in bundled.entries:
        assert entry.maker is None or known[entry.maker].type == "Company", entry.iri
        assert all(known[iri].type == entry.type for iri in entry.broader), entry.iri
        assert bool(entry.classes) == (entry.type in PHRASE_TYPES), entry.iri
