import struct

import numpy as np
import pytest
import torch

from cmp_engine.morphable import ModelFileError, MorphableModel
from evaluation.faces.landmarks import TopologyError
from evaluation.faces.ratios import face_ratios

SHAPE, EXPRESSIONS, LANDMARKS = "sfm_shape_3448.bin", "expression_blendshapes_3448.bin", "ibug_to_sfm.txt"


@pytest.fixture(scope="module")
def surrey(golden):
    return MorphableModel.from_surrey(golden / "sfm" / SHAPE)


@pytest.fixture
def copy(golden, tmp_path):
    """The shape file alone, to be spoiled."""
    path = tmp_path / SHAPE
    path.write_bytes((golden / "sfm" / SHAPE).read_bytes())
    return path


def test_arrays_are_those_of_the_file(surrey, golden):
    with np.load(golden / "sfm" / "sfm_shape_3448.npz") as stored:
        np.testing.assert_array_equal(surrey.mean.numpy().ravel(), stored["mean"])
        np.testing.assert_array_equal(surrey.shape_basis.numpy(), stored["orthonormal_basis"])
        np.testing.assert_allclose(surrey.shape_sd.numpy() ** 2, stored["eigenvalues"], rtol=1e-6)
        np.testing.assert_array_equal(surrey.faces.numpy(), stored["triangles"])  # counter-clockwise already
        landmarks = dict(zip(stored["landmark_ibug"].tolist(), stored["landmark_vertex"].tolist(), strict=True))
    assert [landmarks.get(ibug, -1) for ibug in range(1, 69)] == surrey.landmarks.tolist()
    assert surrey.has_landmark.sum() == 50
    with np.load(golden / "sfm" / "expression_blendshapes_3448.npz") as stored:
        np.testing.assert_array_equal(surrey.expression_basis.numpy().T, stored["deformations"])


def test_sample_of_the_published_model_is_reproduced(surrey, golden):
    with np.load(golden / "sfm" / "sfm_shape_3448.npz") as stored:
        coefficients, expected = stored["sample_coefficients"], stored["sample_shape"]
    vertices = surrey.vertices(torch.tensor(coefficients, dtype=torch.float32)[None])[0]
    np.testing.assert_allclose(vertices.numpy().ravel(), expected, atol=1e-4)


def test_an_expression_of_one_is_the_whole_blendshape(surrey, golden):
    surprise = torch.eye(6)[5:]
    moved = surrey.vertices(torch.zeros(1, 63), surprise)[0] - surrey.mean
    with np.load(golden / "sfm" / "expression_blendshapes_3448.npz") as stored:
        np.testing.assert_allclose(moved.numpy().ravel(), stored["deformations"][5], atol=2e-5)


def test_the_frame_is_that_of_all_models(surrey):
    right_eye, left_eye, nose, chin = surrey.mean[surrey.landmarks[[36, 45, 30, 8]]]
    assert right_eye[0] < -40 < 40 < left_eye[0]
    assert nose[2] > right_eye[2]
    assert chin[1] < nose[1] < right_eye[1]


def test_companions_that_are_not_there_are_left_out(copy):
    model = MorphableModel.from_surrey(copy)
    assert model.expression_sd.shape == (0,)
    assert not model.has_landmark.any()


def test_ratio_errors_are_refused_because_a_mask_has_no_ears(surrey):
    with pytest.raises(TopologyError, match=r"'surrey-3448' lacks vertices of the absolute ratio error.*bfm-53215"):
        face_ratios(surrey.mean.numpy(), surrey.topology)


def rewritten(path, offset, code, value):
    content = bytearray(path.read_bytes())
    struct.pack_into(code, content, offset, value)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "cannot read the file .No such file or directory.; check the path"),
        (lambda path: path.write_bytes(b""), "cut short or damaged: a number at byte 0 takes 4 bytes, the file has 0"),
        (lambda path: path.write_bytes(path.read_bytes()[:2_000_000]), "cut short or damaged: basis at byte 41396"),
        (lambda path: rewritten(path, 0, "<I", 0), "version 0 of eos' model files is not known"),
        (lambda path: rewritten(path, 4, "<i", 30), "10 vertices, expected 3448"),
        (lambda path: rewritten(path, 4, "<i", -3), "damaged: mean of -3 x 1 values"),
        (lambda path: rewritten(path, 12, "<f", float("nan")), "mean holds numbers that are not finite"),
        (lambda path: rewritten(path, 2648344, "<Q", 2**60), "damaged: .* items before byte 2648352"),
        (lambda path: rewritten(path, 2648352, "<i", 3448), r"triangles name vertices 0..3448 .*has 3448"),
        (lambda path: rewritten(path, 2648092, "<f", -1.0), "does not fit 63 eigenvalues"),
        (lambda path: path.with_name(LANDMARKS).write_text("eyes = [1, 2]\n"), "holds no lines 'ibug number = vertex'"),
        (lambda path: path.with_name(LANDMARKS).write_text("69 = 4\n"), "holds no lines 'ibug number = vertex'"),
        (lambda path: path.with_name(LANDMARKS).write_text("9 = 4000\n"), "landmarks name vertices 4000..4000"),
        (lambda path: path.with_name(EXPRESSIONS).write_bytes(bytes(8)), "not the expressions of 3448 vertices"),
        (lambda path: path.with_name(EXPRESSIONS).write_bytes(b"\x06" + bytes(7)), "cut short or damaged"),
    ],
)
def test_unusable_files_are_named_with_the_remedy(copy, spoil, message):
    spoil(copy)
    with pytest.raises(ModelFileError, match=message):
        MorphableModel.from_surrey(copy)
