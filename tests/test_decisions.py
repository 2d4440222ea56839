"""What people decide comes before all that the program finds, and a decision that cannot hold is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gold import Row, article, observed, says

from kg.build import build, without
from kg.config import Settings
from kg.errors import SettingsError
from kg.gazetteer import Gazetteer
from kg.model import Document, Entity, Extraction
from kg.resolve import read_decisions, resolve

HEAD = "action\tthing\tother\twho\twhy\n"
FIRM, PRODUCT = "Company", "Product"


@pytest.fixture(scope="module")
def bundled() -> Gazetteer:
    return Gazetteer.load()


def file(folder: Path, *lines: str) -> Path:
    path = folder / "decisions.tsv"
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def decide(
    folder: Path, rows: list[Row], *lines: str, gazetteer: Gazetteer | None = None
) -> tuple[dict[str, Entity], dict[tuple[str, str], tuple[str, str]]]:
    """Entities by id, and of each document and name the entity and the reason."""
    pairs: list[tuple[Document, Extraction]] = [observed(row, told_alike=False) for row in rows]
    entities, resolutions = resolve(pairs, gazetteer or Gazetteer.empty(), rulings=read_decisions([file(folder, *lines)]))
    by_document = {document.key: (document.id, {mention.id: mention.text for mention in extraction.mentions}) for document, extraction in pairs}
    decided = {}
    for resolution in resolutions:
        name, words = by_document[resolution.document]
        decided |= {(name, words[one.mention]): (one.entity, one.reason) for one in resolution.decisions}
    return {entity.id: entity for entity in entities}, decided


def firms(name: str, text: str, *names: str) -> Row:
    return article(name, text, {one: (FIRM, one) for one in names})


def test_two_things_become_one_under_the_first_name_with_who_and_why(tmp_path: Path) -> None:
    rows = [firms("a", "Harlow grew.", "Harlow"), firms("b", "Tarnwick shrank.", "Tarnwick")]
    _, decided = decide(tmp_path, rows, "same\tcompany:tarnwick\tcompany:harlow\tA. Reader\tannual report")
    assert {entity for entity, _ in decided.values()} == {"company/harlow"}
    assert decided["a", "Harlow"][1] == "name; decided by A. Reader: annual report"


def test_even_two_entries_of_a_list_are_the_same_if_a_person_says_so(tmp_path: Path, bundled: Gazetteer) -> None:
    rows = [firms("a", "Airbus and Boeing agreed.", "Airbus", "Boeing")]
    _, decided = decide(tmp_path, rows, "same\tcompany:airbus\tcompany:boeing\tA\tjust a test", gazetteer=bundled)
    assert {entity for entity, _ in decided.values()} == {"company/airbus"}


def test_what_a_list_or_a_short_form_joined_is_taken_apart(tmp_path: Path, bundled: Gazetteer) -> None:
    rows = [firms("a", "腾讯 is Tencent.", "腾讯", "Tencent")]
    _, decided = decide(tmp_path, rows, "different\tcompany:tencent\tcompany:腾讯\tA\tanother firm", gazetteer=bundled)
    assert decided["a", "Tencent"][0] == "company/tencent"
    assert decided["a", "腾讯"][0] == "company/腾讯"
    rows = [firms("a", "Harlow Paper met Harlow.", "Harlow Paper", "Harlow")]
    _, decided = decide(tmp_path, rows, "different\tcompany:harlow\tcompany:harlow-paper\tA\tthe parent")
    assert decided["a", "Harlow"][0] != decided["a", "Harlow Paper"][0]


def test_homonyms_are_told_apart_by_document(tmp_path: Path) -> None:
    rows = [firms("a", "Delta flew.", "Delta"), firms("b", "Delta sold taps.", "Delta")]
    key = Document(id="b", text="").key
    _, decided = decide(tmp_path, rows, f"different\tcompany:delta@document:{key}\tcompany:delta\tA\tthe tap maker")
    assert decided["a", "Delta"][0] == "company/delta"
    assert decided["b", "Delta"][0].startswith("company/delta-")


def test_a_thing_is_the_entry_that_a_person_names_or_none(tmp_path: Path, bundled: Gazetteer) -> None:
    rows = [firms("a", "Harlow, as Apple was once called.", "Harlow", "Apple")]
    entities, decided = decide(tmp_path, rows, "is\tcompany:harlow\tcompany:airbus\tA\t", "is\tcompany:apple\t-\tA\tan orchard", gazetteer=bundled)
    assert decided["a", "Harlow"] == ("company/airbus", "decided by A")
    apple = entities[decided["a", "Apple"][0]]
    assert (apple.id.startswith("company/apple-"), apple.exact_match) == (True, ())
    wikidata = "http://www.wikidata.org/entity/Q42"
    entities, decided = decide(tmp_path, [firms("a", "Harlow grew.", "Harlow")], f"is\tcompany:harlow\t{wikidata}\tA\t")
    assert entities["company/harlow"].same_as == (wikidata,)


def test_a_type_is_set_right(tmp_path: Path) -> None:
    _, decided = decide(tmp_path, [firms("a", "Tern flew.", "Tern")], "type\tcompany:tern\tProduct\tA\tan aircraft")
    assert decided["a", "Tern"][0] == "product/tern"


def test_a_rejected_claim_is_gone_and_the_rest_stays(tmp_path: Path) -> None:
    row = article("a", "Harlow owns Tarnwick and sues Ashgrove.", {name: (FIRM, name) for name in ("Harlow", "Tarnwick", "Ashgrove")},
                  says("Harlow hasSubsidiary Tarnwick"), says("Harlow sues Ashgrove"))  # fmt: skip
    _, extraction = observed(row)
    first = extraction.claims[0].id
    left = without(extraction, read_decisions([file(tmp_path, f"reject\tclaim:{first}\t\tA\tmisread")]))
    assert [claim.relation for claim in left.claims] == ["sues"]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["merge\tcompany:a\tcompany:b\tA\t"], r"line 2: there is no decision 'merge'; known are same, different, is, type, reject"),
        (["same\tHarlow\tcompany:b\tA\t"], r"line 2: 'Harlow' names nothing; write it as results do, company:harrow"),
        (["same\tcompany:a\tB\tA\t"], r"line 2: 'B' names nothing"),
        (["reject\tcompany:a\t\tA\t"], r"line 2: 'company:a' names no claim; write claim:ID"),
        (["type\tcompany:a\tFirm\tA\t"], r"line 2: 'Firm' is no type; give one of Company"),
        (["is\tcompany:a\tApple Inc\tA\t"], r"line 2: 'Apple Inc' is no entry"),
        (["same\tcompany:a\tperson:b\tA\t"], r"line 2: a Company and a Person cannot be the same; decide the type"),
        (
            ["same\tcompany:a\tcompany:b\tA\t", "different\tcompany:b\tcompany:a\tA\t"],
            r"line 3: company:b and company:a cannot be different: by .*line 2",
        ),
        (
            ["same\tcompany:a\tcompany:b\tA\t", "same\tcompany:b\tcompany:c\tA\t", "different\tcompany:a\tcompany:c\tA\t"],
            r"line 4: company:a and company:c cannot be different",
        ),
        (["different\tcompany:a\tcompany:a\tA\t"], r"line 2: company:a and company:a cannot be different: it is one thing"),
        (["type\tcompany:a\tProduct\tA\t", "type\tcompany:a\tPerson\tA\t"], r"line 3: company:a cannot be Person: by .*line 2 it is Product"),
        (
            ["is\tcompany:a\tcompany:x\tA\t", "same\tcompany:a\tcompany:b\tA\t", "is\tcompany:b\tcompany:y\tA\t"],
            r"line 4: company:b cannot be company:y",
        ),
    ],
)
def test_a_decision_that_cannot_hold_is_refused_with_its_line(tmp_path: Path, lines: list[str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=r"decisions\.tsv, " + complaint):
        read_decisions([file(tmp_path, *lines)])


def test_an_entry_that_no_list_has_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"line 2: no list has the entry 'company:nowhere'; add it with --gazetteer"):
        decide(tmp_path, [firms("a", "Harlow grew.", "Harlow")], "is\tcompany:harlow\tcompany:nowhere\tA\t")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the decisions cannot be read"):
        read_decisions([tmp_path / "nowhere.tsv"])


def test_comments_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    assert read_decisions([file(tmp_path, "# why: see the minutes", "", "same\tcompany:a\tcompany:b")]).rulings[0].reason == "decided by a person"


def test_a_build_follows_decisions_without_extracting_again_and_equals_a_fresh_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tmp_path / "a.txt"
    text.write_text("Harlow Motors acquired Tarnwick Mills. Harlow Motors sued Ashgrove Foods.", encoding="utf-8")
    build([str(text)], tmp_path / "out", Settings())
    decisions = file(tmp_path, "same\tcompany:tarnwick-mills\tcompany:ashgrove-foods\tA\tone firm")
    settings = Settings(decisions=(str(decisions),))
    with monkeypatch.context() as patch:
        patch.setattr("kg.build.observation.extract", lambda *_: pytest.fail("extracted again"))
        build([], tmp_path / "out", settings)
    build([str(text)], tmp_path / "fresh", settings)
    for name in ("graph.trig", "resolution.jsonl", "report.md"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes()
    entities = [
        row
        for line in (tmp_path / "out" / "resolution.jsonl").read_text(encoding="utf-8").splitlines()
        if (row := json.loads(line))["kind"] == "entity"
    ]
    assert [entity["id"] for entity in entities if entity["type"] == "Company"] == ["company/ashgrove-foods", "company/harlow-motors"]
