"""Writes along a participant's way. Each is one transaction; an answer is stored before the next page is sent."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from studyserver.studies.audit import Deletion
from studyserver.studies.exceptions import StudyClosed
from studyserver.studies.freezing import freeze_study, lift_empty_freeze
from studyserver.studies.locks import hold_study, lock_study, queue_for_study
from studyserver.studies.models import Condition, Stimulus, Study
from studyserver.survey.assignment import PlannedTrial, derive_seed, plan_participation
from studyserver.survey.attention import PlannedCheck, add_checks
from studyserver.survey.exceptions import AlreadyVoted, NotCurrentTrial, ParticipationGone
from studyserver.survey.exclusion import is_excluded
from studyserver.survey.models import AttentionCheck, Participation, Trial, Vote
from studyserver.survey.selectors import consent_sha256, open_positions, reference_faces, side_balances

# Without the letters and digits that look alike.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@transaction.atomic
def start_participation(*, study: Study, simulated: bool = False) -> Participation:
    """Record the consent to ``study`` and draw the participant's whole plan.

    Raises:
        StudyClosed: the study is not open.
    """
    # One at a time: two people who arrive together must not get the same half of a balanced pair.
    study = queue_for_study(study.pk)
    require_open(study)
    participation = Participation.objects.create(
        study=study,
        kind=Participation.Kind.counted(simulated=simulated),
        seed=unused_seed(study, simulated=simulated),
        consent_sha256=consent_sha256(study),
    )
    draw_plan(participation, side_balances(study, simulated=simulated))
    return participation


def require_open(study: Study) -> None:
    if not study.accepts_votes:
        raise not_open(study)


def not_open(study: Study) -> StudyClosed:
    return StudyClosed(f"Study {study.slug!r} is {study.state}, not open; nothing was stored.")


def unused_seed(study: Study, *, simulated: bool) -> int:
    """The next seed of the study's sequence that no participation has; deletions leave gaps to skip."""
    kind = Participation.Kind.counted(simulated=simulated)
    taken = set(Participation.objects.filter(study=study, kind=kind).values_list("seed", flat=True))
    sequence = "simulated" if simulated else "real"
    seeds = (derive_seed(study.seed, sequence, arrival) for arrival in count(len(taken) + 1))
    return next(seed for seed in seeds if seed not in taken)


def draw_plan(participation: Participation, balances: Sequence[Mapping[int, int]]) -> None:
    """Draw order, sides and attention checks from the participation's seed, and store them.

    Args:
        balances: per section, question -> times ours stood left minus right before.
    """
    study, seed = participation.study, participation.seed
    questions = plan_participation(balances, seed)
    checks = add_checks(questions, reference_faces(study), checks=study.attention_checks, seed=seed)
    store_plan(participation, checks)


def store_plan(participation: Participation, plan: Iterable[PlannedTrial | PlannedCheck]) -> None:
    """Fix what will be shown where, before the first question is. Trials and attention checks share one numbering."""
    stimuli = {
        (stimulus.question_id, stimulus.condition.role == Condition.Role.OURS): stimulus
        for stimulus in Stimulus.objects.filter(question__section__study=participation.study_id).select_related(
            "condition"
        )
    }
    trials, checks = [], []
    for position, planned in enumerate(plan, start=1):
        place: dict[str, Any] = {
            "participation": participation,
            "question_id": planned.question,
            "position": position,
        }
        if isinstance(planned, PlannedCheck):
            correct = Vote.Choice.LEFT if planned.reference_left else Vote.Choice.RIGHT
            checks.append(AttentionCheck(**place, other_id=planned.other, correct=correct))
        else:
            left, right = (stimuli[planned.question, ours] for ours in (planned.ours_left, not planned.ours_left))
            trials.append(Trial(**place, left=left, right=right))
    Trial.objects.bulk_create(trials)
    AttentionCheck.objects.bulk_create(checks)


def lock_participation(participation: Participation) -> Participation:
    """The participation, locked, of a study that takes its answers and does so until the transaction ends.

    Raises:
        StudyClosed: the study is not open (any more); for a preview: it is closed.
        ParticipationGone: its owner has deleted it.
    """
    hold_study(participation.study_id)
    # Of the participation alone: the study's row is held together with all others who answer.
    rows = Participation.objects.select_for_update(of=("self",)).select_related("study")
    locked = rows.filter(pk=participation.pk).first()
    if locked is None:
        raise ParticipationGone(f"Participation {participation.pk} was deleted by its owner; nothing was stored.")
    if not locked.accepts_answers:
        raise not_open(locked.study)
    return locked


@transaction.atomic
def confirm_instructions(*, participation: Participation) -> None:
    """Note when the instructions were first confirmed.

    Raises:
        StudyClosed, ParticipationGone: see :func:`lock_participation`.
    """
    participation = lock_participation(participation)
    if participation.instructed_at is None:
        participation.instructed_at = participation.active_at = timezone.now()
        participation.save(update_fields=["instructed_at", "active_at"])


@transaction.atomic
def record_vote(*, trial: Trial, choice: str, response_ms: int | None) -> Vote:
    """Store the answer to ``trial``; complete the participation after its last question.

    Raises:
        StudyClosed: the study no longer accepts votes.
        ParticipationGone: its owner has left and deleted the answers.
        AlreadyVoted: the trial has a vote (double click, second tab, back button).
        NotCurrentTrial: an earlier trial or attention check is unanswered.
    """
    participation, is_last = lock_for_answer(trial)
    vote = Vote.objects.create(trial=trial, choice=choice, response_ms=response_ms)
    # A rehearsal is there to find what still wants a change.
    if participation.study.frozen_at is None and participation.kind == Participation.Kind.PERSON:
        freeze_study(study=participation.study)
    mark_progress(participation, finished=is_last)
    return vote


@transaction.atomic
def record_check(*, check: AttentionCheck, choice: str, response_ms: int | None) -> None:
    """Store the answer to an attention check, under the rules of a vote and with the same exceptions.

    It never comes first, so the study is frozen by then.
    """
    participation, is_last = lock_for_answer(check)
    AttentionCheck.objects.filter(pk=check.pk).update(
        choice=choice, response_ms=response_ms, answered_at=timezone.now()
    )
    mark_progress(participation, finished=is_last)


def record_answer(*, asked: Trial | AttentionCheck, choice: str, response_ms: int | None) -> None:
    """Store the answer to whatever was asked. Raises what :func:`record_vote` raises."""
    if isinstance(asked, AttentionCheck):
        record_check(check=asked, choice=choice, response_ms=response_ms)
    else:
        record_vote(trial=asked, choice=choice, response_ms=response_ms)


def lock_for_answer(asked: Trial | AttentionCheck) -> tuple[Participation, bool]:
    """The participation, locked, in which ``asked`` is the current question; and whether it is the last one."""
    # Locked, so that two tabs do not both find the question unanswered.
    participation = lock_participation(asked.participation)
    waiting = open_positions(participation)
    if asked.position not in waiting:
        raise AlreadyVoted(f"Question {asked.position} was answered before; the first answer stands.")
    if asked.position != waiting[0]:
        raise NotCurrentTrial(f"Question {asked.position} is not the next one; nothing was stored.")
    return participation, len(waiting) == 1


def mark_progress(participation: Participation, *, finished: bool) -> None:
    """Note the sign of life; with the last answer, mint the completion code and apply the declared exclusions."""
    participation.active_at = timezone.now()
    if finished:
        participation.completed_at = participation.active_at
        participation.completion_code = new_code(preview=participation.is_preview)
        times = Vote.objects.filter(trial__participation=participation).values_list("response_ms", flat=True)
        failed = participation.checks.failed().count()
        participation.excluded = is_excluded(participation.study, times, failed=failed)
    participation.save(update_fields=["active_at", "completed_at", "completion_code", "excluded"])


def new_code(*, preview: bool) -> str:
    """A completion code; nobody takes that of a preview for one that is paid."""
    drawn = "".join(secrets.choice(CODE_ALPHABET) for _ in range(8))
    return f"PREVIEW-{drawn[:4]}" if preview else drawn


@transaction.atomic
def leave_and_delete(*, participation: Participation) -> None:
    """Erase a participation with its plan and answers; its place in the balance becomes free.

    Were its votes the study's only ones and nobody is under way, the study's freeze is lifted.

    Raises:
        StudyClosed: the study is closed, so the answers may already be part of a result.
        ParticipationGone: they are deleted already.
    """
    lock_study(participation.study_id)  # Whether these were the only votes decides on the study's freeze.
    participation = lock_participation(participation)
    Participation.objects.filter(pk=participation.pk).erase()
    lift_empty_freeze(study=participation.study, by=Deletion.OF_A_PARTICIPANT)
