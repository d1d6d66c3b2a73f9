"""Schedules of pairs: counted, for every number of methods and questions that a study may have."""

from collections import Counter
from itertools import combinations

import pytest

from evaluation.pairs.pairwise import connected
from evaluation.pairs.schedule import balanced_pairs

SIZES = [(methods, questions) for methods in (2, 3, 4, 5, 6, 7) for questions in (0, 1, 2, 5, 10, 15, 21, 30, 63)]


def spread(counts):
    return max(counts) - min(counts)


@pytest.mark.parametrize(("methods", "questions"), SIZES)
def test_pairs_methods_and_sides_are_balanced(methods, questions):
    names = "ABCDEFG"[:methods]
    pairs = list(combinations(names, 2))
    for seed in range(3):
        schedule = balanced_pairs(names, questions, seed)
        assert len(schedule) == questions
        shown = Counter(tuple(sorted(pair)) for pair in schedule)
        assert spread([shown[pair] for pair in pairs]) == (1 if questions % len(pairs) else 0)
        first, second = Counter(a for a, _ in schedule), Counter(b for _, b in schedule)
        assert all(abs(first[name] - second[name]) <= 1 for name in names)
        for side in (first, second):
            assert spread([side[name] for name in names]) <= 1
        order = Counter(schedule)
        assert all(abs(order[a, b] - order[b, a]) <= 1 for a, b in pairs)


def test_equal_seeds_give_equal_schedules_and_others_do_not():
    assert balanced_pairs("ABCD", 12, seed=5) == balanced_pairs("ABCD", 12, seed=5)
    schedules = {balanced_pairs("ABCD", 12, seed) for seed in range(20)}
    assert len(schedules) == 20


def test_over_seeds_every_method_takes_every_place():
    first = {balanced_pairs("ABCDE", 3, seed)[0] for seed in range(400)}
    assert len(first) == 20


def test_a_round_of_all_pairs_puts_all_methods_on_one_scale():
    first, second = zip(*balanced_pairs("ABCDE", 10, seed=0), strict=True)
    assert connected(first, second, ["tie"] * 10).one_scale


@pytest.mark.parametrize(("methods", "questions"), [(["A"], 3), (["A", "A"], 3), (["A", "B"], -1)])
def test_impossible_schedules_are_refused(methods, questions):
    with pytest.raises(ValueError, match=f"{questions=}"):
        balanced_pairs(methods, questions, seed=0)
