"""How well and how fast names are resolved: ``python tests/benchmark_names.py [NAMES …]`` (or ``make benchmarks``), 100,000 names if none is given.

Firms are generated, a third of them beside one whose name differs in a single letter. Each stands in two documents under several of its names: with
and without a legal form, in capitals, as an acronym that the text introduces, in Chinese in brackets and then alone. Printed are seconds, memory,
and precision and recall over pairs of mentions against what was generated; lists and vectors stay out.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kg.gazetteer import Gazetteer
from kg.model import Document, Extraction, Mention, Span
from kg.resolve import resolve

NAMES_OF_A_FIRM = 3
FIRMS_OF_A_DOCUMENT = 5
ONSETS = ["b", "br", "d", "dr", "f", "g", "gl", "h", "k", "kr", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v", "z"]
RHYMES = ["a", "e", "i", "o", "u", "an", "en", "or", "el", "is"]
SYLLABLES = [first + last for first in ONSETS for last in RHYMES]
TRADES = ["Mills", "Foods", "Energy", "Motors", "Shipping", "Glass", "Networks", "Pharma", "Steel", "Robotics", "Textiles", "Ceramics", "Aviation"]
FORMS = ["Inc.", "Corp", "Ltd", "PLC", "Group", "Holdings Ltd", "AG", "Co., Ltd."]
SIGNS = "安邦博昌诚达丰富光海恒华汇嘉建金精景康科朗立联凌隆美明能宁鹏启强庆瑞润盛泰天通万伟文祥新兴耀一益永裕源远云泽振正志中众卓"
CHINESE_TRADES = ["科技", "食品", "能源", "汽车", "航运", "玻璃", "制药", "钢铁", "纺织", "陶瓷"]
CHINESE_FORMS = ["有限公司", "股份有限公司", "集团", ""]


class Firm(NamedTuple):
    """What a firm is called: by which name, and how it is written in its first and second document."""

    first: tuple[str, ...]
    second: tuple[str, ...]


def firms(number: int) -> list[Firm]:
    """So many firms, no two of one name."""
    chance = random.Random(20311)  # noqa: S311
    taken: set[str] = set()
    made: list[Firm] = []
    core = ""
    while len(made) < number:
        trap = len(made) % 3 == 2 and core.isascii()
        core = _one_letter_off(core, chance) if trap else "".join(chance.choices(SYLLABLES, k=3)).capitalize()
        chinese = "".join(chance.choices(SIGNS, k=3)) + chance.choice(CHINESE_TRADES)
        trade = chance.choice(TRADES)
        kind = len(made) % 4
        key = chinese if kind == 3 else core
        if key in taken or (kind == 2 and chinese in taken):
            continue
        taken |= {core, chinese}
        made.append(_firm(kind, core, trade, chinese, chance))
    return made


def _one_letter_off(core: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(core))
    return core[:at] + chance.choice("aeioubdfgklmnprstv") + core[at + 1 :]


def _firm(kind: int, core: str, trade: str, chinese: str, chance: random.Random) -> Firm:
    name, form = f"{core} {trade}", chance.choice(FORMS)
    if kind == 0:
        return Firm((f"{name} {form}", core), (name.upper(), name))
    if kind == 1:
        acronym = "".join(word[0] for word in name.split()) + chance.choice(["X", "Z"])
        long = f"{name} {'Xenon' if acronym[-1] == 'X' else 'Zenith'}"
        return Firm((f"{long} {form} ({acronym})", acronym), (f"{long}", long.upper()))
    if kind == 2:
        return Firm((f"{name} ({chinese})", name), (chinese, chinese + chance.choice(CHINESE_FORMS)))
    return Firm((chinese + chance.choice(CHINESE_FORMS[:2]), chinese), (chinese + chance.choice(CHINESE_FORMS), chinese[:3]))


def documents(all_firms: list[Firm]) -> Iterator[tuple[Document, Extraction, list[int]]]:
    """Documents with their mentions, and the firm that each mention is."""
    for turn in (0, 1):
        order = list(range(len(all_firms)))
        random.Random(turn).shuffle(order)  # noqa: S311
        for start in range(0, len(order), FIRMS_OF_A_DOCUMENT):
            yield _document(f"{turn}-{start}", [(number, all_firms[number][turn]) for number in order[start : start + FIRMS_OF_A_DOCUMENT]])


def _document(name: str, told: list[tuple[int, tuple[str, ...]]]) -> tuple[Document, Extraction, list[int]]:
    parts: list[str] = []
    spans: list[tuple[Span, int]] = []
    at = 0
    for number, names in told:
        for written in names:
            full, _, bracket = written.partition(" (")
            spans.append((Span(at, at + len(full)), number))
            if bracket:
                spans.append((Span(at + len(full) + 2, at + len(written) - 1), number))
            parts.append(written + " grew. ")
            at += len(written) + 7
    text = "".join(parts)
    document = Document(id=name, text=text)
    mentions = tuple(Mention(Mention.make_id(span, "Company"), "Company", span, text[span.start : span.end], "benchmark") for span, _ in spans)
    return document, Extraction(document.key, "benchmark", ("en",), mentions), [number for _, number in spans]


def measure(names: int) -> str:
    """One line of the table."""
    truth: dict[str, list[int]] = {}
    written: set[str] = set()

    def pairs() -> Iterator[tuple[Document, Extraction]]:
        for document, extraction, numbers in documents(made):
            truth[document.key] = numbers
            written.update(mention.text for mention in extraction.mentions)
            yield document, extraction

    made = firms(names // NAMES_OF_A_FIRM)
    before = time.perf_counter()
    entities, resolutions = resolve(pairs(), Gazetteer.empty())
    seconds = time.perf_counter() - before
    found: Counter[tuple[int, str]] = Counter()
    for resolution in resolutions:
        found.update(zip(truth[resolution.document], (decision.entity for decision in resolution.decisions), strict=True))
    together = _pairs(found.values())
    by_firm, by_entity = Counter[int](), Counter[str]()
    for (firm, entity), count in found.items():
        by_firm[firm] += count
        by_entity[entity] += count
    precision, recall = together / _pairs(by_entity.values()), together / _pairs(by_firm.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    told = f"{len(written):,} distinct names of {len(made):,} firms in {len(resolutions):,} documents, {sum(found.values()):,} mentions"
    return f"{told}: {seconds:.0f} s, at most {memory:.1f} GB, {len(entities):,} entities, pairs P {precision:.4f} R {recall:.4f}"


def _pairs(counts: Iterable[int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        sys.stdout.write(measure(int(sys.argv[1])) + "\n")
    else:
        for number in sys.argv[1:] or ["100000"]:
            subprocess.run([sys.executable, __file__, number], check=True)
