"""FaceBoxes from a photograph to boxes."""

import json

import numpy as np
import pytest
import torch

from cmp_engine.detection import FaceDetector, NoFaceError, read_photograph
from cmp_engine.exceptions import CheckpointError


def test_boxes_are_centred_on_their_anchors(make_detector):
    (face,) = make_detector(-9, -9, 3).detect(np.zeros((100, 120, 3), np.uint8))
    assert face[:4] == (64 - 256, 64 - 256, 64 + 256, 64 + 256)
    assert face.score == pytest.approx(1 / (1 + np.exp(-3)))


def test_boxes_of_a_large_photograph_are_in_its_own_pixels(make_detector):
    detector = make_detector(-9, -9, 3)
    faces = detector.detect(np.zeros((1440, 200, 3), np.uint8))  # Halved for the network.
    assert faces[0][:4] == (2 * (64 - 256), 2 * (64 - 256), 2 * (64 + 256), 2 * (64 + 256))
    assert len(detector.detect(np.zeros((10, 4000, 3), np.uint8))) >= 1


def test_overlapping_boxes_become_one(make_detector):
    # Cells 128 pixels apart hold boxes of 512 pixels: intersection over union 0.6 between neighbours.
    assert len(make_detector(-9, -9, 3).detect(np.zeros((128, 256, 3), np.uint8))) == 1


def test_no_face_is_an_error_where_one_is_needed(make_detector):
    detector = make_detector(-1, -1, -1)
    assert detector.detect(np.zeros((50, 70, 3), np.uint8)) == []
    with pytest.raises(NoFaceError, match=r"no face found in a picture of 70 x 50 pixels; use one in which"):
        detector.best(np.zeros((50, 70, 3), np.uint8))


@pytest.mark.parametrize(
    "photograph",
    [
        np.zeros((50, 70), np.uint8),
        np.zeros((50, 70, 4), np.uint8),
        np.zeros((50, 70, 3)),
        np.zeros((0, 70, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused_with_type_and_shape(make_detector, photograph):
    with pytest.raises(ValueError, match=r"expected RGB uint8 of shape \(H, W, 3\), got (uint8|float64) \("):
        make_detector(0, 0, 0).detect(photograph)


def test_weights_of_another_network_are_refused(tmp_path):
    torch.save({"model.weight": torch.zeros(1, 64)}, tmp_path / "discriminator.pth")
    with pytest.raises(CheckpointError, match=r"discriminator\.pth do not fit FaceBoxes"):
        FaceDetector.load(tmp_path / "discriminator.pth")


@pytest.fixture(scope="module")
def published(golden) -> FaceDetector:
    return FaceDetector.load(golden / "3ddfa_v2" / "FaceBoxesProd.pth")


@pytest.mark.parametrize("name", ["JianzhuGuo.jpg", "trump_hillary.jpg", "sample_2.jpg"])
def test_published_boxes_are_found_in_real_photographs(golden, published, name):
    stored = json.loads((golden / "3ddfa_v2" / "faces.json").read_text())["face_detections"][name]
    found = published.detect(read_photograph(golden / "3ddfa_v2" / "images" / name))
    assert len(found) == len(stored)
    np.testing.assert_allclose(found, stored, atol=1e-3)  # Pixels; scores agree far better.
    np.testing.assert_allclose([face.score for face in found], [face[4] for face in stored], atol=1e-5)


def test_no_face_is_found_in_noise(golden, published):
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    with pytest.raises(NoFaceError, match="160 x 120"):
        published.best(noise)
