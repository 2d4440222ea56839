"""What the trained reader of claims is sure enough of and the patterns did not find, told as claims of the article.

Of the status, what a rule reads around the word that joins the two ends comes before what the model holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from kg.extract import reference
from kg.extract.confidence import UNREAD, Signs
from kg.extract.guards import is_misread, sells
from kg.extract.match import LEFT_OPEN, status_around
from kg.extract.passage import cited_en, cues_of, predicate
from kg.extract.patterns import deal_kind, words
from kg.extract.sources import cited_zh, is_outlet, source_kind
from kg.extract.status import Reading
from kg.model import PHRASE_TYPES, Claim, Cue, Mention, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.extract.article import Article
    from kg.extract.learned import Guess, Triple
    from kg.extract.match import Found
    from kg.extract.passage import Passage
    from kg.model import Certainty, Stage

BUYING = frozenset({"acquires", "investsIn"})
LASTING = frozenset({"investsIn", "partnersWith"})
"""Deals that are in force for as long as nothing is said of their end."""
INTRODUCES = "有"
"""Says in Chinese that there is somebody who speaks (有媒体报道), and is no part of the words for them."""
CITED_WITHIN = 80
"""Code points behind a source in which it may name the one that it cites."""
LIKELY = 0.4
"""Confidence from which a deal that the model alone tells is one that words can take up."""
DOUBT = 0.6
"""Chance from which a doubt of the model outweighs that no rule has any."""
SURE = 0.95
"""Chance from which the model's certainty outweighs what a rule says."""


def read_learned(article: Article, *, deals: bool) -> None:
    """What the model is sure enough of and the patterns did not find: of deals, or of all else."""
    told = {article.triple_of(one.claim) for one in article.claims}
    for triple, guess in sorted(article.guesses.items(), key=lambda item: (item[1].last.span, item[0])):
        if not guess.is_first or (deal_kind(guess.relation) is not None) != deals or triple in told:
            continue
        if _is_left_open(article, guess) or _is_misread(article, guess) or (deals and _is_misread_deal(article, triple, guess)):
            continue
        alike = [one.claim for one in article.claims if not deals and _is_alike(article, one.claim, guess)]
        for claim in alike:
            known = article.agreed.get(claim.id)
            article.agreed[claim.id] = guess if known is None or guess.chance > known.chance else known
        if not alike and _sure(article, guess) >= article.calibration.least:
            _learned(article, guess)


def signs_of(article: Article, relation: str, ends: Iterable[Mention | None], sentence: Span, chance: float, pattern: float | None = None) -> Signs:
    """What is known of a claim between two ends (None for a deal) that a sentence makes."""
    named = [article.meant(end) for end in ends if end is not None and end.type != "Deal"]
    away = any(end.span not in sentence for end in named)
    return Signs(relation, chance, pattern, away, min((article.scores.get(end.span, UNREAD) for end in named), default=UNREAD))


def _sure(article: Article, guess: Guess) -> float:
    """How sure a guess is that no pattern shares."""
    passage, token = article.place_of(guess.last.span)
    return article.calibration.sure(signs_of(article, guess.relation, (guess.subject, guess.object), passage.sentence(token), guess.chance))


def _is_left_open(article: Article, guess: Guess) -> bool:
    """Whether a pattern of the relation fits in the sentence but what stands around it claims nothing: whether A buys B is unclear."""
    passage, token = article.place_of(guess.last.span)
    return (guess.relation, passage.doc[token].sent.start) in passage.doc.user_data.get(LEFT_OPEN, ())


def _is_misread_deal(article: Article, triple: Triple, guess: Guess) -> bool:
    """Whether a doubtful deal is one of another kind between two firms of which the article tells a deal: the same, badly read."""
    ends = set(triple[1:])
    told = any(deal_kind(one.claim.relation) and set(article.triple_of(one.claim)[1:]) == ends for one in article.claims)
    return told and _sure(article, guess) < LIKELY


def _is_misread(article: Article, guess: Guess) -> bool:
    """Whether the sentence of a guess says what keeps it from being a claim, or its ends are one firm by two names."""
    if guess.subject is None or guess.object is None:
        return False
    passage, token = article.place_of(guess.last.span)
    if guess.relation in BUYING and sells(passage, guess.subject.span, guess.object.span):
        return True
    is_latin = passage.language == "en"  # Chinese parents and units share the start of their names
    is_itself = is_latin and guess.relation in ("acquires", "mergesWith", "competesWith") and reference.is_own_name(guess.subject, guess.object)
    return is_itself or is_misread(article, guess.relation, guess.subject, guess.object, passage.sentence(token))


def _is_alike(article: Article, claim: Claim, guess: Guess) -> bool:
    """Whether a claim of a pattern and a guess say the same but for where a phrase begins and ends."""
    if claim.relation != guess.relation or claim.rule == article.model:
        return False
    pairs = ((article.mentions[claim.subject], guess.subject), (article.mentions[claim.object], guess.object))
    return all(_is_same(article, one, other) for one, other in pairs)


def _is_same(article: Article, one: Mention, other: Mention | None) -> bool:
    if other is None or one.type == "Deal":
        return other is None and one.type == "Deal"
    if one.type in PHRASE_TYPES and other.type in PHRASE_TYPES:
        return one.span.overlaps(other.span)
    return article.key(one) == article.key(other)


def _learned(article: Article, guess: Guess) -> None:
    """The claim that a guess makes; none where it speaks of a deal and the article tells none."""
    passage, token = article.place_of(guess.last.span)
    sentence = passage.sentence(token)
    reading = _reading(article, passage, guess, sentence)
    if reading.value("claim") is not None:
        return
    guess = guess._replace(stage=_stage(passage, guess))
    deal = (
        reference.deal_of(guess.last.span, article.sure_deals(), _beside(article, sentence), article.keys)
        if None in (guess.subject, guess.object)
        else None
    )
    subject, other = guess.subject or deal, guess.object or deal
    if subject is None or other is None:
        return
    about = _deal_learned(article, guess, subject, other, sentence) if deal_kind(guess.relation) else None
    source = source_at(article, guess.voice) if guess.voice is not None else None
    first, second = sorted((subject.span, other.span))
    claim = Claim(
        id=article.claim_id(guess.relation, subject, other, source),
        relation=guess.relation,
        subject=subject.id,
        object=other.id,
        evidence=(sentence,),
        rule=article.model,
        polarity=reading.polarity or guess.polarity,
        certainty=article.tempered(_certainty(reading, guess), guess.relation, subject),
        stage=(reading.stage or guess.stage) if about is not None else None,
        about=about,
        source=source.id if source is not None else None,
        confidence=guess.chance,
        cues=(*_cues_learned(article, guess, reading, sentence), *cues_of(passage, reading, of_deal=about is not None)),
        figures=article.figures_at(sentence, first if first in sentence else second, guess.relation),
    )
    article.tell(claim, weak=False)


class Correction(NamedTuple):
    """Fields of a pattern's claim after the model was heard, and the cues of what it changed."""

    certainty: Certainty
    source: Mention | None
    stage: Stage | None
    """What the model holds, where no words tell it."""
    cues: tuple[Cue, ...]


def corrected(article: Article, guess: Guess, found: Found, certainty: Certainty, source: Mention | None) -> Correction:
    """What the model says of the status of a claim that a pattern found: a doubt that no rule has, who says so, and a stage that no words tell.

    Of sentences that neither was made from, the rules read polarity and certainty better, and stages where a word tells them; the model the sources,
    and whether a stake or an alliance that no word dates is in force, or a purchase that the pattern takes for agreed. Of other purchases the usual
    stage of the pattern was right more often.
    """
    cues, reading = [], found.reading
    stage = guess.stage if reading.stage is None and (guess.relation in LASTING or found.pattern.stage == "Announced") else None
    if stage is not None and certainty != "Possible" and reading.polarity is None:
        cues.append(Cue("stage", stage, guess.last.span, article.model))
    if certainty == "Certain" and guess.certainty != "Certain" and guess.certainty_chance >= DOUBT:
        certainty = guess.certainty
        cues.append(Cue("certainty", certainty, guess.last.span, article.model))
    if guess.voice is not None and (source is None or _is_better(article, guess.voice, source.span)):
        source = source_at(article, guess.voice)
        cues.append(Cue("source", source.text, guess.voice, article.model))
    return Correction(certainty, source, stage, tuple(cues))


def _is_better(article: Article, voice: Span, source: Span) -> bool:
    """Whether the words that the model points at are better than what a rule reads as the source: in its sentence, and no mere part of it."""
    passage, token = article.place_of(source)
    is_part = voice in source and (voice == source or not any(article.named_at(voice)))
    return voice in passage.sentence(token) and not is_part


def _stage(passage: Passage, guess: Guess) -> Stage:
    """What the model holds, but for a deal taken for agreed or done between whose parties a word says that it is a bid ("tender offer", 意向书)."""
    ends = [end.span for end in (guess.subject, guess.object) if end is not None and end.span.start >= passage.offset]
    between = passage.doc[passage.token_at(min(ends).start) : passage.token_at(max(ends).start)] if ends else ()
    bids = words("bid_word", passage.language)
    is_bid = guess.relation == "acquires" and any(token.lower_ in bids for token in between)
    return "Talks" if is_bid and guess.stage in ("Announced", "Completed") else guess.stage


def _certainty(reading: Reading, guess: Guess) -> Certainty:
    """What the model holds, unless it is not sure and a rule says more."""
    return reading.certainty if reading.certainty is not None and guess.certainty_chance < SURE else guess.certainty


def _reading(article: Article, passage: Passage, guess: Guess, sentence: Span) -> Reading:
    """What stands around the word that joins the ends of a guess, as far as they are in its sentence.

    Not that a deal is agreed: of fifteen such readings that the model did not share it was right eleven times, the words once.
    """
    ends = sorted(end.span for end in (guess.subject, guess.object) if end is not None and end.span in sentence)
    if not ends:
        return Reading()
    trigger = predicate(passage, ends[0], ends[1] if len(ends) > 1 else None)
    reading = status_around(passage.doc, trigger, passage.language) if trigger is not None else Reading()
    if reading.stage != "Announced":
        return reading
    return reading._replace(decided=tuple(one for one in reading.decided if one.field != "stage"))


def _cues_learned(article: Article, guess: Guess, reading: Reading, sentence: Span) -> Iterator[Cue]:
    """What the model decided: the relation from the words between the ends and around, the status, where no rule does, from the sentence."""
    ends = [end.span for end in (guess.subject, guess.object) if end is not None]
    yield Cue("relation", guess.relation, Span(max(min(ends).start, sentence.start), max(ends).end), article.model)
    if guess.polarity == "Negative" and reading.polarity is None:
        yield Cue("polarity", guess.polarity, sentence, article.model)
    if guess.certainty != "Certain" and reading.certainty is None:
        yield Cue("certainty", guess.certainty, sentence, article.model)
    if deal_kind(guess.relation) and guess.stage != "Completed" and reading.stage is None:
        yield Cue("stage", guess.stage, sentence, article.model)
    if guess.voice is not None:
        yield Cue("source", article.document.text[guess.voice.start : guess.voice.end], guess.voice, article.model)


def _deal_learned(article: Article, guess: Guess, subject: Mention, other: Mention, sentence: Span) -> str:
    """The deal that a guess tells: from its first end to its last, as far as they stand in its sentence, or where else no other deal is told."""
    first, last = sorted((subject.span, other.span))
    spans = (Span(max(first.start, sentence.start), last.end), last, first, sentence)
    span = next((one for one in spans if Mention.make_id(one, "Deal") not in article.mentions), last)
    deal = replace(article.mention(span, "Deal", article.model), deal=deal_kind(guess.relation), parties=(subject.id, other.id))
    article.deals.append(article.keep(deal))
    if _sure(article, guess) < LIKELY:
        article.doubtful.add(deal.id)
    return deal.id


def _beside(article: Article, sentence: Span) -> set[str]:
    """Keys of the firms named in a sentence that are parties of deals."""
    parties = {article.keys.get(party) for deal in article.deals for party in deal.parties}
    return {key for place in article.named if place.mention.span in sentence and (key := article.keys[place.mention.id]) in parties}


def cited_by(article: Article, claim: Claim) -> Mention | None:
    """Whom the source of a claim cites in its sentence: "the Harbour Post reported, citing bankers", 路透援引知情人士."""
    speaker, sentence = article.mentions[claim.source or ""].span, claim.evidence[0]
    passage, _ = article.place_of(sentence)
    if passage.language == "zh":
        behind = article.document.text[speaker.end : min(speaker.end + CITED_WITHIN, sentence.end)]
        cites = cited_zh(behind)
        word = next((one for one in words("cite_verb", "zh") if behind.startswith(one)), "")
        return source_at(article, Span(speaker.end + len(word), speaker.end + cites[1])) if cites is not None and word else None
    cited = cited_en(passage, Span(speaker.end, min(speaker.end + CITED_WITHIN, sentence.end)))
    return source_at(article, cited) if cited is not None else None


def source_at(article: Article, span: Span) -> Mention:
    """Who says so, by words that the trained reader pointed at."""
    passage, _ = article.place_of(span)
    for known in article.named_at(span):
        if not is_outlet(known.text, passage.language):
            return known
    if passage.language == "zh" and article.document.text.startswith(INTRODUCES, span.start) and span.end - span.start > 1 + len(INTRODUCES):
        span = Span(span.start + len(INTRODUCES), span.end)
    words_for_it = article.mention(span, "Source", article.model)
    kind, group = source_kind(words_for_it.text, passage.language)
    return article.keep(replace(words_for_it, source_kind=kind, group=group))
