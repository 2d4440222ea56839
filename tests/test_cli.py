"""The command line, in processes of its own: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from news import composed_news, kg, write_rows

from kg.cli import cli
from kg.model import Document, Problem, read_jsonl, to_json

ROOT = Path(__file__).parent.parent
HEAVY = ("spacy", "pyoxigraph", "rdflib", "pyshacl", "networkx", "pyvis", "jieba", "numpy")


def last_line(output: bytes) -> str:
    return output.decode().splitlines()[-1]


def test_the_stages_in_a_pipe_give_the_quads_of_a_build(news_build: Path) -> None:
    lines = b""
    for stage in (("read", "news.jsonl"), ("extract",), ("resolve",), ("rdf",)):
        done = kg(*stage, cwd=news_build, stdin=lines)
        assert (done.returncode, done.stderr) == (0, b"")
        lines = done.stdout
    piped = set(ox.parse(lines, format=ox.RdfFormat.N_QUADS))
    built = set(ox.parse(path=news_build / "kg-out" / "graph.trig", format=ox.RdfFormat.TRIG))
    assert piped == built


def test_stages_pass_on_what_they_do_not_consume(tmp_path: Path) -> None:
    problem, document = Problem("paper.pdf", "read", "kind .pdf"), Document("a", "Arbel has acquired Nokora.")
    lines = to_json(problem) + b"\n\n" + to_json(document) + b"\n"
    for stage, kinds in (
        ("extract", ["problem", "document", "extraction"]),
        ("resolve", ["problem", "document", "extraction", "entity", "resolution"]),
    ):
        done = kg(stage, cwd=tmp_path, stdin=lines)
        assert done.returncode == 1, "there is a problem among the lines"
        assert list(dict.fromkeys(json.loads(line)["kind"] for line in done.stdout.splitlines())) == kinds
        assert list(read_jsonl(done.stdout.splitlines()))[:2] == [problem, document]
        lines = done.stdout


def test_a_build_tells_what_came_out_and_where(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.jsonl", composed_news()[:2])
    done = kg("build", "a.jsonl", "missing.txt", "-o", "out", cwd=tmp_path)
    told = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout) == (1, b"")
    assert told[0] == "missing.txt: No such file or directory; check the name and the rights"
    assert re.fullmatch(r"documents 2, entities \d+, deals \d+, claims \d+, problems 1", told[1])
    assert "out/graph.html" in told[2]


def test_many_problems_are_told_in_short(tmp_path: Path) -> None:
    done = kg("build", *(f"{number}.txt" for number in range(8)), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[4:6] == ["4.txt: No such file or directory; check the name and the rights", "… and 3 more"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        (("build", "a.txt", "-o", "a.txt/out"), b"", "choose another folder with -o"),
        (("build", "a.txt", "--gazetteer", "none.ttl"), b"", "none.ttl"),
        (("extract",), b"{", "line 1 is no record of Dealgraph"),
        (("rdf",), b'{"kind": "song"}\n', "line 1 is no record of Dealgraph"),
        (("query", "ASK { ?s ?p ?o }", "--store", "nowhere"), b"", "nowhere"),
        (("validate", "--store", "a.txt"), b"", "a.txt"),
        (("evaluate", "none.jsonl"), b"", "none.jsonl cannot be read"),
        (("evaluate", "a.txt"), b"", "no file of annotated articles"),
    ],
)
def test_what_cannot_run_is_said_in_one_line(tmp_path: Path, arguments: tuple[str, ...], stdin: bytes, told: str) -> None:
    (tmp_path / "a.txt").write_text("Arbel has acquired Nokora.", encoding="utf-8")
    done = kg(*arguments, cwd=tmp_path, stdin=stdin)
    assert (done.returncode, done.stdout) == (2, b"")
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("kg: ")
    assert told in line


def test_settings_of_the_working_folder_count_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A", encoding="utf-8")
    (tmp_path / "kg.toml").write_text('corpus = "weekly"', encoding="utf-8")
    assert json.loads(kg("read", "a.txt", cwd=tmp_path).stdout)["corpus"] == "weekly"
    assert json.loads(kg("read", "a.txt", "--corpus", "daily", cwd=tmp_path).stdout)["corpus"] == "daily"
    (tmp_path / "kg.toml").write_text('corpse = "weekly"', encoding="utf-8")
    done = kg("read", "a.txt", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == "kg: kg.toml: there is no setting 'corpse'; did you mean corpus?\n"


@pytest.mark.parametrize("arguments", [("build",), ("query",), ("query", "ASK {}", "-f", "a.rq"), ("colour",), ("read", "--colour", "x")])
def test_wrong_usage_ends_with_2_and_a_hint(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "a.rq").write_text("ASK {}", encoding="utf-8")
    done = kg(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Error: " in done.stderr
    assert b"Traceback" not in done.stderr


def test_query_prints_a_table_or_json_or_takes_a_file(news_build: Path) -> None:
    text = 'SELECT ?name { ?c a kg:Company ; rdfs:label ?name FILTER(CONTAINS(?name, "Falkenrath")) }'
    assert kg("query", text, cwd=news_build).stdout.decode().splitlines()[::2] == ["name", "Falkenrath Motors"]
    told = json.loads(kg("query", text, "--json", "--store", "kg-out", cwd=news_build).stdout)
    assert told["results"]["bindings"] == [{"name": {"type": "literal", "value": "Falkenrath Motors", "xml:lang": "en"}}]
    (news_build / "q.rq").write_text(text, encoding="utf-8")
    assert kg("query", "-f", "q.rq", cwd=news_build).stdout == kg("query", text, cwd=news_build).stdout
    (news_build / "latin.rq").write_bytes(b"SELECT ?caf\xe9 {}")
    assert b"not UTF-8" in kg("query", "-f", "latin.rq", cwd=news_build).stderr
    wrong = kg("query", "SELECT", cwd=news_build)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.startswith(b"kg: ")) == (2, b"", True)


def test_validate_and_explain_read_the_store(news_build: Path, tmp_path: Path) -> None:
    done = kg("validate", cwd=news_build)
    assert (done.returncode, done.stdout, last_line(done.stderr)) == (0, b"", "the graph conforms")
    broken = re.sub(r"kg:polarity kg:\w+ ;", "", (news_build / "kg-out" / "graph.trig").read_text(encoding="utf-8"), count=1)
    (tmp_path / "broken.trig").write_text(broken, encoding="utf-8")
    done = kg("validate", "--store", "broken.trig", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert any("/claim/" in json.loads(line)["focus"] for line in done.stdout.splitlines())
    done = kg("explain", "Falkenrath Motors", cwd=news_build)
    assert done.returncode == 0
    assert "Falkenrath Motors has acquired" in done.stdout.decode()
    assert "Why\n  “" in done.stdout.decode()
    assert ": name  (0.90)" in done.stdout.decode()
    done = kg("explain", "Falkenrat Motors", cwd=news_build)
    assert (done.returncode, b"Falkenrath Motors" in done.stderr) == (2, True)


def test_evaluate_prints_the_table(tmp_path: Path) -> None:
    gold, graph = ROOT / "kg" / "sample" / "openai-pinterest.gold.jsonl", ROOT / "tests" / "data" / "seed-perfect.trig"
    done = kg("evaluate", gold, "--graph", graph, cwd=tmp_path)
    assert (done.returncode, last_line(done.stdout)) == (0, "evidence exact               27/27")
    assert json.loads(kg("evaluate", gold, "--graph", graph, "--json", cwd=tmp_path).stdout)["claim all"]["F1"] == 1.0


def test_evaluate_builds_the_texts_and_finds_most_of_the_sample(tmp_path: Path) -> None:
    done = kg("evaluate", ROOT / "kg" / "sample" / "openai-pinterest.gold.jsonl", "--json", "--errors", "3", cwd=tmp_path)
    table = json.loads(done.stdout)
    assert table["entity all"]["F1"] >= 0.7
    assert table["claim all"]["F1"] >= 0.5
    assert table["rumours leaked as facts"] == 0
    assert len(set(table["evidence exact"].split("/"))) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_stops_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("Arbel. " * 100_000, encoding="utf-8")
    with subprocess.Popen([sys.executable, "-m", "kg", "read", "long.txt"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_output_is_utf8_whatever_the_locale(tmp_path: Path) -> None:
    (tmp_path / "甲.txt").write_text("甲", encoding="utf-8")
    env = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-m", "kg", "build", "乙.txt"], cwd=tmp_path, env=env, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode().startswith("乙.txt: No such file")) == (1, True)


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys; from kg.cli import cli; cli(['{0}'] * bool('{0}') + ['--help'], standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    )
    for command in ("", *sorted(cli.commands)):
        done = subprocess.run([sys.executable, "-c", script.format(command)], cwd=tmp_path, capture_output=True, check=True)
        assert done.stdout.startswith(b"Usage:")
        assert not set(HEAVY) & set(done.stderr.decode().split())


def test_every_command_has_help_and_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, command in cli.commands.items():
        assert command.help
        assert f"kg {name}" in readme


def test_the_version_is_told(tmp_path: Path) -> None:
    assert kg("--version", cwd=tmp_path).stdout.decode() == "dealgraph 0.1.0\n"
