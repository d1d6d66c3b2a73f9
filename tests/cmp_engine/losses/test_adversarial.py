"""The terms of the GAN, against cross-entropies written out."""

import math

import pytest
import torch

from cmp_engine import losses

LOGITS = torch.tensor([[2.0], [-1.0], [0.0]])


def cross_entropy(probability: float) -> float:
    return -math.log(probability)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_real_loss_is_the_mean_surprise_that_faces_are_real():
    expected = sum(cross_entropy(sigmoid(x)) for x in (2.0, -1.0, 0.0)) / 3
    assert losses.real_loss(LOGITS).item() == pytest.approx(expected, rel=1e-6)


def test_fake_loss_is_the_mean_surprise_that_faces_are_fake():
    expected = sum(cross_entropy(1 - sigmoid(x)) for x in (2.0, -1.0, 0.0)) / 3
    assert losses.fake_loss(LOGITS).item() == pytest.approx(expected, rel=1e-6)
    assert losses.fake_loss(LOGITS).item() == pytest.approx(losses.real_loss(-LOGITS).item())


def test_identity_loss_is_the_mean_surprise_about_the_labels():
    scores, labels = torch.tensor([[1.0, 2.0, 0.5], [0.0, 0.0, 3.0]]), torch.tensor([0, 2])
    expected = 0.0
    for row, label in zip(scores.tolist(), labels.tolist(), strict=True):
        expected += cross_entropy(math.exp(row[label]) / sum(map(math.exp, row))) / 2
    assert losses.identity_loss(scores, labels).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("extreme", [-200.0, 200.0])
def test_certain_judges_give_finite_losses_and_gradients(extreme):
    logits = torch.full((2, 1), extreme, requires_grad=True)
    total = losses.real_loss(logits) + losses.fake_loss(logits)
    total.backward()
    assert total.item() == pytest.approx(200.0)
    assert torch.isfinite(logits.grad).all()


def test_gradient_pulls_faces_towards_what_they_are_called():
    logits = torch.zeros(4, 1, requires_grad=True)
    losses.real_loss(logits).backward()
    assert (logits.grad < 0).all()  # going down the loss raises the score
    logits.grad = None
    losses.fake_loss(logits).backward()
    assert (logits.grad > 0).all()


def test_likeness_averages_over_pictures_channels_and_pixels():
    synthesised, real = torch.zeros(2, 3, 4, 4), torch.zeros(2, 3, 4, 4)
    real[0, 1, 2, 3] = -0.96
    assert losses.likeness_loss(synthesised, real).item() == pytest.approx(0.96 / 96)
    assert losses.likeness_loss(real, synthesised).item() == pytest.approx(0.96 / 96)
