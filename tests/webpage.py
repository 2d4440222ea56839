"""The pages of the service as tests ask for them and read them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from kg.serve.pages import routes
from kg.serve.snapshot import Snapshot

SMALL = Path(__file__).parent / "data" / "small.trig"
BASE = "https://w3id.org/dealgraph/id/"


class Reader(HTMLParser):
    """A page taken apart: its tags with attributes, and its words without them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("td", "th", "tr", "dd", "dt", "li", "p", "h1", "h2", "h3", "h4", "small", "br"):
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def links(self) -> list[str]:
        return [attributes["href"] or "" for tag, attributes in self.tags if tag == "a"]


def client_of(snapshot: Snapshot, **headers: str) -> TestClient:
    return TestClient(Starlette(routes=routes(lambda: snapshot)), follow_redirects=False, headers=headers)
