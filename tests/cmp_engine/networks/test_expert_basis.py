"""Whitening and basis out of the expert's file."""

import pytest
import torch

from cmp_engine.exceptions import CheckpointError
from cmp_engine.networks import read_expert_basis


@pytest.fixture
def file() -> dict:
    """The layout of the published file with two vertices, and a weight of the network beside."""
    arrays = {
        "module.param_mean": torch.arange(102.0),
        "module.param_std": torch.full((102,), 2.0),
        "module.w_shp": torch.ones(6, 40),
        "module.w_exp": torch.ones(6, 10, dtype=torch.float64),
        "module.u": torch.arange(6.0)[:, None],
        "module.IGM.backbone.classifier_ori.1.bias": torch.zeros(12),
    }
    return {"epoch": 80, "state_dict": arrays}


@pytest.mark.parametrize("as_file", [False, True])
def test_five_arrays_are_read(tmp_path, file, as_file):
    torch.save(file, tmp_path / "2D-to-3D-pretrained.tar")
    basis = read_expert_basis(tmp_path / "2D-to-3D-pretrained.tar" if as_file else file)
    assert [tuple(array.shape) for array in basis] == [(102,), (102,), (6, 40), (6, 10), (6, 1)]
    assert {array.dtype for array in basis} == {torch.float32}
    assert torch.equal(basis.u[:, 0], torch.arange(6.0))
    assert torch.equal(basis.whitening.restore(torch.ones(1, 102)), torch.arange(102.0)[None] + 2)


def test_missing_arrays_are_named(file):
    del file["state_dict"]["module.w_exp"], file["state_dict"]["module.u"]
    with pytest.raises(CheckpointError, match=r"no array w_exp, u; whitening and basis are in CMP's 2D-to-3D"):
        read_expert_basis(file)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("param_std", torch.ones(62)),
        ("w_exp", torch.ones(9, 10)),
        ("u", torch.ones(6)),
        ("param_mean", torch.ones(102, 1)),
    ],
)
def test_shapes_that_do_not_belong_together_are_refused(file, name, array):
    file["state_dict"][f"module.{name}"] = array
    with pytest.raises(CheckpointError, match=rf"do not belong together: .*'{name}': \({array.shape[0]},"):
        read_expert_basis(file)


def test_rows_that_are_no_whole_vertices_are_refused(file):
    state = file["state_dict"]
    for name in ("w_shp", "w_exp", "u"):
        state[f"module.{name}"] = state[f"module.{name}"][:5]
    with pytest.raises(CheckpointError, match=r"expected .* for N vertices"):
        read_expert_basis(file)
