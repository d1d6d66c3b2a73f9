"""Seeing stages through to the last one: in this process, or by watching the workers."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from kombu.exceptions import OperationalError as BrokerError

from studyserver.generation import tasks
from studyserver.generation.exceptions import RequestRefused
from studyserver.generation.models import GenerationJob
from studyserver.generation.running import jobs
from studyserver.generation.running.performing import perform
from studyserver.generation.stages.table import stage_named

State = GenerationJob.State
Show = Callable[[GenerationJob, int, int], None]

RING_AGAIN_S = 20
LOOK_EVERY_S = 0.5


def run_here(made: Sequence[GenerationJob], *, show: Show, on_wait: Callable[[str], None]) -> None:
    """Do the stages one after the other in this process; a stage that another process has in hand is waited for.

    Raises:
        JobFailed: a stage cannot be made; what was finished before is kept.
    """
    for job in made:
        told = False
        while job.state != State.READY:
            try:
                perform(job.pk, on_progress=partial(show, job))
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
                    f"celery -A studyserver worker --queues {stage_named(job.stage).queue.value}"
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
