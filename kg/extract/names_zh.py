"""Chinese names: Latin runs, words that end like a firm, persons behind a title, quoted products, and what stands beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kg.extract.evidence import BESIDE, ENDING, MIXED, Evidence
from kg.extract.grammar import text_of
from kg.extract.patterns import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Span, Token

    Candidate = tuple[int, int, str]
    """Tokens from and to, and a label."""

OPENING_QUOTES, CLOSING_QUOTES = frozenset("“《「"), frozenset("”》」")
OPENING = frozenset({"(", "（", "“", "《"})
DOTS = frozenset("·•・")
LONGEST_ENDING, LONGEST_STEM, LONGEST_PERSON = 8, 16, 4
"""Characters: of one word that ends like a firm, of a run that is still lengthened, of a person's name."""
QUOTED_TOKENS = 9
"""Tokens within which a quotation mark must close."""

# jieba's flags: n noun, a adjective, v verb, m number, d adverb, x unknown …; ns, nt, nz, nr name places, bodies, things, people
LATIN_FLAG = "eng"
KINDS_OF_CAPITAL = frozenset({"注册资本", "社会资本", "风险资本", "产业资本", "国有资本"})
"""Words that end like a firm's name and are none."""
LONGEST_SHORT_FORM = 4
"""Characters of a firm's name without its ending."""
BEFORE_FIRM = frozenset('与和、，,。；：:由对向被称据“”"（(')
"""Signs and words beside which a firm's name stands free."""
ACTING_FLAGS = frozenset("vd")
"""First letters of the flags of what a firm does: verbs, and adverbs before them."""
NAME_FLAGS = frozenset({"eng", "x", "ns", "nr", "nrt", "nrfg", "nz", "nt"})
OPENING_FLAGS = NAME_FLAGS | {"j"}
OPENING_SIGN_FLAGS = frozenset("nazgbt")
"""First letters of flags of single characters that can open a firm's name."""
OPENING_WORD_FLAGS = frozenset({"n", "a", "z"})
INNER_FLAGS = frozenset("nxjgzbaqmtvls")
VERBAL_FLAGS = frozenset({"uj", "v", "vn"})
FUNCTION_FLAGS = frozenset("pcudr")
PERSON_FLAGS = frozenset("nxazbgjvtq")
AFTER_PERSON_FLAGS = frozenset("vdp")

LABEL_EVIDENCE = {
    "FIRM": ("Company", ENDING, "ends like a company"),
    "BODY": ("Organization", ENDING, "names a body"),
    "PERSON": ("Person", ENDING, "stands behind a title"),
    "PRODUCT": ("Product", ENDING, "a name in quotation marks"),
    "LATIN": ("Company", MIXED, "a Latin name"),
}
CALLED = (("Company", "firm_noun"), ("Product", "product_noun"), ("Person", "person_noun"))
"""Types, and the lists of nouns that say them beside a name."""

_LETTER = re.compile("[A-Za-z]")
_HAN_OR_BRACKET = re.compile("[\u4e00-\u9fff（）()]+")
_SHORT_HAN = re.compile("[\u4e00-\u9fff]{1,3}")
_FOREIGN_PERSON = re.compile("[\u4e00-\u9fff]{1,6}(?:[·•・][\u4e00-\u9fff]{1,6})+")
_SHORT_FORM = re.compile('(?:以下)?简称[：:]?[“"]?([\u4e00-\u9fffA-Za-z]{2,10})[”"]?')


# --- candidates -------------------------------------------------------------------------------------------------------


def candidates(doc: Doc) -> Iterator[Span]:
    """Spans labelled by what makes them names; they may overlap."""
    from spacy.tokens import Span

    latin = list(_latin(doc))
    describes = {start for start, _, _ in latin}
    firms = [firm for firm in _firms(doc) if firm[1] not in describes]  # 航运公司Acme only says what Acme is
    others = [found for find in (_titled_persons, _foreign_persons, _quoted_products, _short_forms) for found in find(doc)]
    for start, end, label in (*latin, *firms, *others, *_said_again(doc, [*firms, *others])):
        yield Span(doc, start, end, label=label)


def _said_again(doc: Doc, found: list[Candidate]) -> Iterator[Candidate]:
    """Where names that were found stand again, and firms without their ending (绿骊股份, then 绿骊): there nothing else need give them away."""
    forms = {doc[start:end].text: label for start, end, label in found}
    for start, end, label in found:
        stem = doc[start : end - 1]
        if label == "FIRM" and 2 <= len(stem.text) <= LONGEST_SHORT_FORM and all(token.tag_ in NAME_FLAGS or len(token.text) == 1 for token in stem):
            forms.setdefault(stem.text, label)
    text = text_of(doc)
    for form in sorted(forms):
        for again in re.finditer(re.escape(form), text):
            span = doc.char_span(*again.span())
            if span is not None:
                yield span.start, span.end, forms[form]


def _latin(doc: Doc) -> Iterator[Candidate]:
    no_names = words("no_name", "zh") | words("no_name", "en")
    at = 0
    while at < len(doc):
        if _is_latin(doc[at]) and doc[at].text.lower() not in no_names:
            end = at + 1
            while (joined := _latin_goes_on(doc, end)) is not None:
                end = joined
            yield at, end, "LATIN"
            at = end
        at += 1


def _is_latin(token: Token) -> bool:
    return token.tag_ == LATIN_FLAG and _LETTER.search(token.text) is not None


def _latin_goes_on(doc: Doc, end: int) -> int | None:
    """Where a Latin name ends that goes on behind a space: "Pell & Hyde"."""
    at = end
    while at < len(doc) and doc[at].text in (" ", "&"):
        at += 1
    return at + 1 if end < at < len(doc) and _is_latin(doc[at]) else None


def _firms(doc: Doc) -> Iterator[Candidate]:
    """科技, 集团, 银行 … with the short words before them that no grammar word is."""
    bodies = words("body_word", "zh")
    for token in doc:
        ending = _company_ending(token.text)
        if ending is None:
            continue
        start = _firm_start(doc, token.i)
        size = sum(len(part.text) for part in doc[start : token.i + 1])
        if size - len(ending) >= 2 and _is_unusual(doc, start, token.i + 1):
            yield start, token.i + 1, "BODY" if ending in bodies else "FIRM"


def _company_ending(text: str) -> str | None:
    """The listed ending that a word is or has; None of a common noun for firms (公司)."""
    if text in words("firm_noun", "zh") or text in KINDS_OF_CAPITAL:
        return None
    listed = words("company_ending", "zh") | words("body_word", "zh")
    endings = [ending for ending in listed if text == ending or (text.endswith(ending) and len(text) <= LONGEST_ENDING)]
    return max(endings, key=lambda ending: (len(ending), ending), default=None)


def _firm_start(doc: Doc, last: int) -> int:
    """The token at which the name of a firm that ends with a token starts."""
    start, size = last, len(doc[last].text)
    while start > 0 and size < LONGEST_STEM and _can_be_inside_name(doc[start - 1]):
        start -= 1
        size += len(doc[start].text)
    while start < last and not _can_open_name(doc[start]):
        start += 1
    return start


def _is_unusual(doc: Doc, start: int, end: int) -> bool:
    """Whether a run that ends like a company is more than common words: a place, a Latin word, single signs, or a word unknown."""
    if doc[start].text in words("no_name", "zh"):
        return False
    stem = doc[start : end - 1] if end - start > 1 else doc[start:end]
    return any(token.tag_ in NAME_FLAGS or len(token.text) == 1 for token in stem) or _acts_alone(doc, start, end)


def _acts_alone(doc: Doc, start: int, end: int) -> bool:
    """Whether a common word and an ending stand where a firm does: 绿皮科技拥有 at the start of a clause, but not 生物科技 or 一家绿皮科技."""
    stem = doc[start].text
    if end - start != 2 or len(stem) != 2 or stem in words("company_ending", "zh") or stem in words("product_noun", "zh"):
        return False
    is_free = start == 0 or doc[start - 1].text in BEFORE_FIRM or doc[start - 1].is_space
    return is_free and end < len(doc) and (doc[end].tag_[:1] in ACTING_FLAGS or doc[end].text in BEFORE_FIRM)


def _can_open_name(token: Token) -> bool:
    """Whether a word can be the first of a firm's name: no verb, number, pronoun or common noun (持, 一间, 软件商)."""
    if token.tag_ in OPENING_FLAGS:
        return True
    if len(token.text) == 1:
        return token.tag_[:1] in OPENING_SIGN_FLAGS
    return token.tag_ in OPENING_WORD_FLAGS and len(token.text) == 2 and token.text not in words("product_noun", "zh")


def _can_be_inside_name(token: Token) -> bool:
    """Whether a word can belong to the name that a firm's ending closes."""
    text, flag = token.text, token.tag_
    if flag == LATIN_FLAG:
        return True
    if not _HAN_OR_BRACKET.fullmatch(text) or text in words("firm_noun", "zh") or text in words("grammar", "zh"):
        return False
    if text in words("product_noun", "zh") and text not in words("company_ending", "zh"):
        return False
    if len(text) <= 3 and flag[:1] in INNER_FLAGS and flag not in VERBAL_FLAGS:
        return True
    return len(text) == 1 and flag[:1] not in FUNCTION_FLAGS


def _titled_persons(doc: Doc) -> Iterator[Candidate]:
    """Two to four signs behind a title, the first a surname: 董事长王小明."""
    for token in doc:
        first = token.i + 1
        if token.text not in words("person_noun", "zh") or first >= len(doc):
            continue
        end = _person_end(doc, first)
        size = sum(len(part.text) for part in doc[first:end])
        if 2 <= size <= LONGEST_PERSON and doc[first].text[0] in words("surname", "zh"):
            yield first, end, "PERSON"


def _person_end(doc: Doc, first: int) -> int:
    """Where a person's name that starts at a token ends at the latest; a verb ends it once it has two signs."""
    at, size = first, 0
    while at < len(doc) and size < LONGEST_PERSON and _can_be_in_person(doc[at]):
        if size and size + len(doc[at].text) > LONGEST_PERSON:
            break
        if size >= 2 and doc[at].tag_[:1] == "v":
            break
        size += len(doc[at].text)
        at += 1
    return at


def _can_be_in_person(token: Token) -> bool:
    is_short = _SHORT_HAN.fullmatch(token.text) is not None
    return is_short and token.tag_[:1] in PERSON_FLAGS and token.text not in words("grammar", "zh")


def _foreign_persons(doc: Doc) -> Iterator[Candidate]:
    """Han names parted by dots (艾伦·莫兰), without a title or grammar words before and verbs behind them."""
    grammar = words("grammar", "zh")
    no_start = grammar | words("person_noun", "zh")
    for found in _FOREIGN_PERSON.finditer(text_of(doc)):
        starts = range(found.start(), found.start() + 6)
        run = next((span for at in starts if (span := doc.char_span(at, found.end())) is not None), None)
        if run is None:
            continue
        first = next((token.i for token in run if token.text not in no_start), run.start)
        dot = max(token.i for token in run if token.text in DOTS)
        behind = doc[dot + 2 : run.end]
        no_name = (token.i for token in behind if token.tag_[:1] in AFTER_PERSON_FLAGS or token.text in grammar)
        yield first, next(no_name, run.end), "PERSON"


def _quoted_products(doc: Doc) -> Iterator[Candidate]:
    """What quotation marks hold beside a noun for products: 应用“回声”."""
    nouns = words("product_noun", "zh")
    for token in doc:
        if token.text not in OPENING_QUOTES:
            continue
        first = token.i + 1
        close = next((at.i for at in doc[first : token.i + QUOTED_TOKENS] if at.text in CLOSING_QUOTES), None)
        if close is None or close == first:
            continue
        if _text_at(doc, token.i - 1) in nouns or _text_at(doc, close + 1) in nouns:
            yield first, close, "PRODUCT"


def _short_forms(doc: Doc) -> Iterator[Candidate]:
    """What a firm is called from here on: （以下简称“…”）."""
    for found in _SHORT_FORM.finditer(text_of(doc)):
        span = doc.char_span(*found.span(1))
        if span is not None:
            yield span.start, span.end, "FIRM"


def _text_at(doc: Doc, at: int) -> str:
    """The word at a place, "" outside the text."""
    return doc[at].text if 0 <= at < len(doc) else ""


# --- evidence ---------------------------------------------------------------------------------------------------------


def evidence(doc: Doc) -> Iterator[Evidence]:
    """What a Chinese text says about the types of its names."""
    for span in doc.spans["names"]:
        if span.label_ in LABEL_EVIDENCE:
            yield Evidence(span.text, *LABEL_EVIDENCE[span.label_])
        before, after = _word_before(doc, span), _text_at(doc, span.end)
        for kind, listed in CALLED:
            nouns = words(listed, "zh")
            if before in nouns:
                yield Evidence(span.text, kind, BESIDE, f"called {before}")
            if after in nouns and kind != "Person":
                yield Evidence(span.text, kind, BESIDE / 2, f"followed by {after}")


def _word_before(doc: Doc, span: Span) -> str:
    """The word before a name, a bracket or quotation mark between them left out."""
    before = _text_at(doc, span.start - 1)
    return _text_at(doc, span.start - 2) if before in OPENING and span.start >= 2 else before
