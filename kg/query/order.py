"""The order of a named question's rows, made here: Oxigraph reads both terms from disk at each comparison, which takes longer than all the rest."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

import pyoxigraph as ox

from kg.vocab import XSD

Row = tuple[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None, ...]

_NUMBERS = (XSD + "integer", XSD + "decimal")
_NO_NUMBER = Decimal()
_SELECT = re.compile(r"^SELECT DISTINCT ([^{]*) WHERE \{", re.MULTILINE)
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
            arranged.sort(key=lambda row, place=variables.index(name): _rank(row, place), reverse=descending)
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


def _rank(row: Row, place: int) -> tuple[int, Decimal, str]:
    """What a row is sorted by in a column, as SPARQL 1.1 has it (15.1): nothing, blank nodes, IRIs, literals; our dates are all whole days."""
    term = row[place]
    if isinstance(term, ox.Literal):
        return (3, Decimal(term.value), "") if term.datatype.value in _NUMBERS else (4, _NO_NUMBER, term.value)
    if isinstance(term, ox.NamedNode):
        return 2, _NO_NUMBER, term.value
    return int(term is not None), _NO_NUMBER, "" if term is None else str(term)
