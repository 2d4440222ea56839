"""What the commands share: the group they belong to, options, and how records, problems and settings come and go."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import reduce
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from kg import __version__

if TYPE_CHECKING:
    from kg.analyze import Background
    from kg.config import Settings
    from kg.model import Record
    from kg.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])

QUIET = "kg.quiet"
SHOWN = 5
"""Problems that are told on stderr; the file of a build holds all."""

corpus_option = click.option("--corpus", metavar="NAME", help="Name that keeps these documents apart from others with equal ids.")
text_field_option = click.option("--text-field", metavar="NAME", help="What rows of JSON Lines and CSV call their text (default: text).")
id_field_option = click.option("--id-field", metavar="NAME", help="What they call their id (default: id).")
gazetteer_option = click.option("--gazetteer", multiple=True, metavar="FILE", help="Turtle or CSV file of names, beside the bundled ones.")
no_gazetteer_option = click.option("--no-gazetteer", is_flag=True, help="Look no names up in lists.")
decisions_option = click.option("--decisions", multiple=True, metavar="FILE", help="People's decisions on what is the same (tab-separated).")
patterns_option = click.option("--patterns", multiple=True, metavar="FILE", help="TOML file of patterns of your own, beside the bundled ones.")
claims_option = click.option(
    "--claims", type=click.Choice(["both", "patterns", "model"]), help="Who reads claims: patterns, the trained model, or both (default)."
)
confidence_option = click.option(
    "--min-confidence", type=click.FloatRange(0, 1), metavar="CHANCE", help="Leave out claims that are less likely to be right than this (0 to 1)."
)
store_option = click.option(
    "--store", default="kg-out/store", show_default=True, metavar="PATH|URL",
    help="Output folder, store, RDF file or SPARQL endpoint (http://...) to read.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
output_option = click.option("-o", "--out", metavar="FILE", help="Write to FILE instead of stdout.")
company_option = click.option("--company", metavar="NAME", help="Only what is about this company: a name in either language, or an IRI.")
from_option = click.option(
    "--from", "since", default="", metavar="DATE", help="Only what was published on DATE (a day, month or year) or later; undated texts are left out."
)
to_option = click.option(
    "--to", "--until", "until", default="", metavar="DATE", help="Only what was published on DATE or before; undated texts are left out."
)
records_argument = click.argument("files", nargs=-1, type=click.File("rb"))
sources_argument = click.argument("sources", nargs=-1, required=True)


def options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Decorator that adds several options or arguments to a command, in this order."""
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)


class Group(click.Group):
    """Commands that all know ``--quiet`` and ``--verbose``, which may stand before the command's name as well."""

    def add_command(self, command: click.Command, name: str | None = None) -> None:
        """Register a command under its name."""
        command.params += _loudness()
        super().add_command(command, name)


def _loudness() -> list[click.Parameter]:
    def quiet(context: click.Context, _: click.Parameter, value: bool) -> None:
        context.meta[QUIET] = context.meta.get(QUIET, False) or value

    def verbose(_: click.Context, __: click.Parameter, value: int) -> None:
        if value:
            log = logging.getLogger("kg")
            log.setLevel(logging.DEBUG if value > 1 else logging.INFO)
            log.handlers = [_Echo()]
            log.propagate = False  # some libraries give the root logger a handler of their own

    return [
        click.Option(["-q", "--quiet"], is_flag=True, expose_value=False, callback=quiet, help="Say nothing but errors."),
        click.Option(["-v", "--verbose"], count=True, expose_value=False, callback=verbose, help="Say what is done; -vv in detail."),
    ]


class _Echo(logging.Handler):
    """Log lines on stderr as it is when they come."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(f"{record.levelname.lower()}: {record.name}: {self.format(record)}", err=True)


def is_quiet() -> bool:
    """Whether nothing but errors is wanted."""
    return bool(click.get_current_context().meta.get(QUIET))


@click.group(cls=Group, params=_loudness(), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, message="dealgraph %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Turn business news in English and Chinese into a knowledge graph that says who claims what, how sure, in which words.

    Start with: kg build ARTICLE.txt
    """
    if os.environ.get("NO_COLOR"):  # https://no-color.org; else colours go to terminals only
        context.color = False


def settings(*, no_gazetteer: bool = False, **others: object) -> Settings:
    """Settings of this run: defaults, ``kg.toml``, then these flags; a list that is empty was not given."""
    from kg.config import load

    given = {name: None if value == () else value for name, value in others.items()}
    return load({"use_gazetteer": False if no_gazetteer else None, **given})


@contextmanager
def opened(store: str, since: str, until: str) -> Iterator[Store]:
    """The graph of a store, or what of it is in a period."""
    from kg.query.period import within
    from kg.store import open_store

    with open_store(store) as graph:
        yield within(graph, since, until)


def background_of(store: str) -> Background:
    """What an analysis of a store takes into account: the lists and weights of the settings, and what the build of the store knows of phrases."""
    from kg import analyze
    from kg.build import VECTORS, open_gazetteer
    from kg.embed import open_embedder
    from kg.store import output_folder

    chosen, embedder, folder = settings(), open_embedder(), output_folder(store)
    if embedder is not None and folder is not None:
        embedder.recall(folder / VECTORS)
    known = analyze.known_from(open_gazetteer(chosen))
    return analyze.Background(known, embedder.vectors if embedder else None, analyze.weights_with(dict(chosen.weights)))


TOLD_AFTER = 10.0
"""Seconds between two lines about how far the work is, where no bar can show it."""


@contextmanager
def progress(label: str, unit: str) -> Iterator[Callable[[int, int], None] | None]:
    """What shows on a terminal how far the work is, how fast it goes and how long it will take; in a log a line now and then; None if quiet."""
    if is_quiet() or not sys.stderr.isatty():
        yield None if is_quiet() else _logged(label, unit)
        return
    with ExitStack() as stack:
        bars: list[Any] = []
        start = time.monotonic()

        def rate(done: int | None) -> str:
            return f"{(done or 0) / max(time.monotonic() - start, 0.001):.1f} {unit}/s"

        def advance(done: int, total: int) -> None:
            if not bars:
                bar = click.progressbar(length=total, label=label, file=sys.stderr, show_pos=True, item_show_func=rate)
                bars.append(stack.enter_context(bar))
            bars[0].update(done - bars[0].pos, done)

        yield advance


def _logged(label: str, unit: str) -> Callable[[int, int], None]:
    """Tells how far the work is when nothing was told for ``TOLD_AFTER`` seconds, and the end of what took longer: a log shows where it is."""
    start = last = time.monotonic()

    def advance(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - (start if done == total else last) >= TOLD_AFTER:
            last = now
            click.echo(f"{label}: {done} of {total} {unit}", err=True)

    return advance


def put(content: bytes, out: str | None, *, readable: bool = True) -> None:
    """Write a whole file, or to stdout; to a terminal only what a person can read."""
    from kg.errors import OutputError

    if out is None and not readable and sys.stdout.isatty():
        raise click.UsageError("this is nothing for a terminal; name a file with -o")
    if out is None or out == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        Path(out).write_bytes(content)
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror or error}; name another file with -o") from error


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
    """The first lines on stderr, and how many more there are; none of them when all is to be quiet."""
    if is_quiet():
        return
    for line in lines[:SHOWN]:
        click.echo(line, err=True)
    if len(lines) > SHOWN:
        click.echo(f"… and {len(lines) - SHOWN} more", err=True)
