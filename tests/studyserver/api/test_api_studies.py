"""The REST interface: who may read what, and the one shape of errors."""

import numpy as np
import pytest

from studyserver.studies.models import Study
from studyserver.studies.services import close_study
from tests.accounts import researcher
from tests.studyserver.reports.votes import store_votes, study

pytestmark = pytest.mark.django_db
CLEAR = np.random.default_rng(3).random((12, 10)) < 0.75


@pytest.fixture
def staff(client):
    client.force_login(researcher())
    return client


def test_list_tells_progress_and_no_method(staff, django_assert_num_queries):
    store_votes(study(), [CLEAR] * 3)
    with django_assert_num_queries(6):  # Session, user, its permissions and its groups', count, studies.
        answer = staff.get("/api/studies/")
    assert answer.json()["results"][0] | {"opened_at": None} == {
        "slug": "faces",
        "title": "Faces",
        "state": "open",
        "opened_at": None,
        "closed_at": None,
        "started": 12,
        "completed": 12,
        "rehearsed": 0,
    }
    assert b"cmp-unsupervised" not in answer.content


def test_report_of_an_open_study_is_refused_with_the_remedy(staff):
    store_votes(study(), [CLEAR] * 3)
    answer = staff.get("/api/studies/faces/report/")
    assert answer.status_code == 409
    assert "close" in answer.json()["message"].lower()
    assert b"cmp-unsupervised" not in answer.content


def test_report_of_a_closed_study_has_the_numbers(staff):
    made = study()
    store_votes(made, [CLEAR] * 3)
    close_study(study=Study.objects.get(pk=made.pk))
    answer = staff.get("/api/studies/faces/report/")
    assert answer.json()["sections"][0]["votes_for"] == int(CLEAR.sum())
    assert answer.json()["simulated_votes"] is False


def test_unknown_study_is_not_found_in_the_error_shape(staff):
    answer = staff.get("/api/studies/nowhere/")
    assert answer.status_code == 404
    assert answer.json()["message"]


def test_schema_describes_the_report(staff):
    schema = staff.get("/api/schema/?format=json")
    assert schema.status_code == 200
    assert "/api/studies/{slug}/report/" in schema.content.decode()


@pytest.mark.parametrize("address", ["/api/", "/api/nowhere/", "/api/studies/faces/nothing/"])
def test_addresses_without_anything_answer_in_the_error_shape(staff, address):
    answer = staff.get(address)
    assert answer.status_code == 404
    assert f"There is nothing at {address}." in answer.json()["message"]
    assert answer.json()["extra"] == {}


def test_our_own_faults_answer_in_the_error_shape(staff, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret detail")

    study()
    monkeypatch.setattr("studyserver.api.views.studies_with_progress", broken)
    staff.raise_request_exception = False
    answer = staff.get("/api/studies/")
    assert answer.status_code == 500
    assert set(answer.json()) == {"message", "extra"}
    assert "secret" not in answer.json()["message"]
