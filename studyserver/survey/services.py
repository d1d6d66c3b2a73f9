"""Writes along a participant's way. Each is one transaction; an answer is stored before the next page is sent."""

import secrets
from itertools import count

from django.db import transaction
from django.utils import timezone

from studyserver.studies.exceptions import StudyClosed
from studyserver.studies.models import Condition, Stimulus, Study
from studyserver.studies.services import freeze_study
from studyserver.survey.assignment import PlannedTrial, derive_seed, plan_participation
from studyserver.survey.exceptions import AlreadyVoted, NotCurrentTrial
from studyserver.survey.exclusion import is_excluded
from studyserver.survey.models import Participation, Trial, Vote
from studyserver.survey.selectors import consent_sha256, side_balances

# Without the letters and digits that look alike.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@transaction.atomic
def start_participation(*, study: Study, simulated: bool = False) -> Participation:
    """Record the consent to ``study`` and draw the participant's whole plan.

    Raises:
        StudyClosed: the study is not open.
    """
    # Lock the study: two people who arrive together must not get the same half of a balanced pair.
    study = Study.objects.select_for_update().get(pk=study.pk)
    require_open(study)
    participation = Participation.objects.create(
        study=study,
        simulated=simulated,
        seed=unused_seed(study, simulated=simulated),
        consent_sha256=consent_sha256(study),
    )
    plan = plan_participation(side_balances(study, simulated=simulated), participation.seed)
    store_plan(participation, plan)
    return participation


def require_open(study: Study) -> None:
    if not study.accepts_votes:
        raise StudyClosed(f"Study {study.slug!r} is {study.state}, not open; nothing was stored.")


def unused_seed(study: Study, *, simulated: bool) -> int:
    """The next seed of the study's sequence that no participation has; deletions leave gaps to skip."""
    taken = set(Participation.objects.filter(study=study, simulated=simulated).values_list("seed", flat=True))
    kind = "simulated" if simulated else "real"
    seeds = (derive_seed(study.seed, kind, arrival) for arrival in count(len(taken) + 1))
    return next(seed for seed in seeds if seed not in taken)


def store_plan(participation: Participation, plan: list[PlannedTrial]) -> None:
    """Fix what will be shown where, before the first question is."""
    stimuli = {
        (stimulus.question_id, stimulus.condition.role == Condition.Role.OURS): stimulus
        for stimulus in Stimulus.objects.filter(question__section__study=participation.study_id).select_related(
            "condition"
        )
    }
    Trial.objects.bulk_create(
        Trial(
            participation=participation,
            question_id=planned.question,
            position=position,
            left=stimuli[planned.question, planned.ours_left],
            right=stimuli[planned.question, not planned.ours_left],
        )
        for position, planned in enumerate(plan, start=1)
    )


def confirm_instructions(*, participation: Participation) -> None:
    """Note when the instructions were first confirmed."""
    now = timezone.now()
    Participation.objects.filter(pk=participation.pk, instructed_at=None).update(instructed_at=now, active_at=now)


@transaction.atomic
def record_vote(*, trial: Trial, choice: str, response_ms: int | None) -> Vote:
    """Store the answer to ``trial``; complete the participation after its last trial.

    Raises:
        StudyClosed: the study no longer accepts votes.
        AlreadyVoted: the trial has a vote (double click, second tab, back button).
        NotCurrentTrial: an earlier trial is unanswered.
    """
    # Lock the participation: two tabs must not both find the trial unanswered.
    participation = Participation.objects.select_for_update().get(pk=trial.participation_id)
    study = Study.objects.get(pk=participation.study_id)
    require_open(study)
    waiting = list(participation.trials.filter(vote=None).order_by("position").values_list("pk", flat=True))
    if trial.pk not in waiting:
        raise AlreadyVoted(f"Question {trial.position} was answered before; the first answer stands.")
    if trial.pk != waiting[0]:
        raise NotCurrentTrial(f"Question {trial.position} is not the next one; nothing was stored.")
    vote = Vote.objects.create(trial=trial, choice=choice, response_ms=response_ms)
    # A rehearsal is there to find what still wants a change.
    if study.frozen_at is None and not participation.simulated:
        freeze_study(study=study)
    mark_progress(participation, finished=len(waiting) == 1)
    return vote


def mark_progress(participation: Participation, *, finished: bool) -> None:
    """Note the sign of life; with the last answer, mint the completion code and apply the declared exclusion."""
    participation.active_at = timezone.now()
    if finished:
        participation.completed_at = participation.active_at
        participation.completion_code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(8))
        times = Vote.objects.filter(trial__participation=participation).values_list("response_ms", flat=True)
        participation.excluded = is_excluded(participation.study, times)
    participation.save(update_fields=["active_at", "completed_at", "completion_code", "excluded"])


@transaction.atomic
def leave_and_delete(*, participation: Participation) -> None:
    """Erase a participation with its plan and votes; its place in the balance becomes free.

    Raises:
        StudyClosed: the study is closed, so the answers may already be part of a result.
    """
    participation = Participation.objects.select_for_update().get(pk=participation.pk)
    require_open(Study.objects.get(pk=participation.study_id))
    Vote.objects.filter(trial__participation=participation).delete()
    participation.delete()
