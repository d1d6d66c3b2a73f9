from math import inf, isnan, nan

import numpy as np
import pytest
from scipy import stats

from evaluation.interval import Interval, t_interval, two_sided_p_value

DATA = np.array([0.1, 0.4, 0.35, 0.8, 0.62, 0.5])


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_the_interval_of_a_mean_is_that_of_its_t_test(confidence):
    test = stats.ttest_1samp(DATA, 0)
    expected = test.confidence_interval(confidence)
    found = t_interval(DATA.mean(), stats.sem(DATA), df=5, confidence=confidence)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-12)
    assert found.confidence == confidence
    assert two_sided_p_value(test.statistic, 5) == pytest.approx(test.pvalue, rel=1e-12)


def test_the_usual_interval_is_that_of_95_in_100():
    assert t_interval(0.5, 0.1, 9) == t_interval(0.5, 0.1, 9, confidence=0.95)
    # One degree of freedom: Cauchy's distribution, whose quantile is a tangent.
    assert t_interval(0, 1, 1, confidence=0.5).high == pytest.approx(1, rel=1e-12)


def test_many_degrees_of_freedom_are_the_normal_distribution():
    found = t_interval(2, 3, inf)
    assert (found.low, found.high) == pytest.approx((2 - 3 * 1.959963985, 2 + 3 * 1.959963985))
    assert two_sided_p_value(1.959963985, inf) == pytest.approx(0.05)


@pytest.mark.parametrize("t", [0.0, 0.3, 2.4, 40.0])
def test_the_sign_of_t_does_not_matter(t):
    assert two_sided_p_value(t, 7) == two_sided_p_value(-t, 7)
    assert 0 < two_sided_p_value(t, 7) <= 1


@pytest.mark.parametrize(("se", "df"), [(nan, 3), (0.1, nan), (nan, nan), (nan, 0)])
def test_without_an_error_there_is_no_interval(se, df):
    found = t_interval(0.5, se, df)
    assert isnan(found.low)
    assert isnan(found.high)
    assert found.confidence == 0.95
    assert isnan(two_sided_p_value(nan, df))


def test_without_any_error_the_interval_is_the_estimate():
    assert t_interval(0.5, 0.0, 4) == Interval(0.5, 0.5, 0.95)
