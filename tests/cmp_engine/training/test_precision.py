"""A run in bfloat16 trains, stays near one in float32, and keeps weights and losses in float32."""

import json
from dataclasses import replace

import pytest
import torch

from cmp_engine.config import load_config
from cmp_engine.networks import FaceGenerator, MeshRegressor
from cmp_engine.runs.checkpoint import read_checkpoint
from cmp_engine.training import train_stage
from cmp_engine.training.precision import in_bfloat16

SMOKE = load_config("smoke")
STAGES = ("voice-encoder", "expert", "joint")


@pytest.fixture(scope="module")
def runs(noise_dataset, tmp_path_factory):
    made = {}
    for precision in ("fp32", "bf16"):
        made[precision] = tmp_path_factory.mktemp(precision)
        for stage in STAGES:
            config = replace(SMOKE, precision=precision)
            train_stage(stage, dataset=noise_dataset, config=config, run=made[precision])
    return made


def first_losses(run, stage):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    first = next(line for line in lines if line["stage"] == stage)
    return {name: first[name] for name in first if name not in ("stage", "step", "seconds", "accuracy")}


@pytest.mark.parametrize("stage", STAGES)
def test_first_losses_are_near_those_of_float32(runs, stage):
    expected, found = (first_losses(runs[precision], stage) for precision in ("fp32", "bf16"))
    assert found != expected
    for name, value in found.items():
        # Eight bits of mantissa. While the faces of a batch are alike, as they are here, the student's batch
        # normalisation enlarges what distinguishes them, rounding included: of its losses only the order holds.
        if name in ("pseudo_ground_truth", "divergence", "triplet"):
            assert 1 / 3 < value / expected[name] < 3, name
        else:
            assert value == pytest.approx(expected[name], rel=0.02), name


@pytest.mark.parametrize("stage", STAGES)
def test_weights_move_stay_finite_and_are_stored_in_float32(runs, stage):
    state = read_checkpoint(runs["bf16"] / stage / "final.pt")["networks"]
    other = read_checkpoint(runs["fp32"] / stage / "final.pt")["networks"]
    for name, network in state.items():
        for key, tensor in network.items():
            assert tensor.isfinite().all()
            assert tensor.dtype == other[name][key].dtype
    assert any(not torch.equal(network[key], other[name][key]) for name, network in state.items() for key in network)


def test_network_computes_in_bfloat16_and_answers_in_float32():
    generator = FaceGenerator(channels=(8, 8, 8, 8, 8))
    embedding = torch.randn(2, 64, 1, 1)
    before = generator(embedding)
    seen = []
    generator.model[0].register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    after = in_bfloat16(generator, torch.device("cpu"))(embedding)
    assert seen == [torch.bfloat16]
    assert after.dtype == torch.float32
    torch.testing.assert_close(after, before, atol=0.02 * before.abs().max().item(), rtol=0)
    after.sum().backward()
    assert all(parameter.grad.dtype == torch.float32 for parameter in generator.parameters())


def test_every_part_of_a_regression_is_float32():
    answer = in_bfloat16(MeshRegressor(0.125).eval(), torch.device("cpu"))(torch.randn(2, 3, 32, 32))
    assert {part.dtype for part in answer} == {torch.float32}
