"""What words seem to claim and do not: who sells is no buyer, what is sold no product of the house, who has left leads no more."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from kg.extract.patterns import words
from kg.extract.phrases_zh import clause_bounds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spacy.tokens import Doc, Token
    from spacy.tokens import Span as SpacySpan

    from kg.extract.article import Article
    from kg.extract.passage import Passage
    from kg.model import Claim, Mention, Span

RECEIVING_ZH = frozenset({"向", "给", "对", "与"})
TAKING_ZH = frozenset({"将", "把"})
OWN_ZH = frozenset({"所", "其", "全部", "持有"})
"""Begin what a seller had, once it was named: 出售所持全部股权."""
_BOUGHT_FROM = re.compile(r"(?:(?!\b(?:offers?|bids?|proposals?|approach|letter)\b)[^.;\n])* from <?", re.IGNORECASE)
"""In English between what was bought and whose it was."""
_HELD_ZH = re.compile(r"[”」》]?(?:所持|手中的|(?:直接|间接|合计)?持有的)[^，。；、！？\n]{0,16}")
"""Between a holder and what it has held so far."""
TITLE = 16
"""Code points before a person in which a title ends."""


@cache
def _owns() -> re.Pattern[str]:
    """Behind a firm in English: a part of it."""
    return re.compile(rf"['’]s?(?: <[^<>\n]{{1,9}}>)? (?:[\w-]+ ){{0,4}}?(?:{_any_of('part_noun', 'en')})\b")


@cache
def _leaves() -> re.Pattern[str]:
    """Behind a person: that the post is given up."""
    return re.compile(rf"[^，。；\n]{{0,16}}(?:{_any_of('leave_verb', 'zh')})(?!传闻)|[^.;\n]{{0,40}}\b(?:{_any_of('leave_verb', 'en')})\b")


@cache
def _no_head() -> re.Pattern[str]:
    """Before a person: a post that does not lead."""
    return re.compile(rf"(?:{_any_of('minor_post', 'zh')})[、兼]?$|\bvice[- ]\w+ $", re.IGNORECASE)


def _any_of(name: str, language: str) -> str:
    """A regular expression for the words of a list, the longest first."""
    return "|".join(map(re.escape, sorted(words(name, language), key=lambda word: (-len(word), word))))


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
    """Whether words say that one mention has held the other so far (X持有的Y, X所持Y, "Y from X"): whoever buys that is another one."""
    ends, between = ((holder.end, other.start), _HELD_ZH) if passage.language == "zh" else ((other.end, holder.start), _BOUGHT_FROM)
    start, end = (at - passage.offset for at in ends)
    return start <= end and bool(between.fullmatch(passage.doc.text, start, end))


def is_misread(article: Article, relation: str, subject: Mention, other: Mention, sentence: Span) -> bool:
    """Whether a sentence says what keeps it from claiming this."""
    match relation:
        case "acquires":
            return _has_held(article, subject, other, sentence) or _is_owner(article, other)
        case "offers":
            return _is_sold(article, subject, other, sentence)
        case "leads":
            return _leads_no_more(article, subject)
    return False


def _has_held(article: Article, subject: Mention, other: Mention, sentence: Span) -> bool:
    """Whether the subject has held the other so far, by whatever name it is called there: whoever buys that is another one."""
    passage, _ = article.place_of(sentence)
    key = article.key(subject)
    spans = (place.mention.span for place in article.named if place.mention.span in sentence and article.key(place.mention) == key)
    return any(held_by(passage, span, other.span) for span in spans)


def _is_owner(article: Article, bought: Mention) -> bool:
    """Whether what seems to be bought is a firm of which a part is: "Acme's pump division"."""
    return bought.type == "Company" and bool(_owns().match(article.text, bought.span.end))


def _is_sold(article: Article, subject: Mention, other: Mention, sentence: Span) -> bool:
    """Whether somebody else buys the other from the subject: then that is no product on offer ("Acme sold WXYZ to Bolt")."""
    ends = (article.key(subject), article.key(other))
    bought = (article.triple_of(one.claim)[1:] for one in article.claims if one.claim.relation == "acquires" and sentence in one.claim.evidence)
    return any(target == ends[1] and buyer != ends[0] for buyer, target in bought)


def _leads_no_more(article: Article, person: Mention) -> bool:
    """Whether somebody leaves a post, or has one that does not lead (annotation guidelines 12 and 32)."""
    before = article.text[max(0, person.span.start - TITLE) : person.span.start]
    return bool(_leaves().match(article.text, person.span.end) or _no_head().search(before))


def parted(article: Article, claims: Iterable[Claim]) -> set[str]:
    """Ids of the claims that somebody has what somebody else has bought meanwhile (annotation guideline 9)."""
    had = []
    buyers: dict[str, set[str]] = defaultdict(set)
    for one in claims:
        _, subject, thing = article.triple_of(one)
        if one.relation in ("hasSubsidiary", "hasAsset"):
            had.append((one.id, subject, thing))
        elif one.relation == "acquires" and (one.stage, one.polarity, one.certainty) == ("Completed", "Positive", "Certain"):
            buyers[thing].add(subject)
    return {claim for claim, subject, thing in had if buyers[thing] - {subject}}
