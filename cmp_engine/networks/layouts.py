"""The layouts that weights were published in, undone and redone: wrappings, prefixes, copies, renamed heads.

Which file has which layout is told in docs/how-to/published-weights.md.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from cmp_engine.exceptions import CheckpointError
from cmp_engine.networks.mesh_regressor import INTERMEDIATE_BLOCKS

log = logging.getLogger(__name__)

# The image-to-3D network inside the expert of CMP (IGM) and inside SynergyNet (I2P); the component after it is its
# backbone. What lies beside it are whitening, basis and networks that CMP does not use.
EMBEDDED_REGRESSOR = re.compile(r"(?:IGM|I2P)\.[^.]+\.")
FEATURES = "backbone.features."
COPIES = re.compile(r"^backbone\.features_(?:first|second)\.")
TEXTURE_HEAD = "backbone.classifier_texture.1."
SHAPE_HEAD = "backbone.classifier_shape.1."


def unwrap(state: Mapping[Any, Any]) -> dict[str, Any]:
    """The weights of one network under the names that our networks have.

    Args:
        state: what a published file holds, or a state dict.

    Raises:
        CheckpointError: what should be two copies of a tensor differ.
    """
    weights = state_of(state)
    if any(EMBEDDED_REGRESSOR.match(key) for key in weights):
        weights = _embedded_regressor(weights)
    if "fc_param.weight" in weights:
        weights = _with_plain_head(weights)
    return _without_copies(weights)


def state_of(file: Mapping[Any, Any]) -> dict[str, Any]:
    """The state dict in what a file holds, without the prefix that `torch.nn.DataParallel` puts before every key."""
    wrapped = file.get("state_dict")
    state = wrapped if isinstance(wrapped, Mapping) else file
    return {str(key).removeprefix("module."): value for key, value in state.items()}


def _embedded_regressor(weights: Mapping[str, Any]) -> dict[str, Any]:
    """The image-to-3D network alone; a missing texture head is set to zero, which stands for the mean texture."""
    regressor = {
        EMBEDDED_REGRESSOR.sub("backbone.", key, count=1): value
        for key, value in weights.items()
        if EMBEDDED_REGRESSOR.match(key)
    }
    shape_head = regressor.get(f"{SHAPE_HEAD}weight")
    if f"{TEXTURE_HEAD}weight" not in regressor and isinstance(shape_head, Tensor):
        log.warning("these weights have no texture head (SynergyNet's have none): the 40 texture outputs are zero")
        regressor[f"{TEXTURE_HEAD}weight"] = torch.zeros_like(shape_head)
        regressor[f"{TEXTURE_HEAD}bias"] = shape_head.new_zeros(len(shape_head))
    return regressor


def _with_plain_head(weights: Mapping[str, Any]) -> dict[str, Any]:
    """3DDFA-V2 calls its head ``fc_param`` and stores an unused landmark head ``fc_lm`` besides."""
    return {re.sub(r"^fc_param\.", "fc.", key): value for key, value in weights.items() if not key.startswith("fc_lm.")}


def _without_copies(weights: Mapping[str, Any]) -> dict[str, Any]:
    """The features once: SynergyNet's network registers two slices of them again, so files hold them twice."""
    single = {key: value for key, value in weights.items() if not COPIES.match(key)}
    for key, value in weights.items():
        original = COPIES.sub(FEATURES, key)
        if original == key:
            continue
        if not _equal(single.setdefault(original, value), value):
            raise CheckpointError(f"{key} and {original} should be copies of one tensor but differ: a damaged file.")
    return single


def _equal(first: Any, second: Any) -> bool:
    if first is second:
        return True
    return isinstance(first, Tensor) and isinstance(second, Tensor) and torch.equal(first, second)


def published_state_dict(module: nn.Module) -> dict[str, Tensor]:
    """The weights in the layout that the published code reads; save the result with `torch.save`.

    That is the state dict, and for a `MeshRegressor` every tensor of the features a second time, as
    ``features_first`` (blocks 0 to 8) and ``features_second``: 632 entries instead of 320. The copies share memory,
    so the file does not grow.

    Args:
        module: one of our networks.
    """
    state: dict[str, Tensor] = module.state_dict()
    features = {key: tensor for key, tensor in state.items() if key.startswith(FEATURES)}
    copies = {_name_of_copy(key): tensor for key, tensor in features.items()}
    rest = {key: tensor for key, tensor in state.items() if key not in features}
    return features | copies | rest


def _name_of_copy(key: str) -> str:
    block = int(key.removeprefix(FEATURES).split(".")[0])
    part = "first" if block < INTERMEDIATE_BLOCKS else "second"
    return key.replace(FEATURES, f"backbone.features_{part}.")
