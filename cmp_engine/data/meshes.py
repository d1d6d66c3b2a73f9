"""Mesh files: OBJ (vertices and faces) and XYZ (vertices only) of the layout, in mm; GLB for other programs."""

from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from cmp_engine.data.exceptions import DatasetError
from cmp_engine.io import write_text

LARGEST_COORDINATE = float(np.finfo(np.float32).max)


def obj_text(vertices: NDArray[np.float32], faces: NDArray[np.int64]) -> str:
    """A mesh as OBJ: ``vertices`` (N, 3) with a micrometre's precision, ``faces`` (F, 3) from 0 (1 in the file)."""
    text = ("v %.3f %.3f %.3f\n" * len(vertices)) % tuple(vertices.ravel().tolist())
    return text + ("f %d %d %d\n" * len(faces)) % tuple((faces.ravel() + 1).tolist())


def glb_bytes(vertices: NDArray[np.float32], faces: NDArray[np.int64]) -> bytes:
    """A mesh as GLB for other programs, with normals: ``vertices`` (N, 3) in mm become metres, as glTF asks."""
    import trimesh  # Takes most of a second, which hardly any command needs.

    metres = trimesh.Trimesh(vertices / 1000, faces, process=False)
    return cast("bytes", metres.export(file_type="glb", include_normals=True))


def write_obj(path: Path, vertices: NDArray[np.float32], faces: NDArray[np.int64]) -> None:
    """Write a mesh as `obj_text` has it.

    Raises:
        WriteError: the file cannot be written.
    """
    write_text(path, obj_text(vertices, faces))


def write_xyz(path: Path, vertices: NDArray[np.float32]) -> None:
    """Write a point cloud: ``vertices`` (N, 3), one "x y z" per line.

    Raises:
        WriteError: the file cannot be written.
    """
    write_text(path, ("%.3f %.3f %.3f\n" * len(vertices)) % tuple(vertices.ravel().tolist()))


def read_obj(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Read vertices (N, 3) float32 and triangles (F, 3) int64, from 0; other lines are skipped.

    Polygons are cut into triangles that fan out from their first corner, which is right where they are convex.

    Raises:
        DatasetError: the file is missing or holds no vertices; a coordinate is no finite number, a face has fewer
            than three corners, or a corner is no vertex of the file.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path}: not a readable mesh ({error}); write it again.") from error
    vertices: list[list[float]] = []
    corners: list[tuple[int, int, int, int]] = []  # of each triangle, and its line
    for number, line in enumerate(lines, start=1):
        kind, *values = line.split() or [""]
        try:
            if kind == "v":
                vertices.append(_vertex(values))
            elif kind == "f":
                corners += [(*triangle, number) for triangle in _fan(values, len(vertices))]
        except ValueError as error:
            raise DatasetError(f"{path}: not a readable mesh (line {number}: {error}); write it again.") from error
    if not vertices:
        raise DatasetError(f"{path}: holds no vertices; write it again.")
    beyond = next((each for each in corners if max(each[:3]) >= len(vertices)), None)
    if beyond:
        what = f"line {beyond[3]}: vertex {max(beyond[:3]) + 1} of {len(vertices)}"
        raise DatasetError(f"{path}: not a readable mesh ({what}); write it again.")
    return np.array(vertices, np.float32), np.array(corners, np.int64).reshape(-1, 4)[:, :3].copy()


def _vertex(values: list[str]) -> list[float]:
    """The coordinates of a line; after them colours may follow."""
    coordinates = [float(value) for value in values[:3]]
    if len(coordinates) < 3:
        raise ValueError("a vertex needs three coordinates")
    # Written so that it holds for NaN, too.
    if not all(abs(each) <= LARGEST_COORDINATE for each in coordinates):
        raise ValueError(f"{' '.join(values[:3])} are not three finite numbers")
    return coordinates


def _fan(values: list[str], vertices: int) -> list[tuple[int, int, int]]:
    """The triangles of a line, from 0; negative numbers count back from the last of the ``vertices`` before it."""
    # "f 1/2/3 ..." names texture and normal too; only the vertex counts.
    numbers = [int(value.split("/")[0]) for value in values]
    if len(numbers) < 3:
        raise ValueError("a face needs three corners")
    corners = [number - 1 if number > 0 else vertices + number for number in numbers]
    if 0 in numbers or min(corners) < 0:
        raise ValueError(f"vertices {' '.join(values)} begin before the first")
    return [(corners[0], *pair) for pair in pairwise(corners[1:])]
