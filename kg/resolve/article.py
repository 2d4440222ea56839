"""What one document says about which of its mentions are one thing.

Names are linked to the gazetteer and phrases to concepts where these know them by name; a short form goes with the only full name that it fits;
other names of a thing that the text itself gives ("Harrow (HRW)", "Harrow, formerly Tern") are noted for the step that sees all documents.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from kg.gazetteer import Entry, Gazetteer, folded, normalise, normalise_phrase
from kg.model import BY_MODEL, NAMED_TYPES, PHRASE_TYPES, Document, Extraction, Mention, MentionType
from kg.resolve.aliases import Alias, in_apposition
from kg.resolve.shorten import is_acronym, is_generic, shortens
from kg.vocab import RELATIONS, script_language

SCORES = {"list": 1.0, "context": 0.9, "name": 0.9, "everyday": 0.8, "short": 0.8}
"""How sure a decision is: a list knows the name; it knows several, and the text says which; equal names; a list knows the name, which is also an
everyday word; the only full name that a short form fits."""
BODIES = frozenset(("Company", "Organization"))
"""Types that a list may set right: whether a name is a firm or another body is hard to read, and easy to know."""


class Key(NamedTuple):
    """What makes mentions one entity before documents are compared: a list's entry, or a normalised name of a type.

    ``scope`` tells homonyms apart, or is the document that a name means nothing outside of; a bought asset has who buys it.
    """

    type: MentionType
    name: str
    entry: str = ""
    scope: str = ""
    buyer: Key | None = None

    def __lt__(self, other: tuple[object, ...]) -> bool:
        """Keys without a buyer come before the same with one."""
        return _order(self) < _order(other) if isinstance(other, Key) else NotImplemented


def _order(key: Key) -> tuple[object, ...]:
    return (*key[:4], *(_order(key.buyer) if key.buyer else ()))


class Found(NamedTuple):
    """A decision about the mentions of one name in one document, before entities have ids."""

    key: Key
    reason: str
    score: float
    entry: Entry | None = None
    labels: bool = True
    """Whether the name may become the entity's label; a short form may not."""


class Look(NamedTuple):
    """What one document says of identity: not its text."""

    document: str
    """Its key."""
    name: str
    """Its id, for reasons."""
    date: str | None
    extraction: Extraction
    roots: dict[str, Mention]
    found: dict[str, Found]
    """By id of mention."""
    aliases: tuple[tuple[Key, Key, str], ...]
    """Keys that the text says are one thing, and how it does."""
    apart: frozenset[tuple[Key, Key]]
    """Keys that it says are two things; each pair both ways round."""


Revise = Callable[[Mapping[str, Found], Mapping[str, Mention], str], dict[str, Found]]
"""How people's decisions change those on a document's mentions."""


def look(document: Document, extraction: Extraction, gazetteer: Gazetteer, revise: Revise | None = None) -> Look:
    """What a document says of its mentions."""
    roots = _roots(extraction)
    said = list(in_apposition(document.text, [one for one in extraction.mentions if one.type in NAMED_TYPES and one.antecedent is None]))
    found = _find_names(extraction, roots, gazetteer, said)
    phrases = [mention for mention in extraction.mentions if mention.type in PHRASE_TYPES and mention.antecedent is None]
    found |= _find_phrases(phrases, gazetteer)
    if revise is not None:
        found = revise(found, roots, document.key)
    _mark_bought(extraction, roots, found)
    aliases = tuple(
        (found[one.mention].key, found[one.other].key, one.reason)
        for one in said
        if one.mention in found and one.other in found and found[one.mention].key != found[one.other].key
    )
    apart = _apart(extraction, roots, found, {(one, other) for one, other, _ in aliases})
    return Look(document.key, document.id, document.date, extraction, roots, found, aliases, apart)


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


# --- names ------------------------------------------------------------------------------------------------------------


def _find_names(extraction: Extraction, roots: Mapping[str, Mention], gazetteer: Gazetteer, said: list[Alias]) -> dict[str, Found]:
    """Decisions about the firms, bodies, people and products that the document names."""
    beside = side_by_side(extraction, roots)
    chinese = [(normalise(one), normalise(other)) for one, other in beside if one != other and script_language(one) == script_language(other) == "zh"]
    listed = _listed_apart(extraction, gazetteer)
    forms = {one for one, other in chinese if one == other} | _parents_and_listed(extraction) | listed

    def key(text: str) -> str:
        name = normalise(text)
        return " ".join(text.casefold().split()) if name in forms else name

    spelled: dict[str, list[Mention]] = defaultdict(list)
    for mention in extraction.mentions:
        if mention.type in NAMED_TYPES and mention.antecedent is None:
            spelled[key(mention.text)].append(mention)
    wanted = wanted_types(extraction, roots)
    types = {name: _vote(mentions, wanted, gazetteer) for name, mentions in spelled.items()}
    linked = _link({name: (kind, spelled[name]) for name, kind in types.items() if normalise(name) not in forms - listed}, wanted, gazetteer)
    linked |= _tickers(said, {mention.id: name for name, mentions in spelled.items() for mention in mentions}, types, linked, gazetteer)
    apart = {(key(one), key(other)) for one, other in beside}
    scopes = {name: scope_of(name, kind, extraction) for name, kind in types.items()}
    named = linked | _short_forms(types, scopes, linked, apart, spelled, gazetteer)
    found: dict[str, Found] = {}
    for name, mentions in spelled.items():
        decision = named.get(name) or Found(Key(types[name], name, scope=scopes[name]), "name", SCORES["name"])
        given = sorted({mention.type for mention in mentions})
        if len(given) > 1:
            decision = decision._replace(reason=f"{decision.reason}; given as {' and '.join(given)}, {types[name]} by vote")
        found |= {mention.id: decision for mention in mentions}
    return found


def _parents_and_listed(extraction: Extraction) -> set[str]:
    """Normalised Chinese names that stand in the document both as 云舟集团 and as 云舟股份: parent and listed firm, though they read alike."""
    endings: dict[str, set[str]] = defaultdict(set)
    for mention in extraction.mentions:
        if mention.type == "Company" and mention.antecedent is None:
            form = re.search("(集团|股份|控股)(?:有限|公司)*$", mention.text)
            if form:
                endings[normalise(mention.text)].add(form[1])
    return {name for name, forms in endings.items() if len(forms) > 1}


def _listed_apart(extraction: Extraction, gazetteer: Gazetteer) -> set[str]:
    """Normalised names that stand in the document in several legal forms which a list knows as several things: 联想集团 and 联想控股."""
    meant: dict[str, set[tuple[Entry, ...]]] = defaultdict(set)
    for mention in extraction.mentions:
        if mention.type == "Company" and mention.antecedent is None and script_language(mention.text) == "zh":
            meant[normalise(mention.text)].add(gazetteer.lookup(mention.text, kind="Company"))
    return {name for name, found in meant.items() if len(found) > 1}


def scope_of(name: str, kind: MentionType, extraction: Extraction) -> str:
    """The document, where a name says too little outside of it: a surname alone, "Ministry of Finance", a product without its maker."""
    if kind == "Product":
        return extraction.document
    lone = kind == "Person" and len(name.split()) == 1 and script_language(name) == "en"
    return extraction.document if lone or (kind == "Organization" and is_generic(name)) else ""


def wanted_types(extraction: Extraction, roots: Mapping[str, Mention]) -> dict[str, list[tuple[str, ...]]]:
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


def _link(
    names: Mapping[str, tuple[MentionType, list[Mention]]], wanted: Mapping[str, list[tuple[str, ...]]], gazetteer: Gazetteer
) -> dict[str, Found]:
    """Names that the gazetteer knows in their type; of several things, the one whose maker or product the text names too.

    An everyday word ("Apple") is linked as well, less surely: that it is used as a name of this type was read from the text already.
    """
    entries = {name: _candidates(kind, mentions, wanted, gazetteer) for name, (kind, mentions) in names.items()}
    entries = {name: _not_beside_itself(names[name][1][0].text, found, entries, names, gazetteer) for name, found in entries.items()}
    certain = [found[0] for found in entries.values() if len(found) == 1]
    context = {entry.iri for entry in certain} | {entry.maker for entry in certain if entry.maker}
    linked = {}
    for name, found in entries.items():
        near = [entry for entry in found if entry.iri in context or entry.maker in context]
        kind, mentions = names[name]
        if len(found) == 1:
            linked[name] = _linked(found[0], *(("gazetteer, an everyday word too", "everyday") if found[0].ambiguous else ("gazetteer", "list")))
        elif len(near) == 1:
            linked[name] = _linked(near[0], "gazetteer, by what else the text names", "context")
        if name in linked:
            linked[name] = _with_remarks(linked[name], kind, mentions[0].text, gazetteer)
    return linked


def _not_beside_itself(
    text: str,
    found: tuple[Entry, ...],
    entries: Mapping[str, tuple[Entry, ...]],
    names: Mapping[str, tuple[MentionType, list[Mention]]],
    gazetteer: Gazetteer,
) -> tuple[Entry, ...]:
    """Entries that a name may mean, without those that it is a former name of when the text also has a present one: then it was two things."""
    present = {one.iri for name, listed in entries.items() for one in listed if not gazetteer.is_former(names[name][1][0].text, one)}
    return tuple(entry for entry in found if entry.iri not in present or not gazetteer.is_former(text, entry))


def _linked(entry: Entry, reason: str, score: str) -> Found:
    return Found(Key(entry.type, "", entry.id), reason, SCORES[score], entry)


def _candidates(kind: MentionType, mentions: list[Mention], wanted: Mapping[str, list[tuple[str, ...]]], gazetteer: Gazetteer) -> tuple[Entry, ...]:
    """Entries that a name may mean: of its type; else, of a firm or a body, the one of the other kind if no claim speaks against it."""
    found = gazetteer.lookup(mentions[0].text, kind=kind)
    present = tuple(entry for entry in found if not gazetteer.is_former(mentions[0].text, entry))
    found = present or found
    if found or kind not in BODIES:
        return found
    allowed = [types for mention in mentions for types in wanted.get(mention.id, ())]
    others = [entry for entry in gazetteer.lookup(mentions[0].text) if entry.type in BODIES and not entry.ambiguous]
    return tuple(entry for entry in others if all(entry.type in types for types in allowed))


def _with_remarks(found: Found, kind: MentionType, text: str, gazetteer: Gazetteer) -> Found:
    """The decision, saying what else it took: a former name, another type than was read."""
    entry, reason = found.entry, found.reason
    if entry is not None and gazetteer.is_former(text, entry):
        reason += ", a former name"
    if kind != found.key.type:
        reason += f"; read as {kind}, listed as {found.key.type}"
    return found._replace(reason=reason)


def _tickers(
    said: list[Alias], names: Mapping[str, str], types: Mapping[str, MentionType], linked: Mapping[str, Found], gazetteer: Gazetteer
) -> dict[str, Found]:
    """Names of firms that a list knows by the ticker that the text gives beside them, and the tickers themselves where they were read as names."""
    found = {}
    for one in said:
        name = names.get(one.mention, "")
        if not one.ticker or types.get(name) != "Company" or name in linked:
            continue
        entries = [entry for entry in gazetteer.listed_as(one.ticker) if _shares_word(name, entry)]
        if len(entries) == 1:
            found[name] = _linked(entries[0], f"gazetteer, by its ticker {one.ticker}", "context")
    return found


def _shares_word(name: str, entry: Entry) -> bool:
    """Whether an entry has the first word of a name: tickers pass from firm to firm in the course of time."""
    return any(normalise(one).split()[:1] == name.split()[:1] for _, one in (*entry.names, *entry.former))


def side_by_side(extraction: Extraction, roots: Mapping[str, Mention]) -> set[tuple[str, str]]:
    """Pairs of names that are ends of one claim or parties of one deal: two things, however alike."""
    pairs = set()
    for ends in _together(extraction):
        for one, other in combinations([roots[end].text for end in ends if end in roots], 2):
            pairs |= {(one, other), (other, one)}
    return pairs


def _together(extraction: Extraction) -> Iterator[tuple[str, ...]]:
    """Ends of claims and parties of deals, but for those that the model alone tells: it may take SUPERMAC of a headline for who buys Supermac Inc."""
    yield from ((claim.subject, claim.object) for claim in extraction.claims if claim.about is None or not claim.rule.startswith(BY_MODEL))
    yield from (mention.parties for mention in extraction.mentions if mention.deal and not mention.rule.startswith(BY_MODEL))


def _apart(
    extraction: Extraction, roots: Mapping[str, Mention], found: Mapping[str, Found], aliases: set[tuple[Key, Key]]
) -> frozenset[tuple[Key, Key]]:
    """Keys of two things: ends of one claim, parties of one deal, and what one and the same thing is said to have, face or do in several claims.

    Of these last not what the text gives as another name: of 北湾正洽购博特（Bolt）both names may be read as what is bought.
    """
    groups = list(_together(extraction))
    objects: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for claim in extraction.claims:
        if claim.object in roots and claim.subject in roots:
            objects[claim.relation, roots[claim.subject].id][roots[claim.object].id] = None
    several = [tuple(group) for group in objects.values() if len(group) > 1]

    def pairs(groups: Iterable[tuple[str, ...]]) -> set[tuple[Key, Key]]:
        keys = ([found[roots[end].id].key for end in group if end in roots and roots[end].id in found] for group in groups)
        return {(one, other) for group in keys for one in group for other in group if one != other}

    return frozenset(pairs(groups) | (pairs(several) - aliases - {(other, one) for one, other in aliases}))


def _short_forms(
    types: Mapping[str, MentionType],
    scopes: Mapping[str, str],
    linked: Mapping[str, Found],
    apart: set[tuple[str, str]],
    spelled: Mapping[str, list[Mention]],
    gazetteer: Gazetteer,
) -> dict[str, Found]:
    """Names that shorten exactly one full name of the same type in the document, and the full names of acronyms that a list knows.

    A list's entry of a name that is only a part of it ("Commission" beside "FTC") counts as a full name too. What a list of unread names says of a
    single word counts less than a full name that stands in the text.
    """
    found: dict[str, Found] = {}
    listed = {name: one for name, one in linked.items() if one.entry is None or one.entry.searched or len(name.split()) > 1}
    wanted = {name: kind for name, kind in types.items() if name not in listed}
    for name in sorted(wanted, key=lambda name: (-len(name), name)):  # a short form may shorten a longer short form
        kind, text = types[name], spelled[name][0].text
        if script_language(name) == "zh" and normalise(text) != folded(text):
            continue  # 云舟集团 is no short form of 云舟纸业集团
        fulls = [full for full, other in types.items() if other == kind and (name, full) not in apart and _fits(name, full, kind, text, linked)]
        fulls = [full for full in fulls if not _is_pair(full, name, types) and not (full in listed and gazetteer.is_common_start(name))]
        targets = {(listed.get(full) or found.get(full) or Found(Key(kind, full, scope=scopes[full]), "name", 0)).key: full for full in sorted(fulls)}
        if len(targets) == 1:
            ((key, full),) = targets.items()
            entry = (listed.get(full) or found.get(full) or Found(key, "", 0)).entry
            found[name] = Found(key, f"short form of {full}", SCORES["short"], entry, labels=False)
    for name, one in listed.items():
        if spelled[name][0].text.isupper() and len(name) > 2:
            for full in [full for full in wanted if full not in found and types[full] == types[name] and (name, full) not in apart]:
                if is_acronym(name, full):
                    found[full] = one._replace(reason=f"its acronym {spelled[name][0].text}: {one.reason}", score=SCORES["short"])
    return found


def _is_pair(full: str, name: str, types: Mapping[str, MentionType]) -> bool:
    """Whether a full name is made of two others of the text, "NTL Telewest" beside NTL and Telewest: then it is neither."""
    return types[full] == "Company" and any(f"{name} {other}" == full or f"{other} {name}" == full for other in types)


def _fits(name: str, full: str, kind: MentionType, text: str, linked: Mapping[str, Found]) -> bool:
    """Whether a name shortens a full one, or another name of what that is linked to."""
    if shortens(name, full, kind, capitals=text.isupper()):
        return True
    entry = linked[full].entry if full in linked else None
    if entry is None or full == name:
        return False
    if text.isupper() and any(ticker.rpartition(":")[2] == text for ticker in entry.tickers):
        return True
    return kind == "Organization" and any(shortens(name, normalise(one), kind) for _, one in entry.names)


# --- phrases ----------------------------------------------------------------------------------------------------------


def _find_phrases(phrases: list[Mention], gazetteer: Gazetteer) -> dict[str, Found]:
    """Decisions about phrases: the concept of this name, else the phrase itself; one that ends like just one longer phrase is that one."""
    found: dict[str, Found] = {}
    longest: dict[tuple[MentionType, str], Mention] = {}
    for mention in phrases:
        longest.setdefault((mention.type, normalise_phrase(mention.text) or mention.text.casefold().strip()), mention)
    decided = {}
    for (kind, name), mention in longest.items():
        entry = gazetteer.concept(mention.text, kind)
        named = Found(Key(kind, "", entry.id), "concept", SCORES["list"], entry) if entry else Found(Key(kind, name), "phrase", SCORES["name"])
        decided[kind, name] = named
    for kind, name in sorted(longest, key=lambda one: (-len(one[1]), one)):
        fulls = [other for other in longest if other[0] == kind and other[1] != name and _ends_like(other[1], name)]
        targets = {decided[full].key: full for full in fulls}
        listed = decided[kind, name]
        held = [full for full in fulls if kind == "Asset" and listed.entry and not decided[full].entry and full[1].endswith(f" of {name}")]
        for full in held:  # a "repository of high-quality images" is had by having these images
            decided[full] = listed._replace(reason=f"names {name}", score=SCORES["short"], labels=False)
        if not held and len(targets) == 1 and None in (listed.entry, next(iter(targets)).entry or None):
            ((_, full),) = targets.items()
            decided[kind, name] = decided[full]._replace(reason=f"short form of {full[1]}", score=SCORES["short"], labels=False)
    for mention in phrases:
        found[mention.id] = decided[mention.type, normalise_phrase(mention.text) or mention.text.casefold().strip()]
    return found


def _ends_like(full: str, short: str) -> bool:
    """Whether a phrase is another one without its first words."""
    if script_language(short) == "zh":
        return len(short) > 2 and full.endswith(short)
    return f" {full}".endswith(f" {short}")


def _mark_bought(extraction: Extraction, roots: Mapping[str, Mention], found: dict[str, Found]) -> None:
    """Give each asset that is itself bought its buyer: two firms' "wireless unit" are not one thing.

    Other mentions of the phrase go with it when only one such thing is bought in the document.
    """
    bought: dict[str, Key] = {}
    for claim in sorted(extraction.claims, key=lambda claim: (claim.evidence, claim.id)):
        buyer, asset = roots.get(claim.subject), roots.get(claim.object)
        if claim.relation == "acquires" and buyer and asset and asset.type == "Asset" and buyer.type in NAMED_TYPES:
            bought.setdefault(asset.id, found[buyer.id].key)
    buyers: dict[Key, set[Key]] = defaultdict(set)
    for asset_id, buyer_key in bought.items():
        buyers[found[asset_id].key].add(buyer_key)
    for mention_id, one in list(found.items()):
        owner = bought.get(mention_id) or (next(iter(buyers[one.key])) if len(buyers.get(one.key, ())) == 1 else None)
        if owner:
            found[mention_id] = one._replace(key=one.key._replace(buyer=owner), reason=f"{one.reason}; bought")
