"""Power of the headline test, against simulated studies, drawn mean squares and the specification's shortcut."""

from math import inf, sqrt

import numpy as np
import pytest
from scipy import stats

from benchmarks.planned_power import logit_effects, p_values_of, rejection_rate
from evaluation.operating_characteristics.logit_normal import draw
from evaluation.planning.crossed_power import VarianceShares, crossed_power, variance_shares
from evaluation.votes.crossed import crossed_test
from tests.reference.d1 import d1_tables

SHARES = VarianceShares(participant=0.08, question=0.07)


def test_variance_shares_of_d1_follow_from_its_mean_squares():
    # (.42664035 - .20779457) / 10 and (1.26298701 - .20779457) / 154 beside .20779457.
    found = variance_shares(d1_tables()[0])
    total = 0.021884578 + 0.006851899 + 0.20779457
    assert found.participant == pytest.approx(0.021884578 / total, abs=1e-7)
    assert found.question == pytest.approx(0.006851899 / total, abs=1e-7)
    assert found.residual == pytest.approx(0.20779457 / total, abs=1e-7)


def test_variance_shares_of_many_simulated_answers_are_the_true_ones():
    rng = np.random.default_rng(3)
    chosen = draw(logit_effects(0.6, VarianceShares(0.2, 0.1)), 1, 1500, 1500, rng)[0]
    found = variance_shares(chosen)
    # 1500 draws of each effect know their variance to some 4 %.
    assert (found.participant, found.question) == pytest.approx((0.2, 0.1), rel=0.12)


def test_variance_shares_are_never_negative():
    checkerboard = np.indices((6, 6)).sum(axis=0) % 2  # people and questions differ less than by chance
    assert variance_shares(checkerboard) == VarianceShares(participant=0.0, question=0.0)


def test_answers_that_depend_on_the_participant_alone():
    found = variance_shares(np.repeat([[1], [1], [1], [0]], 10, axis=1))
    assert (found.participant, found.question) == pytest.approx((1, 0))
    assert found.residual == pytest.approx(0)


def test_a_pilot_without_variance_is_refused():
    with pytest.raises(ValueError, match="all 20 answers are the same"):
        variance_shares(np.ones((5, 4)))


@pytest.mark.parametrize(("participant", "question"), [(-0.1, 0.2), (0.2, -0.1), (0.6, 0.5), (float("nan"), 0.1)])
def test_impossible_shares_are_refused(participant, question):
    with pytest.raises(ValueError, match=f"participant={participant}, question={question}"):
        VarianceShares(participant, question)


@pytest.mark.parametrize(
    ("participants", "questions", "at_05", "at_001"),
    [
        (154, 10, 0.68, 0.10),
        (300, 10, 0.70, 0.10),
        (inf, 10, 0.73, 0.11),
        (50, 30, 0.91, 0.43),
        (154, 30, 0.98, 0.66),
        (60, 60, 0.99, 0.76),
    ],
)
def test_power_is_near_the_shortcut_whose_values_the_specification_gives(participants, questions, at_05, at_001):
    for alpha, printed in ((0.05, at_05), (0.001, at_001)):
        shortcut = at_expected_mean_squares(0.6, participants, questions, SHARES, alpha)
        assert round(shortcut, 2) == printed
        found = crossed_power(share=0.6, participants=participants, questions=questions, shares=SHARES, alpha=alpha)
        assert found == pytest.approx(shortcut, abs=0.03)


def at_expected_mean_squares(share, participants, questions, shares, alpha):
    """The usual shortcut: one noncentral t, with degrees of freedom at the expected mean squares."""
    parts = np.array([shares.participant / participants, shares.question / questions, 0])
    residual = shares.residual / (participants * questions)
    dfs = np.array([participants - 1, questions - 1, (participants - 1) * (questions - 1)])
    variance = parts.sum() + residual
    df = variance**2 / ((parts + residual) ** 2 / dfs).sum()
    return stats.nct.sf(stats.t.isf(alpha, df), df, (share - 0.5) / sqrt(share * (1 - share) * variance))


@pytest.mark.parametrize(
    ("participants", "questions", "shares", "alpha"),
    [
        (154, 10, SHARES, 0.01),
        (5, 4, SHARES, 0.05),
        (2, 30, VarianceShares(0.1, 0.1), 0.05),
        (12, 9, VarianceShares(0.0, 0.0), 0.05),
    ],
)
def test_effects_without_skewness_have_the_power_of_drawn_mean_squares(participants, questions, shares, alpha):
    dfs = np.array([participants - 1, questions - 1, (participants - 1) * (questions - 1)])
    factors = np.array([questions * shares.participant, participants * shares.question, 0]) + shares.residual
    rng = np.random.default_rng(5)
    ms = 0.25 * factors * rng.chisquare(dfs, size=(400_000, 3)) / dfs
    true = 0.25 * (factors[0] + factors[1] - factors[2]) / (participants * questions)
    above = rng.normal(0, sqrt(true), size=400_000)
    top = np.maximum(ms[:, 0] + ms[:, 1] - ms[:, 2], ms[:, 2])
    df = top**2 / (ms**2 / dfs).sum(axis=1)
    p_values = stats.t.sf(above / np.sqrt(top / (participants * questions)), df)
    found = crossed_power(share=0.5, participants=participants, questions=questions, shares=shares, alpha=alpha)
    assert found == pytest.approx(np.mean(p_values <= alpha), abs=0.001)


def test_power_without_a_preference_is_about_the_level():
    for participants, shares in ((40, SHARES), (inf, SHARES), (inf, VarianceShares(0.1, 0.0))):
        found = crossed_power(share=0.5, participants=participants, questions=10, shares=shares, alpha=0.001)
        assert found == pytest.approx(0.001, abs=2e-4)


def test_without_differences_the_level_is_not_reached_as_simulation_found():
    # 2.99 % of 40,000 simulated studies: docs/explanation/operating-characteristics.md.
    found = crossed_power(share=0.5, participants=154, questions=10, shares=VarianceShares(0.0, 0.0), alpha=0.05)
    assert found == pytest.approx(0.0299, abs=0.002)


def test_infinitely_many_participants_are_the_limit():
    many, limit = (crossed_power(share=0.6, participants=n, questions=10, shares=SHARES) for n in (1e7, inf))
    assert many == pytest.approx(limit, abs=1e-4)
    no_question_effect = VarianceShares(0.3, 0.0)
    assert crossed_power(share=0.51, participants=inf, questions=2, shares=no_question_effect) == 1
    assert crossed_power(share=0.49, participants=inf, questions=2, shares=no_question_effect) == 0


def test_participants_and_questions_are_exchangeable():
    mirrored = VarianceShares(SHARES.question, SHARES.participant)
    assert crossed_power(share=0.6, participants=10, questions=40, shares=SHARES) == pytest.approx(
        crossed_power(share=0.6, participants=40, questions=10, shares=mirrored)
    )


def test_simulated_p_values_are_those_of_the_crossed_test():
    chosen = draw(logit_effects(0.6, SHARES), 5, 30, 8, np.random.default_rng(4))
    assert p_values_of(chosen) == pytest.approx([crossed_test(study).p_value for study in chosen], rel=1e-9)


def test_simulated_answers_have_the_share_and_the_variances_that_were_asked_for():
    chosen = draw(logit_effects(0.6, SHARES), 4000, 2, 2, np.random.default_rng(6)).astype(float)
    same_participant = np.mean((chosen[:, :, 0] - 0.6) * (chosen[:, :, 1] - 0.6)) / 0.24
    same_question = np.mean((chosen[:, 0] - 0.6) * (chosen[:, 1] - 0.6)) / 0.24
    assert chosen.mean() == pytest.approx(0.6, abs=0.02)
    assert (same_participant, same_question) == pytest.approx((0.08, 0.07), abs=0.03)


@pytest.mark.parametrize(
    ("share", "shares"),
    [
        (0.6, SHARES),
        (0.55, SHARES),
        (0.7, SHARES),
        (0.7, VarianceShares(0.2, 0.1)),
        (0.65, VarianceShares(0.02, 0.15)),
        (0.6, VarianceShares(0.0, 0.0)),
        (0.8, VarianceShares(0.05, 0.05)),
    ],
)
@pytest.mark.parametrize(("participants", "questions"), [(12, 5), (20, 20), (30, 10), (154, 10), (50, 30)])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_planned_power_is_within_two_points_of_simulated_studies(share, shares, participants, questions, alpha):
    planned = crossed_power(share=share, participants=participants, questions=questions, shares=shares, alpha=alpha)
    found = rejection_rate(logit_effects(share, shares), participants, questions, alpha=alpha, runs=6_000, seed=8)
    assert found == pytest.approx(planned, abs=0.02)


def test_preference_for_the_other_method_is_found_by_the_mirrored_test_only():
    against = crossed_power(share=0.3, participants=50, questions=30, shares=SHARES, alpha=0.05)
    assert against == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("share", [1e-9, 0.01, 0.99, 1 - 1e-9])
@pytest.mark.parametrize("shares", [SHARES, VarianceShares(1.0, 0.0), VarianceShares(0.5, 0.5), VarianceShares(0, 0)])
@pytest.mark.parametrize(("participants", "questions"), [(2, 2), (inf, 2), (1e6, 1e6)])
def test_power_at_the_ends_is_a_probability(share, shares, participants, questions):
    for alpha in (1e-50, 0.999):
        found = crossed_power(share=share, participants=participants, questions=questions, shares=shares, alpha=alpha)
        assert 0 <= found <= 1


@pytest.mark.parametrize("wrong", [{"share": 0.0}, {"share": 1.0}, {"alpha": 0.0}, {"alpha": 1.0}])
def test_impossible_probabilities_are_refused(wrong):
    design = {"share": 0.6, "participants": 30, "questions": 10, "shares": SHARES} | wrong
    with pytest.raises(ValueError, match=next(iter(wrong))):
        crossed_power(**design)


@pytest.mark.parametrize(("participants", "questions"), [(1, 10), (10, 1)])
def test_one_participant_or_one_question_is_refused(participants, questions):
    with pytest.raises(ValueError, match=rf"at least 2 .* {participants=}, {questions=}"):
        crossed_power(share=0.6, participants=participants, questions=questions, shares=SHARES)
