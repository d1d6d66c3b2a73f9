"""One process at a time holds a job; a dead one loses it, a late one cannot write."""

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from studyserver.generation.models import GenerationJob
from studyserver.generation.running import jobs
from studyserver.studies.models import Study

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def study(slug: str = "faces") -> Study:
    return Study.objects.create(slug=slug, title="Faces", organizer="Lab", contact="lab@example.org", seed=1)


def job(of: Study | None = None, stage: str = "joint", **values) -> GenerationJob:
    values = {"run": "smoke-1", "dataset": "/data", "profile": "smoke", "device": "cpu"} | values
    return GenerationJob.objects.create(study=of or study(), stage=stage, fingerprint=f"{stage}-1", **values)


def another_process(pid: int) -> str:
    """How a process of that id on this machine signs, if it began at tick 1: no living process did."""
    return f"{jobs.this_process().partition('|')[0]}|{pid}|1"


def test_claimed_job_is_running_in_the_hands_of_this_process():
    taken = jobs.claim(job().pk)
    assert taken is not None
    stored = GenerationJob.objects.get()
    assert (stored.state, stored.attempts, stored.worker) == ("running", 1, jobs.this_process())


def test_second_claim_is_refused_while_the_first_process_lives():
    made = job()
    jobs.claim(made.pk)
    with pytest.raises(jobs.JobBusy, match=f"process {os.getpid()}"):
        jobs.claim(made.pk)


def test_same_stage_of_the_same_run_is_made_once_for_two_studies():
    first, second = job(study("one")), job(study("two"))
    jobs.claim(first.pk)
    with pytest.raises(jobs.JobBusy):
        jobs.claim(second.pk)
    assert jobs.claim(job(study("three"), run="smoke-2").pk) is not None


def test_ready_or_deleted_job_needs_nobody():
    made = job(state="ready")
    assert jobs.claim(made.pk) is None
    made.delete()
    assert jobs.claim(made.pk or 0) is None


def test_job_of_a_process_that_ended_is_taken_at_once():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    made = job(state="running", worker=another_process(ended.pid), heartbeat_at=timezone.now(), attempts=1)
    assert jobs.claim(made.pk) is not None


def test_job_of_a_process_whose_number_was_given_away_is_taken_at_once():
    made = job(state="running", worker=another_process(os.getpid()), heartbeat_at=timezone.now())
    assert jobs.claim(made.pk) is not None


@pytest.mark.parametrize(("silent_s", "taken"), [(50, False), (70, True)])
def test_job_of_another_machine_is_taken_after_a_minute_of_silence(silent_s, taken):
    heartbeat = timezone.now() - timedelta(seconds=silent_s)
    made = job(state="running", worker="elsewhere pid:[1]|17|5", heartbeat_at=heartbeat)
    if taken:
        assert jobs.claim(made.pk) is not None
    else:
        with pytest.raises(jobs.JobBusy, match="process 17"):
            jobs.claim(made.pk)


def test_holder_that_was_replaced_can_neither_report_nor_finish():
    made = job()
    late = jobs.claim(made.pk)
    GenerationJob.objects.update(worker=another_process(os.getpid()))
    new = jobs.claim(made.pk)
    for write in (
        lambda: jobs.show_progress(late, 0.9),
        lambda: jobs.finish(late, output_sha256="0" * 64),
        lambda: jobs.fail(late, error="late"),
    ):
        with pytest.raises(jobs.JobLost, match="taken over"):
            write()
    jobs.finish(new, output_sha256="1" * 64)
    stored = GenerationJob.objects.get()
    assert (stored.state, stored.output_sha256, stored.error) == ("ready", "1" * 64, "")


def test_released_job_can_be_taken_again_and_counts_no_lost_worker():
    made = job()
    jobs.release(jobs.claim(made.pk))
    assert jobs.claim(made.pk).attempts == 1


def test_job_that_ended_five_workers_fails_instead_of_ending_the_next():
    made = job(state="running", worker=another_process(os.getpid()), attempts=5)
    assert jobs.claim(made.pk) is None
    made.refresh_from_db()
    assert made.state == "failed"
    assert "ended 5 workers" in made.error


def test_failed_job_is_not_taken():
    with pytest.raises(jobs.JobFailed, match="no such voice"):
        jobs.claim(job(state="failed", error="no such voice").pk)


def test_next_job_is_the_first_that_is_not_ready_and_can_be_taken():
    of = study()
    job(of, "dataset", state="ready")
    assert jobs.next_job(of.pk) is None
    joint, stimuli = job(of, "joint"), job(of, "stimuli")
    assert jobs.next_job(of.pk) == joint
    jobs.claim(joint.pk)
    assert jobs.next_job(of.pk) is None
    GenerationJob.objects.filter(pk=joint.pk).update(state="ready")
    assert jobs.next_job(of.pk) == stimuli


@pytest.mark.django_db(transaction=True)
def test_long_silent_step_keeps_its_heartbeat(monkeypatch):
    monkeypatch.setattr(jobs, "HEARTBEAT_EVERY", timedelta(milliseconds=20))
    taken = jobs.claim(job().pk)
    long_ago = timezone.now() - timedelta(hours=1)
    GenerationJob.objects.update(heartbeat_at=long_ago)
    with jobs.signs_of_life(taken):
        for _ in range(200):
            if GenerationJob.objects.get().heartbeat_at > long_ago:
                break

            time.sleep(0.02)
    assert GenerationJob.objects.get().heartbeat_at > long_ago


@pytest.mark.sqlite  # One writer at a time, who else waits for the whole file.
def test_heartbeat_that_the_busy_database_refused_is_logged_without_asking_the_database_again(monkeypatch, caplog):
    monkeypatch.setattr(jobs, "HEARTBEAT_EVERY", timedelta(milliseconds=20))
    monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "timeout", 0.01)
    # The test's own transaction holds the lock, and nobody else can see the study in it.
    taken = jobs.claim(job().pk)
    with jobs.signs_of_life(taken):
        for _ in range(200):
            if len(caplog.messages) > 1:
                break
            time.sleep(0.02)
    assert set(caplog.messages) == {"no heartbeat for stage joint of run smoke-1"}
    assert len(caplog.messages) > 1
