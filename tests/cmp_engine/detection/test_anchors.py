"""Anchors of FaceBoxes and what offsets make of them."""

import math

import pytest
import torch

from cmp_engine.detection.anchors import anchors, decode
from cmp_engine.detection.faceboxes import FaceBoxes


def test_anchors_of_one_cell_are_where_the_paper_puts_them():
    found = anchors(32, 32).tolist()
    assert len(found) == 21 + 1 + 1
    assert found[:5] == [[0, 0, 32], [8, 0, 32], [16, 0, 32], [24, 0, 32], [0, 8, 32]]
    assert found[15:21] == [[24, 24, 32], [0, 0, 64], [16, 0, 64], [0, 16, 64], [16, 16, 64], [16, 16, 128]]
    assert found[21:] == [[32, 32, 256], [64, 64, 512]]


def test_cells_follow_each_other_row_by_row_and_cover_the_edge():
    found = anchors(33, 70)
    assert len(found) == 21 * 2 * 3 + 1 * 2 + 1
    assert found[21].tolist() == [32, 0, 32]
    assert found[21 * 3].tolist() == [0, 32, 32]
    assert found[21 * 6 : 21 * 6 + 2].tolist() == [[32, 32, 256], [96, 32, 256]]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (32, 64), (33, 129), (255, 100)])
def test_network_answers_once_per_anchor(height, width):
    with torch.no_grad():
        raw = FaceBoxes().eval()(torch.zeros(1, 3, height, width))
    assert raw.offsets.shape == (1, len(anchors(height, width)), 4)
    assert raw.score.shape == (1, len(anchors(height, width)))


def test_offsets_shift_by_tenths_and_grow_by_fifths_of_an_exponent():
    boxes = decode(
        torch.tensor([[0.0, 0, 0, 0], [1, -2, 0, 5 * math.log(2)]]), torch.tensor([[50.0, 60, 20], [50, 60, 20]])
    )
    torch.testing.assert_close(boxes, torch.tensor([[40.0, 50, 60, 70], [42, 36, 62, 76]]))
