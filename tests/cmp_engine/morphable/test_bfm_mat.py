"""The original file and its companions, written here in their layout: a bent sheet with numbers that can be told."""

import shutil

import numpy as np
import pytest
import scipy.io
import torch

from cmp_engine.morphable import ModelFileError, MorphableModel
from cmp_engine.morphable.topology import read_neckless_index, read_trim_index, restricted

COUNT, KEPT_COUNT = 53490, 53215
SHAPES, EXPRESSIONS = 3, 2


@pytest.fixture(scope="module")
def random():
    return np.random.default_rng(5)


@pytest.fixture(scope="module")
def mean(random):
    """A cap of a ball that bulges towards the viewer, micrometres, (53490, 3)."""
    across = random.uniform(-0.7, 0.7, (COUNT, 2))
    return 1e5 * np.column_stack([across, np.sqrt(1.0 - (across**2).sum(1))])


@pytest.fixture(scope="module")
def kept():
    """275 vertices are dropped, the order stays."""
    return np.delete(np.arange(COUNT), np.arange(0, 275 * 7, 7))


@pytest.fixture(scope="module")
def triangles(mean):
    """Neighbours three by three, clockwise seen from the viewer, from 0."""
    flat = mean[:, :2]
    corners = np.arange(3000).reshape(-1, 3)
    first, second = (flat[corners[:, k]] - flat[corners[:, 0]] for k in (1, 2))
    clockwise = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] < 0
    return np.where(clockwise[:, None], corners, corners[:, ::-1])


@pytest.fixture(scope="module")
def original(tmp_path_factory, random, mean, triangles):
    path = tmp_path_factory.mktemp("basel") / "01_MorphableModel.mat"
    basis = np.linalg.qr(random.normal(size=(3 * COUNT, SHAPES)))[0]
    content = {
        "shapeMU": mean.reshape(-1, 1).astype(np.float32),
        "shapePC": basis.astype(np.float32),
        "shapeEV": np.array([[9e5], [4e5], [1e5]], np.float32),
        "texMU": np.zeros((6, 1), np.float32),
        "tl": (triangles + 1).astype(np.uint16),
    }
    scipy.io.savemat(path, content)
    return path


@pytest.fixture(scope="module")
def with_companions(original, tmp_path_factory, random, kept):
    path = tmp_path_factory.mktemp("companions") / original.name
    shutil.copy(original, path)
    info = {
        "trimIndex": (kept[:, None] + 1).astype(np.float64),
        "tri": np.array([[1, 9, 5], [2, 8, 7]], np.uint16).T,
        "keypoints": np.arange(10, 78, dtype=np.uint16)[None],
    }
    scipy.io.savemat(path.with_name("model_info.mat"), info)
    expression = {
        "mu_exp": np.full((3 * KEPT_COUNT, 1), 2000.0),
        "w_exp": random.normal(size=(3 * KEPT_COUNT, EXPRESSIONS)) * 1000.0,
        "sigma_exp": np.array([[1.5], [0.5]]),
    }
    scipy.io.savemat(path.with_name("Model_Expression.mat"), expression)
    return path


def test_the_file_alone_gives_the_whole_model_in_millimetres(original, mean, triangles):
    model = MorphableModel.from_bfm_mat(original)
    assert (model.topology, model.expression_sd.shape, model.has_landmark.any()) == ("bfm-53490", (0,), False)
    np.testing.assert_allclose(model.mean.numpy(), mean / 1000, rtol=1e-6)
    assert model.shape_sd.tolist() == pytest.approx([900.0, 400.0, 100.0])  # deviations, not their squares
    np.testing.assert_array_equal(model.faces.numpy(), triangles[:, ::-1])
    basis = scipy.io.loadmat(original)["shapePC"]
    moved = model.vertices(torch.tensor([[0.0, 2.0, 0.0]]))[0].numpy().ravel()
    np.testing.assert_allclose(moved, (mean.ravel() + 2.0 * 4e5 * basis[:, 1]) / 1000, atol=1e-4)


def test_companions_select_vertices_and_add_landmarks_and_expressions(with_companions, mean, kept):
    model = MorphableModel.from_bfm_mat(with_companions)
    assert model.topology == "bfm-53215"
    np.testing.assert_allclose(model.mean.numpy(), mean[kept] / 1000 + 2.0, atol=1e-4)
    assert model.landmarks.tolist() == list(range(9, 77))
    assert {tuple(sorted(face)) for face in model.faces.tolist()} == {(0, 4, 8), (1, 6, 7)}
    expression = scipy.io.loadmat(with_companions.with_name("Model_Expression.mat"))
    moved = model.vertices(torch.zeros(1, SHAPES), torch.tensor([[0.0, -1.0]]))[0] - model.mean
    np.testing.assert_allclose(moved.numpy().ravel(), -0.5 * expression["w_exp"][:, 1] / 1000, atol=1e-4)


def test_restricting_the_whole_model_gives_the_trimmed_one(original, with_companions, kept):
    whole = MorphableModel.from_bfm_mat(original)
    index = read_trim_index(with_companions.with_name("model_info.mat"))
    np.testing.assert_array_equal(index, kept)
    trimmed = restricted(whole, index, "bfm-53215")
    shape = torch.tensor([[1.0, -0.5, 2.0]])
    torch.testing.assert_close(trimmed.vertices(shape), whole.vertices(shape)[:, kept])
    # A face survives if its three corners do, and joins the same points.
    alive = np.isin(whole.faces.numpy(), kept).all(axis=1)
    assert 0 < alive.sum() < len(alive)
    torch.testing.assert_close(trimmed.mean[trimmed.faces], whole.mean[whole.faces[alive]])


def test_the_published_tables_restrict_as_published(golden, bfm_folder, v2_file):
    bfm = MorphableModel.from_bfm_arrays(bfm_folder)
    neckless = restricted(bfm, read_neckless_index(golden / "bfm" / "noneck38365_indices.npy"), "bfm-38365")
    published = MorphableModel.from_3ddfa_v2(v2_file)
    assert torch.equal(neckless.mean, published.mean)
    assert torch.equal(neckless.landmarks, published.landmarks)
    assert {tuple(face) for face in neckless.faces.tolist()} == {tuple(face) for face in published.faces.tolist()}


def test_landmarks_that_are_dropped_or_missing_are_none(original):
    whole = MorphableModel.from_bfm_mat(original)
    head = MorphableModel.analytic("medium")
    low = restricted(head, np.arange(3242), "analytic-head-low")
    assert torch.equal(low.landmarks, head.landmarks)
    assert not restricted(whole, np.arange(KEPT_COUNT), "bfm-53215").has_landmark.any()


@pytest.mark.parametrize("kept", [np.arange(10), np.zeros(KEPT_COUNT, int), np.arange(300, 300 + KEPT_COUNT)])
def test_a_table_that_does_not_fit_is_refused(original, kept):
    whole = MorphableModel.from_bfm_mat(original)
    with pytest.raises(ValueError, match="'bfm-53215' takes 53215 different vertices of the 53490 of 'Basel Face"):
        restricted(whole, kept, "bfm-53215")


def without(key):
    def spoil(path):
        content = {name: value for name, value in scipy.io.loadmat(path).items() if not name.startswith("__")}
        del content[key]
        scipy.io.savemat(path, content)

    return spoil


def one_kept(path):
    content = scipy.io.loadmat(path)
    scipy.io.savemat(path, {key: content[key] for key in ("tri", "keypoints")} | {"trimIndex": [[1]]})


@pytest.mark.parametrize(
    ("name", "spoil", "message"),
    [
        ("01_MorphableModel.mat", lambda path: path.unlink(), "no such file; check the path"),
        ("01_MorphableModel.mat", without("shapeEV"), "lacks shapeEV; use the file as it was published"),
        ("01_MorphableModel.mat", lambda path: path.write_bytes(b"x" * 300), "not a readable MATLAB file"),
        ("model_info.mat", lambda path: path.unlink(), "model_info.mat selects, which is missing; put it beside"),
        ("model_info.mat", without("trimIndex"), "model_info.mat: lacks trimIndex"),
        ("model_info.mat", one_kept, "trimIndex keeps 1 vertices, expected 53215"),
        ("Model_Expression.mat", without("sigma_exp"), "Model_Expression.mat: lacks sigma_exp"),
    ],
)
def test_unusable_files_are_named_with_the_remedy(with_companions, tmp_path, name, spoil, message):
    for path in with_companions.parent.iterdir():
        shutil.copy(path, tmp_path)
    spoil(tmp_path / name)
    with pytest.raises(ModelFileError, match=message):
        MorphableModel.from_bfm_mat(tmp_path / with_companions.name)
