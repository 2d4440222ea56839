"""The bilingual encoder that the readers stand on: from a text to pieces, from pieces to what a trained model says of each.

Its files lie in ``kg/weights``, made by ``kg train``: the tokenizer, one table of word vectors that all models share, and per model the layers
behind it (ONNX, 8 bits). The table is mapped into memory, so that processes share it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kg.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("weights")
TOKENIZER, WORDS, SCALES, META = "pieces.json", "words.npy", "scales.npy", "meta.json"
HOW_TO_GET_WEIGHTS = 'install a released wheel, or make them from a checkout: pip install "dealgraph[train]" && kg train'
START, PAD, END = 0, 1, 2
"""Ids of the pieces that open a sequence, fill it up and close it."""
SPACE = "▁"
"""How pieces write a space."""
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a character: no tokenizer takes it."""
HIDDEN = 384
"""Values that the encoder gives for each piece."""
LONGEST = 510
"""Pieces that one sequence may hold besides START and END."""


class Pieces(NamedTuple):
    """The pieces of a text: ids, and the code points each stands for (half-open, white space around left out)."""

    ids: list[int]
    spans: list[tuple[int, int]]


class Encoder:
    """One model with the tokenizer and the word vectors."""

    def __init__(self, model: str, folder: Path = WEIGHTS) -> None:
        """Load the layers of a model, "mentions" or "sentences".

        Raises InputError when its files are not there.
        """
        self._session = open_session(folder / f"{model}.onnx")
        self.tokenizer = load_tokenizer(folder)
        self._words: NDArray[np.int8] = np.load(folder / WORDS, mmap_mode="r")
        self._scales: NDArray[np.float32] = np.load(folder / SCALES)

    def ids(self, text: str) -> list[int]:
        """All pieces of a text, as the encoder was trained to see them."""
        return list(self.tokenizer.encode(_SURROGATE.sub("\ufffd", text), add_special_tokens=False).ids)

    def run(self, ids: Sequence[int]) -> list[NDArray[np.float32]]:
        """What the model says of a sequence of pieces (at most LONGEST), each of its outputs [pieces, values], START and END included.

        One sequence at a time: batches of like length took a sixth longer on one processor, and in them what a sequence gives depends on the
        others, since the 8-bit scale of what flows through a layer is taken over the whole batch.
        """
        whole = np.array([[START, *ids, END]], dtype=np.int64)
        vectors = self._words[whole].astype(np.float32) * self._scales[whole][..., None]
        outputs = self._session.run(None, {"words": vectors, "mask": np.ones_like(whole)})
        return [np.asarray(values[0], dtype=np.float32) for values in outputs]


def open_session(path: Path) -> Any:
    """A model in a file, to be run on one processor.

    Raises InputError when the file is not there.
    """
    import onnxruntime

    if not path.exists():
        raise InputError(f"{path} does not exist: this copy has no trained weights; {HOW_TO_GET_WEIGHTS}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # more workers, not more threads, use more processors
    options.log_severity_level = 3
    # it would make the two steps one again, which it takes seven times as long for
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"], disabled_optimizers={"SkipLayerNormFusion"})


def load_tokenizer(folder: Path = WEIGHTS) -> Any:
    """The tokenizer of a folder of weights."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / TOKENIZER))


def cut(tokenizer: Any, text: str) -> Pieces:
    """The pieces of a text; pieces of nothing but white space are left out.

    So is the one that the tokenizer sets before a first word that has no space before it: it would stand for the word's first letter.
    """
    encoded = tokenizer.encode(_SURROGATE.sub("\ufffd", text), add_special_tokens=False)
    blank = tokenizer.token_to_id(SPACE)
    ids, spans = [], []
    for number, (start, end) in zip(encoded.ids, encoded.offsets, strict=True):
        if number == blank:
            continue
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if start < end:
            ids.append(number)
            spans.append((start, end))
    return Pieces(ids, spans)


def has_weights(model: str, folder: Path = WEIGHTS) -> bool:
    """Whether the files of a model are there."""
    return all((folder / name).exists() for name in (TOKENIZER, WORDS, SCALES, f"{model}.onnx"))


def read_meta(folder: Path = WEIGHTS) -> dict[str, Any]:
    """What ``kg train`` noted about the weights: data, settings, scores, licences. Empty where there are none."""
    path = folder / META
    return dict(json.loads(path.read_bytes())) if path.exists() else {}
