"""The one camera convention, in numbers worked out by hand from its definition."""

import math

import numpy as np
import pytest

from cmp_engine.rendering import Camera, frame_points, rotation

X, Y, Z = np.eye(3)


@pytest.mark.parametrize(
    ("angles", "start", "end"),
    [
        ((90, 0, 0), Z, X),  # the nose to the viewer's right
        ((90, 0, 0), X, -Z),
        ((0, 90, 0), Z, Y),  # looking up
        ((0, 90, 0), Y, -Z),
        ((0, 0, 90), X, Y),  # counter-clockwise
        ((0, 0, 90), Y, -X),
        ((90, 90, 0), Z, X),  # yaw comes first: pitch leaves what already points along x
        ((90, 0, 90), Z, Y),  # roll comes last: it turns x into y
        ((0, 90, 90), Z, -X),
    ],
)
def test_quarter_turns_go_where_the_convention_says(angles, start, end):
    np.testing.assert_allclose(rotation(*angles) @ start, end, atol=1e-12)


@pytest.mark.parametrize("angles", [(20.0, -5.0, 8.0), (-70.0, 40.0, 170.0)])
def test_rotations_keep_lengths_and_handedness(angles):
    turn = rotation(*angles)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)
    np.testing.assert_allclose(rotation(angles[0]), rotation(angles[0], 0.0, 0.0))


def test_projection_counts_pixels_from_zero_and_rows_downwards():
    """(x, y, z) = 2 v + t; column = x - 1, row = 120 - y."""
    camera = Camera(2.0, np.eye(3), np.array([61.0, 50.0, 7.0]))
    seen = camera.project(np.array([[0.0, 0.0, 0.0], [10.0, 5.0, 3.0]]))
    np.testing.assert_allclose(seen, [[60.0, 70.0, 7.0], [80.0, 60.0, 13.0]])


def test_pictures_of_other_sizes_are_laid_on_corner_to_corner():
    camera = Camera(1.0, np.eye(3), np.array([0.0, 0.0, 0.0]))
    corners = np.array([[1.0, 120.0, 0.0], [120.0, 1.0, 119.0]])
    np.testing.assert_allclose(camera.project(corners, 64), [[0.0, 0.0, 0.0], [63.0, 63.0, 63.0]])
    np.testing.assert_allclose(frame_points(np.array([[0.0, 0.0, 0.0], [63.0, 63.0, 63.0]]), 64), corners)


def test_points_keep_the_shape_of_their_array():
    points = np.arange(24.0).reshape(2, 4, 3)
    assert frame_points(points, 120).shape == (2, 4, 3)
    np.testing.assert_allclose(frame_points(points, 120)[1, 2], [19.0, 120.0 - 19.0, 20.0])


def test_target_is_seen_in_the_middle():
    camera = Camera.centered(0.7, rotation(30.0, 10.0, -20.0), target=(3.0, -4.0, 5.0))
    column, row, depth = camera.project(np.array([[3.0, -4.0, 5.0]]), 64)[0]
    assert (column, row) == (pytest.approx(31.5), pytest.approx(31.5))
    assert depth == pytest.approx(0)
    np.testing.assert_allclose(Camera.centered(1.0, np.eye(3)).offset, [60.5, 60.5, 0.0])


def test_pose_is_scaled_rotation_and_offset_row_by_row():
    camera = Camera(3.0, rotation(0.0, 0.0, 90.0), np.array([1.0, 2.0, 4.0]))
    assert camera.pose12.dtype == np.float32
    np.testing.assert_allclose(camera.pose12, [0, -3, 0, 1, 3, 0, 0, 2, 0, 0, 3, 4], atol=1e-6)


def test_scale_is_pixels_per_millimetre():
    camera = Camera.centered(0.5, rotation(0.0, 0.0, 45.0))
    first, second = camera.project(np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0]]))
    assert math.dist(first[:2], second[:2]) == pytest.approx(5.0)
    assert second[1] < first[1]  # turned counter-clockwise: up in the picture is a smaller row
