"""What the page knows: everything in the graph that is joined to something, as plain values in which each text stands once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from kg import analyze, vocab
from kg.analyze import Saying
from kg.view.looks import LINES, LOOKS, UNKNOWN, Words, words

if TYPE_CHECKING:
    import networkx as nx

MAX_KEPT = 20_000
"""Nodes in the page, drawn or found by search: about 10 MB, ready after 2.5 seconds; the page says when it leaves some out."""

MAX_SAYINGS = 200
"""Of an edge or a deal, the newest; the page says when there are more."""

MAX_HEADLINES = 3
"""Deals that are drawn large and named above the picture."""

Row = TypeVar("Row", bound=Hashable)


class Node(NamedTuple):
    """A node of the page; its number is its place by rank."""

    id: str
    """What its IRI has after ``base``."""
    en: str
    """Name, "" where it has none in this language and one in the other."""
    zh: str
    names: tuple[str, ...]
    """What else it is called in texts."""
    type: str
    kind: str
    classes: tuple[str, ...]
    links: tuple[str, ...]
    """IRIs of what lists know it as."""
    status: str
    """Of a deal, else ""; so are all below."""
    support: int
    """Most independent sources of what is said about it."""
    disputed: bool
    claims: tuple[int, ...]
    more: int
    """Older claims that are left out."""


class Edge(NamedTuple):
    """A line of the page, between two nodes by number."""

    id: str
    """What its IRI has after ``base``; "" of the line from a deal to a party, which has the claims of the deal."""
    s: int
    o: int
    predicate: str
    status: str
    support: int
    disputed: bool
    confidence: float
    claims: tuple[int, ...]
    more: int


class Claim(NamedTuple):
    """What one document says; texts, sentences and documents by number."""

    status: str
    source: int
    date: str
    document: int
    quotes: tuple[int, ...]
    superseded: bool
    stage: str
    confidence: float
    figures: tuple[tuple[str, str], ...]


class Document(NamedTuple):
    """Where something is said."""

    title: str
    url: str
    publisher: str
    iri: str
    """Two with the same title stay two."""


class Once(Generic[Row]):
    """Rows in the order in which they came first, each with its number."""

    def __init__(self) -> None:
        self.rows: dict[Row, int] = {}

    def add(self, row: Row) -> int:
        """The number of this row."""
        return self.rows.setdefault(row, len(self.rows))


class _Tables:
    """What nodes and edges refer to by number."""

    def __init__(self) -> None:
        self.speakers, self.quotes = Once[tuple[str, str]](), Once[str]()
        self.documents, self.claims = Once[Document](), Once[Claim]()

    def claims_of(self, sayings: Iterable[Saying]) -> tuple[tuple[int, ...], int]:
        """The newest claims by number in the order of dates, and how many older ones there are."""
        all_of_them = tuple(sayings)
        return tuple(self._claim(one) for one in all_of_them[-MAX_SAYINGS:]), len(all_of_them[:-MAX_SAYINGS])

    def _claim(self, saying: Saying) -> int:
        return self.claims.add(
            Claim(
                saying.status, self.speakers.add(_speaker(saying)), saying.date,
                self.documents.add(Document(saying.document, saying.url, saying.publisher, saying.document_iri)),
                tuple(map(self.quotes.add, saying.quotes)), saying.superseded, saying.stage, round(saying.confidence, 2), saying.figures,
            )
        )  # fmt: skip

    def as_rows(self) -> dict[str, list[Any]]:
        return {name: list(table.rows) for name, table in vars(self).items()}


def _speaker(saying: Saying) -> tuple[str, str]:
    """Who says something, in English and in Chinese, each where there is one; ("", "") for the article itself."""
    names = dict(saying.source_labels)
    return (names.get("en", saying.source), names.get("zh", saying.source))


def encode(graph: nx.MultiDiGraph, kept: list[str], drawn: int) -> dict[str, Any]:
    """What the page's script reads, for these nodes in this order, of which it draws the first ``drawn``; the same for the same graph.

    Rows of ``nodes``, ``edges``, ``claims`` and ``documents`` are lists of values in the order of ``fields``.
    """
    base, tables = _base(kept), _Tables()
    number = {node: at for at, node in enumerate(kept)}
    shown = graph.subgraph(kept)
    told = sorted((number[s], number[o], key, edge) for s, o, key, edge in shown.edges(keys=True, data=True) if "sayings" in edge)
    edges = [_edge(base, row, tables) for row in told]
    backed = _backed(edges)
    nodes = [_node(graph, node, base, tables, backed) for node in kept]
    roles = sorted((number[s], number[o], key, edge) for s, o, key, edge in shown.edges(keys=True, data=True) if "sayings" not in edge)
    edges += [_role(row, nodes[row[0]]) for row in roles]
    return {
        "base": base,
        "drawn": drawn,
        "edges": edges,
        "fields": {"nodes": Node._fields, "edges": Edge._fields, "claims": Claim._fields, "documents": Document._fields},
        "headlines": [at for at, node in enumerate(nodes) if node.type == "Deal" and node.claims][:MAX_HEADLINES],
        "lines": {status: line._asdict() for status, line in LINES.items()},
        "looks": {name: look._asdict() for name, look in LOOKS.items()},
        "nodes": nodes,
        "own": [vocab.GAZETTEER, vocab.CONCEPT],
        "order": {"types": list(LOOKS), "statuses": list(LINES)},
        "summary": _summary(nodes, edges, tables, graph),
        "symmetric": sorted(name for name, relation in vocab.RELATIONS.items() if relation.symmetric),
        "words": _words(graph, nodes, edges, tables),
        **tables.as_rows(),
    }


def _base(nodes: Iterable[str]) -> str:
    """What the IRIs of all nodes begin with, up to the last "/"."""
    ends = sorted(nodes)
    if not ends:
        return ""
    same = next((at for at, (one, other) in enumerate(zip(ends[0], ends[-1], strict=False)) if one != other), min(len(ends[0]), len(ends[-1])))
    return ends[0][: ends[0].rfind("/", 0, same) + 1]


def _edge(base: str, row: tuple[int, int, str, dict[str, Any]], tables: _Tables) -> Edge:
    s, o, key, edge = row
    claims, more = tables.claims_of(edge["sayings"])
    return Edge(
        key.removeprefix(base), s, o, edge["predicate"], edge["status"] or UNKNOWN, edge.get("support", 0), edge.get("disputed", False),
        round(edge.get("confidence", 1.0), 2), claims, more,
    )  # fmt: skip


def _backed(edges: Iterable[Edge]) -> dict[int, tuple[int, bool]]:
    """Of each claim, the most independent sources and whether there is dispute among the edges that it speaks for."""
    found: dict[int, tuple[int, bool]] = {}
    for edge in edges:
        for claim in edge.claims:
            support, disputed = found.get(claim, (0, False))
            found[claim] = max(support, edge.support), disputed or edge.disputed
    return found


def _node(graph: nx.MultiDiGraph, node: str, base: str, tables: _Tables, backed: Mapping[int, tuple[int, bool]]) -> Node:
    data = graph.nodes[node]
    labels = data["labels"]
    en, zh = labels.get("en", ""), labels.get("zh", "")
    claims, more = tables.claims_of(data.get("sayings", ()))
    known = [backed.get(claim, (0, False)) for claim in claims]
    others = tuple(name for name in data.get("names", ()) if name not in (en, zh))
    return Node(
        node.removeprefix(base), en if en or zh else analyze.label(graph, node), zh, others,
        data["type"], data["kind"], tuple(data.get("classes", ())), (*data.get("exact", ()), *data.get("broader", ())),
        (data.get("status", "") or UNKNOWN) if data["type"] == "Deal" else "", max((support for support, _ in known), default=0),
        any(disputed for _, disputed in known), claims, more,
    )  # fmt: skip


def _role(row: tuple[int, int, str, dict[str, Any]], deal: Node) -> Edge:
    """The line from a deal to a party: what is said for it is what is said about the deal."""
    s, o, _, edge = row
    return Edge("", s, o, edge["predicate"], edge["status"] or UNKNOWN, deal.support, deal.disputed, 1.0, deal.claims, deal.more)


def _words(graph: nx.MultiDiGraph, nodes: Iterable[Node], edges: Iterable[Edge], tables: _Tables) -> dict[str, Words]:
    """What every term that occurs is called in both languages."""
    terms = {*LOOKS, *LINES} | {term for node in nodes for term in (node.kind, *node.classes)} | {claim.stage for claim in tables.claims.rows}
    relations = {edge.predicate for edge in edges}
    found = {term: _words_of(term) for term in terms - relations if term}
    return found | {term: {tag: analyze.relation(graph, term, tag) for tag in ("en", "zh")} for term in relations}


def _summary(nodes: list[Node], edges: list[Edge], tables: _Tables, graph: nx.MultiDiGraph) -> Words:
    """What is in the page, in one line of plain words."""
    deals = Counter(node.status for node in nodes if node.type == "Deal")
    things, relations, articles = len(nodes) - deals.total(), sum(1 for edge in edges if edge.id), len(tables.documents.rows)
    loose = len(graph) - sum(1 for node in graph if graph.degree(node))
    less = len(graph) - loose - len(nodes)
    en, zh = [_count(articles, "article")], [f"{articles:,} 篇文章"]
    if deals:
        en.append(_count(deals.total(), "deal") + _states(deals, "en"))
        zh.append(f"{deals.total():,} 项交易{_states(deals, 'zh')}")
    en += [_count(things, "thing"), _count(relations, "relation")]
    zh += [f"{things:,} 个事物", f"{relations:,} 条关系"]
    if loose:
        en.append(f"{_count(loose, 'thing')} without any relation left out")
        zh.append(f"略去 {loose:,} 个没有关系的事物")
    if less:
        en.append(f"{less:,} less important left out")
        zh.append(f"略去 {less:,} 个次要节点")
    return {"en": " · ".join(en), "zh": " · ".join(zh)}


def _states(deals: Counter[str], language: str) -> str:
    """How the deals stand, the commonest four statuses, in brackets."""
    often = sorted(deals.items(), key=lambda one: (-one[1], one[0]))
    told = [_words_of(status)[language] + (f" {count:,}" if len(deals) > 1 else "") for status, count in often[:4]] + ["…"] * (len(deals) > 4)
    return ({"en": " ({})", "zh": "（{}）"}[language].format({"en": ", ", "zh": "，"}[language].join(told))) if told else ""


def _words_of(term: str) -> Words:
    return {"en": "status not said", "zh": "状态未说明"} if term == UNKNOWN else words(term)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
