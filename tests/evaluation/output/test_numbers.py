import math

import pytest

from evaluation.output.numbers import (
    decimals,
    duration,
    in_words,
    magnitude,
    p_is,
    p_value,
    percent,
    points,
    seconds,
    share_in_words,
)


@pytest.mark.parametrize(
    ("p", "written", "statement", "order"),
    [
        (1.719980847e-21, "1.7 × 10⁻²¹", "p = 1.7 × 10⁻²¹", " (∼10⁻²¹)"),
        (9.99e-5, "1.0 × 10⁻⁴", "p = 1.0 × 10⁻⁴", " (∼10⁻⁵)"),
        (0.00105994, "0.0011", "p = 0.0011", " (∼10⁻³)"),
        (0.00096, "0.00096", "p = 0.00096", " (∼10⁻⁴)"),
        (0.51, "0.51", "p = 0.51", ""),
        (0.99999, "> 0.995", "p > 0.995", ""),
        (1.0, "> 0.995", "p > 0.995", ""),
        (0.0, "< 10⁻³⁰⁰", "p < 10⁻³⁰⁰", ""),
        (math.nan, "not estimable", "p not estimable", ""),
        (None, "not estimable", "p not estimable", ""),
    ],
)
def test_p_values_are_never_rounded_to_certainty(p, written, statement, order):
    unbroken = statement.replace(" ", "\N{NO-BREAK SPACE}")
    assert (p_value(p), p_is(p), magnitude(p)) == (written, unbroken, order)


def test_shares_stay_between_0_and_100():
    assert percent(955 / 1540) == "62.0\N{NO-BREAK SPACE}%"
    assert percent(1.07) == "100.0\N{NO-BREAK SPACE}%"
    assert points(-0.03) == "0.0"


def test_missing_numbers_are_dashes():
    assert (decimals(None, 1), decimals(math.nan, 1), decimals(0.25, 1)) == ("–", "–", "0.2")


def test_negative_numbers_have_a_minus_sign_and_none_is_minus_zero():
    assert (decimals(-0.25, 2), decimals(-0.001, 2)) == ("−0.25", "0.00")


@pytest.mark.parametrize(
    ("milliseconds", "written"), [(0, "0 s"), (47, "0.047 s"), (300, "0.3 s"), (4149, "4.1 s"), (12_700, "13 s")]
)
def test_response_times_are_seconds_of_two_digits(milliseconds, written):
    assert seconds(milliseconds) == written.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("minutes", "written"), [(12.34, "12.3 min"), (1.0, "1.0 min"), (0.99, "59 s"), (0.05, "3 s"), (None, "–")]
)
def test_short_durations_are_seconds(minutes, written):
    assert duration(minutes) == written.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("number", "written"), [(0, "zero"), (1, "one"), (6, "six"), (10, "ten"), (12, "twelve"), (13, "13"), (250, "250")]
)
def test_small_numbers_of_running_text_are_words(number, written):
    assert in_words(number) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.5 + 1 / 3, "five of six"), (0.9, "nine of ten"), (2 / 3, "two of three"), (0.93, "93 of 100")],
)
def test_shares_of_few_are_words(share, written):
    assert share_in_words(share) == written
