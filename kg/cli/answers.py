"""Questions to a finished graph."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.common import background_of, cli, company_option, from_option, json_option, opened, options, settings, store_option, to_option

if TYPE_CHECKING:
    from kg.analyze import Engine, Teller
    from kg.store import Store


@cli.command()
@click.argument("text", metavar="[SPARQL]", required=False)
@click.option("-f", "--file", "path", type=click.Path(exists=True, dir_okay=False), help="File that holds the query.")
@options(store_option, json_option)
def query(text: str | None, path: str | None, store: str, as_json: bool) -> int:
    """Ask the graph in SPARQL; the project's prefixes are known."""
    from kg import query
    from kg.store import open_store

    asked = _query_text(text, path)
    with open_store(store) as graph:
        rows = query.sparql(graph, asked)
    click.echo(query.as_json(rows) if as_json else query.as_table(rows))
    return 0


class Library(click.Group):
    """The named questions as commands, made from what their files declare when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all questions."""
        from kg.questions import questions

        return list(questions())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The question as a command with its parameters as options."""
        from kg.questions import HELP, question, questions

        if ctx.resilient_parsing and cmd_name not in questions():
            return None
        asked = question(cmd_name)
        params = [click.Option([f"--{one.name}"], metavar=one.kind.upper(), required=one.required, help=HELP[one.kind]) for one in asked.parameters]
        title, description = asked.title, asked.description
        words = f"{title['en']}. {description['en']}\n\n{title['zh']}。{description['zh']}"
        language = click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of names.")
        run = options(from_option, to_option, language, store_option, json_option)(partial(_answer, cmd_name))
        return click.command(cmd_name, params=[*params], help=words, short_help=title["en"])(run)


@cli.group(cls=Library, invoke_without_command=True, subcommand_metavar="QUESTION [PARAMETERS]")
@click.option("--list", "listed", is_flag=True, help="List the questions with their parameters.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of the list.")
@click.pass_context
def ask(ctx: click.Context, listed: bool, lang: str) -> int:
    """Ask the graph one of the questions of the library.

    Such as: kg ask rumours --company Acme. Each tells its own parameters with --help.
    """
    from kg.questions import questions

    if ctx.invoked_subcommand is None or listed:
        width = max(map(len, questions()))
        for question in questions().values():
            parameters = " ".join(f"--{one.name}" if one.required else f"[--{one.name}]" for one in question.parameters)
            click.echo(f"{question.name:{width}}  {question.title[lang]}  {parameters}")
        ctx.exit(0)
    return 0


def _answer(name: str, *, store: str, since: str, until: str, lang: str, as_json: bool, **parameters: str | None) -> int:
    from kg import query

    with opened(store, since, until) as graph:
        rows = query.ask(graph, name, **{parameter: value for parameter, value in parameters.items() if value is not None})
        names = query.names_in(graph, rows, lang)
    click.echo(query.as_json(rows, names) if as_json else query.as_table(rows, names))
    return 0


@cli.command()
@options(company_option)
@click.option("--strategy", metavar="NAME", help="Only what drives this strategy and what stands in its way, such as 'AI + social'.")
@click.option("--deal", metavar="NAME", help="Only the history of this deal: its label in either language, or an IRI.")
@click.option("--path", "ends", nargs=2, metavar="FROM TO", help="Only how two things are joined, with the claims on the way.")
@click.option("--explain", is_flag=True, help="Take each score apart into the claims that it rests on, with their words.")
@click.option("--top", default=15, show_default=True, type=click.IntRange(1, 10_000), help="How many to rank.")
@click.option(
    "--engine", type=click.Choice(["networkx", "igraph"]), default="networkx", show_default=True,
    help="Who computes ranks and groups; igraph, an extra, is for graphs of more than 200,000 edges.",
)  # fmt: skip
@options(from_option, to_option, store_option, json_option)
def analyze(store: str, since: str, until: str, as_json: bool, explain: bool, **asked: Any) -> int:
    """Show what drives deals and strategies: who needs what, who has it, what stands in the way, who matters, who contradicts whom.

    How much a rumour or a denied deal counts, and the other weights, are set under [weights] in kg.toml.
    """
    from kg import analyze
    from kg.analyze import told

    with opened(store, since, until) as graph:
        found, lines = _analysis(graph, store, told.Teller(analyze.project(graph), explain=explain), **asked)
    if as_json:
        click.echo(analyze.as_json(found))
    for line in [] if as_json else lines:
        click.echo(line)
    return 0


def _analysis(
    graph: Store, store: str, teller: Teller, *,
    company: str | None, strategy: str | None, deal: str | None, ends: tuple[str, str] | None, top: int, engine: Engine,
) -> tuple[object, Iterable[str]]:  # fmt: skip
    """What was asked for, as a result and as lines."""
    from kg import analyze
    from kg.query import find

    weights = analyze.weights_with(dict(settings().weights))
    if sum(one is not None for one in (company, strategy, deal, ends)) > 1:
        raise click.UsageError("ask for one of --company, --strategy, --deal and --path at a time")
    if deal is not None:
        node = find(graph, deal, "deal")
        history = analyze.timeline(teller.graph, node)
        return history, (line for one in history for line in teller.moment(one, node))
    if strategy is not None:
        drivers = analyze.drivers(teller.graph, find(graph, strategy, "strategy"), weights)
        return drivers, teller.drivers(drivers)
    if ends is not None:
        paths = analyze.paths(teller.graph, find(graph, ends[0], "thing"), find(graph, ends[1], "thing"), weights=weights)
        return paths, [line for one in paths for line in teller.path(one)] or ["nothing that counts joins them"]
    about = None if company is None else find(graph, company, "company")
    analysis = analyze.analyse(teller.graph, company=about, top=top, background=background_of(store), engine=engine)
    return analysis, analyze.as_lines(analysis, teller)


@cli.command()
@click.argument("old")
@click.argument("new")
@options(from_option, to_option, json_option)
def diff(old: str, new: str, since: str, until: str, as_json: bool) -> int:
    """Tell what changed from the graph OLD to the graph NEW, each an output folder, store, RDF file or SPARQL endpoint.

    The exit status is 0 when they say the same, 1 when they differ.
    """
    from kg import diff

    with opened(old, since, until) as before, opened(new, since, until) as after:
        difference = diff.diff(before, after)
    for line in [diff.as_json(difference)] if as_json else diff.as_lines(difference):
        click.echo(line)
    return 0 if difference.empty else 1


@cli.command()
@click.argument("node")
@options(store_option)
def explain(node: str, store: str) -> int:
    """Take one NODE apart: an IRI, a short one such as company:acme, or a name."""
    from kg.report import explain
    from kg.store import open_store, output_folder

    with open_store(store) as graph:
        click.echo(explain(graph, node, output_folder(store)))
    return 0


def _query_text(text: str | None, path: str | None) -> str:
    if (text is None) == (path is None):
        raise click.UsageError("give either a query or a file with -f")
    try:
        return Path(path).read_text(encoding="utf-8") if path else os.fsencode(text or "").decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"the query is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8") from error
