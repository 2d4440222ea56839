"""What the graph says: claims that fall together, the last word, facts, evidence, edges; and that no text can forge a triple."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pyoxigraph as ox
import pytest
import rdflib
from gold import Row, article, observed, says
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.evaluate.gold import read_gold
from kg.evaluate.score import score
from kg.gazetteer import Gazetteer
from kg.model import Claim, Document, Extraction, Mention, Problem, Span
from kg.rdf import Statement, document_quads, entities_quads, statements
from kg.resolve import resolve
from kg.vocab import BASE_IRI, KG, OA, PROV, RDF, RDFS, SCHEMA, SKOS, prefixes

Pair = tuple[Document, Extraction]
SAMPLE = Path(__file__).parents[1] / "kg" / "sample" / "openai-pinterest.gold.jsonl"
PAIR = {"h": ("Company", "Harrow"), "t": ("Company", "Tavor")}
DEAL = PAIR | {"d": ("Deal", "Acquisition", "h", "t")}


def graph_of(*rows: Row | Pair) -> list[ox.Quad]:
    """All quads of some articles."""
    pairs = [row if isinstance(row, tuple) else observed(row) for row in rows]
    entities, resolutions = resolve(pairs, Gazetteer.empty())
    by_document = {resolution.document: resolution for resolution in resolutions}
    by_id = {entity.id: entity for entity in entities}
    quads, seen = [], []
    for document, extraction in pairs:
        quads += document_quads(document, extraction, by_document[document.key], by_id)
        seen.append((document, statements(document, extraction, by_document[document.key])[0]))
    return quads + entities_quads(entities, seen)


def said(row: Row | Pair) -> tuple[list[Statement], list[Problem]]:
    document, extraction = row if isinstance(row, tuple) else observed(row)
    _, (resolution,) = resolve([(document, extraction)], Gazetteer.empty())
    return statements(document, extraction, resolution)


def rows(quads: Iterable[ox.Quad], where: str, *names: str) -> list[tuple[str, ...]]:
    """Sorted answers of a query over the union of all graphs, as short text."""
    store = ox.Store()
    store.extend(quads)
    answers = store.query(f"SELECT {' '.join('?' + name for name in names)} {{ {where} }}", prefixes=prefixes(), use_default_graph_as_union=True)
    assert isinstance(answers, ox.QuerySolutions)
    return sorted(tuple(_short(answer[name]) for name in names) for answer in answers)


def _short(term: object) -> str:
    value = getattr(term, "value", "")
    return value.removeprefix(KG).removeprefix(BASE_IRI)


def test_the_sample_told_perfectly_scores_perfectly() -> None:
    pairs = [observed(msgspec.json.decode(line)) for line in SAMPLE.read_bytes().splitlines() if line.strip()]
    table, errors = score(read_gold(SAMPLE), graph_of(*pairs))
    assert errors == []
    assert table["claim+status all"] == {"P": 1.0, "R": 1.0, "F1": 1.0, "n": 27}
    assert table["entity all"] == {"P": 1.0, "R": 1.0, "F1": 1.0, "n": 23}
    assert table["fact all"]["F1"] == 1.0  # type: ignore[index,call-overload]
    assert (table["rumours leaked as facts"], table["evidence exact"]) == (0, "27/27")


def test_a_rumour_is_a_claim_with_all_its_parts_and_no_fact() -> None:
    text = "Analysts say: Harrow may buy Tavor. More below."
    quote = "Harrow may buy Tavor."
    rumour = says("h acquires t", "possible", stage="considered", source="Analysts", quote=quote)
    quads = graph_of(article("a", text, DEAL, rumour, date="2025-11-06"))
    (claim,) = {quad.subject for quad in quads if str(quad.object) == f"<{KG}Claim>"}
    found = [(_short(quad.predicate), _short(quad.object)) for quad in quads if quad.subject == claim]
    assert sorted((name.removeprefix(RDF).removeprefix(PROV), value.partition("/")[0] + "/" * ("/" in value)) for name, value in found) == [
        ("about", "deal/"), ("attributedTo", "source/"), ("certainty", "Possible"), ("confidence", "1"), ("date", "2025-11-06"), ("edge", "edge/"),
        ("object", "company/"), ("polarity", "Positive"), ("predicate", "acquires"), ("rule", "gold"), ("stage", "Considered"),
        ("status", "Rumoured"), ("subject", "company/"), ("type", "Claim"), ("wasDerivedFrom", "evidence/"), ("wasGeneratedBy", "run/"),
    ]  # fmt: skip
    selectors = "?e oa:hasSelector ?p, ?q . ?p oa:start ?start ; oa:end ?end . ?q oa:exact ?exact ; oa:prefix ?before ; oa:suffix ?after"
    assert rows(quads, selectors, "start", "end", "exact", "before", "after") == [("14", "35", quote, "Analysts say: ", " More below.")]
    assert rows(quads, "?s kg:acquires ?o", "s", "o") == []
    assert rows(quads, "?c kg:attributedTo ?s . ?s a kg:Source ; rdfs:label ?name ; kg:sourceKind ?kind", "name", "kind") == [("Analysts", "Unnamed")]


@pytest.mark.parametrize(
    ("claim", "facts"),
    [
        (says("h acquires t", stage="completed"), [("company/harrow", "company/tavor")]),
        (says("h acquires t", stage="announced"), []),
        (says("h acquires t", stage="completed", polarity="-"), []),
        (says("h acquires t", "probable", stage="completed"), []),
        (says("t mergesWith h", stage="completed"), [("company/harrow", "company/tavor"), ("company/tavor", "company/harrow")]),
        (says("h supplies t"), [("company/harrow", "company/tavor")]),
        (says("h supplies t", "possible"), []),
    ],
)
def test_a_fact_is_written_for_what_is_positive_certain_and_done(claim: Row, facts: list[tuple[str, ...]]) -> None:
    quads = graph_of(article("a", "Harrow and Tavor", PAIR, claim))
    assert rows(quads, f"?s kg:{claim['p']} ?o", "s", "o") == facts
    assert rows(quads, "?c a kg:Claim ; rdf:subject ?s ; rdf:object ?o", "s", "o") == [("company/harrow", "company/tavor")]


def test_claims_alike_become_the_first_with_the_evidence_of_all() -> None:
    text = "Tavor and Harrow are rivals. Indeed, Harrow is a rival of Tavor."
    first, second = says("t competesWith h", quote="Tavor and Harrow are rivals."), says("h competesWith t", quote="Harrow is a rival of Tavor.")
    kept, problems = said(article("a", text, PAIR, second, first))
    assert problems == []
    (one,) = kept
    assert (one.subject, one.object, one.evidence) == ("company/harrow", "company/tavor", (Span(0, 28), Span(37, 64)))
    assert one.id == said(article("a", text, PAIR, first))[0][0].id


def test_of_a_report_and_its_denial_the_last_word_is_current() -> None:
    text = "Harrow is in talks to buy Tavor, the Post said. Tavor denied it. Harrow is in talks to buy Tavor, it was said."
    report = says("h acquires t", "probable", stage="talks", quote="Harrow is in talks to buy Tavor, the Post said.")
    denial = says("h acquires t", polarity="-", stage="talks", source="Tavor", quote="Tavor denied it.")
    again = report | {"quote": "Harrow is in talks to buy Tavor, it was said."}
    kept, _ = said(article("a", text, PAIR, report, denial))
    assert [(one.status, one.superseded_by) for one in kept] == [("Rumoured", kept[1].id), ("Denied", None)]
    kept, _ = said(article("a", text, PAIR, report, denial, again))  # the report is repeated after the denial
    assert [(one.status, one.superseded_by) for one in kept] == [("Rumoured", None), ("Denied", kept[0].id)]
    quads = graph_of(article("a", text, PAIR, report, denial))
    assert rows(quads, "?e a kg:Edge ; kg:status ?s ; kg:disputed ?d ; kg:support ?n", "s", "d", "n") == [("Denied", "true", "1")]
    assert rows(quads, "?old kg:supersededBy ?new . ?old kg:status ?a . ?new kg:status ?b", "a", "b") == [("Rumoured", "Denied")]


def test_a_deal_whose_only_claim_is_superseded_by_one_of_another_deal_keeps_its_status() -> None:
    text = "Harrow bought Tavor. Harrow and Bexley are in talks to buy Tavor."
    firms = PAIR | {"b": ("Company", "Bexley"), "d": ("Deal", "Acquisition", "h", "t"), "e": ("Deal", "Acquisition", "b", "t")}
    bought = says("h acquires t", stage="completed", quote="Harrow bought Tavor.")
    talks = says("h acquires t", stage="talks", quote="Harrow and Bexley are in talks to buy Tavor.")
    joined = says("b acquires t", stage="talks", quote="Harrow and Bexley are in talks to buy Tavor.")
    document, extraction = observed(article("a", text, firms, bought, talks, joined))
    bexley = next(mention.id for mention in extraction.mentions if mention.text == "Bexley")
    other = next(claim.about for claim in extraction.claims if claim.subject == bexley)
    claims = tuple(msgspec.structs.replace(claim, about=other) if claim.stage == "Talks" else claim for claim in extraction.claims)
    quads = graph_of((document, msgspec.structs.replace(extraction, claims=claims)))
    assert rows(quads, "?d a kg:Deal ; kg:status ?s", "s") == [("Completed",), ("Talks",)]


def test_a_fact_that_is_no_longer_so_at_the_end_is_not_written() -> None:
    text = "Harrow supplies Tavor. Harrow does not supply Tavor."
    yes, no = says("h supplies t", quote="Harrow supplies Tavor."), says("h supplies t", polarity="-", quote="Harrow does not supply Tavor.")
    assert rows(graph_of(article("a", text, PAIR, yes, no)), "?s kg:supplies ?o", "s") == []
    other_way = article("a", "Harrow does not supply Tavor. Harrow supplies Tavor.", PAIR, yes, no)
    assert rows(graph_of(other_way), "?s kg:supplies ?o", "s") == [("company/harrow",)]


def test_what_does_not_fit_is_left_out_with_its_reason() -> None:
    entities = PAIR | {"o": ("Company", "Harrow Inc"), "p": ("Product", "Brightpad")}
    text = "Harrow, Harrow Inc, Tavor, Brightpad"
    kept, problems = said(article("a", text, entities, says("h supplies o"), says("p leads t"), says("h acquires o"), says("h supplies t")))
    assert [one.triple for one in kept] == [("company/harrow", "supplies", "company/tavor")]
    [problem] = problems  # of a firm that supplies or buys itself nothing is said
    assert problem.reason.endswith(": product/brightpad leads company/tavor does not fit; it joins Person to Company")


def test_an_edge_sums_up_its_claims_newest_first_and_undated_last() -> None:
    def told(name: str, text: str, date: str | None, **status: str) -> Row:
        return article(name, text, PAIR, says("h acquires t", **status), date=date)

    talks = told("a", "Harrow and Tavor talk", "2025-01-02", stage="talks")
    done = told("b", "Harrow bought Tavor", "2025-03-04T10:00:00Z", stage="completed")
    undated = told("c", "Harrow to buy Tavor", None, stage="announced")
    edge = "?e a kg:Edge ; kg:status ?status ; kg:support ?n ; kg:firstDate ?first ; kg:lastDate ?last"
    quads = graph_of(undated, done, talks)
    assert rows(quads, edge, "status", "n", "first", "last") == [("Completed", "3", "2025-01-02", "2025-03-04")]
    assert rows(quads, "?e a kg:Edge ; kg:disputed ?d", "d") == []
    assert rows(quads, "?d a kg:Acquisition ; kg:status ?s ; kg:lastDate ?l ; kg:acquirer ?a ; kg:target ?t", "s", "l", "a", "t") == [
        ("Completed", "2025-03-04", "company/harrow", "company/tavor")
    ]
    assert rows(quads, "?c kg:date ?day", "day") == [("2025-01-02",), ("2025-03-04",)]
    assert rows(quads, "?d schema:datePublished ?day", "day") == [("2025-01-02",), ("2025-03-04T10:00:00Z",)]
    off = told("d", "Harrow walked away from Tavor", "2025-05-06", stage="terminated")
    assert rows(graph_of(done, off), "?e a kg:Edge ; kg:status ?s ; kg:disputed ?d", "s", "d") == [("Terminated", "true")]


def test_support_counts_publishers_else_texts() -> None:
    def told(name: str, text: str, publisher: str | None) -> Pair:
        document, extraction = observed(article(name, text, PAIR, says("h supplies t")))
        return msgspec.structs.replace(document, publisher=publisher), extraction

    one, again = told("a", "Harrow sells to Tavor", "The Post"), told("b", "Tavor buys from Harrow", "the  post")
    copy, another = told("c", "Harrow ships to Tavor", None), told("d", "Harrow ships to Tavor", None)
    assert rows(graph_of(one, again, copy, another), "?e a kg:Edge ; kg:support ?n", "n") == [("2",)]


def test_labels_stand_in_the_entities_graph_alone_and_surface_names_in_the_documents() -> None:
    quads = graph_of(article("a", "Harrow Inc and Harrow", {"h": ("Company", "Harrow Inc"), "o": ("Company", "Harrow")}))
    entities = ox.NamedNode(f"{BASE_IRI}graph/entities")
    assert {(quad.object.value, quad.graph_name == entities) for quad in quads if quad.predicate.value == f"{RDFS}label"} == {("Harrow", True)}
    names = {(quad.object.value, quad.graph_name == entities) for quad in quads if quad.predicate.value == f"{SKOS}altLabel"}
    assert names == {("Harrow Inc", False), ("Harrow", False)}
    assert not [quad for quad in quads if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)]


def test_an_entity_that_speaks_is_a_source_and_keeps_its_one_label() -> None:
    quads = graph_of(article("a", "Tavor denied that Harrow buys it", PAIR, says("h acquires t", polarity="-", source="Tavor")))
    assert rows(quads, "?c kg:attributedTo ?s . ?s a kg:Source, kg:Company ; rdfs:label ?name", "s", "name") == [("company/tavor", "Tavor")]


def test_the_order_of_documents_changes_no_quad() -> None:
    texts = ["Harrow buys Tavor", "Tavor: no sale to Harrow", "云舟科技 Harrow Tavor", "Harrow and Tavor"]
    claims = [says("h acquires t"), says("h acquires t", polarity="-", source="Tavor"), says("h competesWith t"), says("t competesWith h")]
    told = [article(str(at), text, PAIR, claim, date=f"2025-01-0{at // 2 + 1}") for at, (text, claim) in enumerate(zip(texts, claims, strict=True))]
    assert set(graph_of(*told)) == set(graph_of(*reversed(told))) == set(graph_of(told[2], told[0], told[3], told[1]))


def test_an_extraction_of_another_text_is_refused() -> None:
    document, extraction = observed(article("a", "Harrow supplies Tavor", PAIR, says("h supplies t")))
    _, (resolution,) = resolve([(document, extraction)], Gazetteer.empty())
    with pytest.raises(InputError, match="extract it again"):
        statements(msgspec.structs.replace(document, text="Brinelle supplies Tavor"), extraction, resolution)
    with pytest.raises(InputError, match="extract it again"):
        statements(msgspec.structs.replace(document, id="b"), extraction, resolution)


def hostile(name: str, before: str, after: str) -> Pair:
    """A document that says in words around two names that one supplies the other."""
    text = f"{before}{name} supplies Tavor{after}"
    at = len(before)
    spans = Span(at, at + len(name)), Span(at + len(name) + 10, at + len(name) + 15)
    document = Document(id=name, text=text, title=after, publisher=before, url=name, date=name)
    mentions = tuple(Mention(Mention.make_id(span, "Company"), "Company", span, text[span.start : span.end], name) for span in spans)
    claim = Claim("c1", "supplies", mentions[0].id, mentions[1].id, (Span(at, spans[1].end),), name)
    return document, Extraction(document.key, "run", ("en",), mentions, (claim,))


SIGNS = "Aa\"'<>\\{}.\r\n\t \x00\x0b\u2028\ud800é字。🎉\U0010ffff"
TEXT = st.text(st.sampled_from(SIGNS), min_size=1, max_size=12) | st.text(min_size=1, max_size=12)


@given(TEXT.filter(lambda name: name.casefold().strip() not in ("", "tavor")), st.text(max_size=50), TEXT)
@settings(max_examples=150, deadline=None)
def test_evidence_is_the_text_at_its_offsets_whatever_the_text(name: str, before: str, after: str) -> None:
    document, extraction = hostile(name, before, after)
    kept = statements(document, extraction, resolve([(document, extraction)], Gazetteer.empty())[1][0])[0]
    if not kept:  # the name is another way to write the other one
        return
    quads = graph_of((document, extraction))
    exact, start, end = ([_short(quad.object) for quad in quads if quad.predicate.value == OA + name] for name in ("exact", "start", "end"))
    quoted = document.text[int(start[0]) : int(end[0])]
    assert exact == ["".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in quoted)]
    assert quoted == f"{name} supplies Tavor"


@given(TEXT.filter(lambda name: name.casefold().strip() not in ("", "tavor")), TEXT, TEXT)
@settings(max_examples=60, deadline=None)
def test_no_text_forges_a_triple(name: str, before: str, after: str) -> None:
    quads = set(graph_of(hostile(name, before, after)))
    triples = {quad.triple for quad in quads}
    written = ox.serialize(triples, format=ox.RdfFormat.TURTLE)
    assert isinstance(written, bytes)
    graph = rdflib.Graph().parse(data=written, format="turtle")
    assert len(graph) == len(triples)
    assert {str(predicate) for predicate in graph.predicates()} == {triple.predicate.value for triple in triples}
    mentioned = {str(entity) for entity in graph.objects(predicate=rdflib.URIRef(f"{SCHEMA}mentions"))}
    assert mentioned == {triple.object.value for triple in triples if triple.predicate.value == f"{SCHEMA}mentions"}  # type: ignore[union-attr]


def test_the_oldest_document_of_one_text_is_the_original() -> None:
    told = [
        article(name, "Harrow sued Tavor.", PAIR, date=date)
        for name, date in (("b", "2024-05-02"), ("c", None), ("a", "2024-05-02"), ("d", "2023-01-01"))
    ]
    told.append(article("e", "Harrow did not sue Tavor.", PAIR, date="2022-01-01"))
    asked = "?copy kg:duplicateOf ?of . ?copy dcterms:identifier ?name . ?of dcterms:identifier ?original"
    assert rows(graph_of(*told), asked, "name", "original") == [("a", "d"), ("b", "d"), ("c", "d")]
    assert rows(graph_of(*told[:3]), asked, "name", "original") == [("b", "a"), ("c", "a")]
    assert rows(graph_of(told[0], told[4]), asked, "name", "original") == []
