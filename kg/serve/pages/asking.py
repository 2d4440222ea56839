"""The named questions: which there are, each with a form for its parameters, and the answers as a table or as JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from starlette.responses import JSONResponse, Response

from kg import query, vocab
from kg.errors import QueryError
from kg.questions import HELP, question, questions
from kg.serve.pages.frame import Visit, page, refusal
from kg.serve.pages.negotiate import ANSWER, JSON, choose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from kg.query import Rows, Term
    from kg.questions import Question
    from kg.serve.snapshot import Snapshot

SHOWN = 500
"""Rows of a table; JSON has all."""

LONGEST = 1_000
"""Code points of a parameter."""


def ask_list(request: Request, snapshot: Snapshot) -> Response:
    """Which questions there are, as a page or as JSON."""
    visit = Visit(request, snapshot)
    if choose(request.headers.get("accept", ""), ANSWER) == JSON:
        return JSONResponse({"questions": [_told(one) for one in questions().values()]}, headers={"Vary": "Accept"})
    return page(visit, "asks.html", title=visit.named("questions"), questions=list(questions().values()))


def ask_one(request: Request, snapshot: Snapshot) -> Response:
    """A question: its form, and its answer once what it needs is given; as JSON by the Accept header or where the address ends in .json."""
    visit = Visit(request, snapshot)
    name: str = request.path_params["name"]
    as_json = name.endswith(".json") or choose(request.headers.get("accept", ""), ANSWER) == JSON
    try:
        asked = question(name.removesuffix(".json"))
    except QueryError as error:
        return _error(str(error), 404) if as_json else refusal(visit, 404, str(error))
    given = {key: value[:LONGEST] for key, value in request.query_params.items() if key != "lang" and value}
    if as_json:
        try:
            rows = snapshot.ask(asked.name, **given)
        except QueryError as error:
            return _error(str(error), 400)
        exact = "application/sparql-results+json" in request.headers.get("accept", "")
        text = query.as_json(rows, query.names_in(snapshot.store, rows, visit.language))
        return Response(text, 200, {"Vary": "Accept, Accept-Language"}, "application/sparql-results+json" if exact else "application/json")
    return _answer(visit, asked, given)


def _answer(visit: Visit, asked: Question, given: Mapping[str, str]) -> Response:
    """The page of a question."""
    rows, error, sparql, names = None, "", asked.sparql, {}
    lacking = any(parameter.required and parameter.name not in given for parameter in asked.parameters)
    if not lacking:
        try:
            sparql = query.filled(visit.snapshot.store, asked.name, **given)
            rows = visit.snapshot.ask(asked.name, **given)
            names = query.names_in(visit.snapshot.store, rows, visit.language)
        except QueryError as refused:
            error = str(refused)
    title = asked.title.get(visit.language, asked.title["en"])
    known = {parameter.name: given[parameter.name] for parameter in asked.parameters if parameter.name in given}
    return page(
        visit, "ask.html", status=400 if error else 200, title=title, asked=asked, given=known, error=error, lacking=lacking,
        table=None if rows is None else _table(rows, names), count=0 if rows is None else len(rows.rows), shown=SHOWN,
        sparql=declared(sparql, visit.snapshot.base_iri), statuses=vocab.STATUSES,
    )  # fmt: skip


def declared(sparql: str, base_iri: str) -> str:
    r"""A query with a declaration of each prefix that it uses, so that any SPARQL endpoint takes it; the lines of ours that describe it stay out.

    >>> print(declared("# title@en: All\nSELECT * { ?claim a kg:Claim }", vocab.BASE_IRI))
    PREFIX kg: <https://w3id.org/dealgraph/ontology#>
    SELECT * { ?claim a kg:Claim }
    """
    body = re.sub(r"^# (title|description|parameter)\b.*\n", "", sparql, flags=re.MULTILINE)
    used = {prefix: space for prefix, space in vocab.prefixes(base_iri).items() if re.search(rf"(?<![\w:?$]){prefix}:(?!//)", body)}
    return "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in used.items()) + body


def _table(rows: Rows, names: Mapping[str, str]) -> dict[str, Any]:
    """Columns and cells (text, IRI or "") of the first rows."""
    return {"columns": rows.variables, "rows": [[_cell(term, names, rows.prefixes) for term in row] for row in rows.rows[:SHOWN]]}


def _cell(term: Term | None, names: Mapping[str, str], prefixes: dict[str, str]) -> tuple[str, str]:
    if isinstance(term, ox.NamedNode):
        return names.get(term.value) or query.shorten(term, prefixes), "" if term.value.startswith(vocab.KG) else term.value
    return query.shorten(term, prefixes), ""


def _told(asked: Question) -> dict[str, Any]:
    """A question for programs."""
    parameters = [{"name": one.name, "kind": one.kind, "required": one.required, "help": HELP[one.kind]} for one in asked.parameters]
    return {"name": asked.name, "title": asked.title, "description": asked.description, "parameters": parameters}


def _error(reason: str, status: int) -> Response:
    return JSONResponse({"error": reason}, status, {"Vary": "Accept"})
