"""The administration pages: what may be looked at, edited, and what must stay hidden."""

import numpy as np
import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from studyserver.generation.models import GenerationJob
from studyserver.studies.models import PLACEHOLDERS, Section, Stimulus, Study
from studyserver.survey.models import AttentionCheck, Participation, Trial, Vote
from tests import factories
from tests.studyserver.reports.votes import store_votes, study

pytestmark = pytest.mark.django_db
CLEAR = np.random.default_rng(3).random((4, 10)) < 0.75


@pytest.fixture
def superuser(client):
    client.force_login(User.objects.create_superuser("root"))
    return client


def addresses():
    """Every list and detail page of our models."""
    for model in admin.site._registry:
        if model._meta.app_config in apps.get_app_configs() and model.__module__.startswith("studyserver."):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            yield reverse(f"{name}_changelist")
            yield from (reverse(f"{name}_change", args=[row.pk]) for row in model.objects.all()[:3])


def test_votes_and_trials_cannot_be_browsed():
    assert not admin.site.is_registered(Vote)
    assert not admin.site.is_registered(Trial)
    assert not admin.site.is_registered(AttentionCheck)


def test_no_page_tells_the_method_of_a_stimulus_while_the_study_is_open(superuser):
    made = study()
    Stimulus.objects.update(run="run-of-cmp-unsupervised", checkpoint_sha256="c" * 64)
    store_votes(made, [CLEAR] * 3)
    for address in addresses():
        response = superuser.get(address)
        assert response.status_code == 200, address
        page = response.content.decode()
        assert "cmp-unsupervised" not in page
        assert "base-2" not in page
        assert "c" * 64 not in page


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_methods_are_shown_before_and_after(superuser, state):
    study(state=state)
    page = superuser.get(reverse("admin:studies_stimulus_changelist")).content.decode()
    assert "cmp-unsupervised" in page
    assert "base-2" in page


def test_keys_of_participants_are_not_shown(superuser):
    person = store_votes(study(), [CLEAR[:1]] * 3)[0]
    Participation.objects.update(seed=987654321)
    for address in addresses():
        page = superuser.get(address).content.decode()
        assert str(person.token) not in page
        assert "987654321" not in page


@pytest.mark.parametrize("model", [Participation, Stimulus, GenerationJob])
def test_evidence_can_only_be_looked_at(superuser, rf, model):
    request = rf.get("/")
    request.user = User.objects.get(username="root")
    registered = admin.site.get_model_admin(model)
    assert registered.has_view_permission(request)
    assert not registered.has_add_permission(request)
    assert not registered.has_change_permission(request)
    assert not registered.has_delete_permission(request)


def form_of(made: Study, title: str, prompt: str) -> dict[str, str]:
    sections = list(made.sections.all())
    fields = {"title": title, "organizer": "Lab", "contact": "x@y.org", "minutes": "12"}
    fields |= {"alpha": "0.001", "claim": "each", "looks": "fixed", "planned_participants": "154", "look_count": "5"}
    fields |= {"attention_checks": "0", "attention_passes": "0"}
    fields |= {"sections-TOTAL_FORMS": str(len(sections)), "sections-INITIAL_FORMS": str(len(sections))}
    for index, section in enumerate(sections):
        fields |= {f"sections-{index}-id": str(section.pk), f"sections-{index}-study": str(made.pk)}
        fields |= {f"sections-{index}-title": section.title, f"sections-{index}-prompt": prompt}
    return fields


def test_wording_can_be_edited_until_the_first_vote(superuser):
    made = study()
    address = reverse("admin:studies_study_change", args=[made.pk])
    assert superuser.post(address, form_of(made, "New title", "New prompt?")).status_code == 302
    made.refresh_from_db()
    assert (made.title, made.minutes, made.state) == ("New title", 12, "open")
    assert set(Section.objects.values_list("prompt", flat=True)) == {"New prompt?"}
    store_votes(made, [CLEAR[:1, : made.sections.first().questions.count()]] * 3)  # Else the freeze would be lifted.
    Study.objects.update(frozen_at=timezone.now())
    response = superuser.post(address, form_of(made, "Too late", "Too late?"), follow=True)
    assert "has votes or is closed" in response.content.decode()
    assert "What you entered was not stored." in response.content.decode()
    made.refresh_from_db()
    assert made.title == "New title"
    assert superuser.get(address).status_code == 200


def test_the_plan_of_attention_checks_can_be_edited_until_the_first_vote(superuser):
    made = factories.study(questions=1)
    address = reverse("admin:studies_study_change", args=[made.pk])
    form = form_of(made, "Faces", "Which is closer?") | {"attention_checks": "6", "attention_passes": "5"}
    assert superuser.post(address, form).status_code == 302
    store_votes(made, [CLEAR[:1, : made.sections.first().questions.count()]] * 3)  # Else the freeze would be lifted.
    Study.objects.update(frozen_at=timezone.now())
    response = superuser.post(address, form | {"attention_passes": "1"}, follow=True)
    assert "What you entered was not stored." in response.content.decode()
    made.refresh_from_db()
    assert (made.attention_checks, made.attention_passes) == (6, 5)


@pytest.mark.parametrize(
    ("checks", "passes", "said"),
    [
        ("3", "5", "5 right answers cannot come from 3 attention checks. Give 0 to 3, or more checks."),
        ("13", "0", "less than or equal to 12"),
        ("6", "5", "It has attention checks (6), which show the reference faces of two people, and not two different"),
    ],
)
def test_a_plan_of_attention_checks_that_cannot_be_carried_out_is_refused(superuser, checks, passes, said):
    made = study()  # All its questions show one reference face.
    form = form_of(made, "Faces", "Which is closer?") | {"attention_checks": checks, "attention_passes": passes}
    response = superuser.post(reverse("admin:studies_study_change", args=[made.pk]), form)
    assert said in response.content.decode()
    made.refresh_from_db()
    assert (made.attention_checks, made.attention_passes) == (0, 0)


@pytest.mark.parametrize(
    ("title", "prompt", "named"),
    [
        ("CMP vs Base-2", "Which is closer?", "base-2"),
        ("Faces", "Is base2 closer?", "base-2"),
        ("Faces", "Is (CMP_Unsupervised) closer?", "cmp-unsupervised"),
        ("Ours or theirs?", "Which is closer?", "ours"),
    ],
)
def test_wording_that_names_a_method_is_refused(superuser, title, prompt, named):
    made = study()
    response = superuser.post(reverse("admin:studies_study_change", args=[made.pk]), form_of(made, title, prompt))
    assert f"names a compared method ({named})" in response.content.decode()
    made.refresh_from_db()
    assert made.title == "Faces"
    assert set(Section.objects.values_list("prompt", flat=True)) == {"Which is closer?"}


def test_words_that_only_resemble_a_method_are_accepted(superuser):
    made = study()
    form = form_of(made, "Database 2: faces of ourselves", "Base your answer on the shape: which of 2 is closer?")
    assert superuser.post(reverse("admin:studies_study_change", args=[made.pk]), form).status_code == 302


def test_a_placeholder_that_participants_would_read_is_told_while_it_can_be_replaced(superuser):
    made = study()
    pages = [reverse("admin:studies_study_change", args=[made.pk]), reverse("studies:progress", args=["faces"])]
    assert not any("placeholder as" in superuser.get(page).content.decode() for page in pages)
    Study.objects.update(contact=PLACEHOLDERS["contact"])
    assert all("placeholder as contact" in superuser.get(page).content.decode() for page in pages)
    store_votes(made, [CLEAR[:1, : made.sections.first().questions.count()]] * 3)  # Else the freeze would be lifted.
    Study.objects.update(frozen_at=timezone.now())
    assert not any("placeholder as" in superuser.get(page).content.decode() for page in pages)


def test_studies_are_neither_added_nor_deleted_here(superuser):
    made = study(state=Study.State.DRAFT)
    assert superuser.get(reverse("admin:studies_study_add")).status_code == 403
    assert superuser.post(reverse("admin:studies_study_delete", args=[made.pk]), {"post": "yes"}).status_code == 403
    assert Study.objects.exists()
