"""Questions to a store: named ones from the library, and free SPARQL; read-only, the project's prefixes bound, as a table or as JSON."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import pyoxigraph as ox

from kg import vocab
from kg.errors import QueryError
from kg.gazetteer import normalise
from kg.model import ENTITY_TYPES, PHRASE_TYPES
from kg.query.guard import check, reason
from kg.query.period import check_date
from kg.query.plan import scanning, unordered
from kg.questions import Parameter, Question, question
from kg.store import OxigraphStore, Store, serialise

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

CLASSES: dict[str, tuple[str, ...]] = {
    "company": vocab.ACTORS, "deal": ("Deal",), "document": ("Document",), "edge": ("Edge",), "source": ("Source",),
    "person": ("Person",), "strategy": ("Strategy",), "thing": (*ENTITY_TYPES, "Deal"),
}  # fmt: skip
"""What a node is that may stand for a parameter of a kind."""
_LABELS = "?node rdfs:label|dcterms:identifier|schema:headline ?name"


class Rows(NamedTuple):
    """A result: of ASK one row with one boolean, of CONSTRUCT and DESCRIBE sorted triples, of SELECT the solutions."""

    form: Literal["select", "ask", "graph"]
    variables: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]
    prefixes: dict[str, str]


class Name(NamedTuple):
    """A name that was seen or chosen for a node, and where."""

    node: str
    name: str
    document: str
    """Identifier of the document that it was seen in, "" for a label and for what a document calls itself."""


def ask(store: Store, name: str, /, **parameters: str) -> Rows:
    """Rows of a named question of the library; those of its parameters that are left out are not limited.

    Raises QueryError when there is no such question or parameter, a required one is missing, or nothing is called so; each time with what there is.

    >>> rows = ask(open_store("kg-out"), "assets", company="pellucid maps")
    >>> rows.variables
    ('company', 'asset', 'status', 'support', 'date')
    >>> shorten(rows.rows[0][1], rows.prefixes)
    'asset:street-imagery'
    """
    asked, bound = _given(store, name, parameters)
    text, order = unordered(_bind(asked, bound))
    if isinstance(store, OxigraphStore) and store.on_disk and not any(isinstance(term, ox.NamedNode) for term in bound.values()):
        text = scanning(text)
    rows = _run(store, text, union=True)
    return rows._replace(variables=rows.variables[: order.shown], rows=order.sort(rows.variables, rows.rows))


def filled(store: Store, name: str, /, **parameters: str) -> str:
    """The SPARQL of a named question with these parameters in it, as ``ask`` runs it; it uses our prefixes without declaring them.

    Raises QueryError as ``ask`` does.
    """
    return _bind(*_given(store, name, parameters))


def _given(store: Store, name: str, parameters: Mapping[str, str]) -> tuple[Question, dict[str, Term]]:
    """A named question, and the terms that stand for its parameters."""
    asked = question(name)
    known = {parameter.name: parameter for parameter in asked.parameters}
    for given in parameters:
        if given not in known:
            raise QueryError(f"question {name!r} has no parameter {given!r}; {'it has ' + ', '.join(known) if known else 'it has none'}")
    for parameter in asked.parameters:
        if parameter.required and parameter.name not in parameters:
            raise QueryError(f"question {name!r} needs {parameter.name!r}; give it as --{parameter.name} VALUE")
    return asked, {given: _term(store, known[given], value) for given, value in parameters.items()}


def find(store: Store, called: str, kind: str = "") -> str:
    """IRI of the node that is called so: by IRI, prefixed name, label, name seen in a text or in the bundled lists; of a document, id or headline.

    A label goes before a name that was only seen, and a name as it stands before one alike but for case, accents or legal form. ``kind`` is one of
    ``CLASSES``, "" for any node. Raises QueryError when nothing is called so, with the nearest names, or when more than one thing is.

    >>> find(open_store("kg-out"), "诺凡", "company")
    'https://w3id.org/dealgraph/id/company/norvane'
    """
    prefixes = vocab.prefixes(store.base_iri)
    prefix, colon, rest = called.partition(":")
    iri = prefixes[prefix] + rest if colon and prefix in prefixes else called.strip("<>")
    if _is(store, iri, kind):
        return iri
    if found := _meant(_labelled(store, called, kind), called, str, prefixes):
        return found
    nodes = _nodes(store, kind) if kind else None
    everything = _names(store, _LABELS)
    names = [name for name in everything if nodes is None or name.node in nodes]
    if found := _meant(names, called, str.casefold, prefixes):
        return found
    everything += _names(store, "?node skos:altLabel ?name BIND('some' AS ?document)")
    names = [name for name in everything if nodes is None or name.node in nodes]
    for alike in (str.casefold, normalise):
        for seen in (False, True):
            if found := _meant([name for name in names if bool(name.document) == seen], called, alike, prefixes):
                return found
    listed = [name for name in _listed(store, called) if nodes is None or name.node in nodes]
    if found := _meant(listed, called, lambda name: called, prefixes):
        return found
    raise QueryError(_unknown(called, kind, names, everything, prefixes))


def _listed(store: Store, called: str) -> list[Name]:
    """The nodes that the bundled lists know by a name which no text has used for them."""
    from kg.gazetteer import Gazetteer

    lists = Gazetteer.load()
    entries = {entry.iri for entry in (*lists.lookup(called), *(lists.concept(called, kind) for kind in PHRASE_TYPES)) if entry is not None}
    known = " ".join(str(ox.NamedNode(iri)) for iri in sorted(entries))
    return _names(store, f"VALUES ?entry {{ {known} }} ?node skos:exactMatch ?entry BIND('' AS ?name)") if known else []


def names_of_nodes(store: Store) -> list[Name]:
    """Labels, names seen in each document, and ids and headlines of documents, in code-point order."""
    return _names(store, f"{{ {_LABELS} }} UNION {{ GRAPH ?graph {{ ?node skos:altLabel ?name . ?graph dcterms:identifier ?document }} }}")


def names_in(store: Store, rows: Rows, language: str = "en") -> dict[str, str]:
    """What the nodes and terms in these rows are called, by IRI: labels in this language where there is one, ids of documents."""
    found: dict[str, str] = {}
    nodes = {term.value: term for row in rows.rows for term in row if isinstance(term, ox.NamedNode)}
    for iri in nodes:
        if term_labels := vocab.term_labels().get(iri.removeprefix(vocab.KG)):
            found[iri] = term_labels.get(language, term_labels["en"])
    values = " ".join(str(nodes[iri]) for iri in sorted(nodes.keys() - found.keys()))
    named = store.select(f"SELECT ?node ?name {{ VALUES ?node {{ {values} }} ?node rdfs:label|dcterms:identifier ?name }}")
    labels = sorted((row["node"].value, row["name"].language != language, row["name"].value) for row in named)  # type: ignore[union-attr]
    for iri, _, name in labels:
        found.setdefault(iri, name)
    return found


def sparql(store: Store, text: str) -> Rows:
    """Rows of a SPARQL 1.1 query over the union of all graphs, or over those that its FROM clauses name.

    Raises QueryError when it cannot be parsed (with the place), changes something, asks another server, or names a graph that is not there.
    """
    allowed = check(store, text)
    return _run(store, allowed.text, union=not allowed.own_dataset)


def _run(store: Store, text: str, *, union: bool) -> Rows:
    prefixes = vocab.prefixes(store.base_iri)
    try:
        result = store.query(text, prefixes=prefixes, union=union)
    except (SyntaxError, OSError, ValueError, RuntimeError) as error:
        raise QueryError(reason(str(error))) from error
    if isinstance(result, ox.QueryBoolean):
        return Rows("ask", ("answer",), ((ox.Literal(bool(result)),),), prefixes)
    if isinstance(result, ox.QueryTriples):
        triples = sorted({(t.subject, t.predicate, t.object) for t in result}, key=str)
        return Rows("graph", ("subject", "predicate", "object"), tuple(triples), prefixes)
    variables = tuple(variable.value for variable in result.variables)
    return Rows("select", variables, tuple(tuple(solution[name] for name in variables) for solution in result), prefixes)


def as_table(rows: Rows, names: Mapping[str, str] | None = None) -> str:
    """Rows as plain text in aligned columns, a Chinese sign two wide, with ``names`` in place of IRIs; a graph as Turtle."""
    if rows.form == "ask":
        return "yes" if rows.rows[0][0] == ox.Literal(True) else "no"
    if rows.form == "graph":
        return serialise(_triples(rows), ox.RdfFormat.TURTLE, rows.prefixes).decode().rstrip()
    cells = [list(rows.variables), *([shorten(_named(term, names), rows.prefixes) for term in row] for row in rows.rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["─" * width for width in widths])
    lines = ("  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells)
    return "\n".join(lines) + f"\n{len(rows.rows)} {'row' if len(rows.rows) == 1 else 'rows'}"


def as_json(rows: Rows, names: Mapping[str, str] | None = None) -> str:
    """Rows as SPARQL 1.1 Query Results JSON (https://www.w3.org/TR/sparql11-results-json/); a graph as JSON-LD.

    With ``names``, what is known of ``x`` by name stands in the variable ``xLabel`` too.
    """
    if rows.form == "ask":
        return json.dumps({"head": {}, "boolean": rows.rows[0][0] == ox.Literal(True)})
    if rows.form == "graph":
        return serialise((ox.Quad(t.subject, t.predicate, t.object) for t in _triples(rows)), ox.RdfFormat.JSON_LD, {}).decode()
    bindings = []
    for row in rows.rows:
        terms = {name: term for name, term in zip(rows.variables, row, strict=True) if term is not None}
        labels = {f"{name}Label": named for name, term in terms.items() if (named := _named(term, names)) and named is not term}
        bindings.append({name: term_json(term) for name, term in (terms | labels).items()})
    variables = [*rows.variables, *(f"{name}Label" for name in rows.variables if any(f"{name}Label" in row for row in bindings))]
    return json.dumps({"head": {"vars": variables}, "results": {"bindings": bindings}}, ensure_ascii=False)


def shorten(term: Term | None, prefixes: dict[str, str]) -> str:
    """A term for people, on one line: an IRI with its prefix where it has one, the text of a literal, "" for nothing."""
    if isinstance(term, ox.NamedNode):
        namespace = max((space for space in prefixes.values() if term.value.startswith(space)), key=len, default="")
        prefix = next((name for name, space in prefixes.items() if space == namespace), None)
        return f"{prefix}:{term.value[len(namespace) :]}" if prefix else f"<{term.value}>"
    if isinstance(term, ox.Literal):
        return one_line(term.value)
    return "" if term is None else str(term)


def one_line(text: str) -> str:
    """A text on one line, without signs that steer a terminal."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _bind(asked: Question, bound: Mapping[str, Term]) -> str:
    """The query with what was given in it, written from terms: texts and numbers in place of their variables, so that filters are applied early.

    Of nodes a block of values stands at the start of the pattern and of each SELECT in it: there every filter sees them, in any SPARQL engine. A line
    that ends with ``# if NAME`` takes nothing away when that parameter is left out, and then only costs time: it is left out too; one that begins
    with ``# with NAME:`` is put in when it is given.
    """
    lines = (_for(line, bound) for line in asked.sparql.splitlines())
    texts = {name: str(term) for name, term in bound.items() if isinstance(term, ox.Literal)}
    nodes = {name: str(term) for name, term in bound.items() if name not in texts}
    values = f" VALUES ({' '.join(f'?{name}' for name in nodes)}) {{ ({' '.join(nodes.values())}) }}" if nodes else ""
    return re.sub(r"WHERE \{|\?(\w+)", lambda found: texts.get(found[1], found[0]) if found[1] else found[0] + values, "\n".join(filter(None, lines)))


def _for(line: str, bound: Mapping[str, Term]) -> str:
    """A line of a query, "" where it serves a parameter that was left out."""
    if added := re.fullmatch(r"\s*# with (\w+): (.*)", line):
        return added[2] if added[1] in bound else ""
    only = re.search(r"# if (\w+)$", line)
    return line if only is None or only[1] in bound else ""


def _term(store: Store, parameter: Parameter, value: str) -> Term:
    if parameter.kind == "text":
        return ox.Literal(value.encode("utf-8", "replace").decode())  # an argument that was no UTF-8 has lone surrogates
    if parameter.kind == "status":
        meant = value.rpartition(":")[2].casefold()
        for status in vocab.STATUSES:
            if meant in {word.casefold() for word in (status, *vocab.term_labels()[status].values())}:
                return ox.NamedNode(vocab.KG + status)
        raise QueryError(f"there is no status {value!r}; use one of {', '.join(vocab.term_labels()[status]['en'] for status in vocab.STATUSES)}")
    if parameter.kind == "date":
        check_date(value)
        return ox.Literal(value)  # its text: months and years are compared with the start of a day
    if parameter.kind == "number":
        return ox.Literal(_number(value), datatype=ox.NamedNode(vocab.XSD + "decimal"))
    return ox.NamedNode(find(store, value, parameter.kind))


def _number(value: str) -> str:
    if not re.fullmatch(r"[+-]?\d{1,30}(\.\d{1,30})?", value, re.ASCII):
        raise QueryError(f"{value!r} is no number; write one such as 0.5")
    return value


def _labelled(store: Store, called: str, kind: str) -> list[Name]:
    """Labels of a kind of node that read just so, which the store looks up without reading all."""
    text = called.encode("utf-8", "replace").decode()
    labels = " ".join(str(ox.Literal(text, language=language)) for language in (None, "en", "zh"))
    return [name for name in _names(store, f"VALUES ?name {{ {labels} }} {_LABELS}") if _is(store, name.node, kind)]


def _names(store: Store, pattern: str) -> list[Name]:
    rows = store.select(f"SELECT DISTINCT ?node ?name ?document {{ {pattern} }}")
    return sorted({Name(*(_value(row[field]) if field in row else "" for field in Name._fields)) for row in rows})


def _meant(names: list[Name], called: str, alike: Callable[[str], str], prefixes: dict[str, str]) -> str:
    """IRI of the one node that is called so, "" for none. Raises QueryError when there are more."""
    wanted = alike(called)
    meant = sorted({name.node for name in names if alike(name.name) == wanted})
    if len(meant) > 1:
        which = ", ".join(shorten(ox.NamedNode(one), prefixes) for one in meant)
        raise QueryError(f"{called!r} names {len(meant)} things; say which: {which}")
    return "".join(meant)


def _is(store: Store, iri: str, kind: str) -> bool:
    """Whether there is such a node of a kind, "" for any."""
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        return False
    pattern = f"{_one_of(kind)} {node} a ?class" if kind else f"{node} ?p ?o"
    return any(True for _ in store.select(f"SELECT * {{ {pattern} }} LIMIT 1"))


def _nodes(store: Store, kind: str) -> set[str]:
    """IRIs of all nodes of a kind."""
    return {_value(row["node"]) for row in store.select(f"SELECT DISTINCT ?node {{ {_one_of(kind)} ?node a ?class }}")}


def _one_of(kind: str) -> str:
    return f"VALUES ?class {{ {' '.join(f'kg:{name}' for name in CLASSES[kind])} }}"


def _unknown(called: str, kind: str, names: list[Name], everything: list[Name], prefixes: dict[str, str]) -> str:
    """That nothing of the kind is called so, and what would do."""
    others = sorted({shorten(ox.NamedNode(name.node), prefixes) for name in everything if name.name.casefold() == called.casefold()})
    if others:
        return f"{called!r} is no {kind} in this graph but {', '.join(others)}"
    known = {name.name for name in names} | {shorten(ox.NamedNode(name.node), prefixes) for name in names}
    near = difflib.get_close_matches(called, sorted(known), n=3, cutoff=0.5)
    hint = f"near to it: {', '.join(near)}" if near else "list the names with kg query 'SELECT DISTINCT ?name { ?node rdfs:label ?name }'"
    return f"no {kind or 'thing'} in the graph is called {called!r}; {hint}"


def _named(term: Term | None, names: Mapping[str, str] | None) -> Term | None:
    """The name of a node as a literal, if it is among these; else the term itself."""
    return ox.Literal(names[term.value]) if names and isinstance(term, ox.NamedNode) and term.value in names else term


def _value(term: object) -> str:
    return str(getattr(term, "value", term))


def _triples(rows: Rows) -> list[ox.Triple]:
    return [ox.Triple(s, p, o) for s, p, o in rows.rows]  # type: ignore[arg-type]


def term_json(term: Term) -> dict[str, str]:
    """A term as SPARQL 1.1 Query Results JSON has it."""
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
