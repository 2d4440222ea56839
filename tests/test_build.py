from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
from news import composed_news, kg, write_rows

from kg import build as module
from kg.build import build, derivation, map_to_graph, remove
from kg.config import Settings
from kg.model import Document, Entity, Extraction, Manifest, Mention, Problem, Resolution, Span, read_jsonl

RESULTS = ("graph.ttl", "graph.trig", "graph.html", "report.md", "resolution.jsonl", "problems.jsonl")
SAMPLE = Path(__file__).parent.parent / "kg" / "sample" / "openai-pinterest.txt"
EXPORTS = Path(__file__).parent.parent / "exports"
PREFIXES = {
    "kg": "https://w3id.org/dealgraph/ontology#",
    "company": "https://w3id.org/dealgraph/id/company/",
    "oa": "http://www.w3.org/ns/oa#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
FRENCH = "Le groupe Lumelle a annoncé mardi le rachat de son concurrent Tavor pour deux milliards d'euros."


def state(out: Path) -> dict[str, tuple[str, int]]:
    """Hash and time of change of every file but for locks."""
    files = (path for path in out.rglob("*") if path.is_file() and path.name != "LOCK")
    return {str(path.relative_to(out)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


def results(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in RESULTS}


def manifest(out: Path) -> Manifest:
    [record] = read_jsonl([(out / "manifest.json").read_bytes().replace(b"\n", b"")])
    assert isinstance(record, Manifest)
    return record


def quads(out: Path) -> set[ox.Quad]:
    return set(ox.parse(path=out / "graph.trig", format=ox.RdfFormat.TRIG))


@pytest.fixture
def folder(news_build: Path, tmp_path: Path) -> Path:
    """A copy of the finished build to change."""
    return Path(shutil.copytree(news_build, tmp_path / "news"))


def test_the_build_says_what_it_left(news_build: Path) -> None:
    told = manifest(news_build / "kg-out")
    for name, sha256 in told.outputs.items():
        assert hashlib.sha256((news_build / "kg-out" / name).read_bytes()).hexdigest() == sha256
    assert set(told.outputs) >= {*RESULTS, "store/CURRENT"}
    assert len(told.documents) == sum(name.startswith("extractions/") for name in told.outputs) == told.counts["documents"] == 28
    assert told.counts["claims"] >= 28
    assert told.counts["problems"] == 0


def test_two_processes_give_the_bytes_of_one(tmp_path: Path) -> None:
    rows = [row | {"id": f"{part}-{row['id']}"} for part in range(3) for row in composed_news()]
    source = str(write_rows(tmp_path / "news.jsonl", rows))
    one, two = (build([source], tmp_path / str(workers), Settings(workers=workers))[0] for workers in (1, 2))
    assert results(tmp_path / "1") == results(tmp_path / "2")
    assert one.outputs == two.outputs
    assert len(one.documents) == 84


def test_documents_can_be_extracted_by_any_map(news_build: Path, tmp_path: Path) -> None:
    told = []
    build([str(news_build / "news.jsonl")], tmp_path / "out", Settings(), mapper=map, progress=lambda done, total: told.append((done, total)))
    assert results(tmp_path / "out") == results(news_build / "kg-out")
    assert told == [(done, 28) for done in range(29)]


def test_order_and_hash_seed_change_nothing(news_build: Path, tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    rows = composed_news()
    for number, part in enumerate((rows[17:], rows[5:17], rows[:5])):
        write_rows(tmp_path / "rows" / f"{number}.jsonl", part[::-1])
    done = kg("build", "rows/2.jsonl", "rows/0.jsonl", "rows/1.jsonl", cwd=tmp_path, seed="1")
    assert done.returncode == 0, done.stderr.decode()
    assert results(tmp_path / "kg-out") == results(news_build / "kg-out")


def test_the_same_build_again_changes_no_file(folder: Path) -> None:
    before = state(folder / "kg-out")
    build([str(folder / "news.jsonl")], folder / "kg-out", Settings())
    assert state(folder / "kg-out") == before


def test_sources_that_are_not_named_again_stay(folder: Path, tmp_path: Path) -> None:
    rows = composed_news()
    out = tmp_path / "steps"
    build([str(write_rows(tmp_path / "first.jsonl", rows[:9]))], out, Settings())
    build([str(write_rows(tmp_path / "second.jsonl", rows[9:]))], out, Settings())
    assert results(out) == results(folder / "kg-out")


def test_two_builds_one_after_the_other_equal_one_of_both_and_map_anew_only_what_was_decided_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {
        "a.txt": "Harlow Motors acquired Tarnwick Mills in May.",
        "b.txt": "Ashgrove Foods sued Brenmoor Steel.",
        "c.txt": "Harlow Motors, formerly known as Brisk Wheels, sued Ashgrove Foods.",  # its first name gives the firm of a.txt another id
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    mapped: list[str] = []
    document_quads = derivation.document_quads

    def counted(document: Document, *rest: object, **named: object) -> list[ox.Quad]:
        mapped.append(document.id)
        return document_quads(document, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(derivation, "document_quads", counted)
    build([str(tmp_path / "a.txt"), str(tmp_path / "b.txt")], tmp_path / "out", Settings())
    assert sorted(mapped) == ["a.txt", "b.txt"]
    mapped.clear()
    build([str(tmp_path / "c.txt")], tmp_path / "out", Settings())
    assert sorted(mapped) == ["a.txt", "c.txt"]
    build([str(tmp_path / name) for name in texts], tmp_path / "whole", Settings())
    assert results(tmp_path / "out") == results(tmp_path / "whole")
    mapped.clear()
    remove(["c.txt"], tmp_path / "out", Settings())
    assert mapped == ["a.txt"]


def test_another_text_of_the_same_id_replaces_it(folder: Path) -> None:
    out = folder / "kg-out"
    rows = composed_news()
    rows[1]["text"] = "Nokora has acquired Ostrava Glass."
    build([str(write_rows(folder / "changed.jsonl", rows[1:2]))], out, Settings())
    fresh = folder / "fresh"
    build([str(write_rows(folder / "news.jsonl", rows))], fresh, Settings())
    assert results(out) == results(fresh)
    assert len(list((out / "extractions").iterdir())) == 28


def test_a_damaged_result_is_repaired_and_a_damaged_text_is_told(folder: Path) -> None:
    out = folder / "kg-out"
    whole = results(out)
    (out / "graph.ttl").write_bytes(b"half")
    (out / "report.md").unlink()
    [lost, *_] = sorted((out / "extractions").iterdir())
    lost.write_bytes(lost.read_bytes()[:-20])
    _, [problem] = build([], out, Settings())
    assert problem.source == str(lost)
    assert "name the source of its text again" in problem.reason
    assert manifest(out).counts["documents"] == 27
    build([str(folder / "news.jsonl")], out, Settings())
    assert results(out) == whole


def test_other_settings_extract_again(folder: Path) -> None:
    out = folder / "kg-out"
    build([], out, Settings(use_gazetteer=False))
    fresh = folder / "fresh"
    build([str(folder / "news.jsonl")], fresh, Settings(use_gazetteer=False))
    assert results(out) == results(fresh)
    assert manifest(out).run != module.Settings().run_hash()


def test_a_document_that_breaks_the_shapes_leaves_no_trace_in_the_rest(folder: Path) -> None:
    out, fresh = folder / "kg-out", folder / "fresh"
    rows = composed_news()
    bad = Document(rows[1]["id"], rows[1]["text"])
    [kept] = (out / "extractions").glob(f"{bad.key}-*")
    content = kept.read_bytes().replace(b'"confidence":0.', b'"confidence":7.')  # no probability
    assert content != kept.read_bytes()
    kept.write_bytes(content)
    (out / "manifest.json").unlink()  # that knows the file's hash
    told, [problem] = build([str(folder / "news.jsonl")], out, Settings())
    build([str(write_rows(folder / "rest.jsonl", [rows[0], *rows[2:]]))], fresh, Settings())
    assert kept.read_bytes() == content
    assert all((out / name).read_bytes() == (fresh / name).read_bytes() for name in ("graph.ttl", "graph.trig", "graph.html", "resolution.jsonl"))
    assert (problem.stage, problem.document, bad.key in told.documents, told.counts["documents"]) == ("validate", bad.key, True, 27)
    assert "left out of the graph" in problem.reason
    assert list(read_jsonl((out / "problems.jsonl").read_bytes().splitlines())) == [problem]
    kept.unlink()  # and when it can be read again, it is there
    assert build([str(folder / "news.jsonl")], out, Settings())[0].counts["documents"] == 28


def test_a_document_that_breaks_the_extractor_stops_no_other() -> None:
    class Picky:
        def extract(self, documents: list[Document]) -> list[tuple[Document, Extraction]]:
            if documents[0].id == "bad":
                raise ValueError("no verb")
            return [(document, Extraction(document.key, "run", ("en",))) for document in documents]

    bad, good = module.extract([Document("bad", "B"), Document("good", "G")], Picky())  # type: ignore[arg-type]
    assert good.extraction is not None
    assert bad.extraction is None
    assert [problem.reason for problem in bad.problems] == ["nothing was extracted, ValueError: no verb; please report it with the text"]


def test_a_mapping_that_does_not_fit_its_text_harms_no_other() -> None:
    documents = [Document("one", "Arbel"), Document("two", "Tavor")]
    mention = Mention("0-5-Company", "Company", Span(0, 5), "Arbel", "ner")
    pairs = [(document, Extraction(document.key, "run", ("en",), (mention,))) for document in documents]
    graph = map_to_graph(pairs, [Entity("company/arbel", "Company", (("en", "Arbel"),))], [Resolution(documents[0].key)], "https://example.org/")
    assert list(graph.documents) == [documents[0].key]
    assert list(graph.refused) == [documents[1].key]


def test_a_third_language_is_kept_as_a_document_with_one_problem(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FRENCH, encoding="utf-8")
    told, [problem] = build([str(tmp_path / "a.txt")], tmp_path / "out", Settings())
    assert told.counts == {"documents": 1, "entities": 0, "deals": 0, "claims": 0, "problems": 1}
    assert (problem.stage, problem.source) == ("extract", str(tmp_path / "a.txt"))
    assert "fr" in problem.reason
    again, problems = build([], tmp_path / "out", Settings())
    assert (again, problems) == (told, [problem])


def test_nothing_to_read_still_gives_a_whole_result(tmp_path: Path) -> None:
    told, problems = build([str(tmp_path / "none.txt")], tmp_path / "out", Settings())
    assert isinstance(problems[0], Problem)
    assert told.counts["documents"] == 0
    assert set(results(tmp_path / "out")) == set(RESULTS)


@pytest.mark.parametrize("name", ["graph.ttl", "graph.trig", "graph.html", "report.md"])
def test_committed_exports_are_what_the_sample_gives(sample_build: Path, name: str) -> None:
    assert (EXPORTS / name).read_bytes() == (sample_build / name).read_bytes(), "run make demo and commit exports/"


@pytest.fixture(scope="module")
def sample_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    assert build([str(SAMPLE)], out, Settings())[1] == []
    return out


def ask(out: Path, query: str) -> set[tuple[str, ...]]:
    """Rows of a query over all graphs, IRIs without what stands before the last # or /."""
    store = ox.Store()
    store.extend(quads(out))
    rows = store.query(query, prefixes=PREFIXES, use_default_graph_as_union=True)
    assert isinstance(rows, ox.QuerySolutions)
    return {
        tuple(value.value.rpartition("#")[2].rpartition("/id/")[2] if isinstance(value, ox.NamedNode) else value.value for value in row)
        for row in rows
    }


def test_every_quote_of_the_sample_is_the_text_at_its_place(sample_build: Path) -> None:
    text = SAMPLE.read_bytes().decode()
    rows = ask(sample_build, "SELECT ?start ?end ?exact { ?e oa:hasSelector ?p, ?q . ?p oa:start ?start ; oa:end ?end . ?q oa:exact ?exact }")
    assert len(rows) >= 10, "else too little is tested"
    assert all(text[int(start) : int(end)] == exact for start, end, exact in rows)


def test_the_sample_tells_a_rumour_and_no_fact(sample_build: Path) -> None:
    claim = "?c rdf:subject company:openai ; rdf:predicate kg:acquires ; rdf:object company:pinterest"
    fields = "kg:stage ?stage ; kg:certainty ?certainty ; kg:status ?status ; kg:attributedTo/rdfs:label ?by"
    rows = ask(sample_build, f"SELECT ?stage ?certainty ?status ?by {{ {claim} ; {fields} }}")
    assert {row[:3] for row in rows} == {("Considered", "Probable", "Rumoured")}
    assert "media reports" in {row[3] for row in rows}
    assert ask(sample_build, "SELECT ?s ?o { ?s kg:acquires ?o }") == set()
    assert ask(sample_build, "SELECT ?c { ?c kg:polarity kg:Negative }") == set()


def test_the_sample_names_what_stands_in_the_way_of_its_deal(sample_build: Path) -> None:
    hurdles = ask(sample_build, "SELECT ?name { ?deal a kg:Acquisition ; kg:faces/rdfs:label ?name FILTER(lang(?name) = 'en') }")
    assert hurdles == {("regulatory scrutiny",), ("cultural integration",), ("strategic alignment",)}


def test_the_sample_has_each_named_thing_once_and_labelled_in_both_languages(sample_build: Path) -> None:
    kinds = "FILTER(?type IN (kg:Company, kg:Organization, kg:Person, kg:Product))"
    rows = ask(sample_build, f"SELECT ?e ?name (LANG(?name) AS ?language) {{ ?e a ?type ; rdfs:label ?name {kinds} }}")
    assert {row[1:] for row in rows} == {(name, language) for name in ("OpenAI", "Pinterest", "DALL·E", "GPT-V") for language in ("en", "zh")}
    assert len({row[0] for row in rows}) == 4
