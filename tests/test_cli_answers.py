"""The commands that ask a finished graph, in this process: what they print, and how they end."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import networkx as nx
import pytest
import rdflib
from click.testing import CliRunner, Result

from kg.cli import cli
from kg.errors import KGError
from kg.questions import questions

SMALL = str(Path(__file__).parent / "data" / "small.trig")


def run(*arguments: str, store: str = SMALL) -> Result:
    given = [*arguments, "--store", store] if store else [*arguments]
    return CliRunner().invoke(cli, given)


def test_questions_are_listed_in_both_languages() -> None:
    listed = run("ask", "--list", store="").stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(questions())
    told = {line.split()[0]: re.split(r" {2,}", line)[1:] for line in listed}
    assert (told["evidence"], told["changes"][1]) == (["The evidence of an edge", "--edge"], "--after [--before] [--company]")
    chinese = {line.split()[0]: re.split(r" {2,}", line)[1:] for line in run("ask", "--list", "--lang", "zh", store="").stdout.splitlines()}
    assert chinese["rumours"] == ["传闻及其原文", "[--company]"]
    assert run("ask", store="").stdout.splitlines() == listed


def test_help_of_a_question_tells_its_parameters() -> None:
    told = run("ask", "deals", "--help", store="").stdout
    for option in ("--status STATUS", "--source SOURCE", "--company COMPANY", "--from DATE", "--to, --until DATE", "undated texts"):
        assert option in told
    assert "Missing option '--edge'" in run("ask", "evidence").stderr


def test_ask_prints_a_table_or_json_in_a_period_and_a_language() -> None:
    assert run("ask", "needs", "--company", "诺凡").stdout.splitlines()[2:] == [
        "Norvane  street imagery  stated  1        2031-03-02", "1 row",
    ]  # fmt: skip
    told = json.loads(run("ask", "needs", "--lang", "zh", "--json", "--from", "2031-03-03").stdout)
    assert [row["companyLabel"]["value"] for row in told["results"]["bindings"]] == ["塔恩机器人"]
    assert run("ask", "rumours", "--until", "2031-03-02").stdout.splitlines()[-1] == "1 row"
    assert run("ask", "rumours", "--to", "2031-03-01").stdout.splitlines()[-1] == "0 rows"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask", "rumour"), "near to it: rumours"),
        (("ask", "needs", "--company", "Norvan"), "near to it: Norvane"),
        (("analyze", "--company", "Norvan"), "near to it: Norvane"),
        (("view", "--company", "street imagery"), "'street imagery' is no company in this graph but asset:street-imagery"),
        (("report", "--from", "soon"), "'soon' is no date"),
        (("export", "--to", "ttl", "-o", "none/graph.ttl"), "none/graph.ttl cannot be written"),
    ],
)
def test_what_is_unknown_is_refused_with_what_there_is(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, KGError)
    assert said in str(done.exception)


def test_analyze_tells_needs_and_assets_of_a_deal() -> None:
    lines = run("analyze", "--company", "Norvane").stdout.splitlines()
    assert lines[lines.index("    needs street imagery (stated)") + 1] == "      0.81  Pellucid Maps: has asset (stated)"
    assert [deal["status"] for deal in json.loads(run("analyze", "--json", "--to", "2031-03-05").stdout)["deals"]] == [
        "Rumoured", "Rumoured", "Completed",
    ]  # fmt: skip


def test_analyze_tells_one_thing_when_asked() -> None:
    assert run("analyze", "--deal", "Osk Freight – Tarn Robotics (merger)").stdout.splitlines() == [
        "2031-03-05   rumoured, at stage in talks, says 财经夜报 (塔恩机器人收购微光传感)",
        "             “据财经夜报报道,塔恩机器人与奥斯克货运正商谈合并。”",
        "2031-03-09 → denied, at stage considered, says Osk Freight (Osk <img src=x onerror=alert(1)> denies *merger* | </script>)",
        "             “Osk Freight denied that it will merge with Tarn Robotics.”",
    ]
    assert run("analyze", "--path", "诺凡", "Tarn Robotics").stdout.splitlines()[:5] == [
        "length 2.2222",
        "  Norvane needs street imagery (stated)",
        "    Norvane needs street imagery: stated, read with 0.90",
        "      the article: “Norvane urgently needs street imagery.”",
        "  Tarn Robotics needs street imagery (stated)",
    ]
    assert run("analyze", "--path", "Osk Freight", "Norvane").stdout == "nothing that counts joins them\n"
    (path, *_) = json.loads(run("analyze", "--path", "Norvane", "Quillmoor Capital", "--json").stdout)
    assert [step["predicate"] for step in path["steps"]] == ["acquires", "investsIn"]
    assert isinstance(run("analyze", "--strategy", "Norvane").exception, KGError)
    assert "one of --company, --strategy, --deal and --path at a time" in run("analyze", "--company", "Norvane", "--deal", "x").stderr


def test_weights_come_from_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kg.toml").write_text("[weights]\nStated = 0.5\n", encoding="utf-8")
    lines = run("analyze", "--company", "Norvane").stdout.splitlines()
    # .5 * .9 twice, multiplied
    assert lines[lines.index("    needs street imagery (stated)") + 1] == "      0.20  Pellucid Maps: has asset (stated)"
    (tmp_path / "kg.toml").write_text("[weights]\nstated = 0.5\n", encoding="utf-8")
    assert "there is no weight 'stated'; did you mean Stated?" in str(run("analyze").exception)


def test_view_draws_all_or_what_is_about_a_company(tmp_path: Path) -> None:
    for name, arguments, nodes in (("all.html", [], 13), ("one.html", ["--company", "诺凡"], 6), ("none.html", ["--to", "2030"], 0)):
        assert run("view", "-o", str(tmp_path / name), *arguments).stdout == ""
        page = (tmp_path / name).read_text(encoding="utf-8")
        found = re.search(r'<script type="application/json" id="graph">(.*?)</script>', page, re.DOTALL)
        assert found and len(json.loads(found[1])["nodes"]) == nodes


def test_report_of_a_build_is_the_one_that_the_build_wrote(news_build: Path, tmp_path: Path) -> None:
    out = news_build / "kg-out"
    assert run("report", store=str(out)).stdout_bytes == (out / "report.md").read_bytes()
    assert run("report", "-o", str(tmp_path / "r.md"), store=str(out / "store")).stdout == ""
    assert (tmp_path / "r.md").read_bytes() == (out / "report.md").read_bytes()
    assert run("export", "--to", "trig", store=str(out)).stdout_bytes == (out / "graph.trig").read_bytes()
    assert run("export", "--to", "ttl", store=str(out)).stdout_bytes == (out / "graph.ttl").read_bytes()


def test_report_of_a_period_and_as_json() -> None:
    told = run("report", "--from", "2031-03-06").stdout
    assert "- Documents: 1 (en 1)\n" in told
    assert "Problems" not in told
    assert json.loads(run("report", "--json").stdout)["read"]["claims"] == 11
    assert run("report", "--html").stdout.startswith("<!doctype html>")
    assert "choose --html or --json" in run("report", "--html", "--json").stderr


def test_report_since_an_older_graph_tells_what_is_new() -> None:
    assert "## What is new\n\nNothing was found." in run("report", "--since", str(SMALL)).stdout
    assert "no store or graph file at nowhere" in str(run("report", "--since", "nowhere").exception)


def test_export_takes_the_format_from_the_flag_the_file_or_the_table(tmp_path: Path) -> None:
    assert len(rdflib.Graph().parse(data=run("export", "--to", "ttl", "--to", "2031-03-02").stdout, format="turtle")) > 50
    assert run("export", "-o", str(tmp_path / "g.graphml")).exit_code == 0
    assert len(nx.read_graphml(tmp_path / "g.graphml")) == 13
    deals = list(csv.DictReader(io.StringIO(run("export", "--table", "deals", "--to", "2031-03-05").stdout, newline="")))
    assert [deal["status"] for deal in deals] == ["Rumoured", "Completed", "Rumoured"]
    claims = list(csv.DictReader(io.StringIO(run("export", "--to", "csv", "--from", "2031-03-09").stdout, newline="")))
    assert [claim["relation"] for claim in claims] == ["mergesWith", "investsIn"]
    run("export", "-o", str(tmp_path / "all.xlsx"))
    assert [name for name in zipfile.ZipFile(tmp_path / "all.xlsx").namelist() if "worksheets/" in name] == [
        f"xl/worksheets/sheet{number}.xml" for number in (1, 2, 3)
    ]
    assert zipfile.ZipFile(io.BytesIO(run("export", "--to", "xlsx", "--table", "deals").stdout_bytes)).testzip() is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say once what to write with --to"),
        (("--to", "pdf"), "one of ttl, trig, nq, jsonld, graphml, gexf, csv, xlsx"),
        (("--to", "ttl", "--to", "nq"), "say once"),
        (("--to", "ttl", "--to", "2031", "--until", "2032"), "at most once until when"),
        (("--to", "gexf", "--table", "deals"), "a table cannot be written as gexf"),
        (("--to", "csv", "--table", "deal"), "'deals'"),
    ],
)
def test_export_refuses_what_it_cannot_write(arguments: tuple[str, ...], said: str) -> None:
    done = run("export", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
