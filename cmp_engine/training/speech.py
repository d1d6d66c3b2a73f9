"""Voice embeddings as the other networks see them: of unit length, and noisy in training."""

from torch import Tensor
from torch.nn import functional

from cmp_engine.training.parallel import normal_like


def with_noise(embedding: Tensor, level: float, *, sharing: int = 1) -> Tensor:
    """Add Gaussian noise and scale to unit length again.

    Args:
        embedding: of unit length, shape (B, 64, 1, 1).
        level: standard deviation of the noise; 0.05 in the released code.
        sharing: the batch has this many equal parts, each of which gets the same noise.
    """
    noise = normal_like(embedding[: len(embedding) // sharing])
    return functional.normalize(embedding + level * noise.repeat(sharing, 1, 1, 1), dim=1)
