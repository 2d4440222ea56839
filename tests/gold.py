"""Gold articles as the extractor would give them: what a perfect reading of the text puts into the later stages."""

from __future__ import annotations

from typing import Any

import msgspec

from kg.evaluate.gold import Article
from kg.evaluate.perfect import observed as perfect
from kg.model import Document, Extraction
from kg.vocab import RELATIONS

Row = dict[str, Any]


def article(name: str, text: str, entities: dict[str, tuple[str, ...]], *claims: Row, date: str | None = None, lang: str = "en") -> Row:
    """A gold row in few words. Entities are (type, name, …), deals ("Deal", kind, party, …); a claim's quote is the whole text if not given."""
    listed: list[Row] = []
    for key, (kind, *rest) in entities.items():
        listed.append({"id": key, "type": kind} | ({"kind": rest[0], "parties": rest[1:]} if kind == "Deal" else {"names": rest}))
    return {"id": name, "text": text, "lang": lang, "date": date, "entities": listed, "claims": [{"quote": text} | claim for claim in claims]}


def says(triple: str, certainty: str = "certain", *, polarity: str = "+", source: str | None = None, **rest: str) -> Row:
    """A gold claim: "h acquires t"; one of a deal is announced if no stage is given."""
    subject, relation, target = triple.split()
    stage = rest.pop("stage", "announced" if RELATIONS[relation].deal else None)
    return {"s": subject, "p": relation, "o": target, "polarity": polarity, "certainty": certainty, "stage": stage, "source": source} | rest


def observed(row: Row, *, told_alike: bool = True) -> tuple[Document, Extraction]:
    """A gold row as Document and Extraction.

    With ``told_alike`` all names of an entity stand for its first one, as if the text said so; else every name is on its own and resolution has to
    find out.
    """
    return perfect(msgspec.convert(row, Article), told_alike=told_alike)
