"""Put our annotations of public corpora together with their texts, which are not ours to give away: prints articles that ``kg train --extra`` takes.

    python training/corpora/join.py core/train.json fire/fire_dev.json finre/train.txt > claims_real.jsonl
    python training/corpora/join.py --labelled core/train.json finre/train.txt > labelled.jsonl

CORE and FIRE (both CC BY 4.0) hold words, which are joined to text first; FinRE (MIT) holds lines of text. ``annotations.jsonl`` says of each text,
by its hash, where entities are named and which claims are made, in code points. With ``--labelled`` it prints what the corpora themselves call two
names of a text, for ``kg train --labelled``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SKIP = " … "
"""Stands in a quote for what is left out."""

Text = dict[str, Any]


def joined(words: list[str]) -> str:
    """The text that a corpus has cut into words.

    >>> joined(["It", "sold", "(", "for", "5", "%", ")", '"', "Bolt", '"', "."])
    'It sold (for 5%) "Bolt".'
    """
    text = " ".join(words)
    text = re.sub(r" ([,.;:!?%)\]’]|'s\b|n't\b|'re\b|'ve\b)", r"\1", text)
    text = re.sub(r"([($\[‘]) ", r"\1", text).replace("`` ", '"').replace(" ''", '"').replace("-LRB- ", "(").replace(" -RRB-", ")")
    parts = re.split(r' ?" ?', text)
    quoted = "".join(part + (' "' if number % 2 == 0 else '" ') for number, part in enumerate(parts[:-1])) + parts[-1]
    return re.sub(r'" ([,.;:)])', r'"\1', quoted).strip()


def texts(path: Path) -> Iterator[tuple[str, tuple[str, str, str] | None]]:
    """The texts of a file, each with two names and what the corpus calls the first to the second, where it does."""
    if path.suffix == ".txt":
        for line in path.read_text(encoding="utf-8").splitlines():
            if len(parts := line.split("\t")) == 4:
                yield parts[3].strip(), (parts[0], parts[1], f"finre:{parts[2]}")
        return
    for row in json.loads(path.read_bytes()):
        if "tokens" in row:
            yield joined(row["tokens"]), None
        else:
            names = (row["e1_name"], row["e2_name"])
            yield joined(row["context"]), (*(names[::-1] if row["invert_relation"] else names), f"core:{row['relation']}")


def key(text: str) -> str:
    """What tells a text from all others."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def article(text: str, told: Text) -> Text:
    """An annotated article, from the text and what is annotated by places."""

    def at(places: list[list[int]]) -> list[str]:
        return [text[start:end] for start, end in places]

    entities = [{**one, "names": at(one["at"])} if "at" in one else one for one in told["entities"]]
    entities = [{name: value for name, value in one.items() if name != "at"} for one in entities]
    claims = [{**one, "source": one["source"] and text[slice(*one["source"])], "quote": SKIP.join(at(one["quote"]))} for one in told["claims"]]
    return {"id": f"{told['corpus']}-{told['text']}", "lang": told["lang"], "date": "", "text": text, "entities": entities, "claims": claims}


def labelled(pairs: dict[str, list[tuple[str, str, str]]]) -> Iterator[Text]:
    """Texts with the places of two names and what a corpus calls them; left out where a name stands nowhere or inside another one."""
    for text, found in pairs.items():
        placed = [((text.find(one), one), (text.find(other), other), label) for one, other, label in dict.fromkeys(found)]
        spans = {(start, start + len(name)) for *ends, _ in placed for start, name in ends}
        if any(start < 0 for start, _ in spans) or any(one != other and one[0] < other[1] and other[0] < one[1] for one in spans for other in spans):
            continue
        yield {
            "text": text,
            "pairs": [{"first": [at, at + len(one)], "second": [to, to + len(other)], "label": label} for (at, one), (to, other), label in placed],
        }


def main() -> None:
    """Print articles, or labelled texts."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--labelled", action="store_true")
    parser.add_argument("--annotations", type=Path, default=Path(__file__).with_name("annotations.jsonl"))
    given = parser.parse_args()
    pairs: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for path in given.files:
        for text, label in texts(path):
            pairs[text].extend([label] if label is not None else [])
    if given.labelled:
        rows = list(labelled({text: found for text, found in pairs.items() if found}))
    else:
        known = {key(text): text for text in pairs}
        annotated = [json.loads(line) for line in given.annotations.read_bytes().splitlines()]
        rows = [article(known[one["text"]], one) for one in annotated if one["text"] in known]
        if len(rows) < len(annotated):
            sys.stderr.write(f"{len(annotated) - len(rows)} of {len(annotated)} annotated texts are in none of these files\n")
    sys.stdout.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


if __name__ == "__main__":
    main()
