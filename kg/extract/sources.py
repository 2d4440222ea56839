"""Who says so, where it is no entity of the article: outlets, analysts, insiders, officials, unnamed people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kg.extract.patterns import words
from kg.gazetteer import normalise

if TYPE_CHECKING:
    from kg.model import SourceKind

SOURCE_LISTS: tuple[tuple[SourceKind, str], ...] = (
    ("Analyst", "analyst_source"),
    ("Insider", "insider_source"),
    ("Official", "official_source"),
    ("Media", "media_source"),
)


def cited_zh(text: str) -> tuple[int, int] | None:
    """Whom words for a source, or what follows them, cite: 援引知情人士的话称; from where the word for citing starts to where the cited one ends."""
    listed = "|".join(sorted(words("cite_verb", "zh")))
    found = re.search(rf"(?:{listed})([^，。；：、“”]{{2,12}}?)(?=的?(?:话|消息|说法)|称|报道|表示|指出|透露|说|，|$)", text)
    return (found.start(), found.end()) if found else None


def is_outlet(text: str, language: str) -> bool:
    """Whether words name a paper, an agency or a station."""
    outlets = words("media_outlet", language)
    if language == "en":
        return any(word in outlets for word in text.lower().split())
    return text.endswith(tuple(outlets))


def _looks_like_title(text: str) -> bool:
    """Whether a source is written like the name of a paper: "Harrow Evening Post"."""
    return text[:1].isupper() and " " in text and text.istitle()


def _holds_word(text: str, listed: frozenset[str], language: str) -> bool:
    if language == "en":
        return any(word in listed or word.removesuffix("s") in listed for word in text.lower().split())
    return any(word in text for word in listed)


def source_kind(text: str, language: str) -> tuple[SourceKind, str | None]:
    """The kind of a source that is no entity, and for unnamed ones the key that both languages share."""
    if is_outlet(text, language) or (language == "en" and _looks_like_title(text)):
        return "Media", None
    if text.lower().removeprefix("the ") in words("parties_source", language):
        return "Unnamed", "parties"
    for kind, listed in SOURCE_LISTS:
        if _holds_word(text, words(listed, language), language):
            return kind, kind.casefold()
    return "Unnamed", normalise(text)
