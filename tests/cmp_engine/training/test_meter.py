"""Means of losses between two lines of the log."""

import pytest
import torch

from cmp_engine.training.meter import Meter


def losses(**values: float) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(value) for name, value in values.items()}


def test_losses_are_averaged_over_the_steps_since_the_last_line():
    meter = Meter()
    meter.add(losses(a=1.0, b=10.0))
    meter.add(losses(a=4.0, b=20.0))
    assert meter.flush() == {"a": 2.5, "b": 15.0}
    meter.add(losses(a=7.0))
    assert meter.flush() == {"a": 7.0}


def test_nothing_added_is_nothing_to_tell():
    meter = Meter()
    assert meter.flush() == {}
    meter.add(losses(a=1.0))
    meter.flush()
    assert meter.flush() == {}


def test_what_is_added_holds_no_graph():
    meter, weight = Meter(), torch.ones(2, requires_grad=True)
    for _ in range(3):
        meter.add({"a": (2 * weight).sum()})
    assert meter.flush() == {"a": pytest.approx(4.0)}
    assert weight.grad is None
