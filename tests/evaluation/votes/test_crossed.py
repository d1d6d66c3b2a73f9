import hashlib
from math import sqrt

import numpy as np
import pytest
from scipy import stats

from evaluation.votes.crossed import crossed_test
from evaluation.votes.preference import preference_test
from tests.reference.d1 import SHA256, d1_rows, d1_tables


@pytest.fixture(scope="module")
def d1():
    return d1_tables()


def loops(chosen):
    """The same analysis, term by term: mean squares, V, Satterthwaite's df."""
    people, items = len(chosen), len(chosen[0])
    grand = sum(map(sum, chosen)) / (people * items)
    row = [sum(answers) / items for answers in chosen]
    column = [sum(answers[q] for answers in chosen) / people for q in range(items)]
    ms_s = items * sum((m - grand) ** 2 for m in row) / (people - 1)
    ms_q = people * sum((m - grand) ** 2 for m in column) / (items - 1)
    squares = sum((chosen[s][q] - row[s] - column[q] + grand) ** 2 for s in range(people) for q in range(items))
    ms_r = squares / ((people - 1) * (items - 1))
    top = max(ms_s + ms_q - ms_r, ms_r)
    df = top**2 / (ms_s**2 / (people - 1) + ms_q**2 / (items - 1) + ms_r**2 / ((people - 1) * (items - 1)))
    return grand, sqrt(top / (people * items)), df


def test_data_set_d1_is_the_published_one():
    csv = "s,q,side,y\n" + "".join(f"{s},{q},{side},{y}\n" for s, q, side, y in d1_rows())
    assert hashlib.sha256(csv.encode()).hexdigest() == SHA256


def test_counts_of_d1(d1):
    chosen, chose_left = d1
    assert chosen.sum() == 955
    assert chosen.sum(axis=0).tolist() == [77, 86, 103, 97, 90, 112, 108, 105, 106, 71]
    assert chose_left.sum() == 783


def test_crossed_test_on_d1(d1):
    result = crossed_test(d1[0])
    assert (result.participants, result.questions) == (154, 10)
    assert result.mean == 955 / 1540
    assert result.ms_participant == pytest.approx(0.42664035, abs=5e-9)
    assert result.ms_question == pytest.approx(1.26298701, abs=5e-9)
    assert result.ms_residual == pytest.approx(0.20779457, abs=5e-9)
    assert result.se == pytest.approx(0.03101982, abs=5e-9)
    assert result.df == pytest.approx(12.304428, abs=5e-7)
    assert result.t == pytest.approx(3.8726814, abs=5e-8)
    assert result.p_value == pytest.approx(0.00105994, abs=5e-9)
    assert result.design_effect == pytest.approx(6.290446, abs=5e-7)


def test_interval_of_d1_is_the_t_interval(d1):
    result = crossed_test(d1[0])
    reach = stats.t.ppf(0.975, 12.304428) * 0.03101982
    assert (result.interval.low, result.interval.high) == pytest.approx((955 / 1540 - reach, 955 / 1540 + reach))


def test_pooled_test_of_d1_is_far_more_certain_than_the_crossed_one(d1):
    assert preference_test(int(d1[0].sum()), d1[0].size).p_value == pytest.approx(1.719980847e-21, rel=1e-9)


def test_mean_squares_of_d1_give_the_one_way_tests(d1):
    result = crossed_test(d1[0])
    by_person = stats.ttest_1samp(d1[0].mean(axis=1), 0.5, alternative="greater")
    by_item = stats.ttest_1samp(d1[0].mean(axis=0), 0.5, alternative="greater")
    assert (by_person.statistic, by_person.pvalue) == pytest.approx((7.2173938, 1.155012e-11), rel=1e-6)
    assert (by_item.statistic, by_item.pvalue) == pytest.approx((4.1948064, 0.00116225), rel=1e-5)
    # MS_s and MS_q are what the one-way tests divide by.
    assert (result.mean - 0.5) / sqrt(result.ms_participant / 1540) == pytest.approx(by_person.statistic)
    assert (result.mean - 0.5) / sqrt(result.ms_question / 1540) == pytest.approx(by_item.statistic)


def test_side_bias_of_d1(d1):
    chose_left = d1[1]
    assert preference_test(int(chose_left.sum()), 1540).p_value_two_sided == pytest.approx(0.52409978, abs=5e-9)
    crossed = crossed_test(chose_left)
    assert crossed.p_value_two_sided == pytest.approx(2 * stats.t.sf(abs(crossed.t), crossed.df))


@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (17, 4)])
def test_agrees_with_loops(shape):
    chosen = np.random.default_rng(sum(shape)).integers(0, 2, shape)
    chosen[0, 0], chosen[-1, -1] = 1, 0
    result = crossed_test(chosen)
    assert (result.mean, result.se, result.df) == pytest.approx(loops(chosen.tolist()), rel=1e-12)


def test_variance_never_falls_below_the_residual():
    checkerboard = np.indices((6, 6)).sum(axis=0) % 2  # no person or question differs from another
    result = crossed_test(checkerboard)
    assert result.ms_participant == result.ms_question == pytest.approx(0)
    assert result.se == pytest.approx(sqrt(result.ms_residual / 36))
    assert result.df == pytest.approx(25)


def test_answers_that_depend_on_the_person_alone_count_as_one_per_person():
    chosen = np.repeat([[1], [1], [1], [0]], 10, axis=1)
    result = crossed_test(chosen)
    assert result.df == pytest.approx(3)
    assert result.se == pytest.approx(np.std([1, 1, 1, 0], ddof=1) / 2)


def test_transposed_design_gives_the_same_result(d1):
    assert crossed_test(d1[0].T).p_value == pytest.approx(crossed_test(d1[0]).p_value)


def test_swapping_the_methods_mirrors_the_test(d1):
    assert crossed_test(~d1[0]).t == pytest.approx(-crossed_test(d1[0]).t)
    assert crossed_test(~d1[0]).p_value == pytest.approx(1 - crossed_test(d1[0]).p_value)
    assert crossed_test(~d1[0]).p_value_two_sided == pytest.approx(crossed_test(d1[0]).p_value_two_sided)


@pytest.mark.parametrize("answer", [0, 1])
def test_constant_answers_prove_nothing(answer):
    result = crossed_test(np.full((5, 4), answer))
    assert (result.mean, result.se) == (answer, 0)
    assert not result.estimable
    assert np.isnan(
        [result.df, result.t, result.p_value, result.interval.low, result.interval.high, result.design_effect]
    ).all()


@pytest.mark.parametrize("shape", [(1, 10), (10, 1), (1, 1)])
def test_one_participant_or_one_question_is_refused(shape):
    with pytest.raises(ValueError, match=f"at least 2 participants and 2 questions, got {shape[0]} x {shape[1]}"):
        crossed_test(np.ones(shape))


@pytest.mark.parametrize("wrong", [[[0, 2], [1, 0]], [[0.5, 1], [1, 0]], [[np.nan, 1], [1, 0]]])
def test_only_zero_and_one_are_answers(wrong):
    with pytest.raises(ValueError, match="0 or 1"):
        crossed_test(wrong)


def test_a_list_of_answers_is_refused():
    with pytest.raises(ValueError, match=r"got shape \(3,\)"):
        crossed_test([1, 0, 1])


def test_a_useless_null_study_is_rarely_significant():
    """No preference on average, persons and questions that differ: 5 % of such studies may reach 0.05, not 30 %."""
    rng = np.random.default_rng(1)
    rejected = 0
    for _ in range(400):
        eta = rng.normal(0, 0.6, (154, 1)) + rng.normal(0, 0.6, (1, 10))
        rejected += crossed_test(rng.random((154, 10)) < 1 / (1 + np.exp(-eta))).p_value <= 0.05
    # Binomial(400, 0.05): 36 is exceeded once in 2,000 runs; the pooled test rejects about 126.
    assert rejected <= 36
