"""Prediction from voices: batches, lengths, and the pose that pictures are seen in."""

import itertools

import numpy as np
import pytest
import torch

from cmp_engine.config import load_config
from cmp_engine.inference import VoiceToFace
from cmp_engine.inference.voice_to_face import BATCH, Cascade, DirectDecoder, Shelf
from cmp_engine.networks import (
    FaceGenerator,
    MeshRegressor,
    MobileNetV1,
    SupervisedDecoder,
    VoiceEncoder,
    Whitening,
    mesh_parameters,
)
from cmp_engine.networks.image_to_3d import enlarge
from cmp_engine.networks.voice_encoder import voice_embedding

CONDITIONS = ("base-1", "base-2", "cmp-unsupervised", "cmp-supervised")


@pytest.fixture(scope="module")
def voices():
    """Features of utterances: more than fit one pass, of three lengths in turn, each with a sound of its own."""
    rng = np.random.default_rng(3)
    frames = [1000 + 137 * (row % 3) for row in range(BATCH + 3)]
    return [(rng.normal(size=(count, 64)) + 2 * rng.normal(size=64)).astype(np.float32) for count in frames]


def method_of(condition):
    """A condition's networks with random weights, which, unlike those of a smoke run, tell voices apart."""
    whitening = Whitening(torch.randn(62), torch.rand(62) + 1.0)
    if condition == "cmp-supervised":
        return DirectDecoder(SupervisedDecoder(16).eval(), Whitening(whitening.mean[12:62], whitening.std[12:62]))
    generator = lively(FaceGenerator(16, (32, 24, 16, 12, 8)))
    expert = lively(MobileNetV1(0.25) if condition == "base-1" else MeshRegressor(0.25))
    student = lively(MeshRegressor(0.25)) if condition == "cmp-unsupervised" else None
    return Cascade(generator, expert, student, whitening, 64)


def lively(network):
    """He initialisation: with PyTorch's own, signals die within as many layers as these have."""
    for parameter in network.parameters():
        if parameter.ndim > 1:
            torch.nn.init.kaiming_normal_(parameter)
    return network.eval()


@pytest.mark.parametrize("condition", CONDITIONS)
def test_many_at_once_give_what_one_by_one_gives(condition, voices):
    torch.manual_seed(0)
    encoder = VoiceEncoder(channels=(8, 12, 16, 20), embedding=16).eval()
    predictor = VoiceToFace(encoder, method_of(condition), torch.device("cpu"))
    together = predictor.predict(voices)
    alone = [predictor.predict([voice])[0] for voice in voices]
    for one, other in zip(together, alone, strict=True):
        assert one.shape == pytest.approx(other.shape, abs=1e-5)
        assert one.expression == pytest.approx(other.expression, abs=1e-5)
        if condition == "cmp-supervised":
            assert one.image is other.image is one.pose is None
        else:
            assert one.pose == pytest.approx(other.pose, abs=1e-5)
            # A value within rounding of a grey level may fall on either side of it.
            assert np.abs(one.image.astype(int) - other.image).max() <= 1
    apart = [np.abs(first.shape - second.shape).max() for first, second in itertools.pairwise(together)]
    assert min(apart) > 1e-4  # or the order could be any


def test_the_whole_utterance_is_heard(smoke_run, voices):
    predictor = VoiceToFace.load(smoke_run, "cmp-supervised")
    changed = voices[2].copy()
    changed[-80:] = 3.0
    before, after = (predictor.predict([mel])[0].shape for mel in (voices[2], changed))
    assert np.abs(before - after).max() > 1e-4


@pytest.mark.parametrize("condition", ["base-1", "base-2", "cmp-unsupervised"])
def test_pose_is_what_the_expert_sees_and_the_form_what_the_condition_does(condition, voices):
    torch.manual_seed(1)
    encoder = VoiceEncoder(channels=(8, 12, 16, 20), embedding=16).eval()
    method = method_of(condition)
    face = VoiceToFace(encoder, method, torch.device("cpu")).predict(voices[:1])[0]
    with torch.inference_mode():
        picture = method.generator(voice_embedding(encoder, torch.from_numpy(voices[0].T)[None]))
        tells = method.student if condition == "cmp-unsupervised" else method.expert
        seen, told = (
            method.whitening.restore(mesh_parameters(network, enlarge(picture, method.pixels)))[0].numpy()
            for network in (method.expert, tells)
        )
    assert face.pose == pytest.approx(seen[:12], abs=1e-5)
    assert face.shape == pytest.approx(told[12:52], abs=1e-5)
    assert face.expression == pytest.approx(told[52:62], abs=1e-5)


def test_expert_and_student_are_loaded_each_in_its_place(smoke_run, voices):
    """Base-2 and CMP-unsupervised share the expert: only the latter's form comes from another file."""
    shelf = Shelf(smoke_run, load_config(smoke_run / "config.toml").networks, torch.device("cpu"))
    expert, student = shelf.expert("expert"), shelf.student()
    image = torch.randn(1, 3, shelf.sizes.regressor_pixels, shelf.sizes.regressor_pixels)
    assert not torch.allclose(expert(image).parameters, student(image).parameters, atol=1e-3)
    loaded = VoiceToFace.load(smoke_run, "cmp-unsupervised")._method
    assert torch.equal(loaded.expert(image).parameters, expert(image).parameters)
    assert torch.equal(loaded.student(image).parameters, student(image).parameters)


@pytest.mark.parametrize("shape", [(64, 1000), (0, 64), (1000,)])
def test_features_of_another_shape_are_refused(shape, smoke_run):
    with pytest.raises(ValueError, match=r"features of shape \(T, 64\), got"):
        VoiceToFace.load(smoke_run, "cmp-supervised").predict([np.zeros(shape, np.float32)])


def test_nobody_speaks_nobody_is_seen(smoke_run):
    assert VoiceToFace.load(smoke_run, "base-2").predict([]) == []
