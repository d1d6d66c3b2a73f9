"""The one interface of all morphable models."""

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

import torch
from torch import Tensor

from cmp_engine.morphable.analytic.head import analytic_head
from cmp_engine.morphable.readers.arrays import NO_VERTEX, ModelArrays
from cmp_engine.morphable.readers.bfm import read_3ddfa_v2, read_bfm_arrays
from cmp_engine.morphable.readers.bfm_mat import read_bfm_mat
from cmp_engine.morphable.readers.surrey import read_surrey
from evaluation.faces.landmarks import ANALYTIC_LANDMARKS

Level = Literal["full", "medium", "low"]
LEVELS: tuple[Level, ...] = ("full", "medium", "low")


@dataclass(frozen=True)
class MorphableModel:
    r"""Linear face model :math:`V(\alpha, \beta) = \bar V + B_s (\sigma_s \circ \alpha) + B_e (\sigma_e \circ \beta)`.

    Frame: millimetres, x to the subject's left (the viewer's right), y up, z towards the viewer; the origin is the
    source's own, near the middle of the head (analytic, BFM) or at the tip of the nose (Surrey). All arrays are float32
    but ``faces`` and ``landmarks``, which are int64. S and E are the numbers of shape and expression directions.

    Coefficients are in standard deviations: zero is the mean face. ``cmp_engine.morphable.coefficients`` converts them
    from and to what is published.

    Attributes:
        name: what a person would call the model.
        topology: the vertex order, a key of ``evaluation.faces.landmarks.TOPOLOGIES``.
        mean: (N, 3).
        shape_basis: (3N, S), vertex by vertex x, y, z; orthonormal columns at the model's finest level.
        shape_sd: (S,) mm, length of one standard deviation along each column.
        expression_basis: (3N, E): mm per unit of the source's own coefficients; unit columns in the analytic head.
        expression_sd: (E,) one standard deviation in those units; mm in the analytic head.
        faces: (F, 3), counter-clockwise seen from outside.
        landmarks: (68,) vertex numbers in ibug order, -1 where the topology has none.
        regions: per-vertex weights (N,) in [0, 1] of the parts that pictures colour; empty where unknown.
        file_unit_mm: the unit of length of the source, in which its published shape coefficients are; 0.001 for BFM.
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
    file_unit_mm: float = 1.0

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

    @classmethod
    def from_bfm_arrays(cls, folder: str | Path) -> Self:
        """The Basel Face Model in the arrays of 3DDFA, SynergyNet and CMP: 53,215 vertices, 40 shapes, 10 expressions.

        One standard deviation is that of the whitening file: the spread over the faces that the published networks
        learned from.

        Args:
            folder: holds ``u_shp.npy``, ``u_exp.npy``, ``w_shp_sim.npy``, ``w_exp_sim.npy``, ``keypoints_sim.npy``,
                ``tri.mat`` and ``param_whitening.pkl``, or the ``_v201`` versions of the bases and the whitening.

        Raises:
            ModelFileError: a file is missing, damaged or of another model.
        """
        return cls._from_arrays(read_bfm_arrays(Path(folder)))

    @classmethod
    def from_bfm_mat(cls, path: str | Path) -> Self:
        """The original Basel Face Model 2009: 53,490 vertices, 199 shapes, neither expressions nor landmarks.

        Args:
            path: ``01_MorphableModel.mat``. Two companions of 3DDFA are read where they lie beside it:
                ``model_info.mat`` selects the usual 53,215 vertices with 68 landmarks, ``Model_Expression.mat`` adds
                29 expressions to those.

        Raises:
            ModelFileError: a file is missing, damaged or of another model.
        """
        return cls._from_arrays(read_bfm_mat(Path(path)))

    @classmethod
    def from_3ddfa_v2(cls, path: str | Path) -> Self:
        """The Basel Face Model of 3DDFA-V2, without ears and neck: 38,365 vertices, 40 shapes, 10 expressions.

        The absolute ratio error needs an ear: rebuild its faces on the 53,215 vertices of ``from_bfm_arrays`` with
        ``cmp_engine.morphable.coefficients.transferred``.

        Args:
            path: ``bfm_noneck_v3.pkl``; ``param_mean_std_62d_120x120.pkl`` (standard deviations) and ``tri.pkl`` lie
                beside it, as in ``configs/`` of 3DDFA-V2. Without ``tri.pkl`` its own triangles are used, with a
                warning.

        Raises:
            ModelFileError: a file is missing, damaged or of another model, or asks for anything but arrays.
        """
        return cls._from_arrays(read_3ddfa_v2(Path(path)))

    @classmethod
    def from_surrey(cls, path: str | Path) -> Self:
        """The Surrey Face Model of eos: 3,448 vertices of a face mask, 63 shapes, 6 expressions, 50 landmarks.

        Args:
            path: ``sfm_shape_3448.bin``. Two files of the same folder of eos (``share``) are read where they lie beside
                it: without ``expression_blendshapes_3448.bin`` the model has no expressions, without
                ``ibug_to_sfm.txt`` no landmarks.

        Raises:
            ModelFileError: a file is missing, damaged or of another model.
        """
        return cls._from_arrays(read_surrey(Path(path)))

    @classmethod
    def _from_arrays(cls, arrays: ModelArrays) -> Self:
        return cls(
            name=arrays.name,
            topology=arrays.topology,
            mean=_float(arrays.mean),
            shape_basis=_float(arrays.shape_basis),
            shape_sd=_float(arrays.shape_sd),
            expression_basis=_float(arrays.expression_basis),
            expression_sd=_float(arrays.expression_sd),
            faces=torch.tensor(arrays.faces.astype("int64")),
            landmarks=torch.tensor(arrays.landmarks.astype("int64")),
            regions={},
            file_unit_mm=arrays.file_unit_mm,
        )

    @property
    def has_landmark(self) -> Tensor:
        """Which of the 68 landmarks the topology has, (68,) bool."""
        return self.landmarks != NO_VERTEX

    def to(self, device: str | torch.device) -> Self:
        """The same model with every tensor on ``device``."""
        tensors = {f.name: getattr(self, f.name) for f in fields(self) if isinstance(getattr(self, f.name), Tensor)}
        moved = {name: tensor.to(device) for name, tensor in tensors.items()}
        return replace(self, **moved, regions={name: weight.to(device) for name, weight in self.regions.items()})

    @property
    def basis(self) -> Tensor:
        """What one standard deviation of each coefficient, shape and then expression, adds: (3N, S + E) mm."""
        return torch.cat([self.shape_basis * self.shape_sd, self.expression_basis * self.expression_sd], dim=1)

    def vertices(self, shape: Tensor, expression: Tensor | None = None) -> Tensor:
        """Meshes from coefficients.

        Args:
            shape: (B, S), in standard deviations: the population is N(0, 1) in each.
            expression: (B, E), in standard deviations; neutral when None.

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
