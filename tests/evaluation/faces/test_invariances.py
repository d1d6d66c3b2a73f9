"""What must not change an error of faces does not, and what must does: motions, sizes, order, names of people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from evaluation.faces.alignment import RigidMotion, best_motion, surface_errors
from evaluation.faces.coherence import coherence
from evaluation.faces.comparison import compare_widths, resemblance
from evaluation.faces.identities import IdentityErrors, gain, mean_error, per_identity
from evaluation.faces.keypoints import keypoint_errors
from evaluation.faces.landmarks import ANALYTIC_LANDMARKS, TOPOLOGIES

LOW = "analytic-head-low"
few = settings(max_examples=12, deadline=None)


@few
@given(angles=st.tuples(*[st.floats(-180, 180)] * 3), seed=st.integers(0, 99), scale=st.floats(0.1, 10))
def test_the_best_motion_finds_a_turn_and_a_shift_again(angles, seed, scale):
    points = np.random.default_rng(seed).normal(size=(20, 3)) * scale
    turn, shift = Rotation.from_euler("xyz", angles, degrees=True).as_matrix(), np.array([1.0, -20.0, 3.0])
    found = best_motion(points, points @ turn.T + shift)
    assert found.rotation == pytest.approx(turn, abs=1e-9)
    assert found.translation == pytest.approx(shift, abs=1e-8)
    assert found.apply(points) == pytest.approx(points @ turn.T + shift, abs=1e-8)


@few
@given(st.integers(0, 999))
def test_no_small_motion_is_better_than_the_best(seed):
    rng = np.random.default_rng(seed)
    points, matched = rng.normal(size=(2, 12, 3))
    best = best_motion(points, matched)
    assert np.linalg.det(best.rotation) == pytest.approx(1)
    assert best.rotation @ best.rotation.T == pytest.approx(np.eye(3), abs=1e-12)
    least = np.square(best.apply(points) - matched).sum()
    for _ in range(8):
        turn = Rotation.from_rotvec(rng.normal(0, 0.05, 3)).as_matrix()
        other = RigidMotion(turn @ best.rotation, best.translation + rng.normal(0, 0.05, 3))
        assert np.square(other.apply(points) - matched).sum() >= least


def test_a_mirror_image_is_turned_and_never_mirrored():
    points = np.random.default_rng(5).normal(size=(30, 3))
    found = best_motion(points, points * [-1.0, 1.0, 1.0])
    assert np.linalg.det(found.rotation) == pytest.approx(1)
    assert np.square(found.apply(points) - points * [-1.0, 1.0, 1.0]).sum() > 1


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_errors_of_the_surface_know_neither_pose_nor_unit_of_the_prediction(head, scale):
    rng = np.random.default_rng(1)
    rough = head + rng.normal(0, 0.8, head.shape)
    turn = Rotation.from_euler("zyx", [20, -35, 10], degrees=True).as_matrix()
    plain, moved = (surface_errors(each, head, LOW) for each in (rough, scale * rough @ turn.T + [5.0, 1.0, -9.0]))
    assert moved.point == pytest.approx(plain.point, rel=1e-6)
    assert plain.point[0] > 1e-3


def test_errors_are_in_units_of_the_reference_whatever_its_size(head):
    rough = head + np.random.default_rng(2).normal(0, 0.8, head.shape)
    assert surface_errors(rough, 7.0 * head, LOW).point == pytest.approx(
        surface_errors(rough, head, LOW).point, rel=1e-6
    )


def test_regions_that_part_a_face_have_its_error_as_their_mean(head):
    found = surface_errors(head + np.random.default_rng(3).normal(0, 0.8, head.shape), head, LOW)
    left = head[:, 0] < 0
    parts = found.of_regions({"left": left, "right": ~left, "all": np.ones(len(head))})
    assert list(parts) == ["left", "right", "all"]
    assert parts["all"] == pytest.approx(found.point)
    assert left.mean() * parts["left"] + (~left).mean() * parts["right"] == pytest.approx(found.point)
    doubled = found.of_regions({"left": 2.0 * left})["left"]
    assert doubled == pytest.approx(parts["left"])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(5), r"region 'nose' has weights of shape \(5,\), the meshes 3242 vertices"),
        (np.zeros(3242), "region 'nose' must have weights of zero or more, and one above zero"),
        (np.r_[-1.0, np.ones(3241)], "region 'nose' must have weights of zero or more, and one above zero"),
        (np.full(3242, np.nan), "region 'nose' must have weights of zero or more, and one above zero"),
    ],
)
def test_weights_of_no_region_are_refused_by_name(head, weights, message):
    found = surface_errors(head, head, LOW)
    with pytest.raises(ValueError, match=message):
        found.of_regions({"nose": weights})


def test_the_keypoint_error_is_a_sum_of_squares_over_a_box_by_hand(head):
    moved = head.copy()
    for number, shift in zip(ANALYTIC_LANDMARKS[:3], ([3.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 12.0]), strict=True):
        moved[number] += shift
    width, height = np.ptp(head[:, 0]), np.ptp(head[:, 1])
    expected = 13.0 / np.sqrt(width * height)  # sqrt(9 + 16 + 144)
    assert keypoint_errors(moved, head, ANALYTIC_LANDMARKS, LOW) == pytest.approx([expected])
    # The order of the landmarks is no matter, that of the meshes' scales is.
    assert keypoint_errors(moved, head, ANALYTIC_LANDMARKS[::-1], LOW) == pytest.approx([expected])
    assert keypoint_errors(5.0 * moved, 5.0 * head, ANALYTIC_LANDMARKS, LOW) == pytest.approx([expected])


def test_vertices_that_are_no_landmark_change_no_keypoint_error(head):
    moved, others = head.copy(), np.setdiff1d(np.arange(len(head)), ANALYTIC_LANDMARKS)
    others = np.setdiff1d(others, [end for line in TOPOLOGIES[LOW].lines.values() for end in line])
    moved[others] += 50.0
    assert keypoint_errors(moved, head, ANALYTIC_LANDMARKS, LOW) == pytest.approx([0.0], abs=1e-12)


@few
@given(seed=st.integers(0, 99), utterances=st.integers(2, 6))
def test_coherence_is_that_of_distances_to_the_middle_mesh_in_any_order_of_the_others(seed, utterances):
    rng = np.random.default_rng(seed)
    meshes = rng.normal(size=(utterances, 4, 3))
    centre, found = utterances // 2, coherence(meshes)
    others = np.delete(np.arange(utterances), centre)
    shuffled = meshes.copy()
    shuffled[others] = meshes[rng.permutation(others)]
    assert coherence(shuffled).mean == pytest.approx(found.mean)
    assert coherence(shuffled).sd == pytest.approx(found.sd)
    assert coherence(meshes + np.array([3.0, -1.0, 2.0])).variation == pytest.approx(found.variation)
    assert coherence(4.0 * meshes).variation_sd == pytest.approx(4.0 * found.variation_sd)
    if utterances == 2:
        assert found.variation_sd == 0


@few
@given(st.integers(0, 99))
def test_a_mesh_resembles_itself_most_and_distances_are_mutual(seed):
    faces = dict(zip("abc", np.random.default_rng(seed).normal(size=(3, 6, 3)), strict=True))
    for name, face in faces.items():
        found = resemblance(face, faces)
        assert (found.nearest, found.distances[name]) == (name, 0)
    assert resemblance(faces["a"], faces).distances["b"] == pytest.approx(resemblance(faces["b"], faces).distances["a"])


def test_percentages_of_widths_are_of_the_reference(head):
    larger, smaller = compare_widths(1.25 * head, head, LOW), compare_widths(head, 1.25 * head, LOW)
    for name in ("ear", "forehead", "midline", "cheek"):
        assert larger[name].percent == pytest.approx(25)
        assert smaller[name].percent == pytest.approx(-20)
        assert (larger[name].width, larger[name].reference) == (smaller[name].reference, smaller[name].width)


VALUES = st.lists(st.floats(0.001, 1), min_size=3, max_size=12)


@few
@given(values=VALUES, seed=st.integers(0, 99))
def test_means_of_people_know_neither_the_order_of_utterances_nor_the_names(values, seed):
    names = [f"p{place % 4}" for place in range(len(values))]
    order = np.random.default_rng(seed).permutation(len(values))
    one = per_identity(names, values)
    other = per_identity([names[place] for place in order], np.array(values)[order])
    assert dict(zip(one.identities, one.values, strict=True)) == pytest.approx(
        dict(zip(other.identities, other.values, strict=True))
    )
    assert mean_error(one).mean == pytest.approx(
        np.mean([np.mean(values[place::4]) for place in range(min(4, len(values)))])
    )


def test_intervals_grow_with_the_unit_and_lie_around_the_mean():
    values = np.array([0.01, 0.05, 0.02, 0.03, 0.09, 0.04, 0.02])
    errors = IdentityErrors(tuple(range(7)), values)
    one, hundred = mean_error(errors), mean_error(IdentityErrors(errors.identities, 100 * values))
    assert one.interval.low < one.mean < one.interval.high
    assert (hundred.interval.low, hundred.interval.high) == pytest.approx(
        (100 * one.interval.low, 100 * one.interval.high)
    )


def test_a_gain_is_none_over_oneself_and_turns_with_the_baseline():
    rng = np.random.default_rng(6)
    ours, theirs = (IdentityErrors(tuple("abcdefgh"), rng.gamma(2.0, 0.02, 8)) for _ in range(2))
    itself = gain(ours, ours)
    assert (itself.relative, itself.interval, itself.identities) == (0, None, 8)
    forth, back = gain(ours, theirs), gain(theirs, ours)
    assert (1 + forth.relative) * (1 + back.relative) == pytest.approx(1)
    assert forth.interval.low < forth.relative < forth.interval.high
