"""Deciding which stages a study needs, and seeing them through: in this process or by workers."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from kombu.exceptions import OperationalError as BrokerError

from studyserver.generation import jobs, tasks
from studyserver.generation.datasets import dataset_fingerprint, population_for
from studyserver.generation.exceptions import CheckpointChanged, RequestRefused, StudyFilled
from studyserver.generation.media import RECIPE_VERSION
from studyserver.generation.models import INFERENCE, GenerationJob
from studyserver.studies.exceptions import StudyFrozen
from studyserver.studies.locks import lock_study
from studyserver.studies.models import PLACEHOLDERS, Condition, Stimulus, Study, refuse_methods
from studyserver.studies.services import require_editable

State = GenerationJob.State
Show = Callable[[GenerationJob, int, int], None]

COMPARED = 2
RING_AGAIN_S = 20
LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class StimuliRequest:
    """What the stimuli of a study are made from.

    Attributes:
        dataset: folder in the Voxceleb-3D layout; None for a simulated one.
        profile: name or file of the engine's profile.
        conditions: the first two are compared in the study, all of them in the table of ratio errors.
        device: auto, cpu or cuda.
    """

    dataset: Path | None
    profile: str
    conditions: tuple[str, ...]
    device: str

    @property
    def compared(self) -> tuple[str, ...]:
        return self.conditions[:COMPARED]


@dataclass(frozen=True)
class Stage:
    """One row to be: what is made, about which conditions, under which fingerprint."""

    name: str
    conditions: tuple[str, ...]
    fingerprint: str


@transaction.atomic
def ask_for_stimuli(
    *, slug: str, request: StimuliRequest, wording: Mapping[str, str]
) -> tuple[Study, list[GenerationJob]]:
    """The study of that name, made if there is none, and the stages it needs; an error leaves no study behind.

    Args:
        wording: title, organizer and contact of a study that is made; what is missing gets words to be replaced.

    Raises:
        RequestRefused, CheckpointChanged, StudyFrozen: see :func:`prepare_study` and :func:`request_stimuli`.
        EngineRefused: an unknown condition or profile, a device that is missing, or an unusable data set.
    """
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", request.device):
        raise RequestRefused(f"unknown device {request.device!r}; use cpu, cuda or auto.")
    # Workers elsewhere may have what this machine lacks; PyTorch is loaded for a question about it only.
    if request.device.startswith("cuda") and not settings.REDIS_URL:
        tasks.device_name(request.device)
    study = prepare_study(slug=slug, compared=request.compared, wording=wording)
    return study, request_stimuli(study=study, request=request)


def prepare_study(*, slug: str, compared: Sequence[str], wording: Mapping[str, str]) -> Study:
    """The study to fill: the existing one, or a new draft that compares the two conditions.

    Raises:
        RequestRefused: the name cannot be an address, the conditions cannot be compared, the wording cannot be
            put to participants, or the study compares others or has questions from elsewhere.
    """
    if slug != slugify(slug) or not slug:
        raise RequestRefused(f"{slug!r} cannot be the name of a study: use lower-case letters, digits and hyphens.")
    _check_compared(compared)
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        return _make_study(slug, compared, wording)
    existing = sorted(study.conditions.values_list("slug", flat=True))
    if existing != sorted(compared):
        raise RequestRefused(
            f"Study {slug!r} compares {' with '.join(existing) or 'nothing'}. "
            f"Choose another name for a study of {' with '.join(sorted(compared))}."
        )
    if study.sections.exists() and not study.jobs.exists():
        raise RequestRefused(f"The questions of study {slug!r} were not made here; choose another name.")
    return study


def _check_compared(compared: Sequence[str]) -> None:
    makers = [tasks.picture_stage(condition) for condition in compared]
    if len(set(compared)) != COMPARED:
        raise RequestRefused(f"A study compares two different conditions, got {', '.join(compared)!r}.")
    if None in makers:
        raise RequestRefused(
            f"{compared[makers.index(None)]} makes no face image, which two of the three sections show. "
            "Name it third: then it enters the table of ratio errors only."
        )
    if len(set(makers)) != COMPARED:
        raise RequestRefused(
            f"{' and '.join(compared)} show the same face image, as stage {makers[0]} makes it for both. "
            "Name the second baseline third: then it enters the table of ratio errors only."
        )


@transaction.atomic
def _make_study(slug: str, compared: Sequence[str], wording: Mapping[str, str]) -> Study:
    study = Study(
        slug=slug,
        **{"title": "Faces and their shapes", **PLACEHOLDERS, **wording},
        # Any fixed number does; the name makes studies differ and a repetition equal.
        seed=int.from_bytes(hashlib.sha256(slug.encode()).digest()[:4]),
    )
    baseline = next((slug for slug in compared if slug.startswith("base-")), compared[0])
    try:
        study.clean_fields()
        _insert(study)
        for condition in compared:
            role = Condition.Role.BASELINE if condition == baseline else Condition.Role.OURS
            Condition.objects.create(study=study, slug=condition, role=role)
        study.clean()  # The methods must be known first, as nothing that participants read may name them.
        refuse_methods(study, ["slug"], study.conditions.all())
    except ValidationError as error:
        raise RequestRefused(
            " ".join(
                f"The study's {field}: {message}" for field, said in error.message_dict.items() for message in said
            )
        ) from error
    return study


def _insert(study: Study) -> None:
    try:
        with transaction.atomic():
            study.save(force_insert=True)
    except IntegrityError:
        raise RequestRefused(
            f"Another call has made study {study.slug!r} in this moment. Call again to fill that one."
        ) from None


def request_stimuli(*, study: Study, request: StimuliRequest) -> list[GenerationJob]:
    """The stages that ``study`` needs, in order; those whose result is there are ready, the others queued.

    Raises:
        RequestRefused: another call is filling the study with something else.
        CheckpointChanged: a trained checkpoint was exchanged.
        StudyFilled: the study shows stimuli of another data set or profile.
        StudyFrozen: there is something to make, but the study has votes.
        EngineRefused: an unknown condition or profile, or an unusable data set.
    """
    run, stages = stages_of(study, request)
    with transaction.atomic():
        study = lock_study(study.pk)
        _require_same_run(study, run)
        _drop_superseded(study, stages)
        made = _rows(study, request, run, stages)
        # Training, inference and the table of ratio errors leave the questions as they are.
        if any(job.stage == tasks.STIMULI and job.state != State.READY for job in made):
            _require_changeable(study)
    return made


def stages_of(study: Study, request: StimuliRequest) -> tuple[str, list[Stage]]:
    """The name of the engine's run and the stages that lead to the filled study, each after those it needs."""
    text = tasks.profile_text(request.profile)
    if request.dataset is None:
        source = f"{population_for(request.profile)} version {tasks.simulation_version()}"
    elif tasks.check_dataset(str(request.dataset)) == 0:
        raise RequestRefused(
            f"{request.dataset} has no test people (names from A to E) with a reference in A2E_val/, so there is "
            "nobody to ask about. Complete the data set."
        )
    else:
        source = dataset_fingerprint(request.dataset)
    run = f"{slugify(Path(request.profile).stem)}-{hashlib.sha256((source + text).encode()).hexdigest()[:12]}"

    def stage(name: str, conditions: tuple[str, ...] = (), also: str = "") -> Stage:
        described = "|".join([run, name, *conditions, also])
        return Stage(name, conditions, hashlib.sha256(described.encode()).hexdigest())

    training = [name for condition in request.conditions for name in tasks.training_stages(condition)]
    return run, [
        *([stage(tasks.DATASET)] if request.dataset is None else []),
        *(stage(name) for name in dict.fromkeys(training)),
        *(stage(INFERENCE + condition, (condition,)) for condition in request.conditions),
        stage(tasks.STIMULI, request.compared, f"{study.seed} {RECIPE_VERSION}"),
        stage(tasks.RATIOS, request.conditions, str(tasks.RATIOS_VERSION)),
    ]


def _require_same_run(study: Study, run: str) -> None:
    shown = set(Stimulus.objects.filter(question__section__study=study).values_list("run", flat=True))
    if shown - {run}:
        made = study.jobs.filter(run__in=shown).first()
        source = f" from {made.dataset} with profile {made.profile}" if made else ""
        raise StudyFilled(
            f"Study {study.slug!r} was filled by run {', '.join(sorted(shown))}{source}, and this call would exchange "
            f"its stimuli for those of run {run}. Repeat the call that filled it, or choose another name."
        )


def _drop_superseded(study: Study, stages: Sequence[Stage]) -> None:
    """Forget unfinished stages of an earlier request that was for something else."""
    wanted = [stage.fingerprint for stage in stages]
    for job in study.jobs.waiting().exclude(fingerprint__in=wanted):
        if job.state == State.RUNNING and not jobs.is_abandoned(job):
            raise RequestRefused(
                f"Study {study.slug!r} is being filled with something else right now (stage {job.stage}). "
                "Wait for it, stop it, or choose another name."
            )
    study.jobs.exclude(fingerprint__in=wanted).exclude(state=State.READY).delete()


def _rows(study: Study, request: StimuliRequest, run: str, stages: Sequence[Stage]) -> list[GenerationJob]:
    dataset = request.dataset or population_for(request.profile).folder(tasks.simulation_version())
    made, complete = [], True
    for stage in stages:
        job, _ = GenerationJob.objects.get_or_create(
            study=study,
            stage=stage.name,
            fingerprint=stage.fingerprint,
            defaults={
                "run": run,
                "dataset": str(dataset.resolve()),
                "profile": str(Path(request.profile).resolve()) if Path(request.profile).suffix else request.profile,
                "conditions": ",".join(stage.conditions),
                "device": request.device,
            },
        )
        if job.state == State.READY:
            # What follows a stage that must be made again is made again too.
            complete = complete and _output_is_there(job)
        if job.state in (State.FAILED, State.QUEUED) or (job.state == State.READY and not complete):
            _queue_again(job, device=request.device)
        made.append(job)
    return made


def _output_is_there(job: GenerationJob) -> bool:
    output = tasks.output_of(job)
    if output is None:
        return False
    if tasks.sha256_of(output) == job.output_sha256:
        return True
    if job.stage in tasks.CPU_STAGES or job.stage.startswith(INFERENCE):
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


def _require_changeable(study: Study) -> None:
    require_editable(study)
    if study.participations.counting().filter(trials__isnull=False).exists():
        raise StudyFrozen(
            f"Study {study.slug!r} has participants, so its stimuli are fixed. Choose another name for a new study."
        )


def run_here(made: Sequence[GenerationJob], *, show: Show, on_wait: Callable[[str], None]) -> None:
    """Do the stages one after the other in this process; a stage that another process has in hand is waited for.

    Raises:
        JobFailed: a stage cannot be made; what was finished before is kept.
    """
    for job in made:
        told = False
        while job.state != State.READY:
            try:
                tasks.perform(job.pk, on_progress=partial(show, job))
            except jobs.JobBusy as busy:
                if not told:
                    on_wait(f"{busy} Waiting for it.")
                told = True
                time.sleep(LOOK_EVERY_S)
            job.refresh_from_db()
            if job.state == State.FAILED:
                raise jobs.JobFailed(job.error)


def follow(made: Sequence[GenerationJob], *, show: Show, on_wait: Callable[[str], None]) -> None:
    """Ring for the workers and watch the rows until all stages are ready.

    Raises:
        JobFailed: a stage cannot be made; what was finished before is kept.
        RequestRefused: the broker cannot be reached.
    """
    rung_at: dict[int, float] = {}
    told: set[int] = set()
    while following := [job for job in _looked_up(made, show) if job.state != State.READY]:
        job = following[0]
        if job.state == State.FAILED:
            raise jobs.JobFailed(job.error)
        idle = job.state == State.QUEUED or jobs.is_abandoned(job)
        if idle and time.monotonic() - rung_at.get(job.pk, -RING_AGAIN_S) >= RING_AGAIN_S:
            if job.pk in rung_at and job.pk not in told:
                on_wait(
                    f"No worker has taken stage {job.stage} for {RING_AGAIN_S} seconds. Start one with: "
                    f"celery -A studyserver worker --queues {tasks.queue_of(job.stage)}"
                )
                told.add(job.pk)
            _ring(job)
            rung_at[job.pk] = time.monotonic()
        time.sleep(LOOK_EVERY_S)


def _looked_up(made: Sequence[GenerationJob], show: Show) -> Iterator[GenerationJob]:
    for job in made:
        if job.state != State.READY:
            job.refresh_from_db()
            if job.state != State.QUEUED:
                show(job, round(job.progress * 1000), 1000)
        yield job


def _ring(job: GenerationJob) -> None:
    try:
        tasks.ring(job)
    except BrokerError as error:
        raise RequestRefused(
            f"The broker that REDIS_URL names does not answer ({error}). "
            "Start it, or unset REDIS_URL to do the work in this process."
        ) from error
