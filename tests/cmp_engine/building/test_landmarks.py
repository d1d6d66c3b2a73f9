import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from cmp_engine.building import FACE_ALIGNMENT, BuildError
from cmp_engine.building.face_alignment import check_weights
from cmp_engine.building.landmarks import largest_face, load_detector

PICTURE = np.zeros((40, 60, 3), np.uint8)


def face(height, start=0.0):
    rows = np.linspace(start, start + height, 68)
    return np.stack([np.zeros(68), rows, np.zeros(68)], axis=1)


def largest(detector):
    return largest_face(detector, PICTURE, name="mylab.Detector", path=Path("Fay_Xu/1.jpg"))


def test_the_tallest_of_several_faces_is_taken():
    faces = [face(5.0), face(30.0, start=4.0), face(9.0)]
    np.testing.assert_array_equal(largest(lambda picture: faces), faces[1])


@pytest.mark.parametrize("found", [None, [], [np.full((68, 3), np.nan)], [np.zeros((68, 3))]])
def test_no_face_and_faces_that_are_none_count_as_not_found(found):
    assert largest(lambda picture: found) is None


@pytest.mark.parametrize(("shape", "told"), [((68, 2), r"\(68, 2\)"), ((5, 3), r"\(5, 3\)"), ((), r"\(\)")])
def test_a_detector_of_other_points_is_named(shape, told):
    words = rf"'mylab\.Detector' returned landmarks {told} for Fay_Xu/1\.jpg, expected \(68, 3\)"
    with pytest.raises(BuildError, match=words):
        largest(lambda picture: [np.zeros(shape)])


def ragged(picture):
    return [[[1.0, 2.0], [3.0]]]


def out_of_memory(picture):
    raise RuntimeError("out of memory")


@pytest.mark.parametrize(
    ("detector", "error"),
    [
        (ragged, "ValueError: .*"),
        (out_of_memory, "RuntimeError: out of memory"),
        (lambda picture: 3, "TypeError: 'int' object is not iterable"),
    ],
)
def test_a_detector_that_fails_is_named_with_the_picture(detector, error):
    words = rf"^the landmark detector 'mylab\.Detector' failed on Fay_Xu/1\.jpg \({error}\); mend it"
    with pytest.raises(BuildError, match=words):
        largest(detector)


def test_what_a_detector_itself_says_to_the_user_stays():
    def told(picture):
        raise BuildError("plug in the camera")

    with pytest.raises(BuildError, match=r"^plug in the camera$"):
        largest(told)


class Unfinished:
    """A plug-in that fails when it is made."""

    def __init__(self):
        raise RuntimeError("weights.bin is missing")


def of_a_picture(picture):
    """The detector itself in the place of what makes it."""


BROKEN = "landmarks_that_cannot_be_imported"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (f"{__name__}.Unfinished", r"RuntimeError: weights\.bin is missing"),
        (f"{__name__}.of_a_picture", r"TypeError: of_a_picture\(\) missing 1 required positional argument: 'picture'"),
        (f"{__name__}.BROKEN", "TypeError: 'str' object is not callable"),
        (f"{BROKEN}.Detector", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_detector_that_cannot_be_made_is_named_with_its_error_and_the_remedy(name, error, tmp_path, monkeypatch):
    (tmp_path / f"{BROKEN}.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    remedy = f"use {FACE_ALIGNMENT}, or the dotted path of a class that can be .* called without arguments"
    with pytest.raises(BuildError, match=rf"^cannot load the landmark detector '{name}' \({error}\); {remedy}"):
        load_detector(name)


@pytest.mark.skipif(importlib.util.find_spec("face_alignment") is not None, reason="face-alignment is installed")
def test_without_face_alignment_the_message_says_how_to_get_it():
    load_detector.cache_clear()
    with pytest.raises(BuildError, match=r"not installed .*pip install 'face-alignment>=1\.5'.*plug in a detector"):
        load_detector(FACE_ALIGNMENT)


@pytest.fixture
def checkpoints(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


def test_missing_weights_are_named_with_their_place_and_not_downloaded(checkpoints):
    urls = ["https://example.org/fan/depth-2a464da4ea.pth.tar", "https://example.org/fan/s3fd-619a316812.pth"]
    with pytest.raises(BuildError, match=rf"nothing is downloaded here. Put into {checkpoints}: .*depth.*, .*s3fd"):
        check_weights(urls)
    assert not list(checkpoints.iterdir())


def test_weights_are_those_that_their_name_says(checkpoints):
    digest = hashlib.sha256(b"weights").hexdigest()[:10]
    (checkpoints / f"depth-{digest}.pth.tar").write_bytes(b"weights")
    check_weights([f"https://example.org/depth-{digest}.pth.tar"])
    (checkpoints / f"depth-{digest}.pth.tar").write_bytes(b"others")
    with pytest.raises(BuildError, match=rf"depth-{digest}\.pth\.tar: damaged .*expected {digest}.; download it again"):
        check_weights([f"https://example.org/depth-{digest}.pth.tar"])
