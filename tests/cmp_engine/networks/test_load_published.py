"""Published weights load whole or not at all."""

import pytest
import torch

from cmp_engine.exceptions import CheckpointError
from cmp_engine.networks import Discriminator, MeshRegressor, load_published


def test_weights_of_another_size_are_refused_with_key_and_shapes():
    with pytest.raises(CheckpointError, match=r"model\.weight is \(1, 32\), expected \(1, 64\)"):
        load_published(Discriminator(), Discriminator(32).state_dict())


def test_missing_and_unknown_keys_are_named():
    with pytest.raises(CheckpointError, match=r"model\.weight is missing; other is unknown"):
        load_published(Discriminator(), {"other": torch.zeros(1)})


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"no file .*absent\.pth"):
        load_published(Discriminator(), tmp_path / "absent.pth")


def test_file_that_is_no_checkpoint_is_refused(tmp_path):
    (tmp_path / "notes.pth").write_bytes(b"hello")
    with pytest.raises(CheckpointError, match="not a file of plain tensors"):
        load_published(Discriminator(), tmp_path / "notes.pth")


def test_wrapped_file_with_doubled_features_loads(tmp_path):
    made = MeshRegressor(width=0.125)
    state = {}
    for key, tensor in made.state_dict().items():
        state[f"module.{key}"] = tensor
        if key.startswith("backbone.features."):
            part = "features_first" if int(key.split(".")[2]) <= 8 else "features_second"
            state[f"module.{key.replace('features', part, 1)}"] = tensor
    torch.save({"epoch": 3, "state_dict": state}, tmp_path / "image3D.pth")
    loaded = MeshRegressor(width=0.125)
    load_published(loaded, tmp_path / "image3D.pth")
    assert all(torch.equal(loaded.state_dict()[key], tensor) for key, tensor in made.state_dict().items())


def test_copies_that_differ_are_refused():
    state = dict(MeshRegressor(width=0.125).state_dict())
    state["backbone.features_first.0.0.weight"] = torch.zeros_like(state["backbone.features.0.0.weight"])
    with pytest.raises(CheckpointError, match="copies of one tensor but differ"):
        load_published(MeshRegressor(width=0.125), state)
