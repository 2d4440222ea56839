"""Names in a text and what speaks for their type: candidates with evidence, decided by one vote per article (``kg.extract.evidence``).

A candidate is found by the trained reader of mentions or in the gazetteer; where there is no reader, by its letters (capitals, Latin runs in
Chinese, company endings) and by spaCy's entity recogniser.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from kg.extract import names_en, names_zh
from kg.extract.evidence import AMBIGUOUS, LISTED, Evidence
from kg.extract.grammar import put_names
from kg.model import NAMED_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.tokens import Doc, Span

    from kg.gazetteer import Gazetteer

READ = "mentions"
"""Spans of a doc that hold what the reader of mentions found."""
READER = 3.0
"""Weight of what the reader is sure of."""
FIRST_LETTERS = 2
"""So many letters of a name and of a token are compared first, by a look into a dictionary."""


class Listed(NamedTuple):
    """A name of the gazetteer."""

    name: str
    type: str
    ambiguous: bool
    """Whether it is a common word too."""


def find_names(doc: Doc, gazetteer: Gazetteer, language: str) -> list[Evidence]:
    """Put the candidates into ``doc.spans["names"]`` and give the evidence for their types."""
    grammar = names_en if language == "en" else names_zh
    is_read = READ in doc.spans
    candidates = _read_names(doc) if is_read else _longest(grammar.candidates(doc))
    listed = list(_listed_names(doc, gazetteer, language))
    put_names(doc, _longest([*(span for span, _ in listed), *candidates]))
    evidence = [Evidence(span.text, one.type, AMBIGUOUS if one.ambiguous else LISTED, "in the gazetteer") for span, one in listed]
    return evidence + list(_read_evidence(candidates) if is_read else grammar.evidence(doc))


def _read_names(doc: Doc) -> list[Span]:
    """The names among what the reader found, labelled with their types."""
    return [span for span in doc.spans[READ] if span.label_ in NAMED_TYPES]


def _read_evidence(names: Iterable[Span]) -> Iterator[Evidence]:
    """What the reader says of the types of names: the surer the more."""
    return (Evidence(name.text, name.label_, READER * float(name.id_), "read by the encoder") for name in names)


def _longest(spans: Iterable[Span]) -> list[Span]:
    """Spans without overlaps, the longest first, then the leftmost; in the order of the text."""
    taken: set[int] = set()
    kept = []
    for span in sorted(spans, key=lambda span: (-len(span.text), span.start, span.label_)):
        covered = range(span.start, span.end)
        if taken.isdisjoint(covered):
            taken.update(covered)
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def _listed_names(doc: Doc, gazetteer: Gazetteer, language: str) -> Iterator[tuple[Span, Listed]]:
    """Names of the gazetteer in a text, on token edges; of those that start at a token, the longest."""
    from spacy.tokens import Span

    index = _index(gazetteer, language)
    text = doc.text  # joined anew each time it is asked for
    for token in doc:
        for one in index.get(text[token.idx : token.idx + FIRST_LETTERS], ()):
            if not text.startswith(one.name, token.idx):
                continue
            span = doc.char_span(token.idx, token.idx + len(one.name))
            if span is not None:
                yield Span(doc, span.start, span.end, label="LISTED"), one
                break


@cache
def _index(gazetteer: Gazetteer, language: str) -> dict[str, list[Listed]]:
    """Names by their first letters, longest first; English ones stand in Chinese texts too."""
    index: dict[str, list[Listed]] = defaultdict(list)
    for one in ("en", "zh") if language == "zh" else ("en",):
        for name, entry in gazetteer.names(one):
            if entry.type in NAMED_TYPES:
                index[name[:FIRST_LETTERS]].append(Listed(name, entry.type, entry.ambiguous))
    for names in index.values():
        names.sort(key=lambda listed: (-len(listed.name), listed))
    return index
