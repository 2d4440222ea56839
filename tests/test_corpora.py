"""The script that puts annotations of public corpora together with their texts: small corpora of invented news."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

JOIN = Path(__file__).parent.parent / "training" / "corpora" / "join.py"


def run(folder: Path, *options: str) -> tuple[list[dict[str, Any]], str]:
    words = ["Arbel", "'s", "rival", "Tavor", "said", "it", "bought", "Hale", "(", "for", "$", "3m", ")", "."]
    core = [{"context": words, "e1_name": "Hale", "e2_name": "Tavor", "relation": "acquired_by", "invert_relation": 0}]
    (folder / "core.json").write_text(json.dumps(core), encoding="utf-8")
    (folder / "finre.txt").write_text(
        "澜湾科技\t塔沃系统\t收购\t澜湾科技收购塔沃系统。\n\n澜湾科技\t塔沃\t自己\t澜湾科技收购塔沃系统。\n", encoding="utf-8"
    )
    told = {
        "corpus": "core",
        "text": "c96e45f03fdf81f1ba5b",
        "lang": "en",
        "entities": [
            {"id": "e1", "type": "Company", "at": [[14, 19]]},
            {"id": "e2", "type": "Company", "at": [[35, 39]]},
            {"id": "d1", "type": "Deal", "kind": "Acquisition", "parties": ["e1", "e2"]},
        ],
        "claims": [{"s": "e1", "p": "acquires", "o": "e2", "polarity": "+", "source": [14, 19], "quote": [[14, 24], [28, 39]]}],
    }
    other = told | {"text": "0" * 20}
    (folder / "annotations.jsonl").write_text("".join(json.dumps(one) + "\n" for one in (told, other)), encoding="utf-8")
    files = [str(folder / name) for name in ("core.json", "finre.txt")]
    done = subprocess.run(
        [sys.executable, JOIN, *files, "--annotations", folder / "annotations.jsonl", *options], capture_output=True, check=True, encoding="utf-8"
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_an_annotation_by_places_becomes_an_article(tmp_path: Path) -> None:
    [row], told = run(tmp_path)
    assert told == "1 of 2 annotated texts are in none of these files\n"
    assert row["text"] == "Arbel's rival Tavor said it bought Hale (for $3m)."
    assert row["entities"] == [
        {"id": "e1", "type": "Company", "names": ["Tavor"]},
        {"id": "e2", "type": "Company", "names": ["Hale"]},
        {"id": "d1", "type": "Deal", "kind": "Acquisition", "parties": ["e1", "e2"]},
    ]
    assert row["claims"] == [{"s": "e1", "p": "acquires", "o": "e2", "polarity": "+", "source": "Tavor", "quote": "Tavor said … bought Hale"}]


def test_labels_of_the_corpora_are_given_with_their_places(tmp_path: Path) -> None:
    rows, _ = run(tmp_path, "--labelled")  # 塔沃 stands inside another name: that text is left out
    assert rows == [{
        "text": "Arbel's rival Tavor said it bought Hale (for $3m).",
        "pairs": [{"first": [35, 39], "second": [14, 19], "label": "core:acquired_by"}],
    }]  # fmt: skip
