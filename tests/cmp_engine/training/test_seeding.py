"""One seed, and streams of randomness that do not meet."""

import pytest
import torch

from cmp_engine.config import load_config
from cmp_engine.training import run
from cmp_engine.training.seeding import random_state, restore_random_state, seed_torch, step_generator, stream

CPU = torch.device("cpu")


def test_batch_of_a_step_is_a_function_of_seed_purpose_and_step():
    def drawn(*key):
        return step_generator(*key).integers(1 << 60)

    keys = [(0, "joint", 0), (0, "joint", 1), (1, "joint", 0), (0, "expert", 0)]
    assert [drawn(*key) for key in keys] == [drawn(*key) for key in keys]
    assert len({drawn(*key) for key in keys}) == len(keys)


def test_seed_and_step_do_not_stand_for_each_other():
    assert step_generator(2, "joint", 3).integers(1 << 60) != step_generator(3, "joint", 2).integers(1 << 60)


def test_purpose_is_part_of_the_stream_in_every_process():
    """A hash that Python salts anew would differ between processes."""
    assert stream(5, "expert") == [5, 1327207234]
    assert stream(5, "expert") != stream(5, "joint")


def test_weights_of_a_stage_depend_on_seed_and_purpose():
    def drawn(seed, purpose):
        seed_torch(seed, purpose)
        return torch.rand(3).tolist()

    assert drawn(1, "joint") == drawn(1, "joint")
    assert len({tuple(drawn(seed, purpose)) for seed in (1, 2) for purpose in ("joint", "expert")}) == 4


def test_restored_state_repeats_what_was_drawn():
    state = random_state(CPU)
    first = torch.rand(4)
    torch.rand(7)
    restore_random_state(state, CPU)
    assert torch.equal(torch.rand(4), first)
    assert state["cuda"] is None


def test_state_is_that_of_the_gpu_that_is_trained_on(monkeypatch):
    """Not of the current one, which is the first."""
    states = {0: torch.tensor([3], dtype=torch.uint8), 1: torch.tensor([5], dtype=torch.uint8)}
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device="cuda": states[torch.device(device).index or 0])
    monkeypatch.setattr(
        torch.cuda, "set_rng_state", lambda new, device="cuda": states.update({torch.device(device).index or 0: new})
    )
    second = torch.device("cuda:1")
    state = random_state(second)
    assert state["cuda"].item() == 5
    states[1] = torch.tensor([7], dtype=torch.uint8)
    restore_random_state(state, second)
    assert {place: each.item() for place, each in states.items()} == {0: 3, 1: 5}
    restore_random_state(state, CPU)  # What a GPU began can go on without one.


@pytest.mark.gpu
def test_restored_state_repeats_what_the_gpu_drew():
    device = torch.device("cuda", torch.cuda.device_count() - 1)
    state = random_state(device)
    first = torch.rand(4, device=device)
    torch.rand(7, device=device)
    restore_random_state(state, device)
    assert torch.equal(torch.rand(4, device=device), first)


def test_a_stage_keeps_the_state_of_its_device(monkeypatch, tmp_path):
    asked = []
    state = run.random_state

    def noted(device):
        asked.append(device)
        return state(CPU)

    monkeypatch.setattr(run, "random_state", noted)
    stage = run.StageRun(tmp_path, "joint", load_config("smoke").joint, {}, None, torch.device("cuda:1"))
    stage.keep({}, {})
    for step in range(stage.config.checkpoint_every):
        stage.finish_step(step, {"loss": torch.zeros(())})
    assert asked == [torch.device("cuda:1")]
