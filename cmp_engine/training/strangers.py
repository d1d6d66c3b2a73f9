"""The expert's own school: pictures of invented faces that nobody in the data set has.

SynergyNet, the expert of the paper, is trained on another data set (300W-LP) than the voices come with. Likewise
here: a few hundred identities are too few to learn forty directions of shape from, and a real Voxceleb-3D holds no
true parameters at all.
"""

import logging
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cmp_engine.config import ExpertConfig
from cmp_engine.data import ParameterBatch
from cmp_engine.data.faces import FACE_SIZE, PARAMETERS, to_image_tensor
from cmp_engine.exceptions import CheckpointError
from cmp_engine.io import whole_file
from cmp_engine.io.arrays import load_arrays
from cmp_engine.morphable import Level, MorphableModel
from cmp_engine.processes import spread
from cmp_engine.rendering import face_picture
from cmp_engine.simulation.appearance import Look, draw_expression
from cmp_engine.training.seeding import step_generator

log = logging.getLogger(__name__)

CHUNK = 50  # Faces that a process renders at a time: the better part of a second.
LEVEL: Level = "low"  # At 64 pixels the finer levels look the same and take four times as long.


class Strangers:
    """Pictures of random faces with their parameters, drawn uniformly.

    Args:
        pictures: (N, 64, 64, 3) uint8 RGB.
        parameters: (N, 102) float32, layout as in `ParameterBatch`.
        config: says which part of a batch is blurred, and how much.
    """

    def __init__(self, pictures: NDArray[np.uint8], parameters: NDArray[np.float32], config: ExpertConfig) -> None:
        self.pictures = pictures
        self._parameters = torch.from_numpy(parameters)
        self._config = config

    @classmethod
    def at(cls, path: Path, config: ExpertConfig, seed: int) -> "Strangers":
        """Render ``config.strangers`` faces, or read the file that a former call left.

        Raises:
            CheckpointError: the file is damaged.
            WriteError: the file cannot be written.
        """
        if not path.is_file():
            log.info("rendering %d faces for the expert", config.strangers)
            pairs = list(spread(partial(render_stranger, seed), range(config.strangers), chunk=CHUNK))
            with whole_file(path) as file:
                np.savez(file, pictures=np.stack([p for p, _ in pairs]), parameters=np.stack([q for _, q in pairs]))
        remedy = "delete it, and it is made again."
        stored = load_arrays(path, error=CheckpointError, remedy=remedy, names=("pictures", "parameters"))
        return cls(stored["pictures"], stored["parameters"], config)

    def draw(self, size: int, rng: np.random.Generator) -> ParameterBatch:
        """Draw ``size`` pairs; the last ones are blurred, all of a batch alike."""
        numbers = rng.integers(len(self.pictures), size=size)
        pictures = to_image_tensor(list(self.pictures[numbers]))
        if blurred := round(size * self._config.blurred_share):
            smallest, largest = self._config.blurred_pixels
            pixels = int(rng.integers(smallest, largest, endpoint=True))
            pictures = torch.cat([pictures[:-blurred], blur(pictures[-blurred:], pixels)])
        return ParameterBatch(pictures, self._parameters[torch.from_numpy(numbers)])

    def all_parameters(self) -> Tensor:
        """Parameters of every picture, (N, 102) float32; for whitening."""
        return self._parameters


def blur(pictures: Tensor, pixels: int) -> Tensor:
    """Pictures (B, 3, H, W), of any range, reduced to ``pixels`` x ``pixels`` and enlarged to their size again."""
    small = functional.interpolate(pictures, size=(pixels, pixels), mode="bilinear", antialias=True)
    return functional.interpolate(small, size=pictures.shape[-2:], mode="bilinear", antialias=True)


def render_stranger(seed: int, number: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """One picture (64, 64, 3) and its parameters (102,): shape N(0, 1), look and pose as in the simulation."""
    rng = step_generator(seed, "strangers", number)
    model = MorphableModel.analytic(LEVEL)
    shape = rng.standard_normal(len(model.shape_sd)).astype(np.float32)
    expression = draw_expression(rng)
    picture, pose = face_picture(model, shape, expression, Look(rng).snapshot(rng), FACE_SIZE)
    parameters = np.concatenate([pose, shape, expression])
    return picture, np.pad(parameters, (0, PARAMETERS - len(parameters))).astype(np.float32)
