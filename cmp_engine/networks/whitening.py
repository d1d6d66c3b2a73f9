"""Whitening of 3DMM parameters: networks regress numbers without unit, of mean zero and deviation one."""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from cmp_engine.exceptions import ArrayFileError
from cmp_engine.io.pickled_arrays import load_pickled_arrays

SMALLEST_DEVIATION = 1e-6  # A parameter that never varies is whitened with 1 instead of its deviation.
PUBLISHED_NAMES = (("mean", "std"), ("param_mean", "param_std"))


class Whitening(NamedTuple):
    """Mean and standard deviation of each of P parameters over a training set."""

    mean: Tensor  # (P,)
    std: Tensor  # (P,)

    @classmethod
    def of(cls, parameters: Tensor) -> "Whitening":
        """Measure parameters (N, P)."""
        std = parameters.std(dim=0, correction=0)
        return cls(parameters.mean(dim=0), torch.where(std < SMALLEST_DEVIATION, torch.ones_like(std), std))

    def part(self, columns: slice) -> "Whitening":
        """The whitening of some of the parameters."""
        return Whitening(self.mean[columns], self.std[columns])

    def whiten(self, parameters: Tensor) -> Tensor:
        """From units of the data set to no unit, shape (B, P)."""
        return (parameters - self.mean) / self.std

    def restore(self, whitened: Tensor) -> Tensor:
        """From no unit back to units of the data set, shape (B, P)."""
        return whitened * self.std + self.mean


def read_whitening(path: str | Path) -> Whitening:
    """Read a published whitening; only the one a network was trained with gives its parameters.

    Args:
        path: ``param_mean_std_62d_120x120.pkl`` of 3DDFA-V2, or a ``param_whitening*.pkl`` of 3DDFA or CMP.

    Returns:
        float32, on the CPU.

    Raises:
        ArrayFileError: the file is missing, damaged, or holds something else.
    """
    arrays = load_pickled_arrays(path)
    for names in PUBLISHED_NAMES:
        if set(names) <= set(arrays):
            mean, std = (torch.from_numpy(arrays[name]).float() for name in names)
            break
    else:
        raise ArrayFileError(f"{path} is no whitening: it holds {sorted(arrays)}, expected 'mean' and 'std'.")
    if mean.dim() != 1 or mean.shape != std.shape:
        raise ArrayFileError(
            f"{path} is no whitening: expected two vectors of one length, found {tuple(mean.shape)} and "
            f"{tuple(std.shape)}."
        )
    return Whitening(mean, std)
