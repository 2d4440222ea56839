"""What the JSON side of the server answers, as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from kg import __version__
from kg.questions import HELP, questions
from kg.serve.pages.frame import Visit
from kg.serve.pages.negotiate import DATA, THING
from kg.serve.pages.search import LONGEST, MOST, USUAL

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.questions import Question
    from kg.serve.snapshot import Snapshot

LANGUAGE = {
    "name": "lang", "in": "query", "description": "Language of labels; without it the Accept-Language header decides.",
    "schema": {"enum": ["en", "zh"]},
}  # fmt: skip
KEY = {
    "name": "key", "in": "path", "required": True, "description": "What the IRI has after its base, slashes and all: company/openai.",
    "schema": {"type": "string"},
}  # fmt: skip
ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
WORDS = {"type": "object", "properties": {"en": {"type": ["string", "null"]}, "zh": {"type": ["string", "null"]}}}
SCHEMAS: dict[str, Any] = {
    "Error": ERROR,
    "Words": WORDS,
    "Hit": {
        "type": "object", "required": ["iri", "type", "label", "matched", "page"],
        "properties": {
            "iri": {"type": "string", "format": "iri"}, "type": {"type": "string", "description": "Company, Deal, Document, Source, …"},
            "label": {"$ref": "#/components/schemas/Words"}, "matched": {"type": "string", "description": "The name that fits best."},
            "page": {"type": "string", "description": "Address of the page about it, on this server."},
        },
    },
    "Found": {
        "type": "object", "required": ["query", "total", "results"],
        "properties": {
            "query": {"type": "string"}, "total": {"type": "integer"}, "results": {"type": "array", "items": {"$ref": "#/components/schemas/Hit"}},
        },
    },
    "Questions": {
        "type": "object", "required": ["questions"],
        "properties": {"questions": {"type": "array", "items": {
            "type": "object", "required": ["name", "title", "description", "parameters"],
            "properties": {
                "name": {"type": "string"}, "title": {"$ref": "#/components/schemas/Words"}, "description": {"$ref": "#/components/schemas/Words"},
                "parameters": {"type": "array", "items": {"type": "object", "properties": {
                    "name": {"type": "string"}, "kind": {"type": "string"}, "required": {"type": "boolean"}, "help": {"type": "string"},
                }}},
            },
        }}},
    },
    "Rows": {
        "type": "object", "description": "SPARQL 1.1 Query Results JSON; what is known of ?x by name stands in ?xLabel too.", "required": ["head"],
        "properties": {
            "head": {"type": "object", "properties": {"vars": {"type": "array", "items": {"type": "string"}}}},
            "results": {"type": "object", "properties": {"bindings": {"type": "array", "items": {"type": "object"}}}},
        },
    },
}  # fmt: skip


def openapi(request: Request, snapshot: Snapshot) -> Response:
    """The document."""
    return JSONResponse(document(Visit(request, snapshot).places.root))


def document(root: str = "") -> dict[str, Any]:
    """The document of a server that is mounted under this path."""
    paths = {"/api/search": _search(), "/ask": _list(), "/id/{key}": _identify(), "/data/{key}.{form}": _data()}
    paths |= {f"/ask/{one.name}.json": _ask(one) for one in questions().values()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Dealgraph", "version": __version__, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "A graph of business news in which every edge says who claims it. SPARQL 1.1 is answered at /sparql.",
        },
        "servers": [{"url": root or "/"}],
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }  # fmt: skip


def _search() -> dict[str, Any]:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    parameters = [
        {"name": "q", "in": "query", "required": True, "description": "Any part of a name.", "schema": {"type": "string", "maxLength": LONGEST}},
        {"name": "limit", "in": "query", "schema": limit},
    ]
    answers = {"200": _answer("What is called so, the nearest first.", "Found"), "400": _answer("The limit is no number.", "Error")}
    return {"get": {"operationId": "search", "summary": "Search by name, in English and Chinese", "parameters": parameters, "responses": answers}}


def _list() -> dict[str, Any]:
    answers = {"200": _answer("The named questions; a page where the Accept header asks for none.", "Questions")}
    return {"get": {"operationId": "questions", "summary": "Which questions there are", "responses": answers}}


def _ask(one: Question) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": given.name, "in": "query", "required": given.required, "description": HELP[given.kind], "schema": {"type": "string"}}
        for given in one.parameters
    ]
    answers = {"200": _answer("The rows.", "Rows"), "400": _answer("A parameter is lacking, or names nothing.", "Error")}
    told = {"summary": one.title["en"], "description": one.description["en"], "parameters": [*parameters, LANGUAGE], "responses": answers}
    return {"get": {"operationId": f"ask-{one.name}", **told}}


def _identify() -> dict[str, Any]:
    to = {"description": f"To the form that the Accept header likes best: {', '.join(one.media_type for one in THING)}."}
    location = {"headers": {"Location": {"schema": {"type": "string"}}}}
    answers = {"303": to | location, "404": {"description": "The graph says nothing about it."}, "406": {"description": "No form is taken."}}
    return {"get": {"operationId": "identify", "summary": "Where the IRI of a node leads", "parameters": [KEY], "responses": answers}}


def _data() -> dict[str, Any]:
    form = {"name": "form", "in": "path", "required": True, "schema": {"enum": [one.suffix.lstrip(".") for one in DATA]}}
    content = {one.media_type: {"schema": {"type": "string"} if one.suffix != ".jsonld" else {"type": "object"}} for one in DATA}
    answers = {"200": {"description": "A concise bounded description.", "content": content}, "404": {"description": "No such node or form."}}
    return {"get": {"operationId": "describe", "summary": "What the graph says of a node, as RDF", "parameters": [KEY, form], "responses": answers}}


def _answer(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}
