import tracemalloc
from itertools import permutations, product
from math import isnan

import numpy as np
import pytest
from scipy import stats

from evaluation.votes import blocks, participants
from evaluation.votes.participants import participant_test, question_test
from tests.reference.d1 import d1_tables


@pytest.fixture(scope="module")
def d1():
    return d1_tables()[0]


def sign_flips(shares):
    """The share of all sign patterns whose mean is at least the observed one."""
    distances = np.asarray(shares) - 0.5
    means = [np.mean(distances * signs) for signs in product([1, -1], repeat=len(shares))]
    return np.mean([mean >= distances.mean() - 1e-12 for mean in means])


def test_participants_of_d1(d1):
    result = participant_test(d1)
    assert (result.units, result.answers_per_unit, result.df) == (154, 10, 153)
    assert result.mean == pytest.approx(955 / 1540)
    assert (result.t, result.p_value) == pytest.approx((7.2173938, 1.155012e-11), rel=1e-6)
    # 9,999 random flips of 2^154, none as extreme: the observed pattern itself is the ten-thousandth.
    assert not result.permutation_exact
    assert result.permutation_p_value == pytest.approx(1 / 10_000)


def test_questions_of_d1(d1):
    result = question_test(d1)
    assert (result.units, result.answers_per_unit, result.df) == (10, 154, 9)
    assert (result.t, result.p_value) == pytest.approx((4.1948064, 0.00116225), rel=1e-5)
    assert result.permutation_exact
    assert result.permutation_p_value == pytest.approx(0.00390625, rel=1e-12)


def test_interval_is_the_t_interval(d1):
    expected = stats.ttest_1samp(d1.mean(axis=0), 0.5).confidence_interval(0.95)
    assert question_test(d1).interval.low == pytest.approx(expected.low)
    assert question_test(d1).interval.high == pytest.approx(expected.high)
    assert question_test(d1).se == pytest.approx(np.std(d1.mean(axis=0), ddof=1) / np.sqrt(10))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_few_units_are_flipped_in_all_ways(seed):
    chosen = np.random.default_rng(seed).random((7, 5)) < 0.6
    result = participant_test(chosen)
    assert result.permutation_exact
    assert result.permutation_p_value == pytest.approx(sign_flips(chosen.mean(axis=1)))


def test_flips_that_tie_with_what_was_seen_count_whatever_the_order():
    # Distances of 3, 3, 1, -1, -3 and -3 sixths: 38 of the 64 sums are at least 0; rounding hides that some are 0.
    rows = np.array([[1, 1, 1], [1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]])
    for order in permutations(range(6)):
        assert participant_test(rows[list(order)]).permutation_p_value == 38 / 64


@pytest.mark.parametrize(("units", "exact"), [(13, True), (14, False)])
def test_result_says_whether_all_sign_flips_were_tried(units, exact):
    chosen = np.random.default_rng(5).random((units, 3)) < 0.55
    result = participant_test(chosen)
    assert result.permutation_exact is exact
    # The standard error of 9,999 random flips is 0.004; more digits agree only if all are tried.
    expected = sign_flips(chosen.mean(axis=1))
    assert result.permutation_p_value == pytest.approx(expected, abs=1e-12 if exact else 0.02)
    assert bool(result.permutation_p_value == pytest.approx(expected, abs=1e-9)) is exact


def test_random_sign_flips_depend_on_the_seed_alone():
    chosen = np.random.default_rng(0).random((40, 4)) < 0.52
    assert participant_test(chosen, seed=3) == participant_test(chosen, seed=3)
    p_values = {participant_test(chosen, seed=seed).permutation_p_value for seed in (3, 4, 5)}
    assert len(p_values) > 1


def test_flips_of_many_units_are_tried_in_blocks_that_change_nothing(monkeypatch):
    chosen = np.random.default_rng(0).random((40, 4)) < 0.52
    few = np.random.default_rng(3).random((6, 4)) < 0.52
    whole = participant_test(chosen, seed=3), participant_test(few)
    monkeypatch.setattr(blocks, "NUMBERS_AT_ONCE", 700)
    assert (participant_test(chosen, seed=3), participant_test(few)) == whole


def test_the_memory_of_flips_is_that_of_a_block(monkeypatch):
    monkeypatch.setattr(blocks, "NUMBERS_AT_ONCE", 200_000)
    monkeypatch.setattr(participants, "SIGN_FLIPS", 999)
    chosen = np.random.default_rng(0).random((1000, 2)) < 0.52
    tracemalloc.start()
    participant_test(chosen)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All at once: 999 flips of 1,000 units, as two numbers each in 8 bytes, are 16 MB, and several copies of them.
    assert most < 8e6


@pytest.mark.parametrize(
    ("chosen", "p_value"),
    [
        ([[1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 0]], 1 / 16),
        (np.eye(3, 10), 1),  # The mean of three times 0.1 is not 0.1 in binary.
    ],
)
def test_equal_shares_leave_nothing_for_t_but_the_permutation_test(chosen, p_value):
    result = participant_test(chosen)
    assert (result.se, result.permutation_p_value) == (0, p_value)
    assert not result.estimable
    assert all(map(isnan, (result.t, result.p_value, result.interval.low, result.interval.high)))


def test_a_single_participant_is_refused():
    with pytest.raises(ValueError, match="at least 2 participants and 2 questions, got 1 x 3"):
        participant_test([[1, 0, 1]])
