"""What is written into the layout: codes of full length, numbers as float32, and faces beside their pictures."""

import numpy as np
import pytest
from PIL import Image

from cmp_engine.data.writing import stored_codes, write_array, write_face, write_jpeg
from cmp_engine.morphable import MorphableModel
from cmp_engine.rendering import Camera, overlay


@pytest.fixture(scope="module")
def model():
    return MorphableModel.analytic("low")


def test_codes_are_lengths_in_millimetres_filled_up_with_zeros(model):
    shape, expression = np.linspace(-2, 2, 40), np.linspace(0, 1, 10)
    stored, moved = stored_codes(model, shape, expression)
    assert (stored.shape, moved.shape) == ((199,), (29,))
    np.testing.assert_allclose(stored[:40], shape * model.shape_sd.numpy(), rtol=1e-6)
    np.testing.assert_allclose(moved[:10], expression * model.expression_sd.numpy(), rtol=1e-6)
    np.testing.assert_array_equal(np.concatenate([stored[40:], moved[10:]]), 0)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_numbers_of_any_shape_are_float32(tmp_path, shape):
    write_array(tmp_path / "new" / "a.npy", np.full(shape, 1 / 3))
    written = np.load(tmp_path / "new" / "a.npy")
    assert (written.shape, written.dtype) == (shape, np.float32)
    assert (written == np.float32(1 / 3)).all()


def test_a_picture_keeps_its_colours_at_full_resolution(tmp_path):
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2] = (255, 0, 0)
    stripes[:, 1::2] = (0, 0, 255)
    write_jpeg(tmp_path / "a.jpg", stripes)
    with Image.open(tmp_path / "a.jpg") as picture:
        # Halved colour, as JPEG has it else, makes violet of both.
        assert np.abs(np.asarray(picture).astype(int) - stripes).mean() < 12


def test_cloud_and_overlay_lie_beside_the_picture_of_a_name_with_dots(tmp_path, model):
    picture = np.full((90, 60, 3), 200, np.uint8)
    vertices, faces = model.mean.numpy(), model.faces.numpy()
    pose = Camera.centered(0.3, np.eye(3)).pose12
    write_face(tmp_path / "A.J._Buckley", picture, vertices, faces, pose)
    assert {path.name for path in tmp_path.iterdir()} == {"A.J._Buckley.xyz", "A.J._Buckley_b.jpg"}
    np.testing.assert_allclose(np.loadtxt(tmp_path / "A.J._Buckley.xyz"), vertices, atol=0.00051)
    with Image.open(tmp_path / "A.J._Buckley_b.jpg") as drawn:
        assert drawn.size == (60, 90)
        assert np.abs(np.asarray(drawn).astype(int) - overlay(picture, vertices, faces, pose)).mean() < 3
