"""Coherence of one person's meshes, against loops and hand-made values."""

import numpy as np
import pytest

from evaluation.faces.coherence import coherence


def test_every_vertex_is_compared_with_its_place_in_the_middle_mesh():
    meshes = np.random.default_rng(2).normal(size=(5, 7, 3))
    result = coherence(meshes)
    for vertex in range(7):
        away = [np.linalg.norm(meshes[u, vertex] - meshes[2, vertex]) for u in (0, 1, 3, 4)]
        assert result.mean[vertex] == pytest.approx(np.mean(away))
        assert result.sd[vertex] == pytest.approx(np.std(away))
    assert result.variation == pytest.approx(result.mean.mean())
    assert result.variation_sd == pytest.approx(result.sd.mean())


def test_order_decides_which_mesh_is_the_middle():
    first, second, third = np.zeros((2, 3)), np.ones((2, 3)), np.full((2, 3), 3.0)
    assert coherence([first, second, third]).variation == pytest.approx(1.5 * 3**0.5)
    assert coherence([second, first, third]).variation == pytest.approx(2.0 * 3**0.5)


def test_a_method_that_gives_one_face_to_all_is_perfectly_coherent():
    assert coherence(np.ones((4, 6, 3))).variation == 0.0


@pytest.mark.parametrize(
    ("meshes", "message"),
    [
        (np.zeros((1, 5, 3)), "at least two meshes, got 1"),
        (np.zeros((5, 3)), r"\(U, N, 3\), got \(5, 3\)"),
        (np.full((2, 5, 3), np.inf), "finite"),
    ],
)
def test_what_cannot_be_compared_is_refused(meshes, message):
    with pytest.raises(ValueError, match=message):
        coherence(meshes)
