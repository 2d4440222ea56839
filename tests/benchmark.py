"""How fast texts are read, on one processor: ``python tests/benchmark.py`` (or ``make benchmarks``).

Per language, in a process of its own: seconds until the first document is read (start of Python and loading included), then words or
characters per second (by processor time) and the most memory that was taken. The texts are training articles: only their length matters.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ARTICLES = Path(__file__).parents[1] / "training" / "articles.jsonl"
DOCUMENTS = 120


def measure(language: str) -> str:
    """One line of the table."""
    from kg.evaluate.gold import read_gold
    from kg.extract import Extractor
    from kg.gazetteer import Gazetteer
    from kg.model import Document

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    articles = [article for article in read_gold(ARTICLES) if article.lang == language][:DOCUMENTS]
    first, *documents = [Document(id=article.id, text=article.text) for article in articles]
    extractor = Extractor(Gazetteer.load(), run="benchmark")
    list(extractor.extract([first]))
    until_first = time.clock_gettime(time.CLOCK_BOOTTIME) - _started()
    before = time.process_time()
    list(extractor.extract(documents))
    seconds = time.process_time() - before
    if language == "en":
        units, name = sum(len(document.text.split()) for document in documents), "words"
    else:
        units, name = sum(len("".join(document.text.split())) for document in documents), "characters"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{language}  first document after {until_first:.1f} s, {units / seconds:,.0f} {name}/s, at most {memory:.0f} MB"


def _started() -> float:
    """When this process started, in seconds since the machine did."""
    ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(measure(sys.argv[1]) + "\n")
    else:
        for code in ("en", "zh"):
            subprocess.run([sys.executable, __file__, code], check=True)
