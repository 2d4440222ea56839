"""From what the patterns found in the passages of one article to its mentions and claims.

Types of names are voted on, references resolved, deals threaded, and each find is read as a claim with its status. Nothing is decided
about identity beyond the article: that is ``kg.resolve``.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from kg.extract import names, reference
from kg.extract.patterns import load_rules, slot_types
from kg.gazetteer import normalise
from kg.model import NAMED_TYPES, PHRASE_TYPES, Claim, Cue, Document, Extraction, Mention, Span, digest
from kg.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spacy.tokens import Doc

    from kg.extract.grammar import Argument
    from kg.extract.match import Found
    from kg.extract.status import Voice
    from kg.model import SourceKind

SLOT_WEIGHT = 1.5
"""What filling a slot that takes one type says for that type; less where the slot takes several."""


EFFECTS = ("enables", "mitigates", "pursues")
"""What a deal brings about: never surer than the deal itself (a flat "will" of a deal that is not agreed is probable)."""


class Passage(NamedTuple):
    """A parsed passage: where its text starts in the document, and what was found in it."""

    doc: Doc
    offset: int
    language: str
    evidence: list[names.Evidence]
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


class Article:
    """One document while it is read: what is named in it, the deals told so far, the claims."""

    def __init__(self, document: Document, passages: list[Passage]) -> None:
        """Vote on the types of all names."""
        self.document = document
        self.passages = passages
        self.mentions: dict[str, Mention] = {}
        self.claims: list[tuple[Claim, bool]] = []
        self.deals: list[Mention] = []
        evidence = [one for passage in passages for one in (*passage.evidence, *_slot_evidence(passage))]
        self.types = names.vote(evidence)
        self.named = [place for number, passage in enumerate(passages) for place in self._places(passage, number)]
        self.keys = {place.mention.id: normalise(place.mention.text) for place in self.named}
        for place in self.named:
            self._keep(place.mention)

    # --- mentions -----------------------------------------------------------------------------------------------------

    def _keep(self, mention: Mention) -> Mention:
        return self.mentions.setdefault(mention.id, mention)

    def _mention(self, span: Span, kind: str, rule: str, **fields: object) -> Mention:
        return Mention(id=Mention.make_id(span, kind), type=kind, span=span, text=self.document.text[span.start : span.end], rule=rule, **fields)  # type: ignore[arg-type]

    def _places(self, passage: Passage, number: int) -> Iterable[reference.Place]:
        """Names of a passage whose type the article has agreed on."""
        starts = [sentence.start for sentence in passage.doc.sents]
        for span in passage.doc.spans["names"]:
            kind = self.types.get(normalise(span.text))
            if kind is not None:
                where = number * 1_000_000 + sum(start <= span.start for start in starts)
                yield reference.Place(self._mention(passage.span(span.start, span.end), kind, f"name.{span.label_.lower() or 'shape'}"), where)

    def _named_at(self, passage: Passage, argument: Argument) -> Mention | None:
        span = passage.span(argument.start, argument.end)
        return next((mention for kind in NAMED_TYPES if (mention := self.mentions.get(Mention.make_id(span, kind)))), None)

    def _sentence_number(self, passage: Passage, token: int) -> int:
        number = next(index for index, one in enumerate(self.passages) if one is passage)
        return number * 1_000_000 + sum(sentence.start <= token for sentence in passage.doc.sents)

    # --- arguments ----------------------------------------------------------------------------------------------------

    def argument(self, passage: Passage, argument: Argument, wanted: tuple[str, ...], rule: str) -> Mention | None:
        """The mention that plays a slot, None when it is of no wanted type or stands for nothing."""
        if argument.kind == "name":
            named = self._named_at(passage, argument)
            return named if named is not None and named.type in wanted else None
        if argument.kind == "phrase":
            return self._phrase(passage, argument, wanted, rule)
        if argument.kind == "deal" or ("Deal" in wanted and argument.kind == "pronoun" and self._speaks_of_deal(passage, argument)):
            return self._deal_reference(passage, argument) if "Deal" in wanted else None
        if passage.doc[argument.start].text in ("这", "此"):
            return None
        span = passage.span(argument.start, argument.end)
        found = reference.antecedent(argument.kind, span, self._sentence_number(passage, argument.start), self.named, wanted)
        return self._keep(self._mention(span, found.type, f"reference.{argument.kind}", antecedent=found.id)) if found else None

    def _phrase(self, passage: Passage, argument: Argument, wanted: tuple[str, ...], rule: str) -> Mention | None:
        kinds = [kind for kind in wanted if kind in PHRASE_TYPES]
        if not kinds:
            return None
        head = passage.doc[argument.head]
        owned = load_rules().words("asset_head", passage.language)
        is_asset = (
            head.lemma_.lower() in owned if passage.language == "en" else passage.doc[argument.start : argument.end].text.endswith(tuple(owned))
        )
        kind = "Asset" if is_asset and "Asset" in kinds else kinds[0]
        return self._keep(self._mention(passage.span(argument.start, argument.end), kind, rule))

    def _speaks_of_deal(self, passage: Passage, argument: Argument) -> bool:
        """Whether "it" or 这 takes up a deal: one is spoken of earlier in its sentence, by words and not by a firm's name."""
        text = passage.doc[argument.start : argument.end].text.lower()
        if text in ("这", "此"):
            return bool(self.deals)
        sentence = passage.doc[argument.start].sent
        before = passage.doc[sentence.start : argument.start]
        nouns = load_rules().words("deal_noun", passage.language)
        return text == "it" and any(token.lemma_.lower() in nouns and token.dep_ in ("nsubj", "nsubjpass") for token in before)

    def _deal_reference(self, passage: Passage, argument: Argument) -> Mention | None:
        """The deal that "the takeover", 此举 or "buying Bolt" speaks of."""
        span = passage.span(argument.start, argument.end)
        verbal = (
            passage.doc[argument.head].text.lower() in load_rules().words("deal_verb", passage.language) or passage.doc[argument.head].pos_ == "VERB"
        )
        beside = self._names_behind(passage, argument) if verbal else ()
        known = reference.deal_of(span, self.deals, beside, self.keys)
        if known is None:
            return None
        return self._keep(self._mention(span, "Deal", "reference.deal", antecedent=known.id)) if span != known.span else known

    def _names_behind(self, passage: Passage, argument: Argument) -> set[str]:
        """Keys of the names that follow a verb for a deal closely."""
        near = [
            span
            for span in passage.doc.spans["names"]
            if argument.end <= span.start <= argument.end + 6 and span.sent == passage.doc[argument.head].sent
        ]
        return {normalise(near[0].text)} if near else set()

    # --- claims -------------------------------------------------------------------------------------------------------

    def read_deals(self) -> None:
        """Claims of deals, and the deals themselves: those told by one trigger are one."""
        for passage in self.passages:
            by_trigger: dict[tuple[int, str], list[Found]] = defaultdict(list)
            for one in passage.found:
                if RELATIONS[one.pattern.relation].deal and not _presupposed_here(passage, one):
                    by_trigger[one.trigger.head, one.pattern.relation].append(one)
            for finds in by_trigger.values():
                self._read_deal(passage, finds)
        self.deals.sort(key=lambda deal: deal.span)

    def _read_deal(self, passage: Passage, finds: list[Found]) -> None:
        first = finds[0].pattern
        pairs = [(one, self._ends(passage, one)) for one in finds if one.pattern is first]
        ends = [(one, *both) for one, both in pairs if both is not None]
        if not ends:
            return
        relation = RELATIONS[first.relation]
        objects = list(dict.fromkeys(other.id for _, _, other in ends))
        for target in objects:
            active = list(dict.fromkeys(subject.id for _, subject, other in ends if other.id == target))
            span = passage.span(finds[0].trigger.start, finds[0].trigger.end)
            deal = self._mention(span, "Deal", first.name, deal=relation.deal, parties=(*active, target))
            if deal.id in self.mentions:  # one verb, two targets: the second deal is told by its object
                other_span = (
                    Span(span.start, self.mentions[target].span.end) if self.mentions[target].span.end > span.start else self.mentions[target].span
                )
                deal = self._mention(other_span, "Deal", first.name, deal=relation.deal, parties=(*active, target))
            self._keep(deal)
            self.deals.append(deal)
            for one, subject, other in ends:
                if other.id == target:
                    self._claim(passage, one, (subject, other), about=deal.id)

    def read_rest(self) -> None:
        """Claims of all other relations."""
        for passage in self.passages:
            for one in passage.found:
                if RELATIONS[one.pattern.relation].deal:
                    continue
                both = self._ends(passage, one)
                if both is not None:
                    self._claim(passage, one, both)

    def _ends(self, passage: Passage, found: Found) -> tuple[Mention, Mention] | None:
        pattern = found.pattern
        wanted = (slot_types(pattern.subject, pattern.relation, subject=True), slot_types(pattern.object, pattern.relation, subject=False))
        other = self.argument(passage, found.object, wanted[1], pattern.name)
        if other is None:
            return None
        subject = self.argument(passage, found.means, wanted[0], pattern.name) if found.means is not None else None
        subject = subject or self.argument(passage, found.subject, wanted[0], pattern.name)
        if subject is None or self._key(subject) == self._key(other):
            return None
        return subject, other

    def _key(self, mention: Mention) -> str:
        """What stands for the same thing within the article."""
        while mention.antecedent is not None:
            mention = self.mentions[mention.antecedent]
        return f"{mention.type}:{normalise(mention.text) if mention.type != 'Deal' else mention.id}"

    def _claim(self, passage: Passage, found: Found, ends: tuple[Mention, Mention], about: str | None = None) -> None:
        pattern, reading = found.pattern, found.reading
        source = self._source(passage, reading.voice) if reading.voice is not None else None
        stage = reading.value("stage") or pattern.stage if about is not None else None
        certainty = reading.value("certainty")
        if certainty is None and about is None and reading.value("stage") in ("Considered", "Talks"):
            certainty = "Possible"  # what is only planned is not so yet
        if certainty is None:
            own = source is None or self._speaks_with_authority(source, ends, about)
            certainty = pattern.certainty if own else "Probable"
        if pattern.relation in EFFECTS and ends[0].type == "Deal" and certainty == "Certain" and not self._agreed(self._deal(ends[0]).id):
            certainty = "Probable"
        subject, other = ends
        first, second = sorted((subject.span, other.span))
        worded = source.text if source is not None else ""
        cues = tuple(
            Cue(one.field, one.value, passage.span(one.start, one.end), one.rule)
            for one in reading.decided
            if one.field != "claim" and (about or one.field != "stage")  # type: ignore[arg-type]
        )
        claim = Claim(
            id=digest(self.document.key, pattern.relation, first.start, first.end, second.start, second.end, worded),
            relation=pattern.relation, subject=subject.id, object=other.id, evidence=(passage.sentence(found.trigger.head),), rule=pattern.name,
            polarity=reading.value("polarity") or pattern.polarity, certainty=certainty, stage=stage, about=about,  # type: ignore[arg-type]
            source=source.id if source is not None else None, confidence=pattern.confidence, cues=cues,
        )  # fmt: skip
        weak = any(one.rule == "certainty.condition" for one in reading.decided) or (".noun" in pattern.name and not reading.decided)
        self.claims.append((claim, weak))

    def _agreed(self, deal: str) -> bool:
        """Whether the article says flatly that a deal is agreed or done."""
        told = [claim for claim, _ in self.claims if claim.about == deal]
        return any(claim.certainty == "Certain" and claim.polarity == "Positive" and claim.stage in ("Announced", "Completed") for claim in told)

    # --- sources ------------------------------------------------------------------------------------------------------

    def _source(self, passage: Passage, voice: Voice) -> Mention | None:
        """Who says so: an entity of the article, an outlet, or unnamed people."""
        span = passage.span(voice.start, voice.end)
        for kind in NAMED_TYPES:
            known = self.mentions.get(Mention.make_id(span, kind))
            if known is not None and not _is_outlet(known.text, passage.language):
                return known
        text = passage.doc[voice.start : voice.end].text
        rules = load_rules()
        if text.lower() in ("it", "he", "she", "they", "who", "which") or (
            passage.language == "zh" and text in rules.words("firm_noun", "zh") | rules.words("pronoun", "zh")
        ):
            return self._speaker_before(passage, voice, span)
        if passage.language == "en" and passage.doc[voice.end - 1].lemma_.lower() in ("company", "firm", "group", "bank", "retailer", "maker"):
            return self._speaker_before(passage, voice, span)
        kind, group = _source_kind(text, passage.language)
        return self._keep(self._mention(span, "Source", "source", source_kind=kind, group=group))

    def _speaker_before(self, passage: Passage, voice: Voice, span: Span) -> Mention | None:
        found = reference.antecedent("firm", span, self._sentence_number(passage, voice.start), self.named, ("Company", "Organization", "Person"))
        return self._keep(self._mention(span, found.type, "reference.source", antecedent=found.id)) if found else None

    def _speaks_with_authority(self, source: Mention, ends: tuple[Mention, Mention], about: str | None) -> bool:
        """Whether a party to the claim says so: then it is certain; an official who is no party only makes it probable."""
        parties = {self._key(self.mentions[party]) for end in ends if end.type == "Deal" for party in self._deal(end).parties}
        parties |= {self._key(self.mentions[party]) for party in self.mentions[about].parties} if about else set()
        if self._key(source) in parties | {self._key(end) for end in ends}:
            return True
        return source.type == "Person" and bool(self._led_by(source) & (parties | {self._key(end) for end in ends}))

    def _deal(self, mention: Mention) -> Mention:
        return self.mentions[mention.antecedent] if mention.antecedent is not None else mention

    def _led_by(self, person: Mention) -> set[str]:
        """Keys of the firms that the article says the person leads."""
        found = {
            self._key(self.mentions[claim.object])
            for claim, _ in self.claims
            if claim.relation == "leads" and self._key(self.mentions[claim.subject]) == self._key(person)
        }
        return found

    # --- result -------------------------------------------------------------------------------------------------------

    def extraction(self, run: str) -> Extraction:
        """All that was observed: every name, and the phrases, deals and sources that a claim uses; claims in the order of the text."""
        told = defaultdict(list)
        for claim, weak in self.claims:
            told[claim.relation, self._key(self.mentions[claim.subject]), self._key(self.mentions[claim.object])].append((claim, weak))
        kept: dict[str, Claim] = {}
        for group in told.values():
            strong = [claim for claim, weak in group if not weak]
            for claim in strong or [claim for claim, _ in group]:
                kept.setdefault(claim.id, claim)
        claims = sorted(
            kept.values(),
            key=lambda claim: (claim.evidence[0], self.mentions[claim.subject].span, self.mentions[claim.object].span, claim.relation, claim.id),
        )
        used = {one for claim in claims for one in (claim.subject, claim.object, claim.about, claim.source, claim.citing) if one is not None}
        used |= {place.mention.id for place in self.named}
        used |= {party for one in list(used) for party in self.mentions[one].parties}
        used |= {mention.antecedent for one in used if (mention := self.mentions[one]).antecedent is not None}
        used |= {party for one in list(used) for party in self.mentions[one].parties}
        mentions = sorted((self.mentions[one] for one in used), key=lambda mention: (mention.span, mention.id))
        languages = tuple(sorted({passage.language for passage in self.passages}))
        return Extraction(document=self.document.key, run=run, languages=languages, mentions=tuple(mentions), claims=tuple(claims))


def _slot_evidence(passage: Passage) -> Iterable[names.Evidence]:
    """What the slots that a name fills say of its type."""
    for one in passage.found:
        for argument, slot, subject in ((one.subject, one.pattern.subject, True), (one.object, one.pattern.object, False)):
            if argument.kind != "name":
                continue
            kinds = [kind for kind in slot_types(slot, one.pattern.relation, subject=subject) if kind in NAMED_TYPES]
            if kinds:
                weight = SLOT_WEIGHT if len(kinds) == 1 else SLOT_WEIGHT / 2
                yield names.Evidence(passage.doc[argument.start : argument.end].text, kinds[0], weight * one.pattern.confidence, one.pattern.name)


def _presupposed_here(passage: Passage, found: Found) -> bool:
    """Whether a verb for a deal only refers to one: "Acquiring Bolt would …", 通过收购Bolt."""
    token = passage.doc[found.trigger.head]
    if passage.language == "en":
        return bool(token.dep_ == "csubj" or (token.dep_ == "pcomp" and token.head.lower_ in ("by", "through", "after", "with", "from")))
    start = token.sent.start
    before = passage.doc[max(start, found.trigger.start - 2) : found.trigger.start].text
    return before.endswith(("通过", "借助", "凭借"))


def _is_outlet(text: str, language: str) -> bool:
    outlets = load_rules().words("media_outlet", language)
    return any(word in outlets for word in text.lower().split()) if language == "en" else text.endswith(tuple(outlets))


def _source_kind(text: str, language: str) -> tuple[SourceKind, str | None]:
    """The kind of a source that is no entity, and for unnamed ones the key that both languages share."""
    if _is_outlet(text, language) or (language == "en" and text[:1].isupper() and " " in text and text.istitle()):
        return "Media", None
    rules = load_rules()
    kinds: tuple[tuple[SourceKind, str], ...] = (
        ("Analyst", "analyst_source"),
        ("Insider", "insider_source"),
        ("Official", "official_source"),
        ("Media", "media_source"),
    )
    for kind, listed in kinds:
        found = rules.words(listed, language)
        if (
            (any(word.removesuffix("s") in found or word in found for word in text.lower().split()))
            if language == "en"
            else any(word in text for word in found)
        ):
            return kind, kind.casefold()
    return "Unnamed", normalise(text)
