"""Numbers on a claim: what is paid, which share of the whole, and when it happens.

Of all that a sentence holds, the nearest to the words that tell the claim counts, unless it speaks of something else (a price per share, revenue, the
year of a foundation). What those words are is data: ``numbers.toml``. Dates without a year are read against the date of the document.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from kg.model import Figures, Span
from kg.vocab import script_language


class _Found(NamedTuple):
    """A number at its place in the sentence."""

    start: int
    end: int
    value: Any


PAID = frozenset({"acquires", "mergesWith", "investsIn", "partnersWith", "supplies", "sues"})
"""Relations whose claims have an amount: what is paid, claimed in court, worth of a contract."""
SHARED = frozenset({"acquires", "investsIn", "hasSubsidiary"})
DATED = PAID | {"investigates", "leads", "offers"}


def of_relation(figures: Figures, relation: str) -> Figures:
    """What of the figures of a sentence a claim of a relation can have."""
    paid, dated = relation in PAID, relation in DATED
    return Figures(
        amount=figures.amount if paid else None,
        amount_max=figures.amount_max if paid else None,
        currency=figures.currency if paid else None,
        share=figures.share if relation in SHARED else None,
        event_date=figures.event_date if dated else None,
        event_date_text=figures.event_date_text if dated else None,
    )


def read(text: str, sentence: Span, trigger: Span, day: str | None, *, invests: bool = False) -> Figures:
    """The numbers of the claim that a trigger tells, out of its sentence; ``day`` is the document's date as YYYY-MM-DD, where it is known.

    Of an investment (``invests``) the value of the whole firm is not the amount.
    """
    words = text[sentence.start : sentence.end]
    at = (trigger.start - sentence.start, trigger.end - sentence.start)
    money = _nearest(_money(words, invests=invests), at, words)
    share = _nearest(_shares(words), at, words)
    when = _nearest(_dates(words, day), at, words)
    low, high, currency = money.value if money else (None, None, None)
    text_of_date = words[when.start : when.end] if when else None
    return Figures(low, high, currency, share.value if share else None, when.value if when else None, text_of_date)


def share(text: str, sentence: Span, words_for: Span) -> Decimal | None:
    """The share of a whole, from 0 to 1, that a sentence gives nearest to some words of it."""
    words = text[sentence.start : sentence.end]
    found = _nearest(_shares(words), (words_for.start - sentence.start, words_for.end - sentence.start), words)
    return found.value if found is not None else None


def _nearest(found: Iterator[_Found], trigger: tuple[int, int], words: str) -> _Found | None:
    """The number with the fewest signs between it and the trigger, a clause's end counting as many; of two, the later one."""

    def distance(one: _Found) -> tuple[int, int]:
        start, end = (trigger[1], one.start) if one.start >= trigger[1] else (one.end, trigger[0])
        between = words[max(0, start) : max(0, end)]
        return len(between) + CLAUSE * len(re.findall(r"[，,](?!\d)", between)), -one.start

    near = (one for one in found if not re.search("[;；]", words[min(one.start, trigger[0]) : max(one.end, trigger[1])]))
    return min(near, key=distance, default=None)


CLAUSE = 12
"""Signs that a comma between a number and the trigger counts as."""


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("numbers.toml").read_text(encoding="utf-8"))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """One of the patterns of the data file, with the lists of the file put in for {names}."""
    rules = _rules()
    lists = {key: "|".join(sorted(map(re.escape, rules[key]), key=len, reverse=True)) for key in ("units", "before", "after", "small")}
    pattern = re.sub(r"\{(units|before|after|small)\}", lambda found: f"(?:{lists[found[1]]})", rules["patterns"][name])
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


# --- money ------------------------------------------------------------------------------------------------------------


def _money(words: str, *, invests: bool) -> Iterator[_Found]:
    for found in _pattern("money").finditer(words):
        currency = _currency(found["before"], found["after"], found["low_unit"] or found["high_unit"])
        if currency is None or _is_other(words, found, "other_money") or (invests and _is_other(words, found, "valuation")):
            continue
        high = _number(found["high"], found["high_unit"] or found["unit"]) if found["high"] else None
        low = _number(found["low"], found["low_unit"] or found["high_unit"] or found["unit"])
        if low is not None:
            yield _Found(found.start(), found.end(), (low, high, currency))


BARE = frozenset({"元", "dollars", "dollar"})
"""Words of several currencies: a sign before the number says more."""


def _currency(before: str | None, after: str | None, unit: str | None) -> str | None:
    """The code that the sign before or the word after a number stands for; a word after it that names a currency is surer than a bare "$"."""
    if before == "¥" and unit and script_language(unit) == "zh":
        return "CNY"  # in Chinese texts the sign is the yuan's
    sides = ((after, "after"), (before, "before"))
    for spelled, table in sides[::-1] if before and (after or "").casefold() in BARE else sides:
        if spelled:
            return str(_rules()[table].get(spelled.casefold()) or _rules()[table].get(spelled))
    return None


def _number(digits: str | None, unit: str | None) -> Decimal | None:
    if not digits:
        return None
    if script_language(digits) == "zh":
        return _chinese_number(digits)
    plain = digits.replace(",", "").replace("，", "").strip().casefold()
    spelled = _rules()["small"].get(plain)
    factor = Decimal(_rules()["units"].get((unit or "").casefold().strip(), 1))
    value = (Decimal(str(spelled)) if spelled is not None else Decimal(plain)) * factor
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()


def _chinese_number(digits: str) -> Decimal:
    """Value of a number in Chinese numerals: 三亿五千万."""
    total = section = Decimal(0)
    number = Decimal(0)
    for sign in digits:
        unit = _rules()["units"].get(sign) or {"十": 10, "百": 100}.get(sign)
        if unit is None:
            number = Decimal(str(_rules()["small"][sign]))
        elif unit < 10_000:
            section += (number or 1) * unit
            number = Decimal(0)
        else:
            total = (total + section + number) * unit if sign == "亿" else total + (section + number) * unit
            section = number = Decimal(0)
    return total + section + number


def _is_other(words: str, found: re.Match[str], name: str) -> bool:
    """Whether what stands just before or after a number says that it is of something else."""
    return bool(_pattern(f"{name}_before").search(words[: found.start()]) or _pattern(f"{name}_after").match(words[found.end() :]))


# --- shares -----------------------------------------------------------------------------------------------------------


def _shares(words: str) -> Iterator[_Found]:
    for found in _pattern("share").finditer(words):
        is_owned = found["whole"] or _pattern("owned_after").match(words[found.end() :]) or _pattern("owned_before").search(words[: found.start()])
        if not is_owned or _is_other(words, found, "other_share"):
            continue
        value = _share(found)
        if value is not None and 0 < value <= 1:
            yield _Found(found.start(), found.end(), value)


def _share(found: re.Match[str]) -> Decimal | None:
    if found["whole"]:
        return Decimal(1)
    if found["percent"]:
        return (Decimal(found["percent"]) / 100).normalize()
    spelled = _rules()["fractions"].get(re.sub(r"[\s-]+", " ", found["fraction"].casefold()))
    return Decimal(str(spelled)) if spelled is not None else None


# --- dates ------------------------------------------------------------------------------------------------------------


def _dates(words: str, day: str | None) -> Iterator[_Found]:
    today = date.fromisoformat(day) if day else None
    for name in ("date_en", "date_zh"):
        for found in _pattern(name).finditer(words):
            if not _is_other(words, found, "other_date"):
                value = _date(
                    {re.sub(r"\d+$", "", key): value for key, value in found.groupdict().items() if value}, today, future=_is_future(words, found)
                )
                if value is not None:
                    yield _Found(found.start(), found.end(), value)


def _is_future(words: str, found: re.Match[str]) -> bool:
    """Whether a date is of what is still to come: by what stands before it in its sentence."""
    return _pattern("future").search(words[: found.start()]) is not None


def _date(part: dict[str, str], today: date | None, *, future: bool) -> str | None:
    """A date as exact as its words; None where it hangs on the date of a document that has none, or is no date."""
    if "near" in part:
        return _near(part["near"].casefold(), today, future=future)
    year = _year(part, today)
    month = _month(part, today)
    number = int(re.sub(r"\D", "", part["day"])) if "day" in part else None
    if month is None:
        if number is not None:
            return None
        return f"{year:04}" if year else None
    if year is None:
        if today is None:
            return None
        year = _year_of(month, number, today, future=future)
    if number is None:
        return f"{year:04}-{month:02}"
    try:
        return date(year, month, number).isoformat()
    except ValueError:
        return None


def _year(part: dict[str, str], today: date | None) -> int | None:
    if "year" in part:
        return int(part["year"])
    if "this_year" in part and today is not None:
        return today.year + int(_rules()["years"][part["this_year"].casefold()])
    if "this_month" in part and today is not None:
        return (today.replace(day=15) + timedelta(days=30 * int(_rules()["months_from_now"][part["this_month"].casefold()]))).year
    return None


def _month(part: dict[str, str], today: date | None) -> int | None:
    if "month" in part:
        spelled = part["month"].casefold().rstrip(".")
        month = int(spelled) if spelled.isdigit() else int(_rules()["month_names"][spelled[:3]])
        return month if 1 <= month <= 12 else None
    if "this_month" in part and today is not None:
        return (today.replace(day=15) + timedelta(days=30 * int(_rules()["months_from_now"][part["this_month"].casefold()]))).month
    return None


def _year_of(month: int, number: int | None, today: date, *, future: bool) -> int:
    """The year that puts a month (and a day) next to a date, on the side of what is to come or of what is past."""
    here, there = (today.month, today.day if number else 0), (month, number or 0)
    if future:
        return today.year + (there < here)
    return today.year - (there > here)


def _near(spelled: str, today: date | None, *, future: bool) -> str | None:
    """A day or week by its distance: "yesterday", "on Tuesday", 下周."""
    if today is None:
        return None
    days = _rules()["days_from_now"].get(spelled)
    if days is not None:
        return (today + timedelta(days=int(days))).isoformat()
    weeks = _rules()["weeks_from_now"].get(spelled)
    if weeks is not None:
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=int(weeks))
        return f"{monday.year:04}-{monday.month:02}"
    return _weekday(spelled, today, future=future)


def _weekday(spelled: str, today: date, *, future: bool) -> str | None:
    """A day of the week: of this, the last or the next week where that is said, else the next one to come or the last one up to today."""
    rules = _rules()
    place = next((int(number) for name, number in rules["weekdays"].items() if name in spelled), None)
    if place is None:
        return None
    monday = today - timedelta(days=today.weekday())
    for mark, weeks in rules["week_marks"].items():
        if mark in spelled:
            return (monday + timedelta(weeks=int(weeks), days=place)).isoformat()
    if future:
        return (today + timedelta(days=(place - today.weekday() - 1) % 7 + 1)).isoformat()
    return (today - timedelta(days=(today.weekday() - place) % 7)).isoformat()
