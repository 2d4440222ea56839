"""Questions to a finished graph."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click

from kg.cli.common import cli, company_option, from_option, json_option, opened, options, store_option, to_option


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
@options(from_option, to_option, company_option, store_option, json_option)
def analyze(since: str, until: str, company: str | None, store: str, as_json: bool) -> int:
    """Rank who and what matters; show what each deal needs, has and runs into."""
    from kg import analyze, query

    with opened(store, since, until) as graph:
        projected = analyze.project(graph)
        if company is not None:
            projected = analyze.around(projected, query.find(graph, company, "company"))
        analysis = analyze.analyse(projected)
    for line in [analyze.as_json(analysis)] if as_json else analyze.as_lines(analysis):
        click.echo(line)
    return 0


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
