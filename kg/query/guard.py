"""Which SPARQL may be run: what only reads this store, as the parser of rdflib finds; what that cannot read is refused, since the engine runs more.

The engine reads the text once more, with a parser of its own. So that both read the same, escapes and line ends that they take differently are
written out first, and a text that holds the word SERVICE anywhere must be a query without it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urljoin

import pyoxigraph as ox

from kg import vocab
from kg.errors import QueryError
from kg.store import Store

if TYPE_CHECKING:
    from pyparsing import ParseBaseException, ParseResults

Form = Literal["select", "ask", "graph"]

_FORMS: dict[str, Form] = {"SelectQuery": "select", "AskQuery": "ask", "ConstructQuery": "graph", "DescribeQuery": "graph"}
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_SERVICE = re.compile("service", re.IGNORECASE)
_HARMLESS = "ecivres"
"""As long as the word that it stands for, so that places in messages are right, and no word of SPARQL."""


class RefusedQueryError(QueryError):
    """A query that can be read, and does what is not allowed."""


class Allowed(NamedTuple):
    """A query that only reads this store."""

    text: str
    """What is to be run: the query with its escapes written out."""
    form: Form
    own_dataset: bool
    """Whether it names its graphs itself (FROM, FROM NAMED)."""


def check(store: Store, text: str) -> Allowed:
    """The query, when it is one and only reads this store; the project's prefixes are known.

    Raises QueryError when it cannot be read (with the place), RefusedQueryError when it changes something, asks another server (SERVICE), or names
    a graph that is not in the store (FROM).
    """
    from pyparsing import ParseBaseException
    from rdflib.plugins.sparql.parser import parseQuery

    plain, prefixes = _written_out(text), vocab.prefixes(store.base_iri)
    try:
        tree = parseQuery(plain)
        rules = list(_rules(tree))
    except RecursionError as error:
        raise QueryError("the query is nested too deeply; split it into smaller ones") from error
    except ParseBaseException as error:
        raise _why_not(plain, error, prefixes) from error
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:  # rdflib builds terms while it reads
        raise QueryError(f"the query cannot be read: {error}; mend it") from error
    if "ServiceGraphPattern" in rules:
        raise _asks_others()
    if _SERVICE.search(plain):
        _check_without_service(plain, prefixes)
    for iri in _graphs(tree, prefixes):
        check_graph(store, iri)
    return Allowed(plain, _FORMS[tree[1].name], "DatasetClause" in rules)


def check_graph(store: Store, iri: str) -> None:
    """See that the store holds this graph. Raises RefusedQueryError when it does not."""
    try:
        held = bool(store.query(f"ASK {{ GRAPH {ox.NamedNode(iri)} {{ ?s ?p ?o }} }}"))
    except ValueError:  # no IRI
        held = False
    if not held:
        hint = "no graph is fetched from elsewhere; list those that there are with SELECT DISTINCT ?g { GRAPH ?g { } }"
        raise RefusedQueryError(f"there is no graph {iri!r} in this store, and {hint}")


def reason(message: str) -> str:
    """A message of the engine for people, with its list of all signs that it would have taken only where that is short."""
    place = re.match(r"error at (\d+):(\d+): (.*)", message, re.DOTALL)
    if place is None:
        return f"the query cannot be answered: {message}; mend it"
    line, column, expected = place.groups()
    if "Prefix not found" in expected:
        return f"the query uses an unknown prefix at line {line}, column {column}; declare it, or use one of {', '.join(vocab.prefixes())}"
    hint = f": {expected}" if len(expected) < 100 else ""
    return f"the query cannot be read at line {line}, column {column}{hint}; mend it there"


def _written_out(text: str) -> str:
    r"""The text as both parsers read it alike.

    ``\\u0022`` ends a text for rdflib, as the standard says (https://www.w3.org/TR/sparql11-query/#codepointEscape), and not for Oxigraph; a bare
    carriage return ends a comment for Oxigraph, as the standard says, and not for rdflib.
    """
    try:
        plain = _ESCAPE.sub(lambda escape: chr(int(escape[1] or escape[2], 16)), text)
        plain.encode()
    except (ValueError, OverflowError) as error:
        raise QueryError(f"the query holds an escape that is no character: {error}; mend it") from error
    if _ESCAPE.search(plain):
        raise RefusedQueryError(r"the query holds an escape that is itself written with an escape (\u005C); write the character as it is")
    if "\0" in plain:
        raise QueryError("the query holds a null character; leave it out")
    return plain.replace("\r\n", "\n").replace("\r", "\n")


def _asks_others() -> RefusedQueryError:
    return RefusedQueryError("the query asks another server (SERVICE), and kg asks nobody but its own store; leave that part out")


def _check_without_service(plain: str, prefixes: dict[str, str]) -> None:
    """See that the engine can read the query with the word put out of action: then it stands in a name, a text or a comment for the engine too."""
    try:
        ox.Store().query(_SERVICE.sub(_HARMLESS, plain), prefixes=prefixes)
    except (SyntaxError, OSError, ValueError, RuntimeError) as error:
        raise RefusedQueryError(f"the query asks another server (SERVICE), or is none: {reason(str(error))}") from error


def _rules(tree: object) -> Iterator[str]:
    """Names of all grammar rules in a tree of rdflib's parser."""
    from pyparsing import ParseResults
    from rdflib.plugins.sparql.parserutils import CompValue

    if isinstance(tree, CompValue):
        yield str(tree.name)
        for part in tree.values():
            yield from _rules(part)
    elif isinstance(tree, ParseResults | list | tuple):
        for part in tree:
            yield from _rules(part)


def _graphs(tree: ParseResults, prefixes: dict[str, str]) -> Iterator[str]:
    """IRIs of the graphs that the query names as its dataset."""
    base, known = "", dict(prefixes)
    for line in tree[0]:
        iri = urljoin(base, line.iri)
        if line.name == "Base":
            base = iri
        else:
            known[line.prefix or ""] = iri
    for clause in tree[1].datasetClause or ():
        for named in filter(None, (clause.default, clause.named)):
            if isinstance(named, str):
                yield urljoin(base, str(named))
            elif (space := known.get(named.prefix or "")) is not None:
                yield space + str(named.localname)
            else:
                raise QueryError(f"the query uses an unknown prefix {named.prefix!r}; declare it, or use one of {', '.join(prefixes)}")


def _why_not(text: str, error: ParseBaseException, prefixes: dict[str, str]) -> QueryError:
    """What is wrong with a query that rdflib cannot parse."""
    from pyparsing import ParseBaseException
    from rdflib.plugins.sparql.parser import parseUpdate

    try:
        if set(_rules(parseUpdate(text))) - {"Update", "Prologue"}:
            return RefusedQueryError("the query is an update, and the store is only read; change the graph with kg build and kg remove")
    except (ParseBaseException, RecursionError):
        pass
    if not _SERVICE.search(text):  # Oxigraph tells the place better, and an empty store has nothing to answer
        try:
            ox.Store().query(text, prefixes=prefixes)
        except SyntaxError as better:
            return QueryError(reason(str(better)))
        except (OSError, ValueError, RuntimeError):
            pass
    place = f"line {error.lineno}, column {error.column}"
    return QueryError(f"the query cannot be read at {place} ({error.msg}) by the parser of rdflib, and nothing else is run; use plain SPARQL 1.1")
