"""SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/): queries by GET and both kinds of POST, and a description of the service."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import parse_qsl

import pyoxigraph as ox
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from kg import vocab
from kg.query.formats import CSV, GRAPHS, JSON, JSON_LD, N_TRIPLES, TSV, TURTLE, XML, negotiate
from kg.query.pool import GONE, Limits, Pool
from kg.serve.presence import while_there
from kg.store import serialise

TRUNCATED = "Dealgraph-Truncated"
"""Header of what a limit cut short: "rows" or "bytes" of a result, "nodes" of a description."""
QUERY, FORM, UPDATE = "application/sparql-query", "application/x-www-form-urlencoded", "application/sparql-update"
SD, FORMATS = "http://www.w3.org/ns/sparql-service-description#", "http://www.w3.org/ns/formats/"

_READ_ONLY = "the store is only read; change the graph with kg build and kg remove"
_LISTED_GRAPHS = 1000
_AT_ONCE = 8
"""So many times the largest result may be under way to clients."""
_PIECE = 1 << 18
_RESULT_FORMATS = {
    JSON: "SPARQL_Results_JSON", XML: "SPARQL_Results_XML", CSV: "SPARQL_Results_CSV", TSV: "SPARQL_Results_TSV",
    TURTLE: "Turtle", N_TRIPLES: "N-Triples", JSON_LD: "JSON-LD",
}  # fmt: skip


class Endpoint:
    """Answers the requests to the address of the endpoint."""

    def __init__(self, pool: Pool, *, page: str = "") -> None:
        """``page`` is where people are sent who open the address in a browser, "" for nowhere."""
        self._pool, self._page = pool, page
        self._under_way = 0

    async def __call__(self, request: Request) -> Response:
        """A result, a description of the service, or why there is none of them."""
        asked = await _asked(request)
        if request.method != "POST" and not any(name in ("query", "update") for name, _ in asked):
            return await self._describe(request)
        query, graphs = _task(asked)
        if self._under_way > _AT_ONCE * self._pool.limits.megabytes * 1e6:
            return _failure(503, "too many results are under way; try again in a moment")
        accept = ",".join(request.headers.getlist("accept"))
        answer = await while_there(request.receive, self._pool.arun(query, accept, graphs=graphs))
        if answer is None:
            return Response(status_code=GONE)
        if answer.status != 200:
            return _failure(answer.status, answer.body.decode())
        headers = {"Vary": "Accept", "Content-Length": str(len(answer.body))}
        if answer.truncated:
            headers[TRUNCATED] = answer.truncated
        return _Result(self, answer.body, headers, answer.media_type)

    async def _describe(self, request: Request) -> Response:
        offers = [*GRAPHS, *(["text/html"] if self._page else [])]
        media_type = negotiate(request.headers.get("accept", ""), offers)
        if media_type == "text/html":
            return RedirectResponse(self._page, 303, {"Vary": "Accept"})
        if media_type is None:
            return _failure(406, f"the description of the service can be given as {', '.join(GRAPHS)}")
        try:
            address = ox.NamedNode(str(request.url.replace(query="", fragment="")))
        except ValueError:
            return _failure(400, "the request does not name this service as an address is written; mend its header Host")
        answer = await self._pool.arun(f"SELECT DISTINCT ?graph {{ GRAPH ?graph {{ }} }} LIMIT {_LISTED_GRAPHS}", JSON)
        if answer.status != 200:
            return _failure(answer.status, answer.body.decode())
        graphs = [row["graph"]["value"] for row in json.loads(answer.body)["results"]["bindings"]]
        body = describe(sorted(graphs), address.value, self._pool.limits, media_type)
        return Response(body, headers={"Vary": "Accept"}, media_type=media_type)

    async def send(self, body: bytes, send: Send) -> None:
        """Send a result in pieces, each when the client has taken the one before, and count what is under way."""
        self._under_way += len(body)
        try:
            for start in range(0, max(len(body), 1), _PIECE):
                piece = body[start : start + _PIECE]
                await send({"type": "http.response.body", "body": piece, "more_body": start + _PIECE < len(body)})
        finally:
            self._under_way -= len(body)


class _Result(Response):
    """A result that takes its time on the way."""

    def __init__(self, endpoint: Endpoint, result: bytes, headers: dict[str, str], media_type: str) -> None:
        super().__init__(None, 200, headers, media_type)
        self._endpoint, self._result = endpoint, result

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._endpoint.send(self._result, send)


def _failure(status: int, why: str) -> Response:
    return PlainTextResponse(why + "\n", status, {"Retry-After": "2"} if status == 503 else None)


async def _asked(request: Request) -> list[tuple[str, str]]:
    """The parameters of a request, however they come. Raises HTTPException when they cannot be read."""
    asked = _parameters(request.url.query.encode())
    if request.method != "POST":
        return asked
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind == UPDATE:
        raise HTTPException(403, f"{UPDATE} is an update, and {_READ_ONLY}")
    if kind not in (QUERY, FORM):
        raise HTTPException(415, f"a query comes as {QUERY} or {FORM}, not as {kind or 'nothing named'!r}", {"Accept": f"{QUERY}, {FORM}"})
    if "charset" in rest.lower() and "utf-8" not in rest.lower().replace('"', ""):
        raise HTTPException(415, "a query comes in UTF-8; send it so")
    body = await request.body()
    if kind == FORM:
        return asked + _parameters(body)
    try:
        return [*asked, ("query", body.decode("utf-8"))]
    except UnicodeDecodeError as error:
        raise HTTPException(400, f"the query is no UTF-8 at byte {error.start}; mend it there") from error


def _parameters(encoded: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError as error:  # among them UnicodeDecodeError
        raise HTTPException(400, f"the parameters cannot be read: {error}; percent-encode them in UTF-8") from error


def _task(asked: Sequence[tuple[str, str]]) -> tuple[str, tuple[list[str], list[str]] | None]:
    """The query and the graphs that it is put to. Raises HTTPException when it is not one query."""
    given: dict[str, list[str]] = {}
    for name, value in asked:
        given.setdefault(name, []).append(value)
    if "update" in given or "using-graph-uri" in given or "using-named-graph-uri" in given:
        raise HTTPException(403, f"this is an update, and {_READ_ONLY}")
    queries = given.get("query", [])
    if len(queries) != 1:
        raise HTTPException(400, f"the request holds {len(queries) or 'no'} {'queries' if queries else 'query'}; send one, as the parameter query")
    default, named = given.get("default-graph-uri", []), given.get("named-graph-uri", [])
    return queries[0], (default, named) if default or named else None


def describe(graphs: Sequence[str], address: str, limits: Limits, media_type: str) -> bytes:
    """What the service at this address can do (https://www.w3.org/TR/sparql11-service-description/), with some of its named graphs."""
    service, dataset, default = ox.NamedNode(address), ox.NamedNode(f"{address}#dataset"), ox.NamedNode(f"{address}#default-graph")
    limit = f"Read only; a query may take {limits.seconds:g} s and give {limits.rows} rows or {limits.megabytes:g} MB."

    def sd(name: str) -> ox.NamedNode:
        return ox.NamedNode(SD + name)

    kind = ox.NamedNode(vocab.RDF + "type")
    triples = [
        ox.Triple(service, kind, sd("Service")),
        ox.Triple(service, sd("endpoint"), service),
        ox.Triple(service, sd("supportedLanguage"), sd("SPARQL11Query")),
        ox.Triple(service, sd("feature"), sd("UnionDefaultGraph")),
        ox.Triple(service, ox.NamedNode(vocab.RDFS + "comment"), ox.Literal(limit, language="en")),
        *(ox.Triple(service, sd("resultFormat"), ox.NamedNode(FORMATS + name)) for name in _RESULT_FORMATS.values()),
        ox.Triple(service, sd("defaultDataset"), dataset),
        ox.Triple(dataset, kind, sd("Dataset")),
        ox.Triple(dataset, sd("defaultGraph"), default),
        ox.Triple(default, kind, sd("Graph")),
    ]
    for number, graph in enumerate(graphs):
        node, name = ox.NamedNode(f"{address}#graph-{number}"), ox.NamedNode(graph)
        triples += [ox.Triple(dataset, sd("namedGraph"), node), ox.Triple(node, kind, sd("NamedGraph")), ox.Triple(node, sd("name"), name)]
    if media_type == JSON_LD:
        return serialise((ox.Quad(one.subject, one.predicate, one.object) for one in triples), GRAPHS[JSON_LD], {})
    return serialise(triples, GRAPHS[media_type], {"sd": SD, "rdfs": vocab.RDFS} if media_type == TURTLE else {})
