"""Mutated documents on the whole way from bytes to RDF: ``python tests/fuzz.py 2000``.

Every input must come out as a document or as a problem, and every quad must be valid RDF that says nothing but what was observed: what rdflib
reads of the output is what was written, and no IRI that the texts try to smuggle in is among it.
"""

from __future__ import annotations

import html
import json
import random
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import rdflib

from kg import build, vocab
from kg.build import extract, map_to_graph
from kg.config import Settings
from kg.extract import Extractor
from kg.model import Document, Extraction, to_json
from kg.read import read
from kg.resolve import resolve

SAMPLE = (Path(vocab.__file__).parent / "sample" / "openai-pinterest.txt").read_text(encoding="utf-8")
FORGED = "http://forged.example/"
NAMES = (
    f'Arbel"@en . <{FORGED}s> <{FORGED}p> "x',
    f"Nokora> <{FORGED}p> <{FORGED}o",
    f"Tavor\n<{FORGED}s> <{FORGED}p> <{FORGED}o> .\n",
    f"Arbel'''; <{FORGED}p> <{FORGED}o> . '''",
    f'Nokora""" . <{FORGED}s> a <{FORGED}o> . """',
    "Arbel\\u0022 \\n Nokora\\",
    "Arbel\u0000 Nokora",
    "\u202eArbel\u202c \u2066Nokora\u2069",
    "Tavor\u0085\u2028\u2029 Systems",
    "Arbel\ufffe\uffff\U0010ffff Nokora",
    "澜湾\u200b科技\u3000有限公司",
    "A\u0301r\u0308bel 😀\u200d😀 Nokora",
    "<script>alert(1)</script> Corp",
    "${jndi:x} %s {0} {{x}} Inc",
    "Arbel" * 40_000,
    "?s ?p ?o } DROP ALL ; { Corp",
)
SENTENCES = (
    "OpenAI has acquired Pinterest, the company said on Monday.",
    "OpenAI and Pinterest have signed a partnership.",
    "Analysts at OpenAI say Pinterest is considering acquiring GPT-V.",
    "OpenAI周一宣布完成收购Pinterest。",
    "据OpenAI透露，Pinterest正考虑与GPT-V合作。",
)
SPLICES = (
    '"',
    "'",
    "\\",
    "<",
    ">",
    "\n",
    "\r",
    "\t",
    "\u0000",
    "\u202e",
    "。",
    "”",
    "{",
    "}",
    "\ufeff",
    "\u2028",
    "😀",
    " ",
    "&#x0;",
    "]]>",
    "\x1b[31m",
)


class Outcome(NamedTuple):
    """What became of the inputs."""

    inputs: int
    accounted: int
    documents: int
    quads: int
    faults: list[str]


def mutants(number: int, seed: int) -> Iterator[tuple[str, bytes, list[str]]]:
    """Files with a name, their bytes, and the places that must be accounted for: themselves, or each of their rows."""
    chance = random.Random(seed)  # noqa: S311 - the same at every run
    made = 0
    while made < number:
        kind = chance.choice(("txt", "txt", "html", "jsonl", "csv"))
        name = f"{made:05d}.{kind}"
        if kind == "jsonl":
            rows = [_row(chance, f"{made:05d}-{row}") for row in range(min(4, number - made))]
            yield name, b"".join(row + b"\n" for row in rows), [f"{name}:{row}" for row in range(1, len(rows) + 1)]
            made += len(rows)
            continue
        text = _mutate(chance, _excerpt(chance))
        if kind == "html":
            text = f"<html><head><title>{html.escape(text[:40])}</title></head><body><p>{text}</p></body></html>"
        if kind == "csv":
            text = 'id,text\n{},"{}"\n'.format(name, text.replace('"', '""'))
        content = text.encode(chance.choice(("utf-8",) * 6 + ("utf-16", "gb18030", "big5")), "replace")
        if chance.random() < 0.3:
            content = _damage(chance, content)
        yield name, content, [name]
        made += 1


def _excerpt(chance: random.Random) -> str:
    """Some sentences of the sample in one language, or a few invented ones."""
    if chance.random() < 0.3:
        return " ".join(chance.choices(SENTENCES, k=3))
    start = chance.randrange(len(SAMPLE))
    return SAMPLE[start : start + chance.randrange(20, 500)]


def _mutate(chance: random.Random, text: str) -> str:
    """A few names replaced by hostile ones, and signs put in, taken out, doubled or turned round."""
    for name in ("OpenAI", "Pinterest", "GPT-V"):
        if chance.random() < 0.4:
            weights = [1 if len(hostile) > 1000 else 20 for hostile in NAMES]
            text = text.replace(name, chance.choices(NAMES, weights)[0], 1)
    for _ in range(chance.randrange(6)):
        at = chance.randrange(len(text) + 1)
        end = min(len(text), at + chance.randrange(30))
        text = chance.choice(
            (
                text[:at] + chance.choice(SPLICES) * chance.choice((1, 1, 3, 200)) + text[at:],
                text[:at] + text[end:],
                text[:end] + text[at:],
                text[:at] + text[at:end][::-1] + text[end:],
                text[:at]
                + chr(chance.choice((chance.randrange(32), chance.randrange(0x2000, 0x2100), chance.randrange(0xE000, 0x11000))))
                + text[at:],
            )
        )
    return text


def _row(chance: random.Random, key: str) -> bytes:
    """A row of JSON Lines, now and then with a field of another kind, a lone surrogate, or broken bytes."""
    row: dict[str, object] = {"id": key, "text": _mutate(chance, _excerpt(chance))}
    for field in ("title", "date", "url", "publisher", "lang"):
        if chance.random() < 0.3:
            row[field] = chance.choice((chance.choice(NAMES[:10]), "2024-05-03", "2024-02-30T25:61", "en", f"{FORGED}x> .", 7, None))
    if chance.random() < 0.1:
        row["text"] = chance.choice((None, 5, "", " \n", "Arbel \ud800 Nokora", ["Arbel"]))
    content = json.dumps(row, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    return _damage(chance, content) if chance.random() < 0.2 else content


def _damage(chance: random.Random, content: bytes) -> bytes:
    """Bytes flipped, cut or put in; line ends stay where they are, so that rows can be counted."""
    damaged = bytearray(content)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(damaged))
        if chance.random() < 0.7 and damaged[at] not in b"\r\n":
            damaged[at] = chance.choice([byte for byte in range(256) if byte not in b"\r\n"])
        elif damaged[at] not in b"\r\n":
            del damaged[at]
    return bytes(damaged) or b"x"


def run(number: int, seed: int, folder: Path, extractor: Extractor) -> Outcome:
    """Put that many inputs through all stages, in an empty folder."""
    places = []
    for name, content, expected in mutants(number, seed):
        (folder / name).write_bytes(content)
        places += [f"{folder}/{place}" for place in expected]
    records = list(read([str(folder)]))
    for record in records:
        to_json(record)
    seen = Counter(record.source.partition(".csv:")[0] + ".csv" if ".csv:" in record.source else record.source for record in records)
    faults = [f"{place} was lost" for place in places if not seen[place]]
    faults += [f"{place} came from nowhere" for place in seen if place not in set(places)]
    found = list(extract([record for record in records if isinstance(record, Document)], extractor))
    faults += [f"{one.document.source}: {problem.reason}" for one in found for problem in one.problems if "please report" in problem.reason]
    faults += [f"{one.document.source} has neither extraction nor problem" for one in found if not one.extraction and not one.problems]
    pairs = [(one.document, one.extraction) for one in found if one.extraction]
    quads, faults_of_graph = check_graph(pairs, extractor)
    return Outcome(len(places), sum(bool(seen[place]) for place in places), len(pairs), quads, faults + faults_of_graph)


def check_graph(pairs: Sequence[tuple[Document, Extraction]], extractor: Extractor) -> tuple[int, list[str]]:
    """How many quads there are, and what is wrong with them."""
    entities, resolutions = resolve(pairs, extractor.gazetteer)
    graph = map_to_graph(pairs, entities, resolutions, vocab.BASE_IRI)
    faults = [f"{key} was refused: {reason}" for key, reason in graph.refused.items()]
    quads = set(graph.quads())
    written = ox.serialize(sorted(quads, key=str), format=ox.RdfFormat.N_QUADS)
    if set(ox.parse(written, format=ox.RdfFormat.N_QUADS)) != quads:
        faults.append("pyoxigraph reads other quads than it wrote")
    dataset = rdflib.Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's parser of N-Quads uses what rdflib deprecates
        dataset.parse(data=written, format="nquads")
    reread = set(dataset.quads())
    if len(reread) != len(quads):
        faults.append(f"rdflib reads {len(reread)} quads, written were {len(quads)}")
    iris = {str(term) for quad in reread for term in quad if isinstance(term, rdflib.URIRef)}
    linked = {iri for entity in entities for iri in (*entity.exact_match, *entity.broader, *entity.same_as) if FORGED not in iri}
    namespaces = (vocab.BASE_IRI, *vocab.prefixes().values())
    faults += [f"an IRI was smuggled in: {iri[:200]!r}" for iri in sorted(iris - linked) if not iri.startswith(namespaces) or FORGED in iri]
    return len(quads), faults


def main(number: int) -> int:
    """Say how many of so many inputs are accounted for; 1 if not all are, or if anything else is wrong."""
    extractor = build.open_extractor(Settings())
    outcomes = []
    for batch, start in enumerate(range(0, number, 200)):
        with tempfile.TemporaryDirectory() as folder:
            outcomes.append(run(min(200, number - start), batch, Path(folder), extractor))
        print(f"{start + outcomes[-1].inputs} …", file=sys.stderr)  # noqa: T201
    faults = [fault for one in outcomes for fault in one.faults]
    print(*faults[:20], sep="\n", end="\n" if faults else "", file=sys.stderr)  # noqa: T201
    documents, quads = sum(one.documents for one in outcomes), sum(one.quads for one in outcomes)
    print(f"{sum(one.accounted for one in outcomes)} of {number} accounted for, {documents} as documents; {quads} quads, {len(faults)} faults")  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
