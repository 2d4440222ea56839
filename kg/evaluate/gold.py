"""Articles annotated by hand: JSON Lines, one article a line."""

from __future__ import annotations

from pathlib import Path

import msgspec

from kg.errors import InputError
from kg.vocab import RELATIONS


class GoldEntity(msgspec.Struct, frozen=True):
    """A thing that an article speaks of; a Deal has a kind and parties (ids) in place of names."""

    id: str
    type: str
    names: tuple[str, ...] = ()
    kind: str = ""
    parties: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A name for messages."""
        return self.names[0] if self.names else "Deal"


class GoldClaim(msgspec.Struct, frozen=True):
    """A claim that an article makes; ends are ids of entities."""

    s: str
    p: str
    o: str
    quote: str
    polarity: str = "+"
    certainty: str = "certain"
    stage: str | None = None
    source: str | None = None

    @property
    def firm(self) -> bool:
        """Whether the triple itself may be written."""
        return self.polarity == "+" and self.certainty == "certain" and self.stage in (None, "completed")


class Article(msgspec.Struct, frozen=True):
    """An annotated article. ``pair`` is the id of the same article in the other language, with the same ids of entities."""

    id: str
    lang: str
    text: str
    entities: tuple[GoldEntity, ...]
    claims: tuple[GoldClaim, ...]
    pair: str | None = None
    date: str | None = None


def read_gold(path: Path) -> list[Article]:
    """The annotated articles of a JSON Lines file."""
    decode = msgspec.json.Decoder(Article).decode
    try:
        articles = [decode(line) for line in path.read_bytes().split(b"\n") if line.strip()]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; name a file of annotated articles") from error
    except msgspec.DecodeError as error:
        raise InputError(f"{path} is no file of annotated articles: {error}; see kg/sample/openai-pinterest.gold.jsonl for one") from error
    for article in articles:
        known = {entity.id for entity in article.entities}
        for claim in article.claims:
            if claim.p not in RELATIONS or not {claim.s, claim.o} <= known:
                raise InputError(f"{path}: article {article.id} claims {claim.s} {claim.p} {claim.o}; mend the relation or list the entity")
    return articles
