"""Both image-to-3D networks see the pictures that they were made for and answer with the same 62 parameters."""

import torch

from cmp_engine.networks import MeshRegressor, MobileNetV1, mesh_parameters


def test_mobilenet_sees_bgr_with_the_scale_of_3ddfa_v2():
    network = MobileNetV1(0.125).eval()
    grey = torch.randint(256, (2, 3, 32, 32)).float()
    found = mesh_parameters(network, (grey - 127.5) / 127.5)
    expected = network((grey[:, [2, 1, 0]] - 127.5) / 128)
    assert found.shape == (2, 62)
    torch.testing.assert_close(found, expected)


def test_mesh_regressor_sees_rgb_and_leaves_its_texture_out():
    network = MeshRegressor(0.125).eval()
    picture = torch.rand(2, 3, 32, 32)
    assert torch.equal(mesh_parameters(network, picture), network(picture).parameters[:, :62])
