"""Who works on a job: taking it, showing signs of life, and handing in the result.

A job is held by one process at a time. Each taking makes a new ``claim``; whoever holds an older one can no longer
write to the row. A holder that died is known at once on its own machine, and by its silence from another one.
"""

import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from studyserver.common.exceptions import PerceptionistError
from studyserver.generation.models import GenerationJob

log = logging.getLogger(__name__)

HEARTBEAT_EVERY = timedelta(seconds=10)
# Six missed heartbeats: longer than a busy database or a swapped-out process stays silent.
SILENT_AFTER = timedelta(seconds=60)
# A job that took this many workers with it (out of memory, say) would take the next one too.
MOST_ATTEMPTS = 5

State = GenerationJob.State


class JobBusy(PerceptionistError):
    """Another living process holds the job."""


class JobLost(PerceptionistError):
    """The job was given to another process, since this one was silent for too long."""


class JobFailed(PerceptionistError):
    """The stage could not be made; the message says why and what to do."""


def this_process() -> str:
    """Name this process so that another on the same machine can tell whether it still runs."""
    return f"{_place()}|{os.getpid()}|{_started(os.getpid())}"


def is_abandoned(job: GenerationJob) -> bool:
    """Whether a running job's holder is dead: gone from this machine, or silent for too long."""
    place, _, process = job.worker.partition("|")
    pid, _, started = process.partition("|")
    if place == _place() and started and _started(int(pid)) != started:
        return True
    return job.heartbeat_at is None or job.heartbeat_at < timezone.now() - SILENT_AFTER


@transaction.atomic
def claim(job_id: int) -> GenerationJob | None:
    """Take a job for this process; None when it is ready or no longer wanted.

    Raises:
        JobBusy: a living process holds it, or the same stage of the same run for another study.
        JobFailed: it failed before, or took too many workers with it.
    """
    job = GenerationJob.objects.filter(pk=job_id).first()
    if job is None:
        return None
    # All rows that would write the same files are locked, so that two takers cannot both find them free.
    same = GenerationJob.objects.select_for_update().filter(stage=job.stage, run=job.run).order_by("pk")
    rows = {row.pk: row for row in same}
    if job_id not in rows or rows[job_id].state == State.READY:
        return None
    job = rows[job_id]
    if job.state == State.FAILED:
        raise JobFailed(job.error)
    for row in rows.values():
        if row.state == State.RUNNING and not is_abandoned(row):
            raise JobBusy(f"Stage {row.stage} of run {row.run} is being made by process {row.worker.split('|')[1]}.")
    if job.attempts >= MOST_ATTEMPTS:
        job.error = f"Stage {job.stage} ended {job.attempts} workers, perhaps for lack of memory; see their logs."
        job.state, job.finished_at = State.FAILED, timezone.now()
        job.save(update_fields=["error", "state", "finished_at"])
        return None
    now = timezone.now()
    job.state, job.worker, job.claim, job.heartbeat_at = State.RUNNING, this_process(), uuid.uuid4(), now
    job.attempts, job.started_at, job.finished_at = job.attempts + 1, job.started_at or now, None
    job.save(update_fields=["state", "worker", "claim", "heartbeat_at", "attempts", "started_at", "finished_at"])
    return job


def next_job(study_id: int) -> GenerationJob | None:
    """The study's first stage that is not ready, if a worker could take it now."""
    # Stages are made in the order in which they need each other.
    job = GenerationJob.objects.filter(study=study_id).exclude(state=State.READY).order_by("pk").first()
    if job is None or job.state == State.FAILED or (job.state == State.RUNNING and not is_abandoned(job)):
        return None
    return job


def show_progress(job: GenerationJob, share: float) -> None:
    """Store how far the stage is.

    Raises:
        JobLost: another process has taken the job meanwhile.
    """
    _update(job, progress=share, heartbeat_at=timezone.now())


def finish(job: GenerationJob, *, output_sha256: str) -> None:
    """Hand in the result."""
    now = timezone.now()
    _update(job, state=State.READY, progress=1.0, output_sha256=output_sha256, finished_at=now, error="", claim=None)


def fail(job: GenerationJob, *, error: str) -> None:
    """Hand the job back with the reason why it cannot be done."""
    _update(job, state=State.FAILED, finished_at=timezone.now(), error=error, claim=None)


def release(job: GenerationJob) -> None:
    """Hand the job back unfinished, for the next worker to go on with."""
    _update(job, state=State.QUEUED, claim=None, worker="", attempts=0)


@contextmanager
def signs_of_life(job: GenerationJob) -> Iterator[None]:
    """Keep the job's heartbeat going while the body works, however long a single step of it takes."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(HEARTBEAT_EVERY.total_seconds()):
            try:
                GenerationJob.objects.filter(pk=job.pk, claim=job.claim).update(heartbeat_at=timezone.now())
            except OperationalError:
                # A busy database: the next beat comes in ten seconds, and six may be missed.
                # Named without its study, which would be asked from the same database.
                log.warning("no heartbeat for stage %s of run %s", job.stage, job.run, exc_info=True)
            finally:
                connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat of job {job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _update(job: GenerationJob, **values: object) -> None:
    if not GenerationJob.objects.filter(pk=job.pk, claim=job.claim).update(**values):
        raise JobLost(f"Stage {job.stage} was taken over by another worker; this one stops.")


def _place() -> str:
    """The machine and its process space: equal ids mean equal processes only within one."""
    try:
        space = os.readlink("/proc/self/ns/pid")  # noqa: PTH115  # not a path, and Path would tidy it
    except OSError:
        space = ""
    return f"{socket.gethostname()} {space}"


def _started(pid: int) -> str:
    """When a process began, in the kernel's ticks since the machine started; empty when it does not run."""
    try:
        # The name in brackets may hold spaces; the fields are counted behind it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
