"""Triggers are there after every migration, forth and back; rows that contradict a migration are told."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from studyserver.common.triggers import drop_all, installed
from studyserver.studies.services import close_study
from studyserver.survey.checks import evidence_is_guarded
from studyserver.survey.evidence import STUDIES, TRIGGERS
from studyserver.survey.models import Vote
from studyserver.survey.services import record_vote, start_participation
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
ALL = {trigger.name for trigger in TRIGGERS}
OF_STUDIES = {trigger.name for trigger in STUDIES} - {"study_freeze_stays"}  # That one looks at votes.


def migrate(*target):
    call_command("migrate", *target, verbosity=0, interactive=False)


@pytest.fixture(autouse=True)
def newest_afterwards():
    yield
    drop_all(connection)
    call_command("flush", verbosity=0, interactive=False)
    migrate()
    assert installed(connection) == ALL


@pytest.mark.parametrize(
    ("target", "there"),
    [
        (("survey", "0003"), OF_STUDIES),
        (("survey", "zero"), OF_STUDIES),
        (("studies", "0004"), set()),
        (("studies", "zero"), set()),
    ],
    ids=["survey back", "survey gone", "studies back", "studies gone"],
)
def test_those_that_belong_to_a_state_are_there_in_it_and_all_of_them_again_later(target, there):
    migrate(*target)
    assert installed(connection) == there
    migrate()
    assert installed(connection) == ALL


def test_a_call_that_has_nothing_to_do_puts_back_what_was_lost():
    drop_all(connection)
    migrate()
    assert installed(connection) == ALL


def test_migrations_forth_and_back_keep_a_filled_database():
    study = factories.study(questions=1)
    participation = start_participation(study=study)
    record_vote(trial=participation.trials.get(position=1), choice="left", response_ms=1)
    close_study(study=study)
    before = list(Vote.objects.values())
    migrate("survey", "0003")
    migrate("studies", "0004")
    migrate()
    assert list(Vote.objects.values()) == before
    study.refresh_from_db()
    assert (study.state, study.frozen_at is None) == ("closed", False)


def rows_of(*targets):
    """The models as they were at these migrations, to which the database goes back."""
    for target in targets:
        migrate(*target)
    names = [(app, full(app, begin)) for app, begin in targets]
    return MigrationExecutor(connection).loader.project_state(names).apps.get_model


def full(app, begin):
    return next(
        name
        for known, name in MigrationExecutor(connection).loader.graph.nodes
        if known == app and name.startswith(begin)
    )


def test_rows_of_studies_that_contradict_are_told_and_left_alone():
    study, other = factories.study(questions=1), factories.study("voices", questions=1)
    model = rows_of(("survey", "0003"), ("studies", "0004"))
    model("studies", "Study").objects.filter(pk=study.pk).update(opened_at=None)
    model("studies", "Section").objects.filter(study_id=study.pk, position=2).update(medium="video")
    model("studies", "Condition").objects.filter(study_id=study.pk, role="ours").update(role="theirs")
    stray = model("studies", "Stimulus").objects.filter(question__section__study_id=study.pk).first()
    model("studies", "Stimulus").objects.filter(pk=stray.pk).update(condition_id=other.conditions.first().pk)
    with pytest.raises(CommandError) as told:
        migrate()
    said = str(told.value)
    assert "Study 'faces' is open, was opened at None" in said
    assert "Section 2 of study 'faces' has the medium 'video'. Set it to image, mesh or joint." in said
    assert "has the role 'theirs'. Set it to ours or baseline." in said
    assert f"Stimulus {stray.pk} of study 'faces' is of condition" in said
    assert "No row was changed, but the migrations before this one are applied" in said
    assert "Keep the server stopped, correct the rows in SQL (manage.py dbshell), and call migrate again." in said
    assert model("studies", "Section").objects.filter(medium="video").count() == 1


def test_rows_of_the_survey_that_contradict_are_told_and_can_be_corrected():
    study, other = factories.study(questions=1), factories.study("voices", questions=1)
    one, two, three = (start_participation(study=study).pk for _ in range(3))
    model = rows_of(("survey", "0003"))
    people, trials, checks = (model("survey", name).objects for name in ("Participation", "Trial", "AttentionCheck"))
    people.filter(pk=one).update(completed_at=timezone.now())
    people.filter(pk=two).update(completion_code="FREE")
    astray = trials.filter(participation_id=three, position=1).first()
    elsewhere = other.sections.first().questions.first().pk
    trials.filter(pk=astray.pk).update(question_id=elsewhere)
    reference = other.sections.first().questions.first().reference_id
    shared = {"position": 2, "question_id": trials.get(participation_id=one, position=2).question_id}
    checks.create(participation_id=one, other_id=reference, correct="left", **shared)
    with pytest.raises(CommandError) as told:
        migrate()
    said = str(told.value)
    assert f"Participation {one} was completed at" in said
    assert f"Participation {two} is not completed and has the code 'FREE'. Take the code away." in said
    assert f"Trial {astray.pk} asks question {elsewhere} of another study" in said
    assert f"Trial {astray.pk} shows a stimulus of another question." in said
    assert f"Participation {one} has a trial and an attention check at position 2." in said
    assert "the triggers that guard votes and studies are out until migrate ends well" in said
    assert installed(connection) == set()  # So that the rows can be corrected.
    assert [error.id for error in evidence_is_guarded()] == ["perceptionist.E005"]
    checks.all().delete()
    trials.all().delete()
    people.all().delete()
    migrate()
    assert installed(connection) == ALL
