import numpy as np
import pytest

from evaluation.faces.landmarks import TOPOLOGIES, TopologyError
from evaluation.faces.ratios import PAPER_TABLE_1, absolute_ratio_errors, face_ratios

NAMES = {"ER": "ear", "FR": "forehead", "MR": "midline", "CR": "cheek"}
CASES = ("case1_anisotropic", "case2_bumps", "case3_scaled_bumps")


@pytest.mark.parametrize("case", CASES)
def test_errors_against_the_mean_face_equal_the_reference_scripts(case, are_mesh, are_values, mean_face):
    errors = absolute_ratio_errors(are_mesh(case), mean_face)
    for short, name in NAMES.items():
        # The meshes are float32, the reference scripts read text: 2e-7 is their rounding.
        assert getattr(errors, name)[0] == pytest.approx(are_values[case]["absolute_ratio_error"][short], abs=2e-7)
    assert errors.mean[0] == pytest.approx(are_values[case]["absolute_ratio_error"]["mean_of_four"], abs=2e-7)


def test_ratios_come_in_the_order_ear_forehead_midline_cheek(are_mesh, are_values):
    ratios = face_ratios(are_mesh(CASES[0]))[0]
    wanted = [are_values[CASES[0]]["prediction_ratios"][short] for short in NAMES]
    assert ratios == pytest.approx(wanted, abs=2e-7)


def unit_mesh(ear, topology="analytic-head-low"):
    """All lines of length 1 but the ear line."""
    vertices = np.zeros((TOPOLOGIES[topology].vertices, 3))
    for name, (first, second) in TOPOLOGIES[topology].lines.items():
        vertices[first], vertices[second] = 0.0, [ear if name == "ear" else 1.0, 0.0, 0.0]
    return vertices


def test_columns_are_named_as_in_the_paper():
    columns = absolute_ratio_errors(unit_mesh(1.4), unit_mesh(1.0), "analytic-head-low").columns()
    assert list(columns) == ["ER", "FR", "MR", "CR", "mean"]
    assert columns["ER"] == pytest.approx([0.4])
    assert columns["mean"] == pytest.approx([0.1])


def test_means_and_gains_of_the_papers_table_follow_from_its_columns():
    for *ratios, mean in PAPER_TABLE_1.values():
        assert np.mean(ratios) == pytest.approx(mean, abs=6e-5)  # printed with four decimals
    base, supervised, unsupervised = (
        PAPER_TABLE_1[name][-1] for name in ("base-2", "cmp-supervised", "cmp-unsupervised")
    )
    assert round(100 * (supervised / base - 1), 1) == -20.2
    assert round(100 * (unsupervised / base - 1), 1) == -16.9


def test_ratios_ignore_scale_rotation_and_place():
    vertices = unit_mesh(1.3)
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    moved = 7.5 * vertices @ turn.T + [3.0, -2.0, 1.0]
    assert absolute_ratio_errors(moved, vertices, "analytic-head-low").mean == pytest.approx([0.0], abs=1e-12)


def test_another_vertex_count_is_refused_by_name():
    with pytest.raises(TopologyError, match=r"'bfm-53215' has 53215 vertices, the mesh has 100"):
        face_ratios(np.zeros((100, 3)))


def test_a_topology_without_the_ear_says_where_to_go():
    with pytest.raises(TopologyError, match=r"bfm-38365.*lacks.*bfm-53215"):
        face_ratios(np.zeros((38365, 3)), "bfm-38365")


def test_an_unknown_topology_lists_the_known_ones():
    with pytest.raises(TopologyError, match="unknown topology 'flame'; known are analytic-head-full"):
        face_ratios(np.zeros((5023, 3)), "flame")


def test_a_collapsed_face_is_refused():
    with pytest.raises(ValueError, match="outer-interocular"):
        face_ratios(np.zeros((3242, 3)), "analytic-head-low")
