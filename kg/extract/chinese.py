"""Chinese: who plays which role to a word, by clause, order and particles over jieba's words.

There is no parse. A clause ends at a comma, colon, semicolon or full stop; 、 only joins. The subject is the nearest name or reference
before the trigger that no preposition and no 的 takes away, else what the sentence's earlier clauses speak of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kg.extract.grammar import Argument, Trigger, names_from, text_of
from kg.extract.patterns import MAJORITY, MORE_THAN_HALF, slot_words, takes_phrase, words
from kg.extract.phrases_zh import (
    CLAUSE_END,
    CLOSING,
    JOINERS,
    MAX_PHRASE,
    OPENING,
    any_of,
    clause_bounds,
    groups,
    phrases,
    phrases_before,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Token

    from kg.extract.patterns import Pattern, Slot

MEANS = frozenset({"通过", "若", "若能", "如果", "借助", "借", "一旦", "如能", "凭借", "随着"})
PASSIVE = frozenset({"被", "由", "遭", "获"})
MOVED = frozenset({"将", "把", "拟将", "已将", "并将", "欲将", "拟把", "已把"})
TURN_FROM = frozenset({"从", "由"})
TURN_TO = frozenset({"转型", "转变", "转向", "升级", "迈进"})
WITH = frozenset({"与", "和", "同", "跟", "及", "、"})
LIST_OPENS = frozenset({"与", "同", "跟"})
HOLDING = ("持有", "所持")
"""Begins what is told of a holder: X持有的…, X所持…."""
PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?[%％]")
HOLDING_WORDS = frozenset({"的", "旗下", "下属", "名下", "所属", "所", "持有", "拥有", "所持", "手中", "其", "自有", "现有", "原有", "全部", "之"})
"""Stand between an owner and what it has."""
OWNED_FLAGS = frozenset("nabmqjxe")
"""First letters of flags of the words that a phrase for what is owned can hold, besides nouns made of verbs."""
MIN_OWNED = 3
"""Characters that what is owned has at least: X的业务 names none of its own."""
MAX_CLAUSE = 34
"""Characters of a clause that tells one thing, fewer than these."""
MAX_OWNED = 8
"""Tokens between a possessor's 的 and the trigger, fewer than these."""


class Chinese:
    """The grammar of Chinese over a ``Doc`` of jieba's words with sentence starts."""

    def triggers(self, doc: Doc, pattern: Pattern) -> Iterator[Trigger]:
        """Where the trigger words stand as whole words."""
        for found in any_of(frozenset(pattern.trigger)).finditer(text_of(doc)):
            span = doc.char_span(found.start(), found.end())
            if span is not None:
                trigger = Trigger(span.start, span.end, span.end - 1)
                if _conditions_hold(doc, trigger, pattern):
                    yield trigger

    def arguments(self, doc: Doc, trigger: Trigger, slot: Slot, types: tuple[str, ...]) -> list[Argument]:
        """Who plays the slot's role: the first of its roles that somebody plays."""
        allowed = tuple(slot_words(slot, "zh"))
        for role in slot.role:
            found = _in_role(doc, trigger, role, takes_phrase(types))
            if allowed:
                found = [one for one in found if one.kind != "phrase" or doc[one.start : one.end].text.endswith(allowed)]
            if found:
                return found
        return []

    def means(self, doc: Doc, trigger: Trigger) -> Argument | None:
        """Who helps (X帮助Y…), or a verb for a deal, with a name behind it, behind 通过, 若 or 借 in the sentence before the trigger."""
        start, _ = clause_bounds(doc, trigger.head)
        for token in doc[start : trigger.start]:
            if token.text in words("causative", "zh"):
                helpers = _subject(doc, Trigger(token.i, token.i + 1, token.i), takes_phrases=False)
                if helpers:
                    return helpers[0]
        for token in doc[doc[trigger.head].sent.start : trigger.start]:
            if token.text in words("deal_verb", "zh") and _is_means(doc, token.i):
                return Argument("deal", token.i, token.i + 1, token.i)
        return None


def _conditions_hold(doc: Doc, trigger: Trigger, pattern: Pattern) -> bool:
    wanted = all(_stands(doc, trigger, role, listed) for role, listed in pattern.where.items())
    return wanted and not any(_stands(doc, trigger, role, listed) for role, listed in pattern.unless.items())


def _stands(doc: Doc, trigger: Trigger, role: str, listed: tuple[str, ...]) -> bool:
    """Whether one of the words stands right before the trigger, right after it, left or right of it in the clause, or in the sentence."""
    start, end = clause_bounds(doc, trigger.head)
    left, right = doc[start : trigger.start].text, doc[trigger.end : end].text
    match role:
        case "before":
            return left.endswith(listed)
        case "after":
            return right.startswith(listed)
    text = {"left": left, "right": right, "sentence": doc[trigger.head].sent.text}[role]
    return any(word in text for word in listed) or (MAJORITY in listed and any(MORE_THAN_HALF.fullmatch(share) for share in PERCENT.findall(text)))


def _is_means(doc: Doc, verb: int) -> bool:
    """Whether a verb for a deal, a name behind it, stands in a clause that says by what, or if what, something happens."""
    start, end = clause_bounds(doc, verb)
    is_introduced = any(token.text in MEANS for token in doc[start:verb])
    return is_introduced and bool(names_from(doc, verb + 1, end))


# --- roles ------------------------------------------------------------------------------------------------------------


def _in_role(doc: Doc, trigger: Trigger, role: str, takes_phrases: bool) -> list[Argument]:
    start, end = clause_bounds(doc, trigger.head)
    match role:
        case "implied":
            return [Argument("firm", trigger.start, trigger.end, trigger.head)]
        case "subject":
            return _subject(doc, trigger, takes_phrases=takes_phrases)
        case "object":
            return _object(doc, trigger, takes_phrases=takes_phrases)
        case "topic":
            return _topic(doc, start, trigger.start)
        case "possessor":
            return _possessor(doc, trigger.start)
        case "self":
            return _self(doc, trigger)
        case "owner":
            return _owner(doc, trigger.start)
        case "owned":
            return _owned(doc, trigger)
        case "event":
            return _event(doc, start, trigger)
        case "word":
            return [Argument("phrase", trigger.start, trigger.end, trigger.head)]
        case "clause":
            return _clause_behind(doc, trigger.end, end)
        case "before":
            return _before(doc, start, trigger.start, takes_phrases=takes_phrases)
        case "after":
            return _after(doc, trigger.end, end, takes_phrases=takes_phrases)
        case "left":
            return _first(groups(doc, start, trigger.start))
        case "next":
            return _in_next_clause(doc, end)
        case "moved":
            return _moved_clause(doc, start, trigger, end)
        case "fromto":
            return _from_to(doc, start, end)
        case "list":
            return _list_before(doc, start)
        case preposition:
            return _prepositional(doc, trigger, preposition, takes_phrases=takes_phrases)


def _first(found: list[list[Argument]]) -> list[Argument]:
    return found[0] if found else []


def _find(doc: Doc, places: range, listed: frozenset[str]) -> int | None:
    """The first of the places where one of the words stands."""
    return next((at for at in places if doc[at].text in listed), None)


def _nothing_between(doc: Doc, start: int, end: int) -> bool:
    return all(_is_sign(token) or token.text in words("filler", "zh") for token in doc[start:end])


def _is_sign(token: Token) -> bool:
    """Whether a token is a quotation mark or bracket."""
    return token.text in OPENING or token.text in CLOSING


def _behind_closing(doc: Doc, at: int, end: int) -> int:
    """The first token from a place on that is no closing sign."""
    while at < end and doc[at].text in CLOSING:
        at += 1
    return at


def _before(doc: Doc, start: int, end: int, *, takes_phrases: bool) -> list[Argument]:
    """What touches a token from the left."""
    left = groups(doc, start, end)
    if left and _nothing_between(doc, left[-1][-1].end, end):
        return left[-1]
    return phrases_before(doc, start, end) if takes_phrases else []


def _after(doc: Doc, start: int, end: int, *, takes_phrases: bool) -> list[Argument]:
    """What touches the trigger from the right; of X持有的Y it is Y."""
    right = groups(doc, start, end)
    if right and _nothing_between(doc, start, right[0][0].start):
        return (_held(doc, right) or right)[0]
    return phrases(doc, start, end) if takes_phrases else []


def _in_next_clause(doc: Doc, end: int) -> list[Argument]:
    """What the clause behind the one that ends here speaks of first."""
    return _first(groups(doc, *clause_bounds(doc, end + 1))) if end + 1 < len(doc) else []


# --- subjects ---------------------------------------------------------------------------------------------------------


def _subject(doc: Doc, trigger: Trigger, *, takes_phrases: bool) -> list[Argument]:
    """The nearest group before the trigger that nothing takes away; behind 被 or 由 whoever acts; else what the sentence speaks of."""
    start, _ = clause_bounds(doc, trigger.head)
    for group in reversed(groups(doc, start, trigger.start)):
        first = group[0].start
        is_agent = first > start and doc[first - 1].text in PASSIVE
        if is_agent or not _is_taken_away(doc, group, start, trigger.start):
            return group
    before = phrases_before(doc, start, trigger.start) if takes_phrases else []
    sentence = doc[trigger.head].sent.start
    return before or _topic(doc, sentence, start) or _topic(doc, sentence, start, speakers=True)


def _is_taken_away(doc: Doc, group: list[Argument], start: int, end: int) -> bool:
    """Whether a group is a preposition's object or only describes a noun: 与X, 对X, X的…, X董事长."""
    first = group[0].start
    while first > start and doc[first - 1].text in OPENING:
        first -= 1
    if first > start and doc[first - 1].text in words("preposition", "zh"):
        return True
    last = _behind_closing(doc, group[-1].end, end)
    return last < end and (doc[last].text == "的" or doc[last].text in words("person_noun", "zh"))


def _topic(doc: Doc, start: int, end: int, *, speakers: bool = False) -> list[Argument]:
    """What the clauses before speak of: the first free group of the nearest clause that has one; who only reports it when asked for."""
    at = end
    while at > start:
        clause_start, clause_end = clause_bounds(doc, at - 1)
        if speakers or not _ends_in_report(doc, clause_start, clause_end):
            for group in groups(doc, clause_start, at):
                if not _is_taken_away(doc, group, clause_start, at):
                    return group
        at = min(clause_start, at - 1)
    return []


def _ends_in_report(doc: Doc, start: int, end: int) -> bool:
    """Whether a clause only says who speaks: …表示."""
    return start < end and doc[end - 1].text in words("report_verb", "zh")


# --- objects ----------------------------------------------------------------------------------------------------------


def _object(doc: Doc, trigger: Trigger, *, takes_phrases: bool) -> list[Argument]:
    """What follows in the clause: a name, a reference or phrases; else what 把 or 将 has moved ahead, or the topic of 被."""
    start, end = clause_bounds(doc, trigger.head)
    behind = groups(doc, trigger.end, end)
    if takes_phrases:
        if behind and _fills(doc, behind, trigger.end, end):
            return behind[0]
        return phrases(doc, trigger.end, end) or _first(behind)
    for group in _held(doc, behind):
        last = group[-1].end
        if last == end or doc[last].text != "的":
            return group
    return _moved(doc, start, trigger.start) or _passive_object(doc, start, trigger)


def _fills(doc: Doc, behind: list[list[Argument]], start: int, end: int) -> bool:
    """Whether names and references take up all that stands between two tokens."""
    return behind[-1][-1].end >= end - 1 and _nothing_between(doc, start, behind[0][0].start)


def _moved(doc: Doc, start: int, end: int) -> list[Argument]:
    """What 把 or 将 has moved before the verb."""
    at = _find(doc, range(end - 1, start - 1, -1), MOVED)
    return _first(_held(doc, groups(doc, at + 1, end))) if at is not None else []


def _held(doc: Doc, found: list[list[Argument]]) -> list[list[Argument]]:
    """The groups without those before 持有 or 所持, which only hold what is spoken of: 其持有的X."""
    return [group for group in found if not (group[-1].end < len(doc) and doc[group[-1].end : group[-1].end + 2].text.startswith(HOLDING))]


def _passive_object(doc: Doc, start: int, trigger: Trigger) -> list[Argument]:
    """Who stands before 被, or what the sentence speaks of."""
    passive = _find(doc, range(start, trigger.start), PASSIVE)
    if passive is None:
        return []
    left = groups(doc, start, passive)
    return left[-1] if left else _topic(doc, doc[trigger.head].sent.start, start)


def _prepositional(doc: Doc, trigger: Trigger, preposition: str, *, takes_phrases: bool) -> list[Argument]:
    """What stands between a preposition and the trigger; 与 finds 和, 同 and 跟 as well, 向 also 拟向, which jieba takes for one word."""
    start, _ = clause_bounds(doc, trigger.head)
    heads = WITH if preposition == "与" else MOVED if preposition in MOVED else {preposition, f"拟{preposition}"}
    for at in range(trigger.start - 1, start - 1, -1):
        if doc[at].text in heads:
            between = _held(doc, groups(doc, at + 1, trigger.start, spread=preposition != "与"))
            if between:
                return _listed_with(doc, start, at, trigger.start, between[0]) if preposition == "与" else between[0]
            if takes_phrases:
                return phrases(doc, at + 1, trigger.start)
    return []


def _listed_with(doc: Doc, start: int, at: int, end: int, found: list[Argument]) -> list[Argument]:
    """The whole list that ends in what was found where 与, 同 or 跟 opens it: of A与B、C合作 both B and C."""
    opens = next((place for place in range(at, start - 1, -1) if doc[place].text in LIST_OPENS), None)
    listed = _first(groups(doc, opens + 1, end)) if opens is not None else []
    return listed if found[0] in listed else found


# --- possessors and what they have ------------------------------------------------------------------------------------


def _possessor(doc: Doc, at: int) -> list[Argument]:
    """Who stands before the 的 ahead of a phrase that ends at a token."""
    start, _ = clause_bounds(doc, at)
    before = groups(doc, start, at)
    if not before:
        return []
    last = _behind_closing(doc, before[-1][-1].end, at)
    return before[-1] if last == at or _is_owned(doc, last, at) else []


def _is_owned(doc: Doc, of: int, end: int) -> bool:
    """Whether 的 stands at a place and what follows it up to a token is one short phrase without a verb."""
    owned = doc[of + 1 : end]
    has_verb = any(token.tag_ == "v" and token.text not in JOINERS for token in owned)
    return doc[of].text == "的" and len(owned) < MAX_OWNED and not has_verb


def _self(doc: Doc, trigger: Trigger) -> list[Argument]:
    """The phrases between a possessor's 的 and the end of the trigger."""
    owner = _possessor(doc, trigger.start)
    if not owner or (trigger.end < len(doc) and _goes_on_with(doc[trigger.end])):
        return []
    at = owner[-1].end
    while at < trigger.start and (doc[at].text == "的" or doc[at].text in CLOSING):
        at += 1
    return phrases(doc, at, trigger.end)


def _owner(doc: Doc, at: int) -> list[Argument]:
    """Who has what ends at a token: X的…, X旗下…, X持有的…, or a name right before the nouns (X化肥业务)."""
    before = groups(doc, clause_bounds(doc, at)[0], at)
    if not before:
        return []
    between = doc[_behind_holding(doc, before[-1][-1].end, at) : at]
    is_noun = len(between) < MAX_OWNED and all(token.tag_[:1] in OWNED_FLAGS or token.tag_ == "vn" or token.text in JOINERS for token in between)
    return before[-1] if is_noun else []


def _behind_holding(doc: Doc, at: int, end: int) -> int:
    """The first token from a place on that does not only say that what follows is somebody's."""
    while at < end and (doc[at].text in HOLDING_WORDS or doc[at].text in CLOSING):
        at += 1
    return at


def _owned(doc: Doc, trigger: Trigger) -> list[Argument]:
    """The phrase between its owner and the end of the trigger."""
    owner = _owner(doc, trigger.start)
    if not owner or (trigger.end < len(doc) and _goes_on_with(doc[trigger.end])):
        return []
    found = phrases(doc, _behind_holding(doc, owner[-1].end, trigger.start), trigger.end)
    return [one for one in found if len(doc[one.start : one.end].text) >= MIN_OWNED]


def _event(doc: Doc, start: int, trigger: Trigger) -> list[Argument]:
    """What the trigger says, with the nouns before it that it is said of: 订单需求下降; nothing where no nouns stand there."""
    named = groups(doc, start, trigger.start)
    before = phrases_before(doc, named[-1][-1].end if named else start, trigger.start)
    return [Argument("phrase", before[-1].start, trigger.end, trigger.head)] if before else []


def _clause_behind(doc: Doc, start: int, end: int) -> list[Argument]:
    """All that follows in the clause, as one phrase."""
    while start < end and doc[start].text in words("filler", "zh"):
        start += 1
    is_phrase = start < end and len(doc[start:end].text) in range(4, MAX_CLAUSE)
    return [Argument("phrase", start, end, end - 1)] if is_phrase else []


def _goes_on_with(following: Token) -> bool:
    """Whether the word behind a noun makes a longer noun of it."""
    if following.is_space or following.text in CLAUSE_END | CLOSING | JOINERS:
        return False
    return following.tag_[:1] in ("n", "x")


# --- whole clauses ----------------------------------------------------------------------------------------------------


def _moved_clause(doc: Doc, start: int, trigger: Trigger, end: int) -> list[Argument]:
    """The whole of 将 … trigger …: what a firm will be able to do."""
    moved = _find(doc, range(trigger.start - 1, start - 1, -1), MOVED)
    if moved is None or end - moved > MAX_PHRASE or trigger.end >= end:
        return []
    return [Argument("phrase", moved, end, trigger.head)]


def _from_to(doc: Doc, start: int, end: int) -> list[Argument]:
    """从 … 向 … 转型: a change of direction is one phrase."""
    first = _find(doc, range(start, end), TURN_FROM)
    last = _find(doc, range(end - 1, start, -1), TURN_TO)
    if first is None or last is None or not 1 < last - first <= 2 * MAX_PHRASE:
        return []
    return [Argument("phrase", first, last + 1, last)]


def _list_before(doc: Doc, at: int) -> list[Argument]:
    """What 这些资源 and the like speak of: the list that ends the clause before."""
    containers = words("container", "zh")
    if at < 2 or not any(token.text in containers for token in doc[at : clause_bounds(doc, at)[1]]):
        return []
    start, end = clause_bounds(doc, at - 2)
    having = words("having", "zh")
    verb = next((token.i for token in doc[start:end] if token.tag_ == "v" and token.text in having), None)
    return phrases(doc, verb + 1, end) if verb is not None else []
