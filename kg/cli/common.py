"""What the commands share: the group they belong to, options, and how records, problems and settings come and go."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from kg import __version__

if TYPE_CHECKING:
    from kg.config import Settings
    from kg.model import Record

Command = TypeVar("Command", bound=Callable[..., Any])

SHOWN = 5
"""Problems that are told on stderr; the file of a build holds all."""

corpus_option = click.option("--corpus", metavar="NAME", help="Name that keeps these documents apart from others with equal ids.")
gazetteer_option = click.option("--gazetteer", multiple=True, metavar="FILE", help="Turtle file of names and concepts, beside the bundled ones.")
no_gazetteer_option = click.option("--no-gazetteer", is_flag=True, help="Look no names up in lists.")
store_option = click.option("--store", default="kg-out/store", show_default=True, metavar="PATH", help="Output folder, store, or RDF file to read.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
records_argument = click.argument("files", nargs=-1, type=click.File("rb"))
sources_argument = click.argument("sources", nargs=-1, required=True)


def options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Decorator that adds several options or arguments to a command, in this order."""
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, message="dealgraph %(version)s")
def cli() -> None:
    """Turn business news in English and Chinese into a knowledge graph that says who claims what, how sure, in which words.

    Start with: kg build ARTICLE.txt
    """


def settings(*, corpus: str | None = None, gazetteer: tuple[str, ...] = (), no_gazetteer: bool = False) -> Settings:
    """Settings of this run: defaults, ``kg.toml``, then these flags."""
    from kg.config import load

    return load({"corpus": corpus, "gazetteer": gazetteer or None, "use_gazetteer": False if no_gazetteer else None})


def read_records(files: tuple[IO[bytes], ...]) -> Iterator[Record]:
    """Records of the named files, or of stdin."""
    from kg.model import read_jsonl

    for file in files or (sys.stdin.buffer,):
        yield from read_jsonl(file)


def write_records(records: Iterable[Record]) -> int:
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


def tell(lines: Sequence[str]) -> None:
    """The first lines on stderr, and how many more there are."""
    for line in lines[:SHOWN]:
        click.echo(line, err=True)
    if len(lines) > SHOWN:
        click.echo(f"… and {len(lines) - SHOWN} more", err=True)
