"""Namespaces, the ontology's terms as the code needs them, and how IRIs are made.

Inside the program a thing is known by the tail of its IRI ("company/openai"); ``base_iri`` goes before it when quads are written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kg.model import DealKind, RelationTerm, digest

KG = "https://w3id.org/dealgraph/ontology#"
BASE_IRI = "https://w3id.org/dealgraph/id/"
GAZETTEER = "https://w3id.org/dealgraph/gazetteer/"
CONCEPT = "https://w3id.org/dealgraph/concept/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
PROV = "http://www.w3.org/ns/prov#"
OA = "http://www.w3.org/ns/oa#"
SCHEMA = "https://schema.org/"
DCTERMS = "http://purl.org/dc/terms/"
VS = "http://www.w3.org/2003/06/sw-vocab-status/ns#"

ENTITIES_GRAPH = "graph/entities"
KINDS = (
    "company", "organization", "person", "product", "asset", "challenge", "capability", "strategy",
    "deal", "edge", "claim", "evidence", "document", "source", "run",
)  # fmt: skip


class Relation(NamedTuple):
    """What a property between entities joins; ``deal`` is the kind of transaction that a claim of it is about."""

    domain: tuple[str, ...]
    range: tuple[str, ...]
    symmetric: bool = False
    deal: DealKind | None = None


ACTORS = ("Company", "Organization", "Person")
OFFERED = ("Company", "Product")
EFFECTIVE = ("Company", "Deal", "Asset", "Product")

RELATIONS: dict[str, Relation] = {
    "acquires": Relation(ACTORS, ("Company", "Product", "Asset"), deal="Acquisition"),
    "mergesWith": Relation(("Company",), ("Company",), symmetric=True, deal="Merger"),
    "investsIn": Relation(ACTORS, ("Company",), deal="Investment"),
    "partnersWith": Relation(("Company", "Organization"), ("Company", "Organization"), symmetric=True, deal="Partnership"),
    "competesWith": Relation(OFFERED, OFFERED, symmetric=True),
    "supplies": Relation(("Company",), ("Company",)),
    "sues": Relation(ACTORS, ("Company", "Person")),
    "investigates": Relation(("Organization",), ("Company", "Deal")),
    "hasSubsidiary": Relation(("Company",), ("Company",)),
    "offers": Relation(("Company",), ("Product",)),
    "hasAsset": Relation(OFFERED, ("Asset",)),
    "needs": Relation(("Company",), ("Asset", "Capability")),
    "faces": Relation(("Company", "Product", "Deal"), ("Challenge",)),
    "pursues": Relation(("Company", "Deal"), ("Strategy",)),
    "enables": Relation(EFFECTIVE, ("Capability", "Asset")),
    "supports": Relation(("Asset",), ("Product",)),
    "mitigates": Relation(EFFECTIVE, ("Challenge",)),
    "leads": Relation(("Person",), ("Company",)),
}
"""The 18 properties between entities; ``ontology/kg.ttl`` says the same (a test compares)."""


def relations(more: Iterable[RelationTerm] = ()) -> dict[str, Relation]:
    """The relations of the ontology by local name, and these others by IRI."""
    return RELATIONS | {one.iri: Relation(one.domain, one.range, one.symmetric) for one in more}


def predicate(relation: str) -> str:
    """IRI of a relation: of the ontology by its local name, or a user's."""
    return relation if ":" in relation else KG + relation


DEAL_ROLES: dict[str, tuple[str, str]] = {"Acquisition": ("acquirer", "target"), "Investment": ("investor", "investee")}
"""Properties of the active side and of the other one; kinds not listed are symmetric."""


STATUSES = ("Completed", "Announced", "Talks", "Considered", "Rumoured", "Terminated", "Denied", "Negated", "Stated", "Reported", "Possible")
"""Everything that ``status`` gives."""


def slug(name: str) -> str:
    """Key of a name: case-folded NFKC with runs of other signs as "-", Chinese kept; a short hash where that loses more than spaces and hyphens.

    >>> slug("OpenAI"), slug("Walt  Disney"), slug("字节跳动")
    ('openai', 'walt-disney', '字节跳动')
    >>> slug("Disney+") == slug("Disney")
    False
    """
    plain = unicodedata.normalize("NFKC", name).casefold().strip()
    key = re.sub(r"[^\w]+", "-", plain).strip("-")
    if len(key) > 120:
        return f"{key[:100].strip('-')}-{digest(plain)[:12]}"
    return key if re.sub(r"[\s-]+", "-", plain) == key else f"{key}-{digest(plain)[:6]}".strip("-")


def ontology_folder() -> Path:
    """Where ``kg.ttl`` and its companions lie: inside an installed package, else beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "ontology"
    return installed if installed.is_dir() else package.parent / "ontology"


def script_language(text: str) -> str:
    """Language tag of a name by its script: "zh" when it holds a Han character, else "en"."""
    return "zh" if re.search(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]", text) else "en"


def status(polarity: str, certainty: str, stage: str | None, *, has_source: bool) -> str:
    """What a reader sees of a claim, derived from its other fields (table in the README).

    >>> status("Positive", "Probable", "Considered", has_source=True)
    'Rumoured'
    """
    if polarity == "Negative":
        return "Denied" if has_source else "Negated"
    if stage is None:
        return {"Certain": "Stated", "Probable": "Reported", "Possible": "Possible"}[certainty]
    if stage == "Terminated":
        return stage
    return stage if certainty == "Certain" else "Rumoured"


def is_fact(polarity: str, certainty: str, stage: str | None) -> bool:
    """Whether the triple itself may be written beside the claim: positive, certain and, for a deal, completed."""
    return polarity == "Positive" and certainty == "Certain" and stage in (None, "Completed")


def prefixes(base_iri: str = BASE_IRI) -> dict[str, str]:
    """Namespace by prefix, as queries bind and files declare them: one per kind of thing, and those of the terms in use."""
    terms = {"kg": KG, "rdf": RDF, "rdfs": RDFS, "xsd": XSD, "skos": SKOS, "prov": PROV, "oa": OA, "schema": SCHEMA, "dcterms": DCTERMS}
    return {kind: f"{base_iri}{kind}/" for kind in KINDS} | terms


@cache
def term_labels() -> dict[str, dict[str, str]]:
    """What the ontology calls each of its terms, by local name and language: ``term_labels()["hasAsset"]["en"]``."""
    import pyoxigraph as ox

    labels: dict[str, dict[str, str]] = {}
    for quad in ox.parse(path=ontology_folder() / "kg.ttl", format=ox.RdfFormat.TURTLE):
        term, name = quad.subject, quad.object
        if quad.predicate.value == RDFS + "label" and isinstance(term, ox.NamedNode) and isinstance(name, ox.Literal) and name.language:
            labels.setdefault(term.value.removeprefix(KG), {})[name.language] = name.value
    return labels
