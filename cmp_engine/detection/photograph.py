"""Photographs from files."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cmp_engine.detection.exceptions import NotAPictureError
from cmp_engine.io.pictures import read_rgb


def read_photograph(path: str | Path) -> NDArray[np.uint8]:
    """Read a picture as people see it: turned as the camera was held (EXIF), without transparency.

    Args:
        path: JPEG, PNG or whatever else Pillow reads.

    Returns:
        **RGB**, shape (H, W, 3), 0 to 255. The published detectors and regressors want BGR; ours turn it themselves.

    Raises:
        NotAPictureError: the file is missing, damaged, no picture, or has more pixels than Pillow thinks safe.
    """
    return read_rgb(Path(path), error=NotAPictureError, remedy="give a photograph as JPEG or PNG file.")
