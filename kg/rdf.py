"""Claims and decisions become RDF: one named graph per document, one for what was decided.

Section "Terms in the graph" of the README is what this module writes. Quads come without order or repetition; whoever writes a file sorts them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec
from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import InputError
from kg.model import Certainty, Claim, Document, Entity, Extraction, Figures, Mention, Polarity, Problem, Resolution, Span, Stage, day_of, digest
from kg.vocab import (
    BASE_IRI,
    DCTERMS,
    DEAL_ROLES,
    ENTITIES_GRAPH,
    KG,
    OA,
    PROV,
    RDF,
    RDFS,
    RELATIONS,
    SCHEMA,
    SKOS,
    XSD,
    is_fact,
    script_language,
    status,
)

CONTEXT = 32
"""Code points of prefix and suffix in a quote selector."""

Triple = tuple[NamedNode, NamedNode, NamedNode | Literal]


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
    alike: dict[tuple[object, ...], Statement] = {}
    problems = []
    for claim in sorted(extraction.claims, key=lambda claim: _first_place(claim, mentions)):
        if _is_about_itself(claim, mentions, entity):
            continue
        if fault := _fault(claim, mentions, entity):
            reason = f"claim {claim.id} left out: {fault}"
            problems.append(Problem(source=document.source or document.id, stage="rdf", reason=reason, document=document.key))
            continue
        new = _statement(document, claim, mentions, entity)
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
    words = _starts(claim, mentions, claim.source) + [cue.span.start for cue in claim.cues]
    return max(span.start for span in claim.evidence), max(words)


def _is_about_itself(claim: Claim, mentions: Mapping[str, Mention], entity: Mapping[str, str]) -> bool:
    """Whether the ends of a claim, or all parties of a deal that it speaks of, were decided to be one thing."""
    groups: list[tuple[str, ...]] = [(claim.subject, claim.object)]
    for one in (claim.subject, claim.object, claim.about):
        told = mentions.get(one or "")
        told = mentions.get(told.antecedent) if told and told.antecedent else told
        groups += [told.parties] if told and told.deal else []
    return any(len({entity.get(one) for one in group}) == 1 and group[0] in entity for group in groups)


def _fault(claim: Claim, mentions: Mapping[str, Mention], entity: Mapping[str, str]) -> str | None:
    """Why a claim cannot be written, if it cannot."""
    relation = RELATIONS.get(claim.relation)
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
    if _type(subject) not in relation.domain or _type(object_) not in relation.range:
        return f"{subject} {claim.relation} {object_} does not fit; it joins {' or '.join(relation.domain)} to {' or '.join(relation.range)}"
    return None


def _statement(document: Document, claim: Claim, mentions: Mapping[str, Mention], entity: Mapping[str, str]) -> Statement:
    """A claim without fault, with entities for mentions."""
    relation = RELATIONS[claim.relation]
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
        place=_last_place(claim, mentions),
        figures=claim.figures,
    )


def _type(entity: str) -> str:
    """Type of an entity by its id: "company/openai" is a Company."""
    return entity.partition("/")[0].capitalize()


def _merged(first: Statement, again: Statement) -> Statement:
    evidence = tuple(sorted({*first.evidence, *again.evidence}))
    place, confidence = max(first.place, again.place), max(first.confidence, again.confidence)
    return msgspec.structs.replace(first, evidence=evidence, place=place, confidence=confidence, figures=_completed(first.figures, again.figures))


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


def document_quads(
    document: Document, extraction: Extraction, resolution: Resolution, entities: Mapping[str, Entity], *, base_iri: str = BASE_IRI
) -> list[Quad]:
    """The document's named graph: the document, what it mentions under which names, its claims, their evidence, the facts they support.

    ``entities`` by id; only those that this document's claims name as sources are looked at. Raises InputError as ``statements`` does, or when one
    of them is missing.
    """
    said, _ = statements(document, extraction, resolution)
    me = _node(base_iri, f"document/{document.key}")
    triples = [*_document(me, document, extraction), (_node(base_iri, f"run/{extraction.run}"), _RDF_TYPE, _node(PROV, "Activity"))]
    triples += _names(me, extraction, resolution, said, base_iri)
    triples += _own_sources(document, said, entities, base_iri)
    for one in said:
        triples += _claim(one, document, extraction.run, base_iri)
        if one.superseded_by is None and is_fact(one.polarity, one.certainty, one.stage):
            ends = _node(base_iri, one.subject), _node(base_iri, one.object)
            triples.append((ends[0], _kg(one.relation), ends[1]))
            if RELATIONS[one.relation].symmetric:
                triples.append((ends[1], _kg(one.relation), ends[0]))
    for span in sorted({span for one in said for span in one.evidence}):
        triples += _evidence(document, span, base_iri)
    return [Quad(*triple, me) for triple in dict.fromkeys(triples)]


def _document(me: NamedNode, document: Document, extraction: Extraction) -> Iterator[Triple]:
    yield me, _RDF_TYPE, _kg("Document")
    yield me, _node(DCTERMS, "identifier"), _text(document.id)
    yield me, _kg("sha256"), _text(document.sha256)
    for language in extraction.languages:
        yield me, _node(SCHEMA, "inLanguage"), _text(language)
    for name, value in (("headline", document.title), ("publisher", document.publisher), ("url", document.url)):
        if value:
            yield me, _node(SCHEMA, name), _text(value)
    if document.date:
        yield me, _node(SCHEMA, "datePublished"), _date(document.date) if day_of(document.date) == document.date else _text(document.date)


def _names(me: NamedNode, extraction: Extraction, resolution: Resolution, said: Iterable[Statement], base_iri: str) -> Iterator[Triple]:
    """What is mentioned, and every name under which it is; sources that are no entities have names but are not "mentioned"."""
    entity = {decision.mention: decision.entity for decision in resolution.decisions}
    voices = {one for statement in said for one in (statement.source, statement.citing)}
    for mention in extraction.mentions:
        target = entity.get(mention.id)
        if target is None or (_type(target) == "Source" and target not in voices):
            continue
        if _type(target) != "Source":
            yield me, _node(SCHEMA, "mentions"), _node(base_iri, target)
        if mention.antecedent is None and _type(target) != "Deal":
            yield _node(base_iri, target), _node(SKOS, "altLabel"), _name(mention.text)


def _own_sources(document: Document, said: Iterable[Statement], entities: Mapping[str, Entity], base_iri: str) -> Iterator[Triple]:
    """Unnamed sources ("analysts"), which belong to this document alone."""
    for voice in sorted({one for statement in said for one in (statement.source, statement.citing) if one}):
        if voice not in entities:
            raise InputError(f"a claim in {document.id!r} names {voice}, which is not among the entities; give all that kg resolve wrote")
        if entities[voice].document is not None:
            yield from _source(entities[voice], base_iri)


def _source(entity: Entity, base_iri: str) -> Iterator[Triple]:
    me = _node(base_iri, entity.id)
    yield me, _RDF_TYPE, _kg("Source")
    for language, name in entity.labels:
        yield me, _node(RDFS, "label"), _text(name, language)
    if entity.source_kind:
        yield me, _kg("sourceKind"), _kg(entity.source_kind)


def _claim(one: Statement, document: Document, run: str, base_iri: str) -> Iterator[Triple]:
    me, day = _node(base_iri, f"claim/{one.id}"), day_of(document.date)
    yield me, _RDF_TYPE, _kg("Claim")
    yield me, _node(RDF, "subject"), _node(base_iri, one.subject)
    yield me, _node(RDF, "predicate"), _kg(one.relation)
    yield me, _node(RDF, "object"), _node(base_iri, one.object)
    yield me, _kg("edge"), _node(base_iri, _edge_id(one.triple))
    for name, value in (("polarity", one.polarity), ("certainty", one.certainty), ("stage", one.stage), ("status", one.status)):
        if value:
            yield me, _kg(name), _kg(value)
    for name, target in (("about", one.about), ("attributedTo", one.source), ("citing", one.citing)):
        if target:
            yield me, _kg(name), _node(base_iri, target)
    if one.superseded_by:
        yield me, _kg("supersededBy"), _node(base_iri, f"claim/{one.superseded_by}")
    if day:
        yield me, _kg("date"), _date(day)
    yield me, _kg("confidence"), Literal(f"{one.confidence:.2f}".rstrip("0").rstrip("."), datatype=_node(XSD, "decimal"))
    yield me, _kg("rule"), _text(one.rule)
    yield from _figures(me, one.figures)
    for span in one.evidence:
        yield me, _node(PROV, "wasDerivedFrom"), _node(base_iri, _evidence_id(document, span))
    yield me, _node(PROV, "wasGeneratedBy"), _node(base_iri, f"run/{run}")


def _figures(me: NamedNode, figures: Figures) -> Iterator[Triple]:
    for name, value in (("amount", figures.amount), ("amountMax", figures.amount_max), ("share", figures.share)):
        if value is not None:
            yield me, _kg(name), Literal(f"{value:f}", datatype=_node(XSD, "integer" if value == value.to_integral_value() else "decimal"))
    if figures.currency:
        yield me, _kg("currency"), _text(figures.currency)
    if figures.event_date:
        kind = {4: "gYear", 7: "gYearMonth", 10: "date"}[len(figures.event_date)]
        yield me, _kg("eventDate"), Literal(figures.event_date, datatype=_node(XSD, kind))
    if figures.event_date_text:
        yield me, _kg("eventDateText"), _text(figures.event_date_text)


def _evidence(document: Document, span: Span, base_iri: str) -> Iterator[Triple]:
    me = _node(base_iri, _evidence_id(document, span))
    position, quote = _node(me.value, "#position"), _node(me.value, "#quote")
    text, (start, end) = document.text, (span.start, span.end)
    yield me, _RDF_TYPE, _node(OA, "SpecificResource")
    yield me, _node(OA, "hasSource"), _node(base_iri, f"document/{document.key}")
    yield me, _node(OA, "hasSelector"), position
    yield me, _node(OA, "hasSelector"), quote
    yield position, _RDF_TYPE, _node(OA, "TextPositionSelector")
    yield position, _node(OA, "start"), Literal(start)
    yield position, _node(OA, "end"), Literal(end)
    yield quote, _RDF_TYPE, _node(OA, "TextQuoteSelector")
    yield quote, _node(OA, "exact"), _text(text[start:end])
    yield quote, _node(OA, "prefix"), _text(text[max(0, start - CONTEXT) : start])
    yield quote, _node(OA, "suffix"), _text(text[end : end + CONTEXT])


def entities_quads(entities: Iterable[Entity], observed: Iterable[tuple[Document, Sequence[Statement]]], *, base_iri: str = BASE_IRI) -> list[Quad]:
    """The entities graph: types, labels, links, deals, edges and copies.

    They are derived from what ``resolve`` and ``statements`` gave for the same documents; ``observed`` is read once and may be a stream.
    """
    threads: dict[tuple[str, str, str], Thread] = defaultdict(Thread)
    deals: dict[str, Thread] = defaultdict(Thread)
    voices: set[str] = set()
    alike: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for document, said in observed:
        day, witness = day_of(document.date) or "", _witness(document)
        alike[document.sha256].append((day or "9999", document.id, document.key))
        for one in said:
            threads[one.triple].add(one, day, witness)
            if one.about:
                deals[one.about].add(one, day, witness)
            voices.update(voice for voice in (one.source, one.citing) if voice)
    triples: list[Triple] = []
    for entity in entities:
        if entity.type == "Source":
            triples += _source(entity, base_iri) if entity.document is None and entity.id in voices else ()
            continue
        triples += _entity(entity, base_iri)
        if entity.id in voices:
            triples.append((_node(base_iri, entity.id), _RDF_TYPE, _kg("Source")))
        if entity.id in deals:
            triples += deals[entity.id].triples(_node(base_iri, entity.id))
    for triple, thread in threads.items():
        triples += _edge(triple, thread, base_iri)
    triples += _copies(alike.values(), base_iri)
    graph = _node(base_iri, ENTITIES_GRAPH)
    return [Quad(*triple, graph) for triple in dict.fromkeys(triples)]


def _copies(alike: Iterable[list[tuple[str, str, str]]], base_iri: str) -> Iterator[Triple]:
    """That documents of one text repeat the oldest of them, undated ones being the newest; each is given as day, id and key."""
    for documents in alike:
        (*_, original), *copies = sorted(documents)
        for *_, copy in copies:
            yield _node(base_iri, f"document/{copy}"), _kg("duplicateOf"), _node(base_iri, f"document/{original}")


class Thread:
    """What all documents say of one edge or deal, summed up as it comes in."""

    def __init__(self) -> None:
        self.newest: tuple[str, tuple[int, int], str, str, str] = ("", (-1, -1), "", "", "")
        self.days: tuple[str, str] | None = None
        self.witnesses: set[str] = set()
        self.sides: set[bool] = set()

    def add(self, one: Statement, day: str, witness: str) -> None:
        """Take in one statement of a document of this day ("" for none)."""
        if one.superseded_by is None:
            self.newest = max(self.newest, (day, one.place, one.document, one.id, one.status))
        if day:
            self.days = (min(day, self.days[0]), max(day, self.days[1])) if self.days else (day, day)
        self.witnesses.add(witness)
        self.sides.add(one.polarity == "Positive" and one.stage != "Terminated")

    def triples(self, me: NamedNode) -> Iterator[Triple]:
        """Current status and the days between which it is spoken of."""
        yield me, _kg("status"), _kg(self.newest[-1])
        if self.days:
            yield me, _kg("firstDate"), _date(self.days[0])
            yield me, _kg("lastDate"), _date(self.days[1])


def _entity(entity: Entity, base_iri: str) -> Iterator[Triple]:
    me = _node(base_iri, entity.id)
    for name in (entity.type, *entity.classes):
        yield me, _RDF_TYPE, _kg(name)
    for language, name in entity.labels:
        yield me, _node(RDFS, "label"), _text(name, language)
    links = ((SKOS, "exactMatch", entity.exact_match), (SKOS, "broader", entity.broader), (SCHEMA, "sameAs", entity.same_as))
    for namespace, name, targets in links:
        for target in targets:
            yield me, _node(namespace, name), _node(target, "")
    if entity.deal is None:
        return
    yield me, _RDF_TYPE, _kg(entity.deal)
    for party in entity.parties:
        yield me, _kg("party"), _node(base_iri, party)
    if entity.deal in DEAL_ROLES:
        active, passive = DEAL_ROLES[entity.deal]
        for party in entity.parties[:-1]:
            yield me, _kg(active), _node(base_iri, party)
        yield me, _kg(passive), _node(base_iri, entity.parties[-1])


def _edge(triple: tuple[str, str, str], thread: Thread, base_iri: str) -> Iterator[Triple]:
    me = _node(base_iri, _edge_id(triple))
    yield me, _RDF_TYPE, _kg("Edge")
    yield me, _node(RDF, "subject"), _node(base_iri, triple[0])
    yield me, _node(RDF, "predicate"), _kg(triple[1])
    yield me, _node(RDF, "object"), _node(base_iri, triple[2])
    yield me, _kg("support"), Literal(len(thread.witnesses))
    yield from thread.triples(me)
    if len(thread.sides) > 1:
        yield me, _kg("disputed"), Literal(True)


def _edge_id(triple: tuple[str, str, str]) -> str:
    return f"edge/{digest(*triple)}"


def _evidence_id(document: Document, span: Span) -> str:
    return f"evidence/{digest(document.key, span.start, span.end)}"


def _witness(document: Document) -> str:
    """Whose word a document is: its publisher's, or of whoever wrote just this text."""
    return f"publisher {' '.join(document.publisher.casefold().split())}" if document.publisher else f"text {document.sha256}"


@lru_cache(maxsize=4096)
def _node(base: str, tail: str) -> NamedNode:
    try:
        return NamedNode(base + tail)
    except ValueError as error:
        raise InputError(f"{base + tail!r} is no IRI: {error}; ids come from kg resolve, links from a gazetteer") from error


@lru_cache(maxsize=512)
def _kg(name: str) -> NamedNode:
    return _node(KG, name)


_RDF_TYPE = _node(RDF, "type")


def _text(value: str, language: str | None = None) -> Literal:
    """A literal of text from outside; RDF has no lone surrogates, so each is written as U+FFFD (offsets stay as they are)."""
    return Literal(re.sub("[\ud800-\udfff]", "\ufffd", value), language=language)


def _name(surface: str) -> Literal:
    return _text(" ".join(surface.split()), script_language(surface))


def _date(day: str) -> Literal:
    return Literal(day, datatype=_node(XSD, "date"))
