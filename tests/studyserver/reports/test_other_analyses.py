import numpy as np
import pytest

from studyserver.reports.other_analyses import other_analyses

pytestmark = pytest.mark.django_db  # So that the database is there when this file runs alone.


def test_d1_gives_a_row_per_analysis(d1_report):
    title, rows = other_analyses(d1_report)[0]
    found = {row[0]: [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row[1:]] for row in rows}
    assert title == "Part 1"
    assert found["participants alone"] == ["62.0 %", "58.7–65.3 %", "7.22", "153", "1.2 × 10⁻¹¹"]
    assert found["questions alone"][2:] == ["4.19", "9", "0.0012"]
    # b0 = .55428 as a probability; SE .13996.
    assert found["mixed-effects logit"][0] == "63.5 %"
    assert found["mixed-effects logit"][2:4] == ["3.96", "9"]
    assert found["two-way clustered logit"][2] == "3.76"
    assert found["both resampled (bootstrap)"][2:] == ["–", "–", "–"]


def test_what_cannot_be_estimated_is_said(report_of):
    ones, one = np.ones((5, 10), dtype=bool), np.ones((1, 10), dtype=bool)
    [(_, rows), *_] = other_analyses(report_of(ones, ones, ones))
    assert ("mixed-effects logit", "not estimable", "–", "–", "–", "–") in rows
    assert rows[0] == ("participants alone", "100.0\N{NO-BREAK SPACE}%", "–", "–", "–", "–")
    [(_, rows), *_] = other_analyses(report_of(one, one, one))
    assert rows == [("at least two participants and two questions are needed", *["–"] * 5)]
