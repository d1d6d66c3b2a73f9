"""Whitening of parameters, and the published files that hold one."""

import pickle

import numpy as np
import pytest
import torch

from cmp_engine.exceptions import ArrayFileError
from cmp_engine.networks.whitening import Whitening, read_whitening


def test_whitened_parameters_have_mean_zero_and_deviation_one_and_come_back():
    parameters = torch.tensor([[1.0, 7.0], [3.0, 7.0]])
    whitening = Whitening.of(parameters)
    torch.testing.assert_close(whitening.whiten(parameters), torch.tensor([[-1.0, 0.0], [1.0, 0.0]]))
    torch.testing.assert_close(whitening.restore(whitening.whiten(parameters)), parameters)


@pytest.mark.parametrize("names", [("mean", "std"), ("param_mean", "param_std")])
def test_both_published_spellings_are_read(tmp_path, names):
    arrays = dict(zip(names, (np.arange(62.0), np.ones(62)), strict=True))
    (tmp_path / "whitening.pkl").write_bytes(pickle.dumps(arrays))
    whitening = read_whitening(tmp_path / "whitening.pkl")
    assert whitening.mean.dtype == torch.float32
    assert whitening.mean.tolist() == list(range(62))
    assert whitening.std.tolist() == [1] * 62


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"u": np.zeros(3)}, r"holds \['u'\], expected 'mean' and 'std'"),
        ({"mean": np.zeros(3), "std": np.zeros(4)}, r"two vectors of one length, found \(3,\) and \(4,\)"),
        ({"mean": np.zeros((3, 1)), "std": np.zeros((3, 1))}, r"found \(3, 1\)"),
    ],
)
def test_other_arrays_are_refused(tmp_path, arrays, message):
    (tmp_path / "arrays.pkl").write_bytes(pickle.dumps(arrays))
    with pytest.raises(ArrayFileError, match=rf"arrays\.pkl is no whitening: .*{message}"):
        read_whitening(tmp_path / "arrays.pkl")


def test_published_files_hold_the_stored_numbers(golden):
    with np.load(golden / "bfm" / "whitening.npz") as stored:
        for path, version in (
            (golden / "bfm" / "param_whitening.pkl", "v1"),
            (golden / "3ddfa_v2" / "param_mean_std_62d_120x120.pkl", "v2"),
        ):
            whitening = read_whitening(path)
            np.testing.assert_array_equal(whitening.mean, stored[f"{version}_mean"])
            np.testing.assert_array_equal(whitening.std, stored[f"{version}_std"])
