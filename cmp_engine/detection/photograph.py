"""Photographs from files."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cmp_engine.detection.exceptions import NotAPictureError


def read_photograph(path: str | Path) -> NDArray[np.uint8]:
    """Read a picture as people see it: turned as the camera was held (EXIF), without transparency.

    Args:
        path: JPEG, PNG or whatever else Pillow reads.

    Returns:
        **RGB**, shape (H, W, 3), 0 to 255. The published detectors and regressors want BGR; ours turn it themselves.

    Raises:
        NotAPictureError: the file is missing, damaged, no picture, or has more pixels than Pillow thinks safe.
    """
    if not Path(path).is_file():
        raise NotAPictureError(f"no file {path}; give the path of a photograph.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise NotAPictureError(f"{path} is too large ({error}); make it smaller first.") from error
    except Exception as error:  # On damaged files Pillow's readers raise whatever the bytes lead them to.
        raise NotAPictureError(f"{path} is not a readable picture ({error}); give a JPEG or PNG file.") from error
