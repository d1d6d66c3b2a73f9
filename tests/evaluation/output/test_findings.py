"""How participants answered, in sentences: each against measures written by hand."""

from dataclasses import replace
from math import nan

import pytest

from evaluation.output.findings import NAMED, exclusions, findings
from evaluation.output.tables import NEARLY_ALWAYS, PLACES, PLACES_IN_WORDS
from evaluation.votes.agreement import AgreementEstimate
from evaluation.votes.response_quality import ONE_SIDED, OneSided, one_sided_participants
from tests.evaluation.output.hand_made import (
    AGREEMENT,
    METHODS,
    NO_INTERVAL,
    ORDER,
    PEOPLE,
    QUALITY,
    SIDE,
    TIMES,
    UNTESTED,
    UNTOLD,
    analysis,
    reach,
    section,
    spaced,
)

RAW = "A preference that all questions share gives a low κ and α, however strong it is: they measure how much questions"


def said(*sections, **quality):
    return [
        spaced(sentence) for sentence in findings(analysis(*sections, quality=replace(QUALITY, **quality)), METHODS)
    ]


def of_sides(*sides):
    """The sentence about sections that differ by their sides alone."""
    return said(*(section(f"part {number}", side=side) for number, side in enumerate(sides)))[3]


def test_every_measure_has_its_sentence():
    assert said() == [
        "4 of 57 answers (7.0 %) came within 0.3 s, in which nobody can compare two stimuli. Half of the answers took "
        "1.5 s to 14 s, the median is 2.6 s; the fastest participant’s is 1.2 s. The time of 3 more is not known.",
        "2 of 12 participants chose the same side in five of six answers or more (Ann, Bob); by chance 0.32 of 12 "
        "participants would. Nobody is excluded for that.",
        "The longest run of answers for one side is 9; if 12 tossed a coin instead, one as long or longer would come "
        "up with probability 0.089.",
        "The left side got 55.0 % of the answers to a section; the smallest of 1 two-sided p-values is 0.77 (crossed).",
        "Per ten places later, the same question got 3.1 percentage points more for A, as a line through all answers "
        "has it (95 % interval −4.2 to 10.6, two-sided p = 0.078).",
        "Participants who chose A in more than half of their answers: 8 of 12 in faces.",
        f"Two participants chose the same method on a question in 54.1 % of cases. {RAW} differ.",
    ]


def test_what_votes_do_not_tell_has_no_sentence():
    found = findings(analysis(section(side=None, agreement=None), quality=UNTOLD), METHODS)
    assert found == [
        "No response times are known.",
        "Participants who chose A in more than half of their answers: 8 of 12 in faces.",
    ]


@pytest.mark.parametrize(("measure", "place"), [("one_sided", 1), ("runs", 2), ("order", 4)])
def test_each_measure_is_left_out_by_itself(measure, place):
    everything = said()
    assert said(**{measure: None}) == everything[:place] + everything[place + 1 :]


def test_times_that_are_all_known_and_none_too_fast():
    [first, *_] = said(times=replace(TIMES, too_fast=0, unknown=0))
    assert first == (
        "No answer came within 0.3 s, in which nobody can compare two stimuli. Half of the answers took 1.5 s to 14 s, "
        "the median is 2.6 s; the fastest participant’s is 1.2 s."
    )


def test_one_answer_too_fast_and_one_time_unknown_are_said():
    [first, *_] = said(times=replace(TIMES, too_fast=1, unknown=1))
    assert first.startswith("1 of 57 answers (1.8 %) came within 0.3 s,")
    assert first.endswith(" The time of 1 more is not known.")


def test_the_words_for_the_bounds_are_those_of_the_constants():
    assert (NEARLY_ALWAYS, PLACES_IN_WORDS) == ("five of six answers", "ten places")
    assert PLACES == 10
    # Of six answers one person is flagged from five on, by the rule itself.
    assert one_sided_participants(list("abc"), [4, 5, 6], [6, 6, 6]).flagged == ("b", "c")
    assert pytest.approx(5 / 6) == 0.5 + ONE_SIDED


@pytest.mark.parametrize(
    ("count", "named"),
    [
        (1, "p0"),
        (2, "p0, p1"),
        (NAMED, ", ".join(f"p{number}" for number in range(10))),
        (NAMED + 1, ", ".join(f"p{number}" for number in range(10)) + " and 1 more"),
        (4000, ", ".join(f"p{number}" for number in range(10)) + " and 3990 more"),
    ],
)
def test_ten_of_the_flagged_are_named_and_the_others_counted(count, named):
    flagged = OneSided(tuple(f"p{number}" for number in range(count)), expected=0.25)
    assert said(one_sided=flagged)[1] == (
        f"{count} of 12 participants chose the same side in five of six answers or more ({named}); by chance 0.25 of "
        "12 participants would. Nobody is excluded for that."
    )


def test_nobody_flagged_is_said_beside_what_chance_would_do():
    assert said(one_sided=OneSided((), expected=0.0001))[1] == (
        "Nobody chose the same side in five of six answers or more; by chance less than 0.001 of 12 participants would."
    )


def test_sides_of_several_sections_are_a_span_with_the_smallest_p_value():
    low = replace(SIDE, share=0.412, crossed=replace(SIDE.crossed, t=-2.0))
    assert of_sides(SIDE, None, low) == (
        "The left side got 41.2–55.0 % of the answers to a section; the smallest of 2 two-sided p-values is 0.073 "
        "(crossed)."
    )
    assert of_sides(SIDE, SIDE).startswith("The left side got 55.0 % of the answers to a section; the smallest of 2 ")


@pytest.mark.parametrize("crossed", [None, UNTESTED])
def test_sides_without_a_crossed_test_have_their_share_alone(crossed):
    untested = replace(SIDE, crossed=crossed)
    assert of_sides(untested) == "The left side got 55.0 % of the answers to a section."
    assert "the smallest of 1 two-sided p-values is 0.77" in of_sides(untested, SIDE)


@pytest.mark.parametrize(
    ("slope", "points"),
    [
        (-0.00312, "3.1 percentage points less"),
        (0.0, "0.0 percentage points more"),
        (0.0201, "20.1 percentage points more"),
    ],
)
def test_later_answers_get_more_or_less(slope, points):
    order = replace(ORDER, slope=slope, interval=reach(-0.03, 0.04), p_value=0.2)
    assert said(order=order)[4] == (
        f"Per ten places later, the same question got {points} for A, as a line through all answers has it (95 % "
        "interval −30.0 to 40.0, two-sided p = 0.20)."
    )


def test_an_order_that_cannot_be_tested_says_why():
    assert said(order=replace(ORDER, p_value=nan, interval=NO_INTERVAL))[4] == (
        "Whether later answers differ from earlier ones cannot be tested: no question’s answers differ enough."
    )


def test_people_are_counted_in_every_section():
    more = section("sound", per_participant=replace(PEOPLE, above_half=3, participants=9))
    assert said(section(), more)[5] == (
        "Participants who chose A in more than half of their answers: 8 of 12 in faces, 3 of 9 in sound."
    )


def test_agreement_of_several_sections_is_a_span_of_those_that_have_it():
    less = replace(AGREEMENT, raw=AgreementEstimate(0.4, 0.1, NO_INTERVAL))
    found = said(section(), section("sound", agreement=None), section("models", agreement=less))[-1]
    assert found == f"Two participants chose the same method on a question in 40.0–54.1 % of cases. {RAW} differ."


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (
            {"completed": 12, "excluded": 0, "changed": ()},
            "Nobody was excluded: all results are those of everybody who completed the study (12).",
        ),
        (
            {"completed": 12, "excluded": 1, "changed": ()},
            "1 of the 12 participants who completed the study was excluded as declared beforehand. With them the "
            "verdict of no section would change.",
        ),
        (
            {"completed": 12, "excluded": 2, "changed": ("faces", "sound"), "reasons": "1 too fast, 1 failed checks"},
            "2 of the 12 participants who completed the study were excluded as declared beforehand: 1 too fast, 1 "
            "failed checks. With them the verdict would be another one for faces, sound.",
        ),
    ],
)
def test_exclusions_are_counted_with_what_they_decide(told, sentence):
    assert exclusions(**told) == sentence
