import html
import re
from dataclasses import replace

import numpy as np
import pytest

from studyserver.reports.face_errors import FaceErrors, MethodErrors
from studyserver.reports.pdf import ReportPdf, draw_pdf
from studyserver.reports.renderers import to_html
from studyserver.reports.words import headline, limits, paragraph

pytestmark = pytest.mark.django_db  # So that the database is there when this file runs alone.


RUN_ERRORS = FaceErrors("bfm-53215", 8, False, (MethodErrors("base-2", (0.01, 0.02, 0.03, 0.04, 0.05), None),))


def pages(pdf):
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def test_pdf_has_the_figures_and_several_pages(d1_report):
    pdf = draw_pdf(d1_report)
    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) >= 3
    assert pdf.count(b"/Subtype /Image") == 4  # Votes, questions, participants and times.


def test_print_has_every_section_of_the_page(d1_report, monkeypatch):
    printed = []
    for said in ("words", "numbers", "write_html"):
        monkeypatch.setattr(ReportPdf, said, lambda self, *args, **kwargs: printed.append(args))
    draw_pdf(replace(d1_report, face_errors=RUN_ERRORS))
    titles = {args[0] for args in printed if isinstance(args[0], str)}
    # The first is the answer, and the votes stand in its sentences.
    assert set(re.findall(r"<h2 id[^>]*>([^<]*)</h2>", to_html(d1_report))[1:]) - titles == {"Votes"}
    tables = [args for args in printed if len(args) == 3]
    numbers = dict(item for header, rows, _ in tables for item in zip(header, rows[0], strict=True))
    assert (numbers["Started"], numbers["Median duration"]) == ("154", "10.0\N{NO-BREAK SPACE}min")
    assert (numbers["Method"], numbers["Ear (ER)"], numbers["Mean"]) == ("base-2", "0.0100", "0.0500")
    [points] = [args[0] for args in printed if "<ul" in args[0]]
    assert "Holm's adjustment keeps the chance" in html.unescape(points)
    assert "<li>Part 3: “Which is closer?”</li>" in points


@pytest.mark.parametrize("report", ["d1_report", "report_with_excluded"])
def test_only_the_list_of_stimuli_goes_over_a_page(report, request, monkeypatch):
    broken, numbers = [], ReportPdf.numbers

    def draw(self, header, rows, widths):
        page = self.page
        numbers(self, header, rows, widths)
        broken.extend(header[:1] if self.page > page else [])

    monkeypatch.setattr(ReportPdf, "numbers", draw)
    draw_pdf(request.getfixturevalue(report))
    assert broken == ["Section/ question"]


def test_the_same_report_gives_the_same_pdf(clear_report):
    assert draw_pdf(clear_report) == draw_pdf(clear_report)


def test_pdf_of_votes_that_cannot_be_tested(report_of):
    ones = np.ones((5, 10), dtype=bool)
    assert pages(draw_pdf(report_of(ones, ones, ones))) >= 3


def test_paragraph_for_a_paper_carries_every_number_of_the_headline_test(d1_report):
    said = paragraph(d1_report)
    assert "62.0\N{NO-BREAK SPACE}% of 1540" in said
    said = said.replace("\N{NO-BREAK SPACE}", " ")
    assert "154 participants compared the stimuli of cmp-unsupervised with those of base-2 in 3 sections" in said
    assert "62.0 % of 1540 for Part 1 (95 % CI 55.3–68.8 %, t(12.3) = 3.87, one-sided p = 0.0011" in said
    assert "adjusted p = 0.0032, design effect 6.3)" in said
    assert "p = 1.7 × 10⁻²¹" in said
    assert "<" not in said
    assert "simulated" not in said


def test_paragraph_for_a_paper_says_what_is_simulated(clear_report):
    said = paragraph(replace(clear_report, simulated_data=True, smoke_profile=True))
    assert "Voices and faces were simulated, so the result says nothing about real ones." in said
    assert "The faces came from a run that learned nothing (profile smoke)." in said


def test_headline_in_plain_words_has_no_markup(d1_report):
    assert headline(d1_report) == "The votes do not show that cmp-unsupervised is preferred over base-2 in any section."


def test_limits_name_few_questions_and_simulation(report_of):
    some = np.random.default_rng(3).random((20, 10)) < 0.7
    said = " ".join(limits(report_of(some, some, some, simulated=True)))
    assert "A section has only 10 questions" in said
    assert "the votes are simulated" in said


def test_limits_of_votes_of_people_say_nothing_of_simulated_ones(clear_report):
    assert "simulated" not in " ".join(limits(clear_report))
