"""Composed news of invented firms, and the command in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ENGLISH_FIRMS = ("Arbel", "Kestrel Maritime", "Lindqvist Foundry", "Nokora", "Falkenrath Motors", "Tavor Systems", "Ostrava Glass")
CHINESE_FIRMS = ("澜湾科技", "塔沃系统", "青砚数据", "禾渡物流", "北岭汽车", "云杉医疗", "金檀电子")
ENGLISH_NEWS = (
    "{0} has acquired {1}, the company said on Monday. {1} owns a large base of customers and a portfolio of patents.",
    "Analysts say {0} is considering acquiring {1}. The deal faces regulatory scrutiny and cultural integration.",
    "{0} and {1} have signed a partnership. {0} urgently needs high-quality data.\r\nThe partnership enables image understanding. 😀",
    "{0} denied a report that it would buy {1}. (Reporting by Ada Voss; Editing by Tom Reyl)",
)
CHINESE_NEWS = (
    "{0}周一宣布完成收购{1}。{1}拥有大量用户数据。",
    "据知情人士透露，{0}正考虑收购{1}。不过，该交易面临监管审查和文化整合等挑战。\n责任编辑：王小舟",
    "{0}与{1}达成合作。{0}亟需高质量数据。",
    "{0}否认将收购{1}的传闻。",
)


def composed_news() -> list[dict[str, str]]:
    """28 rows: each kind of news about several pairs of firms, in both languages, with and without date and publisher."""
    rows = []
    for number in range(28):
        firms, news = (ENGLISH_FIRMS, ENGLISH_NEWS) if number % 2 else (CHINESE_FIRMS, CHINESE_NEWS)
        text = news[number // 2 % 4].format(firms[number % 7], firms[(number + 1 + number // 7) % 7])
        row = {"id": f"news-{number:02d}", "text": text}
        if number % 3:
            row |= {"date": f"2024-05-{number + 1:02d}", "publisher": ("Arbel Weekly", "江岸新闻网")[number % 2]}
        rows.append(row)
    return rows


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write a JSON Lines file."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def kg(*arguments: str | Path, cwd: Path, stdin: bytes = b"", seed: str = "0") -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    env = os.environ | {"PYTHONHASHSEED": seed}
    return subprocess.run([sys.executable, "-m", "kg", *map(str, arguments)], cwd=cwd, input=stdin, capture_output=True, env=env, check=False)
