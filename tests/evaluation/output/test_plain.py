"""Results as data: JSON holds every number, and null where there is none."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from evaluation.output.markdown import rows
from evaluation.output.plain import finite_or_none, sections_as_data
from evaluation.votes.analysis import analyse


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_lacks_is_none_at_any_depth(value):
    assert finite_or_none(value) is None
    assert finite_or_none({"a": [1, (value, {"b": value})]}) == {"a": [1, [None, {"b": None}]]}


@pytest.mark.parametrize("value", [0, 0.0, -1.5, True, False, None, "nan", "", [], {}, 10**400, 1e308, 5e-324])
def test_everything_else_stays_as_it_is(value):
    found = finite_or_none(value)
    assert found == value
    assert type(found) is type(value)


def test_tuples_become_lists_and_nothing_that_was_given_is_changed():
    given = {"interval": (0.1, math.inf), "counts": [math.nan]}
    assert finite_or_none(given) == {"interval": [0.1, None], "counts": [None]}
    assert given["interval"] == (0.1, math.inf)
    assert math.isnan(given["counts"][0])


@pytest.fixture(scope="module")
def section():
    people, items = (axis.ravel() for axis in np.indices((7, 4)))
    table = np.random.default_rng(4).random((7, 4)) < 0.7
    votes = pd.DataFrame(
        {
            "section": ["faces"] * 28,
            "participant": people,
            "question": items,
            "chose": table.ravel().astype(int),
            "side": np.where((people + items) % 2, 1, -1),
            "position": items + 1.0,
            "response_ms": 900.0,
            "excluded": False,
        }
    )
    return analyse(votes, alpha=0.05).sections[0]


def test_a_section_has_its_fields_and_the_numbers_that_follow_from_them(section):
    [found] = sections_as_data([section])
    assert found["section"] == "faces"
    assert (found["votes_for"], found["votes_against"]) == (section.votes_for, 28 - section.votes_for)
    assert found["share"] == section.votes_for / 28
    assert found["independent"]["significant"] is section.independent.significant
    assert found["independent"]["significant_by_paper"] is section.independent.significant_by_paper
    assert found["side"]["crossed"]["p_value_two_sided"] == section.side.crossed.p_value_two_sided
    assert found["crossed"]["interval"] == {
        "low": section.crossed.interval.low,
        "high": section.crossed.interval.high,
        "confidence": 0.95,
    }
    assert len(found["per_question"]) == 4
    assert found["verdict"] == section.verdict


def test_a_section_becomes_json_and_comes_back(section):
    data = finite_or_none(sections_as_data([section, section]))
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data[0] == data[1]


def test_columns_of_a_markdown_table_are_as_wide_as_their_widest_cell():
    assert rows("x", ["long name", "y"], {"a": ["1", "22"], "bcd": ["", "3"]}) == [
        "| x   | long name | y  |",
        "|-----|-----------|----|",
        "| a   | 1         | 22 |",
        "| bcd |           | 3  |",
    ]


def test_a_table_without_rows_is_its_header():
    assert rows("corner", ["one"], {}) == ["| corner | one |", "|--------|-----|"]


def test_a_row_of_another_length_is_no_table():
    with pytest.raises(ValueError, match="zip"):
        rows("corner", ["one", "two"], {"a": ["1"]})
