"""The migrations of filled databases, forth and back."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from studyserver.studies.models import Registration
from studyserver.survey.models import Participation, Vote
from studyserver.survey.previews import skip_ahead, start_preview
from studyserver.survey.services import leave_and_delete, record_vote, start_participation
from tests import factories
from tests.studyserver.reports.votes import store_votes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


@pytest.fixture
def migrate():
    """Migrate an app to a name and return the models as they are there; at the end back to the present."""

    def migrate(app, name):
        call_command("migrate", app, name, verbosity=0)
        return MigrationExecutor(connection).loader.project_state([(app, name)]).apps

    yield migrate
    call_command("migrate", verbosity=0)


def test_kinds_tell_people_from_rehearsals_and_previews_do_not_survive_the_way_back(migrate):
    study = factories.study(questions=2)
    answers = [[[1, 0], [0, 1]]] * 3
    store_votes(study, answers)
    store_votes(study, [table[:1] for table in answers], simulated=True)
    skip_ahead(preview=start_preview(study=study), to_end=True)

    old = migrate("survey", "0002_attention_check").get_model("survey", "Participation")
    assert sorted(old.objects.values_list("simulated", flat=True)) == [False, False, True]
    old.objects.create(study_id=study.pk, seed=99, simulated=True, consent_sha256="0" * 64)

    call_command("migrate", verbosity=0)
    kinds = Participation.objects.values_list("kind", flat=True)
    assert sorted(kinds) == ["person", "person", "rehearsal", "rehearsal"]
    assert Vote.objects.count() == 3 * 6


def vote_once(study):
    somebody = start_participation(study=study)
    record_vote(trial=somebody.trials.get(position=1), choice="left", response_ms=1)
    return somebody


def test_registrations_in_force_survive_both_ways_and_superseded_ones_only_forth(migrate):
    once, twice, never = (factories.study(slug, questions=1) for slug in ("once", "twice", "never"))
    leave_and_delete(participation=vote_once(twice))
    leave_and_delete(participation=vote_once(never))
    vote_once(once)
    vote_once(twice)
    in_force = set(Registration.objects.filter(superseded_at=None).values_list("study__slug", "sha256", "created_at"))
    assert Registration.objects.count() == 4

    old = migrate("studies", "0004_audit_entry").get_model("studies", "Registration")
    assert set(old.objects.values_list("study__slug", "sha256", "created_at")) == in_force
    call_command("migrate", verbosity=0)
    assert set(Registration.objects.values_list("study__slug", "sha256", "created_at")) == in_force
    assert not Registration.objects.exclude(superseded_at=None).exists()
    leave_and_delete(participation=Participation.objects.get(study=once))
    assert once.registration is None
    vote_once(once)
    assert once.registrations.count() == 2
