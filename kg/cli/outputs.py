"""A finished graph as a page, a report or files for other programs."""

from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.common import (
    background_of,
    cli,
    company_option,
    from_option,
    json_option,
    opened,
    options,
    output_option,
    progress,
    put,
    store_option,
    tell,
    to_option,
)

if TYPE_CHECKING:
    from kg.model import Problem

TABLES = ("deals", "claims", "entities")
FORMATS = ("ttl", "trig", "nq", "jsonld", "graphml", "gexf", "csv", "xlsx")


@cli.command()
@options(output_option, company_option, from_option, to_option, store_option)
@click.option(
    "--max-nodes", type=click.IntRange(1), default=1000, show_default=True, metavar="N", help="Draw the N that matter most; search finds all."
)
def view(out: str | None, company: str | None, since: str, until: str, store: str, max_nodes: int) -> int:
    """Draw the graph, or what is about one company, as an HTML page that opens without a network."""
    from kg import analyze, query
    from kg.view import render

    with opened(store, since, until) as graph:
        projected = analyze.project(graph)
        if company is not None:
            projected = analyze.around(projected, query.find(graph, company, "company"))
        put(render(projected, max_nodes=max_nodes).encode(), out, readable=False)
    return 0


@cli.command()
@click.option("--html", "as_html", is_flag=True, help="Write an HTML page with charts instead of Markdown.")
@click.option(
    "--since", "older", metavar="PATH|URL", help="Tell what is new against this older graph: output folder, store, RDF file or SPARQL endpoint."
)
@options(from_option)
@options(output_option, to_option, store_option, json_option)
def report(out: str | None, since: str, until: str, store: str, as_json: bool, as_html: bool, older: str | None) -> int:
    """Write what an analyst reads first: deals by status with who says so, who wants what and who has it, what is in the way, contradictions."""
    from kg import report
    from kg.store import open_store

    if as_json and as_html:
        raise click.UsageError("choose --html or --json, not both")
    with opened(store, since, until) as graph, open_store(older) if older else nullcontext() as before:
        told = report.write_report(
            graph, "json" if as_json else "html" if as_html else "markdown", problems=None if since or until else _problems(Path(store)),
            since=before, background=background_of(store),
        )  # fmt: skip
    put(told.encode(), out)
    return 0


@cli.command()
@click.option(
    "--to", "wanted", multiple=True, metavar="FORMAT", help=f"One of {', '.join(FORMATS)}; without it, what FILE ends in. A DATE here is --until."
)
@click.option("--table", type=click.Choice(TABLES), help="For csv (where it is claims unless named) and xlsx (all three).")
@options(output_option, from_option)
@click.option("--until", default="", metavar="DATE", help="Only what was published on DATE or before; undated texts are left out.")
@options(store_option)
def export(wanted: tuple[str, ...], table: str | None, out: str | None, since: str, until: str, store: str) -> int:
    """Write the graph for other programs.

    ttl, trig, nq and jsonld are RDF; graphml and gexf are for Gephi, Cytoscape and networkx; csv and xlsx are tables of deals, claims or entities.
    """
    from kg import analyze, export

    form, until = _form(wanted, table, out, until)
    with opened(store, since, until) as graph:
        if form in ("csv", "xlsx"):
            tables = {name: export.TABLES[name](graph) for name in TABLES if name == (table or ("claims" if form == "csv" else name))}
            content = export.as_xlsx(tables) if form == "xlsx" else export.as_csv(next(iter(tables.values())))
        elif form in ("graphml", "gexf"):
            content = {"graphml": export.graphml, "gexf": export.gexf}[form](analyze.project(graph))
        elif form in ("ttl", "trig"):
            content = {"ttl": export.turtle, "trig": export.trig}[form](graph.quads(), graph.base_iri)
        else:
            content = {"nq": export.nquads, "jsonld": export.jsonld}[form](graph.quads())
    put(content, out, readable=form != "xlsx")
    return 0


@cli.command()
@click.argument("url")
@click.option("--graphs", metavar="URL", help="Graph Store of the server, where it is not known for URL (it is of Oxigraph and Virtuoso).")
@click.option("--timeout", type=click.FloatRange(0.1), metavar="SECONDS", help="How long one answer may take (default: DEALGRAPH_TIMEOUT, or 60).")
@options(store_option)
def publish(url: str, graphs: str | None, timeout: float | None, store: str) -> int:
    """Send the graph to the server whose SPARQL endpoint is at URL: what is new or changed, and drop what was sent before and is gone.

    A run that breaks leaves what arrived; run it again to send the rest. User and password stand in DEALGRAPH_USER and DEALGRAPH_PASSWORD, or
    in the URL. Afterwards URL may be given as --store to the other commands.
    """
    from kg.store import open_store
    from kg.store.publish import publish

    with open_store(store) as graph, progress("sending", "graphs") as advance:
        done = publish(graph, url, graphs=graphs, timeout=timeout, progress=advance)
    tell([f"graphs sent {done.sent}, there already {done.kept}, dropped {done.dropped}"])
    return 0


def _form(wanted: tuple[str, ...], table: str | None, out: str | None, until: str) -> tuple[str, str]:
    """The format, and the end of the period: ``--to`` stands for both, and a date is no format."""
    dates = [word for word in wanted if re.match(r"\d", word)]
    forms = [word for word in wanted if word not in dates]
    if not forms and (suffix := Path(out or "").suffix[1:]) in FORMATS:
        forms = [suffix]
    if not forms and table:
        forms = ["csv"]
    if len(forms) != 1 or forms[0] not in FORMATS or len(dates) > 1 or (dates and until):
        raise click.UsageError(f"say once what to write with --to, one of {', '.join(FORMATS)}, and at most once until when")
    if table and forms[0] not in ("csv", "xlsx"):
        raise click.UsageError(f"a table cannot be written as {forms[0]}; use --to csv or --to xlsx")
    return forms[0], until or "".join(dates)


def _problems(store: Path) -> list[Problem] | None:
    """What the build of this store could not process; None where no build says so."""
    from kg.model import Problem, read_jsonl

    for path in (store / "problems.jsonl", store.parent / "problems.jsonl"):
        if store.is_dir() and path.is_file():
            return [one for one in read_jsonl(path.read_bytes().splitlines()) if isinstance(one, Problem)]
    return None
