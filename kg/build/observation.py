"""What was observed in each document, extracted once and kept in a file of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from kg.build.files import lines, sha256, write
from kg.config import Settings
from kg.errors import KGError
from kg.gazetteer import Gazetteer
from kg.model import Document, Extraction, Problem, Record, digest, read_jsonl, to_json
from kg.vocab import ontology_folder

if TYPE_CHECKING:
    from kg.extract import Extractor

log = logging.getLogger(__name__)


class Observation(NamedTuple):
    """A document with what was extracted from it, as it is kept in a file of its own."""

    document: Document
    extraction: Extraction | None
    """None when extraction failed; the problems say why."""
    problems: tuple[Problem, ...]


def observe(settings: Settings, stamp: str, document: Document) -> bytes:
    """What is found in one document, as lines of JSON, under settings whose lists and code have this stamp; the extractor is kept for the next one.

    Lines, because values that went from one process to another may not be written alike.
    """
    [one] = extract([document], _extractor(settings, stamp))
    return lines((one.document, one.extraction, *one.problems))


@lru_cache(maxsize=1)
def _extractor(settings: Settings, stamp: str) -> Extractor:
    return open_extractor(settings, kept_gazetteer(settings, stamp))


@lru_cache(maxsize=1)
def kept_gazetteer(settings: Settings, stamp: str) -> Gazetteer:
    """The lists of these settings, the last ones kept; the stamp tells when they changed."""
    return open_gazetteer(settings)


def open_gazetteer(settings: Settings) -> Gazetteer:
    """The lists that these settings name."""
    return Gazetteer.load([Path(path) for path in settings.gazetteer], names=settings.use_gazetteer)


def open_extractor(settings: Settings, gazetteer: Gazetteer | None = None) -> Extractor:
    """An extractor for these settings; loads spaCy."""
    from kg.extract import Extractor, load_user_rules

    users = load_user_rules(map(Path, settings.patterns))
    return Extractor(gazetteer or open_gazetteer(settings), settings.run_hash(), users=users, claims=settings.claims)


def extract(documents: Iterable[Document], extractor: Extractor) -> Iterator[Observation]:
    """What is found in each document, in the order given. One that makes the extractor fail becomes a problem and stops nothing.

    Raises OSError when files that the extractor needs cannot be used.
    """
    for document in documents:
        try:
            records = [record for _, record in extractor.extract([document])]
        except OSError:  # a full disk or a missing model is no fault of the document
            raise
        except Exception as error:
            log.debug("extraction of %s failed", document.id, exc_info=True)
            reason = f"nothing was extracted, {type(error).__name__}: {error}; please report it with the text"
            records = [Problem(source=document.source or document.id, stage="extract", reason=reason, document=document.key)]
        extraction = next((record for record in records if isinstance(record, Extraction)), None)
        yield Observation(document, extraction, tuple(record for record in records if isinstance(record, Problem)))


def observe_all(
    documents: Mapping[str, Document],
    kept: Mapping[str, Path],
    found: Callable[[Sequence[Document]], Iterable[bytes]],
    progress: Callable[[int, int], None] | None,
) -> list[Observation]:
    """An observation of each document, in the order of ``kept``; what is not kept yet is found and then kept."""
    observed: dict[str, Observation] = {}
    for key, path in kept.items():
        one = parse(path.read_bytes()) if path.is_file() else None
        if one and one.extraction and said(one.document) == said(documents[key]):
            observed[key] = one
    missing = [documents[key] for key in kept if key not in observed]
    log.info("%d documents, %d to extract", len(documents), len(missing))
    if progress and missing:
        progress(0, len(missing))
    for done, (document, told) in enumerate(zip(missing, found(missing), strict=True), 1):
        write(kept[document.key], told)
        observed[document.key] = parse(told) or Observation(document, None, ())
        if progress:
            progress(done, len(missing))
    return [observed[key] for key in kept]


def parse(content: bytes) -> Observation | None:
    """A kept observation, None if this holds no document. Lines that another version wrote and this one cannot read are as if missing."""
    records = list[Record]()
    for line in content.splitlines():
        try:
            records += read_jsonl([line])
        except KGError as error:
            log.info("passed over: %s", error)
    documents = [record for record in records if isinstance(record, Document)]
    extraction = next((record for record in records if isinstance(record, Extraction)), None)
    problems = tuple(record for record in records if isinstance(record, Problem))
    return Observation(documents[0], extraction, problems) if len(documents) == 1 else None


def said(document: Document | None) -> Document | None:
    """The document without the place that it was read from."""
    return document and msgspec.structs.replace(document, source="")


def file_name(document: Document, stamp: str) -> str:
    """Name of a document's observation: its key, and a hash of all that the extraction depends on."""
    return f"{document.key}-{digest(to_json(said(document) or document).decode(), stamp)}.jsonl"


def stamp_of(settings: Settings) -> str:
    """Hash of all that an extraction depends on besides the document; of code and data too, which in a checkout change without a new version."""
    from kg.extract import version

    package, ontology = Path(__file__).parent.parent, ontology_folder()
    files = (package / "language.py", package / "boilerplate.toml", ontology / "gazetteer.ttl", ontology / "concepts.ttl")
    return digest(settings.run_hash(), version(), *map(sha256, files))
