"""Training of the image-to-3D expert on pictures whose parameters are known."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from cmp_engine.config import StageConfig
from cmp_engine.data import ParameterBatch
from cmp_engine.losses import regression_loss
from cmp_engine.networks import MESH_PARAMETERS, ImageTo3D, Whitening, mesh_parameters
from cmp_engine.networks.image_to_3d import enlarge
from cmp_engine.training.run import StageRun
from cmp_engine.training.step import set_learning_rate, take_step


@dataclass(frozen=True)
class ExpertModules:
    """The expert, of the paper's kind or of Base-1's, and its optimiser."""

    expert: ImageTo3D
    optimizer: torch.optim.Optimizer


def train_expert(
    modules: ExpertModules,
    batch_at: Callable[[int], ParameterBatch],
    whitening: Whitening,
    pixels: int,
    config: StageConfig,
    run: StageRun,
) -> None:
    """Learn the whitened parameters of face pictures."""
    for step in range(run.first_step, config.steps):
        set_learning_rate(config, step, modules.optimizer)
        batch = batch_at(step)
        predicted = mesh_parameters(modules.expert, enlarge(batch.image, pixels))  # (B, 62)
        target = whitening.whiten(batch.parameters)[:, MESH_PARAMETERS]
        losses = {"regression": regression_loss(predicted, target)}
        take_step(modules.optimizer, losses, {"regression": 1.0})
        run.finish_step(step, losses)
