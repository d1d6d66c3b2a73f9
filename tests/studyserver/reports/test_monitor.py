import numpy as np
import pytest
from django.urls import reverse

from evaluation.votes.sequential import e_process, group_sequential
from studyserver.reports.monitor import look_at
from studyserver.studies.models import Study
from studyserver.survey.models import Vote
from tests.accounts import researcher
from tests.studyserver.reports.votes import store_votes, study

pytestmark = pytest.mark.django_db
RANDOM = np.random.default_rng(5)
CLEAR = RANDOM.random((40, 10)) < 0.8
EVEN = RANDOM.random((40, 10)) < 0.5


def running(tables, **plan):
    made = study()
    Study.objects.update(planned_participants=40, look_count=4, alpha=0.03, **plan)
    store_votes(made, tables)
    return Study.objects.get()


def shown(made):
    return [section.shown for section in look_at(made).sections]


def test_a_fixed_horizon_shows_nothing():
    assert look_at(running([CLEAR] * 3, looks="fixed")) is None


def test_before_the_first_planned_look_nothing_is_shown():
    monitor = look_at(running([CLEAR[:9]] * 3, looks="sequential"))
    assert (monitor.counted, monitor.looked_at, monitor.next_look, monitor.sections) == (9, 0, 10, ())


def test_votes_after_a_planned_look_do_not_enter_it():
    at_the_look = look_at(running([CLEAR[:20]] * 3, looks="sequential")).sections
    made = study("more")
    Study.objects.filter(pk=made.pk).update(planned_participants=40, look_count=4, alpha=0.03, looks="sequential")
    store_votes(made, [np.vstack([CLEAR[:20], EVEN[:7]])] * 3)
    monitor = look_at(Study.objects.get(slug="more"))
    assert (monitor.counted, monitor.looked_at, monitor.next_look) == (27, 20, 30)
    assert monitor.sections == at_the_look


def test_statistic_and_bound_are_those_of_the_plan_at_a_third_of_the_level():
    monitor = look_at(running([CLEAR, EVEN, CLEAR], looks="sequential"))
    expected = group_sequential(CLEAR.mean(axis=1), [10, 20, 30, 40], 0.01, planned=40)
    assert monitor.sections[0].statistic == pytest.approx(expected.looks[-1].z)
    assert monitor.sections[0].needed == pytest.approx(expected.looks[-1].boundary)
    assert [section.reached for section in monitor.sections] == [True, False, True]
    assert monitor.next_look is None


def test_the_e_process_may_be_seen_after_every_participant():
    monitor = look_at(running([CLEAR[:13], EVEN[:13], CLEAR[:13]], looks="anytime"))
    expected = e_process(CLEAR[:13].mean(axis=1), 0.01)
    assert monitor.sections[0].statistic == pytest.approx(np.exp(expected.log_e[-1]))
    assert monitor.sections[0].needed == pytest.approx(100)
    assert monitor.looked_at == 13


@pytest.mark.parametrize(
    ("claim", "tables", "expected"),
    [
        ("each", [CLEAR, EVEN, CLEAR], [True, False, True]),
        ("all", [CLEAR, EVEN, CLEAR], [False, False, False]),
        ("all", [CLEAR, CLEAR, CLEAR], [True, True, True]),
        ("ordered", [CLEAR, EVEN, CLEAR], [False, False, True]),
        ("ordered", [CLEAR, CLEAR, EVEN], [False, False, False]),
    ],
)
def test_what_is_shown_follows_the_claim(claim, tables, expected):
    assert shown(running(tables, looks="anytime", claim=claim)) == expected


def test_excluded_participants_do_not_enter_a_look():
    made = running([CLEAR[:9]] * 3, looks="sequential")
    store_votes(made, [CLEAR[:20]] * 3, excluded=True)
    assert look_at(made).sections == ()


@pytest.mark.parametrize(
    ("looks", "people", "said", "not_said"),
    [
        ("fixed", 40, "stays hidden until the study is closed", "e-value"),
        ("sequential", 9, "The first look is due at 10", "Needed"),
        ("sequential", 40, "Shown in all sections.", "e-value"),
        ("anytime", 40, "e-value", "due at"),
    ],
)
def test_the_progress_page_shows_what_the_mode_allows(client, looks, people, said, not_said):
    running([CLEAR[:people]] * 3, looks=looks)
    client.force_login(researcher())
    page = " ".join(client.get(reverse("studies:progress", args=["faces"])).content.decode().split())
    assert said in page
    assert not_said not in page


def test_an_open_study_without_votes_has_a_progress_page(client):
    study()
    Study.objects.update(looks="anytime")
    client.force_login(researcher())
    assert "Nothing can be shown yet." in client.get(reverse("studies:progress", args=["faces"])).content.decode()


def test_a_look_that_cannot_be_taken_says_why_and_leaves_the_rest_of_the_page(client):
    running([CLEAR[:12]] * 3, looks="anytime")
    Vote.objects.order_by("pk")[0].delete()
    client.force_login(researcher())
    response = client.get(reverse("studies:progress", args=["faces"]))
    page = " ".join(response.content.decode().split())
    assert response.status_code == 200
    assert "counts as completed but has 29 of 30 votes, which the survey cannot cause; restore" in page
    assert "<dt>Completed</dt><dd>12</dd>" in page
    assert "stays hidden" not in page
