"""Attention checks are spread, balanced and replayable, and leave the questions as they are."""

from collections import Counter
from itertools import groupby, pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyserver.survey.assignment import PlannedTrial, plan_participation
from studyserver.survey.attention import Face, PlannedCheck, add_checks

SEEDS = st.integers(0, 2**63 - 1)


def study_of(sections, questions):
    """Each question about a person of its own."""
    return {
        section * 100 + number: Face(section, f"person {section} {number}", UUID(int=section * 100 + number))
        for section in range(sections)
        for number in range(questions)
    }


def questions_of(faces, seed):
    sections = groupby(faces, key=lambda question: faces[question].section)
    return plan_participation([dict.fromkeys(questions, 0) for _, questions in sections], seed)


def plan(faces, checks, seed=1):
    return add_checks(questions_of(faces, seed), faces, checks=checks, seed=seed)


def checks_of(planned):
    return [each for each in planned if isinstance(each, PlannedCheck)]


@given(SEEDS, st.integers(0, 12), st.integers(1, 3), st.integers(2, 5))
def test_checks_are_spread_and_never_first_in_a_section(seed, checks, sections, questions):
    faces = study_of(sections, questions)
    planned = plan(faces, checks, seed)
    assert len(planned) == sections * questions + checks
    per_section = Counter(dict.fromkeys(range(sections), 0))
    section = None
    for each in planned:
        if isinstance(each, PlannedTrial):
            section = faces[each.question].section
        else:
            # Asks for a face of the section it stands in; before the section's first question it would not.
            assert faces[each.question].section == section
            per_section[section] += 1
    assert max(per_section.values()) - min(per_section.values()) <= 1


@given(SEEDS, st.integers(0, 12))
def test_the_reference_face_stands_left_in_half_of_the_checks(seed, checks):
    lefts = sum(check.reference_left for check in checks_of(plan(study_of(3, 2), checks, seed)))
    assert lefts in {checks // 2, checks - checks // 2}


@given(SEEDS, st.integers(1, 12))
def test_the_other_face_is_that_of_another_person(seed, checks):
    faces = {
        1: Face(1, "A", UUID(int=1)),
        2: Face(1, "A", UUID(int=2)),
        3: Face(2, "B", UUID(int=3)),
        4: Face(2, "C", UUID(int=3)),
    }
    person = {face.picture: face.identity for face in faces.values()}
    for check in checks_of(plan(faces, checks, seed)):
        assert check.other != faces[check.question].picture
        assert person[check.other] != faces[check.question].identity


@given(SEEDS)
def test_two_checks_of_a_section_differ_and_have_a_question_between_them(seed):
    planned = plan(study_of(3, 2), 6, seed)
    assert len({check.question for check in checks_of(planned)}) == 6
    kinds = [isinstance(each, PlannedCheck) for each in planned]
    assert not any(one and following for one, following in pairwise(kinds))


@given(SEEDS, st.integers(0, 12))
def test_the_questions_keep_order_and_sides(seed, checks):
    faces = study_of(3, 2)
    planned = plan(faces, checks, seed)
    assert [each for each in planned if isinstance(each, PlannedTrial)] == questions_of(faces, seed)


def test_the_same_seed_replays_the_same_checks_and_another_does_not():
    faces = study_of(3, 10)
    assert plan(faces, 6, seed=5) == plan(faces, 6, seed=5)
    assert checks_of(plan(faces, 6, seed=5)) != checks_of(plan(faces, 6, seed=6))


@pytest.mark.parametrize("checks", [1, 5])
def test_leftover_checks_and_sides_fall_anywhere(checks):
    """A hundred seeds leave no section and no side out, as an even chance would (2/3)^100 of the time."""
    faces = study_of(3, 2)
    plans = [checks_of(plan(faces, checks, seed)) for seed in range(100)]
    counts = {tuple(sorted(Counter(faces[each.question].section for each in planned).items())) for planned in plans}
    assert len(counts) == 3
    assert {sum(each.reference_left for each in planned) for planned in plans} == {checks // 2, checks // 2 + 1}


def test_every_place_but_the_first_and_either_side_there_comes_about_as_often():
    faces = study_of(1, 4)
    places, lefts = Counter(), Counter()
    for seed in range(400):
        planned = plan(faces, 2, seed)
        for place, each in enumerate(planned):
            if isinstance(each, PlannedCheck):
                places[place] += 1
                lefts[place] += each.reference_left
    assert set(places) == {1, 2, 3, 4, 5}
    # Binomial with about 130 or more draws: five standard deviations lie within a quarter.
    assert all(0.25 < lefts[place] / places[place] < 0.75 for place in places)
