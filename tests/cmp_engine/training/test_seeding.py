"""One seed, and streams of randomness that do not meet."""

import torch

from cmp_engine.training.seeding import random_state, restore_random_state, seed_torch, step_generator, stream


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
    state = random_state()
    first = torch.rand(4)
    torch.rand(7)
    restore_random_state(state)
    assert torch.equal(torch.rand(4), first)
    assert state["cuda"] is None or torch.cuda.is_available()
