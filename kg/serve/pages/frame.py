"""What all pages have in common: the frame around them, their language, and the headers that they are sent with."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import FileResponse, PlainTextResponse, Response

from kg import analyze
from kg.serve.pages.index import Index
from kg.serve.pages.negotiate import DATA, PAGE, Form, choose, language
from kg.serve.pages.places import Places, web
from kg.serve.pages.words import figures, term, word
from kg.view.looks import LINES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import jinja2
    from starlette.requests import Request

    from kg.serve.snapshot import Snapshot

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""What a page may load: our own style sheet and script, and what the script asks of this server."""

FILES = {
    "style.css": "text/css", "complete.js": "text/javascript", "console.js": "text/javascript", "yasgui.min.js": "text/javascript",
    "icon.svg": "image/svg+xml", "yasgui.min.css": "text/css", "yasgui.LICENSES.txt": "text/plain",
}  # fmt: skip
"""What lies under /static, with its type."""

STATIC = Path(__file__).parent / "static"
NEVER_CHANGES = "public, max-age=31536000, immutable"


class Visit:
    """One request for a page: the graph, the language, and how to write links."""

    def __init__(self, request: Request, snapshot: Snapshot) -> None:
        asked = request.query_params.get("lang")
        self.request = request
        self.snapshot = snapshot
        self.language = language(asked, request.headers.get("accept-language", ""))
        self.places = Places(snapshot.base_iri, request.scope.get("root_path", ""), self.language if asked else "")
        self.index = Index(snapshot.store)
        """The part of the graph that the page shows; ``look`` looks it up."""

    def look(self, only: Collection[str], claims: Collection[str] | None = None) -> Index:
        """The part of the graph with these nodes and edges, and with all or just these claims for them."""
        self.index = Index(self.snapshot.store, only, claims)
        return self.index

    @property
    def wide(self) -> bool:
        """Whether much is asked for (``?all=1``)."""
        return self.request.query_params.get("all") == "1"

    @staticmethod
    def pointing(iri: str, kind: str) -> str:
        """A query for all claims, edges or deals that name a node, for what even a wide page leaves out."""
        return f"SELECT ?it ?how {{ ?it ?how <{iri}> ; a kg:{kind} }}"

    def iri(self, key: str) -> str:
        """The IRI of what a path names."""
        return self.snapshot.base_iri + key

    def name(self, iri: str) -> str:
        """What a node is called in the language of the page, else the tail of its IRI."""
        tail = self.places.tail(iri)
        return analyze.pick(self.index.labels(iri), self.language) or (iri if tail is None else tail)

    def named(self, text: str, *values: object) -> str:
        """A phrase in the language of the page."""
        return word(text, self.language, *values)

    def relation(self, predicate: str) -> str:
        """A predicate in the language of the page."""
        return analyze.relation(self.index.graph, predicate, self.language)

    def switched(self) -> str:
        """This address in the other language."""
        kept = [(name, value) for name, value in self.request.query_params.multi_items() if name != "lang"]
        query = urlencode([*kept, ("lang", "en" if self.language == "zh" else "zh")])
        return f"{self.request.url.path}?{query}"


def page(visit: Visit, template: str, *, status: int = 200, policy: str = POLICY, about: str = "", **told: Any) -> Response:
    """A page from a template; ``about`` is the IRI of the node that it is about, whose descriptions as data are then named in its headers.

    The response carries its own Content-Security-Policy, which nothing after it should replace.
    """
    text = _environment().get_template(template).render(visit=visit, **_helpers(visit), about=about, **told)
    headers = {"Content-Security-Policy": policy, "Vary": "Accept, Accept-Language"}
    if about and visit.places.tail(about) is not None:
        headers["Link"] = alternates(visit.places, about)
    return Response(text.encode("utf-8", "replace"), status, headers, "text/html; charset=utf-8")


def refusal(visit: Visit, status: int, reason: str, near: list[tuple[str, str]] | None = None) -> Response:
    """Why there is no answer, as a page or, for those who ask for none, as plain text; ``near`` are names and IRIs of what was perhaps meant."""
    if choose(visit.request.headers.get("accept", ""), (PAGE, Form("text/plain", ""))) == PAGE:
        title = visit.named("missing" if status == 404 else "bad")
        return page(visit, "refusal.html", status=status, title=title, reason=reason, near=near or [])
    hint = "; near to it: " + ", ".join(f"{name} <{iri}>" for name, iri in near) if near else ""
    return PlainTextResponse(reason + hint + "\n", status, {"Vary": "Accept, Accept-Language"})


def alternates(places: Places, iri: str) -> str:
    """A Link header that names the other forms of a thing (RFC 8288)."""
    links = [f'<{places.form(iri, form.suffix)}>; rel="alternate"; type="{form.media_type}"' for form in DATA]
    return ", ".join([f'<{places.page(iri)}>; rel="alternate"; type="text/html"', *links])


def static(request: Request) -> Response:
    """One of our own files; under the address that pages give for it, it never changes."""
    name = request.path_params["name"]
    if name not in FILES:
        return PlainTextResponse(f"there is no file {name!r}; there are {', '.join(FILES)}\n", 404)
    known = request.query_params.get("v") == _version(name)
    headers = {"Cache-Control": NEVER_CHANGES if known else "no-cache", "X-Content-Type-Options": "nosniff"}
    return FileResponse(STATIC / name, headers=headers, media_type=FILES[name])


def file_address(places: Places, name: str) -> str:
    """Address of one of our own files, with a hash of its bytes."""
    return f"{places.root}/static/{name}?v={_version(name)}"


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def _helpers(visit: Visit) -> Mapping[str, Callable[..., Any]]:
    """What templates call."""
    return {
        "t": visit.named, "name": visit.name, "to": visit.places.to, "link": visit.places.page, "relation": visit.relation, "web": web,
        "term": lambda name: term(name, visit.language), "figures": lambda told: figures(told, visit.language),
        "file": lambda name: file_address(visit.places, name), "form": visit.places.form,
        "tone": lambda status: LINES[status].tone if status in LINES else "",
    }  # fmt: skip


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
