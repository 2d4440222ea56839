"""How names are shortened, introduced, sounded out; each row of the data files is run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kg.resolve
from kg.model import Mention, Span
from kg.resolve.aliases import in_apposition
from kg.resolve.shorten import is_generic, lists, shortens
from kg.resolve.sound import alike, spelled_alike

ALIASES = tomllib.loads((Path(kg.resolve.__file__).parent / "aliases.toml").read_text(encoding="utf-8"))["alias"]


def marked(text: str) -> tuple[str, list[Mention]]:
    """A text whose names stand in [ ], as plain text and mentions."""
    plain, mentions, at = "", [], 0
    for found in re.finditer(r"\[([^\]]*)\]", text):
        plain += text[at : found.start()]
        span = Span(len(plain), len(plain) + len(found[1]))
        plain += found[1]
        mentions.append(Mention(Mention.make_id(span, "Company"), "Company", span, found[1], "test"))
        at = found.end()
    return plain + text[at:], mentions


@pytest.mark.parametrize("row", ALIASES, ids=[f"{row['name']}: {row['example']}" for row in ALIASES])
def test_each_introduction_does_what_its_examples_say(row: dict[str, str]) -> None:
    text, mentions = marked(row["example"])
    assert [(one.mention, one.other, one.reason) for one in in_apposition(text, mentions)] == [(mentions[0].id, mentions[1].id, row["name"])]
    text, mentions = marked(row["counter"])
    assert list(in_apposition(text, mentions)) == []


@pytest.mark.parametrize("name", sorted(lists()))
def test_each_list_of_words_does_what_its_examples_say(name: str) -> None:
    one = lists()[name]
    (kind, full, short), (other_kind, other_full, other_short) = one["example"], one["counter"]
    if name == "body":
        assert is_generic(full)
        assert not is_generic(other_full)
    else:
        assert not shortens(short, full, kind)  # type: ignore[arg-type]
        assert shortens(other_short, other_full, other_kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "ticker"),
    [
        ("[Harlow Mills] <HLWM> grew.", "HLWM"),
        ("[Harlow Mills] <HLWM.O> grew.", "HLWM"),
        ("[Harlow Mills] (NYSE: HLWM) grew.", "HLWM"),
        ("[海川科技]（股票代码：600777）表示", "600777"),
        ("[海川科技]（SZ：000777）表示", "000777"),
    ],
)
def test_a_ticker_after_a_name_is_read(text: str, ticker: str) -> None:
    plain, mentions = marked(text)
    assert [(one.mention, one.ticker) for one in in_apposition(plain, mentions)] == [(mentions[0].id, ticker)]


@pytest.mark.parametrize(
    "text", ["[Harlow Mills] (2019) grew.", "[Harlow Mills] < 5 grew.", "[Harlow Mills], NYSE: HLWM", "[Harlow] (owner of [Tern]) grew."]
)
def test_what_is_no_ticker_and_no_second_name_is_none(text: str) -> None:
    assert list(in_apposition(*marked(text))) == []


@pytest.mark.parametrize(
    ("short", "full", "kind"),
    [
        ("marsh", "elena k marsh jr", "Person"),
        ("elena marsh", "elena k marsh", "Person"),
        ("dreamer", "harlow 787 dreamers", "Product"),
        ("harlow auto", "harlow automotive", "Company"),
        ("中国建材", "中国建筑材料", "Company"),
        ("air force", "united states air force", "Organization"),
    ],
)
def test_short_forms(short: str, full: str, kind: str) -> None:
    assert shortens(short, full, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("short", "full", "kind"),
    [
        ("elena", "elena marsh", "Person"),
        ("harlow", "harlow 787", "Product"),
        ("paper", "harlow paper", "Company"),
        ("通用", "通用上海汽车香港投资", "Company"),
        ("harlow", "harlow", "Company"),
        ("东方", "京东方", "Company"),
    ],
)
def test_what_is_no_short_form(short: str, full: str, kind: str) -> None:
    assert not shortens(short, full, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("latin", "chinese"),
    [("Brenavik", "布雷纳维克"), ("Tolmira", "托尔米拉"), ("Kestrovan Shipping", "凯斯特罗万航运"), ("Sandor Veltik", "桑多尔·韦尔蒂克")],
)
def test_a_transliteration_sounds_alike(latin: str, chinese: str) -> None:
    assert alike(latin, chinese) >= 0.79


@pytest.mark.parametrize(("latin", "chinese"), [("Brenavik", "托尔米拉"), ("Tolmira", "凯斯特罗万航运"), ("Harlow", "微软"), ("Google", "")])
def test_other_names_do_not(latin: str, chinese: str) -> None:
    assert alike(latin, chinese) < 0.79


def test_pinyin_is_read_in_either_order() -> None:
    assert spelled_alike("Deng Yufan", "邓裕帆")
    assert spelled_alike("Yu-fan Deng", "邓裕帆")
    assert not spelled_alike("Deng Yufang", "邓裕帆")
    assert not spelled_alike("Deng", "邓")


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    assert 0.0 <= alike(one, other) <= 1.0
    assert spelled_alike(one, other) in (True, False)
    for kind in ("Company", "Person", "Product", "Organization"):
        assert shortens(one, other, kind) in (True, False)  # type: ignore[arg-type]
