"""From what the patterns found in the passages of one article to its mentions and claims.

Types of names are voted on, references resolved, deals threaded, and each find is read as a claim with its status. Nothing is decided
about identity beyond the article: that is ``kg.resolve``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, cast

from msgspec.structs import replace

from kg import __version__
from kg.extract import numbers, reference
from kg.extract.confidence import Calibration
from kg.extract.evidence import vote
from kg.extract.guards import is_misread, parted
from kg.extract.joining import cited_by, corrected, read_learned, signs_of
from kg.extract.names import READ
from kg.extract.passage import (
    Passage,
    called_so,
    cues_of,
    is_deal_verb,
    is_weak,
    name_behind,
    names_nothing,
    only_refers,
    phrase_type,
    refers_to_speaker,
    slot_evidence,
    stage_of,
    subjects_in,
)
from kg.extract.patterns import NO_RULES, UserRules, deal_kind, slot_types, words
from kg.extract.sources import cited_zh, is_outlet, source_kind
from kg.gazetteer import normalise
from kg.model import BY_MODEL, NAMED_TYPES, PHRASE_TYPES, Claim, Cue, Document, Extraction, Figures, Mention, Span, day_of, digest
from kg.vocab import relations as known_relations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from kg.extract.confidence import Signs
    from kg.extract.grammar import Argument
    from kg.extract.learned import Guess, Learned, Triple
    from kg.extract.match import Found
    from kg.extract.status import Voice
    from kg.model import Certainty, MentionType

ENCODER = "encoder"
"""What mentions say found them that the trained reader read."""
EFFECTS = frozenset({"enables", "mitigates", "pursues"})
"""What a deal brings about: never surer than the deal itself (a flat "will" of a deal that is not agreed is probable)."""
UNDECIDED_STAGES = frozenset({"Considered", "Talks"})
AGREED_STAGES = frozenset({"Announced", "Completed"})
DEMONSTRATIVES = frozenset({"这", "此"})
SPEAKERS = ("Company", "Organization", "Person")
PASSAGE_GAP = 1_000_000
"""Sentences that passages are counted apart: no reference reaches over from one to the next."""


class Told(NamedTuple):
    """A claim, and whether its words say so little of the status that any other claim of the same outweighs it."""

    claim: Claim
    weak: bool


class Article:
    """One document while it is read: what is named in it, the deals told so far, the claims."""

    def __init__(self, document: Document, text: str, passages: list[Passage], learned: Learned | None = None, users: UserRules = NO_RULES) -> None:
        """Vote on the types of all names. ``text`` is the document's, with lines joined that were only kept short.

        ``learned`` gives what the trained reader of claims holds of mentions, ``users`` is what users' files add to the rules.
        """
        self.document = document
        self.text = text
        self.passages = passages
        self.sentence_starts = [[sentence.start for sentence in passage.doc.sents] for passage in passages]
        self.types = vote([one for passage in passages for one in (*passage.evidence, *slot_evidence(passage))])
        self.named = [place for passage in passages for place in self._places(passage)]
        self.keys = {place.mention.id: normalise(place.mention.text) for place in self.named}
        self.mentions: dict[str, Mention] = {}
        self.claims: list[Told] = []
        self.deals: list[Mention] = []
        self.doubtful: set[str] = set()
        """Deals that the model alone tells and is little sure of: words take them up only where the article tells no other."""
        self.phrases = [self.keep(mention) for passage in passages for mention in self._read_phrases(passage)]
        for place in self.named:
            self.keep(place.mention)
        known = sorted({*(place.mention for place in self.named), *self.phrases}, key=lambda mention: (mention.span, mention.id))
        self.guesses = learned.guess(known, self.key, self._share) if learned is not None else {}
        self.calibration = learned.calibration if learned is not None else Calibration()
        self.scores = learned.scores if learned is not None else {}
        self.agreed: dict[str, Guess] = {}
        """By claim of a pattern: a guess that says the same with another edge of a phrase."""
        self.relations = users.relations
        self.symmetric = {name for name, relation in known_relations(users.relations).items() if relation.symmetric}
        self.trusted = {pattern.name for pattern in users.patterns}
        self.model = f"{BY_MODEL}{__version__}" if learned is not None else ""

    def read(self, run: str) -> Extraction:
        """All that was observed: every name and phrase that was read, and what else a claim uses; claims in the order of the text."""
        self._read_deals()
        read_learned(self, deals=True)
        self.deals.sort(key=lambda deal: deal.span)
        self._read_rest()
        read_learned(self, deals=False)
        return self._extraction(run)

    # --- mentions -----------------------------------------------------------------------------------------------------

    def keep(self, mention: Mention) -> Mention:
        """Take a mention in; the one that has its place and type already, if there is one."""
        return self.mentions.setdefault(mention.id, mention)

    def mention(self, span: Span, kind: str, rule: str) -> Mention:
        """A mention of these words, which nothing knows of yet."""
        text = self.document.text[span.start : span.end]
        return Mention(id=Mention.make_id(span, kind), type=cast("MentionType", kind), span=span, text=text, rule=rule)

    def _reference(self, span: Span, stands_for: Mention, rule: str) -> Mention:
        """Keep words as a mention of what they stand for."""
        return self.keep(replace(self.mention(span, stands_for.type, rule), antecedent=stands_for.id))

    def _places(self, passage: Passage) -> Iterator[reference.Place]:
        """Names of a passage whose type the article has agreed on."""
        for name in passage.doc.spans["names"]:
            kind = self.types.get(normalise(name.text))
            if kind is not None:
                rule = ENCODER if name.label_ in NAMED_TYPES else f"name.{name.label_.lower() or 'shape'}"
                mention = self.mention(passage.span(name.start, name.end), kind, rule)
                yield reference.Place(mention, self._sentence_number(passage, name.start))

    def _read_phrases(self, passage: Passage) -> Iterator[Mention]:
        """Phrases of a passage that the reader found."""
        for phrase in passage.doc.spans.get(READ, ()):
            if phrase.label_ in PHRASE_TYPES and not names_nothing(phrase, passage.language):
                yield self.mention(passage.span(phrase.start, phrase.end), phrase.label_, ENCODER)

    def named_at(self, span: Span) -> Iterator[Mention]:
        """The names that cover exactly these code points."""
        for kind in NAMED_TYPES:
            mention = self.mentions.get(Mention.make_id(span, kind))
            if mention is not None:
                yield mention

    def _sentence_number(self, passage: Passage, token: int) -> int:
        number = self.passages.index(passage)
        return number * PASSAGE_GAP + bisect_right(self.sentence_starts[number], token)

    def key(self, mention: Mention) -> str:
        """What stands for the same thing within the article."""
        mention = self.meant(mention)
        return f"{mention.type}:{mention.id if mention.type == 'Deal' else normalise(mention.text)}"

    def meant(self, mention: Mention) -> Mention:
        """The mention that words stand for which take up another one; else themselves."""
        while mention.antecedent is not None:
            mention = self.mentions[mention.antecedent]
        return mention

    def place_of(self, span: Span) -> tuple[Passage, int]:
        """The passage that words stand in, and their first token."""
        passage = next(one for one in reversed(self.passages) if one.offset <= span.start)
        return passage, passage.token_at(span.start)

    # --- arguments ----------------------------------------------------------------------------------------------------

    def arguments(self, passage: Passage, argument: Argument, wanted: tuple[str, ...], rule: str) -> tuple[Mention, ...]:
        """The mentions that play a slot: two for "both companies", none where the words are of no wanted type or stand for nothing."""
        span, kind = passage.span(argument.start, argument.end), argument.kind
        if kind == "name":
            return tuple(named for named in self.named_at(span) if named.type in wanted)[:1]
        if kind == "phrase":
            told = phrase_type(passage, argument, wanted)
            return (self.keep(self.mention(span, told, rule)),) if told is not None else ()
        if kind == "deal" or ("Deal" in wanted and kind == "pronoun" and self._speaks_of_deal(passage, argument)):
            deal = self._deal_reference(passage, argument) if "Deal" in wanted else None
            return (deal,) if deal is not None else ()
        if passage.doc[argument.start].text in DEMONSTRATIVES:
            return ()
        if kind == "both":
            return self._both(passage, argument, wanted)
        found = self._antecedent(passage, argument, wanted)
        return (self._reference(span, found, f"reference.{kind}"),) if found is not None else ()

    def _antecedent(self, passage: Passage, argument: Argument, wanted: tuple[str, ...]) -> Mention | None:
        """What words stand for that take up one named thing."""
        span, sentence = passage.span(argument.start, argument.end), self._sentence_number(passage, argument.start)
        if argument.kind in ("former", "latter"):
            two = reference.two_before(span, sentence, self.named, wanted, self.keys)
            return two[0 if argument.kind == "former" else 1] if two else None
        called = called_so(passage, argument)
        meant = [place for place in self.named if normalise(place.mention.text) in called] if called else []
        found = reference.antecedent(argument.kind, span, sentence, meant, wanted)
        return found if found is not None else reference.antecedent(argument.kind, span, sentence, self.named, wanted)

    def _both(self, passage: Passage, argument: Argument, wanted: tuple[str, ...]) -> tuple[Mention, ...]:
        """The parties of the deal that was told last, or the two named last."""
        span, sentence = passage.span(argument.start, argument.end), self._sentence_number(passage, argument.start)
        deal = reference.deal_of(span, [deal for deal in self.sure_deals() if deal.span.end <= span.start], (), self.keys)
        parties = [self.mentions[party] for party in deal.parties] if deal is not None else []
        if len(parties) > 1 and all(party.type in wanted for party in parties):
            return tuple(parties)
        return tuple(reference.two_before(span, sentence, self.named, wanted, self.keys))

    def _speaks_of_deal(self, passage: Passage, argument: Argument) -> bool:
        """Whether "it" or 这 takes up a deal: one is a subject earlier in its sentence, or of the one before, by words and not by a name."""
        text = passage.doc[argument.start : argument.end].text.lower()
        if text in DEMONSTRATIVES:
            return bool(self.deals)
        if text != "it":
            return False
        sentence = passage.doc[argument.start].sent
        subjects = subjects_in(passage.doc, sentence.start, argument.start)
        if not subjects and sentence.start > 0:
            subjects = subjects_in(passage.doc, passage.doc[sentence.start - 1].sent.start, sentence.start)
        return any(token.lemma_.lower() in words("deal_noun", passage.language) for token in subjects)

    def _deal_reference(self, passage: Passage, argument: Argument) -> Mention | None:
        """The deal that "the takeover", 此举 or "buying Bolt" speaks of."""
        span = passage.span(argument.start, argument.end)
        beside = name_behind(passage, argument) if is_deal_verb(passage, argument) else ()
        known = reference.deal_of(span, self.sure_deals(), beside, self.keys)
        if known is None or known.span == span:
            return known
        return self._reference(span, known, "reference.deal")

    # --- deals --------------------------------------------------------------------------------------------------------

    def _read_deals(self) -> None:
        """Claims of deals, and the deals themselves: those told by one trigger are one."""
        for passage in self.passages:
            by_trigger: dict[tuple[int, str], list[Found]] = defaultdict(list)
            for one in passage.found:
                if deal_kind(one.pattern.relation) and not only_refers(passage, one):
                    by_trigger[one.trigger.head, one.pattern.relation].append(one)
            for finds in by_trigger.values():
                self._read_deal(passage, finds)

    def sure_deals(self) -> list[Mention]:
        """The deals that words can take up."""
        return [deal for deal in self.deals if deal.id not in self.doubtful] or self.deals

    def _read_deal(self, passage: Passage, finds: list[Found]) -> None:
        """What the first of the patterns that fit a trigger tells: one deal for each of its objects, whoever is active in it together."""
        by_target: dict[str, list[tuple[Found, Mention, Mention]]] = defaultdict(list)
        for one in finds:
            for ends in self._ends(passage, one) if one.pattern is finds[0].pattern else ():
                if not is_misread(self, one.pattern.relation, *ends, passage.sentence(one.trigger.head)):
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
        kind = deal_kind(found.pattern.relation)
        deal = replace(self.mention(span, "Deal", found.pattern.name), deal=kind, parties=parties)
        self.keep(deal)
        return deal

    # --- claims -------------------------------------------------------------------------------------------------------

    def _read_rest(self) -> None:
        """Claims of all other relations."""
        for passage in self.passages:
            for one in passage.found:
                for ends in self._ends(passage, one) if deal_kind(one.pattern.relation) is None else ():
                    if not is_misread(self, one.pattern.relation, *ends, passage.sentence(one.trigger.head)):
                        self._claim(passage, one, ends)

    def _ends(self, passage: Passage, found: Found) -> Iterator[tuple[Mention, Mention]]:
        """Subject and object of a find: several pairs where it speaks of both firms, none where an end stands for nothing, or both for the same."""
        pattern = found.pattern
        subject_types = slot_types(pattern.subject, pattern.relation, subject=True)
        object_types = slot_types(pattern.object, pattern.relation, subject=False)
        others = self.arguments(passage, found.object, object_types, pattern.name)
        subjects = self.arguments(passage, found.means, subject_types, pattern.name) if found.means is not None and others else ()
        for subject in subjects or (self.arguments(passage, found.subject, subject_types, pattern.name) if others else ()):
            yield from ((subject, other) for other in others if not self._is_one(subject, other))

    def _is_one(self, one: Mention, other: Mention) -> bool:
        """Whether two ends are one thing; a reference stands for no other name of what it is joined to."""
        refers = one.antecedent is not None or other.antecedent is not None
        return self.key(one) == self.key(other) or (refers and reference.is_own_name(self.meant(one), self.meant(other)))

    def _claim(self, passage: Passage, found: Found, ends: tuple[Mention, Mention], about: str | None = None) -> None:
        pattern, reading = found.pattern, found.reading
        source = self._source(passage, reading.voice) if reading.voice is not None else None
        certainty = self._certainty(found, ends, source, about)
        subject, other = ends
        sentence = passage.sentence(found.trigger.head)
        guess = self.guesses.get(self.triple(pattern.relation, subject, other))
        more = None
        if guess is not None and guess.last.span in sentence and not pattern.presupposed:
            more = corrected(self, guess, found, certainty, source)
            certainty, source = more.certainty, more.source
        stage = stage_of(passage, found, certainty, more.stage if more is not None else None) if about is not None else None
        claim = Claim(
            id=self.claim_id(pattern.relation, subject, other, source),
            relation=pattern.relation,
            subject=subject.id,
            object=other.id,
            evidence=(sentence,),
            rule=pattern.name,
            polarity=reading.polarity or pattern.polarity,
            certainty=certainty,
            stage=stage,
            about=about,
            source=source.id if source is not None else None,
            confidence=pattern.confidence,
            cues=(
                Cue("relation", pattern.relation, passage.span(found.trigger.start, found.trigger.end), pattern.name),
                *cues_of(passage, reading, of_deal=about is not None),
                *(more.cues if more is not None else ()),
            ),
            figures=self._figures(passage, found),
        )
        self.tell(claim, weak=is_weak(found))

    def _figures(self, passage: Passage, found: Found) -> Figures:
        """The numbers that the sentence gives of a claim, as far as claims of its relation have such."""
        sentence, trigger = passage.sentence(found.trigger.head), passage.span(found.trigger.start, found.trigger.end)
        return self.figures_at(sentence, trigger, found.pattern.relation)

    def figures_at(self, sentence: Span, trigger: Span, relation: str) -> Figures:
        """The numbers that a sentence gives of a claim told by some words of it."""
        figures = numbers.read(self.text, sentence, trigger, day_of(self.document.date), invests=relation == "investsIn")
        return numbers.of_relation(figures, relation)

    def _share(self, firm: Mention) -> Decimal | None:
        """Which share of a firm the sentence speaks of that names it; None where it gives none."""
        passage, token = self.place_of(firm.span)
        return numbers.share(self.text, passage.sentence(token), firm.span)

    def _certainty(self, found: Found, ends: tuple[Mention, Mention], source: Mention | None, about: str | None) -> Certainty:
        certainty = found.reading.certainty or self._certainty_without_cue(found, ends, source, about)
        return self.tempered(certainty, found.pattern.relation, ends[0])

    def tempered(self, certainty: Certainty, relation: str, subject: Mention) -> Certainty:
        """The certainty of a claim: what a deal brings about is no surer than the deal."""
        is_effect = relation in EFFECTS and subject.type == "Deal"
        return "Probable" if is_effect and certainty == "Certain" and not self._is_agreed(self.meant(subject).id) else certainty

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

    def claim_id(self, relation: str, subject: Mention, other: Mention, source: Mention | None) -> str:
        """What a claim's IRI ends in: it depends on places and words, not on what these are held to be."""
        first, second = sorted((subject.span, other.span))
        return digest(self.document.key, relation, first.start, first.end, second.start, second.end, source.text if source is not None else "")

    def tell(self, claim: Claim, *, weak: bool) -> None:
        """Take a claim in, with whom its source cites; ``weak`` says whether any other of the same outweighs it."""
        cited = cited_by(self, claim) if claim.source is not None else None
        self.claims.append(Told(claim if cited is None else replace(claim, citing=cited.id), weak))

    def triple(self, relation: str, subject: Mention, other: Mention) -> Triple:
        """A relation and the keys of its ends, of a symmetric one in order; all deals have one key."""
        keys = ["Deal" if end.type == "Deal" else self.key(end) for end in (subject, other)]
        first, second = sorted(keys) if relation in self.symmetric else keys
        return relation, first, second

    def triple_of(self, claim: Claim) -> Triple:
        """The same of a claim."""
        return self.triple(claim.relation, self.mentions[claim.subject], self.mentions[claim.object])

    def guess_of(self, claim: Claim) -> Guess | None:
        """What the model holds of a claim."""
        return self.guesses.get(self.triple_of(claim)) or self.agreed.get(claim.id)

    # --- sources ------------------------------------------------------------------------------------------------------

    def _source(self, passage: Passage, voice: Voice) -> Mention | None:
        """Who says so: an entity of the article, an outlet, or unnamed people."""
        span = passage.span(voice.start, voice.end)
        cites = cited_zh(self.text[span.start : span.end]) if passage.language == "zh" else None
        if cites is not None and cites[0] > 0:
            span = Span(span.start, span.start + cites[0])  # who cites speaks
        for known in self.named_at(span):
            if not is_outlet(known.text, passage.language):
                return known
        if refers_to_speaker(passage, voice):
            sentence = self._sentence_number(passage, voice.start)
            speaker = reference.antecedent("firm", span, sentence, self.named, SPEAKERS)
            return self._reference(span, speaker, "reference.source") if speaker is not None else None
        kind, group = source_kind(self.text[span.start : span.end], passage.language)
        return self.keep(replace(self.mention(span, "Source", "source"), source_kind=kind, group=group))

    def _speaks_with_authority(self, source: Mention, ends: tuple[Mention, Mention], about: str | None) -> bool:
        """Whether a party to the claim says so: then it is certain; an official who is no party only makes it probable."""
        deals = [self.meant(end) for end in ends if end.type == "Deal"]
        if about is not None:
            deals.append(self.mentions[about])
        parties = [*ends, *(self.mentions[party] for deal in deals for party in deal.parties)]
        concerned = {self.key(party) for party in parties}
        is_party = self.key(source) in concerned or any(reference.is_own_name(self.meant(source), self.meant(party)) for party in parties)
        if is_party or (about is not None and source.group == "parties"):
            return True
        return source.type == "Person" and not concerned.isdisjoint(self._led_by(source))

    def _led_by(self, person: Mention) -> set[str]:
        """Keys of the firms that the article says the person leads."""
        posts = [claim for claim, _ in self.claims if claim.relation == "leads"]
        leader = self.key(person)
        own = [post for post in posts if self.key(self.mentions[post.subject]) == leader]
        return {self.key(self.mentions[post.object]) for post in own}

    # --- result -------------------------------------------------------------------------------------------------------

    def _extraction(self, run: str) -> Extraction:
        claims = sorted(self._kept_claims(), key=self._text_order)
        used = [self.mentions[one] for one in self._used(claims)]
        mentions = sorted(used, key=lambda mention: (mention.span, mention.id))
        languages = tuple(sorted({passage.language for passage in self.passages}))
        told = {claim.relation for claim in claims}
        relations = tuple(term for term in self.relations if term.iri in told)
        return Extraction(self.document.key, run, languages, tuple(mentions), tuple(claims), relations)

    def _kept_claims(self) -> list[Claim]:
        """One claim per id; of what the article says twice, a weak claim only where there is no other. What both readers together doubt goes."""
        by_triple: dict[tuple[str, str, str], list[Told]] = defaultdict(list)
        for told in self.claims:
            subject, other = self.mentions[told.claim.subject], self.mentions[told.claim.object]
            by_triple[told.claim.relation, self.key(subject), self.key(other)].append(told)
        kept: dict[str, Claim] = {}
        for group in by_triple.values():
            strong = [told for told in group if not told.weak]
            for told in strong or group:
                sure = self._sure(told.claim)
                if sure >= self.calibration.least or told.claim.rule in self.trusted:
                    firm = sure * self.plainly(told.claim) >= self.calibration.firm or told.claim.rule in self.trusted
                    kept.setdefault(told.claim.id, replace(told.claim, confidence=sure, firm=firm))
        gone = parted(self, kept.values())
        return [claim for claim in kept.values() if claim.id not in gone]

    def plainly(self, claim: Claim) -> float:
        """The chance that the model gives to what is claimed being certain and, of a deal, done; 1 where it has not seen it."""
        guess = self.guess_of(claim)
        if guess is None:
            return 1.0
        if claim.rule == self.model and claim.relation in EFFECTS:
            return 0.0  # what something brings about is seldom a plain fact, and no pattern says that it is
        is_plain = guess.certainty == "Certain" and guess.polarity == "Positive" and (claim.about is None or guess.stage == "Completed")
        return guess.certainty_chance if is_plain else 0.0

    def _sure(self, claim: Claim) -> float:
        """How sure both readers are of a claim."""
        return claim.confidence if not self.model or claim.rule in self.trusted else self.calibration.sure(self.signs(claim))

    def signs(self, claim: Claim) -> Signs:
        """What is known of a claim as it was found."""
        guess, ends = self.guess_of(claim), (self.mentions[claim.subject], self.mentions[claim.object])
        pattern = None if claim.rule == self.model else claim.confidence
        return signs_of(self, claim.relation, ends, claim.evidence[0], guess.chance if guess is not None else 0.0, pattern)

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
