"""Non-maximum suppression."""

import pytest
import torch

from cmp_engine.detection.suppression import suppress


def naive(boxes: torch.Tensor, scores: torch.Tensor, overlap: float) -> list[int]:
    """Every pair in turn, from the definition."""
    kept: list[int] = []
    for number in sorted(range(len(boxes)), key=lambda n: -float(scores[n])):
        left, top, right, bottom = boxes[number].tolist()
        for other in kept:
            l2, t2, r2, b2 = boxes[other].tolist()
            shared = max(0, min(right, r2) - max(left, l2) + 1) * max(0, min(bottom, b2) - max(top, t2) + 1)
            both = (right - left + 1) * (bottom - top + 1) + (r2 - l2 + 1) * (b2 - t2 + 1) - shared
            if shared / both > overlap:
                break
        else:
            kept.append(number)
    return kept


@pytest.mark.parametrize("seed", range(5))
def test_same_boxes_as_the_definition(seed):
    generator = torch.Generator().manual_seed(seed)
    corner = 60 * torch.rand(80, 2, generator=generator, dtype=torch.float64)
    boxes = torch.cat([corner, corner + 5 + 25 * torch.rand(80, 2, generator=generator, dtype=torch.float64)], dim=1)
    scores = torch.rand(80, generator=generator, dtype=torch.float64)
    found = suppress(boxes, scores, overlap=0.3).tolist()
    assert found == naive(boxes, scores, 0.3)
    assert 5 < len(found) < 80


def test_better_box_stays_and_a_dropped_box_drops_nobody():
    # Each overlaps its neighbours by more than 0.3, the first and the last do not overlap enough.
    boxes = torch.tensor([[0.0, 0, 9, 9], [4, 0, 13, 9], [8, 0, 17, 9]])
    assert suppress(boxes, torch.tensor([0.9, 0.8, 0.7]), overlap=0.3).tolist() == [0, 2]
    assert suppress(boxes, torch.tensor([0.7, 0.9, 0.8]), overlap=0.3).tolist() == [1]


def test_pixels_are_counted_with_both_edges():
    # 2 x 2 and 2 x 2 pixels with two in common: 2 / 6. Without the edges they would not touch at all.
    boxes = torch.tensor([[0.0, 0, 1, 1], [1, 0, 2, 1]])
    assert suppress(boxes, torch.tensor([0.9, 0.8]), overlap=0.33).tolist() == [0]
    assert suppress(boxes, torch.tensor([0.9, 0.8]), overlap=0.34).tolist() == [0, 1]


def test_no_boxes_give_no_boxes():
    assert suppress(torch.zeros(0, 4), torch.zeros(0), overlap=0.3).tolist() == []
