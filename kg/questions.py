"""The library of named questions: SPARQL files whose first lines say in both languages what is asked, and which parameters may be given.

A line ``# parameter: NAME KIND`` (with `` required`` after it where there is no answer without) names a variable of the query.
A line of the query that ends with ``# if NAME`` only serves that parameter, and must take nothing away where it is not given; one that begins with
``# with NAME:`` is part of the query where that is given, and only saves time. One that ends with ``# scan`` matches so much of a graph that it is
best read at once where nothing is given that limits it, see ``kg.query.plan``.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import Literal, NamedTuple

import msgspec

from kg.errors import QueryError
from kg.vocab import ontology_folder

Kind = Literal["company", "date", "deal", "document", "edge", "number", "person", "source", "status", "strategy", "text", "thing"]

HELP: dict[str, str] = {
    "company": "A company, body or person: a name in either language, or an IRI.",
    "date": "A day, month or year, itself included, such as 2025-11-06, 2025-11 or 2025.",
    "deal": "A deal: its label in either language, or an IRI.",
    "document": "A document: its id or headline, or an IRI.",
    "edge": "An edge: its IRI, long or short (edge:…).",
    "number": "A number, such as 0.5.",
    "person": "A person: a name in either language, or an IRI.",
    "source": "Who says so: a name in either language, or an IRI.",
    "status": "A status, such as rumoured or 传闻.",
    "strategy": "A strategy: its label in either language, or an IRI.",
    "text": "Any words.",
    "thing": "A company, person, product, deal or anything else that has a name: a name in either language, or an IRI.",
}
"""What may be given for a parameter of each kind."""


class Parameter(NamedTuple):
    """A variable of a question that may be bound."""

    name: str
    kind: Kind
    required: bool


class Question(NamedTuple):
    """A question with its words by language tag."""

    name: str
    title: dict[str, str]
    description: dict[str, str]
    parameters: tuple[Parameter, ...]
    sparql: str


@cache
def questions() -> dict[str, Question]:
    """All questions by name, in code-point order.

    >>> questions()["needs"].title["en"], [parameter.name for parameter in questions()["needs"].parameters]
    ('Who needs what', ['company'])
    """
    return {path.stem: _question(path.stem, path.read_text(encoding="utf-8")) for path in sorted((ontology_folder() / "queries").glob("*.rq"))}


def question(name: str) -> Question:
    """The question of this name.

    Raises QueryError with the near misses when there is none.
    """
    known = questions()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        raise QueryError(f"there is no question {name!r}; {'near to it: ' + ', '.join(near) if near else 'kg ask --list shows them all'}")
    return known[name]


def _question(name: str, text: str) -> Question:
    words = {(field, tag): said for field, tag, said in re.findall(r"^# (\w+)@(\w+): (.*)$", text, re.MULTILINE)}
    title, description = ({tag: said for (one, tag), said in words.items() if one == field} for field in ("title", "description"))
    declared = re.findall(r"^# parameter: (\w+) (\w+)( required)?$", text, re.MULTILINE)
    parameters = tuple(Parameter(variable, msgspec.convert(kind, Kind), bool(required)) for variable, kind, required in declared)
    return Question(name, title, description, parameters, text)
