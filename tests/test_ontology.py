from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, parse

from kg.model import ENTITY_TYPES, PHRASE_TYPES, Certainty, DealKind, Polarity, SourceKind, Stage
from kg.vocab import DEAL_ROLES, KG, OWL, RDF, RDFS, RELATIONS, SCHEMA, VS, ontology_folder

ROOT = Path(__file__).parent.parent
ONTOLOGY = list(parse(path=ontology_folder() / "kg.ttl"))
FILES = sorted(ontology_folder().glob("*.ttl"))
GRAPHS = sorted([*ROOT.glob("exports/*.trig"), *ROOT.glob("tests/data/*.trig")])

Term = NamedNode | BlankNode | Literal


def _told() -> dict[str, dict[str, list[Term]]]:
    told: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for quad in ONTOLOGY:
        key = quad.subject.value if isinstance(quad.subject, NamedNode) else str(quad.subject)
        told[key][quad.predicate.value].append(quad.object)
    return told


TOLD = _told()
TERMS = sorted(iri.removeprefix(KG) for iri in TOLD if iri.startswith(KG))


def values(term: str, predicate: str) -> list[str]:
    return [value.value for value in TOLD[KG + term][predicate] if isinstance(value, NamedNode | Literal)]


def of_type(*types: str) -> set[str]:
    return {term for term in TERMS if set(types) & set(values(term, f"{RDF}type"))}


def members(node: Term) -> list[str]:
    """What an RDF list holds."""
    found = []
    while isinstance(node, BlankNode):
        (first,), (node,) = TOLD[str(node)][f"{RDF}first"], TOLD[str(node)][f"{RDF}rest"]
        found.append(first.value)
    return found


def classes(term: str, predicate: str) -> set[str]:
    """Local names of the classes in a domain or range, a union taken apart."""
    (node,) = TOLD[KG + term][predicate]
    iris = members(TOLD[str(node)][f"{OWL}unionOf"][0]) if isinstance(node, BlankNode) else [node.value]
    return {iri.removeprefix(KG) for iri in iris}


def status(term: str) -> str:
    (word,) = values(term, f"{VS}term_status")
    return word


PROPERTIES = of_type(f"{OWL}ObjectProperty", f"{OWL}DatatypeProperty", f"{OWL}AnnotationProperty")
CLASSES = of_type(f"{OWL}Class")


@pytest.mark.parametrize("predicate", [f"{RDFS}label", f"{RDFS}comment"])
def test_every_term_is_named_and_explained_in_both_languages(predicate: str) -> None:
    for term in TERMS:
        written = {value.language: value.value for value in TOLD[KG + term][predicate] if isinstance(value, Literal)}
        assert set(written) == {"en", "zh"}, term
        assert all(written.values()), term
        assert len(TOLD[KG + term][predicate]) == 2, term


def test_every_term_has_a_kind_and_a_status() -> None:
    for term in TERMS:
        assert term in PROPERTIES | CLASSES | of_type(f"{OWL}NamedIndividual")
        assert status(term) in {"stable", "testing", "reserved"}, term


def test_every_property_has_a_domain_and_a_range() -> None:
    for term in PROPERTIES:
        assert classes(term, f"{RDFS}domain"), term
        assert classes(term, f"{RDFS}range"), term


def test_whatever_the_ontology_speaks_of_is_declared() -> None:
    spoken = {node.value for quad in ONTOLOGY for node in (quad.predicate, quad.object) if isinstance(node, NamedNode)}
    assert {iri.removeprefix(KG) for iri in spoken if iri.startswith(KG)} <= set(TERMS)


@pytest.mark.parametrize("name", RELATIONS)
def test_relations_agree_with_the_code(name: str) -> None:
    relation = RELATIONS[name]
    domain, target = set(relation.domain), set(relation.range)
    if relation.symmetric:
        domain = target = domain | target
    assert (classes(name, f"{RDFS}domain"), classes(name, f"{RDFS}range")) == (domain, target)
    assert (f"{OWL}SymmetricProperty" in values(name, f"{RDF}type")) == relation.symmetric


def test_no_other_property_joins_entities() -> None:
    def kinds(term: str) -> set[str]:
        return classes(term, f"{RDFS}domain") | classes(term, f"{RDFS}range")

    roles = {"party", *(role for pair in DEAL_ROLES.values() for role in pair)}
    assert len(RELATIONS) == 18
    assert {term for term in PROPERTIES if kinds(term) & set(ENTITY_TYPES)} == set(RELATIONS) | roles


@pytest.mark.parametrize(
    ("kind", "names"),
    [("Polarity", get_args(Polarity)), ("Certainty", get_args(Certainty)), ("Stage", get_args(Stage)), ("SourceKind", get_args(SourceKind))],
)
def test_values_agree_with_the_code(kind: str, names: tuple[str, ...]) -> None:
    assert of_type(KG + kind) == set(names)
    assert {iri.removeprefix(KG) for iri in members(TOLD[KG + kind][f"{OWL}oneOf"][0])} == set(names)


def test_status_values_are_the_eleven() -> None:
    words = "Denied Negated Terminated Rumoured Completed Announced Talks Considered Stated Reported Possible"
    assert of_type(f"{KG}Status") == set(words.split())
    assert {iri.removeprefix(KG) for iri in members(TOLD[f"{KG}Status"][f"{OWL}oneOf"][0])} == set(words.split())


def test_types_and_kinds_of_deals_are_classes() -> None:
    assert set(ENTITY_TYPES) <= CLASSES
    assert {term for term in CLASSES if values(term, f"{RDFS}subClassOf") == [f"{KG}Deal"]} == set(get_args(DealKind))
    assert {term for term in CLASSES if f"{KG}Actor" in values(term, f"{RDFS}subClassOf")} == {"Company", "Organization", "Person"}


def test_finer_classes_are_few_and_lie_under_phrases() -> None:
    finer = {term for term in CLASSES if set(values(term, f"{RDFS}subClassOf")) & {KG + kind for kind in PHRASE_TYPES}}
    assert 10 < len(finer) <= 40
    assert {term for term in TERMS if re.search(r"[a-z](Asset|Challenge|Capability|Strategy)$", term)} - {"hasAsset"} == finer | {
        "BusinessModelStrategy"
    }


def test_alignments() -> None:
    assert f"{SCHEMA}Claim" in values("Claim", f"{RDFS}subClassOf")
    assert f"{SCHEMA}Article" in values("Document", f"{RDFS}subClassOf")
    assert f"{SCHEMA}subOrganization" in values("hasSubsidiary", f"{RDFS}subPropertyOf")


@pytest.mark.parametrize("file", [*FILES, *GRAPHS], ids=lambda file: file.name)
def test_nothing_is_the_same_as_anything(file: Path) -> None:
    assert not [quad for quad in parse(path=file) if quad.predicate.value == f"{OWL}sameAs"]


def strings(file: Path) -> Iterator[str]:
    """String constants of a module that are no docstrings or other statements by themselves."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    idle = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in idle:
            yield node.value


MODULES = sorted((ROOT / "kg").rglob("*.py"))
TEXTS = [*MODULES, *sorted(ontology_folder().rglob("*.rq"))]


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_the_code_writes_no_undeclared_term(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"#.*|(?<!:)//.*", "", text) if file.suffix == ".rq" else " ".join(strings(file)) + text
    written = re.findall(r"""(?<![\w:/])kg:(\w+)|\{KG\}(\w+)|\bKG \+ f?["'](\w+)|\bKG\[["'](\w+)|dealgraph/ontology#(\w+)""", text)
    assert {word for words in written for word in words if word} <= set(TERMS)


@pytest.mark.parametrize("file", [*FILES, *GRAPHS], ids=lambda file: file.name)
def test_no_graph_holds_an_undeclared_term_and_no_export_a_reserved_one(file: Path) -> None:
    def nodes(quad: Quad) -> Iterator[str]:
        yield from (node.value for node in (quad.subject, quad.predicate, quad.object) if isinstance(node, NamedNode))

    found = {iri.removeprefix(KG) for quad in parse(path=file) for iri in nodes(quad) if iri.startswith(KG)}
    assert found
    assert found <= set(TERMS)
    if file.parent.name == "exports":
        assert not {term for term in found if status(term) == "reserved"}


def test_no_declared_term_is_unused_unless_reserved() -> None:
    used = {word for file in MODULES for text in strings(file) for word in re.findall(r"\w+", text)}
    for name in ("gazetteer.ttl", "concepts.ttl"):
        used |= {node.value.removeprefix(KG) for quad in parse(path=ontology_folder() / name) for node in (quad.predicate, quad.object)}
    spoken = {node.value for quad in ONTOLOGY for node in (quad.predicate, quad.object) if isinstance(node, NamedNode)}
    used |= {term for term in CLASSES if KG + term in spoken}  # a superclass, a domain or a range
    assert {term for term in TERMS if term not in used and status(term) != "reserved"} == set()


def test_every_shape_says_what_it_wants_in_both_languages() -> None:
    shapes = list(parse(path=ontology_folder() / "shapes.ttl"))
    named = {
        quad.subject.value for quad in shapes if quad.predicate.value == f"{RDF}type" and quad.object.value.endswith(("NodeShape", "PropertyShape"))
    }
    assert len(named) > 100
    for shape in named:
        languages = [quad.object.language for quad in shapes if quad.subject.value == shape and quad.predicate.value.endswith("#message")]
        assert sorted(languages) == ["en", "zh"], shape
