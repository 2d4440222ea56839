"""Names in a text and what speaks for their type: candidates with evidence, decided by one vote per article.

A candidate is found by its letters (capitals, Latin runs in Chinese, company endings), by spaCy's entity recogniser, or in the gazetteer.
Evidence is a weight for a type and the reason; words beside the name, its own words and the slots of patterns that it fills all speak.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from kg.extract.patterns import load_rules
from kg.gazetteer import normalise
from kg.model import NAMED_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.tokens import Doc, Span

    from kg.gazetteer import Gazetteer

OTHER = "Other"
"""The type of names that are no entity here: places, exchanges, dates, abbreviations."""
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
LISTED, AMBIGUOUS, ENDING, BESIDE, MIXED = 4.0, 1.0, 3.0, 2.0, 0.8
THRESHOLD = 0.7


class Evidence(NamedTuple):
    """That something speaks for a name being of a type."""

    name: str
    type: str
    weight: float
    reason: str


def words(name: str, language: str) -> frozenset[str]:
    """A bundled word list."""
    return load_rules().words(name, language)


# --- English ----------------------------------------------------------------------------------------------------------


def english_candidates(doc: Doc) -> list[Span]:
    """Capitalised runs and recognised entities, overlaps joined, as spans labelled by the recogniser or by nothing."""
    marked = [False] * len(doc)
    for token in doc:
        marked[token.i] = _capital(token)
    runs: list[Span] = []
    start = None
    for at in range(len(doc) + 1):
        inside = at < len(doc) and (marked[at] or _inner(doc, marked, at, start))
        if inside and start is None:
            start = at
        elif not inside and start is not None:
            runs += _trim_english(doc, start, at)
            start = None
    return runs


def _capital(token) -> bool:  # type: ignore[no-untyped-def]
    text = token.text
    if not any(char.isalpha() for char in text) or text.lower() in words("no_name", "en"):
        return False
    if token.pos_ == "PROPN" and text[0].isupper():
        return True
    mixed = (any(char.isupper() for char in text[1:]) and not text.isupper()) or bool(re.search(r"\w[·&]\w", text))
    if mixed:
        return True
    if not text[0].isupper():
        return False
    return bool(
        (not token.is_sent_start and token.pos_ not in ("PRON", "DET", "ADP", "SCONJ", "CCONJ", "AUX"))
        or (token.ent_type_ in ("ORG", "PERSON", "PRODUCT") and token.pos_ in ("NOUN", "ADJ"))
    )


def _inner(doc: Doc, marked: list[bool], at: int, start: int | None) -> bool:
    """Whether a sign or small word joins two capitalised ones: "AT&T", "GPT-V", "Bank of America"."""
    if start is None or at + 1 >= len(doc):
        return False
    token, following = doc[at], doc[at + 1]
    if (token.text in ("&", "-", "–", "'", "’", "+", "/") and not doc[at - 1].whitespace_ and not token.whitespace_) or token.text == "&":
        return marked[at + 1] or (following.text.isalnum() and not token.whitespace_)
    if token.like_num and doc[at - 1].whitespace_ and token.ent_type_ in ("PRODUCT", "ORG"):
        return True
    return (
        token.lower_ in ("of", "de", "van", "der", "von", "and")
        and token.ent_type_ in ("ORG", "PERSON")
        and token.ent_iob_ == "I"
        and (marked[at + 1] or following.ent_iob_ == "I")
    )


def _trim_english(doc: Doc, start: int, end: int) -> Iterator[Span]:
    """A run without titles, the possessive and stray signs, split where two entities meet."""
    from spacy.tokens import Span

    while start < end and (doc[start].lower_ in words("no_start", "en") or not doc[start].text[0].isalnum()):
        start += 1
    while end > start and (doc[end - 1].tag_ == "POS" or (not doc[end - 1].text[-1].isalnum() and not doc[end - 1].text.endswith((".", "!", "+")))):
        end -= 1
    if start >= end or (start + 1 == end and doc[start].is_sent_start and doc[end : end + 1].text in words("firm_noun", "en")):
        return  # "Chip maker Acme …" at the start of a headline
    cut = next(
        (
            at
            for at in range(start + 1, end)
            if doc[at].ent_iob_ == "B" and doc[at - 1].ent_iob_ != "O" and doc[at].ent_type_ != doc[at - 1].ent_type_
        ),
        None,
    )
    if cut is not None and doc[cut - 1].ent_type_ in ("NORP", "GPE", "DATE"):
        yield Span(doc, start, cut, label=doc[start].ent_type_)
        start = cut
    labels = [doc[at].ent_type_ for at in range(start, end) if doc[at].ent_type_]
    yield Span(doc, start, end, label=max(labels, key=lambda label: (labels.count(label), label)) if labels else "")


def english_evidence(doc: Doc) -> Iterator[Evidence]:
    """What an English text says about the types of its names."""
    for span in doc.spans["names"]:
        name = span.text
        for kind, weight in NER_WEIGHT.get(span.label_, {}).items():
            sure = kind != "Person" or len(span) > 1  # a firm of one odd word is often taken for a person
            yield Evidence(name, kind, weight if sure else weight / 3, f"recognised as {span.label_}")
        last, first = span[-1].lower_.rstrip("."), span[0].lower_
        lower = [token.lower_ for token in span]
        if last in words("company_ending", "en") and len(span) > 1:
            yield Evidence(name, "Company", ENDING, f"ends in {last}")
        if any(word in words("body_word", "en") for word in lower):
            yield Evidence(name, "Organization", ENDING + 0.5, "names a body")
        if re.search(r"[a-z][A-Z]|·", name) or (span[0].pos_ == "PROPN" and not span.label_):
            yield Evidence(name, "Company", MIXED, "spelt like a name")
        if len(span) > 0 and first in words("place", "en") and len(span) == 1:
            yield Evidence(name, OTHER, LISTED, "a place")
        yield from _beside(doc, span)


def _beside(doc: Doc, span: Span) -> Iterator[Evidence]:
    """What the words before and after a name call it: "retailer Acme", "Acme, a chip maker", "Mr Doe"."""
    before = [token for token in doc[max(span.sent.start, span.start - 2) : span.start] if not token.is_quote]
    near = before[-1] if before else None
    lists = (("Company", "firm_noun"), ("Product", "product_noun"), ("Person", "person_noun"), ("Organization", "body_noun"))
    for kind, listed in lists:
        nouns = words(listed, "en")
        if near is not None and near.pos_ in ("NOUN", "PROPN") and (near.lemma_.lower() in nouns or near.lower_ in nouns):
            yield Evidence(span.text, kind, BESIDE, f"called {near.text}")
        for child in span.root.children:
            if child.dep_ == "appos" and child.i >= span.end and child.lemma_.lower() in nouns:
                yield Evidence(span.text, kind, BESIDE, f"called {child.text}")
        head = span.root.head
        if span.root.dep_ == "appos" and head.lemma_.lower() in nouns and head.i < span.start:
            yield Evidence(span.text, kind, BESIDE, f"called {head.text}")
    yield from _company_it_keeps(doc, span)
    if span.start >= 1 and doc[span.start - 1].lower_ in ("in", "from", "at", "near", "across") and span.label_ in ("GPE", "LOC", "FAC"):
        yield Evidence(span.text, OTHER, 1.0, "stands as a place")
    if span.end < len(doc) and doc[span.end].lower_ == "-" and span.end + 1 < len(doc) and doc[span.end + 1].lower_ == "based":
        yield Evidence(span.text, OTHER, 3.0, "a place that something is based in")


def _company_it_keeps(doc: Doc, span: Span) -> Iterator[Evidence]:
    """What is said around a name that only firms, or only people, have: shares, a home town, an age, "who"."""
    after = [token.lower_ for token in doc[span.end : span.end + 3]]
    if after[:1] and after[0] in ("'s", "’s", "’", "'") and len(after) > 1 and after[1] in words("firm_property", "en"):
        yield Evidence(span.text, "Company", BESIDE, f"has {after[1]}")
    if after[:1] and after[0] in words("firm_property", "en"):
        yield Evidence(span.text, "Company", BESIDE / 2, f"has {after[0]}")
    before = [token.lower_ for token in doc[max(span.sent.start, span.start - 3) : span.start]]
    if before[-1:] == ["based"] or (before[-1:] in (["'s"], ["’s"]) and len(before) > 1 and doc[span.start - 2].ent_type_ == "GPE"):
        yield Evidence(span.text, "Company", BESIDE, "is of a place")
    if after[:2] == [",", "who"] or (after[:1] == [","] and len(after) > 2 and after[1].isdigit() and len(after[1]) == 2 and after[2] == ","):
        yield Evidence(span.text, "Person", BESIDE, "is a person")
    if after[:2] in ([",", "which"], [",", "whose"]):
        yield Evidence(span.text, "Company", BESIDE / 2, "is a thing")
    if span.root.dep_ in ("nsubj", "nsubjpass") and span.root.head.lemma_.lower() in words("firm_act", "en"):
        yield Evidence(span.text, "Company", BESIDE / 2, f"does {span.root.head.text}")


# --- Chinese ----------------------------------------------------------------------------------------------------------


def chinese_candidates(doc: Doc) -> list[Span]:
    """Latin runs, words in book or quotation marks behind a product noun, persons behind a title, and runs that end like a company."""
    from spacy.tokens import Span

    found = [
        Span(doc, start, end, label=label) for start, end, label in (*_latin(doc), *_endings(doc), *_persons(doc), *_quoted(doc), *_introduced(doc))
    ]
    return _longest(found)


def _latin(doc: Doc) -> Iterator[tuple[int, int, str]]:
    at = 0
    while at < len(doc):
        token = doc[at]
        if token.tag_ == "eng" and re.search(r"[A-Za-z]", token.text) and token.text.lower() not in words("no_name", "zh") | words("no_name", "en"):
            end = at + 1
            while (joined := _latin_goes_on(doc, end)) is not None:
                end = joined
            yield at, end, "LATIN"
            at = end
        at += 1


def _latin_goes_on(doc: Doc, end: int) -> int | None:
    """Where a Latin name ends that goes on behind a space: "Pell & Hyde"."""
    at = end
    while at < len(doc) and doc[at].text in (" ", "&"):
        at += 1
    goes_on = at > end and at < len(doc) and doc[at].tag_ == "eng" and re.search(r"[A-Za-z]", doc[at].text)
    return at + 1 if goes_on else None


def _endings(doc: Doc) -> Iterator[tuple[int, int, str]]:
    """科技, 集团, 银行 … with the short words before them that no grammar word is."""
    endings, bodies = words("company_ending", "zh"), words("body_word", "zh")
    for token in doc:
        text = token.text
        listed = next((ending for ending in (*endings, *bodies) if text == ending or (text.endswith(ending) and len(text) <= 8)), None)
        if listed is None or text in words("firm_noun", "zh"):
            continue
        start = token.i
        size = len(text)
        while start > 0 and size < 16 and _name_part(doc[start - 1]):
            start -= 1
            size += len(doc[start].text)
        while start < token.i and not _opens_name(doc[start]):
            size -= len(doc[start].text)
            start += 1
        if size - len(listed) >= 2 and _unusual(doc, start, token.i + 1):
            yield start, token.i + 1, "BODY" if listed in bodies else "FIRM"


def _unusual(doc: Doc, start: int, end: int) -> bool:
    """Whether a run that ends like a company is more than common words: a place, a Latin word, single signs, or a word unknown."""
    first = doc[start]
    if first.text in words("no_name", "zh"):
        return False
    stem = doc[start : end - 1] if end - start > 1 else doc[start:end]
    return any(token.tag_ in ("eng", "x", "nz", "nt", "ns", "nr", "nrt", "nrfg") or len(token.text) == 1 for token in stem)


def _opens_name(token) -> bool:  # type: ignore[no-untyped-def]
    """Whether a word can be the first of a firm's name: no verb, number, pronoun or common noun (持, 一间, 软件商)."""
    if token.tag_ in ("eng", "x", "ns", "nr", "nrt", "nrfg", "nz", "nt", "j"):
        return True
    return (len(token.text) == 1 and token.tag_[:1] in ("n", "a", "z", "g", "b", "t")) or (
        token.tag_ in ("n", "a", "z") and len(token.text) == 2 and token.text not in words("product_noun", "zh")
    )


def _name_part(token) -> bool:  # type: ignore[no-untyped-def]
    text = token.text
    if token.tag_ == "eng":
        return True
    if not re.fullmatch(r"[\u4e00-\u9fff（）()]+", text) or text in words("firm_noun", "zh") | words("grammar", "zh"):
        return False
    return (
        len(text) <= 3 and token.tag_[:1] in ("n", "x", "j", "g", "z", "b", "a", "q", "m", "t", "v", "l", "s") and token.tag_ not in ("uj", "v", "vn")
    ) or (len(text) == 1 and token.tag_[:1] not in ("p", "c", "u", "d", "r"))


def _persons(doc: Doc) -> Iterator[tuple[int, int, str]]:
    titles = words("person_noun", "zh")
    for token in doc:
        if token.text not in titles or token.i + 1 >= len(doc):
            continue
        at, size = token.i + 1, 0
        while (
            at < len(doc)
            and size < 4
            and re.fullmatch(r"[\u4e00-\u9fff]{1,3}", doc[at].text)
            and doc[at].tag_[:1] in ("n", "x", "a", "z", "b", "g", "j", "v", "t", "q")
            and doc[at].text not in words("grammar", "zh")
        ):
            if (size and size + len(doc[at].text) > 4) or (size >= 2 and doc[at].tag_[:1] == "v"):
                break
            size += len(doc[at].text)
            at += 1
        if 2 <= size <= 4 and doc[token.i + 1].text[0] in words("surname", "zh"):
            yield token.i + 1, at, "PERSON"
    for found in re.finditer(r"[\u4e00-\u9fff]{1,6}(?:[·•・][\u4e00-\u9fff]{1,6})+", doc.text):
        start = next(
            (doc.char_span(at, found.end()) for at in range(found.start(), found.start() + 6) if doc.char_span(at, found.end()) is not None), None
        )
        if start is not None:
            first = next((at for at in range(start.start, start.end) if doc[at].text not in words("grammar", "zh") | titles), start.start)
            dot = max(at for at in range(start.start, start.end) if doc[at].text in "·•・")
            last = next(
                (at for at in range(dot + 2, start.end) if doc[at].tag_[:1] in ("v", "d", "p") or doc[at].text in words("grammar", "zh")), start.end
            )
            yield first, last, "PERSON"


def _quoted(doc: Doc) -> Iterator[tuple[int, int, str]]:
    for token in doc:
        if token.text in "“《「" and token.text:
            close = next((at for at in range(token.i + 1, min(token.i + 9, len(doc))) if doc[at].text in "”》」"), None)
            before = doc[max(0, token.i - 1) : token.i].text
            after = doc[close + 1 : close + 2].text if close else ""
            if close and close > token.i + 1 and (before in words("product_noun", "zh") or after in words("product_noun", "zh")):
                yield token.i + 1, close, "PRODUCT"


def _introduced(doc: Doc) -> Iterator[tuple[int, int, str]]:
    """（以下简称“…”）and （…，600000.SH）."""
    for found in re.finditer(r"(?:以下)?简称[：:]?[“\"]?([\u4e00-\u9fffA-Za-z]{2,10})[”\"]?", doc.text):
        span = doc.char_span(*found.span(1))
        if span is not None:
            yield span.start, span.end, "FIRM"


def chinese_evidence(doc: Doc) -> Iterator[Evidence]:
    """What a Chinese text says about the types of its names."""
    labels = {
        "FIRM": ("Company", ENDING, "ends like a company"),
        "BODY": ("Organization", ENDING, "names a body"),
        "PERSON": ("Person", ENDING, "stands behind a title"),
        "PRODUCT": ("Product", ENDING, "a name in quotation marks"),
    }
    for span in doc.spans["names"]:
        if span.label_ in labels:
            kind, weight, reason = labels[span.label_]
            yield Evidence(span.text, kind, weight, reason)
        if span.label_ == "LATIN":
            yield Evidence(span.text, "Company", MIXED, "a Latin name")
        before = doc[max(0, span.start - 1) : span.start].text
        if before in ("(", "（", "“", "《") and span.start >= 2:
            before = doc[span.start - 2 : span.start - 1].text
        after = doc[span.end : span.end + 1].text
        for kind, listed in (("Company", "firm_noun"), ("Product", "product_noun"), ("Person", "person_noun")):
            if before in words(listed, "zh"):
                yield Evidence(span.text, kind, BESIDE, f"called {before}")
            if after in words(listed, "zh") and kind != "Person":
                yield Evidence(span.text, kind, BESIDE / 2, f"followed by {after}")


# --- both -------------------------------------------------------------------------------------------------------------


def _longest(spans: Iterable[Span]) -> list[Span]:
    """Spans without overlaps, the longest first, then the leftmost."""
    taken: set[int] = set()
    kept = []
    for span in sorted(spans, key=lambda span: (-len(span.text), span.start, span.label_)):
        if not taken & set(range(span.start, span.end)):
            taken |= set(range(span.start, span.end))
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def listed_names(doc: Doc, gazetteer: Gazetteer, language: str) -> Iterator[tuple[Span, str, bool]]:
    """Names of the gazetteer in a text, on token edges: span, type, whether the name is also a common word."""
    from spacy.tokens import Span

    by_first = _index(gazetteer, language)
    text = doc.text
    for token in doc:
        for name, kind, ambiguous in by_first.get(token.text[:2], ()):
            if text.startswith(name, token.idx):
                span = doc.char_span(token.idx, token.idx + len(name))
                if span is not None:
                    yield Span(doc, span.start, span.end, label="LISTED"), kind, ambiguous
                    break


_indexes: dict[tuple[int, str], dict[str, list[tuple[str, str, bool]]]] = {}


def _index(gazetteer: Gazetteer, language: str) -> dict[str, list[tuple[str, str, bool]]]:
    """Names by their first two letters, longest first."""
    key = (id(gazetteer), language)
    if key not in _indexes:
        index: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
        for one in ("en", "zh") if language == "zh" else ("en",):
            for name, entry in gazetteer.names(one):
                if entry.type in NAMED_TYPES:
                    index[name[:2]].append((name, entry.type, entry.ambiguous))
        for names in index.values():
            names.sort(key=lambda listed: (-len(listed[0]), listed))
        _indexes[key] = index
    return _indexes[key]


def find_names(doc: Doc, gazetteer: Gazetteer, language: str) -> list[Evidence]:
    """Put the candidates into ``doc.spans["names"]`` and give the evidence for their types."""
    candidates = english_candidates(doc) if language == "en" else chinese_candidates(doc)
    listed = list(listed_names(doc, gazetteer, language))
    doc.spans["names"] = _longest([*(span for span, _, _ in listed), *candidates])
    evidence = [Evidence(span.text, kind, AMBIGUOUS if ambiguous else LISTED, "in the gazetteer") for span, kind, ambiguous in listed]
    return evidence + list(english_evidence(doc) if language == "en" else chinese_evidence(doc))


def vote(evidence: Iterable[Evidence]) -> dict[str, str]:
    """The type of each name of an article; names that are no entity are left out. Short forms listen to their full name."""
    scores: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in evidence:
        scores[normalise(one.name)][one.type] += one.weight
    decided = {}
    for key in sorted(scores):
        total = dict(scores[key])
        for longer in scores:
            if longer != key and len(key) > 2 and longer.startswith(key + " "):
                for kind, weight in scores[longer].items():
                    total[kind] = total.get(kind, 0.0) + weight / 2
        kind, weight = max(total.items(), key=lambda scored: (round(scored[1], 3), -(*NAMED_TYPES, OTHER).index(scored[0])))
        if kind != OTHER and weight >= THRESHOLD:
            decided[key] = kind
    return decided
