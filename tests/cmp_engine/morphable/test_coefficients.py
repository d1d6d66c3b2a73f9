"""One face in three conventions: standard deviations, published lengths, whitened numbers."""

from dataclasses import replace

import pytest
import torch

from cmp_engine.morphable import MorphableModel
from cmp_engine.morphable.coefficients import from_published, from_whitened, to_published, transferred
from cmp_engine.networks import Whitening


@pytest.fixture(scope="module")
def model():
    """The smallest head, in a file of micrometres, with deviations that differ."""
    head = MorphableModel.analytic("low")
    return replace(
        head,
        topology="bfm-test",
        file_unit_mm=0.001,
        shape_sd=torch.arange(1, 41, dtype=torch.float32),
        expression_sd=torch.arange(1, 11, dtype=torch.float32) / 10,
    )


def test_published_shapes_are_lengths_in_units_of_the_file_and_expressions_its_own(model):
    shape, expression = to_published(model, torch.ones(1, 40), torch.ones(1, 10))
    torch.testing.assert_close(shape[0], 1000 * torch.arange(1, 41, dtype=torch.float32))
    torch.testing.assert_close(expression[0], torch.arange(1, 11) / 10)


def test_standard_coefficients_come_back(model):
    drawn = torch.randn(3, 40), torch.randn(3, 10)
    for found, expected in zip(from_published(model, *to_published(model, *drawn)), drawn, strict=True):
        torch.testing.assert_close(found, expected)


def test_longer_codes_lose_their_tail_and_shorter_ones_get_zeros(model):
    shape, expression = from_published(model, torch.full((2, 199), 1000.0), torch.full((2, 3), 0.1))
    assert shape.shape == (2, 40)
    torch.testing.assert_close(shape[0], 1 / torch.arange(1, 41, dtype=torch.float32))
    torch.testing.assert_close(expression[1], torch.tensor([1.0, 0.5, 1 / 3, 0, 0, 0, 0, 0, 0, 0]))


def test_whitened_numbers_are_restored_then_scaled(model):
    whitening = Whitening(torch.full((62,), 1000.0), torch.full((62,), 500.0))
    whitened = torch.zeros(1, 62)
    whitened[0, 12] = 2.0  # the first shape coefficient: 2 x 500 + 1000 micrometres of a deviation of 1 mm
    whitened[0, 52] = -1.0  # the first expression: -500 + 1000 of a deviation of 0.1
    shape, expression = from_whitened(model, whitened, whitening)
    assert shape[0, 0].item() == pytest.approx(2.0)
    assert shape[0, 1].item() == pytest.approx(0.5)
    assert expression[0, 0].item() == pytest.approx(5000.0)


@pytest.mark.parametrize("shape", [(1, 61), (62,), (1, 1, 62)])
def test_parameters_that_the_whitening_is_not_for_are_refused(model, shape):
    whitening = Whitening(torch.zeros(62), torch.ones(62))
    with pytest.raises(ValueError, match=r"whitened parameters must be \(B, 62\), got"):
        from_whitened(model, torch.zeros(shape), whitening)


def test_transfer_goes_through_the_published_convention(model):
    target = replace(model, shape_sd=2 * model.shape_sd, expression_sd=4 * model.expression_sd, file_unit_mm=1.0)
    shape, expression = transferred(model, target, torch.ones(1, 40), torch.ones(1, 10))
    torch.testing.assert_close(shape, torch.full((1, 40), 500.0))  # the numbers of the file, in its unit, stay
    torch.testing.assert_close(expression, torch.full((1, 10), 0.25))


def test_heads_of_another_kind_are_not_transferred(model):
    head = MorphableModel.analytic("low")
    for source, target in ((head, model), (model, head)):
        with pytest.raises(ValueError, match=r"is no version of the Basel Face Model.*fit the model to the face's"):
            transferred(source, target, torch.zeros(1, 40), torch.zeros(1, 10))
