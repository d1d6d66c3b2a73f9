"""What workers do. With `portraits` alone it imports the engine, and only inside the functions that need it.

A stage runs in a Celery worker when there is a broker, and inside the command that asked for it when there is none;
both go through :func:`perform`. Every stage may be run twice and goes on where it was stopped.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from celery import Task, shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.db import transaction

from cmp_engine.io import write_bytes
from studyserver.common.explanations import explain
from studyserver.generation import encoding, jobs
from studyserver.generation.datasets import population_for
from studyserver.generation.exceptions import EngineRefused
from studyserver.generation.media import MediaMaker
from studyserver.generation.models import INFERENCE, GenerationJob
from studyserver.generation.plan import plan_questions
from studyserver.generation.predictions import Floats, Predictions
from studyserver.generation.revision import code_revision
from studyserver.generation.stimuli import MadeQuestion, MediaShelf, Provenance, fill_study, store_questions

if TYPE_CHECKING:
    from cmp_engine.building import BuildSummary

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]

DATASET, STIMULI, RATIOS = "dataset", "stimuli", "ratios"
CPU_STAGES = (DATASET, STIMULI, RATIOS)
# Raise it when the rows of are.json are to hold something else: every study's table is then measured again.
RATIOS_VERSION = 2
# The published evaluation predicts from the first three recordings of each test person.
UTTERANCES_PER_IDENTITY = 3
RETRY_S = jobs.SILENT_AFTER.total_seconds()


# --- Running a stage ---------------------------------------------------------------------------------------------


def perform(job_id: int, *, on_progress: Progress | None = None) -> None:
    """Do one stage in this process, unless it is ready already.

    Raises:
        JobBusy: another process is at it.
        JobLost: another process took it over while this one was silent.
        JobFailed: the stage cannot be made; the message says why and what to do.
    """
    job = jobs.claim(job_id)
    if job is None:
        return
    if on_progress:
        on_progress(0, 1)  # Some stages take long to their first step.
    try:
        with jobs.signs_of_life(job), engine_refusals():
            output = _work_of(job.stage)(job, _reporter(job, on_progress))
            output_sha256 = sha256_of(output)
    except jobs.JobLost:
        raise
    except Exception as error:
        jobs.fail(job, error=_explain(error))
        raise jobs.JobFailed(_explain(error)) from error
    except BaseException:  # Ctrl-C or a worker that is told to stop: the next one goes on.
        jobs.release(job)
        raise
    jobs.finish(job, output_sha256=output_sha256)


@shared_task(bind=True, name="generation.run_stage", max_retries=None, throws=(jobs.JobFailed, jobs.JobLost))
def run_stage(self: "Task[..., None]", job_id: int) -> None:
    """Do one stage in a worker, then ring for the study's next one."""
    try:
        perform(job_id)
    except jobs.JobBusy as busy:
        # Delivered twice, or the first holder died silently: look again when it would count as dead.
        raise self.retry(exc=busy, countdown=RETRY_S) from busy
    job = GenerationJob.objects.filter(pk=job_id).first()
    following = jobs.next_job(job.study_id) if job else None
    if following:
        ring(following)


def ring(job: GenerationJob) -> None:
    """Tell the workers of the right queue about ``job``, once the rows are there for them to read."""
    transaction.on_commit(partial(run_stage.apply_async, (job.pk,), queue=queue_of(job.stage)))


def queue_of(stage: str) -> str:
    return "cpu" if stage in CPU_STAGES else "gpu"


@worker_ready.connect
def ring_for_waiting_jobs(**_: Any) -> None:
    """A worker that starts finds what a dead one left behind: its message may come back only after a day."""
    for study_id in GenerationJob.objects.waiting().order_by().values_list("study_id", flat=True).distinct():
        following = jobs.next_job(study_id)
        if following:
            ring(following)


def _work_of(stage: str) -> Callable[[GenerationJob, Progress], Path]:
    if stage.startswith(INFERENCE):
        return infer
    return {DATASET: make_dataset, STIMULI: make_stimuli, RATIOS: measure_ratios}.get(stage, train)


def _reporter(job: GenerationJob, on_progress: Progress | None) -> Progress:
    """Write progress to the row at most once a second, and pass all of it on."""
    last = 0.0

    def report(done: int, total: int) -> None:
        nonlocal last
        if on_progress:
            on_progress(done, total)
        if time.monotonic() - last >= 1:
            last = time.monotonic()
            jobs.show_progress(job, done / max(total, 1))

    return report


def _explain(error: Exception) -> str:
    """The sentence for people; for what nobody foresaw, the kind of error, with the details in the log."""
    message = explain(error)
    if message is not None:
        return message
    log.error("stage ended unexpectedly", exc_info=error)
    return f"{type(error).__name__}: {error} (an unexpected error; the log has the details)."


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- Facts about the engine that deciding takes ------------------------------------------------------------------


@contextmanager
def engine_refusals() -> Iterator[None]:
    """Turn the engine's errors that a user can cause into one of ours, with the same message.

    Raises:
        EngineRefused: the engine raised one.
    """
    from cmp_engine.exceptions import EngineError

    try:
        yield
    except EngineError as error:
        raise EngineRefused(str(error)) from error


@engine_refusals()
def training_stages(condition: str) -> tuple[str, ...]:
    """The stages a condition needs, in the order of training; an unknown condition is refused."""
    from cmp_engine.config import stages_of

    return stages_of(condition)


def weights_sha256(condition: str, checkpoints: Mapping[str, str]) -> str:
    """One SHA-256 for all weights of a condition: it changes with the checkpoint of any of its stages.

    Args:
        checkpoints: SHA-256 of the last checkpoint of each stage.
    """
    return hashlib.sha256("|".join(checkpoints[stage] for stage in training_stages(condition)).encode()).hexdigest()


@engine_refusals()
def picture_stage(condition: str) -> str | None:
    """The stage that makes a condition's face images, None where it makes none; an unknown condition is refused."""
    from cmp_engine.config import picture_stage_of

    return picture_stage_of(condition)


@engine_refusals()
def profile_text(profile: str) -> str:
    """All settings of an engine profile as text; an unknown profile or key is refused."""
    from cmp_engine.config import load_config
    from cmp_engine.io.toml import as_toml

    return as_toml(load_config(profile))


def simulation_version() -> int:
    """Changes whenever the same arguments give another simulated data set."""
    from cmp_engine.simulation import VERSION

    return VERSION


@engine_refusals()
def check_dataset(folder: str) -> int:
    """How many test people with a reference a data set has; a folder that is none is refused.

    So is one that was built with another model than the experts are taught: its ratio errors could not be measured.
    """
    from cmp_engine.data import Voxceleb3D

    dataset = Voxceleb3D(folder)
    dataset.require_fits_of("analytic-head")
    return sum(each.reference is not None for each in dataset.test)


@engine_refusals()
def device_name(wanted: str) -> str:
    """The device that ``auto`` stands for here, or ``wanted``; a device that is missing is refused."""
    from cmp_engine.device import choose_device

    return str(choose_device(wanted))


def run_folder(run: str) -> Path:
    return Path(settings.RUNS_DIR) / run


def predictions_path(run: str, condition: str) -> Path:
    return run_folder(run) / "predictions" / f"{condition}.npz"


def truth_of(dataset: str) -> Path:
    """The file that a simulation writes last."""
    from cmp_engine.data.layout import TRUTH

    return Path(dataset) / TRUTH


@engine_refusals()
def is_simulated(dataset: Path) -> bool:
    """Whether the people of a data set were invented; a folder that is none is refused."""
    from cmp_engine.data import Voxceleb3D

    return Voxceleb3D(dataset).is_simulated


def output_of(job: GenerationJob) -> Path | None:
    """The file that shows a stage is done; None while there is none."""
    if job.stage.startswith(INFERENCE):
        path = predictions_path(job.run, job.conditions)
    elif job.stage == DATASET:
        path = truth_of(job.dataset)
    elif job.stage in CPU_STAGES:
        path = run_folder(job.study.slug) / {STIMULI: "stimuli.json", RATIOS: "are.json"}[job.stage]
    else:
        path = run_folder(job.run) / job.stage / "final.pt"
    return path if path.is_file() else None


# --- The stages --------------------------------------------------------------------------------------------------


def make_dataset(job: GenerationJob, report: Progress) -> Path:
    """Simulate the voices and faces that a profile learns from."""
    population = population_for(job.profile)
    simulate_people(
        Path(job.dataset),
        identities=population.identities,
        utterances=population.utterances,
        coupling="default",
        seed=population.seed,
        progress=report,
    )
    return truth_of(job.dataset)


@engine_refusals()
def simulate_people(
    out: Path, *, identities: int, utterances: int, coupling: str, seed: int, progress: Progress
) -> None:
    """Write a simulated data set; what cannot be simulated is refused."""
    from cmp_engine.simulation import simulate

    simulate(out, identities=identities, utterances=utterances, coupling=coupling, seed=seed, progress=progress)


@engine_refusals()
def build_from_folders(
    out: Path,
    *,
    voices: Path,
    faces: Path,
    meta: Path,
    model: str,
    landmarks: str,
    workers: int | None,
    progress: Progress,
) -> "BuildSummary":
    """Build a data set from recordings and pictures of real people; what cannot be built is refused."""
    from cmp_engine.building import build

    return build(
        out,
        voices=voices,
        faces=faces,
        meta=meta,
        model=model,
        landmarks=landmarks,
        workers=workers,
        progress=progress,
    )


def train(job: GenerationJob, report: Progress) -> Path:
    """Train one stage of the engine, from its last checkpoint on."""
    from cmp_engine.config import load_config
    from cmp_engine.data import Voxceleb3D
    from cmp_engine.training import train_stage

    return train_stage(
        job.stage,
        dataset=Voxceleb3D(job.dataset),
        config=load_config(job.profile),
        run=run_folder(job.run),
        device=job.device,
        progress=report,
    )


def infer(job: GenerationJob, report: Progress) -> Path:
    """Predict a face from the first recordings of each test person."""
    from cmp_engine.data import Voxceleb3D, load_features
    from cmp_engine.inference import VoiceToFace

    dataset = Voxceleb3D(job.dataset)
    predictor = VoiceToFace.load(run_folder(job.run), job.conditions, device=job.device)
    names, utterances, faces = [], [], []
    for done, identity in enumerate(dataset.test, start=1):
        chosen = identity.utterances[:UTTERANCES_PER_IDENTITY]
        faces += predictor.predict([load_features(path) for path in chosen])
        names += [identity.name] * len(chosen)
        utterances += [path.relative_to(dataset.root).with_suffix("").as_posix() for path in chosen]
        report(done, len(dataset.test))
    images = [face.image for face in faces if face.image is not None]
    path = predictions_path(job.run, job.conditions)
    Predictions(
        identities=tuple(names),
        utterances=tuple(utterances),
        images=np.stack(images) if images else np.zeros((0, 64, 64, 3), np.uint8),
        shapes=np.stack([face.shape for face in faces]),
        expressions=np.stack([face.expression for face in faces]),
    ).save(path)
    return path


def make_stimuli(job: GenerationJob, report: Progress) -> Path:
    """Render and encode both conditions' faces, fill the study with them, and open it."""
    from cmp_engine.data import Voxceleb3D
    from cmp_engine.inference.voice_to_face import mesh_of
    from cmp_engine.morphable import MorphableModel
    from cmp_engine.rendering import turntable

    shown = job.conditions.split(",")
    predictions = {slug: Predictions.load(predictions_path(job.run, slug)) for slug in shown}
    references = {each.name: each.reference.picture for each in Voxceleb3D(job.dataset).test if each.reference}
    recordings = {name: made for name, made in predictions[shown[0]].recordings.items() if name in references}
    planned = plan_questions(recordings, seed=job.study.seed)
    model = MorphableModel.analytic("full")
    maker = MediaMaker(
        MediaShelf(run_folder(job.run) / "media"),
        topology=model.topology,
        mesh_of=lambda shape, expression: (mesh_of(model, shape, expression), model.faces.numpy()),
        turntable=partial(turntable, frames=encoding.TURNTABLE_FRAMES),
    )
    made = []
    for done, plan in enumerate(planned, start=1):
        media = {slug: maker.faces(plan, predictions[slug]) for slug in shown}
        made.append(MadeQuestion(plan, maker.reference(references[plan.identity]), media))
        report(done, len(planned))
    filled = store_questions(made)
    fill_study(study=job.study, filled=filled, provenance={slug: _provenance(job, slug) for slug in shown})
    return _write_json(run_folder(job.study.slug) / "stimuli.json", [each.listing() for each in filled])


def measure_ratios(job: GenerationJob, report: Progress) -> Path:
    """Compare the proportions of predicted faces with those of the reference meshes (the paper's Table 1)."""
    from cmp_engine.data import Voxceleb3D
    from cmp_engine.inference.metrics import BASELINE
    from cmp_engine.inference.run_table import ratio_table

    measured = coefficients_of(job.run, _to_measure(job, baseline=BASELINE))
    table = ratio_table(measured, Voxceleb3D(job.dataset), progress=report)
    return _write_json(run_folder(job.study.slug) / "are.json", {"run": job.run, **table})


def _to_measure(job: GenerationJob, *, baseline: str) -> list[str]:
    """The conditions of a study's table: asking for fewer than an earlier call on the same run loses none.

    The baseline is among them whenever the run has its predictions, since the gains of all others are over it.
    """
    path = run_folder(job.study.slug) / "are.json"
    stored = json.loads(path.read_text()) if path.exists() else {}
    before = stored["conditions"] if stored.get("run") == job.run else {}
    there = [slug for slug in (baseline, *before) if predictions_path(job.run, slug).is_file()]
    return sorted({*job.conditions.split(","), *there})


@engine_refusals()
def measure_run(run: str, conditions: Sequence[str], dataset: str, *, progress: Progress) -> dict[str, Any]:
    """Every metric of a run's predictions (docs/reference/metrics.md): oracles, intervals, the paper's numbers.

    Raises:
        EngineRefused: the data set is gone or has no references, or the predictions do not cover it.
    """
    from cmp_engine.data import Voxceleb3D
    from cmp_engine.inference.run_table import metric_table

    return {"run": run, **metric_table(coefficients_of(run, conditions), Voxceleb3D(dataset), progress=progress)}


def coefficients_of(run: str, conditions: Sequence[str]) -> dict[str, dict[str, tuple[Floats, Floats]]]:
    """What each condition predicted for each person: shape (U, 40) and expression (U, 10) of the utterances."""
    made = {slug: Predictions.load(predictions_path(run, slug)) for slug in conditions}
    return {
        slug: {name: (each.shapes[rows], each.expressions[rows]) for name, rows in each.by_identity()}
        for slug, each in made.items()
    }


def _provenance(job: GenerationJob, condition: str) -> Provenance:
    made = dict(GenerationJob.objects.filter(study=job.study, run=job.run).values_list("stage", "output_sha256"))
    return Provenance(job.run, weights_sha256(condition, made), job.study.seed, code_revision())


def _write_json(path: Path, content: object) -> Path:
    write_bytes(path, json.dumps(content, indent=1).encode())
    return path
