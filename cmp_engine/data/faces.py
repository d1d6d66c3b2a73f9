"""Batches of face pictures, and pictures with their true parameters for the image-to-3DMM expert."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from cmp_engine.data.exceptions import DatasetError
from cmp_engine.data.voxceleb3d import Identity
from cmp_engine.io.arrays import load_array
from cmp_engine.io.pictures import read_rgb

FACE_SIZE = 64
PARAMETERS = 102  # [pose 12 | shape 40 | expression 10 | texture 40]


class FaceBatch(NamedTuple):
    """Pictures ``image`` (B, 3, 64, 64) float32, RGB in [-1, 1], and the persons' ``label`` (B,) int64."""

    image: Tensor
    label: Tensor


class ParameterBatch(NamedTuple):
    """Pictures as in `FaceBatch`, never mirrored, and ``parameters`` (B, 102) float32.

    Layout [pose 12 | shape 40 | expression 10 | texture 40]: the pose is [sR | t] row-major in the 120-pixel frame,
    shape and expression are in standard deviations.
    """

    image: Tensor
    parameters: Tensor


# 40,000 pictures are half a gigabyte; larger data sets decode again.
@lru_cache(maxsize=40_000)
def load_face(path: Path) -> NDArray[np.uint8]:
    """Read a face picture of any size as (64, 64, 3) uint8 RGB; bicubic where the size differs.

    Raises:
        DatasetError: the file is missing, too large or no picture.
    """
    rgb = read_rgb(path, error=DatasetError, remedy="replace or remove it.")
    if rgb.shape[:2] == (FACE_SIZE, FACE_SIZE):
        return rgb
    return np.asarray(Image.fromarray(rgb).resize((FACE_SIZE, FACE_SIZE), Image.Resampling.BICUBIC))


def to_image_tensor(faces: Sequence[NDArray[np.uint8]]) -> Tensor:
    """Stack pictures (H, W, 3) uint8 to (B, 3, H, W) float32 in [-1, 1]: (v - 127.5) / 127.5."""
    stacked = torch.from_numpy(np.stack(faces)).permute(0, 3, 1, 2)  # (B, 3, H, W)
    return (stacked.float() - 127.5) / 127.5


class FaceSampler:
    """Draws face pictures uniformly over all files, mirrored with probability one half.

    Raises:
        DatasetError: there are no identities.
    """

    def __init__(self, identities: Sequence[Identity]) -> None:
        if not identities:
            raise DatasetError("no identities to draw from: the split of the data set is empty; use a larger data set.")
        self._faces = [(path, each.label) for each in identities for path in each.faces]
        self._faces_of = {each.label: each.faces for each in identities}

    def draw(self, size: int, rng: np.random.Generator) -> FaceBatch:
        """Draw ``size`` pictures."""
        return self._batch([self._faces[number] for number in rng.integers(len(self._faces), size=size)], rng)

    def draw_of(self, labels: Sequence[int], rng: np.random.Generator) -> FaceBatch:
        """Draw one picture of each person named by label."""
        return self._batch(
            [(self._faces_of[label][rng.integers(len(self._faces_of[label]))], label) for label in labels], rng
        )

    @staticmethod
    def _batch(chosen: Sequence[tuple[Path, int]], rng: np.random.Generator) -> FaceBatch:
        mirrored = rng.random(len(chosen)) < 0.5
        faces = [
            load_face(path)[:, ::-1] if mirror else load_face(path)
            for (path, _), mirror in zip(chosen, mirrored, strict=True)
        ]
        return FaceBatch(to_image_tensor(faces), torch.tensor([label for _, label in chosen]))


class ParameterSampler:
    """Draws pictures with their true parameters, stored beside them as ``<n>.npy`` by the simulation.

    Raises:
        DatasetError: no picture has parameters (real data sets have none), or a file is damaged or of another shape.
    """

    def __init__(self, identities: Sequence[Identity]) -> None:
        self.paths = [path for each in identities for path in each.faces if path.with_suffix(".npy").is_file()]
        if not self.paths:
            raise DatasetError(
                "no face picture has true parameters beside it (VGG_ALL_FRONTAL/<Name>/<n>.npy); the expert is trained "
                "on a simulated data set: manage.py simulate_dataset --out DIR"
            )
        self._parameters = torch.from_numpy(
            np.stack([_load_parameters(path.with_suffix(".npy")) for path in self.paths])
        )

    def draw(self, size: int, rng: np.random.Generator) -> ParameterBatch:
        """Draw ``size`` pairs."""
        numbers = rng.integers(len(self.paths), size=size)
        image = to_image_tensor([load_face(self.paths[number]) for number in numbers])
        return ParameterBatch(image, self._parameters[torch.from_numpy(numbers)])

    def all_parameters(self) -> Tensor:
        """Parameters of every picture, in the order of ``paths``, (N, 102) float32; for whitening."""
        return self._parameters


def _load_parameters(path: Path) -> NDArray[np.float32]:
    parameters = load_array(path, error=DatasetError, remedy="simulate the data set again.")
    if parameters.shape != (PARAMETERS,):
        raise DatasetError(f"{path}: expected {PARAMETERS} parameters, found shape {parameters.shape}.")
    return np.asarray(parameters, np.float32)
