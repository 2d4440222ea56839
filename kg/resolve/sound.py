"""How alike a Latin name and a Chinese one sound: 奥塔瓦内 is Ottavane as the Chinese press writes it.

Both are taken as the classes of their consonants, since transliteration keeps these and is free with vowels and with pairs such as l and r, v and w.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LATIN_CLASSES = (
    (r"sch|sh|ch|tch|dge|dg|zh|j|ge(?=r)|gi|ci|ce|cy|tz|ts|s|z|x", "S"), (r"ph|f", "F"), (r"th|t|d", "T"), (r"ck|ch|qu|q|k|c|g", "K"), (r"v|w", "W"),
    (r"b|p", "P"), (r"m", "M"), (r"n", "N"), (r"l|r", "L"), (r"h", "H"),
)  # fmt: skip
"""Letters of a Latin name and the class of their sound, the first that fits."""
INITIAL_CLASSES = {
    "b": "P", "p": "P", "m": "M", "f": "F", "d": "T", "t": "T", "n": "N", "l": "L", "r": "L", "g": "K", "k": "K", "h": "H",
    "j": "S", "q": "S", "x": "S", "zh": "S", "ch": "S", "sh": "S", "z": "S", "c": "S", "s": "S", "w": "W",
}  # fmt: skip
_LATIN = re.compile("|".join(f"({letters})" for letters, _ in LATIN_CLASSES))
LONGEST = 24
"""Signs of a name that are compared."""


@lru_cache(1 << 14)
def alike(latin: str, chinese: str) -> float:
    """How alike two names sound, 0 to 1; words of a trade at the end of either (…航运, … Shipping) may stay out."""
    from rapidfuzz.distance import Indel

    best = 0.0
    signs = re.sub(r"[^\u4e00-\u9fff]", "", chinese)[:LONGEST]
    words = re.split(r"[\s-]+", latin)
    ends = {len(signs), *(len(signs) - cut for cut in (1, 2, 3, 4) if len(signs) - cut >= 2)}
    for end in sorted(ends):
        there = _of_chinese(signs[:end])
        for stop in range(1, min(len(words), 4) + 1):
            here = _of_latin("".join(words[:stop]))
            if min(len(here), len(there)) >= 2:
                weight = 1.0 if stop == len(words) or end < len(signs) or len(words) == 1 else 0.9
                best = max(best, weight * Indel.normalized_similarity(here, there))
    return round(best, 3)


@lru_cache(1 << 14)
def spelled_alike(latin: str, chinese: str) -> bool:
    """Whether a Latin name is the pinyin of a Chinese one, in either order of given and family name.

    >>> spelled_alike("Deng Yufan", "邓裕帆"), spelled_alike("Yufan Deng", "邓裕帆"), spelled_alike("Deng Yu", "邓裕帆")
    (True, True, False)
    """
    syllables = _pinyin(re.sub(r"[^\u4e00-\u9fff]", "", chinese))
    letters = re.sub(r"[^a-z]", "", _plain(latin))
    if len(syllables) < 2:
        return False
    orders = {"".join(syllables), "".join(syllables[1:] + syllables[:1]), "".join(syllables[2:] + syllables[:2])}
    return letters in orders


def _plain(name: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(sign))


@lru_cache(1 << 14)
def _of_latin(name: str) -> str:
    """Classes of the consonants of a Latin name."""
    plain = re.sub(r"(?<=[a-z])(h)(?=[^aeiouy]|$)", "", re.sub(r"[^a-z]", "", _plain(name)))
    return "".join(LATIN_CLASSES[found.lastindex - 1][1] for found in _LATIN.finditer(_single(plain)) if found.lastindex)


def _single(letters: str) -> str:
    """Letters without doubled ones."""
    return re.sub(r"([a-z])\1", r"\1", letters)


@lru_cache(1 << 14)
def _of_chinese(signs: str) -> str:
    """Classes of the consonants of a Chinese name, of 尔 and of final n too."""
    classes = []
    for syllable in _pinyin(signs):
        initial = re.match(r"zh|ch|sh|[bpmfdtnlgkhjqxrzcsw]", syllable)
        if syllable == "er":
            classes.append("L")
        elif initial:
            classes.append(INITIAL_CLASSES[initial[0]])
        if re.search(r"(?<=[aeiouv])ng?$", syllable):
            classes.append("N")
    return "".join(classes)


@lru_cache(1 << 14)
def _pinyin(signs: str) -> list[str]:
    from pypinyin import lazy_pinyin

    return [str(syllable) for syllable in lazy_pinyin(signs)]
