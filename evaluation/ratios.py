"""The absolute ratio error (ARE) of face meshes: four distances in units of the outer-interocular one."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.landmarks import Line, lines_of

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RatioErrors:
    """Absolute ratio errors, one value per mesh of the batch.

    Attributes
    ----------
    ear, forehead, midline, cheek : ndarray, shape (B,)
        ER, FR, MR and CR of the paper's Table 1.
    """

    ear: FloatArray
    forehead: FloatArray
    midline: FloatArray
    cheek: FloatArray

    @property
    def mean(self) -> FloatArray:
        """Plain average of the four errors, shape (B,): the column "Mean" of Table 1."""
        total: FloatArray = (self.ear + self.forehead + self.midline + self.cheek) / 4.0
        return total

    def averaged(self) -> "RatioErrors":
        """Return the errors averaged over the batch, shapes (1,)."""
        return RatioErrors(*(np.mean(value, keepdims=True) for value in self._columns()))

    def _columns(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        return self.ear, self.forehead, self.midline, self.cheek


def face_ratios(vertices: npt.ArrayLike, topology: str = "bfm-53215") -> FloatArray:
    """Ear, forehead, midline and cheek distance over the outer-interocular distance.

    Parameters
    ----------
    vertices : array_like, shape (N, 3) or (B, N, 3)
        Meshes in any unit; ratios do not depend on scale, rotation or translation.
    topology : str, optional
        Key of `evaluation.landmarks.TOPOLOGIES`.

    Returns
    -------
    ndarray, shape (B, 4)
        B is 1 for a single mesh.

    Raises
    ------
    TopologyError
        The topology is unknown, lacks the lines, or has another number of vertices.
    ValueError
        The array has another shape, or the outer-interocular distance of a mesh is zero or not finite.
    """
    meshes = np.asarray(vertices)
    if meshes.ndim not in (2, 3) or meshes.shape[-1] != 3:
        raise ValueError(f"vertices must be (N, 3) or (B, N, 3), got {meshes.shape}")
    meshes = meshes.reshape(-1, *meshes.shape[-2:])  # (B, N, 3)
    lines = lines_of(topology, meshes.shape[1])
    unit = _length(meshes, lines["outer_interocular"])
    if not np.all(np.isfinite(unit) & (unit > 0)):
        raise ValueError(f"outer-interocular distances must be positive, got {unit}")
    return np.stack([_length(meshes, lines[name]) / unit for name in ("ear", "forehead", "midline", "cheek")], axis=1)


def _length(meshes: npt.NDArray[Any], line: Line) -> FloatArray:
    # Only these vertices need double precision; converting whole meshes costs more than all the rest.
    first, second = (meshes[:, vertex].astype(np.float64) for vertex in line)
    return np.asarray(np.linalg.norm(first - second, axis=-1))


def absolute_ratio_errors(
    predicted: npt.ArrayLike, reference: npt.ArrayLike, topology: str = "bfm-53215"
) -> RatioErrors:
    r"""Compare the proportions of predicted and reference faces.

    Parameters
    ----------
    predicted, reference : array_like, shape (N, 3) or (B, N, 3)
        Meshes in any unit; one reference may serve a whole batch.
    topology : str, optional
        Key of `evaluation.landmarks.TOPOLOGIES`, the same for both.

    Returns
    -------
    RatioErrors
        One error of each kind per mesh.

    Raises
    ------
    TopologyError
        The topology is unknown, lacks the lines, or has another number of vertices.
    ValueError
        Shapes do not fit.

    Notes
    -----
    With :math:`d` one of the four distances and :math:`o` the outer-interocular distance (OICD), the error is
    :math:`|d_p / o_p - d_r / o_r|` (paper, Sec. 4.1).
    """
    ours, theirs = face_ratios(predicted, topology), face_ratios(reference, topology)
    if len(theirs) not in (1, len(ours)):
        raise ValueError(f"{len(ours)} predicted meshes do not match {len(theirs)} references")
    error = np.abs(ours - theirs)  # (B, 4)
    return RatioErrors(*error.T)


def mean_over_identities(errors: Iterable[tuple[Hashable, RatioErrors]]) -> RatioErrors:
    """Average first over the utterances of each identity, then over identities, as in the paper's Table 1.

    Parameters
    ----------
    errors : iterable of (identity, RatioErrors)
        Any number of entries per identity; every mesh of an entry is one utterance.

    Returns
    -------
    RatioErrors
        One value of each kind, shapes (1,).

    Raises
    ------
    ValueError
        There is nothing to average.
    """
    columns: dict[Hashable, list[FloatArray]] = {}
    for identity, error in errors:
        columns.setdefault(identity, []).append(np.stack(error._columns(), axis=1))  # (B, 4)
    if not columns:
        raise ValueError("no errors to average: give at least one identity")
    means = np.stack([np.concatenate(parts).mean(axis=0) for parts in columns.values()])  # (identities, 4)
    return RatioErrors(*means.mean(axis=0)[:, None])
