"""What people decided: two things are the same or different, which thing it is, of which type, or that a claim was misread.

A tab-separated file with a header: ``action  thing  other  who  why``. Things are named as results name them, ``company:harrow``; with
``@document:KEY`` behind it only what that document calls so is meant. Decisions come before all that the program finds, and need no new extraction.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from kg.errors import SettingsError
from kg.model import ENTITY_TYPES

COLUMNS = ("action", "thing", "other", "who", "why")
ACTIONS = ("same", "different", "is", "type", "reject")
KINDS = tuple(kind.lower() for kind in ENTITY_TYPES)
THING = re.compile(rf"(?P<kind>{'|'.join(KINDS)})[:/](?P<name>[^@\s]+)(?:@(?:document:)?(?P<document>[0-9a-f]{{16}}))?")
CLAIM = re.compile(r"(?:claim[:/])?(?P<id>[0-9a-f]{16})")
NOTHING = "-"
"""What stands for "in no list"."""


class Thing(NamedTuple):
    """What a decision speaks of: the tail of an IRI, "company/harrow", in one document or everywhere ("")."""

    id: str
    document: str = ""

    @property
    def kind(self) -> str:
        """Its type, in lower case."""
        return self.id.partition("/")[0]


class Ruling(NamedTuple):
    """One line of a file."""

    place: str
    """File and line, for messages."""
    action: str
    thing: Thing
    other: str
    """Of same and different the other thing as written, of ``is`` an id or IRI or "-", of ``type`` a type."""
    who: str
    why: str

    @property
    def reason(self) -> str:
        """What the decisions on mentions say."""
        return f"decided by {self.who or 'a person'}" + (f": {self.why}" if self.why else "")

    @property
    def second(self) -> Thing:
        """Of same and different, the other thing."""
        return _thing(self.other) or Thing(self.other)


class Rulings(NamedTuple):
    """All that people decided."""

    rulings: tuple[Ruling, ...] = ()
    rejected: frozenset[str] = frozenset()
    """Ids of claims that were misread."""

    def of(self, *actions: str) -> Iterator[Ruling]:
        """The rulings of these kinds, in the order of the files."""
        return (ruling for ruling in self.rulings if ruling.action in actions)


def read_decisions(paths: Iterable[Path | str]) -> Rulings:
    """The decisions of some files.

    Raises SettingsError naming file and line when a line cannot be understood, cannot hold, or contradicts another one.
    """
    rulings: list[Ruling] = []
    rejected: set[str] = set()
    for path in map(Path, paths):
        for ruling in _rows(path):
            if ruling.action == "reject":
                rejected.add(ruling.thing.id)
            else:
                rulings.append(ruling)
    _check(rulings)
    return Rulings(tuple(rulings), frozenset(rejected))


def _rows(path: Path) -> Iterator[Ruling]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"{path}: the decisions cannot be read: {error}; name an existing file in UTF-8") from error
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE), 1):
        row = [cell.strip() for cell in cells]
        if not any(row) or row[0].startswith("#") or tuple(row[:3]) == COLUMNS[:3]:
            continue
        yield _ruling(f"{path}, line {number}", row + [""] * (len(COLUMNS) - len(row)))


def _ruling(place: str, row: list[str]) -> Ruling:
    action, thing, other, who, why = row[: len(COLUMNS)]
    if action not in ACTIONS:
        raise SettingsError(
            f"{place}: there is no decision {action!r}; known are {', '.join(ACTIONS)}, in columns {', '.join(COLUMNS)} with tabs between"
        )
    if action == "reject":
        claim = CLAIM.fullmatch(thing)
        if claim is None:
            raise SettingsError(f"{place}: {thing!r} names no claim; write claim:ID as kg explain shows it")
        return Ruling(place, action, Thing(claim["id"]), other, who, why)
    one = _thing(thing)
    if one is None:
        raise SettingsError(f"{place}: {thing!r} names nothing; write it as results do, company:harrow, or company:harrow@document:KEY")
    if action in ("same", "different") and _thing(other) is None:
        raise SettingsError(f"{place}: {other!r} names nothing; write it as results do, company:harrow, or company:harrow@document:KEY")
    if action == "type" and other not in ENTITY_TYPES:
        raise SettingsError(f"{place}: {other!r} is no type; give one of {', '.join(ENTITY_TYPES)}")
    if action == "is" and other != NOTHING and not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", other) and _thing(other) is None:
        raise SettingsError(f"{place}: {other!r} is no entry; give an id of a list (company:apple), its IRI, a Wikidata IRI, or - for none")
    return Ruling(place, action, one, other, who, why)


def _thing(text: str) -> Thing | None:
    found = THING.fullmatch(text)
    return Thing(f"{found['kind']}/{found['name']}", found["document"] or "") if found else None


# --- contradictions ---------------------------------------------------------------------------------------------------


def _check(rulings: list[Ruling]) -> None:
    """Whether all can hold together.

    Raises SettingsError for the first line that cannot, naming the one that it contradicts.
    """
    types = _one_each(rulings, "type")
    group: dict[Thing, Thing] = {}
    for ruling in rulings:
        if ruling.action == "same":
            one, other = ruling.thing, ruling.second
            kinds = [types[thing].other if thing in types else thing.kind.capitalize() for thing in (one, other)]
            if kinds[0] != kinds[1]:
                raise SettingsError(f"{ruling.place}: a {kinds[0]} and a {kinds[1]} cannot be the same; decide the type of one of them first")
            group[_root(one, group)] = _root(other, group)
    for ruling in rulings:
        if ruling.action == "different" and _root(ruling.thing, group) == _root(ruling.second, group):
            same = next((one.place for one in rulings if one.action == "same"), "")
            reason = f"by {same} and what follows from it they are the same" if ruling.thing != ruling.second else "it is one thing"
            raise SettingsError(f"{ruling.place}: {_told(ruling.thing)} and {ruling.other} cannot be different: {reason}; take one of the lines out")
    _one_each(rulings, "is", group)


def _one_each(rulings: list[Ruling], action: str, group: Mapping[Thing, Thing] | None = None) -> dict[Thing, Ruling]:
    """The ruling of a kind for each thing (or group of same ones).

    Raises SettingsError when two say different things.
    """
    first: dict[Thing, Ruling] = {}
    for ruling in rulings:
        if ruling.action == action:
            thing = _root(ruling.thing, group or {})
            known = first.setdefault(thing, ruling)
            if known.other != ruling.other:
                raise SettingsError(
                    f"{ruling.place}: {_told(ruling.thing)} cannot be {ruling.other}: by {known.place} it is {known.other}; take one of them out"
                )
    return first


def _root(thing: Thing, group: Mapping[Thing, Thing]) -> Thing:
    while thing in group and group[thing] != thing:
        thing = group[thing]
    return thing


def _told(thing: Thing) -> str:
    return thing.id.replace("/", ":", 1) + (f"@document:{thing.document}" if thing.document else "")
