"""The migrations of filled databases, forth and back."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from studyserver.survey.models import Participation, Vote
from tests import factories
from tests.studyserver.reports.votes import store_votes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

BEFORE_KINDS = "0002_attention_check"


@pytest.fixture
def migrate_survey():
    """Migrate the survey to a name and return its apps as they are there; at the end back to the present."""

    def migrate(name):
        call_command("migrate", "survey", name, verbosity=0)
        return MigrationExecutor(connection).loader.project_state([("survey", name)]).apps

    yield migrate
    call_command("migrate", verbosity=0)


def test_kinds_tell_people_from_rehearsals_and_previews_do_not_survive_the_way_back(migrate_survey):
    study = factories.study(questions=2)
    answers = [[[1, 0], [0, 1]]] * 3
    store_votes(study, answers)
    store_votes(study, [table[:1] for table in answers], simulated=True)
    (preview,) = store_votes(study, [table[:1] for table in answers], simulated=True)
    Participation.objects.filter(pk=preview.pk).update(kind=Participation.Kind.PREVIEW)

    old = migrate_survey(BEFORE_KINDS).get_model("survey", "Participation")
    assert sorted(old.objects.values_list("simulated", flat=True)) == [False, False, True]
    old.objects.create(study_id=study.pk, seed=99, simulated=True, consent_sha256="0" * 64)

    call_command("migrate", verbosity=0)
    kinds = Participation.objects.values_list("kind", flat=True)
    assert sorted(kinds) == ["person", "person", "rehearsal", "rehearsal"]
    assert Vote.objects.count() == 3 * 6
