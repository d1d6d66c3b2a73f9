"""One face against mean faces, with hand-made values."""

import numpy as np
import pytest

from evaluation.faces.comparison import compare_widths, resemblance
from evaluation.faces.landmarks import TOPOLOGIES, TopologyError

LOW = "analytic-head-low"


def test_distance_is_the_frobenius_norm_over_the_number_of_vertices():
    face = np.zeros((8, 3))
    found = resemblance(face + np.array([3.0, 4.0, 0.0]), {"zero": face, "far": face + 100.0})
    assert found.nearest == "zero"
    assert found.distances["zero"] == pytest.approx((8 * 25) ** 0.5 / 8)
    assert list(found.distances) == ["zero", "far"]


def test_a_tie_goes_to_the_first():
    face = np.zeros((4, 3))
    assert resemblance(face, {"female": face + 1.0, "male": face - 1.0}).nearest == "female"
    assert resemblance(face, {"male": face - 1.0, "female": face + 1.0}).nearest == "male"


def test_size_decides_too():
    face = np.random.default_rng(0).normal(size=(9, 3))
    assert resemblance(1.9 * face, {"same shape": face, "same size": 2.0 * face}).nearest == "same size"


def test_widths_are_lengths_and_percentages_of_the_reference():
    wide, mean = (np.zeros((TOPOLOGIES[LOW].vertices, 3)) for _ in range(2))
    for name, (_, end) in TOPOLOGIES[LOW].lines.items():
        mean[end, 0] = 100.0
        wide[end, 0] = {"ear": 110.0, "cheek": 95.0}.get(name, 100.0)
    widths = compare_widths(wide, mean, LOW)
    assert list(widths) == ["ear", "forehead", "midline", "cheek"]
    assert (widths["ear"].width, widths["ear"].reference) == (110.0, 100.0)
    assert {name: round(each.percent, 9) for name, each in widths.items()} == {
        "ear": 10.0, "forehead": 0.0, "midline": 0.0, "cheek": -5.0,
    }  # fmt: skip


def test_faces_that_cannot_be_compared_are_refused():
    face = np.zeros((4, 3))
    with pytest.raises(ValueError, match="no face to compare with"):
        resemblance(face, {})
    with pytest.raises(ValueError, match=r"face 'male' has shape \(5, 3\), the mesh \(4, 3\)"):
        resemblance(face, {"male": np.zeros((5, 3))})
    with pytest.raises(TopologyError, match="has 3242 vertices, the mesh has 4"):
        compare_widths(face, face, LOW)


def test_batches_are_refused_and_not_compared_by_their_first_mesh():
    face = np.random.default_rng(0).normal(size=(TOPOLOGIES[LOW].vertices, 3))
    batch = np.stack([face, 2.0 * face])
    for pair in ((batch, face), (face, batch)):
        with pytest.raises(ValueError, match=r"one mesh \(N, 3\) each, got shape \(2, 3242, 3\); .*one by one"):
            compare_widths(*pair, LOW)
