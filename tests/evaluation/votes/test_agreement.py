from itertools import combinations
from math import isnan

import numpy as np
import pytest
from scipy import stats

from evaluation.votes.agreement import fleiss_kappa, krippendorff_alpha, method_agreement, raw_agreement
from tests.reference.d1 import d1_tables

# The worked example on Wikipedia's page of Fleiss' kappa: 10 subjects, 14 raters, 5 categories.
FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]

# The example in the README of the package krippendorff: three coders, fifteen units, 0 where there is no value.
CODERS = [
    [0, 0, 0, 0, 0, 3, 4, 1, 2, 1, 1, 3, 3, 0, 3],
    [1, 0, 2, 1, 3, 3, 4, 3, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 2, 1, 3, 4, 4, 0, 2, 1, 1, 3, 3, 0, 4],
]


def incomplete():
    rng = np.random.default_rng(2)
    table = (rng.random((12, 6)) < np.linspace(0.2, 0.9, 6)).astype(float)
    table[rng.random(table.shape) < 0.4] = np.nan
    return table


def agreeing_pairs(table):
    """Whether they agree, of every two participants who answered the same question."""
    columns = [column[~np.isnan(column)] for column in np.asarray(table, dtype=float).T]
    return [first == second for column in columns for first, second in combinations(column, 2)]


def alpha_by_pairs(table):
    """Krippendorff's alpha from its definition: coincidences of pairs, each unit weighing as many as its values."""
    columns = [column[~np.isnan(column)] for column in np.asarray(table, dtype=float).T]
    columns = [column for column in columns if len(column) > 1]
    values = np.concatenate(columns)
    within = sum(2 * sum(a != b for a, b in combinations(column, 2)) / (len(column) - 1) for column in columns)
    anywhere = 2 * sum(a != b for a, b in combinations(values, 2)) / (len(values) - 1)
    return 1 - within / anywhere


def test_agreement_of_d1():
    result = method_agreement(d1_tables()[0])
    assert (result.participants, result.questions, result.answers) == (154, 10, 1540)
    assert result.pairs == 10 * 154 * 153 // 2
    assert result.fleiss_kappa.value == pytest.approx(0.02500191, abs=5e-9)
    assert result.raw.value == pytest.approx(0.54064171, abs=5e-9)


def test_fleiss_kappa_of_the_worked_example():
    assert fleiss_kappa(FLEISS) == pytest.approx(0.20993, abs=5e-6)


def test_alpha_of_the_packages_example():
    coders = np.array(CODERS)
    counts = np.array([(coders == value).sum(axis=0) for value in (1, 2, 3, 4)]).T
    assert krippendorff_alpha(counts) == pytest.approx(0.691358, abs=5e-7)


def test_incomplete_tables_count_only_pairs_on_the_same_question():
    table = incomplete()
    result = method_agreement(table)
    pairs = agreeing_pairs(table)
    assert result.answers == np.count_nonzero(~np.isnan(table))
    assert (result.pairs, result.raw.value) == (len(pairs), pytest.approx(np.mean(pairs)))
    assert result.krippendorff_alpha.value == pytest.approx(alpha_by_pairs(table))
    assert isnan(result.fleiss_kappa.value)
    assert isnan(result.fleiss_kappa.interval.low)


def test_kappa_needs_as_many_answers_to_each_question_but_not_the_same_people():
    table = np.array([[1, 1], [1, 0], [1, np.nan], [np.nan, 0]])
    assert method_agreement(table).fleiss_kappa.value == pytest.approx(fleiss_kappa([[0, 3], [2, 1]]))


def test_a_question_with_one_answer_says_nothing():
    table = np.array([[1, 1, 0, 1], [1, 0, 0, np.nan], [0, 0, 0, np.nan]])
    result = method_agreement(table)
    without = method_agreement(table[:, :3])
    assert (result.raw, result.fleiss_kappa, result.krippendorff_alpha) == (
        without.raw, without.fleiss_kappa, without.krippendorff_alpha,
    )  # fmt: skip
    assert (result.answers, without.answers) == (10, 9)


def test_a_common_preference_gives_high_agreement_and_no_kappa():
    """80 % on every question: kappa and alpha are about 0, and no sign of careless answers."""
    chosen = np.zeros((150, 10))
    chosen[:120] = 1
    result = method_agreement(chosen)
    assert result.raw.value == pytest.approx((120 * 119 + 30 * 29) / (150 * 149))  # .678
    assert result.fleiss_kappa.value == pytest.approx(-1 / 149)
    assert abs(result.krippendorff_alpha.value) < 0.01
    drawn = method_agreement(np.random.default_rng(0).random((154, 10)) < 0.8)
    assert drawn.raw.value == pytest.approx(0.671, abs=0.02)
    assert drawn.fleiss_kappa.value == pytest.approx(0.002, abs=0.01)


def test_questions_that_split_the_methods_give_full_agreement():
    result = method_agreement(np.tile([1, 0, 1, 1], (5, 1)))
    assert result.raw.value == result.fleiss_kappa.value == result.krippendorff_alpha.value == 1


def test_interval_of_raw_agreement_is_the_t_interval_over_questions():
    chosen = d1_tables()[0]
    by_question = [np.mean(agreeing_pairs(column[:, None])) for column in chosen.T]
    expected = stats.ttest_1samp(by_question, 0).confidence_interval(0.95)
    raw = method_agreement(chosen).raw
    assert raw.se == pytest.approx(stats.sem(by_question))
    assert (raw.interval.low, raw.interval.high) == pytest.approx((expected.low, expected.high))


def test_interval_of_alpha_is_the_jackknifes():
    table = incomplete()
    without_one = [alpha_by_pairs(np.delete(table, question, axis=1)) for question in range(6)]
    se = np.sqrt(5 / 6 * np.square(without_one - np.mean(without_one)).sum())
    alpha = method_agreement(table).krippendorff_alpha
    assert alpha.se == pytest.approx(se)
    assert alpha.interval.high - alpha.value == pytest.approx(stats.t.ppf(0.975, 5) * se)


@pytest.mark.parametrize("answer", [0, 1])
def test_equal_answers_agree_and_leave_nothing_to_compare_with(answer):
    result = method_agreement(np.full((4, 3), answer))
    assert (result.raw.value, result.raw.se) == (1, 0)
    assert isnan(result.fleiss_kappa.value)
    assert isnan(result.krippendorff_alpha.value)


def test_a_single_question_has_agreement_but_no_interval():
    result = method_agreement([[1], [1], [0]])
    assert result.raw.value == pytest.approx(1 / 3)
    assert isnan(result.raw.interval.low)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([1, 0], r"got shape \(2,\)"),
        ([[1, 2], [0, 1]], "0 or 1, or not-a-number"),
        ([[1, np.nan], [np.nan, 1]], "no question has two answers"),
    ],
)
def test_what_has_no_agreement_is_refused(table, message):
    with pytest.raises(ValueError, match=message):
        method_agreement(table)


def test_counts_without_a_pair_have_no_agreement():
    assert isnan(raw_agreement([[1, 0], [0, 1]]))
