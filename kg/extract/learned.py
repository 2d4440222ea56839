"""What the trained reader of claims holds of an article's mentions: per subject, relation and object the pair that says it best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from kg.extract.mentions import SOURCE
from kg.extract.relations import CERTAINTIES, KINDS, POLARITIES, SPEAKER_TYPES, STAGES, Spoken, ends_of
from kg.model import Span
from kg.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from kg.extract.confidence import Calibration
    from kg.extract.mentions import Page, Tagged
    from kg.extract.relations import End, RelationReader, Scored
    from kg.model import Certainty, Mention, Polarity, Stage

DEAL = "Deal"
"""Stands for the key of a deal: which one is meant is decided later."""
HALF = Decimal("0.5")
STAKE, PURCHASE, UNIT = (KINDS.index(kind) for kind in ("investsIn", "acquires", "hasSubsidiary"))
LEAST = 0.02
"""Chance below which a pair is not kept in mind at all."""

Triple = tuple[str, str, str]
"""Relation and the keys of subject and object."""


class Guess(NamedTuple):
    """That two mentions stand in a relation, as the model holds. An end that is None is a deal."""

    relation: str
    subject: Mention | None
    object: Mention | None
    chance: float
    polarity: Polarity
    certainty: Certainty
    certainty_chance: float
    """That the certainty is this one."""
    stage: Stage
    voice: Span | None
    """Words for who says so."""
    is_first: bool = True
    """Whether the two stand in this relation rather than in another; one that is not first only supports what a pattern finds."""

    @property
    def last(self) -> Mention:
        """The end that stands last in the text: the claim is made where it stands."""
        return max((end for end in (self.subject, self.object) if end is not None), key=lambda mention: mention.span)


class Learned(NamedTuple):
    """The trained reader of claims before an article."""

    guess: Callable[[Sequence[Mention], Callable[[Mention], str], Callable[[Mention], Decimal | None]], dict[Triple, Guess]]
    """From the mentions of the article in its order, what gives their keys, and what gives the share of a firm its sentence speaks of, to guesses."""
    calibration: Calibration
    scores: Mapping[Span, float]
    """Of each mention that was read, how sure it is."""


def guesses(
    reader: RelationReader,
    page: Page,
    read: Sequence[Tagged],
    mentions: Sequence[Mention],
    key: Callable[[Mention], str],
    share: Callable[[Mention], Decimal | None],
) -> dict[Triple, Guess]:
    """The best guess for each triple of keys; ``mentions`` and ``read`` (where words for sources stand) in the order of the text."""
    found = ends_of(page.spans, page.sentences, [(one.span.start, one.span.end, one.type) for one in mentions])
    placed = [(mention, end) for mention, end in zip(mentions, found, strict=True) if end is not None]
    known, ends = [mention for mention, _ in placed], [end for _, end in placed]
    voices = list(_voices(page, known, ends, read))
    best: dict[Triple, Guess] = {}
    places = [span for _, span in voices]
    for one in reader.read(page, ends, [voice for voice, _ in voices]):
        if one.relations[: len(RELATIONS)].max() < LEAST:
            continue
        for guess in _guesses(_with_share(one, known, share), known, places):
            subject, other = (DEAL if end is None else key(end) for end in (guess.subject, guess.object))
            if RELATIONS[guess.relation].symmetric and other < subject:
                subject, other = other, subject
                guess = guess._replace(subject=guess.object, object=guess.subject)
            triple = guess.relation, subject, other
            if subject != other:
                before = best.get(triple, guess)
                surer = guess if guess.chance > before.chance else before
                best[triple] = surer._replace(is_first=before.is_first or guess.is_first)
    return {triple: guess for triple, guess in best.items() if not _is_turned(triple, guess, best)}


def _with_share(one: Scored, mentions: Sequence[Mention], share: Callable[[Mention], Decimal | None]) -> Scored:
    """The same, of a firm whose share is given: more than one half is control, less is a stake, and the chance of what it is not goes to what it is.

    Of persons a large share is left open: who holds one has a stake (guidelines 4 and 31).
    """
    if one.subject >= len(mentions) or one.object >= len(mentions) or not one.relations[[STAKE, PURCHASE]].max() >= LEAST:
        return one
    subject, firm = mentions[one.subject], mentions[one.object]
    part = share(firm) if firm.type == "Company" else None
    if part is None or part == HALF or (part > HALF and subject.type == "Person"):
        return one
    return one._replace(relations=by_share(one.relations, part))


def by_share(relations: NDArray[np.float32], share: Decimal) -> NDArray[np.float32]:
    """Chances of relations (in the order of ``KINDS``) to a firm of which this share (from 0 to 1, not one half) is spoken."""
    changed = relations.copy()
    if share > HALF:
        control = relations[[PURCHASE, UNIT]] + 1e-6
        changed[[PURCHASE, UNIT]] += relations[STAKE] * control / control.sum()
        changed[STAKE] = 0
    else:
        changed[STAKE] += relations[PURCHASE]
        changed[PURCHASE] = 0
    return changed


def _is_turned(triple: Triple, guess: Guess, best: dict[Triple, Guess]) -> bool:
    """Whether the same is held more surely the other way round."""
    relation, subject, other = triple
    turned = best.get((relation, other, subject))
    return turned is not None and (turned.chance, other) > (guess.chance, subject)


def _voices(page: Page, mentions: Sequence[Mention], ends: Sequence[End], read: Sequence[Tagged]) -> Iterator[tuple[Spoken, Span]]:
    """What may name a source, with its place: words read as such, and names of those who can speak."""
    places = [Span(one.start, one.end) for one in read if one.type == SOURCE]
    spoken = ends_of(page.spans, page.sentences, [(place.start, place.end, DEAL) for place in places])
    for place, end in zip(places, spoken, strict=True):
        if end is not None:
            yield Spoken(end.first, end.last, end.sentence), place
    for mention, end in zip(mentions, ends, strict=True):
        if mention.type in SPEAKER_TYPES:
            yield Spoken(end.first, end.last, end.sentence), mention.span


def _guesses(one: Scored, mentions: Sequence[Mention], voices: Sequence[Span]) -> Iterator[Guess]:
    """What a pair may be, the most probable first."""
    said = int(one.voices.argmax())
    subject, other = (mentions[end] if end < len(mentions) else None for end in (one.subject, one.object))
    first, *rest = (-one.relations[: len(RELATIONS)]).argsort(kind="stable")
    for kind in (first, *(kind for kind in rest if one.relations[kind] >= LEAST)):
        yield Guess(
            KINDS[kind],
            subject,
            other,
            float(one.relations[kind]),
            POLARITIES[int(one.polarity.argmax())],
            CERTAINTIES[int(one.certainty.argmax())],
            float(one.certainty.max()),
            STAGES[int(one.stage.argmax())],
            voices[said - 1] if said else None,
            is_first=bool(kind == first),
        )
