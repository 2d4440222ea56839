"""The gate before the store: what breaks the promises of ``ontology/shapes.ttl`` does not get in.

SHACL sees the union of the named graphs. That a direct triple stands beside a claim that makes it a fact, in one graph, is checked here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from kg.errors import KGError
from kg.vocab import KG, OWL, RDF, RELATIONS, is_fact, ontology_folder

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node


SH = "http://www.w3.org/ns/shacl#"
_LOOSE_FACT = "A direct triple stands only beside a current claim that is positive, certain and, of a deal, completed."
_CLAIM_FIELDS = {f"{RDF}{name}": name for name in ("subject", "predicate", "object")} | {
    f"{KG}{name}": name for name in ("polarity", "certainty", "stage", "supersededBy")
}


class Finding(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """One promise that one node breaks. Nodes and paths are IRIs or literals as text."""

    focus: str
    shape: str
    """Local name of the shape, "fact" for a direct triple without a claim that makes it one."""
    path: str = ""
    value: str = ""
    message: str = ""

    def __str__(self) -> str:
        """The promise, and who breaks it with what."""
        what = " ".join(part for part in (self.focus, self.path, self.value[:200]) if part)
        return f"{self.message} ({self.shape}: {what})"


def findings(quads: Iterable[Quad]) -> list[Finding]:
    """Everything in which a graph breaks the shapes, sorted; empty when it conforms.

    Costs one pySHACL call, whatever the number of quads.
    """
    everything = list(quads)
    by_graph: dict[NamedNode | BlankNode | DefaultGraph, list[Quad]] = defaultdict(list)
    for quad in everything:
        by_graph[quad.graph_name].append(quad)
    known = _known(everything)
    loose = (finding for graph in by_graph.values() for finding in _loose_facts(graph, known))
    return sorted({*_shacl(everything, _shapes(tuple(sorted(known)))), *loose})


def gate(documents: Mapping[str, Sequence[Quad]], entities: Sequence[Quad]) -> dict[str, str]:
    """For each document that must stay out, the reason; empty when the batch conforms.

    ``documents`` maps a key to the quads of its graph, ``entities`` are those of the entities graph; what the documents do not reach
    is not looked at. What breaks a shape counts against every document whose graph speaks of it. Costs one pySHACL call.
    """
    batch = [quad for quads in documents.values() for quad in quads]
    known = _known(entities)
    by_focus: dict[str, list[Finding]] = defaultdict(list)
    for finding in sorted(set(_shacl([*batch, *_reached(batch, entities)], _shapes(tuple(sorted(known)))))):
        by_focus[finding.focus].append(finding)
    reasons = {}
    for key in sorted(documents):
        found = {*_loose_facts(documents[key], known), *(finding for node in _nodes(documents[key]) for finding in by_focus.get(node, ()))}
        if found:
            first = min(found)
            reasons[key] = f"{first}; {len(found) - 1} more" if len(found) > 1 else str(first)
    return reasons


def _nodes(quads: Iterable[Quad]) -> set[str]:
    """IRIs that stand as subject or object."""
    return {term.value for quad in quads for term in (quad.subject, quad.object) if isinstance(term, NamedNode)}


def _reached(batch: Iterable[Quad], entities: Iterable[Quad]) -> Iterator[Quad]:
    """What the entities graph says of everything that the batch speaks of, directly or through a deal's parties."""
    about: dict[str, list[Quad]] = defaultdict(list)
    for quad in entities:
        if isinstance(quad.subject, NamedNode):
            about[quad.subject.value].append(quad)
    waiting = sorted(_nodes(batch))
    while waiting:
        quads = about.pop(waiting.pop(), [])
        yield from quads
        waiting.extend(_nodes(quads))


def _known(quads: Iterable[Quad]) -> dict[str, bool]:
    """The relations, those of users that a graph declares included, and whether they are symmetric."""
    declared = {KG + name: relation.symmetric for name, relation in RELATIONS.items()}
    for quad in quads:
        if quad.predicate.value == RDF + "type" and isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            if quad.object.value == OWL + "ObjectProperty":
                declared.setdefault(quad.subject.value, False)
            elif quad.object.value == OWL + "SymmetricProperty":
                declared[quad.subject.value] = True
    return declared


def _loose_facts(quads: Iterable[Quad], known: Mapping[str, bool]) -> Iterator[Finding]:
    """Direct triples of one graph that no current claim in it makes a fact; ``known`` says of each relation whether it is symmetric."""
    facts: list[tuple[str, str, str]] = []
    claims: dict[str, dict[str, str]] = defaultdict(dict)
    for quad in quads:
        predicate = quad.predicate.value
        if not isinstance(quad.object, NamedNode) or not isinstance(quad.subject, NamedNode):
            continue
        if predicate in known:
            facts.append((quad.subject.value, predicate, quad.object.value))
        elif predicate in _CLAIM_FIELDS:
            value = quad.object.value if predicate.startswith(RDF) else quad.object.value.removeprefix(KG)
            claims[quad.subject.value][_CLAIM_FIELDS[predicate]] = value
    backed = set(_backed(claims.values()))
    for subject, relation, target in facts:
        if (subject, relation, target) not in backed and not (known[relation] and (target, relation, subject) in backed):
            yield Finding(subject, "fact", relation, target, _LOOSE_FACT)


def _backed(claims: Iterable[Mapping[str, str]]) -> Iterator[tuple[str | None, ...]]:
    """Triples that these claims make facts."""
    for claim in claims:
        if "supersededBy" not in claim and is_fact(claim.get("polarity", ""), claim.get("certainty", ""), claim.get("stage")):
            yield claim.get("subject"), claim.get("predicate"), claim.get("object")


@cache
def _shapes(known: tuple[str, ...]) -> rdflib.Graph:
    """The shapes; where they list the relations, those of users are let in too."""
    import rdflib
    from rdflib.collection import Collection

    shapes = rdflib.Graph().parse(ontology_folder() / "shapes.ttl", format="turtle")
    more = [rdflib.URIRef(iri) for iri in known if not iri.startswith(KG)]
    for listed in list(shapes.objects(None, rdflib.URIRef(f"{SH}in"))) if more else ():
        items = Collection(shapes, listed)
        if rdflib.URIRef(f"{KG}leads") in items:
            items += more
    return _flat(shapes)


def _flat(shapes: rdflib.Graph) -> rdflib.Graph:
    """The same promises, with the targets of a node shape given to its property shapes as well and these taken out of it.

    pySHACL checks a nested property shape node by node, one with targets of its own for all of them at once: in a third of the time.
    """
    import rdflib

    nested = rdflib.URIRef(f"{SH}property")
    for node, part in list(shapes.subject_objects(nested)):
        targets = [(kind, target) for kind, target in shapes.predicate_objects(node) if str(kind).startswith(f"{SH}target")]
        if targets:
            shapes.remove((node, nested, part))
            for kind, target in targets:
                shapes.add((part, kind, target))
    return shapes


def _shacl(quads: Iterable[Quad], shapes: rdflib.Graph) -> Iterator[Finding]:
    """Findings of one pySHACL call on the union of the quads' graphs."""
    import pyshacl
    import rdflib

    graph = _union(quads)
    conforms, report, text = pyshacl.validate(graph, shacl_graph=shapes, inplace=True)
    if conforms:
        return
    if not isinstance(report, rdflib.Graph):
        raise KGError(f"SHACL could not be checked: {text}; report this together with the input")
    for result in report.subjects(rdflib.URIRef(f"{SH}resultSeverity")):
        yield from _translate(result, report, graph)


def _union(quads: Iterable[Quad]) -> rdflib.Graph:
    """The quads as one rdflib graph."""
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none")
    terms: dict[object, Node] = {}

    def convert(term: NamedNode | BlankNode | Literal | Triple) -> Node:
        if (known := terms.get(term)) is not None:
            return known
        if isinstance(term, Literal):
            datatype = None if term.language else rdflib.URIRef(term.datatype.value)
            made: Node = rdflib.Literal(term.value, lang=term.language, datatype=datatype, normalize=False)
        else:
            made = rdflib.URIRef(term.value) if isinstance(term, NamedNode) else rdflib.BNode(str(term))
        terms[term] = made
        return made

    for quad in quads:
        graph.add((convert(quad.subject), convert(quad.predicate), convert(quad.object)))
    return graph


def _translate(result: Node, report: rdflib.Graph, graph: rdflib.Graph) -> Iterator[Finding]:
    """One SHACL result in our words.

    The shapes of relations and statuses have the path (^P Q) from an ontology term; the nodes at fault are those in between.
    """
    import rdflib
    from rdflib.collection import Collection

    def one(name: str) -> Node | None:
        return report.value(result, rdflib.URIRef(f"{SH}{name}"))

    focus, path, value = one("focusNode"), one("resultPath"), one("value")
    nodes, last = [focus], str(path) if isinstance(path, rdflib.URIRef) else ""
    if str(focus).startswith(KG) and isinstance(path, rdflib.BNode):
        back, step = Collection(report, path)
        inverse = report.value(back, rdflib.URIRef(f"{SH}inversePath"))
        last = str(step)
        nodes = [node for node in graph.subjects(inverse, focus) if (node, step, value) in graph]
    shape = str(one("sourceShape")).rpartition("#")[2]
    messages = report.objects(result, rdflib.URIRef(f"{SH}resultMessage"))
    message = next((str(text) for text in messages if isinstance(text, rdflib.Literal) and text.language == "en"), shape)
    for node in nodes:
        yield Finding(str(node), shape, last, "" if value is None else str(value), message)
