"""How far each reader of claims is to be believed, found on articles that the model did not learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kg import language
from kg.evaluate.score import same
from kg.extract.confidence import BELIEVING, Calibration, Signs, features
from kg.extract.patterns import load_rules
from kg.model import Document
from kg.vocab import RELATIONS, is_fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from kg.evaluate.gold import Article as Gold
    from kg.evaluate.gold import GoldClaim, GoldEntity
    from kg.extract import Extractor
    from kg.model import Claim, Mention

STEPS = [round(0.05 * step, 2) for step in range(2, 16)]
"""Least confidences that are tried."""
NEAR_BEST = 0.005
"""Of bounds that give nearly the best F1 the highest is taken: a wrong claim costs a reader more than a missing one."""
FACTS_RIGHT = 0.875
"""Share of the triples that are written which shall be right."""
STEADY = 1.0
"""What holds the weights of the regression back."""


class Row(NamedTuple):
    """A claim that a reader made."""

    language: str
    signs: Signs
    right: bool
    plain: float
    """The chance that its status is plain, as the model holds; 0 where the claim itself says otherwise."""
    fact: bool
    """Whether the annotation states it as a fact."""


def calibrate(articles: Sequence[Gold], extractor: Extractor) -> Calibration:
    """The calibration of an extractor that believes everything."""
    found = list(rows(articles, extractor))
    alone, both = [row for row in found if row.signs.pattern is None], [row for row in found if row.signs.pattern is not None]
    model, pattern = _fit(alone), _fit(both)
    wanted = {code: sum(len(article.claims) for article in articles if article.lang == code) for code in {article.lang for article in articles}}
    tried = {least: _f1(found, wanted, Calibration(model, pattern, least)) for least in STEPS}
    least = max(least for least, f1 in tried.items() if f1 >= max(tried.values()) - NEAR_BEST)
    return Calibration(model, pattern, least, _firm(found, Calibration(model, pattern)))


def _firm(found: Sequence[Row], calibration: Calibration) -> float:
    """The lowest bound for facts with which enough of them are right."""
    for bound in STEPS:
        facts = [row.fact for row in found if row.plain and calibration.sure(row.signs) * row.plain >= bound]
        if sum(facts) >= FACTS_RIGHT * len(facts):
            return bound
    return STEPS[-1]


def rows(articles: Iterable[Gold], extractor: Extractor) -> Iterator[Row]:
    """Every claim of the articles that a reader makes, each triple once: as the pattern that says it best has it."""
    precision = {pattern.name: pattern.confidence for pattern in load_rules().patterns}
    for gold in articles:
        document = Document(id=gold.id, text=gold.text, date=gold.date, lang=gold.lang)
        article = extractor.open(document, [one for one in language.passages(gold.text, gold.lang) if one.kind == "prose"])
        if article is None:
            continue
        extraction = article.read("")
        names = {mention.id: mention for mention in extraction.mentions}
        seen: dict[tuple[str, ...], Row] = {}
        for claim in extraction.claims:
            told = [one for one in gold.claims if _says(one, claim, names, gold)]
            plain = article.plainly(claim) if is_fact(claim.polarity, claim.certainty, claim.stage) else 0.0
            signs = article.signs(claim)._replace(pattern=precision.get(claim.rule))
            row = Row(gold.lang, signs, bool(told), plain, fact=any(one.firm for one in told))
            triple = (*article.triple_of(claim), claim.about or "")
            if triple not in seen or (signs.pattern or 0.0) > (seen[triple].signs.pattern or 0.0):
                seen[triple] = row
        yield from seen.values()


def _says(one: GoldClaim, claim: Claim, mentions: dict[str, Mention], gold: Gold) -> bool:
    """Whether an annotated claim is the one that was read."""
    entities = {entity.id: entity for entity in gold.entities}

    def is_(end: str, entity: GoldEntity) -> bool:
        told = mentions[mentions[end].antecedent or end]
        if entity.type == "Deal" or told.type == "Deal":
            return entity.type == told.type and entity.kind == told.deal
        return same(entity.type, entity.names, (told.text,))

    ends = (entities[one.s], entities[one.o])
    ways = (ends, ends[::-1]) if RELATIONS[one.p].symmetric else (ends,)
    return one.p == claim.relation and any(is_(claim.subject, s) and is_(claim.object, o) for s, o in ways)


def _fit(found: Sequence[Row]) -> tuple[float, ...]:
    """Constant and weights of a logistic regression, by Newton's method."""
    given = np.array([features(row.signs) for row in found]).reshape(-1, len(BELIEVING))
    wanted = np.array([float(row.right) for row in found])
    weights: NDArray[np.float64] = np.zeros(given.shape[1])
    hold = np.diag([0.0001] + [STEADY] * (given.shape[1] - 1))
    for _ in range(50):
        chance = 1 / (1 + np.exp(-given @ weights))
        slope = given.T @ (wanted - chance) - hold @ weights
        bend = (given * (chance * (1 - chance))[:, None]).T @ given + hold
        weights = weights + np.linalg.solve(bend, slope)
    return tuple(round(float(one), 3) for one in weights)


def _f1(found: Sequence[Row], wanted: dict[str, int], calibration: Calibration) -> float:
    """F1 of what is sure enough, the mean of the languages."""
    scores = []
    for code, gold in sorted(wanted.items()):
        kept = [row.right for row in found if row.language == code and calibration.sure(row.signs) >= calibration.least]
        scores.append(2 * sum(kept) / max(1, len(kept) + gold))
    return round(sum(scores) / max(1, len(scores)), 4)
