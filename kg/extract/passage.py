"""A parsed passage of an article, and what its words say of arguments, of deals, of the status of a claim and of who speaks."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from kg.extract.evidence import Evidence
from kg.extract.grammar import Trigger, names_from
from kg.extract.patterns import slot_types, words
from kg.extract.phrases_en import described_before
from kg.extract.phrases_zh import clause_bounds
from kg.gazetteer import normalise
from kg.model import NAMED_TYPES, PHRASE_TYPES, Cue, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spacy.tokens import Doc, Token
    from spacy.tokens import Span as SpacySpan

    from kg.extract.grammar import Argument
    from kg.extract.match import Found
    from kg.extract.status import Reading, Voice
    from kg.model import Certainty, Stage

SLOT_WEIGHT, OPEN_SLOT_WEIGHT = 2.5, 2.0
"""What filling a slot says for its type, or for the first of its types where it takes several."""
SPEAKER_PRONOUNS = frozenset({"it", "he", "she", "they", "who", "which"})
SPEAKING_FIRM = frozenset({
    "company", "firm", "group", "bank", "retailer", "maker", "trader", "producer", "manufacturer", "operator", "airline", "carrier", "lender",
    "insurer", "brewer", "miner", "developer", "chain", "supplier", "publisher", "broadcaster", "utility", "giant", "startup", "supermarket",
    "drugmaker", "automaker", "carmaker", "chipmaker",
})  # fmt: skip
MEANS_PREPOSITIONS_EN = frozenset({"by", "through", "after", "with", "from"})
MEANS_PREPOSITIONS_ZH = ("通过", "借助", "凭借")
FUTURE_ZH = frozenset({"将"})
"""What says of a deal in Chinese only that it is to come."""
LONE_FLAGS = frozenset({"v", "a", "d", "b", "vd", "ad"})
"""Flags of Chinese verbs, adjectives and adverbs; those of nouns made of them (vn, an) are others."""
VERBAL = ("VERB", "AUX")
NEAR = 6
"""Tokens within which a name is taken for the target of a verb for a deal before it."""


class Passage(NamedTuple):
    """A parsed passage: where its text starts in the document, and what was found in it."""

    doc: Doc
    offset: int
    language: str
    evidence: list[Evidence]
    found: list[Found]

    def span(self, start: int, end: int) -> Span:
        """Code points of the document that tokens cover."""
        return Span(self.offset + self.doc[start].idx, self.offset + self.doc[end - 1].idx + len(self.doc[end - 1]))

    def token_at(self, start: int) -> int:
        """The token that a code point of the document is in, or else the last one before it."""
        return max(0, bisect_right(self.doc, start - self.offset, key=lambda token: token.idx) - 1)

    def sentence(self, token: int) -> Span:
        """The sentence around a token, white space at its ends left out."""
        sentence = self.doc[token].sent
        start, end = sentence.start, sentence.end
        while end - start > 1 and self.doc[end - 1].is_space:
            end -= 1
        while end - start > 1 and self.doc[start].is_space:
            start += 1
        return self.span(start, end)


# --- types of arguments -----------------------------------------------------------------------------------------------


def slot_evidence(passage: Passage) -> Iterator[Evidence]:
    """What the slots that a name fills say of its type."""
    for one in passage.found:
        pattern = one.pattern
        for argument, slot, is_subject in ((one.subject, pattern.subject, True), (one.object, pattern.object, False)):
            kinds = [kind for kind in slot_types(slot, pattern.relation, subject=is_subject) if kind in NAMED_TYPES]
            if argument.kind == "name" and kinds and pattern.votes:
                weight = SLOT_WEIGHT if len(kinds) == 1 else OPEN_SLOT_WEIGHT
                name = passage.doc[argument.start : argument.end].text
                yield Evidence(name, kinds[0], weight * pattern.confidence, pattern.name)


def phrase_type(passage: Passage, argument: Argument, wanted: tuple[str, ...]) -> str | None:
    """What a phrase is: an asset where its head can be owned and an asset is wanted, else the first of the types that fit a phrase."""
    kinds = [kind for kind in wanted if kind in PHRASE_TYPES]
    if not kinds:
        return None
    return "Asset" if "Asset" in kinds and _can_be_owned(passage, argument) else kinds[0]


def _can_be_owned(passage: Passage, argument: Argument) -> bool:
    owned = words("asset_head", passage.language)
    if passage.language == "en":
        return passage.doc[argument.head].lemma_.lower() in owned
    return passage.doc[argument.start : argument.end].text.endswith(tuple(owned))


def called_so(passage: Passage, argument: Argument) -> set[str]:
    """Keys of the names that an English passage calls by the noun of a reference before it: "the insurer" is the firm that it called one."""
    if argument.kind != "firm" or passage.language != "en":
        return set()
    return {normalise(name.text) for name in described_before(passage.doc[argument.head])}


def cited_en(passage: Passage, within: Span) -> Span | None:
    """Whom a verb of citing in these code points has for its object: "citing people familiar with the matter"."""
    for verb in passage.doc[passage.token_at(within.start) : passage.token_at(within.end - 1) + 1]:
        if verb.lemma_.lower() in words("cite_verb", "en") or verb.lower_ in words("cite_verb", "en"):
            for told in (child for child in verb.children if child.dep_ == "dobj"):
                whole = passage.doc[told.left_edge.i : told.right_edge.i + 1]
                end = next((token.i for token in whole if token.i > told.i and (token.is_punct or token.dep_ == "relcl")), whole.end)
                start = next(token.i for token in whole if token.dep_ not in ("det", "poss") or token.i == told.i)
                return passage.span(start, end)
    return None


def subjects_in(doc: Doc, start: int, end: int) -> list[Token]:
    """The subjects of verbs among some tokens (English)."""
    return [token for token in doc[start:end] if token.dep_ in ("nsubj", "nsubjpass")]


# --- words for deals --------------------------------------------------------------------------------------------------


def is_deal_verb(passage: Passage, argument: Argument) -> bool:
    """Whether an argument that speaks of a deal is a verb: "buying Bolt", 收购Bolt."""
    head = passage.doc[argument.head]
    return head.text.lower() in words("deal_verb", passage.language) or head.pos_ == "VERB"


def name_behind(passage: Passage, argument: Argument) -> set[str]:
    """Key of the first name that follows a verb for a deal closely."""
    sentence = passage.doc[argument.head].sent
    for name in names_from(passage.doc, argument.end, argument.end + NEAR + 1):
        if name.sent == sentence:
            return {normalise(name.text)}
    return set()


def only_refers(passage: Passage, found: Found) -> bool:
    """Whether a verb for a deal tells none but refers to one: "Acquiring Bolt would …", 通过收购Bolt."""
    token = passage.doc[found.trigger.head]
    if passage.language == "en":
        return token.dep_ == "csubj" or (token.dep_ == "pcomp" and token.head.lower_ in MEANS_PREPOSITIONS_EN)
    before = passage.doc[max(token.sent.start, found.trigger.start - 2) : found.trigger.start]
    return before.text.endswith(MEANS_PREPOSITIONS_ZH)


def names_nothing(phrase: SpacySpan, language: str) -> bool:
    """Whether a phrase can name no thing: a lone word that is a piece of a longer one ("growing", 提升), or what only describes one (现成的)."""
    if phrase.text.endswith("的"):
        return True
    if len(phrase) > 1:
        return False
    return phrase[0].pos_ not in ("NOUN", "PROPN") if language == "en" else phrase[0].tag_ in LONE_FLAGS


# --- predicates -------------------------------------------------------------------------------------------------------


def predicate(passage: Passage, first: Span, second: Span | None) -> Trigger | None:
    """The word that joins two mentions (code points, in the order of the text), or that a lone one hangs on; None where no word says it.

    In English the word above both in the parse, if it is none of them, or the verb of the clause that one of them is described by; in Chinese the
    first verb between them, or the last one before a lone one in its clause.
    """
    places = [passage.doc.char_span(one.start - passage.offset, one.end - passage.offset) for one in (first, second) if one is not None]
    spans = [place for place in places if place is not None]
    if len(spans) != len(places):
        return None
    found = _predicate_en(*(place.root for place in spans)) if passage.language == "en" else _predicate_zh(passage.doc, spans)
    return Trigger(found.i, found.i + 1, found.i) if found is not None else None


def _predicate_en(one: Token, other: Token | None = None) -> Token | None:
    above = [other, *other.ancestors] if other is not None else []
    below = [one, *one.ancestors]
    if other is None:
        return next((token for token in below[1:] if token.pos_ in VERBAL), None)
    joint = next((token for token in below if token in above), None)
    if joint is None:
        return None
    if joint not in (one, other):
        return joint if joint.pos_ in (*VERBAL, "NOUN") else None
    path = below[: below.index(joint)] + above[: above.index(joint)]
    return next((token for token in reversed(path) if token.pos_ in VERBAL), None)


def _predicate_zh(doc: Doc, spans: Sequence[SpacySpan]) -> Token | None:
    if len(spans) > 1:
        return next((token for token in doc[spans[0].end : spans[1].start] if token.tag_.startswith("v")), None)
    start, _ = clause_bounds(doc, spans[0].start)
    return next((token for token in reversed(doc[start : spans[0].start]) if token.tag_.startswith("v")), None)


# --- status -----------------------------------------------------------------------------------------------------------


def stage_of(passage: Passage, found: Found, certainty: Certainty, held: Stage | None = None) -> Stage | None:
    """The stage of a deal; where no words tell it, what the model holds (``held``), else the usual one of the pattern.

    Denied without more, what would be announced was a rumour: considered (annotation guideline 16). So is what only may happen, or is only said to be
    to come: "may buy", "is expected to buy" (guideline 5).
    """
    told = [one for one in found.reading.decided if one.field == "stage"]
    is_to_come = all(one.rule == "stage.future" or passage.doc[one.start : one.end].text in FUTURE_ZH for one in told)
    bare = held or found.pattern.stage
    if found.reading.polarity == "Negative":
        return found.reading.stage or ("Considered" if bare == "Announced" else bare)
    if is_to_come and ((certainty == "Possible" and not _is_perfect(passage.doc[found.trigger.head])) or (certainty == "Probable" and told)):
        return "Considered"
    return found.reading.stage or bare


def _is_perfect(verb: Token) -> bool:
    """Whether an English verb says what would have happened by now: "might have bought"."""
    return any(child.dep_ == "aux" and child.lemma_ == "have" for child in verb.children)


def cues_of(passage: Passage, reading: Reading, *, of_deal: bool) -> tuple[Cue, ...]:
    """The cues that decided fields of a claim; only a claim of a deal has a stage."""
    return tuple(
        Cue(one.field, one.value, passage.span(one.start, one.end), one.rule)
        for one in reading.decided
        if one.field != "claim" and (of_deal or one.field != "stage")
    )


def is_weak(found: Found) -> bool:
    """Whether a find says little of the status: it stands under a condition, or a bare noun tells it."""
    decided = found.reading.decided
    return any(one.rule == "certainty.condition" for one in decided) or (found.pattern.weak and not decided)


# --- kinds of sources -------------------------------------------------------------------------------------------------


def refers_to_speaker(passage: Passage, voice: Voice) -> bool:
    """Whether a source is only said by words that stand for one: "it", "the company", 该公司."""
    text = passage.doc[voice.start : voice.end].text
    if text.lower() in SPEAKER_PRONOUNS or (passage.language == "en" and text.lower().startswith("its ")):
        return True
    if passage.language == "en":
        return passage.doc[voice.end - 1].lemma_.lower() in SPEAKING_FIRM
    return text in words("firm_noun", "zh") or text in words("pronoun", "zh")
