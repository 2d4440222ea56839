"""Reading: from a document's text to what it mentions and claims. The only home of spaCy.

One spaCy pipeline per language finds words, sentences and names; patterns join them to claims; an article's passages are then read
together, so that types, references and deals are decided once for all of it.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kg import language
from kg.extract.patterns import DATA, load_rules
from kg.model import Extraction, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.language import Language
    from spacy.tokens import Doc

    from kg.extract.article import Passage
    from kg.gazetteer import Gazetteer
    from kg.model import Document

LANGUAGES = ("en", "zh")


@cache
def version() -> str:
    """Hash of the rules and of the code that reads with them: what results depend on besides the settings."""
    here = Path(__file__).parent
    files = sorted((*DATA.glob("*.toml"), *here.glob("*.py")), key=lambda path: path.name)
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


class Extractor:
    """Holds the pipelines, each loaded when the first passage in its language comes."""

    def __init__(self, gazetteer: Gazetteer, run: str) -> None:
        """Take the names to look for, and the hash of version and settings that the results carry."""
        self.gazetteer = gazetteer
        self.run = run
        self._pipelines: dict[str, Language] = {}

    def extract(self, documents: Iterable[Document]) -> Iterator[tuple[Document, Extraction | Problem]]:
        """Each document with what was observed in it.

        A text in neither language gives an extraction without mentions, and after it a Problem that says so.
        """
        from kg.extract.article import Article

        for document in documents:
            prose = [passage for passage in language.passages(document.text, document.lang) if passage.kind == "prose"]
            readable = [passage for passage in prose if passage.language in LANGUAGES]
            if readable:
                article = Article(document, [self._parse(document.text, passage) for passage in readable])
                article.read_deals()
                article.read_rest()
                yield document, article.extraction(self.run)
            else:
                languages = tuple(sorted({passage.language for passage in prose} - {"und"}))
                yield document, Extraction(document=document.key, run=self.run, languages=languages or ("und",))
                yield document, _unread(document, languages)

    def _parse(self, text: str, passage: language.Passage) -> Passage:
        from kg.extract.article import Passage

        span = passage.span
        doc = self._pipeline(passage.language)(text[span.start : span.end])
        return Passage(doc, span.start, passage.language, doc.user_data["evidence"], doc.user_data["found"])

    def _pipeline(self, code: str) -> Language:
        from kg.extract.pipeline import make_pipeline

        if code not in self._pipelines:
            self._pipelines[code] = make_pipeline(code, self.gazetteer)
        return self._pipelines[code]


def parse(text: str, gazetteer: Gazetteer | None = None) -> list[Doc]:
    """The English and Chinese passages of a text as spaCy Docs in its order, with the candidates for names in ``doc.spans["names"]``.

    >>> [doc] = parse("Halvard Lines has agreed to buy Dockwise Inc.")
    >>> [name.text for name in doc.spans["names"]], [token.text for token in doc if token.dep_ == "ROOT"]
    (['Halvard Lines', 'Dockwise Inc.'], ['agreed'])
    """
    from kg.gazetteer import Gazetteer

    extractor = Extractor(gazetteer or Gazetteer.load(), run="")
    found = [passage for passage in language.passages(text) if passage.kind == "prose" and passage.language in LANGUAGES]
    return [extractor._parse(text, passage).doc for passage in found]


def _unread(document: Document, languages: tuple[str, ...]) -> Problem:
    named = ", ".join(languages) or "no letters at all"
    reason = f"nothing was read: the text is in {named}, and only English and Chinese are read"
    return Problem(document.source or document.id, "extract", reason, document.key)


__all__ = ["DATA", "LANGUAGES", "Extractor", "load_rules", "parse", "version"]
