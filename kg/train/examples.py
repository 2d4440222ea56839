"""From annotated articles to labelled pieces, as the reader of mentions will see them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kg.extract.mentions import LABELS, OUTSIDE, windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kg.evaluate.gold import Article

_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORD = "A-Za-z0-9"


class Place(NamedTuple):
    """Where an entity is named: code points, half-open, its type and its id."""

    start: int
    end: int
    type: str
    entity: str


class Example(NamedTuple):
    """Pieces of a window, and the number of the label of each (see ``LABELS``)."""

    ids: list[int]
    labels: list[int]


def examples(articles: Iterable[Article], tokenizer: Any, size: int) -> Iterator[Example]:
    """The windows of the articles with their labels."""
    for article in articles:
        known = [(one.start, one.end, one.type) for one in marked(article)]
        for part in windows(tokenizer, article.text, size):
            yield Example(part.ids, [label(start, end, known) for start, end in part.spans])


def marked(article: Article) -> list[Place]:
    """Where the names of an article's entities stand, longer ones first where they overlap; in the order of the text."""
    names = {(name, entity.type, entity.id) for entity in article.entities for name in entity.names}
    taken = [False] * len(article.text)
    found = []
    for name, kind, entity in sorted(names, key=lambda named: (-len(named[0]), named)):
        for start, end in places(name, article.text):
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                found.append(Place(start, end, kind, entity))
    return sorted(found)


def places(name: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a name stands in a text; one without Chinese signs only as a whole word."""
    pattern = re.escape(name) if _HAN.search(name) else rf"(?<![{_WORD}]){re.escape(name)}(?![{_WORD}])"
    return (match.span() for match in re.finditer(pattern, text))


def label(start: int, end: int, known: Sequence[tuple[int, int, str]]) -> int:
    """The label of a piece: of the first mention that it shares a sign with."""
    for first, last, kind in known:
        if start < last and first < end:
            return LABELS.index(f"{'B' if start <= first else 'I'}-{kind}")
    return LABELS.index(OUTSIDE)
