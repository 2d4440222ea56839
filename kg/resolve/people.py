"""How people's decisions change what is found: before documents are compared (types, entries, homonyms), and when keys are merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from kg.errors import SettingsError
from kg.gazetteer import Entry, Gazetteer, normalise, normalise_phrase
from kg.model import PHRASE_TYPES, Mention, MentionType, digest
from kg.resolve.article import Found, Key, Look
from kg.resolve.clusters import Clusters, Merge
from kg.resolve.decisions import NOTHING, Ruling, Rulings, Thing
from kg.vocab import slug


def revised(found: Mapping[str, Found], roots: Mapping[str, Mention], document: str, rulings: Rulings, gazetteer: Gazetteer) -> dict[str, Found]:
    """The decisions on a document's mentions as people want them.

    Raises SettingsError when a line names an entry that no list has.
    """
    return {mention: _revised(one, roots[mention].text, document, rulings, gazetteer) for mention, one in found.items()}


def _revised(found: Found, text: str, document: str, rulings: Rulings, gazetteer: Gazetteer) -> Found:
    for ruling in rulings.of("type", "is"):
        if _means(ruling.thing, found.key, text, document):
            found = _retyped(found, text, ruling, gazetteer) if ruling.action == "type" else _linked(found, text, ruling, gazetteer)
    for ruling in rulings.of("different"):
        for thing in (ruling.thing, ruling.second):
            own = _own_key(found.key.type, text)
            if _means(thing, found.key, text, document) and (thing.document or thing.id in set(_ids(own)) - set(_ids(found.key))):
                found = Found(own._replace(scope=thing.document or found.key.scope), ruling.reason, 1.0)
    return found


def _retyped(found: Found, text: str, ruling: Ruling, gazetteer: Gazetteer) -> Found:
    kind: MentionType = ruling.other  # type: ignore[assignment]  # one of the types: the file was checked
    known = gazetteer.concept(text, kind) if kind in PHRASE_TYPES else None
    entries = [known] if known else list(gazetteer.lookup(text, kind=kind))
    if len(entries) == 1:
        return Found(Key(kind, "", entries[0].id), ruling.reason, 1.0, entries[0])
    return Found(_own_key(kind, text), ruling.reason, 1.0)


def _linked(found: Found, text: str, ruling: Ruling, gazetteer: Gazetteer) -> Found:
    if ruling.other == NOTHING:
        return Found(_own_key(found.key.type, text)._replace(scope="in no list"), ruling.reason, 1.0)
    entry = named_entry(ruling, gazetteer)
    if entry is None:
        return found._replace(reason=ruling.reason, score=1.0)
    if entry.type != found.key.type:
        reason = f"{ruling.place}: {entry.id} is a {entry.type}, and {ruling.thing.id} a {found.key.type}; decide its type first"
        raise SettingsError(reason)
    return Found(Key(entry.type, "", entry.id), ruling.reason, 1.0, entry)


def named_entry(ruling: Ruling, gazetteer: Gazetteer) -> Entry | None:
    """The entry that a line names by id or IRI; None for an IRI elsewhere, which an entity gets as schema:sameAs.

    Raises SettingsError when there is no such entry.
    """
    if not ruling.other.startswith("http"):
        entry = gazetteer.entry(ruling.second.id)
        if entry is None:
            raise SettingsError(f"{ruling.place}: no list has the entry {ruling.other!r}; add it with --gazetteer, or give an IRI")
        return entry
    return next((entry for entry in gazetteer.entries if ruling.other in (entry.iri, *entry.same_as)), None)


def _own_key(kind: MentionType, text: str) -> Key:
    name = normalise_phrase(text) if kind in PHRASE_TYPES else normalise(text)
    return Key(kind, name or text.casefold().strip())


def _means(thing: Thing, key: Key, text: str, document: str) -> bool:
    """Whether a mention is what a decision speaks of: by what it was found to be, or by its own name."""
    if thing.document not in ("", document) or thing.kind != key.type.lower():
        return False
    return thing.id in _ids(key) or thing.id in _ids(_own_key(key.type, text))


def _ids(key: Key) -> Iterator[str]:
    """Ids under which results may show a key."""
    if key.entry:
        yield key.entry
    if key.name:
        plain = f"{key.type.lower()}/{slug(key.name)}"
        yield plain
        yield f"{plain}-{digest(key.type, key.name, key.scope)[:6]}"


def apply(looks: Iterable[Look], rulings: Rulings, clusters: Clusters) -> None:
    """Merge what people hold to be the same, and keep apart what they hold to be different."""
    wanted = {thing for ruling in rulings.of("same", "different") for thing in (ruling.thing, ruling.second)}
    meant: dict[Thing, dict[Key, None]] = defaultdict(dict)
    for one in looks if wanted else ():
        for mention, found in one.found.items():
            for thing in wanted:
                if _means(thing, found.key, one.roots[mention].text, one.document):
                    meant[thing][found.key] = None
    for ruling in rulings.of("same"):
        for key, other in product(meant[ruling.thing], meant[ruling.second]):
            clusters.merge(Merge(key, other, ruling.reason, 1.0), forced=True)
    for ruling in rulings.of("different"):
        for key, other in product(meant[ruling.thing], meant[ruling.second]):
            if key != other:
                clusters.keep_apart(key, other)


def links_elsewhere(looks: Iterable[Look], rulings: Rulings, gazetteer: Gazetteer) -> dict[Key, str]:
    """IRIs that people gave to keys which no list knows."""
    elsewhere = [ruling for ruling in rulings.of("is") if ruling.other.startswith("http") and named_entry(ruling, gazetteer) is None]
    given = {}
    for one in looks if elsewhere else ():
        for mention, found in one.found.items():
            for ruling in elsewhere:
                if _means(ruling.thing, found.key, one.roots[mention].text, one.document):
                    given[found.key] = ruling.other
    return given
