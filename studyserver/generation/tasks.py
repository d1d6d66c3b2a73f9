"""What Celery workers are told: one stage at a time, each through :func:`running.performing.perform`."""

from functools import partial
from typing import Any

from celery import Task, shared_task
from celery.signals import worker_ready
from django.db import transaction

from studyserver.generation.models import GenerationJob
from studyserver.generation.running import jobs
from studyserver.generation.running.performing import perform
from studyserver.generation.stages.table import stage_named

RETRY_S = jobs.SILENT_AFTER.total_seconds()


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
    queue = stage_named(job.stage).queue.value
    transaction.on_commit(partial(run_stage.apply_async, (job.pk,), queue=queue))


@worker_ready.connect
def ring_for_waiting_jobs(**_: Any) -> None:
    """A worker that starts finds what a dead one left behind: its message may come back only after a day."""
    for study_id in GenerationJob.objects.waiting().order_by().values_list("study_id", flat=True).distinct():
        following = jobs.next_job(study_id)
        if following:
            ring(following)
