"""How a named question is put to Oxigraph so that the answer comes fast; the rows are those of the question as it is written.

Of a store on disk, Oxigraph looks one thing up in 20 to 40 µs and reads 1,000 in a row in 1 ms. So rows are sorted here, as it would look both terms
up at each comparison; and what is asked of all things is read in a row and joined by hashing, which a SELECT around a pattern makes it do. (In memory
a look-up takes 1 to 2 µs, and hashing is mostly slower.)
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

import pyoxigraph as ox

from kg.vocab import XSD

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = tuple[Term | None, ...]

_NUMBERS = (XSD + "integer", XSD + "decimal")
_NO_NUMBER = Decimal()
_SELECT = re.compile(r"^SELECT DISTINCT ([^{]*) WHERE \{", re.MULTILINE)
_PREDICATE, _OBJECT = r"(?:a|\w+:[\w:|/]+)", r"(?:\?\w+|\w+:\w+|true|\d+)"
_TRIPLES = re.compile(rf"(\?\w+) ({_PREDICATE} {_OBJECT}(?: ; {_PREDICATE} {_OBJECT})*)")
_ORDER = re.compile(r"\sORDER BY((?: (?:\?\w+|DESC\(\?\w+\)))+)\s*\Z")


class Order(NamedTuple):
    """What the rows of a query are sorted by."""

    keys: tuple[tuple[str, bool], ...] = ()
    """Variables, the weightiest first, each with whether its greatest value comes first."""
    shown: int | None = None
    """How many of the variables are for people: those after them are only sorted by."""

    def sort(self, variables: tuple[str, ...], rows: tuple[Row, ...]) -> tuple[Row, ...]:
        """The rows as ORDER BY would have them, with the columns for people alone, each once."""
        arranged = list(rows)
        for name, descending in reversed(self.keys):
            place = variables.index(name)
            arranged.sort(key=lambda row: _rank(row[place]), reverse=descending)
        return tuple(dict.fromkeys(row[: self.shown] for row in arranged))


def unordered(sparql: str) -> tuple[str, Order]:
    """A query without the ORDER BY at its end, which selects all that it was sorted by, and its order.

    A query that is sorted by anything but variables stays as it is.

    >>> unordered("SELECT DISTINCT ?deal WHERE { ?claim kg:about ?deal ; kg:date ?date } ORDER BY DESC(?date) ?deal")
    ('SELECT DISTINCT ?deal ?date WHERE { ?claim kg:about ?deal ; kg:date ?date }', Order(keys=(('date', True), ('deal', False)), shown=1))
    """
    select, order = _SELECT.search(sparql), _ORDER.search(sparql)
    if select is None or order is None:
        return sparql, Order()
    keys = tuple((re.sub(r"\W|DESC\(", "", key), key.startswith("DESC")) for key in order[1].split())
    shown = select[1].split()
    hidden = "".join(f" ?{name}" for name, _ in keys if f"?{name}" not in shown)
    return sparql[: select.end(1)] + hidden + sparql[select.end(1) : order.start()], Order(keys, len(shown))


def scanning(sparql: str) -> str:
    """A query in which each triple of the lines that end with ``# scan`` is read for all things at once, for which it need not be looked up.

    >>> scanning("  ?claim kg:status ?says ; prov:wasDerivedFrom/oa:hasSource ?document .  # scan").split("} }")[1]
    ' { SELECT * { ?claim prov:wasDerivedFrom ?claim_1 '
    """
    lines = sparql.splitlines()
    return "\n".join(_TRIPLES.sub(_scanned, line) if line.endswith("# scan") else line for line in lines)


def _scanned(triples: re.Match[str]) -> str:
    selects = []
    for number, pair in enumerate(triples[2].split(" ; ")):
        path, goal = pair.split(" ")
        *steps, last = path.split("/")
        here = triples[1]
        for step in steps:
            there = f"{here}_{number}"
            selects.append(f"{{ SELECT * {{ {here} {step} {there} }} }}")
            here = there
        selects.append(f"{{ SELECT * {{ {here} {last} {goal} }} }}")
    return " ".join(selects)


def _rank(term: Term | None) -> tuple[int, Decimal, str]:
    """What a term is sorted by, as SPARQL 1.1 has it (15.1): nothing, blank nodes, IRIs, literals; our dates are all whole days."""
    if isinstance(term, ox.Literal):
        return (3, Decimal(term.value), "") if term.datatype.value in _NUMBERS else (4, _NO_NUMBER, term.value)
    if isinstance(term, ox.NamedNode):
        return 2, _NO_NUMBER, term.value
    return int(term is not None), _NO_NUMBER, "" if term is None else str(term)
