"""The trained reader of claims: which two mentions stand in which relation, how sure, at which stage, and who says so.

Every ordered pair of mentions of fitting types at most two sentences apart is looked at, in one pass over what the encoder saw of the text:
the ends of both, what stands in the sentences between, their types and places give scores of the relations, of each field of the status, and
of the words around that may name the source. A deal is one thing more that can be an end, without a place of its own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kg.encoder import WEIGHTS, open_session
from kg.extract.mentions import NEVER
from kg.model import ENTITY_TYPES
from kg.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from kg.extract.mentions import Page
    from kg.model import Certainty, Polarity, Stage

MODEL = "claims.onnx"
NONE = "none"
KINDS = (*RELATIONS, NONE)
"""What a pair can be, in the order of the model's scores."""
TYPES = (*ENTITY_TYPES, "Deal")
DEAL = TYPES.index("Deal")
CERTAINTIES: tuple[Certainty, ...] = ("Certain", "Probable", "Possible")
POLARITIES: tuple[Polarity, ...] = ("Positive", "Negative")
STAGES: tuple[Stage, ...] = ("Considered", "Talks", "Announced", "Completed", "Terminated")
REACH = 2
"""Sentences that the ends of a pair may stand apart."""
VOICE_REACH = 1
"""Sentences before and behind a pair in which its source is looked for."""
SPEAKER_TYPES = ("Company", "Organization", "Person")
BLOCK = 24
"""Sentences whose pairs are scored together."""


class End(NamedTuple):
    """A mention as the reader sees it: its first and last piece, the number of its type in ``TYPES``, and its sentence."""

    first: int
    last: int
    type: int
    sentence: int


class Spoken(NamedTuple):
    """Words that may name a source."""

    first: int
    last: int
    sentence: int


class Scored(NamedTuple):
    """What the model says of a pair: numbers of its ends (``len(ends)`` for the deal) and probabilities.

    ``relations`` are in the order of ``KINDS``; ``voices`` has "nobody" first, then the words that were offered.
    """

    subject: int
    object: int
    relations: NDArray[np.float32]
    certainty: NDArray[np.float32]
    polarity: NDArray[np.float32]
    stage: NDArray[np.float32]
    voices: NDArray[np.float32]


def _fitting() -> NDArray[np.bool_]:
    """[subject type, object type, kind]: whether a pair of these types can be of the kind; a symmetric one both ways."""
    table = np.zeros((len(TYPES), len(TYPES), len(KINDS)), dtype=bool)
    table[:, :, KINDS.index(NONE)] = True
    for number, relation in enumerate(RELATIONS.values()):
        for subject in relation.domain:
            for other in relation.range:
                table[TYPES.index(subject), TYPES.index(other), number] = True
                if relation.symmetric:
                    table[TYPES.index(other), TYPES.index(subject), number] = True
    return table


FITTING = _fitting()
CAN_BE: NDArray[np.bool_] = np.any(FITTING[:, :, : len(RELATIONS)], axis=-1)
"""[subject type, object type]: whether any relation takes them."""


def ends_of(page_spans: Sequence[tuple[int, int]], page_sentences: Sequence[int], places: Sequence[tuple[int, int, str]]) -> list[End | None]:
    """The pieces of mentions (start, end, type); None where a mention has none."""
    starts = [start for start, _ in page_spans]
    found: list[End | None] = []
    for start, end, kind in places:
        first = max(0, bisect_right(starts, start) - 1)
        while first < len(page_spans) and page_spans[first][1] <= start:
            first += 1
        last = first
        while last + 1 < len(page_spans) and page_spans[last + 1][0] < end:
            last += 1
        inside = first < len(page_spans) and page_spans[first][0] < end
        found.append(End(first, last, TYPES.index(kind), page_sentences[first]) if inside else None)
    return found


def candidates(ends: Sequence[End]) -> Iterator[tuple[int, int]]:
    """The ordered pairs of ends that can be anything to each other; ``len(ends)`` stands for the deal. ``ends`` are in the order of the text."""
    deal = len(ends)
    for one, end in enumerate(ends):
        for other in range(one + 1, len(ends)):
            if ends[other].sentence - end.sentence > REACH:
                break
            if ends[other].first <= end.last:
                continue
            if CAN_BE[end.type, ends[other].type]:
                yield one, other
            if CAN_BE[ends[other].type, end.type]:
                yield other, one
        if CAN_BE[DEAL, end.type]:
            yield deal, one
        if CAN_BE[end.type, DEAL]:
            yield one, deal


class RelationReader:
    """Scores pairs with the weights of a folder."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        """Load the model.

        Raises InputError when its file is not there.
        """
        self._session = open_session(folder / MODEL)

    def read(self, page: Page, ends: Sequence[End], voices: Sequence[Spoken]) -> Iterator[Scored]:
        """Each pair that can be something to each other; ``ends`` and ``voices`` in the order of the text.

        Texts are taken in blocks of sentences, so that a long one takes no quadratic time; what a pair gets does not depend on the block.
        """
        by_block: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for pair in candidates(ends):
            by_block[min(ends[one].sentence for one in pair if one < len(ends)) // BLOCK].append(pair)
        for block, pairs in sorted(by_block.items()):
            yield from self._block(page, ends, voices, block * BLOCK, pairs)

    def _block(self, page: Page, ends: Sequence[End], voices: Sequence[Spoken], low: int, pairs: Sequence[tuple[int, int]]) -> Iterator[Scored]:
        """The pairs whose first sentence is in a block that starts at ``low``."""
        first = bisect_left(page.sentences, low - VOICE_REACH)
        last = bisect_right(page.sentences, low + BLOCK + REACH + VOICE_REACH)
        near = [number for number, end in enumerate(ends) if low <= end.sentence <= low + BLOCK + REACH]
        place = {number: at for at, number in enumerate(near)} | {len(ends): len(near)}
        heard = [number for number, voice in enumerate(voices) if first <= voice.first and voice.last < last]
        given = {
            "hidden": page.hidden[first:last],
            "sentences": np.array(page.sentences[first:last], dtype=np.int64),
            "ends": _table([(ends[one].first - first, ends[one].last - first, *ends[one][2:]) for one in near], 4),
            "pairs": _table([(place[one], place[other]) for one, other in pairs], 2),
            "voices": _table([(voices[one].first - first, voices[one].last - first, voices[one].sentence) for one in heard], 3),
        }
        relations, certainty, polarity, stage, said = self._session.run(None, given)
        kinds = np.array([*(end.type for end in ends), DEAL])
        allowed = FITTING[kinds[[one for one, _ in pairs]], kinds[[other for _, other in pairs]]]
        relations = _softmax(np.where(allowed, relations, NEVER))
        certainty, polarity, stage = (_softmax(scores) for scores in (certainty, polarity, stage))
        told = np.zeros((len(pairs), len(voices) + 1), dtype=np.float32)
        told[:, [0, *(one + 1 for one in heard)]] = _softmax(said)
        for number, (one, other) in enumerate(pairs):
            yield Scored(one, other, relations[number], certainty[number], polarity[number], stage[number], told[number])


def _table(rows: Sequence[tuple[int, ...]], width: int) -> NDArray[np.int64]:
    return np.array(rows, dtype=np.int64).reshape(-1, width)


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities, rounded: processors differ in the last digits."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(np.round(raised / raised.sum(axis=-1, keepdims=True), 4), dtype=np.float32)
