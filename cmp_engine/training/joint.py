"""Joint training of Sec. 3.3: the GAN and the student that learns from the expert (CMP-unsupervised)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from cmp_engine.config import JointConfig
from cmp_engine.data import FaceBatch, TripletBatch
from cmp_engine.losses import divergence_loss, regression_loss, triplet_loss
from cmp_engine.networks import MeshRegressor, Regression
from cmp_engine.networks.mesh_regressor import ALPHA
from cmp_engine.training.expert import enlarge
from cmp_engine.training.gan import (
    GanModules,
    discriminator_losses,
    discriminator_weights,
    generator_losses,
    generator_weights,
)
from cmp_engine.training.run import StageRun
from cmp_engine.training.speech import voice_embedding, with_noise
from cmp_engine.training.step import held, set_learning_rate, take_step


class JointBatch(NamedTuple):
    """Triplets of voices; real faces, drawn apart from them; a real face of each anchor's speaker."""

    voice: TripletBatch
    face: FaceBatch
    speaker: FaceBatch


@dataclass(frozen=True)
class JointModules:
    """The GAN, whose generator's optimiser also holds the student, and the expert."""

    gan: GanModules
    student: MeshRegressor
    expert: MeshRegressor  # frozen
    pixels: int  # side of the pictures that student and expert see

    def synthesize(self, voice: TripletBatch, config: JointConfig) -> Tensor:
        """Faces of anchors, positives and negatives, in this order, (3 B, 3, 64, 64).

        Only losses that the student passes on reach positives and negatives.
        """
        mel = torch.cat([voice.anchor, voice.positive, voice.negative])
        embedding = with_noise(voice_embedding(self.gan.voice_encoder, mel), config.embedding_noise)
        anchors, others = embedding.tensor_split([len(voice.label)])
        with torch.set_grad_enabled(config.student_teaches_generator):
            other_faces = self.gan.generator(others)
        return torch.cat([self.gan.generator(anchors), other_faces])

    def ask_expert(self, faces: Tensor) -> Regression:
        """The expert's pseudo ground truth; no gradient passes."""
        with torch.no_grad():
            answer: Regression = self.expert(enlarge(faces, self.pixels))
        return answer


def train_joint(
    modules: JointModules, batch_at: Callable[[int], JointBatch], config: JointConfig, run: StageRun
) -> None:
    """Discriminator phase, then generator and student phase (Eq. 7)."""
    gan = modules.gan
    for step in range(run.first_step, config.steps):
        set_learning_rate(config, step, gan.d_optimizer, gan.g_optimizer)
        batch = batch_at(step)
        label = batch.voice.label
        faces = modules.synthesize(batch.voice, config)  # (3 B, 3, 64, 64)
        anchor_faces = faces[: len(label)]
        d_losses = discriminator_losses(gan, batch.face, anchor_faces.detach(), label)
        take_step(gan.d_optimizer, d_losses, discriminator_weights(config))
        with held(*gan.judges):
            g_losses = generator_losses(gan, anchor_faces, label, batch.speaker.image)
            seen = faces if config.student_teaches_generator else faces.detach()
            s_losses = student_losses(modules, seen, config)
            weights = generator_weights(config) | student_weights(config)
            take_step(gan.g_optimizer, g_losses | s_losses, weights)
        run.finish_step(step, d_losses | g_losses | s_losses)


def student_losses(modules: JointModules, faces: Tensor, config: JointConfig) -> dict[str, Tensor]:
    """Distillation on the anchors (Eq. 4 and 6) and the triplet term (Eq. 3).

    The released code distils the pooled features and those of the second 64-channel block and adds
    the two; "intermediate layers" of the paper is read the same way.

    Args:
        modules: student and expert are used.
        faces: synthesised faces of anchors, positives and negatives, (3 B, 3, 64, 64).
        config: gives the margin.
    """
    anchors = len(faces) // 3
    answer = modules.student(enlarge(faces, modules.pixels))
    expert = modules.ask_expert(faces[:anchors].detach())
    alpha, alpha_positive, alpha_negative = answer.parameters[:, ALPHA].chunk(3)  # (B, 50) each, whitened
    return {
        "pseudo_ground_truth": regression_loss(alpha, expert.parameters[:, ALPHA]),
        "divergence": divergence_loss(expert.pooled, answer.pooled[:anchors])
        + divergence_loss(expert.intermediate, answer.intermediate[:anchors]),
        "triplet": triplet_loss(alpha, alpha_positive, alpha_negative, margin=config.triplet_margin),
    }


def student_weights(config: JointConfig) -> dict[str, float]:
    """Weights of `student_losses`."""
    return {
        "pseudo_ground_truth": config.pseudo_ground_truth_weight,
        "divergence": config.divergence_weight,
        "triplet": config.triplet_weight,
    }
