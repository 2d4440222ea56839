"""What things are called: names of companies, bodies and products, and phrases of business news, in both languages, from SKOS files.

A list is Turtle: ``skos:Concept`` with ``skos:prefLabel``, ``skos:altLabel`` and ``kg:entityType``; ``ontology/gazetteer.ttl`` and
``concepts.ttl`` show how. A user's own may be CSV as well: a name, another name of the same thing, and its type if it is no company.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

import msgspec

from kg.errors import SettingsError
from kg.model import ENTITY_TYPES, NAMED_TYPES, PHRASE_TYPES, MentionType
from kg.vocab import CONCEPT, GAZETTEER, KG, RDF, SCHEMA, SKOS, ontology_folder, script_language, slug

PACKED = "names.msgpack"
"""The bundled lists as they are loaded; ``pack`` makes it of the Turtle."""
REGISTERS = GAZETTEER + "registers"
"""Scheme of entries that were taken over from open lists unread: they tell what a name that was read means, and are not searched for in texts."""

TICKER = re.compile(
    r"\s?(?:[(（]\s?(?:(?P<exchange>[A-Z][A-Za-z]{1,9}|[\u4e00-\u9fff]{2,6})\s?[:：]\s?)(?P<symbol>[A-Z0-9][A-Z0-9.]{0,7})\s?[)）]|<(?P<wire>[A-Z][A-Z0-9.]{0,7})>)"
)
"""A ticker after a name: "(NYSE: AXP)", "（股票代码：600519）", and in wire stories "<AXP>"."""

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_MARKS = re.compile("[\u0300-\u036f]")
_INITIALS = re.compile(r"(?<![^\W_])([^\W_])\.(?=[^\W_](?![^\W_]))")
_NOT_IN_NAMES = re.compile(r"(?:[^\w+#]|_)+")
_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}]) | (?=[{_HAN}])| ?(\+) ?")
_LEGAL = frozenset((
    "ab", "ag", "asa", "bhd", "bv", "co", "company", "corp", "corporation", "gmbh", "group", "holding", "holdings", "inc", "incorporated", "kgaa",
    "kk", "limited", "llc", "llp", "lp", "ltd", "nv", "oyj", "plc", "pte", "pty", "sa", "sarl", "sas", "se", "spa", "srl",
))  # fmt: skip
_LEGAL_HAN = re.compile("(?<=..)(?:股份有限公司|有限责任公司|有限公司|股份公司|集团公司|公司|集团|控股|股份)$")
_DETERMINERS = frozenset(("a", "an", "the", "its", "their", "his", "her", "our", "your", "this", "that", "these", "those"))
_START = 2
_ALIKE_IN_BOTH = ("ss", "us", "is", "news")
_LONE = re.compile("[\ud800-\udfff]")
_ANY_HAN = re.compile(f"[{_HAN}]")


@cache
def _simplifier() -> Callable[[str], str]:
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    return lambda text: str(convert(text))


def simplified(text: str) -> str:
    """A Chinese text in simplified characters (OpenCC, t2s); one with a lone surrogate, which is no text, as it is."""
    return _simplifier()(text) if _ANY_HAN.search(text) and not _LONE.search(text) else text


def folded(name: str) -> str:
    """Letters and figures alone: NFKC, case, accents, punctuation and traditional characters folded, no space beside Han; "+" and "#" stay."""
    plain = simplified(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()))
    plain = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", plain)))
    plain = _INITIALS.sub(r"\1", re.sub("['’`]", "", plain)).replace("&", " and ")
    return _BESIDE_HAN.sub(r"\1", _NOT_IN_NAMES.sub(" ", plain).strip())


@lru_cache(1 << 16)
def normalise(name: str) -> str:
    """What is compared of a name: folded, without its article and its legal form. Never empty unless the name is blank.

    >>> normalise("The Walt Disney Co."), normalise("Moët & Chandon S.A."), normalise("华为技术有限公司")
    ('walt disney', 'moet and chandon', '华为技术')
    """
    key = folded(name)
    while (shorter := _without_form(key)) != key:
        key = shorter
    return key or unicodedata.normalize("NFKC", name).casefold().strip()


def _without_form(key: str) -> str:
    words = key.split()
    if len(words) > 1 and words[0] == "the":
        return " ".join(words[1:])
    if len(words) > 1 and words[-1] in _LEGAL:
        return " ".join(words[:-2] if len(words) > 2 and words[-2] == "and" else words[:-1])
    return _LEGAL_HAN.sub("", key)


@lru_cache(1 << 16)
def normalise_phrase(phrase: str) -> str:
    """What is compared of a phrase: folded, singular, without determiners and 的.

    >>> normalise_phrase("the High-Quality Images"), normalise_phrase("高质量的图像"), normalise_phrase("‘AI + social’")
    ('high quality image', '高质量图像', 'ai+social')
    """
    words = folded(phrase).split()
    while len(words) > 1 and words[0] in _DETERMINERS:
        words = words[1:]
    key = re.sub(f"(?<=[{_HAN}])的(?=[{_HAN}])", "", " ".join(map(_singular, words)))
    return key or unicodedata.normalize("NFKC", phrase).casefold().strip()


def _singular(word: str) -> str:
    """A word without a plural ending; rough, as long as both sides of a comparison go through it."""
    if len(word) <= 3 or not word.endswith("s") or not word.isascii() or word.endswith(_ALIKE_IN_BOTH):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes", "zes")) else word[:-1]


class Entry(msgspec.Struct, frozen=True, eq=False, array_like=True):
    """One thing of a list; two entries are the same only if they are one object."""

    iri: str
    id: str
    """Tail of the IRI of an entity that is linked to it: "company/openai"."""
    type: MentionType
    labels: Mapping[str, str]
    """Preferred name by language tag."""
    names: tuple[tuple[str, str], ...]
    """(language tag, name) of all names, preferred ones too, sorted."""
    classes: tuple[str, ...] = ()
    """Finer classes, as local names of the ontology."""
    broader: tuple[str, ...] = ()
    """IRIs."""
    maker: str | None = None
    """IRI of the entry of who makes or runs it."""
    ambiguous: bool = False
    """Whether a name of it is an everyday word too."""
    former: tuple[tuple[str, str], ...] = ()
    """(language tag, name) that it had before, sorted."""
    tickers: tuple[str, ...] = ()
    """"NASDAQ:AAPL"."""
    same_as: tuple[str, ...] = ()
    """IRIs in other datasets."""
    searched: bool = True
    """Whether texts are searched for its names; else it only tells what a name that was read means."""


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """The bundled lists, with what it takes long to work out."""

    sources: dict[str, str]
    """Hash of each Turtle file that went in, by name."""
    entries: tuple[Entry, ...]
    by_name: dict[str, tuple[int, ...]]
    """Normalised names, of named things and of former ones: places of entries."""
    by_phrase: dict[str, int]
    """Type, a space, and normalised phrase: place of the entry."""


class Gazetteer:
    """Names and phrases that are known beforehand; does not change once it is made."""

    def __init__(self, entries: Iterable[Entry], packed: _Packed | None = None) -> None:
        """Of entries; those that come from ``packed`` need not be worked out again."""
        known = {entry.iri: entry for entry in packed.entries} if packed else {}
        self.entries = tuple(sorted(entries, key=lambda entry: entry.iri))
        by_name: dict[str, dict[str, Entry]] = defaultdict(dict)
        by_phrase: dict[str, Entry] = {}
        kept = {entry.iri for entry in self.entries if known.get(entry.iri) is entry}
        if packed:
            for name, places in packed.by_name.items():
                by_name[name] = {one.iri: one for one in map(packed.entries.__getitem__, places) if one.iri in kept}
            by_phrase = {phrase: one for phrase, place in packed.by_phrase.items() if (one := packed.entries[place]).iri in kept}
        for entry in self.entries:
            if entry.iri in kept:
                continue
            for key in _keys(entry):
                if entry.type in PHRASE_TYPES:
                    by_phrase.setdefault(key, entry)
                else:
                    by_name[key][entry.iri] = entry
        self._by_name = {name: tuple(found[iri] for iri in sorted(found)) for name, found in by_name.items() if found}
        self._by_phrase = by_phrase
        self._by_id = {entry.id: entry for entry in self.entries}
        self._starts: dict[str, set[str]] = defaultdict(set)
        for entry in self.entries:
            for language, name in entry.names if entry.type == "Company" else ():
                if language == "zh":
                    self._starts[name[:_START]].add(entry.iri)
        by_ticker: dict[str, dict[str, Entry]] = defaultdict(dict)
        for entry in self.entries:
            for ticker in entry.tickers:
                by_ticker[ticker.rpartition(":")[2]][entry.iri] = entry
        self._by_ticker = {symbol: tuple(found.values()) for symbol, found in by_ticker.items()}

    @classmethod
    def load(cls, paths: Sequence[Path | str] | None = None, *, names: bool = True) -> Gazetteer:
        """The bundled lists and the user's own, Turtle or CSV; ``names=False`` leaves named things out and keeps phrases.

        Files may add to each other's entries. Raises SettingsError for a file that cannot be read or an entry that lacks its type or label.
        """
        packed = _unpack()
        entries = {entry.iri: entry for entry in packed.entries}
        said: dict[str, dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
        for file in map(Path, paths or ()):
            for subject, predicate, value, language in _rows(file) if file.suffix.lower() == ".csv" else _triples(file):
                said[subject][predicate].add((value, language))
        for iri, told in said.items():
            for predicate, values in _told(entries[iri]).items() if iri in entries else ():
                told[predicate] |= values
            if (f"{SKOS}Concept", "") in told[f"{RDF}type"]:
                entries[iri] = _entry(iri, told)
        return cls((entry for entry in entries.values() if names or entry.type in PHRASE_TYPES), packed)

    @classmethod
    def empty(cls) -> Gazetteer:
        """One that knows nothing."""
        return cls(())

    def lookup(self, name: str, *, kind: str | None = None) -> tuple[Entry, ...]:
        """Named entries (of one type, if given) that a name may mean or have meant, sorted by IRI.

        Of several, those that have it with the same legal form: 联想控股 is not 联想, though 联想集团 is.
        """
        found = tuple(entry for entry in self._by_name.get(normalise(name), ()) if kind in (None, entry.type))
        if len(found) < 2:
            return found
        written = folded(name)
        exact = {entry.iri: entry.type for entry in found if any(folded(one) == written for _, one in (*entry.names, *entry.former))}
        return tuple(entry for entry in found if entry.iri in exact or entry.type not in exact.values())

    def entry(self, identity: str) -> Entry | None:
        """The entry that is an entity's by its id, "company/openai"."""
        return self._by_id.get(identity)

    def listed_as(self, symbol: str) -> tuple[Entry, ...]:
        """Entries whose shares are traded under a symbol ("AAPL", "600519"), wherever that is."""
        return self._by_ticker.get(symbol, ())

    def concept(self, phrase: str, kind: str) -> Entry | None:
        """The concept of one of the phrase types that a phrase means."""
        return self._by_phrase.get(f"{kind} {normalise_phrase(phrase)}")

    def names(self, language: str) -> tuple[tuple[str, Entry], ...]:
        """Names and phrases with this language tag as they are written, sorted, to search a text for."""
        found = [(name, entry) for entry in self.entries if entry.searched for tag, name in entry.names if tag == language]
        return tuple(sorted(found, key=lambda one: (one[0], one[1].iri)))

    def is_common_start(self, name: str) -> bool:
        """Whether several entries have a name that starts with these two Chinese signs: 平安 alone says neither the bank nor the insurer."""
        return len(name) == _START and len(self._starts.get(name, ())) > 1

    def is_former(self, name: str, entry: Entry) -> bool:
        """Whether an entry has this name no more."""
        key = normalise(name)
        return all(normalise(one) != key for _, one in entry.names) and any(normalise(one) == key for _, one in entry.former)


def _keys(entry: Entry) -> Iterator[str]:
    """Under which keys an entry is looked up."""
    for _, name in (*entry.names, *entry.former):
        yield f"{entry.type} {normalise_phrase(name)}" if entry.type in PHRASE_TYPES else normalise(name)


def pack() -> bytes:
    """The bundled lists in the form that ``load`` reads, made of the Turtle files."""
    said: dict[str, dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
    for file in _bundled():
        for subject, predicate, value, language in _triples(file):
            said[subject][predicate].add((value, language))
    concepts = {iri: told for iri, told in said.items() if (f"{SKOS}Concept", "") in told[f"{RDF}type"]}
    entries = tuple(_entry(iri, concepts[iri]) for iri in sorted(concepts))
    by_name: dict[str, dict[int, None]] = defaultdict(dict)
    by_phrase: dict[str, int] = {}
    for place, entry in enumerate(entries):
        for key in _keys(entry):
            if entry.type in PHRASE_TYPES:
                by_phrase.setdefault(key, place)
            else:
                by_name[key][place] = None
    names = {name: tuple(places) for name, places in sorted(by_name.items())}
    packed = _Packed({file.name: _sha256(file) for file in _bundled()}, entries, names, dict(sorted(by_phrase.items())))
    return msgspec.msgpack.encode(packed)


def _unpack() -> _Packed:
    """The bundled lists; of the Turtle files where these were changed since the packed form was made."""
    decode = msgspec.msgpack.Decoder(_Packed).decode
    file = ontology_folder() / PACKED
    packed = decode(file.read_bytes()) if file.is_file() else None
    if packed is None or packed.sources != {one.name: _sha256(one) for one in _bundled()}:
        packed = decode(pack())
    return packed


def _bundled() -> tuple[Path, Path]:
    return ontology_folder() / "gazetteer.ttl", ontology_folder() / "concepts.ttl"


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _rows(file: Path) -> Iterator[tuple[str, str, str, str]]:
    """What a CSV file says, as ``_triples`` gives it: rows with one first name are of one thing.

    Raises SettingsError naming the line.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"{file}: the list of names cannot be read: {error}; name an existing CSV file in UTF-8") from error
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        kind = cells[2] if len(cells) > 2 and cells[2] else "Company"
        if len(cells) < 2 or not cells[0] or not cells[1] or kind not in ENTITY_TYPES:
            shape = "name,another name or name,another name,type with a type of " + ", ".join(ENTITY_TYPES)
            raise SettingsError(f"{file}, line {number}: {','.join(row)[:80]!r} is no row of names; write {shape}")
        iri = f"{GAZETTEER if kind in NAMED_TYPES else CONCEPT}{kind.lower()}/{slug(cells[0])}"
        yield iri, f"{RDF}type", f"{SKOS}Concept", ""
        yield iri, f"{KG}entityType", f"{KG}{kind}", ""
        first, second = script_language(cells[0]), script_language(cells[1])
        yield iri, f"{SKOS}prefLabel", cells[0], first
        yield iri, f"{SKOS}{'altLabel' if first == second else 'prefLabel'}", cells[1], second


def _triples(file: Path) -> Iterator[tuple[str, str, str, str]]:
    """Subject, predicate, object and language (without region or script) of each triple of a Turtle file that is not about a blank node."""
    from pyoxigraph import Literal, NamedNode, RdfFormat, parse

    try:
        for quad in parse(file.read_bytes(), format=RdfFormat.TURTLE):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
                language = quad.object.language if isinstance(quad.object, Literal) else None
                yield quad.subject.value, quad.predicate.value, quad.object.value, (language or "").partition("-")[0]
    except OSError as error:
        raise SettingsError(f"{file}: the list of names cannot be read: {error.strerror}; name an existing Turtle file") from error
    except SyntaxError as error:
        raise SettingsError(f"{file}: no valid Turtle: {error}; mend the file or leave it out") from error


def _entry(iri: str, told: Mapping[str, set[tuple[str, str]]]) -> Entry:
    """One entry from what the files say of it.

    Raises SettingsError when its type or label is missing.
    """

    def values(predicate: str) -> list[tuple[str, str]]:
        return sorted(told.get(predicate, ()))

    types = [value.removeprefix(KG) for value, _ in values(f"{KG}entityType")]
    labels = {language: name for name, language in reversed(values(f"{SKOS}prefLabel"))}
    if len(types) != 1 or types[0] not in ENTITY_TYPES:
        raise SettingsError(f"<{iri}> has the kg:entityType {' and '.join(types) or '(none)'}; give it exactly one of {', '.join(ENTITY_TYPES)}")
    if not labels or "" in labels:
        raise SettingsError(f'<{iri}> lacks a skos:prefLabel with a language tag; add one, such as "Acme"@en')
    names = {(language or "en", name) for predicate in ("prefLabel", "altLabel") for name, language in values(SKOS + predicate)}
    makers = values(f"{KG}maker")
    return Entry(
        iri=iri, id=_entity_id(iri, types[0], labels), type=msgspec.convert(types[0], MentionType), labels=dict(sorted(labels.items())),
        names=tuple(sorted(names)), classes=tuple(value.removeprefix(KG) for value, _ in values(f"{KG}finerClass")),
        broader=tuple(value for value, _ in values(f"{SKOS}broader")), maker=makers[0][0] if makers else None,
        ambiguous=("true", "") in values(f"{KG}ambiguous"),
        former=tuple(sorted((language or "en", name) for name, language in values(f"{KG}formerName"))),
        tickers=tuple(value for value, _ in values(f"{SKOS}notation")), same_as=tuple(value for value, _ in values(f"{SCHEMA}sameAs")),
        searched=(REGISTERS, "") not in values(f"{SKOS}inScheme"),
    )  # fmt: skip


def _told(entry: Entry) -> dict[str, set[tuple[str, str]]]:
    """What a file says of an entry."""
    said: dict[str, set[tuple[str, str]]] = defaultdict(set)
    said[f"{RDF}type"].add((f"{SKOS}Concept", ""))
    said[f"{KG}entityType"].add((KG + entry.type, ""))
    said[f"{SKOS}prefLabel"] |= {(name, language) for language, name in entry.labels.items()}
    said[f"{SKOS}altLabel"] |= {(name, language) for language, name in entry.names} - said[f"{SKOS}prefLabel"]
    said[f"{KG}formerName"] |= {(name, language) for language, name in entry.former}
    said[f"{KG}finerClass"] |= {(KG + name, "") for name in entry.classes}
    linked = ((f"{SKOS}broader", entry.broader), (f"{SKOS}notation", entry.tickers), (f"{SCHEMA}sameAs", entry.same_as))
    for predicate, values in (*linked, (f"{KG}maker", (entry.maker,) if entry.maker else ())):
        said[predicate] |= {(value, "") for value in values}
    if entry.ambiguous:
        said[f"{KG}ambiguous"].add(("true", ""))
    if not entry.searched:
        said[f"{SKOS}inScheme"].add((REGISTERS, ""))
    return said


def _entity_id(iri: str, kind: str, labels: Mapping[str, str]) -> str:
    """The tail of an IRI of ours; of any other list's, one made of the type and the (English) label."""
    for base in (GAZETTEER, CONCEPT):
        if iri.startswith(f"{base}{kind.lower()}/"):
            return iri.removeprefix(base)
    return f"{kind.lower()}/{slug(labels.get('en') or min(labels.values()))}"
