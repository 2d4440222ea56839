"""What the pages need of a snapshot beyond its store: looked up once, when it is first asked for, and dropped with the snapshot."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from kg import analyze

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from kg.analyze import Saying
    from kg.serve.snapshot import Snapshot
    from kg.store import Store


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
    """Ways into a graph that its pages take; it holds the store and the projected graph, not the snapshot."""

    def __init__(self, store: Store, graph: nx.MultiDiGraph) -> None:
        self.store = store
        self.graph = graph

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
    def claims_of(self) -> dict[str, list[str]]:
        """Claims by document, by source and by whom a source cites; in the order of dates."""
        found: dict[str, list[str]] = defaultdict(list)
        for claim in sorted(self.claims, key=lambda iri: (self.claims[iri][1].date, iri)):
            for place in {self.claims[claim][1].document_iri, *self.voices.get(claim, ())}:
                found[place].append(claim)
        return found

    @cached_property
    def voices(self) -> dict[str, tuple[str, ...]]:
        """IRI of who makes each claim, and of whom that one cites; nothing for the article's own voice."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self.store.select("""SELECT ?claim ?by ?voice {
            { ?claim kg:attributedTo ?voice BIND("0" AS ?by) } UNION { ?claim kg:citing ?voice BIND("1" AS ?by) } }"""):
            found[_text(row["claim"])][_text(row["by"])] = _text(row["voice"])
        return {claim: tuple(by[place] for place in ("0", "1") if place in by) for claim, by in found.items()}

    @cached_property
    def articles(self) -> dict[str, Article]:
        """Documents by IRI, in code-point order."""
        rows = self.store.select("""SELECT DISTINCT ?iri ?identifier ?headline ?date ?publisher ?url ?languages ?sha256 { ?iri a kg:Document ;
            dcterms:identifier ?identifier . OPTIONAL { ?iri schema:headline ?headline } OPTIONAL { ?iri schema:datePublished ?date }
            OPTIONAL { ?iri schema:publisher ?publisher } OPTIONAL { ?iri schema:url ?url } OPTIONAL { ?iri schema:inLanguage ?languages }
            OPTIONAL { ?iri kg:sha256 ?sha256 } }""")
        found: dict[str, Article] = {}
        told = [Article(*(_text(row[field]) if field in row else "" for field in Article._fields)) for row in rows]
        for article in sorted(told):
            known = found.setdefault(article.iri, article if article.headline else article._replace(headline=article.identifier))
            if article.languages and article.languages not in known.languages.split():
                found[article.iri] = known._replace(languages=f"{known.languages} {article.languages}".strip())
        return found

    @cached_property
    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """What each node is called, by language: of a document its headline."""
        named = {iri: {"en": article.headline} for iri, article in self.articles.items()}
        return {**named, **analyze.labels(self.store)}

    @cached_property
    def ranks(self) -> dict[str, float]:
        """PageRank of things and deals, the highest first."""
        return dict(analyze.rank(self.graph))


_known: WeakKeyDictionary[Snapshot, Index] = WeakKeyDictionary()


def index_of(snapshot: Snapshot) -> Index:
    """The index of a snapshot, made at its first use."""
    found = _known.get(snapshot)
    if found is None:
        found = _known.setdefault(snapshot, Index(snapshot.store, snapshot.graph))
    return found


def _text(term: object) -> str:
    return str(getattr(term, "value", term))
