"""Which square around a face the image-to-3D networks see, and the picture in it.

Three published rules lead to a square: from a detected box as 3DDFA-V2 or as SynergyNet does it, or from landmarks of
the frame before (3DDFA-V2, in films). A network wants the rule that it was trained with.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cmp_engine.detection.resize import resize

FACE_PIXELS = 120  # the side of the networks' input
MARGIN = 1.58  # side of the square per mean side of the box (3DDFA-V2)
DROP = 0.14  # how far the square's centre lies below the box's, per mean side of the box (3DDFA-V2)


class Region(NamedTuple):
    """A square in a photograph, in pixels: x to the right, y down; parts of it may lie outside."""

    left: float
    top: float
    right: float
    bottom: float


def region_for_3ddfa(box: Sequence[float]) -> Region:
    """The square that 3DDFA-V2 takes around a detected face.

    Args:
        box: left, top, right, bottom, in pixels; what follows, such as a score, is ignored.
    """
    left, top, right, bottom = box[:4]
    mean_side = ((right - left) + (bottom - top)) / 2
    return _square((left + right) / 2, (top + bottom) / 2 + DROP * mean_side, int(MARGIN * mean_side))


def region_for_synergynet(box: Sequence[float]) -> Region:
    """The square that SynergyNet takes: half of 1.2 heights of the box, rounded down, to each side of its centre.

    Args:
        box: as for `region_for_3ddfa`.
    """
    left, top, right, bottom = box[:4]
    half = 1.2 * (bottom - top) // 2
    return _square((left + right) / 2, (top + bottom) / 2, 2 * half)


def region_of_landmarks(landmarks: NDArray[np.floating]) -> Region:
    """The square that 3DDFA-V2 takes around landmarks: their bounding square, larger by the square root of two.

    Args:
        landmarks: in pixels, y down, shape (2, N) or (3, N); depth is ignored.
    """
    low, high = landmarks[:2].min(axis=1), landmarks[:2].max(axis=1)
    x, y = (low + high) / 2
    return _square(float(x), float(y), float((high - low).max() * np.sqrt(2)))


def _square(x: float, y: float, side: float) -> Region:
    left, top = x - side / 2, y - side / 2
    return Region(left, top, left + side, top + side)


def touches(region: Region, photograph: NDArray[np.uint8]) -> bool:
    """Whether a region has a pixel inside a photograph (H, W, 3)."""
    height, width = photograph.shape[:2]
    left, top, right, bottom = (round(edge) for edge in region)
    return bool(max(left, 0) < min(right, width) and max(top, 0) < min(bottom, height))


def crop_face(photograph: NDArray[np.uint8], region: Region, pixels: int = FACE_PIXELS) -> NDArray[np.uint8]:
    """Cut a region out and resize it; black where it reaches beyond the photograph.

    Args:
        photograph: shape (H, W, 3).
        region: its corners are rounded to whole pixels, halves to even.
        pixels: side of the result.

    Returns:
        Shape (pixels, pixels, 3), channels in the order of the photograph.

    Raises:
        ValueError: the region has no pixel inside the photograph.
    """
    height, width = photograph.shape[:2]
    left, top, right, bottom = (round(edge) for edge in region)
    inside = photograph[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if not touches(region, photograph):
        raise ValueError(f"{region} has no pixel inside a photograph of {width} x {height} pixels.")
    cut = np.zeros((bottom - top, right - left, 3), np.uint8)
    y, x = max(-top, 0), max(-left, 0)
    cut[y : y + inside.shape[0], x : x + inside.shape[1]] = inside
    return resize(cut, pixels, pixels)
