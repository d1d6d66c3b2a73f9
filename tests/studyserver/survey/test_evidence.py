"""The database itself refuses what no service does: every trigger and constraint is tried past the services."""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from studyserver.common.exceptions import RefusedByDatabase
from studyserver.common.triggers import installed
from studyserver.studies.audit import record
from studyserver.studies.models import Asset, AuditEntry, Condition, Question, Registration, Section, Stimulus, Study
from studyserver.studies.services import close_study, edit_study
from studyserver.survey.checks import evidence_is_guarded
from studyserver.survey.evidence import TRIGGERS
from studyserver.survey.models import AttentionCheck, Participation, Trial, Vote
from studyserver.survey.rehearsal import erase_rehearsal
from studyserver.survey.selectors import next_questions
from studyserver.survey.services import leave_and_delete, record_answer, record_vote, start_participation
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def answer_all(participation):
    while waiting := next_questions(participation):
        record_answer(asked=waiting[0], choice="left", response_ms=1000)


@pytest.fixture
def rows(request):
    """Two studies; in the first a person has come as far as ``request.param`` says, and another has just begun."""
    study, other = factories.study(questions=1), factories.study("voices", questions=1)
    Study.objects.filter(pk=study.pk).update(attention_checks=2)
    begun, person = start_participation(study=study), start_participation(study=study)
    if request.param in {"frozen", "closed"}:
        answer_all(person)
    if request.param == "closed":
        close_study(study=study)
    record(study=study, actor=None, action="edited", detail="title")
    return SimpleNamespace(
        study=Study.objects.filter(pk=study.pk),
        conditions=Condition.objects.filter(study=study),
        sections=Section.objects.filter(study=study),
        questions=Question.objects.filter(section__study=study),
        stimuli=Stimulus.objects.filter(question__section__study=study),
        begun=Participation.objects.filter(pk=begun.pk),
        person=Participation.objects.filter(pk=person.pk),
        trial=Trial.objects.filter(participation=begun).first(),
        check=AttentionCheck.objects.filter(participation=begun).first(),
        other=other,
        elsewhere=Question.objects.filter(section__study=other).first(),
    )


def raw_delete(queryset):
    """DELETE, without the checks and cascades of Django."""
    table = queryset.model._meta.db_table
    with connection.cursor() as cursor:
        for key in queryset.values_list("pk", flat=True):
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [key])  # noqa: S608


def copied(queryset, **changes):
    """Insert the first row once more, changed, without the checks of Django."""
    row = queryset.first()
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)
    type(row).objects.bulk_create([row])


def trials(rows):
    return Trial.objects.filter(pk=rows.trial.pk)


def checks(rows):
    return AttentionCheck.objects.filter(pk=rows.check.pk)


def sides(question):
    left, right = question.stimuli.all()
    return {"question": question, "left": left, "right": right}


def another(rows):
    """A question of the study that is not that of the trial."""
    return rows.questions.exclude(pk=rows.trial.question_id).first()


ATTACKS = [
    ("study_end_is_final", "closed", lambda r: r.study.update(state="open")),
    ("study_end_is_final", "closed", lambda r: r.study.update(state="draft")),
    ("study_opened_once", "open", lambda r: r.study.update(opened_at=timezone.now())),
    ("study_closed_once", "closed", lambda r: r.study.update(closed_at=timezone.now())),
    ("study_freeze_stays", "frozen", lambda r: r.study.update(frozen_at=None)),
    ("study_freeze_stays", "frozen", lambda r: r.study.update(frozen_at=timezone.now())),
    ("study_design_stays", "frozen", lambda r: r.study.update(title="Voices")),
    ("study_design_stays", "frozen", lambda r: r.study.update(alpha=0.05)),
    ("study_design_stays", "frozen", lambda r: r.study.update(fastest_median_ms=700)),
    ("study_design_stays", "closed", lambda r: r.study.update(planned_participants=1000)),
    ("study_fixed_is_kept", "frozen", lambda r: raw_delete(r.study)),
    ("condition_of_fixed_study_insert", "frozen", lambda r: copied(r.conditions, slug="third")),
    ("condition_of_fixed_study_update", "frozen", lambda r: r.conditions.update(slug=F("role"))),
    ("condition_of_fixed_study_delete", "frozen", lambda r: raw_delete(r.conditions)),
    ("section_of_fixed_study_insert", "closed", lambda r: copied(r.sections, position=4)),
    ("section_of_fixed_study_update", "frozen", lambda r: r.sections.update(prompt="Which is nicer?")),
    ("section_of_fixed_study_delete", "frozen", lambda r: raw_delete(r.sections)),
    ("question_of_fixed_study_insert", "frozen", lambda r: copied(r.questions, number=9)),
    ("question_of_fixed_study_update", "frozen", lambda r: r.questions.update(number=F("number") + 7)),
    ("question_of_fixed_study_update", "frozen", lambda r: r.questions.update(reference=r.elsewhere.reference)),
    ("question_of_fixed_study_delete", "frozen", lambda r: raw_delete(r.questions)),
    ("stimulus_of_fixed_study_insert", "frozen", lambda r: copied(r.stimuli)),
    ("stimulus_of_fixed_study_update", "frozen", lambda r: r.stimuli.update(image=r.elsewhere.reference)),
    ("stimulus_of_fixed_study_delete", "closed", lambda r: raw_delete(r.stimuli)),
    ("condition_keeps_its_study", "open", lambda r: r.conditions.update(study=r.other)),
    ("section_keeps_its_study", "open", lambda r: r.sections.update(study=r.other)),
    ("question_keeps_its_study", "open", lambda r: r.questions.update(section=r.elsewhere.section)),
    ("stimulus_is_of_its_study_insert", "open", lambda r: copied(r.stimuli, condition=r.other.conditions.first())),
    ("stimulus_is_of_its_study_update", "open", lambda r: r.stimuli.update(condition=r.other.conditions.first())),
    ("asset_is_its_content", "open", lambda r: Asset.objects.update(media_type="text/html")),
    ("registration_stays", "frozen", lambda r: Registration.objects.update(text="Another.")),
    (
        "registration_superseded_once",
        "frozen",
        lambda r: [Registration.objects.update(superseded_at=time) for time in (timezone.now(), None)],
    ),
    ("registration_is_kept", "frozen", lambda r: raw_delete(Registration.objects.all())),
    ("audit_entry_stays", "open", lambda r: AuditEntry.objects.update(actor_name="somebody else")),
    ("audit_entry_is_kept", "open", lambda r: raw_delete(AuditEntry.objects.all())),
    ("participation_keeps_its_study", "frozen", lambda r: r.person.update(kind="rehearsal")),
    ("participation_keeps_its_study", "frozen", lambda r: r.person.update(study=r.other)),
    ("completion_stays", "frozen", lambda r: r.person.update(completed_at=None, completion_code="")),
    ("completion_stays", "frozen", lambda r: r.person.update(completion_code="ANOTHER")),
    ("trial_is_of_its_study_insert", "open", lambda r: copied(trials(r), position=9, **sides(r.elsewhere))),
    ("trial_is_of_its_study_update", "open", lambda r: trials(r).update(**sides(r.elsewhere))),
    ("trial_shows_its_question_insert", "open", lambda r: copied(trials(r), position=9, question=another(r))),
    ("trial_shows_its_question_update", "open", lambda r: trials(r).update(left=another(r).stimuli.first())),
    ("trial_has_its_place_insert", "open", lambda r: copied(trials(r), position=r.check.position)),
    ("trial_has_its_place_update", "open", lambda r: trials(r).update(position=r.check.position)),
    (
        "trial_with_a_vote_stays",
        "frozen",
        lambda r: Trial.objects.filter(participation__in=r.person).update(left=F("right"), right=F("left")),
    ),
    ("check_is_of_its_study_insert", "open", lambda r: copied(checks(r), position=9, question=r.elsewhere)),
    ("check_is_of_its_study_update", "open", lambda r: checks(r).update(question=r.elsewhere)),
    ("check_has_its_place_insert", "open", lambda r: copied(checks(r), position=r.trial.position)),
    ("check_has_its_place_update", "open", lambda r: checks(r).update(position=r.trial.position)),
    (
        "check_answered_stays",
        "frozen",
        lambda r: AttentionCheck.objects.filter(participation__in=r.person).update(choice=F("correct"), response_ms=1),
    ),
    ("check_answered_while_open", "closed", lambda r: checks(r).update(choice="left", answered_at=timezone.now())),
    (
        "check_of_closed_study_is_kept",
        "closed",
        lambda r: raw_delete(AttentionCheck.objects.filter(participation__in=r.person)),
    ),
    ("vote_while_open", "closed", lambda r: Vote.objects.bulk_create([Vote(trial=r.trial, choice="left")])),
    ("vote_stays", "frozen", lambda r: Vote.objects.update(choice="right")),
    ("vote_stays", "frozen", lambda r: Vote.objects.update(response_ms=5000)),
    ("vote_of_closed_study_is_kept", "closed", lambda r: raw_delete(Vote.objects.all())),
]
SAID = {trigger.name: trigger.says for trigger in TRIGGERS}


@pytest.mark.parametrize(
    ("rows", "trigger", "attack"),
    [(state, trigger, attack) for trigger, state, attack in ATTACKS],
    indirect=["rows"],
    ids=[f"{number}-{trigger}" for number, (trigger, *_) in enumerate(ATTACKS)],
)
def test_what_would_spoil_the_evidence_is_refused(rows, trigger, attack):
    with pytest.raises(RefusedByDatabase) as refused, transaction.atomic():
        attack(rows)
    assert SAID[trigger].rstrip(".") in str(refused.value)


def test_every_trigger_is_there_and_was_tried():
    assert installed(connection) == set(SAID)
    assert {trigger for trigger, *_ in ATTACKS} == set(SAID)


@pytest.mark.parametrize(
    ("constraint", "rows", "attack"),
    [
        ("section_medium_known", "open", lambda r: r.sections.update(medium="video")),
        ("condition_role_known", "open", lambda r: r.conditions.filter(role="ours").update(role="theirs")),
        ("study_times_fit_its_state", "open", lambda r: r.study.update(state="closed")),
        ("study_times_fit_its_state", "open", lambda r: r.study.update(state="draft")),
        ("study_times_fit_its_state", "open", lambda r: r.study.update(closed_at=timezone.now())),
        ("participation_completion_has_a_code", "open", lambda r: r.begun.update(completed_at=timezone.now())),
        ("participation_completion_has_a_code", "open", lambda r: r.begun.update(completion_code="FREE")),
    ],
    indirect=["rows"],
)
def test_what_no_row_can_be_is_refused_by_name(constraint, rows, attack):
    with pytest.raises(RefusedByDatabase, match=constraint), transaction.atomic():
        attack(rows)


@pytest.mark.parametrize("rows", ["open"], indirect=True)
@pytest.mark.parametrize(
    "attack",
    [
        lambda r: copied(r.sections, title="Again"),
        lambda r: copied(r.questions),
        lambda r: copied(trials(r), **sides(another(r))),
        lambda r: copied(checks(r)),
    ],
    ids=["sections", "questions", "trials", "attention checks"],
)
def test_no_two_things_stand_at_one_place(rows, attack):
    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        attack(rows)


@pytest.mark.parametrize("rows", ["frozen"], indirect=True)
def test_who_leaves_takes_the_answers_along_while_the_study_is_open(rows):
    leave_and_delete(participation=rows.person.get())
    assert not Vote.objects.exists()
    assert not rows.person.exists()


@pytest.mark.parametrize("rows", ["frozen"], indirect=True)
def test_a_freeze_without_a_vote_of_a_person_can_be_lifted(rows):
    leave_and_delete(participation=rows.person.get())
    rehearsed = start_participation(study=rows.study.get(), simulated=True)
    record_vote(trial=rehearsed.trials.get(position=1), choice="left", response_ms=1)
    rows.study.update(frozen_at=None)
    edit_study(study=rows.study.get(), changes={"title": "Other words"})
    assert rows.study.get().title == "Other words"


@pytest.mark.parametrize("rows", ["open"], indirect=True)
def test_a_rehearsal_can_be_erased_and_begun_anew(rows):
    study = rows.study.get()
    answer_all(start_participation(study=study, simulated=True))
    assert erase_rehearsal(study) == 1
    answer_all(start_participation(study=study, simulated=True))
    assert Participation.objects.simulated().filter(completed_at__isnull=False).count() == 1


def test_the_check_of_an_installation_names_what_is_missing():
    assert evidence_is_guarded() == []
    with connection.cursor() as cursor:
        on = " ON survey_vote" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER evidence_vote_stays{on}")
    (found,) = evidence_is_guarded()
    assert found.msg == "The database lacks 1 of the triggers that guard votes and studies, such as vote_stays."
    assert "manage.py migrate" in found.hint
