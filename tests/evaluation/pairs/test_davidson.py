"""The fit of many tables of counts at once: from bad starts, and against tables fitted alone."""

from math import log

import numpy as np
import pytest

from evaluation.pairs.davidson import finite, make_design, maximum_likelihood, probabilities


@pytest.mark.parametrize("start", [0.0, 5.0, -5.0, 40.0])
def test_the_maximum_is_found_from_any_start(start):
    design = make_design(2, reference=1, ties=False, order=False)
    found = maximum_likelihood(np.array([[[60.0, 40.0]]]), design, np.array([start]))
    assert found[0, 0] == pytest.approx(log(1.5), abs=1e-9)


def test_tables_fitted_together_are_those_fitted_alone():
    rng = np.random.default_rng(1)
    design = make_design(4, reference=2, ties=True, order=True)
    counts = rng.integers(1, 40, (5, *design.weights.shape[:2])).astype(float)
    start = np.zeros(design.weights.shape[2])
    together = maximum_likelihood(counts, design, start)
    alone = [maximum_likelihood(table[None], design, start)[0] for table in counts]
    assert together == pytest.approx(np.array(alone), abs=1e-6)


def test_expected_counts_at_the_maximum_have_the_observed_totals():
    rng = np.random.default_rng(2)
    design = make_design(3, reference=0, ties=True, order=True)
    counts = rng.integers(1, 40, (1, *design.weights.shape[:2])).astype(float)
    fitted = maximum_likelihood(counts, design, np.zeros(4))
    excess = counts - counts.sum(axis=2, keepdims=True) * probabilities(fitted, design)
    assert excess[:, :, 2].sum() == pytest.approx(0, abs=1e-6)  # ties
    assert excess[:, :, 0].sum() == pytest.approx(0, abs=1e-6)  # preferences for the first


def test_counts_that_cannot_be_fitted_end_in_an_error():
    design = make_design(2, reference=1, ties=False, order=False)
    with pytest.raises(ArithmeticError, match="did not converge"):
        maximum_likelihood(np.array([[[np.nan, 1.0]]]), design, np.zeros(1))


def test_one_upset_that_closes_a_circle_makes_the_estimates_finite():
    design = make_design(3, reference=0, ties=False, order=False)
    never_the_other_way = np.array([[9.0, 0.0], [9.0, 0.0], [9.0, 0.0]])
    assert not finite(never_the_other_way, design)
    assert finite(np.array([[9.0, 0.0], [9.0, 1.0], [9.0, 0.0]]), design)  # the last beats the first
    assert not finite(np.array([[9.0, 1.0], [9.0, 0.0], [9.0, 0.0]]), design)  # the last never wins
