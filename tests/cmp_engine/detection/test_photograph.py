"""Photographs from files."""

import numpy as np
import pytest
from PIL import Image

from cmp_engine.detection import NotAPictureError, read_photograph


@pytest.fixture
def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8))


def test_picture_comes_as_rgb(tmp_path, picture):
    picture.save(tmp_path / "face.png")
    np.testing.assert_array_equal(read_photograph(tmp_path / "face.png"), np.asarray(picture))


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "P"])
def test_other_kinds_of_pixels_become_rgb(tmp_path, picture, mode):
    picture.convert(mode).save(tmp_path / "face.tiff")
    assert read_photograph(tmp_path / "face.tiff").shape == (4, 6, 3)


def test_camera_held_sideways_is_turned_upright(tmp_path, picture):
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera was turned: show the picture a quarter turn clockwise.
    picture.save(tmp_path / "face.png", exif=exif)
    np.testing.assert_array_equal(read_photograph(tmp_path / "face.png"), np.rot90(np.asarray(picture), -1))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(NotAPictureError, match=r"absent\.jpg: no such file; give a photograph"):
        read_photograph(tmp_path / "absent.jpg")


def test_folder_is_no_picture(tmp_path):
    with pytest.raises(NotAPictureError, match="no such file"):
        read_photograph(tmp_path)


def test_text_is_no_picture(tmp_path):
    (tmp_path / "notes.jpg").write_text("not a picture")
    with pytest.raises(NotAPictureError, match=r"notes\.jpg: not a readable picture .*; give a photograph"):
        read_photograph(tmp_path / "notes.jpg")


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_cut_off_picture_is_refused(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = tmp_path / f"face.{suffix}"
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(NotAPictureError, match="not a readable picture"):
        read_photograph(path)


def test_picture_with_too_many_pixels_is_refused(tmp_path, picture, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    picture.save(tmp_path / "face.png")
    with pytest.raises(NotAPictureError, match=r"face\.png: too large a picture .*make it smaller"):
        read_photograph(tmp_path / "face.png")
