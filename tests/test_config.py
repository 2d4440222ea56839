from __future__ import annotations

import re
from pathlib import Path

import pytest

from kg import vocab
from kg.config import Settings, load
from kg.errors import SettingsError


def test_defaults_then_file_then_flags(tmp_path: Path) -> None:
    file = tmp_path / "kg.toml"
    assert load({}, file) == Settings()
    file.write_text('corpus = "weekly"\nuse_gazetteer = false\n', encoding="utf-8")
    assert load({}, file) == Settings(corpus="weekly", use_gazetteer=False)
    assert load({"corpus": "daily", "use_gazetteer": None}, file) == Settings(corpus="daily", use_gazetteer=False)


def test_the_default_base_is_that_of_the_vocabulary() -> None:
    assert Settings().base_iri == vocab.BASE_IRI


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('base-iri = "https://example.org/"', "did you mean base_iri?"),
        ("colour = 1", "known are base_iri, corpus, gazetteer, use_gazetteer"),
        ("corpus = 3", "Expected `str`, got `int`"),
        ("corpus = ", "cannot be read"),
        ('corpus = "a\\u0000"', "cannot be printed"),
        ('base_iri = "example.org/id/"', "no absolute IRI"),
        ('base_iri = "https://example.org/a b/"', "no absolute IRI"),
        ('base_iri = "https://example.org"', "ends in / or #"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_way_out(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "kg.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load({}, file)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_run_hash_follows_what_changes_the_result(tmp_path: Path) -> None:
    one, same, other = (tmp_path / name for name in ("one.ttl", "same.ttl", "other.ttl"))
    for file, content in ((one, "# a"), (same, "# a"), (other, "# b")):
        file.write_text(content, encoding="utf-8")
    plain = Settings().run_hash()
    assert plain != Settings(use_gazetteer=False).run_hash()
    named = {file.name: Settings(gazetteer=(str(file),)).run_hash() for file in (one, same, other)}
    assert named["one.ttl"] == named["same.ttl"]
    assert len({plain, *named.values()}) == 3
    assert Settings(gazetteer=(str(one), str(other))).run_hash() == Settings(gazetteer=(str(other), str(one))).run_hash()
    assert plain == Settings(corpus="weekly", base_iri="https://example.org/").run_hash()
    with pytest.raises(SettingsError, match=r"none\.ttl cannot be read"):
        Settings(gazetteer=("none.ttl",)).run_hash()


def test_every_setting_stands_in_the_readme() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \| (?:`--|\|)", readme, re.MULTILINE)) == set(Settings.__struct_fields__)
