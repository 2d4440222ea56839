"""How sure a claim is: worked out by hand."""

from __future__ import annotations

import pytest

from kg.evaluate.score import calibration_error
from kg.extract.confidence import Calibration, odds, read_calibration


def test_without_a_calibration_each_reader_is_taken_at_its_word() -> None:
    plain = read_calibration({})
    assert plain.sure(0.7, None) == 0.7
    assert plain.sure(0.1, 0.8) == 0.8, "a pattern's claim has the precision of the pattern"
    assert plain.least == 0


def test_both_readers_count() -> None:
    read = read_calibration({"model": [-1, 0.5, 0], "pattern": [1, 0.5, 0.5], "least": 0.3, "firm": 0.5})
    # odds of .9 are 9: exp(-1 + .5 ln 9) = 3/e = 1.104, 1.104 / 2.104 = .525
    assert read.sure(0.9, None) == 0.52
    # exp(1 + .5 ln 9 + .5 ln 4) = e * 3 * 2 = 16.31, 16.31 / 17.31 = .942
    assert read.sure(0.9, 0.8) == 0.94
    # exp(1 + .5 ln(1/9) + .5 ln 4) = e / 3 * 2 = 1.812, 1.812 / 2.812 = .644
    assert read.sure(0.1, 0.8) == 0.64
    assert read.least == 0.3


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_nothing_is_quite_impossible_or_sure(chance: float) -> None:
    assert Calibration().sure(chance, None) + 0.01 > 0
    assert abs(odds(chance)) < 7


def test_the_calibration_error_is_the_mean_gap_between_sureness_and_truth() -> None:
    # bin .8: two of .85 and .87, one right: |1.72 - 1| = .72; bin .2: one of .2, wrong: .2; (.72 + .2) / 3 = .3067
    assert round(calibration_error([(0.85, True), (0.87, False), (0.2, False)]), 4) == 0.3067
    assert calibration_error([(1.0, True)]) == 0
