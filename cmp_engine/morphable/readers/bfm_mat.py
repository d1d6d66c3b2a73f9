"""The Basel Face Model 2009 as published, ``01_MorphableModel.mat``, and the companions that 3DDFA added to it.

P. Paysan et al., *A 3D Face Model for Pose and Illumination Invariant Face Recognition*, AVSS 2009. Micrometres;
``shapeEV`` holds standard deviations in spite of its name, ``tl`` triangles numbered from 1.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmp_engine.morphable.readers.array_files import load_mat
from cmp_engine.morphable.readers.arrays import (
    LANDMARKS,
    MM_PER_MICROMETRE,
    NO_VERTEX,
    ModelArrays,
    basis_rows,
    checked_numbers,
    columns,
    outward,
    triangle_table,
)
from cmp_engine.morphable.readers.bfm import EARED, VERTICES
from cmp_engine.morphable.readers.exceptions import ModelFileError

WHOLE, WHOLE_VERTICES = "bfm-53490", 53490
MODEL_INFO = "model_info.mat"
EXPRESSION = "Model_Expression.mat"


def read_bfm_mat(path: Path) -> ModelArrays:
    """Read all shapes of the file, and what its companions add where they lie beside it.

    ``model_info.mat`` restricts it to the 53,215 vertices of 3DDFA, with their triangles and 68 landmarks;
    ``Model_Expression.mat``, which is made for those, adds 29 expressions and the mean expression.

    Raises:
        ModelFileError: a file is missing, damaged or of another model.
    """
    arrays = load_mat(path, ("shapeMU", "shapePC", "shapeEV", "tl"))
    mean = columns(arrays["shapeMU"], 3 * WHOLE_VERTICES, "shapeMU", path)
    shapes = columns(arrays["shapePC"], 3 * WHOLE_VERTICES, "shapePC", path)
    deviations = columns(arrays["shapeEV"], shapes.shape[1], "shapeEV", path)[:, 0]
    faces = triangle_table(arrays["tl"], 1, WHOLE_VERTICES, path)
    topology, landmarks = WHOLE, np.full(LANDMARKS, NO_VERTEX)
    info, expression = path.with_name(MODEL_INFO), path.with_name(EXPRESSION)
    if info.is_file():
        kept, faces, landmarks = _read_info(info)
        mean, shapes = (values[basis_rows(kept)] for values in (mean, shapes))
        topology = EARED
    expressions, expression_sd = np.zeros((len(mean), 0), np.float32), np.zeros(0, np.float32)
    if expression.is_file():
        offset, expressions, expression_sd = _read_expressions(expression, topology)
        mean = mean + offset
    vertices = mean.reshape(-1, 3) * MM_PER_MICROMETRE
    return ModelArrays(
        name="Basel Face Model 2009",
        topology=topology,
        mean=vertices,
        # Columns of unit length: micrometres per micrometre of coefficient, so millimetres per millimetre.
        shape_basis=shapes,
        shape_sd=deviations * MM_PER_MICROMETRE,
        expression_basis=expressions * MM_PER_MICROMETRE,
        expression_sd=expression_sd,
        faces=outward(vertices, faces),
        landmarks=landmarks,
        file_unit_mm=MM_PER_MICROMETRE,
    )


def read_trim_index(path: Path) -> NDArray[np.int64]:
    """The numbers (53215,) in the whole model, from 0, of the vertices that 3DDFA keeps.

    Args:
        path: ``model_info.mat`` of 3DDFA, which numbers them from 1 (``trimIndex``).

    Raises:
        ModelFileError: the file is missing, damaged, or keeps another number of vertices.
    """
    return _kept(load_mat(path, ("trimIndex",))["trimIndex"], path)


def _kept(table: NDArray[Any], path: Path) -> NDArray[np.int64]:
    numbers = np.asarray(table).reshape(-1).astype(np.int64) - 1
    if len(numbers) != VERTICES[EARED]:
        raise ModelFileError(f"{path}: trimIndex keeps {len(numbers)} vertices, expected {VERTICES[EARED]}.")
    return checked_numbers(numbers, WHOLE_VERTICES, "trimIndex", path)


def _read_info(path: Path) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Kept vertices (53215,), triangles (F, 3) and landmark vertices (68,), all from 0."""
    info = load_mat(path, ("trimIndex", "tri", "keypoints"))
    landmarks = np.asarray(info["keypoints"]).reshape(-1).astype(np.int64) - 1
    if len(landmarks) != LANDMARKS:
        raise ModelFileError(f"{path}: expected {LANDMARKS} keypoints, found {len(landmarks)}; restore the file.")
    return (
        _kept(info["trimIndex"], path),
        triangle_table(info["tri"], 1, VERTICES[EARED], path),
        checked_numbers(landmarks, VERTICES[EARED], "keypoints", path),
    )


def _read_expressions(path: Path, topology: str) -> tuple[NDArray[np.float32], ...]:
    """Mean expression (3N, 1) and expression directions (3N, E) in micrometres, and their deviations (E,)."""
    if topology != EARED:
        raise ModelFileError(
            f"{path}: its expressions are for the {VERTICES[EARED]} vertices that {MODEL_INFO} selects, which is "
            "missing; put it beside, or take the expressions away."
        )
    arrays = load_mat(path, ("mu_exp", "w_exp", "sigma_exp"))
    offset, directions = (columns(arrays[key], 3 * VERTICES[EARED], key, path) for key in ("mu_exp", "w_exp"))
    return offset, directions, columns(arrays["sigma_exp"], directions.shape[1], "sigma_exp", path)[:, 0]
