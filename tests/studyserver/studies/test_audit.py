"""Who did what to a study stands beside it, whatever becomes of the account."""

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse

from studyserver.studies.audit import Action, record
from studyserver.studies.models import AuditEntry, Stimulus, Study
from studyserver.studies.services import close_study, open_study
from tests import factories
from tests.studyserver.reports.votes import study as rows_only_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return User.objects.create_superuser("anna")


def entries() -> list[tuple[str, str, str, str]]:
    return list(AuditEntry.objects.values_list("study_slug", "actor_name", "action", "detail"))


def test_opening_and_closing_say_who_did_it(anna):
    draft = factories.study(questions=1, state=Study.State.DRAFT)
    open_study(study=draft)
    close_study(study=draft, by=anna)
    assert entries() == [("faces", "", "opened", ""), ("faces", "anna", "closed", "")]
    assert [entry.who for entry in draft.audit_entries.all()] == ["a command", "anna"]
    assert str(AuditEntry.objects.last()) == "faces: closed by anna"


def test_what_changes_nothing_is_not_written_down(anna):
    draft = factories.study(questions=1, state=Study.State.DRAFT)
    for _ in range(2):
        open_study(study=draft, by=anna)
    for _ in range(2):
        close_study(study=draft, by=anna)
    assert [entry[2] for entry in entries()] == ["opened", "closed"]


def test_an_act_that_is_undone_leaves_no_entry(anna):
    made = rows_only_study()
    with transaction.atomic():
        close_study(study=made, by=anna)
        transaction.set_rollback(True)
    assert entries() == []
    assert Study.objects.get().accepts_votes


def test_the_page_that_closes_says_who_was_signed_in(client, anna):
    rows_only_study()
    client.force_login(anna)
    client.post(reverse("studies:close", args=["faces"]))
    assert entries() == [("faces", "anna", "closed", "")]


def test_entries_outlive_account_and_study(anna):
    made = rows_only_study(state=Study.State.DRAFT)
    record(study=made, actor=anna, action=Action.EDITED, detail="title")
    anna.delete()
    Stimulus.objects.all().delete()
    made.delete()
    entry = AuditEntry.objects.get()
    assert (entry.study, entry.actor) == (None, None)
    assert (entry.study_slug, entry.who, entry.detail) == ("faces", "anna", "title")


def test_entries_can_only_be_looked_at(client, anna):
    entry = record(study=rows_only_study(), actor=anna, action=Action.EDITED, detail="alpha")
    client.force_login(anna)
    page = client.get(reverse("admin:studies_auditentry_changelist")).content.decode()
    assert "alpha" in page
    assert client.get(reverse("admin:studies_auditentry_add")).status_code == 403
    for act in ("change", "delete"):
        address = reverse(f"admin:studies_auditentry_{act}", args=[entry.pk])
        assert client.post(address, {"post": "yes", "detail": "nothing"}).status_code == 403
    remove = {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
    client.post(reverse("admin:studies_auditentry_changelist"), remove)
    assert entries() == [("faces", "anna", "edited", "alpha")]
