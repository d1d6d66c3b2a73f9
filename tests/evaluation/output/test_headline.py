from math import nan

import numpy as np
import pandas as pd
import pytest

from evaluation.output.document import Style, plain
from evaluation.output.headline import Methods, cards, counted, headline, verdict
from evaluation.output.numbers import p_is
from evaluation.votes.analysis import Claim, Verdict, analyse
from tests.evaluation.output.hand_made import CROSSED, UNTESTED, section, spaced

METHODS = Methods("A", "B")
WON = np.where(np.indices((30, 8)).sum(axis=0) % 7, 1, 0)
EVEN = np.indices((30, 8)).sum(axis=0) % 2
AHEAD = np.where(np.indices((6, 5)).sum(axis=0) % 4, 1, 0)
ONES = np.ones((9, 4), dtype=int)


def found(*tables, claim=Claim.EACH):
    """Sections of answers (S, Q), 1 where A was chosen."""
    parts = []
    for number, table in enumerate(tables, start=1):
        participant, question = np.indices(np.shape(table))
        columns = {"participant": participant.ravel(), "question": question.ravel(), "chose": np.ravel(table)}
        unknown = {"side": 0, "position": np.nan, "response_ms": np.nan, "excluded": False}
        parts.append(pd.DataFrame({"section": f"part {number}", **columns, **unknown}))
    return analyse(pd.concat(parts, ignore_index=True), claim=claim).sections


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ([WON], "A was preferred over B."),
        ([WON, WON], "A was preferred over B in all 2 sections."),
        ([WON, EVEN, EVEN], "A was preferred over B in 1 of 3 sections."),
        ([WON, 1 - WON, EVEN], "A was preferred over B in 1 of 3 sections. B was chosen more often in 1."),
        ([EVEN], "The votes do not show that A is preferred over B."),
        ([EVEN, AHEAD], "The votes do not show that A is preferred over B in any section."),
        (
            [1 - WON, EVEN],
            "The votes do not show that A is preferred over B in any section. B was chosen more often in 1 of 2.",
        ),
        ([ONES, ONES], "The votes cannot be tested."),
        ([ONES, EVEN], "The votes do not show that A is preferred over B in any section."),
    ],
)
def test_the_headline_says_who_was_preferred_and_praises_nobody_else(tables, said):
    assert headline(found(*tables), METHODS) == said


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (WON, "Preferred. A got 205 of 240 votes. Adjusted p"),
        (AHEAD, "Ahead, but not shown. A got 22 of 30 votes, yet adjusted p"),
        (EVEN, "Not preferred. A got 120 of 240 votes, no more than half. One-sided p"),
        (1 - WON, "Not preferred: B was chosen more often. A got 35 of 240 votes, and the interval lies wholly below"),
        (ONES, "Cannot be tested. All 36 votes were for A; without any variation no error can be estimated."),
        (1 - ONES, "Cannot be tested. All 36 votes were for B; without"),
        ([[1]], "Cannot be tested. 1 of 1 votes from 1 participant on 1 question; at least two of each are needed."),
    ],
)
def test_each_verdict_has_its_words(table, said):
    [section] = found(table)
    words = plain(verdict(section, METHODS)).replace("\N{NO-BREAK SPACE}", " ")
    assert words.startswith(said)
    assert "nan" not in words


@pytest.mark.parametrize("claim", [Claim.ALL, Claim.ORDERED])
@pytest.mark.parametrize("table", [WON, AHEAD])
def test_where_another_section_could_not_be_tested_no_level_is_said_to_be_missed(claim, table):
    section = found(table, ONES, claim=claim)[0]
    words = plain(verdict(section, METHODS)).replace("\N{NO-BREAK SPACE}", " ")
    assert section.verdict is Verdict.NOT_ESTABLISHED
    assert words == (
        f"Ahead, but not shown. A got {section.votes_for} of {section.votes} votes, but another section could not be "
        "tested, so the claim about them together cannot be shown. One-sided "
        f"{p_is(section.crossed.p_value)} by itself (design effect {section.crossed.design_effect:.1f})."
    ).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("table", [EVEN, 1 - WON])
def test_a_section_that_is_not_ahead_has_its_own_words_whatever_the_others(table):
    alone, [beside, _] = found(table), found(table, ONES, claim=Claim.ALL)
    assert verdict(beside, METHODS) == verdict(alone[0], METHODS)


def test_a_gap_among_the_answers_is_the_reason_why_nothing_is_tested():
    frame = pd.DataFrame({"participant": [1, 1, 2], "question": [1, 2, 1], "chose": [1, 0, 1], "section": "faces"})
    unknown = {"side": 0, "position": np.nan, "response_ms": np.nan, "excluded": False}
    [section] = analyse(frame.assign(**unknown)).sections
    assert plain(verdict(section, METHODS)) == (
        "Cannot be tested. 2 of 3 votes from 2 participants on 2 questions; some did not answer every question."
    )


def words_of(**changes):
    return spaced(plain(verdict(section(**changes), METHODS)))


AHEAD_OF_NONE = {"verdict": Verdict.NOT_ESTABLISHED, "adjusted_p_value": 0.0512}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Preferred. A got 36 of 60 votes. Adjusted p = 0.0025, design effect 3.5."),
        (
            AHEAD_OF_NONE,
            "Ahead, but not shown. A got 36 of 60 votes, yet adjusted p = 0.051 is above the level of 0.05 (design "
            "effect 3.5): other people or other questions could turn it.",
        ),
        (
            AHEAD_OF_NONE | {"adjusted_p_value": nan},
            "Ahead, but not shown. A got 36 of 60 votes, but another section could not be tested, so the claim about "
            "them together cannot be shown. One-sided p = 0.0012 by itself (design effect 3.5).",
        ),
        (
            {"verdict": Verdict.BASELINE_AHEAD},
            "Not preferred: B was chosen more often. A got 36 of 60 votes, and the interval lies wholly below 50 %. "
            "One-sided p = 0.0012 (design effect 3.5): the votes point the other way.",
        ),
        (
            {"verdict": Verdict.NOT_PREFERRED},
            "Not preferred. A got 36 of 60 votes, no more than half. One-sided p = 0.0012 (design effect 3.5) means no "
            "evidence for a preference; it does not show that the methods are equal.",
        ),
        (
            {"verdict": Verdict.NOT_ESTIMABLE, "crossed": UNTESTED, "votes_for": 60},
            "Cannot be tested. All 60 votes were for A; without any variation no error can be estimated. See the exact "
            "count test below.",
        ),
        (
            {"verdict": Verdict.NOT_ESTIMABLE, "crossed": UNTESTED, "votes_for": 0},
            "Cannot be tested. All 60 votes were for B; without any variation no error can be estimated. See the exact "
            "count test below.",
        ),
    ],
)
def test_the_words_of_each_verdict_in_full(changes, said):
    assert words_of(**changes) == said


@pytest.mark.parametrize(
    ("participants", "questions", "why"),
    [
        (1, 5, "from 1 participant on 5 questions; at least two of each are needed."),
        (12, 1, "from 12 participants on 1 question; at least two of each are needed."),
        (1, 1, "from 1 participant on 1 question; at least two of each are needed."),
        (2, 2, "from 2 participants on 2 questions; some did not answer every question."),
        (2, 5, "from 2 participants on 5 questions; some did not answer every question."),
    ],
)
def test_why_there_is_no_test(participants, questions, why):
    size = {"participants": participants, "questions": questions}
    assert words_of(crossed=None, verdict=Verdict.NOT_ESTIMABLE, **size) == (f"Cannot be tested. 36 of 60 votes {why}")


def test_the_first_words_of_a_verdict_are_bold_and_no_others():
    for crossed in (section().crossed, None):
        for each in Verdict:
            first, *others = verdict(section(verdict=each, crossed=crossed), METHODS)
            assert first.style is Style.BOLD
            assert all(isinstance(other, str) for other in others)


@pytest.mark.parametrize(("crossed", "beside"), [(None, ""), (UNTESTED, ""), (CROSSED, "95 % interval 51.1–72.2 %")])
def test_a_card_says_what_its_section_says(crossed, beside):
    made = section("sound", crossed=crossed, verdict=Verdict.NOT_PREFERRED)
    [card] = cards([made], METHODS).cards
    assert (card.title, card.verdict, spaced(card.number), spaced(card.beside)) == (
        "sound",
        "not preferred",
        "60.0 %",
        beside,
    )
    assert card.words == verdict(made, METHODS)


@pytest.mark.parametrize(("number", "written"), [(0, "0 votes"), (1, "1 vote"), (2, "2 votes"), (11, "11 votes")])
def test_one_is_singular(number, written):
    assert counted(number, "vote") == written


W, L, N, U = Verdict.PREFERRED, Verdict.BASELINE_AHEAD, Verdict.NOT_ESTABLISHED, Verdict.NOT_ESTIMABLE


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ([L], "The votes do not show that A is preferred over B. B was chosen more often in 1 of 1."),
        ([L, L], "The votes do not show that A is preferred over B in any section. B was chosen more often in 2 of 2."),
        ([L, U], "The votes do not show that A is preferred over B in any section. B was chosen more often in 1 of 2."),
        ([W, U], "A was preferred over B in 1 of 2 sections."),
        ([W, W, L], "A was preferred over B in 2 of 3 sections. B was chosen more often in 1."),
        ([W, L, L, N], "A was preferred over B in 1 of 4 sections. B was chosen more often in 2."),
        ([W, W, W], "A was preferred over B in all 3 sections."),
        ([N, U], "The votes do not show that A is preferred over B in any section."),
        ([U], "The votes cannot be tested."),
    ],
)
def test_the_headline_of_every_mixture(verdicts, said):
    assert headline([section(verdict=each) for each in verdicts], METHODS) == said


def test_without_names_the_methods_are_ours_and_baseline():
    assert headline([section()], Methods()) == "ours was preferred over baseline."


def test_a_card_has_share_and_interval_and_no_interval_where_nothing_varies():
    first, second = cards(found(WON, ONES), METHODS).cards
    assert (first.title, first.verdict, first.number) == ("part 1", "preferred", "85.4\N{NO-BREAK SPACE}%")
    assert first.beside.startswith("95 % interval ")
    assert (second.verdict, second.number, second.beside) == ("not estimable", "100.0\N{NO-BREAK SPACE}%", "")
