"""Every small table and every small count, against exact fractions and against all that could have happened."""

from fractions import Fraction
from itertools import chain, combinations, product
from math import comb, exp, isnan, log, sqrt

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.signal import fftconvolve

from evaluation.votes.agreement import krippendorff_alpha, method_agreement
from evaluation.votes.crossed import crossed_test
from evaluation.votes.multiplicity import fixed_order, holm, intersection_union
from evaluation.votes.participants import participant_test, question_test
from evaluation.votes.preference import critical_count, preference_test, share_interval
from evaluation.votes.sequential import e_process, log_e_process, obrien_fleming_bounds, z_at_looks

HALF = Fraction(1, 2)


def tables(people, items):
    """Every table of answers of that size."""
    return [
        [answers[row * items : (row + 1) * items] for row in range(people)]
        for answers in product((0, 1), repeat=people * items)
    ]


def mean(values):
    return Fraction(sum(values), len(values))


def exact_mean_squares(table):
    """Of participants, questions and residual, as fractions."""
    people, items = len(table), len(table[0])
    grand = mean(list(chain(*table)))
    rows, columns = [mean(row) for row in table], [mean(column) for column in zip(*table, strict=True)]
    ms_s = items * sum((row - grand) ** 2 for row in rows) / (people - 1)
    ms_q = people * sum((column - grand) ** 2 for column in columns) / (items - 1)
    left = sum((table[s][q] - rows[s] - columns[q] + grand) ** 2 for s in range(people) for q in range(items))
    return ms_s, ms_q, left / ((people - 1) * (items - 1))


@pytest.mark.parametrize(("people", "items"), [(2, 2), (2, 3), (3, 2), (4, 2)])
def test_the_headline_of_every_small_table_is_that_of_exact_fractions(people, items):
    for table in tables(people, items)[:: 1 if people * items < 8 else 3]:
        result = crossed_test(table)
        ms_s, ms_q, ms_r = exact_mean_squares(table)
        top, grand = max(ms_s + ms_q - ms_r, ms_r), mean(list(chain(*table)))
        found = (result.ms_participant, result.ms_question, result.ms_residual)
        assert found == pytest.approx((float(ms_s), float(ms_q), float(ms_r)), abs=1e-14)
        assert result.mean == pytest.approx(float(grand))
        if grand in (0, 1):
            assert not result.estimable
            continue
        df = top**2 / (
            ms_s**2 / (people - 1) + ms_q**2 / (items - 1) + ms_r**2 / ((people - 1) * (items - 1))
        )  # fmt: skip
        se = sqrt(top / (people * items))
        assert (result.se, result.df) == pytest.approx((se, float(df)), rel=1e-9)
        assert result.t == pytest.approx(float(grand - HALF) / se, abs=1e-12)
        assert result.p_value == pytest.approx(stats.t.sf(float(grand - HALF) / se, float(df)), rel=1e-9)
        assert result.design_effect == pytest.approx(float(top / (grand * (1 - grand))))
        reach = stats.t.ppf(0.975, float(df)) * se
        assert (result.interval.low, result.interval.high) == pytest.approx(
            (float(grand) - reach, float(grand) + reach)
        )


@pytest.mark.parametrize(("people", "items"), [(2, 2), (3, 2), (2, 3)])
@pytest.mark.parametrize("test", [participant_test, question_test])
def test_one_way_tests_of_every_small_table_are_those_of_exact_fractions(test, people, items):
    for table in tables(people, items):
        rows = table if test is participant_test else list(zip(*table, strict=True))
        distances = [mean(row) - HALF for row in rows]
        units, middle = len(rows), sum(distances) / len(rows)
        flipped = [sum(sign * each for sign, each in zip(signs, distances, strict=True)) / units
                   for signs in product((1, -1), repeat=units)]  # fmt: skip
        result = test(table)
        assert result.permutation_p_value == pytest.approx(float(mean([each >= middle for each in flipped])))
        assert result.permutation_exact
        assert (result.units, result.answers_per_unit, result.df) == (units, len(rows[0]), units - 1)
        variance = sum((each - middle) ** 2 for each in distances) / (units - 1)
        assert result.se == pytest.approx(sqrt(variance / units), abs=1e-15)
        if variance == 0:
            assert not result.estimable
        else:
            t = float(middle) / sqrt(variance / units)
            assert (result.t, result.p_value) == pytest.approx((t, stats.t.sf(t, units - 1)), abs=1e-12)


def chances(votes, chance):
    """Of 0 to all votes for the method, as fractions."""
    return [comb(votes, k) * chance**k * (1 - chance) ** (votes - k) for k in range(votes + 1)]


@pytest.mark.parametrize("chance", [HALF, Fraction(1, 3), Fraction(3, 4), Fraction(1, 10)])
@pytest.mark.parametrize("votes", [1, 2, 7, 12])
def test_both_p_values_of_every_count_are_sums_of_exact_chances(votes, chance):
    exact = chances(votes, chance)
    for votes_for, own in enumerate(exact):
        result = preference_test(votes_for, votes, chance=float(chance))
        assert result.p_value == pytest.approx(float(sum(exact[votes_for:])), rel=1e-10)
        as_rare = sum(each for each in exact if each <= own * Fraction(10**9 + 1, 10**9))
        assert result.p_value_two_sided == pytest.approx(float(as_rare), rel=1e-6)


@pytest.mark.parametrize(
    "alpha", [Fraction(1, 20), Fraction(1, 100), Fraction(1, 1000), Fraction(1, 3), Fraction(1, 8)]
)
@pytest.mark.parametrize("chance", [HALF, Fraction(1, 4), Fraction(9, 10)])
def test_critical_count_and_the_papers_bound_are_those_of_their_definitions(chance, alpha):
    for votes in (1, 3, 9, 20):
        exact = chances(votes, chance)
        tail = [sum(exact[k:]) for k in range(votes + 1)]
        result = preference_test(0, votes, chance=float(chance), alpha=float(alpha))
        assert result.critical_count == next((k for k in range(votes + 1) if tail[k] <= alpha), None)
        quantile = next(k for k in range(votes + 1) if sum(exact[: k + 1]) >= 1 - alpha)
        assert result.paper_bound == quantile
        assert result.paper_size == pytest.approx(float(tail[quantile]), rel=1e-10)
        if result.critical_count is not None and tail[result.critical_count] != alpha:
            assert result.paper_bound == result.critical_count - 1
            assert tail[quantile] > alpha


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize("votes", [1, 2, 9, 30])
def test_at_the_bounds_of_the_exact_interval_the_tails_are_half_of_what_is_left(votes, confidence):
    for votes_for in range(votes + 1):
        found = share_interval(votes_for, votes, confidence=confidence)
        tail = (1 - confidence) / 2
        if votes_for:
            reached = sum(chances(votes, Fraction(found.low))[votes_for:])
            assert float(reached) == pytest.approx(tail, rel=1e-7)
        if votes_for < votes:
            reached = sum(chances(votes, Fraction(found.high))[: votes_for + 1])
            assert float(reached) == pytest.approx(tail, rel=1e-7)
        assert 0 <= found.low <= votes_for / votes <= found.high <= 1
        assert (found.low == 0, found.high == 1) == (votes_for == 0, votes_for == votes)


@pytest.mark.parametrize("votes", [1, 4, 15])
def test_bounds_of_wilsons_interval_lie_z_standard_errors_from_the_share(votes):
    z = stats.norm.isf(0.025)
    for votes_for in range(votes + 1):
        found = share_interval(votes_for, votes, method="wilson")
        for bound in (found.low, found.high):
            assert (votes_for / votes - bound) ** 2 == pytest.approx(z**2 * bound * (1 - bound) / votes, abs=1e-12)


@pytest.mark.parametrize("votes", [4, 9])
def test_the_exact_interval_holds_the_truth_as_often_as_it_says_wherever_that_lies(votes):
    intervals = [share_interval(k, votes) for k in range(votes + 1)]
    for truth in np.linspace(0.02, 0.98, 49):
        held = sum(chances(votes, truth)[k] for k, each in enumerate(intervals) if each.low <= truth <= each.high)
        assert held >= 0.95 - 1e-12


@pytest.mark.parametrize("votes", [10, 25])
@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.001])
def test_the_exact_test_never_rejects_more_often_than_its_level(votes, alpha):
    exact = chances(votes, HALF)
    rejected = [k for k in range(votes + 1) if preference_test(k, votes, alpha=alpha).significant]
    assert sum((exact[k] for k in rejected), Fraction(0)) <= Fraction(alpha)
    assert rejected == list(range(critical_count(votes, alpha=alpha) or votes + 1, votes + 1))


LADDER = [0.0004, 0.004, 0.012, 0.02, 0.03, 0.049, 0.2, 0.7]


def closed_testing(p_values, which):
    """Adjusted p-value by Marcus, Peritz and Gabriel: the largest Bonferroni p of all families that hold the test."""
    others = [place for place in range(len(p_values)) if place != which]
    families = chain.from_iterable(combinations(others, size) for size in range(len(p_values)))
    return max(min(1.0, (1 + len(family)) * min(p_values[place] for place in (which, *family))) for family in families)


@pytest.mark.parametrize("tests", [1, 2, 3, 4])
def test_holm_is_the_closed_test_of_all_families(tests):
    for p_values in product(LADDER[:: 1 if tests < 4 else 2], repeat=tests):
        expected = [closed_testing(p_values, which) for which in range(tests)]
        assert holm(list(p_values)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("alpha", [0.001, 0.0121, 0.05])
def test_a_fixed_order_rejects_until_the_first_that_does_not_reach_the_level(alpha):
    for p_values in product(LADDER, repeat=3):
        going, expected = True, []
        for p in p_values:
            going = going and p <= alpha
            expected.append(going)
        assert [p <= alpha for p in fixed_order(list(p_values))] == expected


def test_all_together_is_rejected_where_each_is():
    for p_values in product(LADDER, repeat=3):
        for alpha in (0.001, 0.02, 0.5):
            assert (intersection_union(list(p_values)) <= alpha) is all(p <= alpha for p in p_values)


def exact_agreement(table):
    """Raw agreement, Fleiss' kappa and Krippendorff's alpha of a table with gaps, from pairs; None without a value."""
    columns = [[each for each in column if each is not None] for column in zip(*table, strict=True)]
    columns = [column for column in columns if len(column) > 1]
    pairs = [one == other for column in columns for one, other in combinations(column, 2)]
    values = list(chain(*columns))
    raw = mean(pairs)
    if len(set(values)) == 1:
        return raw, None, None
    share = mean(values)
    by_chance = share**2 + (1 - share) ** 2
    kappa = None
    if len({len(column) for column in columns}) == 1:
        observed = mean([mean([a == b for a, b in combinations(column, 2)]) for column in columns])
        kappa = (observed - by_chance) / (1 - by_chance)
    within = sum(Fraction(2 * sum(a != b for a, b in combinations(column, 2)), len(column) - 1) for column in columns)
    anywhere = Fraction(2 * sum(a != b for a, b in combinations(values, 2)), len(values) - 1)
    return raw, kappa, 1 - within / anywhere


def as_floats(table):
    return [[np.nan if each is None else each for each in row] for row in table]


def test_agreement_of_every_small_table_with_gaps_is_that_of_its_pairs():
    for answers in list(product((0, 1, None), repeat=6))[::2]:
        table = [answers[0:2], answers[2:4], answers[4:6]]
        by_question = list(zip(*table, strict=True))
        if any(set(line) == {None} for line in [*table, *by_question]):
            with pytest.raises(ValueError, match="without any answer"):
                method_agreement(as_floats(table))
            continue
        if not any(sum(each is not None for each in column) > 1 for column in by_question):
            with pytest.raises(ValueError, match="no question has two answers"):
                method_agreement(as_floats(table))
            continue
        found = method_agreement(as_floats(table))
        for measure, expected in zip(
            (found.raw, found.fleiss_kappa, found.krippendorff_alpha), exact_agreement(table), strict=True
        ):
            if expected is None:
                assert isnan(measure.value)
            else:
                assert measure.value == pytest.approx(float(expected), abs=1e-14)


@pytest.mark.parametrize("categories", [2, 3, 4])
def test_alpha_of_several_categories_is_that_of_its_pairs(categories):
    rng = np.random.default_rng(categories)
    for _ in range(20):
        columns = [rng.integers(0, categories, rng.integers(2, 6)).tolist() for _ in range(5)]
        values = list(chain(*columns))
        if len(set(values)) == 1:
            continue
        within = sum(Fraction(2 * sum(a != b for a, b in combinations(each, 2)), len(each) - 1) for each in columns)
        anywhere = Fraction(2 * sum(a != b for a, b in combinations(values, 2)), len(values) - 1)
        counts = [[column.count(category) for category in range(categories)] for column in columns]
        assert krippendorff_alpha(counts) == pytest.approx(float(1 - within / anywhere), abs=1e-14)


STAKES = [Fraction(step, 50) for step in range(1, 100)]


def exact_e(shares):
    """The mean wealth of gamblers who bet .02 to 1.98 on every participant."""
    total = Fraction(0)
    for stake in STAKES:
        wealth = Fraction(1)
        for share in shares:
            wealth *= 1 + stake * (share - HALF)
        total += wealth
    return total / len(STAKES)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_e_values_are_the_mean_wealth_over_all_stakes(length):
    for shares in product((Fraction(0), Fraction(3, 10), Fraction(1)), repeat=length):
        found = log_e_process([float(share) for share in shares])
        assert found[-1] == pytest.approx(log(exact_e(shares)), abs=1e-12)


def test_the_expected_e_value_of_fair_coins_is_one_after_every_participant():
    sequences = np.array(list(product((0.0, 1.0), repeat=9)))
    assert np.exp(log_e_process(sequences)).mean(axis=0) == pytest.approx(np.ones(9), abs=1e-12)


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.02])
def test_fair_coins_ever_reach_the_bound_no_more_often_than_the_level(alpha):
    sequences = np.array(list(product((0.0, 1.0), repeat=12)))
    ever = (log_e_process(sequences).max(axis=1) >= -log(alpha)).mean()
    assert 0 < ever <= alpha


def test_an_e_process_rejects_at_the_first_participant_who_reaches_the_bound():
    for shares in product((0.2, 1.0), repeat=5):
        exact = [exact_e([Fraction(share).limit_denominator(10) for share in shares[: n + 1]]) for n in range(5)]
        result = e_process(shares, alpha=0.4)
        assert result.rejected_at == next((n + 1 for n, each in enumerate(exact) if each >= 2.5), None)
        assert result.p_value == pytest.approx(min(1.0, 1 / float(max(exact))))
        assert result.log_e.tolist() == pytest.approx([log(each) for each in exact])


def spent(time, alpha):
    return 2 * stats.norm.sf(stats.norm.isf(alpha / 2) / sqrt(time))


@pytest.mark.parametrize("alpha", [0.05, 0.025, 0.001])
@pytest.mark.parametrize("first", [0.2, 0.5, 0.8, 0.95])
def test_two_looks_spend_the_level_of_a_bivariate_normal_distribution(first, alpha):
    early, late = obrien_fleming_bounds([first, 1.0], alpha)
    assert stats.norm.sf(early) == pytest.approx(spent(first, alpha), rel=1e-9)
    correlation = sqrt(first)  # Of the z of the first part with that of the whole.

    def both_stay(z):
        return stats.norm.pdf(z) * stats.norm.cdf((late - correlation * z) / sqrt(1 - first))

    assert 1 - quad(both_stay, -12, early, epsabs=1e-14)[0] == pytest.approx(alpha, abs=1e-10)


def test_three_looks_spend_the_level_of_paths_that_are_followed_one_step_at_a_time():
    """Independent normal steps of the score, on a grid so fine that sums are integrals."""
    times, alpha, step = [0.3, 0.6, 1.0], 0.05, 0.004
    bounds, grid = obrien_fleming_bounds(times, alpha), np.arange(-8, 8, step)
    density, before, crossed = None, 0.0, 0.0
    for time, bound in zip(times, bounds, strict=True):
        if density is None:
            density = stats.norm.pdf(grid, scale=sqrt(time))
        else:
            moved = stats.norm.pdf(np.arange(-8, 8 + step / 2, step), scale=sqrt(time - before))
            density = fftconvolve(density, moved, mode="same") * step
        over = grid > bound * sqrt(time)
        crossed += density[over].sum() * step
        density, before = np.where(over, 0.0, density), time
        assert crossed == pytest.approx(spent(time, alpha), abs=2e-4)


def test_a_look_at_half_the_information_is_that_of_half_the_participants_whatever_comes_later():
    bounds = obrien_fleming_bounds([0.5, 0.7, 1.0], 0.025)
    assert bounds[0] == pytest.approx(stats.norm.isf(spent(0.5, 0.025)))
    assert bounds[:2] == pytest.approx(obrien_fleming_bounds([0.5, 0.7], 0.025))


def test_z_at_a_look_has_the_p_value_of_the_t_test_so_far():
    shares = [0.6, 0.9, 0.3, 0.7, 0.8, 0.4, 1.0, 0.6]
    for count, z in zip((2, 3, 5, 8), z_at_looks(shares, looks=[2, 3, 5, 8]), strict=True):
        expected = stats.ttest_1samp(shares[:count], 0.5, alternative="greater")
        assert stats.norm.sf(z) == pytest.approx(expected.pvalue, rel=1e-9)
        assert (z > 0) == (expected.statistic > 0)


def test_the_wealth_of_a_gambler_who_is_always_wrong_never_recovers():
    result = e_process([0.0] * 30, alpha=0.05)
    assert result.rejected_at is None
    assert result.p_value == 1
    assert (np.diff(result.log_e) < 0).all()
    assert result.log_e[0] == pytest.approx(log(HALF))
    assert exp(result.log_e[1]) == pytest.approx(float(sum((1 - stake / 2) ** 2 for stake in STAKES) / 99))
