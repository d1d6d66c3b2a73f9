"""Descriptions of answers, against sums over all that people could have answered and exact fractions."""

from collections import Counter
from fractions import Fraction
from itertools import groupby, product
from math import comb, isnan, log, sqrt

import numpy as np
import pytest

from evaluation.votes.bootstrap import pigeonhole_bootstrap
from evaluation.votes.clustered import clustered_logit
from evaluation.votes.participant_shares import participant_shares
from evaluation.votes.response_quality import longest_runs, one_sided_participants, order_effect, run_chance, side_bias
from evaluation.votes.response_times import BINS_PER_DECADE, TOO_FAST_MS, response_times
from evaluation.votes.sequential import group_sequential


def tables(people, items):
    return [np.array(answers).reshape(people, items) for answers in product((0, 1), repeat=people * items)]


def expected_counts(table):
    """Participants by their number of answers for the method, were all alike: summed over all ways to answer."""
    people, items = table.shape
    shares = [Fraction(int(column.sum()), people) for column in table.T]
    expected = [Fraction(0)] * (items + 1)
    for answers in product((0, 1), repeat=items):
        chance = Fraction(1)
        for answer, share in zip(answers, shares, strict=True):
            chance *= share if answer else 1 - share
        expected[sum(answers)] += people * chance
    return expected


@pytest.mark.parametrize(("people", "items"), [(2, 2), (2, 3), (3, 2), (4, 2), (3, 3)])
def test_counts_and_spread_of_every_small_table_are_those_of_exact_fractions(people, items):
    for table in tables(people, items)[:: 1 if people * items < 8 else 7]:
        found, sums = participant_shares(table), table.sum(axis=1).tolist()
        assert [each.votes_for for each in found.counts] == list(range(items + 1))
        assert [each.participants for each in found.counts] == [sums.count(number) for number in range(items + 1)]
        assert [each.expected for each in found.counts] == pytest.approx(
            [float(each) for each in expected_counts(table)]
        )
        shares = [Fraction(each, items) for each in sums]
        middle = sum(shares) / people
        variance = sum((share - middle) ** 2 for share in shares) / (people - 1)
        assert found.sd == pytest.approx(sqrt(variance), abs=1e-15)
        columns = [Fraction(int(column.sum()), people) for column in table.T]
        alike = sum(p * (1 - p) for p in columns) * Fraction(people, people - 1) / items**2
        assert found.sd_if_alike == pytest.approx(sqrt(alike), abs=1e-15)
        assert (found.above_half, found.at_half) == (
            sum(2 * each > items for each in sums),
            sum(2 * each == items for each in sums),
        )
        assert (found.lowest, found.highest) == (float(min(shares)), float(max(shares)))


def test_quartiles_lie_between_the_shares_as_the_usual_rule_has_it():
    """Of five shares the second, third and fourth; of four, a quarter of the way on."""
    five = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]])
    found = participant_shares(five[[3, 0, 4, 2, 1]])
    assert (found.lower_quartile, found.median, found.upper_quartile) == (0.25, 0.5, 0.75)
    found = participant_shares(five[:4])
    assert (found.lower_quartile, found.median, found.upper_quartile) == (0.1875, 0.375, 0.5625)


@pytest.mark.parametrize("table", [[[1, 0], [0, 1]], [[1, 1, 0], [0, 1, 0]], [[1, 0], [1, 1], [0, 1]]])
def test_the_bootstrap_is_that_of_every_way_to_draw(table):
    answers = np.array(table)
    people, items = answers.shape
    means = [
        answers[np.ix_(rows, columns)].mean()
        for rows in product(range(people), repeat=people)
        for columns in product(range(items), repeat=items)
    ]
    found = pigeonhole_bootstrap(table, draws=20_000, seed=3)
    # A standard deviation of 20,000 draws errs by half a per cent.
    assert found.se == pytest.approx(np.std(means), rel=0.025)
    assert found.interval.low == pytest.approx(np.quantile(means, 0.025), abs=1e-12)
    assert found.interval.high == pytest.approx(np.quantile(means, 0.975), abs=1e-12)


def exact_slope(people, items, places, chose):
    """Least squares with an intercept for each question, in fractions."""
    by_item = {item: [row for row, each in enumerate(items) if each == item] for item in set(items)}
    centred_place, centred_answer = {}, {}
    for rows in by_item.values():
        middle = Fraction(sum(places[row] for row in rows), len(rows))
        share = Fraction(sum(chose[row] for row in rows), len(rows))
        for row in rows:
            centred_place[row], centred_answer[row] = places[row] - middle, chose[row] - share
    spread = sum(each**2 for each in centred_place.values())
    slope = sum(centred_place[row] * centred_answer[row] for row in centred_place) / spread
    scores = Counter()
    for row, place in centred_place.items():
        scores[people[row]] += place * (centred_answer[row] - slope * place)
    crowd, count = len(set(people)), len(places)
    correction = Fraction(crowd, crowd - 1) * Fraction(count - 1, count - len(by_item) - 1)
    return slope, correction * sum(score**2 for score in scores.values()) / spread**2


def test_order_effects_of_all_answers_to_a_small_design_are_those_of_exact_fractions():
    people, items, places = [0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 1, 2] * 3, [1, 2, 3, 2, 3, 1, 3, 2, 1]
    for chose in list(product((0, 1), repeat=9))[::7]:
        slope, variance = exact_slope(people, items, places, chose)
        found = order_effect(people, items, places, chose)
        assert found.slope == pytest.approx(float(slope), abs=1e-12)
        if variance == 0:
            assert isnan(found.t)
            continue
        assert found.se == pytest.approx(sqrt(variance))
        assert found.t == pytest.approx(float(slope) / sqrt(variance), abs=1e-9)
        assert (found.df, found.participants, found.answers) == (2, 3, 9)


@pytest.mark.parametrize("answers", [1, 2, 3, 6, 9, 12])
def test_expected_flags_are_counted_over_all_ways_to_choose_sides(answers):
    sequences = [sum(sides) for sides in product((0, 1), repeat=answers)]
    flagged = [abs(left - Fraction(answers, 2)) >= Fraction(answers, 3) for left in sequences]
    names = [str(place) for place in range(len(sequences))]
    found = one_sided_participants(names, sequences, [answers] * len(sequences))
    assert found.flagged == tuple(name for name, each in zip(names, flagged, strict=True) if each)
    assert found.expected == pytest.approx(sum(flagged))  # As many as there are ways, each as likely as any other.


def longest_run(sides):
    return max(len(list(run)) for _, run in groupby(sides))


@pytest.mark.parametrize("tosses", [1, 2, 5, 9])
def test_the_chances_of_all_lengths_of_a_run_are_counted_over_all_sequences(tosses):
    longest = [longest_run(sides) for sides in product((0, 1), repeat=tosses)]
    for length in range(1, tosses + 2):
        assert run_chance(length, tosses) == sum(each >= length for each in longest) / 2**tosses


@pytest.mark.parametrize(("one", "other"), [(2, 3), (4, 4), (1, 5)])
def test_the_chance_of_a_run_among_two_people_is_counted_over_both(one, other):
    pairs = [
        max(longest_run(a), longest_run(b))
        for a in product((0, 1), repeat=one)
        for b in product((0, 1), repeat=other)
    ]  # fmt: skip
    participant, position = ["a"] * one + ["b"] * other, [*range(one), *range(other)]
    for sides in list(product((0, 1), repeat=one + other))[::3]:
        found = longest_runs(participant, position, sides)
        own = [longest_run(sides[:one]), longest_run(sides[one:])]
        assert (found.longest, found.median) == (max(own), sum(own) / 2)
        assert found.chance == pytest.approx(sum(each >= max(own) for each in pairs) / len(pairs))


@pytest.mark.parametrize(("people", "items"), [(2, 2), (3, 2)])
def test_sides_of_every_small_table_are_counted(people, items):
    for table in tables(people, items):
        found = side_bias(table)
        left, votes = int(table.sum()), people * items
        assert (found.chose_left, found.votes, found.share) == (left, votes, left / votes)
        at_least_as_far = sum(comb(votes, k) for k in range(votes + 1) if abs(2 * k - votes) >= abs(2 * left - votes))
        assert found.independent.p_value_two_sided == pytest.approx(at_least_as_far / 2**votes)


def clustered_variance(table, groups):
    """Of the logit of a share: sums of residuals within clusters, with the usual correction."""
    answers, p = table.ravel(), Fraction(int(table.sum()), table.size)
    names = sorted(set(groups))
    sums = [sum(int(each) - p for each, group in zip(answers, groups, strict=True) if group == name) for name in names]
    correction = Fraction(len(names), len(names) - 1)
    return correction * sum(each**2 for each in sums) / (table.size * p * (1 - p)) ** 2


@pytest.mark.parametrize(("people", "items"), [(3, 2), (2, 4)])
def test_the_clustered_logit_of_a_share_has_the_variances_of_exact_fractions(people, items):
    persons, questions = ([int(each) for each in axis.ravel()] for axis in np.indices((people, items)))
    for table in tables(people, items)[:: 3 if people * items > 6 else 1]:
        p = Fraction(int(table.sum()), table.size)
        found = clustered_logit(persons, questions, table.ravel())
        if p in (0, 1):
            assert not found.estimable
            continue
        by_person, by_question = clustered_variance(table, persons), clustered_variance(table, questions)
        by_answer = clustered_variance(table, list(range(table.size)))
        independent = 1 / (table.size * p * (1 - p))
        assert found.intercept.estimate == pytest.approx(log(p / (1 - p)), abs=1e-7)
        assert found.probability == pytest.approx(float(p), abs=1e-8)
        assert found.by_participant.se**2 == pytest.approx(float(by_person), rel=1e-3, abs=1e-6) or isnan(
            found.by_participant.se
        )
        assert found.by_question.se**2 == pytest.approx(float(by_question), rel=1e-3, abs=1e-6) or isnan(
            found.by_question.se
        )
        # The fit ends where the deviance changes by less than 1e-8, which leaves a variance four digits or more.
        assert found.se_independent**2 == pytest.approx(float(independent), rel=1e-4)
        both = max(by_person + by_question - by_answer, by_person, by_question, independent)
        assert found.intercept.se**2 == pytest.approx(float(both), rel=1e-3)


@pytest.mark.parametrize("times", [[100], [299, 300], [5, 50, 500, 5000], [0, 0.5, 1, 1.5], [1000, 1259, 1258, 10_000]])
def test_every_time_lies_in_its_bar_and_bars_touch(times):
    names = [str(place) for place in range(len(times))]
    found = response_times(times, names)
    for bar in found.histogram:
        inside = [each for each in times if bar.from_ms <= max(each, 1) < bar.to_ms]
        assert bar.answers == bar.participants == len(inside)
        assert bar.to_ms == pytest.approx(bar.from_ms * 10 ** (1 / BINS_PER_DECADE))
    assert sum(bar.answers for bar in found.histogram) == len(times)
    assert found.histogram[0].answers > 0
    assert found.histogram[-1].answers > 0
    assert found.too_fast == sum(each < TOO_FAST_MS for each in times)
    assert (found.answers, found.unknown) == (len(times), 0)


def test_a_participant_counts_with_the_median_and_an_answer_with_itself():
    found = response_times([100, 200, 900, 5000, 7000], ["a", "a", "a", "b", "b"])
    assert (found.fastest_participant_ms, found.slowest_participant_ms) == (200, 6000)
    people = [(bar.from_ms <= 200 < bar.to_ms) or (bar.from_ms <= 6000 < bar.to_ms) for bar in found.histogram]
    assert [bar.participants for bar in found.histogram] == [int(each) for each in people]


@pytest.mark.parametrize("alpha", [0.2, 0.05])
def test_the_repeated_bound_lies_above_one_half_exactly_where_a_look_rejects(alpha):
    rng = np.random.default_rng(12)
    rejected = 0
    for _ in range(25):
        shares = rng.binomial(10, 0.58, 24) / 10
        result = group_sequential(shares, looks=[8, 16, 24, 32], alpha=alpha)
        for look in result.looks[:3]:
            assert (look.lower > 0.5) == look.rejects
            assert look.mean == pytest.approx(shares[: look.participants].mean())
            assert look.information == look.participants / 32
        assert (result.looks[3].z, result.looks[3].mean, result.looks[3].lower) == (None, None, None)
        assert not result.looks[3].rejects
        first = next((look for look in result.looks if look.rejects), None)
        assert result.rejected_at is first
        rejected += first is not None
    assert 0 < rejected < 25


def test_equal_shares_are_not_tested_at_a_look():
    result = group_sequential([0.7] * 10, looks=[5, 10], alpha=0.05)
    assert all(isnan(look.z) and isnan(look.lower) and not look.rejects for look in result.looks)
    assert [look.mean for look in result.looks] == pytest.approx([0.7, 0.7])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shares": [[0.5, 0.6]], "looks": [2]}, r"need one share per participant, got shape \(1, 2\)"),
        ({"shares": [0.5, 1.2], "looks": [2]}, "every participant's share must lie between 0 and 1, got 1.2"),
        ({"shares": [0.5, -0.1], "looks": [2]}, "between 0 and 1, got -0.1"),
        ({"shares": [0.5, np.nan], "looks": [2]}, "between 0 and 1, got nan"),
        ({"shares": [0.5] * 4, "looks": [1, 3]}, r"that increase from at least 2, got \[1, 3\]"),
        ({"shares": [0.5] * 4, "looks": [3, 3]}, r"that increase from at least 2, got \[3, 3\]"),
        ({"shares": [0.5] * 4, "looks": []}, r"that increase from at least 2, got \[\]"),
        ({"shares": [0.5] * 4, "looks": [2], "planned": 1}, "need a plan of at least 2 participants, got planned=1"),
        ({"shares": [0.5] * 4, "looks": [2], "alpha": 0.5}, "need 0 < alpha < 1/2, got alpha=0.5"),
    ],
)
def test_looks_that_cannot_be_are_refused_with_the_value(options, message):
    with pytest.raises(ValueError, match=message):
        group_sequential(**options)
