"""From keys to entities: their ids and names, the sources and deals that are made of them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kg.gazetteer import Entry, Gazetteer, normalise
from kg.model import NAMED_TYPES, PHRASE_TYPES, DealKind, Decision, Entity, MentionType, Resolution, SourceKind, digest
from kg.resolve.article import SCORES, Key, Look
from kg.resolve.clusters import Clusters
from kg.resolve.phrases import Concepts, Link
from kg.vocab import DEAL_ROLES, script_language, slug

DEAL_WORDS = {
    "Acquisition": ("acquisition", "收购"),
    "Merger": ("merger", "合并"),
    "Investment": ("investment", "投资"),
    "Partnership": ("partnership", "合作"),
}

Deal = tuple[DealKind, tuple[str, ...]]


def _with_links(resolution: Resolution, links: Mapping[str, Sequence[Link]]) -> Resolution:
    """The decisions, saying of phrases what they are a kind of."""
    decisions = (
        Decision(one.mention, one.entity, "; ".join((one.reason, *(link.reason for link in links.get(one.entity, ())))), one.score)
        for one in resolution.decisions
    )
    return Resolution(resolution.document, tuple(decisions))


class Draft:
    """An entity in the making: what its mentions said of it."""

    def __init__(self, kind: MentionType, entry: Entry | None = None, *, bought: bool = False, document: str | None = None) -> None:
        self.type, self.entry, self.bought, self.document = kind, entry, bought, document
        self.names: Counter[str] = Counter()
        self.short_names: Counter[str] = Counter()
        """Short forms: labels only where the full name is said of other things alone, such as of what each of two buyers takes."""
        self.source_kinds: Counter[SourceKind] = Counter()
        self.same_as: set[str] = set()
        self.near_misses: set[tuple[str, str]] = set()
        self.kinds: tuple[Entry, ...] = ()

    def labels(self) -> tuple[tuple[str, str], ...]:
        """The most frequent name in each language; a list's label where the texts have none in that language."""
        best: dict[str, str] = {}
        names = self.names if self.names or self.entry else self.short_names
        for name in sorted(names, key=lambda name: (-names[name], name)):
            best.setdefault(script_language(name), name)
        return tuple(sorted(({**self.entry.labels, **best} if self.entry else best).items()))

    def links(self, concepts: Concepts) -> tuple[Link, ...]:
        """The concepts that a phrase is a kind of, by its English label and by its Chinese one: each may say what the other leaves open."""
        if self.type not in PHRASE_TYPES or self.entry is not None:
            return ()
        found = (concepts.link(name, self.type) for _, name in self.labels())
        return tuple({link.entry.iri: link for link in found if link is not None}.values())

    def entity(self, identity: str) -> Entity:
        """The finished value."""
        entry = self.entry
        broader = ((entry.iri,) if self.bought else entry.broader) if entry else tuple(kind.iri for kind in self.kinds)
        known = entry or next(iter(self.kinds), None)
        kinds = sorted(self.source_kinds, key=lambda kind: (-self.source_kinds[kind], kind))
        return Entity(
            id=identity, type=self.type, labels=self.labels(), classes=known.classes if known else (),
            exact_match=(entry.iri,) if entry and not self.bought else (), broader=broader,
            same_as=tuple(sorted({*self.same_as, *(entry.same_as if entry and not self.bought else ())})),
            source_kind=kinds[0] if kinds else None, document=self.document, near_misses=tuple(sorted(self.near_misses)),
        )  # fmt: skip


def entities(
    looks: Sequence[Look], clusters: Clusters, gazetteer: Gazetteer, concepts: Concepts | None, elsewhere: Mapping[Key, str]
) -> tuple[list[Entity], list[Resolution]]:
    """Entities and decisions, when it is settled which keys are one; ``elsewhere`` has IRIs that people gave to keys."""
    ids = ids_of({found.key for one in looks for found in one.found.values()}, clusters, gazetteer)
    drafts: dict[str, Draft] = {}
    deals: dict[str, Deal] = {}
    resolutions = []
    for one in looks:
        decided = {mention: Decision(mention, ids[found.key], *clusters.why(found)) for mention, found in one.found.items()}
        note_names(one, ids, drafts)
        decided |= decide_sources(one, decided, drafts)
        decided |= decide_deals(one, decided, deals)
        resolutions.append(Resolution(document=one.document, decisions=tuple(every_mention(one, decided))))
    for key, identity in ids.items():
        drafts[identity].entry = drafts[identity].entry or gazetteer.entry(clusters.entry(key))
        if key in elsewhere:
            drafts[identity].same_as.add(elsewhere[key])
    for merge, against in clusters.refused:
        first, second = ids.get(merge.one), ids.get(merge.other)
        if first and second and first != second:
            drafts[first].near_misses.add((second, f"{merge.reason}, but {against}"))
            drafts[second].near_misses.add((first, f"{merge.reason}, but {against}"))
    links = {identity: links for identity, draft in drafts.items() if concepts and (links := draft.links(concepts))}
    for identity, found_kinds in links.items():
        drafts[identity].kinds = tuple(link.entry for link in found_kinds)
    resolutions = [_with_links(resolution, links) for resolution in resolutions]
    found = [draft.entity(identity) for identity, draft in drafts.items()]
    names = {entity.id: dict(entity.labels) for entity in found}
    found += [deal_entity(identity, *deal, names) for identity, deal in deals.items()]
    return sorted(found, key=lambda entity: entity.id), resolutions


def ids_of(keys: Iterable[Key], clusters: Clusters, gazetteer: Gazetteer) -> dict[Key, str]:
    """Id of each key's entity: of its list's entry, else of the first of its normalised names by code point.

    Where two want one id, or a list has it for another thing, those that no list knows get a hash.
    """
    chief = {key: _chief(key, clusters) for key in keys}
    chief |= {key.buyer: _chief(key.buyer, clusters) for key in chief if key.buyer}
    ids: dict[Key, str] = {}
    everything = set(chief.values())
    for bought in (False, True):  # the id of a bought asset holds its buyer's
        wishes: dict[str, list[Key]] = defaultdict(list)
        for key in everything:
            if (key.buyer is not None) is bought:
                wishes[_wish(key, ids)].append(key)
        for wish, rivals in wishes.items():
            plain = [key for key in rivals if not key.scope or key.type == "Product"]
            for key in rivals:
                taken = len(plain) > 1 or key not in plain or any(entry.id == wish for entry in gazetteer.lookup(key.name, kind=key.type))
                ids[key] = f"{wish}-{digest(key.type, key.name, key.scope)[:6]}" if taken and not key.entry else wish
    return {key: ids[one] for key, one in chief.items()}


def _chief(key: Key, clusters: Clusters) -> Key:
    """The key that gives a cluster its id."""
    members = clusters.members(key)
    chief = min(members, key=lambda one: (not one.entry, one.entry, one.name, one.scope))
    return chief._replace(buyer=_chief(key.buyer, clusters)) if key.buyer else chief


def _wish(key: Key, ids: Mapping[Key, str]) -> str:
    plain = key.entry or f"{key.type.lower()}/{slug(key.name)}"
    if key.buyer is None:
        return plain
    kind, _, thing = plain.partition("/")
    return f"{kind}/{ids[key.buyer].partition('/')[2]}--{thing}"


def note_names(one: Look, ids: Mapping[Key, str], drafts: dict[str, Draft]) -> None:
    """Add what a document says to the entities in the making."""
    for mention_id, found in one.found.items():
        draft = drafts.setdefault(ids[found.key], Draft(found.key.type, bought=found.key.buyer is not None))
        draft.entry = draft.entry or found.entry
        names = draft.names if found.labels else draft.short_names
        names[" ".join(one.roots[mention_id].text.split())] += 1


def every_mention(one: Look, decided: Mapping[str, Decision]) -> Iterator[Decision]:
    """A decision for each mention in the order of the text, pronouns and the like following what they stand for."""
    for mention in one.extraction.mentions:
        root = one.roots.get(mention.id)
        if mention.id in decided:
            yield decided[mention.id]
        elif root is not None and root.id in decided:
            known = decided[root.id]
            yield Decision(mention.id, known.entity, f"stands for {root.id}: {known.reason}", known.score)


def decide_sources(one: Look, decided: Mapping[str, Decision], drafts: dict[str, Draft]) -> dict[str, Decision]:
    """Outlets are one thing everywhere, unnamed sources each document's own; a source that the document names as an entity is that entity."""
    named = [root for root in one.roots.values() if root.type in NAMED_TYPES]
    known = {normalise(root.text): decided[root.id] for root in named}
    sources = {}
    for mention in one.extraction.mentions:
        if mention.type != "Source" or mention.antecedent is not None:
            continue
        name = _outlet_name(mention.text)
        if mention.group is not None or mention.source_kind == "Unnamed":
            identity, reason, owner = f"source/{one.document}/{slug(mention.group or name)}", "unnamed source", one.document
        elif name in known:
            sources[mention.id] = Decision(mention.id, known[name].entity, f"named as an entity: {known[name].reason}", known[name].score)
            continue
        else:
            identity, reason, owner = f"source/{slug(name)}", "outlet", None
        draft = drafts.setdefault(identity, Draft("Source", document=owner))
        draft.names[" ".join(mention.text.split())] += 1
        if mention.source_kind:
            draft.source_kinds[mention.source_kind] += 1
        sources[mention.id] = Decision(mention.id, identity, reason, SCORES["name"])
    return sources


def _outlet_name(text: str) -> str:
    """Normalised name of an outlet, without an article or 《》."""
    return re.sub(r"^the\s+", "", normalise(text.strip("《》“”\"' ")))


def decide_deals(one: Look, decided: Mapping[str, Decision], deals: dict[str, Deal]) -> dict[str, Decision]:
    """Deals by kind and parties. A deal between some parties of a larger one of its kind in the same document is that larger one."""
    told: dict[str, Deal] = {}
    for mention in one.extraction.mentions:
        roots = [one.roots.get(party) for party in mention.parties]
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


def _whole(deal: Deal, others: Iterable[Deal]) -> Deal:
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


def deal_entity(identity: str, kind: DealKind, parties: tuple[str, ...], names: Mapping[str, Mapping[str, str]]) -> Entity:
    """A deal as an entity, called by its parties and its kind."""
    english, chinese = DEAL_WORDS[kind]

    def called(party: str, language: str) -> str:
        labels = names[party]
        return labels.get(language) or labels[min(labels)]

    labels = (
        ("en", f"{' – '.join(called(party, 'en') for party in parties)} ({english})"),
        ("zh", f"{'–'.join(called(party, 'zh') for party in parties)}（{chinese}）"),
    )
    return Entity(id=identity, type="Deal", labels=labels, deal=kind, parties=parties)
