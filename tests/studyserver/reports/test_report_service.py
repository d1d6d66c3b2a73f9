import json

import numpy as np
import pytest
from django.conf import settings

from evaluation.votes.analysis import Verdict
from studyserver.reports.exceptions import NoVotes, ReportError, RunFileError, StillBlinded
from studyserver.reports.selectors import votes_table
from studyserver.reports.services import build_report
from studyserver.studies.models import Condition, Study
from studyserver.survey.models import Participation, Vote
from studyserver.survey.progress import taking_part
from tests.studyserver.reports.votes import CLEAR, EVEN, closed, store_votes, study

pytestmark = pytest.mark.django_db


def test_sides_and_methods_are_kept_apart():
    """Ours chosen always, whichever side it stands on: the share is 1, the left share one half."""
    made = closed()
    store_votes(made, [np.ones((4, 10))] * 3)
    section = build_report(made).sections[0]
    assert (section.votes_for, section.side.chose_left) == (40, 20)


def test_only_completed_participations_that_passed_the_checks_count():
    made = closed()
    store_votes(made, [CLEAR[:5]] * 3)
    store_votes(made, [np.zeros((3, 10))] * 3, excluded=True)
    [unfinished] = store_votes(made, [np.zeros((1, 10))] * 3)
    Participation.objects.filter(pk=unfinished.pk).update(completed_at=None, completion_code="")
    report = build_report(made)
    people = report.people
    assert (people.started, people.completed, people.excluded, people.counted) == (9, 8, 3, 5)
    assert people.unfinished == 1
    assert people.median_minutes == pytest.approx(10)
    assert report.sections[0].votes_for == CLEAR[:5].sum()
    assert report.sections[0].participants == 5


def test_real_and_simulated_votes_never_mix():
    made = closed()
    store_votes(made, [np.ones((3, 10))] * 3, simulated=True)
    store_votes(made, [EVEN[:4]] * 3)
    real, rehearsal = build_report(made), build_report(made, simulated=True)
    assert (real.sections[0].participants, real.sections[0].votes_for) == (4, EVEN[:4].sum())
    assert (rehearsal.sections[0].participants, rehearsal.sections[0].votes_for) == (3, 30)
    assert (real.simulated_votes, rehearsal.simulated_votes) == (False, True)


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        (Study.State.OPEN, "Close it at /studies/faces/close/"),
        (Study.State.DRAFT, "nobody has voted yet"),
    ],
)
def test_real_results_stay_hidden_until_the_study_is_closed(state, remedy):
    made = study(state=state)
    store_votes(made, [CLEAR] * 3)
    with pytest.raises(StillBlinded, match=remedy):
        build_report(made)


def test_a_rehearsal_may_be_read_at_any_time():
    made = study()
    store_votes(made, [CLEAR] * 3, simulated=True)
    verdicts = {section.verdict for section in build_report(made, simulated=True).sections}
    assert verdicts == {Verdict.PREFERRED}


@pytest.mark.parametrize(("simulated", "remedy"), [(True, "simulate_votes faces"), (False, "--rehearsal")])
def test_no_votes_is_an_error_with_a_remedy(simulated, remedy):
    with pytest.raises(NoVotes, match=remedy):
        build_report(closed(), simulated=simulated)


def test_no_votes_but_of_excluded_people_is_said():
    made = closed()
    store_votes(made, [CLEAR[:2]] * 3, excluded=True)
    with pytest.raises(NoVotes, match="no real votes that count: all 2 who completed it are excluded"):
        build_report(made)


def test_a_gap_in_the_table_is_named():
    made = closed()
    person = store_votes(made, [CLEAR[:3]] * 3)[1]
    Vote.objects.filter(trial__participation=person).first().delete()
    with pytest.raises(ReportError, match=f"Participation {person.pk} .* has 29 of 30 votes"):
        build_report(made)


def test_a_study_without_baseline_is_named():
    made = closed()
    elsewhere = Study.objects.create(slug="voices", title="Voices", organizer="Lab", contact="x@y.org", seed=7)
    Condition.objects.filter(study=made, role=Condition.Role.BASELINE).update(study=elsewhere)
    with pytest.raises(ReportError, match="'faces' lacks"):
        build_report(made)


@pytest.mark.parametrize("people", [2, 20])
def test_votes_are_read_in_a_constant_number_of_queries(people, django_assert_num_queries):
    made = closed()
    store_votes(made, [CLEAR[:people]] * 3)
    with django_assert_num_queries(3):
        votes = votes_table(made, simulated=False)
    assert len(votes) == people * 30
    with django_assert_num_queries(1):
        taking_part(made, simulated=False)


def write_are(made: Study, content: str) -> None:
    folder = settings.RUNS_DIR / made.slug
    folder.mkdir(parents=True)
    (folder / "are.json").write_text(content)


def test_face_errors_of_the_run_stand_beside_the_paper():
    made = closed()
    store_votes(made, [CLEAR] * 3)
    assert build_report(made).face_errors is None
    ratios = {"ER": 0.02, "FR": 0.03, "MR": 0.04, "CR": 0.05, "mean": 0.035, "per_identity": {}}
    run = {"topology": "analytic-head-medium", "identities": 12, "simulated_data": True}
    write_are(made, json.dumps(run | {"conditions": {"base-2": ratios, "own": ratios}}))
    report = build_report(made)
    base, own = report.face_errors.methods
    assert base.errors == (0.02, 0.03, 0.04, 0.05, 0.035)
    assert base.paper == (0.0311, 0.0173, 0.0173, 0.0551, 0.0302)
    assert own.paper is None
    assert report.simulated_data is True


@pytest.mark.parametrize("content", ["{", "[]", '{"conditions": {"base-2": {"ER": 1}}}', '{"conditions": []}'])
def test_a_broken_run_file_is_named(content):
    made = closed()
    store_votes(made, [CLEAR[:2]] * 3)
    write_are(made, content)
    with pytest.raises(RunFileError, match=r"are\.json.*generate_stimuli"):
        build_report(made)
