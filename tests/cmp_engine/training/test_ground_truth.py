"""The ground truth of supervised training: stored millimetres become standard deviations of the model."""

import shutil

import numpy as np
import pytest
import torch

from cmp_engine.data import DatasetError, Voxceleb3D
from cmp_engine.training.ground_truth import FittedShapes

SD = torch.arange(1.0, 41.0)


def stored(dataset, person, file):
    return np.load(dataset.root / "F2Z" / dataset.train[person].name / f"{file}.npy")[:40] / SD.numpy()


@pytest.fixture
def own_copy(noise_dataset, tmp_path):
    shutil.copytree(noise_dataset.root, tmp_path / "data")
    return Voxceleb3D(tmp_path / "data")


def test_millimetres_become_standard_deviations_and_the_face_is_neutral(noise_dataset):
    everything = FittedShapes(noise_dataset, SD).everything()
    assert everything.shape == (2 * len(noise_dataset.train), 50)
    expected = [stored(noise_dataset, person, file) for person in range(len(noise_dataset.train)) for file in range(2)]
    np.testing.assert_allclose(everything[:, :40].numpy(), np.array(expected), rtol=1e-6)
    assert not everything[:, 40:].any()


def test_each_person_gets_one_of_their_own_pictures_and_every_one_in_turn(noise_dataset):
    labels = [2, 0, 2] * 20
    drawn = FittedShapes(noise_dataset, SD).draw(labels, np.random.default_rng(0))
    assert drawn.shape == (60, 50)
    chosen = set()
    for label, row in zip(labels, drawn.numpy(), strict=True):
        (file,) = [file for file in range(2) if np.allclose(row[:40], stored(noise_dataset, label, file))]
        chosen.add((label, file))
    assert chosen == {(0, 0), (0, 1), (2, 0), (2, 1)}
    again = FittedShapes(noise_dataset, SD).draw(labels, np.random.default_rng(0))
    assert torch.equal(drawn, again)


def test_identity_without_coefficients_is_named_with_the_way_out(own_copy):
    name = own_copy.train[1].name
    shutil.rmtree(own_copy.root / "F2Z" / name)
    with pytest.raises(DatasetError, match=rf"F2Z/{name} holds no fitted coefficients.*train cmp-unsupervised"):
        FittedShapes(own_copy, SD)


@pytest.mark.parametrize(
    ("content", "message"),
    [(np.zeros(40, np.float32), r"expected 199 shape coefficients, found shape \(40,\)"), (None, "not a readable")],
)
def test_unusable_file_is_named(own_copy, content, message):
    path = own_copy.root / "F2Z" / own_copy.train[0].name / "1.npy"
    path.write_bytes(b"") if content is None else np.save(path, content)
    with pytest.raises(DatasetError, match=rf"1\.npy: {message}"):
        FittedShapes(own_copy, SD)
