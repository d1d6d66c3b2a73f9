"""Loading of published weights: tolerant of known layouts, strict about everything else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cmp_engine.exceptions import CheckpointError
from cmp_engine.networks.layouts import unwrap


def load_published(module: nn.Module, source: str | Path | Mapping[str, Any]) -> None:
    """Load weights into ``module``: all of them or, where anything does not fit, none.

    Known layouts are undone: a surrounding ``state_dict``, the data-parallel prefix ``module.``, the expert inside
    ``2D-to-3D-pretrained.tar`` (``IGM``) and SynergyNet's ``best.pth.tar`` (``I2P``), the second copy of the features
    in ``image3D_*.pth``, and the head ``fc_param`` of 3DDFA-V2. SynergyNet has no texture head: it is set to zero,
    the mean texture, and the log says so.

    Args:
        module: the network, of the size that the weights were made for; stays on its device.
        source: a file of `torch.save`, saved on any device and read with ``weights_only=True``, or a state dict.

    Raises:
        CheckpointError: the file is missing or unreadable, or keys or shapes differ. The module is unchanged.
    """
    state = unwrap(read_state(source))
    if problems := differences(module.state_dict(), state):
        place = "these weights" if isinstance(source, Mapping) else f"the weights in {source}"
        raise CheckpointError(
            f"{place} do not fit {type(module).__name__}: {'; '.join(problems)}. Name the file that belongs to this "
            "network, or build the network with the sizes that the weights were made for."
        )
    module.load_state_dict(state)


def read_state(source: str | Path | Mapping[str, Any]) -> Mapping[str, Any]:
    """The mapping behind ``source``, its tensors on the CPU if it is a file.

    Raises:
        CheckpointError: the file is missing, unreadable or no dictionary.
    """
    if isinstance(source, Mapping):
        return source
    if not Path(source).is_file():
        raise CheckpointError(f"no file {source}; give the path of the published weights.")
    try:
        loaded = torch.load(source, map_location="cpu", weights_only=True)
    except Exception as error:  # On damaged files torch's reader raises whatever the bytes lead it to.
        raise CheckpointError(
            f"{source} is not a file of plain tensors ({error!r}); download the published weights again."
        ) from error
    if not isinstance(loaded, Mapping):
        raise CheckpointError(f"{source} holds a {type(loaded).__name__}, expected a dictionary of tensors.")
    return loaded


def differences(expected: Mapping[str, Tensor], found: Mapping[str, Any]) -> list[str]:
    """What keeps the tensors ``found`` from being loaded where ``expected`` are, in words: the first of each kind."""
    missing = [f"{key} {_describe(tensor)} is missing" for key, tensor in expected.items() if key not in found]
    unknown = [f"{key} {_describe(value)} is unknown" for key, value in found.items() if key not in expected]
    unfit = [
        f"{key} is {_describe(found[key], tensor)}, expected {_describe(tensor, found[key])}"
        for key, tensor in expected.items()
        if key in found and not _fits(found[key], tensor)
    ]
    return [_first_of(problems) for problems in (missing, unknown, unfit) if problems]


def _first_of(problems: list[str]) -> str:
    return problems[0] if len(problems) == 1 else f"{problems[0]} (and {len(problems) - 1} more)"


def _describe(value: object, other: object = None) -> str:
    """The shape of ``value``, with its type where ``other`` has the same shape."""
    if not isinstance(value, Tensor):
        return f"a {type(value).__name__}"
    same_shape = isinstance(other, Tensor) and other.shape == value.shape
    return f"{tuple(value.shape)} {value.dtype} {value.layout}" if same_shape else f"{tuple(value.shape)}"


def _fits(value: object, tensor: Tensor) -> bool:
    """Whether ``value`` can be copied to ``tensor``; a copy that fails half-way would leave a network half loaded."""
    if not isinstance(value, Tensor) or value.shape != tensor.shape:
        return False
    is_plain = value.layout == torch.strided and not (value.is_meta or value.is_quantized or value.is_complex())
    return is_plain and value.is_floating_point() == tensor.is_floating_point()
