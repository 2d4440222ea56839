"""English arguments: the name, reference or phrase that a word heads, read off spaCy's dependency parse."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, cast

from kg.extract.grammar import Argument, name_over, names_from
from kg.extract.patterns import words

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

NOUN = frozenset({"NOUN", "PROPN"})
PRONOUNS = frozenset({"it", "they", "which", "that", "who", "he", "she", "its", "their", "them", "his", "her"})
PRONOUN_POS = frozenset({"PRON", "DET", "SCONJ"})
DEFINITE = frozenset({"the", "this", "that", "these", "both", "such"})
ANY_FIRM = frozenset({"company", "firm", "group", "corporation", "business", "concern", "outfit"})
"""Nouns that any firm may be called by."""
ACT_ENDINGS = ("tion", "sion", "ment", "ing", "sis", "ance", "ence", "al", "access", "shift", "push")
"""How nouns for acts end: their prepositional objects belong to them."""
PHRASE_PREPOSITIONS = frozenset({"into", "to", "for", "with", "in", "from", "by", "over", "on", "against", "between"})
PREMODIFIERS = frozenset({"compound", "amod", "nmod", "npadvmod", "punct", "advmod", "nummod", "quantmod", "conj", "advcl"})
BEFORE_PHRASE = frozenset({"poss", "det", "predet", "case", "cc", "relcl", "prep"})
CLAUSES = frozenset({"relcl", "acl", "advcl", "appos", "parataxis"})
PHRASE_PARTS = frozenset({"dobj", "conj", "cc", "prt"})
WIDE_PHRASE_PARTS = frozenset({"prep", "attr", "xcomp", "pobj", "pcomp"})
DROPPABLE_POS = frozenset({"DET", "NUM", "ADV", "CCONJ", "SYM"})
DROPPABLE_DEPENDENCIES = frozenset({"det", "nummod", "advmod", "poss"})
DROPPABLE_TAGS = frozenset({"POS", "PRP$"})
MAX_PHRASE, MAX_WIDE_PHRASE = 16, 24
"""Tokens; longer ones are clauses, not phrases. Strategies run longer than other phrases."""


def lemma(token: Token) -> str:
    """Lower-case lemma; the tagger's slips on capitalised words are evened out."""
    return token.lemma_.lower()


def as_argument(head: Token, *, phrases: bool, wide: bool = False) -> Argument | None:
    """What the noun phrase (or gerund) around a head is: a name, words that stand for something, or a phrase.

    ``phrases`` says whether words that are no name may stand there, ``wide`` whether a long one with all its prepositions may.
    """
    named = name_at(head)
    if named is not None:
        return Argument("name", named.start, named.end, head.i)
    if head.lower_ in PRONOUNS and head.pos_ in PRONOUN_POS:
        return Argument("possessive" if head.tag_ == "PRP$" else "pronoun", head.i, head.i + 1, head.i)
    if _speaks_of_deal(head):
        return Argument("deal", head.i, head.i + 1, head.i)
    if head.lower_ in ("former", "latter") and _is_definite(head) and head.dep_ not in ("amod", "compound"):
        return Argument("former" if head.lower_ == "former" else "latter", head.i, head.i + 1, head.i)
    if _speaks_of_two_firms(head):
        return Argument("both", head.i, head.i + 1, head.i)
    if _speaks_of_firm(head):
        return Argument("firm", head.i, head.i + 1, head.i)
    return _phrase(head, wide=wide) if phrases else None


# --- references -------------------------------------------------------------------------------------------------------


def _speaks_of_deal(head: Token) -> bool:
    """Whether words take up a deal of the article: "Buying Bolt would …", "A takeover might …", "this move"."""
    if head.pos_ == "VERB":
        return head.tag_ == "VBG" and head.dep_ == "csubj" and lemma(head) in words("deal_verb", "en")
    if head.dep_ in ("nsubj", "nsubjpass") and lemma(head) in words("transaction_noun", "en"):
        return True
    return lemma(head) in words("deal_noun", "en") and _is_definite(head)


def _speaks_of_firm(head: Token) -> bool:
    return head.pos_ != "VERB" and head.tag_ not in ("NNS", "NNPS") and lemma(head) in words("firm_noun", "en") and _is_definite(head)


def _speaks_of_two_firms(head: Token) -> bool:
    """Whether words take up two firms: "both companies", "the two retailers"."""
    number = {child.lower_ for child in head.children if child.dep_ in ("det", "predet", "nummod", "amod")}
    return head.tag_ == "NNS" and lemma(head) in words("firm_noun", "en") and ("both" in number or {"the", "two"} <= number)


def described_before(noun: Token) -> list[Span]:
    """The names before a noun that the text calls by that noun: "retailer Bolt", "Bolt, a retailer", "the Halvard Bank"; none for "the company"."""
    return [name for name in _described(noun.doc).get(lemma(noun), ()) if name.start < noun.i]


def _described(doc: Doc) -> dict[str, list[Span]]:
    """Per noun that says which kind of firm something is the names that it describes, each where it first does; looked for once in a doc."""
    if "described" not in doc.user_data:
        nouns = words("firm_noun", "en") - ANY_FIRM
        found: dict[str, dict[str, Span]] = defaultdict(dict)
        for token in doc:
            if lemma(token) in nouns:
                apposed = name_over(doc, token.head.i) if token.dep_ == "appos" else None
                name = apposed if apposed is not None else name_at(token)
                if name is not None:
                    found[lemma(token)].setdefault(name.text, name)
        doc.user_data["described"] = {noun: list(names.values()) for noun, names in found.items()}
    return cast("dict[str, list[Span]]", doc.user_data["described"])


def _is_definite(head: Token) -> bool:
    """Whether a noun is said as something known: "the deal", "this move", "both companies"."""
    return any(child.lower_ in DEFINITE and child.dep_ in ("det", "predet", "amod") for child in head.children)


# --- names ------------------------------------------------------------------------------------------------------------


def name_at(head: Token) -> Span | None:
    """The name that a head stands in, or that is set beside its noun ("the platform Pinterest", "its rival, Acme")."""
    inside = name_over(head.doc, head.i)
    if inside is not None:
        return inside
    if head.pos_ not in NOUN:
        return None
    if _is_description(head):
        return _name_beside(head)
    following = head.doc[head.i + 1 : head.i + 2]
    if len(following) and _is_description(following[0]) and following[0].pos_ != "PUNCT":
        # "the payments platform Bolt", where the parse takes "payments" for the head
        return next((name for name in names_from(head.doc, head.i + 2, head.i + 3) if name.sent == head.sent), None)
    return None


def _is_description(noun: Token) -> bool:
    """Whether a noun says what something named is."""
    return any(lemma(noun) in words(listed, "en") for listed in ("firm_noun", "product_noun", "person_noun"))


def _name_beside(head: Token) -> Span | None:
    """The name that follows the noun that describes it, or is its apposition."""
    behind = [name for name in names_from(head.doc, head.i + 1, head.i + 2) if head.is_alpha and name.sent == head.sent]
    apposed = (name_over(head.doc, child.i) for child in head.children if child.dep_ == "appos")
    return next((name for name in (*behind, *apposed) if name is not None), None)


# --- phrases ----------------------------------------------------------------------------------------------------------


def _phrase(head: Token, *, wide: bool) -> Argument | None:
    """The shortest phrase around a head that keeps its meaning: articles, quantities, praise and possessors off."""
    if head.pos_ == "VERB":
        return _verb_phrase(head)
    if head.pos_ not in ("NOUN", "PROPN", "ADJ") or (not head.is_alpha and "-" not in head.text):
        return None
    start, end = _left_edge(head), _right_edge(head, wide=wide)
    if end - start > (MAX_WIDE_PHRASE if wide else MAX_PHRASE):
        return None
    while start < head.i and _is_droppable(head.doc[start]):
        start += 1
    if head.doc[start].is_quote and start == head.i - 1:
        start += 1
    return Argument("phrase", start, end, head.i)


def _verb_phrase(verb: Token) -> Argument:
    """A verb with its object and particle: "expand abroad" has neither, "cut costs" has one."""
    ends = [child.right_edge.i for child in verb.children if child.dep_ in ("dobj", "prt") and child.i > verb.i]
    end = max(ends, default=verb.i) + 1
    return Argument("phrase", verb.i, min(end, verb.i + MAX_PHRASE), verb.i)


def _left_edge(head: Token) -> int:
    start = head.i
    for child in sorted(head.lefts, key=lambda word: -word.i):
        if child.dep_ in BEFORE_PHRASE:
            break
        if child.dep_ in PREMODIFIERS:
            start = min(start, child.left_edge.i)
    for token in head.doc[start : head.i]:  # a possessor inside: what follows it is the phrase
        if token.tag_ == "POS":
            start = token.i + 1
    return start


def _right_edge(head: Token, *, wide: bool) -> int:
    """End of the phrase: its of-phrase belongs to it, other prepositions only to a noun that names an act, or to a strategy."""
    doc, end = head.doc, head.i + 1
    while end < len(doc) and doc[end].tag_ == "HYPH":
        end += 2
    takes_all = wide or head.lower_.endswith(ACT_ENDINGS)
    while end < len(doc) and doc[end].sent == head.sent and _belongs(doc[end], takes_all=takes_all):
        part = next((child for child in doc[end].children if child.dep_ in ("pobj", "pcomp")), None)
        if part is None or part.pos_ in ("NUM", "PRON"):
            break
        stop = _part_end(part, wide=wide)
        if stop - head.i > MAX_PHRASE:
            break
        end = stop
        if not takes_all:
            break
    return end


def _belongs(word: Token, *, takes_all: bool) -> bool:
    """Whether a word is a preposition that goes on with a phrase."""
    is_preposition = word.pos_ in ("ADP", "PART", "SCONJ")
    return is_preposition and (word.lower_ == "of" or (takes_all and word.lower_ in PHRASE_PREPOSITIONS))


def _part_end(part: Token, *, wide: bool) -> int:
    """Where a prepositional object ends, without the clauses that hang on it."""
    end = part.i + 1
    for child in part.children:
        is_apart = child.dep_ in CLAUSES or child.i < part.i or child.is_punct
        is_part = child.dep_ in PHRASE_PARTS or child.lower_ == "of" or (wide and child.dep_ in WIDE_PHRASE_PARTS)
        if is_part and not is_apart:
            end = max(end, child.i + 1, _part_end(child, wide=wide))
    return end


def _is_droppable(token: Token) -> bool:
    """Whether a word at the start of a phrase is no part of what it means."""
    if token.pos_ in DROPPABLE_POS or token.dep_ in DROPPABLE_DEPENDENCIES or token.tag_ in DROPPABLE_TAGS:
        return True
    if token.is_punct and not token.is_quote:
        return True
    return token.lower_ in words("praise", "en") or lemma(token) in words("praise", "en")
