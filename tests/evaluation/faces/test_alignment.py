"""Alignment and what it leaves, against a slow version with a full table of distances, and hand-made values."""

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from evaluation.faces.alignment import RigidMotion, align, best_motion, surface_errors
from evaluation.faces.landmarks import TOPOLOGIES

LOW = "analytic-head-low"
STAY = RigidMotion(np.eye(3), np.zeros(3))


def bumped(head):
    """The head with a dent and a bump, and so no copy of it."""
    near = np.exp(-(((head - [40.0, 30.0, 60.0]) / 30.0) ** 2).sum(1))
    return head * (1.0 + 0.12 * near[:, None]) * [1.02, 0.98, 1.0]


def slow_distances(predicted, reference):
    """The definition, step by step: scale by the outer eyes, ICP over all vertices to the end, nearest distances."""
    first, second = TOPOLOGIES[LOW].lines["outer_interocular"]
    unit = np.linalg.norm(reference[first] - reference[second])
    points = predicted * unit / np.linalg.norm(predicted[first] - predicted[second])
    matched = reference
    for _ in range(25):
        turn = Rotation.align_vectors(matched - matched.mean(0), points - points.mean(0))[0]
        moved = turn.apply(points - points.mean(0)) + matched.mean(0)
        table = cdist(moved, reference)
        matched = reference[table.argmin(axis=1)]
    return table.min(axis=1) / unit


def test_best_motion_is_the_one_that_was_made(head):
    turn = Rotation.from_euler("xyz", [20, -35, 10], degrees=True).as_matrix()
    motion = best_motion(head, head @ turn.T + [4.0, -2.0, 7.0])
    assert motion.rotation == pytest.approx(turn, abs=1e-12)
    assert motion.translation == pytest.approx([4.0, -2.0, 7.0], abs=1e-9)


def test_a_mirror_image_is_turned_never_flipped(head):
    motion = best_motion(head, head * [-1.0, 1.0, 1.0])
    assert np.linalg.det(motion.rotation) == pytest.approx(1.0)


def test_alignment_finds_a_small_motion_without_knowing_which_point_is_which(head):
    turn = Rotation.from_euler("xyz", [2, -3, 2], degrees=True).as_matrix()
    moved = head @ turn.T + [1.0, -1.0, 0.5]
    shuffled = np.random.default_rng(0).permutation(moved)
    found = align(head, cKDTree(shuffled), start=STAY)
    # 2,000 of the 3,242 points decide, and the last change may be a ten-thousandth.
    assert found.rotation == pytest.approx(turn, abs=2e-3)
    assert found.translation == pytest.approx([1.0, -1.0, 0.5], abs=0.1)


def test_errors_agree_with_the_slow_version(head):
    predicted = bumped(head)
    fast = surface_errors(predicted, head, LOW)
    slow = slow_distances(predicted, head)
    # A sample finds the motion, and stops early.
    assert fast.point[0] == pytest.approx(slow.mean(), rel=0.01)
    assert np.abs(fast.distances[0] - slow).mean() < 0.05 * slow.mean()


def test_size_turn_and_place_are_no_error(head):
    turn = Rotation.from_euler("xyz", [30, 60, -20], degrees=True).as_matrix()
    assert surface_errors(0.001 * head @ turn.T + 5.0, head, LOW).point == pytest.approx([0.0], abs=1e-9)


def test_distances_are_in_units_of_the_references_outer_eyes(head):
    small, large = (surface_errors(bumped(head), scale * head, LOW).point for scale in (1.0, 40.0))
    assert small == pytest.approx(large, rel=1e-6)


def test_each_mesh_of_a_batch_has_its_own_reference(head):
    other = head * [0.9, 1.0, 1.1]
    both = surface_errors(np.stack([bumped(head)] * 2), np.stack([head, other]), LOW)
    alone = [surface_errors(bumped(head), reference, LOW).distances[0] for reference in (head, other)]
    assert both.distances == pytest.approx(np.stack(alone))


def test_a_region_is_the_weighted_mean_of_its_vertices(head):
    errors = surface_errors(bumped(head), head, LOW)
    weights = np.random.default_rng(1).random(len(head))
    nose = head[:, 2] > 90
    found = errors.of_regions({"soft": weights, "nose": nose})
    by_hand = sum(w * d for w, d in zip(weights, errors.distances[0], strict=True)) / sum(weights)
    assert found["soft"] == pytest.approx([by_hand])
    assert found["nose"] == pytest.approx([errors.distances[0][nose].mean()])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(5), r"region 'nose' has weights of shape \(5,\), the meshes 3242 vertices"),
        (np.zeros(3242), "region 'nose' must have weights of zero or more, and one above zero"),
        (np.linspace(-1, 1, 3242), "'nose' must have weights of zero or more"),
    ],
)
def test_regions_that_weigh_nothing_are_refused(head, weights, message):
    with pytest.raises(ValueError, match=message):
        surface_errors(head, head, LOW).of_regions({"nose": weights})


def test_a_coordinate_that_is_no_number_is_refused(head):
    broken = head.copy()
    broken[3, 1] = np.nan
    with pytest.raises(ValueError, match="finite"):
        surface_errors(broken, head, LOW)
