"""What a second request finds ready, and what it has made again."""

import hashlib
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from studyserver.generation.deciding.job_rows import lost_outputs, rows_of
from studyserver.generation.deciding.planned import StimuliRequest, plan_stages
from studyserver.generation.exceptions import CheckpointChanged
from studyserver.generation.models import GenerationJob
from studyserver.generation.services import ask_for_stimuli, request_stimuli
from studyserver.generation.stages.places import listing_file, predictions_file, ratios_file, run_folder
from studyserver.generation.stages.table import stage_named
from studyserver.studies.exceptions import StudyFrozen
from studyserver.studies.models import Stimulus
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


@pytest.fixture
def request_(small_dataset):
    return StimuliRequest(small_dataset, "smoke", ("base-2", "cmp-unsupervised"), "cpu")


@pytest.fixture
def study(request_):
    """A filled study whose stages are all ready, each with an output of its own."""
    made = factories.study("made", questions=1)
    run, _ = plan_stages(made, request_)
    Stimulus.objects.update(run=run)
    for job in request_stimuli(study=made, request=request_):
        output = stage_named(job.stage).output(job)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(job.stage)
        digest = hashlib.sha256(job.stage.encode()).hexdigest()
        GenerationJob.objects.filter(pk=job.pk).update(state="ready", output_sha256=digest, attempts=1)
    return made


@pytest.fixture
def again(study, request_):
    """The stages that another request has made again."""

    def asked():
        return [job.stage for job in request_stimuli(study=study, request=request_) if job.state == "queued"]

    return asked


def run_of(study) -> str:
    return study.jobs.first().run


def test_nothing_is_made_again_while_all_is_there(again):
    assert again() == []


def test_what_needs_a_lost_output_is_made_again_and_nothing_else(study, again):
    predictions_file(run_of(study), "base-2").unlink()
    assert again() == ["inference-base-2", "stimuli", "ratios"]
    assert again() == ["inference-base-2", "stimuli", "ratios"]  # As long as it was not made.


def test_a_lost_checkpoint_takes_along_what_was_trained_from_it(study, again):
    (run_folder(run_of(study)) / "expert" / "final.pt").unlink()
    kept = {"voice-encoder", "speech-to-image"}
    assert kept.isdisjoint(again())
    assert {"expert", "joint", "inference-base-2", "inference-cmp-unsupervised", "stimuli", "ratios"} == set(again())


@pytest.mark.parametrize(("place", "made"), [(listing_file, ["stimuli"]), (ratios_file, ["ratios"])])
def test_a_lost_or_changed_listing_or_table_is_made_again_alone(study, again, place, made):
    place("made").write_text("changed")
    assert again() == made
    place("made").unlink()
    assert again() == made


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(bytes(len(path.read_bytes())))]
)
@pytest.mark.parametrize("frozen", [False, True])
def test_a_lost_or_changed_picture_has_the_study_filled_again_alone(study, again, damage, frozen):
    if frozen:
        factories.freeze(study)
    damage(Stimulus.objects.exclude(image=None).first().image.path)
    assert again() == ["stimuli"]


def test_an_exchanged_checkpoint_is_refused_and_no_row_is_touched(study, request_):
    path = run_folder(run_of(study)) / "joint" / "final.pt"
    path.write_text("another")
    before = list(GenerationJob.objects.values())
    with pytest.raises(CheckpointChanged, match=r"joint/final\.pt is not the checkpoint that stage joint made.*delete"):
        request_stimuli(study=study, request=request_)
    assert list(GenerationJob.objects.values()) == before


def test_a_study_with_votes_is_filled_by_no_other_stage_than_the_one_that_did(study, request_, small_dataset):
    factories.freeze(study)
    other = StimuliRequest(small_dataset, "smoke", ("cmp-unsupervised", "base-2"), "cpu")
    before = list(GenerationJob.objects.values())
    with pytest.raises(StudyFrozen, match="'made' has votes"):
        request_stimuli(study=study, request=other)
    assert list(GenerationJob.objects.values()) == before


def test_a_further_condition_trains_what_it_lacks_and_leaves_the_study_alone(study, small_dataset):
    more = StimuliRequest(small_dataset, "smoke", ("base-2", "cmp-unsupervised", "cmp-supervised"), "cpu")
    made = request_stimuli(study=study, request=more)
    queued = [job.stage for job in made if job.state == "queued"]
    assert queued == ["supervised", "inference-cmp-supervised", "ratios"]


@pytest.fixture
def reads(monkeypatch):
    """Whether a transaction was open at each listing of a folder and each hash of a file."""
    seen = []

    def watched(read):
        def reading(*args, **options):
            seen.append(connection.in_atomic_block)
            return read(*args, **options)

        return reading

    monkeypatch.setattr(Path, "rglob", watched(Path.rglob))
    monkeypatch.setattr(hashlib, "file_digest", watched(hashlib.file_digest))
    return seen


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("slug", ["made", "new"])
def test_no_answer_waits_while_a_request_reads_the_data_set_and_checkpoints(study, request_, reads, slug):
    _, made = ask_for_stimuli(slug=slug, request=request_, wording={})
    assert len(made) == 8
    assert reads
    assert not any(reads)


def test_an_output_that_was_made_anew_after_it_was_looked_for_is_not_lost_any_more(study, request_):
    predictions_file(run_of(study), "base-2").unlink()
    run, planned = plan_stages(study, request_)
    lost = lost_outputs(study, planned)
    assert [job.stage for job in lost] == ["inference-base-2", "stimuli", "ratios"]
    study.jobs.filter(stage="inference-base-2").update(finished_at=timezone.now())
    made = rows_of(study, request_, run, planned, lost=lost)
    assert [job.stage for job in made if job.state == "queued"] == ["stimuli", "ratios"]
