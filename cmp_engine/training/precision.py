"""In what precision networks compute."""

from typing import Any, TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)


def in_bfloat16(network: Network, device: torch.device) -> Network:
    """Let a network compute in bfloat16 where autocast holds it safe, and answer in float32.

    Weights, their gradients and all that follows the network (losses, Eq. 2 to 6) stay in float32: the divergence
    of Eq. 6 is a small difference of large terms, of which eight bits of mantissa would leave nothing.

    Args:
        network: changed in place.
        device: where it computes.
    """
    full = network.forward

    def forward(*inputs: Tensor) -> Any:
        with torch.autocast(device.type, dtype=torch.bfloat16):
            answer = full(*inputs)
        return widened(answer)

    network.forward = forward
    return network


def widened(answer: Any) -> Any:
    """A tensor, or a named tuple of tensors, in float32."""
    if isinstance(answer, Tensor):
        return answer.float()
    return type(answer)(*(widened(part) for part in answer))
