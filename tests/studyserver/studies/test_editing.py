"""Editing a study: what is written, what is refused, and what others may do meanwhile."""

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from studyserver.studies.exceptions import StudyFrozen
from studyserver.studies.freezing import freeze_study
from studyserver.studies.models import AuditEntry, Section, Study
from studyserver.studies.services import close_study, edit_section, edit_study
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


@pytest.fixture
def study():
    made = factories.study(questions=1)
    made.refresh_from_db()
    return made


@pytest.fixture
def section(study):
    return study.sections.get(position=1)


def test_only_the_changed_fields_are_written(study):
    seen = Study.objects.get(pk=study.pk)
    Study.objects.update(contact="someone@example.org", attention_checks=6)
    edit_study(study=seen, changes={"title": "Voices"})
    study.refresh_from_db()
    assert (study.title, study.contact, study.attention_checks) == ("Voices", "someone@example.org", 6)


def test_who_changed_what_stands_in_the_history(study, section):
    editor = User.objects.create_user("ada")
    edit_study(study=study, changes={"title": "Voices", "alpha": 0.05, "minutes": 10}, by=editor)
    edit_section(section=section, changes={"prompt": "Which is nearer?"})
    entries = AuditEntry.objects.order_by("pk").values_list("action", "actor_name", "detail")
    assert list(entries) == [
        ("edited", "ada", "title 'Faces' is now 'Voices', alpha 0.001 is now 0.05"),
        ("edited", "", "section 1: prompt 'Which is closer?' is now 'Which is nearer?'"),
    ]


def test_an_edit_that_changes_nothing_leaves_no_entry(study):
    edit_study(study=study, changes={"title": "Faces"})
    assert not AuditEntry.objects.exists()


def test_only_the_changed_fields_of_a_section_are_written(section):
    seen = Section.objects.get(pk=section.pk)
    Section.objects.filter(pk=section.pk).update(title="Faces only")
    edit_section(section=seen, changes={"prompt": "Which is nearer?"})
    section.refresh_from_db()
    assert (section.title, section.prompt) == ("Faces only", "Which is nearer?")


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(study):
    Study.objects.update(title="Theirs")
    with pytest.raises(ValidationError, match="Somebody else has changed this to 'Theirs' meanwhile") as refused:
        edit_study(study=study, changes={"title": "Mine", "contact": "me@example.org"})
    assert list(refused.value.message_dict) == ["title"]
    study.refresh_from_db()
    assert (study.title, study.contact) == ("Theirs", "lab@example.org")


def test_two_who_change_a_field_to_the_same_do_not_disagree(study):
    Study.objects.update(title="Alike")
    edit_study(study=study, changes={"title": "Alike"})


def test_values_are_judged_by_the_row_as_it_is_now(study):
    Study.objects.update(attention_checks=3)
    edit_study(study=study, changes={"attention_passes": 3})
    with pytest.raises(ValidationError, match="4 right answers cannot come from 3 attention checks"):
        edit_study(study=Study.objects.get(), changes={"attention_passes": 4})
    study.refresh_from_db()
    assert study.attention_passes == 3


@pytest.mark.parametrize("field", ["state", "frozen_at", "slug", "seed", "id", "nonsense"])
def test_what_is_no_wording_and_no_plan_cannot_be_edited(study, field):
    with pytest.raises(ValidationError, match=f"{field} cannot be edited; these can: alpha, attention_checks"):
        edit_study(study=study, changes={field: None})


def test_the_place_of_a_section_cannot_be_edited(section):
    with pytest.raises(ValidationError, match="position cannot be edited; these can: prompt, title"):
        edit_section(section=section, changes={"position": 7})


@pytest.mark.parametrize("end", [factories.freeze, close_study])
def test_a_study_that_was_frozen_or_closed_meanwhile_stays_as_it_is(study, section, end):
    end(study=study)
    with pytest.raises(StudyFrozen, match="has votes or is closed"):
        edit_study(study=study, changes={"title": "Too late"})
    with pytest.raises(StudyFrozen, match="has votes or is closed"):
        edit_section(section=section, changes={"prompt": "Too late?"})
    study.refresh_from_db()
    section.refresh_from_db()
    assert (study.title, section.prompt) == ("Faces", "Which is closer?")


def as_browsers_send(fields):
    """Browsers end the lines of whatever they send with CRLF, hidden fields included."""
    return {name: str(value).replace("\r\n", "\n").replace("\n", "\r\n") for name, value in fields.items()}


class TestForm:
    """The page of the administration, held open while others work."""

    @pytest.fixture
    def page(self, admin_client, study):
        address = reverse("admin:studies_study_change", args=[study.pk])

        def shown():
            """The fields as a browser would send them back, hidden ones included."""
            context = admin_client.get(address).context
            forms = [context["adminform"].form, *context["inline_admin_formsets"][0].formset.forms]
            sent = {}
            for form in forms:
                for bound in form:
                    sent[bound.html_name] = sent[bound.html_initial_name] = bound.value()
            management = context["inline_admin_formsets"][0].formset.management_form
            sent |= {bound.html_name: bound.value() for bound in management}
            return {name: "" if value is None else value for name, value in sent.items()}

        return shown, lambda fields: admin_client.post(address, fields)

    def test_it_writes_what_its_user_changed_and_keeps_what_others_did(self, page, study, section):
        shown, send = page
        fields = shown()
        Study.objects.update(contact="new@example.org")
        Section.objects.filter(pk=section.pk).update(title="Faces only")
        response = send(fields | {"title": "Voices", "sections-0-prompt": "Which is nearer?"})
        assert response.status_code == 302
        study.refresh_from_db()
        section.refresh_from_db()
        assert (study.title, study.contact) == ("Voices", "new@example.org")
        assert (section.title, section.prompt) == ("Faces only", "Which is nearer?")

    def test_nothing_is_lost_where_two_change_the_same_field(self, page, study):
        shown, send = page
        fields = shown() | {"title": "Mine", "contact": "me@example.org"}
        Study.objects.update(title="Theirs")
        response = send(fields)
        again = response.content.decode()
        assert "Somebody else has changed this to &#x27;Theirs&#x27; meanwhile. Save again to replace that." in again
        assert 'value="Mine"' in again
        study.refresh_from_db()
        assert (study.title, study.contact) == ("Theirs", "lab@example.org")
        assert send(fields | {"initial-title": "Theirs"}).status_code == 302
        assert 'name="initial-title" value="Theirs"' in again
        study.refresh_from_db()
        assert (study.title, study.contact) == ("Mine", "me@example.org")

    def test_a_page_of_another_making_overwrites_nothing(self, page, study):
        shown, send = page
        forged = {"alpha": "0.01", "initial-alpha": "x", "minutes": "12", "initial-minutes": "x"}
        response = send(shown() | forged)
        assert "Somebody else has changed this to 0.001 meanwhile." in response.content.decode()
        study.refresh_from_db()
        assert (study.alpha, study.minutes) == (0.001, 10)

    def test_nothing_is_lost_where_two_change_the_same_section(self, page, section):
        shown, send = page
        fields = shown() | {"title": "Voices", "sections-0-prompt": "Mine?"}
        Section.objects.filter(pk=section.pk).update(prompt="Theirs?")
        assert "Somebody else has changed this to &#x27;Theirs?&#x27;" in send(fields).content.decode()
        section.refresh_from_db()
        assert (section.prompt, Study.objects.get().title) == ("Theirs?", "Faces")

    def test_a_study_that_froze_while_the_page_was_open_says_so_and_keeps_all(self, page, study):
        shown, send = page
        fields = shown() | {"title": "Too late", "sections-0-prompt": "Too late?"}
        factories.freeze(study)
        frozen_at = Study.objects.get().frozen_at
        response = send(fields)
        assert response.status_code == 302
        study.refresh_from_db()
        assert (study.title, study.frozen_at) == ("Faces", frozen_at)
        assert set(Section.objects.values_list("prompt", flat=True)) == {"Which is closer?"}

    @pytest.fixture
    def nobody_is_left(self, study):
        """Frozen by votes that are deleted since."""
        freeze_study(study=study)
        study.refresh_from_db()
        assert study.frozen_for_nobody

    @pytest.mark.usefixtures("nobody_is_left")
    @pytest.mark.parametrize(("entered", "status"), [({}, 302), ({"title": ""}, 200), ({"alpha": "2"}, 200)])
    def test_a_freeze_for_nobody_stays_where_nothing_is_saved(self, page, study, entered, status):
        shown, send = page
        frozen_at, registration = study.frozen_at, study.registration
        assert send(shown() | entered).status_code == status
        study.refresh_from_db()
        assert (study.title, study.frozen_at, study.registration) == ("Faces", frozen_at, registration)
        assert not AuditEntry.objects.exists()

    @pytest.mark.usefixtures("nobody_is_left")
    def test_a_freeze_for_nobody_is_lifted_by_what_is_saved(self, page, study):
        shown, send = page
        assert send(shown() | {"title": "Voices"}).status_code == 302
        study.refresh_from_db()
        assert (study.title, study.frozen_at, study.registration) == ("Voices", None, None)
        assert list(AuditEntry.objects.values_list("action", "actor_name")) == [
            ("unfrozen", "admin"),
            ("edited", "admin"),
        ]

    @pytest.mark.parametrize("stored", ["One.\nTwo?", "One.\r\nTwo?", "One.\nTwo?\n"])
    def test_text_in_several_lines_can_be_edited_from_a_browser(self, page, section, stored):
        shown, send = page
        Section.objects.filter(pk=section.pk).update(prompt=stored)
        fields = as_browsers_send(shown())
        assert send(fields).status_code == 302
        section.refresh_from_db()
        assert section.prompt == stored
        assert send(fields | {"sections-0-prompt": "One.\r\nThree?"}).status_code == 302
        section.refresh_from_db()
        assert section.prompt == "One.\nThree?"

    def test_text_in_several_lines_is_not_overwritten_either(self, page, section):
        shown, send = page
        Section.objects.filter(pk=section.pk).update(prompt="One.\nTwo?")
        fields = as_browsers_send(shown() | {"sections-0-prompt": "Mine.\nTwo?"})
        Section.objects.filter(pk=section.pk).update(prompt="Theirs.\nTwo?")
        response = send(fields)
        assert "Somebody else has changed this to" in response.content.decode()
        section.refresh_from_db()
        assert section.prompt == "Theirs.\nTwo?"
        again = response.context["inline_admin_formsets"][0].formset.forms[0]["prompt"]
        known = again.form.data[again.html_initial_name]
        assert send(fields | as_browsers_send({again.html_initial_name: known})).status_code == 302
        section.refresh_from_db()
        assert section.prompt == "Mine.\nTwo?"

    @pytest.mark.parametrize("right", [None, "view_study"])
    @pytest.mark.parametrize("end", [None, factories.freeze, close_study])
    def test_who_may_not_change_studies_is_told_nothing_of_them(self, client, study, right, end):
        if end:
            end(study=study)
        account = User.objects.create_user("staff", is_staff=True)
        if right:
            account.user_permissions.add(Permission.objects.get(codename=right))
        client.force_login(account)
        address = reverse("admin:studies_study_change", args=[study.pk])
        with CaptureQueriesContext(connection) as asked:
            response = client.post(address, {})
        assert response.status_code == 403
        assert not [query["sql"] for query in asked if 'FROM "studies_study"' in query["sql"]]
        assert not list(get_messages(response.wsgi_request))
        unknown = reverse("admin:studies_study_change", args=["99"])
        assert client.post(unknown, {}).status_code == 403  # Not that there is no such study.

    def test_a_page_of_no_study_is_not_found(self, admin_client):
        response = admin_client.post(reverse("admin:studies_study_change", args=["99"]), {}, follow=True)
        assert "doesn’t exist" in response.content.decode()
