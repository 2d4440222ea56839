"""The status of an English claim, read off the dependency parse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from kg.extract.patterns import words
from kg.extract.phrases_en import lemma, name_at
from kg.extract.status import Decided, Reading, Voice, cues_in_scope, decide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Token

    from kg.extract.grammar import Trigger
    from kg.extract.patterns import Cue

    Reach = Literal["all", "shared"]
    """Whether all that is said of a governor is said of the trigger, or only what two verbs beside each other share: no negation."""

MAX_GOVERNORS, MAX_GOVERNORS_OVER_PREPOSITIONS = 8, 6
COMPLEMENTS = frozenset({"xcomp", "ccomp", "pobj", "dobj", "nsubjpass", "nsubj", "acomp", "attr", "pcomp", "oprd", "csubj", "csubjpass"})
REPORTED = frozenset({"ccomp", "xcomp", "dobj", "csubj", "nsubjpass"})
"""What a reporting verb says."""
TENSED = frozenset({"VBD", "VBZ", "VBP"})
FINITE = TENSED | {"MD"}
NEGATIONS = frozenset({"neg", "preconj"})
ADVERBIALS = frozenset({"advmod", "npadvmod", "amod"})
PARTICLES = frozenset({"prt", "advmod", "prep"})
NOT_ONLY = frozenset({"only", "just", "merely", "simply"})
NOT_YET = frozenset({"possible", "potential", "threatened"})
TAKES_UP = frozenset({"which", "this", "it", "that"})
"""Objects of a denial that stand for what was said before it."""
PRONOUNS = frozenset({"it", "he", "she", "they", "who", "which"})
SPEAKS_FOR_FIRM = frozenset({
    "spokesman", "spokeswoman", "spokesperson", "executive", "chairman", "chief", "filing", "statement", "board", "president", "officer", "director",
})  # fmt: skip
SOURCE_MODIFIERS = frozenset({"recent", "several", "unnamed", "local"})
SOURCE_TAIL = 9
"""Tokens that a source's "of …" or "familiar with …" may reach to."""


class Governor(NamedTuple):
    """A word that has the trigger in its scope."""

    token: Token
    reach: Reach


def read(doc: Doc, trigger: Trigger) -> Reading:
    """What has the trigger in its scope, and who says so."""
    decided: list[Decided] = []
    chain = list(_governors(doc[trigger.head]))
    for above, (token, reach) in enumerate(chain):
        decided += _around(token, reach)
        decided += _conditions(token, trigger)
        if above and reach == "all":
            decided += decide(_governor_cues(token, chain[above - 1].token), token.i)
    decided += _denied_object(doc[trigger.head])
    decided += _possible_object(doc[trigger.head])
    denial = _denied_behind(doc, trigger)
    if denial is not None:  # the denier's word is the last, and certain
        denied, denier = denial
        return Reading((denied, *(one for one in decided if one.field not in ("certainty", "polarity"))), _source(denier))
    if not any(one.field == "stage" for one in decided):
        decided += _going_on(doc[trigger.head])
    told = [one for one in decided if not _denies_saying(doc, one)]
    if any(one.field == "stage" and not _is_bare_infinitive(doc, one) for one in told):  # "in talks to buy": the plan says more than the "to"
        told = [one for one in told if not _is_bare_infinitive(doc, one)]
    return Reading(tuple(told), _voice(doc, trigger, [token for token, _ in chain]))


# --- scope ------------------------------------------------------------------------------------------------------------


def _governors(token: Token) -> Iterator[Governor]:
    """The trigger and what governs it, nearest first."""
    reach: Reach | None = "all"
    for step in range(1, MAX_GOVERNORS + 1):
        if reach is None:
            return
        yield Governor(token, reach)
        if _is_reported_beside(token):
            reach, token = "all", token.head.head
            continue
        reach = _reach(token, step)
        token = token.head


def _is_reported_beside(token: Token) -> bool:
    """Whether a clause is reported together with the one before it: "alleges that A …, and that B …"."""
    return token.dep_ == "conj" and token.head.dep_ == "ccomp" and _has_child(token, "nsubj", "nsubjpass")


def _reach(token: Token, step: int) -> Reach | None:
    """How far what is said of a token's head is said of the token too, after so many steps; None where it is not."""
    head = token.head
    is_head_verb = head.pos_ in ("VERB", "AUX")
    match token.dep_:
        case "nsubj" | "csubj":
            return "all" if is_head_verb or head.pos_ == "ADJ" else None
        case dep if dep in COMPLEMENTS:
            return "all"
        case "prep" | "agent":
            return "all" if step < MAX_GOVERNORS_OVER_PREPOSITIONS else None
        case "acl":
            return "all" if _completes_noun(token) else None
        case "relcl":
            return "all" if lemma(head) in words("talk_noun", "en") or _takes_back(head) else None
        case "conj" if is_head_verb and not _has_child(token, "nsubj", "nsubjpass"):
            return "shared"
        case "conj":
            return "all" if token.pos_ == "NOUN" else None
        case "advcl" if not _has_child(token, "nsubj", "nsubjpass", "mark"):
            return "shared"
    return None


def _completes_noun(token: Token) -> bool:
    """Whether a clause says what the noun before it is about ("a plan to buy"); a participle only describes it ("a firm bought")."""
    noun = lemma(token.head)
    if token.tag_ == "VBN":
        return False
    return token.tag_ == "VB" or noun in words("plan_noun", "en") or noun in words("talk_noun", "en") or _takes_back(token.head)


def _takes_back(noun: Token) -> bool:
    """Whether a noun unsays what its clause says: "rejected the idea that …"."""
    return any(cue.field == "claim" for cue in cues_in_scope("en", "governor").get(lemma(noun), ()))


def _has_child(token: Token, *dependencies: str) -> bool:
    return any(child.dep_ in dependencies for child in token.children)


# --- cues -------------------------------------------------------------------------------------------------------------


def _around(token: Token, reach: Reach) -> Iterator[Decided]:
    """Cues that hang on a verb or noun: auxiliaries, negation, adverbs, the mark of its clause."""
    for child in token.children:
        scope = _scope(child)
        if scope is None or _says_nothing(child, reach):
            continue
        yield from decide(cues_in_scope("en", scope).get(child.lower_, ()), child.i)


def _governor_cues(token: Token, governed: Token) -> tuple[Cue, ...]:
    """What a governing word says, with its particle if it has one ("called off"); a rejected offer is ended, a rejected report denied."""
    particles = [child.lower_ for child in token.children if child.dep_ in PARTICLES]
    spelled = (lemma(token), *(f"{lemma(token)} {particle}" for particle in particles))
    cues = tuple(cue for word in spelled for cue in cues_in_scope("en", "governor").get(word, ()))
    if not any(cue.value == "Terminated" for cue in cues):
        return cues
    is_said = governed.dep_ == "ccomp" or (lemma(governed) in words("talk_noun", "en") and governed.lower_ != "talks")
    return tuple(cue for cue in cues if cue.field != ("stage" if is_said else "polarity"))


def _denied_object(trigger: Token) -> Iterator[Decided]:
    """A "no" before the trigger's own object: "has no agreement with"."""
    for child in trigger.children:
        denied = [word for word in child.children if word.lower_ == "no"] if child.dep_ in ("dobj", "attr") else []
        if denied:
            yield Decided("polarity", "Negative", denied[0].i, denied[0].i + 1, "negation")


def _denied_behind(doc: Doc, trigger: Trigger) -> tuple[Decided, Token] | None:
    """A denial further on in the sentence that takes up what was said: "…, which Bolt denied", "…; Bolt denied this"."""
    for verb in doc[trigger.end : doc[trigger.head].sent.end]:
        if lemma(verb) in cues_in_scope("en", "later") and verb.tag_ in TENSED:
            denier = next((child for child in verb.children if child.dep_ == "nsubj" and child.lower_ != "which"), None)
            taken_up = [child for child in verb.children if child.dep_ == "dobj" and child.lower_ in TAKES_UP]
            if denier is not None and taken_up:
                return Decided("polarity", "Negative", verb.i, verb.i + 1, "denial.after"), denier
    return None


def _going_on(trigger: Token) -> Iterator[Decided]:
    """A progressive form, "is buying": agreed, and not done yet."""
    for child in trigger.children:
        if trigger.tag_ == "VBG" and child.dep_ == "aux" and child.lemma_ == "be":
            yield Decided("stage", "Announced", child.i, child.i + 1, "stage.progressive")


def _possible_object(trigger: Token) -> Iterator[Decided]:
    """A thing that may come: "faces a possible strike"."""
    for child in trigger.children:
        for word in child.children if child.dep_ == "dobj" else ():
            if word.dep_ == "amod" and word.lower_ in NOT_YET:
                yield Decided("certainty", "Possible", word.i, word.i + 1, "certainty.possible.adjective")


def _scope(child: Token) -> str | None:
    """The scope of cues that a word has by what it is to its head."""
    is_negative_article = child.dep_ == "det" and child.lower_ in ("no", "neither")
    if child.dep_ == "aux" or child.dep_ in NEGATIONS or is_negative_article:
        return "modal"
    if child.dep_ in ADVERBIALS:
        return "adverb"
    return "mark" if child.dep_ == "mark" else None


def _says_nothing(child: Token, reach: Reach) -> bool:
    """Whether an auxiliary or negation decides nothing: a negation of the verb beside, "not only", a "to" that is no headline's."""
    if child.dep_ in NEGATIONS and (reach == "shared" or _is_not_only(child)):
        return True
    if child.lower_ != "to" or child.dep_ != "aux":
        return False
    verb = child.head
    is_arranged = verb.dep_ == "xcomp" and verb.head.lemma_ == "be"  # "is to receive"
    # only a headline without a finite verb says by a bare infinitive what will be
    return not is_arranged and any(word.tag_ in FINITE for word in child.sent)


def _is_not_only(token: Token) -> bool:
    """Whether a "not" is that of "not only … but also", which denies nothing."""
    return token.doc[token.i + 1 : token.i + 2].text.lower() in NOT_ONLY


def _conditions(token: Token, trigger: Trigger) -> Iterator[Decided]:
    """Conditions of a main clause: "if the deal goes through, it would give …"."""
    is_modal_trigger = token.i == trigger.head and any(child.tag_ == "MD" for child in token.children)
    for child in token.children:
        reaches = child.i < trigger.head or is_modal_trigger
        if child.dep_ == "advcl" and reaches and any(_opens_condition(mark) for mark in child.children):
            yield Decided("certainty", "Possible", child.left_edge.i, child.left_edge.i + 1, "certainty.condition")


def _opens_condition(mark: Token) -> bool:
    return mark.dep_ == "mark" and mark.lower_ != "whether" and mark.lower_ in cues_in_scope("en", "mark")


def _denies_saying(doc: Doc, one: Decided) -> bool:
    """Whether a negation is of a reporting verb: "did not say" denies nothing of what follows it."""
    is_negation = one.field == "polarity" and one.rule == "negation"
    return is_negation and doc[one.start].head.lemma_ in words("report_verb", "en")


def _is_bare_infinitive(doc: Doc, one: Decided) -> bool:
    return one.rule == "stage.future" and doc[one.start].lower_ == "to"


# --- sources ----------------------------------------------------------------------------------------------------------


def _voice(doc: Doc, trigger: Trigger, chain: list[Token]) -> Voice | None:
    """The subject of the reporting verb that governs the trigger, or whom "according to" names."""
    for above, token in enumerate(chain):
        if above and _is_report(token) and chain[above - 1].dep_ in REPORTED:
            speaker = next((child for child in token.children if child.dep_ in ("nsubj", "agent")), None)
            if speaker is not None and (voice := _source(speaker)) is not None:
                return voice
        for child in token.children:
            named = _named_by_according(child)
            if named is None and child.i > token.i:
                named = _trailing_speaker(child)
            if named is not None:
                return _source(named)
    return _speaker_at_end(doc, trigger)


def _is_report(token: Token) -> bool:
    return token.pos_ == "VERB" and lemma(token) in words("report_verb", "en")


def _named_by_according(token: Token) -> Token | None:
    """Whom "according to" names."""
    if token.lower_ != "according":
        return None
    to = [child for child in token.children if child.lower_ == "to"]
    return next((part for child in to for part in child.children if part.dep_ == "pobj"), None)


def _trailing_speaker(verb: Token) -> Token | None:
    """Who speaks in a clause behind what is said: ", the firm said on Monday"."""
    if verb.dep_ not in ("parataxis", "ccomp", "advcl") or not _is_report(verb) or not _only_trails(verb):
        return None
    return next((child for child in verb.children if child.dep_ == "nsubj"), None)


def _only_trails(verb: Token) -> bool:
    """Whether a reporting verb has nothing that it reports behind it."""
    return not _has_child(verb, "ccomp", "dobj", "xcomp")


def _speaker_at_end(doc: Doc, trigger: Trigger) -> Voice | None:
    """Who trails at the sentence's end, where the parse has lost it: "…, analysts said"."""
    sentence = doc[trigger.head].sent
    for verb in reversed(sentence):
        if verb.i <= trigger.end or verb.tag_ not in TENSED or not _is_report(verb):
            continue
        speaker = next((child for child in verb.children if child.dep_ == "nsubj"), None)
        has_comma = any(word.text == "," and trigger.end <= word.i < verb.i for word in sentence)
        if speaker is not None and has_comma and _only_trails(verb):
            return _source(speaker)
    return None


def _source(head: Token) -> Voice | None:
    """The words that name a source: a name, or a noun phrase about people or papers, without articles."""
    if head.dep_ == "agent":
        inner = next((child for child in head.children if child.dep_ == "pobj"), None)
        return _source_at(inner) if inner is not None else None
    return _source_at(head)


def _source_at(head: Token) -> Voice | None:
    named = name_at(head)
    if named is not None:
        return Voice(named.start, named.end)
    if head.pos_ in ("NUM", "DET", "PRON") and (group := _group_of(head)) is not None:
        return _source_at(group)
    if head.pos_ == "PROPN" or head.lower_ in PRONOUNS:
        return Voice(head.i, head.i + 1)
    if lemma(head) in SPEAKS_FOR_FIRM:  # "a spokesman for Acme" speaks for Acme
        for token in head.subtree:
            firm = name_at(token)
            if firm is not None:
                return Voice(firm.start, firm.end)
    if lemma(head) in words("source_noun", "en") or head.lower_ in words("source_noun", "en"):
        return _source_phrase(head)
    return None


def _group_of(head: Token) -> Token | None:
    """Of whom some speak: "two of the people"."""
    return next((part for child in head.children if child.lower_ == "of" for part in child.children if part.dep_ == "pobj"), None)


def _source_phrase(head: Token) -> Voice:
    """A noun for people or papers with what says which ones: "people familiar with the matter"."""
    start, end = head.left_edge.i, head.i + 1
    while start < head.i and _is_article_like(head.doc[start]):
        start += 1
    for child in head.rights:
        is_near = child.i == end and child.right_edge.i - head.i < SOURCE_TAIL
        if is_near and child.dep_ in ("amod", "acl", "prep"):
            end = child.right_edge.i + 1
    return Voice(start, end)


def _is_article_like(token: Token) -> bool:
    if token.dep_ in ("det", "poss", "nummod", "predet"):
        return True
    return token.lower_ in words("praise", "en") or token.lower_ in SOURCE_MODIFIERS
