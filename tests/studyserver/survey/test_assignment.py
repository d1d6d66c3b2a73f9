"""Counterbalancing is exact, whoever leaves."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyserver.survey.assignment import derive_seed, plan_participation, plan_section

TEN = range(10)


def balances_of(plans, questions):
    """Times left minus times right, counted the slow, obvious way."""
    return {
        question: sum(1 if trial.ours_left else -1 for plan in plans for trial in plan if trial.question == question)
        for question in questions
    }


def arrive(plans, questions, random):
    plans.append(plan_section(balances_of(plans, questions), random))


@given(st.integers(0, 2**32), st.lists(st.integers(-9, 9), min_size=10, max_size=10))
def test_each_condition_stands_left_in_five_of_ten_whatever_came_before(seed, before):
    plan = plan_section(dict(zip(TEN, before, strict=True)), Random(seed))
    assert sorted(trial.question for trial in plan) == list(TEN)
    assert sum(trial.ours_left for trial in plan) == 5


@given(st.integers(0, 2**32), st.integers(1, 31), st.integers(2, 11))
def test_sides_of_a_question_differ_by_at_most_one_at_every_arrival(seed, participants, questions):
    random, plans = Random(seed), []
    for arrived in range(1, participants + 1):
        arrive(plans, range(questions), random)
        assert {abs(balance) for balance in balances_of(plans, range(questions)).values()} == {arrived % 2}


@given(st.integers(0, 2**32), st.integers(1, 24), st.sampled_from([4, 5, 10]), st.data())
def test_after_drop_outs_as_many_arrivals_restore_the_balance(seed, participants, questions, data):
    random, plans = Random(seed), []
    for _ in range(participants):
        arrive(plans, range(questions), random)
    gone = data.draw(st.sets(st.integers(0, participants - 1)))
    plans = [plan for number, plan in enumerate(plans) if number not in gone]
    for _ in gone:
        arrive(plans, range(questions), random)
    for _ in range(3):  # And it stays restored.
        assert max(map(abs, balances_of(plans, range(questions)).values())) <= 1
        arrive(plans, range(questions), random)


@given(st.integers(0, 2**32), st.lists(st.booleans(), max_size=60))
def test_people_coming_and_going_never_leave_more_than_the_unpaired(seed, leaves):
    random, plans, unpaired = Random(seed), [], 0
    for someone_leaves in leaves:
        if someone_leaves and plans:
            plans.pop(random.randrange(len(plans)))
            unpaired += 1
        else:
            arrive(plans, TEN, random)
            unpaired = max(unpaired - 1, 0)
        assert max(map(abs, balances_of(plans, TEN).values()), default=0) <= unpaired + 1


@pytest.mark.parametrize("before", [-1, 1])
def test_an_odd_number_of_questions_gives_the_extra_left_by_turns(before):
    plan = plan_section({1: before, 2: 0, 3: 0}, Random(1))
    assert sum(trial.ours_left for trial in plan) == (2 if before < 0 else 1)


def test_sections_keep_their_order_and_questions_are_shuffled_within():
    sections = [dict.fromkeys(range(first, first + 10), 0) for first in (0, 10, 20)]
    orders = {tuple(trial.question for trial in plan_participation(sections, seed)) for seed in range(20)}
    assert len(orders) == 20
    assert {tuple(question // 10 for question in order) for order in orders} == {(0,) * 10 + (1,) * 10 + (2,) * 10}


def test_every_question_stands_left_about_half_of_the_first_times():
    """Ties are drawn at random: no question prefers a side because of its number."""
    lefts = [0] * 10
    for seed in range(400):
        for trial in plan_section(dict.fromkeys(TEN, 0), Random(seed)):
            lefts[trial.question] += trial.ours_left
    # Binomial(400, 1/2) has sd 10; five of them leave less than one false alarm in a hundred thousand runs.
    assert all(150 <= left <= 250 for left in lefts)


def test_sides_do_not_follow_the_position():
    """At every position ours stands left about as often as right."""
    lefts = [0] * 10
    for seed in range(400):
        for position, trial in enumerate(plan_section(dict.fromkeys(TEN, 0), Random(seed))):
            lefts[position] += trial.ours_left
    # As above: five standard deviations of Binomial(400, 1/2).
    assert all(150 <= left <= 250 for left in lefts)


def test_the_same_seed_replays_the_same_plan():
    sections = [dict.fromkeys(TEN, 0)]
    assert plan_participation(sections, 5) == plan_participation(sections, 5) != plan_participation(sections, 6)


def test_seeds_fit_the_column_and_differ_between_people_and_rehearsals():
    seeds = {derive_seed(7, kind, arrival) for kind in ("real", "simulated") for arrival in range(500)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 2**63 for seed in seeds)
