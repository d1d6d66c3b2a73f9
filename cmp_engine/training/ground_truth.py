"""Ground-truth coefficients of the training identities, for the supervised setting (Sec. 3.2)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cmp_engine.data import DatasetError, Voxceleb3D
from cmp_engine.data.layout import FITS, STORED_SHAPES

SHAPE_COEFFICIENTS = 40
EXPRESSION_COEFFICIENTS = 10


class FittedShapes:
    """Shape coefficients fitted to the pictures of training identities.

    The training archive holds a 199-vector of shape per picture and no expression, so the expression of
    the ground truth is zero: a neutral face.

    Args:
        dataset: the folder ``F2Z`` is read.
        shape_sd: standard deviations of the morphable model's shape directions in mm, (40,): the files hold
            coefficients of unit-norm directions.

    Raises:
        DatasetError: an identity has no coefficients, a file is of another shape, or the coefficients are not those of
            the analytic head.
    """

    def __init__(self, dataset: Voxceleb3D, shape_sd: Tensor) -> None:
        dataset.require_fits_of("analytic-head")
        self._shapes = [
            read_shapes(
                dataset.root / FITS / each.name,
                need=f" of {each.name}; supervised training needs them: complete the folder, or train "
                "cmp-unsupervised, which does not.",
            )
            / shape_sd
            for each in dataset.train
        ]

    def draw(self, labels: Sequence[int], rng: np.random.Generator) -> Tensor:
        """One ground truth per person, from a random picture: (B, 50) in standard deviations of the model."""
        shapes = [self._shapes[label][rng.integers(len(self._shapes[label]))] for label in labels]
        return torch.nn.functional.pad(torch.stack(shapes), (0, EXPRESSION_COEFFICIENTS))

    def everything(self) -> Tensor:
        """All ground truths, (N, 50); for whitening."""
        return torch.nn.functional.pad(torch.cat(self._shapes), (0, EXPRESSION_COEFFICIENTS))


def read_shapes(folder: Path, *, need: str) -> Tensor:
    """The coefficients fitted to one identity's pictures, (pictures, 40) float32: lengths along unit directions in mm.

    Args:
        folder: that of the identity in ``F2Z``.
        need: what the message says after "holds no fitted coefficients": what for, and the remedy.

    Raises:
        DatasetError: the folder holds none, or a file is of another shape or cannot be read.
    """
    paths = sorted(folder.glob("*.npy"))
    if not paths:
        raise DatasetError(f"{folder} holds no fitted coefficients{need}")
    return torch.stack([read_shape(path) for path in paths])


def read_shape(path: Path) -> Tensor:
    """The first 40 of a file's 199 coefficients of unit-norm directions, (40,) float32."""
    try:
        stored = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DatasetError(f"{path}: cannot read the coefficients ({error}); restore the file.") from error
    if stored.size < STORED_SHAPES:
        raise DatasetError(f"{path}: expected {STORED_SHAPES} shape coefficients, found shape {stored.shape}.")
    return torch.from_numpy(np.asarray(stored.reshape(-1)[:SHAPE_COEFFICIENTS], np.float32))
