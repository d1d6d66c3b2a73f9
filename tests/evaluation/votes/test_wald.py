from math import isnan, nan

import pytest
from scipy import stats
from scipy.special import expit

from evaluation.votes.wald import as_probability, wald_test


def test_p_values_and_interval_are_those_of_t():
    result = wald_test(0.6, 0.25, 7)
    assert (result.t, result.df) == (pytest.approx(2.4), 7)
    assert result.p_value == pytest.approx(stats.t.sf(2.4, 7))
    assert result.p_value_two_sided == pytest.approx(2 * stats.t.sf(2.4, 7))
    reach = stats.t.ppf(0.975, 7) * 0.25
    assert (result.interval.low, result.interval.high) == pytest.approx((0.6 - reach, 0.6 + reach))


def test_a_negative_effect_is_no_evidence_for_the_method_but_for_an_effect():
    up, down = wald_test(0.6, 0.25, 7), wald_test(-0.6, 0.25, 7)
    assert down.p_value == pytest.approx(1 - up.p_value)
    assert down.p_value_two_sided == pytest.approx(up.p_value_two_sided)


@pytest.mark.parametrize("se", [0.0, 1e-17, nan])
def test_without_a_variance_there_is_no_test(se):
    result = wald_test(0.6, se, 7)
    assert result.estimate == 0.6
    assert not result.estimable
    assert all(map(isnan, (result.se, result.t, result.p_value, result.interval.low, result.interval.high)))


def test_a_logit_becomes_a_probability_with_its_interval():
    logit = wald_test(0.6, 0.25, 7)
    share, interval = as_probability(logit)
    expected = expit([logit.interval.low, 0.6, logit.interval.high])
    assert (interval.low, share, interval.high) == pytest.approx(tuple(expected))
    assert interval.confidence == 0.95
