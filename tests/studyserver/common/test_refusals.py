"""What only the database refuses reaches people as a sentence, wherever it came up."""

import json

import pytest
from django.core.management import CommandError
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.urls import reverse

from studyserver.api.views import StudyViewSet
from studyserver.common.commands import told_to_the_user
from studyserver.common.exceptions import PerceptionistError, RefusedByDatabase
from studyserver.studies.models import Study
from studyserver.survey import views
from tests import factories

pytestmark = pytest.mark.django_db
SENTENCE = "A closed study stays closed, because its results may have been seen."


@pytest.fixture
def closed():
    return factories.study(questions=1, state=Study.State.CLOSED)


def reopen(*_, **__):
    """As a fault of ours would, past the services."""
    with transaction.atomic():
        Study.objects.update(state=Study.State.OPEN)
    return HttpResponse()


def test_a_refusal_is_an_error_of_ours_and_of_the_database(closed):
    with pytest.raises(RefusedByDatabase) as refused:
        reopen()
    assert str(refused.value) == f"The database refused this, and nothing was stored: {SENTENCE}"
    assert isinstance(refused.value, PerceptionistError)
    assert isinstance(refused.value, IntegrityError)
    assert Study.objects.get().state == Study.State.CLOSED


def test_a_constraint_is_named():
    factories.study(questions=1)
    with pytest.raises(RefusedByDatabase, match=r"nothing was stored: .*study_alpha_is_a_level"), transaction.atomic():
        Study.objects.update(alpha=0)


def test_a_connection_names_its_refusals_once():
    connection.close()
    connection.ensure_connection()
    assert [wrapper.__name__ for wrapper in connection.execute_wrappers].count("name_refusals") == 1


def test_a_page_says_what_was_refused_and_that_nothing_was_lost(client, closed, monkeypatch, caplog):
    monkeypatch.setattr(views, "render", reopen)
    response = client.get(reverse("survey:index"))
    assert response.status_code == 409
    page = response.content.decode()
    assert SENTENCE in page
    assert "All that was stored before is unchanged." in page
    assert "Traceback" not in page
    assert "refused at survey:index" in caplog.text


def test_the_interface_for_programs_says_it_in_its_one_shape(admin_client, closed, monkeypatch):
    monkeypatch.setattr(StudyViewSet, "get_queryset", reopen)
    response = admin_client.get(reverse("api:study-list"))
    assert response.status_code == 409
    assert json.loads(response.content)["message"].endswith(SENTENCE)


def test_a_command_ends_with_the_sentence(closed):
    with pytest.raises(CommandError, match=r"nothing was stored: A closed study stays closed"), told_to_the_user():
        reopen()
