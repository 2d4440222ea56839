"""In which format a result is given: negotiation by media type, and writing with limits."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from kg.query import Term, term_json
from kg.store import serialise

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"
TURTLE, N_TRIPLES, JSON_LD = "text/turtle", "application/n-triples", "application/ld+json"

ROWS = (JSON, XML, CSV, TSV)
"""Formats of SELECT and ASK; the first is given to who names none."""
GRAPHS = {TURTLE: ox.RdfFormat.TURTLE, N_TRIPLES: ox.RdfFormat.N_TRIPLES, JSON_LD: ox.RdfFormat.JSON_LD}
"""Formats of CONSTRUCT and DESCRIBE."""
OTHER_NAMES = {"application/json": JSON, "application/xml": XML, "text/xml": XML, "application/x-turtle": TURTLE, "text/plain": N_TRIPLES}

_KEPT_TERMS = 50_000
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Written(NamedTuple):
    """A result as bytes."""

    body: bytes
    rows: int
    truncated: str
    """Which limit cut it short: "rows", "bytes", or "" for none."""


def negotiate(accept: str, offers: Sequence[str], other_names: Mapping[str, str] = OTHER_NAMES) -> str | None:
    """The offer that an ``Accept`` header likes best, the first of equals; None when it likes none.

    >>> negotiate("text/csv;q=0.5, application/*;q=0.1", ROWS)
    'text/csv'
    """
    ranges = _ranges(accept)
    if not ranges:
        return offers[0]
    liked = {offer: _quality(offer, ranges) for offer in offers}
    for other, offer in other_names.items():
        if offer in liked and offer not in ranges:
            liked[offer] = max(liked[offer], ranges.get(other, 0.0))
    best = max(offers, key=lambda offer: liked[offer])
    return best if liked[best] > 0 else None


def _ranges(accept: str) -> dict[str, float]:
    """Quality by media range; what cannot be read as one is left out."""
    found = {}
    for part in accept.lower().split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        quality = next((word[2:].strip() for word in parameters if word.startswith("q=")), "1")
        if re.fullmatch(r"[\w.+*-]+/[\w.+*-]+", name) and re.fullmatch(r"[01](\.\d{0,3})?", quality):
            found[name] = min(float(quality), 1.0)
    return found


def _quality(name: str, ranges: dict[str, float]) -> float:
    for candidate in (name, name.partition("/")[0] + "/*", "*/*"):
        if candidate in ranges:
            return ranges[candidate]
    return 0.0


def write_boolean(answer: bool, media_type: str) -> Written:
    """The answer to ASK."""
    word = "true" if answer else "false"
    if media_type == JSON:
        text = f'{{"head":{{}},"boolean":{word}}}'
    elif media_type == XML:
        text = f"{_XML_START}<head/><boolean>{word}</boolean></sparql>"
    else:
        text = word
    return Written(text.encode(), 1, "")


def write_solutions(found: ox.QuerySolutions, media_type: str, *, rows: int, size: int) -> Written:
    """The rows of SELECT, at most so many, in at most so many bytes: what goes beyond is left out, and the rest is whole."""
    variables = [variable.value for variable in found.variables]
    start, between, end = _frame(variables, media_type)
    write = _row_writer(variables, media_type)
    out = io.BytesIO()
    out.write(start)
    count = 0
    for solution in found:
        if count == rows:
            return Written(out.getvalue() + end, count, "rows")
        line = write(solution)
        if out.tell() + len(line) + len(end) > size:
            return Written(out.getvalue() + end, count, "bytes")
        if count:
            out.write(between)
        out.write(line)
        count += 1
    out.write(end)
    return Written(out.getvalue(), count, "")


def write_graph(found: ox.QueryTriples, media_type: str, prefixes: dict[str, str], *, rows: int, size: int) -> Written:
    """The triples of CONSTRUCT and DESCRIBE, each once and in code-point order; at most so many, in about so many bytes."""
    triples: dict[str, ox.Triple] = {}
    used, truncated = 0, ""
    for triple in found:
        if (line := str(triple)) in triples:
            continue
        used += len(line.encode()) + 3
        if len(triples) == rows or used > size:
            truncated = "rows" if len(triples) == rows else "bytes"
            break
        triples[line] = triple
    inside = [triples[line] for line in sorted(triples)]
    statements = [ox.Quad(t.subject, t.predicate, t.object) for t in inside] if media_type == JSON_LD else inside
    return Written(serialise(statements, GRAPHS[media_type], prefixes if media_type == TURTLE else {}), len(inside), truncated)


_XML_START = '<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">'


def _frame(variables: list[str], media_type: str) -> tuple[bytes, bytes, bytes]:
    """What stands before, between and after the rows."""
    if media_type == JSON:
        names = json.dumps(variables, ensure_ascii=False)
        return f'{{"head":{{"vars":{names}}},"results":{{"bindings":[\n'.encode(), b",\n", b"\n]}}\n"
    if media_type == XML:
        names = "".join(f"<variable name={quoteattr(name)}/>" for name in variables)
        return f"{_XML_START}<head>{names}</head><results>\n".encode(), b"", b"</results></sparql>\n"
    if media_type == TSV:
        return ("\t".join(f"?{name}" for name in variables) + "\n").encode(), b"", b""
    return (",".join(variables) + "\r\n").encode(), b"", b""


def _row_writer(variables: list[str], media_type: str) -> Callable[[ox.QuerySolution], bytes]:
    """A function that writes a row; what it wrote of a term it remembers, since most terms come more than once."""
    write = {JSON: _json_term, XML: _xml_term, CSV: _csv_term, TSV: _tsv_term}[media_type]
    known: dict[Term, str] = {}

    def written(term: Term) -> str:
        text = known.get(term)
        if text is None:
            if len(known) >= _KEPT_TERMS:
                known.clear()
            text = known[term] = write(term)
        return text

    names = [(json.dumps(name, ensure_ascii=False), quoteattr(name)) for name in variables]

    def row(solution: ox.QuerySolution) -> bytes:
        terms: Iterator[Term | None] = iter(solution)
        if media_type == JSON:
            cells = ",".join(f"{name}:{written(term)}" for (name, _), term in zip(names, terms, strict=True) if term is not None)
            return f"{{{cells}}}".encode()
        if media_type == XML:
            cells = "".join(
                f"<binding name={name}>{written(term)}</binding>" for (_, name), term in zip(names, terms, strict=True) if term is not None
            )
            return f"<result>{cells}</result>\n".encode()
        parts = ["" if term is None else written(term) for term in terms]
        return ("\t".join(parts) + "\n" if media_type == TSV else ",".join(parts) + "\r\n").encode()

    return row


def _json_term(term: Term) -> str:
    return json.dumps(term_json(term), ensure_ascii=False, separators=(",", ":"))


def _xml_term(term: Term) -> str:
    """A term as XML; signs that XML cannot hold become the replacement character."""
    if isinstance(term, ox.NamedNode):
        return f"<uri>{_xml(term.value)}</uri>"
    if isinstance(term, ox.BlankNode):
        return f"<bnode>{_xml(term.value)}</bnode>"
    described = term_json(term)
    language, datatype = described.get("xml:lang"), described.get("datatype")
    attribute = f" xml:lang={quoteattr(language)}" if language else f" datatype={quoteattr(datatype)}" if datatype else ""
    return f"<literal{attribute}>{_xml(described['value'])}</literal>"


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text), {"\r": "&#13;"})


def _csv_term(term: Term) -> str:
    text = str(term) if isinstance(term, ox.BlankNode | ox.Triple) else term.value
    return '"' + text.replace('"', '""') + '"' if re.search(r'[",\r\n]', text) else text


def _tsv_term(term: Term) -> str:
    return str(term).replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
