"""How a claim is meant: polarity, certainty, stage and source, each decided by what has the trigger in its scope.

A cue counts only where syntax lets it reach the trigger: in English an auxiliary or adverb of the trigger's verb or of a verb or noun
that governs it; in Chinese what stands between the clause's start and the trigger, or right behind it. The nearest cue wins. What
another clause says of another thing is never looked at.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from kg.extract.chinese import CLAUSE_END, CLOSING, OPENING, clause_bounds
from kg.extract.english import lemma, name_at
from kg.extract.patterns import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Token

    from kg.extract.grammar import Trigger
    from kg.extract.patterns import Cue, Pattern


class Decided(NamedTuple):
    """A field of the status, the value, and the tokens of the cue that gave it."""

    field: str
    value: str
    start: int
    end: int
    rule: str


class Voice(NamedTuple):
    """Who says so: tokens of the words that name the source, and of whom it cites."""

    start: int
    end: int


class Reading(NamedTuple):
    """All that the surroundings of a trigger say of it; fields without a cue are left to the pattern."""

    decided: tuple[Decided, ...] = ()
    voice: Voice | None = None

    def value(self, field: str) -> str | None:
        """What the nearest cue says of a field."""
        ended = {one.start for one in self.decided if one.value == "Terminated"}
        values = [one.value for one in self.decided if one.field == field and not (field == "polarity" and one.start in ended)]
        if field == "stage" and "Terminated" in values:  # "dropped its plan to buy": what ends a plan outweighs the plan
            return "Terminated"
        return values[0] if values else None


@cache
def _cues(language: str, scope: str) -> dict[str, tuple[Cue, ...]]:
    """Word: the cues that it gives in a scope."""
    found: dict[str, tuple[Cue, ...]] = {}
    for cue in load_rules().cues:
        if cue.scope == scope:
            for word in getattr(cue, language):
                found[word] = (*found.get(word, ()), cue)
    return found


def words(name: str, language: str) -> frozenset[str]:
    """A bundled word list."""
    return load_rules().words(name, language)


def read_status(doc: Doc, trigger: Trigger, pattern: Pattern) -> Reading:
    """What has the trigger in its scope. A presupposed pattern listens to nothing."""
    if pattern.presupposed:
        return Reading()
    return _english(doc, trigger) if pattern.language == "en" else _chinese(doc, trigger)


# --- English ----------------------------------------------------------------------------------------------------------


def _english(doc: Doc, trigger: Trigger) -> Reading:
    decided: list[Decided] = []
    chain = list(_governors(doc[trigger.head]))
    for at, (token, shared) in enumerate(chain):
        decided += _around(token, trigger, shared=shared)
        if at and not shared:
            decided += [Decided(cue.field, cue.value, token.i, token.i + 1, cue.name) for cue in _cues("en", "governor").get(lemma(token), ())]
    return Reading(tuple(_negation_of_plan(doc, decided)), _english_voice(doc, trigger, [token for token, _ in chain]))


def _governors(token: Token) -> Iterator[tuple[Token, bool]]:
    """The trigger and what governs it, nearest first; the flag says that only auxiliaries reach over (coordination)."""
    shared = False
    seen = 0
    while seen < 8:
        yield token, shared
        seen += 1
        head, dep = token.head, token.dep_
        if head is token:
            return
        if dep in ("xcomp", "ccomp", "pobj", "dobj", "nsubjpass", "nsubj", "acomp", "attr", "pcomp", "oprd", "csubj", "csubjpass"):
            if dep in ("nsubj", "csubj") and head.pos_ not in ("VERB", "AUX", "ADJ"):
                return
            shared = False
        elif (dep in ("prep", "agent") and seen < 6) or (dep == "relcl" and lemma(head) in words("talk_noun", "en")):
            shared = False
        elif dep == "acl" and (token.tag_ in ("VB", "VBN") or lemma(head) in words("plan_noun", "en") | words("talk_noun", "en")):
            if token.tag_ == "VBN":
                return
            shared = False
        elif (dep == "conj" and head.pos_ in ("VERB", "AUX") and not any(child.dep_ in ("nsubj", "nsubjpass") for child in token.children)) or (
            dep == "advcl" and not any(child.dep_ in ("nsubj", "nsubjpass", "mark") for child in token.children)
        ):
            shared = True
        elif (dep == "conj" and token.pos_ == "NOUN") or (
            dep in ("acl", "relcl") and any(cue.field == "claim" for cue in _cues("en", "governor").get(lemma(head), ()))
        ):
            shared = False
        else:
            return
        token = head


def _around(token: Token, trigger: Trigger, *, shared: bool) -> Iterator[Decided]:
    """Cues that hang on a verb or noun: auxiliaries, negation, adverbs, the mark of its clause."""
    for child in token.children:
        word = child.lower_
        if child.dep_ in ("aux", "neg", "preconj") or (child.dep_ == "det" and word in ("no", "neither")):
            scope = "modal"
            if child.dep_ in ("neg", "preconj") and (shared or _not_only(child)):
                continue
            if word == "to" and any(verb.tag_ in ("VBD", "VBZ", "VBP", "MD") for verb in token.sent):
                continue  # only a headline without a finite verb says by an infinitive what will be
        elif child.dep_ in ("advmod", "npadvmod", "amod"):
            scope = "adverb"
        elif child.dep_ == "mark":
            scope = "mark"
        else:
            continue
        for cue in _cues("en", scope).get(word, ()):
            yield Decided(cue.field, cue.value, child.i, child.i + 1, cue.name)
    modal = any(child.tag_ == "MD" for child in token.children)
    for child in token.children:  # "if the deal goes through, it would give …": the condition holds for the main clause
        if (
            child.dep_ == "advcl"
            and (child.i < trigger.head or (modal and token.i == trigger.head))
            and any(mark.dep_ == "mark" and mark.lower_ in _cues("en", "mark") and mark.lower_ != "whether" for mark in child.children)
        ):
            yield Decided("certainty", "Possible", child.left_edge.i, child.left_edge.i + 1, "certainty.condition")


def _not_only(token: Token) -> bool:
    """Whether a "not" is that of "not only … but also", which denies nothing."""
    following = token.doc[token.i + 1 : token.i + 2].text.lower()
    return following in ("only", "just", "merely", "simply")


def _negation_of_plan(doc: Doc, decided: list[Decided]) -> list[Decided]:
    """Two negations (denied that it did not) leave the first; "did not say" denies nothing of what follows it."""
    kept = []
    for one in decided:
        if one.field == "polarity" and doc[one.start].head.lemma_ in words("report_verb", "en") and one.rule == "negation":
            continue
        kept.append(one)
    return kept


def _english_voice(doc: Doc, trigger: Trigger, chain: list[Token]) -> Voice | None:
    """The subject of the reporting verb that governs the trigger, or whom "according to" names."""
    verbs = words("report_verb", "en")
    for at, token in enumerate(chain):
        if at and token.pos_ == "VERB" and lemma(token) in verbs and chain[at - 1].dep_ in ("ccomp", "xcomp", "dobj", "csubj", "nsubjpass"):
            speaker = [child for child in token.children if child.dep_ == "nsubj" or child.dep_ == "agent"]
            if speaker and (voice := _voice(speaker[0])):
                return voice
        for child in token.children:
            if child.lower_ == "according" and (
                to := [part for prep in child.children if prep.lower_ == "to" for part in prep.children if part.dep_ == "pobj"]
            ):
                return _voice(to[0])
            if (
                child.dep_ in ("parataxis", "ccomp", "advcl")
                and child.pos_ == "VERB"
                and lemma(child) in verbs
                and child.i > token.i
                and (said := [part for part in child.children if part.dep_ == "nsubj" and _trails(child)])
            ):
                return _voice(said[0])
    return _quoted_tail(doc, trigger)


def _trails(verb: Token) -> bool:
    """Whether a reporting verb only trails behind what it reports: ", the firm said on Monday"."""
    return not any(child.dep_ in ("ccomp", "dobj", "xcomp") for child in verb.children)


def _quoted_tail(doc: Doc, trigger: Trigger) -> Voice | None:
    """Who trails at the sentence's end, where the parse has lost it: "…, analysts said"."""
    sentence = doc[trigger.head].sent
    for token in reversed(sentence):
        if token.pos_ == "VERB" and lemma(token) in words("report_verb", "en") and token.i > trigger.end and token.tag_ in ("VBD", "VBZ", "VBP"):
            subject = [child for child in token.children if child.dep_ == "nsubj"]
            commas = [word for word in sentence if word.text == "," and trigger.end <= word.i < token.i]
            if subject and commas and _trails(token):
                return _voice(subject[0])
    return None


def _voice(head: Token) -> Voice | None:
    """The words that name a source: a name, or a noun phrase about people or papers, without articles."""
    if head.dep_ == "agent":
        inner = [child for child in head.children if child.dep_ == "pobj"]
        if not inner:
            return None
        head = inner[0]
    doc = head.doc
    named = name_at(head)
    if named is not None:
        return Voice(named.start, named.end)
    if head.pos_ == "PROPN" or head.lower_ in ("it", "he", "she", "they", "who", "which"):
        return Voice(head.i, head.i + 1)
    for token in head.subtree:  # "a spokesman for Acme" speaks for Acme
        inside = name_at(token)
        if inside is not None and lemma(head) in (
            "spokesman",
            "spokeswoman",
            "spokesperson",
            "executive",
            "chairman",
            "chief",
            "filing",
            "statement",
            "board",
            "president",
            "officer",
            "director",
        ):
            return Voice(inside.start, inside.end)
    if lemma(head) not in words("source_noun", "en") and head.lower_ not in words("source_noun", "en"):
        return None
    start, end = head.left_edge.i, head.i + 1
    while start < head.i and (
        doc[start].dep_ in ("det", "poss", "nummod", "predet")
        or doc[start].lower_ in words("praise", "en") | {"recent", "several", "unnamed", "local"}
    ):
        start += 1
    for child in head.rights:
        if child.dep_ in ("amod", "acl", "prep") and child.right_edge.i - head.i < 9 and child.i == end:
            end = child.right_edge.i + 1
    return Voice(start, end)


# --- Chinese ----------------------------------------------------------------------------------------------------------


def _chinese(doc: Doc, trigger: Trigger) -> Reading:
    start, end = clause_bounds(doc, trigger.head)
    decided: list[Decided] = []
    for at in range(trigger.start - 1, start - 1, -1):  # the nearest first
        for scope in ("modal", "governor", "adverb", "mark"):
            decided += _cue_at(doc, at, scope)
    decided += _behind(doc, trigger, end)
    sentence = doc[trigger.head].sent
    if not any(one.field == "certainty" for one in decided):
        decided += _from_earlier_clauses(doc, sentence.start, start)
    if not any(one.field == "certainty" for one in decided):
        decided += _carried_on(doc, sentence.start, trigger)
    return Reading(tuple(_not_only_chinese(doc, decided)), _chinese_voice(doc, sentence.start, trigger))


def _cue_at(doc: Doc, at: int, scope: str) -> Iterator[Decided]:
    text = doc[at].text
    for cue in _cues("zh", scope).get(text, ()):
        if text == "能" and at and doc[at - 1].text == "不":
            continue
        yield Decided(cue.field, cue.value, at, at + 1, cue.name)


def _behind(doc: Doc, trigger: Trigger, end: int) -> Iterator[Decided]:
    """Cues behind the trigger: an aspect particle that touches it, or how the sentence's object ends ("一事告吹")."""
    rest = doc[trigger.end : end].text
    for word, cues in _cues("zh", "after").items():
        if rest.startswith(word) or (len(word) > 1 and rest.rstrip("”》」").endswith(word)):
            for cue in cues:
                at = trigger.end if rest.startswith(word) else end - 1
                yield Decided(cue.field, cue.value, at, at + 1, cue.name)


def _from_earlier_clauses(doc: Doc, start: int, end: int) -> Iterator[Decided]:
    """What reaches over a comma: a condition, and hearsay that opens the sentence; of a clause before, only 若 … and 据传 …."""
    for at in range(end - 1, start - 1, -1):
        yield from _cue_at(doc, at, "mark")
        opens = at == start or doc[at - 1].text in CLAUSE_END
        if opens or doc[at].text in ("据报道", "据传", "据悉", "据称", "预计", "有望"):
            yield from _cue_at(doc, at, "adverb")
            if doc[at].text == "有望":
                yield from _cue_at(doc, at, "modal")


def _carried_on(doc: Doc, start: int, trigger: Trigger) -> Iterator[Decided]:
    """A modal carries on over clauses that have no subject of their own: 还能带来A，打造B."""
    clause, _ = clause_bounds(doc, trigger.head)
    before = trigger.start
    while clause > start and not any(span.start >= clause and span.end <= before for span in doc.spans["names"]):
        before = clause
        clause, _ = clause_bounds(doc, clause - 2) if clause - 2 >= start else (start, start)
        for at in range(before - 1, clause - 1, -1):
            yield from (one for one in _cue_at(doc, at, "modal") if one.field == "certainty")


def _not_only_chinese(doc: Doc, decided: list[Decided]) -> list[Decided]:
    """不仅, 不只 deny nothing; 不 inside a longer word is no word of its own."""
    return [one for one in decided if not (one.rule == "negation" and doc[one.end : one.end + 1].text in ("仅", "只", "但", "断", "少"))]


def _chinese_voice(doc: Doc, start: int, trigger: Trigger) -> Voice | None:
    """Whoever stands before a reporting verb whose clause, or the comma or colon behind it, leads to the trigger."""
    verbs = words("report_verb", "zh")
    for at in range(trigger.start - 1, start, -1):
        if doc[at].text not in verbs:
            continue
        leads = doc[at + 1].text in ("，", ",", "：", ":", "“", '"', "「") or not any(token.text in CLAUSE_END for token in doc[at : trigger.start])
        if not leads or (doc[at].text in ("预计", "公告", "介绍") and at + 1 < trigger.start and doc[at + 1].text == "的"):
            continue
        voice = _speaker(doc, start, at)
        if voice is not None:
            return voice
    return None


def _speaker(doc: Doc, start: int, verb: int) -> Voice | None:
    """The name or the source noun before a reporting verb, in its clause."""
    clause, _ = clause_bounds(doc, verb)
    begin = max(clause, start)
    named = [span for span in doc.spans["names"] if begin <= span.start and span.end <= verb]
    nouns = words("source_noun", "zh")
    for at in range(verb - 1, begin - 1, -1):
        if any(doc[at].text.endswith(noun) for noun in nouns):
            first = at
            while (
                first > begin
                and doc[first - 1].tag_[:1] in ("n", "v", "a", "j", "x", "b")
                and doc[first - 1].text not in {"有", "据", "多家", "对此", "近日"} | CLAUSE_END | OPENING | CLOSING
                and not any(span.start <= first - 1 < span.end for span in named)
            ):
                first -= 1
            return Voice(first, at + 1)
    if named:
        return Voice(named[-1].start, named[-1].end) if named[-1].end == verb or len(named) == 1 else Voice(named[0].start, named[0].end)
    for at in range(begin, verb):
        if doc[at].text in words("firm_noun", "zh") | words("pronoun", "zh"):
            return Voice(at, at + 1)
    return None
