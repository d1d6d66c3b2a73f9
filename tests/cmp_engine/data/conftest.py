"""A tiny data set in the Voxceleb-3D layout, made by hand: every file can be told from its content."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PEOPLE = ["Ada_Zed", "Eve_Yar", "Fay_Xu", "Gus_Wick", "Hal_Voss"]


def write_layout(root: Path, people: list[str] = PEOPLE, utterances: int = 3, frames: int = 1000) -> Path:
    """Feature [t, 0] is t, [t, 1] the person and [t, 2] the utterance; pictures are split into two grey halves."""
    rows = ["VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet"]
    for person, name in enumerate(people):
        vox_id = f"id1{person:04d}"
        rows.append(f"{vox_id}\t{name}\t{'mf'[person % 2]}\tNowhere\tdev")
        for utterance in range(utterances):
            folder = root / "fbank" / vox_id / f"video{utterance % 2}"
            folder.mkdir(parents=True, exist_ok=True)
            features = np.zeros((frames, 64), np.float32)
            features[:, 0], features[:, 1], features[:, 2] = np.arange(frames), person, utterance
            np.save(folder / f"{utterance:05d}.npy", features)
        faces = root / "VGG_ALL_FRONTAL" / name
        faces.mkdir(parents=True)
        picture = np.full((64, 64, 3), 40 * person, np.uint8)
        picture[:, 32:] = 255
        for number in (2, 10):
            Image.fromarray(picture).save(faces / f"{number}.jpg", quality=95)
            np.save(faces / f"{number}.npy", np.full(102, 100 * person + number, np.float32))
    (root / "vox1_meta.csv").write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture
def layout(tmp_path) -> Path:
    return write_layout(tmp_path / "voxceleb3d")
