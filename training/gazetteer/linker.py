"""Fit what tells how far a concept is the one that a phrase is or is a kind of, to phrases of the training articles that were linked by hand.

``linker.py fit`` writes ``kg/resolve/linker.json`` from ``links.tsv``; ``linker.py score FILE`` prints precision and recall on such a table. A link
is right when it is to a concept that the reader named: the one that the phrase is, or the nearest one that it is a kind of.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from kg.embed import Embedder
from kg.gazetteer import Gazetteer
from kg.resolve.phrases import Concepts, Linker

HERE = Path(__file__).parent
WEIGHTS = HERE.parent.parent / "kg" / "resolve" / "linker.json"
STEPS = 30
RIDGE = 1e-3


def rows(path: Path) -> Iterator[tuple[str, str, set[str], set[str]]]:
    """Type, phrase, and ids of the concepts that it is, and that it is or is a kind of."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            same = set(filter(None, row["same"].split("|")))
            yield row["type"], row["phrase"], same, same | set(filter(None, row["kind"].split("|")))


def fit(path: Path = HERE / "links.tsv") -> Linker:
    """Weights by Newton's method on the logistic loss of every concept that comes into question."""
    concepts, ids = _concepts()
    figures, right = [], []
    for kind, phrase, _, wanted in rows(path):
        for iri, found in concepts.figures(phrase, kind).items():
            figures.append(found)
            right.append(float(ids[iri] in wanted))
    table, target = np.array(figures), np.array(right)
    mean, spread = table.mean(axis=0), table.std(axis=0)
    scaled = np.hstack([(table - mean) / spread, np.ones((len(table), 1))])
    weights = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (chance - target) / len(target) + RIDGE * weights
        bend = (scaled * (chance * (1 - chance))[:, None]).T @ scaled / len(target) + RIDGE * np.eye(len(weights))
        weights -= np.linalg.solve(bend, slope)
    digits = [tuple(round(float(one), 6) for one in part) for part in (mean, spread, weights[:-1])]
    return Linker(digits[0], digits[1], digits[2], round(float(weights[-1]), 6))


def score(path: Path) -> str:
    """Precision and recall of links on a table, and of those phrases that are a concept."""
    concepts, ids = _concepts()
    gazetteer = Gazetteer.load()
    count = {"phrases": 0, "linked": 0, "right": 0, "are a concept": 0, "of these right": 0}
    for kind, phrase, same, wanted in rows(path):
        known = gazetteer.concept(phrase, kind)
        link = concepts.link(phrase, kind) if known is None else None
        found = known.id if known else ids[link.entry.iri] if link else ""
        count["phrases"] += 1
        count["linked"] += bool(found)
        count["right"] += found in wanted
        count["are a concept"] += bool(same)
        count["of these right"] += bool(same) and found in wanted
    precision, recall = count["right"] / max(1, count["linked"]), count["right"] / max(1, count["phrases"])
    return (
        f"P {precision:.3f} R {recall:.3f}, of phrases that are a concept R {count['of these right'] / max(1, count['are a concept']):.3f}; {count}"
    )


def _concepts() -> tuple[Concepts, dict[str, str]]:
    gazetteer = Gazetteer.load()
    return Concepts(gazetteer, Embedder().vectors), {entry.iri: entry.id for entry in gazetteer.entries}


if __name__ == "__main__":
    if sys.argv[1:] == ["fit"]:
        WEIGHTS.write_bytes(msgspec.json.format(msgspec.json.encode(fit())) + b"\n")
    elif sys.argv[1:2] == ["score"] and len(sys.argv) == 3:
        sys.stdout.write(score(Path(sys.argv[2])) + "\n")
    else:
        sys.exit(__doc__)
