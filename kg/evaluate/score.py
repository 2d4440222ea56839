"""How well a graph agrees with annotated articles: entities, claims, their status, and rumours that became facts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

import pyoxigraph as ox

from kg.evaluate.gold import Article, GoldClaim, GoldEntity
from kg.model import ENTITY_TYPES, PHRASE_TYPES
from kg.vocab import DCTERMS, KG, OA, PROV, RDF, RDFS, RELATIONS, SCHEMA, SKOS

TYPES = frozenset((*ENTITY_TYPES, "Deal"))
SAME_PHRASE = 0.6
"""Overlap (Dice) from which two phrases are the same."""
SAME_SOURCE = 0.5
FIELDS = ("polarity", "certainty", "stage", "source")
PLAIN = {"polarity": "+", "certainty": "certain", "stage": "completed", "source": None}
"""Most claims; accuracy on "marked" ones is over the others."""

_SUFFIX = re.compile(
    r"\b(inc|corp|corporation|co|company|ltd|limited|plc|llc|holdings?|group|sa|ag|nv|se)\b\.?|(股份有限公司|有限责任公司|有限公司|公司|集团)$"
)
_STOP = frozenset(["a", "an", "the", "of", "its", "their", "and", "for", "to", "in", "s", "on", "with", "的", "其"])

Table: TypeAlias = dict[str, dict[str, float] | int | str]
Triple: TypeAlias = tuple[str, str, str]


class Found(NamedTuple):
    """A claim of the graph, in the words of the gold files. ``source`` holds the names of who says so."""

    s: str
    p: str
    o: str
    polarity: str | None
    certainty: str | None
    stage: str | None
    source: frozenset[str] | None
    evidence: tuple[tuple[str | None, int | None, int | None, str | None], ...]
    """Document, start, end and quote of each piece of evidence."""
    confidence: float | None = None


def name_key(name: str) -> str:
    """What two spellings of a name share: no case, no legal form, no punctuation."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\W_]+", "", _SUFFIX.sub(" ", re.sub(r"^the\s+", "", plain)))


def dice(one: str, other: str) -> float:
    """Overlap of two phrases, 0 to 1: Dice's coefficient over words (singular) and Chinese characters."""
    x, y = _units(one), _units(other)
    return 2 * (x & y).total() / max(1, x.total() + y.total())


def _units(phrase: str) -> Counter[str]:
    units: Counter[str] = Counter()
    for run in re.findall(r"[\u4e00-\u9fff]+|[a-z0-9+]+", unicodedata.normalize("NFKC", phrase).casefold()):
        if "\u4e00" <= run[0] <= "\u9fff":
            units.update(sign for sign in run if sign not in _STOP)
        elif run not in _STOP:
            units[run.removesuffix("ies") + "y" if run.endswith("ies") else re.sub(r"(?<=[a-z]{3})s$", "", run)] += 1
    return units


def same(kind: str, gold: Iterable[str], found: Iterable[str]) -> bool:
    """Whether one of the annotated names of a thing of this type is among those that were found."""
    if kind in PHRASE_TYPES:
        return any(dice(want, name) >= SAME_PHRASE for want in gold for name in found)
    keys = {name_key(name) for name in found}
    return any(name_key(want) in keys for want in gold)


def _local(iri: str) -> str:
    return re.split(r"[#/]", iri)[-1]


class _Graph:
    """What a graph says, per document of the gold file."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self._by_subject: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        rows = sorted({(_value(quad.subject), quad.predicate.value, _value(quad.object), _value(quad.graph_name)) for quad in quads})
        for subject, predicate, value, _ in rows:
            self._by_subject[subject][predicate].append(value)
        self.document = {me: said[DCTERMS + "identifier"][0] for me, said in self._by_subject.items() if DCTERMS + "identifier" in said}
        self.names: dict[tuple[str | None, str], set[str]] = defaultdict(set)
        self.facts: dict[str | None, set[Triple]] = defaultdict(set)
        for subject, predicate, value, graph in rows:
            document = self.document.get(graph)  # None: a graph that is no document's
            if predicate in (RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel"):
                self.names[document, subject].add(value)
            elif predicate.startswith(KG) and _local(predicate) in RELATIONS:
                self.facts[document].add((subject, _local(predicate), value))
        self.types = {me: {_local(kind) for kind in said[RDF + "type"] if kind.startswith(KG)} for me, said in list(self._by_subject.items())}
        self.parties = {me: set(said[KG + "party"]) for me, said in list(self._by_subject.items()) if KG + "party" in said}
        self.mentions: dict[str, list[str]] = defaultdict(list)
        for me, document in sorted(self.document.items()):
            self.mentions[document] += sorted(set(self._all(me, SCHEMA + "mentions")))
        self.claims: dict[str | None, list[Found]] = defaultdict(list)
        for me in sorted(self._by_subject):
            if "Claim" in self.types.get(me, ()) and not self._all(me, KG + "supersededBy"):  # a superseded one is not the article's last word
                self._add_claim(me)

    def kinds(self, node: str) -> set[str]:
        """Classes of a node, as local names."""
        return self.types.get(node, set())

    def _all(self, node: str, predicate: str) -> list[str]:
        return self._by_subject.get(node, {}).get(predicate, [])

    def _one(self, node: str, predicate: str) -> str | None:
        return next(iter(self._all(node, predicate)), None)

    def _status(self, node: str, field: str) -> str | None:
        value = self._one(node, KG + field)
        return _local(value).lower() if value else None

    def _add_claim(self, me: str) -> None:
        evidence = tuple(sorted({self._evidence(node) for node in self._all(me, PROV + "wasDerivedFrom")}, key=str))
        subject, relation, value = (self._one(me, RDF + field) or "" for field in ("subject", "predicate", "object"))
        source = self._one(me, KG + "attributedTo")
        for document in sorted({where for where, *_ in evidence}, key=str):
            who = None
            if source is not None:  # outlets are labelled in the entities graph
                who = frozenset(self.names.get((document, source), set()) | self.names.get((None, source), set()) or {source})
            polarity = {"positive": "+", "negative": "-"}.get(self._status(me, "polarity") or "")
            certainty, stage = self._status(me, "certainty"), self._status(me, "stage")
            sure = self._one(me, KG + "confidence")
            found = Found(subject, _local(relation), value, polarity, certainty, stage, who, evidence, float(sure) if sure else None)
            self.claims[document].append(found)

    def _evidence(self, node: str) -> tuple[str | None, int | None, int | None, str | None]:
        start = end = exact = None
        for selector in self._all(node, OA + "hasSelector"):
            start, end = self._one(selector, OA + "start") or start, self._one(selector, OA + "end") or end
            exact = self._one(selector, OA + "exact") or exact
        document = self.document.get(self._one(node, OA + "hasSource") or "")
        return document, int(start) if start else None, int(end) if end else None, exact


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.DefaultGraph | ox.Triple) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.BlankNode | ox.Literal) else ""


class _Tally:
    """The counts of one evaluation."""

    def __init__(self, graph: _Graph) -> None:
        self.graph = graph
        self.count: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.status: dict[str, Counter[str]] = defaultdict(Counter)
        self.errors = [f"-\tfact outside a document's graph\t{_local(s)} {p} {_local(o)}" for s, p, o in sorted(graph.facts[None])]
        self.leaked = len(graph.facts[None])
        self.quotes = Counter[bool]()
        self.sure: list[tuple[float, bool]] = []
        """Of each claim that says so: how sure it is, and whether it is right."""
        self.matched: dict[tuple[str, str, str, str], Triple] = {}
        """Document and ids of a gold claim: the triple that the graph has for it."""

    def add(self, article: Article) -> None:
        """Score one article."""
        gold = {entity.id: entity for entity in article.entities}
        self._entities(article, gold)
        self._facts(article, gold)
        self._claims(article, gold)

    def _is(self, article: Article, node: str, entity: GoldEntity, gold: Mapping[str, GoldEntity], *, typed: bool = False) -> bool:
        """Whether a node of the graph is what the annotation means."""
        kinds = self.graph.kinds(node)
        if entity.type == "Deal":
            parties, want = self.graph.parties.get(node, set()), [gold[party] for party in entity.parties]
            alike = {"Deal", entity.kind} <= kinds and len(parties) == len(want)
            return alike and all(any(self._is(article, party, one, gold) for party in parties) for one in want)
        if typed and entity.type not in kinds:
            return False
        return same(entity.type, entity.names, self.graph.names.get((article.id, node), ()))

    def _says(self, article: Article, triple: Triple, claim: GoldClaim, gold: Mapping[str, GoldEntity]) -> bool:
        """Whether a triple of the graph is what a gold claim says; of a symmetric relation either way round."""
        s, p, o = triple
        if p != claim.p:
            return False
        ends = (gold[claim.s], gold[claim.o])
        ways = (ends, ends[::-1]) if RELATIONS[p].symmetric else (ends,)
        return any(self._is(article, s, subject, gold) and self._is(article, o, value, gold) for subject, value in ways)

    def _entities(self, article: Article, gold: Mapping[str, GoldEntity]) -> None:
        found = [node for node in self.graph.mentions[article.id] if self.graph.kinds(node) & (TYPES - {"Deal"})]
        free = set(found)
        for entity in article.entities:
            if entity.type == "Deal":
                continue
            hit = next((node for node in sorted(free) if self._is(article, node, entity, gold, typed=True)), None)
            for key in (article.lang, entity.type):
                self.count["entity", key]["gold"] += 1
                self.count["entity", key]["hit"] += hit is not None
            if hit is None:
                self.errors.append(f"{article.id}\tmissed entity\t{entity.type}\t{entity.name}")
            else:
                free.discard(hit)
        for node in found:
            kinds = sorted(self.graph.kinds(node) & TYPES)
            for key in (article.lang, *kinds):
                self.count["entity", key]["found"] += 1
            if node in free:
                self.errors.append(f"{article.id}\textra entity\t{'/'.join(kinds)}\t{self._first_name(article, node)}")

    def _facts(self, article: Article, gold: Mapping[str, GoldEntity]) -> None:
        """A direct triple is right when a claim of the article that is certain (and done) says so, and leaked when another one does."""
        facts = self.graph.facts.get(article.id, set())
        once = {(*sorted((s, o)), p) if RELATIONS[p].symmetric else (s, o, p) for s, p, o in facts}
        firm = [claim for claim in article.claims if claim.firm]
        self.count["fact", article.lang].update(gold=len(firm), found=len(once))
        self.count["fact", article.lang]["hit"] += sum(any(self._says(article, (s, p, o), claim, gold) for claim in firm) for s, o, p in once)
        for claim in article.claims:
            if not claim.firm and any(self._says(article, fact, claim, gold) for fact in facts):
                self.leaked += 1
                self.errors.append(f"{article.id}\tleaked as fact\t{claim.p} {claim.quote[:60]}")

    def _claims(self, article: Article, gold: Mapping[str, GoldEntity]) -> None:
        left = list(self.graph.claims[article.id])
        everything = list(left)
        for found in left:
            for key in (article.lang, found.p):
                self.count["claim", key]["found"] += 1
            for document, start, end, exact in found.evidence:
                if document == article.id:
                    self.quotes[start is not None and end is not None and article.text[start:end] == exact] += 1
        for claim in article.claims:
            hit = next((found for found in left if self._says(article, (found.s, found.p, found.o), claim, gold)), None)
            for key in (article.lang, claim.p):
                self.count["claim", key]["gold"] += 1
                self.count["claim", key]["hit"] += hit is not None
            if hit is None:
                self.errors.append(f"{article.id}\tmissed claim\t{gold[claim.s].name} {claim.p} {gold[claim.o].name}")
                continue
            left.remove(hit)
            ends = sorted((hit.s, hit.o)) if RELATIONS[claim.p].symmetric else (hit.s, hit.o)
            self.matched[article.id, claim.s, claim.p, claim.o] = (claim.p, ends[0], ends[1])
            self.count["claim+status", article.lang]["hit"] += self._status(article, claim, hit)
        wrong = {id(found) for found in left}
        self.sure += [(found.confidence, id(found) not in wrong) for found in everything if found.confidence is not None]
        for found in left:
            s, o = (self._first_name(article, node) for node in (found.s, found.o))
            self.errors.append(f"{article.id}\textra claim\t{s} {found.p} {o}")

    def _status(self, article: Article, claim: GoldClaim, hit: Found) -> bool:
        """Count which fields of the status are right; whether all are."""
        right = {field: getattr(hit, field) == getattr(claim, field) for field in ("polarity", "certainty", "stage")}
        right["source"] = (hit.source is None) == (claim.source is None) and (
            claim.source is None or any(dice(claim.source, name) >= SAME_SOURCE for name in hit.source or ())
        )
        if not RELATIONS[claim.p].deal:
            del right["stage"]
        for field, ok in right.items():
            marked = getattr(claim, field) != PLAIN[field]
            for key in (article.lang, f"{article.lang}, marked")[: 1 + marked]:
                self.status[key][field + "_n"] += 1
                self.status[key][field] += ok
            if not ok and field != "source":
                self.errors.append(f"{article.id}\t{field}\twant {getattr(claim, field)} got {getattr(hit, field)}\t{claim.p} {claim.quote[:60]}")
        return all(right.values())

    def _first_name(self, article: Article, node: str) -> list[str]:
        return sorted(self.graph.names.get((article.id, node), ()))[:1]


def score(articles: Iterable[Article], quads: Iterable[ox.Quad]) -> tuple[Table, list[str]]:
    """Table of scores of a graph, and a line for each error."""
    articles = list(articles)
    tally = _Tally(_Graph(quads))
    for article in articles:
        tally.add(article)
    languages = sorted({article.lang for article in articles})
    for language in languages:
        tally.count["claim+status", language].update({field: tally.count["claim", language][field] for field in ("gold", "found")})
    for what in ("entity", "claim", "claim+status", "fact"):
        tally.count[what, "all"] = sum((tally.count[what, language] for language in languages), Counter())
    table: Table = {f"{what} {key}": _prf(counts) for (what, key), counts in sorted(tally.count.items())}
    for language, counts in sorted(tally.status.items()):
        seen = [field for field in FIELDS if counts[field + "_n"]]
        table[f"status {language}"] = {field: round(counts[field] / counts[field + "_n"], 3) for field in seen}
        table[f"status {language}, of"] = {field: counts[field + "_n"] for field in seen}
    table |= _pairs(articles, tally.matched)
    table["rumours leaked as facts"] = tally.leaked
    if tally.sure:
        table["confidence, expected calibration error"] = f"{calibration_error(tally.sure):.3f}"
    table["evidence exact"] = f"{tally.quotes[True]}/{tally.quotes.total()}"
    return table, tally.errors


def calibration_error(told: Iterable[tuple[float, bool]]) -> float:
    """How far confidences are from the share that is right, the mean over ten equal bins weighed by how many fall into each.

    Expected calibration error (Naeini, Cooper and Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning").
    """
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for sure, right in told:
        bins[min(9, int(sure * 10))].append((sure, right))
    total = sum(map(len, bins.values()))
    return sum(abs(sum(sure for sure, _ in one) - sum(right for _, right in one)) for one in bins.values()) / max(1, total)


def _prf(counts: Counter[str]) -> dict[str, float]:
    """Precision, recall, their harmonic mean, and how many there were to find."""
    return _harmonic(counts["hit"] / max(1, counts["found"]), counts["hit"] / max(1, counts["gold"])) | {"n": counts["gold"]}


def _harmonic(precision: float, recall: float) -> dict[str, float]:
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"P": round(precision, 3), "R": round(recall, 3), "F1": round(f1, 3)}


def _pairs(articles: Iterable[Article], matched: Mapping[tuple[str, str, str, str], Triple]) -> Table:
    """The same article in two languages: of the claims found in both, how many are the same triple."""
    known = {article.id for article in articles}
    twins = {article.id: article.pair for article in articles if article.lang == "en" and article.pair in known}
    if not twins:
        return {}
    both = [(triple, matched[twin, s, p, o]) for (me, s, p, o), triple in matched.items() if (twin := twins.get(me)) and (twin, s, p, o) in matched]
    return {"pairs: found in both, same triple": f"{sum(one == other for one, other in both)}/{len(both)}"}


def score_mentions(articles: Iterable[Article], read: Callable[[str], Iterable[tuple[str, str]]]) -> Table:
    """Table of scores of a reader alone, which gives the type and the words of what a text mentions; by language, then by type.

    An entity is found when one of its names is read with its type in its article, and words are right when they are of such an entity.
    """
    count: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for article in articles:
        found: dict[str, set[str]] = defaultdict(set)
        for kind, words in read(article.text):
            found[kind].add(words)
        for kind in ENTITY_TYPES:
            gold = [entity.names for entity in article.entities if entity.type == kind]
            for row in (kind, "phrases" if kind in PHRASE_TYPES else "names"):
                seen = count[article.lang, row]
                seen.update(gold=len(gold), found=len(found[kind]))
                seen["hit"] += sum(same(kind, names, found[kind]) for names in gold)
                seen["right"] += sum(any(same(kind, names, (words,)) for names in gold) for words in found[kind])
    rows = ("names", "phrases", *ENTITY_TYPES)
    return {f"{language} {row}": shares(count[language, row]) for language in sorted({key[0] for key in count}) for row in rows}


def shares(counts: Counter[str]) -> dict[str, float]:
    """Precision over what was found, recall over what was to be found, and their harmonic mean."""
    return _harmonic(counts["right"] / max(1, counts["found"]), counts["hit"] / max(1, counts["gold"])) | {"n": counts["gold"]}
