"""The command ``kg``: words to function calls. Results go to stdout, everything else to stderr.

Exit status: 0 done, 1 done with problems or not conformant, 2 could not run. What a command needs is imported when it runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from kg import __version__
from kg.errors import KGError

if TYPE_CHECKING:
    from kg.config import Settings
    from kg.model import Record

Command = TypeVar("Command", bound=Callable[..., Any])

SHOWN = 5
"""Problems that are told on stderr; the file of a build holds all."""

_corpus = click.option("--corpus", metavar="NAME", help="Name that keeps these documents apart from others with equal ids.")
_gazetteer = click.option("--gazetteer", multiple=True, metavar="FILE", help="Turtle file of names and concepts, beside the bundled ones.")
_no_gazetteer = click.option("--no-gazetteer", is_flag=True, help="Look no names up in lists.")
_store = click.option("--store", default="kg-out/store", show_default=True, metavar="PATH", help="Output folder, store, or RDF file to read.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_records = click.argument("files", nargs=-1, type=click.File("rb"))
_sources = click.argument("sources", nargs=-1, required=True)


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, message="dealgraph %(version)s")
def cli() -> None:
    """Turn business news in English and Chinese into a knowledge graph that says who claims what, how sure, in which words.

    Start with: kg build ARTICLE.txt
    """


@cli.command()
@_options(_sources, _corpus)
def read(sources: tuple[str, ...], corpus: str | None) -> int:
    """Read files, folders or "-" (stdin); write documents as JSON Lines."""
    from kg.read import read

    return _write(read(sources, corpus=_settings(corpus=corpus).corpus))


@cli.command()
@_options(_records, _gazetteer, _no_gazetteer)
def extract(files: tuple[IO[bytes], ...], gazetteer: tuple[str, ...], no_gazetteer: bool) -> int:
    """Find mentions and claims in documents (JSON Lines)."""
    from kg import build
    from kg.model import Document

    records = list(_read(files))
    extractor = build.open_extractor(_settings(gazetteer=gazetteer, no_gazetteer=no_gazetteer))
    found = build.extract([record for record in records if isinstance(record, Document)], extractor)
    return _write(chain(records, (record for one in found for record in (one.extraction, *one.problems) if record)))


@cli.command()
@_options(_records, _gazetteer, _no_gazetteer)
def resolve(files: tuple[IO[bytes], ...], gazetteer: tuple[str, ...], no_gazetteer: bool) -> int:
    """Decide which entity each mention is (JSON Lines)."""
    from kg import build
    from kg.resolve import resolve

    records = list(_read(files))
    entities, resolutions = resolve(build.pairs(records), build.open_gazetteer(_settings(gazetteer=gazetteer, no_gazetteer=no_gazetteer)))
    return _write(chain(records, entities, resolutions))


@cli.command()
@_options(_records)
def rdf(files: tuple[IO[bytes], ...]) -> int:
    """Write resolved documents (JSON Lines) as N-Quads."""
    import pyoxigraph

    from kg import build
    from kg.model import Entity, Problem, Resolution

    records = list(_read(files))
    entities = [record for record in records if isinstance(record, Entity)]
    resolutions = [record for record in records if isinstance(record, Resolution)]
    graph = build.map_to_graph(build.pairs(records), entities, resolutions, _settings().base_iri)
    pyoxigraph.serialize(graph.quads(), sys.stdout.buffer, format=pyoxigraph.RdfFormat.N_QUADS)
    problems = [*(record for record in records if isinstance(record, Problem)), *graph.problems]
    _tell([*(f"{one.source}: {one.reason}" for one in problems), *graph.refused.values()])
    return 1 if problems or graph.refused else 0


@cli.command()
@_options(_sources, _corpus, _gazetteer, _no_gazetteer)
@click.option("-o", "--out", default="kg-out", show_default=True, metavar="FOLDER", help="Where the results go.")
def build(sources: tuple[str, ...], out: str, corpus: str | None, gazetteer: tuple[str, ...], no_gazetteer: bool) -> int:
    """Read SOURCES and leave graph, page, report and store in a folder: the main job.

    SOURCES are .txt and .jsonl files, folders, or "-" for stdin. A row of a .jsonl file is {"id": …, "text": …} with lang, title, date, url and
    publisher where known. Documents of earlier builds into the folder stay.
    """
    from kg.build import build

    manifest, problems = build(sources, Path(out), _settings(corpus=corpus, gazetteer=gazetteer, no_gazetteer=no_gazetteer))
    _tell([f"{one.source}: {one.reason}" for one in problems])
    click.echo(", ".join(f"{what} {number}" for what, number in manifest.counts.items()), err=True)
    click.echo(f"look at {Path(out, 'graph.html')}, read {Path(out, 'report.md')}, ask with: kg query --store {out} -f FILE.rq", err=True)
    return 1 if problems else 0


@cli.command()
@click.argument("text", metavar="[SPARQL]", required=False)
@click.option("-f", "--file", "path", type=click.Path(exists=True, dir_okay=False), help="File that holds the query.")
@_options(_store, _json)
def query(text: str | None, path: str | None, store: str, as_json: bool) -> int:
    """Ask the graph in SPARQL; the project's prefixes are known."""
    from kg import query
    from kg.store import open_store

    with open_store(store) as graph:
        rows = query.sparql(graph, _query_text(text, path))
    click.echo(query.as_json(rows) if as_json else query.as_table(rows))
    return 0


@cli.command()
@_options(_store, _json)
def validate(store: str, as_json: bool) -> int:
    """Check a graph against the shapes of the ontology; list what breaks them."""
    from kg.model import to_json
    from kg.store import open_store
    from kg.validate import findings

    with open_store(store) as graph:
        found = findings(graph.quads())
    for finding in found:
        click.echo(to_json(finding) if as_json else str(finding))
    _tell([f"{len(found)} findings" if found else "the graph conforms"])
    return 1 if found else 0


@cli.command()
@click.argument("node")
@_options(_store)
def explain(node: str, store: str) -> int:
    """Take one NODE apart: an IRI, a short one such as company:acme, or a name."""
    from kg.report import explain
    from kg.store import open_store

    with open_store(store) as graph:
        click.echo(explain(graph, node))
    return 0


@cli.command()
@click.argument("gold")
@click.option("--graph", metavar="PATH", help="Score this graph instead of building the texts of GOLD.")
@click.option("--errors", default=0, metavar="N", help="Print the first N errors too.")
@_options(_gazetteer, _no_gazetteer, _json)
def evaluate(gold: str, graph: str | None, errors: int, gazetteer: tuple[str, ...], no_gazetteer: bool, as_json: bool) -> int:
    """Build the texts of GOLD (annotated articles, JSON Lines) and score what was found."""
    from kg import evaluate

    settings = _settings(gazetteer=gazetteer, no_gazetteer=no_gazetteer)
    table, wrong = evaluate.evaluate(Path(gold), settings, Path(graph) if graph else None)
    for line in [evaluate.as_json(table)] if as_json else [*evaluate.as_lines(table), *wrong[:errors]]:
        click.echo(line)
    return 0


def _query_text(text: str | None, path: str | None) -> str:
    if (text is None) == (path is None):
        raise click.UsageError("give either a query or a file with -f")
    try:
        return Path(path).read_text(encoding="utf-8") if path else os.fsencode(text or "").decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"the query is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8") from error


def _settings(*, corpus: str | None = None, gazetteer: tuple[str, ...] = (), no_gazetteer: bool = False) -> Settings:
    from kg.config import load

    return load({"corpus": corpus, "gazetteer": gazetteer or None, "use_gazetteer": False if no_gazetteer else None})


def _read(files: tuple[IO[bytes], ...]) -> Iterator[Record]:
    from kg.model import read_jsonl

    for file in files or (sys.stdin.buffer,):
        yield from read_jsonl(file)


def _write(records: Iterable[Record]) -> int:
    """Write records to stdout; 1 if there are problems among them."""
    from kg.model import Problem, write_jsonl

    problems = 0

    def counted() -> Iterator[Record]:
        nonlocal problems
        for record in records:
            problems += isinstance(record, Problem)
            yield record

    write_jsonl(counted(), sys.stdout.buffer)
    return 1 if problems else 0


def _tell(lines: Sequence[str]) -> None:
    """The first lines on stderr, and how many more there are."""
    for line in lines[:SHOWN]:
        click.echo(line, err=True)
    if len(lines) > SHOWN:
        click.echo(f"… and {len(lines) - SHOWN} more", err=True)


def main() -> None:
    """Run the command line and exit with its status; no error of a user's making shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        status = cli(prog_name="kg", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        status = 2
    except KGError as error:
        click.echo(f"kg: {error}", err=True)
        status = 2
    except (click.Abort, KeyboardInterrupt):
        status = 130
    except BrokenPipeError:  # the reader has seen enough; Python would complain once more when it closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status)
