"""Graphs of invented news of any size, alike in shape to real ones: a few firms have most of the claims, many have one or two.

News of four years in two languages, with rumours and what became of them, denials, corrections within an article, copies, sources named and not.
"""

from __future__ import annotations

import random
from collections import ChainMap, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from pyoxigraph import Quad

from kg.model import Certainty, Claim, Decision, Document, Entity, Extraction, Figures, Mention, Polarity, Resolution, Span, Stage, digest
from kg.rdf import Statement, document_quads, entities_quads, statements
from kg.rdf.said import type_of
from kg.resolve.entities import DEAL_WORDS
from kg.vocab import RELATIONS

TRIPLES_PER_DOCUMENT = 145
ENTITIES_PER_DOCUMENT = {
    "Company": 0.7, "Organization": 0.08, "Person": 0.25, "Product": 0.2, "Asset": 0.2, "Challenge": 0.15, "Capability": 0.08, "Strategy": 0.08,
    "Source": 0.02,
}  # fmt: skip
FINER = {"Asset": "DataAsset", "Challenge": "RegulatoryChallenge"}
SYLLABLES = ("bar", "cel", "dor", "fen", "gal", "hum", "kir", "lom", "mar", "nev", "pol", "quin", "ros", "sel", "tur", "vas", "wen", "yor", "zan")
SIGNS = "澜青禾北云金塔明港岭砚杉檀渡湾松川辰岳"
WORDS = {
    "Company": ("Works", "科技"), "Organization": ("Council", "委员会"), "Person": ("Solberg", "先生"), "Product": ("Kit", "平台"),
    "Asset": ("records", "数据"), "Challenge": ("shortage", "短缺"), "Capability": ("planning", "能力"), "Strategy": ("first", "战略"),
    "Source": ("Post", "日报"),
}  # fmt: skip
WEIGHTS = {
    "acquires": 12, "mergesWith": 4, "investsIn": 10, "partnersWith": 10, "competesWith": 6, "supplies": 8, "sues": 4, "investigates": 3,
    "hasSubsidiary": 5, "offers": 8, "hasAsset": 7, "needs": 6, "faces": 7, "pursues": 6, "enables": 3, "supports": 2, "mitigates": 4, "leads": 7,
}  # fmt: skip
UNNAMED = {"Insider": ("people familiar with it", "知情人士"), "Analyst": ("analysts", "分析师"), "Official": ("officials", "官员")}
"""What unnamed sources are called in either language, by the kind of source."""
FIRST_DAY, DAYS = date(2031, 1, 1), 1461

Mood = tuple[Polarity, Certainty, Stage | None]
MOODS: dict[Mood, int] = {
    ("Positive", "Certain", "Completed"): 20, ("Positive", "Certain", "Announced"): 25, ("Positive", "Probable", "Talks"): 15,
    ("Positive", "Possible", "Considered"): 20, ("Positive", "Certain", "Talks"): 4, ("Positive", "Certain", "Considered"): 3,
    ("Positive", "Certain", "Terminated"): 4, ("Negative", "Certain", "Considered"): 9,
    ("Positive", "Certain", None): 70, ("Positive", "Probable", None): 15, ("Positive", "Possible", None): 10, ("Negative", "Certain", None): 5,
}  # fmt: skip
"""How often something is told so, of deals and of the rest."""


class Thread(NamedTuple):
    """What one or more articles tell of, and the deal that it is about."""

    subject: str
    relation: str
    object: str
    deal: str | None


class Telling(NamedTuple):
    """How one sentence tells it."""

    thread: Thread
    mood: Mood
    voice: str
    """Id of an entity, kind of an unnamed source, or "" for the article itself."""
    figures: Figures
    confidence: float


class Market:
    """Entities of an invented market, and what the articles so far have told of it."""

    def __init__(self, documents: int) -> None:
        self.chance = random.Random(1)  # noqa: S311
        self.documents = documents
        self.entities: dict[str, Entity] = {}
        self.kinds: dict[str, list[str]] = defaultdict(list)
        self._told: list[Thread] = []
        for kind, share in ENTITIES_PER_DOCUMENT.items():
            for number in range(max(round(share * documents), 5)):
                self._add(kind, number)

    def _add(self, kind: str, number: int) -> None:
        digits = [number // 19**place % 19 for place in (2, 1, 0) if place < 2 or number >= 19**2]
        english = f"{self.chance.choice(SYLLABLES)}{''.join(SYLLABLES[digit] for digit in digits)} {WORDS[kind][0]}"
        chinese = "".join(SIGNS[digit] for digit in digits) + self.chance.choice(SIGNS) + WORDS[kind][1]
        english = english.title() if kind in ("Company", "Organization", "Person", "Product", "Source") else english
        labels = self.chance.choice(((("en", english),), (("zh", chinese),), (("en", english), ("zh", chinese))))
        finer = (FINER[kind],) if kind in FINER and number % 3 == 0 else ()
        source = "Media" if kind == "Source" else None
        self._keep(Entity(f"{kind.lower()}/{number:06}", kind, labels, finer, source_kind=source))  # type: ignore[arg-type]

    def _keep(self, entity: Entity) -> str:
        self.entities[entity.id] = entity
        self.kinds[entity.type].append(entity.id)
        return entity.id

    def name(self, identity: str, language: str) -> str:
        """What a thing is called in a language, else in the other one."""
        labels = dict(self.entities[identity].labels)
        return labels.get(language) or next(iter(labels.values()))

    def plan(self) -> list[Telling]:
        """What the next article tells; a few tell something twice, and then the last word counts."""
        tellings = [self._telling(self._thread()) for _ in range(1 + int(self.chance.random() ** 2 * 9))]
        return [*tellings, self._telling(tellings[0].thread)] if self.chance.random() < 0.05 else tellings

    def _some(self, kinds: Sequence[str]) -> str:
        kinds = [kind for kind in kinds if self.kinds[kind]]
        kind = kinds[0] if self.chance.random() < 0.6 else self.chance.choice(kinds)
        return self.kinds[kind][int(self.chance.random() ** 3 * len(self.kinds[kind]))]

    def _thread(self) -> Thread:
        """Something new, or what was told before: the more often, the likelier again."""
        if self._told and self.chance.random() < 0.45:
            thread = self.chance.choice(self._told)
        else:
            (relation,) = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
            known = RELATIONS[relation]
            subject = object_ = self._some(known.domain)
            while object_ == subject:
                object_ = self._some(known.range)
            if known.symmetric:
                subject, object_ = sorted((subject, object_))
            thread = Thread(subject, relation, object_, self._deal(known.deal, subject, object_) if known.deal else None)
        self._told.append(thread)
        return thread

    def _deal(self, kind: str, *parties: str) -> str:
        identity = f"deal/{digest(kind, *parties)}"
        labels = tuple(
            (language, f"{' – '.join(self.name(party, language) for party in parties)} ({word})")
            for language, word in zip(("en", "zh"), DEAL_WORDS[kind], strict=True)
        )
        return identity if identity in self.entities else self._keep(Entity(identity, "Deal", labels, deal=kind, parties=parties))  # type: ignore[arg-type]

    def _telling(self, thread: Thread) -> Telling:
        moods = {mood: weight for mood, weight in MOODS.items() if (mood[2] is None) == (thread.deal is None)}
        (mood,) = self.chance.choices(list(moods), list(moods.values()))
        (voice,) = self.chance.choices(("", "Source", "Company", "Person", "Unnamed"), (40, 15, 25, 8, 12))
        voice = self.chance.choice(list(UNNAMED)) if voice == "Unnamed" else self._some((voice,)) if voice else ""
        figures = Figures()
        if thread.deal and self.chance.random() < 0.4:
            amount = self.chance.randrange(1, 900)
            figures = Figures(Decimal(amount * 10**6), Decimal(amount * 10**6 * 2) if amount % 9 == 0 else None, self.chance.choice(("USD", "CNY")))
            if amount % 5 == 0:
                figures = Figures(share=Decimal(amount % 90 + 5) / 100, event_date=f"203{amount % 6}-0{amount % 9 + 1}", event_date_text="next year")
        return Telling(thread, mood, voice, figures, round(1 - self.chance.random() ** 3 * 0.7, 2))


class Article:
    """A document in the making: its text grows with what is told."""

    def __init__(self, market: Market, key: str, language: str, tellings: Sequence[Telling]) -> None:
        self.market, self.key, self.language, self.text = market, key, language, ""
        self.sources: dict[str, Entity] = {}
        self._mentions: list[Mention] = []
        self._decisions: list[Decision] = []
        claims = tuple(self._tell(number, one) for number, one in enumerate(tellings))
        self.extraction = Extraction(key, "invented", (language,), tuple(self._mentions), claims)
        self.resolution = Resolution(key, tuple(self._decisions))

    def _mention(self, identity: str, surface: str) -> str:
        span = Span(len(self.text), len(self.text) + len(surface))
        kind = type_of(identity)
        self.text += surface + (" " if self.language == "en" else "")
        self._mentions.append(Mention(Mention.make_id(span, kind), kind, span, surface, "invented"))  # type: ignore[arg-type]
        self._decisions.append(Decision(self._mentions[-1].id, identity, "name"))
        return self._mentions[-1].id

    def _voice(self, voice: str) -> str | None:
        if not voice:
            return None
        identity, name = voice, ""
        if voice in UNNAMED:
            identity, name = f"source/{self.key}/{voice.lower()}s", UNNAMED[voice][self.language == "zh"]
            self.sources[identity] = Entity(identity, "Source", ((self.language, name),), source_kind=voice, document=self.key)  # type: ignore[arg-type]
        mention = self._mention(identity, name or self.market.name(identity, self.language))
        self.text += "said " if self.language == "en" else "称"
        return mention

    def _tell(self, number: int, telling: Telling) -> Claim:
        thread, (polarity, certainty, stage) = telling.thread, telling.mood
        start = len(self.text)
        source = self._voice(telling.voice)
        cites = source is not None and telling.voice.startswith("source/") and telling.confidence > 0.98
        citing = self._voice("Insider") if cites else None
        subject = self._mention(thread.subject, self.market.name(thread.subject, self.language))
        verb = f"{'not ' if polarity == 'Negative' else ''}{(stage or certainty).lower()} {thread.relation}"
        if thread.deal:
            about = self._mention(thread.deal, verb)
        else:
            about, self.text = None, self.text + verb + " "
        object_ = self._mention(thread.object, self.market.name(thread.object, self.language))
        self.text = self.text.rstrip() + (". " if self.language == "en" else "。")
        return Claim(
            digest(self.key, number), thread.relation, subject, object_, (Span(start, len(self.text.rstrip())),), f"{thread.relation}.invented",
            polarity, certainty, stage, about, source, citing, telling.confidence, figures=telling.figures,
        )  # fmt: skip


def invented(triples: int) -> Iterator[Quad]:
    """About so many quads as a build writes them, always the same: a graph for each document, the entities last."""
    market = Market(max(triples // TRIPLES_PER_DOCUMENT, 10))
    used: set[str] = set()
    observed: list[tuple[Document, list[Statement]]] = []
    plans: list[tuple[str, list[Telling]]] = []
    for number in range(market.documents):
        chance = market.chance
        if plans and chance.random() < 0.06:
            language, plan = chance.choice(plans[-100:])
        else:
            language, plan = chance.choice(("en", "en", "zh")), market.plan()
            plans.append((language, plan))
        day = FIRST_DAY + timedelta(number * DAYS // market.documents)
        draft = Document(
            f"news-{number:06}", "", date=None if chance.random() < 0.05 else day.isoformat(), lang=language, url=f"https://news.invalid/{number}",
            publisher=None if chance.random() < 0.1 else f"Publisher {int(chance.random() ** 2 * 60)}",
        )  # fmt: skip
        article = Article(market, draft.key, language, plan)
        document = Document(draft.id, article.text, "", article.text[:60], draft.date, draft.url, draft.publisher, language)
        yield from document_quads(document, article.extraction, article.resolution, ChainMap(article.sources, market.entities))
        observed.append((document, statements(document, article.extraction, article.resolution)[0]))
        used.update(decision.entity for decision in article.resolution.decisions)
    yield from entities_quads((entity for identity, entity in market.entities.items() if identity in used), observed)
