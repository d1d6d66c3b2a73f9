from dataclasses import replace

import numpy as np
import pytest

from studyserver.reports.contents.method import limit_sentences, paper_paragraph

pytestmark = pytest.mark.django_db  # So that the database is there when this file runs alone.


def test_paragraph_for_a_paper_carries_every_number_of_the_headline_test(d1_report):
    said = paper_paragraph(d1_report)
    assert "62.0\N{NO-BREAK SPACE}% of 1540" in said
    said = said.replace("\N{NO-BREAK SPACE}", " ")
    assert "154 participants compared the stimuli of cmp-unsupervised with those of base-2 in 3 sections" in said
    assert "62.0 % of 1540 for Part 1 (95 % CI 55.3–68.8 %, t(12.3) = 3.87, one-sided p = 0.0011" in said
    assert "adjusted p = 0.0032, design effect 6.3)" in said
    assert "p = 1.7 × 10⁻²¹" in said
    assert "<" not in said
    assert "simulated" not in said


def test_paragraph_for_a_paper_says_what_is_simulated(clear_report):
    said = paper_paragraph(replace(clear_report, simulated_data=True, smoke_profile=True))
    assert "Voices and faces were simulated, so the result says nothing about real ones." in said
    assert "The faces came from a run that learned nothing (profile smoke)." in said


def test_limits_name_few_questions_and_simulation(report_of):
    some = np.random.default_rng(3).random((20, 10)) < 0.7
    said = " ".join(limit_sentences(report_of(some, some, some, simulated=True)))
    assert "A section has only 10 questions" in said
    assert "the votes are simulated" in said


def test_limits_of_votes_of_people_say_nothing_of_simulated_ones(clear_report):
    assert "simulated" not in " ".join(limit_sentences(clear_report))
