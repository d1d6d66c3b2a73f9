"""Loading of published weights: strict about what does not fit, tolerant of known wrappings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cmp_engine.exceptions import CheckpointError

SHOWN = 5  # differences named in a message


def load_published(module: nn.Module, source: str | Path | Mapping[str, Any]) -> None:
    """Load weights into ``module``; every key and shape must fit.

    Known wrappings are undone: a surrounding ``state_dict``, the data-parallel prefix ``module.``
    and the second copy of the features that SynergyNet's slices leave in a file.

    Args:
        module: the network, of the size that the weights were made for.
        source: a file of `torch.save`, read with ``weights_only=True``, or a state dict.

    Raises:
        CheckpointError: the file is missing or unreadable, or keys or shapes differ.
    """
    state = unwrap(read_state(source))
    expected = module.state_dict()
    problems = differences(expected, state)
    if problems:
        more = f" (and {len(problems) - SHOWN} more)" if len(problems) > SHOWN else ""
        raise CheckpointError(
            f"the weights do not fit {type(module).__name__}: {'; '.join(problems[:SHOWN])}{more}. "
            f"Build the network with the sizes that the weights were made for."
        )
    module.load_state_dict(state)


def read_state(source: str | Path | Mapping[str, Any]) -> Mapping[str, Any]:
    """The mapping behind ``source``."""
    if isinstance(source, Mapping):
        return source
    if not Path(source).is_file():
        raise CheckpointError(f"no file {source}; give the path of the published weights.")
    try:
        loaded = torch.load(source, map_location="cpu", weights_only=True)
    except Exception as error:  # On damaged files torch's reader raises whatever the bytes lead it to.
        raise CheckpointError(f"{source} is not a file of plain tensors ({error!r}).") from error
    if not isinstance(loaded, Mapping):
        raise CheckpointError(f"{source} holds a {type(loaded).__name__}, expected a dictionary of tensors.")
    return loaded


def unwrap(state: Mapping[str, Any]) -> dict[str, Tensor]:
    """Undo the known wrappings of a state dict."""
    if isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    plain = {key.removeprefix("module."): value for key, value in state.items()}
    kept = dict(plain)
    for key, value in plain.items():
        original = key.replace(".features_first.", ".features.").replace(".features_second.", ".features.")
        if original != key:
            if original in plain and not torch.equal(plain[original], value):
                raise CheckpointError(f"{key} and {original} should be copies of one tensor but differ.")
            kept.setdefault(original, value)
            del kept[key]
    return kept


def differences(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> list[str]:
    """What keeps the tensors ``found`` from being loaded where ``expected`` are, in words."""
    problems = [f"{key} is missing" for key in expected if key not in found]
    problems += [f"{key} is unknown" for key in found if key not in expected]
    problems += [
        f"{key} is {tuple(found[key].shape)}, expected {tuple(tensor.shape)}"
        for key, tensor in expected.items()
        if key in found and found[key].shape != tensor.shape
    ]
    return problems
