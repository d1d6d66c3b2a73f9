"""3DDFA-V2 from photographs to parameters, angles and landmarks."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from cmp_engine.detection import FaceDetector, Region, crop_face, read_photograph, region_for_3ddfa
from cmp_engine.inference.three_ddfa import angles, network_input, rotation, split_parameters, to_photograph
from cmp_engine.networks import MobileNetV1, Whitening, load_published, read_whitening

FACES = [f"face_{number:02}" for number in range(1, 9)]


def test_network_wants_blue_first_and_grey_around_zero():
    face = np.zeros((1, 120, 120, 3), np.uint8)
    face[0, 3, 7] = (255, 64, 0)  # RGB
    found = network_input(face)
    assert found.shape == (1, 3, 120, 120)
    assert found[0, :, 3, 7].tolist() == [-127.5 / 128, -63.5 / 128, 127.5 / 128]


def test_parameters_are_pose_row_by_row_then_shape_then_expression():
    parts = split_parameters(torch.arange(62.0)[None])
    assert parts.pose[0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert (parts.shape[0, 0], parts.shape[0, -1]) == (12, 51)
    assert (parts.expression[0, 0], parts.expression[0, -1]) == (52, 61)


def test_another_number_of_parameters_is_refused():
    with pytest.raises(ValueError, match=r"expected 62 parameters .*, got torch\.Size\(\[1, 102\]\)"):
        split_parameters(torch.zeros(1, 102))


def turned(yaw: float, pitch: float, roll: float) -> torch.Tensor:
    """The rotation of three angles in degrees, as a product of three."""
    y, p, r = torch.deg2rad(torch.tensor([-yaw, pitch, roll], dtype=torch.float64))
    about_x = torch.tensor([[1, 0, 0], [0, p.cos(), -p.sin()], [0, p.sin(), p.cos()]], dtype=torch.float64)
    about_y = torch.tensor([[y.cos(), 0, y.sin()], [0, 1, 0], [-y.sin(), 0, y.cos()]], dtype=torch.float64)
    about_z = torch.tensor([[r.cos(), -r.sin(), 0], [r.sin(), r.cos(), 0], [0, 0, 1]], dtype=torch.float64)
    return about_z @ about_y @ about_x


@pytest.mark.parametrize("expected", [(0, 0, 0), (30, -20, 10), (-75, 40, -170), (85, 0, 5)])
def test_angles_of_a_known_turn(expected):
    assert angles(turned(*expected)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("side", [1, -1])
def test_nearly_sideways_head_has_a_yaw_of_ninety_and_no_roll(side):
    assert angles(turned(side * 89, 33, 0)) == pytest.approx((side * 90, 33, 0), abs=1e-9)


def test_rotation_ignores_scale_and_keeps_the_first_row():
    known = turned(20, 10, 5).float()
    pose = torch.cat([0.0007 * known, torch.tensor([[60.0], [50.0], [-8.0]])], dim=1)
    torch.testing.assert_close(rotation(pose[None])[0], known)
    crooked = pose.clone()
    crooked[2] *= 3  # CMP would use this row; here it follows from the others.
    torch.testing.assert_close(rotation(crooked[None])[0], known)


def test_points_return_to_the_photograph():
    region = Region(10, 20, 250, 140)  # twice as wide, as high as the network's frame
    points = torch.tensor([[[1.0, 120, 5], [61, 0, 7]]])
    expected = [[[10, 20, 0], [130, 140, 3]]]
    assert to_photograph(points, region).tolist() == expected


@pytest.fixture(scope="module")
def network(golden) -> MobileNetV1:
    network = MobileNetV1(width=0.5)
    load_published(network, golden / "3ddfa_v2" / "mb05_120x120.pth")
    return network.eval()


@pytest.fixture(scope="module")
def whitening(golden) -> Whitening:
    return read_whitening(golden / "3ddfa_v2" / "param_mean_std_62d_120x120.pkl")


@pytest.fixture(scope="module")
def stored(golden) -> dict[str, dict]:
    faces = json.loads((golden / "3ddfa_v2" / "faces.json").read_text())["faces"]
    return {face["tag"]: face for face in faces}


def regress(network: MobileNetV1, face: np.ndarray) -> torch.Tensor:
    with torch.no_grad():
        return network(network_input(face[None]))


@pytest.mark.parametrize("tag", FACES)
def test_published_weights_reproduce_the_stored_parameters_of_a_real_face(golden, network, whitening, tag):
    folder = golden / "3ddfa_v2"
    whitened = regress(network, np.asarray(Image.open(folder / f"{tag}.png").convert("RGB")))
    with np.load(folder / f"{tag}.extra.npz") as extra:
        expected = extra["network_output"]
        assert np.abs(whitened[0].numpy() - expected).max() <= 1e-5 * np.abs(expected).max()
    expected = np.load(folder / f"{tag}.param62.npy")
    tolerance = 1e-5 * np.abs(expected) + 1e-5 * whitening.std.numpy()
    assert (np.abs(whitening.restore(whitened)[0].numpy() - expected) <= tolerance).all()


@pytest.mark.parametrize("tag", FACES)
def test_stored_parameters_give_the_stored_angles_and_landmarks(golden, stored, tag):
    folder = golden / "3ddfa_v2"
    parts = split_parameters(torch.from_numpy(np.load(folder / f"{tag}.param62.npy"))[None])
    found = angles(rotation(parts.pose)[0])
    np.testing.assert_allclose(found, stored[tag]["yaw_pitch_roll_degrees"], atol=1e-3)
    with np.load(golden / "bfm" / "landmark_basis.npz") as basis:
        face = basis["u_base"] + basis["w_shp_base"] @ parts.shape[0].numpy()[:, None]
        face = face + basis["w_exp_base"] @ parts.expression[0].numpy()[:, None]
    pose = parts.pose[0]
    landmarks = torch.from_numpy(face.reshape(68, 3)) @ pose[:, :3].T + pose[:, 3]  # (68, 3)
    with np.load(folder / f"{tag}.extra.npz") as extra:
        np.testing.assert_allclose(landmarks.T, extra["landmarks_crop"], atol=1e-3)
        moved = to_photograph(landmarks[None], Region(*stored[tag]["roi"]))[0].T
        np.testing.assert_allclose(moved, extra["landmarks_image"], atol=1e-2)  # pixels of up to 3913


@pytest.mark.parametrize("name", ["JianzhuGuo.jpg", "trump_hillary.jpg", "sample_2.jpg"])
def test_photograph_leads_to_the_stored_parameters_of_all_its_faces(golden, network, stored, name):
    folder = golden / "3ddfa_v2"
    photograph = read_photograph(folder / "images" / name)
    boxes = FaceDetector.load(folder / "FaceBoxesProd.pth").detect(photograph)
    tags = [tag for tag, face in stored.items() if face["source"] == name]
    assert len(boxes) == len(tags)
    for tag, box in zip(tags, boxes, strict=True):  # Both are in the order of the scores.
        whitened = regress(network, crop_face(photograph, region_for_3ddfa(box)))
        with np.load(folder / f"{tag}.extra.npz") as extra:
            np.testing.assert_allclose(whitened[0], extra["network_output"], atol=1e-5)


def test_red_first_would_give_another_face(golden, network):
    face = np.asarray(Image.open(golden / "3ddfa_v2" / "face_01.png").convert("RGB"))
    difference = regress(network, face) - regress(network, face[..., ::-1])
    assert difference.abs().max() > 0.1
