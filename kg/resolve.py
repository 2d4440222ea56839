"""Mention to entity: which things the documents speak of, and why each mention is held to be one of them.

Names are linked to the gazetteer and phrases to concepts where these know them; all others are one thing when type and normalised name are the
same. Inside one document a short form goes with the only full name that it fits. This is the only stage that sees more than one document.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from kg.gazetteer import Entry, Gazetteer, normalise, normalise_phrase
from kg.model import (
    NAMED_TYPES,
    PHRASE_TYPES,
    DealKind,
    Decision,
    Document,
    Entity,
    Extraction,
    Mention,
    MentionType,
    Resolution,
    SourceKind,
    digest,
)
from kg.vocab import DEAL_ROLES, RELATIONS, script_language, slug

SCORES = {"list": 1.0, "context": 0.9, "name": 0.9, "everyday": 0.8, "short": 0.8}
"""How sure a decision is: a list knows the name; it knows several, and the text says which; equal names; a list knows the name, which is also an
everyday word; the only full name that a short form fits."""

DEAL_WORDS = {
    "Acquisition": ("acquisition", "收购"),
    "Merger": ("merger", "合并"),
    "Investment": ("investment", "投资"),
    "Partnership": ("partnership", "合作"),
}
SMALL_WORDS = {"of", "the", "and", "for", "in", "on", "&"}
COUNTRY = re.compile(r"^(?:the )?(?:u\.? ?s\.?|united states|u\.? ?k\.?|united kingdom|e\.? ?u\.?|european union) ")
"""What often stands before a body's name and is left out later: "US Federal Trade Commission"."""


_Deal = tuple[DealKind, tuple[str, ...]]


class _Key(NamedTuple):
    """What makes mentions one entity: the id of a list's entry, or a normalised name of a type; of a bought asset also who buys it."""

    type: MentionType
    name: str
    entry: str = ""
    buyer: _Key | None = None


class _Found(NamedTuple):
    """A decision about the mentions of one name in one document, before entities have ids."""

    key: _Key
    reason: str
    score: float
    entry: Entry | None = None
    labels: bool = True
    """Whether the name may become the entity's label; a short form may not."""


class _Article(NamedTuple):
    """What is kept of one document between looking at it and deciding: not its text."""

    key: str
    extraction: Extraction
    roots: dict[str, Mention]
    found: dict[str, _Found]


class _Draft:
    """An entity in the making: what its mentions said of it."""

    def __init__(self, kind: MentionType, entry: Entry | None = None, *, bought: bool = False, document: str | None = None) -> None:
        self.type, self.entry, self.bought, self.document = kind, entry, bought, document
        self.names: Counter[str] = Counter()
        self.source_kinds: Counter[SourceKind] = Counter()

    def labels(self) -> tuple[tuple[str, str], ...]:
        """The most frequent name in each language; a list's label where the texts have none in that language."""
        best: dict[str, str] = {}
        for name in sorted(self.names, key=lambda name: (-self.names[name], name)):
            best.setdefault(script_language(name), name)
        return tuple(sorted(({**self.entry.labels, **best} if self.entry else best).items()))

    def entity(self, identity: str) -> Entity:
        """The finished value."""
        entry = self.entry
        kinds = sorted(self.source_kinds, key=lambda kind: (-self.source_kinds[kind], kind))
        return Entity(
            id=identity, type=self.type, labels=self.labels(), classes=entry.classes if entry else (),
            exact_match=(entry.iri,) if entry and not self.bought else (), broader=((entry.iri,) if self.bought else entry.broader) if entry else (),
            source_kind=kinds[0] if kinds else None, document=self.document,
        )  # fmt: skip


def resolve(pairs: Iterable[tuple[Document, Extraction]], gazetteer: Gazetteer) -> tuple[list[Entity], list[Resolution]]:
    """The entities that the documents speak of, sorted by id, and per document (sorted by key) the decision on each mention.

    A mention without a decision (a pronoun without antecedent, a deal whose parties are not two known things) is left out of the graph. The result
    depends on the set of documents alone, not on their order.
    """
    articles = sorted((_look(document, extraction, gazetteer) for document, extraction in pairs), key=lambda article: article.key)
    ids = _ids({found.key for article in articles for found in article.found.values()}, gazetteer)
    drafts: dict[str, _Draft] = {}
    deals: dict[str, _Deal] = {}
    resolutions = []
    for article in articles:
        decided = {mention: Decision(mention, ids[found.key], found.reason, found.score) for mention, found in article.found.items()}
        _note_names(article, ids, drafts)
        decided |= _decide_sources(article, decided, drafts)
        decided |= _decide_deals(article, decided, deals)
        resolutions.append(Resolution(document=article.key, decisions=tuple(_every_mention(article, decided))))
    entities = [draft.entity(identity) for identity, draft in drafts.items()]
    names = {entity.id: dict(entity.labels) for entity in entities}
    entities += [_deal_entity(identity, *deal, names) for identity, deal in deals.items()]
    return sorted(entities, key=lambda entity: entity.id), resolutions


def _look(document: Document, extraction: Extraction, gazetteer: Gazetteer) -> _Article:
    roots = _roots(extraction)
    found = _find_names(extraction, roots, gazetteer)
    phrases = [mention for mention in extraction.mentions if mention.type in PHRASE_TYPES and mention.antecedent is None]
    for mention in phrases:
        found[mention.id] = _find_phrase(mention, gazetteer)
    _mark_bought(extraction, roots, found)
    return _Article(document.key, extraction, roots, found)


def _roots(extraction: Extraction) -> dict[str, Mention]:
    """The mention with a name that each mention stands for; a chain that ends nowhere or in a circle has none."""
    mentions = {mention.id: mention for mention in extraction.mentions}
    roots: dict[str, Mention] = {}
    for mention in extraction.mentions:
        chain: list[str] = []
        at: Mention | None = mention
        while at is not None and at.id not in chain and at.id not in roots and at.antecedent is not None:
            chain.append(at.id)
            at = mentions.get(at.antecedent)
        end = None if at is None or at.id in chain else roots.get(at.id, at)
        if end is not None:
            roots |= dict.fromkeys([*chain, mention.id], end)
    return roots


def _find_names(extraction: Extraction, roots: Mapping[str, Mention], gazetteer: Gazetteer) -> dict[str, _Found]:
    """Decisions about the firms, bodies, people and products that the document names."""
    beside = _side_by_side(extraction, roots)
    chinese = [(normalise(one), normalise(other)) for one, other in beside if one != other and script_language(one) == script_language(other) == "zh"]
    forms = {one for one, other in chinese if one == other}

    def key(text: str) -> str:  # 云舟集团 and 云舟股份 read alike, but where a claim joins them they are parent and listed firm
        name = normalise(text)
        return " ".join(text.casefold().split()) if name in forms else name

    spelled: dict[str, list[Mention]] = defaultdict(list)
    for mention in extraction.mentions:
        if mention.type in NAMED_TYPES and mention.antecedent is None:
            spelled[key(mention.text)].append(mention)
    wanted = _wanted_types(extraction, roots)
    types = {name: _vote(mentions, wanted, gazetteer) for name, mentions in spelled.items()}
    linked = _link({name: (kind, spelled[name][0].text) for name, kind in types.items() if normalise(name) not in forms}, gazetteer)
    apart = {(key(one), key(other)) for one, other in beside}
    named = linked | _short_forms(types, linked, apart, {name for name in spelled if spelled[name][0].text.isupper()})
    found: dict[str, _Found] = {}
    for name, mentions in spelled.items():
        decision = named.get(name) or _Found(_Key(types[name], name), "name", SCORES["name"])
        given = sorted({mention.type for mention in mentions})
        if len(given) > 1:
            decision = decision._replace(reason=f"{decision.reason}; given as {' and '.join(given)}, {types[name]} by vote")
        found |= {mention.id: decision for mention in mentions}
    return found


def _wanted_types(extraction: Extraction, roots: Mapping[str, Mention]) -> dict[str, list[tuple[str, ...]]]:
    """For each named mention, the types that each claim about it allows there."""
    wanted = defaultdict(list)
    for claim in extraction.claims:
        if relation := RELATIONS.get(claim.relation):
            for end, allowed in ((claim.subject, relation.domain), (claim.object, relation.range)):
                if end in roots:
                    wanted[roots[end].id].append(allowed)
    return wanted


def _vote(mentions: list[Mention], wanted: Mapping[str, list[tuple[str, ...]]], gazetteer: Gazetteer) -> MentionType:
    """The one type of a name in this article: the one under which most claims hold, then the one given most often, then the one that a list knows."""
    given = Counter(mention.type for mention in mentions)
    if len(given) == 1:
        return mentions[0].type
    claims = Counter(kind for mention in mentions for allowed in wanted.get(mention.id, ()) for kind in allowed)
    return max(given, key=lambda kind: (claims[kind], given[kind], bool(gazetteer.lookup(mentions[0].text, kind=kind)), -NAMED_TYPES.index(kind)))


def _link(names: Mapping[str, tuple[MentionType, str]], gazetteer: Gazetteer) -> dict[str, _Found]:
    """Names that the gazetteer knows in their type; of several things, the one whose maker or product the text names too.

    An everyday word ("Apple") is linked as well, less surely: that it is used as a name of this type was read from the text already.
    """
    entries = {name: gazetteer.lookup(text, kind=kind) for name, (kind, text) in names.items()}
    certain = [found[0] for found in entries.values() if len(found) == 1]
    context = {entry.iri for entry in certain} | {entry.maker for entry in certain if entry.maker}
    linked = {}
    for name, found in entries.items():
        near = [entry for entry in found if entry.iri in context or entry.maker in context]
        if len(found) == 1:
            reason, score = ("gazetteer, an everyday word too", "everyday") if found[0].ambiguous else ("gazetteer", "list")
            linked[name] = _Found(_Key(found[0].type, "", found[0].id), reason, SCORES[score], found[0])
        elif len(near) == 1:
            linked[name] = _Found(_Key(near[0].type, "", near[0].id), "gazetteer, by what else the text names", SCORES["context"], near[0])
    return linked


def _side_by_side(extraction: Extraction, roots: Mapping[str, Mention]) -> set[tuple[str, str]]:
    """Pairs of names that are ends of one claim or parties of one deal: two things, however alike."""
    together = [(claim.subject, claim.object) for claim in extraction.claims] + [mention.parties for mention in extraction.mentions if mention.deal]
    pairs = set()
    for ends in together:
        for one, other in combinations([roots[end].text for end in ends if end in roots], 2):
            pairs |= {(one, other), (other, one)}
    return pairs


def _short_forms(
    types: Mapping[str, MentionType], linked: Mapping[str, _Found], apart: set[tuple[str, str]], capitals: set[str]
) -> dict[str, _Found]:
    """Names that no list knows and that shorten exactly one full name of the same type in the document."""
    fits: dict[tuple[MentionType, str], list[str]] = defaultdict(list)
    for full, kind in types.items():
        for short, is_acronym in _shortened(full, kind):
            if not is_acronym or short in capitals:
                fits[kind, short].append(full)
    found: dict[str, _Found] = {}
    for name in sorted(types, key=lambda name: (-len(name), name)):  # a short form may shorten a longer short form
        kind = types[name]
        fulls = sorted(full for full in fits.get((kind, name), ()) if (name, full) not in apart)
        targets = {(linked.get(full) or found.get(full) or _Found(_Key(kind, full), "name", 0)).key: full for full in fulls}
        if name not in linked and len(targets) == 1:
            ((key, full),) = targets.items()
            entry = (linked.get(full) or found.get(full) or _Found(key, "", 0)).entry
            found[name] = _Found(key, f"short form of {full}", SCORES["short"], entry, labels=False)
    return found


def _shortened(full: str, kind: MentionType) -> Iterator[tuple[str, bool]]:
    """Ways to shorten a normalised full name, each with whether it is an acronym.

    >>> sorted(_shortened("trans world airlines", "Company"))
    [('trans', False), ('trans world', False), ('twa', True)]
    >>> list(_shortened("dora vance", "Person"))
    [('vance', False)]
    """
    words = [word for word in re.split(r"[\s·•・]+", COUNTRY.sub("", full)) if word][:8]
    if kind == "Person":
        yield from ((" ".join(words[at:]), False) for at in range(1, len(words)))
    elif kind in ("Company", "Organization") and script_language(full) == "zh":
        # The start of the name, also after a place of two or three signs (浙江海川科技: 海川), with more than one sign left out (京东 is not 京东方).
        whole = full[:24]
        yield from {(whole[at:end], False) for at in (0, 2, 3) for end in range(at + 2, len(whole) + 1) if end - at + 2 <= len(whole)}
    elif kind in ("Company", "Organization") and len(words) > 1:
        yield from ((" ".join(words[:end]), False) for end in range(1, len(words) + 1) if " ".join(words[:end]) != full)
        initials = {"".join(word[0] for word in chosen) for chosen in (words, [word for word in words if word not in SMALL_WORDS])}
        yield from ((short, True) for short in sorted(initials) if len(short) > 1)


def _find_phrase(mention: Mention, gazetteer: Gazetteer) -> _Found:
    if entry := gazetteer.concept(mention.text, mention.type):
        return _Found(_Key(mention.type, "", entry.id), "concept", SCORES["list"], entry)
    return _Found(_Key(mention.type, normalise_phrase(mention.text) or mention.text.casefold().strip()), "phrase", SCORES["name"])


def _mark_bought(extraction: Extraction, roots: Mapping[str, Mention], found: dict[str, _Found]) -> None:
    """Give each asset that is itself bought its buyer: two firms' "wireless unit" are not one thing.

    Other mentions of the phrase go with it when only one such thing is bought in the document.
    """
    bought: dict[str, _Key] = {}
    for claim in sorted(extraction.claims, key=lambda claim: (claim.evidence, claim.id)):
        buyer, asset = roots.get(claim.subject), roots.get(claim.object)
        if claim.relation == "acquires" and buyer and asset and asset.type == "Asset" and buyer.type in NAMED_TYPES:
            bought.setdefault(asset.id, found[buyer.id].key)
    buyers: dict[_Key, set[_Key]] = defaultdict(set)
    for asset_id, buyer_key in bought.items():
        buyers[found[asset_id].key].add(buyer_key)
    for mention_id, one in list(found.items()):
        owner = bought.get(mention_id) or (next(iter(buyers[one.key])) if len(buyers.get(one.key, ())) == 1 else None)
        if owner:
            found[mention_id] = one._replace(key=one.key._replace(buyer=owner), reason=f"{one.reason}; bought")


def _ids(keys: Iterable[_Key], gazetteer: Gazetteer) -> dict[_Key, str]:
    """Id of each entity; where two want one id, or a list has it for another thing, those that no list knows get a hash."""
    ids: dict[_Key, str] = {}
    everything = set(keys)
    everything |= {key.buyer for key in everything if key.buyer}
    for bought in (False, True):  # the id of a bought asset holds its buyer's
        wishes: dict[str, list[_Key]] = defaultdict(list)
        for key in everything:
            if (key.buyer is not None) is bought:
                wishes[_wish(key, ids)].append(key)
        for wish, rivals in wishes.items():
            for key in rivals:
                taken = len(rivals) > 1 or any(entry.id == wish for entry in gazetteer.lookup(key.name, kind=key.type))
                ids[key] = f"{wish}-{digest(key.type, key.name)[:6]}" if taken and not key.entry else wish
    return ids


def _wish(key: _Key, ids: Mapping[_Key, str]) -> str:
    plain = key.entry or f"{key.type.lower()}/{slug(key.name)}"
    if key.buyer is None:
        return plain
    kind, _, thing = plain.partition("/")
    return f"{kind}/{ids[key.buyer].partition('/')[2]}--{thing}"


def _note_names(article: _Article, ids: Mapping[_Key, str], drafts: dict[str, _Draft]) -> None:
    for mention_id, found in article.found.items():
        draft = drafts.setdefault(ids[found.key], _Draft(found.key.type, found.entry, bought=found.key.buyer is not None))
        if found.labels:
            draft.names[" ".join(article.roots[mention_id].text.split())] += 1


def _every_mention(article: _Article, decided: Mapping[str, Decision]) -> Iterator[Decision]:
    """A decision for each mention in the order of the text, pronouns and the like following what they stand for."""
    for mention in article.extraction.mentions:
        root = article.roots.get(mention.id)
        if mention.id in decided:
            yield decided[mention.id]
        elif root is not None and root.id in decided:
            known = decided[root.id]
            yield Decision(mention.id, known.entity, f"stands for {root.id}: {known.reason}", known.score)


def _decide_sources(article: _Article, decided: Mapping[str, Decision], drafts: dict[str, _Draft]) -> dict[str, Decision]:
    """Outlets are one thing everywhere, unnamed sources each document's own; a source that the document names as an entity is that entity."""
    named = [root for root in article.roots.values() if root.type in NAMED_TYPES]
    known = {normalise(root.text): decided[root.id] for root in named}
    sources = {}
    for mention in article.extraction.mentions:
        if mention.type != "Source" or mention.antecedent is not None:
            continue
        name = _outlet_name(mention.text)
        if mention.group is not None or mention.source_kind == "Unnamed":
            identity, reason, owner = f"source/{article.key}/{slug(mention.group or name)}", "unnamed source", article.key
        elif name in known:
            sources[mention.id] = Decision(mention.id, known[name].entity, f"named as an entity: {known[name].reason}", known[name].score)
            continue
        else:
            identity, reason, owner = f"source/{slug(name)}", "outlet", None
        draft = drafts.setdefault(identity, _Draft("Source", document=owner))
        draft.names[" ".join(mention.text.split())] += 1
        if mention.source_kind:
            draft.source_kinds[mention.source_kind] += 1
        sources[mention.id] = Decision(mention.id, identity, reason, SCORES["name"])
    return sources


def _outlet_name(text: str) -> str:
    """Normalised name of an outlet, without an article or 《》."""
    return re.sub(r"^the\s+", "", normalise(text.strip("《》“”\"' ")))


def _decide_deals(article: _Article, decided: Mapping[str, Decision], deals: dict[str, _Deal]) -> dict[str, Decision]:
    """Deals by kind and parties. A deal between some parties of a larger one of its kind in the same document is that larger one."""
    told: dict[str, _Deal] = {}
    for mention in article.extraction.mentions:
        roots = [article.roots.get(party) for party in mention.parties]
        parties = [decided[root.id].entity for root in roots if root is not None and root.id in decided]
        if mention.deal and len(parties) == len(roots) and (ordered := _parties(mention.deal, parties)):
            told[mention.id] = mention.deal, ordered
    large = {deal for deal in told.values() if len(deal[1]) > 2}
    decisions = {}
    for mention_id, deal in told.items():
        whole = _whole(deal, large)
        identity = f"deal/{digest(whole[0], *whole[1])}"
        deals[identity] = whole
        reason = "kind and parties" if whole == deal else "some of the parties of a larger deal of its kind in the text"
        decisions[mention_id] = Decision(mention_id, identity, reason, SCORES["name"])
    return decisions


def _whole(deal: _Deal, others: Iterable[_Deal]) -> _Deal:
    """The larger deal that this one is a part of, if there is just one."""
    kind, parties = deal
    larger = {other for other in others if other[0] == kind and set(parties) < set(other[1])}
    if kind in DEAL_ROLES:
        larger = {other for other in larger if other[1][-1] == parties[-1]}
    return larger.pop() if len(larger) == 1 else deal


def _parties(kind: DealKind, parties: list[str]) -> tuple[str, ...] | None:
    """Parties without repetition, the active side first, sorted where the kind is symmetric; None when fewer than two are left."""
    active = dict.fromkeys(party for party in parties[:-1] if party != parties[-1])
    ordered = (*active, *parties[-1:]) if kind in DEAL_ROLES else tuple(sorted(set(parties)))
    return ordered if len(ordered) > 1 else None


def _deal_entity(identity: str, kind: DealKind, parties: tuple[str, ...], names: Mapping[str, Mapping[str, str]]) -> Entity:
    english, chinese = DEAL_WORDS[kind]

    def called(party: str, language: str) -> str:
        labels = names[party]
        return labels.get(language) or labels[min(labels)]

    labels = (
        ("en", f"{' – '.join(called(party, 'en') for party in parties)} ({english})"),
        ("zh", f"{'–'.join(called(party, 'zh') for party in parties)}（{chinese}）"),
    )
    return Entity(id=identity, type="Deal", labels=labels, deal=kind, parties=parties)
