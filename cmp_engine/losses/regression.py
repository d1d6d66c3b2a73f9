"""Squared distance of coefficients: Eq. 2 with a ground truth, Eq. 4 with the expert's answer."""

from torch import Tensor


def regression_loss(predicted: Tensor, target: Tensor) -> Tensor:
    r"""Squared Euclidean distance between coefficients (Eq. 2; Eq. 4 with ``target`` from the expert).

    .. math:: \|\alpha - \alpha^*\|^2

    Args:
        predicted: 3DMM coefficients, whitened (no unit), shape (B, P).
        target: what they should be, shape (B, P); detach it where it comes from a network.

    Returns:
        Mean over the batch of the sum over coefficients, shape ().

    Raises:
        ValueError: the shapes differ, which broadcasting would hide.
    """
    if predicted.shape != target.shape:
        raise ValueError(f"shapes differ: {predicted.shape=}, {target.shape=}")
    return (predicted - target).square().sum(dim=-1).mean()


def half_mean_squared_error(student: Tensor, expert: Tensor) -> Tensor:
    """The released code's stand-in for Eq. 4: half the mean squared difference of dense meshes.

    Args:
        student: vertices of the frontal meshes, shape (B, 3, N).
        expert: the same from the expert, shape (B, 3, N).

    Returns:
        Mean over all coordinates, shape ().

    Raises:
        ValueError: the shapes differ.
    """
    if student.shape != expert.shape:
        raise ValueError(f"shapes differ: {student.shape=}, {expert.shape=}")
    return 0.5 * (student - expert).square().mean()
