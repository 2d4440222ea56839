"""Annotated articles as a perfect reader would give them, to measure resolution alone.

Every name of an entity is a mention of its own: that two of them are one thing is for resolution to find out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

from kg.model import Certainty, Claim, DealKind, Document, Extraction, Mention, MentionType, Span, Stage, digest
from kg.vocab import RELATIONS, slug

if TYPE_CHECKING:
    from kg.evaluate.gold import Article, GoldClaim, GoldEntity

RULE = "gold"


def observed(article: Article, *, told_alike: bool = False) -> tuple[Document, Extraction]:
    """An article as Document and Extraction.

    With ``told_alike`` all names of an entity stand for its first one, as if the text said so.
    """
    document = Document(id=article.id, text=article.text, date=article.date)
    reading = _Reading(article, document)
    if told_alike:
        reading.tell_alike()
    claims = tuple(reading.claim(claim) for claim in article.claims)
    mentions = tuple(sorted(reading.mentions.values(), key=lambda mention: (mention.span, mention.id)))
    return document, Extraction(document.key, RULE, tuple(article.lang.split("+")), mentions, claims)


def occurrences(name: str, text: str) -> list[Span]:
    """Where a name stands in a text; a Latin one as whole words, if it does so anywhere."""
    whole = rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"
    return [Span(*found.span()) for found in re.finditer(whole, text)] or [Span(*found.span()) for found in re.finditer(re.escape(name), text)]


def quoted(quote: str, text: str) -> Span:
    """Code points of a gold quote, from its first part to its last."""
    at, start = 0, -1
    for part in quote.split(" … "):
        at = text.index(part, at)
        start = at if start < 0 else start
        at += len(part)
    return Span(start, at)


class _Reading:
    """The mentions of one article, and which of them stands for each entity."""

    def __init__(self, article: Article, document: Document) -> None:
        self.article, self.document = article, document
        self.mentions: dict[str, Mention] = {}
        self.roots: dict[str, str] = {}
        self.listed = {entity.id: entity for entity in article.entities if entity.type == "Deal"}
        self._find_names([entity for entity in article.entities if entity.names])

    def _find_names(self, named: Iterable[GoldEntity]) -> None:
        text = self.article.text
        taken: list[Span] = []
        named = list(named)
        for kind, name in sorted(((one.type, name) for one in named for name in one.names), key=lambda pair: -len(pair[1])):
            spans = [span for span in occurrences(name, text) if not any(span.overlaps(other) for other in taken)]
            for span in spans:
                self._add(span, kind)
            taken += spans
        for entity in named:
            first = next((spans[0] for name in entity.names if (spans := occurrences(name, text))), None)
            if first is not None:
                self.roots[entity.id] = self._add(first, entity.type)

    def _add(self, span: Span, kind: str, **rest: object) -> str:
        text = self.article.text[span.start : span.end]
        mention = Mention(Mention.make_id(span, kind), cast("MentionType", kind), span, text, RULE, **rest)  # type: ignore[arg-type]
        return self.mentions.setdefault(mention.id, mention).id

    def tell_alike(self) -> None:
        """Let further names of an entity stand for its first one."""
        for entity in self.article.entities:
            root = self.roots.get(entity.id)
            for mention in [one for one in self.mentions.values() if one.type == entity.type and one.text in entity.names[1:] and one.id != root]:
                self.mentions[mention.id] = Mention(mention.id, mention.type, mention.span, mention.text, RULE, antecedent=root)

    def claim(self, claim: GoldClaim) -> Claim:
        """A claim between mentions."""
        subject, value = (self.roots[end] if end in self.roots else self._deal(self.listed[end]) for end in (claim.s, claim.o))
        kind, about = RELATIONS[claim.p].deal, None
        if kind:
            told = [one for one in self.listed.values() if one.kind == kind and {claim.s, claim.o} <= set(one.parties)]
            about = self._deal(told[0]) if told else self._deal_between(kind, (claim.s, claim.o), None)
        return Claim(
            id=digest(self.document.key, claim.p, claim.s, claim.o, claim.source or "", claim.quote),
            relation=claim.p,
            subject=subject,
            object=value,
            evidence=(quoted(claim.quote, self.article.text),),
            rule=RULE,
            polarity="Positive" if claim.polarity == "+" else "Negative",
            certainty=cast("Certainty", claim.certainty.capitalize()),
            stage=cast("Stage", claim.stage.capitalize()) if claim.stage else None,
            about=about,
            source=self._source(claim.source) if claim.source else None,
        )

    def _deal(self, deal: GoldEntity) -> str:
        return self._deal_between(deal.kind, deal.parties, deal.id)

    def _deal_between(self, kind: str, parties: tuple[str, ...], identity: str | None) -> str:
        """Id of a mention that tells a deal; its words are those of the first claim between two of its parties."""
        roots = tuple(self.roots[party] for party in parties)
        for mention in self.mentions.values():
            if mention.type == "Deal" and mention.parties == roots and mention.deal == kind:
                return mention.id
        claims = [claim for claim in self.article.claims if {claim.s, claim.o} <= {*parties, identity}] or list(self.article.claims)
        span = quoted(claims[0].quote, self.article.text)
        while Mention.make_id(span, "Deal") in self.mentions:  # two deals told in the same words
            span = Span(span.start, span.end - 1)
        return self._add(span, "Deal", deal=cast("DealKind", kind), parties=roots)

    def _source(self, source: str) -> str:
        """Id of the mention of a source: an entity of the article, else words of its own (gold does not tell outlets from unnamed sources)."""
        for entity in self.article.entities:
            if source in entity.names and entity.id in self.roots:
                return self.roots[entity.id]
        at = max(0, self.article.text.casefold().find(source.casefold()))
        return self._add(Span(at, at + len(source)), "Source", source_kind="Unnamed", group=slug(source))


def entity_of(mentions: Mapping[str, str], extraction: Extraction) -> dict[tuple[str, str], str]:
    """Entity of each (type, name) of an article."""
    return {(mention.type, mention.text): mentions[mention.id] for mention in extraction.mentions if mention.id in mentions}
