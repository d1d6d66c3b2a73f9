"""Which run of the engine a command is about: what the rows of its jobs say of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from studyserver.generation.engine.facts import training_stages
from studyserver.generation.exceptions import RequestRefused
from studyserver.generation.models import GenerationJob
from studyserver.generation.stages.table import INFERENCE, output_of
from studyserver.generation.stages.training import weights_sha256


@dataclass(frozen=True)
class TrainedRun:
    """The weights that turn voices into faces: per condition one SHA-256 of the last checkpoints of all its stages."""

    run: str
    profile: str
    dataset: str
    checkpoints: Mapping[str, str]


@dataclass(frozen=True)
class PredictedRun:
    """A run with the conditions that have predicted the faces of its test people."""

    run: str
    profile: str
    dataset: str
    conditions: tuple[str, ...]


def trained_run(conditions: tuple[str, ...], *, run: str = "") -> TrainedRun:
    """The run to use: ``run``, or the newest one that has every stage of all ``conditions``.

    Raises:
        RequestRefused: there is none.
        EngineRefused: an unknown condition.
    """
    needed = {stage for condition in conditions for stage in training_stages(condition)}
    ready = GenerationJob.objects.filter(state=GenerationJob.State.READY, stage__in=needed)
    found: dict[str, dict[str, GenerationJob]] = {}
    for job in (ready.filter(run=run) if run else ready).order_by("-finished_at"):
        if output_of(job) is not None:
            found.setdefault(job.run, {}).setdefault(job.stage, job)
    for name, stages in found.items():
        if needed <= stages.keys():
            made = {stage: job.output_sha256 for stage, job in stages.items()}
            checkpoints = {condition: weights_sha256(condition, made) for condition in conditions}
            job = next(iter(stages.values()))
            return TrainedRun(name, job.profile, job.dataset, checkpoints)
    wanted = ",".join(dict.fromkeys(["base-2", "cmp-unsupervised", *conditions]))
    raise RequestRefused(
        f"There is no trained run of {' and '.join(conditions)} yet. "
        f"Make one with: manage.py generate_stimuli --conditions {wanted}"
    )


def predicted_run(name: str) -> PredictedRun:
    """The run of that name, or the newest one that was made for the study of that name.

    Raises:
        RequestRefused: there is neither, or the run has predicted nothing yet.
    """
    jobs = GenerationJob.objects.order_by("-created_at", "-pk")
    first = jobs.filter(run=name).first() or jobs.filter(study__slug=name).first()
    if first is None:
        known = list(dict.fromkeys(jobs.values_list("run", flat=True)))
        have = f"Known are {', '.join(known)}." if known else "There is none yet: make one with generate_stimuli."
        raise RequestRefused(f"There is no run {name!r}, and no study of that name that one was made for. {have}")
    inference = jobs.filter(run=first.run, stage__startswith=INFERENCE.name_for(""))
    conditions = sorted({job.conditions for job in inference if output_of(job) is not None})
    if not conditions:
        raise RequestRefused(
            f"Run {first.run} has no predictions yet. Finish it with: manage.py generate_stimuli {first.study.slug} "
            f"--profile {first.profile}"
        )
    return PredictedRun(first.run, first.profile, first.dataset, tuple(conditions))
