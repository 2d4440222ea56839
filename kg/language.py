"""Which language each passage of a text is in, and which passages are boilerplate.

One article may hold both languages. Scripts decide where they can; a text in Latin letters counts as English unless a passage long
enough to judge is plainly something else.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Literal, NamedTuple

from kg.model import Span

PATTERNS = Path(__file__).with_name("boilerplate.toml")

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SENTENCE_END = re.compile(r"[。！？；]+[”’」』）)\]]*\s*|[.!?…]+[\"”’)\]]*(?:\s+|(?=[\u3400-\u9fff]))")
_ASIDE = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_KANA = re.compile(r"[\u3041-\u30fa\u31f0-\u31ff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LOWER_WORD = re.compile(r"(?<![^\W_])[a-z]{2,}(?![^\W_])")
_ENGLISH = re.compile(r"(?i)\b(?:the|of|and|to|that|with|by|its|said|is|are|was|has|have|will|would|for|from|which|their)\b")

ENGLISH_SHARE = 0.12
"""Of the words of a passage, how many must be plain English ones for it to be English without a closer look."""
JUDGED_WORDS = 6
"""Passages with fewer words are never judged to be in a third language: a headline may be nothing but names."""
JUDGED_LENGTH = 2000
"""Code points that are looked at."""
CERTAIN = 0.8
"""Probability from which the identifier is believed.

Lines of names reach .75, whole sentences .9; of 3,300 news texts in English that were tried, none was taken for another language.
"""


_BREAK = re.compile(r"(?<=\S)\r?\n(?=[^\s\-–—*•·>|#])")
SHORTEST_LINE, WRAPPED = 20, 100
"""Code points that a line has which was ended for want of room: at least, at most."""

Kind = Literal["prose", "boilerplate"]


class Passage(NamedTuple):
    """A stretch of a text in one language. ``language`` is "en", "zh", the ISO 639 code of another one, or "und" when there are no letters."""

    span: Span
    language: str
    kind: Kind


def passages(text: str, hint: str | None = None) -> list[Passage]:
    """Passages that cover the text in its order, no code point left out.

    ``hint`` is the language as given ("en", "zh", "en+zh", …); it decides only what the text leaves open.
    """
    pieces = list(_pieces(text))
    usual = _usual_latin(pieces, hint)
    current = next((piece.language or usual for piece in pieces if piece.language != ""), "und")
    found: list[Passage] = []
    for span, language, kind in pieces:
        current = usual if language is None else language or current
        if found and found[-1][1:] == (current, kind):
            found[-1] = found[-1]._replace(span=Span(found[-1].span.start, span.end))
        else:
            found.append(Passage(span, current, kind))
    return found


def unwrapped(text: str) -> str:
    r"""The text with blanks for the line breaks that only keep lines in Latin letters short, as in wires and mails; as long as before.

    A line that goes on in lower case was broken; where one was, so were the others that end in a word in lower case or a comma, or that had no room
    for the next word. The first line of the text and a line in capitals over one that is not are headlines.

    >>> unwrapped("ACME BUYS BOLT\nAcme Corp said it bought all\nshares of Bolt and will close its plant in West\nVirginia in May.")
    'ACME BUYS BOLT\nAcme Corp said it bought all shares of Bolt and will close its plant in West Virginia in May.'
    """
    breaks = [one for one in map(partial(_broken, text), _BREAK.finditer(text)) if one is not None]
    if not any(line.goes_on for line in breaks):
        return text
    width = max(len(line) for line in text.splitlines() if len(line) <= WRAPPED)
    signs = list(text)
    for line in breaks:
        has_no_room = len(line.before) + 1 + len(line.word) > width
        if line.goes_on or (not line.is_first and (has_no_room or line.before[-1].islower() or line.before[-1] == ",")):
            signs[line.span.start : line.span.end] = " " * (line.span.end - line.span.start)
    return "".join(signs)


class _Broken(NamedTuple):
    """A line break that may only keep a line short."""

    span: Span
    before: str
    """The line that it ends."""
    word: str
    """The first word of the next line."""
    goes_on: bool
    """Whether that is written as none that starts a sentence."""
    is_first: bool
    """Whether the line is the first of the text."""


def _broken(text: str, found: re.Match[str]) -> _Broken | None:
    start = text.rfind("\n", 0, found.start()) + 1
    before, after = text[start : found.start()], text[found.end() : found.end() + WRAPPED].partition("\n")[0]
    if _HAN.search(before[-1] + after[0]) or (before.isupper() and not after.isupper()) or not SHORTEST_LINE <= len(before) <= WRAPPED:
        return None
    word = after.split(maxsplit=1)[0]
    return _Broken(Span(*found.span()), before, word, word.islower() and before[-1] not in ".!?:;", start == 0)


def languages(found: list[Passage]) -> tuple[str, ...]:
    """Languages of the prose, sorted; those of the boilerplate only if there is nothing else."""
    prose = {passage.language for passage in found if passage.kind == "prose"} - {"und"}
    return tuple(sorted(prose or {passage.language for passage in found} or {"und"}))


class BoilerplatePattern(NamedTuple):
    """A kind of boilerplate, with what it must and must not find."""

    name: str
    regex: re.Pattern[str]
    examples: tuple[tuple[str, str], ...]
    """Prose, and the boilerplate after it."""
    counter: tuple[str, ...]
    """Lines of prose that hold the same words."""


@cache
def boilerplate_patterns() -> tuple[BoilerplatePattern, ...]:
    """The patterns of ``boilerplate.toml``, each anchored to where a line or sentence begins."""
    begins = r"(?:^\s*|(?<=[。！？!?.）)])\s*|\s{2,8})"
    return tuple(
        BoilerplatePattern(
            row["name"],
            re.compile(f"{begins}(?P<found>{row['regex']})"),
            tuple((before, after) for before, after in row["examples"]),
            tuple(row["counter"]),
        )
        for row in tomllib.loads(PATTERNS.read_text(encoding="utf-8"))["pattern"]
    )


class _Piece(NamedTuple):
    """A part of one line in one language: None while it is open which of those in Latin letters, "" where there are no letters."""

    span: Span
    language: str | None
    kind: Kind


def _pieces(text: str) -> Iterator[_Piece]:
    for line in _LINE.finditer(text):
        start, end = line.span()
        for at, until in _boilerplate(line.group()):
            yield from _prose(text, Span(start, line.start() + at))
            start = line.start() + until
            yield _piece(text, Span(line.start() + at, start), _script(text[line.start() + at : start]), "boilerplate")
        yield from _prose(text, Span(start, end))


def _boilerplate(line: str) -> Iterator[tuple[int, int]]:
    """Where boilerplate stands in a line, from left to right; at the end of the line it takes the newline along."""
    content = line.rstrip("\r\n")
    done = 0
    for start, end in sorted(match.span("found") for pattern in boilerplate_patterns() for match in pattern.regex.finditer(content)):
        if end > done:
            start, done = max(start, done), end
            yield start, len(line) if end == len(content) else end


def _prose(text: str, span: Span) -> Iterator[_Piece]:
    """The sentences of a span within one line, neighbours of one script joined."""
    if span.start == span.end:
        return
    cuts = [match.end() for match in _SENTENCE_END.finditer(text, span.start, span.end)]
    start, language = span.start, ""
    for begin, end in zip([span.start, *cuts], [*cuts, span.end], strict=True):
        script = _script(text[begin:end])
        if script and language and script != language:
            yield _piece(text, Span(start, begin), language, "prose")
            start = begin
        language = script or language
    yield _piece(text, Span(start, span.end), language, "prose")


def _piece(text: str, span: Span, script: str, kind: Kind) -> _Piece:
    return _Piece(span, _judge(text[span.start : span.end]) if script == "latin" else script, kind)


def _script(sentence: str) -> str:
    """Language where the script settles it, "latin" where it does not, "" where there is nothing to read.

    A name in the other script switches nothing: in Latin script only words in lower case speak for the language of the sentence.
    """
    words = _ASIDE.sub(" ", sentence)
    words = words if _LETTER.search(words) else sentence
    han, kana, latin = (len(signs.findall(words)) for signs in (_HAN, _KANA, _LATIN))
    letters = len(_LETTER.findall(words))
    if not letters:
        return ""
    if kana > 1 and kana * 5 >= han and kana + han > latin:
        return "ja"
    if letters > 2 * (han + latin):
        return _identify(words)[0]
    if han and han >= 2 * len(_LOWER_WORD.findall(words)):
        return "zh"
    return "latin"


def _judge(passage: str) -> str | None:
    """Language of a passage in Latin letters, None when it is too short or too near to names to say."""
    words = len(_WORD.findall(passage))
    if len(_ENGLISH.findall(passage)) >= max(1, ENGLISH_SHARE * words):
        return "en"
    if words < JUDGED_WORDS:
        return None
    language, probability = _identify(passage)
    return language if probability >= CERTAIN else None


def _usual_latin(pieces: list[_Piece], hint: str | None) -> str:
    """The language that most of the judged Latin text is in, else the one given, else English."""
    lengths: Counter[str] = Counter()
    for span, language, kind in pieces:
        if language not in (None, "", "zh", "ja") and kind == "prose":
            lengths[str(language)] += span.end - span.start
    if lengths:
        return min(lengths, key=lambda language: (-lengths[language], language))
    given = [part.strip().casefold().split("-")[0] for part in (hint or "").split("+")]
    return next((part for part in given if part not in ("", "zh")), "en")


@cache
def _classifier() -> Callable[[str], tuple[str, float]]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    classify: Callable[[str], tuple[str, float]] = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True).classify
    return classify


def _identify(passage: str) -> tuple[str, float]:
    """ISO 639 code and probability, rounded so that no last bit decides."""
    language, probability = _classifier()(passage[:JUDGED_LENGTH])
    return language, round(probability, 2)
