"""What things are called: names of companies, bodies and products, and phrases of business news, in both languages, from SKOS files.

A list is Turtle: ``skos:Concept`` with ``skos:prefLabel``, ``skos:altLabel`` and ``kg:entityType``; ``ontology/gazetteer.ttl`` and
``concepts.ttl`` show how.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from kg.errors import SettingsError
from kg.model import ENTITY_TYPES, PHRASE_TYPES, MentionType
from kg.vocab import CONCEPT, GAZETTEER, KG, RDF, SKOS, ontology_folder, slug

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
_ALIKE_IN_BOTH = ("ss", "us", "is", "news")


def _fold(name: str) -> str:
    """Letters and figures alone: NFKC, case, accents and punctuation folded, no space beside Han characters; "+" and "#" stay."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    plain = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", plain)))
    plain = _INITIALS.sub(r"\1", re.sub("['’`]", "", plain)).replace("&", " and ")
    return _BESIDE_HAN.sub(r"\1", _NOT_IN_NAMES.sub(" ", plain).strip())


def normalise(name: str) -> str:
    """What is compared of a name: folded, without its article and its legal form. Never empty unless the name is blank.

    >>> normalise("The Walt Disney Co."), normalise("Moët & Chandon S.A."), normalise("华为技术有限公司")
    ('walt disney', 'moet and chandon', '华为技术')
    """
    key = _fold(name)
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


def normalise_phrase(phrase: str) -> str:
    """What is compared of a phrase: folded, singular, without determiners and 的.

    >>> normalise_phrase("the High-Quality Images"), normalise_phrase("高质量的图像"), normalise_phrase("‘AI + social’")
    ('high quality image', '高质量图像', 'ai+social')
    """
    words = _fold(phrase).split()
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


class Entry(msgspec.Struct, frozen=True, eq=False):
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


class Gazetteer:
    """Names and phrases that are known beforehand; does not change once it is made."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(sorted(entries, key=lambda entry: entry.iri))
        by_name: dict[str, dict[str, Entry]] = defaultdict(dict)
        by_phrase: dict[tuple[str, str], Entry] = {}
        by_language: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
        for entry in self.entries:
            for language, name in entry.names:
                if entry.type in PHRASE_TYPES:
                    by_phrase.setdefault((entry.type, normalise_phrase(name)), entry)
                else:
                    by_name[normalise(name)][entry.iri] = entry
                by_language[language].append((name, entry))
        self._by_name = {name: tuple(found.values()) for name, found in by_name.items()}
        self._by_phrase = by_phrase
        self._by_language = {language: tuple(sorted(found, key=lambda one: (one[0], one[1].iri))) for language, found in by_language.items()}

    @classmethod
    def load(cls, paths: Sequence[Path | str] | None = None, *, names: bool = True) -> Gazetteer:
        """The bundled lists and the user's own; ``names=False`` leaves named things out and keeps phrases.

        Files may add to each other's entries. Raises SettingsError for a file that cannot be read or an entry that lacks its type or label.
        """
        files = [ontology_folder() / "gazetteer.ttl", ontology_folder() / "concepts.ttl", *map(Path, paths or ())]
        said: dict[str, dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
        for file in files:
            for subject, predicate, value, language in _triples(file):
                said[subject][predicate].add((value, language))
        entries = (_entry(iri, told) for iri, told in said.items() if (f"{SKOS}Concept", "") in told[f"{RDF}type"])
        return cls(entry for entry in entries if names or entry.type in PHRASE_TYPES)

    @classmethod
    def empty(cls) -> Gazetteer:
        """One that knows nothing."""
        return cls(())

    def lookup(self, name: str, *, kind: str | None = None) -> tuple[Entry, ...]:
        """Named entries (of one type, if given) that a name may mean, sorted by IRI."""
        return tuple(entry for entry in self._by_name.get(normalise(name), ()) if kind in (None, entry.type))

    def concept(self, phrase: str, kind: str) -> Entry | None:
        """The concept of one of the phrase types that a phrase means."""
        return self._by_phrase.get((kind, normalise_phrase(phrase)))

    def names(self, language: str) -> tuple[tuple[str, Entry], ...]:
        """Names and phrases with this language tag as they are written, sorted, to search a text for."""
        return self._by_language.get(language, ())


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
    )  # fmt: skip


def _entity_id(iri: str, kind: str, labels: Mapping[str, str]) -> str:
    """The tail of an IRI of ours; of any other list's, one made of the type and the (English) label."""
    for base in (GAZETTEER, CONCEPT):
        if iri.startswith(f"{base}{kind.lower()}/"):
            return iri.removeprefix(base)
    return f"{kind.lower()}/{slug(labels.get('en') or min(labels.values()))}"
