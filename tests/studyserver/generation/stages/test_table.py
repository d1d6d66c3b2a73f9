"""The table of stages: names that rows of the database keep, and an order in which nothing lacks what it needs."""

from pathlib import Path

import pytest

from cmp_engine.config import STAGE_NAMES
from cmp_engine.config import STAGES as STAGES_OF_CONDITIONS
from cmp_engine.training.stages import NEEDS
from studyserver.generation.deciding.planned import StimuliRequest, plan_stages
from studyserver.generation.exceptions import UnknownStage
from studyserver.generation.models import GenerationJob
from studyserver.generation.stages.places import run_folder
from studyserver.generation.stages.table import STAGES, output_of, stage_named, title_of
from studyserver.studies.models import Study

CONDITIONS = tuple(STAGES_OF_CONDITIONS)
# As rows of running installations have them: name, title, queue, output.
KNOWN = [
    ("dataset", "Simulate voices and faces", "cpu", "data/simulation.json"),
    ("voice-encoder", "Train the voice encoder", "gpu", "runs/demo-1/voice-encoder/final.pt"),
    ("base-1-expert", "Train image-to-3D for base-1", "gpu", "runs/demo-1/base-1-expert/final.pt"),
    ("expert", "Train the image-to-3D expert", "gpu", "runs/demo-1/expert/final.pt"),
    ("speech-to-image", "Train voice to image", "gpu", "runs/demo-1/speech-to-image/final.pt"),
    ("joint", "Train image and 3D jointly", "gpu", "runs/demo-1/joint/final.pt"),
    ("supervised", "Train voice to 3D", "gpu", "runs/demo-1/supervised/final.pt"),
    ("inference-base-2", "Predict with base-2", "gpu", "runs/demo-1/predictions/base-2.npz"),
    ("stimuli", "Render and encode stimuli", "cpu", "runs/faces/stimuli.json"),
    ("ratios", "Measure ratio errors", "cpu", "runs/faces/are.json"),
]


def job(stage: str, tmp_path: Path) -> GenerationJob:
    values = {"run": "demo-1", "dataset": str(tmp_path / "data"), "conditions": "base-2"}
    return GenerationJob(study=Study(slug="faces", seed=1), stage=stage, **values)


@pytest.mark.parametrize(("name", "title", "queue", "output"), KNOWN)
def test_stage_of_a_row_keeps_its_title_queue_and_output(name, title, queue, output, tmp_path):
    stage = stage_named(name)
    assert (title_of(name), stage.queue, stage.output(job(name, tmp_path))) == (title, queue, tmp_path / output)


def test_every_stage_is_among_the_known_ones():
    assert [stage.name_for("base-2") for stage in STAGES] == [name for name, *_ in KNOWN]


@pytest.mark.parametrize("name", ["inference-", "inference", "Joint", "joint-2", ""])
def test_unknown_stage_is_refused_by_workers_and_named_on_pages(name):
    with pytest.raises(UnknownStage, match=f"no stage '{name}'; known are dataset, .* generate_stimuli again"):
        stage_named(name)
    assert title_of(name) == name


def test_a_file_is_an_output_only_once_it_is_there(tmp_path):
    made = job("joint", tmp_path)
    assert output_of(made) is None
    (run_folder("demo-1") / "joint" / "final.pt").mkdir(parents=True)
    assert output_of(made) is None
    (run_folder("demo-1") / "joint" / "final.pt").rmdir()
    (run_folder("demo-1") / "joint" / "final.pt").touch()
    assert output_of(made) == run_folder("demo-1") / "joint" / "final.pt"


def test_table_has_every_stage_that_the_engine_trains_with_what_it_starts_from():
    trained = {stage.name: stage.needs(()) for stage in STAGES if stage.name in STAGE_NAMES}
    assert trained == {name: ("dataset", *needs) for name, needs in NEEDS.items()}


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_stage_stands_below_all_that_it_needs(stage):
    above = {each.name_for(slug) for each in STAGES[: STAGES.index(stage)] for slug in CONDITIONS}
    assert set(stage.needs(CONDITIONS)) <= above


@pytest.mark.django_db
def test_a_request_takes_the_stages_of_its_conditions_and_no_other(small_dataset):
    study = Study(slug="faces", seed=1)
    request = StimuliRequest(small_dataset, "smoke", ("base-2", "cmp-unsupervised", "cmp-supervised"), "cpu")
    run, planned = plan_stages(study, request)
    assert run.startswith("smoke-")
    assert [(each.name, ",".join(each.conditions)) for each in planned] == [
        ("voice-encoder", ""),
        ("expert", ""),
        ("speech-to-image", ""),
        ("joint", ""),
        ("supervised", ""),
        ("inference-base-2", "base-2"),
        ("inference-cmp-unsupervised", "cmp-unsupervised"),
        ("inference-cmp-supervised", "cmp-supervised"),
        ("stimuli", "base-2,cmp-unsupervised"),
        ("ratios", "base-2,cmp-unsupervised,cmp-supervised"),
    ]
    needs = {each.name: each.needs for each in planned}
    assert needs["joint"] == ("voice-encoder", "expert")
    assert needs["stimuli"] == ("inference-base-2", "inference-cmp-unsupervised")
    simulated = plan_stages(study, StimuliRequest(None, "smoke", ("base-2", "cmp-unsupervised"), "cpu"))[1]
    assert (simulated[0].name, simulated[1].needs) == ("dataset", ("dataset",))


@pytest.mark.django_db
def test_fingerprints_are_those_of_running_installations(small_dataset, monkeypatch):
    """Hand-made: SHA-256 of ``<run>|<stage>|<condition>...|<version>``. Another one would train everything anew."""
    import hashlib

    study = Study(slug="faces", seed=7)
    request = StimuliRequest(small_dataset, "smoke", ("base-2", "cmp-unsupervised"), "cpu")
    run, planned = plan_stages(study, request)
    made = {each.name: each.fingerprint for each in planned}
    for name, described in (
        ("joint", f"{run}|joint|"),
        ("inference-base-2", f"{run}|inference-base-2|base-2|"),
        ("stimuli", f"{run}|stimuli|base-2|cmp-unsupervised|7 3"),
        ("ratios", f"{run}|ratios|base-2|cmp-unsupervised|2"),
    ):
        assert made[name] == hashlib.sha256(described.encode()).hexdigest()
