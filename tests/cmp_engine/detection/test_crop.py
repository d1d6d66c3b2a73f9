"""Squares around faces, and the pictures in them."""

import json

import numpy as np
import pytest
from PIL import Image

from cmp_engine.detection import (
    Region,
    crop_face,
    read_photograph,
    region_for_3ddfa,
    region_for_synergynet,
    region_of_landmarks,
)

BOX = (100.0, 200.0, 180.0, 300.0, 0.99)  # 80 x 100 pixels


def test_square_of_3ddfa_is_larger_than_the_box_and_lies_lower():
    # Mean side 90: side int(142.2), centre (140, 250 + 12.6).
    assert region_for_3ddfa(BOX) == pytest.approx(Region(69, 191.6, 211, 333.6))


def test_square_of_synergynet_depends_on_the_height_alone():
    # Half of 1.2 x 100 to each side; for a height of 101, 121.2 // 2 = 60.
    assert region_for_synergynet(BOX) == Region(80, 190, 200, 310)
    assert region_for_synergynet((100, 200, 180, 301)) == Region(80, 190.5, 200, 310.5)


def test_square_of_landmarks_is_their_bounding_square_enlarged():
    landmarks = np.array([[10.0, 30.0, 20.0], [5.0, 5.0, 15.0], [-1000.0, 0.0, 1000.0]])
    half = 10 * np.sqrt(2)  # The longer edge is 20 pixels.
    assert region_of_landmarks(landmarks) == pytest.approx((20 - half, 10 - half, 20 + half, 10 + half))


def test_crop_rounds_halves_to_even_and_is_black_outside():
    photograph = np.arange(1, 13, dtype=np.uint8).reshape(3, 4, 1).repeat(3, axis=2)
    cut = crop_face(photograph, Region(-0.5, -1.4, 2.5, 1.4), pixels=2)  # From column 0 and row -1, two of each.
    np.testing.assert_array_equal(cut[:, :, 0], [[0, 0], [1, 2]])
    cut = crop_face(photograph, Region(2.6, 1.6, 5.4, 3.9), pixels=2)  # Columns 3 and 4, rows 2 and 3.
    np.testing.assert_array_equal(cut[:, :, 0], [[12, 0], [0, 0]])


@pytest.mark.parametrize("region", [(-90, 0, -10, 80), (4, 0, 8, 4), (1, -9, 5, -5), (1.1, 1.1, 1.2, 1.2)])
def test_region_without_a_pixel_of_the_photograph_is_refused(region):
    with pytest.raises(ValueError, match=r"Region\(left=.* has no pixel inside a photograph of 4 x 3 pixels"):
        crop_face(np.zeros((3, 4, 3), np.uint8), Region(*region))


def test_published_squares_follow_from_their_boxes(golden):
    faces = json.loads((golden / "3ddfa_v2" / "faces.json").read_text())["faces"]
    assert len(faces) == 8
    for face in faces:
        np.testing.assert_allclose(region_for_3ddfa(face["detection"]), face["roi"], atol=1e-4)  # float32 boxes


def test_published_crops_are_reproduced_to_the_last_grey_level(golden):
    folder = golden / "3ddfa_v2"
    compared = 0
    for face in json.loads((folder / "faces.json").read_text())["faces"]:
        photograph = folder / "images" / face["source"]
        if photograph.is_file():  # Not all sources are stored.
            found = crop_face(read_photograph(photograph), Region(*face["roi"]))
            np.testing.assert_array_equal(found, np.asarray(Image.open(folder / f"{face['tag']}.png").convert("RGB")))
            compared += 1
    assert compared == 4
