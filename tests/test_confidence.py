"""How sure a claim is: worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

from news import kg

from kg.evaluate.score import calibration_error
from kg.extract.confidence import Signs, odds, read_calibration
from kg.vocab import RELATIONS


def weights(*first: float, **of_relations: float) -> list[float]:
    """Weights of the constant, the model, the pattern, what is away, both of these, how well the ends were read, and of each relation."""
    return [*first, *[0.0] * (6 - len(first)), *(of_relations.get(one, 0.0) for one in RELATIONS)]


def test_without_a_calibration_each_reader_is_taken_at_its_word() -> None:
    plain = read_calibration({})
    assert plain.sure(Signs("acquires", 0.7)) == 0.7
    assert plain.sure(Signs("acquires", 0.1, 0.8, read=0.9)) == 0.8, "a pattern's claim has the precision of the pattern"
    assert plain.least == 0


def test_both_readers_count() -> None:
    read = read_calibration({"model": weights(-1, 0.5), "pattern": weights(1, 0.5, 0.5, 1, -0.5), "least": 0.3, "firm": 0.5})
    # odds of .9 are 9: exp(-1 + .5 ln 9) = 3/e = 1.104, 1.104 / 2.104 = .525
    assert read.sure(Signs("acquires", 0.9)) == 0.52
    # exp(1 + .5 ln 9 + .5 ln 4) = e * 3 * 2 = 16.31, 16.31 / 17.31 = .942
    assert read.sure(Signs("acquires", 0.9, 0.8)) == 0.94
    # exp(1 + .5 ln(1/9) + .5 ln 4) = e / 3 * 2 = 1.812, 1.812 / 2.812 = .644
    assert read.sure(Signs("acquires", 0.1, 0.8)) == 0.64
    # of a name in another sentence: exp(1 + .5 ln(1/9) + .5 ln 4 + 1 - .5 ln(1/9)) = e² * 2 = 14.78, 14.78 / 15.78 = .937
    assert read.sure(Signs("acquires", 0.1, 0.8, away=True)) == 0.94
    assert read.least == 0.3


def test_ends_that_were_hard_to_read_and_relations_that_often_fail_make_a_claim_less_sure() -> None:
    read = read_calibration({"model": weights(0, 1, 0, 0, 0, 0.5, offers=-1), "pattern": weights(), "least": 0.3, "firm": 0.5})
    # exp(ln 4 + .5 ln 9) = 12, 12 / 13 = .923; with odds of a half: 4 / 5
    assert read.sure(Signs("acquires", 0.8, read=0.9)) == 0.92
    assert read.sure(Signs("acquires", 0.8, read=0.5)) == 0.8
    # 12 / e = 4.415, 4.415 / 5.415 = .815
    assert read.sure(Signs("offers", 0.8, read=0.9)) == 0.82


def test_nothing_is_quite_impossible_or_sure() -> None:
    # ln(.002 / .998) = -6.2126
    assert round(odds(0.0), 4) == -6.2126
    assert round(odds(1.0), 4) == 6.2126
    assert odds(0.5) == 0


def test_the_calibration_error_is_the_mean_gap_between_sureness_and_truth() -> None:
    # bin .8: two of .85 and .87, one right: |1.72 - 1| = .72; bin .2: one of .2, wrong: .2; (.72 + .2) / 3 = .3067
    assert round(calibration_error([(0.85, True), (0.87, False), (0.2, False)]), 4) == 0.3067
    assert calibration_error([(1.0, True)]) == 0


TEXT = "Halvard Lines has acquired Dockwise Systems for $20 million. The Harbour Post reported that Norvane may sue Halvard Lines over patents."
CLAIMS = "SELECT ?claim ?p ?sure { ?claim a kg:Claim ; rdf:predicate ?p ; kg:confidence ?sure } ORDER BY ?sure"


def claims(folder: Path) -> list[tuple[str, str, float]]:
    found = json.loads(kg("query", "--json", CLAIMS, cwd=folder).stdout)["results"]["bindings"]
    return [(row["claim"]["value"], row["p"]["value"].rpartition("#")[2], float(row["sure"]["value"])) for row in found]


def test_what_is_less_sure_than_asked_for_stays_out_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text(TEXT, encoding="utf-8")
    assert kg("build", "news.txt", cwd=tmp_path).returncode == 0
    everything = claims(tmp_path)
    bound = everything[-1][2]
    assert everything[0][2] < bound, "else nothing is tested"
    assert kg("build", "--min-confidence", str(bound), cwd=tmp_path).returncode == 0
    assert claims(tmp_path) == [one for one in everything if one[2] >= bound]
    assert kg("build", cwd=tmp_path).returncode == 0
    assert claims(tmp_path) == everything
    assert b"--min-confidence" in kg("build", "--min-confidence", "2", cwd=tmp_path).stderr


def test_a_claim_is_explained_by_who_found_it_and_the_words_that_decided(tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text(TEXT, encoding="utf-8")
    assert kg("build", "news.txt", cwd=tmp_path).returncode == 0
    *_, (bought, _, sure) = (one for one in claims(tmp_path) if one[1] == "acquires")  # the surest comes last
    told = kg("explain", bought, cwd=tmp_path).stdout.decode()
    assert f"How it was read\n  found by acquire.verb, right with a chance of {sure:.2f}" in told
    assert "relation acquires: “acquired” 18–26  (acquire.verb)" in told
    [(sued, _, _)] = [one for one in claims(tmp_path) if one[1] == "sues"]
    told = kg("explain", sued, cwd=tmp_path).stdout.decode()
    assert "certainty Possible: “may”" in told
    assert "How it was read" not in kg("explain", "Norvane", cwd=tmp_path).stdout.decode()
