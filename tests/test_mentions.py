"""The trained reader of mentions: how text is cut, how labels become mentions, and what it reads."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kg.encoder import LONGEST, Encoder, cut, has_weights
from kg.errors import InputError
from kg.extract.mentions import (
    APART,
    LABELS,
    NEVER,
    WITHIN_WORD,
    MentionReader,
    Tagged,
    _goes_on,
    best_path,
    decode,
    label_bias,
    out_of_words,
    read_again,
    sentences,
    voted,
    windows,
    without_tickers,
)
from kg.extract.pipeline import make_pipeline
from kg.gazetteer import Gazetteer
from kg.model import Span

TEXTS = st.text(st.sampled_from("AbcZ9 .。,，“”\n\t京信通信收购Ｂolt～ﬁ①é🚀\u200b·&-（）\ud83d"), max_size=120)
NO_BIAS = label_bias({})


@pytest.fixture(scope="module")
def reader() -> MentionReader:
    return MentionReader()


def scores(*labels: str | dict[str, float]) -> np.ndarray:
    """Scores that clearly want one label per piece, or what a dict says."""
    rows = np.full((len(labels), len(LABELS)), -9.0, dtype=np.float32)
    for row, wanted in zip(rows, labels, strict=True):
        for label, score in (wanted if isinstance(wanted, dict) else {wanted: 9.0}).items():
            row[LABELS.index(label)] = score
    return rows


def labels(path: Sequence[int]) -> list[str]:
    return [LABELS[at] for at in path]


# --- cutting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Acme Corp. bought Bolt. It paid $3.5 mln. “Good,” he said.", ["Acme Corp. bought Bolt.", "It paid $3.5 mln.", "“Good,” he said."]),
        ("甲公司收购乙公司。“好。”他说；完", ["甲公司收购乙公司。", "“好。”", "他说；", "完"]),
        ("HEADLINE IN CAPITALS\n\n  Body text goes on", ["HEADLINE IN CAPITALS", "Body text goes on"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_end_where_a_reader_sees_them_end(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(TEXTS)
def test_sentences_leave_out_nothing_but_white_space(text: str) -> None:
    places = list(sentences(text))
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(places))
    assert "".join("".join(text[start:end].split()) for start, end in places) == "".join(text.split())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TEXTS)
@example("由京信通信收购。")
def test_pieces_stand_in_order_where_their_words_stand(reader: MentionReader, text: str) -> None:
    spans = [span for part in windows(reader.encoder.tokenizer, text) for span in part.spans]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[0] <= after[0] for before, after in itertools.pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


def test_a_text_without_an_end_of_sentence_is_cut_to_what_the_encoder_takes(reader: MentionReader) -> None:
    parts = list(windows(reader.encoder.tokenizer, "京信 " * 900))
    assert [len(part.ids) <= LONGEST for part in parts] == [True] * len(parts)
    assert len(parts) > 1
    reader.read("京信 " * 900)


def test_a_word_of_a_thousand_letters_is_not_read_but_what_stands_around_it_is(reader: MentionReader) -> None:
    text = "Halvard Lines " + "x" * 1_000 + " bought Dockwise Inc."
    assert [text[start:end] for part in windows(reader.encoder.tokenizer, text) for start, end in part.spans if end - start > 20] == []
    assert sum(text[start:end].count("x") for part in windows(reader.encoder.tokenizer, text) for start, end in part.spans) == 0
    assert ("Company", "Dockwise Inc.") in reader.strings(text)


def test_no_piece_stands_for_the_first_letter_twice(reader: MentionReader) -> None:
    assert cut(reader.encoder.tokenizer, "北沅药业").spans[0][0] == 0
    assert [start for start, _ in cut(reader.encoder.tokenizer, "北沅药业").spans].count(0) == 1


def test_no_chinese_piece_hides_the_edge_of_a_name(reader: MentionReader) -> None:
    text = "由京信通信在日本收购"
    spans = cut(reader.encoder.tokenizer, text).spans
    assert {1, 5, 6, 8} <= {start for start, _ in spans}  # 由|京信通信|在|日本|收购


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_a_label_inside_a_mention_needs_one_that_begins_it() -> None:
    found = best_path(scores("O", {"I-Company": 1.0, "B-Company": 0.5, "O": -5.0}, "I-Company"), [APART] * 3)
    assert labels(found) == ["O", "B-Company", "I-Company"]


def test_the_pieces_of_a_latin_word_stay_together() -> None:
    rows = scores("B-Product", {"O": 1.0, "I-Product": 0.0})
    assert labels(best_path(rows, [APART, APART])) == ["B-Product", "O"]
    assert labels(best_path(rows, [APART, WITHIN_WORD])) == ["B-Product", "I-Product"]
    assert labels(best_path(scores("O", {"B-Company": 2.0, "O": 1.0}), [APART, WITHIN_WORD])) == ["O", "O"]


@pytest.mark.parametrize(
    "text", ["DALL|·E", "DALL·|E", "AT|&T", "AT&|T", "GPT|-V.", "GPT-|V.", "GPT|-4o", "艾伦|·莫兰", "艾伦·|莫兰", "iPh|one", "3|5"]
)
def test_letters_and_signs_join_the_parts_of_a_name(text: str) -> None:
    assert _goes_on(text.replace("|", ""), text.index("|"))


@pytest.mark.parametrize("text", ["A |- B", "Acme|-backed", "Acme-|backed", "Acme|’s", "京|信", "Acme|公司", "Q|&", "·|E", "Acme|, Bolt"])
def test_other_signs_part_words(text: str) -> None:
    assert not _goes_on(text.replace("|", ""), text.index("|"))


def test_at_a_tie_the_earlier_label_wins() -> None:
    assert labels(best_path(scores({"O": 1.0, "B-Company": 1.0}), [APART])) == ["O"]


def test_impossible_moves_cost_more_than_any_score() -> None:
    assert NEVER < -1000


def test_mentions_are_what_the_labels_cover_with_the_mean_of_their_chances() -> None:
    text = "Acme Corp buys Bolt"
    spans = [(0, 4), (5, 9), (10, 14), (15, 19)]
    found = decode(text, spans, scores("B-Company", "I-Company", "O", "B-Product"), NO_BIAS)
    assert found == [Tagged(0, 9, "Company", 1.0), Tagged(15, 19, "Product", 1.0)]


def test_a_name_ends_before_what_joins_it_to_another_one_and_what_its_shares_are_called() -> None:
    text = "Acme common AND"
    rows = scores("B-Company", "I-Company", "I-Company")
    assert [(one.start, one.end) for one in decode(text, [(0, 4), (5, 11), (12, 15)], rows, NO_BIAS)] == [(0, 4)]
    assert [(one.start, one.end) for one in decode("and common", [(0, 3), (4, 10)], scores("B-Company", "I-Company"), NO_BIAS)] == [(0, 3)]


def test_two_mentions_of_a_type_have_something_between_them() -> None:
    rows = scores("B-Company", {"B-Company": 9.0, "I-Company": 3.0})
    assert [(one.start, one.end) for one in decode("甲乙", [(0, 1), (1, 2)], rows, NO_BIAS)] == [(0, 2)]
    assert [(one.start, one.end) for one in decode("甲、乙", [(0, 1), (2, 3)], rows, NO_BIAS)] == [(0, 1), (2, 3)]
    rows = scores("B-Company", "B-Product")
    assert [(one.start, one.end) for one in decode("甲乙", [(0, 1), (1, 2)], rows, NO_BIAS)] == [(0, 1), (1, 2)]


def test_a_bias_makes_a_type_more_welcome() -> None:
    row = scores({"O": 1.0, "B-Asset": 0.0, "B-Challenge": 0.0})
    assert decode("ships", [(0, 5)], row, NO_BIAS) == []
    assert [one.type for one in decode("ships", [(0, 5)], row, label_bias({"Asset": 1.5}))] == ["Asset"]


def test_nothing_is_read_in_nothing(reader: MentionReader) -> None:
    assert reader.read("") == []
    assert reader.read(" \n\t ") == []


def test_a_name_has_the_type_that_most_of_its_places_speak_for_and_phrases_keep_theirs() -> None:
    text = "Bolt, Bolt Inc., BOLT, data, data"
    found = [
        Tagged(0, 4, "Product", 0.9),
        Tagged(6, 15, "Company", 0.8),
        Tagged(17, 21, "Company", 0.7),
        Tagged(23, 27, "Asset", 0.9),
        Tagged(29, 33, "Capability", 0.5),
    ]
    assert [one.type for one in voted(text, found)] == ["Company", "Company", "Company", "Asset", "Capability"]
    tie = [Tagged(0, 4, "Product", 0.5), Tagged(17, 21, "Company", 0.5)]
    assert [one.type for one in voted(text, tie)] == ["Company", "Company"]


def test_a_ticker_behind_a_name_is_no_name() -> None:
    text = "ACME <ACM> RISES. Acme Inc (NYSE: ACM) said ACM Partners and ACM agreed."
    read = [(0, 4), (6, 9), (18, 26), (34, 37), (44, 56), (61, 64)]
    found = [Tagged(start, end, "Company", 0.9) for start, end in read]
    assert [text[one.start : one.end] for one in without_tickers(text, found)] == ["ACME", "Acme Inc", "ACM Partners", "ACM"]
    assert without_tickers("深海科技（股票代码：600777）", [Tagged(0, 4, "Company", 0.9), Tagged(10, 16, "Product", 0.4)]) == [
        Tagged(0, 4, "Company", 0.9)
    ]


def test_a_name_that_was_read_once_is_found_wherever_it_stands_again() -> None:
    text = "Acme hired. Acme's boss, Acmeans and Bolt. Bolt data"
    found = [Tagged(0, 4, "Company", 0.9), Tagged(37, 41, "Company", 0.6), Tagged(43, 52, "Asset", 0.8)]
    assert [text[37:41], text[43:52]] == ["Bolt", "Bolt data"]
    assert read_again(text, found) == [found[0], Tagged(12, 16, "Company", 0.9), found[1], found[2]]
    chinese = "京信称，由京信收购"
    assert [(one.start, one.end) for one in read_again(chinese, [Tagged(0, 2, "Company", 0.9)])] == [(0, 2), (5, 7)]
    assert read_again(text, [found[2]]) == [found[2]]


# --- reading ----------------------------------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(TEXTS)
def test_whatever_the_text_mentions_lie_in_it_in_order_without_overlaps(reader: MentionReader, text: str) -> None:
    found = reader.read(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))
    assert reader.read(text) == found


def test_what_stands_before_it_in_a_batch_of_other_texts_changes_nothing(reader: MentionReader) -> None:
    text = "Halvard Lines said it would buy Dockwise Inc. for its tugboats."
    alone = reader.read(text)
    reader.read("海川科技宣布收购北湾物流。" * 40)
    assert reader.read(text) == alone


def test_only_the_parts_that_are_given_are_read_but_all_of_them_together(reader: MentionReader) -> None:
    text = "Halvard Lines Inc. said so. Dockwise Corp. agreed. Marta Keller bought Quayo."
    parts = [Span(0, 27), Span(51, 77)]
    found = {text[one.start : one.end] for one in reader.read(text, parts)}
    assert "Halvard Lines Inc." in found
    assert "Marta Keller" in found
    assert not any("Dockwise" in name for name in found)
    assert reader.read(text, []) == []


def test_names_are_read_in_both_languages(reader: MentionReader) -> None:
    english = "Halvard Lines Inc. has agreed to buy Dockwise Corp., its chief executive Marta Keller said."
    assert {("Company", "Halvard Lines Inc."), ("Company", "Dockwise Corp."), ("Person", "Marta Keller")} <= set(reader.strings(english))
    chinese = "据报道，海川科技股份有限公司正与北湾物流集团洽谈收购事宜。"
    assert {("Company", "海川科技股份有限公司"), ("Company", "北湾物流集团")} <= set(reader.strings(chinese))


def test_words_end_where_mentions_do_and_the_doc_keeps_its_text(reader: MentionReader) -> None:
    class Fixed(MentionReader):
        def __init__(self) -> None:
            pass

        def read(self, text: str) -> list[Tagged]:
            return [Tagged(1, 5, "Company", 0.9), Tagged(7, 9, "Company", 0.8)]

    nlp = make_pipeline("zh", Gazetteer.empty(), Fixed())
    text = "由京信通信收购中通快递"
    doc = nlp(text)
    assert doc.text == text
    assert [(span.text, span.label_, float(span.id_)) for span in doc.spans["mentions"]] == [("京信通信", "Company", 0.9), ("中通", "Company", 0.8)]
    assert [span.text for span in doc.spans["names"]] == ["京信通信", "中通"]


def test_a_folder_without_weights_says_how_to_get_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("empty")
    assert not has_weights("mentions", folder)
    with pytest.raises(InputError, match="kg train"):
        Encoder("mentions", folder)


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("买入*ST宏远大股东的股份", "*ST宏远大", "*ST宏远"),
        ("长河电力控股股东减持", "长河电力控股", "长河电力"),
        ("据信博特已告知", "信博特", "博特"),
        ("博特控股昨日公告", "博特控股", "博特控股"),
        ("正大股东", "正大", "正大"),  # a name keeps two signs at least
    ],
)
def test_a_name_does_not_run_into_a_word(text: str, name: str, wanted: str) -> None:
    start = text.index(name)
    assert text[slice(*out_of_words(text, start, start + len(name)))] == wanted


def test_a_surname_is_the_person_who_was_named_before() -> None:
    def read(*names: tuple[str, str]) -> dict[str, str]:
        text = ". ".join(name for name, _ in names)
        found = []
        for name, kind in names:
            start = text.index(name, found[-1].end if found else 0)
            found.append(Tagged(start, start + len(name), kind, 0.9))
        return {text[one.start : one.end]: one.type for one in voted(text, found)}

    assert read(("Asher Elman", "Person"), ("Elman", "Company"))["Elman"] == "Person"
    assert read(("Asher Elman", "Person"), ("Elman Capital", "Company"), ("Elman", "Company"))["Elman"] == "Company"
    assert read(("Elman", "Company"), ("Asher Elman", "Person"))["Elman"] == "Company"
