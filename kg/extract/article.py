"""From what the patterns found in the passages of one article to its mentions and claims.

Types of names are voted on, references resolved, deals threaded, and each find is read as a claim with its status. Nothing is decided
about identity beyond the article: that is ``kg.resolve``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, cast

from msgspec.structs import replace

from kg.extract import numbers, reference
from kg.extract.evidence import Evidence, vote
from kg.extract.grammar import names_from
from kg.extract.names import READ
from kg.extract.patterns import slot_types, words
from kg.extract.sources import is_outlet, source_kind
from kg.gazetteer import normalise
from kg.model import NAMED_TYPES, PHRASE_TYPES, Claim, Cue, Document, Extraction, Figures, Mention, Span, day_of, digest
from kg.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Token

    from kg.extract.grammar import Argument
    from kg.extract.match import Found
    from kg.extract.status import Reading, Voice
    from kg.model import Certainty, MentionType, Stage

ENCODER = "encoder"
"""What mentions say found them that the trained reader read."""
SLOT_WEIGHT, OPEN_SLOT_WEIGHT = 2.5, 2.0
"""What filling a slot says for its type, or for the first of its types where it takes several."""
EFFECTS = frozenset({"enables", "mitigates", "pursues"})
"""What a deal brings about: never surer than the deal itself (a flat "will" of a deal that is not agreed is probable)."""
UNDECIDED_STAGES = frozenset({"Considered", "Talks"})
AGREED_STAGES = frozenset({"Announced", "Completed"})
DEMONSTRATIVES = frozenset({"这", "此"})
SPEAKER_PRONOUNS = frozenset({"it", "he", "she", "they", "who", "which"})
SPEAKING_FIRM = frozenset({
    "company", "firm", "group", "bank", "retailer", "maker", "trader", "producer", "manufacturer", "operator", "airline", "carrier", "lender",
    "insurer", "brewer", "miner", "developer", "chain", "supplier", "publisher", "broadcaster", "utility", "giant", "startup", "supermarket",
    "drugmaker", "automaker", "carmaker", "chipmaker",
})  # fmt: skip
MEANS_PREPOSITIONS_EN = frozenset({"by", "through", "after", "with", "from"})
MEANS_PREPOSITIONS_ZH = ("通过", "借助", "凭借")
SPEAKERS = ("Company", "Organization", "Person")
FUTURE_ZH = frozenset({"将"})
"""What says of a deal in Chinese only that it is to come."""
NEAR = 6
"""Tokens within which a name is taken for the target of a verb for a deal before it."""
PASSAGE_GAP = 1_000_000
"""Sentences that passages are counted apart: no reference reaches over from one to the next."""


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

    def sentence(self, token: int) -> Span:
        """The sentence around a token, white space at its ends left out."""
        sentence = self.doc[token].sent
        start, end = sentence.start, sentence.end
        while end - start > 1 and self.doc[end - 1].is_space:
            end -= 1
        while end - start > 1 and self.doc[start].is_space:
            start += 1
        return self.span(start, end)


class Told(NamedTuple):
    """A claim, and whether its words say so little of the status that any other claim of the same outweighs it."""

    claim: Claim
    weak: bool


class Article:
    """One document while it is read: what is named in it, the deals told so far, the claims."""

    def __init__(self, document: Document, passages: list[Passage]) -> None:
        """Vote on the types of all names."""
        self.document = document
        self.passages = passages
        self.sentence_starts = [[sentence.start for sentence in passage.doc.sents] for passage in passages]
        self.types = vote([one for passage in passages for one in (*passage.evidence, *_slot_evidence(passage))])
        self.named = [place for passage in passages for place in self._places(passage)]
        self.keys = {place.mention.id: normalise(place.mention.text) for place in self.named}
        self.mentions: dict[str, Mention] = {}
        self.claims: list[Told] = []
        self.deals: list[Mention] = []
        self.phrases = [self._keep(mention) for passage in passages for mention in self._read_phrases(passage)]
        for place in self.named:
            self._keep(place.mention)

    # --- mentions -----------------------------------------------------------------------------------------------------

    def _keep(self, mention: Mention) -> Mention:
        return self.mentions.setdefault(mention.id, mention)

    def _mention(self, span: Span, kind: str, rule: str) -> Mention:
        text = self.document.text[span.start : span.end]
        return Mention(id=Mention.make_id(span, kind), type=cast("MentionType", kind), span=span, text=text, rule=rule)

    def _reference(self, span: Span, stands_for: Mention, rule: str) -> Mention:
        """Keep words as a mention of what they stand for."""
        return self._keep(replace(self._mention(span, stands_for.type, rule), antecedent=stands_for.id))

    def _places(self, passage: Passage) -> Iterator[reference.Place]:
        """Names of a passage whose type the article has agreed on."""
        for name in passage.doc.spans["names"]:
            kind = self.types.get(normalise(name.text))
            if kind is not None:
                rule = ENCODER if name.label_ in NAMED_TYPES else f"name.{name.label_.lower() or 'shape'}"
                mention = self._mention(passage.span(name.start, name.end), kind, rule)
                yield reference.Place(mention, self._sentence_number(passage, name.start))

    def _read_phrases(self, passage: Passage) -> Iterator[Mention]:
        """Phrases of a passage that the reader found."""
        for phrase in passage.doc.spans.get(READ, ()):
            if phrase.label_ in PHRASE_TYPES:
                yield self._mention(passage.span(phrase.start, phrase.end), phrase.label_, ENCODER)

    def _named_at(self, span: Span) -> Iterator[Mention]:
        """The names that cover exactly these code points."""
        for kind in NAMED_TYPES:
            mention = self.mentions.get(Mention.make_id(span, kind))
            if mention is not None:
                yield mention

    def _sentence_number(self, passage: Passage, token: int) -> int:
        number = self.passages.index(passage)
        return number * PASSAGE_GAP + bisect_right(self.sentence_starts[number], token)

    def _key(self, mention: Mention) -> str:
        """What stands for the same thing within the article."""
        while mention.antecedent is not None:
            mention = self.mentions[mention.antecedent]
        return f"{mention.type}:{mention.id if mention.type == 'Deal' else normalise(mention.text)}"

    def _deal(self, mention: Mention) -> Mention:
        return self.mentions[mention.antecedent] if mention.antecedent is not None else mention

    # --- arguments ----------------------------------------------------------------------------------------------------

    def argument(self, passage: Passage, argument: Argument, wanted: tuple[str, ...], rule: str) -> Mention | None:
        """The mention that plays a slot, None when it is of no wanted type or stands for nothing."""
        span = passage.span(argument.start, argument.end)
        if argument.kind == "name":
            named = next(self._named_at(span), None)
            return named if named is not None and named.type in wanted else None
        if argument.kind == "phrase":
            kind = _phrase_type(passage, argument, wanted)
            return self._keep(self._mention(span, kind, rule)) if kind is not None else None
        if argument.kind == "deal":
            return self._deal_reference(passage, argument) if "Deal" in wanted else None
        if "Deal" in wanted and argument.kind == "pronoun" and self._speaks_of_deal(passage, argument):
            return self._deal_reference(passage, argument)
        if passage.doc[argument.start].text in DEMONSTRATIVES:
            return None
        sentence = self._sentence_number(passage, argument.start)
        found = reference.antecedent(argument.kind, span, sentence, self.named, wanted)
        return self._reference(span, found, f"reference.{argument.kind}") if found is not None else None

    def _speaks_of_deal(self, passage: Passage, argument: Argument) -> bool:
        """Whether "it" or 这 takes up a deal: one is a subject earlier in its sentence, or of the one before, by words and not by a name."""
        text = passage.doc[argument.start : argument.end].text.lower()
        if text in DEMONSTRATIVES:
            return bool(self.deals)
        if text != "it":
            return False
        sentence = passage.doc[argument.start].sent
        subjects = _subjects_in(passage.doc, sentence.start, argument.start)
        if not subjects and sentence.start > 0:
            subjects = _subjects_in(passage.doc, passage.doc[sentence.start - 1].sent.start, sentence.start)
        return any(token.lemma_.lower() in words("deal_noun", passage.language) for token in subjects)

    def _deal_reference(self, passage: Passage, argument: Argument) -> Mention | None:
        """The deal that "the takeover", 此举 or "buying Bolt" speaks of."""
        span = passage.span(argument.start, argument.end)
        beside = _name_behind(passage, argument) if _is_deal_verb(passage, argument) else ()
        known = reference.deal_of(span, self.deals, beside, self.keys)
        if known is None or known.span == span:
            return known
        return self._reference(span, known, "reference.deal")

    # --- deals --------------------------------------------------------------------------------------------------------

    def read_deals(self) -> None:
        """Claims of deals, and the deals themselves: those told by one trigger are one."""
        for passage in self.passages:
            by_trigger: dict[tuple[int, str], list[Found]] = defaultdict(list)
            for one in passage.found:
                if RELATIONS[one.pattern.relation].deal and not _only_refers(passage, one):
                    by_trigger[one.trigger.head, one.pattern.relation].append(one)
            for finds in by_trigger.values():
                self._read_deal(passage, finds)
        self.deals.sort(key=lambda deal: deal.span)

    def _read_deal(self, passage: Passage, finds: list[Found]) -> None:
        """What the first of the patterns that fit a trigger tells: one deal for each of its objects, whoever is active in it together."""
        by_target: dict[str, list[tuple[Found, Mention, Mention]]] = defaultdict(list)
        for one in finds:
            ends = self._ends(passage, one) if one.pattern is finds[0].pattern else None
            if ends is not None:
                by_target[ends[1].id].append((one, *ends))
        for target, told in by_target.items():
            active = dict.fromkeys(subject.id for _, subject, _ in told)
            deal = self._deal_told(passage, finds[0], (*active, target))
            self.deals.append(deal)
            for one, subject, other in told:
                self._claim(passage, one, (subject, other), about=deal.id)

    def _deal_told(self, passage: Passage, found: Found, parties: tuple[str, ...]) -> Mention:
        """Keep the deal that a trigger tells; where one verb has two targets, the second deal is told by its object too."""
        span = passage.span(found.trigger.start, found.trigger.end)
        if Mention.make_id(span, "Deal") in self.mentions:
            target = self.mentions[parties[-1]].span
            span = Span(span.start, target.end) if target.end > span.start else target
        kind = RELATIONS[found.pattern.relation].deal
        deal = replace(self._mention(span, "Deal", found.pattern.name), deal=kind, parties=parties)
        self._keep(deal)
        return deal

    # --- claims -------------------------------------------------------------------------------------------------------

    def read_rest(self) -> None:
        """Claims of all other relations."""
        for passage in self.passages:
            for one in passage.found:
                ends = self._ends(passage, one) if RELATIONS[one.pattern.relation].deal is None else None
                if ends is not None:
                    self._claim(passage, one, ends)

    def _ends(self, passage: Passage, found: Found) -> tuple[Mention, Mention] | None:
        """Subject and object of a find, None when one of them stands for nothing or both for the same."""
        pattern = found.pattern
        subject_types = slot_types(pattern.subject, pattern.relation, subject=True)
        object_types = slot_types(pattern.object, pattern.relation, subject=False)
        other = self.argument(passage, found.object, object_types, pattern.name)
        if other is None:
            return None
        subject = None
        if found.means is not None:
            subject = self.argument(passage, found.means, subject_types, pattern.name)
        if subject is None:
            subject = self.argument(passage, found.subject, subject_types, pattern.name)
        if subject is None or self._key(subject) == self._key(other):
            return None
        return subject, other

    def _claim(self, passage: Passage, found: Found, ends: tuple[Mention, Mention], about: str | None = None) -> None:
        pattern, reading = found.pattern, found.reading
        source = self._source(passage, reading.voice) if reading.voice is not None else None
        certainty = self._certainty(found, ends, source, about)
        subject, other = ends
        first, second = sorted((subject.span, other.span))
        worded = source.text if source is not None else ""
        claim = Claim(
            id=digest(self.document.key, pattern.relation, first.start, first.end, second.start, second.end, worded),
            relation=pattern.relation,
            subject=subject.id,
            object=other.id,
            evidence=(passage.sentence(found.trigger.head),),
            rule=pattern.name,
            polarity=reading.polarity or pattern.polarity,
            certainty=certainty,
            stage=_stage(passage, found, certainty) if about is not None else None,
            about=about,
            source=source.id if source is not None else None,
            confidence=pattern.confidence,
            cues=_cues(passage, reading, of_deal=about is not None),
            figures=self._figures(passage, found),
        )
        self.claims.append(Told(claim, _is_weak(found)))

    def _figures(self, passage: Passage, found: Found) -> Figures:
        """The numbers that the sentence gives of a claim, as far as claims of its relation have such."""
        sentence, trigger = passage.sentence(found.trigger.head), passage.span(found.trigger.start, found.trigger.end)
        figures = numbers.read(self.document.text, sentence, trigger, day_of(self.document.date), invests=found.pattern.relation == "investsIn")
        return numbers.of_relation(figures, found.pattern.relation)

    def _certainty(self, found: Found, ends: tuple[Mention, Mention], source: Mention | None, about: str | None) -> Certainty:
        certainty = found.reading.certainty or self._certainty_without_cue(found, ends, source, about)
        subject = ends[0]
        is_effect = found.pattern.relation in EFFECTS and subject.type == "Deal"
        if is_effect and certainty == "Certain" and not self._is_agreed(self._deal(subject).id):
            return "Probable"
        return certainty

    def _certainty_without_cue(self, found: Found, ends: tuple[Mention, Mention], source: Mention | None, about: str | None) -> Certainty:
        if about is None and found.reading.stage in UNDECIDED_STAGES:
            return "Possible"  # what is only planned is not so yet
        if source is None or self._speaks_with_authority(source, ends, about):
            return found.pattern.certainty
        return "Probable"

    def _is_agreed(self, deal: str) -> bool:
        """Whether the article says flatly that a deal is agreed or done."""
        told = [claim for claim, _ in self.claims if claim.about == deal and claim.stage in AGREED_STAGES]
        return any(claim.certainty == "Certain" and claim.polarity == "Positive" for claim in told)

    # --- sources ------------------------------------------------------------------------------------------------------

    def _source(self, passage: Passage, voice: Voice) -> Mention | None:
        """Who says so: an entity of the article, an outlet, or unnamed people."""
        span = passage.span(voice.start, voice.end)
        for known in self._named_at(span):
            if not is_outlet(known.text, passage.language):
                return known
        if _refers_to_speaker(passage, voice):
            sentence = self._sentence_number(passage, voice.start)
            speaker = reference.antecedent("firm", span, sentence, self.named, SPEAKERS)
            return self._reference(span, speaker, "reference.source") if speaker is not None else None
        kind, group = source_kind(passage.doc[voice.start : voice.end].text, passage.language)
        return self._keep(replace(self._mention(span, "Source", "source"), source_kind=kind, group=group))

    def _speaks_with_authority(self, source: Mention, ends: tuple[Mention, Mention], about: str | None) -> bool:
        """Whether a party to the claim says so: then it is certain; an official who is no party only makes it probable."""
        deals = [self._deal(end) for end in ends if end.type == "Deal"]
        if about is not None:
            deals.append(self.mentions[about])
        concerned = {self._key(self.mentions[party]) for deal in deals for party in deal.parties}
        concerned |= {self._key(end) for end in ends}
        if self._key(source) in concerned or (about is not None and source.group == "parties"):
            return True
        return source.type == "Person" and not concerned.isdisjoint(self._led_by(source))

    def _led_by(self, person: Mention) -> set[str]:
        """Keys of the firms that the article says the person leads."""
        posts = [claim for claim, _ in self.claims if claim.relation == "leads"]
        leader = self._key(person)
        own = [post for post in posts if self._key(self.mentions[post.subject]) == leader]
        return {self._key(self.mentions[post.object]) for post in own}

    # --- result -------------------------------------------------------------------------------------------------------

    def extraction(self, run: str) -> Extraction:
        """All that was observed: every name and phrase that was read, and what else a claim uses; claims in the order of the text."""
        claims = sorted(self._kept_claims(), key=self._text_order)
        used = [self.mentions[one] for one in self._used(claims)]
        mentions = sorted(used, key=lambda mention: (mention.span, mention.id))
        languages = tuple(sorted({passage.language for passage in self.passages}))
        return Extraction(document=self.document.key, run=run, languages=languages, mentions=tuple(mentions), claims=tuple(claims))

    def _kept_claims(self) -> list[Claim]:
        """One claim per id; of what the article says twice, a weak claim only where there is no other."""
        by_triple: dict[tuple[str, str, str], list[Told]] = defaultdict(list)
        for told in self.claims:
            subject, other = self.mentions[told.claim.subject], self.mentions[told.claim.object]
            by_triple[told.claim.relation, self._key(subject), self._key(other)].append(told)
        kept: dict[str, Claim] = {}
        for group in by_triple.values():
            strong = [told for told in group if not told.weak]
            for told in strong or group:
                kept.setdefault(told.claim.id, told.claim)
        return list(kept.values())

    def _text_order(self, claim: Claim) -> tuple[Span, Span, Span, str, str]:
        subject, other = self.mentions[claim.subject], self.mentions[claim.object]
        return claim.evidence[0], subject.span, other.span, claim.relation, claim.id

    def _used(self, claims: list[Claim]) -> set[str]:
        """Ids of all names and phrases read, and of all that claims speak of, directly or through a reference or a deal."""
        used = {place.mention.id for place in self.named}
        for claim in claims:
            used |= {one for one in (claim.subject, claim.object, claim.about, claim.source, claim.citing) if one is not None}
        taken = [self.mentions[one].span for one in used if self.mentions[one].type in PHRASE_TYPES]
        used |= {phrase.id for phrase in self.phrases if not any(phrase.span.overlaps(span) for span in taken)}
        used |= self._parties(used)
        used |= {found for one in used if (found := self.mentions[one].antecedent) is not None}
        return used | self._parties(used)

    def _parties(self, mentions: set[str]) -> set[str]:
        return {party for one in mentions for party in self.mentions[one].parties}


# --- types of arguments -----------------------------------------------------------------------------------------------


def _slot_evidence(passage: Passage) -> Iterator[Evidence]:
    """What the slots that a name fills say of its type."""
    for one in passage.found:
        pattern = one.pattern
        for argument, slot, is_subject in ((one.subject, pattern.subject, True), (one.object, pattern.object, False)):
            kinds = [kind for kind in slot_types(slot, pattern.relation, subject=is_subject) if kind in NAMED_TYPES]
            if argument.kind == "name" and kinds:
                weight = SLOT_WEIGHT if len(kinds) == 1 else OPEN_SLOT_WEIGHT
                name = passage.doc[argument.start : argument.end].text
                yield Evidence(name, kinds[0], weight * pattern.confidence, pattern.name)


def _phrase_type(passage: Passage, argument: Argument, wanted: tuple[str, ...]) -> str | None:
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


def _subjects_in(doc: Doc, start: int, end: int) -> list[Token]:
    return [token for token in doc[start:end] if token.dep_ in ("nsubj", "nsubjpass")]


# --- words for deals --------------------------------------------------------------------------------------------------


def _is_deal_verb(passage: Passage, argument: Argument) -> bool:
    head = passage.doc[argument.head]
    return head.text.lower() in words("deal_verb", passage.language) or head.pos_ == "VERB"


def _name_behind(passage: Passage, argument: Argument) -> set[str]:
    """Key of the first name that follows a verb for a deal closely."""
    sentence = passage.doc[argument.head].sent
    for name in names_from(passage.doc, argument.end, argument.end + NEAR + 1):
        if name.sent == sentence:
            return {normalise(name.text)}
    return set()


def _only_refers(passage: Passage, found: Found) -> bool:
    """Whether a verb for a deal tells none but refers to one: "Acquiring Bolt would …", 通过收购Bolt."""
    token = passage.doc[found.trigger.head]
    if passage.language == "en":
        return token.dep_ == "csubj" or (token.dep_ == "pcomp" and token.head.lower_ in MEANS_PREPOSITIONS_EN)
    before = passage.doc[max(token.sent.start, found.trigger.start - 2) : found.trigger.start]
    return before.text.endswith(MEANS_PREPOSITIONS_ZH)


# --- status -----------------------------------------------------------------------------------------------------------


def _stage(passage: Passage, found: Found, certainty: Certainty) -> Stage | None:
    """The stage of a deal; denied without more, what would be announced was a rumour: considered (annotation guideline 16).

    So is what only may happen, or is only said to be to come: "may buy", "is expected to buy" (guideline 5).
    """
    told = [one for one in found.reading.decided if one.field == "stage"]
    is_to_come = all(one.rule == "stage.future" or passage.doc[one.start : one.end].text in FUTURE_ZH for one in told)
    bare = found.pattern.stage
    if found.reading.polarity == "Negative":
        return found.reading.stage or ("Considered" if bare == "Announced" else bare)
    if is_to_come and ((certainty == "Possible" and not _is_perfect(passage.doc[found.trigger.head])) or (certainty == "Probable" and told)):
        return "Considered"
    return found.reading.stage or bare


def _is_perfect(verb: Token) -> bool:
    """Whether an English verb says what would have happened by now: "might have bought"."""
    return any(child.dep_ == "aux" and child.lemma_ == "have" for child in verb.children)


def _cues(passage: Passage, reading: Reading, *, of_deal: bool) -> tuple[Cue, ...]:
    """The cues that decided fields of a claim; only a claim of a deal has a stage."""
    return tuple(
        Cue(one.field, one.value, passage.span(one.start, one.end), one.rule)
        for one in reading.decided
        if one.field != "claim" and (of_deal or one.field != "stage")
    )


def _is_weak(found: Found) -> bool:
    """Whether a find says little of the status: it stands under a condition, or a bare noun tells it."""
    decided = found.reading.decided
    return any(one.rule == "certainty.condition" for one in decided) or (found.pattern.weak and not decided)


# --- kinds of sources -------------------------------------------------------------------------------------------------


def _refers_to_speaker(passage: Passage, voice: Voice) -> bool:
    """Whether a source is only said by words that stand for one: "it", "the company", 该公司."""
    text = passage.doc[voice.start : voice.end].text
    if text.lower() in SPEAKER_PRONOUNS or (passage.language == "en" and text.lower().startswith("its ")):
        return True
    if passage.language == "en":
        return passage.doc[voice.end - 1].lemma_.lower() in SPEAKING_FIRM
    return text in words("firm_noun", "zh") or text in words("pronoun", "zh")
