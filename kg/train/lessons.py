"""From annotated articles to what the joint model learns: labels of pieces, and pairs of mentions with what they claim."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from msgspec.structs import replace

from kg.extract.mentions import SOURCE, sentence_numbers, windows
from kg.extract.relations import CERTAINTIES, FITTING, KINDS, NONE, POLARITIES, SPEAKER_TYPES, STAGES, VOICE_REACH, candidates, ends_of
from kg.model import PHRASE_TYPES, Span
from kg.train.examples import Place, label, marked, places
from kg.vocab import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import torch

    from kg.evaluate.gold import Article, GoldClaim, GoldEntity
    from kg.extract.mentions import Tagged
    from kg.extract.relations import End
    from kg.train.recipe import Recipe

T = TypeVar("T")
UNKNOWN = -100
"""Of a field that teaches nothing."""
HEADLINE = 150
"""Code points that a headline has at most."""
AROUND = 200
"""Code points around a quote in which its source is looked for."""


class Wanted(NamedTuple):
    """What a pair is: numbers in ``KINDS``, ``CERTAINTIES``, ``POLARITIES``, ``STAGES``; ``voices`` are the right sources among those offered."""

    relation: int = KINDS.index(NONE)
    certainty: int = UNKNOWN
    polarity: int = UNKNOWN
    stage: int = UNKNOWN
    voices: tuple[int, ...] = ()


class Lesson(NamedTuple):
    """An article: pieces in windows, labels of the pieces, ends and pairs of them, and the words that may name a source."""

    windows: list[list[int]]
    labels: list[int]
    sentences: list[int]
    ends: list[End]
    voices: list[tuple[int, int, int]]
    """First and last piece and sentence of each; the first one, nobody, left out."""
    pairs: list[tuple[int, int]]
    wanted: list[Wanted]
    shares: torch.Tensor | None = None
    """In place of ``wanted``, what each pair is most likely, [pairs, kinds]; nothing is then learnt of status."""


def lessons(articles: Iterable[Article], tokenizer: Any, size: int, mistaken: Mapping[str, Sequence[Place]] | None = None) -> Iterator[Lesson]:
    """One lesson per article that has pieces.

    ``mistaken`` are phrases, by the id of their article, that a reader takes for mentions and the annotation does not have: they are nothing to
    anything. Annotated phrases all stand in a claim; a model that saw these alone would take every phrase for a part of one.
    """
    for article in articles:
        cut_up = list(windows(tokenizer, article.text, size))
        if cut_up:
            others = mistaken.get(article.id, ()) if mistaken else ()
            yield _lesson(article, others, [part.ids for part in cut_up], [span for part in cut_up for span in part.spans])


def mistaken_phrases(article: Article, found: Iterable[Tagged]) -> list[Place]:
    """The phrases among what a reader found that touch nothing annotated."""
    known = marked(article)
    phrases = [one for one in found if one.type in PHRASE_TYPES and not any(one.start < right.end and right.start < one.end for right in known)]
    return [Place(one.start, one.end, one.type, "") for one in phrases]


def in_capitals(articles: Iterable[Article], recipe: Recipe) -> list[Article]:
    """The share of the English articles with a headline that the recipe says, chosen by its seed, with the headline as news wires write it."""
    loud = [one for article in articles if (one := loudly(article)) is not None]
    return recipe.shuffled(loud)[: round(recipe.capitals * len(loud))]


def loudly(article: Article) -> Article | None:
    """An English article with its headline, the line that others follow, in capitals; None where there is none to change."""
    head, line, body = article.text.partition("\n")
    loud = head.upper()
    if article.lang != "en" or not line or len(head) > HEADLINE or len(loud) != len(head) or loud == head:
        return None
    text = loud + line + body

    def names(entity: GoldEntity) -> GoldEntity:
        told = [name.upper() for name in entity.names if name.upper() in loud]
        return replace(entity, names=tuple(dict.fromkeys([*entity.names, *told])))

    def said(claim: GoldClaim) -> GoldClaim:
        at = article.text.find(claim.quote)
        quote = text[at : at + len(claim.quote)] if at >= 0 else claim.quote
        source = claim.source if claim.source is None or claim.source in text else claim.source.upper()
        return replace(claim, quote=quote, source=source)

    entities = tuple(names(entity) for entity in article.entities)
    return replace(article, id=f"{article.id} in capitals", text=text, entities=entities, claims=tuple(said(claim) for claim in article.claims))


def _lesson(article: Article, others: Sequence[Place], ids: list[list[int]], spans: list[tuple[int, int]]) -> Lesson:
    numbers = sentence_numbers(article.text, spans, [Span(0, len(article.text))])
    placed = _with_pieces([(one, (one.start, one.end, one.type)) for one in sorted([*marked(article), *others])], spans, numbers)
    named, ends = [one for one, _ in placed], [end for _, end in placed]
    regions = [(claim, region) for claim in article.claims if (region := _region(article.text, claim.quote)) is not None]
    spoken = _sources(article, regions, named)
    tagged = [*((one.start, one.end, one.type) for one in named if one.entity), *((start, end, SOURCE) for start, end in spoken)]
    labels = [label(start, end, tagged) for start, end in spans]
    quoted = _with_pieces([(article.text[start:end], (start, end, "Asset")) for start, end in spoken], spans, numbers)
    told = [*quoted, *((one.entity, end) for one, end in placed if one.type in SPEAKER_TYPES)]
    texts, voices = [text for text, _ in told], [(end.first, end.last, end.sentence) for _, end in told]
    pairs, wanted = _pairs(article, regions, named, ends, texts, voices)
    return Lesson(ids, labels, numbers, ends, voices, pairs, wanted)


def _with_pieces(things: Sequence[tuple[T, tuple[int, int, str]]], spans: list[tuple[int, int]], numbers: list[int]) -> list[tuple[T, End]]:
    """Things that stand somewhere (start, end, type), each with its pieces; those that have none are left out."""
    ends = ends_of(spans, numbers, [place for _, place in things])
    return [(thing, end) for (thing, _), end in zip(things, ends, strict=True) if end is not None]


def _region(text: str, quote: str) -> tuple[int, int] | None:
    """Where a quote begins and ends."""
    at, first = 0, None
    for part in quote.split(" … "):
        start = text.find(part, at)
        if start < 0:
            return None
        first = start if first is None else first
        at = start + len(part)
    return (first, at) if first is not None else None


def _sources(article: Article, regions: list[tuple[GoldClaim, tuple[int, int]]], named: Iterable[Place]) -> list[tuple[int, int]]:
    """Where the sources that are no entities are named: nearest to what they say."""
    entities = {name for entity in article.entities for name in entity.names}
    taken = [(one.start, one.end) for one in named]
    found = set()
    for claim, (start, end) in regions:
        if claim.source and claim.source not in entities:
            spots = [spot for spot in places(claim.source, article.text) if start - AROUND <= spot[0] and spot[1] <= end + AROUND]
            free = [spot for spot in spots if not any(a < spot[1] and spot[0] < b for a, b in taken)]
            if free:
                found.add(min(free, key=lambda spot: (max(start - spot[1], spot[0] - end, 0), spot)))
    return sorted(found)


def _pairs(
    article: Article,
    regions: list[tuple[GoldClaim, tuple[int, int]]],
    named: list[Place],
    ends: list[End],
    texts: list[str],
    voices: list[tuple[int, int, int]],
) -> tuple[list[tuple[int, int]], list[Wanted]]:
    """The pairs and what they claim: where the quote holds both ends, else where they stand nearest before it.

    Other pairs of the same two entities are left out: whether they say the same is not known.
    """
    deals = {entity.id for entity in article.entities if entity.type == "Deal"}
    ids = {name: entity.id for entity in article.entities for name in entity.names}
    by_entity: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(named):
        by_entity[one.entity].append(number)
    deal = len(ends)
    wanted: dict[tuple[int, int], Wanted] = {}
    unsure: set[tuple[int, int]] = set()
    for claim, (start, end) in regions:

        def near(entity: str, start: int = start, end: int = end) -> list[int]:
            if entity in deals:
                return [deal]
            inside = [one for one in by_entity[entity] if named[one].start < end and named[one].end > start]
            before = [one for one in by_entity[entity] if named[one].end <= start]
            return inside or before[-1:] or by_entity[entity][:1]

        symmetric = RELATIONS[claim.p].symmetric
        for subject in [deal] if claim.s in deals else by_entity[claim.s]:
            for other in [deal] if claim.o in deals else by_entity[claim.o]:
                unsure |= {(subject, other), (other, subject)} if symmetric else {(subject, other)}
        for subject in near(claim.s):
            for other in near(claim.o):
                told = _wanted(claim, subject, other, ends, ids, texts, voices)
                wanted[subject, other] = told
                if symmetric:
                    wanted[other, subject] = told
    chosen = [pair for pair in dict.fromkeys([*candidates(ends), *wanted]) if pair in wanted or pair not in unsure]
    chosen = [pair for pair in chosen if pair[0] != pair[1] and _fits(pair, wanted.get(pair, Wanted()), ends)]
    return chosen, [wanted.get(pair, Wanted()) for pair in chosen]


def _fits(pair: tuple[int, int], told: Wanted, ends: list[End]) -> bool:
    kinds = [ends[one].type if one < len(ends) else len(FITTING) - 1 for one in pair]
    return bool(FITTING[kinds[0], kinds[1], told.relation])


def _wanted(
    claim: GoldClaim, subject: int, other: int, ends: list[End], ids: dict[str, str], texts: list[str], voices: list[tuple[int, int, int]]
) -> Wanted:
    near = [ends[one].sentence for one in (subject, other) if one < len(ends)]
    if claim.source is None:
        right: tuple[int, ...] = (0,)
    else:
        who = {claim.source, ids.get(claim.source, claim.source)}
        right = tuple(
            number + 1
            for number, (text, (_, _, sentence)) in enumerate(zip(texts, voices, strict=True))
            if text in who and min(near) - VOICE_REACH <= sentence <= max(near) + VOICE_REACH
        )
    return Wanted(
        KINDS.index(claim.p),
        CERTAINTIES.index(claim.certainty.title()),
        0 if claim.polarity == "+" else 1,
        STAGES.index(claim.stage.title()) if claim.stage else UNKNOWN,
        right,
    )


__all__ = ["POLARITIES", "UNKNOWN", "Lesson", "Wanted", "lessons", "mistaken_phrases"]
