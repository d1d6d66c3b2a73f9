"""Pictures for other programs."""

import io

import numpy as np
import pytest
from PIL import Image

from cmp_engine.rendering.png import png_bytes

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 6, 3), np.uint8)


def test_pixels_are_kept_and_nothing_else_is_written():
    with Image.open(io.BytesIO(png_bytes(PIXELS[:4]))) as picture:
        assert (picture.format, picture.info, picture.size) == ("PNG", {}, (6, 4))
        np.testing.assert_array_equal(np.asarray(picture), PIXELS[:4])


def test_side_that_the_picture_has_changes_nothing():
    assert png_bytes(PIXELS, side=6) == png_bytes(PIXELS)


def test_picture_is_resampled_smoothly_to_the_side_asked_for():
    halves = np.zeros((6, 6, 3), np.uint8)
    halves[:, 3:] = 200
    with Image.open(io.BytesIO(png_bytes(halves, side=24))) as picture:
        row = np.asarray(picture)[12, :, 0].astype(int)
    assert picture.size == (24, 24)
    assert (row[0], row[-1]) == (0, 200)
    assert len(set(row.tolist())) > 4  # between them, not a hard edge


@pytest.mark.parametrize(
    ("picture", "side", "message"),
    [
        (PIXELS[..., 0], None, r"RGB bytes of shape \(H, W, 3\), got uint8 of shape \(6, 6\)"),
        (PIXELS.astype(float), None, "got float64 of shape"),
        (np.dstack([PIXELS, PIXELS[..., :1]]), None, r"shape \(6, 6, 4\)"),
        (PIXELS[:4], 8, r"need a square picture for a side of 8, got shape \(4, 6, 3\)"),
    ],
)
def test_what_is_no_picture_is_refused(picture, side, message):
    with pytest.raises(ValueError, match=message):
        png_bytes(picture, side=side)
