"""Which keys are one entity: merged step by step, never against what holds them apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from kg.resolve.article import Found, Key


class Merge(NamedTuple):
    """That two keys are one thing, and why."""

    one: Key
    other: Key
    reason: str
    score: float


class Clusters:
    """A partition of keys that only grows coarser.

    A merge is refused when the two sides are of two types, are two entries of a list, have two scopes or buyers, or hold keys that must stay apart:
    so no chain of merges joins what no single one would.
    """

    def __init__(self, apart: Iterable[tuple[Key, Key]] = ()) -> None:
        """Every key alone; ``apart`` holds each pair both ways round."""
        self._above: dict[Key, Key] = {}
        self._members: dict[Key, list[Key]] = {}
        self._foes: dict[Key, set[Key]] = defaultdict(set)
        for one, other in apart:
            self._foes[one].add(other)
        self.reasons: dict[Key, Merge] = {}
        """The merge that first took in a key."""
        self.refused: list[tuple[Merge, str]] = []

    def root(self, key: Key) -> Key:
        """The key that stands for a cluster; it says nothing about the cluster."""
        at = key
        while (above := self._above.get(at)) is not None:
            at = above
        while (above := self._above.get(key)) is not None and above != at:
            self._above[key], key = at, above
        return at

    def members(self, key: Key) -> list[Key]:
        """All keys of its cluster."""
        return self._members.get(self.root(key)) or [self.root(key)]

    def entry(self, key: Key) -> str:
        """Id of the list's entry that the cluster is, if it is one."""
        return next((member.entry for member in self.members(key) if member.entry), "")

    def keep_apart(self, one: Key, other: Key) -> None:
        """Never merge two keys from here on."""
        self._foes[self.root(one)].add(other)
        self._foes[self.root(other)].add(one)

    def merge(self, wish: Merge, *, forced: bool = False) -> str:
        """Make one cluster of two; if that must not be, the reason why, and nothing changes. A person's wish is ``forced``."""
        one, other = self.root(wish.one), self.root(wish.other)
        if one == other:
            return ""
        if not forced and (against := self._against(one, other)):
            self.refused.append((wish, against))
            return against
        if (len(self.members(one)), one) < (len(self.members(other)), other):
            one, other = other, one
        self._members[one] = [*self.members(one), *self.members(other)]
        self._above[other] = one
        self._members.pop(other, None)
        if other in self._foes:
            self._foes[one] |= self._foes.pop(other)
        for key in (wish.one, wish.other):
            self.reasons.setdefault(key, wish)
        return ""

    def why(self, found: Found) -> tuple[str, float]:
        """Reason and score of a decision, with the merge that its key came by."""
        merge = self.reasons.get(found.key)
        return (found.reason, found.score) if merge is None else (f"{found.reason}; {merge.reason}", min(found.score, merge.score))

    def _buyer(self, key: Key) -> Key | None:
        return self.root(key.buyer) if key.buyer else None

    def _against(self, one: Key, other: Key) -> str:
        """What speaks against a merge of two clusters, by their roots."""
        mine, theirs = self.members(one), self.members(other)
        if one.type != other.type:
            return f"one is a {one.type}, the other a {other.type}"
        entries = {key.entry for key in (*mine, *theirs) if key.entry}
        if len(entries) > 1:
            return f"a list knows them as two things, {' and '.join(sorted(entries))}"
        if self._buyer(one) != self._buyer(other):
            return "they are bought by different buyers"
        if not self._foes.get(one, set()).isdisjoint(theirs) or not self._foes.get(other, set()).isdisjoint(mine):
            return "a text or a person says that they are two things"
        return ""
