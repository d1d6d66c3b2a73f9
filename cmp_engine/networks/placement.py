"""Networks and batches on the device that computes, in the mode that they are used in."""

from typing import TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)
Batch = TypeVar("Batch")


def to_train(network: Network, device: torch.device) -> Network:
    """Put a network in training mode on its device; convolutions run faster with channels last."""
    network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.train()
    return network


def to_freeze(network: Network, device: torch.device) -> Network:
    """Put a pretrained network in evaluation mode, for good: neither weights nor statistics change."""
    to_train(network, device).eval()
    network.requires_grad_(False)
    return network


def onto(batch: Batch, device: torch.device) -> Batch:
    """Copy a tuple of tensors, or of such tuples, to the device."""
    if isinstance(batch, Tensor):
        return batch.to(device, non_blocking=True)  # type: ignore[return-value]
    return type(batch)(*(onto(part, device) for part in batch))  # type: ignore[attr-defined]
