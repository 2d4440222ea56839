"""Every rule is data with examples: here they all run, in the order of the files."""

from __future__ import annotations

import pytest

from kg.errors import SettingsError
from kg.extract import trial
from kg.extract.patterns import load_rules, read_rules
from kg.extract.pipeline import make_pipeline
from kg.gazetteer import Gazetteer
from kg.vocab import script_language

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
