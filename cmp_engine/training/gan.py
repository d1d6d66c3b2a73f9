"""The two phases of the speech-to-image GAN, L_r and L_f of Sec. 3.3."""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.optim import Optimizer

from cmp_engine.config import GanConfig
from cmp_engine.data import FaceBatch
from cmp_engine.losses import fake_loss, identity_loss, likeness_loss, real_loss
from cmp_engine.networks import Discriminator, FaceEmbedding, FaceGenerator, IdentityClassifier, VoiceEncoder


@dataclass(frozen=True)
class GanModules:
    """Generator and judges; discriminator and classifier share one face embedding."""

    voice_encoder: VoiceEncoder  # frozen
    generator: FaceGenerator
    face_embedding: FaceEmbedding
    discriminator: Discriminator
    classifier: IdentityClassifier
    g_optimizer: Optimizer  # of the generator, and in joint training of the student
    d_optimizer: Optimizer  # of the judges

    @property
    def judges(self) -> tuple[nn.Module, ...]:
        """What the discriminator's phase trains."""
        return self.face_embedding, self.discriminator, self.classifier

    @property
    def networks(self) -> dict[str, nn.Module]:
        """What is trained, by name."""
        names = ("generator", "face_embedding", "discriminator", "classifier")
        return {name: getattr(self, name) for name in names}

    @property
    def optimizers(self) -> dict[str, Optimizer]:
        """The optimisers, by name."""
        return {"g_optimizer": self.g_optimizer, "d_optimizer": self.d_optimizer}


def discriminator_losses(modules: GanModules, real: FaceBatch, fake: Tensor, label: Tensor) -> dict[str, Tensor]:
    """Losses of the judges on real faces (L_r) and on synthesised ones (L_f).

    Args:
        modules: the judges are used.
        real: real faces and their identities.
        fake: synthesised faces (B, 3, 64, 64), detached.
        label: identities of the voices they were made from, (B,).
    """
    seen = modules.face_embedding(real.image)
    synthesised = modules.face_embedding(fake)
    return {
        "real": real_loss(modules.discriminator(seen)),
        "identity_of_real": identity_loss(modules.classifier(seen), real.label),
        "fake": fake_loss(modules.discriminator(synthesised)),
        "identity_of_fake": identity_loss(modules.classifier(synthesised), label),
    }


def generator_losses(modules: GanModules, fake: Tensor, label: Tensor, speaker: Tensor) -> dict[str, Tensor]:
    """Losses of the generator: pass for real, be recognised, and look like the speaker.

    Args:
        modules: the judges are used.
        fake: synthesised faces (B, 3, 64, 64).
        label: identities of the voices they were made from, (B,).
        speaker: a real face of each voice's speaker, (B, 3, 64, 64).
    """
    synthesised = modules.face_embedding(fake)
    return {
        "passing": real_loss(modules.discriminator(synthesised)),
        "recognised": identity_loss(modules.classifier(synthesised), label),
        "likeness": likeness_loss(fake, speaker),
    }


def discriminator_weights(config: GanConfig) -> dict[str, float]:
    """Weights of `discriminator_losses`."""
    return {
        "real": config.real_weight,
        "identity_of_real": config.identity_of_real_weight,
        "fake": config.fake_weight,
        "identity_of_fake": config.identity_of_fake_weight,
    }


def generator_weights(config: GanConfig) -> dict[str, float]:
    """Weights of `generator_losses`."""
    return {
        "passing": config.passing_weight,
        "recognised": config.recognised_weight,
        "likeness": config.likeness_weight,
    }
