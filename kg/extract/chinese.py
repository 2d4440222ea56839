"""Chinese: who plays which role to a word, by clause, order and particles over jieba's words.

There is no parse. A clause ends at a comma, colon, semicolon or full stop; 、 only joins. The subject is the nearest name or reference
before the trigger that no preposition and no 的 takes away, else what the sentence's earlier clauses speak of.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from kg.extract.grammar import Argument, Trigger
from kg.extract.patterns import load_rules, slot_words, takes_phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Span

    from kg.extract.patterns import Pattern, Slot

CLAUSE_END = frozenset("，,。！？!?；;：:\n")
JOINERS = frozenset("、和与及跟或") | {"以及", "及其"}
OPENING, CLOSING = frozenset('“"‘《「『(（【'), frozenset('”"’》」』)）】')
MAX_PHRASE = 24  # characters


def words(name: str) -> frozenset[str]:
    """A bundled Chinese word list."""
    return load_rules().words(name, "zh")


@cache
def _finder(trigger: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(trigger, key=len, reverse=True))))


def clause_bounds(doc: Doc, at: int) -> tuple[int, int]:
    """Tokens ``start`` to ``end`` of the clause around a token, its closing sign left out."""
    start = end = at
    while start > 0 and not _ends_clause(doc, start - 1) and not doc[start].is_sent_start:
        start -= 1
    while end < len(doc) and not _ends_clause(doc, end) and (end == at or not doc[end].is_sent_start):
        end += 1
    return start, end


def _ends_clause(doc: Doc, at: int) -> bool:
    if doc[at].is_space:  # a space parts clauses in headlines, but not Latin words and figures
        return "\n" in doc[at].text or not (0 < at < len(doc) - 1 and (doc[at - 1].tag_ == "eng" or doc[at + 1].tag_ == "eng"))
    return doc[at].text in CLAUSE_END


class Chinese:
    """The grammar of Chinese over a ``Doc`` of jieba's words with sentence starts."""

    def triggers(self, doc: Doc, pattern: Pattern) -> Iterator[Trigger]:
        """Where the trigger words stand as whole words."""
        for found in _finder(pattern.trigger).finditer(doc.text):
            span = doc.char_span(found.start(), found.end())
            if span is None:
                continue
            trigger = Trigger(span.start, span.end, span.end - 1)
            if all(self._any(doc, trigger, role, heads) for role, heads in pattern.where.items()) and not any(
                self._any(doc, trigger, role, heads) for role, heads in pattern.unless.items()
            ):
                yield trigger

    def _any(self, doc: Doc, trigger: Trigger, role: str, heads: tuple[str, ...]) -> bool:
        """Whether one of the words stands in a place: right before, right after, or anywhere left or right in the clause."""
        start, end = clause_bounds(doc, trigger.head)
        text = {
            "before": doc[start : trigger.start].text,
            "after": doc[trigger.end : end].text,
            "left": doc[start : trigger.start].text,
            "right": doc[trigger.end : end].text,
            "sentence": doc[trigger.head].sent.text,
        }[role]
        match role:
            case "before":
                return text.endswith(heads)
            case "after":
                return text.startswith(heads)
        return any(head in text for head in heads)

    def arguments(self, doc: Doc, trigger: Trigger, slot: Slot, types: tuple[str, ...]) -> list[Argument]:
        """Who plays the slot's role: the first of its roles that somebody plays."""
        phrases = takes_phrase(types)
        allowed = tuple(sorted(slot_words(slot, "zh")))
        for role in slot.role:
            found = _in_role(doc, trigger, role, phrases)
            if allowed:
                found = [one for one in found if one.kind != "phrase" or doc[one.start : one.end].text.endswith(allowed)]
            if found:
                return found
        return []

    def sentence(self, doc: Doc, trigger: Trigger) -> Span:
        """The sentence around a trigger."""
        return doc[trigger.head].sent

    def means(self, doc: Doc, trigger: Trigger) -> Argument | None:
        """Who helps (X帮助Y…), or a verb for a deal, with a name behind it, behind 通过, 若 or 借 in the sentence before the trigger."""
        start, _ = clause_bounds(doc, trigger.head)
        for token in doc[start : trigger.start]:
            if token.text in words("causative") and (helpers := _subject(doc, Trigger(token.i, token.i + 1, token.i), phrases=False)):
                return helpers[0]
        deals = words("deal_verb")
        for token in doc[doc[trigger.head].sent.start : trigger.start]:
            if token.text in deals:
                start, end = clause_bounds(doc, token.i)
                opened = any(
                    word.text in ("通过", "若", "若能", "如果", "借助", "借", "一旦", "如能", "凭借", "随着") for word in doc[start : token.i]
                )
                if opened and any(token.i < span.start < end for span in doc.spans["names"]):
                    return Argument("deal", token.i, token.i + 1, token.i)
        return None


# --- roles ------------------------------------------------------------------------------------------------------------


def _in_role(doc: Doc, trigger: Trigger, role: str, phrases: bool) -> list[Argument]:
    start, end = clause_bounds(doc, trigger.head)
    match role:
        case "implied":
            return [Argument("firm", trigger.start, trigger.end, trigger.head)]
        case "subject":
            return _subject(doc, trigger, phrases)
        case "object":
            return _object(doc, trigger, phrases)
        case "topic":
            return _topic(doc, start, trigger.start)
        case "possessor":
            return _possessor(doc, trigger.start)
        case "self":
            return _self(doc, trigger)
        case "before":
            left = _groups(doc, start, trigger.start)
            return (
                left[-1]
                if left and _nothing_between(doc, left[-1][-1].end, trigger.start)
                else _phrase_before(doc, start, trigger)
                if phrases
                else []
            )
        case "after":
            right = _groups(doc, trigger.end, end)
            if right and _nothing_between(doc, trigger.end, right[0][0].start):
                return right[0]
            return _items(doc, trigger.end, end) if phrases else []
        case "left":
            left = _groups(doc, start, trigger.start)
            return left[0] if left else []
        case "next":
            following, close = clause_bounds(doc, end + 1) if end + 1 < len(doc) else (end, end)
            groups = _groups(doc, following, close)
            return groups[0] if groups else []
        case "moved":
            return _moved_clause(doc, start, trigger, end)
        case "fromto":
            return _from_to(doc, start, end)
        case "list":
            return _list_before(doc, start)
        case preposition:
            return _prepositional(doc, trigger, preposition, phrases)


def _nothing_between(doc: Doc, start: int, end: int) -> bool:
    return all(token.text in OPENING | CLOSING or token.text in words("filler") for token in doc[start:end])


def _subject(doc: Doc, trigger: Trigger, phrases: bool) -> list[Argument]:
    """The nearest group before the trigger that nothing takes away; behind 被 or 由 whoever acts; else what the sentence speaks of."""
    start, _ = clause_bounds(doc, trigger.head)
    for group in reversed(_groups(doc, start, trigger.start)):
        before = doc[group[0].start - 1].text if group[0].start > start else ""
        if before in ("被", "由", "遭", "获"):
            return group
        if not _taken_away(doc, group, start, trigger.start):
            return group
    if phrases and (phrase := _phrase_before(doc, start, trigger)):
        return phrase
    return _topic(doc, doc[trigger.head].sent.start, start)


def _taken_away(doc: Doc, group: list[Argument], start: int, trigger: int) -> bool:
    """Whether a group is a preposition's object or only describes a noun: 与X, 对X, X的…, X董事长."""
    first, last = group[0].start, group[-1].end
    while first > start and doc[first - 1].text in OPENING:
        first -= 1
    if first > start and doc[first - 1].text in words("preposition"):
        return True
    while last < trigger and doc[last].text in CLOSING:
        last += 1
    return last < trigger and (doc[last].text == "的" or doc[last].text in words("person_noun"))


def _topic(doc: Doc, start: int, end: int) -> list[Argument]:
    """What the clauses before speak of: the first free group of the nearest clause that has one."""
    at = end
    while at > start:
        clause_start, clause_end = clause_bounds(doc, at - 1)
        speaks = any(token.text in words("report_verb") for token in doc[max(clause_start, clause_end - 1) : clause_end])
        for group in _groups(doc, clause_start, at) if not speaks else ():
            if not _taken_away(doc, group, clause_start, at):
                return group
        at = min(clause_start, at - 1)
    return []


def _object(doc: Doc, trigger: Trigger, phrases: bool) -> list[Argument]:
    """What follows in the clause: a name, a reference or phrases; else what 把 or 将 has moved ahead, or the topic of 被."""
    start, end = clause_bounds(doc, trigger.head)
    groups = _groups(doc, trigger.end, end)
    if phrases:
        if groups and groups[-1][-1].end >= end - 1 and groups[0][0].kind != "possessive" and _nothing_between(doc, trigger.end, groups[0][0].start):
            return groups[0]
        return _items(doc, trigger.end, end) or (groups[0] if groups else [])
    for group in groups:
        last = group[-1].end
        if not (last < end and doc[last].text == "的"):
            return group
    moved = _after_word(doc, start, trigger.start, ("将", "把"))
    if moved:
        return moved
    if any(token.text in ("被", "遭", "获", "由") for token in doc[start : trigger.start]):
        passive = next(token.i for token in doc[start : trigger.start] if token.text in ("被", "遭", "获", "由"))
        left = _groups(doc, start, passive)
        return left[-1] if left else _topic(doc, doc[trigger.head].sent.start, start)
    return []


def _after_word(doc: Doc, start: int, end: int, heads: tuple[str, ...]) -> list[Argument]:
    for at in range(end - 1, start - 1, -1):
        if doc[at].text in heads:
            groups = _groups(doc, at + 1, end)
            return groups[0] if groups else []
    return []


def _prepositional(doc: Doc, trigger: Trigger, preposition: str, phrases: bool) -> list[Argument]:
    """What stands between a preposition and the trigger; 与 finds 和, 同 and 跟 as well."""
    start, _ = clause_bounds(doc, trigger.head)
    heads = ("与", "和", "同", "跟", "及", "、") if preposition == "与" else (preposition,)
    for at in range(trigger.start - 1, start - 1, -1):
        if doc[at].text in heads:
            groups = _groups(doc, at + 1, trigger.start, spread=preposition != "与")
            if groups:
                return groups[0]
            if phrases:
                return _items(doc, at + 1, trigger.start)
    return []


def _possessor(doc: Doc, at: int) -> list[Argument]:
    """Who stands before the 的 ahead of a phrase that ends at a token."""
    start, _ = clause_bounds(doc, at)
    for group in reversed(_groups(doc, start, at)):
        last = group[-1].end
        while last < at and doc[last].text in CLOSING:
            last += 1
        owned = doc[last + 1 : at]
        if (
            last < at and doc[last].text == "的" and len(owned) < 8 and not any(token.tag_ == "v" and token.text not in JOINERS for token in owned)
        ) or last == at:
            return group
        return []
    return []


def _self(doc: Doc, trigger: Trigger) -> list[Argument]:
    """The phrases between a possessor's 的 and the end of the trigger."""
    owner = _possessor(doc, trigger.start)
    following = doc[trigger.end] if trigger.end < len(doc) else None
    if not owner or (
        following is not None and following.tag_[:1] in ("n", "x") and following.text not in CLAUSE_END | CLOSING | JOINERS and not following.is_space
    ):
        return []
    at = owner[-1].end
    while at < trigger.start and doc[at].text in CLOSING | {"的"}:
        at += 1
    return _items(doc, at, trigger.end)


def _moved_clause(doc: Doc, start: int, trigger: Trigger, end: int) -> list[Argument]:
    """The whole of 将 … trigger …: what a firm will be able to do."""
    moved = next((at for at in range(trigger.start - 1, start - 1, -1) if doc[at].text in ("将", "把")), None)
    if moved is None or end - moved > MAX_PHRASE or trigger.end >= end:
        return []
    return [Argument("phrase", moved, end, trigger.head)]


def _from_to(doc: Doc, start: int, end: int) -> list[Argument]:
    """从 … 向 … 转型: a change of direction is one phrase."""
    first = next((at for at in range(start, end) if doc[at].text in ("从", "由")), None)
    last = next((at for at in range(end - 1, start, -1) if doc[at].text in ("转型", "转变", "转向", "升级", "迈进")), None)
    if first is None or last is None or last <= first + 1 or last - first > 2 * MAX_PHRASE:
        return []
    return [Argument("phrase", first, last + 1, last)]


def _list_before(doc: Doc, at: int) -> list[Argument]:
    """What 这些资源 and the like speak of: the list that ends the clause before."""
    if at < 2 or not any(token.text in words("container") for token in doc[at : clause_bounds(doc, at)[1]]):
        return []
    start, end = clause_bounds(doc, at - 2)
    verb = next((index for index in range(start, end) if doc[index].tag_ == "v" and doc[index].text in words("having")), None)
    return _items(doc, verb + 1, end) if verb is not None else []


# --- arguments --------------------------------------------------------------------------------------------------------


def _groups(doc: Doc, start: int, end: int, *, spread: bool = True) -> list[list[Argument]]:
    """Names and references between two tokens, those of one list together."""
    singles = [Argument("name", span.start, span.end, span.end - 1) for span in doc.spans["names"] if start <= span.start and span.end <= end]
    taken = {at for one in singles for at in range(one.start, one.end)}
    singles += [one for one in _references(doc, start, end) if one.start not in taken]
    singles.sort(key=lambda one: one.start)
    groups: list[list[Argument]] = []
    for one in singles:
        if spread and groups and _joined(doc, groups[-1][-1], one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _joined(doc: Doc, one: Argument, other: Argument) -> bool:
    between = [token.text for token in doc[one.end : other.start] if token.text not in OPENING | CLOSING]
    return 0 < len(between) <= 2 and all(text in JOINERS for text in between)


def _references(doc: Doc, start: int, end: int) -> Iterator[Argument]:
    """Words that stand for a firm or a deal: 其, 该公司, 此举, 这笔交易."""
    text = doc.text
    base = doc[start].idx if start < len(doc) else len(text)
    limit = doc[end - 1].idx + len(doc[end - 1]) if end > start else base
    kinds = (("firm", "firm_reference"), ("deal", "deal_noun"), ("pronoun", "pronoun"))
    for kind, listed in kinds:
        for found in _finder(tuple(sorted(words(listed)))).finditer(text, base, limit):
            span = doc.char_span(found.start(), found.end())
            if span is None or (
                found[0] in ("公司", "集团")
                and span.start
                and (doc[span.start - 1].tag_[:1] in ("n", "a", "b", "m", "e") or doc[span.start - 1].text == "的")
            ):
                continue  # 科技公司: a common noun
            if kind == "pronoun" and found[0] in ("这", "此") and span.end < len(doc) and doc[span.end].tag_[:1] in ("m", "q", "n"):
                continue  # 这一消息
            if not any(name.start == span.end for name in doc.spans["names"]):  # 平台Pinterest: only describes the name
                yield Argument(kind, span.start, span.end, span.end - 1)  # type: ignore[arg-type]


def _phrase_before(doc: Doc, start: int, trigger: Trigger) -> list[Argument]:
    """Noun phrases right before the trigger."""
    at = trigger.start
    while at > start and (doc[at - 1].text in words("filler") or doc[at - 1].tag_[:1] == "d"):
        at -= 1
    first = at
    while first > start and _noun_like(doc, first - 1, at - 1):
        first -= 1
    return _items(doc, first, at) if first < at else []


def _noun_like(doc: Doc, at: int, last: int) -> bool:
    """Whether a word can be part of a noun phrase; a verb can where a noun follows it (开采成本)."""
    token = doc[at]
    if token.text in words("preposition"):
        return False
    if token.text in JOINERS | {"的"} or token.tag_[:1] in ("n", "a", "b", "m", "j", "x", "e") or token.tag_ in ("vn", "l", "i"):
        return token.text not in CLAUSE_END
    return (
        token.tag_ == "v" and at < last and len(token.text) > 1 and token.text not in words("having") | words("light_verb") | words("relative_verb")
    )


def _items(doc: Doc, start: int, end: int) -> list[Argument]:
    """The phrases of a list, each cut down to what it means; 等 and what it heads ("等多重挑战") close the list, 包括 opens another."""
    stop = next((at for at in range(start, end) if doc[at].text in ("等", "等等") and at > start), end)
    found = []
    at = start
    if any(token.text in ("方面", "领域") for token in doc[start:end]):  # 在图像理解、推荐等方面的能力
        at = next((token.i + 1 for token in doc[start:stop] if token.text == "在"), start)
    for index in range(at, stop + 1):
        splits = index == stop or (doc[index].text in JOINERS and not _inside_quotes(doc, start, index))
        if splits:
            one = _trimmed(doc, at, index)
            if one is not None:
                found.append(one)
            at = index + 1
    return _opened(doc, found, stop, end)


def _inside_quotes(doc: Doc, start: int, at: int) -> bool:
    depth = sum(1 if token.text in "“《「（(" else -1 if token.text in "”》」）)" else 0 for token in doc[start:at])
    return depth > 0


def _opened(doc: Doc, found: list[Argument], stop: int, end: int) -> list[Argument]:
    """What a general word introduces in its place: 多重挑战，包括监管审查和文化整合."""
    if found and end + 1 < len(doc) and doc[end].text in CLAUSE_END and doc[end + 1].text in ("包括", "包含", "如", "例如"):
        _, close = clause_bounds(doc, end + 1)
        if len(found) == 1 and doc[found[0].end - 1].text in words("container"):
            return _items(doc, end + 2, close)
    for index in range(found[0].start, stop) if found else ():
        if doc[index].text in ("包括", "诸如") and index > found[0].start:
            return _items(doc, index + 1, end)
    return found


def _trimmed(doc: Doc, start: int, end: int) -> Argument | None:
    """A phrase without quantities, praise, possessor and particles; None when nothing is left or it is too long to be one."""
    cut = start
    named = {index for span in doc.spans["names"] for index in range(span.start, span.end)}
    for index in range(start, end - 1):
        if (
            (
                doc[index].text == "的"
                and any(at in named or doc[at].tag_[:1] in ("r", "t") or doc[at].text in words("relative_verb") for at in range(cut, index))
            )
            or (
                doc[index].text == "的"
                and all(doc[at].tag_[:1] in ("d", "m") or doc[at].text in words("praise") | words("filler") for at in range(cut, index))
            )
            or (doc[index].text in ("在", "对", "其") and index == cut)
        ):
            cut = index + 1
    start = cut
    while start < end and (
        doc[start].text in words("filler") | words("praise") | words("light_verb") | {"了", "着", "过", "的", "其"} | CLOSING
        or doc[start].tag_[:1] in ("m", "r")
        or doc[start].text.isspace()
    ):
        start += 1
    while end > start and (doc[end - 1].text in words("tail") | {"的", "了"} | OPENING or doc[end - 1].text.isspace()):
        end -= 1
    if end - start > 3 and doc[end - 3 : end].text in ("方面的能力", "领域的能力", "等方面能力"):
        end -= 3
    text = doc[start:end].text
    if len(text) < 2 or len(text) > MAX_PHRASE or all(index in named for index in range(start, end)):
        return None
    return Argument("phrase", start, end, end - 1)
