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
from studyserver.common.refusals import name_refusals
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


def test_a_connection_that_opens_within_a_wrapper_leaves_djangos_stack_whole():
    def wrapper(execute, *arguments):
        return execute(*arguments)

    another = connection.copy()
    with another.execute_wrapper(wrapper):
        another.ensure_connection()
        assert wrapper in another.execute_wrappers
    assert another.execute_wrappers == [name_refusals]
    another.close()


def test_a_page_says_that_something_was_refused_and_nothing_lost_and_the_log_says_what(
    client, closed, monkeypatch, caplog
):
    monkeypatch.setattr(views, "render", reopen)
    response = client.get(reverse("survey:index"))
    assert response.status_code == 409
    page = response.content.decode()
    assert "What was stored before is unchanged." in page
    assert SENTENCE not in page
    assert "Traceback" not in page
    assert "refused at survey:index" in caplog.text
    assert SENTENCE in caplog.text


def test_participants_do_not_read_the_words_of_the_database(client, monkeypatch, caplog):
    factories.study(questions=1)
    monkeypatch.setattr(views, "render", lambda *_, **__: factories.study(questions=1))
    response = client.get(reverse("survey:index"))
    assert response.status_code == 409
    assert "studies_study" not in response.content.decode()
    assert "slug" in caplog.text


def test_an_error_that_no_view_foresaw_is_not_called_a_refusal(client, monkeypatch):
    def fail(*_, **__):
        raise PerceptionistError("unforeseen")

    monkeypatch.setattr(views, "render", fail)
    client.raise_request_exception = False
    response = client.get(reverse("survey:index"))
    assert response.status_code == 500
    assert "This was not stored" not in response.content.decode()


def test_the_interface_for_programs_says_it_in_its_one_shape(admin_client, closed, monkeypatch):
    monkeypatch.setattr(StudyViewSet, "get_queryset", reopen)
    response = admin_client.get(reverse("api:study-list"))
    assert response.status_code == 409
    assert json.loads(response.content)["message"].endswith(SENTENCE)


def test_a_command_ends_with_the_sentence(closed):
    with pytest.raises(CommandError, match=r"nothing was stored: A closed study stays closed"), told_to_the_user():
        reopen()
