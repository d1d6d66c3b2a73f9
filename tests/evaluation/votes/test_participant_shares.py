from itertools import product
from math import isnan

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from evaluation.votes.participant_shares import participant_shares
from tests.reference.d1 import d1_tables


def test_quartiles_and_counts_of_d1():
    chosen = d1_tables()[0]
    result = participant_shares(chosen)
    shares = chosen.mean(axis=1)
    assert result.participants == 154
    assert (result.lowest, result.median, result.highest) == (shares.min(), np.median(shares), shares.max())
    assert (result.lower_quartile, result.upper_quartile) == tuple(np.quantile(shares, [0.25, 0.75]))
    assert (result.above_half, result.at_half) == ((shares > 0.5).sum(), (shares == 0.5).sum())
    assert result.sd == pytest.approx(shares.std(ddof=1))
    assert [count.participants for count in result.counts] == [(chosen.sum(axis=1) == k).sum() for k in range(11)]
    assert sum(count.votes_for * count.participants for count in result.counts) == 955


def test_spread_of_people_who_are_alike_is_the_residual_and_that_of_d1_is_wider():
    """sum p(1 - p) / Q^2 over new people; D1's people differ (SD .6 in logits)."""
    chosen = d1_tables()[0]
    result = participant_shares(chosen)
    within = chosen.var(axis=0, ddof=1).sum() / 10**2
    assert result.sd_if_alike == pytest.approx(np.sqrt(within))
    assert result.sd > 1.2 * result.sd_if_alike


def test_p_value_of_four_people_by_hand():
    """Shares 2/3, 2/3, 1, 2/3 and equal questions: squares 1/4 of people and 2 of the residual, F = 1/12 / (1/3)."""
    found = participant_shares([[1, 1, 0], [1, 0, 1], [1, 1, 1], [0, 1, 1]]).p_value_alike
    assert found == pytest.approx(stats.f.sf(0.25, 3, 6))


def test_p_value_is_that_of_a_two_way_analysis_of_variance():
    chosen = np.random.default_rng(4).random((9, 7)) < np.linspace(0.2, 0.9, 9)[:, None]
    person, question = (axis.ravel() for axis in np.indices(chosen.shape))
    rows = pd.DataFrame({"y": chosen.ravel().astype(float), "person": person, "question": question})
    anova = anova_lm(ols("y ~ C(person) + C(question)", rows).fit())
    assert participant_shares(chosen).p_value_alike == pytest.approx(anova.loc["C(person)", "PR(>F)"])


def test_people_of_d1_differ():
    expected = stats.f.sf(0.42664035 / 0.20779457, 153, 1377)  # mean squares of 8 digits
    assert participant_shares(d1_tables()[0]).p_value_alike == pytest.approx(expected, rel=1e-5, abs=0)


def test_people_who_are_alike_are_rarely_found_to_differ():
    rng, likely = np.random.default_rng(3), np.linspace(0.2, 0.9, 12)
    found = [participant_shares(rng.random((60, 12)) < likely) for _ in range(1000)]
    # Standard error .007; a wider spread alone would reject half of them.
    assert np.mean([each.p_value_alike <= 0.05 for each in found]) == pytest.approx(0.05, abs=0.02)
    assert np.mean([each.sd > each.sd_if_alike for each in found]) == pytest.approx(0.5, abs=0.07)


@pytest.mark.parametrize(
    "table",
    [
        [[1, 0, 1]],
        [[1], [0], [1]],
        [[1, 0], [1, np.nan], [0, 1]],
        [[1, 1, 1], [0, 0, 0], [1, 1, 1]],  # the participant alone decides
        [[1, 0, 0], [1, 0, 0], [1, 0, 0]],  # the question alone does
    ],
)
def test_without_a_residual_or_an_answer_to_each_question_nobody_is_tested(table):
    assert isnan(participant_shares(table).p_value_alike)


def test_a_residual_of_rounding_is_none():
    """Every share of answers that follow the question alone, in tables of many sizes."""
    for people, questions in product(range(2, 12), repeat=2):
        assert isnan(participant_shares([[1] + [0] * (questions - 1)] * people).p_value_alike)


def test_expected_counts_are_summed_over_all_ways_to_answer():
    table = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 1, 0], [1, 0, 0]])
    expected = np.zeros(4)
    for answers in product((0, 1), repeat=3):
        likely = np.prod(np.where(answers, table.mean(axis=0), 1 - table.mean(axis=0)))
        expected[sum(answers)] += 5 * likely
    assert [count.expected for count in participant_shares(table).counts] == pytest.approx(expected)


def test_equal_questions_give_the_binomial_distribution():
    table = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 1]])
    assert [count.expected for count in participant_shares(table).counts] == pytest.approx(
        4 * stats.binom.pmf(range(5), 4, 0.5)
    )


def test_simulated_people_who_are_alike_spread_as_expected():
    likely = np.linspace(0.3, 0.9, 12)
    found = [participant_shares(np.random.default_rng(seed).random((60, 12)) < likely) for seed in range(60)]
    ratio = np.mean([each.sd**2 for each in found]) / np.mean([each.sd_if_alike**2 for each in found])
    assert ratio == pytest.approx(1, abs=0.05)  # 60 variances of 60 people: standard error .024


def test_participants_with_other_questions_keep_their_expectation():
    table = np.array([[1, 0, np.nan], [1, np.nan, 1], [np.nan, 1, 0], [0, 1, np.nan]])
    p = np.nanmean(table, axis=0)
    pairs = [(0, 1), (0, 2), (1, 2), (0, 1)]
    both = sum(p[a] * p[b] for a, b in pairs)
    none = sum((1 - p[a]) * (1 - p[b]) for a, b in pairs)
    assert [count.expected for count in participant_shares(table).counts] == pytest.approx(
        [none, 4 - both - none, both]
    )


def test_different_numbers_of_answers_leave_shares_without_counts():
    result = participant_shares([[1, 0], [1, np.nan], [0, 1]])
    assert result.counts == ()
    assert (result.median, result.above_half, result.at_half) == (0.5, 1, 2)


def test_people_asked_different_questions_have_no_common_spread():
    found = participant_shares([[1, 1, np.nan], [1, np.nan, 0], [np.nan, 1, 0], [1, 1, np.nan]])
    assert found.sd == pytest.approx(0.5 / np.sqrt(3))
    assert isnan(found.sd_if_alike)


def test_a_single_participant_has_a_share_and_nothing_to_compare_with():
    result = participant_shares([[1, 0, 1, 1]])
    assert (result.lowest, result.highest, result.above_half) == (0.75, 0.75, 1)
    assert isnan(result.sd)
    assert isnan(result.sd_if_alike)
    assert [count.participants for count in result.counts] == [0, 0, 0, 1, 0]
    assert all(isnan(count.expected) for count in result.counts)


def test_equal_answers_do_not_spread():
    result = participant_shares(np.ones((4, 3)))
    assert (result.sd, result.sd_if_alike) == (0, 0)
    assert [count.expected for count in result.counts] == [0, 0, 0, 4]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([1, 0], r"got shape \(2,\)"),
        ([[2, 0]], "every answer must be 0 or 1, or not-a-number"),
        (np.empty((0, 3)), "got 0 x 3"),
        ([[1, 0], [np.nan, np.nan]], "without any answer"),
        ([[1, np.nan], [0, np.nan]], "without any answer"),
    ],
)
def test_what_is_no_table_of_answers_is_refused(table, message):
    with pytest.raises(ValueError, match=message):
        participant_shares(table)
