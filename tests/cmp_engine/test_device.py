"""Which device a name stands for here."""

import logging

import pytest
import torch

from cmp_engine.device import choose_device
from cmp_engine.exceptions import DeviceError


@pytest.fixture
def gpus(monkeypatch):
    def pretend(count: int) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return pretend


@pytest.mark.parametrize(("count", "chosen"), [(0, "cpu"), (1, "cuda"), (4, "cuda")])
def test_auto_takes_a_gpu_where_there_is_one_and_says_so(gpus, caplog, count, chosen):
    gpus(count)
    with caplog.at_level(logging.INFO, "cmp_engine.device"):
        assert choose_device("auto") == torch.device(chosen)
    assert caplog.messages == [f"device: {chosen} (chosen automatically)"]


@pytest.mark.parametrize(("count", "name"), [(0, "cpu"), (1, "cuda"), (1, "cuda:0"), (2, "cuda:1")])
def test_device_that_is_there_is_taken_without_a_word(gpus, caplog, count, name):
    gpus(count)
    with caplog.at_level(logging.INFO, "cmp_engine.device"):
        assert choose_device(name) == torch.device(name)
    assert caplog.messages == []


@pytest.mark.parametrize(("count", "name"), [(0, "cuda"), (1, "cuda:1"), (2, "cuda:2")])
def test_gpu_that_is_missing_is_refused_and_never_replaced(gpus, count, name):
    gpus(count)
    with pytest.raises(DeviceError, match=f"device '{name}' asked for, but PyTorch finds {count}; use cpu or auto"):
        choose_device(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tpu9", "unknown device 'tpu9'; use cpu, cuda or auto"),
        ("", "unknown device ''; use cpu, cuda or auto"),
        ("meta", "device 'meta' is not supported; use cpu, cuda or auto"),
    ],
)
def test_other_names_are_refused(name, message):
    with pytest.raises(DeviceError, match=message):
        choose_device(name)
