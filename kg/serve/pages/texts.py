"""Pages about articles: the text as it came in, with the sentences that claims rest on marked, and the claims beside it."""

from __future__ import annotations

import glob
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from kg import analyze
from kg.errors import InputError
from kg.model import Document, read_jsonl
from kg.serve.pages.frame import Visit, page, refusal
from kg.serve.pages.index import article_of
from kg.serve.pages.told import Shown, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from starlette.responses import Response

    from kg.serve.pages.index import Article
    from kg.store import Store


class Evidence(NamedTuple):
    """A sentence that claims rest on; code points, half-open."""

    start: int
    end: int
    iri: str
    exact: str
    prefix: str
    suffix: str
    claims: tuple[str, ...]


class Piece(NamedTuple):
    """Some of a text; a sentence that overlaps another is in several."""

    text: str
    evidence: tuple[Evidence, ...]
    """What covers it, the longest first; nothing where no claim rests on it."""
    begins: tuple[Evidence, ...]
    """What of that begins here."""
    ends: tuple[Evidence, ...]
    """What of that ends here."""


def document_page(visit: Visit, iri: str) -> Response:
    """The page about an article, with its text where the output folder of the build has it, else with what the graph quotes."""
    article = article_of(visit.snapshot.store, iri)
    if article is None:
        return refusal(visit, 404, visit.places.tail(iri) or iri)
    found = evidence_of(visit.snapshot.store, iri)
    said = {claim for one in found for claim in one.claims}
    visit.look(set(analyze.edges_behind(visit.snapshot.store, said).values()), said)
    text = text_of(visit.snapshot.folder, visit.places.tail(iri) or "", article)
    whole = [one for one in found if text is not None and text[one.start : one.end] == one.exact]
    claims = numbered(found, visit.index.claims)
    told: list[tuple[int, Shown]] = [(number, shown(visit.index, claim, words=False)) for claim, number in claims.items()]
    evidence = {claim: [one for one in found if claim in one.claims] for claim in claims}
    return page(
        visit, "document.html", about=iri, title=article.headline, article=article, told=told, numbers=claims, evidence_of=evidence,
        pieces=None if text is None else pieces(text, whole), quotes=found, key=key_of,
    )  # fmt: skip


def evidence_of(store: Store, iri: str) -> list[Evidence]:
    """What claims rest on in an article, in the order of its text, the longer first of those that begin together."""
    rows = store.select(f"""SELECT DISTINCT ?start ?end ?iri ?exact ?prefix ?suffix ?claim {{
        ?iri oa:hasSource <{iri}> ; oa:hasSelector ?position , ?quote . ?claim prov:wasDerivedFrom ?iri .
        ?position oa:start ?start ; oa:end ?end . ?quote oa:exact ?exact .
        OPTIONAL {{ ?quote oa:prefix ?prefix }} OPTIONAL {{ ?quote oa:suffix ?suffix }} }}""")
    claims: dict[tuple[int, int, str, str, str, str], set[str]] = defaultdict(set)
    for row in rows:
        told = {name: str(getattr(term, "value", term)) for name, term in row.items()}
        words = (told["iri"], told["exact"], told.get("prefix", ""), told.get("suffix", ""))
        claims[int(told["start"]), int(told["end"]), *words].add(told["claim"])
    found = [Evidence(*sentence, tuple(sorted(its))) for sentence, its in claims.items()]
    return sorted(found, key=lambda one: (one.start, -one.end, one.iri))


def numbered(evidence: Iterable[Evidence], known: Mapping[str, object]) -> dict[str, int]:
    """The claims of an article, each with its number, in the order of the text."""
    claims = dict.fromkeys(claim for one in evidence for claim in one.claims if claim in known)
    return {claim: number for number, claim in enumerate(claims, 1)}


def pieces(text: str, evidence: Iterable[Evidence]) -> list[Piece]:
    """A text cut wherever a sentence that claims rest on begins or ends, so that sentences may overlap or hold each other.

    >>> said = [Evidence(1, 3, "", "😀b", "", "", ()), Evidence(2, 4, "", "bc", "", "", ())]
    >>> [(piece.text, len(piece.evidence)) for piece in pieces("a😀bc", said)]
    [('a', 0), ('😀', 1), ('b', 2), ('c', 1)]
    """
    spans = [one for one in evidence if 0 <= one.start < one.end <= len(text)]
    cuts = sorted({0, len(text), *(one.start for one in spans), *(one.end for one in spans)})
    opening, closing = defaultdict(list), defaultdict(list)
    for one in spans:
        opening[one.start].append(one)
        closing[one.end].append(one)
    found, inside = [], dict[Evidence, None]()
    for start, end in pairwise(cuts):
        for one in closing[start]:
            del inside[one]
        inside.update(dict.fromkeys(opening[start]))
        over = sorted(inside, key=lambda one: (one.start - one.end, one.start, one.iri))
        found.append(Piece(text[start:end], tuple(over), tuple(opening[start]), tuple(closing[end])))
    return found


def text_of(folder: Path | None, tail: str, article: Article) -> str | None:
    """The text that the graph was made from, as the build kept it; None where it is not at hand, or not the one that the graph knows by its hash."""
    kind, _, key = tail.partition("/")
    if folder is None or kind != "document" or not key.isalnum():
        return None
    for path in sorted((folder / "extractions").glob(f"{glob.escape(key)}-*.jsonl")):
        try:
            records = list(read_jsonl(path.read_bytes().splitlines()))
        except (OSError, InputError):
            continue  # a build is replacing it, or it was cut short: the quotes in the graph are there still
        for record in records:
            if isinstance(record, Document) and record.sha256 == article.sha256:
                return record.text
    return None


def key_of(iri: str) -> str:
    """What an IRI ends in, as an id in a page."""
    return iri.rpartition("/")[2]
