"""One thing in two languages: names and phrases that neither list nor text says are the same.

They are compared where they meet: in two documents that tell the same story, or in one document of two languages. Names are compared by sound and
meaning, phrases by meaning; a pair counts when each is the other's best, which across languages is much safer than a threshold. Phrases that no story
brings together must be much nearer to each other than to any other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from kg.gazetteer import Gazetteer
from kg.model import NAMED_TYPES, PHRASE_TYPES
from kg.resolve.article import Key, Look
from kg.resolve.clusters import Clusters, Merge
from kg.resolve.phrases import BLOCK, Vectors, same_everywhere, same_in_text
from kg.resolve.sound import alike, spelled_alike
from kg.resolve.types import one_type_each
from kg.vocab import script_language

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAD = {"en": 600, "zh": 220}
"""Code points of a text's start that tell what it is about."""
NEAREST = 5
"""Texts of the other language that are looked at for each."""
SAME_STORY = 0.79
"""Cosine of the starts of two texts from which they may tell one story, if they share a name."""
SHARED_NAME = 0.02
"""What each name that two texts share adds to their cosine, so that of two like stories the one about the same firms is taken."""
DAYS_BETWEEN = 7
SOUNDS = 0.79
"""From here on two names of a story sound alike; measured on composed twin articles: 46 of 71 pairs, none wrong."""
SOUND_WEIGHT = 0.1
"""What their sound adds to the cosine of two names that do not sound alike enough."""
SLOT = 0.03
"""What it adds to a cosine that two names or phrases stand in like claims about the same thing."""
ONLY_NAME = 0.8
"""The same as below for two names that are the only ones of their type left in a story, and stand in like claims."""
SAME_NAME, SAME_PHRASE = 0.86, 0.80
"""Cosine with these from which names and phrases of one story are one thing; chosen on 28 composed pairs of articles, where no pair was wrong."""


Slots = dict[Key, set[tuple[str, str, Any]]]


class Meeting(NamedTuple):
    """Keys of one type in each language that may be the same things, each with the words that stand for it there."""

    type: str
    latin: dict[Key, tuple[str, ...]]
    chinese: dict[Key, tuple[str, ...]]
    where: str


def stories(looks: Sequence[Look], leads: Mapping[str, str], clusters: Clusters, vectors: Vectors) -> list[tuple[Look, Look]]:
    """Documents that tell the same story, the English one first; a document of both languages with itself.

    Their starts mean nearly the same, they name one thing at least, and each is the other's best.
    """
    sides: dict[str, list[Look]] = {"en": [], "zh": []}
    found = []
    for one in looks:
        if {"en", "zh"} <= set(one.extraction.languages):
            found.append((one, one))
        elif one.extraction.languages in (("en",), ("zh",)):
            sides[one.extraction.languages[0]].append(one)
    if not sides["en"] or not sides["zh"]:
        return found
    sides = _near_in_time(sides)
    starts = {language: vectors([" ".join(leads[one.document][: LEAD[language]].split()) for one in side]) for language, side in sides.items()}
    named = {language: [_named(one, language, clusters) for one in side] for language, side in sides.items()}
    near = dict(_nearest(starts["en"], starts["zh"]))
    near |= {(row, column): cosine for (column, row), cosine in _nearest(starts["zh"], starts["en"])}
    scores: dict[tuple[int, int], float] = {}
    for (row, column), cosine in sorted(near.items()):
        if cosine >= SAME_STORY and _near(sides["en"][row].date, sides["zh"][column].date):
            common = _names_shared(named["en"][row], named["zh"][column])
            if common:
                scores[row, column] = round(cosine + SHARED_NAME * min(common, NEAREST), 4)
    best_row: dict[int, tuple[float, int]] = {}
    best_column: dict[int, tuple[float, int]] = {}
    for (row, column), score in scores.items():
        best_row[row] = max(best_row.get(row, (0.0, 0)), (score, -column))
        best_column[column] = max(best_column.get(column, (0.0, 0)), (score, -row))
    pairs = sorted((row, -column) for row, (_, column) in best_row.items() if best_column[-column][1] == -row)
    return found + [(sides["en"][row], sides["zh"][column]) for row, column in pairs]


def _near_in_time(sides: Mapping[str, Sequence[Look]]) -> dict[str, list[Look]]:
    """The documents that one of the other language may tell the story of, by their dates: the starts of no others need be worked out."""
    dates = {language: {one.date for one in side} for language, side in sides.items()}
    other = {"en": "zh", "zh": "en"}
    near = {language: {day for day in dates[language] if any(_near(day, there) for there in dates[other[language]])} for language in sides}
    return {language: [one for one in side if one.date in near[language]] for language, side in sides.items()}


def _nearest(first: NDArray[np.float32], second: NDArray[np.float32]) -> Iterator[tuple[tuple[int, int], float]]:
    """For each row of the first table the nearest rows of the second (of equally near ones the first), with their cosine."""
    import numpy as np

    for start in range(0, len(first), BLOCK):
        cosines = np.round(first[start : start + BLOCK] @ second.T, 4)
        for row, columns in enumerate((-cosines).argsort(axis=1, kind="stable")[:, :NEAREST]):
            yield from (((start + row, int(column)), float(cosines[row, column])) for column in columns)


def _named(look: Look, language: str, clusters: Clusters) -> dict[Key, tuple[str, ...]]:
    """Roots of the names of a document, with their words in its language; () for those in the other script."""
    words = worded(look, language, clusters)
    roots = {clusters.root(found.key) for found in look.found.values() if found.key.type in NAMED_TYPES}
    return {root: words.get(root, ()) for root in roots}


def _names_shared(english: Mapping[Key, tuple[str, ...]], chinese: Mapping[Key, tuple[str, ...]]) -> int:
    """How many things two documents both name: the same ones, and names that sound alike."""
    both = english.keys() & chinese.keys()
    left = [(root.type, words) for root, words in english.items() if words and root not in both]
    right = [(root.type, words) for root, words in chinese.items() if words and root not in both]
    return len(both) + sum(any(kind == other and _sound(words, there) >= SOUNDS for other, there in right) for kind, words in left)


def _near(one: str | None, other: str | None) -> bool:
    try:
        return abs((date.fromisoformat((one or "")[:10]) - date.fromisoformat((other or "")[:10])).days) <= DAYS_BETWEEN
    except ValueError:
        return True  # a date is missing


def across_languages(looks: Sequence[Look], leads: Mapping[str, str], clusters: Clusters, gazetteer: Gazetteer, vectors: Vectors) -> None:
    """Merge what is one thing in other words or in the other language; names that were read as two types on the sides of a story get one."""
    told = stories(looks, leads, clusters, vectors)
    one_type_each(told, clusters, gazetteer)
    _compare(told, NAMED_TYPES, same_sounds, clusters, vectors)  # what sounds alike tells where the rest stands
    _compare(told, NAMED_TYPES, same_names, clusters, vectors)
    for one in looks:
        for language in ("en", "zh"):
            words = worded(one, language, clusters)
            for kind in PHRASE_TYPES:
                phrases = {root: texts[0] for root, texts in words.items() if root.type == kind}
                for key, other, cosine in same_in_text(phrases, vectors):
                    clusters.merge(Merge(key, other, f"means the same ({cosine:.2f}), both in {one.name}", 0.8))
    _compare(told, PHRASE_TYPES, same_phrases, clusters, vectors)
    _merge_everywhere(looks, clusters, vectors)


def _compare(
    told: Sequence[tuple[Look, Look]],
    kinds: Sequence[str],
    compare: Callable[[Meeting, Vectors, Callable[[Key, Key], bool]], Iterator[Merge]],
    clusters: Clusters,
    vectors: Vectors,
) -> None:
    for one, other in told:
        here, there = slots(one, clusters), slots(other, clusters)

        def shared(latin: Key, chinese: Key, here: Slots = here, there: Slots = there) -> bool:
            return not here.get(latin, set()).isdisjoint(there.get(chinese, set()))

        for meeting in in_story(one, other, clusters):
            if meeting.type in kinds:
                for merge in compare(meeting, vectors, shared):
                    clusters.merge(merge)


def _merge_everywhere(looks: Sequence[Look], clusters: Clusters, vectors: Vectors) -> None:
    """Merge phrases of the two languages that no story brings together."""
    words: dict[str, dict[Key, str]] = {"en": {}, "zh": {}}
    for one in looks:
        for language, known in words.items():
            for root, texts in worded(one, language, clusters).items():
                if root.type in PHRASE_TYPES:
                    known[root] = min(known.get(root, texts[0]), texts[0])
    for kind in PHRASE_TYPES:
        english, chinese = ({root: text for root, text in sorted(known.items()) if root.type == kind} for known in words.values())
        both = english.keys() & chinese.keys()
        alone = [{root: text for root, text in side.items() if root not in both} for side in (english, chinese)]
        for key, other, cosine in same_everywhere(alone[0], alone[1], vectors):
            clusters.merge(Merge(key, other, f"means the same ({cosine:.2f}), nearest of the other language", 0.75))


def in_story(one: Look, other: Look, clusters: Clusters) -> Iterator[Meeting]:
    """What may be the same between the two sides of a story: names and phrases that only one side has."""
    mine, theirs = worded(one, "en", clusters), worded(other, "zh", clusters)
    where = f"told alike in {one.name} and {other.name}" if one is not other else f"both in {one.name}"
    for kind in (*NAMED_TYPES, *PHRASE_TYPES):
        latin = {root: words for root, words in mine.items() if root.type == kind and root not in theirs}
        chinese = {root: words for root, words in theirs.items() if root.type == kind and root not in mine}
        if latin and chinese:
            yield Meeting(kind, latin, chinese, where)


def worded(look: Look, language: str, clusters: Clusters) -> dict[Key, tuple[str, ...]]:
    """Roots of what a document names, each with its words in a language, as they come in the text; what has none is left out."""
    words: dict[Key, dict[str, None]] = defaultdict(dict)
    for mention in look.extraction.mentions:
        found = look.found.get(mention.id)
        if found is not None and script_language(mention.text) == language:
            words[clusters.root(found.key)][mention.text] = None
    return {root: tuple(told) for root, told in words.items()}


def slots(look: Look, clusters: Clusters) -> Slots:
    """For each root, where it stands in the document's claims: relation, end, and what stands at the other end."""
    told: Slots = defaultdict(set)
    keys = {mention: clusters.root(look.found[root.id].key) for mention, root in look.roots.items() if root.id in look.found}
    for claim in look.extraction.claims:
        subject, other = keys.get(claim.subject), keys.get(claim.object)
        if subject is not None:
            told[subject].add((claim.relation, "subject", other or "deal"))
        if other is not None:
            told[other].add((claim.relation, "object", subject or "deal"))
    return told


def same_sounds(meeting: Meeting, vectors: Vectors, shared: Callable[[Key, Key], bool]) -> Iterator[Merge]:
    """Names of a meeting that sound alike."""
    latin, chinese = list(meeting.latin), list(meeting.chinese)
    sounds = _sounds(meeting)
    for row, column in _best(sounds, SOUNDS):
        yield Merge(latin[row], chinese[column], f"sounds alike ({sounds[row, column]:.2f}), {meeting.where}", 0.85)


def same_names(meeting: Meeting, vectors: Vectors, shared: Callable[[Key, Key], bool]) -> Iterator[Merge]:
    """Names of a meeting that mean the same, and sound a little alike or stand in like claims."""
    import numpy as np

    latin, chinese = list(meeting.latin), list(meeting.chinese)
    cosines = _cosines(list(meeting.latin.values()), list(meeting.chinese.values()), vectors)
    bonus = np.array([[SLOT * shared(one, other) for other in chinese] for one in latin])
    floor = SAME_NAME if len(latin) > 1 or len(chinese) > 1 or not bonus.any() else ONLY_NAME
    for row, column in _best(np.round(cosines + SOUND_WEIGHT * _sounds(meeting) + bonus, 4), floor):
        yield Merge(latin[row], chinese[column], f"means the same ({cosines[row, column]:.2f}), {meeting.where}", 0.75)


def _sounds(meeting: Meeting) -> NDArray[np.float64]:
    """For each pair how alike two names sound, [latin, chinese]."""
    import numpy as np

    return np.array([[_sound(one, other) for other in meeting.chinese.values()] for one in meeting.latin.values()])


def same_phrases(meeting: Meeting, vectors: Vectors, shared: Callable[[Key, Key], bool]) -> Iterator[Merge]:
    """Phrases of a meeting that are one thing."""
    import numpy as np

    latin, chinese = list(meeting.latin), list(meeting.chinese)
    cosines = _cosines(list(meeting.latin.values()), list(meeting.chinese.values()), vectors)
    bonus = np.array([[SLOT * shared(one, other) for other in chinese] for one in latin])
    for row, column in _best(np.round(cosines + bonus, 4), SAME_PHRASE):
        yield Merge(latin[row], chinese[column], f"means the same ({cosines[row, column]:.2f}), {meeting.where}", 0.8)


def _sound(latin: Iterable[str], chinese: Iterable[str]) -> float:
    return max(1.0 if spelled_alike(one, other) else alike(one, other) for one in latin for other in chinese)


def _cosines(latin: Sequence[tuple[str, ...]], chinese: Sequence[tuple[str, ...]], vectors: Vectors) -> NDArray[np.float32]:
    """For each pair the best cosine of a wording of one and a wording of the other, [latin, chinese]."""
    import numpy as np

    one, other = vectors([text for texts in latin for text in texts]), vectors([text for texts in chinese for text in texts])
    cosines = np.round(one @ other.T, 4)
    rows = np.cumsum([0] + [len(texts) for texts in latin])[:-1]
    columns = np.cumsum([0] + [len(texts) for texts in chinese])[:-1]
    return np.maximum.reduceat(np.maximum.reduceat(cosines, rows, axis=0), columns, axis=1)


def _best(scores: NDArray[np.float64], floor: float) -> Iterator[tuple[int, int]]:
    """Rows and columns that are each other's best with at least this score, taken out one after the other, the best first."""
    import numpy as np

    scores = scores.copy()
    while scores.size and scores.max() >= floor:
        row, column = np.unravel_index(int(scores.argmax()), scores.shape)
        yield int(row), int(column)
        scores[row, :] = -1.0
        scores[:, column] = -1.0
