import numpy as np
import pytest
import torch

from cmp_engine.morphable import LEVELS, MorphableModel
from cmp_engine.morphable.analytic import anatomy, places
from cmp_engine.morphable.analytic.construction import mean_head, pinned_places
from cmp_engine.morphable.analytic.expressions import EXPRESSIONS
from cmp_engine.morphable.analytic.sphere import levels
from evaluation.faces.landmarks import TOPOLOGIES
from evaluation.faces.ratios import face_ratios


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


def test_the_stored_mean_is_what_the_strokes_make(head):
    # Float32 steps of another processor may let a vertex slide along the surface by a little.
    np.testing.assert_allclose(head.mean.double().numpy(), mean_head(), atol=0.05)


def test_an_unknown_level_names_the_known_ones():
    with pytest.raises(ValueError, match="unknown level 'tiny'; known are full, medium, low"):
        MorphableModel.analytic("tiny")


def test_coefficients_of_another_width_are_refused(head):
    with pytest.raises(ValueError, match=r"shape coefficients must be \(B, 40\), got \(1, 12\)"):
        head.vertices(torch.zeros(1, 12))


def face_normals(model, vertices):
    a, b, c = (vertices[model.faces[:, corner]] for corner in range(3))
    return torch.nn.functional.normalize(torch.linalg.cross(b - a, c - a), dim=1)


@pytest.mark.parametrize("deviations", [-2.0, 2.0])
def test_no_shape_direction_folds_the_face(deviations):
    model = MorphableModel.analytic("medium")
    before = face_normals(model, model.mean)
    in_front = model.mean[model.faces].mean(1)[:, 2] > 45.0
    heads = model.vertices(deviations * torch.eye(40))
    for direction in range(40):
        after = face_normals(model, heads[direction])
        assert ((before * after).sum(1)[in_front] > 0).all(), direction


def test_distances_of_the_population_lie_in_adult_ranges():
    """Means within 6 mm, spreads within a factor of about 1.6 of the sources (docs/explanation/analytic-head.md)."""
    model = MorphableModel.analytic("low")
    heads = model.vertices(torch.randn(300, 40, generator=torch.Generator().manual_seed(0)))
    upper = model.mean[:, 1] > 30.0

    def spread(values):
        return values.mean().item(), values.std().item()

    breadth = heads[:, upper, 0].amax(1) - heads[:, upper, 0].amin(1)
    assert spread(breadth) == (pytest.approx(149, abs=6), pytest.approx(6, rel=0.4))
    length = heads[:, upper, 2].amax(1) - heads[:, upper, 2].amin(1)
    assert spread(length) == (pytest.approx(192, abs=6), pytest.approx(7, rel=0.4))
    expected = {(36, 45): (90, 4), (48, 54): (52, 3.5), (27, 8): (118, 6.5), (27, 33): (53, 3.5), (39, 42): (32.5, 2.7)}
    for (first, second), (mean, sd) in expected.items():
        distance = (heads[:, model.landmarks[first]] - heads[:, model.landmarks[second]]).norm(dim=1)
        assert spread(distance) == (pytest.approx(mean, abs=6), pytest.approx(sd, rel=0.6)), (first, second)


def test_ratios_stay_human_two_deviations_from_the_mean():
    model = MorphableModel.analytic("low")
    both_ends = torch.cat([2.0 * torch.eye(40), -2.0 * torch.eye(40)])
    ratios = face_ratios(model.vertices(both_ends).numpy(), model.topology)
    mean = face_ratios(model.mean.numpy(), model.topology)[0]
    assert mean == pytest.approx([1.41, 1.16, 1.11, 1.00], abs=0.1)  # the 53,215-vertex mean face
    assert np.abs(ratios / mean - 1).max() < 0.15


def test_expressions_move_what_they_name():
    model = MorphableModel.analytic("low")
    names = [field.__name__ for field in EXPRESSIONS]

    def move(name, landmark):
        coefficients = torch.zeros(1, 10)
        coefficients[0, names.index(name)] = 1.0
        vertex = model.landmarks[landmark]
        return (model.vertices(torch.zeros(1, 40), coefficients)[0, vertex] - model.mean[vertex]).tolist()

    assert move("open_jaw", 8)[1] < -2.0  # the chin sinks
    assert abs(move("open_jaw", 30)[1]) < 0.1  # the nose stays
    assert move("smile", 54)[0] > 1.5  # the left corner goes out
    assert move("smile", 48)[0] < -1.5  # so does the right one
    assert move("smile", 48)[1] > 1.5
    assert move("brow_raise", 19)[1] > 2.0
    assert move("mouth_corners_down", 48)[1] < -1.5


def test_a_model_moves_with_all_its_tensors():
    moved = MorphableModel.analytic("low").to("meta")
    assert moved.mean.device.type == moved.faces.device.type == moved.regions["lips"].device.type == "meta"
    assert MorphableModel.analytic("low").mean.device.type == "cpu"
