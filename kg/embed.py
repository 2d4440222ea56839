"""What phrases mean, as vectors: near each other when they mean the same, in English and Chinese alike.

The plain encoder (multilingual-e5-small, Wang et al. 2024, arXiv:2402.05672) in 8 bits; a phrase is the mean over its pieces.
"""

from __future__ import annotations

import hashlib
import zipfile
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kg.encoder import LONGEST, WEIGHTS, Encoder, has_weights, read_meta
from kg.vocab import ontology_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

SIZE = 384
"""Numbers of a vector."""
STEPS = 10_000
"""Vectors are rounded to this part of one, so that they are alike on every machine and small when they are kept."""
PREFIX = "query: "
"""What the encoder was trained to see before a text that is compared with others of its kind."""
BUNDLED = "concepts.npz"
"""Vectors of the bundled concepts' labels, beside these."""


class Embedder:
    """Vectors of phrases, with the weights of a folder; each is worked out once, and known again when it was kept in a file."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        """Load the vectors of the bundled concepts; the model is loaded when it is first needed.

        Raises InputError when the model's files are not there.
        """
        self._folder = folder
        if not has_weights("sentences", folder):
            self._encoder  # noqa: B018  # which says what is missing
        self._weights = str(read_meta(folder).get("files", {}).get("sentences.onnx", ""))
        self._bundled = _load(ontology_folder() / BUNDLED, self._weights)
        self._known: dict[bytes, NDArray[np.int16]] = {}
        self._asked: set[bytes] = set()

    @cached_property
    def _encoder(self) -> Encoder:
        return Encoder("sentences", self._folder)

    def vectors(self, phrases: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of phrases, [phrases, SIZE], each of length 1; the product of two is their cosine, about .7 for unrelated ones.

        A vector depends on its phrase alone; of a text over some 500 pieces the first ones speak. Rounded to 4 digits.
        """
        return np.array([self._vector(phrase) for phrase in phrases], dtype=np.float32).reshape(-1, SIZE) / np.float32(STEPS)

    def recall(self, path: Path) -> None:
        """Take over the vectors that an earlier run kept in a file, if it had the same weights."""
        self._known |= _load(path, self._weights)
        self._asked.clear()

    def keep(self, path: Path) -> None:
        """Keep the vectors that were asked for since ``recall`` in a file, for later runs."""
        used = {key: self._known[key] for key in self._asked}
        if used.keys() != _load(path, self._weights).keys():
            _write(path, used, self._weights)

    def write(self, path: Path, phrases: Iterable[str]) -> None:
        """Write the vectors of these phrases to a file."""
        _write(path, {_key(phrase): self._vector(phrase) for phrase in phrases}, self._weights)

    def _vector(self, phrase: str) -> NDArray[np.int16]:
        key = _key(phrase)
        if key in self._bundled:
            return self._bundled[key]
        self._asked.add(key)
        if key not in self._known:
            (vectors,) = self._encoder.run(self._encoder.ids(PREFIX + phrase)[:LONGEST])
            mean = vectors.mean(axis=0)
            self._known[key] = np.round(mean / np.linalg.norm(mean) * STEPS).astype(np.int16)
        return self._known[key]


@cache
def open_embedder() -> Embedder | None:
    """What tells which phrases mean the same, one for all; None when this copy has no weights for it."""
    return Embedder() if has_weights("sentences") else None


def _key(phrase: str) -> bytes:
    return hashlib.sha256(phrase.encode("utf-8", "surrogatepass")).digest()[:16]


def _write(path: Path, vectors: dict[bytes, NDArray[np.int16]], weights: str) -> None:
    """Write vectors by the hash of their text, and the hash of the weights that gave them."""
    keys = sorted(vectors)
    table = np.array([vectors[key] for key in keys], dtype=np.int16).reshape(-1, SIZE)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez_compressed(file, keys=np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, 16), vectors=table, weights=np.array(weights))
    part.replace(path)


def _load(path: Path, weights: str) -> dict[bytes, NDArray[np.int16]]:
    """The vectors of a file; none when it is missing, damaged or of other weights."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["weights"]) != weights:
                return {}
            return {key.tobytes(): vector for key, vector in zip(file["keys"], file["vectors"], strict=True)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}


def mutual_best(first: NDArray[np.float32], second: NDArray[np.float32]) -> list[tuple[int, int, float]]:
    """Rows of two sets of vectors that are each other's nearest, with their cosine; in the order of the first. Ties go to the earlier row.

    Across two languages this finds pairs much more safely than a threshold on the cosine does.
    """
    if not len(first) or not len(second):
        return []
    cosines = np.round(first @ second.T, 4)
    forth, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
    return [(row, int(column), float(cosines[row, column])) for row, column in enumerate(forth) if back[column] == row]
