"""What is drawn and said of a predicted face."""

import json
import shutil

import numpy as np
import pytest
import torch

from cmp_engine.data import DatasetError, Voxceleb3D
from cmp_engine.exceptions import WriteError
from cmp_engine.inference import oracles
from cmp_engine.inference.oracles import mean_shapes_of_run
from cmp_engine.inference.portrait import FACE_TYPES, OVERLAY_SIZE, PortraitMaker, type_shape
from cmp_engine.inference.voice_to_face import FacePrediction, mesh_of
from cmp_engine.morphable import MorphableModel
from cmp_engine.rendering.picture import Appearance, camera_for
from cmp_engine.runs.checkpoint import save_checkpoint
from cmp_engine.runs.people import people
from evaluation.faces.landmarks import lines_of

NEUTRAL = np.zeros(10, np.float32)


@pytest.fixture(scope="module")
def model():
    return MorphableModel.analytic("low")


@pytest.fixture(scope="module")
def means():
    """Two mean faces that differ in the width of the head."""
    return {
        "all": np.zeros(40, np.float32),
        "female": type_shape({"head_width": -1.0}),
        "male": type_shape({"head_width": 1.0}),
    }


@pytest.fixture(scope="module")
def maker(model, means):
    return PortraitMaker(model, means)


def face(shape, image=None, pose=None):
    return FacePrediction(image, shape, NEUTRAL, pose)


def test_a_face_is_nearest_to_the_mean_it_was_made_from_and_its_widths_are_lengths(model, means, maker):
    vertices = mesh_of(model, means["male"]) * np.float32([1.1, 1.0, 1.0])
    said = maker.describe(vertices)
    assert said["gender"]["nearest"] == "male"
    assert list(said["gender"]["distances"]) == ["female", "male"]
    first, second = lines_of(model.topology, len(vertices))["ear"]
    assert said["widths"]["ear"]["mm"] == pytest.approx(np.linalg.norm(vertices[first] - vertices[second]), rel=1e-6)
    assert said["widths"]["ear"]["percent"] == pytest.approx(10.0, abs=0.1)  # the ear line runs along x but for a hair
    assert list(said["widths"]) == ["ear", "forehead", "midline", "cheek"]
    assert json.loads(json.dumps(said)) == said


def test_distance_is_that_of_the_released_demo(model, means, maker):
    vertices = mesh_of(model, np.ones(40, np.float32))
    wanted = np.sqrt(((vertices - mesh_of(model, means["female"])).astype(float) ** 2).sum()) / len(vertices)
    assert maker.describe(vertices)["gender"]["distances"]["female"] == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("name", FACE_TYPES)
def test_each_face_type_is_its_own_nearest_and_an_ordinary_face(name, model, maker):
    shape = type_shape(FACE_TYPES[name])
    assert maker.describe(mesh_of(model, shape))["face_type"]["nearest"] == name
    assert np.abs(shape).max() <= 1.5


def test_face_types_are_what_they_are_called(model):
    def widths(name):
        vertices = mesh_of(model, type_shape(FACE_TYPES[name]))
        nose_root, chin = vertices[model.landmarks[[27, 8]]]
        lines = lines_of(model.topology, len(vertices)).items()
        found = {line: float(np.linalg.norm(vertices[first] - vertices[second])) for line, (first, second) in lines}
        return found | {"height": float(nose_root[1] - chin[1])}

    wide, skinny, regular, slim = map(widths, FACE_TYPES)
    assert wide["ear"] > regular["ear"] + 5 > slim["ear"] + 5
    assert wide["cheek"] > regular["cheek"] > skinny["cheek"]
    assert slim["height"] > regular["height"] + 2


def test_overlay_covers_the_head_where_the_expert_sees_it(maker):
    pose = camera_for(Appearance(offset=(20.0, 0.0))).pose12
    blue = np.zeros((64, 64, 3), np.uint8)
    blue[..., 2] = 255
    drawn = maker.make(face(np.zeros(40, np.float32), blue, pose)).overlay
    assert drawn.shape == (OVERLAY_SIZE, OVERLAY_SIZE, 3)
    covered = drawn[..., 0] > 20
    middle = np.nonzero(covered.any(axis=0))[0].mean() * 119 / (OVERLAY_SIZE - 1)
    assert middle == pytest.approx(59.5 + 20.0, abs=3.0)  # frame pixels
    assert (drawn[0, 0] == [0, 0, 255]).all()  # the picture beside the head is left as it is


def test_a_condition_without_a_picture_has_no_overlay(maker):
    portrait = maker.make(face(np.zeros(40, np.float32)))
    assert portrait.image is portrait.overlay is None
    assert portrait.still.shape == (512, 512, 3)
    assert portrait.likeness["face_type"]["nearest"] == "regular"


@pytest.mark.parametrize("known", [(), ("all",), ("all", "male")])
def test_without_both_mean_faces_nothing_is_said(model, means, known):
    maker = PortraitMaker(model, {name: means[name] for name in known})
    assert maker.make(face(np.zeros(40, np.float32))).likeness is None


@pytest.fixture
def run(small_dataset, tmp_path):
    """The folder of a run, as far as it tells who it was trained on."""
    made_for = people(Voxceleb3D(small_dataset)) | {"stage": "voice-encoder"}
    save_checkpoint(tmp_path / "run" / "voice-encoder" / "final.pt", {"made_for": made_for, "networks": {}})
    return tmp_path / "run"


def test_mean_shapes_of_a_run_are_read_from_the_data_once(small_dataset, run, tmp_path, model):
    first = mean_shapes_of_run(run, small_dataset, model)
    again = mean_shapes_of_run(run, tmp_path / "gone", model)
    assert list(first) == list(again) == ["all", "female", "male"]
    for name, shape in first.items():
        assert np.array_equal(shape, again[name])
    assert torch.isfinite(torch.from_numpy(first["all"])).all()


def test_mean_shapes_of_other_people_are_refused_and_not_kept(small_dataset, run, tmp_path, model):
    other = tmp_path / "other"
    shutil.copytree(small_dataset, other)
    last = Voxceleb3D(other).train[-1]
    for part, name in (("VGG_ALL_FRONTAL", last.name), ("F2Z", last.name), ("fbank", last.vox_id)):
        shutil.rmtree(other / part / name)
    with pytest.raises(DatasetError, match=r"other is not what .*run was trained on: training identities was 6, now 5"):
        mean_shapes_of_run(run, other, model)
    assert list(mean_shapes_of_run(run, small_dataset, model)) == ["all", "female", "male"]


def test_mean_shapes_that_cannot_be_kept_are_worked_out_with_a_warning(small_dataset, run, model, monkeypatch, caplog):
    def refused(path, content):
        raise WriteError(f"cannot write {path} (Read-only file system)")

    with monkeypatch.context() as patch:
        patch.setattr(oracles, "write_bytes", refused)
        means = mean_shapes_of_run(run, small_dataset, model)
    assert "worked out anew each time: cannot write" in caplog.text
    assert not (run / "mean-shapes.npz").exists()
    for name, shape in mean_shapes_of_run(run, small_dataset, model).items():
        np.testing.assert_array_equal(means[name], shape)


@pytest.mark.parametrize("content", [b"", b"PK half a file"])
def test_mean_shapes_that_cannot_be_had_are_named_with_the_remedy(tmp_path, model, content):
    with pytest.raises(DatasetError, match="gone: no such folder"):
        mean_shapes_of_run(tmp_path, tmp_path / "gone", model)
    (tmp_path / "mean-shapes.npz").write_bytes(content)
    with pytest.raises(DatasetError, match=r"mean-shapes.npz is damaged .*delete it, and it is made again"):
        mean_shapes_of_run(tmp_path, tmp_path, model)
