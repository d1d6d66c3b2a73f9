"""Stages train, resume to the same weights, and refuse what does not fit."""

import json
import resource
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from cmp_engine.config import STAGE_NAMES, STAGES, load_config
from cmp_engine.exceptions import CheckpointError, ConfigError, WriteError
from cmp_engine.inference import VoiceToFace
from cmp_engine.runs import checkpoint
from cmp_engine.training import train_stage
from cmp_engine.training.stages import NEEDS

SMOKE = load_config("smoke")
PUBLISHED = load_config("smoke", losses="published")


class InterruptionError(Exception):
    pass


def interrupt_at(step):
    def progress(done, total):
        if done == step:
            raise InterruptionError

    return progress


@pytest.fixture(scope="session")
def finished_run(noise_dataset, tmp_path_factory):
    """A run with all stages trained without interruption."""
    run = tmp_path_factory.mktemp("finished") / "run"
    for stage in STAGE_NAMES:
        train_stage(stage, dataset=noise_dataset, config=SMOKE, run=run)
    return run


@pytest.fixture(scope="module")
def published_run(noise_dataset, finished_run, tmp_path_factory):
    """Joint training with the published losses, without interruption."""
    run = tmp_path_factory.mktemp("published") / "run"
    copy_needed(finished_run, run, "joint")
    train_stage("joint", dataset=noise_dataset, config=PUBLISHED, run=run)
    return run


def copy_needed(finished_run, run, stage):
    for needed in NEEDS[stage]:
        shutil.copytree(finished_run / needed, run / needed)


def tensors(path) -> dict[str, torch.Tensor]:
    networks = checkpoint.read_checkpoint(path)["networks"]
    return {f"{name}.{key}": tensor for name, state in networks.items() for key, tensor in state.items()}


@pytest.mark.parametrize(("stage", "losses"), [*((stage, "paper") for stage in STAGE_NAMES), ("joint", "published")])
def test_interrupted_stage_resumes_to_the_same_weights(stage, losses, noise_dataset, request, tmp_path):
    config = {"paper": SMOKE, "published": PUBLISHED}[losses]
    finished_run = request.getfixturevalue({"paper": "finished_run", "published": "published_run"}[losses])
    copy_needed(finished_run, tmp_path, stage)
    with pytest.raises(InterruptionError):
        train_stage(stage, dataset=noise_dataset, config=config, run=tmp_path, progress=interrupt_at(3))
    assert checkpoint.read_checkpoint(tmp_path / stage / "latest.pt")["step"] == 2
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"stage": "jo')  # as a machine leaves it that stops while writing
    seen = []
    resumed = train_stage(
        stage, dataset=noise_dataset, config=config, run=tmp_path, progress=lambda done, total: seen.append(done)
    )
    assert seen == [2, 3, 4]
    expected, found = tensors(finished_run / stage / "final.pt"), tensors(resumed)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[key], found[key]) for key in expected)
    steps = [json.loads(line)["step"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert steps == [1, 2, 3, 4]


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_finished_stage_is_not_trained_again(stage, noise_dataset, finished_run):
    final = finished_run / stage / "final.pt"
    before = final.stat().st_mtime_ns
    assert train_stage(stage, dataset=noise_dataset, config=SMOKE, run=finished_run) == final
    assert final.stat().st_mtime_ns == before


def test_training_leaves_the_random_numbers_of_the_caller_alone(noise_dataset, tmp_path):
    state = torch.get_rng_state()
    train_stage("voice-encoder", dataset=noise_dataset, config=SMOKE, run=tmp_path)
    assert torch.equal(torch.get_rng_state(), state)


def test_stage_without_the_one_before_says_which(noise_dataset, tmp_path):
    with pytest.raises(CheckpointError, match="stage 'voice-encoder' is not finished"):
        train_stage("joint", dataset=noise_dataset, config=SMOKE, run=tmp_path)


def test_unknown_stage_writes_nothing(noise_dataset, tmp_path):
    with pytest.raises(ConfigError, match="unknown stage 'gan'"):
        train_stage("gan", dataset=noise_dataset, config=SMOKE, run=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_run_of_another_configuration_is_refused_with_the_keys(noise_dataset, finished_run):
    other = replace(SMOKE, joint=replace(SMOKE.joint, steps=7))
    with pytest.raises(ConfigError, match=r"joint\.steps was 4, now 7.*another run folder"):
        train_stage("joint", dataset=noise_dataset, config=other, run=finished_run)


def test_checkpoint_of_another_configuration_is_refused_with_keys_and_remedy(noise_dataset, finished_run, tmp_path):
    shutil.copytree(finished_run / "expert", tmp_path / "expert")
    other = replace(SMOKE, networks=replace(SMOKE.networks, regressor_width=0.25))
    with pytest.raises(CheckpointError, match=r"networks\.regressor_width was 0\.125, now 0\.25.*delete .*expert"):
        train_stage("expert", dataset=noise_dataset, config=other, run=tmp_path)


def test_stage_whose_voice_encoder_was_exchanged_is_refused(noise_dataset, finished_run, tmp_path):
    shutil.copytree(finished_run, tmp_path / "run")
    state = checkpoint.read_checkpoint(tmp_path / "run" / "voice-encoder" / "final.pt")
    checkpoint.save_checkpoint(tmp_path / "run" / "voice-encoder" / "final.pt", state | {"step": 99})
    with pytest.raises(CheckpointError, match="checkpoint of voice-encoder was"):
        train_stage("supervised", dataset=noise_dataset, config=SMOKE, run=tmp_path / "run")


def test_damaged_checkpoint_is_named(noise_dataset, finished_run, tmp_path):
    shutil.copytree(finished_run / "expert", tmp_path / "expert")
    (tmp_path / "expert" / "final.pt").write_bytes(b"hello")
    with pytest.raises(CheckpointError, match=r"final\.pt is damaged"):
        train_stage("expert", dataset=noise_dataset, config=SMOKE, run=tmp_path)


def test_full_disk_leaves_the_former_checkpoint(tmp_path):
    path = tmp_path / "stage" / "latest.pt"
    checkpoint.save_checkpoint(path, {"networks": {}, "step": 1})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))  # To the writer, a larger file is a full disk.
    try:
        with pytest.raises(WriteError, match=r"File too large.*Free some space"):
            checkpoint.save_checkpoint(path, {"networks": {"all": torch.zeros(100_000)}, "step": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert checkpoint.read_checkpoint(path)["step"] == 1
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("condition", STAGES)
def test_every_condition_predicts_from_a_finished_run(condition, finished_run):
    mels = [np.random.default_rng(n).normal(size=(1000 + n, 64)).astype(np.float32) for n in (0, 251)]
    predictions = VoiceToFace.load(finished_run, condition).predict(mels)
    assert len(predictions) == 2
    for prediction in predictions:
        assert prediction.shape.shape == (40,)
        assert prediction.expression.shape == (10,)
        if condition == "cmp-supervised":
            assert prediction.image is None
        else:
            assert (prediction.image.shape, prediction.image.dtype) == ((64, 64, 3), np.uint8)


def test_prediction_does_not_depend_on_its_neighbours(finished_run):
    mels = [np.random.default_rng(n).normal(size=(1000 + n, 64)).astype(np.float32) for n in (0, 251)]
    model = VoiceToFace.load(finished_run, "cmp-supervised")
    first, second = model.predict(mels)
    assert not np.array_equal(first.shape, second.shape)
    np.testing.assert_array_equal(model.predict(mels[::-1])[0].shape, second.shape)


def test_features_of_another_shape_are_refused(finished_run):
    with pytest.raises(ValueError, match=r"\(T, 64\), got \(64, 1000\)"):
        VoiceToFace.load(finished_run, "cmp-supervised").predict([np.zeros((64, 1000), np.float32)])


def test_run_without_a_stage_of_the_condition_says_which_file(finished_run, tmp_path):
    shutil.copytree(finished_run, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "joint")
    with pytest.raises(CheckpointError, match=r"no checkpoint .*joint/final\.pt"):
        VoiceToFace.load(tmp_path / "run", "cmp-unsupervised")


def test_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(CheckpointError, match="is no training run"):
        VoiceToFace.load(tmp_path, "base-2")
