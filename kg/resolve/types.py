"""One type for one name on both sides of a story: what one text calls a firm, the other may have taken for a product or a person.

It is the one given most often of those under which all claims of both texts hold; where there is none, they stay two: no claim is lost by it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kg.gazetteer import Gazetteer, normalise
from kg.model import NAMED_TYPES, MentionType
from kg.resolve.article import SCORES, Found, Key, Look, scope_of, wanted_types
from kg.resolve.clusters import Clusters
from kg.resolve.sound import alike
from kg.vocab import script_language

SOUNDS = 0.95
"""From here on names of two types that sound alike are one; more is asked than of names of one type."""


class Named(NamedTuple):
    """What one text calls by a name."""

    look: Look
    key: Key
    mentions: tuple[str, ...]
    """Ids."""
    texts: tuple[str, ...]


def one_type_each(told: Sequence[tuple[Look, Look]], clusters: Clusters, gazetteer: Gazetteer) -> None:
    """Give names that stand on both sides of a story under different types one type; what they are found to be changes in the looks."""
    for one, other in told:
        if one is not other:
            for mine, theirs in _of_two_types(one, other):
                _agree(mine, theirs, clusters, gazetteer)


def _named(look: Look) -> dict[Key, Named]:
    mentions: dict[Key, list[str]] = defaultdict(list)
    for mention, found in look.found.items():
        if found.key.type in NAMED_TYPES:
            mentions[found.key].append(mention)
    return {key: Named(look, key, tuple(ids), tuple(dict.fromkeys(look.roots[one].text for one in ids))) for key, ids in mentions.items()}


def _of_two_types(one: Look, other: Look) -> Iterator[tuple[Named, Named]]:
    """Names of the two sides that read or sound alike, of different types, where neither side has the other's type for it."""
    mine, theirs = _named(one), _named(other)
    pairs = [(here, there) for here in mine.values() for there in theirs.values() if _is_alike(here, there)]
    heads, tails = Counter(here.key for here, _ in pairs), Counter(there.key for _, there in pairs)
    for here, there in pairs:
        if here.key.type != there.key.type and heads[here.key] == tails[there.key] == 1:
            yield here, there


def _is_alike(one: Named, other: Named) -> bool:
    if {normalise(text) for text in one.texts} & {normalise(text) for text in other.texts}:
        return True
    latin = [text for text in one.texts if script_language(text) == "en"]
    chinese = [text for text in other.texts if script_language(text) == "zh"]
    return any(alike(here, there) >= SOUNDS for here in latin for there in chinese)


def _agree(one: Named, other: Named, clusters: Clusters, gazetteer: Gazetteer) -> None:
    wanted = [allowed for named in (one, other) for allowed in _wanted(named)]
    given: Counter[MentionType] = Counter()
    for named in (one, other):
        given[named.key.type] += len(named.mentions)
    fitting = [kind for kind in given if all(kind in allowed for allowed in wanted)]
    if not fitting:
        return
    chosen = max(fitting, key=lambda kind: (given[kind], -NAMED_TYPES.index(kind)))
    for named in (one, other):
        if named.key.type != chosen:
            _retype(named, chosen, clusters, gazetteer)


def _wanted(named: Named) -> list[tuple[str, ...]]:
    """For each claim about a name, the types that it allows there."""
    wanted = wanted_types(named.look.extraction, named.look.roots)
    return [allowed for mention in named.mentions for allowed in wanted.get(mention, ())]


def _retype(named: Named, kind: MentionType, clusters: Clusters, gazetteer: Gazetteer) -> None:
    entries = gazetteer.lookup(named.texts[0], kind=kind)
    name = normalise(named.texts[0])
    entry = entries[0] if len(entries) == 1 else None
    key = Key(kind, "", entry.id) if entry else Key(kind, name, scope=scope_of(name, kind, named.look.extraction))
    for mention in named.mentions:
        was = named.look.found[mention]
        reason = f"{was.reason}; read as {was.key.type}, {kind} by the other text of the story"
        named.look.found[mention] = Found(key, reason, SCORES["short"], entry, was.labels)
    for mine, other in named.look.apart:
        if mine == named.key:
            clusters.keep_apart(key, other)
