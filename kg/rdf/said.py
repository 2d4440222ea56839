"""From a document's claims between mentions to statements between entities: what falls together is merged, the last word on each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from kg.errors import InputError
from kg.model import Certainty, Claim, Document, Extraction, Figures, Mention, Polarity, Problem, Resolution, Span, Stage
from kg.vocab import Relation, relations, status

if TYPE_CHECKING:
    from collections.abc import Mapping


class Statement(msgspec.Struct, frozen=True):
    """A claim after its mentions were mapped to entities, and after claims that fall together were merged. Ends are ids of entities."""

    id: str
    document: str
    subject: str
    relation: str
    object: str
    polarity: Polarity
    certainty: Certainty
    stage: Stage | None
    about: str | None
    source: str | None
    citing: str | None
    confidence: float
    rule: str
    evidence: tuple[Span, ...]
    firm: bool
    """Whether the triple itself may be written, if the status allows it."""
    place: tuple[int, int]
    """How far down the text its last wording stands: start of the sentence, start of the last words that belong to it."""
    figures: Figures = Figures()
    superseded_by: str | None = None
    """Id of the claim that says the last word on the same subject, relation and object in this document."""

    @property
    def status(self) -> str:
        """What a reader sees of it."""
        return status(self.polarity, self.certainty, self.stage, has_source=self.source is not None)

    @property
    def triple(self) -> tuple[str, str, str]:
        """What its edge stands for."""
        return self.subject, self.relation, self.object


def statements(document: Document, extraction: Extraction, resolution: Resolution) -> tuple[list[Statement], list[Problem]]:
    """The document's claims between entities, in the order of the text, and a problem for each claim that had to be left out.

    A claim between two names that turned out to be one thing says nothing, and is no problem. Claims alike in ends, status and source are one,
    with the evidence of all; of those that differ in status or source only, the last word is current. Raises InputError when the extraction
    does not belong to the document.
    """
    mentions = _checked_mentions(document, extraction)
    entity = {decision.mention: decision.entity for decision in resolution.decisions}
    known = relations(extraction.relations)
    alike: dict[tuple[object, ...], Statement] = {}
    problems = []
    for claim in sorted(extraction.claims, key=lambda claim: _first_place(claim, mentions)):
        if _is_about_itself(claim, mentions, entity):
            continue
        relation = known.get(claim.relation)
        fault = _fault(claim, relation, mentions, entity)
        if fault is not None or relation is None:
            reason = f"claim {claim.id} left out: {fault}"
            problems.append(Problem(source=document.source or document.id, stage="rdf", reason=reason, document=document.key))
            continue
        new = _statement(document, claim, relation, entity, _last_place(claim, mentions))
        key = (*new.triple, new.polarity, new.certainty, new.stage, new.source)
        alike[key] = _merged(alike[key], new) if key in alike else new
    return _with_last_word(list(alike.values())), problems


def _checked_mentions(document: Document, extraction: Extraction) -> dict[str, Mention]:
    """Mentions by id, after every span was compared with the text."""
    text = document.text
    if extraction.document != document.key:
        raise InputError(f"an extraction of document {extraction.document} came with {document.id!r} ({document.key}); extract it again")
    for mention in extraction.mentions:
        start, end = mention.span.start, mention.span.end
        if text[start:end] != mention.text or not 0 <= start < end:
            raise InputError(f"mention {mention.id} of {document.id!r} reads {text[start:end][:40]!r}, not {mention.text[:40]!r}; extract it again")
    for span in (span for claim in extraction.claims for span in claim.evidence):
        if not 0 <= span.start < span.end <= len(text):
            raise InputError(f"evidence {span.start}-{span.end} is outside the {len(text)} code points of {document.id!r}; extract it again")
    return {mention.id: mention for mention in extraction.mentions}


def _starts(claim: Claim, mentions: Mapping[str, Mention], *ids: str | None) -> list[int]:
    return [mentions[one].span.start for one in (claim.subject, claim.object, claim.about, *ids) if one and one in mentions]


def _first_place(claim: Claim, mentions: Mapping[str, Mention]) -> tuple[int, int, str]:
    sentences = [span.start for span in claim.evidence]
    return min(sentences, default=0), min(_starts(claim, mentions), default=0), claim.id


def _last_place(claim: Claim, mentions: Mapping[str, Mention]) -> tuple[int, int]:
    words = _starts(claim, mentions, claim.source) + [cue.span.start for cue in claim.cues if cue.field != "relation"]
    return max(span.start for span in claim.evidence), max(words)


def _is_about_itself(claim: Claim, mentions: Mapping[str, Mention], entity: Mapping[str, str]) -> bool:
    """Whether the ends of a claim, or all parties of a deal that it speaks of, were decided to be one thing."""
    groups: list[tuple[str, ...]] = [(claim.subject, claim.object)]
    for one in (claim.subject, claim.object, claim.about):
        told = mentions.get(one or "")
        told = mentions.get(told.antecedent) if told and told.antecedent else told
        groups += [told.parties] if told and told.deal else []
    return any(len({entity.get(one) for one in group}) == 1 and group[0] in entity for group in groups)


def _fault(claim: Claim, relation: Relation | None, mentions: Mapping[str, Mention], entity: Mapping[str, str]) -> str | None:
    """Why a claim cannot be written, if it cannot."""
    if relation is None:
        return f"{claim.relation!r} is no relation of the ontology"
    if (claim.stage is None) != (relation.deal is None) or (relation.deal and claim.about is None):
        return f"a claim of {claim.relation} {'needs a deal and a stage' if relation.deal else 'has no stage'}"
    if not claim.evidence:
        return "it has no evidence"
    for one in (claim.subject, claim.object, claim.about if relation.deal else None, claim.source, claim.citing):
        if one is not None and one not in entity:
            words = f"“{mentions[one].text[:60]}” ({one})" if one in mentions else f"mention {one}, which is not in the extraction"
            return f"nothing was decided about {words}"
    subject, object_ = entity[claim.subject], entity[claim.object]
    if type_of(subject) not in relation.domain or type_of(object_) not in relation.range:
        return f"{subject} {claim.relation} {object_} does not fit; it joins {' or '.join(relation.domain)} to {' or '.join(relation.range)}"
    return None


def _statement(document: Document, claim: Claim, relation: Relation, entity: Mapping[str, str], place: tuple[int, int]) -> Statement:
    """A claim without fault, with entities for mentions."""
    subject, object_ = entity[claim.subject], entity[claim.object]
    if relation.symmetric:
        subject, object_ = sorted((subject, object_))
    return Statement(
        id=claim.id,
        document=document.key,
        subject=subject,
        relation=claim.relation,
        object=object_,
        polarity=claim.polarity,
        certainty=claim.certainty,
        stage=claim.stage,
        about=entity[claim.about] if relation.deal and claim.about else None,
        source=entity[claim.source] if claim.source else None,
        citing=entity[claim.citing] if claim.citing else None,
        confidence=claim.confidence,
        rule=claim.rule,
        evidence=tuple(sorted(set(claim.evidence))),
        firm=claim.firm,
        place=place,
        figures=claim.figures,
    )


def type_of(entity: str) -> str:
    """Type of an entity by its id: "company/openai" is a Company."""
    return entity.partition("/")[0].capitalize()


def _merged(first: Statement, again: Statement) -> Statement:
    evidence = tuple(sorted({*first.evidence, *again.evidence}))
    place, confidence = max(first.place, again.place), max(first.confidence, again.confidence)
    return msgspec.structs.replace(
        first, evidence=evidence, place=place, confidence=confidence, firm=first.firm or again.firm, figures=_completed(first.figures, again.figures)
    )


def _completed(first: Figures, again: Figures) -> Figures:
    """Figures with what only the second ones have; an amount goes with its own currency."""
    money = first if first.amount is not None else again
    day = first if first.event_date_text is not None else again
    share = first.share if first.share is not None else again.share
    return Figures(money.amount, money.amount_max, money.currency, share, day.event_date, day.event_date_text)


def _with_last_word(said: list[Statement]) -> list[Statement]:
    """The same statements, each but the last in the text about its triple pointing at that last one."""
    last: dict[tuple[str, str, str], Statement] = {}
    for one in said:
        if one.triple not in last or (one.place, one.id) > (last[one.triple].place, last[one.triple].id):
            last[one.triple] = one
    return [one if last[one.triple] is one else msgspec.structs.replace(one, superseded_by=last[one.triple].id) for one in said]
