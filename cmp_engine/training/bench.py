"""What every stage is built from: the data set, networks of the configured sizes, frozen networks of stages before."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from cmp_engine.config import EngineConfig, GanConfig, SpeechConfig
from cmp_engine.data import CropRule, Voxceleb3D
from cmp_engine.networks import (
    Discriminator,
    FaceEmbedding,
    FaceGenerator,
    IdentityClassifier,
    MeshRegressor,
    MobileNetV1,
    VoiceEncoder,
    Whitening,
)
from cmp_engine.networks.placement import Network, onto, to_freeze, to_train
from cmp_engine.runs.checkpoint import load_network, read_checkpoint
from cmp_engine.training.gan import GanModules
from cmp_engine.training.parallel import own_rows, processes, share_statistics
from cmp_engine.training.precision import in_bfloat16
from cmp_engine.training.seeding import step_generator
from cmp_engine.training.step import make_adam

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Bench:
    """Makes the parts of a stage.

    Attributes:
        dataset: its training identities are used.
        config: the run's configuration.
        needed: checkpoints of the stages before, by name.
        device: where networks and batches go.
    """

    dataset: Voxceleb3D
    config: EngineConfig
    needed: Mapping[str, Path]
    device: torch.device

    def to_train(self, network: Network) -> Network:
        """A network on the device, in training mode and in the configured precision."""
        return self._adapted(to_train(network, self.device))

    def to_freeze(self, network: Network) -> Network:
        """A pretrained network on the device, in evaluation mode for good, in the configured precision."""
        return self._adapted(to_freeze(network, self.device))

    def _adapted(self, network: Network) -> Network:
        if processes() > 1:
            share_statistics(network)
        return in_bfloat16(network, self.device) if self.config.precision == "bf16" else network

    def speaker_networks(self) -> tuple[VoiceEncoder, IdentityClassifier]:
        """A fresh voice encoder and the classifier of its training identities."""
        sizes = self.config.networks
        encoder = VoiceEncoder(channels=sizes.voice_channels, embedding=sizes.embedding)
        classifier = IdentityClassifier(len(self.dataset.train), sizes.embedding)
        return self.to_train(encoder), self.to_train(classifier)

    def fresh_regressor(self) -> MeshRegressor:
        """A mesh regressor that has learned nothing: the expert before its training, or the student."""
        return self.to_train(MeshRegressor(width=self.config.networks.regressor_width))

    def fresh_base_1_expert(self) -> MobileNetV1:
        """The image-to-3D network of Base-1 before its training."""
        return self.to_train(MobileNetV1(width=self.config.networks.base_1_width))

    def frozen_voice_encoder(self) -> VoiceEncoder:
        """The pretrained voice encoder."""
        sizes = self.config.networks
        encoder = VoiceEncoder(channels=sizes.voice_channels, embedding=sizes.embedding)
        path = self.needed["voice-encoder"]
        load_network(encoder, read_checkpoint(path), path=path, name="voice_encoder")
        return self.to_freeze(encoder)

    def frozen_expert(self) -> tuple[MeshRegressor, Whitening]:
        """The trained expert and the whitening of its parameters."""
        expert = MeshRegressor(width=self.config.networks.regressor_width)
        path = self.needed["expert"]
        state = read_checkpoint(path)
        load_network(expert, state, path=path, name="expert")
        whitening = Whitening(state["constants"]["mean"], state["constants"]["std"])
        return self.to_freeze(expert), onto(whitening, self.device)

    def fresh_gan(self, config: GanConfig, *companions: nn.Module) -> GanModules:
        """Generator and judges that have learned nothing; ``companions`` share the generator's optimiser."""
        sizes = self.config.networks
        generator = self.to_train(FaceGenerator(sizes.embedding, sizes.generator_channels))
        face_embedding = self.to_train(FaceEmbedding(sizes.face_channels, sizes.embedding))
        discriminator = self.to_train(Discriminator(sizes.embedding))
        classifier = self.to_train(IdentityClassifier(len(self.dataset.train), sizes.embedding))
        return GanModules(
            self.frozen_voice_encoder(),
            generator,
            face_embedding,
            discriminator,
            classifier,
            g_optimizer=make_adam(config, generator, *companions),
            d_optimizer=make_adam(config, face_embedding, discriminator, classifier),
        )

    def batches(self, stage: str, draw: Callable[[np.random.Generator], Batch]) -> Callable[[int], Batch]:
        """This process's part of a step's batch, on the device: of what ``draw`` makes of the step's own generator."""
        return lambda step: onto(own_rows(draw(step_generator(self.config.seed, stage, step))), self.device)


def crop_rule(config: SpeechConfig) -> CropRule:
    """How a stage crops utterances."""
    return CropRule(window=config.max_frames, shortest=config.min_frames)
