"""Claims as pages show them: the words with both ends marked, who says so, in which article."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kg import vocab

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.analyze import Saying
    from kg.serve.pages.index import Index, Relation

LONGEST = 2_000
"""Code points of a sentence that are shown beside a claim; the page of the article has all of it."""


class Part(NamedTuple):
    """A piece of a sentence."""

    text: str
    end: str
    """"from" where it names what is spoken of, "to" where it names the other end, else ""."""


class Shown(NamedTuple):
    """A claim to show."""

    relation: Relation
    saying: Saying
    voices: tuple[str, ...]
    """IRI of who says so, and of whom that one cites."""
    quotes: tuple[tuple[Part, ...], ...]


def shown(index: Index, claim: str, *, words: bool = True) -> Shown:
    """A claim by its IRI, with what a page shows of it; without its words, which take most of the time, where they are not shown."""
    relation, saying = index.claims[claim]
    if not words:
        return Shown(relation, saying, index.voices.get(claim, ()), ())
    ends = (index.names(relation.subject), index.names(relation.object))
    return Shown(relation, saying, index.voices.get(claim, ()), tuple(marked(quote, *ends) for quote in saying.quotes))


def marked(quote: str, first: frozenset[str], second: frozenset[str]) -> tuple[Part, ...]:
    """A sentence in pieces, those that name one of its ends marked; the longest name goes first, and Latin letters must not go on around it.

    >>> [tuple(part) for part in marked("Osk bought Oskar.", frozenset({"Osk"}), frozenset({"Oskar"}))]
    [('Osk', 'from'), (' bought ', ''), ('Oskar', 'to'), ('.', '')]
    """
    text, parts, at = quote if len(quote) <= LONGEST else quote[:LONGEST] + "…", [], 0
    subjects = _folded(first)
    for found in _pattern(first, second).finditer(text):
        parts += [Part(text[at : found.start()], ""), Part(found[0], "from" if found[0].casefold() in subjects else "to")]
        at = found.end()
    parts.append(Part(text[at:], ""))
    return tuple(part for part in parts if part.text)


def in_order(relations: Iterable[Relation], ranks: dict[str, int], node: str) -> list[tuple[str, list[Relation]]]:
    """Relations of a node by predicate, in the order of the ontology; within one those that lead to what matters most first."""
    order = {name: place for place, name in enumerate(vocab.RELATIONS)}
    groups: dict[str, list[Relation]] = {}
    ranked = sorted(relations, key=lambda one: (-ranks.get(one.subject if one.object == node else one.object, 0), one.iri))
    for relation in sorted(ranked, key=lambda one: (order.get(one.predicate, len(order)), one.predicate)):
        groups.setdefault(relation.predicate, []).append(relation)
    return list(groups.items())


@lru_cache(4_096)
def _folded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


@lru_cache(4_096)
def _pattern(first: frozenset[str], second: frozenset[str]) -> re.Pattern[str]:
    if not first | second:
        return re.compile(r"(?!)")
    longest_first = sorted(first | second, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(_alone, longest_first)), re.IGNORECASE)


def _alone(name: str) -> str:
    """Pattern of a name; of one in Latin letters, as a word of its own."""
    escaped = re.escape(name)
    return escaped if vocab.script_language(name) == "zh" else rf"(?<![A-Za-z0-9]){escaped}(?![A-Za-z0-9])"
