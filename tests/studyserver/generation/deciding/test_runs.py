"""Which run has the weights of a condition."""

import pytest

from studyserver.generation.deciding.runs import trained_run
from studyserver.generation.exceptions import RequestRefused
from studyserver.generation.models import GenerationJob
from studyserver.generation.stages.places import run_folder
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return factories.study("trained", questions=1)


def trained(study, stage, *, run="demo-1", sha256="a"):
    """A finished training stage and its checkpoint."""
    checkpoint = run_folder(run) / stage / "final.pt"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.touch()
    return GenerationJob.objects.create(
        study=study, stage=stage, fingerprint=run, run=run, dataset="/data", profile="demo", device="cpu",
        state="ready", output_sha256=sha256 * 64,
    )  # fmt: skip


@pytest.fixture
def base_2(study):
    return [trained(study, stage) for stage in ("voice-encoder", "expert", "speech-to-image")]


def test_a_run_without_the_expert_of_base_1_is_none_of_base_1(base_2):
    assert trained_run(("base-2",)).run == "demo-1"
    with pytest.raises(RequestRefused, match=r"no trained run of base-1 yet\. .*--conditions base-2,.*,base-1"):
        trained_run(("base-1",))


def test_a_run_with_the_expert_of_base_1_is_one_and_its_weights_are_others(study, base_2):
    trained(study, "base-1-expert")
    found = trained_run(("base-1", "base-2"))
    assert (found.run, found.profile, found.dataset) == ("demo-1", "demo", "/data")
    assert trained_run(("base-1",)).checkpoints["base-1"] == found.checkpoints["base-1"]
    GenerationJob.objects.filter(stage="base-1-expert").update(output_sha256="b" * 64)
    changed = trained_run(("base-1", "base-2")).checkpoints
    assert changed["base-1"] not in (found.checkpoints["base-1"], changed["base-2"])
    assert changed["base-2"] == found.checkpoints["base-2"]


@pytest.mark.parametrize("stage", ["voice-encoder", "expert", "speech-to-image"])
def test_weights_are_others_as_soon_as_one_checkpoint_is(base_2, stage):
    before = trained_run(("base-2",)).checkpoints
    GenerationJob.objects.filter(stage=stage).update(output_sha256="b" * 64)
    assert trained_run(("base-2",)).checkpoints != before


def test_stages_of_two_runs_do_not_make_one(study, base_2):
    trained(study, "base-1-expert", run="demo-2")
    with pytest.raises(RequestRefused, match="no trained run of base-1"):
        trained_run(("base-1",))
