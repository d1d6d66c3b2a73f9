"""Pictures as PNG files: the whole picture, for other programs, without metadata."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def png_bytes(picture: NDArray[np.uint8], *, side: int | None = None) -> bytes:
    """A picture as PNG.

    Args:
        picture: RGB, (H, W, 3) uint8.
        side: resample a square picture to this many pixels (bicubic); as it is without.

    Raises:
        ValueError: no RGB picture of bytes, or not square where a side is asked for.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(f"need RGB bytes of shape (H, W, 3), got {picture.dtype} of shape {picture.shape}")
    if side is not None and picture.shape[0] != picture.shape[1]:
        raise ValueError(f"need a square picture for a side of {side}, got shape {picture.shape}")
    drawn = Image.fromarray(picture)
    if side is not None and drawn.width != side:
        drawn = drawn.resize((side, side), Image.Resampling.BICUBIC)
    content = io.BytesIO()
    drawn.save(content, format="PNG")
    return content.getvalue()
