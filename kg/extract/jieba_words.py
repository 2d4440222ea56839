"""Chinese words for spaCy: jieba's dictionary and segmentation, Latin names kept whole, part-of-speech flags from the same dictionary."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jieba
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

LETTER = "A-Za-zÀ-ɏ0-9"
LATIN = re.compile(rf"[{LETTER}](?:[{LETTER}·’'&.+_-]*[{LETTER}])?(?:(?<=[{LETTER}]{{4}})\+)?|\s+")
"""A Latin name or number ("DALL·E", "Disney+", but "AI" in AI+社交), or a run of white space: each is one token."""


@cache
def dictionary() -> tuple[jieba.Tokenizer, dict[str, str]]:
    """Jieba's segmenter, and the flag of each of its words.

    Read straight from the package's own word list: jieba's cache would lie in a folder that all users of a machine can write to.
    """
    with warnings.catch_warnings():  # jieba's regular expressions have escapes that newer Pythons warn of
        warnings.simplefilter("ignore")
        import jieba

    segmenter = jieba.Tokenizer()
    frequency: dict[str, int] = {}
    flags: dict[str, str] = {}
    total = 0
    with segmenter.get_dict_file() as file:
        for line in file.read().decode("utf-8").splitlines():
            word, count, flag = line.split(" ")
            frequency[word] = int(count)
            flags[word] = flag
            total += int(count)
            for end in range(1, len(word)):
                frequency.setdefault(word[:end], 0)
    segmenter.FREQ, segmenter.total, segmenter.initialized = frequency, total, True
    return segmenter, flags


class JiebaTokenizer:
    """spaCy tokenizer whose tokens join to exactly the text; white space is a token of its own."""

    def __init__(self, vocab: Vocab, known: tuple[str, ...] = ()) -> None:
        """Take in words that must stay whole, such as the triggers of patterns."""
        self.vocab = vocab
        self.segmenter, self.flags = dictionary()
        for word in known:
            if len(word) > 1 and not self.segmenter.FREQ.get(word):
                self.segmenter.add_word(word)

    def __call__(self, text: str) -> Doc:
        """Tokens with jieba's flags as tags ("eng" for Latin words, "x" for what the dictionary does not hold)."""
        from spacy.tokens import Doc

        words = [word for word in self._segmented(text) if word]
        return Doc(self.vocab, words=words, spaces=[False] * len(words), tags=[self.flag(word) for word in words])

    def _segmented(self, text: str) -> Iterator[str]:
        at = 0
        for latin in LATIN.finditer(text):
            yield from self.segmenter.cut(text[at : latin.start()], HMM=False)
            yield latin[0]
            at = latin.end()
        yield from self.segmenter.cut(text[at:], HMM=False)

    def flag(self, word: str) -> str:
        """What kind of word it is."""
        is_latin = LATIN.fullmatch(word) and not word.isspace()
        return "eng" if is_latin else self.flags.get(word, "x")

    def to_bytes(self, **_: object) -> bytes:
        """Nothing to keep: the tokenizer is made anew from the package."""
        return b""

    def from_bytes(self, _: bytes, **__: object) -> JiebaTokenizer:
        """Itself."""
        return self
