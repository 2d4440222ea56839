"""The main job, and the checks on what it made."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.common import (
    SHOWN,
    claims_option,
    cli,
    confidence_option,
    corpus_option,
    decisions_option,
    gazetteer_option,
    id_field_option,
    json_option,
    no_gazetteer_option,
    options,
    patterns_option,
    progress,
    settings,
    store_option,
    tell,
    text_field_option,
)

if TYPE_CHECKING:
    from kg.model import Manifest, Problem


out_option = click.option("-o", "--out", default="kg-out", show_default=True, metavar="FOLDER", help="Where the results go.")


@cli.command()
@click.argument("sources", nargs=-1)
@options(out_option, corpus_option, text_field_option, id_field_option, gazetteer_option, no_gazetteer_option)
@options(patterns_option, claims_option, decisions_option, confidence_option)
@click.option("--sync", is_flag=True, help="Let documents of earlier builds go that SOURCES do not hold.")
@click.option("--workers", type=click.IntRange(0, 1024), metavar="N", help="Processes that extract (default: one per processor, where that pays).")
def build(sources: tuple[str, ...], out: str, sync: bool, **flags: Any) -> int:
    """Read SOURCES and leave graph, page, report and store in a folder: the main job.

    SOURCES are .txt, .md, .html, .jsonl and .csv files (packed .gz too), folders, patterns such as "news/**/*.html", or "-" for stdin. Rows of
    .jsonl and .csv have id and text, and lang, title, date, url and publisher where known. Documents of earlier builds into the folder stay,
    unless --sync is given; without SOURCES the results are derived anew.
    """
    from kg.build import build
    from kg.processes import processes

    if not sources and (sync or not Path(out, "manifest.json").exists()):
        raise click.UsageError("Missing argument 'SOURCES...': name what to read, a file, a folder or -")
    chosen = settings(**flags)
    with progress("extracting", "documents") as advance, processes(chosen.workers) as each:
        manifest, problems = build(sources, Path(out), chosen, sync=sync, mapper=each, progress=advance)
    return _summary(manifest, problems, out)


@cli.command()
@click.argument("documents", nargs=-1, required=True)
@options(out_option, gazetteer_option, no_gazetteer_option, patterns_option, claims_option, decisions_option, confidence_option)
def remove(documents: tuple[str, ...], out: str, **flags: Any) -> int:
    """Take DOCUMENTS out of a folder of results, as if they had never been in it.

    A document is named by its id, its IRI, or document:KEY as query results show it. Give --gazetteer, --no-gazetteer, --patterns,
    --claims, --decisions and --min-confidence as for the build.
    """
    from kg.build import remove

    return _summary(*remove(documents, Path(out), settings(**flags)), out)


def _summary(manifest: Manifest, problems: Sequence[Problem], out: str) -> int:
    """Tell what came out and where to look; 1 if there are problems."""
    lines = [", ".join(f"{what} {number}" for what, number in manifest.counts.items())]
    where = {name: shlex.quote(str(Path(out, name))) for name in ("graph.html", "report.md", "problems.jsonl")}
    ask = f"ask with: kg ask deals --store {shlex.quote(out)}"
    lines.append(f"look at {where['graph.html']}, read {where['report.md']}, {ask}")
    tell([click.style(f"{one.source}: {one.reason}", fg="yellow") for one in problems])
    if len(problems) > SHOWN:
        lines.append(f"all problems are in {where['problems.jsonl']}")
    tell([click.style(lines[0], bold=True), *lines[1:]])
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
@click.option("--mentions", is_flag=True, help="Score the trained reader of mentions alone: no lists, no patterns.")
@click.option("--resolution", is_flag=True, help="Score resolution alone: the annotated mentions and claims are put through it.")
@options(no_gazetteer_option, claims_option, confidence_option, json_option)
def evaluate(gold: str, graph: str | None, errors: int, mentions: bool, resolution: bool, as_json: bool, **flags: Any) -> int:
    """Build the texts of GOLD (annotated articles, JSON Lines) and score what was found."""
    from kg import evaluate

    chosen = settings(**flags)
    wrong: list[str] = []
    if mentions:
        table = evaluate.evaluate_mentions(Path(gold))
    elif resolution:
        table = evaluate.evaluate_resolution(Path(gold), chosen)
    else:
        table, wrong = evaluate.evaluate(Path(gold), chosen, Path(graph) if graph else None)
    for line in [evaluate.as_json(table)] if as_json else [*evaluate.as_lines(table), *wrong[:errors]]:
        click.echo(line)
    return 0


@cli.command()
@click.option("--articles", default="training", show_default=True, metavar="FOLDER", help="Where the training articles and the recipe lie.")
@click.option("--extra", multiple=True, metavar="FILE", help="Further annotated articles to learn from (JSON Lines).")
@click.option("--labelled", multiple=True, metavar="FILE", help="Pairs with the labels of other corpora, to learn from (JSON Lines).")
@click.option("--measure", multiple=True, metavar="FILE", help="Annotated articles to score in the end; nothing is learnt from them.")
@click.option("-o", "--out", metavar="FOLDER", help="Where the weights go (default: into the package).")
def train(articles: str, extra: tuple[str, ...], labelled: tuple[str, ...], measure: tuple[str, ...], out: str | None) -> int:
    """Make the weights of the readers of mentions and claims and of the vectors of phrases anew.

    This needs pip install "dealgraph[train]" and, on two processors, about two hours; nothing else ever needs it.
    """
    from kg import evaluate
    from kg.encoder import WEIGHTS
    from kg.train import train

    more, pairs, gold = ([Path(file) for file in files] for files in (extra, labelled, measure))
    made = train(more, articles=Path(articles), out=Path(out or WEIGHTS), measure=gold, labelled=pairs)
    for name, table in made.scores.items():
        click.echo("\n".join([name, *evaluate.as_lines(table)]))
    tell([f"the weights lie in {out or WEIGHTS}"])
    return 0
