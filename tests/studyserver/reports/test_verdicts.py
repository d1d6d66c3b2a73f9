"""What the numbers of a report come to, whatever the database that the votes were read from."""

import math

import numpy as np
import pytest

from evaluation.votes.analysis import Verdict
from studyserver.reports.services import build_report
from studyserver.studies.models import Study
from tests.reference.d1 import d1_tables
from tests.studyserver.reports.votes import CLEAR, EVEN, closed, store_votes

pytestmark = pytest.mark.django_db


def test_d1_as_votes_gives_the_published_numbers():
    chosen, chose_left = d1_tables()
    made = closed()
    store_votes(made, [chosen] * 3, lefts=[chose_left] * 3)
    report = build_report(made)
    assert [section.votes_for for section in report.sections] == [955, 955, 955]
    section = report.sections[1]
    assert (section.participants, section.questions, section.votes) == (154, 10, 1540)
    assert section.independent.p_value == pytest.approx(1.719980847e-21, rel=1e-9)
    assert (section.independent.critical_count, section.independent.paper_bound) == (832, 831)
    crossed = section.crossed
    assert crossed.se == pytest.approx(0.03101982, abs=5e-9)
    assert crossed.df == pytest.approx(12.304428, abs=5e-7)
    assert crossed.t == pytest.approx(3.8726814, abs=5e-8)
    assert crossed.p_value == pytest.approx(0.00105994, abs=5e-9)
    assert crossed.design_effect == pytest.approx(6.290446, abs=5e-7)
    assert section.adjusted_p_value == pytest.approx(3 * 0.00105994, abs=2e-8)
    assert [question.votes_for for question in section.per_question] == [77, 86, 103, 97, 90, 112, 108, 105, 106, 71]
    assert section.side.chose_left == 783
    assert section.side.independent.p_value_two_sided == pytest.approx(0.52409978, abs=5e-9)
    # The pooled test is certain; the crossed one, adjusted, is not: the report follows the latter.
    assert section.independent.significant
    assert section.verdict == Verdict.NOT_ESTABLISHED


def test_verdicts():
    constant = np.ones((40, 10), dtype=bool)
    made = closed()
    store_votes(made, [CLEAR, EVEN, ~CLEAR])
    verdicts = [section.verdict for section in build_report(made).sections]
    assert verdicts == [Verdict.PREFERRED, Verdict.NOT_PREFERRED, Verdict.BASELINE_AHEAD]
    other = closed(slug="constant")
    store_votes(other, [constant, CLEAR, CLEAR])
    report = build_report(other)
    assert report.sections[0].verdict == Verdict.NOT_ESTIMABLE
    assert math.isnan(report.sections[0].adjusted_p_value)
    assert report.sections[1].verdict == Verdict.PREFERRED
    assert report.sections[2].verdict == Verdict.PREFERRED


def test_sections_are_adjusted_together():
    made = closed()
    store_votes(made, [CLEAR, EVEN, CLEAR])
    sections = build_report(made).sections
    raw = [section.crossed.p_value for section in sections]
    assert raw[0] == raw[2] < raw[1]
    assert [section.adjusted_p_value for section in sections] == pytest.approx([3 * raw[0], raw[1], 3 * raw[0]])


def test_one_participant_can_be_counted_but_not_tested():
    made = closed()
    store_votes(made, [CLEAR[:1]] * 3)
    section = build_report(made).sections[0]
    assert section.crossed is None
    assert section.verdict == Verdict.NOT_ESTIMABLE
    assert section.independent.votes == 10


@pytest.mark.parametrize(
    ("plan", "verdict"),
    [
        ({"alpha": 0.002}, Verdict.NOT_ESTABLISHED),
        ({"alpha": 0.004}, Verdict.PREFERRED),
        ({"alpha": 0.002, "claim": "all"}, Verdict.PREFERRED),
        ({"alpha": 0.002, "claim": "ordered"}, Verdict.PREFERRED),
    ],
)
def test_verdicts_follow_the_level_and_the_claim_of_the_study(plan, verdict):
    """26 people of D1 three times: p = 0.00115 alone, 0.0034 among three sections by Holm."""
    made = closed()
    store_votes(made, [d1_tables()[0][:26]] * 3)
    Study.objects.update(**plan)
    made.refresh_from_db()
    assert {section.verdict for section in build_report(made).sections} == {verdict}
