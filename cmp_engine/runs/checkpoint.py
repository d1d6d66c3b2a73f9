"""Checkpoints on disk: written whole or not at all, read as plain tensors, refused where they do not fit."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cmp_engine.exceptions import CheckpointError
from cmp_engine.io import write_bytes
from cmp_engine.networks.published import differences

SHOWN = 5  # differences named in a message


def save_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """Write a checkpoint; whatever happens, a former one stays whole.

    Raises:
        WriteError: the file cannot be written, for instance because the disk is full.
    """
    # torch reports a failed write without its cause, so it writes to memory.
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    write_bytes(path, buffer.getbuffer())


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of `save_checkpoint` onto the CPU; only plain tensors and values are accepted.

    Raises:
        CheckpointError: the file is missing, damaged or no checkpoint.
    """
    if not path.is_file():
        raise CheckpointError(f"no checkpoint {path}; train the stage first: python -m cmp_engine train.")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # On damaged files torch's reader raises whatever the bytes lead it to.
        raise CheckpointError(f"{path} is damaged ({error!r}); delete it and train the stage again.") from error
    if not isinstance(state, dict) or "networks" not in state:
        raise CheckpointError(f"{path} is no checkpoint of this engine; delete it or name another run.")
    return state


def check_made_for(path: Path, made_for: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse a checkpoint of another configuration, naming the first keys that differ.

    Args:
        path: the file, for the message.
        made_for: what the checkpoint says it was made for, flat.
        wanted: what the run is for, flat.

    Raises:
        CheckpointError: they differ.
    """
    if changes := changed_keys(made_for, wanted):
        raise CheckpointError(
            f"{path} was made for another configuration: {changes}. "
            f"Use another run folder, or delete {path.parent} to train again."
        )


def changed_keys(former: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """The first keys whose values differ between two flat tables, in words; empty if none does."""
    keys = [key for key in {**former, **wanted} if former.get(key) != wanted.get(key)]
    return "; ".join(f"{key} was {former.get(key)!r}, now {wanted.get(key)!r}" for key in keys[:SHOWN])


def load_network(network: nn.Module, state: Mapping[str, Any], *, path: Path, name: str) -> None:
    """Load the network ``name`` of a checkpoint.

    Raises:
        CheckpointError: it is not in the checkpoint, or keys or shapes differ.
    """
    tensors = state["networks"].get(name)
    problems = [f"it holds no network {name!r}"] if tensors is None else differences(network.state_dict(), tensors)
    if problems:
        raise CheckpointError(
            f"{path} is of another architecture: {name}: {'; '.join(problems)}. "
            f"Use the configuration it was made with, or delete {path.parent} to train again."
        )
    network.load_state_dict(tensors)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
