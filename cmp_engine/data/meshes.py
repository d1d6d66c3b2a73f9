"""Mesh files: OBJ (vertices and triangles) and XYZ (vertices only) of the layout, in mm; GLB for other programs."""

from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from cmp_engine.data.exceptions import DatasetError
from cmp_engine.io import write_text


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

    Raises:
        DatasetError: the file is missing, holds no vertices, or is no triangle mesh.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        vertices = [line.split()[1:4] for line in lines if line.startswith("v ")]
        # "f 1/2/3 ..." names texture and normal too; only the vertex counts.
        corners = [[corner.split("/")[0] for corner in line.split()[1:]] for line in lines if line.startswith("f ")]
        mesh = np.array(vertices, np.float32).reshape(-1, 3), np.array(corners, np.int64).reshape(-1, 3) - 1
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path}: not a readable triangle mesh ({error}); write it again.") from error
    if not len(mesh[0]):
        raise DatasetError(f"{path}: holds no vertices; write it again.")
    return mesh
