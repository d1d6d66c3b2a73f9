from fractions import Fraction
from math import comb

import pytest
from scipy import stats

from evaluation.votes.preference import critical_count, preference_test, share_interval

# scipy 1.17 and R 4.2 binom.test agree to all digits: k of 1540, p one-sided, p two-sided, Clopper-Pearson 95 %.
ANCHORS = [
    (803, 0.0488093233397, 0.0976186466794, 0.49613385, 0.54664144),
    (830, 0.00120767869664, 0.00241535739327, 0.51368573, 0.56408752),
    (831, 0.00101848632036, 0.00203697264072, 0.51433639, 0.56473308),
    (832, 0.000856841811148, 0.0017136836223, 0.51498710, 0.56537860),
    (850, 2.50576930378e-05, 5.01153860755e-05, 0.52670705, 0.57699061),
    (924, 2.09782100263e-15, 4.19564200527e-15, 0.57503597, 0.62458194),
    (1078, 3.59785281949e-57, 7.19570563898e-57, 0.67642208, 0.72281282),
]


@pytest.mark.parametrize(("votes_for", "one_sided", "two_sided", "low", "high"), ANCHORS)
def test_p_values_and_interval_equal_r(votes_for, one_sided, two_sided, low, high):
    result = preference_test(votes_for, 1540)
    assert result.p_value == pytest.approx(one_sided, rel=1e-11)
    assert result.p_value_two_sided == pytest.approx(two_sided, rel=1e-11)
    assert result.interval.low == pytest.approx(low, abs=5e-9)
    assert result.interval.high == pytest.approx(high, abs=5e-9)
    assert result.interval.confidence == 0.95
    assert result.share == votes_for / 1540


@pytest.mark.parametrize(("votes_for", "significant", "by_paper"), [(830, 0, 0), (831, 0, 1), (832, 1, 1)])
def test_decision_at_the_bound_of_the_paper(votes_for, significant, by_paper):
    exact = Fraction(sum(comb(1540, i) for i in range(votes_for, 1541)), 2**1540)  # P(X >= k) in integers
    result = preference_test(votes_for, 1540)
    assert result.p_value == pytest.approx(float(exact), rel=1e-12)
    assert (exact <= Fraction(1, 1000)) is bool(significant)
    assert result.significant is bool(significant)
    assert result.significant_by_paper is bool(by_paper)
    assert (result.paper_bound, result.critical_count) == (831, 832)
    assert result.paper_size == pytest.approx(0.00101848632036, rel=1e-11)


@pytest.mark.parametrize(
    ("votes", "alpha", "count"),
    [(1540, 0.05, 803), (1540, 0.01, 817), (1540, 0.001, 832), (1540, 0.001 / 3, 838), (10, 0.05, 9), (10, 0.001, 10)],
)
def test_critical_counts(votes, alpha, count):
    assert critical_count(votes, alpha=alpha) == count


def test_critical_count_is_the_first_to_reach_the_level_for_every_small_number_of_votes():
    for votes in range(1, 60):
        tail = [Fraction(sum(comb(votes, i) for i in range(k, votes + 1)), 2**votes) for k in range(votes + 1)]
        expected = next((k for k, p in enumerate(tail) if p <= Fraction(1, 1000)), None)
        assert critical_count(votes) == expected
        assert preference_test(0, votes).paper_bound == (votes if expected is None else expected - 1)


def test_critical_count_where_the_tail_equals_the_level():
    assert critical_count(10, alpha=2**-10) == 10  # P(10 of 10) = 2^-10 exactly.


def test_another_chance_level_equals_the_example_of_r():
    result = preference_test(682, 925, chance=0.75)
    assert result.p_value_two_sided == pytest.approx(0.382491559575, rel=1e-11)
    assert result.interval.low == pytest.approx(0.707668264079, rel=1e-11)
    assert result.interval.high == pytest.approx(0.765406558242, rel=1e-11)
    assert result.p_value == pytest.approx(stats.binom.sf(681, 925, 0.75), rel=1e-12)


def test_wilson_interval():
    interval = share_interval(850, 1540, method="wilson")
    assert (interval.low, interval.high) == pytest.approx((0.5270122678, 0.5766253170), abs=1e-10)


def test_no_votes_for_the_method():
    result = preference_test(0, 10)
    assert (result.p_value, result.share, result.interval.low) == (1.0, 0.0, 0.0)
    assert result.interval.high == pytest.approx(1 - 0.025 ** (1 / 10), rel=1e-12)
    assert not result.significant


def test_all_votes_for_the_method():
    result = preference_test(10, 10)
    assert (result.p_value, result.share, result.interval.high) == (2**-10, 1.0, 1.0)
    assert result.interval.low == pytest.approx(0.025 ** (1 / 10), rel=1e-12)
    assert result.significant


def test_too_few_votes_can_never_be_significant():
    result = preference_test(9, 9)
    assert result.critical_count is None
    assert not result.significant


@pytest.mark.parametrize(("votes_for", "votes"), [(1, 0), (0, 0), (-1, 10), (11, 10)])
def test_impossible_counts_are_refused(votes_for, votes):
    with pytest.raises(ValueError, match=rf"{votes_for=}, {votes=}"):
        preference_test(votes_for, votes)


@pytest.mark.parametrize("options", [{"chance": 0.0}, {"chance": 1.0}, {"alpha": 0.0}, {"alpha": 1.0}])
def test_impossible_probabilities_are_refused(options):
    with pytest.raises(ValueError, match="chance"):
        preference_test(5, 10, **options)


@pytest.mark.parametrize("votes", [1, 2, 10, 154])
def test_exact_interval_is_the_one_that_scipy_searches(votes):
    for votes_for in range(votes + 1):
        expected = stats.binomtest(votes_for, votes).proportion_ci(0.9)
        interval = share_interval(votes_for, votes, confidence=0.9)
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-10)


@pytest.mark.parametrize("method", ["exact", "wilson"])
@pytest.mark.parametrize(
    ("votes_for", "votes", "confidence"), [(5, 3, 0.95), (0, 0, 0.95), (-1, 10, 0.95), (1, 10, 95)]
)
def test_interval_of_impossible_counts_is_refused(method, votes_for, votes, confidence):
    with pytest.raises(ValueError, match="need"):
        share_interval(votes_for, votes, confidence=confidence, method=method)
