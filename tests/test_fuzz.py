"""Mutated documents through all stages; ``make fuzz`` runs more of them."""

from __future__ import annotations

import json
from pathlib import Path

from fuzz import FORGED, NAMES, SENTENCES, check_graph, mutants, run

from kg.build import extract, open_extractor
from kg.config import Settings
from kg.model import Document
from kg.read import read


def test_mutated_documents_are_accounted_for_and_give_valid_rdf(tmp_path: Path) -> None:
    outcome = run(150, 2031, tmp_path, open_extractor(Settings()))
    assert outcome.faults == []
    assert (outcome.inputs, outcome.accounted) == (150, 150)
    assert 75 < outcome.documents < 150, "neither all are broken nor all are whole"
    assert outcome.quads > 3000


def test_the_mutants_are_always_the_same_and_hold_forgeries() -> None:
    made = list(mutants(150, 2031))
    assert made == list(mutants(150, 2031))
    assert sum(FORGED.encode() in content for _, content, _ in made) > 10
    assert {name.partition(".")[2] for name, _, _ in made} == {"txt", "html", "jsonl", "csv"}


def test_hostile_names_forge_no_triple(tmp_path: Path) -> None:
    """Each name in each sentence as it is, so that no mutation hides it; one of them is 200 kB long."""
    for number, name in enumerate(NAMES):
        for place, sentence in enumerate(SENTENCES):
            row = {"id": f"{number}-{place}", "text": sentence.replace("OpenAI", name), "title": name, "publisher": name, "url": name, "date": name}
            (tmp_path / f"{number}-{place}.jsonl").write_text(json.dumps(row), encoding="utf-8")
    documents = [record for record in read([str(tmp_path)]) if isinstance(record, Document)]
    assert len(documents) == len(NAMES) * len(SENTENCES)
    extractor = open_extractor(Settings())
    pairs = [(one.document, one.extraction) for one in extract(documents, extractor) if one.extraction]
    assert len(pairs) == len(documents)
    quads, faults = check_graph(pairs, extractor)
    assert faults == []
    assert quads > 20 * len(documents)
