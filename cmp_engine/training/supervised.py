"""Supervised training of Sec. 3.2: voice embedding to coefficients, with voice and mesh paired (CMP-supervised)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from cmp_engine.config import SupervisedConfig
from cmp_engine.data import TripletBatch
from cmp_engine.losses import regression_loss, triplet_loss
from cmp_engine.networks import SupervisedDecoder, VoiceEncoder
from cmp_engine.networks.supervised_decoder import DECODED_ALPHA
from cmp_engine.networks.voice_encoder import voice_embedding
from cmp_engine.training.run import StageRun
from cmp_engine.training.speech import with_noise
from cmp_engine.training.step import set_learning_rate, take_step


class SupervisedBatch(NamedTuple):
    """Triplets of voices, and whitened ground truth ``alpha`` (B, 50) of the anchors."""

    voice: TripletBatch
    alpha: Tensor


@dataclass(frozen=True)
class SupervisedModules:
    """The decoder and what it listens to."""

    voice_encoder: VoiceEncoder  # frozen
    decoder: SupervisedDecoder
    optimizer: torch.optim.Optimizer


def train_supervised(
    modules: SupervisedModules, batch_at: Callable[[int], SupervisedBatch], config: SupervisedConfig, run: StageRun
) -> None:
    """Regression on the ground truth (Eq. 2) and the triplet term (Eq. 3)."""
    weights = {"regression": config.regression_weight, "triplet": config.triplet_weight}
    for step in range(run.first_step, config.steps):
        set_learning_rate(config, step, modules.optimizer)
        batch = batch_at(step)
        mel = torch.cat([batch.voice.anchor, batch.voice.positive, batch.voice.negative])
        embedding = with_noise(voice_embedding(modules.voice_encoder, mel), config.embedding_noise)
        alpha, alpha_positive, alpha_negative = modules.decoder(embedding)[:, DECODED_ALPHA].chunk(3)
        losses = {
            "regression": regression_loss(alpha, batch.alpha),
            "triplet": triplet_loss(alpha, alpha_positive, alpha_negative, margin=config.triplet_margin),
        }
        take_step(modules.optimizer, losses, weights)
        run.finish_step(step, losses)
