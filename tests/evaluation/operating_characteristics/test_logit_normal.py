"""Simulated people: their average probability against independent integrals, their draws against their effects."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from evaluation.operating_characteristics.logit_normal import LogitEffects, draw


@pytest.mark.parametrize(
    ("intercept", "participant_sd", "question_sd"), [(0.35, 0.6, 0.3), (0.7, 0.6, 0.6), (-2, 3, 1)]
)
def test_average_probability_is_the_integral_over_the_normal_distribution(intercept, participant_sd, question_sd):
    spread = np.hypot(participant_sd, question_sd)
    average, _ = quad(lambda eta: expit(eta) * norm.pdf(eta, intercept, spread), -60, 60, points=[intercept], limit=200)
    assert LogitEffects(intercept, participant_sd, question_sd).mean == pytest.approx(average, abs=1e-7)


def test_average_probability_is_the_integral_over_participants_and_questions():
    grid = np.linspace(-8, 8, 801)
    weights = norm.pdf(grid) * (grid[1] - grid[0])
    average = weights @ expit(0.7 + 0.6 * grid[:, None] + 0.3 * grid) @ weights
    assert LogitEffects(0.7, 0.6, 0.3).mean == pytest.approx(average, abs=1e-9)


@pytest.mark.parametrize("spreads", [(0, 0), (0.6, 0.3), (2, 5)])
def test_no_preference_is_exactly_one_half(spreads):
    assert LogitEffects(0.0, *spreads).mean == 0.5


def test_without_effects_everyone_has_the_same_probability():
    assert LogitEffects(0.7, 0, 0).mean == pytest.approx(expit(0.7), rel=1e-14)


def test_answers_have_the_average_probability():
    effects = LogitEffects(0.7, 0.6, 0.6)
    answers = draw(effects, 4000, 3, 4, np.random.default_rng(2))
    assert answers.shape == (4000, 3, 4)
    # Four standard errors of 4,000 studies.
    assert answers.mean() == pytest.approx(effects.mean, abs=4 * answers.mean(axis=(1, 2)).std() / np.sqrt(4000))


def test_fixed_questions_are_the_same_in_all_studies_and_prefer_nobody_on_average():
    answers = draw(LogitEffects(0.0, 0.0, 1.0), 20_000, 1, 4, np.random.default_rng(3), fixed_questions=True)
    chance = expit(norm.ppf([0.125, 0.375, 0.625, 0.875]))
    # Four standard errors: sqrt(p (1 - p) / 20,000) is .0035 at most.
    assert answers.mean(axis=(0, 1)) == pytest.approx(chance, abs=0.014)
    assert chance.mean() == pytest.approx(0.5, abs=1e-15)


def test_other_questions_are_drawn_for_each_study():
    answers = draw(LogitEffects(0.0, 0.0, 30.0), 200, 5, 1, np.random.default_rng(4))
    shares = answers.mean(axis=1)
    assert {0.0, 1.0} <= set(shares.ravel())
