"""Bilinear resizing with the very arithmetic of OpenCV, whose pixels the published networks saw."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ONE = 2**11  # OpenCV's weights are whole multiples of 1 / 2048


class Blend(NamedTuple):
    """For each new pixel the two old ones around it along one axis, and their weights, which add to about `ONE`."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    first_weight: NDArray[np.int32]
    second_weight: NDArray[np.int32]


def resize(picture: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Resize a picture as OpenCV's ``INTER_LINEAR`` does for bytes: two old pixels a side, whatever the factor.

    Pixel centres correspond, the edge is repeated. Weights have 11 bits, and intermediate sums lose their last bits as
    in OpenCV, so results are the same to the last grey level (compared for reductions).

    Args:
        picture: shape (H, W, C).
        height: of the result, pixels.
        width: of the result, pixels.

    Returns:
        Shape (height, width, C).

    Source: ``modules/imgproc/src/resize.cpp`` of OpenCV, facts only; checked against its results.
    """
    rows = _blend(picture.shape[0], height)
    columns = _blend(picture.shape[1], width)
    upper = _across(picture[rows.first], columns) * rows.first_weight[:, None, None] >> 16
    lower = _across(picture[rows.second], columns) * rows.second_weight[:, None, None] >> 16
    return ((upper + lower + 2) >> 2).clip(0, 255).astype(np.uint8)


def _across(rows: NDArray[np.uint8], columns: Blend) -> NDArray[np.int32]:
    """Rows (height, W, C) resized to (height, width, C), in units of 1 / 128."""
    first = rows[:, columns.first].astype(np.int32) * columns.first_weight[:, None]
    second = rows[:, columns.second].astype(np.int32) * columns.second_weight[:, None]
    return (first + second) >> 4


def _blend(before: int, after: int) -> Blend:
    position = ((np.arange(after) + 0.5) * (before / after) - 0.5).astype(np.float32)
    position = position.clip(0, before - 1)
    first = np.floor(position).astype(np.int64)
    share = position - first
    return Blend(
        first=first,
        second=np.minimum(first + 1, before - 1),
        first_weight=np.rint((1 - share) * ONE).astype(np.int32),
        second_weight=np.rint(share * ONE).astype(np.int32),
    )
