"""Pictures from files: the one reader, whose error and remedy each room chooses."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cmp_engine.exceptions import EngineError


def read_rgb(path: Path, *, error: type[EngineError], remedy: str) -> NDArray[np.uint8]:
    """Read a picture as people see it: turned as the camera was held (EXIF), without transparency.

    Args:
        path: JPEG, PNG or whatever else Pillow reads.
        error: what is raised.
        remedy: what a user can do about a file that is no picture; it ends the message.

    Returns:
        RGB, (H, W, 3), 0 to 255.

    Raises:
        EngineError: of the kind ``error``: the file is missing, damaged, no picture, or has more pixels than Pillow
            thinks safe.
    """
    if not path.is_file():
        raise error(f"{path}: no such file; {remedy}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as reason:
        raise error(f"{path}: too large a picture ({reason}); make it smaller first.") from reason
    except Exception as reason:  # On damaged files Pillow's readers raise whatever the bytes lead them to.
        raise error(f"{path}: not a readable picture ({reason}); {remedy}") from reason
