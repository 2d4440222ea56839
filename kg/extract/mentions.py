"""The trained reader of mentions: names of four types and phrases of four, from the encoder's view of a text.

Each piece of a text gets a label (BIO: begin, inside, outside a mention of a type); the best sequence of labels is found that holds together
and keeps Latin words whole (Viterbi 1967, doi:10.1109/TIT.1967.1054010).
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kg.encoder import HIDDEN, LONGEST, WEIGHTS, Encoder, Pieces, cut, read_meta
from kg.extract.patterns import words as listed
from kg.gazetteer import TICKER, normalise
from kg.model import ENTITY_TYPES, NAMED_TYPES, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

OUTSIDE = "O"
SOURCE = "Source"
"""Type of words for who says something, where it is no entity: "analysts", 知情人士."""
LABELS = (OUTSIDE, *(f"{place}-{kind}" for kind in (*ENTITY_TYPES, SOURCE) for place in "BI"))
WINDOW = 96
"""Pieces that are read together: sentences are joined up to this length, longer ones stand alone."""
NO_WORD = re.compile("[^\\s\u2e80-\U0010ffff]{1000,}")
"""A run of letters and signs that no language has as a word; nobody wants to wait while it is read."""
PART_GAP = 5
"""Sentences that parts of a text are counted apart."""
NEVER = -1e4
APART, TOUCHING, WITHIN_WORD, NEW_LINE = 0, 1, 2, 3
"""How a piece stands to the one before: with something between them, right behind it, as part of the same Latin word or number, on a later line."""
SHORTEST_AGAIN = 2
"""Signs of the shortest names that are looked for again."""
_SENTENCE = re.compile(
    r"(?<=[。！？；])[”’」』）)]*"
    r"|(?<=[.!?])(?<!\b[A-Z]\.)(?<!\b(?:Mr|Ms|Dr|St)\.)(?<!\b(?:Mrs|Sen|Gov|Rep|Gen)\.)[\"”’)]*\s+(?=[A-Z0-9\"“‘$])"
    r"|\s*\n\s*"
)
"""What stands between two sentences; no end of one is the point behind an initial ("A. William Reynolds", "U.S. Air") or a title."""
_JOINER = re.compile(r"(?<=\w)(?:[·•・&](?=\w)|-(?=[0-9]|[A-Z](?!\w)))")
"""Signs that join the parts of a name, without a space: a hyphen does before a figure or a lone capital."""
_NO_NAME = re.compile(r"(?<=\w)(?: (?:and|AND|common(?: stock)?))+\Z")
"""Behind a name in English: a word that joins it to another one, and what a firm's shares are called ("Acme common")."""
_NO_PHRASE = re.compile(r"(?<=\w) (?:(?:and|or|of|by|to|for|with|in|on|at|from|the|its|their|a|an)\b ?)+\Z")
"""Behind a phrase in English: words that go on to something else."""


class Tagged(NamedTuple):
    """A mention as read: code points, half-open, its type, and the probability of it (the mean over its pieces)."""

    start: int
    end: int
    type: str
    score: float


class Seen(NamedTuple):
    """Pieces that were read together, the scores of the labels of each, [pieces, labels], before any softmax, and the encoder's view of them."""

    pieces: Pieces
    values: NDArray[np.float32]
    hidden: NDArray[np.float32]
    """[pieces, size of the encoder]."""


class Page(NamedTuple):
    """A text as it was read: where each piece stands (code points), its sentence, and what the encoder saw of it, [pieces, size]."""

    spans: list[tuple[int, int]]
    sentences: list[int]
    hidden: NDArray[np.float32]


class MentionReader:
    """Reads mentions with the weights of a folder."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        """Load the model.

        Raises InputError when its files are not there.
        """
        self.encoder = Encoder("mentions", folder)
        self.bias = label_bias(read_meta(folder).get("bias", {}))

    def read(self, text: str, parts: Sequence[Span] | None = None) -> list[Tagged]:
        """Mentions of a text in its order, without overlaps. A name has one type in all of it, and is found wherever it stands again.

        Only ``parts`` of the text are read, if they are given; what the result depends on is these alone, and nothing that was read before.
        """
        found, _ = self.read_page(text, [Span(0, len(text))] if parts is None else parts)
        return [one for one in found if one.type != SOURCE]

    def read_page(self, text: str, parts: Sequence[Span]) -> tuple[list[Tagged], Page]:
        """Mentions in parts of a text, as ``read`` gives them and words for sources besides, and the text as it was seen."""
        seen = self.see(text, parts)
        found = decide(text, seen, self.bias)
        spans = [span for part in seen for span in part.pieces.spans]
        hidden = np.concatenate([part.hidden for part in seen]) if seen else np.zeros((0, HIDDEN), dtype=np.float32)
        page = Page(spans, sentence_numbers(text, spans, parts), hidden)
        return [one for one in found if any(Span(one.start, one.end) in part for part in parts)], page

    def strings(self, text: str) -> list[tuple[str, str]]:
        """Type and words of each mention of a text."""
        return strings(text, self.read(text))

    def see(self, text: str, parts: Sequence[Span]) -> list[Seen]:
        """The pieces of parts of a text with what the model says of each, before anything is decided."""
        cut_up = (window for part in parts for window in windows(self.encoder.tokenizer, text, part=part))
        return [Seen(window, *(values[1:-1] for values in self.encoder.run(window.ids))) for window in cut_up]


def strings(text: str, mentions: Iterable[Tagged]) -> list[tuple[str, str]]:
    """Type and words of mentions of a text."""
    return [(one.type, text[one.start : one.end]) for one in mentions]


def decide(text: str, seen: Iterable[Seen], bias: NDArray[np.float32]) -> list[Tagged]:
    """The mentions of a text from what the model saw in it; ``bias`` is added to what it says of each label."""
    found = [one for part in seen for one in decode(text, part.pieces.spans, part.values, bias)]
    return without_tickers(text, read_again(text, voted(text, found)))


def without_tickers(text: str, found: Sequence[Tagged]) -> list[Tagged]:
    """The mentions less the tickers behind names, which name nothing of their own: "Acme (NYSE: ACM)", "ACME <ACM>"."""
    behind = [TICKER.match(text, one.end) for one in found if one.type in NAMED_TYPES]
    tickers = {ticker.span("symbol" if ticker["symbol"] else "wire") for ticker in behind if ticker is not None}
    return [one for one in found if (one.start, one.end) not in tickers]


def read_again(text: str, found: Sequence[Tagged]) -> list[Tagged]:
    """The mentions, and the names among them where they stand once more and were not read: with the type and the best score they have elsewhere."""
    best: dict[str, Tagged] = {}
    for one in found:
        name = text[one.start : one.end]
        if one.type in NAMED_TYPES and len(name) >= SHORTEST_AGAIN and (name not in best or one.score > best[name].score):
            best[name] = one
    if not best:
        return list(found)
    taken = sorted((one.start, one.end) for one in found)
    starts = [start for start, _ in taken]
    again = []
    for start, end in _places(text, best):
        before = bisect_right(starts, end - 1)  # the last mention that starts before the place ends
        if before == 0 or taken[before - 1][1] <= start:
            again.append(best[text[start:end]]._replace(start=start, end=end))
    return sorted([*found, *again])


def _places(text: str, names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where names stand in a text, in its order, without overlaps, the longest where several start; Latin letters at their edges do not go on."""
    found = []
    for name in names:
        at = text.find(name)
        while at >= 0:
            end = at + len(name)
            goes_on = (at > 0 and _is_letter(name[0]) and _is_letter(text[at - 1])) or (
                end < len(text) and _is_letter(name[-1]) and _is_letter(text[end])
            )
            if not goes_on:
                found.append((at, -end))
            at = text.find(name, at + 1)
    free = 0
    for start, end in sorted(found):
        if start >= free:
            yield start, -end
            free = -end


def voted(text: str, found: Sequence[Tagged]) -> list[Tagged]:
    """The mentions with one type per name: the one it was read with most, weighed by score; at a tie the first of ``NAMED_TYPES``.

    Phrases keep theirs, but that a capability whose head is a strategy or a business model is a strategy.
    """
    votes: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(NAMED_TYPES, 0.0))
    keys = [normalise(text[one.start : one.end]) for one in found]
    for key, one in zip(keys, found, strict=True):
        if one.type in NAMED_TYPES:
            votes[key][one.type] = round(votes[key][one.type] + one.score, 3)
    best = {key: max(weights, key=weights.__getitem__) for key, weights in votes.items()}
    best |= dict.fromkeys(_surnames(text, found, best), "Person")
    typed = []
    for key, one in zip(keys, found, strict=True):
        if one.type in NAMED_TYPES:
            typed.append(one._replace(type=best[key]))
        elif one.type == "Capability" and is_strategy(text[one.start : one.end]):
            typed.append(one._replace(type="Strategy"))
        else:
            typed.append(one)
    return typed


def _surnames(text: str, found: Sequence[Tagged], types: Mapping[str, str]) -> set[str]:
    """Names of one word that are the last one of a person's who was named in full before, and not the first word of a firm's name."""
    persons: set[str] = set()
    firms: set[str] = set()
    last = set()
    for one in found:
        words, key = text[one.start : one.end].split(), normalise(text[one.start : one.end])
        kind = types.get(key)
        if kind == "Person" and len(words) > 1:
            persons.add(words[-1])
        elif kind in ("Company", "Organization") and len(words) == 1 and words[0] in persons and words[0].isascii():
            last.add(key)
        elif kind == "Company" and words:
            firms.add(words[0].casefold())
    return {key for key in last if key not in firms}


def is_strategy(phrase: str) -> bool:
    """Whether the last words of a phrase say that it is a direction or a business model.

    >>> is_strategy("订阅制的商业模式"), is_strategy("Growth Strategy"), is_strategy("strategy games")
    (True, True, False)
    """
    latin = tuple(f" {words}" for words in listed("strategy_head", "en"))
    return phrase.endswith(tuple(listed("strategy_head", "zh"))) or f" {phrase.lower()}".endswith(latin)


def windows(tokenizer: Any, text: str, size: int = WINDOW, part: Span | None = None) -> Iterator[Pieces]:
    """The pieces of a text, or of a part of it, in stretches of whole sentences, as many as fit into ``size``.

    A sentence over LONGEST is cut, NO_WORD left out.
    """
    joined = Pieces([], [])
    for start, end in (stretch for sentence in sentences(text, part) for stretch in _with_words(text, *sentence)):
        ids, spans = cut(tokenizer, text[start:end])
        placed = [(start + first, start + last) for first, last in spans]
        if joined.ids and len(joined.ids) + len(ids) > size:
            yield from _short(joined)
            joined = Pieces(ids, placed)
        else:
            joined = Pieces(joined.ids + ids, joined.spans + placed)
    yield from _short(joined)


def sentences(text: str, part: Span | None = None) -> Iterator[tuple[int, int]]:
    """Where sentences of a text (or of a part of it) in either language start and end; white space between them belongs to none."""
    start, last = (part.start, part.end) if part else (0, len(text))
    for gap in _SENTENCE.finditer(text, start, last):
        end = gap.end() if not gap[0].endswith(tuple(" \n\t")) else gap.start() + len(gap[0].rstrip())
        if text[start:end].strip():
            yield start, end
        start = gap.end()
    if text[start:last].strip():
        yield start, last


def sentence_numbers(text: str, spans: Sequence[tuple[int, int]], parts: Sequence[Span]) -> list[int]:
    """The sentence of each piece, counted over the parts of a text; between two parts is a gap of ``PART_GAP``."""
    starts: list[int] = []
    numbers: list[int] = []
    for part in parts:
        base = numbers[-1] + PART_GAP if numbers else 0
        for count, (start, _) in enumerate(sentences(text, part)):
            starts.append(start)
            numbers.append(base + count)
    return [numbers[max(0, bisect_right(starts, start) - 1)] for start, _ in spans]


def _with_words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a sentence around what is no word."""
    for junk in NO_WORD.finditer(text, start, end):
        if text[start : junk.start()].strip():
            yield start, junk.start()
        start = junk.end()
    if text[start:end].strip():
        yield start, end


def _short(pieces: Pieces) -> Iterator[Pieces]:
    """The pieces in parts that the encoder can take."""
    for at in range(0, len(pieces.ids), LONGEST):
        yield Pieces(pieces.ids[at : at + LONGEST], pieces.spans[at : at + LONGEST])


def label_bias(by_type: Mapping[str, float]) -> NDArray[np.float32]:
    """What is added to the log-odds of each label: more for types that are better found too often than too seldom."""
    return np.array([by_type.get(label[2:], 0.0) for label in LABELS], dtype=np.float32)


def decode(text: str, spans: Sequence[tuple[int, int]], values: NDArray[np.float32], bias: NDArray[np.float32]) -> list[Tagged]:
    """The mentions in a window, from what the model says of its pieces ([pieces, labels], before any softmax)."""
    if not spans:
        return []
    scores = np.round(_log_softmax(values + bias), 4)  # rounded: processors differ in the last digits
    path = best_path(scores, _joints(text, spans))
    chances = np.exp(scores[np.arange(len(path)), path])
    found = []
    for first, last in _runs(path):
        kind = LABELS[path[first]][2:]
        start, end = spans[first][0], spans[last - 1][1]
        if kind in NAMED_TYPES:
            start, end = out_of_words(text, start, start + len(_NO_NAME.sub("", text[start:end])))
        else:
            end = start + len(_NO_PHRASE.sub("", text[start:end]))
        found.append(Tagged(start, end, kind, round(float(chances[first:last].mean()), 3)))
    return found


@cache
def _around_names() -> tuple[str, ...]:
    return tuple(sorted(listed("around_name", "zh")))  # in one order: the first that fits decides


def out_of_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A name without what belongs to a Chinese word that goes on behind it, or begins before it: 博特大|股东 is 博特, 据|信博特 too."""
    for word in _around_names():
        for inside in range(1, len(word)):
            if end - inside - start >= SHORTEST_AGAIN and text.startswith(word, end - inside):
                return out_of_words(text, start, end - inside)
            if end - start - inside >= SHORTEST_AGAIN and start >= len(word) - inside and text.startswith(word, start - len(word) + inside):
                return out_of_words(text, start + inside, end)
    return start, end


def best_path(scores: NDArray[np.float32], joints: Sequence[int]) -> list[int]:
    """The labels with the highest sum of scores ([pieces, labels]) in which I follows B or I of its type.

    ``joints`` says how each piece stands to the one before: APART, TOUCHING (no mention begins right behind one of its type), WITHIN_WORD (it
    stays inside its mention or outside any) or NEW_LINE (no mention goes on). Ties go to the earlier label.
    """
    best = scores[0] + _FIRST
    back = np.zeros(scores.shape, dtype=np.int64)
    for at in range(1, len(scores)):
        ways = best[:, None] + _MOVES[joints[at]]
        back[at] = ways.argmax(axis=0)
        best = ways.max(axis=0) + scores[at]
    path = [int(best.argmax())]
    for at in range(len(scores) - 1, 0, -1):
        path.append(int(back[at, path[-1]]))
    return path[::-1]


def _runs(path: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last piece (left out) of each mention."""
    start = None
    for at, label in enumerate([*path, 0]):
        if start is not None and not LABELS[label].startswith("I-"):
            yield start, at
            start = None
        if LABELS[label].startswith("B-"):
            start = at


def _joints(text: str, spans: Sequence[tuple[int, int]]) -> list[int]:
    """How each piece stands to the one before it; the first one is apart."""
    found = [APART]
    for (_, before), (start, _) in itertools.pairwise(spans):
        if before < start:
            found.append(NEW_LINE if "\n" in text[before:start] else APART)
        else:
            found.append(WITHIN_WORD if before == start and _goes_on(text, start) else TOUCHING)
    return found


def _goes_on(text: str, at: int) -> bool:
    """Whether a place lies inside a word: between Latin letters or figures, or beside a sign that joins (DALL·E, AT&T, GPT-4, 艾伦·莫兰)."""
    if _is_latin(text[at]) and _is_latin(text[at - 1]):
        return True
    return any(_JOINER.match(text, place) for place in (at - 1, at))


def _is_latin(sign: str) -> bool:
    return sign.isalnum() and sign < "\u2e80"


def _is_letter(sign: str) -> bool:
    """Whether a sign is a Latin letter or a figure."""
    return (sign.isascii() and sign.isalnum()) or "\u00c0" <= sign <= "\u024f"


def _log_softmax(values: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = values - values.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), dtype=np.float32)


def _moves() -> list[NDArray[np.float32]]:
    """Per kind of joint, [label before, label after]: 0 where a move is allowed, NEVER where not."""
    goes_on = np.array([[after.startswith("I-") and before != OUTSIDE and before[2:] == after[2:] for after in LABELS] for before in LABELS])
    begins = np.array([label.startswith("B-") for label in LABELS])[None, :]
    stays_out = np.array([[before == after == OUTSIDE for after in LABELS] for before in LABELS])
    alike = np.array([[before != OUTSIDE and before[2:] == after[2:] for after in LABELS] for before in LABELS])
    leaves = np.array([label == OUTSIDE for label in LABELS])[None, :]
    allowed = {
        APART: goes_on | begins | leaves,
        TOUCHING: goes_on | (begins & ~alike) | leaves,
        WITHIN_WORD: goes_on | stays_out,
        NEW_LINE: (begins | leaves) & np.ones_like(alike),
    }
    return [np.where(allowed[joint], 0.0, NEVER).astype(np.float32) for joint in sorted(allowed)]


_MOVES = _moves()
_FIRST = np.array([NEVER if label.startswith("I-") else 0.0 for label in LABELS], dtype=np.float32)
