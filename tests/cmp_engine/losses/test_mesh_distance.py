"""Distances in coefficient space against the dense meshes they stand for, vertex by vertex in float64."""

import numpy as np
import pytest
import torch

from cmp_engine.losses import MeshDistance, frontal_coefficients, half_mean_squared_error, pose_scale, triplet_loss
from cmp_engine.morphable import MorphableModel

TOLERANCE = 1e-5  # relative: coefficients and factor are float32


@pytest.fixture(scope="module")
def model():
    return MorphableModel.analytic("low")


@pytest.fixture(scope="module")
def basis(model):
    return torch.cat([model.shape_basis * model.shape_sd, model.expression_basis * model.expression_sd], dim=1)


@pytest.fixture(scope="module")
def distance(model, basis):
    return MeshDistance(model.mean, basis)


def drawn(batch: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Scales near half a pixel per millimetre and coefficients in standard deviations, as an expert gives them."""
    rng = np.random.default_rng(seed)
    scale, alpha = 0.5 + 0.02 * rng.normal(size=batch), rng.normal(size=(batch, 50))
    return torch.from_numpy(scale).float(), torch.from_numpy(alpha).float()


def dense(model, basis, scale, alpha) -> torch.Tensor:
    """Frontal meshes (B, 3, N) in float64, one sample and one vertex after another's rule s (mean + W a)."""
    meshes = []
    for s, a in zip(scale.double(), alpha.double(), strict=True):
        offset = (basis.double() @ a).reshape(-1, 3)
        meshes.append((s * (model.mean.double() + offset)).T)
    return torch.stack(meshes)


def test_mean_squared_error_is_that_of_dense_meshes(model, basis, distance):
    student, expert = drawn(5, seed=1), drawn(5, seed=2)
    expected = half_mean_squared_error(dense(model, basis, *student), dense(model, basis, *expert)).item()
    found = distance.half_mean_squared_error(frontal_coefficients(*student), frontal_coefficients(*expert)).item()
    assert found == pytest.approx(expected, rel=TOLERANCE)


@pytest.mark.parametrize("margin", [1.0, 30.0])
def test_triplet_term_has_one_distance_per_coordinate_row_of_dense_meshes(model, basis, distance, margin):
    samples = [drawn(5, seed) for seed in (3, 4, 5)]
    meshes = [dense(model, basis, *each) for each in samples]
    rows = []
    for anchor, positive, negative in zip(*meshes, strict=True):
        for axis in range(3):
            to_positive = np.sqrt(sum((anchor[axis] - positive[axis]).numpy() ** 2))
            to_negative = np.sqrt(sum((anchor[axis] - negative[axis]).numpy() ** 2))
            rows.append(max(to_positive - to_negative + margin, 0.0))
    expected = np.mean(rows)
    assert triplet_loss(*meshes, margin=margin).item() == pytest.approx(expected)
    found = distance.triplet_loss(*(frontal_coefficients(*each) for each in samples), margin=margin).item()
    # A hinge is a difference of distances of up to hundreds of pixels: their rounding counts, not its own.
    largest = max((meshes[0] - other).norm(dim=-1).max().item() for other in meshes[1:])
    assert found == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE * largest)


def test_gradients_are_those_of_dense_meshes(model, basis, distance):
    student, expert = drawn(4, seed=6), drawn(4, seed=7)
    scale, alpha = (each.clone().requires_grad_() for each in student)
    distance.half_mean_squared_error(frontal_coefficients(scale, alpha), frontal_coefficients(*expert)).backward()
    scale_64, alpha_64 = (each.double().requires_grad_() for each in student)
    half_mean_squared_error(dense(model, basis, scale_64, alpha_64), dense(model, basis, *expert)).backward()
    for found, expected in ((scale.grad, scale_64.grad), (alpha.grad, alpha_64.grad)):
        np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=TOLERANCE * expected.abs().max().item())


@pytest.mark.parametrize("batch", [1, 3])
def test_gradients_are_finite_where_meshes_coincide(distance, batch):
    coefficients = frontal_coefficients(*drawn(batch, seed=8)).requires_grad_()
    same = coefficients.detach()
    loss = distance.triplet_loss(coefficients, same, same) + distance.half_mean_squared_error(coefficients, same)
    loss.backward()
    assert loss.item() == 1.0  # the margin
    assert not coefficients.grad.any()


def test_scale_of_a_pose_is_the_mean_length_of_its_first_two_rows():
    pose = torch.tensor([[3.0, 0.0, 4.0, 9.0, 0.0, 7.0, 0.0, 9.0, 8.0, 8.0, 8.0, 9.0]])
    assert pose_scale(pose).item() == (5 + 7) / 2


def hashed(rows: np.ndarray, width: int, number: int) -> np.ndarray:
    """Rows of the generated basis of the stored case: an integer hash of the position in the whole array."""
    x = (rows[:, None].astype(np.uint64) * np.uint64(width) + np.arange(width, dtype=np.uint64)) % 2**32
    x = (x + np.uint64(number * 0x9E3779B9 % 2**32)) % 2**32
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) % 2**32
    return 2 * ((x ^ (x >> np.uint64(16))) / 2**32) - 1


def test_distance_of_stored_frontal_meshes_follows_from_their_parameters(golden):
    with np.load(golden / "networks" / "mesh_formula.npz") as stored:
        index = stored["vertex_index"]
        rows = (3 * index[:, None] + np.arange(3)).ravel()
        mean = sum(np.load(golden / "bfm" / f"u_{part}.npy") for part in ("shp", "exp")).ravel()[rows].reshape(-1, 3)
        basis = np.concatenate([0.004 * hashed(rows, 40, 501), 3000 * hashed(rows, 10, 502)], axis=1)
        parameters = torch.from_numpy(stored["param102"] * stored["param_std"] + stored["param_mean"])
        scale = pose_scale(parameters[:, :12])
        np.testing.assert_allclose(scale.numpy(), stored["scale"], rtol=1e-6)
        coefficients = frontal_coefficients(scale, parameters[:, 12:62])
        meshes = torch.from_numpy(stored["frontal_mesh"])
    distance = MeshDistance(torch.from_numpy(mean), torch.from_numpy(basis).float())
    found = distance.half_mean_squared_error(coefficients[:1], coefficients[1:]).item()
    assert found == pytest.approx(half_mean_squared_error(meshes[:1], meshes[1:]).item(), rel=TOLERANCE)


def test_basis_of_another_mesh_is_refused():
    with pytest.raises(ValueError, match=r"need a mean \(N, 3\) and a basis \(3N, P\)"):
        MeshDistance(torch.zeros(5, 3), torch.zeros(5, 2))


def test_coefficients_of_different_shapes_are_refused(distance):
    one, many = frontal_coefficients(*drawn(1, seed=0)), frontal_coefficients(*drawn(3, seed=0))
    with pytest.raises(ValueError, match="shapes differ"):
        distance.half_mean_squared_error(one, many)
    with pytest.raises(ValueError, match="shapes differ"):
        distance.triplet_loss(many, one, many)
