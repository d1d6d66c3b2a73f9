import os
import pickle
import shutil

import numpy as np
import pytest
import scipy.io
import torch

from cmp_engine.morphable import ModelFileError, MorphableModel
from cmp_engine.morphable.coefficients import from_published, from_whitened, to_published, transferred
from cmp_engine.networks.whitening import Whitening
from evaluation.faces.landmarks import TopologyError
from evaluation.faces.ratios import absolute_ratio_errors
from tests.cmp_engine.morphable.bfm_files import write_arrays


@pytest.fixture(scope="module")
def bfm(bfm_folder):
    return MorphableModel.from_bfm_arrays(bfm_folder)


@pytest.fixture(scope="module")
def v2(v2_file):
    return MorphableModel.from_3ddfa_v2(v2_file)


@pytest.fixture
def copy(bfm_folder, tmp_path):
    """A folder of links, whose entries can be replaced."""
    shutil.copytree(bfm_folder, tmp_path / "copy", copy_function=os.link)
    return tmp_path / "copy"


def front_faces_face_the_viewer(model):
    """The nose and the cheeks, far from any rim, must look towards +z."""
    tip = model.mean[model.landmarks[30]]
    corners = model.mean[model.faces]
    near = (corners.mean(1) - tip).norm(dim=1) < 12.0
    normals = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[near]
    return near.sum() > 50 and (normals[:, 2] > 0).float().mean() > 0.9


def test_the_mean_is_shape_and_expression_in_millimetres(bfm, golden):
    expected = (np.load(golden / "bfm" / "u_shp.npy") + np.load(golden / "bfm" / "u_exp.npy")).reshape(-1, 3) / 1000
    np.testing.assert_allclose(bfm.mean.numpy(), expected, rtol=1e-6)
    assert (bfm.topology, bfm.file_unit_mm) == ("bfm-53215", 0.001)


def test_landmarks_are_vertices(bfm, v2):
    assert bfm.landmarks[[36, 45, 30, 8]].tolist() == [2215, 14066, 8192, 47914]
    torch.testing.assert_close(bfm.mean[bfm.landmarks], v2.mean[v2.landmarks])


def test_faces_turn_outwards_whatever_the_file_says(bfm, v2, golden):
    published = scipy.io.loadmat(golden / "bfm" / "tri.mat")["tri"].astype(int).T - 1
    np.testing.assert_array_equal(bfm.faces.numpy(), published[:, ::-1])  # clockwise as published
    assert v2.faces.shape == (76073, 3)
    assert front_faces_face_the_viewer(bfm)
    assert front_faces_face_the_viewer(v2)


def test_meshes_of_whitened_parameters_are_the_published_ones(bfm, golden):
    """CMP's frontal mesh: scale x (mean + shapes + expressions), in micrometres times scale."""
    with np.load(golden / "networks" / "mesh_formula.npz") as stored:
        whitening = Whitening(*(torch.from_numpy(stored[name]) for name in ("param_mean", "param_std")))
        coefficients = from_whitened(bfm, torch.from_numpy(stored["param102"]), whitening)
        meshes = bfm.vertices(*coefficients)[:, stored["vertex_index"]].numpy()
        scaled = 1000.0 * stored["scale"][:, None, None] * meshes
        np.testing.assert_allclose(scaled.transpose(0, 2, 1), stored["frontal_mesh"], atol=1e-4)


def test_landmarks_of_whitened_parameters_are_those_of_3ddfa(golden, tmp_path):
    """With the true basis, which is known at the landmarks only."""
    rows = np.load(golden / "bfm" / "keypoints_sim.npy")
    shapes, expressions = np.zeros((159645, 40)), np.zeros((159645, 10))
    with np.load(golden / "bfm" / "landmark_basis.npz") as basis:
        shapes[rows], expressions[rows] = basis["w_shp_base"], basis["w_exp_base"]
    model = MorphableModel.from_bfm_arrays(write_arrays(tmp_path / "bfm", golden, shapes, expressions))
    with np.load(golden / "bfm" / "whitening.npz") as stored:
        whitening = Whitening(*(torch.from_numpy(stored[name]) for name in ("v2_mean", "v2_std")))
    with np.load(golden / "bfm" / "landmarks_from_params.npz") as stored:
        parameters, expected = torch.from_numpy(stored["whitened_params"]), stored["landmarks_121_minus_y"]
    points = model.vertices(*from_whitened(model, parameters, whitening))[:, model.landmarks].double().numpy()
    pose = whitening.restore(parameters)[:, :12].double().numpy().reshape(-1, 3, 4)
    seen = 1000.0 * np.einsum("bij,bkj->bik", pose[:, :, :3], points) + pose[:, :, 3:]
    seen[:, 1] = 121.0 - seen[:, 1]
    np.testing.assert_allclose(seen, expected, atol=2e-3)  # pixels; the basis has six decimals


def test_standard_deviations_are_those_of_the_whitening(bfm, v2, golden):
    with np.load(golden / "bfm" / "whitening.npz") as stored:
        np.testing.assert_allclose(bfm.shape_sd.numpy(), stored["v1_std"][12:52] / 1000, rtol=1e-6)
        np.testing.assert_allclose(bfm.expression_sd.numpy(), stored["v1_std"][52:62], rtol=1e-6)
        np.testing.assert_allclose(v2.shape_sd.numpy(), stored["v2_std"][12:52] / 1000, rtol=1e-6)


def test_published_codes_are_micrometres_and_come_back(bfm):
    shape, expression = torch.randn(3, 40), torch.randn(3, 10)
    codes = to_published(bfm, shape, expression)
    torch.testing.assert_close(codes[0][:, 0], shape[:, 0] * 587858.312)
    torch.testing.assert_close(codes[1][:, 0], expression[:, 0] * 1.50679803)
    for found, expected in zip(from_published(bfm, *codes), (shape, expression), strict=True):
        torch.testing.assert_close(found, expected)
    long = torch.nn.functional.pad(codes[0], (0, 159), value=7.0)  # 199, as in 300W-LP
    torch.testing.assert_close(from_published(bfm, long, codes[1][:, :4])[0], shape)
    torch.testing.assert_close(
        from_published(bfm, long, codes[1][:, :4])[1], torch.cat([expression[:, :4], torch.zeros(3, 6)], 1)
    )


def test_a_face_without_ears_is_rebuilt_with_them_for_the_ratio_errors(bfm, v2, golden):
    generator = torch.Generator().manual_seed(0)
    shape, expression = torch.randn(2, 40, generator=generator), torch.randn(2, 10, generator=generator)
    earless = v2.vertices(shape, expression)
    with pytest.raises(TopologyError, match=r"'bfm-38365' lacks vertices of the absolute ratio error"):
        absolute_ratio_errors(earless.numpy(), earless.numpy(), v2.topology)
    rebuilt = bfm.vertices(*transferred(v2, bfm, shape, expression))
    kept = np.load(golden / "bfm" / "noneck38365_indices.npy")
    torch.testing.assert_close(rebuilt[:, kept], earless, atol=1e-3, rtol=0)
    assert absolute_ratio_errors(rebuilt.numpy(), bfm.mean.numpy(), bfm.topology).mean.shape == (2,)


def test_coefficients_of_another_kind_of_head_are_not_transferred(bfm):
    head = MorphableModel.analytic("low")
    with pytest.raises(ValueError, match=r"'analytic head, low' .* is no version of the Basel Face Model"):
        transferred(head, bfm, torch.zeros(1, 40), torch.zeros(1, 10))


def replaced(path, content):
    """Write in place of a link, leaving the file behind it alone."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def pickled_whitening(count, std=1.0):
    return pickle.dumps({"mean": np.zeros(count), "std": np.full(count, std)})


def test_parameters_of_another_whitening_are_refused(bfm):
    with pytest.raises(ValueError, match=r"whitened parameters must be \(B, 62\), got \(2, 102\)"):
        from_whitened(bfm, torch.zeros(2, 102), Whitening(torch.zeros(62), torch.ones(62)))


def save_over(path, array):
    path.unlink()
    np.save(path, array)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: shutil.rmtree(folder), "copy: no such folder; name the one that holds u_shp.npy"),
        (lambda folder: (folder / "u_exp.npy").unlink(), "u_exp.npy: no such file; complete the folder"),
        (lambda folder: (folder / "w_shp_sim.npy").unlink(), "holds no w_shp_sim.npy or w_shp_v201.npy; put the file"),
        (lambda folder: (folder / "param_whitening.pkl").unlink(), "holds no param_whitening_v201.pkl or"),
        (lambda folder: replaced(folder / "u_shp.npy", b"no array"), "u_shp.npy: not a readable array"),
        (lambda folder: save_over(folder / "u_shp.npy", np.zeros((30, 1))), "u_shp.npy has 30 rows, expected 159645"),
        (lambda folder: save_over(folder / "u_shp.npy", np.full((159645, 1), np.nan)), "not finite"),
        (lambda folder: save_over(folder / "w_exp_sim.npy", np.zeros((159645, 4))), "40 shape and 4 expression"),
        (lambda folder: save_over(folder / "keypoints_sim.npy", np.arange(9)), "expected 204 landmark rows, found 9"),
        (lambda folder: replaced(folder / "tri.mat", b"MATLAB 5.0"), "tri.mat: not a readable MATLAB file"),
        (lambda folder: replaced(folder / "param_whitening.pkl", pickle.dumps({"mean": [0.0]})), "is no whitening"),
        (lambda folder: replaced(folder / "param_whitening.pkl", pickled_whitening(40)), "40 parameters, .* deviation"),
        (
            lambda folder: replaced(folder / "param_whitening.pkl", pickled_whitening(62, 0.0)),
            "deviation being 0; needed",
        ),
        (lambda folder: replaced(folder / "param_whitening.pkl", pickle.dumps(os.getcwd)), "is not a pickle of plain"),
    ],
)
def test_unusable_folders_are_named_with_the_remedy(copy, spoil, message):
    spoil(copy)
    with pytest.raises(ModelFileError, match=message):
        MorphableModel.from_bfm_arrays(copy)


def test_triangles_from_another_model_are_refused(copy):
    (copy / "tri.mat").unlink()
    scipy.io.savemat(copy / "tri.mat", {"tri": np.array([[1], [2], [53216]], np.uint16)})
    with pytest.raises(ModelFileError, match=r"triangles name vertices 0..53215 .* has 53215"):
        MorphableModel.from_bfm_arrays(copy)


def test_files_of_version_201_are_found(copy):
    for old, new in (("w_shp_sim", "w_shp_v201"), ("w_exp_sim", "w_exp_v201")):
        (copy / f"{old}.npy").rename(copy / f"{new}.npy")
    mean, std = np.zeros(102, np.float32), np.arange(1, 103, dtype=np.float32)
    replaced(copy / "param_whitening_v201.pkl", pickle.dumps({"param_mean": mean, "param_std": std}))
    model = MorphableModel.from_bfm_arrays(copy)
    torch.testing.assert_close(model.shape_sd, torch.arange(13, 53) / 1000)
    torch.testing.assert_close(model.expression_sd, torch.arange(53.0, 63.0))


def test_3ddfa_v2_without_its_rebuilt_triangles_is_refused(v2_file, tmp_path):
    shutil.copytree(v2_file.parent, tmp_path / "configs", copy_function=os.link)
    (tmp_path / "configs" / "tri.pkl").unlink()
    with pytest.raises(ModelFileError, match=r"/configs/tri\.pkl"):
        MorphableModel.from_3ddfa_v2(tmp_path / "configs" / v2_file.name)


def test_slim_file_of_3ddfa_v2_brings_its_own_triangles(v2_file, tmp_path):
    shutil.copytree(v2_file.parent, tmp_path / "configs", copy_function=os.link)
    slim = (tmp_path / "configs" / v2_file.name).rename(tmp_path / "configs" / "bfm_noneck_v3_slim.pkl")
    assert MorphableModel.from_3ddfa_v2(slim).faces.shape == (5, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no file .*bfm_noneck_v3.pkl"),
        (pickle.dumps({"u": np.zeros(3)}), "lacks w_shp, w_exp, keypoints, tri; use bfm_noneck_v3.pkl of 3DDFA-V2"),
        (pickle.dumps({"u": os.getcwd}), "asks for posix.getcwd"),
    ],
)
def test_unusable_3ddfa_v2_files_are_named(tmp_path, content, message):
    path = tmp_path / "bfm_noneck_v3.pkl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError, match=message):
        MorphableModel.from_3ddfa_v2(path)
