"""The graph as files that other programs read; the same quads in any order give the same bytes."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from kg import analyze, vocab
from kg.store import Store, serialise

if TYPE_CHECKING:
    import networkx as nx

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""When a workbook says that it was made: the same graph gives the same bytes on any day."""

LONGEST_CELL = 32_000
"""Code points; a spreadsheet takes 32,767 UTF-16 units in a cell at most, and astral signs count twice there."""

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA = re.compile(r"[\t\r]|\s*[-=+@－＝＋＠]")

Cell = str | int | float

FIGURES = {"amount": "amount", "amount_max": "amountMax", "currency": "currency", "share": "share"}
"""Columns of what a claim is about, and the property of each."""


class Table(NamedTuple):
    """Rows for a spreadsheet under the names of their columns."""

    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]


def turtle(quads: Iterable[ox.Quad], base_iri: str = vocab.BASE_IRI) -> bytes:
    """All graphs in one as Turtle: each triple once, in code-point order."""
    triples = {str(quad.triple): quad.triple for quad in quads}
    return serialise((triples[key] for key in sorted(triples)), ox.RdfFormat.TURTLE, vocab.prefixes(base_iri))


def trig(quads: Iterable[ox.Quad], base_iri: str = vocab.BASE_IRI) -> bytes:
    """The named graphs as TriG, in code-point order of graph, then triple."""
    return serialise(_sorted(quads), ox.RdfFormat.TRIG, vocab.prefixes(base_iri))


def nquads(quads: Iterable[ox.Quad]) -> bytes:
    """The named graphs as N-Quads, a line each, in the order of ``trig``."""
    return serialise(_sorted(quads), ox.RdfFormat.N_QUADS, {})


def jsonld(quads: Iterable[ox.Quad]) -> bytes:
    """The named graphs as JSON-LD, in the order of ``trig``."""
    return serialise(_sorted(quads), ox.RdfFormat.JSON_LD, {})


def graphml(graph: nx.MultiDiGraph) -> bytes:
    """A projected graph as GraphML, for Cytoscape, yEd, igraph and networkx."""
    import networkx as nx

    writer = nx.readwrite.graphml.GraphMLWriter(encoding="utf-8", prettyprint=True)  # not write_graphml, whose bytes depend on lxml being there
    writer.add_graph_element(_flat(graph))
    out = io.BytesIO()
    writer.dump(out)
    return out.getvalue()


def gexf(graph: nx.MultiDiGraph) -> bytes:
    """A projected graph as GEXF, for Gephi; without the date of today and the version of networkx, which that puts in."""
    import networkx as nx

    lines = "\n".join(nx.generate_gexf(_flat(graph), prettyprint=True))
    return (re.sub(r"\s*<meta .*?</meta>", "", lines, count=1, flags=re.DOTALL) + "\n").encode()


def claims(store: Store) -> Table:
    """A row per claim in the order of documents and their text: who says what, how sure, in which words, about which figures."""
    documents, names = _described(store, "Document"), analyze.labels(store)
    rows: list[tuple[tuple[str, int, str], tuple[Cell, ...]]] = []
    quotes = _quotes(store)
    for iri, claim in _described(store, "Claim").items():
        words = quotes.get(iri, [])
        document = documents[words[0].document] if words else {}
        rows.append(((document.get("identifier", ""), words[0].start if words else 0, iri), (
            _name(names, claim["subject"]), _local(claim["predicate"]), _name(names, claim["object"]),
            *(_local(claim.get(field, "")) for field in ("status", "polarity", "certainty", "stage")),
            _name(names, claim.get("attributedTo", "")), _name(names, claim.get("citing", "")), claim.get("date", ""),
            *(_figure(claim.get(field, "")) for field in FIGURES.values()), claim.get("eventDate", ""), claim.get("eventDateText", ""),
            _figure(claim.get("confidence", "")), "yes" if "supersededBy" in claim else "", "\n".join(one.exact for one in words),
            *(document.get(field, "") for field in ("identifier", "headline", "publisher", "url")),
            words[0].start if words else "", words[0].end if words else "",
            *(claim.get(field, "") for field in ("subject", "object", "about", "edge")), iri,
        )))  # fmt: skip
    return Table((
        "subject", "relation", "object", "status", "polarity", "certainty", "stage", "source", "citing", "date", *FIGURES, "event_date",
        "event_date_text", "confidence", "taken_back", "quote", "document", "headline", "publisher", "url", "start", "end", "subject_iri",
        "object_iri", "deal_iri", "edge_iri", "iri",
    ), [row for _, row in sorted(rows)])  # fmt: skip


def deals(store: Store) -> Table:
    """A row per deal, the last heard of first: parties, status, and figures, source and quote of the newest claim that has that status."""
    graph, told = analyze.project(store), claims(store)
    by_claim = {str(row[-1]): dict(zip(told.columns, row, strict=True)) for row in told.rows}
    rows: list[tuple[Cell, ...]] = []
    for node, deal in graph.nodes(data=True):
        if deal["type"] != "Deal":
            continue
        current = [one for one in deal["sayings"] if one.status == deal["status"] and not one.superseded]
        claim = by_claim[current[-1].claim] if current else {}
        parties = [(edge["predicate"], analyze.label(graph, party)) for _, party, edge in graph.out_edges(node, data=True) if "sayings" not in edge]
        sides = (("acquirer", "investor"), ("target", "investee"), ("acquirer", "investor", "target", "investee", "party"))
        rows.append((
            analyze.label(graph, node), deal["kind"], deal["status"], claim.get("stage", ""),
            *("; ".join(sorted(name for role, name in parties if role in side)) for side in sides),
            *(claim.get(field, "") for field in (*FIGURES, "event_date")), deal["first"], deal["last"], len(deal["sayings"]),
            *(claim.get(field, "") for field in ("source", "date", "quote", "document", "headline", "publisher", "url")), node,
        ))  # fmt: skip
    columns = (
        "deal", "kind", "status", "stage", "buyer_or_investor", "target", "parties", *FIGURES, "event_date", "first_date", "last_date", "claims",
        "source", "source_date", "quote", "document", "headline", "publisher", "url", "iri",
    )  # fmt: skip
    last, iri = columns.index("last_date"), len(columns) - 1
    by_iri = sorted(rows, key=lambda row: str(row[iri]))
    return Table(columns, sorted(by_iri, key=lambda row: str(row[last]), reverse=True))


def entities(store: Store) -> Table:
    """A row per entity, by type and name: what it is called, how often it occurs, and what it is linked to; deals have a table of their own."""
    graph, seen = analyze.project(store), defaultdict(set)
    for row in store.select("SELECT ?node ?name { ?node skos:altLabel ?name }"):
        seen[_text(row["node"])].add(_text(row["name"]))
    documents, links = defaultdict(set), defaultdict(set)
    for row in store.select("SELECT ?node ?document { ?document schema:mentions ?node }"):
        documents[_text(row["node"])].add(_text(row["document"]))
    for row in store.select("SELECT ?node ?link { ?node skos:exactMatch|skos:broader|schema:sameAs ?link }"):
        links[_text(row["node"])].add(_text(row["link"]))
    scores = dict(analyze.rank(graph))
    rows: list[tuple[Cell, ...]] = [
        (
            data["type"], " ".join(data["classes"]), data["labels"].get("en", ""), data["labels"].get("zh", ""), "; ".join(sorted(seen[node])),
            len(documents[node]), graph.degree(node), scores[node], " ".join(sorted(links[node])), node,
        )
        for node, data in graph.nodes(data=True) if data["type"] != "Deal"
    ]  # fmt: skip
    columns = ("type", "classes", "label_en", "label_zh", "names", "documents", "edges", "rank", "links", "iri")
    return Table(columns, sorted(rows, key=lambda row: (row[0], row[2] or row[3], row[-1])))


TABLES: dict[str, Callable[[Store], Table]] = {"deals": deals, "claims": claims, "entities": entities}


def as_csv(table: Table) -> bytes:
    r"""A table as CSV in UTF-8 (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe before it.

    >>> as_csv(Table(("quote", "amount"), [("=1+1", -5)]))
    b"quote,amount\r\n'=1+1,-5\r\n"
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows([f"'{_clean(cell)}" if _is_formula(cell) else _clean(cell) for cell in row] for row in table.rows)
    return out.getvalue().encode()


def as_xlsx(tables: Mapping[str, Table]) -> bytes:
    """Tables as the sheets of a workbook. Texts are texts there, whatever they begin with; a very long one is cut."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": EPOCH})
    head, text, formula = book.add_format({"bold": True}), book.add_format(), book.add_format({"quote_prefix": True})
    for name, table in tables.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(table.columns) - 1, 18)
        for column, title in enumerate(table.columns):
            sheet.write_string(0, column, title, head)
        for line, row in enumerate(table.rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(line, column, str(_clean(cell))[:LONGEST_CELL], formula if _is_formula(cell) else text)
                else:
                    sheet.write_number(line, column, cell)
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    book.close()
    return out.getvalue()


class _Quote(NamedTuple):
    document: str
    start: int
    end: int
    exact: str


def _quotes(store: Store) -> dict[str, list[_Quote]]:
    """The sentences behind each claim, in the order of the text."""
    found: dict[str, set[_Quote]] = defaultdict(set)
    for row in store.select("""SELECT ?claim ?document ?start ?end ?exact { ?claim prov:wasDerivedFrom ?evidence .
        ?evidence oa:hasSource ?document ; oa:hasSelector ?position , ?quote . ?position oa:start ?start ; oa:end ?end . ?quote oa:exact ?exact }"""):
        found[_text(row["claim"])].add(_Quote(_text(row["document"]), int(_text(row["start"])), int(_text(row["end"])), _text(row["exact"])))
    return {claim: sorted(quotes) for claim, quotes in found.items()}


def _described(store: Store, kind: str) -> dict[str, dict[str, str]]:
    """All nodes of a class with their values by the local name of the property; of several the first in code-point order."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    triples = {tuple(map(_text, row.values())) for row in store.select(f"SELECT ?node ?p ?value {{ ?node a kg:{kind} ; ?p ?value }}")}
    for node, predicate, value in sorted(triples):
        found[node].setdefault(re.split("[/#]", predicate)[-1], value)
    return found


def _flat(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """The same graph in a fixed order, with plain values, and an id of its own for each edge."""
    import networkx as nx

    flat, scores = nx.MultiDiGraph(), dict(analyze.rank(graph))
    for node in sorted(graph):
        data = graph.nodes[node]
        names = {f"label_{tag}": _clean(name) for tag, name in sorted(data["labels"].items())}
        period = {field: data.get(field, "") for field in ("status", "first", "last")}
        kind = {"type": data["type"], "kind": data["kind"], "classes": " ".join(data["classes"])}
        flat.add_node(node, label=_clean(analyze.label(graph, node)), **names, **kind, **period, rank=scores[node])
    for s, o, key, edge in sorted(graph.edges(keys=True, data=True), key=lambda one: one[:3]):
        name = key if "sayings" in edge else f"{s} {key} {o}"
        quotes = "\n".join(dict.fromkeys(quote for saying in edge.get("sayings", ()) for quote in saying.quotes))
        flat.add_edge(
            s, o, key=name, id=name, label=edge["predicate"], predicate=edge["predicate"], status=edge["status"], support=edge.get("support", 0),
            first=edge.get("first", ""), last=edge.get("last", ""), disputed=edge.get("disputed", False), quotes=_clean(quotes),
        )  # fmt: skip
    return flat


def _sorted(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    by_key = {(str(quad.graph_name), str(quad.triple)): quad for quad in quads}
    return [by_key[key] for key in sorted(by_key)]


def _clean(cell: Cell) -> Cell:
    """A text without the signs that XML, and so a workbook, cannot hold."""
    return _NO_XML.sub("\ufffd", cell) if isinstance(cell, str) else cell


def _is_formula(cell: Cell) -> bool:
    return isinstance(cell, str) and _FORMULA.match(cell) is not None


def _figure(text: str) -> Cell:
    """A number where it is one; a currency is none."""
    return int(text) if re.fullmatch(r"-?\d+", text, re.ASCII) else float(text) if re.fullmatch(r"-?\d+\.\d+", text, re.ASCII) else text


def _name(names: Mapping[str, Mapping[str, str]], node: str) -> str:
    return analyze.pick(names.get(node, {}), "en") or node.rsplit("/", 1)[-1]


def _local(iri: str) -> str:
    return iri.removeprefix(vocab.KG)


def _text(term: object) -> str:
    return str(getattr(term, "value", term))
