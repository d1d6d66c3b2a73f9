"""Folders as VoxCeleb and VGGFace have them, from a simulated data set, and a detector that knows the truth.

The detector is named by dotted path and made in other processes, too; it finds the truth through the environment.
"""

import hashlib
import os
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from cmp_engine.data import Voxceleb3D
from cmp_engine.morphable import MorphableModel

TRUTH = "PERCEPTIONIST_TEST_LANDMARKS"
DETECTOR = "tests.cmp_engine.building.raw_folders.TrueLandmarks"


class RawFolders(NamedTuple):
    voices: Path
    faces: Path
    meta: Path


class TrueLandmarks:
    """Finds the landmarks that were stored for a picture, and no face in any other."""

    def __init__(self) -> None:
        with np.load(os.environ[TRUTH]) as stored:
            self._known = dict(stored)

    def __call__(self, picture: np.ndarray) -> list[np.ndarray]:
        found = self._known.get(digest(picture))
        return [] if found is None else [found]


def digest(picture: np.ndarray) -> str:
    return hashlib.sha256(picture.tobytes()).hexdigest()


def landmarks_in(model: MorphableModel, parameters: np.ndarray, size: int) -> np.ndarray:
    """Column, row and depth (68, 3) in a square picture, from its 102 parameters: the published pose formula."""
    shape, expression = (torch.from_numpy(parameters[None, part]) for part in (slice(12, 52), slice(52, 62)))
    points = model.vertices(shape, expression)[0, model.landmarks].double().numpy()
    pose = parameters[:12].astype(float).reshape(3, 4)
    x, y, z = pose[:, :3] @ points.T + pose[:, 3:]
    return np.stack([x - 1, 120 - y, z], axis=1) * (size - 1) / 119


def write_raw(folder: Path, simulated: Path) -> RawFolders:
    """The recordings and pictures of a simulated data set, and the truth in ``folder/truth.npz``."""
    raw = RawFolders(folder / "vox", folder / "vggface", folder / "vox1_meta.csv")
    shutil.copytree(simulated / "wav", raw.voices)
    shutil.copy(simulated / "vox1_meta.csv", raw.meta)
    model = MorphableModel.analytic("medium")
    truth = {}
    for person in Voxceleb3D(simulated).identities:
        (raw.faces / person.name).mkdir(parents=True)
        for path in person.faces:
            shutil.copy(path, raw.faces / person.name)
            with Image.open(path) as file:
                picture = np.asarray(file.convert("RGB"))
            truth[digest(picture)] = landmarks_in(model, np.load(path.with_suffix(".npy")), len(picture))
    np.savez(folder / "truth.npz", **truth)
    return raw
