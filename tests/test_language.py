"""Passages: hand-written texts in the two languages, in others, and mixed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.language import BoilerplatePattern, boilerplate_patterns, languages, passages, unwrapped

ENGLISH = "Arbel said on Monday that it would buy Tavor Systems for 3 billion dollars."
CHINESE = "澜湾科技周一表示，将以三十亿元收购塔沃系统。"


def told(text: str, hint: str | None = None) -> list[tuple[str, str, str]]:
    return [(text[passage.span.start : passage.span.end], passage.language, passage.kind) for passage in passages(text, hint)]


def test_one_language_is_one_passage_whatever_its_paragraphs() -> None:
    text = f"Tavor Systems\n\n{ENGLISH}\r\n{ENGLISH}\n"
    assert told(text) == [(text, "en", "prose")]


def test_english_then_chinese_then_boilerplate() -> None:
    tail = "原创文章,作者:admin,如若转载,请注明出处:https://example.org/1.html"
    assert told(f"{ENGLISH}\n{CHINESE}\n{tail}") == [(f"{ENGLISH}\n", "en", "prose"), (f"{CHINESE}\n", "zh", "prose"), (tail, "zh", "boilerplate")]


def test_languages_change_within_a_line_and_without_a_space() -> None:
    assert told(f"{ENGLISH}{CHINESE}") == [(ENGLISH, "en", "prose"), (CHINESE, "zh", "prose")]
    assert told(f"{CHINESE}{ENGLISH}") == [(CHINESE, "zh", "prose"), (ENGLISH, "en", "prose")]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("OpenField收购Kestrel Maritime Holdings", "zh"),
        ("Kestrel Maritime、Arbel、Tavor Systems三家公司合并", "zh"),
        ("Arbel (阿贝尔) buys Tavor (塔沃系统)", "en"),
        ("The Chinese name of the firm is 澜湾.", "en"),
        ("Nokora buys Navtel", "en"),
        ("Arbel to acquire Tavor Systems", "en"),
        ("Kestrel Maritime AG, Lindqvist SA, Falkenrath GmbH, Grupo Barrado, Lumelle", "en"),
        ("TAVOR SYSTEMS INC SEES HIGHER SALES NEXT YEAR", "en"),
        ("Le groupe Lumelle a annoncé mardi le rachat de son concurrent Tavor pour deux milliards d'euros.", "fr"),
        ("Der Maschinenbauer Falkenrath übernimmt seinen Konkurrenten Weidner für zwei Milliarden Euro.", "de"),
        ("La compañía anunció el martes que comprará a su rival por dos mil millones de euros.", "es"),
        ("東証上場のタヴォル社は火曜日、競合のアルベルを買収すると発表した。", "ja"),
        ("타보르는 화요일 경쟁사를 인수한다고 발표했다.", "ko"),
        ("Компанія оголосила у вівторок про купівлю конкурента за два мільярди євро.", "uk"),
        ("2024-05-01 12:00", "und"),
        ("", "und"),
    ],
)
def test_language_of_one_line(text: str, language: str) -> None:
    assert languages(passages(text)) == (language,)


def test_a_short_line_follows_the_rest_of_its_article() -> None:
    text = "Lumelle rachète Tavor\nLe groupe a annoncé mardi le rachat de son concurrent pour deux milliards d'euros."
    assert told(text) == [(text, "fr", "prose")]


def test_a_hint_decides_only_what_is_open() -> None:
    assert told("Lumelle rachète Tavor", "fr") == [("Lumelle rachète Tavor", "fr", "prose")]
    assert told(ENGLISH, "fr") == [(ENGLISH, "en", "prose")]
    assert told(CHINESE, "en-US+fr") == [(CHINESE, "zh", "prose")]


def test_signs_without_letters_go_with_what_stands_before_them() -> None:
    assert told(f"***\n{ENGLISH}\n12.5%\n{CHINESE}\n***") == [(f"***\n{ENGLISH}\n12.5%\n", "en", "prose"), (f"{CHINESE}\n***", "zh", "prose")]


def test_languages_of_prose_come_before_those_of_boilerplate() -> None:
    assert languages(passages(f"{ENGLISH}\n责任编辑：王小舟")) == ("en",)
    assert languages(passages("责任编辑：王小舟")) == ("zh",)


@pytest.mark.parametrize("pattern", boilerplate_patterns(), ids=lambda pattern: pattern.name)
def test_boilerplate_pattern_finds_its_examples_and_no_counter_example(pattern: BoilerplatePattern) -> None:
    for before, after in pattern.examples:
        assert pattern.regex.search(before + after), f"{pattern.name} itself finds {after!r}"
        found = [(text, kind) for text, _, kind in told(before + after)]
        assert found == [(before, "prose"), (after, "boilerplate")][not before :]
    for text in pattern.counter:
        assert [kind for _, _, kind in told(text)] == ["prose"], text


def test_boilerplate_between_prose_leaves_the_prose_on_both_sides() -> None:
    text = f"{ENGLISH}\n(Reporting by Ada Voss; Editing by Tom Reyl)\n{ENGLISH}"
    assert [kind for _, _, kind in told(text)] == ["prose", "boilerplate", "prose"]


PARTS = [ENGLISH, CHINESE, "\n", "\r\n", "\r", " ", "😀", "。", "责任编辑：王", "© 2024 Arbel", "\u2028", "\x00", "e\u0301"]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=5), max_size=8).map("".join))
def test_passages_cover_every_text_in_order(text: str) -> None:
    found = passages(text)
    assert "".join(text[passage.span.start : passage.span.end] for passage in found) == text
    assert all(passage.span.start < passage.span.end for passage in found)
    assert all(one[1:] != other[1:] for one, other in pairwise(found))


WIRE = """NORDVIK <NDV> STARTS 40 MLN DLR BID FOR HALE
Nordvik Industries Inc said it
has started a tender offer for all shares of Hale
Brothers Inc, of which Old
Stanmore Bank holds a tenth.
    It said the offer would help Nordvik in West
Virginia.  Hale declined to comment.
 Ends"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            WIRE,
            "NORDVIK <NDV> STARTS 40 MLN DLR BID FOR HALE\nNordvik Industries Inc said it has started a tender offer for all shares of Hale"
            " Brothers Inc, of which Old Stanmore Bank holds a tenth.\n    It said the offer would help Nordvik in West Virginia.  Hale declined to"
            " comment.\n Ends",
        ),
        ("Arbel to buy Tavor Systems\nArbel said on Monday that it would buy Tavor.\nTavor makes pumps.", None),
        ("Arbel's plans in Europe and in Asia:\ncheaper pumps\nfewer plants", None),
        ("Three firms bid for Tavor Systems\n- arbel\n- nordvik\n* hale", None),
        ("A new owner for Tavor Systems at last\neBay Inc said on Monday that it would buy Tavor Systems.", None),
        (f"{CHINESE}\n{CHINESE}", None),
        (f"澜湾科技拟收购塔沃系统与另外两家公司以及其全部海外资产\n{CHINESE}", None),
        (f"{ENGLISH}\n\n{ENGLISH}\n{ENGLISH}", None),
    ],
)
def test_only_line_breaks_that_keep_lines_short_become_blanks(text: str, wanted: str | None) -> None:
    assert unwrapped(text) == (wanted or text)


def test_lines_that_end_as_on_windows_are_joined_too() -> None:
    text = "Arbel said on Monday that it would buy\r\nthe pumps of Tavor Systems and of Old\r\nStanmore Works."
    assert unwrapped(text) == "Arbel said on Monday that it would buy  the pumps of Tavor Systems and of Old  Stanmore Works."


@given(st.text(alphabet="aA.,\n\r 中-"))
def test_unwrapped_text_differs_from_the_text_in_line_breaks_alone(text: str) -> None:
    assert [(one, other) for one, other in zip(text, unwrapped(text), strict=True) if one != other and (one in "\r\n", other) != (True, " ")] == []
