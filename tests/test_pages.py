"""The pages of the service over HTTP: linked data, things, articles with their words marked, search, questions; expected values by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from webpage import BASE, SMALL, Reader, client_of

from kg import query, vocab
from kg.model import Document, write_jsonl
from kg.questions import questions
from kg.serve.pages import routes
from kg.serve.pages.texts import Evidence, pieces
from kg.serve.pages.told import marked
from kg.serve.pages.words import WORDS
from kg.serve.snapshot import Snapshot
from kg.store import write_store

HOSTILE = "Osk <img src=x onerror=alert(1)> denies *merger* | </script>"
TEXT = "😀 诺凡拟收购明图。<b>Norvane</b> may buy\r\n\r\nPellucid Maps. It needs 👩‍👩‍👧 maps & data."


@pytest.fixture(scope="module")
def snapshot() -> Iterator[Snapshot]:
    opened = Snapshot(SMALL)
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def client(snapshot: Snapshot) -> TestClient:
    return client_of(snapshot)


@pytest.fixture
def overlapping(tmp_path: Path) -> Iterator[Snapshot]:
    """A build of one article with two sentences of evidence, one inside the other, and one that begins in the middle of the longer."""
    document = Document(id="n<1>", text=TEXT, title="T")
    spans = {"a": (2, 10), "b": (2, 50), "c": (36, len(TEXT))}
    lines = [
        f"document:{document.key} a kg:Document ; dcterms:identifier 'n<1>' ; schema:headline 'T' ; kg:sha256 '{document.sha256}' .",
        "company:norvane a kg:Company ; rdfs:label 'Norvane'@en , '诺凡'@zh .",
        "company:pellucid a kg:Company ; rdfs:label 'Pellucid Maps'@en , '明图'@zh .",
    ]
    for number, (name, (start, end)) in enumerate(spans.items()):
        lines += [
            f"claim:{name} a kg:Claim ; kg:edge edge:{number} ; kg:status kg:Stated ; prov:wasDerivedFrom evidence:{name} .",
            f"edge:{number} a kg:Edge ; rdf:subject company:norvane ; rdf:predicate kg:competesWith ; rdf:object company:pellucid .",
            f"edge:{number} kg:status kg:Stated ; kg:support 1 .",
            f"evidence:{name} oa:hasSource document:{document.key} ; oa:hasSelector evidence:{name}p , evidence:{name}q .",
            f"evidence:{name}p oa:start {start} ; oa:end {end} .",
            f"evidence:{name}q oa:exact {json.dumps(TEXT[start:end], ensure_ascii=False)} .",
        ]
    prologue = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in vocab.prefixes().items())
    quads = ox.parse(prologue + "\n".join(lines), format=ox.RdfFormat.TURTLE)
    write_store(tmp_path / "store", (ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode("urn:g")) for quad in quads))
    (tmp_path / "extractions").mkdir()
    with (tmp_path / "extractions" / f"{document.key}-0.jsonl").open("wb") as out:
        write_jsonl([document], out)
    opened = Snapshot(tmp_path)
    yield opened
    opened.store.close()


def test_page_of_a_company(client: TestClient) -> None:
    page = Reader(client.get("/page/company/norvane").text)
    for words in ("Norvane", "诺凡", "company", "Norvane – Pellucid Maps (acquisition) rumoured 2031-03-02", "1 independent source"):
        assert words in page.text
    assert "Norvane acquires Pellucid Maps rumoured" in page.text
    assert "rumoured people close to the talks 2031-03-02" in page.text
    assert "Stage: considered Likely read rightly: 0.90 Article: Norvane weighs a bid for Pellucid Maps · The Fenwick Ledger" in page.text
    html = client.get("/page/company/norvane").text
    quoted = (
        '<blockquote><mark class="from">Norvane</mark> is considering buying <mark class="to">Pellucid Maps</mark>, people close to the talks said.'
    )
    assert quoted in html
    for link in (
        "/page/document/d1",
        "/page/source/d1/insiders",
        "/page/claim/c1",
        "/page/edge/e1",
        "/view?around=company%2Fnorvane#lang=en&node=company%2Fnorvane",
    ):
        assert link in page.links()


def test_page_of_a_deal_has_its_timeline(client: TestClient) -> None:
    html = client.get("/page/deal/osk-tarn").text
    page = Reader(html)
    timeline = re.search(r'<ol class="timeline">(.*?)</ol>', html, re.DOTALL)
    assert timeline is not None
    assert Reader(timeline[1]).text == "2031-03-05 rumoured in talks 财经夜报 2031-03-09 denied considered Osk Freight status changes"
    assert "Parties Osk Freight; Tarn Robotics" in page.text
    assert page.links().count("#claim-c10") == 1
    invested = Reader(client.get("/page/deal/quillmoor-pellucid").text).text
    for words in ("amount: 40,000,000 USD", "share: 12%", "planned or done: by June 2031 (2031-06)", "Quillmoor Capital (investor)"):
        assert words in invested


def test_pages_of_an_edge_a_claim_and_a_source(client: TestClient) -> None:
    assert "2 independent sources · disputed" in Reader(client.get("/page/edge/e8").text).text
    claim = Reader(client.get("/page/claim/c11").text).text
    assert "Who says so: Quillmoor Capital" in claim
    assert "kg:rule investsIn.hand" in claim
    source = Reader(client.get(f"/page/source/{quote('财经夜报')}").text).text
    assert "2031-03-05 Osk Freight merges with Tarn Robotics rumoured" in source
    assert "What it says 2031-03-09 Osk Freight merges with Tarn Robotics denied" in Reader(client.get("/page/company/osk-freight").text).text


def test_hostile_words_are_text(client: TestClient) -> None:
    for path in (
        "/page/document/d3",
        "/page/deal/osk-tarn",
        "/",
        "/search?q=osk",
        "/ask/documents",
        "/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22%20x=",
    ):
        page = Reader(client.get(path).text)
        assert not [tag for tag, _ in page.tags if tag == "img"], path
        assert all("src" in attributes for tag, attributes in page.tags if tag == "script"), path
        assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"], path
    assert HOSTILE in Reader(client.get("/page/document/d3").text).text


def test_only_addresses_of_the_web_are_linked(tmp_path: Path) -> None:
    hostile = SMALL.read_text("utf-8").replace("<https://wharf.example/osk?a=1&b=2>", '"javascript:alert(1)"')
    links = "schema:sameAs <javascript:alert(2)> , <http://www.wikidata.org/entity/Q1> ;"
    hostile = hostile.replace("company:norvane a kg:Company ;", f"company:norvane a kg:Company ; {links}")
    (tmp_path / "h.trig").write_text(hostile, encoding="utf-8")
    opened = client_of(Snapshot(tmp_path / "h.trig"))
    for path in ("/page/document/d3", "/page/company/norvane", "/page/claim/c10"):
        page = Reader(opened.get(path).text)
        assert not [
            link for link in page.links() if not link.startswith(("/", "#", "http://www.wikidata.org/", "https://w3id.org/", "https://fenwick."))
        ], path
    wikidata = [
        attributes for tag, attributes in Reader(opened.get("/page/company/norvane").text).tags if "wikidata" in (attributes.get("href") or "")
    ]
    assert wikidata == [{"href": "http://www.wikidata.org/entity/Q1", "rel": "noopener noreferrer"}]


def test_words_are_marked_in_the_text_in_code_points(overlapping: Snapshot) -> None:
    opened = client_of(overlapping)
    page = opened.get("/page/document/" + Document(id="n<1>", text=TEXT).key).text
    body = re.search(r'<div class="text">(.*?)</div>', page, re.DOTALL)
    assert body is not None
    marks = re.findall(r'<mark class="depth(\d)">(.*?)</mark>', body[1], re.DOTALL)
    assert marks == [
        ("2", "诺凡拟收购明图。"),
        ("1", "&lt;b&gt;Norvane&lt;/b&gt; may buy\r\n\r\n"),
        ("2", "Pellucid Maps."),
        ("1", " It needs 👩‍👩‍👧 maps &amp; data."),
    ]
    bare = re.sub(r"<sup>.*?</sup>", "", body[1], flags=re.DOTALL)
    assert "".join(Reader(bare).words) == TEXT
    assert re.findall(r'<a href="(#claim-\w+)">(\d)</a>', body[1]) == [("#claim-a", "2"), ("#claim-b", "1"), ("#claim-c", "3")]
    for name in "abc":
        assert body[1].count(f'id="evidence-{name}"') == 1
        assert f'href="#evidence-{name}"' in page


def test_pieces_of_a_text() -> None:
    def said(start: int, end: int, name: str) -> Evidence:
        return Evidence(start, end, name, "", "", "", ())

    text = "😀甲乙丙丁"
    cut = pieces(text, [said(1, 4, "long"), said(1, 3, "short"), said(3, 5, "over"), said(4, 9, "beyond"), said(2, 2, "empty")])
    assert [(piece.text, [one.iri for one in piece.evidence]) for piece in cut] == [
        ("😀", []), ("甲乙", ["long", "short"]), ("丙", ["long", "over"]), ("丁", ["over"]),
    ]  # fmt: skip
    assert "".join(piece.text for piece in cut) == text
    assert [piece.text for piece in pieces("", [])] == []


def test_every_quote_of_a_build_is_marked(news_build: Path) -> None:
    """28 articles with emoji and Windows line ends: what is marked is what the graph quotes."""
    snapshot = Snapshot(news_build / "kg-out")
    opened = client_of(snapshot)
    rows = snapshot.store.select("SELECT ?document ?exact { ?e oa:hasSource ?document ; oa:hasSelector/oa:exact ?exact }")
    quotes: dict[str, set[str]] = {}
    for row in rows:
        quotes.setdefault(row["document"].value, set()).add(row["exact"].value)  # type: ignore[union-attr]
    assert len(quotes) > 20
    for document, expected in quotes.items():
        page = opened.get("/page/" + document.removeprefix(BASE)).text
        text = re.search(r'<div class="text">(.*?)</div>', page, re.DOTALL)
        assert text is not None
        assert {Reader(mark).words[0] for mark in re.findall(r"<mark[^>]*>(.*?)</mark>", text[1], re.DOTALL)} == expected


def test_without_the_folder_an_article_shows_its_quotes(client: TestClient) -> None:
    page = client.get("/page/document/d2").text
    assert "The text is not at hand here" in page
    assert '<mark class="depth1">塔恩机器人亟需街景影像。</mark>' in page


def test_a_text_that_is_not_the_one_of_the_graph_is_not_shown(overlapping: Snapshot) -> None:
    assert overlapping.folder is not None
    (path,) = (overlapping.folder / "extractions").iterdir()
    with path.open("wb") as out:
        write_jsonl([Document(id="n<1>", text="another text")], out)
    page = client_of(overlapping).get("/page/document/" + path.name.partition("-")[0]).text
    assert "another text" not in page
    assert "The text is not at hand here" in page


def test_marks_in_a_sentence() -> None:
    parts = marked("Norvane's rival NORVANE Nine, not Norvanes, sued 明图.", frozenset({"Norvane", "Norvane Nine"}), frozenset({"明图"}))
    assert [(part.text, part.end) for part in parts if part.end] == [("Norvane", "from"), ("NORVANE Nine", "from"), ("明图", "to")]
    assert "".join(part.text for part in marked("a.b*c", frozenset({"b*"}), frozenset())) == "a.b*c"
    assert [part.text for part in marked("x", frozenset(), frozenset())] == ["x"]


def found(client: TestClient, text: str) -> list[tuple[str, str, str]]:
    answer = client.get("/api/search", params={"q": text})
    assert answer.status_code == 200
    return [(one["iri"].removeprefix(BASE), one["type"], one["matched"]) for one in answer.json()["results"]]


def test_search_in_both_languages(client: TestClient) -> None:
    assert found(client, "norvane")[0] == ("company/norvane", "Company", "Norvane")
    assert found(client, "ＮＯＲＶ")[0] == ("company/norvane", "Company", "Norvane")
    assert found(client, "诺")[0] == ("company/norvane", "Company", "诺凡")
    assert found(client, "机器人")[0] == ("company/tarn-robotics", "Company", "塔恩机器人")
    assert found(client, "夜报") == [("source/财经夜报", "Source", "财经夜报")]
    assert found(client, "weighs a bid") == [("document/d1", "Document", "Norvane weighs a bid for Pellucid Maps")]
    assert [iri for iri, _, _ in found(client, "pellucid")][:2] == ["company/pellucid-maps", "deal/norvane-pellucid"]
    assert found(client, " ") == found(client, "") == found(client, "zzz") == []


def test_search_goes_by_exactness_then_rank(client: TestClient) -> None:
    """What is called so comes first, then what begins with it, then what has it as the start of a word."""
    assert [iri for iri, _, _ in found(client, "osk")] == ["company/osk-freight", "deal/osk-tarn", "document/d3"]
    assert [iri for iri, _, _ in found(client, "imagery")] == ["asset/street-imagery"]
    assert found(client, "r")[0][0] == "challenge/rising-licence-costs"  # all others have it only within a name


def test_search_limits_and_labels(client: TestClient) -> None:
    answer = client.get("/api/search?q=a&limit=2").json()
    assert (len(answer["results"]), answer["total"] > 2) == (2, True)
    first = client.get("/api/search?q=norvane&limit=1").json()["results"][0]
    assert first == {
        "iri": BASE + "company/norvane",
        "type": "Company",
        "label": {"en": "Norvane", "zh": "诺凡"},
        "matched": "Norvane",
        "page": "/page/company/norvane",
    }
    assert client.get("/api/search?q=a&limit=many").status_code == 400
    assert client.get("/api/search?q=a&limit=0").status_code == 200
    page = Reader(client.get("/search?q=诺凡").text)
    assert "Norvane company found as 诺凡" in page.text
    assert "Nothing is called so." in Reader(client.get("/search?q=zzz").text).text


@pytest.mark.parametrize(
    ("name", "given"), [("deals", {}), ("deals", {"status": "rumoured"}), ("rumours", {"company": "诺凡"}), ("quotes", {"text": "imagery"})]
)
def test_answers_as_json_are_those_of_ask(client: TestClient, snapshot: Snapshot, name: str, given: dict[str, str]) -> None:
    rows = query.ask(snapshot.store, name, **given)
    expected = query.as_json(rows, query.names_in(snapshot.store, rows))
    assert len(rows.rows) > 0
    answer = client.get(f"/ask/{name}.json", params=given)
    assert (answer.text, answer.headers["content-type"]) == (expected, "application/json")
    assert client.get(f"/ask/{name}", params=given, headers={"Accept": "application/json"}).text == expected
    exact = client.get(f"/ask/{name}", params=given, headers={"Accept": "application/sparql-results+json"})
    assert (exact.text, exact.headers["content-type"]) == (expected, "application/sparql-results+json")


def test_page_of_a_question(client: TestClient) -> None:
    page = Reader(client.get("/ask/rumours?company=Norvane").text)
    assert "Norvane acquires Pellucid Maps people close to the talks" in page.text
    assert "PREFIX kg: <https://w3id.org/dealgraph/ontology#>" in page.text
    assert "VALUES (?company) { (<https://w3id.org/dealgraph/id/company/norvane>) }" in page.text
    for link in ("/page/company/pellucid-maps", "/query?ask=rumours&company=Norvane", "/ask/rumours.json?company=Norvane"):
        assert link in page.links()
    assert client.get("/ask/evidence").status_code == 200  # only the form: it needs an edge
    assert '<input id="p-edge" name="edge" value="" aria-describedby="h-edge" required>' in client.get("/ask/evidence").text


def test_questions_that_cannot_be_answered(client: TestClient) -> None:
    wrong = client.get("/ask/rumours?company=Norvan%3Cb%3E")
    assert (wrong.status_code, "near to it: Norvane" in Reader(wrong.text).text, "<b>" in wrong.text) == (400, True, False)
    for path in ("/ask/deals?path=1", "/ask/deals?store=1&fragment=2", "/ask/deals.json?name=1", "/ask/evidence.json", "/ask/deals?status=nonsense"):
        assert client.get(path).status_code == 400, path
    lost = client.get("/ask/rumour.json")
    assert (lost.status_code, "near to it: rumours" in lost.json()["error"]) == (404, True)
    assert client.get("/ask/rumour").status_code == 404


def test_all_questions_are_listed_and_run(client: TestClient) -> None:
    listed = client.get("/ask", headers={"Accept": "application/json"}).json()["questions"]
    assert [one["name"] for one in listed] == list(questions())
    page = Reader(client.get("/ask?lang=zh").text)
    given = {"evidence": {"edge": "edge:e1"}, "quotes": {"text": "Norvane"}}
    for one in listed:
        assert f"/ask/{one['name']}?lang=zh" in page.links()
        assert client.get(f"/ask/{one['name']}", params=given.get(one["name"], {})).status_code == 200


def test_language_is_kept_by_links_and_said_to_browsers(client: TestClient) -> None:
    for path in ("/", "/page/company/norvane", "/page/document/d1", "/ask", "/ask/deals", "/search?q=osk", "/query"):
        html = client.get(path, params={"lang": "zh"} | ({"q": "osk"} if "?" in path else {})).text
        page = Reader(html)
        assert '<html lang="zh-Hans">' in html
        inside = [
            link
            for link in page.links()
            if link.startswith(("/page/", "/ask", "/search", "/query")) and "lang=en" not in link and ".json" not in link
        ]
        assert inside
        assert all("lang=zh" in link for link in inside), (path, inside)
        assert any("lang=en" in link for link in page.links()), path
    assert '<html lang="en">' in client.get("/").text
    assert '<html lang="zh-Hans">' in client.get("/", headers={"Accept-Language": "zh-CN"}).text
    assert "诺凡 – 收购 – Pellucid Maps" in Reader(client.get("/page/edge/e1?lang=zh").text).text


def test_phrases_come_in_both_languages_with_the_same_places() -> None:
    for key, (english, chinese) in WORDS.items():
        assert english, key
        assert chinese, key
        assert sorted(re.findall(r"\{\d}", english)) == sorted(re.findall(r"\{\d}", chinese)), key


def test_start_page(client: TestClient) -> None:
    page = Reader(client.get("/").text)
    for words in ("3 articles (en 2, zh 1)", "11 claims", "6 company", "4 deal", "completed 1", "rumoured 1", "denied 1", "announced 1"):
        assert words in page.text
    assert page.links().count("/ask/deals?status=Rumoured") == 1


def test_no_cookie_and_a_strict_policy(client: TestClient) -> None:
    for path in ("/", "/page/company/norvane", "/page/document/d1", "/search?q=a", "/ask", "/ask/deals", "/page/nothing", "/query"):
        answer = client.get(path)
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"]) == ("'none'", "'self'", "'none'")
        assert ("'unsafe-inline'" in policy["style-src"]) == (path == "/query")
        assert "set-cookie" not in answer.headers
    answer = client.get("/view?around=company/norvane")
    inner = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', answer.text)
    assert inner is not None
    assert answer.headers["content-security-policy"] == inner[1] + "; frame-ancestors 'none'"
    assert "Tarn" not in answer.text
    assert "Tarn Robotics" in client.get("/view").text


def test_our_own_files(client: TestClient) -> None:
    page = Reader(client.get("/query").text)
    addresses = [attributes.get("src") or attributes.get("href") or "" for tag, attributes in page.tags if tag in ("script", "link")]
    files = [address for address in addresses if address.startswith("/static/")]
    assert len(files) == len(addresses) == 6
    for address in files:
        answer = client.get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable"), address
    assert client.get("/static/style.css").headers["cache-control"] == "no-cache"
    for name in ("../frame.py", "..%2fframe.py", "nothing.js"):
        assert client.get("/static/" + name).status_code == 404, name


def test_query_page_takes_a_question_with_its_parameters(client: TestClient) -> None:
    def editor(path: str) -> str:
        return next(attributes["data-sparql"] or "" for _, attributes in Reader(client.get(path).text).tags if attributes.get("id") == "yasgui")

    assert "VALUES (?company) { (<https://w3id.org/dealgraph/id/company/norvane>) }" in editor("/query?ask=rumours&company=Norvane")
    assert "?claim kg:status kg:Rumoured" in editor("/query?ask=rumours&company=nobody")
    assert editor("/query?query=ASK%20%7B%22%3C%22%7D") == 'ASK {"<"}'
    buttons = [attributes for tag, attributes in Reader(client.get("/query").text).tags if tag == "button" and "data-sparql" in attributes]
    assert [one["data-name"] for one in buttons] == list(questions())


def test_every_query_that_pages_show_declares_its_prefixes(client: TestClient) -> None:
    for tag, attributes in Reader(client.get("/query").text).tags:
        if tag == "button" and "data-sparql" in attributes:
            ox.Store().query(attributes["data-sparql"] or "")  # as it stands, without ours


def test_openapi_tells_what_is_answered(client: TestClient) -> None:
    told = client.get("/openapi.json").json()
    assert (told["openapi"], told["info"]["title"]) == ("3.1.0", "Dealgraph")
    assert {f"/ask/{name}.json" for name in questions()} | {"/api/search", "/ask", "/id/{key}", "/data/{key}.{form}"} == set(told["paths"])
    names = []
    for path, item in told["paths"].items():
        assert set(item) == {"get"}, path
        operation = item["get"]
        names.append(operation["operationId"])
        assert operation["responses"]
        assert all(re.fullmatch(r"[1-5]\d\d", code) and answer["description"] for code, answer in operation["responses"].items())
        given = {one["name"]: one for one in operation.get("parameters", [])}
        assert all(one["in"] in ("path", "query") and one["schema"] for one in given.values())
        assert {name for name, one in given.items() if one["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
        assert all(one["required"] is True for one in given.values() if one["in"] == "path")
    assert len(names) == len(set(names))
    for reference in re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(told)):
        assert reference in told["components"]["schemas"]


def test_pages_under_a_path_keep_it_in_their_links(snapshot: Snapshot) -> None:
    from starlette.routing import Mount

    mounted = TestClient(Starlette(routes=[Mount("/graph", routes=routes(lambda: snapshot))]), follow_redirects=False)
    assert mounted.get("/graph/id/company/norvane").headers["location"] == "/graph/page/company/norvane"
    page = Reader(mounted.get("/graph/page/company/norvane").text)
    assert all(link.startswith(("/graph/", "#", "https://")) for link in page.links()), page.links()
    assert mounted.get("/graph/openapi.json").json()["servers"] == [{"url": "/graph"}]


def test_a_new_snapshot_is_taken_at_the_next_request(overlapping: Snapshot, snapshot: Snapshot) -> None:
    now = [snapshot]
    opened = TestClient(Starlette(routes=routes(lambda: now[0])), follow_redirects=False)
    assert opened.get("/page/company/tarn-robotics").status_code == 200
    now[0] = overlapping
    assert opened.get("/page/company/tarn-robotics").status_code == 404
    assert opened.get("/page/company/pellucid").status_code == 200


def test_what_is_left_out_is_counted_and_can_be_had(client: TestClient, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    from kg.serve.pages import things

    monkeypatch.setattr(things, "MAX_RELATIONS", 1)
    monkeypatch.setattr(things, "MAX_SAID", 1)
    monkeypatch.setattr(things, "MAX_CLAIMS", 1)
    page = Reader(client.get("/page/company/osk-freight?lang=en").text)
    assert "1 older claims are left out; all" in page.text
    assert "/page/edge/e8?all=1&lang=en" in page.links()
    assert "2 more relations are left out: all" in Reader(client.get("/page/company/norvane").text).text
    assert "2 more relations" not in Reader(client.get("/page/company/norvane?all=1").text).text
    assert len(re.findall('class="claim"', client.get("/page/edge/e8").text)) == 1
    assert len(re.findall('class="claim"', client.get("/page/edge/e8?all=1").text)) == 2
