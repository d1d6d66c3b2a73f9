"""Each departure of the released code changes what its field says, against the equations written out."""

from dataclasses import replace

import pytest
import torch

from cmp_engine import losses
from cmp_engine.config import JointConfig, load_config
from cmp_engine.morphable import MorphableModel
from cmp_engine.networks import MeshRegressor, Whitening
from cmp_engine.networks.image_to_3d import enlarge
from cmp_engine.runs.checkpoint import read_checkpoint
from cmp_engine.training import stages, train_stage
from cmp_engine.training.distillation import Distillation, mesh_distance, student_losses
from cmp_engine.training.speech import with_noise

PIXELS = 32
PAPER = JointConfig()
PUBLISHED = load_config("paper", losses="published").joint


def telling(network: MeshRegressor, faces: torch.Tensor) -> MeshRegressor:
    """A network whose answers differ between faces, which those of a fresh one hardly do."""
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(layer.weight)
            layer.momentum = 1.0
    network.train()(enlarge(faces, PIXELS))
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def parts(faces):
    torch.manual_seed(0)
    student, expert = (telling(MeshRegressor(0.125), faces) for _ in range(2))
    pose = torch.tensor([0.5, 0, 0, 60, 0, 0.5, 0, 60, 0, 0, 0.5, 0])  # half a pixel per millimetre
    whitening = Whitening(torch.cat([pose, torch.zeros(90)]), torch.cat([0.02 * torch.ones(12), torch.ones(90)]))
    return Distillation(student, expert, whitening, mesh_distance(PUBLISHED), PIXELS)


@pytest.fixture(scope="module")
def faces():
    return torch.rand(9, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1


def meshes(parts, parameters):
    """Scaled frontal meshes (B, 3, N) in pixels, float64."""
    restored = parameters.double() * parts.whitening.std.double() + parts.whitening.mean.double()
    scale = (restored[:, 0:3].norm(dim=1) + restored[:, 4:7].norm(dim=1)) / 2
    model = MorphableModel.analytic("full")
    return (scale[:, None, None] * model.vertices(restored[:, 12:52].float(), restored[:, 52:62].float())).mT


def test_paper_form_compares_coefficients(parts, faces):
    found = student_losses(parts, faces, PAPER)
    own, expert = parts.student(enlarge(faces, PIXELS)), parts.expert(enlarge(faces[:3], PIXELS))
    alpha = own.parameters[:, 12:62]
    expected = {
        "pseudo_ground_truth": losses.regression_loss(alpha[:3], expert.parameters[:, 12:62]),
        "divergence": losses.divergence_loss(expert.pooled, own.pooled[:3])
        + losses.divergence_loss(expert.intermediate, own.intermediate[:3]),
        "triplet": losses.triplet_loss(alpha[:3], alpha[3:6], alpha[6:]),
    }
    assert {name: loss.item() for name, loss in found.items()} == pytest.approx(
        {name: loss.item() for name, loss in expected.items()}, rel=1e-5
    )


def test_published_form_compares_dense_meshes_and_shows_the_expert_swapped_colours(parts, faces):
    found = student_losses(parts, faces, PUBLISHED)
    own, expert = parts.student(enlarge(faces, PIXELS)), parts.expert(enlarge(faces[:3].flip(1), PIXELS))
    mesh = meshes(parts, own.parameters)
    expected = {
        "pseudo_ground_truth": losses.half_mean_squared_error(mesh[:3], meshes(parts, expert.parameters)),
        "divergence": losses.pkt_loss(expert.pooled, own.pooled[:3])
        + losses.pkt_loss(expert.intermediate, own.intermediate[:3]),
        "triplet": losses.triplet_loss(mesh[:3], mesh[3:6], mesh[6:]),
    }
    assert {name: loss.item() for name, loss in found.items()} == pytest.approx(
        {name: loss.item() for name, loss in expected.items()}, rel=1e-4
    )


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("pseudo_ground_truth_on_meshes", {"pseudo_ground_truth"}),
        ("divergence_from_student", {"divergence"}),
        ("divergence_with_diagonal", {"divergence"}),
        ("divergence_averaged", {"divergence"}),
        ("triplet_on_meshes", {"triplet"}),
        ("expert_sees_swapped_colours", {"pseudo_ground_truth", "divergence"}),
    ],
)
def test_each_departure_alone_changes_its_own_loss(parts, faces, field, changed):
    paper = student_losses(parts, faces, PAPER)
    departed = student_losses(parts, faces, replace(PAPER, **{field: True}))
    assert {name for name in paper if departed[name].item() != paper[name].item()} == changed


@pytest.mark.parametrize("passes", [False, True])
def test_gradients_reach_the_faces_through_the_expert_only_where_asked(parts, faces, passes):
    seen = faces.clone().requires_grad_()
    answer = parts.ask_expert(seen, replace(PAPER, expert_passes_gradients=passes))
    assert answer.parameters.requires_grad is passes
    assert all(parameter.grad is None for parameter in parts.expert.parameters())


def test_distances_of_meshes_are_made_only_where_a_loss_needs_them():
    assert mesh_distance(PAPER) is None
    assert mesh_distance(replace(PAPER, triplet_on_meshes=True)) is not None


def test_noise_is_shared_by_anchor_positive_and_negative_only_where_asked():
    embedding = torch.nn.functional.normalize(torch.randn(2, 64, 1, 1), dim=1).repeat(3, 1, 1, 1)
    anchor, positive, negative = with_noise(embedding, 0.05, sharing=3).chunk(3)
    assert torch.equal(anchor, positive)
    assert torch.equal(anchor, negative)
    assert not torch.equal(anchor[0], anchor[1])
    anchor, positive, negative = with_noise(embedding, 0.05).chunk(3)
    assert not torch.equal(anchor, positive)


@pytest.fixture(scope="module")
def published_run(noise_dataset, tmp_path_factory):
    """A joint run of the smoke profile with published losses: folder, modules, batches drawn."""
    run, config = tmp_path_factory.mktemp("published"), load_config("smoke", losses="published")
    for stage in ("voice-encoder", "expert"):
        train_stage(stage, dataset=noise_dataset, config=config, run=run)
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        original = stages.train_joint
        patch.setattr(stages, "train_joint", lambda modules, *rest: seen.append(modules) or original(modules, *rest))
        final = train_stage("joint", dataset=noise_dataset, config=config, run=run)
    return run, seen[0], final


def test_published_configuration_trains_to_finite_weights(published_run):
    _, modules, final = published_run
    state = read_checkpoint(final)["networks"]
    assert all(tensor.isfinite().all() for network in state.values() for tensor in network.values())
    assert modules.distillation.meshes is not None


def test_published_encoder_uses_batch_statistics_but_keeps_its_weights(published_run):
    run, modules, _ = published_run
    stored = read_checkpoint(run / "voice-encoder" / "final.pt")["networks"]["voice_encoder"]
    encoder = modules.gan.voice_encoder
    assert encoder.training
    assert all(torch.equal(parameter, stored[name]) for name, parameter in encoder.named_parameters())
    assert not torch.equal(encoder.state_dict()["model.1.running_mean"], stored["model.1.running_mean"])
