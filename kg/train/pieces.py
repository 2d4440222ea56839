"""The tokenizer: that of XLM-R (a unigram model, Kudo 2018, arXiv:1804.10959), with the pieces that English and Chinese business news needs.

Of 250,000 pieces about 45,000 stay: they are what makes the file small. Chinese pieces that are no words (在日本, 公司的) go, since they
hide where names begin and end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kg.encoder import SPACE
from kg.train.plain import SPECIAL, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

FULL_WIDTH_TILDE, SET_ASIDE = "\uff5e", "\ue0fe"
"""XLM-R keeps this sign, which NFKC would change."""
SIGNS = ((0, 0x250), (0x391, 0x3CA), (0x2000, 0x2600), (0x3000, 0x3030), (0x4E00, 0xA000), (0xFF00, 0xFFF0))
"""Code points that stay as pieces of one sign: Latin, Greek, punctuation, Chinese, full-width forms."""
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_SHORT = re.compile(r"[A-Za-z0-9]{2}|[0-9]{3,4}")


def make_tokenizer(pieces: Sequence[str], scores: Sequence[float] | NDArray[np.float32]) -> Any:
    """A ``tokenizers.Tokenizer`` that cuts texts as XLM-R's does, with these pieces."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

    vocabulary = [(piece, float(score)) for piece, score in zip(pieces, scores, strict=True)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=UNKNOWN, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(FULL_WIDTH_TILDE, SET_ASIDE),
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace(SET_ASIDE, FULL_WIDTH_TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always", split=True)
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in SPECIAL])
    return tokenizer


def kept_pieces(pieces: Sequence[str], scores: NDArray[np.float32], texts: Iterable[str]) -> list[int]:
    """Numbers of the pieces to keep, rising: single signs, Chinese words, and what English words and these texts are made of."""
    from kg.extract.jieba_words import dictionary

    frequency = dictionary()[0].FREQ
    whole = make_tokenizer(pieces, scores)
    is_chinese = [bool(_HAN.fullmatch(piece.removeprefix(SPACE))) for piece in pieces]
    kept = set(range(len(SPECIAL)))
    for number, piece in enumerate(pieces):
        bare = piece.replace(SPACE, "")
        if len(bare) <= 1:
            wanted = not bare or any(first <= ord(bare) < last for first, last in SIGNS)
        elif is_chinese[number]:
            wanted = frequency.get(bare, 0) > 0
        else:
            wanted = bool(_SHORT.fullmatch(bare)) or all(not sign.isalnum() and sign < "\u3030" for sign in bare)
        if wanted:
            kept.add(number)
    for encoded in whole.encode_batch([*_english_words(), *texts], add_special_tokens=False):
        kept.update(number for number in encoded.ids if not is_chinese[number])
    return sorted(kept)


def _english_words() -> list[str]:
    """Words that the English pipeline knows, as they stand in a sentence and behind a quotation mark."""
    import spacy

    from kg.extract.pipeline import ENGLISH_MODEL

    known = [word for word in spacy.load(ENGLISH_MODEL).vocab.strings if re.fullmatch(r"[A-Za-z][A-Za-z'’.-]{0,28}", word)]
    return [shape for word in sorted(known) for shape in (word, word.capitalize(), f'"{word}', f'"{word.capitalize()}')]
