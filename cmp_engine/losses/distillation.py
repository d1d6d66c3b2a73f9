"""Distillation of an embedding's neighbourhoods, Eq. 5 and 6, and the released code's form of it."""

import torch
from torch import Tensor

COSINE_EPSILON = 1e-7  # Keeps the direction of an all-zero feature defined (the released code's value).


def divergence_loss(expert: Tensor, student: Tensor) -> Tensor:
    r"""Divergence of the student's conditional probabilities from the expert's (Eq. 6).

    .. math:: \sum_i \sum_{j \neq i} z^E_{j|i} \log \frac{z^E_{j|i}}{z_{j|i}}

    Args:
        expert: image embeddings :math:`z^E`, shape (B, ...); what follows B is collapsed.
        student: image embeddings :math:`z`, shape (B, ...).

    Returns:
        Sum over all ordered pairs of the batch, shape ().

    Raises:
        ValueError: the batches differ or have fewer than two samples.
    """
    if len(expert) != len(student) or len(expert) < 2:
        raise ValueError(f"need two batches of one size, at least 2: {expert.shape=}, {student.shape=}")
    p = conditional_probability(expert)
    q = conditional_probability(student)
    # The floor makes 0 log 0 zero (the diagonal) and keeps the gradient finite where q vanishes.
    tiny = torch.finfo(q.dtype).tiny
    log_ratio: Tensor = p.clamp(min=tiny).log() - q.clamp(min=tiny).log()
    return (p * log_ratio).sum()


def conditional_probability(features: Tensor) -> Tensor:
    """Probability of choosing sample j as the neighbour of sample i (Eq. 5), the sample itself left out.

    Args:
        features: shape (B, ...).

    Returns:
        Probabilities, shape (B, B); row i sums to one and is zero at i.
    """
    kernel = cosine_kernel(features)
    others = 1 - torch.eye(len(kernel), dtype=kernel.dtype, device=kernel.device)
    kernel = kernel * others
    return kernel / kernel.sum(dim=1, keepdim=True).clamp(min=COSINE_EPSILON)


def cosine_kernel(features: Tensor) -> Tensor:
    """Cosine similarity of all pairs, scaled and shifted to [0, 1], shape (B, B)."""
    flat = features.flatten(1)  # (B, nu)
    length = torch.linalg.vector_norm(flat, dim=1, keepdim=True)
    direction = flat / (length + COSINE_EPSILON)
    # Rounding may carry a cosine a hair beyond 1.
    kernel: Tensor = ((direction @ direction.T + 1) / 2).clamp(0, 1)
    return kernel


def pkt_loss(expert: Tensor, student: Tensor) -> Tensor:
    """Probabilistic knowledge transfer as released, which departs from Eq. 5 and 6 in three ways.

    Rows are normalised with the diagonal, the mean over B * B replaces the sum, and given the
    released argument order (expert, student) the value is KL(student || expert).

    Args:
        expert: image embeddings, shape (B, ...).
        student: image embeddings, shape (B, ...).

    Returns:
        Mean over all pairs, shape ().
    """
    p = cosine_kernel(expert)
    q = cosine_kernel(student)
    p = p / p.sum(dim=1, keepdim=True)
    q = q / q.sum(dim=1, keepdim=True)
    return (q * ((q + COSINE_EPSILON) / (p + COSINE_EPSILON)).log()).mean()
