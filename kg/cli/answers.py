"""Questions to a finished graph."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kg.cli.common import cli, json_option, options, store_option


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


@cli.command()
@click.argument("node")
@options(store_option)
def explain(node: str, store: str) -> int:
    """Take one NODE apart: an IRI, a short one such as company:acme, or a name."""
    from kg.report import explain
    from kg.store import open_store

    with open_store(store) as graph:
        click.echo(explain(graph, node))
    return 0


def _query_text(text: str | None, path: str | None) -> str:
    if (text is None) == (path is None):
        raise click.UsageError("give either a query or a file with -f")
    try:
        return Path(path).read_text(encoding="utf-8") if path else os.fsencode(text or "").decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"the query is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8") from error
