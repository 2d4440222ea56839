"""Which of the forms that a thing comes in a client wants: the rules of RFC 9110, section 12.5."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class Form(NamedTuple):
    """A way to send something."""

    media_type: str
    suffix: str
    """Of the address under /data/, "" for the page."""
    also: tuple[str, ...] = ()
    """Further media types that ask for the same."""


PAGE = Form("text/html", "", ("application/xhtml+xml",))
TURTLE = Form("text/turtle", ".ttl", ("application/x-turtle",))
JSON_LD = Form("application/ld+json", ".jsonld", ("application/json",))
N_TRIPLES = Form("application/n-triples", ".nt")
JSON = Form("application/json", ".json", ("application/sparql-results+json",))
DATA = (TURTLE, JSON_LD, N_TRIPLES)
THING = (PAGE, *DATA)
ANSWER = (PAGE, JSON)


def choose(accept: str, forms: Sequence[Form]) -> Form | None:
    """The form that an Accept header likes best, of equals the first; None where it takes none of them.

    The most specific range that fits a type says how much it is liked; a weight that cannot be read counts as 1.

    >>> choose("text/turtle;q=.5, application/ld+json", THING).suffix, choose("", THING).media_type, choose("image/png", THING)
    ('.jsonld', 'text/html', None)
    """
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return forms[0]
    liked = [(max(_weight(form.media_type, ranges), _named(form.also, ranges)), -place) for place, form in enumerate(forms)]
    weight, place = max(liked)
    return forms[-place] if weight > 0 else None


def language(asked: str | None, accepted: str) -> str:
    """The language of a page, "en" or "zh": the one that is asked for, else the one that an Accept-Language header likes best.

    >>> language(None, "zh-CN,zh;q=0.9,en;q=0.8"), language("en", "zh"), language("fr", "")
    ('zh', 'en', 'en')
    """
    if asked in ("en", "zh"):
        return str(asked)
    liked = {"en": 0.0, "zh": 0.0}
    for part in accepted.split(","):
        tag, weight = _range(part)
        short = tag.partition("-")[0]
        if short in liked:
            liked[short] = max(liked[short], weight)
    return "zh" if liked["zh"] > liked["en"] else "en"


def _range(part: str) -> tuple[str, float]:
    """A media range or a language, with its weight from 0 to 1."""
    name, *parameters = (piece.strip().casefold() for piece in part.split(";"))
    for parameter in parameters:
        if found := re.fullmatch(r"q\s*=\s*(\d*\.?\d+|\d+\.)", parameter, re.ASCII):
            return name, min(float(found[1]), 1.0)
    return name, 1.0


def _named(names: Sequence[str], ranges: Sequence[tuple[str, float]]) -> float:
    """How much the best liked of these is liked by its own name: a wildcard means what is sent, and none of these is."""
    return max((weight for name, weight in ranges if name in names), default=0.0)


def _weight(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """How much a type is liked, 0 where no range fits it."""
    for wanted in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        fitting = [weight for name, weight in ranges if name == wanted]
        if fitting:
            return max(fitting)
    return 0.0
