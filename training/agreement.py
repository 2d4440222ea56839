"""How far two annotators of the same texts agree on names and phrases.

    python training/agreement.py training/aimed.jsonl training/second/aimed.jsonl [--list]

The second file holds a line per text: its id and the entities that an independent reader of the text and the guidelines saw.
The first annotator is taken for the truth and the second for a reader, and scored as any reader is.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from kg.evaluate import as_lines
from kg.evaluate.gold import read_gold
from kg.evaluate.score import score_mentions


def main() -> None:
    """Print the agreement, and with --list what the two disagree on."""
    parser = argparse.ArgumentParser(description="Print how far two annotators agree on names and phrases.")
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--list", action="store_true", help="list what they disagree on")
    given = parser.parse_args()
    rows = [json.loads(line) for line in given.second.read_text(encoding="utf-8").splitlines()]
    saw = {row["id"]: [(entity["type"], name) for entity in row["entities"] for name in entity["names"]] for row in rows}
    articles = [article for article in read_gold(given.first) if article.id in saw]
    by_text = {article.text: saw[article.id] for article in articles}
    sys.stdout.writelines(line + "\n" for line in as_lines(score_mentions(articles, by_text.__getitem__)))
    if given.list:
        for article in articles:
            first = {(entity.type, name) for entity in article.entities for name in entity.names}
            for who, more in (("first", first - set(saw[article.id])), ("second", set(saw[article.id]) - first)):
                sys.stdout.writelines(f"{article.id}\tonly {who}\t{kind}\t{name}\n" for kind, name in sorted(more))


if __name__ == "__main__":
    main()
