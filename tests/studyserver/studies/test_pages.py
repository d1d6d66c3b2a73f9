"""Researchers' pages along the life of a study."""

import re

import pytest
from django.contrib.auth.models import User
from django.test.utils import override_script_prefix
from django.urls import reverse
from django.utils import timezone

from studyserver.generation.models import GenerationJob
from studyserver.studies.access import Right
from studyserver.studies.freezing import freeze_study
from studyserver.studies.models import AuditEntry, Stimulus, Study
from studyserver.survey.models import Participation
from studyserver.survey.services import leave_and_delete, record_vote, start_participation
from tests import factories
from tests.accounts import account, researcher
from tests.studyserver.reports.votes import CLEAR, store_votes, study

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(researcher())
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_list_counts_people_and_rehearsals_apart(staff, django_assert_max_num_queries):
    made = study()
    store_votes(made, [CLEAR[:7]] * 3)
    store_votes(made, [CLEAR[:11]] * 3, simulated=True)
    study("other", state=Study.State.DRAFT)
    with django_assert_max_num_queries(7):  # Session, user, its permissions and its groups'...
        page = text(staff.get(reverse("studies:list")))
    assert re.findall(r"<dt>(\w+)</dt><dd>(\d+)</dd>", page)[:3] == [
        ("Started", "7"),
        ("Completed", "7"),
        ("Rehearsed", "11"),
    ]


def test_progress_shows_people_votes_and_jobs(staff):
    made = study()
    store_votes(made, [CLEAR[:7]] * 3)
    job = {"study": made, "stage": "joint", "fingerprint": "f", "state": "failed", "progress": 0.42}
    GenerationJob.objects.create(**job, error="Disk full; free 2 GB.", started_at=timezone.now())
    page = text(staff.get(reverse("studies:progress", kwargs={"slug": "faces"})))
    assert "<dt>Completed</dt><dd>7</dd>" in page
    assert "<dt>Median duration</dt><dd>10.0 min</dd>" in page
    assert "210 votes, at most 210 a day." in page
    assert "Disk full; free 2 GB." in page
    assert '<th scope="row">Train image and 3D jointly</th>' in page
    assert "Started (UTC)" in page
    assert 'value="0.420"' in page


def test_the_link_for_participants_is_right_where_the_site_lies_below_another(staff):
    study()
    with override_script_prefix("/faces-lab/"):
        page = text(staff.get("/studies/faces/"))
    assert '<a href="http://testserver/faces-lab/s/faces/">' in page


def test_progress_does_not_slow_down_with_votes(staff, django_assert_max_num_queries):
    store_votes(study(), [CLEAR] * 3)
    with django_assert_max_num_queries(16):
        staff.get(reverse("studies:progress", kwargs={"slug": "faces"}))


def test_progress_of_an_empty_study(staff):
    study()
    page = text(staff.get(reverse("studies:progress", kwargs={"slug": "faces"})))
    assert "No votes yet." in page
    assert "simulate_votes faces" in page


def test_closing_tells_who_will_not_be_able_to_finish(staff):
    made = study()
    store_votes(made, [CLEAR[:7]] * 3)
    store_votes(made, [CLEAR[:4]] * 3, simulated=True)
    Participation.objects.filter(seed__lt=2).update(completed_at=None, completion_code="")
    page = text(staff.get(reverse("studies:close", kwargs={"slug": "faces"})))
    assert "5 people have completed it; 2 under way will not be able to finish." in page


def test_a_draft_is_opened_from_its_page(staff):
    factories.study(slug="faces", state=Study.State.DRAFT)
    assert '<form method="post" action="/studies/faces/open/">' in text(staff.get("/studies/faces/"))
    staff.get("/studies/faces/open/")
    assert Study.objects.get().state == Study.State.DRAFT
    page = text(staff.post("/studies/faces/open/", follow=True))
    assert "is open." in page
    assert "/studies/faces/open/" not in page
    assert Study.objects.get().state == Study.State.OPEN
    assert AuditEntry.objects.values_list("actor_name", "action").get() == ("staff", "opened")


def test_a_draft_that_lacks_something_says_what_in_place_of_the_button(staff):
    factories.study(slug="faces", questions=2, state=Study.State.DRAFT)
    Stimulus.objects.all().delete()
    page = text(staff.get("/studies/faces/"))
    assert page.count("has 0 of 2 complete stimuli.") == 5
    assert "1 more like these." in page
    assert "/studies/faces/open/" not in page
    assert "cannot be opened. " in text(staff.post("/studies/faces/open/", follow=True))
    assert Study.objects.get().state == Study.State.DRAFT


def test_who_may_not_open_is_not_shown_how(client):
    factories.study(slug="faces", state=Study.State.DRAFT)
    client.force_login(account("anna", Right.VIEW, Right.CLOSE))
    assert "open/" not in text(client.get("/studies/faces/"))
    assert client.post("/studies/faces/open/").status_code == 403
    assert Study.objects.get().state == Study.State.DRAFT


def test_progress_says_what_the_first_vote_has_fixed(staff):
    made = study()
    assert "Registered with the first vote" not in text(staff.get("/studies/faces/"))
    freeze_study(study=made)
    store_votes(made, [CLEAR[:2]] * 3)
    page = text(staff.get("/studies/faces/"))
    assert "Registered with the first vote on" in page
    assert '<a href="/studies/faces/registration/">What was registered</a>' in page


def test_what_is_refused_does_not_look_like_what_was_done(staff):
    study(state=Study.State.DRAFT)
    assert '<p class="message" data-level="error" role="status">' in text(
        staff.post("/studies/faces/open/", follow=True)
    )


def test_closing_asks_first_and_then_closes(staff):
    store_votes(study(), [CLEAR[:7]] * 3)
    address = reverse("studies:close", kwargs={"slug": "faces"})
    page = text(staff.get(address))
    assert "7 people have completed it. <strong>154 were planned.</strong> Closing is final" in page
    assert Study.objects.get().state == Study.State.OPEN
    response = staff.post(address, follow=True)
    assert Study.objects.get().state == Study.State.CLOSED
    assert "is closed. Its results may be read now." in text(response)


@pytest.mark.parametrize(
    ("planned", "looks", "warned"), [(154, "fixed", True), (7, "fixed", False), (154, "anytime", False)]
)
def test_closing_before_the_planned_number_is_said_to_deviate(staff, planned, looks, warned):
    made = study()
    Study.objects.update(planned_participants=planned, looks=looks)
    made.refresh_from_db()
    freeze_study(study=made)
    store_votes(made, [CLEAR[:7]] * 3)
    page = text(staff.get(reverse("studies:close", kwargs={"slug": "faces"})))
    assert ("154 were planned; closing now is a deviation and the report will say so." in page) is warned
    assert ("were planned" in page) is warned


def test_closing_a_draft_says_why_not(staff):
    study(state=Study.State.DRAFT)
    page = text(staff.post(reverse("studies:close", kwargs={"slug": "faces"}), follow=True))
    assert "is a draft" in page
    assert Study.objects.get().state == Study.State.DRAFT


def test_closing_needs_the_form_token(staff, client):
    study()
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="staff"))
    assert strict.post(reverse("studies:close", kwargs={"slug": "faces"})).status_code == 403
    assert Study.objects.get().state == Study.State.OPEN


def test_registration_page_shows_what_would_be_fixed_and_later_what_was(staff):
    made = study()
    address = reverse("studies:registration", args=[made.slug])
    page = staff.get(address).content.decode()
    assert "Not fixed yet" in page
    assert "154 participants who complete the study." in page
    freeze_study(study=made)
    page = staff.get(address).content.decode()
    assert "Not fixed yet" not in page
    assert made.registration.sha256 in page
    download = staff.get(address, {"download": ""})
    assert download.content.decode() == made.registration.text
    assert download["Content-Disposition"] == 'attachment; filename="faces-registration.txt"'


def test_superseded_registrations_stay_readable(staff):
    made = factories.study(questions=1)
    for _ in range(2):
        somebody = start_participation(study=made)
        record_vote(trial=somebody.trials.get(position=1), choice="left", response_ms=1)
        leave_and_delete(participation=somebody)
        Study.objects.update(planned_participants=200)
    page = text(staff.get(reverse("studies:registration", args=[made.slug])))
    assert "Not fixed yet" in page
    assert "200 participants who complete the study." in page
    first, second = (reverse("studies:superseded_registration", args=[made.slug, number]) for number in (1, 2))
    assert first in page
    assert second in page
    page = text(staff.get(first))
    assert "Superseded on" in page
    assert "Not fixed yet" not in page
    assert "154 participants who complete the study." in page
    assert made.superseded_registrations[0].sha256 in page
    download = staff.get(second, {"download": ""})
    assert download.content.decode() == made.superseded_registrations[1].text
    assert download["Content-Disposition"] == 'attachment; filename="faces-registration-2.txt"'
    assert staff.get(reverse("studies:superseded_registration", args=[made.slug, 3])).status_code == 404


def test_progress_tells_who_did_what(staff):
    page = text(staff.get(reverse("studies:progress", args=[study().slug])))
    assert "History" not in page
    staff.post(reverse("studies:close", args=["faces"]))
    page = text(staff.get(reverse("studies:progress", args=["faces"])))
    assert re.search(r"<li>Closed by staff on [^<]+ UTC</li>", page)
