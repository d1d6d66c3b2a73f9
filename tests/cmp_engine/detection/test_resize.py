"""Resizing with the arithmetic of OpenCV."""

import math

import numpy as np
import pytest

from cmp_engine.detection.resize import resize


def naive(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """One pixel at a time, in Python's integers."""

    def around(number: int, before: int, after: int) -> tuple[int, int, int, int]:
        position = min(max(np.float32((number + 0.5) * before / after - 0.5), 0), before - 1)
        first = math.floor(position)
        share = np.float32(position) - np.float32(first)
        return first, min(first + 1, before - 1), round(float((1 - share) * 2048)), round(float(share * 2048))

    result = np.zeros((height, width, picture.shape[2]), np.uint8)
    for row in range(height):
        top, bottom, top_weight, bottom_weight = around(row, picture.shape[0], height)
        for column in range(width):
            left, right, left_weight, right_weight = around(column, picture.shape[1], width)
            for channel in range(picture.shape[2]):
                upper, lower = (
                    (int(picture[y, left, channel]) * left_weight + int(picture[y, right, channel]) * right_weight)
                    // 16
                    for y in (top, bottom)
                )
                total = upper * top_weight // 65536 + lower * bottom_weight // 65536 + 2
                result[row, column, channel] = min(total // 4, 255)
    return result


@pytest.mark.parametrize("size", [(7, 5), (20, 31), (40, 3), (13, 17), (1, 1)])
def test_every_pixel_is_what_the_naive_loop_gives(size):
    picture = np.random.default_rng(0).integers(0, 256, (13, 17, 3), dtype=np.uint8)
    np.testing.assert_array_equal(resize(picture, *size), naive(picture, *size))


def test_half_the_size_is_the_rounded_mean_of_four():
    picture = np.array([[[1], [2], [100], [200]], [[3], [5], [50], [0]]], np.uint8)
    np.testing.assert_array_equal(resize(picture, 1, 2)[0, :, 0], [(11 + 2) // 4, (350 + 2) // 4])


def test_ramp_stays_a_ramp_with_pixel_centres_in_place():
    ramp = np.broadcast_to((10 * np.arange(20, dtype=np.uint8))[None, :, None], (20, 20, 3))
    enlarged = resize(ramp, 40, 40)[20, 1:-1, 0].astype(float)
    np.testing.assert_allclose(enlarged, 10 * ((np.arange(1, 39) + 0.5) / 2 - 0.5), atol=0.5)


def test_white_stays_white_and_the_same_size_changes_nothing():
    assert (resize(np.full((5, 9, 3), 255, np.uint8), 12, 4) == 255).all()
    picture = np.random.default_rng(1).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(resize(picture, 6, 8), picture)
