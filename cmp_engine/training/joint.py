"""Joint training of Sec. 3.3: the GAN and the student that learns from the expert (CMP-unsupervised)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from cmp_engine.config import JointConfig
from cmp_engine.data import FaceBatch, TripletBatch
from cmp_engine.networks.voice_encoder import voice_embedding
from cmp_engine.training.distillation import Distillation, student_losses, student_weights
from cmp_engine.training.gan import (
    GanModules,
    discriminator_losses,
    discriminator_weights,
    generator_losses,
    generator_weights,
)
from cmp_engine.training.run import StageRun
from cmp_engine.training.speech import with_noise
from cmp_engine.training.step import held, set_learning_rate, take_step


class JointBatch(NamedTuple):
    """Triplets of voices; real faces, drawn apart from them; a real face of each anchor's speaker."""

    voice: TripletBatch
    face: FaceBatch
    speaker: FaceBatch


@dataclass(frozen=True)
class JointModules:
    """The GAN, whose generator's optimiser also holds the student, and what the student learns by."""

    gan: GanModules
    distillation: Distillation

    def synthesize(self, voice: TripletBatch, config: JointConfig) -> Tensor:
        """Faces of anchors, positives and negatives, in this order, (3 B, 3, 64, 64).

        Only losses that the student passes on reach positives and negatives.
        """
        mel = torch.cat([voice.anchor, voice.positive, voice.negative])
        sharing = 3 if config.noise_shared_in_triplet else 1
        embedding = with_noise(voice_embedding(self.gan.voice_encoder, mel), config.embedding_noise, sharing=sharing)
        anchors, others = embedding.tensor_split([len(voice.label)])
        with torch.set_grad_enabled(config.student_teaches_generator):
            other_faces = self.gan.generator(others)
        return torch.cat([self.gan.generator(anchors), other_faces])


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
            s_losses = student_losses(modules.distillation, seen, config)
            weights = generator_weights(config) | student_weights(config)
            take_step(gan.g_optimizer, g_losses | s_losses, weights)
        run.finish_step(step, d_losses | g_losses | s_losses)
