"""One box per face: non-maximum suppression, without compiled code."""

import torch
from torch import Tensor


def suppress(boxes: Tensor, scores: Tensor, *, overlap: float) -> Tensor:
    """Keep the best box, drop those that overlap it, and go on with the best of the rest.

    Args:
        boxes: left, top, right, bottom, in pixels, shape (N, 4).
        scores: shape (N,).
        overlap: a box is dropped where intersection over union with a better one is larger.

    Returns:
        Numbers of the boxes that are kept, best first, shape (K,), int64.
    """
    # A box from pixel 3 to pixel 5 covers three pixels: published thresholds count that way.
    areas = _pixels(boxes[:, :2], boxes[:, 2:])
    waiting = scores.argsort(descending=True, stable=True)
    kept: list[int] = []
    while len(waiting):
        best, waiting = waiting[0], waiting[1:]
        kept.append(int(best))
        shared = _pixels(
            torch.maximum(boxes[best, :2], boxes[waiting, :2]), torch.minimum(boxes[best, 2:], boxes[waiting, 2:])
        )
        waiting = waiting[shared / (areas[best] + areas[waiting] - shared) <= overlap]
    return torch.tensor(kept, dtype=torch.int64)


def _pixels(top_left: Tensor, bottom_right: Tensor) -> Tensor:
    return (bottom_right - top_left + 1).clamp(min=0).prod(dim=-1)
