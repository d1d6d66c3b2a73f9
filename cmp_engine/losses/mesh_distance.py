"""Distances of dense meshes without the meshes: what the released code trains on, in coefficient space.

A scaled frontal mesh is linear in c = (s, s a): s (mean + W a). A squared distance of two meshes is therefore the
quadratic form (c - c')^T G (c - c') of the Gram matrix G of [mean, W], and one of its coordinate rows that of the
Gram matrix of this axis. This replaces 3 N numbers per mesh by P + 1; the algebra is exact.
"""

from typing import Self

import torch
from torch import Tensor

from cmp_engine.losses.triplet import hinge


class MeshDistance:
    """Losses of the released code on scaled frontal meshes.

    Args:
        mean: vertices of the mean face, shape (N, 3).
        basis: displacements by one unit of each coefficient, shape (3N, P), vertex by vertex x, y, z.

    Raises:
        ValueError: the shapes do not belong together.
    """

    def __init__(self, mean: Tensor, basis: Tensor) -> None:
        if mean.ndim != 2 or mean.shape[1] != 3 or basis.ndim != 2 or len(basis) != mean.numel():
            raise ValueError(f"need a mean (N, 3) and a basis (3N, P), got {mean.shape=}, {basis.shape=}")
        self.vertices = len(mean)
        columns = torch.cat([mean.reshape(-1, 1), basis], dim=1).double()  # (3N, P + 1)
        per_axis = columns.reshape(len(mean), 3, -1).transpose(0, 1)  # (3, N, P + 1)
        # Columns of published bases differ in length by orders of magnitude; of equal length they lose no digits in G.
        lengths = per_axis.norm(dim=1, keepdim=True).clamp(min=torch.finfo(torch.float64).tiny)  # (3, 1, P + 1)
        unit = per_axis / lengths
        squares, directions = torch.linalg.eigh(unit.transpose(1, 2) @ unit)
        # F^T F = G, so that a squared distance is a sum of squares: never negative, whatever is rounded.
        factor = (directions * squares.clamp(min=0).sqrt()[:, None]).transpose(1, 2) * lengths
        self.factor = factor.float()  # (3, P + 1, P + 1)

    def to(self, device: torch.device) -> Self:
        """Move to a device, in place."""
        self.factor = self.factor.to(device)
        return self

    def half_mean_squared_error(self, student: Tensor, expert: Tensor) -> Tensor:
        """`cmp_engine.losses.half_mean_squared_error` of the meshes (B, 3, N), the released stand-in for Eq. 4.

        Args:
            student: frontal coefficients (s, s a) as of `frontal_coefficients`, shape (B, P + 1).
            expert: the same from the expert, shape (B, P + 1).

        Returns:
            Half the mean squared difference over all coordinates, in squared units of the mesh, shape ().

        Raises:
            ValueError: the shapes differ.
        """
        if student.shape != expert.shape:
            raise ValueError(f"shapes differ: {student.shape=}, {expert.shape=}")
        squares = self._along_axes(student - expert).square().sum(dim=(1, 2))  # (B,)
        return 0.5 * squares.mean() / (3 * self.vertices)

    def triplet_loss(self, anchor: Tensor, positive: Tensor, negative: Tensor, *, margin: float = 1.0) -> Tensor:
        """`cmp_engine.losses.triplet_loss` of the meshes (B, 3, N): one distance per coordinate row, as released.

        The released distance adds 1e-6 to each coordinate of the difference, which is below its rounding.

        Args:
            anchor: frontal coefficients (s, s a), shape (B, P + 1).
            positive: same identity, another utterance, shape (B, P + 1).
            negative: another identity, shape (B, P + 1).
            margin: in units of the mesh.

        Returns:
            Mean over the batch and the three rows, shape ().

        Raises:
            ValueError: the shapes differ.
        """
        if not anchor.shape == positive.shape == negative.shape:
            raise ValueError(f"shapes differ: {anchor.shape=}, {positive.shape=}, {negative.shape=}")
        to_positive = torch.linalg.vector_norm(self._along_axes(anchor - positive), dim=-1)  # (B, 3)
        to_negative = torch.linalg.vector_norm(self._along_axes(anchor - negative), dim=-1)  # (B, 3)
        return hinge(to_positive, to_negative, margin)

    def _along_axes(self, difference: Tensor) -> Tensor:
        """Differences (B, P + 1) as vectors as long as the mesh's coordinate rows, (B, 3, P + 1)."""
        rows: Tensor = torch.einsum("akp,bp->bak", self.factor, difference)
        return rows


def frontal_coefficients(scale: Tensor, alpha: Tensor) -> Tensor:
    """What a scaled frontal mesh s (mean + W a) is linear in: (s, s a).

    Args:
        scale: shape (B,), mesh units per unit of the model.
        alpha: coefficients in the units of the basis, shape (B, P).

    Returns:
        Shape (B, P + 1).
    """
    return torch.cat([torch.ones_like(scale)[:, None], alpha], dim=1) * scale[:, None]


def pose_scale(pose: Tensor) -> Tensor:
    """Scale of a pose [sR | t], mean length of its first two rows.

    Args:
        pose: 3 x 4, row-major, shape (B, 12).

    Returns:
        Shape (B,), in units of the picture per unit of the model.
    """
    rows = pose.reshape(-1, 3, 4)[:, :2, :3]  # (B, 2, 3)
    lengths: Tensor = torch.linalg.vector_norm(rows, dim=-1)  # (B, 2)
    return lengths.mean(dim=1)
