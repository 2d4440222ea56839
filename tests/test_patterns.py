"""Every rule is data with examples: here they all run, in the order of the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.errors import SettingsError
from kg.extract import trial
from kg.extract.patterns import load_rules, read_rules
from kg.extract.pipeline import make_pipeline
from kg.gazetteer import Gazetteer

RULES = load_rules()


@pytest.fixture(scope="module")
def pipelines():
    return {language: make_pipeline(language, Gazetteer.empty()) for language in ("en", "zh")}


@pytest.mark.parametrize("pattern", RULES.patterns, ids=lambda pattern: pattern.name)
def test_pattern_finds_its_examples_and_nothing_in_its_counters(pattern, pipelines) -> None:
    assert trial.try_pattern(pattern, pipelines[pattern.language]) == []


@pytest.mark.parametrize("cue", RULES.cues, ids=lambda cue: cue.name)
def test_cue_decides_in_its_scope_only(cue, pipelines) -> None:
    assert trial.try_cue(cue, pipelines) == []


@pytest.mark.parametrize("lexicon", RULES.lexicons.values(), ids=lambda lexicon: lexicon.name)
def test_list_holds_its_example_and_not_its_counter(lexicon, pipelines) -> None:
    assert trial.try_lexicon(lexicon, pipelines) == []


GOOD = """
[[pattern]]
name = "sell.lend"
relation = "supplies"
language = "en"
trigger = ["lend"]
pos = ["VERB"]
subject = { role = ["subject"] }
object = { role = ["to", "object.to"] }
examples = ["[Acme|s] lent cranes to [Bolt|o]."]
counters = ["[Acme] lent an ear to the crowd."]
"""


def test_a_rule_that_misses_its_example_or_hits_its_counter_is_told(tmp_path: Path, pipelines) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    (pattern,) = read_rules(path).pattern
    assert trial.try_pattern(pattern, pipelines["en"]) == []
    path.write_text(GOOD.replace("lent cranes to [Bolt|o]", "slept near [Bolt|o]").replace("to the crowd", "to [Bolt]"), encoding="utf-8")
    (pattern,) = read_rules(path).pattern
    missed, hit = trial.try_pattern(pattern, pipelines["en"])
    assert (missed.example, missed.reason) == ("[Acme|s] slept near [Bolt|o].", "found []")
    assert (hit.example, hit.reason) == ("[Acme] lent an ear to [Bolt].", "should find nothing, found [('Acme', 'Bolt')]")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('relation = "supplies"', 'relation = "lends"'), r"'sell.lend' in mine.toml: unknown relation 'lends'; one of acquires, "),
        (
            ('object = { role = ["to", "object.to"] }', 'object = { role = ["to"], types = ["Asset"] }'),
            r"supplies takes no Asset there; one of Company",
        ),
        (('language = "en"', 'language = "en"\nstage = "Talks"'), r"a stage belongs to acquires, mergesWith, investsIn and partnersWith"),
        (("[Acme|s] lent cranes to [Bolt|o].", "Acme lent cranes to [Bolt|o]."), r"marks no subject or no object; write \[Acme\|s\] … \[Bolt\|o\]"),
        (('counters = ["[Acme] lent an ear to the crowd."]', ""), r"missing required field `counters`"),
        (('trigger = ["lend"]', 'triger = ["lend"]'), r"unknown field `triger`"),
    ],
    ids=["relation", "type", "stage", "mark", "counter-example", "spelling"],
)
def test_a_wrong_rule_is_refused_with_the_reason(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    path = tmp_path / "mine.toml"
    assert change[0] in GOOD
    path.write_text(GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(SettingsError, match=told):
        read_rules(path)
