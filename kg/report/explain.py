"""One node, claim, document or source taken apart: all that the graph holds of it, and why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import analyze, vocab
from kg.analyze.told import term
from kg.model import Document, Entity, Extraction, Resolution, read_jsonl
from kg.query import ask, find, names_in, names_of_nodes, shorten
from kg.report.words import plain, sorted_edges, value, where

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from kg.query import Name
    from kg.store import Store

SPELLED_ALIKE = 75
"""Of 100, how alike two names are spelled that are shown as near misses (rapidfuzz, ratio)."""
SHOWN_NEAR = 5


def explain(store: Store, node: str, folder: Path | None = None) -> str:
    """All that the graph holds of a node, named by IRI, prefixed name or label: fields, names seen, claims with their words.

    With the output folder of the build, of an entity also why each of its mentions is held to be it, and what it was nearly held to be. Raises
    QueryError when nothing is called so, with the nearest names, or when more than one thing is.
    """
    prefixes = vocab.prefixes(store.base_iri)
    iri = find(store, node)
    names = names_of_nodes(store)
    labels = [name.name for name in names if name.node == iri and not name.document]
    lines = [" · ".join([_short(iri, prefixes), *map(plain, labels)]), *_fields(store, iri, prefixes)]
    seen = [f"  {plain(name.name)}  ({plain(name.document)})" for name in names if name.node == iri and name.document]
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
            why.append(f"  “{plain(words)}”  ({plain(documents)} {place}): {plain(decision.reason)}  ({decision.score:.2f})")
    near = [
        f"  {other.replace('/', ':', 1)}: {plain(reason)}"
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
                lines.append(f"  {cue.field} {plain(cue.value)}: “{plain(words)}” {cue.span.start}–{cue.span.end}  ({cue.rule})")
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
        f"  {node.rpartition('/id/')[2].replace('/', ':', 1)} “{plain(name)}”: spelled alike ({score:.0f} of 100)" for node, (score, name) in ranked
    ]


def _fields(store: Store, iri: str, prefixes: dict[str, str]) -> list[str]:
    """The node's own triples, a line per predicate; names and evidence have sections of their own."""
    elsewhere = {vocab.RDFS + "label", vocab.SKOS + "altLabel", vocab.PROV + "wasDerivedFrom"}
    values: dict[str, set[str]] = defaultdict(set)
    for row in store.select(f"SELECT ?p ?o {{ {ox.NamedNode(iri)} ?p ?o }}"):
        if value(row["p"]) not in elsewhere:
            values[shorten(row["p"], prefixes)].add(shorten(row["o"], prefixes))
    return [f"  {'a' if name == 'rdf:type' else name}: {', '.join(sorted(found))}" for name, found in sorted(values.items())]


def _claims(store: Store, iri: str, prefixes: dict[str, str]) -> list[str]:
    """What is said of a deal, and the edges that the node is or takes part in, each with what is said for it."""
    graph = analyze.project(store)
    lines = _told(graph.nodes[iri].get("sayings", ())) if iri in graph else []
    for s, o, key, edge in sorted_edges(graph):
        if iri in (s, o, key) and "sayings" in edge:
            doubt = ", disputed" if edge["disputed"] else ""
            ends = f"{plain(analyze.label(graph, s))} {plain(analyze.relation(graph, edge['predicate']))} {plain(analyze.label(graph, o))}"
            lines += [f"  {ends} — {term(edge['status'])}{doubt}  ({_short(key, prefixes)})", *_told(edge["sayings"])]
    return lines


def _says(store: Store, iri: str, prefixes: dict[str, str]) -> list[str]:
    """What a document says, in the order of its text, or a source, in the order of dates."""
    classes = {value(row["class"]).removeprefix(vocab.KG) for row in store.select(f"SELECT ?class {{ {ox.NamedNode(iri)} a ?class }}")}
    lines = []
    for kind, question in (("Document", "documents"), ("Source", "sources")):
        if kind not in classes:
            continue
        rows = ask(store, question, **{kind.lower(): iri})
        names = names_in(store, rows)
        for row in rows.rows:
            told = {name: plain(names.get(value(term), shorten(term, prefixes))) for name, term in zip(rows.variables, row, strict=True)}
            where = f"({told['edge']})" if kind == "Document" else f"({', '.join(part for part in (told['document'], told['date']) if part)})"
            voice = f", says {told['source']}" if kind == "Document" and told["source"] else ""
            lines.append(f"  {told['subject']} {told['relation']} {told['object']} — {told['status']}{voice}  {where}")
    return lines


def _told(sayings: Iterable[analyze.Saying]) -> list[str]:
    lines = []
    for saying in sayings:
        lines.append(f"    {term(saying.status)}, says {plain(saying.source or 'the article')}, {where(saying)}")
        lines += [f"      “{plain(quote)}”" for quote in saying.quotes]
    return lines


def _evidence(store: Store, iri: str) -> list[str]:
    """Of a claim: its sentences, with the document and the offsets in code points."""
    rows = store.select(f"""SELECT DISTINCT ?id ?start ?end ?exact {{ {ox.NamedNode(iri)} prov:wasDerivedFrom ?evidence .
        ?evidence oa:hasSource/dcterms:identifier ?id ; oa:hasSelector ?position , ?quote .
        ?position oa:start ?start ; oa:end ?end . ?quote oa:exact ?exact }}""")
    found = sorted((value(row["id"]), int(value(row["start"])), int(value(row["end"])), value(row["exact"])) for row in rows)
    return [f"  {plain(document)} {start}–{end}: “{plain(exact)}”" for document, start, end, exact in found]


def _short(iri: str, prefixes: dict[str, str]) -> str:
    return shorten(ox.NamedNode(iri), prefixes)
