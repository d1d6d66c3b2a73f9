"""What a reader returns, and what all readers check and convert."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmp_engine.morphable.readers.exceptions import ModelFileError

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]

MM_PER_MICROMETRE = 1e-3
LANDMARKS = 68
NO_VERTEX = -1
"""Stands for a landmark that a topology does not have."""


@dataclass(frozen=True)
class ModelArrays:
    """A morphable model as its file has it, but for the unit of length and the winding of the faces.

    Attributes:
        name: what a person would call the model.
        topology: key of ``evaluation.faces.landmarks.TOPOLOGIES``.
        mean: (N, 3) mm.
        shape_basis: (3N, S), mm per mm of coefficient.
        shape_sd: (S,) mm.
        expression_basis: (3N, E), mm per unit of the file's coefficients.
        expression_sd: (E,) in those units.
        faces: (F, 3) from 0, counter-clockwise seen from outside.
        landmarks: (68,) vertex numbers in ibug order, `NO_VERTEX` where the topology has none.
        file_unit_mm: length of the file's unit, in which its published shape coefficients are.
    """

    name: str
    topology: str
    mean: Floats
    shape_basis: Floats
    shape_sd: Floats
    expression_basis: Floats
    expression_sd: Floats
    faces: Ints
    landmarks: Ints
    file_unit_mm: float


def outward(vertices: Floats, faces: Ints) -> Ints:
    """Faces (F, 3) wound counter-clockwise seen from outside, whichever way round they come.

    Published files disagree: BFM and 3DDFA wind clockwise, eos counter-clockwise, and converters swap columns. What
    decides is the volume that the surface encloses with its own centroid, which is positive for the right winding,
    also for a face mask, which is open at the back.

    Args:
        vertices: (N, 3).
        faces: (F, 3) from 0, all wound the same way.
    """
    centred = np.asarray(vertices, np.float64) - np.mean(vertices, axis=0, dtype=np.float64)
    a, b, c = (centred[faces[:, corner]] for corner in range(3))
    return faces if np.einsum("fk,fk->", a, np.cross(b, c)) > 0 else faces[:, ::-1]


def basis_rows(vertices: Ints) -> NDArray[np.int64]:
    """The rows (3M,) of a basis that belong to vertices (M,): x, y and z of each."""
    return (3 * np.asarray(vertices, np.int64)[:, None] + np.arange(3)).reshape(-1)


def triangle_table(table: NDArray[Any], first: int, vertices: int, source: Path) -> NDArray[np.int64]:
    """Triangles (3, F) or (F, 3) of any integer type as (F, 3) from 0; ``first`` is the file's number of the first.

    Raises:
        ModelFileError: it is no such table, or names a vertex that the model does not have.
    """
    # Before subtracting: the published files hold unsigned numbers.
    numbers = np.asarray(table).astype(np.int64)
    if numbers.ndim != 2 or 3 not in numbers.shape:
        raise ModelFileError(f"{source}: triangles must be (3, F) or (F, 3), found {numbers.shape}; restore the file.")
    rows = numbers.T if numbers.shape[0] == 3 else numbers
    return checked_numbers(rows - first, vertices, "triangles", source)


def checked_numbers(numbers: Ints, vertices: int, what: str, source: Path) -> NDArray[np.int64]:
    """The same vertex numbers from 0 as int64.

    Raises:
        ModelFileError: one is outside 0..vertices - 1; ``what`` and ``source`` say whose it is.
    """
    if not numbers.size or numbers.min() < 0 or numbers.max() >= vertices:
        found = f"{numbers.min()}..{numbers.max()}" if numbers.size else "none"
        raise ModelFileError(
            f"{source}: {what} name vertices {found} (from 0), but the model has {vertices}; "
            "use files of one and the same model."
        )
    return numbers.astype(np.int64)


def landmarks_from_rows(rows: NDArray[Any], vertices: int, source: Path) -> NDArray[np.int64]:
    """The 68 vertices behind 3DDFA's "keypoints": for each the numbers of its x, y and z rows in the basis, (204,).

    Raises:
        ModelFileError: the table has another size or names a vertex that the model does not have.
    """
    rows = np.asarray(rows).reshape(-1)
    if len(rows) != 3 * LANDMARKS:
        raise ModelFileError(f"{source}: expected {3 * LANDMARKS} landmark rows, found {len(rows)}; restore the file.")
    return checked_numbers(rows[::3] // 3, vertices, "landmarks", source)


def columns(array: NDArray[Any], rows: int, what: str, source: Path) -> NDArray[np.float32]:
    """A basis (rows, K) or a vector (rows,) as float32 (rows, K); K is 1 for a vector.

    Raises:
        ModelFileError: it has another number of rows, or holds numbers that are not finite.
    """
    try:
        values = np.asarray(array, np.float32)
    except (TypeError, ValueError) as error:
        raise ModelFileError(f"{source}: {what} holds no numbers ({error}); restore the file.") from error
    values = values.reshape(len(values), -1) if values.ndim else values.reshape(1, 1)
    if len(values) != rows:
        raise ModelFileError(f"{source}: {what} has {len(values)} rows, expected {rows}; use files of one model.")
    if not np.isfinite(values).all():
        raise ModelFileError(f"{source}: {what} holds numbers that are not finite; restore the file.")
    return values
