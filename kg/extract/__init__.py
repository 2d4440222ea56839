"""Reading: from a document's text to what it mentions and claims. The only home of spaCy.

One spaCy pipeline per language finds words, sentences and names; patterns join them to claims; an article's passages are then read
together, so that types, references and deals are decided once for all of it.
"""

from __future__ import annotations

import hashlib
import logging
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from kg import language
from kg.encoder import META, WEIGHTS, read_meta
from kg.extract.patterns import DATA, UserRules, load_rules, load_user_rules
from kg.model import Extraction, Problem, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from spacy.language import Language
    from spacy.tokens import Doc

    from kg.extract.article import Article
    from kg.extract.confidence import Calibration
    from kg.extract.learned import Learned
    from kg.extract.mentions import MentionReader, Tagged
    from kg.extract.passage import Passage
    from kg.extract.relations import RelationReader
    from kg.gazetteer import Gazetteer
    from kg.model import Document

log = logging.getLogger(__name__)
LANGUAGES = ("en", "zh")


@cache
def version() -> str:
    """Hash of rules, weights and of the code that reads with them: what results depend on besides the settings."""
    here = Path(__file__).parent
    files = sorted((*DATA.glob("*.toml"), *here.glob("*.toml"), *here.glob("*.py"), *WEIGHTS.glob(META)), key=lambda path: path.name)
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


class Extractor:
    """Holds the pipelines, each loaded when the first passage in its language comes."""

    def __init__(self, gazetteer: Gazetteer, run: str, weights: Path = WEIGHTS, users: UserRules | None = None, claims: str = "both") -> None:
        """Take the names to look for, and the hash of version and settings that the results carry.

        ``weights`` is where the weights of the encoder lie, ``users`` what users' files add, ``claims`` who reads them: "patterns", "model", "both".
        """
        self.gazetteer = gazetteer
        self.run = run
        self.weights = weights
        self.users = users or UserRules()
        self.claims = claims
        self._pipelines: dict[str, Language] = {}

    def extract(self, documents: Iterable[Document]) -> Iterator[tuple[Document, Extraction | Problem]]:
        """Each document with what was observed in it.

        A text in neither language gives an extraction without mentions, and after it a Problem that says so.
        """
        for document in documents:
            prose = [passage for passage in language.passages(document.text, document.lang) if passage.kind == "prose"]
            article = self.open(document, prose)
            if article is not None:
                yield document, article.read(self.run)
            else:
                languages = tuple(sorted({passage.language for passage in prose} - {"und"}))
                yield document, Extraction(document=document.key, run=self.run, languages=languages or ("und",))
                yield document, _unread(document, languages)

    def open(self, document: Document, prose: Sequence[language.Passage]) -> Article | None:
        """A document ready to be read for claims: its names and phrases are known; None where none of its prose is in a language that is read."""
        from kg.extract.article import Article

        readable = [passage for passage in prose if passage.language in LANGUAGES]
        if not readable:
            return None
        text = language.unwrapped(document.text)
        passages, learned = self._parse(text, readable)
        return Article(document, text, passages, learned, self.users)

    def _parse(self, text: str, passages: Sequence[language.Passage]) -> tuple[list[Passage], Learned | None]:
        """The passages of a text, parsed, and what the reader of claims can say of it; names and phrases are read in all of them together."""
        from kg.extract.learned import Learned, guesses
        from kg.extract.mentions import SOURCE
        from kg.extract.passage import Passage

        found: list[Tagged] = []
        learned = None
        if self._reader is not None:
            found, page = self._reader.read_page(text, [passage.span for passage in passages])
            if self._relations is not None:
                scores = {Span(one.start, one.end): one.score for one in found}
                learned = Learned(partial(guesses, self._relations, page, found), self._calibration, scores)
        parsed = []
        for passage in passages:
            span, nlp = passage.span, self._pipeline(passage.language)
            doc = nlp.make_doc(text[span.start : span.end])
            inside = [one for one in found if one.type != SOURCE and span.start <= one.start and one.end <= span.end]
            doc.user_data["read"] = [one._replace(start=one.start - span.start, end=one.end - span.start) for one in inside]
            doc = nlp(doc)
            fits = doc.user_data["found"] if self.claims != "model" else []
            parsed.append(Passage(doc, span.start, passage.language, doc.user_data["evidence"], fits))
        return parsed, learned

    def _pipeline(self, code: str) -> Language:
        from kg.extract.pipeline import make_pipeline

        if code not in self._pipelines:
            self._pipelines[code] = make_pipeline(code, self.gazetteer, self._reader, self.users.patterns)
        return self._pipelines[code]

    @cached_property
    def _reader(self) -> MentionReader | None:
        """The reader of mentions, one for both languages; None where its weights are not there."""
        from kg.encoder import HOW_TO_GET_WEIGHTS, has_weights
        from kg.extract.mentions import MentionReader

        if has_weights("mentions", self.weights):
            return MentionReader(self.weights)
        log.warning("names and phrases are found by rules alone, much worse: this copy has no trained weights; %s", HOW_TO_GET_WEIGHTS)
        return None

    @cached_property
    def _relations(self) -> RelationReader | None:
        """The trained reader of claims; None where its weights are not there, or patterns alone are wanted."""
        from kg.extract.relations import MODEL, RelationReader

        return RelationReader(self.weights) if self.claims != "patterns" and (self.weights / MODEL).exists() else None

    @cached_property
    def _calibration(self) -> Calibration:
        """How sure claims are, as found when the weights were made."""
        from kg.extract.confidence import read_calibration

        return read_calibration(read_meta(self.weights).get("confidence", {}))


def parse(text: str, gazetteer: Gazetteer | None = None) -> list[Doc]:
    """The English and Chinese passages of a text as spaCy Docs in its order, with the candidates for names in ``doc.spans["names"]``.

    >>> [doc] = parse("Halvard Lines has agreed to buy Dockwise Inc.")
    >>> [name.text for name in doc.spans["names"]], [token.text for token in doc if token.dep_ == "ROOT"]
    (['Halvard Lines', 'Dockwise Inc.'], ['agreed'])
    """
    from kg.gazetteer import Gazetteer

    extractor = Extractor(gazetteer or Gazetteer.load(), run="")
    found = [passage for passage in language.passages(text) if passage.kind == "prose" and passage.language in LANGUAGES]
    return [passage.doc for passage in extractor._parse(text, found)[0]]


def _unread(document: Document, languages: tuple[str, ...]) -> Problem:
    named = ", ".join(languages) or "no letters at all"
    reason = f"nothing was read: the text is in {named}, and only English and Chinese are read"
    return Problem(document.source or document.id, "extract", reason, document.key)


__all__ = ["DATA", "LANGUAGES", "Extractor", "load_rules", "load_user_rules", "parse", "version"]
