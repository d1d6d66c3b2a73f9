"""From planned stages to rows: what is ready stays, what is missing is queued, what an earlier request wanted goes."""

from collections.abc import Sequence
from pathlib import Path

from studyserver.common.hashing import sha256_of
from studyserver.generation.deciding.planned import PlannedStage, StimuliRequest
from studyserver.generation.engine import facts
from studyserver.generation.exceptions import CheckpointChanged, RequestRefused
from studyserver.generation.models import GenerationJob
from studyserver.generation.running import jobs
from studyserver.generation.stages.populations import population_for
from studyserver.generation.stages.table import Changed, Stage, output_of
from studyserver.studies.models import Study

State = GenerationJob.State


def drop_superseded(study: Study, planned: Sequence[PlannedStage]) -> None:
    """Forget unfinished stages of an earlier request that was for something else.

    Raises:
        RequestRefused: somebody is at one of them.
    """
    wanted = [each.fingerprint for each in planned]
    for job in study.jobs.waiting().exclude(fingerprint__in=wanted):
        if job.state == State.RUNNING and not jobs.is_abandoned(job):
            raise RequestRefused(
                f"Study {study.slug!r} is being filled with something else right now (stage {job.stage}). "
                "Wait for it, stop it, or choose another name."
            )
    study.jobs.exclude(fingerprint__in=wanted).exclude(state=State.READY).delete()


def lost_outputs(study: Study, planned: Sequence[PlannedStage]) -> list[GenerationJob]:
    """The ready jobs whose output is not there as it was made, and those that need one of them. Reads all outputs.

    Raises:
        CheckpointChanged: a trained checkpoint was exchanged.
    """
    jobs_of = {(job.stage, job.fingerprint): job for job in study.jobs.filter(state=State.READY)}
    lost: dict[str, GenerationJob] = {}
    for each in planned:
        job = jobs_of.get((each.name, each.fingerprint))
        if job is not None and (not lost.keys().isdisjoint(each.needs) or not _is_there(each.stage, job)):
            lost[each.name] = job
    return list(lost.values())


def rows_of(
    study: Study, request: StimuliRequest, run: str, planned: Sequence[PlannedStage], *, lost: Sequence[GenerationJob]
) -> list[GenerationJob]:
    """The job of each stage, made if there is none; what is lost or was never made is queued. Reads no file.

    Args:
        lost: see :func:`lost_outputs`; a job that was finished anew since then is not lost any more.
    """
    gone = {(job.pk, job.finished_at) for job in lost}
    made = []
    for each in planned:
        job = _row(study, request, run, each)
        if job.state in (State.FAILED, State.QUEUED) or (
            job.state == State.READY and (job.pk, job.finished_at) in gone
        ):
            _queue_again(job, device=request.device)
        made.append(job)
    return made


def _row(study: Study, request: StimuliRequest, run: str, planned: PlannedStage) -> GenerationJob:
    dataset = request.dataset or population_for(request.profile).folder(facts.simulation_version())
    job, _ = GenerationJob.objects.get_or_create(
        study=study,
        stage=planned.name,
        fingerprint=planned.fingerprint,
        defaults={
            "run": run,
            "dataset": str(dataset.resolve()),
            "profile": str(Path(request.profile).resolve()) if Path(request.profile).suffix else request.profile,
            "conditions": ",".join(planned.conditions),
            "device": request.device,
        },
    )
    return job


def _is_there(stage: Stage, job: GenerationJob) -> bool:
    """Whether all that a stage made is still there, as it was made."""
    output = output_of(job)
    if output is None:
        return False
    if sha256_of(output) == job.output_sha256:
        return stage.intact(job)
    if stage.changed is Changed.MAKE_AGAIN:
        return False
    raise CheckpointChanged(
        f"{output} is not the checkpoint that stage {job.stage} made (its SHA-256 differs). "
        "Put that one back, or delete the file to have the stage trained again."
    )


def _queue_again(job: GenerationJob, *, device: str) -> None:
    # Only from the state that was seen: a worker may have taken the job in this moment.
    GenerationJob.objects.filter(pk=job.pk, state=job.state).update(
        state=State.QUEUED,
        progress=0.0,
        error="",
        output_sha256="",
        claim=None,
        worker="",
        attempts=0,
        device=device,
        started_at=None,
        finished_at=None,
        heartbeat_at=None,
    )
    job.refresh_from_db()
