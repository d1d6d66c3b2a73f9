from math import isnan, nan

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from evaluation.votes.multiplicity import fixed_order, holm, intersection_union


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.5], [0.5]),
        ([0.9, 0.8, 0.2, 0.0001], [1.0, 1.0, 0.6, 0.0004]),
        ([0.02, 0.02, 0.02], [0.06, 0.06, 0.06]),
        ([], []),
    ],
)
def test_holm_multiplies_the_smallest_by_all_and_each_further_one_by_one_less(p_values, adjusted):
    assert holm(p_values) == pytest.approx(adjusted)


def test_holm_agrees_with_statsmodels():
    p_values = np.random.default_rng(0).beta(0.3, 2, size=20).tolist()
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist(), rel=1e-12)


def test_holm_counts_a_test_that_could_not_be_computed():
    adjusted = holm([0.01, nan, 0.03])
    assert (adjusted[0], adjusted[2]) == pytest.approx((0.03, 0.06))
    assert isnan(adjusted[1])
    assert all(map(isnan, holm([nan, nan])))


def test_a_claim_about_all_tests_is_as_strong_as_its_weakest():
    assert intersection_union([0.01, 0.04, 0.03]) == 0.04
    assert intersection_union([0.2]) == 0.2


def test_a_claim_about_all_tests_needs_all_of_them():
    assert isnan(intersection_union([0.01, nan, 0.03]))
    with pytest.raises(ValueError, match="at least one p-value"):
        intersection_union([])


def test_in_a_fixed_order_nothing_after_the_first_failure_is_significant():
    assert fixed_order([0.0001, 0.2, 0.0001]) == [0.0001, 0.2, 0.2]
    assert fixed_order([0.04, 0.03, 0.01]) == [0.04, 0.04, 0.04]
    assert fixed_order([]) == []


def test_in_a_fixed_order_a_test_that_could_not_be_computed_ends_the_line():
    first, *rest = fixed_order([0.01, nan, 0.001])
    assert first == 0.01
    assert all(map(isnan, rest))
