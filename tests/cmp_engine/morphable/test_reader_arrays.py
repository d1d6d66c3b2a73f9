"""What all readers of morphable models check and convert, on tables small enough to work out by hand."""

from pathlib import Path

import numpy as np
import pytest

from cmp_engine.morphable import ModelFileError
from cmp_engine.morphable.readers.arrays import (
    basis_rows,
    checked_numbers,
    columns,
    landmarks_from_rows,
    outward,
    triangle_table,
)

SOURCE = Path("model.mat")
CORNERS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
# Of a tetrahedron, counter-clockwise seen from outside.
OUTSIDE = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def test_faces_of_a_closed_mesh_turn_outwards():
    np.testing.assert_array_equal(outward(CORNERS, OUTSIDE), OUTSIDE)
    np.testing.assert_array_equal(outward(CORNERS, OUTSIDE[:, ::-1]), OUTSIDE)


@pytest.mark.parametrize("place", [-1000.0, 0.0, 1000.0])
def test_a_mask_that_is_open_at_the_back_turns_outwards_wherever_it_is(place):
    mask = OUTSIDE[3:]
    np.testing.assert_array_equal(outward(CORNERS + place, mask), mask)
    np.testing.assert_array_equal(outward(CORNERS + place, mask[:, ::-1]), mask)


def test_rows_of_a_basis_are_x_y_and_z_of_each_vertex():
    assert basis_rows(np.array([4, 0], np.uint16)).tolist() == [12, 13, 14, 0, 1, 2]


def test_triangles_lie_in_rows_or_columns_and_count_from_what_the_file_calls_the_first():
    rows = np.array([[1, 2, 3], [4, 3, 2]], np.uint16)
    expected = [[0, 1, 2], [3, 2, 1]]
    np.testing.assert_array_equal(triangle_table(rows, 1, 4, SOURCE), expected)
    np.testing.assert_array_equal(triangle_table(rows.T, 1, 4, SOURCE), expected)
    np.testing.assert_array_equal(triangle_table(rows, 0, 5, SOURCE), rows)


def test_unsigned_numbers_below_the_first_do_not_wrap_around():
    with pytest.raises(ModelFileError, match=r"model\.mat: triangles name vertices -1\.\.2 \(from 0\)"):
        triangle_table(np.array([[0, 1, 2], [1, 2, 3]], np.uint16), 1, 4, SOURCE)


@pytest.mark.parametrize("shape", [(6,), (2, 4), (1, 2, 3)])
def test_tables_of_another_shape_are_no_triangles(shape):
    with pytest.raises(ModelFileError, match=r"triangles must be \(3, F\) or \(F, 3\), found"):
        triangle_table(np.ones(shape, int), 1, 4, SOURCE)


@pytest.mark.parametrize(("numbers", "found"), [([0, 4], r"0\.\.4"), ([-1, 2], r"-1\.\.2"), ([], "none")])
def test_numbers_of_no_vertex_are_named(numbers, found):
    with pytest.raises(ModelFileError, match=rf"landmarks name vertices {found} \(from 0\), but the model has 4"):
        checked_numbers(np.array(numbers, np.int64), 4, "landmarks", SOURCE)


def test_landmarks_are_the_vertices_behind_rows_of_x():
    vertices = np.arange(68)[::-1] * 2
    rows = (3 * vertices[:, None] + np.arange(3)).reshape(-1, 1)
    np.testing.assert_array_equal(landmarks_from_rows(rows, 135, SOURCE), vertices)
    with pytest.raises(ModelFileError, match=r"landmarks name vertices 0\.\.134 .*has 134"):
        landmarks_from_rows(rows, 134, SOURCE)
    with pytest.raises(ModelFileError, match="expected 204 landmark rows, found 203"):
        landmarks_from_rows(rows[1:], 135, SOURCE)


def test_a_vector_is_a_basis_of_one_column():
    vector = columns(np.arange(6), 6, "the mean", SOURCE)
    assert (vector.shape, vector.dtype) == ((6, 1), np.float32)
    assert columns(np.zeros((6, 2)), 6, "the basis", SOURCE).shape == (6, 2)
    assert columns(np.float64(3.0), 1, "the mean", SOURCE).tolist() == [[3.0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((5, 2)), "the basis has 5 rows, expected 6"),
        (np.full((6, 2), np.inf), "the basis holds numbers that are not finite"),
        (np.array(["a"] * 6), "the basis holds no numbers"),
    ],
)
def test_an_unusable_basis_is_named(values, message):
    with pytest.raises(ModelFileError, match=rf"model\.mat: {message}"):
        columns(values, 6, "the basis", SOURCE)
