"""The terms of the GAN: L_r and L_f of Sec. 3.3, each a discriminator and a classifier part."""

import torch
from torch import Tensor
from torch.nn import functional


def real_loss(logits: Tensor) -> Tensor:
    """Binary cross-entropy of assigning faces to "real".

    Args:
        logits: the discriminator's scores, shape (B, 1); positive means real.

    Returns:
        Mean over the batch, shape ().
    """
    return functional.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


def fake_loss(logits: Tensor) -> Tensor:
    """Binary cross-entropy of assigning faces to "fake"; arguments as `real_loss`."""
    return functional.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))


def identity_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Softmax cross-entropy of assigning faces, or voices, to their identity.

    Args:
        logits: the classifier's scores, shape (B, K).
        labels: identity numbers, int64, shape (B,).

    Returns:
        Mean over the batch, shape ().
    """
    return functional.cross_entropy(logits, labels)


def likeness_loss(synthesised: Tensor, real: Tensor) -> Tensor:
    """Mean absolute difference between synthesised and real faces; not in the paper (pix2pix, Isola et al. 2017).

    Args:
        synthesised: RGB pictures, shape (B, 3, H, W).
        real: a picture of the same person each, shape (B, 3, H, W), in [-1, 1].

    Returns:
        Mean over all values, shape ().

    Raises:
        ValueError: the shapes differ.
    """
    if synthesised.shape != real.shape:
        raise ValueError(f"shapes differ: {synthesised.shape=}, {real.shape=}")
    return (synthesised - real).abs().mean()
