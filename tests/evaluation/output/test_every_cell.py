"""Every cell, heading and note of every table, against an analysis whose numbers are written by hand."""

from dataclasses import replace
from math import nan

import pytest

from evaluation.output import tables
from evaluation.output.document import Group, Span, plain
from evaluation.votes.agreement import AgreementEstimate
from evaluation.votes.analysis import Claim, Verdict
from tests.evaluation.output.hand_made import (
    AGREEMENT,
    CLUSTERED,
    CROSSED,
    INDEPENDENT,
    METHODS,
    MIXED,
    NO_INTERVAL,
    ORDER,
    OVER_PARTICIPANTS,
    OVER_QUESTIONS,
    PEOPLE,
    QUALITY,
    SENSITIVITY,
    SIDE,
    TIMES,
    UNTESTED,
    UNTOLD,
    analysis,
    cells,
    headings,
    reach,
    section,
    spaced,
)

DASH = "–"
UNKNOWN = "not estimable"


def left(table):
    return [column.left for column in table.columns]


def one_group(table):
    return [group.heading for group in table.groups] == [""] and not table.folded


def test_votes():
    table = tables.votes([section(), section("sound", votes_for=10, votes=40, participants=8, questions=6)], METHODS)
    assert table.title == "Votes"
    assert headings(table) == [
        "Section",
        "Participants / × questions",
        "Votes for / A",
        "Votes for / B",
        "All votes",
        "Share of / A",
    ]
    assert cells(table) == [
        ("faces", "12 × 5", "36", "24", "60", "60.0 %"),
        ("sound", "8 × 6", "10", "30", "40", "25.0 %"),
    ]
    assert left(table) == [True] + [False] * 5
    assert one_group(table)
    assert table.notes == ()


def test_the_headline_test():
    table = tables.crossed([section(), section("sound", adjusted_p_value=nan)], Claim.ALL)
    assert table.title == "Headline test: participants crossed with questions"
    assert headings(table) == [
        "Section",
        "Share",
        "Standard / error",
        "95 % interval",
        "t",
        "df",
        "p, / one-sided",
        "p, adjusted / (intersection-union)",
        "Votes",
        "Design / effect",
    ]
    numbers = ("60.0 %", "0.0123", "51.1–72.2 %", "4.568", "7.89", "0.0012")
    assert cells(table) == [
        ("faces", *numbers, "0.0025", "60", "3.46"),
        ("sound", *numbers, UNKNOWN, "60", "3.46"),
    ]
    assert left(table) == [True] + [False] * 9
    assert one_group(table)
    assert all(isinstance(table.columns[place].heading[0], Span) for place in (4, 6, 7))


@pytest.mark.parametrize("test", [None, UNTESTED])
def test_the_headline_test_where_there_is_none(test):
    # A p-value of other sections is none of this one.
    table = tables.crossed([section(crossed=test, adjusted_p_value=0.2)], Claim.EACH)
    assert cells(table) == [("faces", "60.0 %", DASH, DASH, DASH, DASH, UNKNOWN, UNKNOWN, "60", DASH)]


def test_the_papers_test():
    table = tables.independent([section(), section("sound", crossed=None)], METHODS)
    assert table.title == "The paper’s test: every vote as independent"
    assert headings(table) == [
        "Section",
        "Votes for / A",
        "95 % interval / (exact)",
        "p, / one-sided",
        "Votes needed, / exact test",
        "Votes needed, / paper’s rule",
        "Design / effect",
    ]
    numbers = ("36 of 60", "46.5–72.4 %", "0.077", "38, missed", "36, reached")
    assert cells(table) == [("faces", *numbers, "3.46"), ("sound", *numbers, DASH)]
    assert left(table) == [True] + [False] * 6
    [note] = table.notes
    assert note == (
        "The paper rejects from the quantile of order 1 − 0.05 on, here 36 of 60 (831 of 1540 in the paper). That is "
        "one vote too early: without any preference 36 or more come up with probability 0.06789, which exceeds 0.05. "
        "The first count that keeps the level is 38 (832 of 1540)."
    )


def test_counts_that_are_reached_or_missed_by_either_rule():
    def needed(**changes):
        return cells(tables.independent([section(independent=replace(INDEPENDENT, **changes))], METHODS))[0][4:6]

    assert needed(votes_for=38, p_value=0.01) == ("38, reached", "36, reached")
    assert needed(votes_for=35, p_value=0.2) == ("38, missed", "36, missed")
    assert needed(critical_count=None) == ("more than all", "36, reached")


def test_the_note_of_the_papers_test_is_about_the_first_section_and_its_level():
    few = replace(INDEPENDENT, votes=4, votes_for=4, critical_count=None, paper_bound=4, alpha=0.001, paper_size=0.0625)
    [note] = tables.independent([section(independent=few), section()], METHODS).notes
    assert "quantile of order 1 − 0.001 on, here 4 of 4 (831" in note
    assert note.endswith("0.06250, which exceeds 0.001. With 4 votes no count keeps the level (832 of 1540).")


def test_the_analyses_beside_the_headline():
    table = tables.otherwise([section(), section("sound", sensitivity=None)])
    assert table.title == "The same votes, analysed otherwise"
    assert headings(table) == ["Section and analysis", "Share", "95 % interval", "t", "df", "p, / one-sided"]
    assert [(group.heading, len(group.rows)) for group in table.groups] == [("faces", 7), ("sound", 1)]
    assert cells(table) == [
        ("participants alone", "60.1 %", "52.1–68.1 %", "5.11", "11", "0.011"),
        ("participants alone, all sign flips", "60.1 %", DASH, DASH, DASH, "0.022"),
        ("questions alone", "60.2 %", "43.1–77.1 %", "−6.22", "4", "0.033"),
        ("questions alone, random sign flips", "60.2 %", DASH, DASH, DASH, "0.044"),
        ("mixed-effects logit", "60.3 %", "53.3–67.3 %", "7.33", "3", "0.056"),
        ("two-way clustered logit", "60.4 %", "54.4–66.4 %", "8.44", "2", "0.067"),
        ("both resampled (bootstrap)", "60.5 %", "51.5–69.5 %", DASH, DASH, DASH),
        ("at least two participants and two questions are needed", *[DASH] * 5),
    ]
    assert left(table) == [True] + [False] * 5


def test_what_gaps_leave_of_the_analyses_beside_the_headline():
    beside = replace(SENSITIVITY, over_participants=None, over_questions=None, bootstrap=None)
    names = [name for name, *_ in cells(tables.otherwise([section(sensitivity=beside)]))]
    assert names == ["mixed-effects logit", "two-way clustered logit"]
    beside = replace(SENSITIVITY, over_participants=None)
    assert [name for name, *_ in cells(tables.otherwise([section(sensitivity=beside)]))][:2] == [
        "questions alone",
        "questions alone, random sign flips",
    ]


def test_a_model_without_an_estimate_has_its_name_and_no_number():
    none = replace(MIXED.intercept, t=nan)
    mixed, clustered = replace(MIXED, intercept=none), replace(CLUSTERED, intercept=none)
    for beside, which in (
        (replace(SENSITIVITY, mixed=mixed), {"mixed-effects logit"}),
        (replace(SENSITIVITY, clustered=clustered), {"two-way clustered logit"}),
    ):
        found = cells(tables.otherwise([section(sensitivity=beside)]))
        assert {name for name, share, *others in found if share == UNKNOWN and others == [DASH] * 4} == which


def test_a_mean_without_variance_has_flips_and_no_t():
    alike = replace(OVER_PARTICIPANTS, t=nan, p_value=nan, interval=NO_INTERVAL)
    beside = replace(SENSITIVITY, over_participants=alike, over_questions=replace(OVER_QUESTIONS, df=0, t=0.0))
    first, second, third, *_ = cells(tables.otherwise([section(sensitivity=beside)]))
    assert first == ("participants alone", "60.1 %", DASH, DASH, DASH, DASH)
    assert second[-1] == "0.022"
    assert third[3:] == ("0.00", "0", "0.033")


def test_questions_one_by_one():
    beside = tables.questions([section(), section("sound")])
    assert [table.title for table in beside.tables] == ["faces", "sound"]
    for table in beside.tables:
        assert headings(table) == ["No.", "Votes", "Share", "Interval"]
        assert left(table) == [True, False, False, False]
        assert cells(table) == [("q1", "7 of 12", "58.3 %", "27.7–84.8"), ("q2", "11 of 13", "84.6 %", "54.6–98.1")]


MEASURES = [
    ("Participants", "12"),
    ("Answers", "60"),
    ("Nearly always the same side", "2"),
    ("… expected by chance", "0.32"),
    ("Longest run for one side", "9"),
    ("… median of participants", "4.5"),
    ("… probability by chance", "0.089"),
    ("Change in ten places, points", "+3.1"),
    ("… 95 % interval", "−4.2 to 10.6"),
    ("… p, two-sided", "0.078"),
    ("Response time, median", "2.6 s"),
    ("… quartiles", "1.5 s – 14 s"),
    ("… fastest participant’s median", "1.2 s"),
    ("… answers within 0.3 s", "4"),
    ("… not known", "3"),
]


def measured(found, everybody=None):
    table = tables.measures(found, everybody, METHODS)
    return [tuple(map(spaced, row)) for row in cells(table)]


def test_measures():
    table = tables.measures(analysis(), None, METHODS)
    assert table.title == "Over all sections"
    assert headings(table) == ["Measure", "All participants"]
    assert left(table) == [True, False]
    assert measured(analysis()) == MEASURES
    assert one_group(table)
    assert table.notes == (
        "Nearly always the same side: at least five of six answers. Change: of the share of votes for A on the same "
        "question, per ten places later, by a line through all answers.",
    )


def test_measures_without_the_excluded_and_with_them():
    everybody = analysis(quality=replace(QUALITY, participants=15, votes=75))
    table = tables.measures(analysis(), everybody, METHODS)
    assert headings(table) == ["Measure", "Without / the excluded", "All / participants"]
    assert measured(analysis(), everybody)[:3] == [
        ("Participants", "12", "15"),
        ("Answers", "60", "75"),
        ("Nearly always the same side", "2", "2"),
    ]
    # What one column alone tells keeps its row, with a dash.
    half = measured(analysis(quality=UNTOLD), everybody)
    assert [name for name, *_ in half] == [name for name, _ in MEASURES]
    assert [first for _, first, _ in half] == ["12", "60", *[DASH] * 12, "60"]
    assert [(name, last) for name, _, last in half][2:] == MEASURES[2:]
    half = measured(analysis(), analysis(quality=UNTOLD))
    assert [last for _, _, last in half] == ["12", "60", *[DASH] * 12, "60"]


@pytest.mark.parametrize(
    ("untold", "rows"),
    [
        ({"one_sided"}, slice(2, 4)),
        ({"runs"}, slice(4, 7)),
        ({"order"}, slice(7, 10)),
        ({"times"}, slice(10, 15)),
        ({"one_sided", "runs", "order", "times"}, slice(2, 15)),
    ],
)
def test_what_votes_do_not_tell_has_no_row(untold, rows):
    kept = [row for row in MEASURES if row not in MEASURES[rows]]
    assert measured(analysis(quality=replace(QUALITY, **dict.fromkeys(untold)))) == kept


@pytest.mark.parametrize(
    ("slope", "ends", "written", "interval"),
    [
        (-0.00312, (-0.0104, -0.0021), "−3.1", "−10.4 to −2.1"),
        (0.0, (-0.00001, 0.00001), "+0.0", "0.0 to 0.0"),
        (-0.00001, (nan, nan), "+0.0", DASH),
    ],
)
def test_a_change_has_its_sign(slope, ends, written, interval):
    order = replace(ORDER, slope=slope, interval=reach(*ends))
    assert (tables.change(order), tables.change_interval(order)) == (written, interval)


def test_nobody_flagged_and_too_fast_is_a_zero_and_no_dash():
    quality = replace(
        QUALITY, one_sided=replace(QUALITY.one_sided, flagged=()), times=replace(TIMES, too_fast=0, unknown=0)
    )
    found = dict(measured(analysis(quality=quality)))
    assert [found[name] for name in ("Nearly always the same side", "… answers within 0.3 s", "… not known")] == [
        "0",
        "0",
        "0",
    ]


def test_with_and_without_the_excluded():
    ours = section(crossed=replace(CROSSED, interval=reach(0.52, 0.81)), adjusted_p_value=0.0312, votes_for=30)
    everybody = [
        section(participants=14, votes=70, verdict=Verdict.NOT_ESTABLISHED),
        section("sound", crossed=UNTESTED),
    ]
    table = tables.with_and_without(analysis(ours), analysis(*everybody), METHODS, Claim.ORDERED)
    assert table.title == "With and without the excluded"
    assert headings(table) == [
        "Section",
        "Participants",
        "Votes",
        "Share of / A",
        "95 % interval",
        "p, adjusted / (fixed order)",
        "Verdict",
    ]
    assert left(table) == [True] + [False] * 6
    assert [(group.heading, len(group.rows)) for group in table.groups] == [("faces", 2), ("sound", 1)]
    assert cells(table) == [
        ("without the excluded", "12", "60", "50.0 %", "52.0–81.0 %", "0.031", "preferred"),
        ("all participants", "14", "70", "51.4 %", "51.1–72.2 %", "0.0025", "not established"),
        ("all participants", "12", "60", "60.0 %", DASH, "0.0025", "preferred"),
    ]
    assert isinstance(table.columns[5].heading[0], Span)


def test_an_untested_section_has_no_interval_with_and_without_the_excluded():
    none = section(crossed=None, adjusted_p_value=nan, verdict=Verdict.NOT_ESTIMABLE)
    table = tables.with_and_without(analysis(none), analysis(none), METHODS, Claim.EACH)
    assert {row[1:] for row in cells(table)} == {("12", "60", "60.0 %", DASH, UNKNOWN, UNKNOWN)}


def test_participant_by_participant():
    table = tables.participants([section()], METHODS)
    assert table.title == "Participant by participant"
    assert headings(table) == [
        "Section",
        "More than half / for A",
        "Median / share",
        "Quartiles",
        "Lowest to / highest",
        "SD, / points",
        "SD if all / were alike",
        "p, all / alike",
    ]
    assert cells(table) == [
        ("faces", "8 of 12", "61.3 %", "41.2–71.4 %", "21.1–91.5 %", "12.3", "23.4", "0.046"),
    ]
    assert left(table) == [True] + [False] * 7
    assert one_group(table)


def test_a_single_participant_has_no_spread():
    alone = replace(PEOPLE, participants=1, above_half=1, sd=nan, sd_if_alike=nan, p_value_alike=nan)
    [row] = cells(tables.participants([section(per_participant=alone)], METHODS))
    assert (row[1], row[-3:]) == ("1 of 1", (DASH, DASH, DASH))


def test_sides():
    table = tables.sides([section(), section("sound", side=None)])
    assert table.title == "Was one side of the screen favoured?"
    assert headings(table) == [
        "Section",
        "Chose left",
        "Share",
        "95 % interval / (crossed)",
        "p, two-sided / (crossed)",
        "p, two-sided / (independent)",
        "Design / effect",
    ]
    # t = 0.3 with 10 degrees of freedom.
    assert cells(table) == [
        ("faces", "33 of 60", "55.0 %", "43.3–66.7 %", "0.77", "0.52", "1.99"),
        ("sound", *[DASH] * 6),
    ]
    assert left(table) == [True] + [False] * 6


@pytest.mark.parametrize("crossed", [None, UNTESTED])
def test_sides_that_are_not_crossed_are_tested_as_independent_alone(crossed):
    [row] = cells(tables.sides([section(side=replace(SIDE, crossed=crossed))]))
    assert row == ("faces", "33 of 60", "55.0 %", DASH, UNKNOWN, "0.52", DASH)


def test_agreement():
    table = tables.agreement([section(), section("sound", agreement=None)])
    assert table.title == "Did participants agree?"
    assert headings(table) == [
        "Section",
        "Pairs / alike",
        "95 % interval",
        "Fleiss’ κ",
        "95 % interval",
        "Krippendorff’s / α",
        "95 % interval",
    ]
    assert cells(table) == [
        ("faces", "0.541", "0.401 to 0.681", "0.021", "−0.121 to 0.162", "0.032", "−0.222 to 0.262"),
        ("sound", *[DASH] * 6),
    ]
    assert left(table) == [True] + [False] * 6


def test_intervals_of_agreement_are_cut_at_what_is_possible():
    wide = AgreementEstimate(0.5, 0.9, reach(-1.5, 2.5))
    found = replace(AGREEMENT, raw=wide, fleiss_kappa=wide, krippendorff_alpha=wide)
    [row] = cells(tables.agreement([section(agreement=found)]))
    assert row[2::2] == ("0.000 to 1.000", "−1.500 to 1.000", "−1.500 to 1.000")


def test_agreement_on_a_single_question_has_no_interval():
    alone = AgreementEstimate(0.5, nan, NO_INTERVAL)
    found = replace(AGREEMENT, raw=alone, fleiss_kappa=AgreementEstimate(nan, nan, NO_INTERVAL))
    [row] = cells(tables.agreement([section(agreement=found)]))
    assert row[1:5] == ("0.500", DASH, DASH, DASH)


def test_all_headings_are_words_and_no_group_is_empty():
    found = analysis()
    made = [
        tables.votes(found.sections, METHODS),
        tables.crossed(found.sections, Claim.EACH),
        tables.otherwise(found.sections),
        tables.sides(found.sections),
    ]
    assert all(isinstance(group, Group) and group.rows for table in made for group in table.groups)
    assert all(plain(column.heading).strip() for table in made for column in table.columns)
