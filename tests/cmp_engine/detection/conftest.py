"""A real FaceBoxes with weights made by hand, for tests that need no licensed file."""

import pytest
import torch

from cmp_engine.detection import FaceBoxes, FaceDetector


@pytest.fixture
def make_detector():
    """A detector whose network answers every anchor of the maps at 32, 64 and 128 pixels with one logit, no offset."""

    def make(fine: float, middle: float, coarse: float) -> FaceDetector:
        network = FaceBoxes()
        with torch.no_grad():
            for head in (*network.loc, *network.conf):
                head.weight.zero_()
                head.bias.zero_()
            for head, logit in zip(network.conf, (fine, middle, coarse), strict=True):
                head.bias[1::2] = logit
        return FaceDetector(network)

    return make
