"""The keypoint error, against the reference's own script and hand-made values."""

import numpy as np
import pytest

from evaluation.faces.identities import mean_error, per_identity
from evaluation.faces.keypoints import keypoint_errors
from evaluation.faces.landmarks import ANALYTIC_LANDMARKS, TopologyError

LOW = "analytic-head-low"
CASES = ("case1_anisotropic", "case2_bumps", "case3_scaled_bumps")


@pytest.fixture(scope="module")
def bfm_landmarks(golden):
    return np.load(golden / "bfm" / "keypoints_sim.npy")[::3] // 3


@pytest.mark.parametrize("case", CASES)
def test_error_against_the_mean_face_equals_the_reference_script(case, are_mesh, are_values, mean_face, bfm_landmarks):
    error = keypoint_errors(are_mesh(case), mean_face, bfm_landmarks)
    # The meshes are float32, the script reads text.
    assert error == pytest.approx([are_values[case]["keypoint_error"]], abs=1e-6)


def test_error_against_another_face_equals_the_reference_script(are_mesh, are_values, bfm_landmarks):
    error = keypoint_errors(are_mesh(CASES[1]), are_mesh(CASES[0]), bfm_landmarks)
    assert error == pytest.approx([are_values["cross_reference_case2_vs_case1"]["keypoint_error"]], abs=1e-6)


def test_average_equals_the_reference_script(are_mesh, are_values, mean_face, bfm_landmarks):
    errors = keypoint_errors(np.stack([are_mesh(case) for case in CASES]), mean_face, bfm_landmarks)
    averaged = per_identity(["A", "A", "B"], errors)
    assert mean_error(averaged).mean == pytest.approx(are_values["aggregation"]["final"]["keypoint"], abs=1e-6)


def test_only_the_outer_eyes_set_the_scale(head):
    assert keypoint_errors(2.5 * head, head, ANALYTIC_LANDMARKS, LOW) == pytest.approx([0.0], abs=1e-12)


def test_each_mesh_of_a_batch_has_its_own_reference(head):
    taller = head * [1.0, 1.1, 1.0]
    alone = [keypoint_errors(head + 1.0, other, ANALYTIC_LANDMARKS, LOW)[0] for other in (head, taller)]
    both = keypoint_errors(np.stack([head + 1.0] * 2), np.stack([head, taller]), ANALYTIC_LANDMARKS, LOW)
    assert both == pytest.approx(alone)
    assert alone[0] != pytest.approx(alone[1])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"landmarks": ANALYTIC_LANDMARKS[:5]}, ValueError, r"need 68 landmarks, got shape \(5,\)"),
        ({"landmarks": (3242,) * 68}, TopologyError, "landmark 3242 is no vertex of a mesh of 3242"),
        ({"landmarks": (-1, *ANALYTIC_LANDMARKS[1:])}, TopologyError, "landmark -1 is no vertex of a mesh"),
        ({"topology": "bfm-38365"}, TopologyError, "has 38365 vertices, the mesh has 3242"),
    ],
)
def test_landmarks_that_do_not_fit_are_refused(head, change, error, message):
    with pytest.raises(error, match=message):
        keypoint_errors(
            **{"predicted": head, "reference": head, "landmarks": ANALYTIC_LANDMARKS, "topology": LOW} | change
        )


def test_flat_reference_is_refused(head):
    with pytest.raises(ValueError, match="width and height"):
        keypoint_errors(head, head * [1.0, 0.0, 1.0], ANALYTIC_LANDMARKS, LOW)
