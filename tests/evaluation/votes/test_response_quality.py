from fractions import Fraction
from itertools import groupby, product
from math import comb, isnan

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS

from evaluation.votes.crossed import crossed_test
from evaluation.votes.response_quality import (
    longest_runs,
    one_sided_participants,
    order_effect,
    response_quality,
    run_chance,
    side_bias,
)
from tests.reference.d1 import d1_columns, d1_tables


def votes(**columns):
    """A table of votes as the reader gives it; what is not named is unknown."""
    count = len(columns["participant"])
    unknown = {"section": ["1"] * count, "side": [0] * count, "position": [np.nan] * count}
    return pd.DataFrame(unknown | {"response_ms": [np.nan] * count} | columns)


def test_side_bias_of_d1_is_tested_both_ways():
    chose_left = d1_tables()[1]
    result, crossed = side_bias(chose_left), crossed_test(chose_left)
    assert (result.chose_left, result.votes, result.share) == (783, 1540, 783 / 1540)
    assert result.crossed == crossed
    assert result.independent.p_value_two_sided == pytest.approx(0.52409978, abs=5e-9)
    mirrored = side_bias(~chose_left)
    assert mirrored.crossed.p_value_two_sided == pytest.approx(crossed.p_value_two_sided)
    assert mirrored.share == pytest.approx(1 - result.share)


@pytest.mark.parametrize("table", [[[1, 0, 1]], [[1, 0], [1, np.nan], [1, 0]]])
def test_sides_of_one_participant_or_with_a_gap_are_counted_and_not_crossed(table):
    result = side_bias(table)
    assert result.crossed is None
    assert (result.chose_left, result.votes) == (np.nansum(table), np.count_nonzero(~np.isnan(table)))


def order_data():
    """25 people, 8 questions that differ, each person in an order of their own, some answers missing."""
    rng = np.random.default_rng(6)
    participant, question = (axis.ravel() for axis in np.indices((25, 8)))
    position = np.concatenate([rng.permutation(8) for _ in range(25)]) + 1
    kept = rng.random(200) < 0.8
    participant, question, position = participant[kept], question[kept], position[kept]
    likely = 0.1 + 0.03 * position + 0.06 * question + rng.normal(0, 0.2, 25)[participant]
    return participant, question, position, rng.random(len(position)) < likely


def test_order_effect_is_a_slope_within_questions_with_clustered_standard_error():
    participant, question, position, chose = order_data()
    result = order_effect(participant, question, position, chose)
    columns = np.column_stack([position, np.eye(8)[question]])
    fit = OLS(chose.astype(float), columns).fit(cov_type="cluster", cov_kwds={"groups": participant})
    assert (result.slope, result.se) == pytest.approx((fit.params[0], fit.bse[0]))
    assert (result.participants, result.answers, result.df) == (25, len(position), 24)
    assert result.p_value == pytest.approx(2 * stats.t.sf(abs(fit.params[0] / fit.bse[0]), 24))
    assert result.interval.high - result.slope == pytest.approx(stats.t.ppf(0.975, 24) * fit.bse[0])


def test_sections_that_differ_are_no_order_effect():
    """Ten questions all for the method, then ten all against: no question is answered otherwise later."""
    rng = np.random.default_rng(1)
    participant, question = (axis.ravel() for axis in np.indices((12, 20)))
    first = np.concatenate([np.r_[rng.permutation(10), 10 + rng.permutation(10)] for _ in range(12)])
    result = order_effect(participant, question, first, question < 10)
    assert result.slope == 0
    assert isnan(result.p_value)


def test_a_preference_that_fades_has_a_negative_slope():
    rng = np.random.default_rng(0)
    participant, question = (axis.ravel() for axis in np.indices((40, 10)))
    position = np.concatenate([rng.permutation(10) for _ in range(40)])
    result = order_effect(participant, question, position, rng.random(400) < 0.9 - 0.06 * position)
    assert result.slope == pytest.approx(-0.06, abs=0.02)
    assert result.p_value < 0.001


@pytest.mark.parametrize(
    ("participant", "question", "position"),
    [
        ([1, 1, 1], ["a", "b", "c"], [1, 2, 3]),  # one participant
        ([1, 1, 2, 2], ["a", "b", "a", "b"], [1, 2, 1, 2]),  # the same order for everybody
        ([1, 2], ["a", "a"], [1, 2]),  # no answer to spare
    ],
)
def test_without_a_question_at_two_places_there_is_no_order_effect(participant, question, position):
    assert order_effect(participant, question, position, [1, 0, 1, 0][: len(position)]) is None


def test_ten_off_the_middle_of_thirty_is_flagged():
    names = ["a", "b", "c", "d", "e", "f", "g"]
    found = one_sided_participants(names, [15, 6, 24, 5, 25, 0, 30], [30] * 7)
    assert found.flagged == ("d", "e", "f", "g")
    # P(X <= 5 or X >= 25) in integers.
    exact = Fraction(2 * sum(comb(30, k) for k in range(6)), 2**30)
    assert found.expected == pytest.approx(7 * float(exact), rel=1e-12)
    assert round(float(exact), 4) == 0.0003


@pytest.mark.parametrize("answers", range(1, 40))
def test_chance_of_a_flag_is_that_of_the_counts_that_are_flagged(answers):
    counts = list(range(answers + 1))
    found = one_sided_participants([str(count) for count in counts], counts, [answers] * len(counts))
    flagged = sum(comb(answers, int(count)) for count in found.flagged) / 2**answers
    assert found.expected / len(counts) == pytest.approx(flagged)
    assert [2 * abs(2 * count - answers) * 3 >= 4 * answers for count in counts] == [
        str(count) in found.flagged for count in counts
    ]


def longest_of(sides):
    return max(len(list(run)) for _, run in groupby(sides))


@pytest.mark.parametrize(("tosses", "length"), [(1, 1), (4, 3), (8, 2), (10, 4), (10, 10), (10, 11), (6, 1)])
def test_chance_of_a_run_is_counted_over_all_sequences(tosses, length):
    sequences = list(product("LR", repeat=tosses))
    assert run_chance(length, tosses) == sum(longest_of(each) >= length for each in sequences) / len(sequences)


def test_runs_follow_each_participants_own_order():
    # Cyd: left, left, right. Bob, by position: right, left, left, left, right, whatever the order of the rows.
    participant = ["Cyd", "Bob", "Bob", "Cyd", "Bob", "Bob", "Bob", "Cyd"]
    position = [1, 4, 1, 2, 2, 5, 3, 3]
    left = [True, True, False, True, True, False, True, False]
    result = longest_runs(participant, position, left)
    assert (result.longest, result.median) == (3, 2.5)
    alone = [sum(longest_of(each) >= 3 for each in product("LR", repeat=n)) / 2**n for n in (3, 5)]
    assert result.chance == pytest.approx(1 - (1 - alone[0]) * (1 - alone[1]))


def test_a_run_never_goes_on_with_the_next_participant():
    assert longest_runs([0, 0, 1, 1], [1, 2, 1, 2], [0, 1, 1, 1]).longest == 2


def test_a_run_that_hardly_anybody_has_is_rare_and_not_impossible():
    """60 tosses, all alike: 2 of 2^60 sequences, of which 1 - (1 - p) leaves nothing."""
    alone = longest_runs(["a"] * 60, range(60), [1] * 60)
    assert alone.chance / 2**-59 == pytest.approx(1)
    crowd = longest_runs(np.repeat(range(100), 60), np.tile(range(60), 100), np.r_[[1] * 60, [0, 1] * 30 * 99])
    assert (alone.longest, crowd.longest) == (60, 60)
    assert crowd.chance / 2**-59 == pytest.approx(100)


def test_some_run_is_certain():
    assert longest_runs(["a", "a", "b"], [1, 2, 1], [0, 1, 1]).chance == 1


def test_everything_that_the_votes_tell_is_found():
    table = votes(
        participant=["Bob", "Bob", "Bob", "Cyd", "Cyd", "Cyd"],
        question=["1", "2", "3", "1", "2", "3"],
        position=[1, 2, 3, 2, 1, 3],
        chose=[1, 0, 1, 0, 1, 1],
        side=[1, -1, 1, 1, 1, 1],
        response_ms=[1000, 200, 3000, np.nan, 500, 900],
    )
    result = response_quality(table)
    assert (result.participants, result.votes) == (2, 6)
    assert result.one_sided.flagged == ("Bob",)  # left, left, left; Cyd, in order: left, right, left
    assert (result.runs.longest, result.runs.median) == (3, 2)
    assert (result.times.answers, result.times.unknown, result.times.too_fast) == (5, 1, 1)
    assert (result.times.fastest_participant_ms, result.times.slowest_participant_ms) == (700, 1000)
    # Question 1 falls by 1 from place 1 to 2, and so does question 2; question 3 has only one place.
    assert result.order.slope == pytest.approx(-1)


def test_what_the_votes_do_not_tell_is_none():
    bare = response_quality(votes(participant=["a", "b"], question=["1", "1"], chose=[1, 0]))
    assert (bare.one_sided, bare.runs, bare.order, bare.times) == (None, None, None, None)
    sided = response_quality(votes(participant=["a", "b"], question=["1", "1"], chose=[1, 0], side=[1, -1]))
    assert sided.runs is None
    assert sided.one_sided.expected == 2  # one answer is always for one side


def test_one_place_used_twice_leaves_the_order_of_answers_unknown():
    """Places that start anew in every section."""
    participant, question = ["a"] * 4 + ["b"] * 4, ["1", "2"] * 4
    sections, position = ["x", "x", "y", "y"] * 2, [1, 2, 1, 2, 2, 1, 2, 1]
    table = votes(
        participant=participant, question=question, section=sections, position=position, side=[1] * 8, chose=[1, 0] * 4
    )
    result = response_quality(table)
    assert result.runs is None
    assert result.order.slope == 0


def test_questions_of_the_same_name_in_two_sections_are_two():
    table = votes(
        participant=["a", "a", "b", "b"],
        question=["1"] * 4,
        section=["x", "y"] * 2,
        position=[1, 2, 1, 2],
        chose=[1, 0, 1, 0],
    )
    assert response_quality(table).order is None


def test_answers_of_d1_are_described():
    participant, question, side, chose = d1_columns()
    result = response_quality(votes(participant=participant, question=question, side=side, chose=chose))
    left = d1_tables()[1].sum(axis=1)
    assert result.one_sided.flagged == tuple(str(number) for number in np.flatnonzero((left <= 1) | (left >= 9)))
    assert result.one_sided.expected == pytest.approx(154 * 22 / 1024)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: order_effect([1], [1], [1, 2], [1]), "one position per answer"),
        (lambda: one_sided_participants(["a", "b"], [4, 31], [30, 30]), "0 <= left <= answers, got 31 of 30"),
        (lambda: one_sided_participants(["a"], [1.5], [30]), "got 1.5 of 30"),
    ],
)
def test_impossible_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
