"""Mention to entity: which things the documents speak of, and why each mention is held to be one of them.

Each document is looked at alone (``article``): a list's entry, a concept, or a normalised name of a type. Then keys that stand for one thing are
merged (``clusters``): other names that a text gives, phrases of one meaning, names and phrases of the other language (``languages``). People's
decisions come before everything (``decisions``). This is the only stage that sees more than one document.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from kg.gazetteer import Gazetteer
from kg.model import Document, Entity, Extraction, Resolution
from kg.resolve.article import look
from kg.resolve.clusters import Clusters, Merge
from kg.resolve.decisions import Rulings, read_decisions
from kg.resolve.entities import entities
from kg.resolve.languages import LEAD, across_languages
from kg.resolve.people import apply, links_elsewhere, revised
from kg.resolve.phrases import Concepts
from kg.resolve.products import merge_products

if TYPE_CHECKING:
    from kg.embed import Embedder

__all__ = ["Rulings", "read_decisions", "resolve"]


def resolve(
    pairs: Iterable[tuple[Document, Extraction]], gazetteer: Gazetteer, embedder: Embedder | None = None, rulings: Rulings | None = None
) -> tuple[list[Entity], list[Resolution]]:
    """The entities that the documents speak of, sorted by id, and per document (sorted by key) the decision on each mention.

    A mention without a decision (a pronoun without antecedent, a deal whose parties are not two known things) is left out of the graph. The result
    depends on the set of documents alone, not on their order. Without an embedder, what is one thing in two languages is only known by lists. Raises
    SettingsError when a person's decision is impossible.
    """
    rulings = rulings or Rulings()
    revise = partial(revised, rulings=rulings, gazetteer=gazetteer) if rulings.rulings else None
    leads: dict[str, str] = {}
    looks = []
    for document, extraction in pairs:
        looks.append(look(document, extraction, gazetteer, revise))
        leads[document.key] = document.text[: max(LEAD.values())]
    looks.sort(key=lambda one: one.document)
    clusters = Clusters(pair for one in looks for pair in one.apart)
    apply(looks, rulings, clusters)
    for one in looks:
        for key, other, reason in one.aliases:
            clusters.merge(Merge(key, other, reason, 0.9))
    merge_products(looks, clusters)
    if embedder is not None:
        across_languages(looks, leads, clusters, gazetteer, embedder.vectors)
        merge_products(looks, clusters)  # makers of two languages may be one by now
    concepts = Concepts(gazetteer, embedder.vectors) if embedder is not None else None
    return entities(looks, clusters, gazetteer, concepts, links_elsewhere(looks, rulings, gazetteer))
