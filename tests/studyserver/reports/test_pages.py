import json
import re

import pytest
from django.urls import reverse

from studyserver.studies.models import Study
from tests.accounts import researcher
from tests.studyserver.reports.votes import CLEAR, store_votes, study

pytestmark = pytest.mark.django_db

PAGES = [
    ("studies:list", {}),
    ("studies:progress", {"slug": "faces"}),
    ("studies:close", {"slug": "faces"}),
    ("studies:registration", {"slug": "faces"}),
    ("reports:report", {"slug": "faces"}),
    ("reports:download", {"slug": "faces", "format": "json"}),
]


@pytest.fixture
def staff(client):
    client.force_login(researcher())
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("name", ["studies:progress", "reports:report", "studies:close"])
def test_unknown_studies_are_not_found(staff, name):
    assert staff.get(reverse(name, kwargs={"slug": "nowhere"})).status_code == 404


# What is registered names both methods; it tells neither votes nor sides.
@pytest.mark.parametrize(("name", "kwargs"), [page for page in PAGES if page[0] != "studies:registration"])
def test_open_studies_say_nothing_about_methods(staff, name, kwargs):
    store_votes(study(), [CLEAR] * 3)
    page = text(staff.get(reverse(name, kwargs=kwargs)))
    assert "cmp-unsupervised" not in page
    assert "base-2" not in page
    assert not re.search(rf"\b{CLEAR.sum()}\b", page)


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
