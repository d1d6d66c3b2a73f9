"""Pretraining of the voice encoder on speaker identification: plain softmax cross-entropy."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from cmp_engine.config import SpeechConfig
from cmp_engine.data import UtteranceBatch
from cmp_engine.losses import identity_loss
from cmp_engine.networks import IdentityClassifier, VoiceEncoder
from cmp_engine.training.run import StageRun
from cmp_engine.training.step import set_learning_rate, take_step


@dataclass(frozen=True)
class SpeakerModules:
    """What identifies speakers."""

    voice_encoder: VoiceEncoder
    classifier: IdentityClassifier
    optimizer: torch.optim.Optimizer


def train_voice_encoder(
    modules: SpeakerModules, batch_at: Callable[[int], UtteranceBatch], config: SpeechConfig, run: StageRun
) -> None:
    """Learn whose voice a crop of an utterance is."""
    for step in range(run.first_step, config.steps):
        set_learning_rate(config, step, modules.optimizer)
        batch = batch_at(step)
        logits = modules.classifier(modules.voice_encoder(batch.mel))
        losses = {"identity": identity_loss(logits, batch.label)}
        take_step(modules.optimizer, losses, {"identity": 1.0})
        accuracy = (logits.argmax(dim=1) == batch.label).float().mean()
        run.finish_step(step, losses | {"accuracy": accuracy})
