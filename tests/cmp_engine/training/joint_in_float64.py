"""Two joint training steps in float64 with each kind of losses, alone or under torchrun.

Writes the weights, by kind of losses and network, to the path it is given.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import torch

from cmp_engine.config import JointConfig, Losses, load_config
from cmp_engine.data import FaceBatch, TripletBatch
from cmp_engine.losses import MeshDistance
from cmp_engine.morphable import MorphableModel
from cmp_engine.networks import (
    Discriminator,
    FaceEmbedding,
    FaceGenerator,
    IdentityClassifier,
    MeshRegressor,
    VoiceEncoder,
    Whitening,
)
from cmp_engine.training.distillation import Distillation
from cmp_engine.training.gan import GanModules
from cmp_engine.training.joint import JointBatch, JointModules, train_joint
from cmp_engine.training.parallel import joined, own_rows, processes, rank, share_statistics
from cmp_engine.training.run import StageRun
from cmp_engine.training.step import make_adam

BATCH = 4


def placed(network: torch.nn.Module) -> torch.nn.Module:
    if processes() > 1:
        share_statistics(network)
    return network


def main(out: Path) -> None:
    torch.set_default_dtype(torch.float64)
    weights = {losses: trained(losses, out) for losses in get_args(Losses)}
    if rank() == 0:
        torch.save(weights, out)


def trained(losses: Losses, out: Path) -> dict[str, dict[str, torch.Tensor]]:
    torch.manual_seed(0)
    config = replace(load_config("smoke", losses).joint, steps=2, log_every=1, checkpoint_every=9)
    channels = (8, 8, 8, 8, 8)
    encoder = placed(VoiceEncoder(channels=channels[:4])).requires_grad_(False).train(config.encoder_batch_statistics)
    expert = MeshRegressor(0.125).eval().requires_grad_(False)
    student, generator = placed(MeshRegressor(0.125)), FaceGenerator(channels=channels)
    judges = FaceEmbedding(channels), Discriminator(), IdentityClassifier(3)
    g_adam, d_adam = make_adam(config, generator, student), make_adam(config, *judges)
    gan = GanModules(encoder, generator, *judges, g_optimizer=g_adam, d_optimizer=d_adam)
    whitening = Whitening(torch.zeros(102), torch.ones(102))
    modules = JointModules(gan, Distillation(student, expert, whitening, mesh_distance(config), 64))
    for optimizer in (g_adam, d_adam):
        # A bias before batch normalisation has no gradient but rounding, of which Adam would make whole steps: of the
        # published losses, a thousand times as large as the paper's, it would make some even in float64.
        optimizer.param_groups[0]["eps"] = 1e-4
    run = StageRun(out.parent, f"{out.stem}-{losses}", config, {})
    networks = {**gan.networks, "student": student}
    run.keep(networks, gan.optimizers)
    batch = own_rows(made())
    train_joint(modules, lambda _: batch, config, run)
    return {name: network.state_dict() for name, network in networks.items()}


def mesh_distance(config: JointConfig) -> MeshDistance | None:
    """Of a coarse head, which takes no time, in float64; None for the losses of the paper."""
    if not config.triplet_on_meshes:
        return None
    model = MorphableModel.analytic("low")
    meshes = MeshDistance(model.mean, model.basis)
    meshes.factor = meshes.factor.double()
    return meshes


def made() -> JointBatch:
    label = torch.arange(BATCH) % 3
    voice = TripletBatch(*(torch.randn(BATCH, 64, 64) for _ in range(3)), label)
    return JointBatch(voice, *(FaceBatch(torch.rand(BATCH, 3, 64, 64), label) for _ in range(2)))


if __name__ == "__main__":
    with joined("cpu"):
        main(Path(sys.argv[1]))
