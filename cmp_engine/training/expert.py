"""Training of the image-to-3D expert on pictures whose parameters are known."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from cmp_engine.config import StageConfig
from cmp_engine.data import ParameterBatch
from cmp_engine.losses import regression_loss
from cmp_engine.networks import MeshRegressor, Whitening
from cmp_engine.networks.mesh_regressor import EXPRESSION, POSE
from cmp_engine.training.run import StageRun
from cmp_engine.training.step import set_learning_rate, take_step

# Pose, shape and expression; the texture head stays untrained, as no mesh uses it.
TAUGHT = slice(POSE.start, EXPRESSION.stop)


@dataclass(frozen=True)
class ExpertModules:
    """The expert and its optimiser."""

    expert: MeshRegressor
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
        predicted = modules.expert(enlarge(batch.image, pixels)).parameters
        target = whitening.whiten(batch.parameters)
        losses = {"regression": regression_loss(predicted[:, TAUGHT], target[:, TAUGHT])}
        take_step(modules.optimizer, losses, {"regression": 1.0})
        run.finish_step(step, losses)


def enlarge(picture: Tensor, pixels: int) -> Tensor:
    """Bilinear enlargement with aligned corners, (B, 3, 64, 64) to (B, 3, pixels, pixels); Sec. 4."""
    if picture.shape[-1] == pixels:
        return picture
    return functional.interpolate(picture, size=(pixels, pixels), mode="bilinear", align_corners=True)
