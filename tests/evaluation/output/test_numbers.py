import math

import pytest

from evaluation.interval import Interval
from evaluation.output.numbers import (
    RAISED,
    decimals,
    duration,
    few,
    in_words,
    interval,
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
        (0.0001, "0.0001", "p = 0.0001", " (∼10⁻⁴)"),
        (0.0999, "0.1", "p = 0.1", " (∼10⁻²)"),
        (0.1, "0.10", "p = 0.10", ""),
        (0.104, "0.10", "p = 0.10", ""),
        (0.51, "0.51", "p = 0.51", ""),
        (0.995, "0.99", "p = 0.99", ""),
        (0.9951, "> 0.995", "p > 0.995", ""),
        (1e-300, "1.0 × 10⁻³⁰⁰", "p = 1.0 × 10⁻³⁰⁰", " (∼10⁻³⁰⁰)"),
        (1.4e-300, "1.4 × 10⁻³⁰⁰", "p = 1.4 × 10⁻³⁰⁰", " (∼10⁻³⁰⁰)"),
        (9.9e-301, "< 10⁻³⁰⁰", "p < 10⁻³⁰⁰", ""),
        (2.3e-45, "2.3 × 10⁻⁴⁵", "p = 2.3 × 10⁻⁴⁵", " (∼10⁻⁴⁵)"),
        (2.3e-67, "2.3 × 10⁻⁶⁷", "p = 2.3 × 10⁻⁶⁷", " (∼10⁻⁶⁷)"),
        (2.3e-89, "2.3 × 10⁻⁸⁹", "p = 2.3 × 10⁻⁸⁹", " (∼10⁻⁸⁹)"),
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
    assert (points(1.07), points(0.0309), points(0.999)) == ("100.0", "3.1", "99.9")
    assert (percent(-0.2), percent(0.9994), percent(0)) == tuple(
        f"{number}\N{NO-BREAK SPACE}%" for number in ("0.0", "99.9", "0.0")
    )


def test_an_interval_has_one_sign_of_percent_and_is_a_dash_without_bounds():
    assert interval(Interval(0.5531, 0.6879, 0.95)) == "55.3–68.8\N{NO-BREAK SPACE}%"
    assert interval(Interval(-0.1, 1.2, 0.95)) == "0.0–100.0\N{NO-BREAK SPACE}%"
    assert interval(None) == interval(Interval(math.nan, math.nan, 0.95)) == "–"


def test_the_digits_of_powers_are_a_minus_and_ten_digits_in_order():
    assert [ord(sign) for sign in RAISED] == [0x207B, 0x2070, 0xB9, 0xB2, 0xB3, *range(0x2074, 0x207A)]


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "less than 0.001"),
        (0.00099, "less than 0.001"),
        (0.001, "0.001"),
        (0.0468, "0.047"),
        (3.32, "3.3"),
        (41, "41"),
    ],
)
def test_few_are_two_digits_and_never_none(number, written):
    assert few(number) == written


def test_missing_numbers_are_dashes():
    assert (decimals(None, 1), decimals(math.nan, 1), decimals(0.25, 1)) == ("–", "–", "0.2")
    assert decimals(0.0, 2) == "0.00"


def test_negative_numbers_have_a_minus_sign_and_none_is_minus_zero():
    assert (decimals(-0.25, 2), decimals(-0.001, 2)) == ("−0.25", "0.00")


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [
        (0, "0 s"),
        (47, "0.047 s"),
        (300, "0.3 s"),
        (999, "1 s"),
        (1000, "1.0 s"),
        (4149, "4.1 s"),
        (9_940, "9.9 s"),
        (10_000, "10 s"),
        (12_700, "13 s"),
        (154_200, "154 s"),
    ],
)
def test_response_times_are_seconds_of_two_digits(milliseconds, written):
    assert seconds(milliseconds) == written.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("minutes", "written"), [(12.34, "12.3 min"), (1.0, "1.0 min"), (0.99, "59 s"), (0.05, "3 s"), (None, "–")]
)
def test_short_durations_are_seconds(minutes, written):
    assert duration(minutes) == written.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("number", "written"),
    [
        *enumerate(
            ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
        ),
        (13, "13"),
        (250, "250"),
    ],
)
def test_small_numbers_of_running_text_are_words(number, written):
    assert in_words(number) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.5 + 1 / 3, "five of six"), (0.9, "nine of ten"), (2 / 3, "two of three"), (0.93, "93 of 100")],
)
def test_shares_of_few_are_words(share, written):
    assert share_in_words(share) == written
