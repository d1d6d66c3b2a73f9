import numpy as np
import pytest
from PIL import Image

from cmp_engine.rendering import catalogue


def test_a_missing_folder_is_named_before_any_work(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        catalogue.main([str(tmp_path / "nowhere" / "sheet.jpg")])
    assert f"the folder {tmp_path / 'nowhere'} does not exist" in capsys.readouterr().err


def test_the_catalogue_is_written_as_a_picture(tmp_path, monkeypatch):
    band = catalogue.titled("a title", np.full((5, catalogue.WIDTH, 3), 200, np.uint8))
    monkeypatch.setattr(catalogue, "catalogue", lambda: band)
    catalogue.main([str(tmp_path / "sheet.jpg")])
    with Image.open(tmp_path / "sheet.jpg") as picture:
        assert picture.size == (catalogue.WIDTH, 35)


def test_rows_are_filled_up_with_white():
    cells = [np.zeros((4, 100, 3), np.uint8)] * 3
    joined = catalogue.row(cells)
    assert joined.shape == (4, catalogue.WIDTH, 3)
    assert joined[:, 300:].min() == 255
    assert joined[:, :300].max() == 0
