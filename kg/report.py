"""What an analyst reads first, and one node, claim or edge taken apart. Words from articles are text in it, never Markdown."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from kg import analyze, vocab
from kg.errors import QueryError
from kg.query import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import networkx as nx

    from kg.store import OxigraphStore

STATUS_ORDER = ("Completed", "Announced", "Talks", "Considered", "Rumoured", "Terminated", "Denied", "Negated", "")
TOP = 15
MAX_LINES = 400
"""Of a section; more is no report."""
LONGEST = 300
"""Code points of a quote that are shown."""


class Name(NamedTuple):
    """A name that was seen or chosen for a node, and where."""

    node: str
    name: str
    document: str
    """Identifier of the document that it was seen in, "" for a label."""


def write_report(store: OxigraphStore, *, problems: int = 0) -> str:
    """The report in Markdown; ``problems`` is how many inputs could not be processed."""
    graph = analyze.project(store)
    sections = (
        ("What was read", _read(store, graph, problems)),
        ("Deals", _deals(graph)),
        ("What stands in their way", _obstacles(graph)),
        ("Needs, and what would meet them", _needs(graph)),
        ("Who matters", _leaders(graph)),
    )
    lines = ["# Report", ""]
    for title, body in sections:
        found = list(body) or ["Nothing was found."]
        more = [f"- … and {len(found) - MAX_LINES} lines more: ask with kg query"] if len(found) > MAX_LINES else []
        lines += [f"## {title}", "", *found[:MAX_LINES], *more, ""]
    return "\n".join(lines[:-1]) + "\n"


def explain(store: OxigraphStore, node: str) -> str:
    """All that the graph holds of a node, named by IRI, prefixed name or label: fields, names seen, claims with their words.

    Raises QueryError when nothing is called so, with the nearest names, or when more than one thing is.
    """
    prefixes = vocab.prefixes(store.base_iri)
    names = _names(store)
    iri = _find(store, node, names, prefixes)
    labels = [name.name for name in names if name.node == iri and not name.document]
    lines = [" · ".join([_short(iri, prefixes), *map(_plain, labels)]), *_fields(store, iri, prefixes)]
    seen = [f"  {_plain(name.name)}  ({_plain(name.document)})" for name in names if name.node == iri and name.document]
    for title, body in (("Names seen", seen), ("Claims", _claims(store, iri, prefixes)), ("Evidence", _evidence(store, iri))):
        if body:
            lines += ["", title, *body]
    return "\n".join(lines)


def _read(store: OxigraphStore, graph: nx.MultiDiGraph, problems: int) -> Iterator[str]:
    languages: dict[str, set[str]] = defaultdict(set)
    documents: set[str] = set()
    for row in store.select("SELECT ?document ?language { ?document a kg:Document . OPTIONAL { ?document schema:inLanguage ?language } }"):
        documents.add(_value(row["document"]))
        languages[_value(row["language"]) if "language" in row else "unknown"].add(_value(row["document"]))
    claims = {_value(row["claim"]) for row in store.select("SELECT ?claim { ?claim a kg:Claim }")}
    types = Counter(data["type"] for _, data in graph.nodes(data=True))
    spread = ", ".join(f"{_markdown(tag)} {len(found)}" for tag, found in sorted(languages.items()))
    yield f"- Documents: {len(documents)}" + (f" ({spread})" if spread else "")
    yield f"- Claims: {len(claims)}"
    yield f"- Entities and deals: {len(graph)}" + (f" ({', '.join(f'{_term(kind)} {types[kind]}' for kind in sorted(types))})" if types else "")
    yield f"- Problems: {problems}" + ("; see problems.jsonl" if problems else "")


def _deals(graph: nx.MultiDiGraph) -> Iterator[str]:
    """Deals by status, each with who says so and in which words."""
    order = {status: place for place, status in enumerate(STATUS_ORDER)}
    deals = [(order[data["status"]], analyze.label(graph, node), node) for node, data in graph.nodes(data=True) if data["type"] == "Deal"]
    for _, name, node in sorted(deals):
        data = graph.nodes[node]
        dates = " to ".join(sorted({data["first"], data["last"]} - {""}))
        yield f"- **{_markdown(name)}**: {_term(data['status']) or 'only mentioned'}" + (f", {dates}" if dates else "")
        for saying in data["sayings"]:
            yield f"  - {_term(saying.status)}, says {_speaker(saying)}: {_quoted(saying)} ({_markdown(_where(saying))})"


def _obstacles(graph: nx.MultiDiGraph) -> Iterator[str]:
    for s, o, _, edge in _sorted(graph, ["faces"]):
        if graph.nodes[s]["type"] == "Deal":
            quotes = " ".join(dict.fromkeys(_quoted(saying) for saying in edge["sayings"]))
            yield f"- {_name(graph, s)}: {_name(graph, o)} ({_term(edge['status'])}) {quotes}"


def _needs(graph: nx.MultiDiGraph) -> Iterator[str]:
    """Every need, and every challenge that something would ease; of each what would meet it."""
    met: dict[tuple[str, str, str], list[analyze.Match]] = defaultdict(list)
    for match in analyze.needs_met(graph):
        met[match.company, match.relation, match.thing].append(match)
    for s, o, _, edge in _sorted(graph, ["needs", "faces"]):
        matches = met[s, edge["predicate"], o]
        if edge["predicate"] == "needs" or matches:
            yield f"- {_name(graph, s)} {_term(edge['predicate'])} {_name(graph, o)} ({_term(edge['status'])})"
            for match in matches:
                yield f"  - {_name(graph, match.helper)}: {_term(match.means)} ({_term(match.status)})"


def _leaders(graph: nx.MultiDiGraph) -> Iterator[str]:
    actors = [(node, score) for node, score in analyze.rank(graph) if graph.nodes[node]["type"] in vocab.ACTORS and graph.degree(node)]
    if actors:
        yield "PageRank over all edges, weighed by their status."
        yield ""
    for place, (node, score) in enumerate(actors[:TOP], 1):
        yield f"{place}. {_name(graph, node)} ({score:.4f})"


def _names(store: OxigraphStore) -> list[Name]:
    """Labels, and the names seen in each document, in code-point order."""
    rows = store.select("""SELECT ?node ?name ?document { { ?node rdfs:label ?name }
        UNION { GRAPH ?graph { ?node skos:altLabel ?name . ?graph dcterms:identifier ?document } } }""")
    return sorted({Name(*(_value(row[field]) if field in row else "" for field in Name._fields)) for row in rows})


def _find(store: OxigraphStore, node: str, names: list[Name], prefixes: dict[str, str]) -> str:
    """IRI of the node that is meant."""
    prefix, colon, rest = node.partition(":")
    iri = prefixes[prefix] + rest if colon and prefix in prefixes else node.strip("<>")
    nodes = {_value(row["node"]) for row in store.select("SELECT DISTINCT ?node { ?node ?p ?o }")}
    if iri in nodes:
        return iri
    called = sorted({name.node for name in names if name.name.casefold() == node.casefold()})
    if len(called) == 1:
        return called[0]
    if called:
        raise QueryError(f"{node!r} names {len(called)} things; say which: {', '.join(_short(one, prefixes) for one in called)}")
    known = {name.name for name in names} | {_short(name.node, prefixes) for name in names}
    near = difflib.get_close_matches(node, sorted(known), n=3, cutoff=0.5)
    hint = f"near to it: {', '.join(near)}" if near else "list the names with kg query 'SELECT DISTINCT ?name { ?node rdfs:label ?name }'"
    raise QueryError(f"nothing in the graph is called {node!r}; {hint}")


def _fields(store: OxigraphStore, iri: str, prefixes: dict[str, str]) -> list[str]:
    """The node's own triples, a line per predicate; names and evidence have sections of their own."""
    elsewhere = {vocab.RDFS + "label", vocab.SKOS + "altLabel", vocab.PROV + "wasDerivedFrom"}
    values: dict[str, set[str]] = defaultdict(set)
    for row in store.select(f"SELECT ?p ?o {{ {ox.NamedNode(iri)} ?p ?o }}"):
        if _value(row["p"]) not in elsewhere:
            values[shorten(row["p"], prefixes)].add(shorten(row["o"], prefixes))
    return [f"  {'a' if name == 'rdf:type' else name}: {', '.join(sorted(found))}" for name, found in sorted(values.items())]


def _claims(store: OxigraphStore, iri: str, prefixes: dict[str, str]) -> list[str]:
    """What is said of a deal, and the edges that the node is or takes part in, each with what is said for it."""
    graph = analyze.project(store)
    lines = _told(graph.nodes[iri].get("sayings", ())) if iri in graph else []
    for s, o, key, edge in _sorted(graph):
        if iri in (s, o, key) and "sayings" in edge:
            doubt = ", disputed" if edge["disputed"] else ""
            ends = f"{_plain(analyze.label(graph, s))} {_term(edge['predicate'])} {_plain(analyze.label(graph, o))}"
            lines += [f"  {ends} — {_term(edge['status'])}{doubt}  ({_short(key, prefixes)})", *_told(edge["sayings"])]
    return lines


def _told(sayings: Iterable[analyze.Saying]) -> list[str]:
    lines = []
    for saying in sayings:
        lines.append(f"    {_term(saying.status)}, says {_plain(saying.source or 'the article')}, {_where(saying)}")
        lines += [f"      “{_plain(quote)}”" for quote in saying.quotes]
    return lines


def _evidence(store: OxigraphStore, iri: str) -> list[str]:
    """Of a claim: its sentences, with the document and the offsets in code points."""
    rows = store.select(f"""SELECT DISTINCT ?id ?start ?end ?exact {{ {ox.NamedNode(iri)} prov:wasDerivedFrom ?evidence .
        ?evidence oa:hasSource/dcterms:identifier ?id ; oa:hasSelector ?position , ?quote .
        ?position oa:start ?start ; oa:end ?end . ?quote oa:exact ?exact }}""")
    found = sorted((_value(row["id"]), int(_value(row["start"])), int(_value(row["end"])), _value(row["exact"])) for row in rows)
    return [f"  {_plain(document)} {start}–{end}: “{_plain(exact)}”" for document, start, end, exact in found]


def _sorted(graph: nx.MultiDiGraph, predicates: Iterable[str] = ()) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Edges, of these predicates if some are named, in the order of their ends' labels."""
    wanted = set(predicates)
    edges = [(s, o, key, edge) for s, o, key, edge in graph.edges(keys=True, data=True) if not wanted or edge["predicate"] in wanted]
    return sorted(edges, key=lambda one: (analyze.label(graph, one[0]), one[3]["predicate"], analyze.label(graph, one[1]), one[:3]))


def _value(term: object) -> str:
    return str(getattr(term, "value", term))


def _short(iri: str, prefixes: dict[str, str]) -> str:
    return shorten(ox.NamedNode(iri), prefixes)


def _term(name: str) -> str:
    """What the ontology calls a term in English."""
    return vocab.term_labels().get(name, {}).get("en", name)


def _plain(text: str) -> str:
    """A text on one line, without signs that steer a terminal, cut where it is long."""
    line = shorten(ox.Literal(text), {})
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


def _markdown(text: str) -> str:
    """A text that Markdown shows as it is: no markup, no link, no HTML, also at the start of a line."""
    escaped = re.sub(r"(?i)([\\`*_{}\[\]<>#|~&$!@]|:(?=//)|(?<=www)\.)", r"\\\1", _plain(text))
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", escaped)


def _name(graph: nx.MultiDiGraph, node: str) -> str:
    return _markdown(analyze.label(graph, node))


def _speaker(saying: analyze.Saying) -> str:
    return _markdown(saying.source) if saying.source else "the article"


def _quoted(saying: analyze.Saying) -> str:
    return " ".join(f"“{_markdown(quote)}”" for quote in saying.quotes)


def _where(saying: analyze.Saying) -> str:
    parts = [saying.document, saying.date, "taken back further down" if saying.superseded else ""]
    return ", ".join(_plain(part) for part in parts if part)
