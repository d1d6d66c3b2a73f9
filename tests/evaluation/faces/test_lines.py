"""Meshes as batches and the lengths of their lines, with hand-made values."""

import numpy as np
import pytest

from evaluation.faces.landmarks import LINE_NAMES, TOPOLOGIES, TopologyError
from evaluation.faces.lines import UNIT_LINE, line_lengths, mesh_batch, paired_batches
from evaluation.faces.ratios import absolute_ratio_errors, face_ratios

LOW = "analytic-head-low"
LINES = TOPOLOGIES[LOW].lines


def mesh(**lengths):
    """All vertices at the origin but one end of each line, which lies as far away as is asked for, slantwise."""
    vertices = np.zeros((TOPOLOGIES[LOW].vertices, 3))
    for name, (_, end) in LINES.items():
        vertices[end] = np.array([2.0, -1.0, 2.0]) / 3 * lengths.get(name, 1.0)
    return vertices


def test_the_unit_is_the_outer_interocular_distance():
    assert UNIT_LINE == LINE_NAMES[0] == "outer_interocular"


def test_lengths_are_straight_distances_in_the_unit_of_the_mesh():
    found = line_lengths(mesh(outer_interocular=90.0, ear=150.0, cheek=120.5), LOW)
    assert tuple(found) == LINE_NAMES
    assert {name: length.shape for name, length in found.items()} == dict.fromkeys(LINE_NAMES, (1,))
    assert [float(length[0]) for length in found.values()] == pytest.approx([90.0, 150.0, 1.0, 1.0, 120.5])


def test_every_mesh_of_a_batch_has_its_own_lengths():
    found = line_lengths(np.stack([mesh(ear=2.0), mesh(ear=5.0), mesh(outer_interocular=7.0)]), LOW)
    assert found["ear"].tolist() == pytest.approx([2.0, 5.0, 1.0])
    assert found["outer_interocular"].tolist() == pytest.approx([1.0, 1.0, 7.0])


def test_single_precision_is_measured_in_double():
    vertices = mesh().astype(np.float32) + np.float32(1000)
    expected = np.linalg.norm(np.float64(vertices[LINES["ear"][0]]) - np.float64(vertices[LINES["ear"][1]]))
    found = line_lengths(vertices, LOW)["ear"]
    assert found.dtype == np.float64
    assert found[0] == expected


def test_whole_numbers_are_vertices_too():
    vertices = np.zeros((TOPOLOGIES[LOW].vertices, 3), dtype=int)
    for _, end in LINES.values():
        vertices[end] = [3, 4, 0]
    assert line_lengths(vertices, LOW)["cheek"].tolist() == [5.0]


@pytest.mark.parametrize("length", [0.0, np.nan, np.inf])
def test_a_face_without_a_unit_is_refused(length):
    with pytest.raises(ValueError, match="outer-interocular distances must be positive, got"):
        line_lengths(np.stack([mesh(), mesh(outer_interocular=length)]), LOW)


def test_a_line_of_no_length_is_a_length():
    assert line_lengths(mesh(ear=0.0), LOW)["ear"].tolist() == [0.0]


@pytest.mark.parametrize("shape", [(3,), (5, 2), (5, 4), (2, 5, 2), (1, 2, 5, 3), ()])
def test_what_is_no_mesh_is_refused_with_its_shape(shape):
    with pytest.raises(ValueError) as caught:
        mesh_batch(np.zeros(shape))
    assert str(caught.value) == f"vertices must be (N, 3) or (B, N, 3), got {shape}"


@pytest.mark.parametrize(("shape", "batch"), [((5, 3), (1, 5, 3)), ((2, 5, 3), (2, 5, 3)), ((0, 3), (1, 0, 3))])
def test_a_single_mesh_is_a_batch_of_one(shape, batch):
    assert mesh_batch(np.zeros(shape)).shape == batch


@pytest.mark.parametrize(
    ("predicted", "reference", "shapes"),
    [
        ((5, 3), (5, 3), ((1, 5, 3), (1, 5, 3))),
        ((4, 5, 3), (5, 3), ((4, 5, 3), (1, 5, 3))),
        ((4, 5, 3), (1, 5, 3), ((4, 5, 3), (1, 5, 3))),
        ((4, 5, 3), (4, 5, 3), ((4, 5, 3), (4, 5, 3))),
    ],
)
def test_one_reference_serves_all_and_several_serve_one_each(predicted, reference, shapes):
    ours, theirs = paired_batches(np.zeros(predicted), np.zeros(reference))
    assert (ours.shape, theirs.shape) == shapes


@pytest.mark.parametrize(("predicted", "reference"), [(1, 2), (4, 3), (2, 4)])
def test_numbers_of_meshes_that_do_not_match_are_refused(predicted, reference):
    with pytest.raises(ValueError, match=f"^{predicted} predicted meshes do not match {reference} references$"):
        paired_batches(np.zeros((predicted, 5, 3)), np.zeros((reference, 5, 3)))


def test_ratios_are_lengths_over_the_unit_in_the_order_of_the_papers_table():
    found = face_ratios(mesh(outer_interocular=2.0, ear=3.0, forehead=4.0, midline=5.0, cheek=6.0), LOW)
    assert found.tolist() == [pytest.approx([1.5, 2.0, 2.5, 3.0])]


@pytest.mark.parametrize(("line", "column"), [("ear", "ER"), ("forehead", "FR"), ("midline", "MR"), ("cheek", "CR")])
def test_a_line_that_is_too_long_or_too_short_is_an_error_of_its_own_ratio_alone(line, column):
    for length, error in ((1.25, 0.25), (0.5, 0.5), (1.0, 0.0)):
        found = absolute_ratio_errors(mesh(**{line: length}), mesh(), LOW).columns()
        expected = dict.fromkeys(("ER", "FR", "MR", "CR"), 0.0) | {column: error, "mean": error / 4}
        assert {name: float(values[0]) for name, values in found.items()} == pytest.approx(expected)


def test_prediction_and_reference_may_change_places():
    rng = np.random.default_rng(3)
    one, other = (rng.normal(size=(TOPOLOGIES[LOW].vertices, 3)) for _ in range(2))
    forth, back = absolute_ratio_errors(one, other, LOW), absolute_ratio_errors(other, one, LOW)
    for name, values in forth.columns().items():
        assert back.columns()[name] == pytest.approx(values)


def test_each_mesh_of_a_batch_is_compared_with_its_own_reference():
    ours = np.stack([mesh(ear=2.0), mesh(ear=3.0)])
    own = absolute_ratio_errors(ours, np.stack([mesh(ear=2.0), mesh(ear=2.0)]), LOW)
    shared = absolute_ratio_errors(ours, mesh(ear=2.5), LOW)
    assert own.ear.tolist() == pytest.approx([0.0, 1.0])
    assert shared.ear.tolist() == pytest.approx([0.5, 0.5])


def test_another_topology_measures_other_vertices():
    vertices = np.zeros((53215, 3))
    for name, (_, end) in TOPOLOGIES["bfm-53215"].lines.items():
        vertices[end, 1] = 1.7 if name == "ear" else 1.0
    assert face_ratios(vertices).tolist() == [pytest.approx([1.7, 1.0, 1.0, 1.0])]
    with pytest.raises(TopologyError, match="'bfm-53215' has 53215 vertices, the mesh has 3242"):
        line_lengths(mesh())
