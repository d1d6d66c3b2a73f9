"""The boxes that FaceBoxes starts from, and what its answers make of them."""

import itertools
import math

import torch
from torch import Tensor

# Stride of the map, then for each size of box the places in a cell, as parts of its side (Zhang et al. 2017,
# "anchor densification"); all sizes and strides in pixels.
DENSITY: dict[int, dict[int, tuple[float, ...]]] = {
    32: {32: (0, 0.25, 0.5, 0.75), 64: (0, 0.5), 128: (0.5,)},
    64: {256: (0.5,)},
    128: {512: (0.5,)},
}
CENTRE_STEP = 0.1  # an offset of one shifts the centre by this part of the anchor's side
SIZE_STEP = 0.2  # an offset of one makes the box exp(this) times as large


def anchors(height: int, width: int) -> Tensor:
    """All anchors of a picture, cell by cell from the top left, row by row; within a cell small ones first.

    Args:
        height: of the picture that the network sees, pixels.
        width: of that picture, pixels.

    Returns:
        Centre x and y and side of each, in pixels, shape (A, 3).
    """
    return torch.tensor(
        [
            ((column + x) * stride, (row + y) * stride, side)
            for stride, places_of in DENSITY.items()
            for row, column in itertools.product(range(math.ceil(height / stride)), range(math.ceil(width / stride)))
            for side, places in places_of.items()
            for y, x in itertools.product(places, places)
        ]
    )


def decode(offsets: Tensor, anchors: Tensor) -> Tensor:
    """Boxes from the network's offsets.

    Args:
        offsets: x, y, width, height, shape (A, 4).
        anchors: of `anchors`, shape (A, 3).

    Returns:
        Left, top, right, bottom in pixels, shape (A, 4).
    """
    sides = anchors[:, 2:]  # (A, 1)
    centres = anchors[:, :2] + CENTRE_STEP * offsets[:, :2] * sides
    sizes = sides * torch.exp(SIZE_STEP * offsets[:, 2:])
    return torch.cat([centres - sizes / 2, centres + sizes / 2], dim=1)
