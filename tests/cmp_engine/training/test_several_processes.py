"""Two processes on halves of a batch end where one process ends on the whole."""

import json
import os

import pytest
import torch

from cmp_engine.config import load_config
from cmp_engine.exceptions import ConfigError
from cmp_engine.runs.checkpoint import read_checkpoint
from cmp_engine.training import parallel, train_stage
from tests.forked import Forked

pytestmark = pytest.mark.xdist_group("processes")
TOGETHER = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
SMOKE = load_config("smoke")


def run_program(*words: object) -> None:
    program = Forked([str(word) for word in words], os.environ)
    output = program.communicate(timeout=500)
    assert program.returncode == 0, output[-3000:]


def test_joint_steps_of_two_processes_are_those_of_one_whatever_the_losses(tmp_path):
    run_program("-m", "tests.cmp_engine.training.joint_in_float64", tmp_path / "one.pt")
    run_program(*TOGETHER, "-m", "tests.cmp_engine.training.joint_in_float64", tmp_path / "two.pt")
    one, two = (torch.load(tmp_path / name, weights_only=True) for name in ("one.pt", "two.pt"))
    assert one.keys() == {"paper", "published"}
    for losses, networks in one.items():
        moved = 0
        for name, network in networks.items():
            others = two[losses][name]
            assert network.keys() == others.keys()
            for key, tensor in network.items():
                # Sums are taken in another order; batch normalisation over few samples amplifies that, far below 1e-6.
                torch.testing.assert_close(others[key], tensor, rtol=1e-6, atol=1e-7, msg=f"{losses} {name}.{key}")
                moved += tensor.numel()
        assert moved > 100_000


def test_training_under_torchrun_leaves_one_run_with_the_results_of_one_process(noise_dataset, tmp_path):
    alone, together = tmp_path / "alone", tmp_path / "together"
    stages = ("voice-encoder", "supervised")
    for stage in stages:
        train_stage(stage, dataset=noise_dataset, config=SMOKE, run=alone)
    data = ["--dataset", noise_dataset.root, "--profile", "smoke", "--device", "cpu", "--conditions", "cmp-supervised"]
    run_program(*TOGETHER, "-m", "cmp_engine", "train", together, *data)
    for stage in stages:
        networks, others = (read_checkpoint(run / stage / "final.pt")["networks"] for run in (alone, together))
        for name, network in networks.items():
            for key, tensor in network.items():
                # float32, and Adam's first steps have the length of the rate (2e-4) whatever the gradient.
                torch.testing.assert_close(others[name][key], tensor, rtol=1e-3, atol=1e-4, msg=f"{name}.{key}")
    one, two = (
        [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()] for run in (alone, together)
    )
    for expected, found in zip(one, two, strict=True):
        for line in (expected, found):
            del line["seconds"]
        assert found.pop("stage") == expected.pop("stage")
        assert found == pytest.approx(expected, rel=1e-3)


def test_batch_that_cannot_be_shared_equally_is_refused(noise_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(parallel.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(parallel.distributed, "get_world_size", lambda: 3)
    with pytest.raises(ConfigError, match=r"expert\.batch is 4, which 3 processes cannot share equally"):
        train_stage("expert", dataset=noise_dataset, config=SMOKE, run=tmp_path / "run")
    assert not (tmp_path / "run").exists()
