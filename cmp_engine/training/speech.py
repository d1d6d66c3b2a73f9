"""Voice embeddings as the other networks see them: of unit length, and noisy in training."""

import torch
from torch import Tensor
from torch.nn import functional

from cmp_engine.networks import VoiceEncoder
from cmp_engine.training.parallel import normal_like


def voice_embedding(encoder: VoiceEncoder, mel: Tensor) -> Tensor:
    """Embed utterances with a frozen encoder.

    Args:
        encoder: in evaluation mode, unless it is to normalise by its batch (`encoder_batch_statistics`).
        mel: normalised log-mel spectrograms, shape (B, 64, T).

    Returns:
        Embeddings of unit length, shape (B, 64, 1, 1), without gradient.
    """
    with torch.no_grad():
        return functional.normalize(encoder(mel), dim=1)


def with_noise(embedding: Tensor, level: float, *, sharing: int = 1) -> Tensor:
    """Add Gaussian noise and scale to unit length again.

    Args:
        embedding: of unit length, shape (B, 64, 1, 1).
        level: standard deviation of the noise; 0.05 in the released code.
        sharing: the batch has this many equal parts, each of which gets the same noise.
    """
    noise = normal_like(embedding[: len(embedding) // sharing])
    return functional.normalize(embedding + level * noise.repeat(sharing, 1, 1, 1), dim=1)
