import numpy as np
import pytest
import torch

from cmp_engine.morphable import LEVELS, MorphableModel
from cmp_engine.morphable.analytic import anatomy, places
from cmp_engine.morphable.analytic.construction import analytic_head, pinned_places
from cmp_engine.morphable.analytic.sphere import levels
from evaluation.landmarks import TOPOLOGIES


@pytest.fixture(scope="module")
def head():
    return MorphableModel.analytic("full")


@pytest.mark.parametrize("level", LEVELS)
def test_the_surface_is_closed_and_faces_outwards(level):
    model = MorphableModel.analytic(level)
    faces, mean = model.faces.numpy(), model.mean.double().numpy()
    directed = {tuple(edge) for edge in faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).tolist()}
    assert len(directed) == 3 * len(faces)  # no edge is used twice in the same direction
    assert all((b, a) in directed for a, b in directed)  # each is used once in the other
    assert len(mean) - len(directed) // 2 + len(faces) == 2  # one sphere
    a, b, c = (mean[faces[:, k]] for k in range(3))
    litres = (a * np.cross(b, c)).sum() / 6 / 1e6
    assert 4.0 < litres < 6.5  # positive: counter-clockwise from outside; a head with its neck


def test_the_mean_is_its_own_mirror_image_to_the_last_bit(head):
    mirror = torch.tensor(levels()[-1].mirror)
    assert torch.equal(head.mean, head.mean[mirror] * torch.tensor([-1.0, 1.0, 1.0]))


def test_coarser_levels_are_the_first_vertices_of_the_finer(head):
    coefficients = torch.randn(2, 40, generator=torch.Generator().manual_seed(1))
    expression = torch.randn(2, 10, generator=torch.Generator().manual_seed(2))
    full = head.vertices(coefficients, expression)
    for level in ("medium", "low"):
        model = MorphableModel.analytic(level)
        assert torch.equal(model.mean, head.mean[: len(model.mean)])
        coarse = model.vertices(coefficients, expression)
        torch.testing.assert_close(coarse, full[:, : len(model.mean)], atol=1e-4, rtol=0)


@pytest.mark.parametrize("level", LEVELS)
def test_the_named_topology_has_the_vertices_of_its_level(level):
    model = MorphableModel.analytic(level)
    assert TOPOLOGIES[model.topology].vertices == len(model.mean)


def test_shape_columns_are_orthonormal(head):
    basis = head.shape_basis.double()
    torch.testing.assert_close(basis.T @ basis, torch.eye(40, dtype=torch.float64), atol=1e-5, rtol=0)


def test_named_vertices_lie_at_their_anatomical_places(head):
    pins = pinned_places()
    assert len(pins) == 68 + 2 * 4
    for vertex, place in pins.items():
        np.testing.assert_allclose(head.mean[vertex].numpy(), place, atol=1e-4)
    with torch.no_grad():
        on_surface = anatomy.head_field(torch.tensor(np.array(list(pins.values())), dtype=torch.float32))
    assert on_surface.abs().max() < 0.05
    guesses = places.LEFT_LANDMARKS | places.MIDLINE_LANDMARKS
    for landmark, guess in guesses.items():
        assert np.linalg.norm(head.mean[head.landmarks[landmark]].numpy() - guess) < 4.0


def test_two_builds_are_equal():
    first = analytic_head()
    analytic_head.cache_clear()
    second = analytic_head()
    assert np.array_equal(first.vertices, second.vertices)
    assert np.array_equal(first.shape_basis, second.shape_basis)


def test_an_unknown_level_names_the_known_ones():
    with pytest.raises(ValueError, match="unknown level 'tiny'; known are full, medium, low"):
        MorphableModel.analytic("tiny")


def test_coefficients_of_another_width_are_refused(head):
    with pytest.raises(ValueError, match=r"shape coefficients must be \(B, 40\), got \(1, 12\)"):
        head.vertices(torch.zeros(1, 12))
