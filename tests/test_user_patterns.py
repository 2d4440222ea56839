"""Patterns and relations of a user's own: checked, tested, and in the graph without touching the source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from news import kg

from kg.errors import SettingsError
from kg.extract.patterns import load_user_rules
from kg.store import open_store

SAMPLE = Path("kg/sample/supply-risks.toml")
DEPENDS = "https://example.org/risk#dependsOn"
TEXT = (
    "Halvard Lines relies on Dockwise Systems for its cranes, people familiar with the matter said.\n\n"
    "Norvane Corp depends on Pellucid Metals, a smelter in Tromso.\n"
)


def test_the_sample_does_what_its_examples_say() -> None:
    done = kg("patterns", "--test", str(SAMPLE), cwd=Path.cwd())
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.decode().strip() == "9 examples and counter-examples, 0 not as they should be"


def test_an_example_that_is_not_found_is_told_and_fails(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SAMPLE.read_text(encoding="utf-8").replace("[Acme|s] depends on [Bolt|o]", "[Acme|s] sings of [Bolt|o]"), encoding="utf-8")
    done = kg("patterns", "--test", str(path), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.decode().startswith("depend.verb: '[Acme|s] sings of [Bolt|o] for its batteries.': found []")


def test_all_patterns_are_listed() -> None:
    lines = kg("patterns", cwd=Path.cwd()).stdout.decode().splitlines()
    assert any(line.startswith("acquires\ten\tacquire.verb\t[Acme|s]") for line in lines)
    assert {line.split("\t")[1] for line in lines} == {"en", "zh"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "dependsOn"', 'name = "supplies"', "the ontology has a relation of this name"),
        ("https://example.org/risk#dependsOn", "depends on", "is no IRI of your own"),
        ("https://example.org/risk#dependsOn", "https://w3id.org/dealgraph/ontology#dependsOn", "is no IRI of your own"),
        ('domain = ["Company"]', 'domain = ["Firm"]', "there is no type 'Firm'; one of Company"),
        ('relation = "dependsOn"', 'relation = "leansOn"', "unknown relation 'leansOn'; one of acquires"),
        ('name = "depend.verb"', 'name = "acquire.verb"', "pattern name 'acquire.verb' in mine.toml is used twice"),
        ("trigger = [", "triger = [", "mine.toml is no file of patterns"),
        ('label.en = "depends on"\nlabel.zh = "依赖"', "label = {}", "it has no label"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    text = SAMPLE.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        load_user_rules([path])
    assert said in str(error.value)


def test_a_file_holds_no_cues(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[lexicon]]\nname = "x"\nen = ["y"]\nexamples = ["[y]"]\ncounters = ["z"]\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="holds cues or word lists"):
        load_user_rules([path])


def test_a_relation_of_ones_own_is_in_the_graph_with_its_status(tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "kg.toml").write_text(f"patterns = [{json.dumps(str(SAMPLE.resolve()))}]\n", encoding="utf-8")
    done = kg("build", "news.txt", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    with open_store(tmp_path / "kg-out") as store:
        told = store.select(f"SELECT * {{ ?c rdf:predicate <{DEPENDS}> ; rdf:subject ?s ; rdf:object ?o ; kg:certainty ?sure ; kg:rule ?rule }}")
        found = {tuple(row[name].value.rpartition("/")[2].rpartition("#")[2] for name in ("s", "o", "sure", "rule")) for row in told}
        facts = [row["s"].value.rpartition("/")[2] for row in store.select(f"SELECT ?s {{ ?s <{DEPENDS}> ?o }}")]
    assert found == {
        ("halvard-lines", "dockwise-systems", "Probable", "depend.verb"),
        ("norvane", "pellucid-metals", "Certain", "depend.verb"),
    }
    assert facts == ["norvane"], "what unnamed people say is no fact"
    assert kg("validate", cwd=tmp_path).returncode == 0
    assert "depends on" in kg("explain", "Norvane Corp", cwd=tmp_path).stdout.decode()
    assert "依赖" in (tmp_path / "kg-out" / "graph.html").read_text(encoding="utf-8")
    assert kg("build", "news.txt", "--claims", "model", cwd=tmp_path).returncode == 0
    assert DEPENDS.encode() not in (tmp_path / "kg-out" / "graph.ttl").read_bytes()
