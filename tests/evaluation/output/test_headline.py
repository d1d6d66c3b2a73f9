import numpy as np
import pandas as pd
import pytest

from evaluation.output.document import plain
from evaluation.output.headline import Methods, cards, headline, verdict
from evaluation.output.numbers import p_is
from evaluation.votes.analysis import Claim, Verdict, analyse

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


def test_a_card_has_share_and_interval_and_no_interval_where_nothing_varies():
    first, second = cards(found(WON, ONES), METHODS).cards
    assert (first.title, first.verdict, first.number) == ("part 1", "preferred", "85.4\N{NO-BREAK SPACE}%")
    assert first.beside.startswith("95 % interval ")
    assert (second.verdict, second.number, second.beside) == ("not estimable", "100.0\N{NO-BREAK SPACE}%", "")
