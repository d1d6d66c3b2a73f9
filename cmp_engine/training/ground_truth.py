"""Ground-truth coefficients of the training identities, for the supervised setting (Sec. 3.2)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from cmp_engine.data import Voxceleb3D
from cmp_engine.data.fits import read_shapes
from cmp_engine.data.layout import FITS

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
