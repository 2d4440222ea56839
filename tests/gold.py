"""Gold articles as the extractor would give them: what a perfect reading of the text puts into the later stages."""

from __future__ import annotations

import re
from typing import Any

from kg.model import Claim, Document, Extraction, Mention, Span, digest
from kg.vocab import RELATIONS, slug

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
    document = Document(id=row["id"], text=row["text"], date=row["date"])
    mentions, roots = _entities(row, told_alike)
    claims = [_claim(row, claim, document, mentions, roots) for claim in row["claims"]]
    ordered = sorted(mentions.values(), key=lambda mention: (mention.span, mention.id))
    return document, Extraction(document.key, "gold", tuple(row["lang"].split("+")), tuple(ordered), tuple(claims))


def _entities(row: Row, told_alike: bool) -> tuple[dict[str, Mention], dict[str, str]]:
    """Mentions by id, and the id of the mention that stands for each gold entity."""
    mentions: dict[str, Mention] = {}
    roots: dict[str, str] = {}
    taken: list[Span] = []
    named = [entity for entity in row["entities"] if "names" in entity]
    for kind, name in sorted(((one["type"], name) for one in named for name in one["names"]), key=lambda pair: -len(pair[1])):
        spans = [span for span in occurrences(name, row["text"]) if not any(span.overlaps(other) for other in taken)]
        for span in spans:
            _add(mentions, Mention(Mention.make_id(span, kind), kind, span, name, "gold"))
        taken += spans
    for entity in named:
        for name in entity["names"]:
            if entity["id"] not in roots and (spans := occurrences(name, row["text"])):
                roots[entity["id"]] = _add(mentions, Mention(Mention.make_id(spans[0], entity["type"]), entity["type"], spans[0], name, "gold"))
        for mention in list(mentions.values()):
            if told_alike and mention.type == entity["type"] and mention.text in entity["names"][1:] and mention.id != roots[entity["id"]]:
                mentions[mention.id] = Mention(mention.id, mention.type, mention.span, mention.text, "gold", antecedent=roots[entity["id"]])
    return mentions, roots


def _add(mentions: dict[str, Mention], mention: Mention) -> str:
    return mentions.setdefault(mention.id, mention).id


def occurrences(name: str, text: str) -> list[Span]:
    """Where a name stands in a text; a Latin one as whole words, if it does so anywhere."""
    whole = rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"
    return [Span(*found.span()) for found in re.finditer(whole, text)] or [Span(*found.span()) for found in re.finditer(re.escape(name), text)]


def _claim(row: Row, claim: Row, document: Document, mentions: dict[str, Mention], roots: dict[str, str]) -> Claim:
    evidence = quoted(claim["quote"], row["text"])
    listed = {one["id"]: one for one in row["entities"] if one["type"] == "Deal"}
    ends = [roots[end] if end in roots else _deal(row, listed[end], mentions, roots) for end in (claim["s"], claim["o"])]
    kind, about = RELATIONS[claim["p"]].deal, None
    if kind:
        told = [one for one in listed.values() if one["kind"] == kind and {claim["s"], claim["o"]} <= set(one["parties"])]
        about = _deal(row, told[0] if told else {"kind": kind, "parties": [claim["s"], claim["o"]]}, mentions, roots)
    return Claim(
        id=digest(document.key, claim["p"], claim["s"], claim["o"], claim["source"] or "", claim["quote"]),
        relation=claim["p"],
        subject=ends[0],
        object=ends[1],
        evidence=(evidence,),
        rule="gold",
        polarity="Positive" if claim["polarity"] == "+" else "Negative",
        certainty=claim["certainty"].capitalize(),
        stage=claim["stage"] and claim["stage"].capitalize(),
        about=about,
        source=claim["source"] and _source(row, claim["source"], mentions, roots),
    )


def _deal(row: Row, deal: Row, mentions: dict[str, Mention], roots: dict[str, str]) -> str:
    """Id of a mention that tells a deal; its words are those of the first claim between two of its parties."""
    parties = tuple(roots[party] for party in deal["parties"])
    for mention in mentions.values():
        if mention.type == "Deal" and mention.parties == parties and mention.deal == deal["kind"]:
            return mention.id
    claims = [claim for claim in row["claims"] if {claim["s"], claim["o"]} <= {*deal["parties"], deal.get("id")}] or row["claims"]
    span = quoted(claims[0]["quote"], row["text"])
    while Mention.make_id(span, "Deal") in mentions:  # two deals told in the same words
        span = Span(span.start, span.end - 1)
    text = row["text"][span.start : span.end]
    return _add(mentions, Mention(Mention.make_id(span, "Deal"), "Deal", span, text, "gold", deal=deal["kind"], parties=parties))


def _source(row: Row, source: str, mentions: dict[str, Mention], roots: dict[str, str]) -> str:
    """Id of the mention of a source: an entity of the article, else words of its own (gold does not tell outlets from unnamed sources)."""
    for entity in row["entities"]:
        if source in entity.get("names", ()):
            return roots[entity["id"]]
    at = row["text"].casefold().index(source.casefold())
    span = Span(at, at + len(source))
    text = row["text"][span.start : span.end]
    return _add(mentions, Mention(Mention.make_id(span, "Source"), "Source", span, text, "gold", source_kind="Unnamed", group=slug(source)))


def quoted(quote: str, text: str) -> Span:
    """Code points of a gold quote, from its first part to its last."""
    at, start = 0, -1
    for part in quote.split(" … "):
        at = text.index(part, at)
        start = at if start < 0 else start
        at += len(part)
    return Span(start, at)
