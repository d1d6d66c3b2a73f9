"""The administration's lists find what their own filters ask for: no lookup in the address is an oracle."""

from collections.abc import Iterator

import numpy as np
import pytest
from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import reverse

from studyserver.generation.models import GenerationJob
from studyserver.studies.audit import Action, record
from studyserver.studies.models import AuditEntry, Condition, Stimulus, Study
from studyserver.studies.services import close_study
from studyserver.survey.models import Participation, Trial, Vote
from tests import factories
from tests.studyserver.reports.votes import store_votes, study

pytestmark = pytest.mark.django_db
CLEAR = np.random.default_rng(3).random((4, 10)) < 0.75
HOPS = 3
LISTS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def address(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.fixture
def viewer(client):
    """A member of staff who may look at everything and change nothing."""
    made = User.objects.create_user("viewer", is_staff=True)
    made.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(made)
    return client


def relations(model: type[models.Model]) -> Iterator[tuple[str, type[models.Model]]]:
    """The names under which a lookup goes on to other tables, backwards too."""
    for field in model._meta.get_fields(include_hidden=True):
        if field.is_relation and field.related_model and not field.hidden:
            yield field.name, field.related_model


def paths(model: type[models.Model], hops: int) -> Iterator[tuple[str, type[models.Model]]]:
    """Every chain of up to ``hops`` relations, and where it leads."""
    for name, related in relations(model):
        yield name, related
        if hops > 1:
            yield from ((f"{name}__{rest}", end) for rest, end in paths(related, hops - 1))


def lookups(model: type[models.Model]) -> Iterator[str]:
    """Questions about other tables that come back through relations, and about fields that the list does not show."""
    for path, end in paths(model, HOPS):
        yield from (f"{path}__pk", f"{path}__in")
        # A text, a number or a time of the table at the end, by its beginning or size.
        yield from (f"{path}__{field.name}__gte" for field in end._meta.concrete_fields[1:3] if not field.is_relation)
    for field in model._meta.concrete_fields:
        if not field.is_relation:
            yield from (f"{field.name}__startswith", f"{field.name}__lt", f"{field.name}__in")


@pytest.fixture
def filled():
    made = study()
    person = store_votes(made, [CLEAR] * 3)[0]
    GenerationJob.objects.create(study=made, stage="joint", fingerprint="f", state="ready")
    record(study=made, actor=None, action=Action.OPENED)
    return person


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_no_lookup_changes_what_a_list_finds(rf, filled, model):
    """Straight at the list, without its page: thousands of lookups, each refused before a row is asked for."""
    registered = admin.site.get_model_admin(model)
    asked = sorted(set(lookups(model)))
    assert len(asked) > 50
    # The way of the finding: by the votes behind a study's own filter.
    assert model is not Participation or "study__participations__trials__pk" in asked
    request = rf.get("/")
    request.user = User.objects.create_superuser("root")
    answered = []
    for lookup in asked:
        request.GET = type(rf.get("/").GET)(f"{lookup}=1")
        try:
            registered.get_changelist_instance(request)
        except DisallowedModelAdminLookup:
            continue
        answered.append(lookup)
    assert answered == []


def test_votes_by_method_cannot_be_asked_for_through_a_relation_that_leads_back(viewer, filled):
    answer = viewer.get(
        f"{address(Participation)}?study__participations__pk={filled.pk}"
        "&study__participations__trials__vote__choice=left&study__participations__trials__left__condition__role=ours"
    )
    assert answer.status_code == 400
    said = " ".join(answer.content.decode().split())
    assert "Filtering by study__participations__" in said
    assert "A list takes what its own filters, search and order ask for, and nothing else" in said
    assert "participation" not in said.replace("study__participations__", "")


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Participation, "study__participations__token__startswith={digit}"),
        (Participation, "study__id__exact={study}&study__participations__token__startswith={digit}"),
        (Participation, "token__startswith={digit}"),
        (Participation, "seed__lt=1000"),
        (Participation, "study__seed__lt=1000"),
        (Participation, "study__id__in={study},{study}"),
        (Participation, "excluded__in=0,1"),
        (Participation, "completion_code__startswith=A"),
        (Stimulus, "condition={condition}"),
        (Stimulus, "run=run-of-cmp-unsupervised"),
        (Stimulus, "condition__role=ours"),
        (Stimulus, "condition__isnull=False"),
        (Stimulus, "question__section__study__conditions__stimuli__pk=1"),
        (Study, "participations__token__startswith={digit}"),
        (Study, "conditions__stimuli__condition__role=ours"),
        (Study, "state__in=open,closed"),
        (Study, "seed__gte=7"),
        (GenerationJob, "study__participations__trials__vote__choice=left"),
        (AuditEntry, "actor__password__startswith=p"),
        (User, "password__startswith=p"),
        (User, "is_staff__exact=1&user_permissions__codename__startswith=view"),
    ],
)
def test_filters_in_the_address_find_nothing_out(viewer, filled, model, query):
    condition = Condition.objects.first()
    asked = query.format(condition=condition.pk, digit=str(filled.token)[0], study=condition.study_id)
    assert viewer.get(f"{address(model)}?{asked}").status_code == 400


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Participation, "kind__exact=person&excluded__exact=0&study__id__exact={study}"),
        (Participation, "q=ABC"),
        (Participation, "o=-1.3&p=0&all="),
        (Participation, "_facets=True"),
        (Participation, "e=1"),
        (Stimulus, "question__section__study__id__exact={study}"),
        (Study, "state__exact=open&q=faces"),
        (AuditEntry, "study_slug=faces&action=opened"),
        (GenerationJob, "study__id__exact={study}&state__exact=ready"),
        (User, "is_staff__exact=1&is_active__exact=1&groups__id__exact=1"),
    ],
)
def test_what_a_list_itself_writes_into_the_address_works(viewer, filled, model, query):
    asked = query.format(study=Study.objects.get().pk)
    assert viewer.get(f"{address(model)}?{asked}").status_code == 200


@pytest.mark.parametrize("parameter", ["_to_field=token", "_to_field=seed", "_to_field=study__seed"])
def test_rows_are_found_by_their_number_alone(viewer, filled, parameter):
    by_token = reverse("admin:survey_participation_change", args=[filled.token])
    assert viewer.get(f"{by_token}?{parameter}").status_code == 400
    assert viewer.get(f"{address(Participation)}?{parameter}").status_code == 400


def test_kept_filters_of_a_form_are_asked_of_no_list(viewer, filled):
    kept = "_changelist_filters=study__participations__token__startswith%3Da"
    page = viewer.get(f"{reverse('admin:survey_participation_change', args=[filled.pk])}?{kept}")
    assert page.status_code == 200
    back = f"{address(Participation)}?study__participations__token__startswith=a"
    assert viewer.get(back).status_code == 400


@pytest.mark.parametrize("field", ["token", "kind", "trials"])
def test_no_key_of_a_participant_completes_what_is_typed(viewer, filled, field):
    asked = f"app_label=survey&model_name=participation&field_name={field}&term=a"
    assert viewer.get(f"{reverse('admin:autocomplete')}?{asked}").status_code == 403


@pytest.mark.parametrize("model", [Participation, Trial, Vote, Stimulus])
def test_no_row_leads_to_the_page_of_a_participant(viewer, filled, model):
    kind = ContentType.objects.get_for_model(model)
    # One that is there and one that is not answer alike.
    answers = [viewer.get(f"/admin/r/{kind.pk}/{key}/") for key in (model.objects.first().pk, 10**6)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_histories_tell_no_more_than_the_forms(viewer, filled):
    page = viewer.get(reverse("admin:survey_participation_history", args=[filled.pk])).content.decode()
    assert str(filled.token) not in page
    assert viewer.get(reverse("admin:survey_participation_delete", args=[filled.pk])).status_code == 403
    assert viewer.get(reverse("admin:studies_study_delete", args=[filled.study_id])).status_code == 403


def test_number_and_order_of_stimuli_stand_beside_no_file_while_the_study_is_open(viewer):
    """Methods are made one after the other, so the lower number of a question's two is always the same method's."""
    made = factories.study(questions=1)
    for stimulus in Stimulus.objects.all():
        page = viewer.get(reverse("admin:studies_stimulus_change", args=[stimulus.pk])).content.decode()
        files = [stimulus.image_id, stimulus.mesh_id, stimulus.turntable_id, stimulus.question.reference_id]
        assert [file for file in files if file and str(file) in page] == []
    listed = viewer.get(f"{address(Stimulus)}?o=3").content.decode()
    assert not [file for file in Stimulus.objects.values_list("image", flat=True) if file and str(file) in listed]
    close_study(study=made)
    page = viewer.get(reverse("admin:studies_stimulus_change", args=[stimulus.pk])).content.decode()
    assert "cmp-unsupervised" in page or "base-2" in page
