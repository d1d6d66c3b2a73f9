"""The Surrey Face Model in the binary layout of eos (``share/sfm_shape_3448.bin``).

Little-endian, no padding, as the serialisation library cereal writes it: a matrix is two i32 (rows, columns) and its
float32 values column by column; a vector is a u64 count and its items; a string likewise. The file holds

    u32 version | shape model | colour model | texture coordinates (later versions append more)

where a model is mean, orthonormal basis, eigenvalues (variances) and triangles. Only the shape model is read.
"""

import re
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cmp_engine.morphable.readers.arrays import LANDMARKS, NO_VERTEX, ModelArrays, checked_numbers, outward
from cmp_engine.morphable.readers.exceptions import ModelFileError

TOPOLOGY, VERTICES = "surrey-3448", 3448
EXPRESSIONS = "expression_blendshapes_3448.bin"
LANDMARK_TABLE = "ibug_to_sfm.txt"
_KNOWN_VERSIONS = (1, 2, 3, 4)
_MAPPING = re.compile(r"^\s*(\d+)\s*=\s*(\d+)\s*(?:#.*)?$", re.MULTILINE)


def read_surrey(path: Path) -> ModelArrays:
    """Read the model with all its coefficients.

    Two files of the same release are read where they lie beside it: without ``expression_blendshapes_3448.bin`` the
    model has no expressions, without ``ibug_to_sfm.txt`` no landmarks.

    Args:
        path: ``sfm_shape_3448.bin``.

    Raises:
        ModelFileError: a file is missing, cut short, damaged, or of another model.
    """
    file = _Bytes(path)
    version = file.number("<I")
    if version not in _KNOWN_VERSIONS:
        raise ModelFileError(
            f"{path}: version {version} of eos' model files is not known (1 to 4 are); convert it with a current eos."
        )
    mean = file.matrix("mean").reshape(-1, 3)
    if len(mean) != VERTICES:
        raise ModelFileError(f"{path}: {len(mean)} vertices, expected {VERTICES}; use sfm_shape_3448.bin.")
    basis, variances = file.matrix("basis"), file.matrix("eigenvalues").reshape(-1)
    if basis.shape != (3 * VERTICES, len(variances)) or (variances < 0).any():
        raise ModelFileError(f"{path}: a basis {basis.shape} does not fit {len(variances)} eigenvalues; restore it.")
    triangles = checked_numbers(file.triangles(), VERTICES, "triangles", path)
    expressions, landmarks = path.with_name(EXPRESSIONS), path.with_name(LANDMARK_TABLE)
    none = np.zeros((3 * VERTICES, 0), np.float32)
    blendshapes = _read_blendshapes(expressions) if expressions.is_file() else none
    return ModelArrays(
        name="Surrey Face Model",
        topology=TOPOLOGY,
        mean=mean,
        shape_basis=basis,
        shape_sd=np.sqrt(variances),
        expression_basis=blendshapes,
        # Blendshapes have no spread: one unit is the whole expression.
        expression_sd=np.ones(blendshapes.shape[1]),
        faces=outward(mean, triangles),
        landmarks=_read_landmarks(landmarks) if landmarks.is_file() else np.full(LANDMARKS, NO_VERTEX),
        file_unit_mm=1.0,
    )


def _read_blendshapes(path: Path) -> NDArray[np.float32]:
    """Deformations (3N, E) in mm of the full expressions, in the order of the file."""
    file = _Bytes(path)
    deformations = []
    for _ in range(file.count(item_bytes=1)):
        file.skip(file.count(item_bytes=1))  # its name
        deformations.append(file.matrix("deformation").reshape(-1))
    if not deformations or {len(each) for each in deformations} != {3 * VERTICES}:
        raise ModelFileError(
            f"{path}: not the expressions of {VERTICES} vertices; use {EXPRESSIONS} of the same release."
        )
    return np.stack(deformations, axis=1)


def _read_landmarks(path: Path) -> NDArray[np.int64]:
    """Vertices (68,) of the ibug landmarks; the table numbers landmarks from 1 and vertices from 0."""
    try:
        pairs = [(int(ibug), int(vertex)) for ibug, vertex in _MAPPING.findall(path.read_text(encoding="utf-8"))]
    except (OSError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{path}: cannot read the landmark table ({error}); restore the file.") from error
    vertices = np.full(LANDMARKS, NO_VERTEX)
    numbers = [ibug for ibug, _ in pairs]
    if not pairs or min(numbers) < 1 or max(numbers) > LANDMARKS:
        raise ModelFileError(f"{path}: holds no lines 'ibug number = vertex'; use {LANDMARK_TABLE} of eos.")
    vertices[np.array(numbers) - 1] = checked_numbers(
        np.array([vertex for _, vertex in pairs]), VERTICES, "landmarks", path
    )
    return vertices


class _Bytes:
    """A file read from front to back; every step says when the file is too short for it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        try:
            self._content = path.read_bytes()
        except OSError as error:
            raise ModelFileError(f"{path}: cannot read the file ({error.strerror}); check the path.") from error

    def take(self, length: int, what: str) -> bytes:
        piece = self._content[self._at : self._at + length]
        if length < 0 or len(piece) < length:
            raise ModelFileError(
                f"{self._path}: cut short or damaged: {what} at byte {self._at} takes {length} bytes, "
                f"the file has {len(self._content)}; copy it again."
            )
        self._at += length
        return piece

    def skip(self, length: int) -> None:
        self.take(length, "a name")

    def number(self, code: str) -> int:
        value: int
        (value,) = struct.unpack(code, self.take(struct.calcsize(code), "a number"))
        return value

    def count(self, item_bytes: int) -> int:
        """The length of a vector whose items take at least so many bytes: no more than the file can hold."""
        count = self.number("<Q")
        if count * item_bytes > len(self._content):
            raise ModelFileError(f"{self._path}: damaged: {count} items before byte {self._at}; copy it again.")
        return count

    def matrix(self, what: str) -> NDArray[np.float32]:
        """A matrix (rows, columns) float32."""
        rows, columns = self.number("<i"), self.number("<i")
        if rows < 0 or columns < 0:
            raise ModelFileError(f"{self._path}: damaged: {what} of {rows} x {columns} values; copy it again.")
        values = np.frombuffer(self.take(4 * rows * columns, what), "<f4").reshape(rows, columns, order="F")
        if not np.isfinite(values).all():
            raise ModelFileError(f"{self._path}: {what} holds numbers that are not finite; copy it again.")
        return values.astype(np.float32)

    def triangles(self) -> NDArray[np.int32]:
        """A vector of triangles, (F, 3)."""
        count = self.count(item_bytes=12)
        return np.frombuffer(self.take(12 * count, "triangles"), "<i4").reshape(-1, 3)
