"""Chinese clauses and arguments: the names, references and phrases that stand between two words."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from kg.extract.grammar import Argument, name_over, names_from, text_of
from kg.extract.patterns import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Span, Token

    from kg.extract.grammar import ArgumentKind

CLAUSE_END = frozenset("，,。！？!?；;：:\n")
JOINERS = frozenset("、和与及跟或") | {"以及", "及其"}
OPENING, CLOSING = frozenset('“"‘《「『(（【'), frozenset('”"’》」』)）】')
NESTING_OPENS, NESTING_CLOSES = frozenset("“《「（("), frozenset("”》」）)")
MAX_PHRASE = 24
"""Characters; longer ones are clauses, not phrases."""

REFERENCES: tuple[tuple[ArgumentKind, str], ...] = (
    ("firm", "firm_reference"),
    ("deal", "deal_noun"),
    ("pronoun", "pronoun"),
    ("former", "former_reference"),
    ("latter", "latter_reference"),
    ("both", "both_reference"),
)
COMMON_FIRM_NOUNS = frozenset({"公司", "集团"})
DEMONSTRATIVES = frozenset({"这", "此"})
LIST_CLOSES = frozenset({"等", "等等"})
LIST_FRAMES = frozenset({"方面", "领域"})
LIST_FOLLOWS = frozenset({"包括", "包含", "如", "例如"})
LIST_INSIDE = frozenset({"包括", "诸如"})
OPENING_PARTICLES = frozenset({"在", "其"})
PARTICLES = frozenset({"了", "着", "过", "的", "其"})
FINAL_PARTICLES = frozenset({"的", "了"})
EMPTY_TAILS = frozenset({"方面的能力", "领域的能力", "等方面能力"})
"""Three words each."""

# first letters of jieba's flags: n noun, a adjective, b modifier, m number, j short form, x unknown, r pronoun, t time, q measure, d adverb
MODIFIER_FLAGS = frozenset("nabme")
COUNTED_FLAGS = frozenset("mqn")
NOUN_FLAGS = frozenset("nabmjxe")
NOUN_LIKE_FLAGS = frozenset({"vn", "l", "i"})
POSSESSOR_FLAGS = frozenset("rt")
QUANTITY_FLAGS = frozenset("dm")
DROPPABLE_FLAGS = frozenset("mr")
MEASURE_FLAGS = frozenset("mq")
NUMBER = re.compile(r"\d[\d,.]*")
COUNT_WORDS = frozenset({"余", "多", "约", "近", "超", "逾", "超过", "高达", "达", "共", "人", "元", "项", "件", "家", "名", "座", "台", "艘", "头"})


# --- clauses ----------------------------------------------------------------------------------------------------------


def clause_bounds(doc: Doc, at: int) -> tuple[int, int]:
    """Tokens ``start`` to ``end`` of the clause around a token, its closing sign left out."""
    start = end = at
    while start > 0 and not _ends_clause(doc, start - 1) and not doc[start].is_sent_start:
        start -= 1
    while end < len(doc) and not _ends_clause(doc, end) and (end == at or not doc[end].is_sent_start):
        end += 1
    return start, end


def _ends_clause(doc: Doc, at: int) -> bool:
    if doc[at].is_space:
        return "\n" in doc[at].text or not _is_beside_latin(doc, at)
    return doc[at].text in CLAUSE_END


def _is_beside_latin(doc: Doc, space: int) -> bool:
    """Whether a space stands beside a Latin word or a figure: it parts clauses in headlines, but not these."""
    return 0 < space < len(doc) - 1 and (doc[space - 1].tag_ == "eng" or doc[space + 1].tag_ == "eng")


@cache
def any_of(listed: frozenset[str]) -> re.Pattern[str]:
    """Finds the listed words, the longest where several start."""
    return re.compile("|".join(map(re.escape, sorted(listed, key=lambda word: (-len(word), word)))))


# --- names and references ---------------------------------------------------------------------------------------------


def groups(doc: Doc, start: int, end: int, *, spread: bool = True) -> list[list[Argument]]:
    """Names and references between two tokens, those of one list together, or each alone unless ``spread``."""
    names = [name for name in names_from(doc, start, end) if name.end <= end]
    singles = [Argument("name", name.start, name.end, name.end - 1) for name in names]
    singles += [one for one in _references(doc, start, end) if not is_in(names, one.start)]
    singles.sort(key=lambda one: one.start)
    grouped: list[list[Argument]] = []
    for one in singles:
        if spread and grouped and _is_joined(doc, grouped[-1][-1], one):
            grouped[-1].append(one)
        else:
            grouped.append([one])
    return grouped


def is_in(spans: list[Span], token: int) -> bool:
    """Whether one of the spans covers a token."""
    return any(span.start <= token < span.end for span in spans)


def _is_joined(doc: Doc, one: Argument, other: Argument) -> bool:
    between = [token.text for token in doc[one.end : other.start] if token.text not in OPENING | CLOSING]
    return 0 < len(between) <= 2 and all(text in JOINERS for text in between)


def _references(doc: Doc, start: int, end: int) -> Iterator[Argument]:
    """Words that stand for a firm or a deal: 其, 该公司, 此举, 这笔交易."""
    if start >= end:
        return
    text, first, last = text_of(doc), doc[start].idx, doc[end - 1].idx + len(doc[end - 1])
    for kind, listed in REFERENCES:
        for found in any_of(words(listed, "zh")).finditer(text, first, last):
            span = doc.char_span(found.start(), found.end())
            if span is not None and not _is_common(span) and not (kind == "pronoun" and _points_at_noun(span)):
                yield Argument(kind, span.start, span.end, span.end - 1)


def _is_common(span: Span) -> bool:
    """Whether words stand for nothing: 公司 in 科技公司 or 上市的公司, 平台 that only describes the name behind it."""
    if names_from(span.doc, span.end, span.end + 1):
        return True
    if span.text not in COMMON_FIRM_NOUNS or span.start == 0:
        return False
    before = span.doc[span.start - 1]
    return before.tag_[:1] in MODIFIER_FLAGS or before.text == "的"


def _points_at_noun(span: Span) -> bool:
    """Whether 这 or 此 belongs to a noun: 这一消息."""
    following = span.doc[span.end : span.end + 1]
    return span.text in DEMONSTRATIVES and len(following) > 0 and following[0].tag_[:1] in COUNTED_FLAGS


# --- phrases ----------------------------------------------------------------------------------------------------------


def phrases(doc: Doc, start: int, end: int) -> list[Argument]:
    """The phrases of a list, each cut down to what it means; 等 and what it heads ("等多重挑战") close the list, 包括 opens another."""
    stop = next((at for at in range(start + 1, end) if doc[at].text in LIST_CLOSES), end)
    at = _list_start(doc, start, stop, end)
    found = []
    for index in range(at, stop + 1):
        if index == stop or (doc[index].text in JOINERS and not _is_inside_quotes(doc, start, index)):
            phrase = _trimmed(doc, at, index)
            if phrase is not None:
                found.append(phrase)
            at = index + 1
    return _opened(doc, found, stop, end) if found else []


def _list_start(doc: Doc, start: int, stop: int, end: int) -> int:
    """Where a list's first phrase starts: behind 在 in 在图像理解、推荐等方面的能力."""
    if not any(token.text in LIST_FRAMES for token in doc[start:end]):
        return start
    return next((token.i + 1 for token in doc[start:stop] if token.text == "在"), start)


def _is_inside_quotes(doc: Doc, start: int, at: int) -> bool:
    texts = [token.text for token in doc[start:at]]
    return sum(text in NESTING_OPENS for text in texts) > sum(text in NESTING_CLOSES for text in texts)


def _opened(doc: Doc, found: list[Argument], stop: int, end: int) -> list[Argument]:
    """What a general word introduces in its place: 多重挑战，包括监管审查和文化整合."""
    is_container = len(found) == 1 and doc[found[0].end - 1].text in words("container", "zh")
    is_opened = end + 1 < len(doc) and doc[end].text in CLAUSE_END and doc[end + 1].text in LIST_FOLLOWS
    if is_container and is_opened:
        _, close = clause_bounds(doc, end + 1)
        return phrases(doc, end + 2, close)
    for index in range(found[0].start + 1, stop):
        if doc[index].text in LIST_INSIDE:
            return phrases(doc, index + 1, end)
    return found


def _trimmed(doc: Doc, start: int, end: int) -> Argument | None:
    """A phrase without quantities, praise, possessor and particles; None when nothing is left or it is too long to be one."""
    first = name_over(doc, start)
    names = names_from(doc, start, end) if first is None else [first, *names_from(doc, start + 1, end)]
    start = _without_modifier(doc, names, start, end)
    while start < end and (_is_droppable(doc[start]) or _is_counted(doc, start)):
        start += 1
    while end > start and _is_droppable_end(doc[end - 1]):
        end -= 1
    end = _without_count(doc, start, end)
    if end - start > 3 and doc[end - 3 : end].text in EMPTY_TAILS:
        end -= 3
    is_name = all(is_in(names, at) for at in range(start, end))
    if is_name or not 2 <= len(doc[start:end].text) <= MAX_PHRASE:
        return None
    return Argument("phrase", start, end, end - 1)


def _without_modifier(doc: Doc, names: list[Span], start: int, end: int) -> int:
    """Where a phrase starts behind whose it is (X的, 面临的) and how much (大量的) it is said to be."""
    cut = start
    for at in range(start, end - 1):
        opens = at == cut and doc[at].text in OPENING_PARTICLES
        if opens or (doc[at].text == "的" and _is_droppable_modifier(doc[cut:at], names)):
            cut = at + 1
    return cut


def _is_droppable_modifier(modifier: Span, names: list[Span]) -> bool:
    """Whether what stands before 的 is a possessor, says who has or meets the thing, or only praises and counts it."""
    if any(is_in(names, token.i) or _is_possessive(token) for token in modifier):
        return True
    return all(_is_quantity(token) for token in modifier)


def _is_possessive(token: Token) -> bool:
    return token.tag_[:1] in POSSESSOR_FLAGS or token.text in words("relative_verb", "zh")


def _is_quantity(token: Token) -> bool:
    return token.tag_[:1] in QUANTITY_FLAGS or token.text in words("praise", "zh") or token.text in words("filler", "zh")


def _is_counted(doc: Doc, at: int) -> bool:
    """Whether a number before a measure word, or a measure word behind its number, stands at a place: 320家."""
    if NUMBER.fullmatch(doc[at].text):
        return at + 1 < len(doc) and doc[at + 1].tag_[:1] in MEASURE_FLAGS
    return at > 0 and doc[at].tag_[:1] == "q" and _is_number(doc[at - 1])


def _is_number(token: Token) -> bool:
    return token.tag_[:1] == "m" or NUMBER.fullmatch(token.text) is not None


def _without_count(doc: Doc, start: int, end: int) -> int:
    """Where a phrase ends before the quantity behind it: 员工90余人."""
    at = end
    while at > start and (_is_number(doc[at - 1]) or doc[at - 1].tag_[:1] == "q" or doc[at - 1].text in COUNT_WORDS):
        at -= 1
    has_number = any(_is_number(token) for token in doc[at:end])
    return at if has_number and len(doc[start:at].text) > 1 else end


def _is_droppable(token: Token) -> bool:
    """Whether a word at the start of a phrase is no part of what it means."""
    text = token.text
    if text.isspace() or text in PARTICLES or text in CLOSING or token.tag_[:1] in DROPPABLE_FLAGS:
        return True
    return any(text in words(listed, "zh") for listed in ("filler", "praise", "light_verb"))


def _is_droppable_end(token: Token) -> bool:
    text = token.text
    return text.isspace() or text in FINAL_PARTICLES or text in OPENING or text in words("tail", "zh")


def phrases_before(doc: Doc, start: int, end: int) -> list[Argument]:
    """Noun phrases right before a token, adverbs and small words between them left out."""
    while end > start and (doc[end - 1].text in words("filler", "zh") or doc[end - 1].tag_[:1] == "d"):
        end -= 1
    first = end
    while first > start and _is_noun_like(doc[first - 1], is_last=first == end):
        first -= 1
    return phrases(doc, first, end) if first < end else []


def _is_noun_like(token: Token, *, is_last: bool) -> bool:
    """Whether a word can be part of a noun phrase; a verb can where a noun follows it (开采成本)."""
    text, flag = token.text, token.tag_
    if text in words("preposition", "zh"):
        return False
    if text in JOINERS or text == "的" or flag[:1] in NOUN_FLAGS or flag in NOUN_LIKE_FLAGS:
        return text not in CLAUSE_END
    is_inner_verb = flag == "v" and len(text) > 1 and not is_last
    return is_inner_verb and not any(text in words(listed, "zh") for listed in ("having", "light_verb", "relative_verb"))
