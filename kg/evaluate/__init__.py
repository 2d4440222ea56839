"""How well a graph agrees with articles annotated by hand: entities, claims, their status, and rumours that became facts."""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from pathlib import Path

from kg.build import build, map_to_graph, open_gazetteer
from kg.config import Settings
from kg.embed import open_embedder
from kg.evaluate.gold import Article, read_gold
from kg.evaluate.perfect import entity_of, observed
from kg.evaluate.score import Table, score, score_mentions, shares
from kg.extract.mentions import MentionReader
from kg.model import PHRASE_TYPES, Entity
from kg.resolve import resolve
from kg.store import open_store


def evaluate(gold: Path, settings: Settings, graph: Path | None = None) -> tuple[Table, list[str]]:
    """Table of scores, and a line for each error. Without a graph, the gold file's texts are built first.

    Raises InputError when a file cannot be read.
    """
    articles = read_gold(gold)
    if graph is not None:
        with open_store(graph) as store:
            return score(articles, store.quads())
    with tempfile.TemporaryDirectory(prefix="kg-evaluate-") as folder:
        build([str(gold)], Path(folder), settings)
        with open_store(Path(folder)) as store:
            return score(articles, store.quads())


def evaluate_mentions(gold: Path) -> Table:
    """Table of scores of the trained reader of mentions alone: no lists of names, no patterns.

    Raises InputError when the file cannot be read, or when this copy has no trained weights.
    """
    articles = read_gold(gold)
    reader = MentionReader()
    return score_mentions(articles, reader.strings)


def as_lines(table: Table) -> Iterator[str]:
    """The table as text."""
    return (f"{what:28s} {value}" for what, value in table.items())


def evaluate_resolution(gold: Path, settings: Settings) -> Table:
    """Table of scores of resolution alone: the annotated mentions and claims are put through it, each name as a mention of its own.

    Pairs of names are judged within an article and its twin in the other language: precision over the pairs that became one entity, recall over
    those that are. Raises InputError when the file cannot be read.
    """
    articles = read_gold(gold)
    pairs = [observed(article) for article in articles]
    entities, resolutions = resolve(pairs, open_gazetteer(settings), open_embedder())
    decided = {one.document: {decision.mention: decision.entity for decision in one.decisions} for one in resolutions}
    named = {document.id: entity_of(decided[document.key], extraction) for document, extraction in pairs}
    table = _clusters(articles, named)
    table["companies linked to a list"] = _linked(articles, named, {entity.id: entity for entity in entities})
    scores, _ = score(articles, map_to_graph(pairs, entities, resolutions, settings.base_iri).quads())
    return table | {what: value for what, value in scores.items() if what.startswith("pairs")}


def _clusters(articles: Iterable[Article], named: Mapping[str, Mapping[tuple[str, str], str]]) -> Table:
    """Pairs of names that are one entity, by kind of name."""
    stories: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    for article in articles:
        story = min(article.id, article.pair or article.id)
        for entity in article.entities:
            for name in entity.names:
                if found := named[article.id].get((entity.type, name)):
                    stories[story].append((entity.type, entity.id, name, found))
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in ("companies", "other names", "phrases")}
    for names in stories.values():
        for (kind, one, _, mine), (other_kind, other, _, theirs) in combinations(dict.fromkeys(names), 2):
            if kind == other_kind:
                row = "companies" if kind == "Company" else "phrases" if kind in PHRASE_TYPES else "other names"
                right = one == other and mine == theirs
                counts[row].update(gold=int(one == other), found=int(mine == theirs), hit=int(right), right=int(right))
    return {f"pairs of names, {kind}": shares(count) for kind, count in counts.items()}


def _linked(articles: Iterable[Article], named: Mapping[str, Mapping[tuple[str, str], str]], entities: Mapping[str, Entity]) -> str:
    """How many of the annotated companies a list knows."""
    found = [
        {named[article.id][entity.type, name] for name in entity.names if (entity.type, name) in named[article.id]}
        for article in articles
        for entity in article.entities
        if entity.type == "Company"
    ]
    return f"{sum(any(entities[one].exact_match for one in ids) for ids in found)}/{len(found)}"


def as_json(table: Table) -> str:
    """The table as one line of JSON."""
    return json.dumps(table, ensure_ascii=False)
