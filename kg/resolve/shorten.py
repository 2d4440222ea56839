"""How the press shortens names: "Trans World Airlines" becomes "Trans World" and TWA, 浙江海川科技 becomes 海川.

The words that forbid a short form are data: ``words.toml``.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from kg.model import MentionType
from kg.vocab import script_language

SMALL_WORDS = frozenset({"of", "the", "and", "for", "in", "on", "&"})
COUNTRY = re.compile(r"^(?:the )?(?:u\.? ?s\.?|united states|u\.? ?k\.?|united kingdom|e\.? ?u\.?|european union) ")
"""What often stands before a body's name and is left out later: "US Federal Trade Commission"."""
JUNIOR = frozenset({"jr", "sr", "ii", "iii"})
LONGEST_CHINESE = 4
"""By how much longer than its short form a Chinese name may be."""
ABBREVIATED = 4
"""Signs from which on a Chinese name may stand for one that has these signs in their order."""


@cache
def words(name: str) -> frozenset[str]:
    """One of the lists of ``words.toml``."""
    return frozenset(lists()[name]["words"].split())


@cache
def lists() -> dict[str, dict[str, str]]:
    """All lists of words, with what they are for and their examples."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def is_generic(name: str) -> bool:
    """Whether a body's normalised name says which one it is only within its document.

    >>> is_generic("ministry of finance"), is_generic("harrow harbour board")
    (True, False)
    """
    return name in words("body") or all(word in words("body") for word in name.split())


def shortens(short: str, full: str, kind: MentionType, *, capitals: bool = False) -> bool:
    """Whether one normalised name may be a short form of another of its type; ``capitals`` says that it is written like an acronym.

    >>> [shortens(short, "trans world airlines", "Company", capitals=short == "twa") for short in ("trans world", "twa", "airlines")]
    [True, True, False]
    >>> shortens("vauclair", "médias vauclair", "Company"), shortens("penske auto", "penske automotive", "Company")
    (True, True)
    >>> shortens("vance", "dora k vance jr", "Person"), shortens("commission", "federal trade commission", "Organization")
    (True, True)
    >>> shortens("海川", "浙江海川科技", "Company"), shortens("渝城一卡通", "重庆渝城交通一卡通", "Company"), shortens("京东", "京东方", "Company")
    (True, True, False)
    """
    if short == full or len(short) >= len(full) + (kind == "Product"):
        return False
    if script_language(full) == "zh":
        return kind in ("Company", "Organization") and _shortens_chinese(short, full)
    mine, theirs = short.split(), COUNTRY.sub("", full).split()
    if kind == "Person":
        return _names_of(theirs)[-len(mine) :] == mine
    if kind == "Product":
        singular = [word.removesuffix("s") for word in theirs]
        return singular[-len(mine) :] == [word.removesuffix("s") for word in mine]
    return _shortens_latin(mine, theirs, kind) or (capitals and is_acronym(short, full))


def is_acronym(short: str, full: str) -> bool:
    """Whether a normalised name is made of the first letters of another one, with or without those of its small words.

    >>> is_acronym("ubs", "union bank of switzerland"), is_acronym("chrysler", "chrysler financial")
    (True, False)
    """
    named = COUNTRY.sub("", full).split()
    return len(named) > 1 and short in ("".join(word[0] for word in chosen) for chosen in (named, [one for one in named if one not in SMALL_WORDS]))


def _names_of(words: list[str]) -> list[str]:
    """Names of a person without initials and Jr."""
    return [word for word in words if len(word) > 1 and word not in JUNIOR]


def _shortens_latin(mine: list[str], theirs: list[str], kind: MentionType) -> bool:
    """Of firms and bodies: the first words, also cut short, unless only a place is left out; a last word that is no trade's; of bodies any end."""
    if len(mine) < len(theirs) and theirs[: len(mine)] == mine:
        return not words("part").issuperset(theirs[len(mine) :])
    if mine == theirs:
        return True  # but for a country before it
    if 1 < len(mine) <= len(theirs) and mine[0] == theirs[0]:
        return all(len(one) > 2 and other.startswith(one) for one, other in zip(mine[1:], theirs[1:], strict=False)) and len(mine) == len(theirs)
    if len(mine) >= len(theirs) or theirs[-len(mine) :] != mine:
        return False
    return kind == "Organization" or (len(mine) == 1 and len(mine[0]) > 3 and mine[0] not in words("trade") | words("part"))


def _shortens_chinese(short: str, full: str) -> bool:
    """The start of the name, also after a place of two or three signs, with more than one sign left out; or four signs and more in their order."""
    if len(full) > LONGEST_CHINESE * len(short):
        return False
    for at in (0, 2, 3):
        if len(short) > 1 and full.startswith(short, at) and len(full) - len(short) - at >= 2 - bool(at):
            return full[at + len(short) :] not in words("place_zh") and (len(full) - len(short) >= 2)
    signs = iter(full)
    return len(short) >= ABBREVIATED and short[:2] in (full[:2], full[2:4], full[3:5]) and all(sign in signs for sign in short)
