"""A data set of noise in the Voxceleb-3D layout: enough for every stage to run, nothing to learn."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmp_engine.data import Voxceleb3D

NAMES = ("Ann_Test", "Fay_One", "Gus_Two", "Hal_Three", "Ida_Four")


def write_noise(root: Path, names: tuple[str, ...] = NAMES) -> Path:
    rng = np.random.default_rng(0)
    rows = ["VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet"]
    for number, name in enumerate(names, start=10001):
        rows.append(f"id{number}\t{name}\tf\tNowhere\tdev")
        voice = root / "fbank" / f"id{number}" / "video"
        faces, shapes = root / "VGG_ALL_FRONTAL" / name, root / "F2Z" / name
        for folder in (voice, faces, shapes):
            folder.mkdir(parents=True)
        for file in range(2):
            np.save(voice / f"{file:05}.npy", rng.normal(size=(1000, 64)).astype(np.float32))
            Image.fromarray(rng.integers(256, size=(64, 64, 3), dtype=np.uint8)).save(faces / f"{file}.jpg")
            np.save(faces / f"{file}.npy", rng.normal(size=102).astype(np.float32))
            np.save(shapes / f"{file}.npy", rng.normal(size=199).astype(np.float32))
    (root / "vox1_meta.csv").write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture(scope="session")
def noise_dataset(tmp_path_factory) -> Voxceleb3D:
    return Voxceleb3D(write_noise(tmp_path_factory.mktemp("noise")))
