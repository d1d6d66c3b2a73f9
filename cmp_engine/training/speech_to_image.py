"""Training of the speech-to-image GAN alone, the first half of Base-2."""

from collections.abc import Callable
from typing import NamedTuple

from cmp_engine.config import GanConfig
from cmp_engine.data import FaceBatch, UtteranceBatch
from cmp_engine.networks.voice_encoder import voice_embedding
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


class GanBatch(NamedTuple):
    """Voices; real faces, drawn apart from them; a real face of each voice's speaker."""

    voice: UtteranceBatch
    face: FaceBatch
    speaker: FaceBatch


def train_speech_to_image(
    modules: GanModules, batch_at: Callable[[int], GanBatch], config: GanConfig, run: StageRun
) -> None:
    """Discriminator phase, then generator phase."""
    for step in range(run.first_step, config.steps):
        set_learning_rate(config, step, modules.d_optimizer, modules.g_optimizer)
        batch = batch_at(step)
        embedding = with_noise(voice_embedding(modules.voice_encoder, batch.voice.mel), config.embedding_noise)
        fake = modules.generator(embedding)  # (B, 3, 64, 64)
        d_losses = discriminator_losses(modules, batch.face, fake.detach(), batch.voice.label)
        take_step(modules.d_optimizer, d_losses, discriminator_weights(config))
        with held(*modules.judges):
            g_losses = generator_losses(modules, fake, batch.voice.label, batch.speaker.image)
            take_step(modules.g_optimizer, g_losses, generator_weights(config))
        run.finish_step(step, d_losses | g_losses)
