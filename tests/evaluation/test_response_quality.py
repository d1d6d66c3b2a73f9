from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy import stats

from evaluation.crossed import crossed_test
from evaluation.response_quality import (
    one_sided_participants,
    order_effect,
    participant_answers,
    response_times,
    side_bias,
)
from tests.reference.d1 import d1_columns, d1_tables


def test_each_participants_answers_are_described():
    bob, cyd = participant_answers(
        participant=["Bob", "Cyd", "Bob", "Bob", "Cyd", "Bob"],
        position=[4, 1, 1, 3, 2, 2],
        chose=[1, 0, 1, 0, 0, 1],
        side=[1, 1, 1, -1, -1, -1],
        response_ms=[1000, 10, 2000, 3000, 20, 5000],
    )
    # In Bob's order he chose left (ours), right (ours), left (theirs), left (ours).
    assert (bob.participant, bob.answers, bob.chose_method, bob.chose_left) == ("Bob", 4, 3, 3)
    assert (bob.share, bob.median_response_ms, bob.longest_run) == (0.75, 2500, 2)
    assert (cyd.participant, cyd.answers, cyd.chose_method, cyd.chose_left) == ("Cyd", 2, 0, 1)
    assert (cyd.share, cyd.median_response_ms, cyd.longest_run) == (0, 15, 1)


@pytest.mark.parametrize(
    ("left", "run"), [("L", 1), ("LLLL", 4), ("LRLR", 1), ("LRRRL", 3), ("LLRLLL", 3), ("RRRRLL", 4)]
)
def test_longest_run_of_the_same_side(left, run):
    chose = [side == "L" for side in left]
    count = len(left)
    [found] = participant_answers([0] * count, range(count), chose, [1] * count, [1] * count)
    assert found.longest_run == run


def test_answers_of_d1_add_up():
    participant, question, side, chose = d1_columns()
    described = participant_answers(participant, question, chose, side, np.ones(1540))
    assert len(described) == 154
    assert sum(each.chose_method for each in described) == 955
    assert sum(each.chose_left for each in described) == 783


def test_side_bias_of_d1_is_tested_both_ways():
    chose_left = d1_tables()[1]
    result, crossed = side_bias(chose_left), crossed_test(chose_left)
    assert (result.chose_left, result.share, result.participants, result.questions) == (783, 783 / 1540, 154, 10)
    assert result.p_value == pytest.approx(2 * stats.t.sf(crossed.t, crossed.df))
    assert (result.t, result.df, result.interval) == (crossed.t, crossed.df, crossed.interval)
    mirrored = side_bias(~chose_left)
    assert mirrored.p_value == pytest.approx(result.p_value)
    assert mirrored.share == pytest.approx(1 - result.share)


def slope_by_loops(participant, position, chose):
    """Least squares and the sandwich, term by term, with the usual correction for few clusters."""
    x = position - position.mean()
    slope = (x * chose).sum() / (x**2).sum()
    residual = chose - chose.mean() - slope * x
    scores = [(x * residual)[participant == each].sum() for each in np.unique(participant)]
    people, answers = len(scores), len(chose)
    correction = people / (people - 1) * (answers - 1) / (answers - 2)
    return slope, np.sqrt(correction * np.square(scores).sum()) / (x**2).sum()


def test_order_effect_is_a_slope_with_clustered_standard_error():
    rng = np.random.default_rng(6)
    participant, position = (axis.ravel() for axis in np.indices((25, 8)))
    kept = rng.random(200) < 0.8
    participant, position = participant[kept], position[kept] + 1
    chose = rng.random(len(position)) < 0.4 + 0.05 * position + rng.normal(0, 0.2, 25)[participant]
    result = order_effect(participant, position, chose)
    slope, se = slope_by_loops(participant, position, chose)
    assert (result.slope.estimate, result.slope.se) == pytest.approx((slope, se))
    assert (result.participants, result.answers, result.slope.df) == (25, len(position), 24)
    assert result.slope.p_value_two_sided == pytest.approx(2 * stats.t.sf(abs(slope / se), 24))


def test_a_preference_that_fades_has_a_negative_slope():
    participant, position = (axis.ravel() for axis in np.indices((40, 10)))
    chose = np.random.default_rng(0).random(400) < 0.9 - 0.06 * position
    result = order_effect(participant, position, chose).slope
    assert result.estimate == pytest.approx(-0.06, abs=0.02)
    assert result.p_value_two_sided < 0.001


@pytest.mark.parametrize("answer", [0, 1])
def test_equal_answers_have_no_order_effect_to_test(answer):
    participant, position = (axis.ravel() for axis in np.indices((4, 5)))
    slope = order_effect(participant, position, np.full(20, answer)).slope
    assert slope.estimate == pytest.approx(0, abs=1e-12)
    assert not slope.estimable


def test_ten_off_the_middle_of_thirty_is_flagged():
    found = one_sided_participants([15, 6, 24, 5, 25, 0, 30], 30, limit=10)
    assert found.flagged.tolist() == [False, False, False, True, True, True, True]
    # P(X <= 5 or X >= 25) in integers.
    exact = Fraction(2 * sum(comb(30, k) for k in range(6)), 2**30)
    assert found.chance == pytest.approx(float(exact), rel=1e-12)
    assert round(float(exact), 4) == 0.0003


def test_chance_of_a_flag_depends_on_the_number_of_answers():
    found = one_sided_participants([7, 3, 9], [7, 6, 9], limit=3.5)
    assert found.flagged.tolist() == [True, False, True]
    exact = [2 / 2**7, 0, 2 * (1 + 9) / 2**9]  # 0 or 7 of 7; out of reach with 6; 0, 1, 8 or 9 of 9
    assert found.chance == pytest.approx(exact)


def test_response_times_are_quartiles_and_a_share():
    result = response_times([400, 100, 300, 200, 1000], limit_ms=200)
    assert (result.lower_quartile_ms, result.median_ms, result.upper_quartile_ms) == (200, 300, 400)
    assert (result.answers, result.limit_ms, result.under_limit, result.share_under_limit) == (5, 200, 1, 0.2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: participant_answers([1], [1], [1], [1], [1, 2]), "one response_ms per answer"),
        (lambda: participant_answers([1], [1], [1], [0], [1]), "1 .method under test left. or -1"),
        (lambda: side_bias([[1, 0]]), "got 1 x 2"),
        (lambda: order_effect([1, 1, 1], [1, 2, 3], [1, 0, 1]), "at 2 positions, got 3 from 1 at 3"),
        (lambda: order_effect([1, 2, 1], [3, 3, 3], [1, 0, 1]), "at 2 positions, got 3 from 2 at 1"),
        (lambda: order_effect([1, 2], [1, 2], [1, 0]), "at least 3 answers from 2 participants at 2 positions, got 2"),
        (lambda: one_sided_participants([4, 31], 30, limit=10), "0 <= left <= answers, got 31 of 30"),
        (lambda: one_sided_participants([1.5], 30, limit=10), "got 1.5 of 30"),
        (lambda: one_sided_participants([1], 30, limit=0), "limit above 0, got 0"),
        (lambda: response_times([], limit_ms=1), r"at least one response time in one row, got shape \(0,\)"),
        (lambda: response_times([5, -1], limit_ms=1), "0 or more, got -1"),
        (lambda: response_times([5, np.nan], limit_ms=1), "0 or more, got nan"),
    ],
)
def test_impossible_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_no_answers_are_described_as_nothing():
    assert participant_answers([], [], [], [], []) == ()
