"""Sizes of studies, against searches by hand."""

from math import inf

import numpy as np
import pytest
from scipy import stats

from evaluation.planning.crossed_power import VarianceShares, crossed_power
from evaluation.planning.sample_size import (
    detectable_share,
    independent_answers_needed,
    participants_needed,
    power_table,
    questions_needed,
)
from evaluation.votes.preference import critical_count

SHARES = VarianceShares(participant=0.08, question=0.07)


def test_participants_needed_is_the_smallest_number():
    size = participants_needed(share=0.6, questions=14, shares=SHARES, alpha=0.05)
    reached, missed = (
        crossed_power(share=0.6, participants=size.needed - less, questions=14, shares=SHARES, alpha=0.05)
        for less in (0, 1)
    )
    assert missed < 0.8 <= reached
    assert size.power == reached
    assert size.needed == 147


def test_no_number_of_participants_buys_off_ten_questions():
    size = participants_needed(share=0.6, questions=10, shares=SHARES, alpha=0.05)
    assert size.needed is None
    assert (
        size.power
        == size.ceiling
        == crossed_power(share=0.6, participants=inf, questions=10, shares=SHARES, alpha=0.05)
    )
    assert round(size.ceiling, 2) == 0.72


def test_numbers_needed_agree_with_a_search_one_by_one():
    shares = VarianceShares(0.15, 0.02)
    for target in (0.5, 0.9):
        size = participants_needed(share=0.65, questions=14, shares=shares, power=target)
        by_hand = next(
            n for n in range(2, 999) if crossed_power(share=0.65, participants=n, questions=14, shares=shares) >= target
        )
        assert size.needed == by_hand
        size = questions_needed(share=0.65, participants=60, shares=shares, power=target)
        by_hand = next(
            n for n in range(2, 999) if crossed_power(share=0.65, participants=60, questions=n, shares=shares) >= target
        )
        assert size.needed == by_hand


@pytest.mark.parametrize(
    ("share", "questions", "alpha", "shares"),
    [
        (0.9, 2, 0.001, (0.2, 0.02)),  # One peak, and a tenth of it in the end.
        (0.8, 3, 0.001, (0.0, 0.05)),  # It falls and rises again.
        (0.9568, 2, 0.05, (0.08, 0.07)),
        (0.9553, 2, 0.05, (0.2, 0.1)),
        (0.9406, 3, 0.01, (0.2, 0.1)),  # A dip behind the smallest number.
        (0.9, 4, 0.001, (0.02, 0.3)),
    ],
)
def test_sizes_agree_with_all_numbers_one_by_one(share, questions, alpha, shares):
    design = {"share": share, "questions": questions, "alpha": alpha, "shares": VarianceShares(*shares)}
    power = {n: crossed_power(participants=n, **design) for n in (*range(2, 60), inf)}
    highest = max(power.values())
    for target in (0.5 * highest, 0.8, min(0.99 * highest, 0.83)):
        size = participants_needed(**design, power=target)
        needed = next((n for n, found in power.items() if found >= target), None)
        assert size.needed == needed
        assert size.ceiling == pytest.approx(highest, abs=2e-3)
        if needed is None:
            assert (size.power, size.kept) == (size.ceiling, False)
        else:
            assert size.power == power[needed]
            assert size.kept == all(found >= target for n, found in power.items() if n > needed)


@pytest.mark.parametrize("questions", [2, 3, 5])
def test_few_questions_are_averaged_over_finely_enough(questions, monkeypatch):
    designs = [
        {"share": 0.9, "participants": 14, "alpha": 0.001, "shares": VarianceShares(0.02, 0.3)},
        {"share": 0.7, "participants": inf, "alpha": 0.01, "shares": VarianceShares(0.2, 0.02)},
        {"share": 0.8, "participants": 40, "alpha": 0.001, "shares": VarianceShares(0.08, 0.07)},
    ]
    found = [crossed_power(questions=questions, **design) for design in designs]
    for name, nodes in (("FINE", 300), ("COARSE", 40), ("RESIDUAL", 8)):
        monkeypatch.setattr(f"evaluation.planning.crossed_power.{name}", np.polynomial.legendre.leggauss(nodes))
    assert found == pytest.approx([crossed_power(questions=questions, **design) for design in designs], abs=3e-3)


def test_a_target_that_is_lost_on_the_way_to_infinity_is_not_kept():
    design = {"share": 0.8, "questions": 3, "shares": VarianceShares(0.0, 0.05)}
    assert crossed_power(participants=400, **design) < 0.084 < crossed_power(participants=inf, **design)
    assert not participants_needed(**design, power=0.084).kept
    assert participants_needed(**design, power=0.05).kept


def test_questions_cannot_buy_off_participants_either():
    size = questions_needed(share=0.6, participants=8, shares=VarianceShares(0.2, 0.02), alpha=0.05)
    assert (size.needed, round(size.ceiling, 2)) == (
        None,
        round(crossed_power(share=0.6, participants=8, questions=inf, shares=VarianceShares(0.2, 0.02), alpha=0.05), 2),
    )


@pytest.mark.parametrize("shares", [SHARES, VarianceShares(0.1, 0.0)])
def test_no_size_finds_a_share_of_one_half(shares):
    size = participants_needed(share=0.5, questions=30, shares=shares, alpha=0.001)
    assert size.needed is None
    assert size.ceiling < 0.007  # The test's own level, which two participants exceed.


def test_detectable_share_has_the_target_power():
    for participants, questions, alpha in ((154, 10, 0.05), (154, 30, 0.001), (5, 3, 0.05), (inf, 10, 0.001)):
        design = {"participants": participants, "questions": questions, "shares": SHARES, "alpha": alpha}
        share = detectable_share(**design, power=0.9)
        assert crossed_power(share=share, **design) == pytest.approx(0.9, abs=1e-4)


def test_a_level_that_no_data_reach():
    assert detectable_share(participants=2, questions=2, shares=SHARES, alpha=1e-12) is None
    nearly_no_question_effect = VarianceShares(0.1, 1e-7)
    assert detectable_share(participants=inf, questions=2, shares=nearly_no_question_effect, alpha=1e-12) is None
    assert participants_needed(share=0.99, questions=2, shares=SHARES, alpha=1e-12).needed is None


def test_power_table_lists_participants_by_rows():
    table = power_table(share=0.6, participants=[50, inf], questions=[10, 30, 60], shares=SHARES, alpha=0.05)
    assert (table.participants, table.questions) == ((50, inf), (10, 30, 60))
    assert table.power[0][1] == crossed_power(share=0.6, participants=50, questions=30, shares=SHARES, alpha=0.05)
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


@pytest.mark.parametrize("target", [0.001, 1.0])
def test_a_target_that_chance_reaches_or_nothing_does_is_refused(target):
    with pytest.raises(ValueError, match=rf"alpha=0.001\).*got power={target}"):
        participants_needed(share=0.6, questions=10, shares=SHARES, power=target)
