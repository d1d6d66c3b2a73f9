import json
from dataclasses import replace

import pytest

from evaluation.output.document import plain
from studyserver.reports.contents.document import report_document
from studyserver.reports.contents.method import paper_paragraph
from studyserver.reports.deviations import AsRegistered, compare_with_registration
from studyserver.reports.formats.data import to_json
from studyserver.reports.formats.page import draw_file
from studyserver.studies.freezing import freeze_study, lift_empty_freeze
from studyserver.studies.models import Section, Study
from studyserver.studies.services import close_study
from studyserver.survey.progress import TakingPart
from tests import factories
from tests.studyserver.reports.votes import without_triggers

pytestmark = pytest.mark.django_db


def people(completed):
    return TakingPart(completed, completed, 0, 0, None, None, None)


def closed_study(**values):
    study = factories.study(questions=1)
    Study.objects.update(**values)
    freeze_study(study=study)
    return close_study(study=study)


def test_a_study_without_votes_of_people_has_no_registration():
    compared = compare_with_registration(factories.study(questions=1), people(0))
    assert compared.sha256 is None
    assert compared.deviations == ()


def test_a_study_done_as_registered_deviates_in_nothing():
    study = closed_study(planned_participants=20)
    compared = compare_with_registration(study, people(20))
    assert compared.sha256 == study.registration.sha256
    assert compared.deviations == ()


@pytest.mark.parametrize(
    ("looks", "completed", "said"),
    [
        ("fixed", 12, ["The study was closed after 12 of 20 planned participants had completed it."]),
        ("fixed", 25, ["25 participants completed the study where 20 were planned; all are analysed."]),
        ("anytime", 12, []),
        ("sequential", 25, ["25 participants completed the study where 20 were planned; all are analysed."]),
    ],
)
def test_another_number_of_participants_is_a_deviation(looks, completed, said):
    study = closed_study(planned_participants=20, looks=looks)
    compared = compare_with_registration(study, people(completed))
    assert list(compared.deviations) == said
    assert compared.closed_early == "".join(said if completed < 20 else [])


def test_a_study_closed_early_says_so_first_and_wherever_it_matters(clear_report):
    said = "The study was closed after 40 of 154 planned participants had completed it."
    report = replace(clear_report, registered=AsRegistered("0" * 64, (said,), said))
    top, rest = draw_file(report).split('id="answer"')
    assert f"<b>Closed early.</b> {said} That deviates from its registration." in top
    assert said in rest.split("<b>Stopping.</b>")[1].split("</li>")[0]
    assert said in paper_paragraph(report)
    [opening] = report_document(report).opening
    assert plain(opening.words) == f"Closed early. {said} That deviates from its registration. As registered?"
    assert not any("planned participants" in text for text in (draw_file(clear_report), paper_paragraph(clear_report)))


def test_superseded_registrations_are_told_beside_the_one_that_holds(clear_report):
    study = factories.study(questions=1)
    freeze_study(study=study)
    lift_empty_freeze(study=study)
    freeze_study(study=study)
    compared = compare_with_registration(study, people(0))
    earlier, current = study.registrations.all()
    assert compared.sha256 == current.sha256
    assert compared.superseded == (earlier.superseded_at,)
    report = replace(clear_report, registered=compared)
    said = f"An earlier registration was superseded on {earlier.superseded_at:%-d %B %Y, %H:%M} UTC, because"
    assert said in draw_file(report)
    assert json.loads(to_json(report))["registered"]["superseded"] == [earlier.superseded_at.isoformat()]
    assert "superseded" not in draw_file(clear_report)


def test_a_running_study_has_no_final_number_yet():
    study = closed_study(planned_participants=20)
    study.state = Study.State.OPEN
    compared = compare_with_registration(study, people(3))
    assert (compared.deviations, compared.closed_early) == ((), "")


def test_attention_checks_changed_behind_the_frozen_pages_are_quoted():
    closed_study(planned_participants=20, attention_checks=6, attention_passes=5)
    without_triggers()
    Study.objects.update(attention_passes=4)
    (deviation,) = compare_with_registration(Study.objects.get(), people(20)).deviations
    assert "fewer than 5 of 6 attention checks right are excluded" in deviation
    assert "now reads “Participants with fewer than 4 of 6 attention checks right" in deviation


def test_wording_changed_behind_the_frozen_pages_is_quoted():
    study = closed_study(planned_participants=20)
    without_triggers()
    Section.objects.filter(position=2).update(prompt="Which is nicer?")
    (deviation,) = compare_with_registration(study, people(20)).deviations
    assert "Which is closer?" in deviation
    assert "Which is nicer?" in deviation
    assert "Section 1" not in deviation
