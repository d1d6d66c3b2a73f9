import numpy as np
import pandas as pd
import pytest

from evaluation.output import tables
from evaluation.output.document import plain
from evaluation.output.headline import Methods
from evaluation.votes.analysis import Claim, analyse
from tests.reference.d1 import d1_tables

METHODS = Methods("A", "B")


def analysed(table, **columns):
    """One section of answers (S, Q), the sides of which alternate."""
    participant, question = np.indices(np.shape(table))
    cells = {"participant": participant.ravel(), "question": question.ravel(), "chose": np.ravel(table).astype(int)}
    side = np.where((participant + question) % 2, 1, -1).ravel()
    beside = {"section": "faces", "side": side, "position": np.nan, "response_ms": np.nan, "excluded": False}
    return analyse(pd.DataFrame(cells | beside | columns))


def cells(table):
    return [tuple(cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row.cells) for row in table.rows]


@pytest.fixture(scope="module")
def d1():
    return analysed(d1_tables()[0])


def test_the_headline_test_of_d1(d1):
    assert cells(tables.crossed(d1.sections, Claim.EACH)) == [
        ("faces", "62.0 %", "0.0310", "55.3–68.8 %", "3.873", "12.30", "0.0011", "0.0011", "1540", "6.29")
    ]


@pytest.mark.parametrize(
    ("claim", "name"),
    [(Claim.EACH, "Holm"), (Claim.ALL, "intersection-union"), (Claim.ORDERED, "fixed order")],
)
def test_the_heading_names_the_adjustment(d1, claim, name):
    headings = [plain(column.heading) for column in tables.crossed(d1.sections, claim).columns]
    assert headings[7] == f"p, adjusted ({name})"


def test_the_papers_test_of_d1_with_its_vote_too_early(d1):
    table = tables.independent(d1.sections, METHODS)
    assert cells(table) == [
        ("faces", "955 of 1540", "59.5–64.4 %", "1.7 × 10⁻²¹", "832, reached", "831, reached", "6.29")
    ]
    [note] = table.notes
    assert "831 or more come up with probability 0.00102, which exceeds 0.001." in note
    assert note.endswith("The first count that keeps the level is 832 (832 of 1540).")


def test_with_few_votes_no_count_keeps_the_level():
    table = tables.independent(analysed([[1, 0]]).sections, METHODS)
    assert cells(table)[0][4] == "more than all"
    assert "With 2 votes no count keeps the level (832 of 1540)." in table.notes[0]


def test_d1_gives_a_row_per_analysis(d1):
    table = tables.otherwise(d1.sections)
    found = {name: others for name, *others in cells(table)}
    assert [group.heading for group in table.groups] == ["faces"]
    assert found["participants alone"] == ["62.0 %", "58.7–65.3 %", "7.22", "153", "1.2 × 10⁻¹¹"]
    assert found["questions alone"][2:] == ["4.19", "9", "0.0012"]
    # 10 questions have 1024 sign flips; of the 154 participants some are drawn.
    assert found["questions alone, all sign flips"][3] == "–"
    assert found["participants alone, random sign flips"][4] == "0.0001"
    assert found["mixed-effects logit"][2:4] == ["3.96", "9"]
    assert found["both resampled (bootstrap)"][2:] == ["–", "–", "–"]


def test_what_cannot_be_estimated_is_said():
    ones = cells(tables.otherwise(analysed(np.ones((5, 10))).sections))
    assert ("mixed-effects logit", "not estimable", "–", "–", "–", "–") in ones
    assert ones[0] == ("participants alone", "100.0 %", "–", "–", "–", "–")
    assert cells(tables.otherwise(analysed(np.ones((1, 10))).sections)) == [
        ("at least two participants and two questions are needed", *["–"] * 5)
    ]
    [row] = cells(tables.crossed(analysed(np.ones((5, 10))).sections, Claim.EACH))
    assert row == ("faces", "100.0 %", *["–"] * 4, "not estimable", "not estimable", "50", "–")


def test_questions_have_a_table_per_section_with_their_intervals(d1):
    [table] = tables.questions(d1.sections).tables
    assert table.title == "faces"
    assert cells(table)[0] == ("0", "77 of 154", "50.0 %", "41.8–58.2")


def test_a_section_that_only_the_excluded_answered_stands_alone():
    votes = pd.DataFrame(
        {
            "section": ["one"] * 6 + ["two"] * 4,
            "participant": [1, 1, 2, 2, 3, 3, 3, 3, 4, 4],
            "question": [1, 2] * 5,
            "chose": [1, 0, 1, 1, 0, 1, 1, 0, 1, 1],
            "side": 0,
            "position": np.nan,
            "response_ms": np.nan,
            "excluded": [False] * 4 + [True] * 6,
        }
    )
    found = analyse(votes)
    table = tables.with_and_without(found, found.everybody, METHODS, Claim.EACH)
    names = [(group.heading, [row.cells[0] for row in group.rows]) for group in table.groups]
    assert names == [("one", ["without the excluded", "all participants"]), ("two", ["all participants"])]


def test_unknown_sides_are_dashes():
    found = analysed([[1, 0], [1, 1]], side=0)
    assert cells(tables.sides(found.sections)) == [("faces", *["–"] * 6)]


TIMES = ("Response time, median", "… quartiles", "… fastest participant’s median", "… answers within 0.3 s")


@pytest.mark.parametrize(
    ("response_ms", "counted", "all_of_them"),
    [
        ([900.0] * 6, "0", "0"),
        ([900.0, np.nan, 900.0, 900.0, np.nan, np.nan], "1", "3"),
        ([np.nan] * 4 + [900.0] * 2, "4", "4"),
    ],
)
def test_times_that_are_not_known_are_counted_below_those_that_are(response_ms, counted, all_of_them):
    found = analysed([[1, 0], [1, 1], [0, 1]], response_ms=response_ms, excluded=[False] * 4 + [True] * 2)
    shown = cells(tables.measures(found, found.everybody, METHODS))
    last = [name for name, *_ in shown][-5:]
    assert [name.replace("\N{NO-BREAK SPACE}", " ") for name in last] == [*TIMES, "… not known"]
    assert shown[-1][1:] == (counted, all_of_them)


def test_where_no_time_is_known_the_table_of_measures_has_no_row_about_times():
    found = analysed([[1, 0], [1, 1], [0, 1]], excluded=[False] * 4 + [True] * 2)
    for everybody in (None, found.everybody):
        names = [name for name, *_ in cells(tables.measures(found, everybody, METHODS))]
        assert names == ["Participants", "Answers", "Nearly always the same side", "… expected by chance"]
