"""Free SPARQL over a store: read-only, with the project's prefixes bound, as a table or as JSON."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

import pyoxigraph as ox

from kg import vocab
from kg.errors import QueryError
from kg.store import OxigraphStore, serialise

if TYPE_CHECKING:
    from pyparsing import ParseBaseException

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Rows(NamedTuple):
    """A result: of ASK one row with one boolean, of CONSTRUCT and DESCRIBE sorted triples, of SELECT the solutions."""

    form: Literal["select", "ask", "graph"]
    variables: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]
    prefixes: dict[str, str]


def sparql(store: OxigraphStore, text: str) -> Rows:
    """Rows of a SPARQL 1.1 query over the union of all graphs, or over those that its FROM clauses name.

    Raises QueryError when it cannot be parsed (with the place), changes something, or asks another server.
    """
    prefixes = vocab.prefixes(store.base_iri)
    union = not _check(text)
    try:
        result = store.query(text, prefixes=prefixes, union=union)
    except (SyntaxError, OSError, ValueError) as error:
        raise QueryError(_reason(str(error))) from error
    if isinstance(result, ox.QueryBoolean):
        return Rows("ask", ("answer",), ((ox.Literal(bool(result)),),), prefixes)
    if isinstance(result, ox.QueryTriples):
        triples = sorted({(t.subject, t.predicate, t.object) for t in result}, key=str)
        return Rows("graph", ("subject", "predicate", "object"), tuple(triples), prefixes)
    variables = tuple(variable.value for variable in result.variables)
    return Rows("select", variables, tuple(tuple(solution[name] for name in variables) for solution in result), prefixes)


def as_table(rows: Rows) -> str:
    """Rows as plain text in aligned columns, a Chinese sign two wide; a graph as Turtle."""
    if rows.form == "ask":
        return "yes" if rows.rows[0][0] == ox.Literal(True) else "no"
    if rows.form == "graph":
        return serialise(_triples(rows), ox.RdfFormat.TURTLE, rows.prefixes).decode().rstrip()
    cells = [list(rows.variables), *([shorten(term, rows.prefixes) for term in row] for row in rows.rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["─" * width for width in widths])
    lines = ("  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells)
    return "\n".join(lines) + f"\n{len(rows.rows)} {'row' if len(rows.rows) == 1 else 'rows'}"


def as_json(rows: Rows) -> str:
    """Rows as SPARQL 1.1 Query Results JSON (https://www.w3.org/TR/sparql11-results-json/); a graph as JSON-LD."""
    if rows.form == "ask":
        return json.dumps({"head": {}, "boolean": rows.rows[0][0] == ox.Literal(True)})
    if rows.form == "graph":
        return serialise((ox.Quad(t.subject, t.predicate, t.object) for t in _triples(rows)), ox.RdfFormat.JSON_LD, {}).decode()
    bindings = [{name: _json(term) for name, term in zip(rows.variables, row, strict=True) if term is not None} for row in rows.rows]
    return json.dumps({"head": {"vars": rows.variables}, "results": {"bindings": bindings}}, ensure_ascii=False)


def shorten(term: Term | None, prefixes: dict[str, str]) -> str:
    """A term for people, on one line: an IRI with its prefix where it has one, the text of a literal, "" for nothing."""
    if isinstance(term, ox.NamedNode):
        namespace = max((space for space in prefixes.values() if term.value.startswith(space)), key=len, default="")
        prefix = next((name for name, space in prefixes.items() if space == namespace), None)
        return f"{prefix}:{term.value[len(namespace) :]}" if prefix else f"<{term.value}>"
    if isinstance(term, ox.Literal):
        return " ".join("".join(sign if sign.isprintable() else " " for sign in term.value).split())
    return "" if term is None else str(term)


def _check(text: str) -> bool:
    """Whether the query names its own default graph; refuses what does not only read this store.

    The tree of rdflib's parser is searched, not the words: "SERVICE" may stand in a quote or a comment.
    """
    from pyparsing import ParseBaseException
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        names = set(_names(parseQuery(text)))
    except RecursionError as error:
        raise QueryError("the query is nested too deeply; split it into smaller ones") from error
    except ParseBaseException as error:
        raise QueryError(_why_not(text, error)) from error
    if "ServiceGraphPattern" in names:
        raise QueryError("the query asks another server (SERVICE), and kg asks nobody but its own store; leave that part out")
    return "DatasetClause" in names


def _names(tree: object) -> Iterator[str]:
    """Names of all grammar rules in a tree of rdflib's parser."""
    from pyparsing import ParseResults
    from rdflib.plugins.sparql.parserutils import CompValue

    if isinstance(tree, CompValue):
        yield str(tree.name)
        for part in tree.values():
            yield from _names(part)
    elif isinstance(tree, ParseResults | list | tuple):
        for part in tree:
            yield from _names(part)


def _why_not(text: str, error: ParseBaseException) -> str:
    """What is wrong with a query that rdflib cannot parse."""
    from pyparsing import ParseBaseException
    from rdflib.plugins.sparql.parser import parseUpdate

    try:
        if set(_names(parseUpdate(text))) - {"Update", "Prologue"}:
            return "the query is an update, and the store is only read; change the graph with kg build and kg remove"
    except (ParseBaseException, RecursionError):
        pass
    if "service" not in text.lower():  # Oxigraph tells the place better, and an empty store has nothing to answer
        try:
            ox.Store().query(text, prefixes=vocab.prefixes())
        except SyntaxError as better:
            return _reason(str(better))
    return f"the query cannot be read at line {error.lineno}, column {error.column}: {error.msg}; mend it there"


def _reason(message: str) -> str:
    """Oxigraph's message, with its list of all signs that it would have taken only where that is short."""
    place = re.match(r"error at (\d+):(\d+): (.*)", message, re.DOTALL)
    if place is None:
        return f"the query cannot be answered: {message}; mend it"
    line, column, expected = place.groups()
    if "Prefix not found" in expected:
        return f"the query uses an unknown prefix at line {line}, column {column}; declare it, or use one of {', '.join(vocab.prefixes())}"
    hint = f": {expected}" if len(expected) < 100 else ""
    return f"the query cannot be read at line {line}, column {column}{hint}; mend it there"


def _triples(rows: Rows) -> list[ox.Triple]:
    return [ox.Triple(s, p, o) for s, p, o in rows.rows]  # type: ignore[arg-type]


def _json(term: Term) -> dict[str, str]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        return {"type": "literal", "value": str(term)}
    tag = {"xml:lang": term.language} if term.language else {}
    datatype = {} if term.language or term.datatype.value == vocab.XSD + "string" else {"datatype": term.datatype.value}
    return {"type": "literal", "value": term.value} | tag | datatype


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)
