"""Who gets which page: every role at every researcher's address, whatever the state of the study."""

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.urls import get_resolver, reverse

from studyserver.studies.access import Right
from studyserver.studies.models import AuditEntry, Study
from tests.accounts import account
from tests.studyserver.reports.votes import store_votes, study

pytestmark = pytest.mark.django_db
CLEAR = np.random.default_rng(3).random((12, 10)) < 0.75

ROLES = ["bare", "viewer", "closer", "reader", "root"]
ADDRESSES = {
    # An address: the answers to an account without rights, one that may view, close, see results, and a superuser.
    "/studies/": [403, 200, 403, 403, 200],
    "/planning/": [403, 200, 403, 403, 200],
    "/planning/?pilot=faces": [403, 403, 403, 403, 200],
    "/studies/faces/": [403, 200, 403, 403, 200],
    "/studies/faces/registration/": [403, 200, 403, 403, 200],
    "/studies/faces/registration/?download": [403, 200, 403, 403, 200],
    "/studies/faces/registration/1/": [403, 404, 403, 403, 404],
    "/studies/faces/open/": [403, 403, 403, 403, 302],
    "/studies/faces/close/": [403, 403, 200, 403, 200],
    "/studies/faces/report/": [403, 403, 403, 200, 200],
    "/studies/faces/report/?rehearsal": [403, 403, 403, 200, 200],
    "/studies/faces/report/json/": [403, 403, 403, 200, 200],
    "/api/schema/": [403, 200, 403, 403, 200],
    "/api/studies/": [403, 200, 403, 403, 200],
    "/api/studies/faces/": [403, 200, 403, 403, 200],
    # Nobody has voted, which its answer says.
    "/api/studies/faces/report/": [403, 403, 403, 409, 409],
}
LACKS = {
    "/studies/faces/": "studies.view_study",
    "/studies/faces/close/": "studies.close_study",
    "/studies/faces/report/": "studies.see_results",
    "/planning/?pilot=faces": "studies.view_study",
    "/api/studies/": "studies.view_study",
    "/api/studies/faces/report/": "studies.see_results",
}


def sign_in(client, role: str) -> None:
    if role == "root":
        client.force_login(User.objects.create_superuser("root"))
    elif role != "anonymous":
        rights = {"viewer": [Right.VIEW], "closer": [Right.CLOSE], "reader": [Right.RESULTS]}
        client.force_login(account(role, *rights.get(role, [])))


@pytest.mark.parametrize("state", Study.State.values)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_its_pages_and_no_others(client, role, state):
    study(state=state)
    sign_in(client, role)
    assert {address: client.get(address).status_code for address in ADDRESSES} == {
        address: answers[ROLES.index(role)] for address, answers in ADDRESSES.items()
    }


@pytest.mark.parametrize("state", Study.State.values)
def test_the_anonymous_are_asked_to_sign_in(client, state):
    study(state=state)
    for address in ADDRESSES:
        answer = client.get(address)
        if address.startswith("/api/"):
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="api"')
            assert set(answer.json()) == {"message", "extra"}
        else:
            assert answer.status_code == 302
            assert answer.url.startswith(f"{reverse('admin:login')}?next=/")


def test_the_table_has_every_address_of_researchers():
    """An address that is added without a line above fails here."""
    names = {f"{space}:{name}" for space in ("studies", "reports", "api") for name in _names(get_resolver(), space)} - {
        "api:api-root"
    }
    assert names == {
        *(
            "studies:list",
            "studies:progress",
            "studies:registration",
            "studies:superseded_registration",
            "studies:open",
            "studies:close",
        ),
        *("reports:report", "reports:download"),
        *("api:study-list", "api:study-detail", "api:study-report", "api:schema"),
    }


def _names(resolver, space: str) -> set[str]:
    return {name for name in resolver.namespace_dict[space][1].reverse_dict if isinstance(name, str)}


@pytest.mark.parametrize(("address", "right"), LACKS.items())
def test_who_is_refused_is_told_what_is_missing_and_whom_to_ask(client, address, right):
    study()
    User.objects.create_superuser("grace")
    sign_in(client, "bare")
    answer = client.get(address)
    said = answer.json()["message"] if address.startswith("/api/") else answer.content.decode()
    assert "The account bare may not" in said
    assert f"it lacks the permission {right}." in said
    assert "grace can" in said


def test_a_closer_closes_and_nobody_else_does(client):
    store_votes(study(), [CLEAR] * 3)
    for role in ("anonymous", "bare", "viewer", "reader"):
        client.logout()
        sign_in(client, role)
        assert client.post("/studies/faces/close/").status_code == (302 if role == "anonymous" else 403)
        assert Study.objects.get().state == Study.State.OPEN
    sign_in(client, "closer")
    page = client.post("/studies/faces/close/", follow=True).content.decode()
    assert "Faces is closed." in page
    assert "is closed already" in " ".join(page.split())
    assert Study.objects.get().state == Study.State.CLOSED
    assert AuditEntry.objects.values_list("actor_name", "action").get() == ("closer", "closed")


@pytest.mark.parametrize("role", ["reader", "root"])
def test_no_right_shows_results_before_the_rule_of_the_study(client, role):
    store_votes(study(), [CLEAR] * 3)
    sign_in(client, role)
    assert "The results are hidden while the study is open." in client.get("/studies/faces/report/").content.decode()
    assert b"cmp-unsupervised" not in client.get("/studies/faces/report/json/").content
    assert client.get("/api/studies/faces/report/").status_code == 409


@pytest.mark.parametrize(
    ("rights", "seen", "not_seen"),
    [
        (
            [Right.VIEW],
            ["Studies</a>", "Planning</a>", "/registration/"],
            ["/close/", "/report/", "Looks at", "/admin/s"],
        ),
        ([Right.VIEW, Right.CLOSE], ["/studies/faces/close/"], ["/report/", "Looks at"]),
        ([Right.VIEW, Right.RESULTS], ["/studies/faces/report/", "Looks at", "?rehearsal=1"], ["/close/"]),
        ([Right.VIEW, Right.CHANGE], ["/change/"], ["/close/", "/report/"]),
    ],
)
def test_a_page_offers_what_its_reader_may_do(client, rights, seen, not_seen):
    made = study()
    Study.objects.update(contact="through the person who sent you this link")
    store_votes(made, [CLEAR] * 3, simulated=True)
    client.force_login(account("anna", *rights))
    page = client.get("/studies/faces/").content.decode()
    assert [part for part in seen if part not in page] == []
    assert [part for part in not_seen if part in page] == []


def test_a_closed_study_is_offered_as_a_pilot_to_those_who_may_see_results(client):
    store_votes(study(state=Study.State.CLOSED), [CLEAR] * 3)
    client.force_login(account("anna", Right.VIEW))
    assert "pilot" not in client.get("/planning/").content.decode()
    assert "pilot=faces" not in client.get("/studies/faces/").content.decode()
    client.force_login(account("carla", Right.VIEW, Right.RESULTS))
    assert "pilot=faces" in client.get("/studies/faces/").content.decode()
    assert client.get("/planning/?pilot=faces").status_code == 200


def test_an_account_without_staff_status_signs_in_and_sees_what_it_may(client):
    study()
    account("anna", Right.VIEW, is_staff=False)
    sent = {"username": "anna", "password": "correct horse battery"}
    page = client.post("/admin/login/?next=/studies/faces/", sent, follow=True)
    assert page.status_code == 200
    assert "Log out anna" in page.content.decode()
    assert 'href="/admin/"' not in page.content.decode()
    assert client.get("/admin/studies/study/").status_code == 302
