"""Asking for a study's stimuli: which study is filled, and which stages it still needs."""

import re
from collections.abc import Mapping

from django.conf import settings
from django.db import transaction

from studyserver.generation.deciding.drafts import draft_of, find_study, make_study
from studyserver.generation.deciding.job_rows import drop_superseded, lost_outputs, rows_of
from studyserver.generation.deciding.planned import PlannedStage, StimuliRequest, plan_stages
from studyserver.generation.engine import facts
from studyserver.generation.exceptions import MadeMeanwhile, RequestRefused, StudyFilled
from studyserver.generation.media.filling import is_fixed
from studyserver.generation.models import GenerationJob
from studyserver.studies.exceptions import StudyFrozen
from studyserver.studies.freezing import require_editable
from studyserver.studies.locks import lock_study
from studyserver.studies.models import Stimulus, Study


def ask_for_stimuli(
    *, slug: str, request: StimuliRequest, wording: Mapping[str, str]
) -> tuple[Study, list[GenerationJob]]:
    """The study of that name, made if there is none, and the stages it needs; an error leaves no study behind.

    Args:
        wording: title, organizer and contact of a study that is made; what is missing gets words to be replaced.

    Raises:
        RequestRefused, CheckpointChanged, StudyFilled, StudyFrozen: see :func:`find_study`, :func:`make_study` and
            :func:`request_stimuli`.
        EngineRefused: an unknown condition or profile, a device that is missing, or an unusable data set.
    """
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", request.device):
        raise RequestRefused(f"unknown device {request.device!r}; use cpu, cuda or auto.")
    # Workers elsewhere may have what this machine lacks; PyTorch is loaded for a question about it only.
    if request.device.startswith("cuda") and not settings.REDIS_URL:
        facts.device_name(request.device)
    study = find_study(slug=slug, compared=request.compared)
    if study is not None:
        return study, request_stimuli(study=study, request=request)
    draft = draft_of(slug=slug, wording=wording)
    run, planned = plan_stages(draft, request)
    try:
        with transaction.atomic():
            study = make_study(draft, compared=request.compared)
            return study, rows_of(study, request, run, planned, lost=())
    except MadeMeanwhile:  # Two calls at once share the work.
        return ask_for_stimuli(slug=slug, request=request, wording=wording)


def request_stimuli(*, study: Study, request: StimuliRequest) -> list[GenerationJob]:
    """The stages that ``study`` needs, in order; those whose result is there are ready, the others queued.

    A data set is listed and checkpoints are read before the study is locked: all answers wait for that lock.

    Raises:
        RequestRefused: another call is filling the study with something else.
        CheckpointChanged: a trained checkpoint was exchanged.
        StudyFilled: the study shows stimuli of another data set or profile.
        StudyFrozen: there is something to make, but the study has votes.
        EngineRefused: an unknown condition or profile, or an unusable data set.
    """
    run, planned = plan_stages(study, request)
    lost = lost_outputs(study, planned)
    with transaction.atomic():
        study = lock_study(study.pk)
        _require_same_run(study, run)
        _require_same_filling(study, planned)
        drop_superseded(study, planned)
        return rows_of(study, request, run, planned, lost=lost)


def _require_same_run(study: Study, run: str) -> None:
    shown = set(Stimulus.objects.filter(question__section__study=study).values_list("run", flat=True))
    if shown - {run}:
        made = study.jobs.filter(run__in=shown).first()
        source = f" from {made.dataset} with profile {made.profile}" if made else ""
        raise StudyFilled(
            f"Study {study.slug!r} was filled by run {', '.join(sorted(shown))}{source}, and this call would exchange "
            f"its stimuli for those of run {run}. Repeat the call that filled it, or choose another name."
        )


def _require_same_filling(study: Study, planned: list[PlannedStage]) -> None:
    """Refuse to fill a study whose questions are fixed by another stage than the one that did; that one may restore.

    Training, inference and the table of ratio errors leave the questions as they are.
    """
    filling = [each.fingerprint for each in planned if each.stage.fills_study]
    if not is_fixed(study) or study.jobs.filter(fingerprint__in=filling).exists():
        return
    require_editable(study)
    raise StudyFrozen(
        f"Study {study.slug!r} has participants, so its stimuli are fixed. Choose another name for a new study."
    )
