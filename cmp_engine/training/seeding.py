"""Randomness of a run: one seed, and generators that a resumed run can rebuild."""

import zlib
from typing import Any

import numpy as np
import torch


def seed_torch(seed: int, purpose: str) -> None:
    """Seed PyTorch on all devices for one purpose of a run (a stage's first weights, its dropout)."""
    torch.manual_seed(np.random.default_rng(stream(seed, purpose)).integers(2**63 - 1))


def step_generator(seed: int, purpose: str, step: int) -> np.random.Generator:
    """The generator of one step's batch: a function of the step, so a sampler has no state to lose."""
    return np.random.default_rng([*stream(seed, purpose), step])


def stream(seed: int, purpose: str) -> list[int]:
    """Entropy that differs between purposes."""
    return [seed, zlib.crc32(purpose.encode())]


def random_state(device: torch.device) -> dict[str, Any]:
    """State of the generators that this process draws from, for a checkpoint: of the CPU and of its own GPU.

    Processes that train together keep theirs in the same state, so the first one's is that of all.

    Args:
        device: what is trained on; ``cuda`` without a number is PyTorch's current one.
    """
    return {
        "cpu": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
    }


def restore_random_state(state: dict[str, Any], device: torch.device) -> None:
    """Set PyTorch's generators to a state of `random_state`; ``device`` may be another than the state is of."""
    torch.set_rng_state(state["cpu"])
    if state["cuda"] is not None and device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)
