"""Doing a stage in this process, be it a worker's or that of the command that asked for it."""

import logging
import time

from studyserver.common.explanations import explain
from studyserver.common.hashing import sha256_of
from studyserver.generation.engine.refusals import engine_refusals
from studyserver.generation.engine.work import Progress
from studyserver.generation.models import GenerationJob
from studyserver.generation.running import jobs
from studyserver.generation.stages.table import stage_named

log = logging.getLogger(__name__)


def perform(job_id: int, *, on_progress: Progress | None = None) -> None:
    """Do one stage, unless it is ready already. It may be done twice, and goes on where it was stopped.

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
            stage = stage_named(job.stage)
            stage.work(job, _reporter(job, on_progress))
            output_sha256 = sha256_of(stage.output(job))
    except jobs.JobLost:
        raise
    except Exception as error:
        jobs.fail(job, error=_explain(error))
        raise jobs.JobFailed(_explain(error)) from error
    except BaseException:  # Ctrl-C or a worker that is told to stop: the next one goes on.
        jobs.release(job)
        raise
    jobs.finish(job, output_sha256=output_sha256)


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
