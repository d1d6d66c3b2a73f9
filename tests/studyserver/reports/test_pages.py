import json
import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from studyserver.generation.models import GenerationJob
from studyserver.studies.models import Study
from studyserver.studies.services import freeze_study
from tests.studyserver.reports.votes import CLEAR, store_votes, study

pytestmark = pytest.mark.django_db

PAGES = [
    ("reports:studies", {}),
    ("reports:progress", {"slug": "faces"}),
    ("reports:close", {"slug": "faces"}),
    ("reports:registration", {"slug": "faces"}),
    ("reports:report", {"slug": "faces"}),
    ("reports:download", {"slug": "faces", "format": "json"}),
]


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_user("staff", is_staff=True))
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(("role", "status"), [("stranger", 302), ("user", 302), ("staff", 200)])
@pytest.mark.parametrize(("name", "kwargs"), PAGES)
def test_pages_are_for_staff_only(client, role, status, name, kwargs):
    study()
    if role != "stranger":
        client.force_login(User.objects.create_user(role, is_staff=role == "staff"))
    response = client.get(reverse(name, kwargs=kwargs))
    assert response.status_code == status
    if status == 302:
        assert response.url.startswith(reverse("admin:login"))
        assert client.post(reverse(name, kwargs=kwargs)).status_code in {302, 405}
        assert Study.objects.get().state == Study.State.OPEN


@pytest.mark.parametrize("name", ["reports:progress", "reports:report", "reports:close"])
def test_unknown_studies_are_not_found(staff, name):
    assert staff.get(reverse(name, kwargs={"slug": "nowhere"})).status_code == 404


# What is registered names both methods; it tells neither votes nor sides.
@pytest.mark.parametrize(("name", "kwargs"), [page for page in PAGES if page[0] != "reports:registration"])
def test_open_studies_say_nothing_about_methods(staff, name, kwargs):
    store_votes(study(), [CLEAR] * 3)
    page = text(staff.get(reverse(name, kwargs=kwargs)))
    assert "cmp-unsupervised" not in page
    assert "base-2" not in page
    assert not re.search(rf"\b{CLEAR.sum()}\b", page)


def test_list_counts_people_and_rehearsals_apart(staff, django_assert_max_num_queries):
    made = study()
    store_votes(made, [CLEAR[:7]] * 3)
    store_votes(made, [CLEAR[:11]] * 3, simulated=True)
    study("other", state=Study.State.DRAFT)
    with django_assert_max_num_queries(5):
        page = text(staff.get(reverse("reports:studies")))
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
    page = text(staff.get(reverse("reports:progress", kwargs={"slug": "faces"})))
    assert "<dt>Completed</dt><dd>7</dd>" in page
    assert "<dt>Median duration</dt><dd>10.0 min</dd>" in page
    assert "210 votes, at most 210 a day." in page
    assert "Disk full; free 2 GB." in page
    assert '<th scope="row">Train image and 3D jointly</th>' in page
    assert "Started (UTC)" in page
    assert 'value="0.420"' in page


def test_progress_does_not_slow_down_with_votes(staff, django_assert_max_num_queries):
    store_votes(study(), [CLEAR] * 3)
    with django_assert_max_num_queries(10):
        staff.get(reverse("reports:progress", kwargs={"slug": "faces"}))


def test_progress_of_an_empty_study(staff):
    study()
    page = text(staff.get(reverse("reports:progress", kwargs={"slug": "faces"})))
    assert "No votes yet." in page
    assert "simulate_votes faces" in page


def test_report_page_of_a_closed_study(staff):
    store_votes(study(state=Study.State.CLOSED), [CLEAR] * 3)
    response = staff.get(reverse("reports:report", kwargs={"slug": "faces"}))
    page = text(response)
    assert "cmp-unsupervised was preferred over base-2 in all 3 sections." in page
    assert "imulated" not in page
    assert "Closed early" not in page
    assert "<dt>Median duration</dt><dd>10.0 min</dd>" in page
    assert 'download/">' not in page
    assert reverse("reports:download", kwargs={"slug": "faces", "format": "csv"}) in page
    assert ">LaTeX</a>" in page
    assert 'aria-label="Download Replication bundle (zip)"' in page


def test_report_page_obeys_the_content_security_policy(staff):
    """Our policy allows neither inline styles nor inline scripts; a browser would drop them."""
    store_votes(study(state=Study.State.CLOSED), [CLEAR] * 3)
    response = staff.get(reverse("reports:report", kwargs={"slug": "faces"}))
    assert "style-src 'self'" in response.headers["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", response.content.decode())


def test_report_page_of_an_open_study_explains(staff):
    made = study()
    store_votes(made, [CLEAR] * 3)
    store_votes(made, [CLEAR[:5]] * 3, simulated=True)
    page = text(staff.get(reverse("reports:report", kwargs={"slug": "faces"})))
    assert "The results are hidden while the study is open." in page
    assert "?rehearsal=1" in page


def test_rehearsal_page_of_an_open_study_is_labelled(staff):
    made = study()
    store_votes(made, [CLEAR] * 3)
    store_votes(made, [CLEAR[:5]] * 3, simulated=True)
    page = text(staff.get(reverse("reports:report", kwargs={"slug": "faces"}) + "?rehearsal=1"))
    assert "Rehearsal with simulated votes." in page
    assert "5 × 10" in page
    assert "40 × 10" not in page
    assert "Median duration" not in page  # Programs do not take their time.


def test_report_page_without_votes_explains(staff):
    study(state=Study.State.CLOSED)
    page = text(staff.get(reverse("reports:report", kwargs={"slug": "faces"})))
    assert "There are no votes to report yet." in page


def test_downloads_carry_a_file_name(staff):
    made = study(state=Study.State.CLOSED)
    store_votes(made, [CLEAR] * 3)
    store_votes(made, [CLEAR] * 3, simulated=True)
    address = reverse("reports:download", kwargs={"slug": "faces", "format": "json"})
    response = staff.get(address)
    assert response.headers["Content-Disposition"] == 'attachment; filename="faces-report.json"'
    assert json.loads(response.content)["simulated_votes"] is False
    rehearsal = staff.get(address + "?rehearsal=1")
    assert rehearsal.headers["Content-Disposition"] == 'attachment; filename="faces-rehearsal.json"'
    assert json.loads(rehearsal.content)["simulated_votes"] is True
    assert staff.get(reverse("reports:download", kwargs={"slug": "faces", "format": "docx"})).status_code == 404


def test_closing_asks_first_and_then_closes(staff):
    store_votes(study(), [CLEAR[:7]] * 3)
    address = reverse("reports:close", kwargs={"slug": "faces"})
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
    page = text(staff.get(reverse("reports:close", kwargs={"slug": "faces"})))
    assert ("154 were planned; closing now is a deviation and the report will say so." in page) is warned
    assert ("were planned" in page) is warned


def test_closing_a_draft_says_why_not(staff):
    study(state=Study.State.DRAFT)
    page = text(staff.post(reverse("reports:close", kwargs={"slug": "faces"}), follow=True))
    assert "is a draft" in page
    assert Study.objects.get().state == Study.State.DRAFT


def test_closing_needs_the_form_token(staff, client):
    study()
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="staff"))
    assert strict.post(reverse("reports:close", kwargs={"slug": "faces"})).status_code == 403
    assert Study.objects.get().state == Study.State.OPEN


def test_registration_page_shows_what_would_be_fixed_and_later_what_was(staff):
    made = study()
    address = reverse("reports:registration", args=[made.slug])
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
