"""The one interface of all morphable models."""

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Literal, Self

import torch
from torch import Tensor

from cmp_engine.morphable.analytic.head import analytic_head
from evaluation.landmarks import ANALYTIC_LANDMARKS

Level = Literal["full", "medium", "low"]
LEVELS: tuple[Level, ...] = ("full", "medium", "low")


@dataclass(frozen=True)
class MorphableModel:
    r"""Linear face model :math:`V(\alpha, \beta) = \bar V + B_s (\sigma_s \circ \alpha) + B_e (\sigma_e \circ \beta)`.

    Frame: millimetres, x to the subject's left (the viewer's right), y up, z towards the viewer, origin near the middle
    of the head. All arrays are float32 but ``faces`` and ``landmarks``, which are int64.

    Attributes:
        name: what a person would call the model.
        topology: the vertex order, a key of ``evaluation.landmarks.TOPOLOGIES``.
        mean: (N, 3).
        shape_basis: (3N, 40), vertex by vertex x, y, z; orthonormal columns at the model's finest level.
        shape_sd: (40,) mm, length of one standard deviation along each column.
        expression_basis: (3N, 10), unit columns at the finest level.
        expression_sd: (10,) mm.
        faces: (F, 3), counter-clockwise seen from outside.
        landmarks: (68,) vertex numbers in ibug order.
        regions: per-vertex weights (N,) in [0, 1] of the parts that pictures colour; empty where unknown.
    """

    name: str
    topology: str
    mean: Tensor
    shape_basis: Tensor
    shape_sd: Tensor
    expression_basis: Tensor
    expression_sd: Tensor
    faces: Tensor
    landmarks: Tensor
    regions: dict[str, Tensor]

    @classmethod
    def analytic(cls, level: Level = "full") -> Self:
        """The built-in head, made once per process (about a second).

        The vertices of a coarser level are the first vertices of the finer ones, and so are the rows of the bases:
        landmarks, named vertices and coefficients mean the same at all levels.

        Args:
            level: "full" (51,842 vertices), "medium" (12,962) or "low" (3,242).

        Raises:
            ValueError: another level.
        """
        if level not in LEVELS:
            raise ValueError(f"unknown level {level!r}; known are {', '.join(LEVELS)}")
        arrays = _analytic(level)
        return cls(**{field.name: getattr(arrays, field.name) for field in fields(arrays)})

    def to(self, device: str | torch.device) -> Self:
        """The same model with every tensor on ``device``."""
        tensors = {f.name: getattr(self, f.name) for f in fields(self) if isinstance(getattr(self, f.name), Tensor)}
        moved = {name: tensor.to(device) for name, tensor in tensors.items()}
        return replace(self, **moved, regions={name: weight.to(device) for name, weight in self.regions.items()})

    def vertices(self, shape: Tensor, expression: Tensor | None = None) -> Tensor:
        """Meshes from coefficients.

        Args:
            shape: (B, 40), in standard deviations: the population is N(0, 1) in each.
            expression: (B, 10), in standard deviations; neutral when None.

        Returns:
            (B, N, 3) in mm.

        Raises:
            ValueError: a batch of another width.
        """
        offset = self._along(shape, self.shape_basis, self.shape_sd, "shape")
        if expression is not None:
            offset = offset + self._along(expression, self.expression_basis, self.expression_sd, "expression")
        return self.mean + offset.reshape(len(shape), -1, 3)

    @staticmethod
    def _along(coefficients: Tensor, basis: Tensor, sd: Tensor, kind: str) -> Tensor:
        if coefficients.ndim != 2 or coefficients.shape[1] != len(sd):
            raise ValueError(f"{kind} coefficients must be (B, {len(sd)}), got {tuple(coefficients.shape)}")
        return (coefficients * sd) @ basis.T  # (B, 3N)


@lru_cache(maxsize=3)
def _analytic(level: Level) -> MorphableModel:
    head = analytic_head()
    count = head.counts[level]
    return MorphableModel(
        name=f"analytic head, {level}",
        topology=f"analytic-head-{level}",
        mean=_float(head.vertices[:count]),
        shape_basis=_float(head.shape_basis[: 3 * count]),
        shape_sd=_float(head.shape_sd),
        expression_basis=_float(head.expression_basis[: 3 * count]),
        expression_sd=_float(head.expression_sd),
        faces=torch.tensor(head.faces[level]),
        landmarks=torch.tensor(ANALYTIC_LANDMARKS),
        regions={name: _float(weight[:count]) for name, weight in head.regions.items()},
    )


def _float(array: object) -> Tensor:
    return torch.tensor(array, dtype=torch.float32).contiguous()
