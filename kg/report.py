"""What an analyst reads first, and one node, claim or edge taken apart. Words from articles are text in it, never Markdown."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import pyoxigraph as ox

from kg import analyze, vocab
from kg.model import Document, Entity, Extraction, Resolution, read_jsonl
from kg.query import ask, find, names_in, names_of_nodes, one_line, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import networkx as nx

    from kg.query import Name
    from kg.store import OxigraphStore

STATUS_ORDER = ("Completed", "Announced", "Talks", "Considered", "Rumoured", "Terminated", "Denied", "Negated", "")
TOP = 15
MAX_LINES = 400
"""Of a section; more is no report."""
SPELLED_ALIKE = 75
"""Of 100, how alike two names are spelled that explain shows as near misses (rapidfuzz, ratio)."""
SHOWN_NEAR = 5
LONGEST = 300
"""Code points of a quote that are shown."""


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


def write_report(store: OxigraphStore, *, problems: int | None = None) -> str:
    """The report in Markdown; ``problems`` is how many inputs could not be processed, None if that is not known."""
    graph = analyze.project(store)
    sections = (
        ("What was read", _read(_counts(store, graph, problems))),
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


def as_json(store: OxigraphStore, *, problems: int | None = None) -> str:
    """The report for programs: the same, uncut, with IRIs; ``labels`` says what they are called, ``sayings`` what is said of each deal."""
    graph = analyze.project(store)
    analysis = analyze.analyse(graph)
    deals = {one.deal: [saying._asdict() for saying in graph.nodes[one.deal]["sayings"]] for one in analysis.deals}
    labels = {node: graph.nodes[node]["labels"] for node in sorted(graph)}
    told = {
        "read": _counts(store, graph, problems),
        **msgspec.structs.asdict(analysis),
        "sayings": deals,
        "ranking": _ranked(graph),
        "labels": labels,
    }
    return msgspec.json.format(msgspec.json.encode(told)).decode()


def explain(store: OxigraphStore, node: str, folder: Path | None = None) -> str:
    """All that the graph holds of a node, named by IRI, prefixed name or label: fields, names seen, claims with their words.

    With the output folder of the build, of an entity also why each of its mentions is held to be it, and what it was nearly held to be. Raises
    QueryError when nothing is called so, with the nearest names, or when more than one thing is.
    """
    prefixes = vocab.prefixes(store.base_iri)
    iri = find(store, node)
    names = names_of_nodes(store)
    labels = [name.name for name in names if name.node == iri and not name.document]
    lines = [" · ".join([_short(iri, prefixes), *map(_plain, labels)]), *_fields(store, iri, prefixes)]
    seen = [f"  {_plain(name.name)}  ({_plain(name.document)})" for name in names if name.node == iri and name.document]
    claims, says, evidence = _claims(store, iri, prefixes), _says(store, iri, prefixes), _evidence(store, iri)
    why, near = _decided(folder, iri.removeprefix(store.base_iri), names) if folder is not None else ([], [])
    claim = f"{store.base_iri}claim/"
    how = _how_read(folder, iri.removeprefix(claim)) if folder is not None and iri.startswith(claim) else []
    sections = {"Names seen": seen, "Why": why, "Near misses": near, "Claims": claims, "Says": says, "How it was read": how, "Evidence": evidence}
    for title, body in sections.items():
        if body:
            lines += ["", title, *body]
    return "\n".join(lines)


def _decided(folder: Path, identity: str, names: Sequence[Name]) -> tuple[list[str], list[str]]:
    """Of an entity: each of its mentions with the reason and the score of the decision, and other things that are called much alike."""
    path = folder / "resolution.jsonl"
    records = list(read_jsonl(path.read_bytes().splitlines())) if path.is_file() else []
    why = []
    for resolution in (record for record in records if isinstance(record, Resolution)):
        decisions = [decision for decision in resolution.decisions if decision.entity == identity]
        documents, mentions = _observed(folder, resolution.document) if decisions else ("", {})
        for decision in decisions:
            words = mentions.get(decision.mention, decision.mention)
            place = decision.mention.rpartition("-")[0].replace("-", "–")
            why.append(f"  “{_plain(words)}”  ({_plain(documents)} {place}): {_plain(decision.reason)}  ({decision.score:.2f})")
    near = [
        f"  {other.replace('/', ':', 1)}: {_plain(reason)}"
        for entity in records
        if isinstance(entity, Entity) and entity.id == identity
        for other, reason in entity.near_misses
    ]
    return why, near + _called_alike(identity, names)


def _observed(folder: Path, document: str) -> tuple[str, dict[str, str]]:
    """Id of a document, and the words of each of its mentions."""
    for path in sorted((folder / "extractions").glob(f"{document}-*.jsonl")):
        records = list(read_jsonl(path.read_bytes().splitlines()))
        named = next((record.id for record in records if isinstance(record, Document)), document)
        return named, {mention.id: mention.text for record in records if isinstance(record, Extraction) for mention in record.mentions}
    return document, {}


def _how_read(folder: Path, claim: str) -> list[str]:
    """Of a claim: the rule or the model that found it, and for each field that was decided the words that decided it."""
    for path in sorted((folder / "extractions").glob("*.jsonl")):
        content = path.read_bytes()
        if claim.encode() not in content:
            continue
        records = list(read_jsonl(content.splitlines()))
        text = next((record.text for record in records if isinstance(record, Document)), "")
        found = next((one for record in records if isinstance(record, Extraction) for one in record.claims if one.id == claim), None)
        if found is not None:
            lines = [f"  found by {found.rule}, right with a chance of {found.confidence:.2f}"]
            for cue in found.cues:
                words = text[cue.span.start : cue.span.end]
                lines.append(f"  {cue.field} {_plain(cue.value)}: “{_plain(words)}” {cue.span.start}–{cue.span.end}  ({cue.rule})")
            return lines
    return []


def _called_alike(identity: str, names: Sequence[Name]) -> list[str]:
    """Entities of the same type under the names that are spelled most like those of one."""
    from rapidfuzz import fuzz, process

    kind = f"/{identity.partition('/')[0]}/"
    own = sorted({name.name for name in names if name.node.endswith(f"/{identity}")})
    others = {name.name: name.node for name in names if kind in name.node and not name.node.endswith(f"/{identity}")}
    best: dict[str, tuple[float, str]] = {}
    for name in own:
        for other, score, _ in process.extract(name.casefold(), {one: one.casefold() for one in sorted(others)}, scorer=fuzz.ratio, limit=SHOWN_NEAR):
            told = {one.casefold(): one for one in sorted(others, reverse=True)}[other]
            if score >= SPELLED_ALIKE:
                best[others[told]] = max(best.get(others[told], (0.0, "")), (score, told))
    ranked = sorted(best.items(), key=lambda one: (-one[1][0], one[0]))[:SHOWN_NEAR]
    return [
        f"  {node.rpartition('/id/')[2].replace('/', ':', 1)} “{_plain(name)}”: spelled alike ({score:.0f} of 100)" for node, (score, name) in ranked
    ]


def _counts(store: OxigraphStore, graph: nx.MultiDiGraph, problems: int | None) -> Counts:
    languages: dict[str, set[str]] = defaultdict(set)
    documents: set[str] = set()
    for row in store.select("SELECT ?document ?language { ?document a kg:Document . OPTIONAL { ?document schema:inLanguage ?language } }"):
        documents.add(_value(row["document"]))
        languages[_value(row["language"]) if "language" in row else "unknown"].add(_value(row["document"]))
    claims = {_value(row["claim"]) for row in store.select("SELECT ?claim { ?claim a kg:Claim }")}
    types = Counter(data["type"] for _, data in graph.nodes(data=True))
    return Counts(len(documents), {tag: len(found) for tag, found in sorted(languages.items())}, len(claims), dict(sorted(types.items())), problems)


def _read(counts: Counts) -> Iterator[str]:
    spread = ", ".join(f"{_markdown(tag)} {number}" for tag, number in counts.languages.items())
    types = ", ".join(f"{_term(kind)} {number}" for kind, number in counts.nodes.items())
    yield f"- Documents: {counts.documents}" + (f" ({spread})" if spread else "")
    yield f"- Claims: {counts.claims}"
    yield f"- Entities and deals: {sum(counts.nodes.values())}" + (f" ({types})" if types else "")
    if counts.problems is not None:
        yield f"- Problems: {counts.problems}" + ("; see problems.jsonl" if counts.problems else "")


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
            yield f"- {_name(graph, s)} {_plain(analyze.relation(graph, edge['predicate']))} {_name(graph, o)} ({_term(edge['status'])})"
            for match in matches:
                yield f"  - {_name(graph, match.helper)}: {_term(match.means)} ({_term(match.status)})"


def _leaders(graph: nx.MultiDiGraph) -> Iterator[str]:
    actors = _ranked(graph)
    if actors:
        yield "PageRank over all edges, weighed by their status."
        yield ""
    for place, one in enumerate(actors[:TOP], 1):
        yield f"{place}. {_name(graph, one.node)} ({one.score:.4f})"


def _ranked(graph: nx.MultiDiGraph) -> list[analyze.Ranked]:
    """Actors that are joined to something, by rank."""
    ranking = (analyze.Ranked(*one) for one in analyze.rank(graph))
    return [one for one in ranking if graph.nodes[one.node]["type"] in vocab.ACTORS and graph.degree(one.node)]


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
            ends = f"{_plain(analyze.label(graph, s))} {_plain(analyze.relation(graph, edge['predicate']))} {_plain(analyze.label(graph, o))}"
            lines += [f"  {ends} — {_term(edge['status'])}{doubt}  ({_short(key, prefixes)})", *_told(edge["sayings"])]
    return lines


def _says(store: OxigraphStore, iri: str, prefixes: dict[str, str]) -> list[str]:
    """What a document says, in the order of its text, or a source, in the order of dates."""
    classes = {_value(row["class"]).removeprefix(vocab.KG) for row in store.select(f"SELECT ?class {{ {ox.NamedNode(iri)} a ?class }}")}
    lines = []
    for kind, question in (("Document", "documents"), ("Source", "sources")):
        if kind not in classes:
            continue
        rows = ask(store, question, **{kind.lower(): iri})
        names = names_in(store, rows)
        for row in rows.rows:
            told = {name: _plain(names.get(_value(term), shorten(term, prefixes))) for name, term in zip(rows.variables, row, strict=True)}
            where = f"({told['edge']})" if kind == "Document" else f"({', '.join(part for part in (told['document'], told['date']) if part)})"
            voice = f", says {told['source']}" if kind == "Document" and told["source"] else ""
            lines.append(f"  {told['subject']} {told['relation']} {told['object']} — {told['status']}{voice}  {where}")
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
    line = one_line(text)
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
