import re

import numpy as np
import pytest

from studyserver.reports.pdf import draw_pdf
from studyserver.reports.services import build_report
from studyserver.reports.words import headline, limits, paragraph
from studyserver.studies.models import Study
from tests.reference.d1 import d1_tables
from tests.studyserver.reports.votes import store_votes, study

pytestmark = pytest.mark.django_db


def report(*, simulated=False, tables=None):
    made = study(state=Study.State.CLOSED)
    store_votes(made, tables or [d1_tables()[0]] * 3, simulated=simulated)
    return build_report(made, simulated=simulated)


def pages(pdf):
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def test_pdf_has_the_figures_and_several_pages():
    pdf = draw_pdf(report())
    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) >= 3
    assert pdf.count(b"/Subtype /Image") >= 2


def test_the_same_report_gives_the_same_pdf():
    made = report()
    assert draw_pdf(made) == draw_pdf(made)


def test_pdf_of_votes_that_cannot_be_tested():
    ones = np.ones((5, 10), dtype=bool)
    assert pages(draw_pdf(report(tables=[ones] * 3))) >= 3


def test_paragraph_for_a_paper_carries_every_number_of_the_headline_test():
    said = paragraph(report()).replace("\N{NO-BREAK SPACE}", " ")
    assert "154 participants compared the stimuli of cmp-unsupervised with those of base-2 in 3 sections" in said
    assert "62.0 % of 1540 for Part 1 (95 % CI 55.3–68.8 %, t(12.3) = 3.87, one-sided p = 0.0011" in said
    assert "adjusted p = 0.0032, design effect 6.3)" in said
    assert "p = 1.7 × 10⁻²¹" in said
    assert "<" not in said


def test_headline_in_plain_words_has_no_markup():
    assert headline(report()) == "The votes do not show that cmp-unsupervised is preferred over base-2 in any section."


def test_limits_name_few_questions_and_simulation():
    said = " ".join(limits(report(simulated=True)))
    assert "A section has only 10 questions" in said
    assert "the votes are simulated" in said


def test_limits_of_votes_of_people_say_nothing_of_simulated_ones():
    assert "simulated" not in " ".join(limits(report()))
