"""Where the triplet terms begin and end, and what scales a mesh."""

import pytest
import torch

from cmp_engine import losses
from cmp_engine.losses.distillation import conditional_probability, cosine_kernel
from cmp_engine.losses.triplet import hinge

ORIGIN = torch.zeros(1, 2)


def at(distance: float) -> torch.Tensor:
    return torch.tensor([[distance, 0.0]])


@pytest.mark.parametrize(
    ("positive", "negative", "margin", "expected"),
    [
        (2.0, 3.0, 1.0, 0.0),  # just far enough
        (2.0, 2.5, 1.0, 0.5),
        (2.0, 2.0, 1.0, 1.0),
        (3.0, 1.0, 1.0, 3.0),
        (3.0, 1.0, 0.0, 2.0),
        (0.0, 0.0, 0.25, 0.25),
    ],
)
def test_triplet_term_is_what_is_missing_to_the_margin(positive, negative, margin, expected):
    found = losses.triplet_loss(ORIGIN, at(positive), at(negative), margin=margin)
    assert found.item() == pytest.approx(expected)


def test_margin_is_one_as_in_the_paper():
    assert losses.triplet_loss(ORIGIN, ORIGIN, ORIGIN).item() == 1


def test_a_satisfied_triplet_does_not_make_up_for_another():
    """The hinge is applied before the mean."""
    assert hinge(torch.tensor([0.0, 3.0]), torch.tensor([9.0, 1.0]), 1.0).item() == pytest.approx(1.5)


def test_gradient_pulls_the_anchor_to_the_positive_and_from_the_negative():
    anchor = torch.tensor([[0.0, 0.0]], requires_grad=True)
    losses.triplet_loss(anchor, torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])).backward()
    torch.testing.assert_close(anchor.grad, torch.tensor([[-1.0, 1.0]]))


def test_regression_gradient_is_twice_the_difference_over_the_batch():
    predicted = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    losses.regression_loss(predicted, torch.zeros(2, 2)).backward()
    torch.testing.assert_close(predicted.grad, predicted.detach())


def test_neighbours_are_chosen_by_cosine_in_zero_to_one():
    features = torch.tensor([[2.0, 0.0], [0.0, 3.0], [-1.0, 0.0]])
    expected = torch.tensor([[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]])
    torch.testing.assert_close(cosine_kernel(features), expected, atol=1e-6, rtol=0)


def test_probabilities_leave_out_oneself_unless_asked():
    features = torch.tensor([[2.0, 0.0], [0.0, 3.0], [-1.0, 0.0]])
    without = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.0, 1.0, 0.0]])
    torch.testing.assert_close(conditional_probability(features), without, atol=1e-6, rtol=0)
    among_all = torch.tensor([[2 / 3, 1 / 3, 0.0], [0.25, 0.5, 0.25], [0.0, 1 / 3, 2 / 3]])
    torch.testing.assert_close(conditional_probability(features, with_diagonal=True), among_all, atol=1e-6, rtol=0)


def test_divergence_is_zero_between_equal_neighbourhoods_and_positive_otherwise():
    features = torch.tensor([[1.0, 0.2], [0.3, 1.0], [-1.0, 0.5], [0.4, -2.0]])
    assert losses.divergence_loss(features, 3 * features).item() == pytest.approx(0, abs=1e-6)
    assert losses.divergence_loss(features, features.flip(0)).item() > 0.01


@pytest.mark.parametrize("sizes", [(3, 4), (1, 1), (4, 3)])
def test_batches_that_cannot_be_compared_are_refused(sizes):
    first, second = (torch.ones(size, 2) for size in sizes)
    with pytest.raises(ValueError, match="need two batches of one size, at least 2"):
        losses.divergence_loss(first, second)


def test_scale_of_a_pose_is_the_mean_length_of_its_first_two_rows():
    pose = torch.tensor([[3.0, 4.0, 0.0, 99.0, 0.0, 0.0, 7.0, 99.0, 5.0, 5.0, 5.0, 99.0]])
    assert losses.pose_scale(pose).tolist() == [6.0]


def test_frontal_coefficients_are_the_scale_and_the_scaled_coefficients():
    found = losses.frontal_coefficients(torch.tensor([2.0, 0.5]), torch.tensor([[1.0, -1.0], [4.0, 6.0]]))
    assert found.tolist() == [[2.0, 2.0, -2.0], [0.5, 2.0, 3.0]]


@pytest.mark.parametrize(
    ("mean", "basis"), [((4, 2), (12, 3)), ((4, 3), (4, 3)), ((12,), (12, 3)), ((4, 3), (12,)), ((4, 3), (13, 3))]
)
def test_mean_and_basis_that_do_not_belong_together_are_refused(mean, basis):
    with pytest.raises(ValueError, match=r"need a mean \(N, 3\) and a basis \(3N, P\)"):
        losses.MeshDistance(torch.zeros(mean), torch.zeros(basis))
