"""What phrases mean, as vectors: near each other when they mean the same, in English and Chinese alike.

The plain encoder (multilingual-e5-small, Wang et al. 2024, arXiv:2402.05672) in 8 bits; a phrase is the mean over its pieces.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from kg.encoder import LONGEST, WEIGHTS, Encoder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SIZE = 384
"""Numbers of a vector."""
PREFIX = "query: "
"""What the encoder was trained to see before a text that is compared with others of its kind."""
KEPT = 100_000
"""Vectors that are kept in memory."""


class Embedder:
    """Vectors of phrases, with the weights of a folder."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        """Load the model.

        Raises InputError when its files are not there.
        """
        self._encoder = Encoder("sentences", folder)
        self._kept = lru_cache(KEPT)(self._vector)

    def vectors(self, phrases: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of phrases, [phrases, SIZE], each of length 1; the product of two is their cosine, about .7 for unrelated ones.

        A vector depends on its phrase alone; of a text over some 500 pieces the first ones speak. Rounded to 4 digits.
        """
        return np.array([self._kept(phrase) for phrase in phrases], dtype=np.float32).reshape(-1, SIZE)

    def _vector(self, phrase: str) -> NDArray[np.float32]:
        mean = self._encoder.run(self._encoder.ids(PREFIX + phrase)[:LONGEST]).mean(axis=0)
        return np.asarray(np.round(mean / np.linalg.norm(mean), 4), dtype=np.float32)


def mutual_best(first: NDArray[np.float32], second: NDArray[np.float32]) -> list[tuple[int, int, float]]:
    """Rows of two sets of vectors that are each other's nearest, with their cosine; in the order of the first. Ties go to the earlier row.

    Across two languages this finds pairs much more safely than a threshold on the cosine does.
    """
    if not len(first) or not len(second):
        return []
    cosines = np.round(first @ second.T, 4)
    forth, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
    return [(row, int(column), float(cosines[row, column])) for row, column in enumerate(forth) if back[column] == row]
