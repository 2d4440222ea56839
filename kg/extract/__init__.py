"""Reading: from a document's text to what it mentions and claims. The only home of spaCy.

One spaCy pipeline per language finds words, sentences and names; patterns join them to claims; an article's passages are then read
together, so that types, references and deals are decided once for all of it.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kg.extract.patterns import DATA, load_rules
from kg.language import passages
from kg.model import Extraction, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.language import Language

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

    def _pipeline(self, language: str) -> Language:
        from kg.extract.pipeline import make_pipeline

        if language not in self._pipelines:
            self._pipelines[language] = make_pipeline(language, self.gazetteer)
        return self._pipelines[language]

    def extract(self, documents: Iterable[Document]) -> Iterator[tuple[Document, Extraction | Problem]]:
        """Each document with what was observed in it.

        A text in neither language gives an extraction without mentions, and after it a Problem that says so.
        """
        from kg.extract.article import Article, Passage

        for document in documents:
            found = [passage for passage in passages(document.text, document.lang) if passage.kind == "prose"]
            read = []
            for one in found:
                if one.language in LANGUAGES:
                    doc = self._pipeline(one.language)(document.text[one.span.start : one.span.end])
                    read.append(Passage(doc, one.span.start, one.language, doc.user_data["evidence"], doc.user_data["found"]))
            if not read:
                languages = tuple(sorted({one.language for one in found} - {"und"}))
                yield document, Extraction(document=document.key, run=self.run, languages=languages)
                named = ", ".join(languages) or "no letters at all"
                yield (
                    document,
                    Problem(
                        document.source or document.id,
                        "extract",
                        f"nothing was read: the text is in {named}, and only English and Chinese are read",
                        document.key,
                    ),
                )
                continue
            article = Article(document, read)
            article.read_deals()
            article.read_rest()
            yield document, article.extraction(self.run)


__all__ = ["DATA", "LANGUAGES", "Extractor", "load_rules", "version"]
