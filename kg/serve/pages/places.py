"""Where the server shows what a graph names: an IRI of a thing to the address of its page, and back."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, urlencode


class Places(NamedTuple):
    """Addresses on this server, for one request."""

    base_iri: str
    root: str
    """Path that the server is mounted under, "" mostly."""
    language: str
    """As asked for in the address, which links then keep; "" where it was not."""

    def to(self, path: str, fragment: str = "", **parameters: str) -> str:
        """A path on this server with these parameters and the language.

        >>> Places("https://x.example/id/", "", "zh").to("/search", q="a&b")
        '/search?q=a%26b&lang=zh'
        """
        given = {name: value for name, value in (parameters | {"lang": parameters.get("lang", self.language)}).items() if value}
        return self.root + path + (f"?{urlencode(given)}" if given else "") + (f"#{quote(fragment)}" if fragment else "")

    def page(self, iri: str, **parameters: str) -> str:
        """Address of the page about a node, or the IRI itself where it is of the web; "" for one that must not be followed.

        >>> Places("https://x.example/id/", "", "").page("https://x.example/id/company/诺凡")
        '/page/company/%E8%AF%BA%E5%87%A1'
        >>> Places("https://x.example/id/", "", "").page("javascript:alert(1)")
        ''
        """
        tail = self.tail(iri)
        if tail is None:
            return web(iri)
        key, _, fragment = tail.partition("#")
        return self.to("/page/" + quote(key), fragment, **parameters)

    def form(self, iri: str, suffix: str) -> str:
        """Address of the description of a node as data."""
        return self.root + "/data/" + quote((self.tail(iri) or "").partition("#")[0]) + suffix

    def tail(self, iri: str) -> str | None:
        """What an IRI of this graph ends in; None for one of elsewhere."""
        return iri.removeprefix(self.base_iri) if iri.startswith(self.base_iri) else None


def web(address: str) -> str:
    """The address where it is one of the web, else ""."""
    return address if re.match(r"https?://", address, re.IGNORECASE) else ""
