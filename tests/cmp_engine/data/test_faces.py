import numpy as np
import pytest
import torch
from PIL import Image

from cmp_engine.data import DatasetError, FaceSampler, ParameterSampler, Voxceleb3D, load_face


@pytest.fixture
def train(layout):
    return Voxceleb3D(layout).train


def test_faces_are_scaled_labelled_and_mirrored_half_the_time(train):
    image, label = FaceSampler(train).draw(400, np.random.default_rng(0))
    assert image.shape == (400, 3, 64, 64)
    assert image.dtype == torch.float32
    left, right = image[:, 0, 32, 5], image[:, 0, 32, 60]
    mirrored = left > right  # unmirrored pictures are white on the right
    assert 150 < mirrored.sum() < 250
    dark = torch.where(mirrored, right, left)
    # Person 2, 3, 4 is grey 80, 120, 160; JPEG is off by a level or two.
    torch.testing.assert_close(dark, (40.0 * (label + 2) - 127.5) / 127.5, rtol=0, atol=0.03)


def test_parameters_belong_to_the_picture_which_is_never_mirrored(train):
    sampler = ParameterSampler(train)
    image, parameters = sampler.draw(60, np.random.default_rng(0))
    assert parameters.shape == (60, 102)
    assert (image[:, 0, 32, 60] > 0.95).all()
    person = torch.div(parameters[:, 0], 100, rounding_mode="floor")
    torch.testing.assert_close(image[:, 0, 32, 5], (40 * person - 127.5) / 127.5, rtol=0, atol=0.03)
    assert set(parameters[:, 0].tolist()) == {202, 210, 302, 310, 402, 410}
    assert sampler.all_parameters().shape == (6, 102)


def test_large_picture_is_resized(tmp_path):
    Image.new("L", (256, 256), 100).save(tmp_path / "a.png")
    face = load_face(tmp_path / "a.png")
    assert face.shape == (64, 64, 3)
    assert (face == 100).all()


def test_unreadable_picture_is_named(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(DatasetError, match=r"a\.jpg: not a readable picture"):
        load_face(tmp_path / "a.jpg")


def test_a_picture_with_too_many_pixels_is_named(tmp_path, monkeypatch):
    Image.new("L", (30, 30)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    with pytest.raises(DatasetError, match=r"a\.png: too large a picture"):
        load_face(tmp_path / "a.png")


def test_data_set_without_parameters_cannot_train_the_expert(train):
    for identity in train:
        for path in identity.faces:
            path.with_suffix(".npy").unlink()
    with pytest.raises(DatasetError, match=r"no face picture has true parameters.*simulate_dataset"):
        ParameterSampler(train)


def test_parameters_of_another_length_are_named(train):
    np.save(train[0].faces[1].with_suffix(".npy"), np.zeros(62))
    with pytest.raises(DatasetError, match=r"10\.npy: expected 102 parameters, found shape \(62,\)"):
        ParameterSampler(train)


def test_nobody_to_draw_from_is_an_error():
    with pytest.raises(DatasetError, match="no identities to draw from"):
        FaceSampler(())


def test_parameters_that_are_no_numbers_are_named(train):
    np.save(train[0].faces[1].with_suffix(".npy"), np.array(["a"] * 102))
    with pytest.raises(DatasetError, match=r"10\.npy: not a readable array .*holds <U1 .*; simulate the data set"):
        ParameterSampler(train)
