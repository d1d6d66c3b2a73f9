import numpy as np
import pytest

from evaluation.votes.response_times import response_times


def test_quartiles_and_ends_of_answers_and_of_participants():
    result = response_times([400, 100, 299, 300, 1000], ["a", "b", "b", "c", "c"], unknown=2)
    assert (result.lower_quartile_ms, result.median_ms, result.upper_quartile_ms) == (299, 300, 400)
    assert (result.fastest_ms, result.slowest_ms, result.answers, result.unknown) == (100, 1000, 5, 2)
    assert (result.fastest_participant_ms, result.slowest_participant_ms) == (199.5, 650)
    assert (result.too_fast, result.too_fast_ms) == (2, 300)


def test_bars_hold_every_answer_and_every_participant_once():
    rng = np.random.default_rng(4)
    times, participant = np.round(np.exp(rng.normal(8, 0.7, 600))), np.repeat(np.arange(30), 20)
    bars = response_times(times, participant).histogram
    medians = np.median(times.reshape(30, 20), axis=1)
    for bar in bars:
        assert bar.to_ms / bar.from_ms == pytest.approx(10**0.1)
        assert bar.answers == ((bar.from_ms <= times) & (times < bar.to_ms)).sum()
        assert bar.participants == ((bar.from_ms <= medians) & (medians < bar.to_ms)).sum()
    assert [bar.to_ms for bar in bars[:-1]] == [bar.from_ms for bar in bars[1:]]
    assert (sum(bar.answers for bar in bars), sum(bar.participants for bar in bars)) == (600, 30)
    assert bars[0].answers > 0 < bars[-1].answers


@pytest.mark.parametrize(("time", "low", "high"), [(0, 1, 10**0.1), (1, 1, 10**0.1), (1000, 1000, 10**3.1)])
def test_a_single_answer_has_one_bar_that_begins_at_or_before_it(time, low, high):
    result = response_times([time], ["a"])
    [bar] = result.histogram
    assert (bar.from_ms, bar.to_ms) == pytest.approx((low, high))
    assert (bar.answers, bar.participants) == (1, 1)
    assert result.fastest_ms == result.median_ms == result.slowest_ms == result.fastest_participant_ms == time


@pytest.mark.parametrize(
    ("times", "participant", "message"),
    [
        ([], [], r"at least one response time in one row, got shape \(0,\)"),
        ([5, -1], [1, 1], "0 or more, got -1"),
        ([5, np.nan], [1, 1], "0 or more, got nan"),
        ([5], [1, 2], "one participant per time"),
    ],
)
def test_impossible_values_are_refused(times, participant, message):
    with pytest.raises(ValueError, match=message):
        response_times(times, participant)
