"""Other names of a thing that a text itself gives: in brackets, as a ticker, after "formerly".

The words that introduce them are data: ``aliases.toml``, each with an example and a counter-example, which a test runs.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kg.gazetteer import TICKER
from kg.model import Mention
from kg.vocab import script_language

FARTHEST = 40
"""Code points between two names that may still be said to be of one thing."""


BRACKETS = "in brackets"
"""The weakest of the introductions: a firm in brackets may be the owner, too."""


class Alias(NamedTuple):
    """That a text gives another name for what a mention names; ids of mentions."""

    mention: str
    other: str
    """"" where the other name was not read as a mention of its own."""
    reason: str
    ticker: str = ""


@cache
def introductions() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Names and patterns of what stands between two names of one thing."""
    rows = tomllib.loads(Path(__file__).with_name("aliases.toml").read_text(encoding="utf-8"))["alias"]
    return tuple((row["name"], re.compile(row["between"] + r"\Z", re.IGNORECASE)) for row in rows)


def in_apposition(text: str, mentions: list[Mention]) -> Iterator[Alias]:
    """Second names given in a text, in its order; of two mentions only such as have one type, and do not read alike."""
    ordered = sorted(mentions, key=lambda mention: mention.span)
    starts = [mention.span.start for mention in ordered]
    for place, mention in enumerate(ordered):
        ticker = TICKER.match(text, mention.span.end)
        if ticker:
            symbol = ticker["symbol"] or ticker["wire"]
            at = ticker.start("symbol" if ticker["symbol"] else "wire")
            inside = bisect_left(starts, at)
            other = ordered[inside].id if inside < len(ordered) and starts[inside] == at and ordered[inside].type == mention.type else ""
            yield Alias(mention.id, other, f"ticker {symbol}", symbol.partition(".")[0])
            continue
        following = ordered[place + 1] if place + 1 < len(ordered) else None
        if following is None or following.type != mention.type or not 0 < following.span.start - mention.span.end <= FARTHEST:
            continue
        between = text[mention.span.end : following.span.start]
        for name, pattern in introductions():
            if pattern.match(between) and _closes(text, between, following) and (name != BRACKETS or _fits(mention.text, following.text)):
                yield Alias(mention.id, following.id, name)
                break


def _closes(text: str, between: str, other: Mention) -> bool:
    """Whether a bracket that was opened before a name is closed right after it."""
    if not re.search(r"[(（]", between):
        return True
    return re.match(r"[\s”’\"'」]*(?:[)）]|[,，;；:：]\s?[\w.:： ]{1,24}[)）])", text[other.span.end :]) is not None


def _fits(full: str, other: str) -> bool:
    """Whether a name in brackets can be another form of the one before it: in the other script, or with letters of it in their order."""
    if script_language(full) != script_language(other):
        return True
    letters = iter(re.sub(r"[\W_]", "", full.casefold()))
    wanted = re.sub(r"[\W_]", "", other.casefold())
    return wanted[:1] == re.sub(r"[\W_]", "", full.casefold())[:1] and all(sign in letters for sign in wanted)
