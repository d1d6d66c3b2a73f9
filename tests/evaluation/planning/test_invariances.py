"""Planned power and sizes: what more people, more questions, a stricter level and a larger share must do."""

from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evaluation.planning.crossed_power import VarianceShares, crossed_power, variance_shares
from evaluation.planning.sample_size import (
    EXAMINED,
    LARGEST,
    detectable_share,
    independent_answers_needed,
    participants_needed,
    power_table,
    questions_needed,
)
from evaluation.votes.crossed import crossed_test
from evaluation.votes.preference import critical_count

SHARES = VarianceShares(participant=0.08, question=0.07)
few = settings(max_examples=8, deadline=None)


@few
@given(
    participants=st.integers(5, 400),
    questions=st.integers(5, 60),
    by_person=st.floats(0, 0.4),
    by_question=st.floats(0, 0.4),
    alpha=st.sampled_from([0.05, 0.001]),
)
def test_power_rises_with_the_share_and_falls_with_a_stricter_level(
    participants, questions, by_person, by_question, alpha
):
    design = {"participants": participants, "questions": questions, "shares": VarianceShares(by_person, by_question)}
    found = [crossed_power(share=share, alpha=alpha, **design) for share in (0.3, 0.5, 0.6, 0.75, 0.95)]
    assert found == sorted(found)
    assert 0 <= found[0] <= found[-1] <= 1
    assert found[0] <= alpha  # A method that is not preferred is not found to be.
    for share, power in zip((0.3, 0.5, 0.6, 0.75, 0.95), found, strict=True):
        assert crossed_power(share=share, alpha=alpha / 2, **design) <= power + 1e-9


@pytest.mark.parametrize("shares", [SHARES, VarianceShares(0.2, 0.02), VarianceShares(0.02, 0.3)])
@pytest.mark.parametrize("size", [(20, 30), (60, 12)])
def test_participants_and_questions_are_alike_but_for_their_name(size, shares):
    turned = VarianceShares(shares.question, shares.participant)
    one = crossed_power(share=0.65, participants=size[0], questions=size[1], shares=shares, alpha=0.05)
    other = crossed_power(share=0.65, participants=size[1], questions=size[0], shares=turned, alpha=0.05)
    assert one == pytest.approx(other, abs=1e-9)


@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_without_any_differences_power_is_near_that_of_independent_answers(alpha):
    """The headline is careful there; it never finds more than the exact test of as many answers."""
    for participants, questions in ((40, 30), (100, 50)):
        answers = participants * questions
        share = 0.5 + 3.5 * (0.25 / answers) ** 0.5
        found = crossed_power(
            share=share, participants=participants, questions=questions, shares=VarianceShares(0, 0), alpha=alpha
        )
        exact = stats.binom.sf(critical_count(answers, alpha=alpha) - 1, answers, share)
        assert exact - 0.3 < found < exact + 0.01


def test_power_at_infinitely_many_is_the_limit():
    design = {"share": 0.62, "shares": SHARES, "alpha": 0.05}
    for fixed, growing in (("questions", "participants"), ("participants", "questions")):
        limit = crossed_power(**design, **{fixed: 12, growing: inf})
        near = [crossed_power(**design, **{fixed: 12, growing: size}) for size in (1e3, 1e5, 1e7)]
        gaps = [abs(each - limit) for each in near]
        assert gaps == sorted(gaps, reverse=True)
        assert gaps[-1] < 1e-4


def test_infinitely_many_of_both_leave_no_doubt():
    for share, power in ((0.51, 1.0), (0.49, 0.0), (0.5, 0.01)):
        found = crossed_power(share=share, participants=inf, questions=inf, shares=SHARES, alpha=0.01)
        assert found == power


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"share": 0.0}, "need 0 < share < 1, got share=0.0"),
        ({"share": 1.0}, "need 0 < share < 1, got share=1.0"),
        ({"share": float("nan")}, "need 0 < share < 1, got share=nan"),
        ({"alpha": 0}, "need 0 < alpha < 1, got alpha=0"),
        ({"participants": 1}, "need at least 2 participants and 2 questions, got participants=1, questions=10"),
        ({"questions": 1.5}, "need at least 2 participants and 2 questions, got participants=50, questions=1.5"),
        ({"questions": float("nan")}, "got participants=50, questions=nan"),
    ],
)
def test_impossible_designs_are_refused_with_the_value(options, message):
    design = {"share": 0.6, "participants": 50, "questions": 10, "shares": SHARES, "alpha": 0.05} | options
    with pytest.raises(ValueError) as caught:
        crossed_power(**design)
    assert message in str(caught.value)


@pytest.mark.parametrize("shares", [(-0.1, 0.2), (0.2, -1e-9), (0.6, 0.5), (float("nan"), 0.1)])
def test_shares_that_are_none_are_refused(shares):
    with pytest.raises(ValueError, match="variance shares must be at least 0 and sum to at most 1, got participant="):
        VarianceShares(*shares)


def test_the_residual_is_the_rest_and_never_below_none():
    assert VarianceShares(0.3, 0.2).residual == pytest.approx(0.5)
    assert VarianceShares(0.1, 0.9 + 1e-13).residual == 0


def test_shares_of_a_pilot_are_its_variance_components_over_their_sum():
    pilot = [[1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1], [0, 0, 0, 1], [1, 0, 0, 0]]
    test, found = crossed_test(pilot), variance_shares(pilot)
    by_person = (test.ms_participant - test.ms_residual) / 4
    by_question = (test.ms_question - test.ms_residual) / 5
    total = by_person + by_question + test.ms_residual
    assert (found.participant, found.question) == pytest.approx((by_person / total, by_question / total))
    turned = variance_shares([list(column) for column in zip(*pilot, strict=True)])
    assert (turned.participant, turned.question) == pytest.approx((found.question, found.participant))


def test_a_negative_component_is_none():
    checkerboard = [[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]]
    assert variance_shares(checkerboard) == VarianceShares(0.0, 0.0)


def test_a_pilot_without_any_difference_says_what_to_do():
    with pytest.raises(ValueError, match="all 6 answers are the same, so nothing varies; collect a larger pilot"):
        variance_shares([[1, 1, 1], [1, 1, 1]])


def test_numbers_that_are_looked_at_are_all_small_ones_and_then_ever_fewer():
    assert EXAMINED[:31] == (*range(2, 32), 32)
    assert EXAMINED[-1] == LARGEST
    assert all(one < other for one, other in pairwise(EXAMINED))
    assert max(other / one for one, other in pairwise(EXAMINED[30:])) < 1.4


def test_a_harder_target_never_needs_fewer():
    """Of people and of questions."""
    for needed, fixed in ((participants_needed, {"questions": 25}), (questions_needed, {"participants": 80})):
        found = [needed(share=0.65, shares=SHARES, alpha=0.05, power=power, **fixed).needed for power in (0.5, 0.9)]
        assert found == sorted(found)
        stricter = needed(share=0.65, shares=SHARES, alpha=0.01, power=0.5, **fixed).needed
        assert stricter > found[0]


def test_a_detectable_share_falls_with_the_size_of_the_study():
    found = [
        detectable_share(participants=size, questions=20, shares=SHARES, alpha=0.05) for size in (10, 40, 160, inf)
    ]
    assert found == sorted(found, reverse=True)
    assert 0.5 < found[-1] < found[0] < 1


def test_a_table_of_power_is_that_of_its_cells():
    found = power_table(share=0.6, participants=[20, 50], questions=[10, inf], shares=SHARES, alpha=0.05)
    for row, participants in zip(found.power, found.participants, strict=True):
        for power, questions in zip(row, found.questions, strict=True):
            assert power == crossed_power(
                share=0.6, participants=participants, questions=questions, shares=SHARES, alpha=0.05
            )
    assert (found.share, found.alpha, found.shares) == (0.6, 0.05, SHARES)


@pytest.mark.parametrize("share", [0.65, 0.8, 0.95])
@pytest.mark.parametrize(("alpha", "power"), [(0.05, 0.8), (0.01, 0.5)])
def test_independent_answers_are_counted_from_the_last_failure_on(share, alpha, power):
    needed = independent_answers_needed(share, alpha, power)

    def reached(answers):
        count = critical_count(answers, alpha=alpha)
        return 0.0 if count is None else stats.binom.sf(count - 1, answers, share)

    assert reached(needed - 1) < power
    assert all(reached(answers) >= power for answers in range(needed, needed + 60))


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.001])
def test_independent_answers_grow_with_power_and_fall_with_the_share(alpha):
    by_power = [independent_answers_needed(0.7, alpha, power) for power in (0.5, 0.8, 0.95)]
    by_share = [independent_answers_needed(share, alpha, 0.8) for share in (0.6, 0.7, 0.9)]
    assert by_power == sorted(by_power)
    assert by_share == sorted(by_share, reverse=True)
