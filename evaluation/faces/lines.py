"""Meshes as batches, and the lengths of their named lines."""

from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.faces.landmarks import LINE_NAMES, Line, lines_of

FloatArray = npt.NDArray[np.float64]

UNIT_LINE = LINE_NAMES[0]
"""The outer-interocular distance (OICD), in which errors of meshes are expressed."""


def mesh_batch(vertices: npt.ArrayLike) -> npt.NDArray[Any]:
    """Vertices (N, 3) or (B, N, 3), in any unit and precision, as (B, N, 3).

    Raises
    ------
    ValueError
        The array has another shape.
    """
    meshes = np.asarray(vertices)
    if meshes.ndim not in (2, 3) or meshes.shape[-1] != 3:
        raise ValueError(f"vertices must be (N, 3) or (B, N, 3), got {meshes.shape}")
    return meshes if meshes.ndim == 3 else meshes[None]


def paired_batches(predicted: npt.ArrayLike, reference: npt.ArrayLike) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Predicted and reference meshes as (B, N, 3) each, where one reference may serve a whole batch: then (1, N, 3).

    Raises
    ------
    ValueError
        A shape is another one, or the numbers of meshes do not fit.
    """
    ours, theirs = mesh_batch(predicted), mesh_batch(reference)
    if len(theirs) not in (1, len(ours)):
        raise ValueError(f"{len(ours)} predicted meshes do not match {len(theirs)} references")
    return ours, theirs


def line_lengths(vertices: npt.ArrayLike, topology: str = "bfm-53215") -> dict[str, FloatArray]:
    """Straight distances between the named vertices of a topology.

    Parameters
    ----------
    vertices : array_like, shape (N, 3) or (B, N, 3)
        Meshes in any unit.
    topology : str, optional
        Key of `evaluation.faces.landmarks.TOPOLOGIES`.

    Returns
    -------
    dict of str to ndarray, shape (B,)
        In the unit of the meshes, under the names of `evaluation.faces.landmarks.LINE_NAMES`.

    Raises
    ------
    TopologyError
        The topology is unknown, lacks the lines, or has another number of vertices.
    ValueError
        The array has another shape, or the outer-interocular distance of a mesh is zero or not finite.
    """
    meshes = mesh_batch(vertices)
    lengths = {name: _length(meshes, line) for name, line in lines_of(topology, meshes.shape[1]).items()}
    unit = lengths[UNIT_LINE]
    if not np.all(np.isfinite(unit) & (unit > 0)):
        raise ValueError(f"outer-interocular distances must be positive, got {unit}")
    return lengths


def _length(meshes: npt.NDArray[Any], line: Line) -> FloatArray:
    # Only these vertices need double precision; converting whole meshes costs more than all the rest.
    first, second = (meshes[:, vertex].astype(np.float64) for vertex in line)
    return np.asarray(np.linalg.norm(first - second, axis=-1))
