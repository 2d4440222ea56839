"""Make the bundled lists of names and concepts from tables.

``make.py select FOLDER`` takes firms over from open lists (their sources stand in NOTICE) into ``registers.csv``; ``make.py write`` makes
``ontology/gazetteer.ttl``, ``ontology/concepts.ttl`` and their packed form of ``curated.csv``, ``registers.csv`` and ``concepts.csv``, and the
vectors of the concepts' labels.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple

from kg import gazetteer
from kg.embed import BUNDLED, Embedder
from kg.gazetteer import PACKED, REGISTERS, Gazetteer, normalise, simplified
from kg.model import PHRASE_TYPES
from kg.store import serialise
from kg.vocab import CONCEPT, DCTERMS, GAZETTEER, KG, RDF, SCHEMA, SKOS, XSD, ontology_folder, script_language, slug

HERE = Path(__file__).parent
WIKIDATA = "http://www.wikidata.org/entity/"
NO_FIRM = re.compile(
    r"\b(fund|funds|trust|etf|acquisitions?|notes|municipal|portfolio|warrants?|opportunit\w+|income|etn|reit|bdc|unit|depositary)\b", re.IGNORECASE
)
"""What stands in the names of listed things that are no firms of their own."""
STATE = re.compile(r"\s*/[A-Za-z ]+/?\s*$")
"""A state of incorporation after a name: "Bancfirst Corp /OK/"."""
FORM = re.compile(r"(?:,?\s+(?:inc|corp|corporation|ltd|limited|plc|co|company|llc|sa|s\.a|nv|n\.v|ag|se)\.?)+$", re.IGNORECASE)
"""A legal form after a name."""
EXCHANGES = {"NYSE": "NYSE", "Nasdaq": "NASDAQ"}


class Row(NamedTuple):
    """One thing: names by language, the first of each language the preferred one."""

    type: str
    en: tuple[str, ...]
    zh: tuple[str, ...]
    former: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    maker: str = ""
    everyday: bool = False
    wikidata: str = ""

    @property
    def iri(self) -> str:
        """Its IRI in the list."""
        return f"{GAZETTEER}{self.type.lower()}/{slug(self.en[0])}"


def _cells(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in cell.split("|") if part.strip()))


def curated() -> list[Row]:
    """The names that were written down and checked; where the Chinese press writes the Latin name, that is the Chinese one too."""
    with (HERE / "curated.csv").open(encoding="utf-8", newline="") as file:
        return [
            Row(
                row["type"], (row["en"], *_cells(row["en_alt"])), (row["zh"] or row["en"], *_cells(row["zh_alt"])), _cells(row["former"]),
                _cells(row["tickers"]), row["maker"], row["everyday"] == "1",
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def registers() -> list[Row]:
    """The names that were taken over from open lists."""
    with (HERE / "registers.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return [Row("Company", (row["en"],), _cells(row["zh"]), tickers=_cells(row["tickers"]), wikidata=row["wikidata"]) for row in rows]


# --- from open lists --------------------------------------------------------------------------------------------------


def select(folder: Path) -> None:
    """Write ``registers.csv``: firms traded in New York, and brands that have a name in both languages."""
    rows = [*_listed(folder), *_brands(folder)]
    with (HERE / "registers.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["en", "zh", "tickers", "wikidata", "source"])
        out.writerows(sorted(rows))


def _listed(folder: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Firms of the SEC's list, under the name that the S&P 500 list gives where it has one."""
    with (folder / "sp500.csv").open(encoding="utf-8") as file:
        known = {row["CIK"].lstrip("0"): row["Security"] for row in csv.DictReader(file)}
    by_firm: dict[str, list[tuple[str, str]]] = defaultdict(list)
    names = {}
    with (folder / "sec-tickers.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = STATE.sub("", row["Name"]).strip()
            if row["Exchange"] in EXCHANGES and not NO_FIRM.search(name):
                by_firm[row["CIK"].lstrip("0")].append((row["Ticker"], f"{EXCHANGES[row['Exchange']]}:{row['Ticker']}"))
                names[row["CIK"].lstrip("0")] = name
    for firm, tickers in by_firm.items():
        plain = [ticker for symbol, ticker in tickers if "-" not in symbol and len(symbol) <= 4] or [tickers[0][1]]
        yield (
            FORM.sub("", re.sub(r"\s*\(.*?\)", "", known.get(firm, names[firm]))),
            "",
            "|".join(sorted(plain)[:2]),
            "",
            "sp500" if firm in known else "sec",
        )


def _brands(folder: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Brands of the name-suggestion-index that state a Wikidata id and one name in English and Chinese each."""
    with (folder / "nsi_brands_qid.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            english = [name for name in _cells(row["en"]) if re.fullmatch(r"[\w&'.,!+ -]+", name) and script_language(name) == "en"]
            chinese = list(dict.fromkeys(simplified(name) for name in _cells(row["zh"])))
            chinese = [name for name in chinese if re.fullmatch(r"[\u4e00-\u9fff]{2,12}", name)]
            if english and chinese:
                yield english[0], "|".join(chinese[:2]), "", row["qid"], "nsi"


# --- to SKOS ----------------------------------------------------------------------------------------------------------


def merged(people: list[Row], lists: list[Row]) -> list[Row]:
    """What stands in the open lists about curated firms goes to these; of the rest, names that mean several things are left out."""
    mine: dict[str, set[int]] = defaultdict(set)
    for place, row in enumerate(people):
        for name in (*row.en, *row.zh, *row.former):
            mine[normalise(name)].add(place)
    people, rest = list(people), []
    for row in lists:
        owners = mine[normalise(row.en[0])]
        firms = [place for place in owners if people[place].type == "Company"]
        if not owners:
            rest.append(row)
        elif len(firms) == 1 and len(owners) == 1:
            people[firms[0]] = _with_ids(people[firms[0]], row)
    meant: dict[str, list[Row]] = defaultdict(list)
    for row in rest:
        for name in {normalise(name) for name in (*row.en, *row.zh)}:
            meant[name].append(row)
    alone = [row for row in rest if all(len(meant[normalise(name)]) == 1 and not mine[normalise(name)] for name in (*row.en, *row.zh))]
    return people + alone


def _with_ids(row: Row, other: Row) -> Row:
    """A curated row with the ids that an open list has; a Wikidata id only where the names in Chinese do not disagree."""
    agree = not other.zh or bool({normalise(name) for name in row.zh} & {normalise(name) for name in other.zh})
    wikidata = other.wikidata if other.wikidata and agree and not row.wikidata else row.wikidata
    return row._replace(tickers=tuple(dict.fromkeys((*row.tickers, *other.tickers))) if not row.tickers else row.tickers, wikidata=wikidata)


def _node(iri: str) -> NamedNode:
    return NamedNode(iri)


def _names(me: NamedNode, row: Row) -> Iterator[Triple]:
    for language, names in (("en", row.en), ("zh", row.zh)):
        for place, name in enumerate(names):
            yield Triple(me, _node(f"{SKOS}{'altLabel' if place else 'prefLabel'}"), Literal(name, language=language))


def names_triples(rows: Iterable[Row], searched: int) -> Iterator[Triple]:
    """The list of names; the first ``searched`` rows are curated."""
    scheme = _node(GAZETTEER.rstrip("/"))
    yield Triple(scheme, _node(f"{RDF}type"), _node(f"{SKOS}ConceptScheme"))
    yield Triple(scheme, _node(f"{DCTERMS}title"), Literal("Names of companies, organizations and products", language="en"))
    yield Triple(scheme, _node(f"{DCTERMS}title"), Literal("企业、机构与产品名录", language="zh"))
    for place, row in enumerate(rows):
        me = _node(row.iri)
        yield Triple(me, _node(f"{RDF}type"), _node(f"{SKOS}Concept"))
        yield from _names(me, row)
        for name in row.former:
            yield Triple(me, _node(f"{KG}formerName"), Literal(name, language=script_language(name)))
        for ticker in row.tickers:
            yield Triple(me, _node(f"{SKOS}notation"), Literal(ticker))
        yield Triple(me, _node(f"{KG}entityType"), _node(f"{KG}{row.type}"))
        if row.maker:
            yield Triple(me, _node(f"{KG}maker"), _node(f"{GAZETTEER}company/{slug(row.maker)}"))
        if row.everyday:
            yield Triple(me, _node(f"{KG}ambiguous"), Literal("true", datatype=_node(f"{XSD}boolean")))
        if row.wikidata:
            yield Triple(me, _node(f"{SCHEMA}sameAs"), _node(WIKIDATA + row.wikidata))
        yield Triple(me, _node(f"{SKOS}inScheme"), scheme if place < searched else _node(REGISTERS))


def concept_triples() -> Iterator[Triple]:
    """The scheme of phrases."""
    scheme = _node(CONCEPT.rstrip("/"))
    yield Triple(scheme, _node(f"{RDF}type"), _node(f"{SKOS}ConceptScheme"))
    yield Triple(scheme, _node(f"{DCTERMS}title"), Literal("Phrases of business news", language="en"))
    yield Triple(scheme, _node(f"{DCTERMS}title"), Literal("商业新闻用语", language="zh"))
    with (HERE / "concepts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    iris = {(row["type"], row["key"]): f"{CONCEPT}{row['type'].lower()}/{slug(row['en'])}" for row in rows}
    for row in rows:
        me = _node(iris[row["type"], row["key"]])
        yield Triple(me, _node(f"{RDF}type"), _node(f"{SKOS}Concept"))
        yield from _names(me, Row(row["type"], (row["en"], *_cells(row["en_alt"])), (row["zh"], *_cells(row["zh_alt"]))))
        if row["broader"]:
            yield Triple(me, _node(f"{SKOS}broader"), _node(iris[row["type"], row["broader"]]))
        else:
            yield Triple(me, _node(f"{SKOS}topConceptOf"), scheme)
        yield Triple(me, _node(f"{KG}entityType"), _node(f"{KG}{row['type']}"))
        yield Triple(me, _node(f"{KG}finerClass"), _node(f"{KG}{row['class']}"))
        yield Triple(me, _node(f"{SKOS}inScheme"), scheme)


def turtle(triples: Iterable[Triple]) -> bytes:
    """Triples as Turtle, in the order given."""
    prefixes = {"kg": KG, "skos": SKOS, "dcterms": DCTERMS, "schema": SCHEMA, "wd": WIKIDATA}
    return serialise(triples, RdfFormat.TURTLE, prefixes)


def made() -> dict[str, bytes]:
    """The two Turtle files, by name."""
    people = sorted(curated())
    everything = merged(people, registers())
    return {"gazetteer.ttl": turtle(names_triples(everything, len(people))), "concepts.ttl": turtle(concept_triples())}


def write() -> None:
    """Put the files of ``made`` and their packed form into the ontology's folder."""
    for name, content in made().items():
        (ontology_folder() / name).write_bytes(content)
    (ontology_folder() / PACKED).write_bytes(gazetteer.pack())
    labels = {name for entry in Gazetteer.load().entries if entry.type in PHRASE_TYPES for _, name in entry.names}
    Embedder().write(ontology_folder() / BUNDLED, labels)


if __name__ == "__main__":
    if sys.argv[1:] == ["write"]:
        write()
    elif sys.argv[1:2] == ["select"] and len(sys.argv) == 3:
        select(Path(sys.argv[2]))
    else:
        sys.exit(__doc__)
