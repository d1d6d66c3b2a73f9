"""The triplet term, Eq. 3."""

import torch
from torch import Tensor


def triplet_loss(anchor: Tensor, positive: Tensor, negative: Tensor, *, margin: float = 1.0) -> Tensor:
    r"""Pull the coefficients of one identity together and push other identities away (Eq. 3).

    .. math:: \max\{\|\alpha - \alpha_p\|_2 - \|\alpha - \alpha_n\|_2 + m,\, 0\}

    Args:
        anchor: 3DMM coefficients :math:`\alpha`, whitened (no unit), shape (B, P).
        positive: same identity, another utterance, shape (B, P).
        negative: another identity, shape (B, P).
        margin: :math:`m`, in units of whitened coefficients; 1 in the paper.

    Returns:
        Mean over the batch, shape ().

    Raises:
        ValueError: the shapes differ, which broadcasting would hide.
    """
    if not anchor.shape == positive.shape == negative.shape:
        raise ValueError(f"shapes differ: {anchor.shape=}, {positive.shape=}, {negative.shape=}")
    # vector_norm has the gradient zero, not NaN, where two samples coincide.
    to_positive: Tensor = torch.linalg.vector_norm(anchor - positive, dim=-1)  # (B,)
    to_negative: Tensor = torch.linalg.vector_norm(anchor - negative, dim=-1)  # (B,)
    return hinge(to_positive, to_negative, margin)


def hinge(to_positive: Tensor, to_negative: Tensor, margin: float) -> Tensor:
    """Mean of max(distance to the positive - distance to the negative + margin, 0), shape ()."""
    return (to_positive - to_negative + margin).clamp(min=0).mean()
