"""Distillation of an embedding's neighbourhoods, Eq. 5 and 6, and the released code's form of it."""

import torch
from torch import Tensor

COSINE_EPSILON = 1e-7  # Keeps the direction of an all-zero feature defined (the released code's value).


def divergence_loss(
    expert: Tensor,
    student: Tensor,
    *,
    from_student: bool = False,
    with_diagonal: bool = False,
    averaged: bool = False,
) -> Tensor:
    r"""Divergence of the student's conditional probabilities from the expert's (Eq. 6).

    .. math:: \sum_i \sum_{j \neq i} z^E_{j|i} \log \frac{z^E_{j|i}}{z_{j|i}}

    Each keyword is a departure of the released code from the paper; `pkt_loss` is all of them.

    Args:
        expert: image embeddings :math:`z^E`, shape (B, ...); what follows B is collapsed.
        student: image embeddings :math:`z`, shape (B, ...).
        from_student: KL(student || expert) instead of KL(expert || student).
        with_diagonal: count each sample as a neighbour of itself, in Eq. 5 and 6.
        averaged: mean over all B * B pairs instead of the sum.

    Returns:
        Sum over all ordered pairs of the batch, or the mean over B * B, shape ().

    Raises:
        ValueError: the batches differ or have fewer than two samples.
    """
    if len(expert) != len(student) or len(expert) < 2:
        raise ValueError(f"need two batches of one size, at least 2: {expert.shape=}, {student.shape=}")
    p = conditional_probability(expert, with_diagonal=with_diagonal)
    q = conditional_probability(student, with_diagonal=with_diagonal)
    if from_student:
        p, q = q, p
    # The floor makes 0 log 0 zero (the diagonal) and keeps the gradient finite where q vanishes.
    tiny = torch.finfo(q.dtype).tiny
    log_ratio: Tensor = p.clamp(min=tiny).log() - q.clamp(min=tiny).log()
    total = (p * log_ratio).sum()
    return total / p.numel() if averaged else total


def pkt_loss(expert: Tensor, student: Tensor) -> Tensor:
    """Probabilistic knowledge transfer as released: Eq. 6 from the student, with the diagonal, averaged.

    Args:
        expert: image embeddings, shape (B, ...).
        student: image embeddings, shape (B, ...).

    Returns:
        Mean over all pairs, shape ().

    Raises:
        ValueError: the batches differ or have fewer than two samples.
    """
    return divergence_loss(expert, student, from_student=True, with_diagonal=True, averaged=True)


def conditional_probability(features: Tensor, *, with_diagonal: bool = False) -> Tensor:
    """Probability of choosing sample j as the neighbour of sample i (Eq. 5).

    Args:
        features: shape (B, ...).
        with_diagonal: let a sample choose itself, as released; the paper leaves it out.

    Returns:
        Probabilities, shape (B, B); row i sums to one, and is zero at i without the diagonal.
    """
    kernel = cosine_kernel(features)
    if not with_diagonal:
        kernel = kernel * (1 - torch.eye(len(kernel), dtype=kernel.dtype, device=kernel.device))
    return kernel / kernel.sum(dim=1, keepdim=True).clamp(min=COSINE_EPSILON)


def cosine_kernel(features: Tensor) -> Tensor:
    """Cosine similarity of all pairs, scaled and shifted to [0, 1], shape (B, B)."""
    flat = features.flatten(1)  # (B, nu)
    length = torch.linalg.vector_norm(flat, dim=1, keepdim=True)
    direction = flat / (length + COSINE_EPSILON)
    # Rounding may carry a cosine a hair beyond 1.
    kernel: Tensor = ((direction @ direction.T + 1) / 2).clamp(0, 1)
    return kernel
