"""Each loss against a loop that follows its equation word by word, and against stored values."""

import itertools
import math

import numpy as np
import pytest
import torch

from cmp_engine import losses


def samples(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def test_regression_loss_sums_over_coefficients_and_averages_over_the_batch():
    predicted, target = torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([[0.0, 0.0], [0.0, 3.0]])
    assert losses.regression_loss(predicted, target).item() == ((1 + 4) + 9) / 2


def test_triplet_loss_follows_equation_3():
    anchor, positive, negative = samples(5, 3, seed=1), samples(5, 3, seed=2), samples(5, 3, seed=3)
    expected = 0.0
    for a, p, n in zip(anchor.tolist(), positive.tolist(), negative.tolist(), strict=True):
        expected += max(math.dist(a, p) - math.dist(a, n) + 0.5, 0.0) / 5
    assert losses.triplet_loss(anchor, positive, negative, margin=0.5).item() == pytest.approx(expected)


def test_triplet_loss_is_zero_beyond_the_margin():
    anchor = torch.zeros(1, 2)
    assert losses.triplet_loss(anchor, anchor, torch.tensor([[1.5, 0.0]])).item() == 0


def naive_divergence(
    expert: list[list[float]], student: list[list[float]], from_student: bool, with_diagonal: bool, averaged: bool
) -> float:
    def kernel(z, i, j):
        dot = sum(a * b for a, b in zip(z[i], z[j], strict=True))
        return (dot / (math.hypot(*z[i]) * math.hypot(*z[j])) + 1) / 2

    def conditional(z, j, i):
        return kernel(z, j, i) / sum(kernel(z, k, i) for k in range(len(z)) if with_diagonal or k != i)

    first, second = (student, expert) if from_student else (expert, student)
    size = len(expert)
    total = sum(
        conditional(first, j, i) * math.log(conditional(first, j, i) / conditional(second, j, i))
        for i in range(size)
        for j in range(size)
        if with_diagonal or i != j
    )
    return total / size**2 if averaged else total


@pytest.mark.parametrize("departures", list(itertools.product([False, True], repeat=3)))
def test_divergence_loss_follows_equations_5_and_6_and_each_departure_of_the_released_code(departures):
    expert, student = samples(6, 4, seed=4), samples(6, 7, seed=5)
    expected = naive_divergence(expert.tolist(), student.tolist(), *departures)
    names = ("from_student", "with_diagonal", "averaged")
    found = losses.divergence_loss(expert, student, **dict(zip(names, departures, strict=True)))
    assert found.item() == pytest.approx(expected, rel=1e-6)


def test_released_distillation_is_every_departure_at_once():
    expert, student = samples(6, 4, seed=4), samples(6, 7, seed=5)
    expected = naive_divergence(expert.tolist(), student.tolist(), True, True, True)
    assert losses.pkt_loss(expert, student).item() == pytest.approx(expected, rel=1e-6)


def test_divergence_loss_collapses_all_but_the_batch():
    expert, student = samples(4, 2, 3, 3, seed=6), samples(4, 2, 3, 3, seed=7)
    assert losses.divergence_loss(expert, student) == losses.divergence_loss(expert.flatten(1), student.flatten(1))


@pytest.mark.parametrize("case", ["pkt_small", "pkt_pool_like"])
def test_distillation_matches_stored_values(golden, case):
    with np.load(golden / "networks" / f"{case}.npz") as stored:
        first, second = (torch.from_numpy(stored[name]).double() for name in ("first", "second"))
        second.requires_grad_()
        value = losses.pkt_loss(first, second)
        value.backward()
        # The stored values are float32 sums of terms far larger than their total.
        assert value.item() == pytest.approx(stored["value"].item(), abs=1e-8)
        assert losses.pkt_loss(second, first).item() == pytest.approx(stored["value_swapped"].item(), abs=1e-8)
        scale = np.abs(stored["grad_second"]).max()
        np.testing.assert_allclose(second.grad.numpy(), stored["grad_second"], atol=1e-5 * scale)
        equation_6 = losses.divergence_loss(first, second).item()
        assert equation_6 == pytest.approx(stored["paper_eq6_expert_first"].item(), rel=1e-7)


def test_published_distillation_survives_an_all_zero_feature(golden):
    with np.load(golden / "networks" / "pkt_zero_row.npz") as stored:
        value = losses.pkt_loss(torch.from_numpy(stored["first"]), torch.from_numpy(stored["second"]))
        assert value.item() == pytest.approx(stored["value"].item(), rel=1e-5)


def test_released_triplet_term_matches_stored_value(golden):
    with np.load(golden / "networks" / "mesh_losses.npz") as stored:
        meshes = [torch.from_numpy(stored[name]) for name in ("student", "positive", "negative")]
        value = losses.triplet_loss(*meshes).item()
        # The released distance adds 1e-6 to every difference.
        assert value == pytest.approx(stored["triplet"].item(), rel=1e-5)
        assert 1.5 * value == pytest.approx(stored["triplet_x1p5"].item(), rel=1e-5)


def test_released_mesh_distance_matches_stored_value(golden):
    with np.load(golden / "networks" / "mesh_losses.npz") as stored:
        value = losses.half_mean_squared_error(torch.from_numpy(stored["student"]), torch.from_numpy(stored["expert"]))
        assert value.item() == pytest.approx(stored["half_mse"].item(), rel=1e-6)


def test_adversarial_losses_match_stored_values(golden):
    with np.load(golden / "networks" / "discriminator.io.npz") as stored:
        logits = torch.from_numpy(stored["output"])
        assert losses.real_loss(logits).item() == pytest.approx(stored["bce_real"].item(), rel=1e-5)
        assert losses.fake_loss(logits).item() == pytest.approx(stored["bce_fake"].item(), rel=1e-5)
    with np.load(golden / "networks" / "classifier_small.io.npz") as stored:
        value = losses.identity_loss(torch.from_numpy(stored["output"]), torch.from_numpy(stored["labels"]))
        assert value.item() == pytest.approx(stored["nll"].item(), rel=1e-5)


def test_likeness_is_the_mean_absolute_difference():
    assert losses.likeness_loss(torch.tensor([[1.0, -1.0]]), torch.tensor([[0.0, 2.0]])).item() == 2.0


def loss_at(name: str, features: torch.Tensor) -> torch.Tensor:
    if name == "triplet_loss":
        return losses.triplet_loss(features, features.detach(), features.detach())
    return getattr(losses, name)(features, features.detach())


ONE_ZERO_ROW = torch.tensor([[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 2.0, 0.0]])


@pytest.mark.parametrize("start", [torch.zeros(3, 4), torch.ones(3, 4), samples(3, 4).float(), ONE_ZERO_ROW])
@pytest.mark.parametrize("name", ["regression_loss", "triplet_loss", "divergence_loss", "pkt_loss"])
def test_gradients_are_finite_where_distances_vanish(name, start):
    features = start.clone().requires_grad_()
    loss_at(name, features).backward()
    assert torch.isfinite(features.grad).all()


def test_divergence_is_finite_between_opposite_features():
    expert, student = (
        torch.tensor([[1.0, 0.0], [1.0, 1.0]]),
        torch.tensor([[1.0, 0.0], [-1.0, 0.0]], requires_grad=True),
    )
    loss = losses.divergence_loss(expert, student)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(student.grad).all()


@pytest.mark.parametrize("name", ["regression_loss", "half_mean_squared_error", "likeness_loss"])
def test_shapes_that_would_broadcast_are_refused(name):
    with pytest.raises(ValueError, match="shapes differ"):
        getattr(losses, name)(torch.zeros(4, 1), torch.zeros(4, 3))


def test_triplets_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match="shapes differ"):
        losses.triplet_loss(torch.zeros(4, 3), torch.zeros(1, 3), torch.zeros(4, 3))


def test_divergence_needs_neighbours():
    with pytest.raises(ValueError, match="at least 2"):
        losses.divergence_loss(torch.zeros(1, 3), torch.zeros(1, 3))
