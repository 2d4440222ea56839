"""The query page: an editor for SPARQL that asks this server, with the named questions one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg import query, vocab
from kg.errors import QueryError
from kg.questions import question, questions
from kg.serve.pages.asking import declared
from kg.serve.pages.frame import POLICY, Visit, page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from kg.serve.snapshot import Snapshot

LOOSER = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace("img-src 'self'", "img-src 'self' data:")
"""As all pages, but that the editor sets styles on its elements, and draws its signs from data: in its own style sheet."""

FIRST = """SELECT ?deal ?status ?date WHERE {
  ?deal a kg:Deal ; kg:status ?status .
  OPTIONAL { ?deal kg:lastDate ?date }
}
ORDER BY DESC(?date) ?deal
LIMIT 100
"""
"""What stands in the editor where nothing else is asked for."""


def console(request: Request, snapshot: Snapshot) -> Response:
    """The page; ``?ask=NAME`` with parameters of that question puts its SPARQL into the editor, ``?query=`` any other."""
    visit = Visit(request, snapshot)
    given = {name: value for name, value in request.query_params.items() if name not in ("ask", "lang", "query") and value}
    text = request.query_params.get("query", "") or declared(FIRST, snapshot.base_iri)
    if asked := request.query_params.get("ask"):
        try:
            text = declared(query.filled(snapshot.store, asked, **given), snapshot.base_iri)
        except QueryError:
            try:
                text = declared(question(asked).sparql, snapshot.base_iri)
            except QueryError as error:
                text = f"# {query.one_line(str(error))}\n"
    listed = [(one.title.get(visit.language, one.title["en"]), one.name, declared(one.sparql, snapshot.base_iri)) for one in questions().values()]
    prefixes = vocab.prefixes(snapshot.base_iri)
    return page(visit, "console.html", policy=LOOSER, title=visit.named("query"), text=text, listed=listed, prefixes=prefixes)
