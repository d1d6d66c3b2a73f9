"""Sizes of studies, against the table of the specification, simulated studies and searches by hand."""

from math import inf, sqrt

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from benchmarks.planned_power import logit_effects, p_values_of, rejection_rate
from evaluation.crossed import crossed_test
from evaluation.planning import (
    VarianceShares,
    detectable_share,
    independent_answers_needed,
    participants_needed,
    power,
    power_table,
    questions_needed,
    variance_shares,
)
from evaluation.population import draw
from evaluation.preference import critical_count
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
def test_power_table_of_the_specification(participants, questions, at_05, at_001):
    design = {"share": 0.6, "participants": participants, "questions": questions, "shares": SHARES}
    assert round(power(**design, alpha=0.05), 2) == at_05
    assert round(power(**design, alpha=0.001), 2) == at_001


def test_power_uses_the_degrees_of_freedom_of_the_crossed_test_at_its_expected_mean_squares():
    share, people, items = 0.64, 12, 7
    variance = share * (1 - share)
    ms_s, ms_q, ms_r = (variance * (0.85 + 7 * 0.08), variance * (0.85 + 12 * 0.07), variance * 0.85)
    top = ms_s + ms_q - ms_r
    df = top**2 / (ms_s**2 / 11 + ms_q**2 / 6 + ms_r**2 / 66)
    expected = stats.nct.sf(stats.t.isf(0.01, df), df, (share - 0.5) / sqrt(top / 84))
    found = power(share=share, participants=people, questions=items, shares=SHARES, alpha=0.01)
    assert found == pytest.approx(expected, rel=1e-12)


def test_participants_alone_give_the_power_of_a_t_test_of_their_means():
    one_way = VarianceShares(participant=1.0, question=0.0)
    found = power(share=0.7, participants=20, questions=15, shares=one_way, alpha=0.05)
    effect = 0.2 / sqrt(0.7 * 0.3)
    assert found == pytest.approx(TTestPower().power(effect, 20, 0.05, alternative="larger"), rel=1e-9)


def test_power_without_a_preference_is_the_level():
    for participants, shares in ((40, SHARES), (inf, SHARES), (inf, VarianceShares(0.1, 0.0))):
        found = power(share=0.5, participants=participants, questions=10, shares=shares, alpha=0.001)
        assert found == pytest.approx(0.001)


def test_infinitely_many_participants_are_the_limit():
    many, limit = (power(share=0.6, participants=n, questions=10, shares=SHARES) for n in (1e7, inf))
    assert many == pytest.approx(limit, abs=1e-6)
    no_question_effect = VarianceShares(0.3, 0.0)
    assert power(share=0.51, participants=inf, questions=2, shares=no_question_effect) == 1
    assert power(share=0.49, participants=inf, questions=2, shares=no_question_effect) == 0


def test_participants_and_questions_are_exchangeable():
    mirrored = VarianceShares(SHARES.question, SHARES.participant)
    assert power(share=0.6, participants=10, questions=40, shares=SHARES) == pytest.approx(
        power(share=0.6, participants=40, questions=10, shares=mirrored)
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
    ("participants", "questions", "alpha"),
    [(30, 10, 0.05), (154, 10, 0.05), (50, 30, 0.05), (50, 30, 0.001), (154, 30, 0.001)],
)
def test_planned_power_is_within_two_points_of_simulated_studies(participants, questions, alpha):
    planned = power(share=0.6, participants=participants, questions=questions, shares=SHARES, alpha=alpha)
    effects = logit_effects(0.6, SHARES)
    assert rejection_rate(effects, participants, questions, alpha=alpha, runs=10_000, seed=8) == pytest.approx(
        planned, abs=0.02
    )


def test_participants_needed_is_the_smallest_number():
    size = participants_needed(share=0.6, questions=12, shares=SHARES, alpha=0.05)
    reached, missed = (
        power(share=0.6, participants=size.needed - less, questions=12, shares=SHARES, alpha=0.05) for less in (0, 1)
    )
    assert missed < 0.8 <= reached
    assert size.power == reached
    assert size.needed == 1648


def test_no_number_of_participants_buys_off_ten_questions():
    size = participants_needed(share=0.6, questions=10, shares=SHARES, alpha=0.05)
    assert size.needed is None
    assert size.power == size.ceiling == power(share=0.6, participants=inf, questions=10, shares=SHARES, alpha=0.05)
    assert round(size.ceiling, 2) == 0.73


def test_numbers_needed_agree_with_a_search_one_by_one():
    shares = VarianceShares(0.15, 0.02)
    for target in (0.5, 0.9):
        size = participants_needed(share=0.65, questions=14, shares=shares, power=target)
        by_hand = next(
            n for n in range(2, 999) if power(share=0.65, participants=n, questions=14, shares=shares) >= target
        )
        assert size.needed == by_hand
        size = questions_needed(share=0.65, participants=60, shares=shares, power=target)
        by_hand = next(
            n for n in range(2, 999) if power(share=0.65, participants=60, questions=n, shares=shares) >= target
        )
        assert size.needed == by_hand


def test_questions_cannot_buy_off_participants_either():
    size = questions_needed(share=0.6, participants=8, shares=VarianceShares(0.2, 0.02), alpha=0.05)
    assert (size.needed, round(size.ceiling, 2)) == (
        None,
        round(power(share=0.6, participants=8, questions=inf, shares=VarianceShares(0.2, 0.02), alpha=0.05), 2),
    )


@pytest.mark.parametrize("shares", [SHARES, VarianceShares(0.1, 0.0)])
def test_no_size_finds_a_share_of_one_half(shares):
    size = participants_needed(share=0.5, questions=30, shares=shares, alpha=0.001)
    assert size.needed is None
    assert size.ceiling == pytest.approx(0.001)


def test_detectable_share_has_the_target_power():
    for participants, questions, alpha in ((154, 10, 0.05), (154, 30, 0.001), (5, 3, 0.05), (inf, 10, 0.001)):
        design = {"participants": participants, "questions": questions, "shares": SHARES, "alpha": alpha}
        share = detectable_share(**design, power=0.9)
        assert power(share=share, **design) == pytest.approx(0.9, abs=1e-6)


def test_a_level_that_no_data_reach():
    assert detectable_share(participants=2, questions=2, shares=SHARES, alpha=1e-12) is None
    nearly_no_question_effect = VarianceShares(0.1, 1e-7)
    assert detectable_share(participants=inf, questions=2, shares=nearly_no_question_effect, alpha=1e-6) is None
    assert participants_needed(share=0.99, questions=2, shares=SHARES, alpha=1e-12).needed is None


def test_power_table_lists_participants_by_rows():
    table = power_table(share=0.6, participants=[50, inf], questions=[10, 30, 60], shares=SHARES, alpha=0.05)
    assert (table.participants, table.questions) == ((50, inf), (10, 30, 60))
    assert table.power[0][1] == power(share=0.6, participants=50, questions=30, shares=SHARES, alpha=0.05)
    assert [len(row) for row in table.power] == [3, 3]


@pytest.mark.parametrize(
    ("share", "alpha", "answers"), [(0.6, 0.05, 169), (0.6, 0.001, 397), (0.55, 0.05, 654), (0.55, 0.001, 1572)]
)
def test_independent_answers_of_the_specification(share, alpha, answers):
    assert independent_answers_needed(share, alpha, 0.8) == answers


def test_power_is_kept_beyond_the_independent_answers_and_failed_just_before():
    exact = {n: stats.binom.sf((critical_count(n, alpha=0.05) or n + 1) - 1, n, 0.7) for n in range(1, 250)}
    failing = [n for n, reached in exact.items() if reached < 0.8]
    # Smaller numbers reach the target too, and lose it again.
    assert any(exact[n] >= 0.8 for n in range(1, failing[-1]))
    assert independent_answers_needed(0.7, 0.05, 0.8) == failing[-1] + 1


def test_independent_answers_at_a_level_far_below_rounding():
    needed = independent_answers_needed(0.6, alpha=1e-50)
    kept, lost = (stats.binom.sf(critical_count(n, alpha=1e-50) - 1, n, 0.6) for n in (needed, needed - 1))
    assert lost < 0.8 <= kept
    assert needed == 6189


def test_answers_without_a_preference_are_never_enough():
    assert independent_answers_needed(0.5) is None
    assert independent_answers_needed(0.3) is None


def test_one_answer_is_enough_for_a_level_above_one_half():
    assert independent_answers_needed(0.9, alpha=0.6, power=0.8) == 1


def test_a_critical_count_counts_only_where_its_own_p_value_reaches_the_level():
    # One of one has p-value 1/2, just above the level; two of two have power .998, and it stays above .99.
    assert independent_answers_needed(0.999, alpha=np.nextafter(0.5, 0), power=0.99) == 2
    # 54 of 54 has p-value 2^-54, which is at most the level.
    assert independent_answers_needed(0.999, alpha=2.0**-54, power=0.9) == 54


@pytest.mark.parametrize("wrong", [{"share": 0.0}, {"share": 1.0}, {"alpha": 0.0}, {"alpha": 1.0}])
def test_impossible_probabilities_are_refused(wrong):
    design = {"share": 0.6, "participants": 30, "questions": 10, "shares": SHARES} | wrong
    with pytest.raises(ValueError, match=next(iter(wrong))):
        power(**design)


@pytest.mark.parametrize(("participants", "questions"), [(1, 10), (10, 1)])
def test_one_participant_or_one_question_is_refused(participants, questions):
    with pytest.raises(ValueError, match=rf"at least 2 .* {participants=}, {questions=}"):
        power(share=0.6, participants=participants, questions=questions, shares=SHARES)


@pytest.mark.parametrize("target", [0.001, 1.0])
def test_a_target_that_chance_reaches_or_nothing_does_is_refused(target):
    with pytest.raises(ValueError, match=rf"alpha=0.001\).*got power={target}"):
        participants_needed(share=0.6, questions=10, shares=SHARES, power=target)
