"""Early stopping: boundaries against published and independent values, error rates against simulated studies."""

from math import exp, inf, isnan, log, sqrt

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from evaluation.votes.preference import critical_count
from evaluation.votes.sequential import e_process, group_sequential, log_e_process, obrien_fleming_bounds, z_at_looks
from tests.reference.d1 import d1_tables

LOOKS = [30, 60, 90, 120, 150]


@pytest.fixture(scope="module")
def d1_shares():
    return d1_tables()[0].mean(axis=1)


def simulated_shares(rng, runs, participants, *, share=0.5, participant_sd=0.6, questions=10):
    """Shares of participants whose own preferences differ on the logit scale, (runs, participants)."""
    chance = expit(logit(share) + participant_sd * rng.standard_normal((runs, participants)))
    return rng.binomial(questions, chance) / questions


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [
        (0.025, [4.8769, 3.3570, 2.6803, 2.2898, 2.0310]),
        (0.001, [7.2647, 5.0725, 4.0908, 3.5066, 3.1137]),
    ],
)
def test_five_equal_looks_have_the_published_boundaries(alpha, expected):
    bounds = obrien_fleming_bounds([0.2, 0.4, 0.6, 0.8, 1.0], alpha)
    assert bounds == pytest.approx(expected, abs=5e-5)


def test_a_single_look_is_the_test_of_a_fixed_number_of_participants():
    assert obrien_fleming_bounds([1.0], 0.001) == pytest.approx([stats.norm.isf(0.001)], abs=1e-10)


@pytest.mark.parametrize("information", [[0.3, 0.7], [0.45, 0.5], [0.1, 0.62, 1.0], [0.2, 0.6, 1.1]])
def test_boundaries_at_any_looks_spend_what_a_multivariate_normal_says(information):
    alpha, last = 0.05, min(information[-1], 1)
    bounds = obrien_fleming_bounds(information, alpha)
    times = np.array(information)
    correlation = np.sqrt(np.minimum.outer(times, times) / np.maximum.outer(times, times))
    stays_below = stats.multivariate_normal(cov=correlation, seed=1).cdf(bounds)
    assert 1 - stays_below == pytest.approx(2 * stats.norm.sf(stats.norm.isf(alpha / 2) / sqrt(last)), abs=2e-5)


def test_a_look_after_every_participant_can_be_planned():
    bounds = obrien_fleming_bounds(np.arange(1, 61) / 60, 0.01)
    assert (np.diff(bounds) < 0).all()
    rng = np.random.default_rng(2)
    paths = np.cumsum(rng.standard_normal((20_000, 60)), axis=1) / np.sqrt(np.arange(1, 61))
    # Binomial(20,000, 0.01) has a standard deviation of .0007.
    assert np.mean((paths >= bounds).any(axis=1)) == pytest.approx(0.01, abs=0.0022)


def test_boundaries_depend_on_the_looks_so_far_alone():
    all_looks = obrien_fleming_bounds([0.2, 0.4, 0.6, 0.8, 1.0])
    third_skipped = obrien_fleming_bounds([0.2, 0.4, 0.8, 1.0])
    assert third_skipped[:2] == pytest.approx(all_looks[:2])
    # What the skipped look did not spend is left for the next.
    assert third_skipped[2] < all_looks[3]


def test_more_information_than_planned_makes_a_late_last_look_less_dependent_on_the_others():
    late, in_time = (obrien_fleming_bounds([0.2, 0.6, last], 0.025) for last in (1.1, 1.0))
    assert late[:2] == pytest.approx(in_time[:2])
    assert late[2] > in_time[2] > stats.norm.isf(0.025)


def test_nothing_is_left_after_the_planned_information():
    assert obrien_fleming_bounds([0.2, 1.0, 1.1], 0.025)[2] == inf


def test_looks_so_early_that_they_spend_nothing_cannot_reject():
    bounds = obrien_fleming_bounds([0.001, 0.5, 1.0], 0.001)
    assert bounds[0] == inf
    assert bounds[1:] == pytest.approx(obrien_fleming_bounds([0.5, 1.0], 0.001))


@pytest.mark.parametrize("information", [[], [0.0, 1.0], [0.5, 0.5], [0.6, 0.4], [0.5, 0.50001], [0.5, np.nan]])
def test_looks_that_do_not_advance_are_refused(information):
    with pytest.raises(ValueError, match="information"):
        obrien_fleming_bounds(information)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_impossible_levels_are_refused(alpha):
    with pytest.raises(ValueError, match=f"alpha={alpha}"):
        obrien_fleming_bounds([1.0], alpha)
    with pytest.raises(ValueError, match=r"alpha=1\.5"):
        e_process([0.5, 0.6], 1.5)


def test_z_has_the_p_value_of_the_t_test(d1_shares):
    for count, z in zip((30, 154), z_at_looks(d1_shares, [30, 154]), strict=True):
        expected = stats.ttest_1samp(d1_shares[:count], 0.5, alternative="greater").pvalue
        assert stats.norm.sf(z) == pytest.approx(expected, rel=1e-9)
    mirrored = z_at_looks(1 - d1_shares, [30, 154])
    assert mirrored == pytest.approx(-z_at_looks(d1_shares, [30, 154]))


def test_z_of_many_studies_is_that_of_each(d1_shares):
    studies = np.stack([d1_shares, d1_shares[::-1]])
    assert z_at_looks(studies, [10, 60])[1] == pytest.approx(z_at_looks(d1_shares[::-1], [10, 60]))


def test_first_rejection_of_d1(d1_shares):
    result = group_sequential(d1_shares, LOOKS)
    assert [look.participants for look in result.looks] == LOOKS
    assert [look.information for look in result.looks] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert [look.boundary for look in result.looks] == pytest.approx([7.2647, 5.0725, 4.0908, 3.5066, 3.1137], abs=5e-5)
    assert [look.mean for look in result.looks] == pytest.approx([d1_shares[:n].mean() for n in LOOKS])
    reaching = [look.z >= look.boundary for look in result.looks]
    assert result.rejected_at is result.looks[reaching.index(True)]
    assert (reaching.index(True), result.alpha, result.planned) == (1, 0.001, 150)


def test_results_between_looks_do_not_count():
    # Clearly ahead after 20 participants, nothing left after 40.
    shares = [0.8, 0.9] * 10 + [0.2, 0.1] * 10
    assert group_sequential(shares, [20, 40], alpha=0.05).rejected_at.participants == 20
    assert group_sequential(shares, [40], alpha=0.05).rejected_at is None


def test_looks_to_come_have_a_boundary_and_no_result():
    result = group_sequential([0.6, 0.7, 0.4] * 15, LOOKS)
    assert [look.z is None for look in result.looks] == [False, True, True, True, True]
    coming = result.looks[1]
    assert (coming.mean, coming.lower, coming.rejects) == (None, None, False)
    assert coming.boundary == pytest.approx(5.0725, abs=5e-5)
    assert group_sequential([], LOOKS).rejected_at is None


def test_a_skipped_look_is_left_out(d1_shares):
    result = group_sequential(d1_shares, [30, 90, 120, 150])
    assert [look.boundary for look in result.looks] == pytest.approx(obrien_fleming_bounds([0.2, 0.6, 0.8, 1.0]))


def test_more_participants_than_planned_count_at_a_late_last_look(d1_shares):
    late = group_sequential(d1_shares, [30, 60, 90, 120, 154], planned=150)
    assert late.planned == 150
    assert late.looks[-1].information == pytest.approx(154 / 150)
    assert late.looks[-1].mean == pytest.approx(955 / 1540)
    assert late.looks[-1].boundary == pytest.approx(obrien_fleming_bounds([0.2, 0.4, 0.6, 0.8, 154 / 150])[-1])


def test_participants_beyond_the_last_look_do_not_count(d1_shares):
    assert group_sequential(d1_shares, LOOKS) == group_sequential(d1_shares[:150], LOOKS)


def test_repeated_confidence_bound_lies_above_one_half_where_the_look_rejects(d1_shares):
    for look in group_sequential(d1_shares, [10, *LOOKS]).looks:
        assert (look.lower > 0.5) is look.rejects
    last = group_sequential(d1_shares, [150], alpha=0.05).looks[0]
    one_sided = stats.ttest_1samp(d1_shares[:150], 0.5, alternative="greater").confidence_interval(0.95).low
    assert last.lower == pytest.approx(one_sided)


def test_equal_shares_prove_nothing():
    look = group_sequential([0.7] * 30, [30]).looks[0]
    assert isnan(look.z)
    assert isnan(look.lower)
    assert not look.rejects


def test_a_level_that_no_data_reach():
    certain = [1.0] * 29 + [0.9]
    assert group_sequential(certain, [30], alpha=1e-60).rejected_at is None
    assert e_process(certain, alpha=1e-60).rejected_at is None


@pytest.mark.parametrize("looks", [[], [1, 30], [30, 30], [60, 30]])
def test_looks_that_are_no_plan_are_refused(looks):
    with pytest.raises(ValueError, match="looks must be numbers of participants"):
        group_sequential([0.5, 0.6], looks)


def test_a_look_at_people_who_have_not_come_is_refused():
    with pytest.raises(ValueError, match="cannot look at 30 participants: only 2"):
        z_at_looks([0.5, 0.6], [30])


@pytest.mark.parametrize("wrong", [[0.5, 1.1], [-0.1, 0.5], [0.5, np.nan]])
def test_shares_outside_0_and_1_are_refused(wrong):
    for test in (e_process, lambda shares: group_sequential(shares, [2])):
        with pytest.raises(ValueError, match="between 0 and 1"):
            test(wrong)


def test_a_table_of_answers_is_refused():
    for test in (e_process, lambda shares: group_sequential(shares, [2])):
        with pytest.raises(ValueError, match=r"one share per participant, got shape \(5, 2\)"):
            test(np.ones((5, 2)))


def test_a_plan_of_one_participant_is_refused():
    with pytest.raises(ValueError, match="planned=1"):
        group_sequential([0.5, 0.6], [2], planned=1)


def test_e_process_of_d1(d1_shares):
    assert e_process(d1_shares).log_e[-1] == pytest.approx(19.309198, abs=5e-7)
    assert [e_process(d1_shares, 1 / e_value).rejected_at for e_value in (20, 100, 1000)] == [23, 38, 44]
    assert e_process(d1_shares).alpha == 0.001


def test_e_values_are_means_of_products():
    shares = [0.9, 0.3, 1.0, 0.0, 0.6]
    stakes = [step / 50 for step in range(1, 100)]
    wealth = [np.mean([np.prod([1 + bet * (x - 0.5) for x in shares[:n]]) for bet in stakes]) for n in range(1, 6)]
    assert np.exp(log_e_process(shares)) == pytest.approx(wealth, rel=1e-12)


def test_e_values_of_ten_thousand_participants_are_finite():
    log_e = log_e_process(np.stack([np.ones(10_000), np.zeros(10_000), np.full(10_000, 0.5)]))
    assert np.isfinite(log_e).all()
    # The highest stake wins all: 10,000 log 1.99 less log 99, and the next stakes add a little.
    assert log_e[0, -1] == pytest.approx(10_000 * log(1.99) - log(99), abs=1e-6)
    assert log_e[1, -1] < -50
    assert log_e[2] == pytest.approx(0, abs=1e-9)


def test_shares_of_exactly_one_half_are_no_evidence():
    result = e_process([0.5] * 100)
    assert result.rejected_at is None
    assert result.p_value == pytest.approx(1)


def test_p_value_at_any_time_is_one_over_the_largest_e_value():
    result = e_process([1.0] * 5 + [0.0] * 20, 0.05)
    assert result.p_value == pytest.approx(exp(-result.log_e[4]))
    assert e_process([0.0, 0.1]).p_value == 1
    assert e_process([]).p_value == 1


def test_one_participant_can_be_tested():
    result = e_process([1.0], alpha=0.7)
    assert (result.rejected_at, result.log_e[0]) == (1, pytest.approx(log(1.5)))


@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_planned_looks_keep_the_level(alpha):
    shares = simulated_shares(np.random.default_rng(11), 20_000, 150)
    rejected = np.mean((z_at_looks(shares, LOOKS) >= obrien_fleming_bounds(np.arange(1, 6) / 5, alpha)).any(axis=1))
    # Three standard deviations of the simulation.
    assert rejected <= alpha + 3 * sqrt(alpha * (1 - alpha) / 20_000)
    assert rejected >= alpha / 2


def test_planned_looks_find_a_preference_and_save_participants():
    shares = simulated_shares(np.random.default_rng(12), 4_000, 150, share=0.6)
    reached = z_at_looks(shares, LOOKS) >= obrien_fleming_bounds(np.arange(1, 6) / 5, 0.001)
    stopped = np.where(reached.any(axis=1), np.take(LOOKS, reached.argmax(axis=1)), 150)
    assert reached.any(axis=1).mean() == pytest.approx(0.992, abs=0.006)
    assert stopped.mean() == pytest.approx(106, abs=2)


def test_e_process_keeps_the_level_at_any_time():
    shares = simulated_shares(np.random.default_rng(13), 1_500, 154)
    highest = log_e_process(shares).max(axis=1)
    assert np.mean(highest >= log(20)) <= 0.05
    assert np.mean(highest >= log(1000)) <= 0.001 + 3 * sqrt(0.001 / 1_500)
    assert np.mean(highest >= log(20)) > 0.005


def test_e_process_finds_a_preference_after_about_as_many_participants_as_published():
    for share, participants in ((0.6, 84), (0.65, 48)):
        shares = simulated_shares(np.random.default_rng(14), 400, 154, share=share)
        reached = log_e_process(shares) >= log(1000)
        first = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, inf)
        assert np.median(first) == pytest.approx(participants, rel=0.1)


@pytest.mark.parametrize(("alpha", "published"), [(0.05, 0.187), (0.001, 0.0068)])
def test_testing_again_every_ten_participants_breaks_the_level(alpha, published):
    rng = np.random.default_rng(15)
    votes = np.cumsum(rng.binomial(10, 0.5, (20_000, 154)), axis=1)
    checked = [*range(10, 151, 10), 154]
    critical = [critical_count(10 * count, alpha=alpha) for count in checked]
    rejected = np.mean((votes[:, np.array(checked) - 1] >= critical).any(axis=1))
    assert rejected == pytest.approx(published, abs=4 * sqrt(published / 20_000))
    assert rejected > 3 * alpha
