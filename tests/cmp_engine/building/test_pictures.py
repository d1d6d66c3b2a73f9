"""Which pictures of a person are usable, and that they are not all in memory."""

import weakref

import numpy as np
import pytest
from PIL import Image

from cmp_engine.building import landmarks as detectors
from cmp_engine.building import person as people
from cmp_engine.building import pictures as reading
from cmp_engine.building.people import Person
from cmp_engine.building.person import Recipe, build_person
from cmp_engine.building.pictures import pictures_in
from cmp_engine.morphable import MorphableModel
from cmp_engine.rendering import Camera, rotation
from tests.cmp_engine.building.raw_folders import DETECTOR

SIZE = 200


@pytest.fixture(scope="module")
def model():
    return MorphableModel.analytic("low")


@pytest.fixture
def pictures(raw):
    """Six pictures of a training person, whose landmarks are known."""
    detectors.load_detector.cache_clear()
    return next(path for path in sorted(raw.faces.iterdir()) if path.name[0] > "E")


@pytest.fixture
def turned(tmp_path, model, monkeypatch):
    """A folder with one picture, in which a detector finds the mean face turned by the given angles."""

    def turned(yaw, pitch, roll):
        points = Camera.centered(0.5, rotation(yaw, pitch, roll)).project(model.mean[model.landmarks].numpy(), SIZE)
        monkeypatch.setattr(reading, "load_detector", lambda _: lambda picture: [points])
        Image.new("RGB", (SIZE, SIZE)).save(tmp_path / "1.png")
        return tmp_path

    return turned


def usable_in(folder, model):
    skipped = []
    return pictures_in(folder, detector_name=DETECTOR, model=model, skipped=skipped), skipped


@pytest.mark.parametrize("name", ["Fay_Xu", "Ada_Zed"])
def test_a_person_takes_no_more_memory_than_two_pictures(raw, pictures, tmp_path, monkeypatch, name):
    opened, others = [], []

    def read(path):
        others.append(sum(each() is not None for each in opened))
        picture = read_once(path)
        opened.append(weakref.ref(picture))
        return picture

    read_once = reading.read_picture
    monkeypatch.setattr(reading, "read_picture", read)
    monkeypatch.setattr(people, "voice_features", lambda _: np.zeros((1000, 64)))
    voice = next(iter(raw.voices.iterdir()))
    record = build_person(Person(name, voice.name, voice, pictures), recipe=Recipe(tmp_path, "analytic:low", DETECTOR))
    assert record.faces == 6
    assert len(others) >= 12  # once to find the face, once to write it
    assert max(others) <= 1


def test_fits_do_not_depend_on_how_many_are_made_at_once(pictures, model, monkeypatch):
    together, _ = usable_in(pictures, model)
    monkeypatch.setattr(reading, "FITTED_AT_ONCE", 4)
    in_groups, _ = usable_in(pictures, model)
    assert [each.path.name for each in in_groups] == [f"{number}.jpg" for number in range(1, 7)]
    for one, other in zip(together, in_groups, strict=True):
        np.testing.assert_allclose(one.fit.shape, other.fit.shape, atol=1e-5)
        np.testing.assert_allclose(one.fit.pose.rotation, other.fit.pose.rotation, atol=1e-9)


def test_pictures_of_a_camera_held_sideways_are_seen_upright(tmp_path, model, monkeypatch):
    seen, upright = [], np.random.default_rng(0).integers(0, 256, (6, 4, 3), dtype=np.uint8)
    monkeypatch.setattr(reading, "load_detector", lambda _: lambda picture: seen.append(picture) or [])
    exif = Image.Exif()
    exif[0x0112] = 6  # Show what is stored a quarter turn clockwise.
    Image.fromarray(np.rot90(upright)).save(tmp_path / "1.png", exif=exif)
    usable_in(tmp_path, model)
    np.testing.assert_array_equal(seen, [upright])


def test_a_picture_on_which_its_reader_stumbles_is_left_out(tmp_path, model, monkeypatch):
    monkeypatch.setattr(reading, "load_detector", lambda _: lambda picture: [])
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    path = tmp_path / "1.png"
    Image.fromarray(noise).save(path)
    head, first, *others = path.read_bytes().split(b"IDAT")
    path.write_bytes(head + b"IDAT" + first + b"\xff\xff\xff\xff" + b"IDAT".join(others))  # Pillow: SyntaxError
    usable, (left_out,) = usable_in(tmp_path, model)
    assert usable == []
    assert (left_out.path, left_out.kind) == (str(path), "unreadable picture")
    assert left_out.reason.startswith("not a readable picture (broken PNG file")


@pytest.mark.parametrize(
    ("angles", "turn"),
    # The cosines of yaw and pitch multiply: arccos(0.75) = 41.41 degrees. Roll turns the picture only.
    [((44, 0, 0), 44.0), ((-44, 0, 0), 44.0), ((0, 44, 0), 44.0), ((30, 30, 0), 41.41), ((44, 0, 80), 44.0)],
)
def test_a_face_turned_a_little_or_tilted_in_the_picture_is_used(turned, model, angles, turn):
    (fitted,), skipped = usable_in(turned(*angles), model)
    assert fitted.turn_degrees == pytest.approx(turn, abs=0.01)
    assert skipped == []


@pytest.mark.parametrize(
    ("angles", "turn"),
    [((46, 0, 0), "46.0"), ((-46, 0, 0), "46.0"), ((0, -46, 0), "46.0"), ((46, 0, 80), "46.0"), ((134, 0, 0), "134.0")],
)
def test_a_face_turned_far_aside_is_left_out(turned, model, angles, turn):
    folder = turned(*angles)
    usable, (left_out,) = usable_in(folder, model)
    assert usable == []
    assert (left_out.path, left_out.kind) == (str(folder / "1.png"), "face turned aside")
    assert left_out.reason == f"turned {turn} degrees from the viewer, more than 45"
