"""What one page needs of a graph: the part that it shows, with ways into it. It takes time by that part, however large the graph is."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from kg import analyze

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kg.analyze import Saying
    from kg.store import Store


MOST_NAMES = 40
"""Names of a thing that are looked for in sentences."""


class Relation(NamedTuple):
    """An edge with its ends, IRIs but for the predicate."""

    iri: str
    subject: str
    predicate: str
    object: str
    status: str
    support: int
    disputed: bool
    first: str
    last: str
    sayings: tuple[Saying, ...]


class Article(NamedTuple):
    """A document of the graph."""

    iri: str
    identifier: str
    headline: str
    """The identifier where there is none."""
    date: str
    publisher: str
    url: str
    languages: str
    sha256: str


class Index:
    """Ways into the part of a graph that a page shows."""

    def __init__(self, store: Store, only: Collection[str] = (), claims: Collection[str] | None = None) -> None:
        """Look up the part with these nodes and edges, and of what is said for them all or just these claims; see ``kg.analyze.project``."""
        self.store = store
        self.graph = analyze.project(store, only, claims)
        self._labels: dict[str, Mapping[str, str]] = {}
        self._names: dict[str, frozenset[str]] = {}

    @cached_property
    def relations(self) -> dict[str, Relation]:
        """Edges by IRI."""
        return {
            key: Relation(
                key, s, edge["predicate"], o, edge["status"], edge["support"], edge["disputed"], edge["first"], edge["last"], edge["sayings"]
            )
            for s, o, key, edge in self.graph.edges(keys=True, data=True) if "sayings" in edge
        }  # fmt: skip

    @cached_property
    def claims(self) -> dict[str, tuple[Relation, Saying]]:
        """What each claim says, and for which edge, by IRI."""
        return {saying.claim: (relation, saying) for relation in self.relations.values() for saying in relation.sayings}

    @cached_property
    def voices(self) -> dict[str, tuple[str, ...]]:
        """IRI of who makes each claim, and of whom that one cites; nothing for the article's own voice."""
        return analyze.voices(self.store, self.claims)

    def names(self, node: str) -> frozenset[str]:
        """What a thing is called; of a deal what its parties are called, since few texts give a deal a name; the first ``MOST_NAMES`` of them."""
        if node not in self._names:
            ends = [node]
            if self.graph.nodes[node]["type"] == "Deal":
                ends = [party for _, party, edge in self.graph.out_edges(node, data=True) if "sayings" not in edge]
            told = (name for one in ends for name in (*self.graph.nodes[one]["labels"].values(), *self.graph.nodes[one]["names"]) if name.strip())
            self._names[node] = frozenset(islice(dict.fromkeys(told), MOST_NAMES))
        return self._names[node]

    def labels(self, iri: str) -> Mapping[str, str]:
        """What a node is called, by language: of a document its headline."""
        if iri in self.graph:
            named: Mapping[str, str] = self.graph.nodes[iri]["labels"]
            return named
        if iri not in self._labels:
            article = article_of(self.store, iri)
            headline = {"en": article.headline} if article else {}
            self._labels[iri] = analyze.labels(self.store, {iri}).get(iri, headline)
        return self._labels[iri]


def article_of(store: Store, iri: str) -> Article | None:
    """A document by its IRI; None where it is none."""
    rows = store.select(f"""SELECT DISTINCT ?identifier ?headline ?date ?publisher ?url ?languages ?sha256 {{ <{iri}> a kg:Document ;
        dcterms:identifier ?identifier . OPTIONAL {{ <{iri}> schema:headline ?headline }} OPTIONAL {{ <{iri}> schema:datePublished ?date }}
        OPTIONAL {{ <{iri}> schema:publisher ?publisher }} OPTIONAL {{ <{iri}> schema:url ?url }} OPTIONAL {{ <{iri}> schema:inLanguage ?languages }}
        OPTIONAL {{ <{iri}> kg:sha256 ?sha256 }} }}""")
    told = sorted(Article(iri, *(_text(row[field]) if field in row else "" for field in Article._fields[1:])) for row in rows)
    if not told:
        return None
    languages = dict.fromkeys(one.languages for one in told if one.languages)
    return told[0]._replace(headline=told[0].headline or told[0].identifier, languages=" ".join(languages))


def _text(term: object) -> str:
    return str(getattr(term, "value", term))
