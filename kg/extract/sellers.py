"""Who sells is no buyer, and what is sold no product of the house."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kg.extract.patterns import words
from kg.extract.phrases_zh import clause_bounds

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token
    from spacy.tokens import Span as SpacySpan

    from kg.extract.article import Article
    from kg.extract.passage import Passage
    from kg.model import Mention, Span

RECEIVING_ZH = frozenset({"向", "给", "对", "与"})
TAKING_ZH = frozenset({"将", "把"})
OWN_ZH = frozenset({"所", "其", "全部", "持有"})
"""Begin what a seller had, once it was named: 出售所持全部股权."""
_HELD_ZH = re.compile(r"[”」》]?(?:所持|手中|(?:直接|间接|合计)?持有的)[^，。；、！？\n]{0,16}")
"""Between a holder and what it has held so far."""


def sells(passage: Passage, subject: Span, other: Span) -> bool:
    """Whether one mention is said to sell, or to have sold, the other (code points): then it is not its buyer."""
    spans = [passage.doc.char_span(one.start - passage.offset, one.end - passage.offset) for one in (subject, other)]
    seller, sold = spans
    if seller is None or sold is None:
        return False
    return _sells_en(seller.root, sold.root) if passage.language == "en" else _sells_zh(passage.doc, seller, sold)


def _sells_en(seller: Token, sold: Token) -> bool:
    """A sells C, A agrees to sell C, C is sold by A."""
    above = list(sold.ancestors)
    joint = next((token for token in (seller, *seller.ancestors) if token in above), None)
    path = above[: above.index(joint) + 1] if joint is not None else []
    verb = next((token for token in path if token.lemma_.lower() in words("sell_verb", "en")), None)
    if verb is None:
        return False
    is_passive = any(child.dep_ == "nsubjpass" for child in verb.children)
    return seller.head.dep_ == "agent" if is_passive else seller.i < verb.i < sold.i


def _sells_zh(doc: Doc, seller: SpacySpan, sold: SpacySpan) -> bool:
    """A出售C, A将C出售, "…C,A出售所持股权" and 交易对方为A sell; in A向B出售C it is not B who does."""
    if seller.start and doc[seller.start - 1].text in RECEIVING_ZH:
        return False
    selling = words("sell_verb", "zh")
    if any(token.text in words("seller_noun", "zh") for token in doc[clause_bounds(doc, seller.start)[0] : seller.start]):
        return True
    if sold.start < seller.end:
        return doc[seller.end : seller.end + 1].text in selling and doc[seller.end + 1 : seller.end + 2].text in OWN_ZH
    between = {token.text for token in doc[seller.end : sold.start]}
    after = (token.text.removesuffix("给") for token in doc[sold.end : clause_bounds(doc, sold.end - 1)[1]])
    return bool(between & selling) or (bool(between & TAKING_ZH) and not selling.isdisjoint(after))


def held_by(passage: Passage, holder: Span, other: Span) -> bool:
    """Whether Chinese words say that one mention has held the other so far (X持有的Y, X所持Y): whoever buys that is another one."""
    start, end = (at - passage.offset for at in (holder.end, other.start))
    return passage.language == "zh" and start <= end and bool(_HELD_ZH.fullmatch(passage.doc.text, start, end))


def is_holder(article: Article, subject: Mention, other: Mention, sentence: Span) -> bool:
    """Whether a sentence says that the subject has held the other so far, by whatever name it is called there: whoever buys that is another one."""
    passage, _ = article.place_of(sentence)
    key = article.key(subject)
    spans = (place.mention.span for place in article.named if place.mention.span in sentence and article.key(place.mention) == key)
    return any(held_by(passage, span, other.span) for span in spans)


def is_sold(article: Article, subject: Mention, other: Mention, sentence: Span) -> bool:
    """Whether a sentence says that somebody else buys the other from the subject: then that is no product on offer ("Acme sold WXYZ to Bolt")."""
    ends = (article.key(subject), article.key(other))
    bought = (article.triple_of(one.claim)[1:] for one in article.claims if one.claim.relation == "acquires" and sentence in one.claim.evidence)
    return any(target == ends[1] and buyer != ends[0] for buyer, target in bought)
