"""What a report tells: the analysis of a graph with what was read, who says what of each deal, what is new, and what went wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from kg import analyze, vocab
from kg.analyze import Analysis, Background, Ranked
from kg.diff import Difference, diff
from kg.model import Problem
from kg.report.words import value

if TYPE_CHECKING:
    import networkx as nx

    from kg.store import Store


class Counts(msgspec.Struct, frozen=True):
    """What was read and found."""

    documents: int
    languages: dict[str, int]
    """Documents by language; one in both counts twice."""
    claims: int
    nodes: dict[str, int]
    """Entities and deals by type."""
    problems: int | None
    """Inputs that could not be processed; None where nobody knows."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that a report tells. Nodes and edges are IRIs; ``analysis`` holds the labels of nodes and the grounds of scores."""

    read: Counts
    analysis: Analysis
    sayings: dict[str, tuple[analyze.Saying, ...]]
    """What is said of each deal."""
    actors: list[Ranked]
    """Companies, bodies and people that are joined to something, by rank."""
    since: Difference | None
    """What is new against an older graph, if one was given."""
    problems: tuple[Problem, ...]


def gather(
    store: Store, graph: nx.MultiDiGraph, *, problems: Sequence[Problem] | None = None, since: Store | None = None,
    background: Background = Background(),
) -> Report:  # fmt: skip
    """The content of a report on a store and its projected graph.

    ``problems`` are the inputs that could not be processed, None if that is not known; ``since`` is an older store to compare with.
    """
    analysis = analyze.analyse(graph, background=background)
    actors = [Ranked(*one) for one in analyze.rank(graph, background.weights)]
    return Report(
        read=_counts(store, graph, problems), analysis=analysis,
        sayings={deal.deal: graph.nodes[deal.deal]["sayings"] for deal in analysis.deals},
        actors=[one for one in actors if graph.nodes[one.node]["type"] in vocab.ACTORS and graph.degree(one.node)],
        since=None if since is None else diff(since, store), problems=tuple(problems or ()),
    )  # fmt: skip


def _counts(store: Store, graph: nx.MultiDiGraph, problems: Sequence[Problem] | None) -> Counts:
    languages: dict[str, set[str]] = defaultdict(set)
    documents: set[str] = set()
    for row in store.select("SELECT ?document ?language { ?document a kg:Document . OPTIONAL { ?document schema:inLanguage ?language } }"):
        documents.add(value(row["document"]))
        languages[value(row["language"]) if "language" in row else "unknown"].add(value(row["document"]))
    claims = {value(row["claim"]) for row in store.select("SELECT ?claim { ?claim a kg:Claim }")}
    types = Counter(data["type"] for _, data in graph.nodes(data=True))
    return Counts(
        len(documents), {tag: len(found) for tag, found in sorted(languages.items())}, len(claims), dict(sorted(types.items())),
        None if problems is None else len(problems),
    )  # fmt: skip
