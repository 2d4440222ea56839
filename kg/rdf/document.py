"""The named graph of one document: what was observed in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import InputError
from kg.model import Document, Entity, Extraction, Figures, Resolution, Span, day_of, digest
from kg.rdf.decided import source_triples
from kg.rdf.said import Statement, statements, type_of
from kg.rdf.terms import RDF_TYPE, Triple, date_of, edge_id, kg, name_of, node, predicate_of, text_of
from kg.vocab import BASE_IRI, DCTERMS, OA, PROV, RDF, SCHEMA, SKOS, XSD, is_fact, relations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CONTEXT = 32
"""Code points of prefix and suffix in a quote selector."""


def document_quads(
    document: Document, extraction: Extraction, resolution: Resolution, entities: Mapping[str, Entity], *, base_iri: str = BASE_IRI
) -> list[Quad]:
    """The document's named graph: the document, what it mentions under which names, its claims, their evidence, the facts they support.

    ``entities`` by id; only those that this document's claims name as sources are looked at. Raises InputError as ``statements`` does, or when one
    of them is missing.
    """
    said, _ = statements(document, extraction, resolution)
    me = node(base_iri, f"document/{document.key}")
    triples = [*_document(me, document, extraction), (node(base_iri, f"run/{extraction.run}"), RDF_TYPE, node(PROV, "Activity"))]
    triples += _names(me, extraction, resolution, said, base_iri)
    triples += _own_sources(document, said, entities, base_iri)
    known = relations(extraction.relations)
    for one in said:
        triples += _claim(one, document, extraction.run, base_iri)
        if one.firm and one.superseded_by is None and is_fact(one.polarity, one.certainty, one.stage):
            ends = node(base_iri, one.subject), node(base_iri, one.object)
            triples.append((ends[0], predicate_of(one.relation), ends[1]))
            if known[one.relation].symmetric:
                triples.append((ends[1], predicate_of(one.relation), ends[0]))
    for span in sorted({span for one in said for span in one.evidence}):
        triples += _evidence(document, span, base_iri)
    return [Quad(*triple, me) for triple in dict.fromkeys(triples)]


def _document(me: NamedNode, document: Document, extraction: Extraction) -> Iterator[Triple]:
    yield me, RDF_TYPE, kg("Document")
    yield me, node(DCTERMS, "identifier"), text_of(document.id)
    yield me, kg("sha256"), text_of(document.sha256)
    for language in extraction.languages:
        yield me, node(SCHEMA, "inLanguage"), text_of(language)
    for name, value in (("headline", document.title), ("publisher", document.publisher), ("url", document.url)):
        if value:
            yield me, node(SCHEMA, name), text_of(value)
    if document.date:
        yield me, node(SCHEMA, "datePublished"), date_of(document.date) if day_of(document.date) == document.date else text_of(document.date)


def _names(me: NamedNode, extraction: Extraction, resolution: Resolution, said: Iterable[Statement], base_iri: str) -> Iterator[Triple]:
    """What is mentioned, and every name under which it is; sources that are no entities have names but are not "mentioned"."""
    entity = {decision.mention: decision.entity for decision in resolution.decisions}
    voices = {one for statement in said for one in (statement.source, statement.citing)}
    for mention in extraction.mentions:
        target = entity.get(mention.id)
        if target is None or (type_of(target) == "Source" and target not in voices):
            continue
        if type_of(target) != "Source":
            yield me, node(SCHEMA, "mentions"), node(base_iri, target)
        if mention.antecedent is None and type_of(target) != "Deal":
            yield node(base_iri, target), node(SKOS, "altLabel"), name_of(mention.text)


def _own_sources(document: Document, said: Iterable[Statement], entities: Mapping[str, Entity], base_iri: str) -> Iterator[Triple]:
    """Unnamed sources ("analysts"), which belong to this document alone."""
    for voice in sorted({one for statement in said for one in (statement.source, statement.citing) if one}):
        if voice not in entities:
            raise InputError(f"a claim in {document.id!r} names {voice}, which is not among the entities; give all that kg resolve wrote")
        if entities[voice].document is not None:
            yield from source_triples(entities[voice], base_iri)


def _claim(one: Statement, document: Document, run: str, base_iri: str) -> Iterator[Triple]:
    me, day = node(base_iri, f"claim/{one.id}"), day_of(document.date)
    yield me, RDF_TYPE, kg("Claim")
    yield me, node(RDF, "subject"), node(base_iri, one.subject)
    yield me, node(RDF, "predicate"), predicate_of(one.relation)
    yield me, node(RDF, "object"), node(base_iri, one.object)
    yield me, kg("edge"), node(base_iri, edge_id(one.triple))
    for name, value in (("polarity", one.polarity), ("certainty", one.certainty), ("stage", one.stage), ("status", one.status)):
        if value:
            yield me, kg(name), kg(value)
    for name, target in (("about", one.about), ("attributedTo", one.source), ("citing", one.citing)):
        if target:
            yield me, kg(name), node(base_iri, target)
    if one.superseded_by:
        yield me, kg("supersededBy"), node(base_iri, f"claim/{one.superseded_by}")
    if day:
        yield me, kg("date"), date_of(day)
    yield me, kg("confidence"), Literal(f"{one.confidence:.2f}".rstrip("0").rstrip("."), datatype=node(XSD, "decimal"))
    yield me, kg("rule"), text_of(one.rule)
    yield from _figures(me, one.figures)
    for span in one.evidence:
        yield me, node(PROV, "wasDerivedFrom"), node(base_iri, _evidence_id(document, span))
    yield me, node(PROV, "wasGeneratedBy"), node(base_iri, f"run/{run}")


def _figures(me: NamedNode, figures: Figures) -> Iterator[Triple]:
    for name, value in (("amount", figures.amount), ("amountMax", figures.amount_max), ("share", figures.share)):
        if value is not None:
            yield me, kg(name), Literal(f"{value:f}", datatype=node(XSD, "integer" if value == value.to_integral_value() else "decimal"))
    if figures.currency:
        yield me, kg("currency"), text_of(figures.currency)
    if figures.event_date:
        kind = {4: "gYear", 7: "gYearMonth", 10: "date"}[len(figures.event_date)]
        yield me, kg("eventDate"), Literal(figures.event_date, datatype=node(XSD, kind))
    if figures.event_date_text:
        yield me, kg("eventDateText"), text_of(figures.event_date_text)


def _evidence(document: Document, span: Span, base_iri: str) -> Iterator[Triple]:
    me = node(base_iri, _evidence_id(document, span))
    position, quote = node(me.value, "#position"), node(me.value, "#quote")
    text, (start, end) = document.text, (span.start, span.end)
    yield me, RDF_TYPE, node(OA, "SpecificResource")
    yield me, node(OA, "hasSource"), node(base_iri, f"document/{document.key}")
    yield me, node(OA, "hasSelector"), position
    yield me, node(OA, "hasSelector"), quote
    yield position, RDF_TYPE, node(OA, "TextPositionSelector")
    yield position, node(OA, "start"), Literal(start)
    yield position, node(OA, "end"), Literal(end)
    yield quote, RDF_TYPE, node(OA, "TextQuoteSelector")
    yield quote, node(OA, "exact"), text_of(text[start:end])
    yield quote, node(OA, "prefix"), text_of(text[max(0, start - CONTEXT) : start])
    yield quote, node(OA, "suffix"), text_of(text[end : end + CONTEXT])


def _evidence_id(document: Document, span: Span) -> str:
    return f"evidence/{digest(document.key, span.start, span.end)}"
