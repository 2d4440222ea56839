"""The main job, and the checks on what it made."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.common import (
    cli,
    corpus_option,
    gazetteer_option,
    json_option,
    no_gazetteer_option,
    options,
    settings,
    sources_argument,
    store_option,
    tell,
)


@cli.command()
@options(sources_argument, corpus_option, gazetteer_option, no_gazetteer_option)
@click.option("-o", "--out", default="kg-out", show_default=True, metavar="FOLDER", help="Where the results go.")
def build(sources: tuple[str, ...], out: str, corpus: str | None, gazetteer: tuple[str, ...], no_gazetteer: bool) -> int:
    """Read SOURCES and leave graph, page, report and store in a folder: the main job.

    SOURCES are .txt and .jsonl files, folders, or "-" for stdin. A row of a .jsonl file is {"id": …, "text": …} with lang, title, date, url and
    publisher where known. Documents of earlier builds into the folder stay.
    """
    from kg.build import build

    manifest, problems = build(sources, Path(out), settings(corpus=corpus, gazetteer=gazetteer, no_gazetteer=no_gazetteer))
    tell([f"{one.source}: {one.reason}" for one in problems])
    click.echo(", ".join(f"{what} {number}" for what, number in manifest.counts.items()), err=True)
    click.echo(f"look at {Path(out, 'graph.html')}, read {Path(out, 'report.md')}, ask with: kg query --store {out} -f FILE.rq", err=True)
    return 1 if problems else 0


@cli.command()
@options(store_option, json_option)
def validate(store: str, as_json: bool) -> int:
    """Check a graph against the shapes of the ontology; list what breaks them."""
    from kg.model import to_json
    from kg.store import open_store
    from kg.validate import findings

    with open_store(store) as graph:
        found = findings(graph.quads())
    for finding in found:
        click.echo(to_json(finding) if as_json else str(finding))
    tell([f"{len(found)} findings" if found else "the graph conforms"])
    return 1 if found else 0


@cli.command()
@click.argument("gold")
@click.option("--graph", metavar="PATH", help="Score this graph instead of building the texts of GOLD.")
@click.option("--errors", default=0, metavar="N", help="Print the first N errors too.")
@options(no_gazetteer_option, json_option)
def evaluate(gold: str, graph: str | None, errors: int, no_gazetteer: bool, as_json: bool) -> int:
    """Build the texts of GOLD (annotated articles, JSON Lines) and score what was found."""
    from kg import evaluate

    table, wrong = evaluate.evaluate(Path(gold), settings(no_gazetteer=no_gazetteer), Path(graph) if graph else None)
    for line in [evaluate.as_json(table)] if as_json else [*evaluate.as_lines(table), *wrong[:errors]]:
        click.echo(line)
    return 0
