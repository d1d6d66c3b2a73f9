"""Scales of methods and schedules of pairs: what must not matter does not, and sums are those of the definitions."""

from collections import Counter
from itertools import combinations, permutations, product
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.pairs.davidson import determined, deviance, finite, make_design, maximum_likelihood, probabilities
from evaluation.pairs.pairwise import bradley_terry, connected, intransitive_triples
from evaluation.pairs.schedule import balanced_pairs

few = settings(max_examples=12, deadline=None)
OUTCOMES = ("first", "second", "tie")


def votes(seed, methods="ABC", count=60, ties=True):
    """Votes in which every method wins and loses against every other."""
    rng = np.random.default_rng(seed)
    sure = [(one, other, outcome) for one, other in permutations(methods, 2) for outcome in OUTCOMES[: 2 + ties]]
    more = [
        (*rng.choice(list(methods), 2, replace=False).tolist(), OUTCOMES[rng.integers(0, 2 + ties)])
        for _ in range(count)
    ]
    return [list(column) for column in zip(*sure, *more, strict=True)]


def fit(columns, reference="A", **options):
    count = len(columns[0])
    return bradley_terry(*columns, range(count), [0] * count, reference=reference, resamples=0, **options)


def strengths(result):
    return {name: estimate.value for name, estimate in result.log_strengths.items()}


@few
@given(st.integers(0, 999))
def test_the_order_of_votes_does_not_matter(seed):
    columns = votes(seed)
    order = np.random.default_rng(seed).permutation(len(columns[0]))
    one, other = fit(columns), fit([[column[place] for place in order] for column in columns])
    assert strengths(other) == pytest.approx(strengths(one), abs=1e-9)
    assert (other.tie.value, other.deviance) == pytest.approx((one.tie.value, one.deviance), abs=1e-9)


@few
@given(seed=st.integers(0, 999), order_effect=st.booleans())
def test_names_are_names(seed, order_effect):
    columns, names = votes(seed), {"A": "zebra", "B": "ape", "C": "mole"}
    renamed = [[names.get(text, text) for text in column] for column in columns]
    one = fit(columns, order_effect=order_effect)
    other = fit(renamed, reference="zebra", order_effect=order_effect)
    assert {names[name]: value for name, value in strengths(one).items()} == pytest.approx(strengths(other), abs=1e-8)
    assert list(other.log_strengths) == ["ape", "mole", "zebra"]


@few
@given(st.integers(0, 999))
def test_sides_exchanged_turn_the_order_effect_and_nothing_else(seed):
    first, second, outcome = votes(seed)
    turned = [second, first, [{"first": "second", "second": "first"}.get(each, each) for each in outcome]]
    one, other = (fit(columns, order_effect=True) for columns in ([first, second, outcome], turned))
    assert strengths(other) == pytest.approx(strengths(one), abs=1e-8)
    assert other.order_effect.value == pytest.approx(-one.order_effect.value, abs=1e-8)
    assert other.deviance == pytest.approx(one.deviance, abs=1e-8)
    assert other.preference == pytest.approx(one.preference, abs=1e-8)
    # nu is the weight of a tie where that of the first method is its strength: the other one is first now.
    assert other.tie.value == pytest.approx(one.tie.value * exp(one.order_effect.value), abs=1e-8)


@few
@given(st.integers(0, 999))
def test_every_vote_twice_changes_no_estimate_and_doubles_the_deviance(seed):
    columns = votes(seed)
    one, twice = fit(columns), fit([column * 2 for column in columns])
    assert strengths(twice) == pytest.approx(strengths(one), abs=1e-8)
    assert twice.deviance == pytest.approx(2 * one.deviance, abs=1e-7)
    assert (twice.votes, twice.participants, twice.df) == (2 * one.votes, 2 * one.participants, one.df)


@few
@given(seed=st.integers(0, 999), ties=st.booleans())
def test_winners_and_losers_exchanged_turn_the_scale(seed, ties):
    first, second, outcome = votes(seed, ties=ties)
    lost = [{"first": "second", "second": "first"}.get(each, each) for each in outcome]
    one, other = fit([first, second, outcome]), fit([first, second, lost])
    assert strengths(other) == pytest.approx({name: -value for name, value in strengths(one).items()}, abs=1e-8)
    assert (one.tie is None) is not ties


@few
@given(seed=st.integers(0, 999), ties=st.booleans())
def test_preferences_and_ties_of_each_pair_sum_to_one(seed, ties):
    result = fit(votes(seed, ties=ties))
    shares, nu = result.preference, result.tie.value if ties else 0.0
    weights = [exp(value) for value in strengths(result).values()]
    for one, other in product(range(3), repeat=2):
        tie = nu * (weights[one] * weights[other]) ** 0.5
        total = weights[one] + weights[other] + tie
        assert shares[one, other] == pytest.approx(weights[one] / total)
        assert shares[one, other] + shares[other, one] + tie / total == pytest.approx(1)


def test_a_penalty_draws_strengths_together_and_makes_any_votes_estimable():
    never_beaten = [["A"] * 9, ["B"] * 9, ["first"] * 9]
    with pytest.raises(ValueError, match=r"wins do not link these groups of methods in both directions: A \| B"):
        fit(never_beaten)
    found = [-strengths(fit(never_beaten, penalty=penalty))["B"] for penalty in (0.01, 0.5, 2.0, 1000.0)]
    assert found == sorted(found, reverse=True)
    # Half an answer on either side: odds of 9.5 to 0.5, and so on.
    assert found == pytest.approx([log((9 + p / 2) / (p / 2)) for p in (0.01, 0.5, 2.0, 1000.0)], abs=1e-8)


@pytest.mark.parametrize("resamples", [30, 60])
def test_intervals_hold_the_estimate_and_narrow_with_less_confidence(resamples):
    columns = votes(7, count=120)
    count = len(columns[0])
    people, items = [place % 12 for place in range(count)], [place % 7 for place in range(count)]
    wide, narrow = (
        bradley_terry(*columns, people, items, reference="A", resamples=resamples, confidence=confidence, seed=3)
        for confidence in (0.95, 0.5)
    )
    for name in "BC":
        outer, inner = wide.log_strengths[name].interval, narrow.log_strengths[name].interval
        assert outer.low <= inner.low <= inner.high <= outer.high
        assert outer.low < wide.log_strengths[name].value < outer.high
        assert (outer.confidence, inner.confidence) == (0.95, 0.5)
    assert wide.log_strengths["A"].interval is None
    assert wide.tie.interval.low > 0


def win_graph(first, second, outcome):
    won = set()
    for one, other, result in zip(first, second, outcome, strict=True):
        if result != "second":
            won.add((one, other))
        if result != "first":
            won.add((other, one))
    return won


def reachable(won, start):
    seen, waiting = {start}, [start]
    while waiting:
        at = waiting.pop()
        for one, other in won:
            if one == at and other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


@few
@given(
    st.lists(
        st.tuples(st.sampled_from(list(permutations("ABCD", 2))), st.sampled_from(OUTCOMES)), min_size=1, max_size=9
    )
)
def test_groups_are_of_methods_that_reach_one_another_over_wins(rows):
    columns = [[pair[0] for pair, _ in rows], [pair[1] for pair, _ in rows], [outcome for _, outcome in rows]]
    won, methods = win_graph(*columns), sorted({*columns[0], *columns[1]})
    groups = {
        tuple(each for each in methods if each in reachable(won, name) and name in reachable(won, each))
        for name in methods
    }
    found = connected(*columns)
    assert set(found.groups) == groups
    assert found.one_scale is (len(groups) == 1)
    if found.one_scale and "tie" not in columns[2]:
        assert all(np.isfinite(list(strengths(fit(columns, reference=methods[0])).values())))


@few
@given(st.integers(0, 9999))
def test_circles_are_those_of_the_majorities(seed):
    rng = np.random.default_rng(seed)
    rows = [(one, other, OUTCOMES[rng.integers(0, 3)]) for one, other in combinations("ABCDE", 2) for _ in range(3)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    score = Counter()
    for one, other, outcome in rows:
        score[one, other] += {"first": 1.0, "second": 0.0, "tie": 0.5}[outcome]
        score[other, one] += {"first": 0.0, "second": 1.0, "tie": 0.5}[outcome]
    expected = {
        (a, b, c)
        for a, b, c in permutations("ABCDE", 3)
        if a == min(a, b, c) and all(score[x, y] > score[y, x] for x, y in ((a, b), (b, c), (c, a)))
    }
    found = intransitive_triples(*columns)
    assert {triple.methods for triple in found} == expected
    for triple in found:
        a, b, c = triple.methods
        assert triple.shares == pytest.approx([score[a, b] / 3, score[b, c] / 3, score[c, a] / 3])


@pytest.mark.parametrize("methods", [2, 3, 4])
@pytest.mark.parametrize("order", [False, True])
@pytest.mark.parametrize("ties", [False, True])
def test_a_design_has_a_cell_per_pair_and_a_parameter_per_method_but_one(methods, ties, order):
    design = make_design(methods, methods - 1, ties=ties, order=order)
    pairs = list(combinations(range(methods), 2))
    assert design.pairs.tolist() == [list(each) for each in pairs + [each[::-1] for each in pairs] * order]
    assert design.weights.shape == (len(pairs) * (1 + order), 2 + ties, methods - 1 + ties + order)
    chance = probabilities(np.zeros((1, design.weights.shape[2])), design)
    assert chance == pytest.approx(np.full(chance.shape, 1 / (2 + ties)))  # equal methods, ties as likely as wins


def test_outcomes_have_the_weights_of_davidson_and_beaver():
    design = make_design(3, 0, ties=True, order=True)
    strength, nu, odds = [1.0, 2.0, 0.7], 0.4, 1.3
    parameters = np.log([[strength[1], strength[2], nu, odds]])
    for cell, (first, second) in enumerate(design.pairs):
        weights = np.array([strength[first], strength[second] / odds, nu * (strength[first] * strength[second]) ** 0.5])
        # The order effect divides the weight of the second of two methods.
        assert probabilities(parameters, design)[0, cell] == pytest.approx(weights / weights.sum())


def test_the_deviance_is_none_for_observed_frequencies_and_counts_empty_cells_as_nothing():
    counts = np.array([[6.0, 3.0, 1.0], [0.0, 0.0, 0.0], [0.0, 5.0, 5.0]])
    observed = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    assert deviance(counts, np.where(observed > 0, observed, 0.1)) == pytest.approx(
        deviance(counts, np.maximum(observed, 1e-300)), abs=1e-9
    )
    half = np.full((1, 2), 0.5)
    assert deviance(np.array([[10.0, 0.0]]), half) == pytest.approx(20 * log(2))
    assert deviance(np.array([[5.0, 5.0]]), half) == pytest.approx(0)


def test_votes_for_the_first_only_in_one_order_tell_no_order_effect():
    design = make_design(3, 0, ties=False, order=True)
    one_way = np.array([[5.0, 3.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [4.0, 4.0], [0.0, 0.0]])
    assert not determined(one_way, design)
    assert determined(one_way + 1, design)
    assert finite(one_way + 1, design)


def test_equal_counts_are_equal_methods():
    design = make_design(4, 2, ties=True, order=False)
    found = maximum_likelihood(np.full((2, 6, 3), 7.0), design, np.full(4, 0.3))
    assert found == pytest.approx(np.zeros((2, 4)), abs=1e-9)


@few
@given(methods=st.integers(2, 7), questions=st.integers(0, 60), seed=st.integers(0, 10**9))
def test_schedules_of_any_size_show_all_and_balance_everything(methods, questions, seed):
    names = [f"m{number}" for number in range(methods)]
    schedule = balanced_pairs(names, questions, seed)
    shown = Counter(name for pair in schedule for name in pair)
    assert sum(shown.values()) == 2 * questions
    assert max(shown[name] for name in names) - min(shown[name] for name in names) <= 1 + (methods > 2)
    for name in names:
        first = sum(pair[0] == name for pair in schedule)
        assert abs(2 * first - shown[name]) <= 1
    assert all(one != other for one, other in schedule)
