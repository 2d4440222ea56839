"""How near a thing that is had is to a thing that is wanted: the same, a kind of it, what it is a kind of, or alike in meaning."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from kg.analyze.graph import label
from kg.gazetteer import normalise_phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import networkx as nx
    from numpy.typing import NDArray

    Vectors = Callable[[Sequence[str]], NDArray[np.float32]]
    """Vectors of length 1 of phrases, such as those of ``kg.embed.Embedder.vectors``."""

ALIKE = 0.94
"""Least cosine of two phrases that are alike in meaning. Of 23 pairs of a need and an asset of our training articles at or above it about two thirds
are near to a reader's mind ("young customers", "customers"), of 79 pairs between .92 and .94 about a third."""

COMPARED = 1_000
"""Things of a type above which they are not compared in meaning, which takes some 5 ms for each."""

Kind = Literal["same", "kind", "general", "sibling", "alike"]


class Near(NamedTuple):
    """How a thing that is had relates to the wanted one."""

    kind: Kind
    """The same thing; a kind of it; what it is a kind of; both kinds of one narrow concept; alike in meaning."""
    cosine: float = 1.0
    """Of the two names, where they are only alike."""


class Nearness:
    """What is near to a wanted thing among others, by the lists that the nodes of a graph are linked to, and by meaning where vectors are given."""

    def __init__(
        self, graph: nx.MultiDiGraph, had: Iterable[str], *, above: Mapping[str, Sequence[str]] | None = None, vectors: Vectors | None = None
    ) -> None:
        """Index the nodes that are ``had``; ``above`` gives the broader concepts of a concept, by IRI."""
        self._graph, self._above, self._vectors = graph, above or {}, vectors
        self._had = sorted(had)
        self._same: dict[str, set[str]] = defaultdict(set)
        self._under: dict[str, set[str]] = defaultdict(set)
        for node in self._had:
            for key in self._keys(node):
                self._same[key].add(node)
            for concept in self._broader(node):
                self._under[concept].add(node)
        self._matrices: dict[str, NDArray[np.float32]] = {}
        self._phrases: dict[str, list[str]] = defaultdict(list)
        for node in self._had:
            self._phrases[graph.nodes[node]["type"]].append(node)

    def to(self, wanted: str) -> dict[str, Near]:
        """What of all that is had is near to a wanted thing, each with the nearest way in which it is; alike only where nothing else is near."""
        found: dict[str, Near] = {}
        keys, broader = self._keys(wanted), self._broader(wanted)
        levels: list[tuple[Kind, set[str]]] = [
            ("same", {node for key in keys for node in self._same[key]}),
            ("kind", {node for key in keys for node in self._under[key]}),
            ("general", {node for concept in broader for node in self._same[concept]}),
            ("sibling", {node for concept in broader if self._above.get(concept) for node in self._under[concept]}),
        ]
        for kind, nodes in levels:
            for node in sorted(nodes):
                found.setdefault(node, Near(kind))
        return found or {node: Near("alike", cosine) for node, cosine in self._alike(wanted)}

    def _keys(self, node: str) -> list[str]:
        """What a thing is known by: itself, its concept, and its name, which another type of thing may share."""
        data = self._graph.nodes[node]
        names = {normalise_phrase(name) for name in data["labels"].values()} - {""}
        return [node, *data.get("exact", ()), *sorted(names)]

    def _broader(self, node: str) -> list[str]:
        """Concepts over a thing, the narrow ones first."""
        data = self._graph.nodes[node]
        found, queue = [], [*data.get("broader", ())]
        for concept in data.get("exact", ()):
            queue += self._above.get(concept, ())
        while queue:
            concept = queue.pop(0)
            if concept not in found:
                found.append(concept)
                queue += self._above.get(concept, ())
        return found

    def _alike(self, wanted: str) -> Iterator[tuple[str, float]]:
        """Things of the same type whose names mean nearly the same."""
        others = self._phrases[self._graph.nodes[wanted]["type"]]
        if self._vectors is None or not others or len(others) > COMPARED:
            return
        kind = self._graph.nodes[wanted]["type"]
        if kind not in self._matrices:
            self._matrices[kind] = self._vectors([label(self._graph, node) for node in others])
        (vector,) = self._vectors([label(self._graph, wanted)])
        for place in np.flatnonzero((self._matrices[kind] @ vector).round(2) >= ALIKE):
            if others[place] != wanted:
                yield others[place], float((self._matrices[kind][place] @ vector).round(2))


def reason(graph: nx.MultiDiGraph, wanted: str, thing: str, near: Near, language: str = "en") -> str:
    """Why a thing is held near to the wanted one, in words; "" where it is the same."""
    want, had = label(graph, wanted, language), label(graph, thing, language)
    said = {
        "same": ("", ""),
        "kind": (f"{had} is a kind of {want}", f"{had}属于{want}"),
        "general": (f"{want} is a kind of {had}", f"{want}属于{had}"),
        "sibling": (f"{had} and {want} are kinds of one thing", f"{had}与{want}同属一类"),
        "alike": (f"{had} means nearly the same as {want} ({near.cosine:.2f})", f"{had}与{want}含义相近（{near.cosine:.2f}）"),
    }
    return said[near.kind][language == "zh"]
