"""Where tensors live."""

import logging

import torch

from cmp_engine.exceptions import DeviceError

log = logging.getLogger(__name__)


def choose_device(name: str) -> torch.device:
    """Turn ``cpu``, ``cuda``, ``cuda:1`` or ``auto`` into a device; ``auto`` logs what it chose.

    Raises:
        DeviceError: the name is unknown, or CUDA is asked for where there is none.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
        log.info("device: %s (chosen automatically)", name)
    try:
        device = torch.device(name)
    except RuntimeError:
        raise DeviceError(f"unknown device {name!r}; use cpu, cuda or auto.") from None
    if device.type not in ("cpu", "cuda"):
        raise DeviceError(f"device {name!r} is not supported; use cpu, cuda or auto.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceError(f"device {name!r} asked for, but PyTorch finds {torch.cuda.device_count()}; use cpu or auto.")
    return device
