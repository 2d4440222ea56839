"""English names: runs of capitalised words and recognised entities, and what their words and their company say of their type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kg.extract.evidence import BESIDE, ENDING, LISTED, MIXED, OTHER, Evidence
from kg.extract.patterns import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Span, Token

NER_WEIGHT = {
    "ORG": {"Company": 1.0, "Organization": 0.2},
    "PERSON": {"Person": 1.2},
    "PRODUCT": {"Product": 1.2},
    "WORK_OF_ART": {"Product": 0.3},
    "GPE": {OTHER: 1.3}, "LOC": {OTHER: 1.3}, "NORP": {OTHER: 2.0}, "FAC": {OTHER: 0.8}, "EVENT": {OTHER: 1.0}, "LAW": {OTHER: 1.5},
    "DATE": {OTHER: 2.5}, "TIME": {OTHER: 2.5}, "MONEY": {OTHER: 2.5}, "PERCENT": {OTHER: 2.5}, "ORDINAL": {OTHER: 2.5}, "CARDINAL": {OTHER: 2.0},
    "QUANTITY": {OTHER: 2.5}, "LANGUAGE": {OTHER: 2.0},
}  # fmt: skip
"""What spaCy's labels are worth: the small model finds names well and types them badly (OpenAI as a place)."""
CALLED = (("Company", "firm_noun"), ("Product", "product_noun"), ("Person", "person_noun"), ("Organization", "body_noun"))
"""Types, and the lists of nouns that say them beside a name."""

NAME_SIGNS = frozenset({"&", "-", "–", "'", "’", "+", "/"})
NAME_PARTICLES = frozenset({"of", "de", "van", "der", "von", "and"})
FINAL_SIGNS = (".", "!", "+")
"""Signs that a name may end in."""
POSSESSIVE = frozenset({"'s", "’s", "’", "'"})
PLACE_PREPOSITIONS = frozenset({"in", "from", "at", "near", "across"})
PLACE_LABELS = frozenset({"GPE", "LOC", "FAC"})
NO_NAME_POS = frozenset({"PRON", "DET", "ADP", "SCONJ", "CCONJ", "AUX"})
NAME_LABELS = frozenset({"ORG", "PERSON", "PRODUCT"})
MODIFIER_LABELS = frozenset({"NORP", "GPE", "DATE"})
"""Entities that only stand before a name and are none of it: "German", "London", "Monday"."""

_SIGN_INSIDE = re.compile(r"\w[·&]\w")
_CAMEL = re.compile(r"[a-z][A-Z]|·")


# --- candidates -------------------------------------------------------------------------------------------------------


def candidates(doc: Doc) -> list[Span]:
    """Capitalised runs without overlaps, as spans labelled by the recogniser or by nothing."""
    capital = [_is_capital(token) for token in doc]
    runs: list[Span] = []
    start = None
    for at in range(len(doc) + 1):
        inside = at < len(doc) and (capital[at] or (start is not None and _joins(doc, capital, at)))
        if inside and start is None:
            start = at
        elif not inside and start is not None:
            runs += _trimmed(doc, start, at)
            start = None
    return runs


def _is_capital(token: Token) -> bool:
    """Whether a word is written like a name or a part of one."""
    text = token.text
    if not any(char.isalpha() for char in text) or text.lower() in words("no_name", "en"):
        return False
    if _is_mixed(text):
        return True
    if not text[0].isupper():
        return False
    if token.pos_ == "PROPN" or (token.ent_type_ in NAME_LABELS and token.pos_ in ("NOUN", "ADJ")):
        return True
    return not token.is_sent_start and token.pos_ not in NO_NAME_POS


def _is_mixed(text: str) -> bool:
    """Whether a word has capitals inside ("iPhone", but "ACME" has not), or a sign ("AT&T")."""
    return (any(char.isupper() for char in text[1:]) and not text.isupper()) or _SIGN_INSIDE.search(text) is not None


def _joins(doc: Doc, capital: list[bool], at: int) -> bool:
    """Whether a sign, figure or small word joins two capitalised ones: "AT&T", "GPT-V", "Bank of America"."""
    if at + 1 >= len(doc):
        return False
    token, following = doc[at], doc[at + 1]
    after_space = bool(doc[at - 1].whitespace_)
    before_space = bool(token.whitespace_)
    if token.text == "&" or (token.text in NAME_SIGNS and not after_space and not before_space):
        return capital[at + 1] or (following.text.isalnum() and not before_space)
    if token.like_num and after_space and token.ent_type_ in ("PRODUCT", "ORG"):
        return True
    if token.text == "AI" and capital[at - 1] and following.pos_ not in ("NOUN", "PROPN"):
        return True  # "Acme AI said", but not "Acme AI models"
    is_inside_entity = token.ent_type_ in ("ORG", "PERSON") and token.ent_iob_ == "I"
    return token.lower_ in NAME_PARTICLES and is_inside_entity and (capital[at + 1] or following.ent_iob_ == "I")


def _trimmed(doc: Doc, start: int, end: int) -> Iterator[Span]:
    """A run without titles, the possessive and stray signs, split where two entities meet."""
    from spacy.tokens import Span

    while start < end and _is_no_start(doc[start]):
        start += 1
    while end > start and _is_no_end(doc[end - 1]):
        end -= 1
    if start >= end or _opens_description(doc, start, end):
        return
    cut = _entity_edge(doc, start, end)
    if cut is not None and doc[cut - 1].ent_type_ in MODIFIER_LABELS:
        yield Span(doc, start, cut, label=doc[start].ent_type_)
        start = cut
    labels = [token.ent_type_ for token in doc[start:end] if token.ent_type_]
    yield Span(doc, start, end, label=max(labels, key=lambda label: (labels.count(label), label), default=""))


def _is_no_start(token: Token) -> bool:
    return token.lower_ in words("no_start", "en") or not token.text[0].isalnum()


def _is_no_end(token: Token) -> bool:
    return token.tag_ == "POS" or not (token.text[-1].isalnum() or token.text.endswith(FINAL_SIGNS))


def _opens_description(doc: Doc, start: int, end: int) -> bool:
    """Whether a run is the first word of a headline that describes a firm: "Chip maker Acme …"."""
    return start + 1 == end and bool(doc[start].is_sent_start) and doc[end : end + 1].text in words("firm_noun", "en")


def _entity_edge(doc: Doc, start: int, end: int) -> int | None:
    """Where a recognised entity ends and another one of another type begins."""
    for at in range(start + 1, end):
        before, token = doc[at - 1], doc[at]
        if token.ent_iob_ == "B" and before.ent_iob_ != "O" and token.ent_type_ != before.ent_type_:
            return at
    return None


# --- evidence ---------------------------------------------------------------------------------------------------------


def evidence(doc: Doc) -> Iterator[Evidence]:
    """What an English text says about the types of its names."""
    for span in doc.spans["names"]:
        yield from _recognised(span)
        yield from _own_words(span)
        yield from _called(doc, span)
        yield from _possessions(doc, span)
        yield from _apposition(doc, span)
        yield from _place(doc, span)


def _recognised(span: Span) -> Iterator[Evidence]:
    """What the entity recogniser says."""
    for kind, weight in NER_WEIGHT.get(span.label_, {}).items():
        unsure = kind == "Person" and len(span) == 1  # a firm of one odd word is often taken for a person
        yield Evidence(span.text, kind, weight / 3 if unsure else weight, f"recognised as {span.label_}")


def _own_words(span: Span) -> Iterator[Evidence]:
    """What the words and letters of a name say."""
    last = span[-1].lower_.rstrip(".")
    if len(span) > 1 and last in words("company_ending", "en"):
        yield Evidence(span.text, "Company", ENDING, f"ends in {last}")
    if any(token.lower_ in words("body_word", "en") for token in span):
        yield Evidence(span.text, "Organization", ENDING + 0.5, "names a body")
    if _CAMEL.search(span.text) or (span[0].pos_ == "PROPN" and not span.label_):
        yield Evidence(span.text, "Company", MIXED, "spelt like a name")
    if len(span) == 1 and span[0].lower_ in words("place", "en"):
        yield Evidence(span.text, OTHER, LISTED, "a place")


def _called(doc: Doc, span: Span) -> Iterator[Evidence]:
    """What the words before and after a name call it: "retailer Acme", "Acme, a chip maker", "Mr Doe"."""
    before = [token for token in doc[max(span.sent.start, span.start - 2) : span.start] if not token.is_quote]
    near = before[-1] if before else None
    root = span.root
    for kind, listed in CALLED:
        nouns = words(listed, "en")
        if near is not None and _is_listed_noun(near, nouns):
            yield Evidence(span.text, kind, BESIDE, f"called {near.text}")
        for child in root.children:
            if child.dep_ == "appos" and child.i >= span.end and child.lemma_.lower() in nouns:
                yield Evidence(span.text, kind, BESIDE, f"called {child.text}")
        if root.dep_ == "appos" and root.head.i < span.start and root.head.lemma_.lower() in nouns:
            yield Evidence(span.text, kind, BESIDE, f"called {root.head.text}")


def _is_listed_noun(token: Token, nouns: frozenset[str]) -> bool:
    return token.pos_ in ("NOUN", "PROPN") and (token.lemma_.lower() in nouns or token.lower_ in nouns)


def _possessions(doc: Doc, span: Span) -> Iterator[Evidence]:
    """What is said around a name that only firms have or do: shares, a home town, a takeover."""
    properties = words("firm_property", "en")
    first, second = _lower(doc, span.end), _lower(doc, span.end + 1)
    if first in POSSESSIVE and second in properties:
        yield Evidence(span.text, "Company", BESIDE, f"has {second}")
    if first in properties:
        yield Evidence(span.text, "Company", BESIDE / 2, f"has {first}")
    if _comes_from_place(doc, span):
        yield Evidence(span.text, "Company", BESIDE, "is of a place")
    verb = span.root.head
    if span.root.dep_ in ("nsubj", "nsubjpass") and verb.lemma_.lower() in words("firm_act", "en"):
        yield Evidence(span.text, "Company", BESIDE / 2, f"does {verb.text}")


def _lower(doc: Doc, at: int) -> str:
    """The word at a place, "" behind the end."""
    return doc[at].lower_ if at < len(doc) else ""


def _comes_from_place(doc: Doc, span: Span) -> bool:
    """Whether a place before a name says where it is from: "London-based Acme", "Germany's Acme"."""
    before = doc[max(span.sent.start, span.start - 3) : span.start]
    if len(before) == 0:
        return False
    if before[-1].lower_ == "based":
        return True
    return before[-1].lower_ in ("'s", "’s") and len(before) > 1 and before[-2].ent_type_ == "GPE"


def _apposition(doc: Doc, span: Span) -> Iterator[Evidence]:
    """What a comma behind a name brings: an age or "who" for people, "which" for things."""
    first, second, third = (_lower(doc, span.end + step) for step in range(3))
    if first != ",":
        return
    is_age = second.isdigit() and len(second) == 2 and third == ","
    if second == "who" or is_age:
        yield Evidence(span.text, "Person", BESIDE, "is a person")
    if second in ("which", "whose"):
        yield Evidence(span.text, "Company", BESIDE / 2, "is a thing")


def _place(doc: Doc, span: Span) -> Iterator[Evidence]:
    """What says that a name is a place: "in Harrow", "Harrow-based"."""
    if span.start >= 1 and doc[span.start - 1].lower_ in PLACE_PREPOSITIONS and span.label_ in PLACE_LABELS:
        yield Evidence(span.text, OTHER, 1.0, "stands as a place")
    if _lower(doc, span.end) == "-" and _lower(doc, span.end + 1) == "based":
        yield Evidence(span.text, OTHER, 3.0, "a place that something is based in")
