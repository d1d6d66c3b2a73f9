"""Several methods on one scale: published coefficients, a likelihood written out, and votes that allow no answer."""

from itertools import combinations
from math import exp, inf, log, nan, sqrt

import numpy as np
import pytest
from scipy import optimize

from evaluation.pairs import pairwise
from evaluation.pairs.davidson import maximum_likelihood
from evaluation.pairs.pairwise import bradley_terry, connected, intransitive_triples

# Stigler's citations: wins and losses of the first journal against the second.
CITATIONS = [
    ("Biometrika", "CommStat", 730, 33),
    ("Biometrika", "JASA", 498, 320),
    ("Biometrika", "JRSSB", 221, 284),
    ("CommStat", "JASA", 68, 813),
    ("CommStat", "JRSSB", 17, 276),
    ("JASA", "JRSSB", 142, 325),
]


def votes_of(table):
    """Columns first, second, outcome of a table with rows (first, second, wins, losses[, ties])."""
    rows = [
        (first, second, outcome)
        for first, second, *counts in table
        for outcome, count in zip(("first", "second", "tie"), counts, strict=False)
        for _ in range(count)
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def fit(table, *, participant=None, item=None, resamples=0, **options):
    votes = votes_of(table)
    count = len(votes[0])
    participant = range(count) if participant is None else participant
    return bradley_terry(*votes, participant, [0] * count if item is None else item, resamples=resamples, **options)


def simulated(strengths, *, nu=0.0, order=0.0, votes=4000, seed=1):
    """Table of votes drawn from the model of Davidson and Beaver, in both orders of each pair."""
    rng = np.random.default_rng(seed)
    table = []
    for one, other in combinations(strengths, 2):
        for first, second in ((one, other), (other, one)):
            a, b = exp(strengths[first]), exp(strengths[second] - order)
            weights = np.array([a, b, nu * sqrt(exp(strengths[first] + strengths[second]))])
            table.append((first, second, *(int(n) for n in rng.multinomial(votes, weights / weights.sum()))))
    return table


def values(result):
    return {name: estimate.value for name, estimate in result.log_strengths.items()}


def test_stiglers_citations_have_the_published_coefficients():
    result = fit(CITATIONS, reference="Biometrika")
    assert values(result) == pytest.approx(
        {"Biometrika": 0, "CommStat": -2.94907, "JASA": -0.47957, "JRSSB": 0.26895}, abs=5e-6
    )
    assert result.deviance == pytest.approx(4.29338, abs=5e-6)
    assert result.df == 3
    assert (result.tie, result.order_effect) == (None, None)
    assert result.votes == sum(wins + losses for *_, wins, losses in CITATIONS)


def test_another_reference_only_shifts_the_scale():
    first, other = (fit(CITATIONS, reference=name) for name in ("Biometrika", "JASA"))
    assert values(other)["JASA"] == 0
    shifted = {name: value + 0.47957 for name, value in values(first).items()}
    assert values(other) == pytest.approx(shifted, abs=1e-5)
    assert other.deviance == pytest.approx(first.deviance)
    assert other.preference == pytest.approx(first.preference)


def test_the_side_on_which_methods_stood_makes_no_difference_without_an_order_effect():
    turned = [(second, first, losses, wins) for first, second, wins, losses in CITATIONS]
    assert values(fit(turned, reference="JASA")) == pytest.approx(values(fit(CITATIONS, reference="JASA")))


def test_two_methods_with_ties_have_davidsons_closed_form():
    result = fit([("A", "B", 60, 30, 30)], reference="B")
    assert exp(result.log_strengths["A"].value) == pytest.approx(2)
    assert result.tie.value == pytest.approx(30 / sqrt(60 * 30))
    assert result.deviance == pytest.approx(0, abs=1e-9)
    assert result.df == 0
    assert result.preference == pytest.approx(np.array([[1 / (2 + sqrt(0.5)), 0.5], [0.25, 1 / (2 + sqrt(0.5))]]))


def test_two_methods_with_an_order_effect_have_a_closed_form():
    # A first: odds 4; B first: odds of B 1. So A's strength is sqrt(4 / 1) and the first has odds sqrt(4 * 1).
    result = fit([("A", "B", 80, 20), ("B", "A", 50, 50)], reference="B", order_effect=True)
    assert result.log_strengths["A"].value == pytest.approx(log(2))
    assert result.order_effect.value == pytest.approx(log(2))
    assert result.preference[0, 1] == pytest.approx((0.8 + 0.5) / 2)
    assert result.preference[1, 0] == pytest.approx((0.2 + 0.5) / 2)


def test_the_fit_is_the_maximum_of_the_likelihood_written_out():
    table = simulated({"A": 0.0, "B": 0.8, "C": -0.5}, nu=0.6, order=0.3, votes=60)
    names = {"A": None, "B": 0, "C": 1}

    def lost(parameters):
        strength = {name: 0.0 if at is None else parameters[at] for name, at in names.items()}
        total = 0.0
        for first, second, *counts in table:
            a, b = exp(strength[first]), exp(-parameters[3]) * exp(strength[second])
            tie = exp(parameters[2]) * sqrt(exp(strength[first]) * exp(strength[second]))
            total -= sum(n * log(w / (a + b + tie)) for n, w in zip(counts, (a, b, tie), strict=True))
        return total

    best = optimize.minimize(lost, np.zeros(4), tol=1e-10)
    result = fit(table, reference="A", order_effect=True)
    assert values(result) == pytest.approx({"A": 0, "B": best.x[0], "C": best.x[1]}, abs=1e-4)
    assert (log(result.tie.value), result.order_effect.value) == pytest.approx((best.x[2], best.x[3]), abs=1e-4)
    saturated = sum(n * log(n / sum(counts)) for _, _, *counts in table for n in counts)
    assert result.deviance == pytest.approx(2 * (best.fun + saturated), abs=1e-6)
    assert result.df == 6 * 2 - 4


def test_true_parameters_are_found_again():
    truth = {"A": 0.0, "B": 1.0, "C": -0.7, "D": 0.4}
    result = fit(simulated(truth, nu=0.5, order=-0.4, votes=5_000), reference="A", order_effect=True)
    assert values(result) == pytest.approx(truth, abs=0.07)
    assert result.tie.value == pytest.approx(0.5, abs=0.04)
    assert result.order_effect.value == pytest.approx(-0.4, abs=0.05)


def test_predicted_preferences_are_the_frequencies_of_a_balanced_study():
    table = simulated({"A": 0.0, "B": 1.0, "C": -0.7}, nu=0.5, order=0.6, votes=10_000)
    result = fit(table, reference="A", order_effect=True)
    for at, name in enumerate("ABC"):
        for against, other in enumerate("ABC"):
            if name != other:
                shown = {(row[0], row[1]): row for row in table}
                preferred = shown[name, other][2] + shown[other, name][3]
                assert result.preference[at, against] == pytest.approx(preferred / 20_000, abs=0.012)


def test_intervals_are_those_of_a_bootstrap_of_participants_and_items_by_hand():
    rng = np.random.default_rng(4)
    person, item = np.repeat(np.arange(12), 5), np.tile(np.arange(5), 12)
    won = rng.random(60) < 0.6
    outcome = np.where(won, "first", "second")
    result = bradley_terry(["A"] * 60, ["B"] * 60, outcome, person, item, reference="B", resamples=200, seed=9)
    by_hand = np.random.default_rng(9)
    logits = []
    for _ in range(200):
        people, items = by_hand.multinomial(12, [1 / 12] * 12), by_hand.multinomial(5, [0.2] * 5)
        weight = [people[s] * items[q] for s, q in zip(person, item, strict=True)]
        # Both outcomes get a hundredth of an answer.
        logits.append(log((np.dot(weight, won) + 0.01) / (np.dot(weight, ~won) + 0.01)))
    low, high = np.quantile(logits, [0.025, 0.975])
    interval = result.log_strengths["A"].interval
    assert (interval.low, interval.high, interval.confidence) == (
        pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9), 0.95
    )  # fmt: skip
    assert result.log_strengths["B"].interval is None


def test_heavy_voters_do_not_make_intervals_narrow():
    # Ten participants say the same thing twenty times: no more than ten opinions.
    table = [("A", "B", 120, 80)]
    alike = [person for person in range(10) for _ in range(20)]
    item = [vote % 20 for vote in range(200)]
    clustered = fit(table, participant=alike, item=item, resamples=300, reference="B")
    independent = fit(table, resamples=300, reference="B")
    widths = [r.log_strengths["A"].interval.high - r.log_strengths["A"].interval.low for r in (clustered, independent)]
    assert widths[0] > 3 * widths[1]


def test_intervals_of_ties_and_order_hold_the_estimates_and_follow_the_seed():
    table = simulated({"A": 0.0, "B": 0.6, "C": -0.4}, nu=0.5, order=0.3, votes=40)
    first, again, other = (
        fit(table, reference="A", order_effect=True, resamples=100, seed=seed, confidence=0.9) for seed in (1, 1, 2)
    )
    for estimate in (first.tie, first.order_effect, first.log_strengths["B"]):
        assert estimate.interval.low < estimate.value < estimate.interval.high
        assert estimate.interval.confidence == 0.9
    assert first.tie.interval.low > 0
    assert first.log_strengths == again.log_strengths
    assert first.tie.interval != other.tie.interval
    assert (first.participants, first.items) == (240, 1)


def test_one_participant_is_resampled_by_items_alone():
    votes = votes_of([("A", "B", 12, 8)])
    by_items = bradley_terry(*votes, ["Ann"] * 20, range(20), reference="B", resamples=50)
    assert by_items.log_strengths["A"].interval.low < log(1.5) < by_items.log_strengths["A"].interval.high
    nothing_to_resample = bradley_terry(*votes, ["Ann"] * 20, ["q"] * 20, reference="B", resamples=50)
    assert nothing_to_resample.log_strengths["A"].interval is None
    assert nothing_to_resample.log_strengths["A"].value == pytest.approx(log(1.5))


def test_share_of_exactly_one_half_is_strength_zero():
    result = fit([("A", "B", 20, 20, 5)], reference="A")
    assert result.log_strengths["B"].value == pytest.approx(0, abs=1e-12)
    assert (result.preference[0, 1], result.preference[1, 0]) == pytest.approx((20 / 45, 20 / 45))


def test_a_method_that_rarely_wins_gets_an_interval_without_a_lower_end():
    result = fit([("A", "B", 40, 1), ("A", "C", 22, 20), ("B", "C", 0, 40)], reference="A", resamples=200)
    assert result.log_strengths["B"].interval.low < -8
    assert np.isfinite(result.log_strengths["B"].value)


def test_a_method_that_never_wins_is_refused_by_name():
    table = [("A", "B", 10, 12), ("A", "C", 9, 0), ("C", "B", 0, 7)]
    with pytest.raises(ValueError, match=r"in both directions: A, B \| C; .*penalty"):
        fit(table, reference="A")


def test_a_fit_that_does_not_converge_is_an_error_and_no_estimate(monkeypatch):
    monkeypatch.setattr(pairwise, "maximum_likelihood", lambda counts, *rest: maximum_likelihood(counts * nan, *rest))
    with pytest.raises(ArithmeticError, match=r"did not converge.*; set a penalty"):
        fit([("A", "B", 10, 12)], reference="A")


def test_schedules_are_imported_from_their_own_place():
    assert not hasattr(pairwise, "balanced_pairs")
    assert all(getattr(pairwise, name).__module__ == "evaluation.pairs.pairwise" for name in pairwise.__all__)


def test_a_penalty_makes_a_method_that_never_wins_finite_and_is_stated():
    table = [("A", "B", 10, 12), ("A", "C", 9, 0), ("C", "B", 0, 7)]
    result = fit(table, reference="A", penalty=0.5, resamples=20)
    assert -8 < result.log_strengths["C"].value < -2
    assert result.penalty == 0.5
    stronger = fit(table, reference="A", penalty=5.0)
    assert stronger.log_strengths["C"].value > result.log_strengths["C"].value


def test_a_penalty_adds_answers_spread_over_the_outcomes():
    # Two methods, two outcomes: half of the added answers to each.
    assert fit([("A", "B", 7, 0)], reference="B", penalty=1.0).log_strengths["A"].value == pytest.approx(log(7.5 / 0.5))
    tied = fit([("A", "B", 7, 0, 2)], reference="B", penalty=3.0)
    assert exp(tied.log_strengths["A"].value) == pytest.approx(8 / 1)
    assert tied.tie.value == pytest.approx(3 / sqrt(8 * 1))


def test_groups_that_never_met_are_refused_by_name():
    table = [("A", "B", 5, 5), ("C", "D", 4, 6)]
    with pytest.raises(ValueError, match=r"A, B \| C, D"):
        fit(table, reference="A")
    result = fit(table, reference="A", penalty=0.5)
    assert result.df == 0
    assert all(np.isfinite(value) for value in values(result).values())


def test_all_ties_are_refused_and_with_a_penalty_equal():
    table = [("A", "B", 0, 0, 12), ("B", "C", 0, 0, 9), ("A", "C", 0, 0, 9)]
    with pytest.raises(ValueError, match="infinite"):
        fit(table, reference="A")
    result = fit(table, reference="A", penalty=0.3, resamples=20)
    assert values(result) == pytest.approx({"A": 0, "B": 0, "C": 0}, abs=1e-9)
    assert result.tie.value > 10


def test_ties_without_a_win_leave_two_methods_infinitely_far_apart():
    with pytest.raises(ValueError, match="infinite"):
        fit([("A", "B", 10, 0, 5)], reference="A")


def test_ties_can_link_a_method_that_never_wins():
    # The votes between A and B say how common ties are, so C's ties against B say how weak it is.
    result = fit([("A", "B", 20, 20, 10), ("B", "C", 15, 0, 5)], reference="B")
    assert -4 < result.log_strengths["C"].value < -1


def test_an_order_effect_that_was_not_varied_is_refused():
    with pytest.raises(ValueError, match="both orders"):
        fit([("A", "B", 30, 20)], reference="B", order_effect=True)


def test_votes_that_always_go_to_the_first_are_refused_with_an_order_effect():
    table = [("A", "B", 30, 0), ("B", "A", 30, 0)]
    with pytest.raises(ValueError, match="infinite"):
        fit(table, reference="B", order_effect=True)
    assert fit(table, reference="B").log_strengths["A"].value == pytest.approx(0)
    assert fit(table, reference="B", order_effect=True, penalty=0.5).order_effect.value > 3


def test_connected_groups():
    assert connected(*votes_of(CITATIONS)).one_scale
    never_wins = connected(*votes_of([("A", "B", 1, 1), ("B", "C", 3, 0), ("A", "D", 0, 1)]))
    assert never_wins.groups == (("A", "B"), ("C",), ("D",))
    assert not never_wins.one_scale
    circle = connected(*votes_of([("A", "B", 1, 0), ("B", "C", 1, 0), ("C", "A", 1, 0)]))
    assert circle.groups == (("A", "B", "C"),)
    assert connected(["A"], ["B"], ["tie"]).one_scale


def test_intransitive_triples_are_found_once_and_in_their_order():
    table = [
        ("A", "B", 6, 4),
        ("B", "C", 7, 3),
        ("C", "A", 5, 3, 2),
        ("A", "D", 9, 1),
        ("B", "D", 9, 1),
        ("C", "D", 9, 1),
    ]
    (triple,) = intransitive_triples(*votes_of(table))
    assert triple.methods == ("A", "B", "C")
    assert triple.shares == pytest.approx((0.6, 0.7, 0.6))
    reverse = [(second, first, *counts) for first, second, *counts in table]
    assert intransitive_triples(*votes_of(reverse))[0].methods == ("A", "C", "B")


def test_majorities_of_a_scale_and_equal_votes_are_no_circle():
    assert intransitive_triples(*votes_of(CITATIONS)) == ()
    assert intransitive_triples(*votes_of([("A", "B", 6, 4), ("B", "C", 7, 3), ("C", "A", 5, 5)])) == ()
    assert intransitive_triples(["A", "B"], ["B", "C"], ["tie", "tie"]) == ()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ((["A"], ["A"], ["first"]), "vote 0 compares 'A' with itself"),
        (
            (["A", "A"], ["B", "B"], ["first", "left"]),
            "vote 1: the outcome must be one of first, second, tie, got 'left'",
        ),
        ((["A", "A"], ["B"], ["first"]), "got 2, 1, 1"),
        (([], [], []), "no votes"),
    ],
)
def test_votes_that_cannot_be_read_are_refused(columns, message):
    for function in (connected, intransitive_triples):
        with pytest.raises(ValueError, match=message):
            function(*columns)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reference": "E"}, "reference 'E' is none of the methods A, B"),
        ({"penalty": -0.1}, r"penalty=-0\.1"),
        ({"penalty": inf}, "penalty=inf"),
        ({"resamples": -1}, "resamples=-1"),
        ({"confidence": 1.0}, r"confidence=1\.0"),
        ({"participant": [1]}, "got 1 of one for 6 votes"),
        ({"item": [1] * 7}, "got 7 of one for 6 votes"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        fit([("A", "B", 3, 3)], **{"reference": "A"} | options)
