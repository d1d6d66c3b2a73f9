"""The shapes that were fitted to the pictures of training identities."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cmp_engine.data.exceptions import DatasetError
from cmp_engine.data.layout import STORED_SHAPES
from cmp_engine.io.arrays import load_array

SHAPE_COEFFICIENTS = 40


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
    stored = load_array(path, error=DatasetError, remedy="restore the file.")
    if stored.size < STORED_SHAPES:
        raise DatasetError(f"{path}: expected {STORED_SHAPES} shape coefficients, found shape {stored.shape}.")
    return torch.from_numpy(np.asarray(stored.reshape(-1)[:SHAPE_COEFFICIENTS], np.float32))
