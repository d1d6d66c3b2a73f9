"""Thirty comparisons in three sections of ten, about as many different people as there are."""

from collections import Counter

import pytest

from studyserver.generation.media.comparisons import SECTIONS, plan_questions


def people(count: int, utterances: int = 3) -> dict[str, list[str]]:
    return {f"Anna_{i:02}": [f"Anna_{i:02}/video/{u:05}.wav" for u in range(utterances)] for i in range(count)}


def test_thirty_people_are_asked_about_once_each_with_their_first_recording():
    planned = plan_questions(people(30), seed=1)
    assert Counter(question.section for question in planned) == {1: 10, 2: 10, 3: 10}
    assert len({question.identity for question in planned}) == 30
    assert all(question.utterance == f"{question.identity}/video/00000.wav" for question in planned)


def test_numbers_run_from_one_to_ten_in_each_section():
    planned = plan_questions(people(30), seed=1)
    assert [(q.section, q.number) for q in planned] == [(s, n) for s in (1, 2, 3) for n in range(1, 11)]


def test_plan_depends_on_the_seed_and_not_on_the_order_of_the_people():
    forwards = people(40)
    backwards = dict(reversed(forwards.items()))
    assert plan_questions(forwards, seed=1) == plan_questions(backwards, seed=1)
    assert plan_questions(forwards, seed=1) != plan_questions(forwards, seed=2)


def test_few_people_come_again_with_their_next_recording():
    planned = plan_questions(people(4), seed=1)
    for section in (1, 2, 3):
        shown = [(q.identity, q.utterance) for q in planned if q.section == section]
        assert len(set(shown)) == 10


def test_one_person_with_one_recording_still_makes_a_study():
    assert len(plan_questions(people(1, utterances=1), seed=1)) == 30


@pytest.mark.parametrize(("recordings", "message"), [({}, "everybody"), ({"Ada": [], "Bo": ["x"]}, r"\['Ada'\]")])
def test_nobody_or_somebody_without_a_recording_is_refused(recordings, message):
    with pytest.raises(ValueError, match=message):
        plan_questions(recordings, seed=1)


def test_sections_ask_in_the_words_of_the_paper():
    images, meshes, both = SECTIONS
    assert [section.medium for section in SECTIONS] == ["image", "mesh", "joint"]
    for section in (images, meshes):
        assert "whose shape is geometrically more similar to the reference face?" in section.prompt
    assert both.prompt == "Overall, whose shape geometrically fits the given reference image better?"
