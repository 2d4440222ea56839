"""The status of a Chinese claim, by what stands before and right behind the trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.extract.grammar import names_from
from kg.extract.patterns import words
from kg.extract.phrases_zh import CLAUSE_END, CLOSING, OPENING, clause_bounds
from kg.extract.status import Decided, Reading, Voice, cues_in_scope, decide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Span, Token

    from kg.extract.grammar import Trigger

SCOPES_BEFORE = ("modal", "governor", "adverb", "mark")
HEARSAY = frozenset({"据报道", "据传", "据悉", "据称", "预计", "有望"})
"""Adverbs that reach over a comma wherever they stand."""
NEGATION_GOES_ON = frozenset({"仅", "只", "但", "断", "少", "排除"})
"""What makes another word of 不 before it: 不仅, 不断."""
TAKES_UP = ("这", "该", "此", "上述", "相关", "有关", "传闻", "报道", "消息")
"""How the object of a denial begins that takes up what was said before it."""
CITES = frozenset({"援引", "引述", "引用"})
SPEECH_OPENS = frozenset({"，", ",", "：", ":", "“", '"', "「"})
ALSO_MODIFIERS = frozenset({"预计", "公告", "介绍"})
"""Reporting verbs that with 的 only describe a noun: 公告的内容."""
SOURCE_FLAGS = frozenset("nvajxb")
"""First letters of the flags of words that a source's description can have."""
BEFORE_SOURCE = frozenset({"有", "据", "多家", "对此", "近日"}) | CLAUSE_END | OPENING | CLOSING


MOVED_OPENS = frozenset({"其", "所持", "所持有", "持有", "旗下", "名下", "手中", "自己", "该", "这"})
"""How what 将 moves ahead may begin, where it is no name."""


def read(doc: Doc, trigger: Trigger) -> Reading:
    """What has the trigger in its scope, and who says so."""
    start, end = clause_bounds(doc, trigger.head)
    decided: list[Decided] = []
    for at in range(trigger.start - 1, start - 1, -1):  # the nearest first
        for scope in SCOPES_BEFORE:
            decided += _cues_at(doc, at, scope) if not _is_preposition(doc, at, trigger) else ()
    decided += _behind(doc, trigger, end)
    sentence_start = doc[trigger.head].sent.start
    denial = _denied_later(doc, trigger, end)
    if denial is not None:  # the denier's word is the last, and certain
        kept = [one for one in decided if one.field != "certainty"]
        return Reading((denial, *kept), _speaker(doc, sentence_start, denial.start))
    if not _is_certainty_decided(decided):
        decided += _from_earlier_clauses(doc, sentence_start, start)
    known = {one.field for one in decided}
    decided += [one for one in _carried_on(doc, sentence_start, trigger) if one.field not in known]
    told = [one for one in decided if not _is_part_of_word(doc, one)]
    return Reading(tuple(told), _voice(doc, sentence_start, trigger))


# --- cues -------------------------------------------------------------------------------------------------------------


def _is_certainty_decided(decided: list[Decided]) -> bool:
    return any(one.field == "certainty" for one in decided)


def _cues_at(doc: Doc, at: int, scope: str) -> Iterator[Decided]:
    text = doc[at].text
    if text == "能" and at and doc[at - 1].text == "不":
        return
    yield from decide(cues_in_scope("zh", scope).get(text, ()), at)


def _is_preposition(doc: Doc, at: int, trigger: Trigger) -> bool:
    """Whether 将 only moves what follows ahead (将其所持股份转让给…, not 将收购), or 通过 says by what (通过换股方式收购, not 通过收购议案)."""
    following = doc[at + 1]
    if doc[at].text == "将":
        return following.text in MOVED_OPENS or bool(names_from(doc, following.i, following.i + 1))
    return doc[at].text == "通过" and following.i < trigger.start and following.text != "了"


def _behind(doc: Doc, trigger: Trigger, end: int) -> Iterator[Decided]:
    """Cues behind the trigger: an aspect particle that touches it, or how the sentence's object ends ("一事告吹")."""
    rest = doc[trigger.end : end].text
    for word, cues in cues_in_scope("zh", "after").items():
        if rest.startswith(word):
            yield from decide(cues, trigger.end)
        elif len(word) > 1 and rest.rstrip("”》」").endswith(word):
            yield from decide(cues, end - 1)


def _denied_later(doc: Doc, trigger: Trigger, end: int) -> Decided | None:
    """A denial in a later clause of the sentence that takes up what was said: …，小米否认了这一说法."""
    for token in doc[end : doc[trigger.head].sent.end]:
        for denial in decide(cues_in_scope("zh", "later").get(token.text, ()), token.i):
            rest = doc[token.i + 1 : clause_bounds(doc, token.i)[1]].text.removeprefix("了")
            if not rest or rest.startswith(TAKES_UP):
                return denial
    return None


def _from_earlier_clauses(doc: Doc, start: int, end: int) -> Iterator[Decided]:
    """What reaches over a comma: a condition, and hearsay that opens the sentence; of a clause before, only 若 … and 据传 …."""
    for at in range(end - 1, start - 1, -1):
        yield from _cues_at(doc, at, "mark")
        opens_clause = at == start or doc[at - 1].text in CLAUSE_END
        if opens_clause or doc[at].text in HEARSAY:
            yield from _cues_at(doc, at, "adverb")
            if doc[at].text == "有望":
                yield from _cues_at(doc, at, "modal")


def _carried_on(doc: Doc, start: int, trigger: Trigger) -> Iterator[Decided]:
    """A modal carries on over clauses without a subject of their own (还能带来A，打造B), a plan over its sentence (拟出资A，持有B)."""
    clause, _ = clause_bounds(doc, trigger.head)
    end, same_subject = trigger.start, True
    while clause > start:
        same_subject = same_subject and not _has_name(doc, clause, end)
        end = clause
        clause = clause_bounds(doc, clause - 2)[0] if clause - 2 >= start else start
        for at in range(end - 1, clause - 1, -1):
            modals = _cues_at(doc, at, "modal") if same_subject else ()
            yield from (one for one in modals if one.field == "certainty")
            yield from (one for one in _cues_at(doc, at, "governor") if one.value == "Considered")


def _has_name(doc: Doc, start: int, end: int) -> bool:
    return any(name.end <= end for name in names_from(doc, start, end))


def _is_part_of_word(doc: Doc, one: Decided) -> bool:
    """Whether a negation is none: 不仅 and 不只 deny nothing, 不 inside a longer word is no word of its own."""
    return one.rule == "negation" and doc[one.end : one.end + 1].text in NEGATION_GOES_ON


# --- sources ----------------------------------------------------------------------------------------------------------


def _voice(doc: Doc, start: int, trigger: Trigger) -> Voice | None:
    """Whoever stands before a reporting verb whose clause, or the comma or colon behind it, leads to the trigger."""
    for at in range(trigger.start - 1, start, -1):
        if doc[at].text in words("report_verb", "zh") and _leads_to(doc, at, trigger):
            voice = _speaker(doc, start, at)
            if voice is not None:
                return voice
    return _source_behind_according(doc, start, trigger)


def _source_behind_according(doc: Doc, start: int, trigger: Trigger) -> Voice | None:
    """What 据 names in a clause of its own before the trigger's: 据一份股东信，…."""
    for token in doc[start : trigger.start]:
        opens_clause = token.i == start or doc[token.i - 1].text in CLAUSE_END
        _, end = clause_bounds(doc, token.i)
        if opens_clause and token.text == "据" and token.i + 1 < end <= trigger.start:
            return Voice(token.i + 1, end)
    return None


def _leads_to(doc: Doc, verb: int, trigger: Trigger) -> bool:
    """Whether what a reporting verb reports has the trigger in it."""
    following = doc[verb + 1].text
    if doc[verb].text in ALSO_MODIFIERS and following == "的" and verb + 1 < trigger.start:
        return False
    return following in SPEECH_OPENS or not any(token.text in CLAUSE_END for token in doc[verb : trigger.start])


def _speaker(doc: Doc, start: int, verb: int) -> Voice | None:
    """The name or the source noun before a reporting verb, in its clause."""
    begin = max(clause_bounds(doc, verb)[0], start)
    named = [name for name in names_from(doc, begin, verb) if name.end <= verb]
    cited = next((token.i for token in doc[begin:verb] if token.text in CITES), None)
    if cited is not None and (outlets := [name for name in named if name.end <= cited]):  # the outlet, not whom it cites (annotation guideline 26)
        return Voice(outlets[-1].start, outlets[-1].end)
    for token in reversed(doc[begin:verb]):
        if token.text.endswith(tuple(words("source_noun", "zh"))):
            return Voice(_source_start(doc, begin, token.i, named), token.i + 1)
    if named:
        nearest = named[-1] if named[-1].end == verb else named[0]
        return Voice(nearest.start, nearest.end)
    for token in doc[begin:verb]:
        if token.text in words("firm_noun", "zh") or token.text in words("pronoun", "zh"):
            return Voice(token.i, token.i + 1)
    return None


def _source_start(doc: Doc, begin: int, noun: int, named: list[Span]) -> int:
    """Where the description of a source noun starts; a name before it is none of it."""
    first = noun
    while first > begin and _describes_source(doc[first - 1]) and not _is_in(named, first - 1):
        first -= 1
    return first


def _describes_source(token: Token) -> bool:
    return token.tag_[:1] in SOURCE_FLAGS and token.text not in BEFORE_SOURCE


def _is_in(spans: list[Span], token: int) -> bool:
    return any(span.start <= token < span.end for span in spans)
