"""One stage in one process: what becomes of its row, and which queue is told of it."""

import pytest

from studyserver.generation import tasks
from studyserver.generation.models import GenerationJob
from studyserver.generation.running.jobs import JobFailed
from studyserver.generation.running.performing import perform
from studyserver.studies.models import Study

pytestmark = pytest.mark.django_db


@pytest.fixture
def make():
    study = Study.objects.create(slug="faces", title="Faces", organizer="Lab", contact="lab@example.org", seed=1)

    def made(stage, **values):
        values = {"run": "gone", "dataset": "/data", "profile": "smoke", "device": "cpu"} | values
        return GenerationJob.objects.create(study=study, stage=stage, fingerprint=stage, **values)

    return made


def test_stage_of_another_version_fails_with_what_to_do_and_is_not_trained(make):
    job = make("style-transfer")
    with pytest.raises(
        JobFailed, match=r"knows no stage 'style-transfer'; known are dataset, .*generate_stimuli again"
    ):
        perform(job.pk)
    job.refresh_from_db()
    assert (job.state, job.claim) == ("failed", None)
    assert "knows no stage" in job.error


def test_predictions_that_are_gone_fail_their_stage_with_the_remedy(make):
    with pytest.raises(JobFailed, match=r"There is no .*/gone/predictions/base-2\.npz.*predicts these faces again"):
        perform(make("ratios", conditions="base-2").pk)


def test_ready_stage_is_not_done_again(make):
    job = make("style-transfer", state="ready")
    perform(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("ready", 0)


@pytest.mark.parametrize(
    ("stage", "queue"),
    [("dataset", "cpu"), ("joint", "gpu"), ("inference-base-2", "gpu"), ("stimuli", "cpu"), ("ratios", "cpu")],
)
def test_workers_of_the_stages_queue_are_told_once_its_row_is_there(
    make, stage, queue, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    # What leaves the process: a message to the broker.
    monkeypatch.setattr(tasks.run_stage, "apply_async", lambda args, queue: sent.append((args, queue)))
    with django_capture_on_commit_callbacks() as waiting:
        job = make(stage)
        tasks.ring(job)
        assert sent == []
    for call in waiting:
        call()
    assert sent == [((job.pk,), queue)]
