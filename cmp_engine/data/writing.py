"""Files of the Voxceleb-3D layout, each whole or not at all.

All are encoded in memory first, because soundfile and NumPy do not report a full disk as one.
"""

import io
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from cmp_engine.data.layout import STORED_EXPRESSIONS, STORED_SHAPES, named
from cmp_engine.data.meshes import write_xyz
from cmp_engine.io import write_bytes
from cmp_engine.morphable import MorphableModel
from cmp_engine.morphable.coefficients import to_published
from cmp_engine.rendering import overlay

Floats = NDArray[np.floating]


def stored_codes(model: MorphableModel, shape: Floats, expression: Floats) -> tuple[Floats, Floats]:
    """Coefficients in standard deviations as the layout stores them: published ones, (199,) and (29,), zero-padded."""
    codes = to_published(model, *(torch.tensor(row, dtype=torch.float64) for row in (shape, expression)))
    lengths = (STORED_SHAPES, STORED_EXPRESSIONS)
    first, second = (_padded(code, length) for code, length in zip(codes, lengths, strict=True))
    return first, second


def _padded(code: Tensor, length: int) -> Floats:
    return np.pad(code.numpy(), (0, length - len(code)))


def write_face(
    stem: Path, picture: NDArray[np.uint8], vertices: Floats, faces: NDArray[np.int64], pose12: Floats
) -> None:
    """Write the point cloud ``<stem>.xyz`` of a face and its overlay on the picture, ``<stem>_b.jpg`` (paper, Fig. 4).

    Args:
        stem: path without extension.
        picture: (H, W, 3) RGB.
        vertices: (N, 3) mm, without pose.
        faces: (F, 3).
        pose12: (12,) ``[sR | t]`` in the 120-pixel frame.

    Raises:
        WriteError: a file cannot be written.
    """
    write_xyz(named(stem, ".xyz"), vertices.astype(np.float32))
    write_jpeg(named(stem, "_b.jpg"), overlay(picture, vertices, faces, pose12))


def write_array(path: Path, values: Floats) -> None:
    """Write numbers of any shape as float32.

    Raises:
        WriteError: the file cannot be written.
    """
    content = io.BytesIO()
    np.save(content, values.astype(np.float32))
    write_bytes(path, content.getvalue())


def write_jpeg(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture (H, W, 3) RGB.

    Raises:
        WriteError: the file cannot be written.
    """
    content = io.BytesIO()
    # 4:4:4: at 64 pixels halved colour would show.
    Image.fromarray(picture).save(content, "JPEG", quality=95, subsampling=0)
    write_bytes(path, content.getvalue())
