"""What is read out of a text: names, claims, status and evidence, expected by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from news import kg

from kg.extract import Extractor
from kg.extract.mentions import MentionReader
from kg.extract.pipeline import make_pipeline
from kg.gazetteer import Gazetteer
from kg.model import Document, Extraction, Problem, to_json

SAMPLE = Path(__file__).parents[1] / "kg" / "sample" / "openai-pinterest.txt"


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(Gazetteer.load(names=False), run="test")


def read(extractor: Extractor, text: str) -> Extraction:
    ((_, extraction),) = extractor.extract([Document(id="one", text=text)])
    assert isinstance(extraction, Extraction)
    return extraction


def told(extraction: Extraction) -> set[tuple[str | None, ...]]:
    """Claims as (subject, relation, object, polarity, certainty, stage, source), a deal as the names of its parties."""
    known = {mention.id: mention for mention in extraction.mentions}

    def name(key: str | None) -> str | None:
        if key is None:
            return None
        mention = known[key]
        mention = known[mention.antecedent] if mention.antecedent else mention
        return " + ".join(str(name(party)) for party in mention.parties) if mention.type == "Deal" else mention.text

    return {
        (name(claim.subject), claim.relation, name(claim.object), claim.polarity, claim.certainty, claim.stage, name(claim.source))
        for claim in extraction.claims
    }


@pytest.fixture(scope="module")
def sample(extractor: Extractor) -> Extraction:
    return read(extractor, SAMPLE.read_bytes().decode("utf-8"))


def test_the_rumour_is_probable_considered_and_attributed(sample: Extraction) -> None:
    deals = {claim for claim in told(sample) if claim[1] == "acquires"}
    assert deals == {
        ("OpenAI", "acquires", "Pinterest", "Positive", "Probable", "Considered", "media reports"),
        ("OpenAI", "acquires", "Pinterest", "Positive", "Probable", "Considered", "媒体报道"),
    }


def test_the_three_hurdles_stand_in_the_way_of_the_deal(sample: Extraction) -> None:
    """In Chinese at least: of the English sentence the reader of phrases does not mark what the pattern finds, and both together are not sure."""
    hurdles = {claim[2] for claim in told(sample) if claim[:2] == ("OpenAI + Pinterest", "faces")}
    assert hurdles >= {"监管审查", "文化整合", "战略协同"}
    assert hurdles <= {"regulatory scrutiny", "cultural integration", "strategic alignment", "监管审查", "文化整合", "战略协同"}


def test_not_only_but_also_denies_nothing(sample: Extraction) -> None:
    assert {claim[3] for claim in told(sample)} == {"Positive"}
    effects = {claim[2]: claim[4] for claim in told(sample) if claim[:2] == ("OpenAI + Pinterest", "enables")}
    assert len(effects) >= 4
    assert set(effects.values()) <= {"Possible", "Probable"}, "what a rumoured deal would bring is no fact"


def test_no_statement_is_no_claim_and_common_nouns_and_the_tail_are_no_entities(sample: Extraction) -> None:
    sentences = [claim.evidence[0] for claim in sample.claims]
    text = SAMPLE.read_bytes().decode("utf-8")
    assert not any("official statement" in text[span.start : span.end] for span in sentences)
    assert not any("发表官方声明" in text[span.start : span.end] for span in sentences)
    names = {
        mention.text for mention in sample.mentions if mention.type in ("Company", "Organization", "Person", "Product") and not mention.antecedent
    }
    assert names - {"GPT-V"} == {"OpenAI", "Pinterest", "DALL·E"}, "GPT-V is found for sure only where the lists have it"


CASES = [
    # the source belongs to what its verb reports, a hedge to its own clause
    ("Acme Corp bought Bolt Systems in May, and it may hire staff.",
     ("Acme Corp", "acquires", "Bolt Systems", "Positive", "Certain", "Completed", None)),
    ("Acme Corp has agreed to buy Bolt Systems.", ("Acme Corp", "acquires", "Bolt Systems", "Positive", "Certain", "Announced", None)),
    ("Acme Corp is in talks to buy Bolt Systems, people familiar with the matter said.",
     ("Acme Corp", "acquires", "Bolt Systems", "Positive", "Probable", "Talks", "people familiar with the matter")),
    ("Acme Corp said it had acquired Bolt Systems.", ("Acme Corp", "acquires", "Bolt Systems", "Positive", "Certain", "Completed", "Acme Corp")),
    ("Acme Corp denied that it had bought Bolt Systems.", ("Acme Corp", "acquires", "Bolt Systems", "Negative", "Certain", "Completed", "Acme Corp")),
    ("Acme Corp dropped its plan to acquire Bolt Systems.", ("Acme Corp", "acquires", "Bolt Systems", "Positive", "Certain", "Terminated", None)),
    ("Acme Corp might buy Bolt Systems.", ("Acme Corp", "acquires", "Bolt Systems", "Positive", "Possible", "Considered", None)),
    ("Bolt Systems was acquired by Acme Corp in May.", ("Acme Corp", "acquires", "Bolt Systems", "Positive", "Certain", "Completed", None)),
    ("Acme Corp, which faces weak demand, is known to all.", ("Acme Corp", "faces", "weak demand", "Positive", "Certain", None, None)),
    ("Acme Corp urgently needs skilled welders.", ("Acme Corp", "needs", "skilled welders", "Positive", "Certain", None, None)),
    ("Analysts say that Acme Corp needs cargo ships.", ("Acme Corp", "needs", "cargo ships", "Positive", "Probable", None, "Analysts")),
    ("北湾科技已收购Bolt。", ("北湾科技", "acquires", "Bolt", "Positive", "Certain", "Completed", None)),
    ("北湾科技拟收购Bolt。", ("北湾科技", "acquires", "Bolt", "Positive", "Certain", "Considered", None)),
    ("知情人士透露,北湾科技正与Bolt洽谈合作。", ("北湾科技", "partnersWith", "Bolt", "Positive", "Probable", "Talks", "知情人士")),
    ("北湾科技否认收购Bolt。", ("北湾科技", "acquires", "Bolt", "Negative", "Certain", "Considered", "北湾科技")),
    ("北湾科技终止收购Bolt。", ("北湾科技", "acquires", "Bolt", "Positive", "Certain", "Terminated", None)),
    ("据一份股东信,北湾科技缺乏熟练焊工。", ("北湾科技", "needs", "熟练焊工", "Positive", "Probable", None, "一份股东信")),
    ("北湾科技拟出资3亿元,持有Bolt 30%股权。", ("北湾科技", "investsIn", "Bolt", "Positive", "Certain", "Considered", None)),
    ("北湾科技面临债务压力。", ("北湾科技", "faces", "债务压力", "Positive", "Certain", None, None)),
    ("分析人士指出,北湾科技缺乏熟练焊工。", ("北湾科技", "needs", "熟练焊工", "Positive", "Probable", None, "分析人士")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_a_sentence_gives_its_claim(extractor: Extractor, text: str, expected: tuple[str | None, ...]) -> None:
    assert expected in told(read(extractor, text))


REFERENCES = [
    ("Acme Corp and Bolt Systems make pumps. The two companies need skilled welders.",
     {("Acme Corp", "needs", "skilled welders"), ("Bolt Systems", "needs", "skilled welders")}),
    ("Acme Corp sued Corvo Ltd. The latter faces mounting debts.", {("Corvo Ltd.", "faces", "debts")}),
    ("Acme Corp sued Corvo Ltd. The former needs cargo ships.", {("Acme Corp", "needs", "cargo ships")}),
    ("Halvard Lines runs ferries in Norway. The Oslo-based operator acquired Dockwise Systems in May.",
     {("Halvard Lines", "acquires", "Dockwise Systems")}),
    ("Acme Corp bought Bolt Stores, a retailer, in May. Analysts at Corvo Ltd were surprised. The retailer faces weak demand.",
     {("Bolt Stores", "faces", "weak demand")}),
    ("北湾科技起诉云杉医疗，称后者面临债务压力。", {("云杉医疗", "faces", "债务压力")}),
    ("北湾科技起诉云杉医疗，前者急需熟练焊工。", {("北湾科技", "needs", "熟练焊工")}),
    ("北湾科技和云杉医疗均为上市公司。两家公司都缺乏熟练焊工。", {("北湾科技", "needs", "熟练焊工"), ("云杉医疗", "needs", "熟练焊工")}),
    ("北湾科技与云杉医疗达成合作。双方都面临监管压力。", {("北湾科技", "faces", "监管压力"), ("云杉医疗", "faces", "监管压力")}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), REFERENCES, ids=[text for text, _ in REFERENCES])
def test_words_that_take_up_firms_stand_for_them(text: str, expected: set[tuple[str, str, str]]) -> None:
    """With patterns alone: what the trained reader holds of names elsewhere shall not help."""
    [(_, found)] = Extractor(Gazetteer.load(names=False), "test", claims="patterns").extract([Document(id="one", text=text)])
    assert isinstance(found, Extraction)
    of = {mention.id: mention for mention in found.mentions}
    named = {mention.id: of[mention.antecedent].text if mention.antecedent else mention.text for mention in found.mentions}
    told = {(named[claim.subject], claim.relation, named[claim.object]) for claim in found.claims}
    relations = {relation for _, relation, _ in expected}
    assert {triple for triple in told if triple[1] in relations} == expected


NO_CLAIM = [
    "Acme Corp declined to comment on Bolt Systems.",
    "It is unclear whether Acme Corp will buy Bolt Systems.",
    "There is no evidence that Acme Corp bought Bolt Systems.",
    "北湾科技未就Bolt一事置评。",
    "北湾科技是否收购Bolt尚不清楚。",
]


@pytest.mark.parametrize("text", NO_CLAIM)
def test_what_is_left_open_is_no_claim(extractor: Extractor, text: str) -> None:
    assert told(read(extractor, text)) == set()


@pytest.fixture(scope="module")
def listed() -> Extraction:
    """The article as it is read with all lists of names."""
    return read(Extractor(Gazetteer.load(), run="test"), SAMPLE.read_bytes().decode("utf-8"))


RENAMED = [
    ("Quorvex", "Lumidraw", "VEX·O", "QRT-Z"),
    ("Tarn Hollow", "BlueFenn", "Orlo·7", "TH-9"),
    ("Zephyrix", "Kettlewick", "Maru", "ZPX-4"),
    ("NordLynx AI", "Picaboo", "Skald·N", "Rune-V"),
    ("Brightmoor", "Snapvine", "Fable", "BM-Vision"),
]


@pytest.mark.parametrize("names", RENAMED, ids=[names[0] for names in RENAMED])
def test_other_names_give_the_same_claims(listed: Extraction, names: tuple[str, ...]) -> None:
    text = SAMPLE.read_bytes().decode("utf-8")
    original = ("OpenAI", "Pinterest", "DALL·E", "GPT-V")
    for old, new in zip(original, names, strict=True):
        assert new not in text
        text = text.replace(old, new)

    def back(word: str | None) -> str | None:
        for old, new in zip(original, names, strict=True):
            word = word.replace(new, old) if word else word
        return word

    renamed = {tuple(back(word) for word in claim) for claim in told(read(Extractor(Gazetteer.empty(), run="test"), text))}
    assert len(renamed & told(listed)) >= 0.65 * len(told(listed)), "most claims; the trained readers see the names too"
    assert len(renamed - told(listed)) <= 0.35 * len(told(listed))


def test_without_weights_rules_find_the_names_and_the_log_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    by_rules = Extractor(Gazetteer.load(names=False), run="test", weights=tmp_path)
    found = told(read(by_rules, "Acme Corp has agreed to buy Bolt Systems Inc."))
    assert found == {("Acme Corp", "acquires", "Bolt Systems Inc.", "Positive", "Certain", "Announced", None)}
    assert told(read(by_rules, "北湾科技已收购Bolt。")) == {("北湾科技", "acquires", "Bolt", "Positive", "Certain", "Completed", None)}
    [warning] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "kg train" in warning


def test_phrases_that_were_read_are_mentions_even_where_no_claim_uses_them(extractor: Extractor) -> None:
    text = "Halvard Lines faces mounting debts, and its tugboats and its user data are for sale. It grapples with a shortage of pilots."
    phrases = {mention.text for mention in read(extractor, text).mentions if mention.type == "Challenge"}
    assert any("debts" in phrase for phrase in phrases)


def test_a_text_in_a_third_language_is_kept_with_one_problem(extractor: Extractor) -> None:
    text = "Le groupe français a annoncé mardi qu’il avait racheté son concurrent pour une somme qui n’a pas été dévoilée par les deux sociétés."
    extraction, problem = (found for _, found in extractor.extract([Document(id="fr", text=text, source="fr.txt")]))
    assert isinstance(extraction, Extraction)
    assert (extraction.languages, extraction.mentions, extraction.claims) == (("fr",), (), ())
    assert isinstance(problem, Problem)
    assert (problem.source, problem.stage) == ("fr.txt", "extract")
    assert "English and Chinese" in problem.reason


PIECES = st.sampled_from([
    "Acme Corp is considering buying Bolt Systems.", "北湾科技正考虑收购Bolt。", "😀", "\r\n", "\n\n", " ", "“",
    "The deal faces regulatory scrutiny.",
    "该交易面临监管审查。", "Bolt’s user data 🚀 are old.", "\t", "é̂", "分析人士指出,", "(DALL·E)", "\u200b", "Analysts said that ", "1,000万", "…",
])  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, max_size=14))
def test_every_offset_points_at_its_words(extractor: Extractor, pieces: list[str]) -> None:
    text = "".join(pieces)
    for _, found in extractor.extract([Document(id="any", text=text)]):
        if isinstance(found, Extraction):
            for mention in found.mentions:
                assert mention.text == text[mention.span.start : mention.span.end] != ""
            for claim in found.claims:
                assert all(0 <= span.start < span.end <= len(text) for span in claim.evidence)
                assert all(cue.span.end <= len(text) for cue in claim.cues)


@pytest.mark.parametrize("reads", [False, True], ids=["rules", "encoder"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_components_get_what_they_require(language: str, reads: bool) -> None:
    nlp = make_pipeline(language, Gazetteer.empty(), MentionReader() if reads else None)
    assert ("mentions" in nlp.pipe_names) == reads
    problems = {name: found for name, found in nlp.analyze_pipes()["problems"].items() if found}
    assert problems == {}
    assert nlp.get_pipe_meta("claims").requires == ["doc.spans", "token.is_sent_start"]


def test_the_hash_seed_changes_nothing_where_a_name_has_several_endings(tmp_path: Path) -> None:
    """股份有限公司 ends in 有限公司 and 公司 too: sets of endings come in another order with every seed."""
    text = "北湾精工股份有限公司拟收购Bolt。绿骊新能源科技有限公司与南礁控股集团有限责任公司达成合作。"
    document = to_json(Document(id="one", text=text))
    found = {kg("extract", cwd=tmp_path, stdin=document, seed=seed).stdout for seed in ("0", "1", "3", "7")}
    assert len(found) == 1
    assert "北湾精工股份有限公司".encode() in found.pop()
