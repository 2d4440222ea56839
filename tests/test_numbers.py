"""What is paid, which share, and when: every sentence of the table, and how the figures reach the graph."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
from gold import article, observed, says
from hypothesis import given
from hypothesis import strategies as st

from kg.build import build
from kg.config import Settings
from kg.extract.numbers import of_relation, read
from kg.model import Figures, Span

TABLE = Path(__file__).parent / "data" / "numbers.tsv"
"""Language, document's date, sentence with its trigger in braces, and what a careful reader notes; "known" names fields that are read wrongly."""
FIELDS = ("amount", "amount_max", "currency", "share", "event_date", "event_text")
INVESTS = ("stake", "invest", "入股", "投资", "领投", "注资", "增资", "funding")


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def figures(row: dict[str, str]) -> Figures:
    start, end = row["text"].index("{"), row["text"].index("}") - 1
    text = row["text"].replace("{", "").replace("}", "")
    invests = any(word in text[start:end] for word in INVESTS)
    return read(text, Span(0, len(text)), Span(start, end), row["date"], invests=invests)


def alike(wanted: str, found: Decimal | str | None) -> bool:
    if isinstance(found, Decimal):
        return bool(wanted) and abs(Decimal(wanted) - found) < Decimal("0.005")
    return (found or "") == wanted


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["text"])
def test_each_sentence_gives_its_figures(row: dict[str, str]) -> None:
    found = figures(row)
    got = dict(zip(FIELDS, (found.amount, found.amount_max, found.currency, found.share, found.event_date, found.event_date_text), strict=True))
    wrong = {name for name in FIELDS if not alike(row[name], got[name])}
    assert wrong == set(filter(None, row["known"].split(","))), got


def test_few_fields_are_known_to_be_read_wrongly() -> None:
    count = Counter(language for row in rows() for language in [row["lang"]])
    assert min(count["en"], count["zh"]) >= 50
    wrong = sum(len(row["known"].split(",")) for row in rows() if row["known"])
    assert wrong <= 0.1 * sum(bool(row[name]) for row in rows() for name in FIELDS)


@given(st.text(max_size=60), st.integers(0, 60), st.sampled_from([None, "2031-03-05"]))
def test_no_text_breaks_it(text: str, at: int, day: str | None) -> None:
    found = read(text, Span(0, len(text)), Span(min(at, len(text)), min(at + 3, len(text))), day)
    assert found.share is None or 0 < found.share <= 1
    assert found.event_date_text is None or found.event_date_text in text


def test_a_claim_has_only_the_figures_of_its_relation() -> None:
    every = Figures(Decimal(5), Decimal(6), "USD", Decimal("0.4"), "2031", "in 2031")
    assert of_relation(every, "acquires") == every
    assert of_relation(every, "hasSubsidiary") == Figures(share=Decimal("0.4"))
    assert of_relation(every, "leads") == Figures(event_date="2031", event_date_text="in 2031")
    assert of_relation(every, "faces") == Figures()


def test_figures_stand_on_claims_in_the_graph(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    first = "Harlow Motors acquired Tarnwick Mills for 2.5 billion euros in June 2030."
    text.write_text(f"{first} Harlow Motors bought a 49 percent stake in Ashgrove Foods.", encoding="utf-8")
    build([str(text)], tmp_path / "out", Settings())
    told = {}
    for quad in ox.parse(path=tmp_path / "out" / "graph.trig", format=ox.RdfFormat.TRIG):
        name = str(quad.predicate.value).rpartition("#")[2]
        if name in ("amount", "currency", "share", "eventDate", "eventDateText") and isinstance(quad.object, ox.Literal):
            told[name] = (quad.object.value, quad.object.datatype.value.rpartition("#")[2])
    assert told == {
        "amount": ("2500000000", "integer"), "currency": ("EUR", "string"), "share": ("0.49", "decimal"), "eventDate": ("2030-06", "gYearMonth"),
        "eventDateText": ("June 2030", "string"),
    }  # fmt: skip


def test_of_two_sentences_the_second_adds_what_the_first_left_out() -> None:
    from msgspec.structs import replace

    from kg.gazetteer import Gazetteer
    from kg.rdf import statements
    from kg.resolve import resolve

    things = {"h": ("Company", "Harlow"), "t": ("Company", "Tarnwick")}
    row = article(
        "a", "Harlow bought Tarnwick. It paid.", things, says("h acquires t", quote="Harlow bought Tarnwick."), says("h acquires t", quote="It paid.")
    )
    document, extraction = observed(row)
    first, second = extraction.claims
    figures = Figures(share=Decimal("0.4")), Figures(Decimal(7), None, "USD", Decimal("0.9"))
    told = replace(extraction, claims=(replace(first, figures=figures[0]), replace(second, figures=figures[1])))
    _, (resolution,) = resolve([(document, told)], Gazetteer.empty())
    (one,), _ = statements(document, told, resolution)
    assert one.figures == Figures(Decimal(7), None, "USD", Decimal("0.4"))
