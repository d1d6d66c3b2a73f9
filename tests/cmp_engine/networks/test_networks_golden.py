"""The networks compute what the published ones compute, and keep their key names."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from cmp_engine import losses, networks
from cmp_engine.detection import FaceBoxes
from cmp_engine.networks.image_to_3d import enlarge

SMALL = {
    "voice_embed_small": lambda: networks.VoiceEncoder(channels=(8, 12, 16, 20)),
    "generator_small": lambda: networks.FaceGenerator(channels=(32, 24, 16, 12, 8)),
    "face_embed_small": lambda: networks.FaceEmbedding(channels=(4, 6, 8, 10, 12)),
    "classifier_small": lambda: networks.IdentityClassifier(10),
    "discriminator": networks.Discriminator,
    "image3d_w0125": lambda: networks.MeshRegressor(width=0.125),
    "mobilenet_v1_w0125": lambda: networks.MobileNetV1(width=0.125),
    "supervised_decoder": networks.SupervisedDecoder,
}
FULL = {
    "voice_embed_full_hash": networks.VoiceEncoder,
    "generator_full_hash": networks.FaceGenerator,
    "face_embed_full_hash": networks.FaceEmbedding,
    "image3d_full_hash": networks.MeshRegressor,
    "mobilenet_v1_x1_hash": networks.MobileNetV1,
}
LISTING = {
    "voice_embedding": networks.VoiceEncoder,
    "generator": networks.FaceGenerator,
    "face_embedding": networks.FaceEmbedding,
    "discriminator": networks.Discriminator,
    "classifier_924": lambda: networks.IdentityClassifier(924),
    "image3d": networks.MeshRegressor,
    "mobilenet_v1_x1": networks.MobileNetV1,
    "mobilenet_v1_x05": lambda: networks.MobileNetV1(width=0.5),
    "supervised_decoder": networks.SupervisedDecoder,
    "faceboxes": FaceBoxes,
}


def outputs_of(network: nn.Module, value: np.ndarray) -> dict[str, torch.Tensor]:
    with torch.no_grad():
        result = network(torch.from_numpy(value))
    if isinstance(result, networks.Regression):
        return {"output": result.parameters, "pooled": result.pooled, "intermediate": result.intermediate}
    if isinstance(network, networks.VoiceEncoder) and not network.training:
        return {"output": result, "normalised": nn.functional.normalize(result, dim=1)}
    return {"output": result}


def assert_agrees(outputs: dict[str, torch.Tensor], stored) -> None:
    for name, tensor in outputs.items():
        expected = stored[name]
        assert tuple(tensor.shape) == expected.shape
        assert np.abs(tensor.numpy() - expected).max() <= 1e-5 * np.abs(expected).max()


def generated_weights(network: nn.Module) -> dict[str, torch.Tensor]:
    """The weights of the full-size cases: an integer hash of position in the listing and in the tensor."""
    state = {}
    for number, (key, tensor) in enumerate(network.state_dict().items(), start=1):
        x = (np.arange(tensor.numel(), dtype=np.uint64) + number * 0x9E3779B9) % 2**32
        for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
            x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) % 2**32
        u = (x ^ (x >> np.uint64(16))) / 2**32
        if key.endswith("num_batches_tracked"):
            value = 0 * u
        elif tensor.dim() >= 2:
            value = np.sqrt(6 / np.prod(tensor.shape[1:])) * (2 * u - 1)
        elif key.endswith("running_mean"):
            value = 0.1 * (2 * u - 1)
        elif key.endswith("running_var"):
            value = 0.5 + u
        elif key.endswith("weight"):
            value = 0.8 + 0.4 * u
        else:
            value = 0.05 * (2 * u - 1)
        state[key] = torch.from_numpy(value.reshape(tensor.shape)).to(tensor.dtype)
    return state


@pytest.mark.parametrize("case", SMALL)
def test_small_network_reproduces_stored_output(golden, case):
    network = SMALL[case]().eval()
    with np.load(golden / "networks" / f"{case}.weights.npz") as weights:
        networks.load_published(network, {key: torch.from_numpy(weights[key]) for key in weights.files})
    with np.load(golden / "networks" / f"{case}.io.npz") as stored:
        assert_agrees(outputs_of(network, stored["input"]), stored)


@pytest.mark.parametrize("case", FULL)
def test_network_of_published_size_reproduces_stored_output(golden, case):
    network = FULL[case]().eval()
    networks.load_published(network, generated_weights(network))
    with np.load(golden / "networks" / f"{case}.io.npz") as stored:
        assert_agrees(outputs_of(network, stored["input"]), stored)


def test_voice_encoder_in_training_uses_and_updates_batch_statistics(golden):
    network = networks.VoiceEncoder(channels=(8, 12, 16, 20)).train()
    with np.load(golden / "networks" / "voice_embed_trainmode.weights.npz") as weights:
        networks.load_published(network, {key: torch.from_numpy(weights[key]) for key in weights.files})
    with np.load(golden / "networks" / "voice_embed_trainmode.io.npz") as stored:
        assert_agrees(outputs_of(network, stored["input"]), stored)
        after = [name for name in stored.files if name.startswith("after/")]
        assert len(after) == 8
        for name in after:
            found = network.state_dict()[name.removeprefix("after/")].numpy()
            np.testing.assert_allclose(found, stored[name], rtol=1e-5, atol=1e-6)


def test_every_stored_network_case_is_tested(golden):
    cases = json.loads((golden / "networks" / "cases.json").read_text())
    of_networks = {name for name, case in cases.items() if "network" in case}
    assert of_networks == {*SMALL, *FULL, "voice_embed_trainmode"}


def test_losses_on_stored_scores_are_the_stored_ones(golden):
    with np.load(golden / "networks" / "classifier_small.io.npz") as stored:
        loss = losses.identity_loss(torch.from_numpy(stored["output"]), torch.from_numpy(stored["labels"]))
        np.testing.assert_allclose(loss, stored["nll"], rtol=1e-5)
    with np.load(golden / "networks" / "discriminator.io.npz") as stored:
        scores = torch.from_numpy(stored["output"])
        np.testing.assert_allclose(losses.real_loss(scores), stored["bce_real"], rtol=1e-5)
        np.testing.assert_allclose(losses.fake_loss(scores), stored["bce_fake"], rtol=1e-5)


def test_face_is_enlarged_for_the_regressor_as_stored(golden):
    with np.load(golden / "networks" / "generator_small.io.npz") as stored:
        enlarged = enlarge(torch.from_numpy(stored["output"]), 120).numpy()
        np.testing.assert_allclose(enlarged, stored["upsampled_120"], atol=1e-5)


@pytest.mark.parametrize("name", LISTING)
def test_keys_shapes_and_order_are_the_published_ones(golden, name):
    listing = json.loads((golden / "networks" / "state_dict_listing.json").read_text())[name]
    network = LISTING[name]()
    written = networks.published_state_dict(network)
    found = [[key, list(tensor.shape), str(tensor.dtype).removeprefix("torch.")] for key, tensor in written.items()]
    assert found == listing["keys"]
    assert len(found) == listing["entries"]
    assert sum(p.numel() for p in network.parameters()) == listing["parameters"]
