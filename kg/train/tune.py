"""How ready the reader is to find each type of phrase, set on articles that it did not learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.evaluate.score import score_mentions
from kg.extract.mentions import MentionReader, decide, label_bias, strings
from kg.model import PHRASE_TYPES, Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.evaluate.gold import Article
    from kg.extract.mentions import Seen

STEPS = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
"""Biases that are tried, in log-odds; of equals the one nearest to none is taken."""
ROUNDS = 2
GAIN = 0.01
"""What a bias must add to F1 to be taken: less is chance, on a hundred articles."""


def best_bias(reader: MentionReader, articles: Sequence[Article]) -> dict[str, float]:
    """The bias of each type of phrase with which the most is right, one type after the other, over both languages together."""
    seen = {article.text: reader.see(article.text, [Span(0, len(article.text))]) for article in articles}
    chosen = dict.fromkeys(PHRASE_TYPES, 0.0)
    for _ in range(ROUNDS):
        for kind in PHRASE_TYPES:
            tried = [(_f1(articles, seen, chosen | {kind: step}), -abs(step), step) for step in STEPS]
            best, _, step = max(tried)
            if best >= _f1(articles, seen, chosen) + GAIN:
                chosen[kind] = step
    return chosen


def _f1(articles: Sequence[Article], seen: Mapping[str, list[Seen]], bias: Mapping[str, float]) -> float:
    """F1 of phrases, the mean of the languages."""
    added = label_bias(bias)
    table = score_mentions(articles, lambda text: strings(text, decide(text, seen[text], added)))
    rows = [row for name, row in table.items() if name.endswith(" phrases") and isinstance(row, dict)]
    return round(sum(row["F1"] for row in rows) / max(1, len(rows)), 3)
