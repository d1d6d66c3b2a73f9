"""What every training loop does with networks and optimisers: hold still, set the rate, step."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from cmp_engine.config import StageConfig
from cmp_engine.training.parallel import average_gradients


@contextmanager
def held(*networks: nn.Module) -> Iterator[None]:
    """Let gradients pass through networks without collecting any in them."""
    for network in networks:
        network.requires_grad_(False)
    try:
        yield
    finally:
        for network in networks:
            network.requires_grad_(True)


def make_adam(config: StageConfig, *networks: nn.Module) -> Adam:
    """Adam over the parameters of the networks."""
    parameters = [parameter for network in networks for parameter in network.parameters()]
    return Adam(parameters, lr=config.learning_rate, betas=(config.beta_1, config.beta_2), fused=True)


def set_learning_rate(config: StageConfig, step: int, *optimizers: Optimizer) -> None:
    """Set the rate of a step: constant as published, or along a cosine from full to zero."""
    factor = 0.5 * (1 + math.cos(math.pi * step / config.steps)) if config.cosine_decay else 1.0
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * factor


def take_step(optimizer: Optimizer, losses: Mapping[str, Tensor], weights: Mapping[str, float]) -> None:
    """One step down the weighted sum of the losses; each must have a weight."""
    total = torch.stack([weights[name] * loss for name, loss in losses.items()]).sum()
    optimizer.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    average_gradients(optimizer)
    optimizer.step()
