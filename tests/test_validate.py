from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from pyoxigraph import Quad, RdfFormat, parse

from kg.validate import findings, gate
from kg.vocab import RELATIONS, ontology_folder

ROOT = Path(__file__).parent.parent
PREFIXES = """
@prefix : <https://w3id.org/dealgraph/id/> .
@prefix kg: <https://w3id.org/dealgraph/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

# Quellmoor, it is rumoured, takes over Brack; Fernhold has put money into Brack; Brack has shops.
ENTITIES = """
:quellmoor a kg:Company ; rdfs:label "Quellmoor"@en .
:brack a kg:Company ; rdfs:label "Brack"@en , "布拉克"@zh .
:fernhold a kg:Company ; rdfs:label "Fernhold"@en .
:shops a kg:Asset , kg:PhysicalAsset ; rdfs:label "shops"@en .
:deal1 a kg:Deal , kg:Acquisition ; rdfs:label "Quellmoor – Brack (acquisition)"@en ; kg:party :quellmoor , :brack ;
    kg:acquirer :quellmoor ; kg:target :brack ; kg:status kg:Rumoured ;
    kg:firstDate "2031-02-03"^^xsd:date ; kg:lastDate "2031-02-03"^^xsd:date .
:deal2 a kg:Deal , kg:Investment ; rdfs:label "Fernhold – Brack (investment)"@en ; kg:party :fernhold , :brack ;
    kg:investor :fernhold ; kg:investee :brack ; kg:status kg:Completed .
:edge1 a kg:Edge ; rdf:subject :quellmoor ; rdf:predicate kg:acquires ; rdf:object :brack ; kg:status kg:Rumoured ;
    kg:support 1 ; kg:firstDate "2031-02-03"^^xsd:date ; kg:lastDate "2031-02-03"^^xsd:date ; kg:disputed true .
:edge2 a kg:Edge ; rdf:subject :fernhold ; rdf:predicate kg:investsIn ; rdf:object :brack ; kg:status kg:Completed ; kg:support 1 .
:edge3 a kg:Edge ; rdf:subject :brack ; rdf:predicate kg:hasAsset ; rdf:object :shops ; kg:status kg:Stated ; kg:support 1 .
:analysts a kg:Source ; kg:sourceKind kg:Analyst ; rdfs:label "analysts"@en .
"""
ARTICLE = """
:document1 a kg:Document ; dcterms:identifier "a.txt" ; schema:inLanguage "en" ; schema:headline "Brack in demand" ;
    schema:datePublished "2031-02-03" ; kg:sha256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" ;
    schema:mentions :quellmoor , :brack , :fernhold , :shops , :deal1 , :deal2 .
:run1 a prov:Activity .
:claim1 a kg:Claim ; rdf:subject :quellmoor ; rdf:predicate kg:acquires ; rdf:object :brack ; kg:edge :edge1 ;
    kg:about :deal1 ; kg:polarity kg:Positive ; kg:certainty kg:Probable ; kg:stage kg:Talks ; kg:status kg:Rumoured ;
    kg:attributedTo :analysts ; kg:date "2031-02-03"^^xsd:date ; kg:confidence 0.8 ; kg:rule "acquire.verb" ;
    prov:wasDerivedFrom :evidence1 ; prov:wasGeneratedBy :run1 .
:claim2 a kg:Claim ; rdf:subject :fernhold ; rdf:predicate kg:investsIn ; rdf:object :brack ; kg:edge :edge2 ;
    kg:about :deal2 ; kg:polarity kg:Positive ; kg:certainty kg:Certain ; kg:stage kg:Completed ; kg:status kg:Completed ;
    kg:confidence 1.0 ; kg:rule "invest.verb" ; prov:wasDerivedFrom :evidence1 ; prov:wasGeneratedBy :run1 .
:claim3 a kg:Claim ; rdf:subject :brack ; rdf:predicate kg:hasAsset ; rdf:object :shops ; kg:edge :edge3 ;
    kg:polarity kg:Positive ; kg:certainty kg:Certain ; kg:status kg:Stated ;
    kg:confidence 0.5 ; kg:rule "has.verb" ; prov:wasDerivedFrom :evidence1 ; prov:wasGeneratedBy :run1 .
:fernhold kg:investsIn :brack .
:brack kg:hasAsset :shops .
:evidence1 a oa:SpecificResource ; oa:hasSource :document1 ; oa:hasSelector :evidence1p , :evidence1q .
:evidence1p a oa:TextPositionSelector ; oa:start 0 ; oa:end 31 .
:evidence1q a oa:TextQuoteSelector ; oa:exact "Quellmoor is in talks for Brack" ; oa:prefix "" ; oa:suffix "." .
"""

# shape: what is replaced in the text above, and by what, so that this shape is broken
BROKEN = {
    "claim": ("kg:about :deal1 ; kg:polarity kg:Positive ; kg:certainty kg:Probable ; kg:stage kg:Talks", "kg:polarity kg:Positive"),
    "claim-subject": (":claim3 a kg:Claim ; rdf:subject :brack", ":claim3 a kg:Claim ; rdf:subject :brack , :fernhold"),
    "claim-predicate": ("rdf:predicate kg:hasAsset ; rdf:object :shops ; kg:edge", "rdf:predicate kg:owns ; rdf:object :shops ; kg:edge"),
    "claim-object": ("rdf:object :shops ; kg:edge", 'rdf:object "shops" ; kg:edge'),
    "claim-edge": ("kg:edge :edge3", "kg:edge :edge4"),
    "claim-polarity": ("kg:polarity kg:Positive ; kg:certainty kg:Certain ; kg:status", "kg:certainty kg:Certain ; kg:status"),
    "claim-certainty": ("kg:certainty kg:Certain ; kg:status", "kg:certainty kg:Sure ; kg:status"),
    "claim-status": ("kg:certainty kg:Certain ; kg:status kg:Stated", "kg:certainty kg:Certain ; kg:status kg:Stated , kg:Reported"),
    "claim-amount": ('kg:rule "has.verb"', 'kg:rule "has.verb" ; kg:amount -1'),
    "claim-amount-max": ('kg:rule "has.verb"', 'kg:rule "has.verb" ; kg:amountMax "much"'),
    "claim-currency": ('kg:rule "has.verb"', 'kg:rule "has.verb" ; kg:currency "dollars"'),
    "claim-share": ('kg:rule "has.verb"', 'kg:rule "has.verb" ; kg:share 1.2'),
    "claim-event-date": ('kg:rule "has.verb"', 'kg:rule "has.verb" ; kg:eventDate "soon"'),
    "claim-event-text": ('kg:rule "has.verb"', 'kg:rule "has.verb" ; kg:eventDateText "in May" , "in June"'),
    "claim-confidence": ("kg:confidence 0.8", "kg:confidence 1.2"),
    "claim-rule": ('kg:rule "has.verb"', 'kg:rule "has.verb" , "has.noun"'),
    "claim-evidence": ('kg:rule "has.verb" ; prov:wasDerivedFrom :evidence1', 'kg:rule "has.verb"'),
    "claim-run": ('"has.verb" ; prov:wasDerivedFrom :evidence1 ; prov:wasGeneratedBy :run1', '"has.verb" ; prov:wasDerivedFrom :evidence1'),
    "claim-source": ("kg:attributedTo :analysts", "kg:attributedTo :fernhold"),
    "claim-date": ('kg:date "2031-02-03"^^xsd:date', 'kg:date "2031-02-30"^^xsd:date'),
    "claim-superseded": ('kg:rule "has.verb"', 'kg:rule "has.verb" ; kg:supersededBy :claim9'),
    "deal-claim-predicate": ("kg:status kg:Stated ;\n", "kg:status kg:Stated ; kg:about :deal1 ;\n"),
    "deal-claim-stage": ("kg:stage kg:Talks", "kg:stage kg:Gossip"),
    "deal-claim-about": ("kg:about :deal1 ;", "kg:about :brack ;"),
    "evidence-document": ("oa:hasSource :document1", "oa:hasSource :document2"),
    "evidence-selectors": ("oa:hasSelector :evidence1p , :evidence1q", "oa:hasSelector :evidence1p"),
    "evidence-position": ("oa:hasSelector :evidence1p", "oa:hasSelector :evidence1x"),
    "evidence-quote": ("oa:hasSelector :evidence1p , :evidence1q", "oa:hasSelector :evidence1p , :evidence1x"),
    "position-start": ("oa:start 0", "oa:start 31"),
    "position-end": ("oa:end 31", "oa:end 31.5"),
    "quote-exact": ('oa:exact "Quellmoor is in talks for Brack"', 'oa:exact ""'),
    "quote-prefix": ('oa:prefix ""', 'oa:prefix "" , "So "'),
    "quote-suffix": ('oa:suffix "."', 'oa:suffix "."@en'),
    "edge-subject": ("a kg:Edge ; rdf:subject :brack", "a kg:Edge"),
    "edge-predicate": ("rdf:predicate kg:hasAsset ; rdf:object :shops ; kg:status", "rdf:object :shops ; kg:status"),
    "edge-object": ("rdf:object :shops ; kg:status", "kg:status"),
    "edge-status": ("rdf:object :shops ; kg:status kg:Stated", "rdf:object :shops ; kg:status kg:Certain"),
    "edge-support": ("kg:status kg:Stated ; kg:support 1", "kg:status kg:Stated ; kg:support 0"),
    "edge-disputed": ("kg:disputed true", 'kg:disputed "perhaps"'),
    "edge-claim": ("kg:edge :edge3", "kg:edge :edge2"),
    "edge-first-date": ('kg:support 1 ; kg:firstDate "2031-02-03"', 'kg:support 1 ; kg:firstDate "2031-02-04"'),
    "edge-last-date": ('kg:lastDate "2031-02-03"^^xsd:date ; kg:disputed', 'kg:lastDate "2031" ; kg:disputed'),
    "deal-kind": ("a kg:Deal , kg:Acquisition", "a kg:Deal , kg:Acquisition , kg:Merger"),
    "deal-party": ("kg:party :quellmoor , :brack", "kg:party :brack"),
    "deal-status": ("kg:target :brack ; kg:status kg:Rumoured", "kg:target :brack ; kg:status kg:Stated"),
    "deal-label": ('"Fernhold – Brack (investment)"@en', '"Fernhold – Brack (investment)"'),
    "deal-first-date": ('kg:status kg:Rumoured ;\n    kg:firstDate "2031-02-03"', 'kg:status kg:Rumoured ;\n    kg:firstDate "2032-01-01"'),
    "deal-last-date": ('kg:lastDate "2031-02-03"^^xsd:date .', 'kg:lastDate "2031-02-03"^^xsd:date , "2031-02-05"^^xsd:date .'),
    "acquisition-roles": ("kg:acquirer :quellmoor", "kg:acquirer :fernhold"),
    "acquisition-acquirer": ("kg:acquirer :quellmoor ; ", ""),
    "acquisition-target": ("kg:target :brack ; ", ""),
    "investment-roles": ("kg:investor :fernhold", "kg:investor :quellmoor"),
    "investment-investor": ("kg:investor :fernhold ; ", ""),
    "investment-investee": ("kg:investee :brack", "kg:investee :brack , :fernhold"),
    "mention-type": (":quellmoor a kg:Company", ":quellmoor a kg:Company , kg:Person"),
    "mention-label": ('rdfs:label "Quellmoor"@en', 'rdfs:label "Quellmoor"@en , "Quelle"@en'),
    "source-label": (' ; rdfs:label "analysts"@en', ""),
    "source-kind": ("kg:sourceKind kg:Analyst", "kg:sourceKind kg:Analyst , kg:Insider"),
    "document-identifier": ('dcterms:identifier "a.txt"', 'dcterms:identifier "a.txt" , "b.txt"'),
    "document-sha256": ("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "0123456789ABCDEF"),
    "document-language": ('schema:inLanguage "en" ; ', ""),
    "document-date": ('schema:datePublished "2031-02-03"', 'schema:datePublished "2031-02-03" , "2031-02-04"'),
    "document-headline": ('"Brack in demand"', '"Brack in demand" , "Brack"'),
}  # fmt: skip

# shape: polarity, certainty, stage and status of a claim that do not go together
MISMATCHED = {
    "Denied-polarity": "Positive Certain - Denied",
    "Negated-polarity": "Positive Certain - Negated",
    "Terminated-polarity": "Negative Certain Terminated Terminated",
    "Terminated-stage": "Positive Certain Talks Terminated",
    "Rumoured-polarity": "Negative Probable Talks Rumoured",
    "Rumoured-certainty": "Positive Certain Talks Rumoured",
    "Rumoured-stage": "Positive Probable Terminated Rumoured",
    "Completed-polarity": "Negative Certain Completed Completed",
    "Completed-certainty": "Positive Probable Completed Completed",
    "Completed-stage": "Positive Certain Announced Completed",
    "Announced-polarity": "Negative Certain Announced Announced",
    "Announced-certainty": "Positive Possible Announced Announced",
    "Announced-stage": "Positive Certain Talks Announced",
    "Talks-polarity": "Negative Certain Talks Talks",
    "Talks-certainty": "Positive Probable Talks Talks",
    "Talks-stage": "Positive Certain Considered Talks",
    "Considered-polarity": "Negative Certain Considered Considered",
    "Considered-certainty": "Positive Possible Considered Considered",
    "Considered-stage": "Positive Certain Completed Considered",
    "Stated-polarity": "Negative Certain - Stated",
    "Stated-certainty": "Positive Probable - Stated",
    "Stated-stage": "Positive Certain Talks Stated",
    "Reported-polarity": "Negative Probable - Reported",
    "Reported-certainty": "Positive Certain - Reported",
    "Reported-stage": "Positive Probable Talks Reported",
    "Possible-polarity": "Negative Possible - Possible",
    "Possible-certainty": "Positive Probable - Possible",
    "Possible-stage": "Positive Possible Talks Possible",
}

MATCHED = (
    "Negative Certain - Denied",
    "Negative Probable Considered Negated",
    "Positive Probable Terminated Terminated",
    "Positive Possible Completed Rumoured",
    "Positive Certain Announced Announced",
    "Positive Certain Talks Talks",
    "Positive Certain Considered Considered",
    "Positive Probable - Reported",
    "Positive Possible - Possible",
)

# relation: subject and object that it joins; subject and object that it does not
ENDS = {
    "acquires": ("Person", "Product", "Asset", "Person"),
    "mergesWith": ("Company", "Company", "Organization", "Product"),
    "investsIn": ("Organization", "Company", "Product", "Asset"),
    "partnersWith": ("Organization", "Company", "Person", "Product"),
    "competesWith": ("Product", "Company", "Person", "Asset"),
    "supplies": ("Company", "Company", "Product", "Person"),
    "sues": ("Organization", "Person", "Product", "Organization"),
    "investigates": ("Organization", "Company", "Company", "Person"),
    "hasSubsidiary": ("Company", "Company", "Person", "Product"),
    "offers": ("Company", "Product", "Person", "Company"),
    "hasAsset": ("Product", "Asset", "Person", "Product"),
    "needs": ("Company", "Capability", "Product", "Challenge"),
    "faces": ("Product", "Challenge", "Person", "Capability"),
    "pursues": ("Company", "Strategy", "Product", "Challenge"),
    "enables": ("Asset", "Capability", "Person", "Strategy"),
    "supports": ("Asset", "Product", "Company", "Asset"),
    "mitigates": ("Product", "Challenge", "Strategy", "Capability"),
    "leads": ("Person", "Company", "Company", "Organization"),
}


def graph(article: str = ARTICLE, entities: str = ENTITIES) -> list[Quad]:
    trig = f"{PREFIXES} <https://w3id.org/dealgraph/id/graph/entities> {{ {entities} }} <https://w3id.org/dealgraph/id/document/1> {{ {article} }}"
    return list(parse(trig, format=RdfFormat.TRIG))


def changed(old: str, new: str) -> list[Quad]:
    assert (ARTICLE + ENTITIES).count(old) >= 1, old
    return graph(ARTICLE.replace(old, new, 1), ENTITIES.replace(old, new, 1))


def with_status(fields: str) -> list[Quad]:
    """The first claim, or the last one where there is no stage, with these values."""
    polarity, certainty, stage, status = fields.split()
    article = ARTICLE.replace(":brack kg:hasAsset :shops .", "")
    if stage == "-":
        old, new = "kg:certainty kg:Certain ; kg:status kg:Stated", f"kg:certainty kg:{certainty} ; kg:status kg:{status}"
    else:
        old = "kg:certainty kg:Probable ; kg:stage kg:Talks ; kg:status kg:Rumoured"
        new = f"kg:certainty kg:{certainty} ; kg:stage kg:{stage} ; kg:status kg:{status}"
    assert article.count(old) == 1
    return graph(article.replace(f"kg:polarity kg:Positive ; {old}", f"kg:polarity kg:{polarity} ; {new}"))


def relation_graph(relation: str, subject: str, target: str) -> list[Quad]:
    """One claim of a relation between a thing of one type and a thing of another."""
    article, entities = (
        re.sub(r"(:(?:claim|edge)3 .*?rdf:subject )\S+( ; rdf:predicate )kg:hasAsset( ; rdf:object )\S+", rf"\1:left\2kg:{relation}\3:right", part)
        for part in (ARTICLE.replace(":brack kg:hasAsset :shops .", ""), ENTITIES)
    )
    if RELATIONS[relation].deal:
        article = article.replace("kg:status kg:Stated", "kg:stage kg:Announced ; kg:about :deal1 ; kg:status kg:Announced")
    return graph(article, f'{entities} :left a kg:{subject} ; rdfs:label "left"@en . :right a kg:{target} ; rdfs:label "right"@en .')


def shapes_broken(quads: list[Quad]) -> set[str]:
    return {finding.shape for finding in findings(quads)}


def by_graph(quads: list[Quad]) -> tuple[dict[str, list[Quad]], list[Quad]]:
    documents: dict[str, list[Quad]] = defaultdict(list)
    for quad in quads:
        documents[quad.graph_name.value.rpartition("/")[2]].append(quad)
    return documents, documents.pop("entities")


def second(article: str) -> list[Quad]:
    """The article once more, as document 2 with claims and evidence of its own."""
    text = re.sub(r":(document|claim|evidence)(?=\d)", r":\1-2-", article)
    return list(parse(f"{PREFIXES} <https://w3id.org/dealgraph/id/document/2> {{ {text} }}", format=RdfFormat.TRIG))


def test_a_sound_graph_has_no_findings() -> None:
    assert findings(graph()) == []
    assert findings([]) == []


@pytest.mark.parametrize("file", sorted([*ROOT.glob("exports/*.trig"), *ROOT.glob("tests/data/*.trig")]), ids=lambda file: file.name)
def test_graphs_of_this_repository_have_no_findings(file: Path) -> None:
    assert findings(parse(path=file)) == []


@pytest.mark.parametrize(("shape", "old", "new"), [(shape, *change) for shape, change in BROKEN.items()])
def test_each_shape_finds_what_breaks_it(shape: str, old: str, new: str) -> None:
    assert shape in shapes_broken(changed(old, new))


@pytest.mark.parametrize(("shape", "fields"), MISMATCHED.items())
def test_a_status_that_does_not_follow_is_found(shape: str, fields: str) -> None:
    assert shape in shapes_broken(with_status(fields))


@pytest.mark.parametrize("fields", MATCHED)
def test_a_status_that_follows_is_sound(fields: str) -> None:
    assert shapes_broken(with_status(fields)) == set()


@pytest.mark.parametrize(("relation", "ends"), ENDS.items())
def test_relations_join_what_they_are_meant_for(relation: str, ends: tuple[str, str, str, str]) -> None:
    subject, target, wrong_subject, wrong_target = ends
    assert shapes_broken(relation_graph(relation, subject, target)) == set()
    assert shapes_broken(relation_graph(relation, wrong_subject, target)) == {f"{relation}-subject"}
    assert shapes_broken(relation_graph(relation, subject, wrong_target)) == {f"{relation}-object"}


def test_every_shape_is_broken_by_one_of_these_tests() -> None:
    constraints = {"or", "in", "class", "datatype", "minCount", "maxCount", "equals", "qualifiedValueShape"}
    limiting = {
        quad.subject.value.rpartition("#")[2]
        for quad in parse(path=ontology_folder() / "shapes.ttl", format=RdfFormat.TURTLE)
        if quad.predicate.value.rpartition("#")[2] in constraints and quad.predicate.value.startswith("http://www.w3.org/ns/shacl#")
        and quad.subject.value.startswith("https://w3id.org/dealgraph/shapes#")
    }  # fmt: skip
    tried = {*BROKEN, *MISMATCHED, *(f"{relation}-{end}" for relation in ENDS for end in ("subject", "object"))}
    assert tried == limiting


def test_a_finding_names_the_claim_at_fault_in_words() -> None:
    (found,) = findings(changed("kg:status kg:Stated ;\n", "kg:status kg:Reported ;\n"))
    assert found.focus == "https://w3id.org/dealgraph/id/claim3"
    assert found.path == "https://w3id.org/dealgraph/ontology#certainty"
    assert found.value == "https://w3id.org/dealgraph/ontology#Certain"
    assert str(found).startswith("A claim that is Reported has the certainty Probable. (Reported-certainty: https://w3id.org/dealgraph/id/claim3 ")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (":fernhold kg:investsIn :brack .", ":quellmoor kg:acquires :brack ."),
        (
            "kg:certainty kg:Certain ; kg:stage kg:Completed ; kg:status kg:Completed",
            "kg:certainty kg:Certain ; kg:stage kg:Announced ; kg:status kg:Announced",
        ),
        (":brack kg:hasAsset :shops .", ":shops kg:hasAsset :brack ."),
        (':rule "has.verb"', ':rule "has.verb" ; kg:supersededBy :claim2'),
    ],
    ids=["rumour", "announced", "turned round", "superseded"],
)
def test_a_triple_without_a_claim_that_makes_it_a_fact_is_found(old: str, new: str) -> None:
    assert "fact" in shapes_broken(changed(old.replace(":rule", "kg:rule"), new.replace(":rule", "kg:rule")))


def test_a_symmetric_fact_stands_both_ways_and_in_its_own_graph() -> None:
    quads = relation_graph("competesWith", "Company", "Company")
    both = ":left kg:competesWith :right . :right kg:competesWith :left ."
    there = list(parse(f"{PREFIXES} <https://w3id.org/dealgraph/id/document/1> {{ {both} }}", format=RdfFormat.TRIG))
    elsewhere = list(parse(f"{PREFIXES} <https://w3id.org/dealgraph/id/document/7> {{ {both} }}", format=RdfFormat.TRIG))
    assert findings(quads + there) == []
    assert shapes_broken(quads + elsewhere) == {"fact"}


def test_findings_do_not_depend_on_the_order_of_quads() -> None:
    quads = changed("kg:stage kg:Talks", "kg:stage kg:Gossip")
    assert findings(quads) == findings(quads[::-1])
    assert findings(quads) != []


def test_the_gate_lets_a_sound_batch_through() -> None:
    documents, entities = by_graph(graph() + second(ARTICLE))
    assert gate(documents, entities) == {}
    assert gate({}, entities) == {}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("kg:confidence 0.8", "kg:confidence 1.2", "A claim has exactly one confidence"),
        ("kg:status kg:Stated", "kg:status kg:Reported", "A claim that is Reported has the certainty Probable"),
        ("oa:start 0", "oa:start 40", "A position starts"),
        ("kg:sha256", "kg:hash", "A document has exactly one SHA-256"),
        (":brack kg:hasAsset :shops .", ":quellmoor kg:acquires :brack .", "A direct triple stands only"),
    ],
)
def test_the_gate_keeps_out_the_document_at_fault_only(old: str, new: str, reason: str) -> None:
    assert old in ARTICLE
    documents, entities = by_graph(graph() + second(ARTICLE.replace(old, new, 1)))
    found = gate(documents, entities)
    assert set(found) == {"2"}
    assert found["2"].startswith(reason)


def test_the_gate_keeps_out_all_documents_that_speak_of_an_entity_at_fault() -> None:
    other = re.sub(r"(?m)^:fernhold .*$", "", ARTICLE)
    other = re.sub(r":claim2 .*?\.\n", "", other, flags=re.DOTALL).replace(", :fernhold", "").replace(", :deal2", "")
    documents, entities = by_graph(graph(entities=ENTITIES.replace(' ; rdfs:label "Fernhold"@en', "")) + second(other))
    found = gate(documents, entities)
    assert set(found) == {"1"}
    assert found["1"].startswith("What a document mentions has a label")


def test_the_gate_looks_only_at_entities_that_the_batch_reaches() -> None:
    documents, entities = by_graph(graph(entities=ENTITIES + ":edge9 a kg:Edge . :unheard a kg:Company ."))
    assert gate(documents, entities) == {}
