"""Linked data over HTTP: where IRIs lead, which form a client gets, and what descriptions hold; expected values by hand."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
import rdflib
from starlette.testclient import TestClient
from webpage import BASE, SMALL, Reader, client_of

from kg.serve.pages.negotiate import THING, choose, language
from kg.serve.snapshot import Snapshot

KG = rdflib.Namespace("https://w3id.org/dealgraph/ontology#")
RDFLIB = pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph).* is deprecated:DeprecationWarning")  # of rdflib's own parsers


@pytest.fixture(scope="module")
def snapshot() -> Iterator[Snapshot]:
    opened = Snapshot(SMALL)
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def client(snapshot: Snapshot) -> TestClient:
    return client_of(snapshot)


@pytest.mark.parametrize(
    ("accept", "location"),
    [
        ("text/html", "/page/company/norvane"),
        ("", "/page/company/norvane"),
        ("*/*", "/page/company/norvane"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "/page/company/norvane"),
        ("text/turtle", "/data/company/norvane.ttl"),
        ("text/*;q=0.5, text/html;q=0.1", "/data/company/norvane.ttl"),
        ("text/html;q=0.4, application/ld+json;q=0.8, text/turtle;q=0.6", "/data/company/norvane.jsonld"),
        ("application/json", "/data/company/norvane.jsonld"),
        ("application/*", "/data/company/norvane.jsonld"),
        ("application/n-triples, */*;q=0.1", "/data/company/norvane.nt"),
        ("text/html;q=0, */*", "/data/company/norvane.ttl"),
        ("TEXT/TURTLE; charset=utf-8; q=1.0", "/data/company/norvane.ttl"),
    ],
)
def test_an_iri_leads_to_the_form_that_is_liked_best(client: TestClient, accept: str, location: str) -> None:
    answer = client.get("/id/company/norvane", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["location"], answer.headers["vary"]) == (303, location, "Accept")
    assert '</data/company/norvane.ttl>; rel="alternate"; type="text/turtle"' in answer.headers["link"]
    assert client.get(location).status_code == 200


def test_what_fits_no_accept_header_is_told_what_there_is(client: TestClient) -> None:
    for accept in ("image/png", "text/html;q=0", "nonsense"):
        answer = client.get("/id/company/norvane", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["vary"]) == (406, "Accept")
        assert "text/turtle /data/company/norvane.ttl\n" in answer.text
        assert "text/html /page/company/norvane\n" in answer.text


def test_weights_of_ranges() -> None:
    assert choose("text/html;q=0.5, text/turtle;q=0.50", THING) == THING[0]
    assert choose("text/html;q=.2, text/turtle;q=0.9;level=1", THING) == THING[1]
    assert choose("text/html;q=bad", THING) == THING[0]
    assert (language(None, "zh-Hant-TW, en;q=0.5"), language("zh", "en"), language(None, "fr")) == ("zh", "zh", "en")


@RDFLIB
@pytest.mark.parametrize(
    "kind", ["deal/osk-tarn", "edge/e8", "claim/c10", "document/d3", "evidence/c10", "source/财经夜报", "source/d1/insiders", "run/r1"]
)
def test_everything_that_has_an_iri_answers(client: TestClient, kind: str) -> None:
    page = client.get("/id/" + quote(kind))
    assert (page.status_code, page.headers["location"]) == (303, "/page/" + quote(kind))
    assert client.get(page.headers["location"]).status_code == 200
    for suffix, syntax in ((".ttl", "turtle"), (".nt", "nt"), (".jsonld", "json-ld")):
        answer = client.get(f"/data/{quote(kind)}{suffix}")
        found = rdflib.Graph().parse(data=answer.content, format=syntax)
        assert (rdflib.URIRef(BASE + kind), None, None) in found, suffix


def test_a_fragment_leads_to_the_page_of_what_it_is_part_of(client: TestClient) -> None:
    assert client.get("/id/evidence/c1%23quote").headers["location"] == "/page/evidence/c1#quote"


def test_the_description_of_an_edge_holds_its_claims_with_their_words(client: TestClient) -> None:
    answer = client.get("/data/edge/e8.ttl")
    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    assert answer.text.startswith("@prefix asset: <https://w3id.org/dealgraph/id/asset/> .\n")
    found = rdflib.Graph().parse(data=answer.text, format="turtle")
    claims = {
        str(claim).removeprefix(BASE): str(status).removeprefix(str(KG)) for claim, status in found.subject_objects(KG.status) if "claim/" in claim
    }
    assert claims == {"claim/c8": "Rumoured", "claim/c10": "Denied"}
    oa = rdflib.Namespace("http://www.w3.org/ns/oa#")
    assert {str(words) for words in found.objects(None, oa.exact)} == {
        "据财经夜报报道,塔恩机器人与奥斯克货运正商谈合并。", "Osk Freight denied that it will merge with Tarn Robotics.",
    }  # fmt: skip
    assert {str(start) for start in found.objects(None, oa.start)} == {"17", "0"}
    assert (rdflib.URIRef(BASE + "company/osk-freight"), rdflib.RDFS.label, rdflib.Literal("奥斯克货运", "zh")) in found


@RDFLIB
def test_the_description_of_a_thing_says_which_edges_and_claims_there_are(client: TestClient) -> None:
    found = rdflib.Graph().parse(data=client.get("/data/company/norvane.jsonld").content, format="json-ld")
    norvane = rdflib.URIRef(BASE + "company/norvane")
    assert {str(edge).removeprefix(BASE) for edge in found.subjects(rdflib.RDF.subject, norvane)} == {"edge/e1", "edge/e2", "edge/e6"}
    assert {str(claim).removeprefix(BASE) for claim in found.subjects(KG.edge, None)} == {"claim/c1", "claim/c2", "claim/c6"}
    assert (norvane, KG.needs, rdflib.URIRef(BASE + "asset/street-imagery")) in found  # a fact
    assert (rdflib.URIRef(BASE + "deal/norvane-pellucid"), KG.status, KG.Rumoured) in found
    assert not list(found.objects(None, rdflib.URIRef("http://www.w3.org/ns/oa#exact")))


@RDFLIB
def test_descriptions_are_the_same_in_all_forms_and_each_time(client: TestClient) -> None:
    for node in ("company/tarn-robotics", "deal/quillmoor-pellucid", "document/d2"):
        answers = {suffix: client.get(f"/data/{node}{suffix}").content for suffix in (".ttl", ".jsonld", ".nt")}
        turtle, jsonld, ntriples = (
            set(rdflib.Graph().parse(data=answers[suffix], format=syntax))
            for suffix, syntax in ((".ttl", "turtle"), (".jsonld", "json-ld"), (".nt", "nt"))
        )
        assert turtle == jsonld == ntriples
        other = client_of(Snapshot(SMALL))
        assert answers == {suffix: other.get(f"/data/{node}{suffix}").content for suffix in answers}


def test_what_is_not_there_is_said_not_to_be_with_near_names(client: TestClient) -> None:
    answer = client.get("/id/company/norvan")
    assert answer.status_code == 404
    assert "/page/company/norvane" in Reader(answer.text).links()
    plain = client.get("/id/company/norvan", headers={"Accept": "text/turtle"})
    assert (plain.status_code, plain.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert "near to it: Norvane <https://w3id.org/dealgraph/id/company/norvane>" in plain.text
    for path in (
        "/page/company/norvan",
        "/data/company/norvan.ttl",
        "/data/company/norvane.rdf",
        "/view?around=company/norvan",
        "/page/a<b> c",
        "/id/%ff",
    ):
        assert client.get(path).status_code == 404, path
    assert "<b>" not in client.get("/page/a<b> c").text
