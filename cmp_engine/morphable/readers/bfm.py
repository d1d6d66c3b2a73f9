"""The Basel Face Model as 3DDFA, SynergyNet and 3DDFA-V2 publish it: micrometres, 40 shapes and 10 expressions."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cmp_engine.exceptions import ArrayFileError
from cmp_engine.io.pickled_arrays import load_pickled_array, load_pickled_arrays
from cmp_engine.morphable.readers.array_files import load_mat, load_npy
from cmp_engine.morphable.readers.arrays import (
    MM_PER_MICROMETRE,
    Ints,
    ModelArrays,
    columns,
    landmarks_from_rows,
    outward,
    triangle_table,
)
from cmp_engine.morphable.readers.exceptions import ModelFileError
from cmp_engine.networks.mesh_regressor import EXPRESSION, SHAPE
from cmp_engine.networks.whitening import Whitening, read_whitening

EARED, NECKLESS = "bfm-53215", "bfm-38365"
VERTICES = {EARED: 53215, NECKLESS: 38365}
# Where a folder holds several, the one whose networks this project is about goes first.
SHAPE_FILES = ("w_shp_sim.npy", "w_shp_v201.npy")
EXPRESSION_FILES = ("w_exp_sim.npy", "w_exp_v201.npy")
WHITENING_FILES = ("param_whitening_v201.pkl", "param_whitening.pkl")
V2_WHITENING_FILES = ("param_mean_std_62d_120x120.pkl",)
V2_TRIANGLES = "tri.pkl"
V2_KEYS = ("u", "w_shp", "w_exp", "keypoints", "tri")
# The triangles inside this file belong to another vertex order; tri.pkl beside it was made to replace them.
V2_FILE_WITH_FOREIGN_TRIANGLES = "bfm_noneck_v3.pkl"


def read_bfm_arrays(folder: Path) -> ModelArrays:
    """Read ``u_shp.npy``, ``u_exp.npy``, ``w_shp_sim.npy``, ``w_exp_sim.npy``, ``keypoints_sim.npy``, ``tri.mat`` and
    ``param_whitening.pkl`` of one folder (``_v201`` in place of ``_sim`` and in the whitening where they are named so).

    Raises:
        ModelFileError: a file is missing, damaged or of another model.
    """
    if not folder.is_dir():
        raise ModelFileError(f"{folder}: no such folder; name the one that holds u_shp.npy.")
    count = VERTICES[EARED]
    mean = sum(columns(load_npy(folder / name), 3 * count, name, folder) for name in ("u_shp.npy", "u_exp.npy"))
    bases = []
    for names in (SHAPE_FILES, EXPRESSION_FILES):
        path = _first_of(folder, names)
        bases.append(columns(load_npy(path), 3 * count, "the basis", path))
    triangles = folder / "tri.mat"
    keypoints = folder / "keypoints_sim.npy"
    return _bfm(
        "Basel Face Model, 3DDFA arrays",
        EARED,
        mean=np.asarray(mean),
        shapes=bases[0],
        expressions=bases[1],
        whitening=_whitening(_first_of(folder, WHITENING_FILES)),
        faces=triangle_table(load_mat(triangles, ("tri",))["tri"], 1, count, triangles),
        landmarks=landmarks_from_rows(load_npy(keypoints), count, keypoints),
        source=folder,
    )


def read_3ddfa_v2(path: Path) -> ModelArrays:
    """Read ``bfm_noneck_v3.pkl``, with ``tri.pkl`` and ``param_mean_std_62d_120x120.pkl`` of the same folder.

    Another file of the same layout, such as the ``_slim`` one, brings triangles of its own and needs no ``tri.pkl``.

    Raises:
        ModelFileError: a file is missing, damaged or of another model, or asks for anything but arrays.
    """
    try:
        arrays = load_pickled_arrays(path)
        missing = [key for key in V2_KEYS if key not in arrays]
        if missing:
            raise ModelFileError(f"{path}: lacks {', '.join(missing)}; use bfm_noneck_v3.pkl of 3DDFA-V2.")
        source, triangles = path, arrays["tri"]
        if path.name == V2_FILE_WITH_FOREIGN_TRIANGLES:
            source = path.with_name(V2_TRIANGLES)
            triangles = load_pickled_array(source)
    except ArrayFileError as error:
        raise ModelFileError(str(error)) from error
    count = VERTICES[NECKLESS]
    return _bfm(
        "Basel Face Model without ears and neck, 3DDFA-V2",
        NECKLESS,
        mean=columns(arrays["u"], 3 * count, "u", path),
        shapes=columns(arrays["w_shp"], 3 * count, "w_shp", path),
        expressions=columns(arrays["w_exp"], 3 * count, "w_exp", path),
        whitening=_whitening(_first_of(path.parent, V2_WHITENING_FILES)),
        faces=triangle_table(triangles, 0, count, source),
        landmarks=landmarks_from_rows(arrays["keypoints"], count, path),
        source=path,
    )


def _bfm(
    name: str,
    topology: str,
    *,
    mean: NDArray[np.float32],
    shapes: NDArray[np.float32],
    expressions: NDArray[np.float32],
    whitening: Whitening,
    faces: Ints,
    landmarks: Ints,
    source: Path,
) -> ModelArrays:
    """The first 40 shapes and 10 expressions, to which the whitening gives standard deviations.

    These files lack the model's own deviations (``shapeEV``); those of the whitening are the spread of the faces that
    the published networks learned from, about a mean that is not that of the model.
    """
    shape_sd, expression_sd = (whitening.std[part].numpy() for part in (SHAPE, EXPRESSION))
    if shapes.shape[1] < len(shape_sd) or expressions.shape[1] < len(expression_sd):
        raise ModelFileError(
            f"{source}: {shapes.shape[1]} shape and {expressions.shape[1]} expression directions, needed are "
            f"{len(shape_sd)} and {len(expression_sd)}; use the files as they were published."
        )
    vertices = mean.reshape(-1, 3) * MM_PER_MICROMETRE
    return ModelArrays(
        name=name,
        topology=topology,
        mean=vertices,
        # Columns of unit length: micrometres per micrometre of coefficient, so millimetres per millimetre.
        shape_basis=shapes[:, : len(shape_sd)],
        shape_sd=shape_sd * MM_PER_MICROMETRE,
        expression_basis=expressions[:, : len(expression_sd)] * MM_PER_MICROMETRE,
        expression_sd=expression_sd,
        faces=outward(vertices, faces),
        landmarks=landmarks,
        file_unit_mm=MM_PER_MICROMETRE,
    )


def _whitening(path: Path) -> Whitening:
    """Mean and spread of [pose 12 | shape 40 | expression 10 | texture 40 in CMP]."""
    try:
        whitening = read_whitening(path)
    except ArrayFileError as error:
        raise ModelFileError(str(error)) from error
    if len(whitening.std) < EXPRESSION.stop or not (whitening.std > 0).all():
        raise ModelFileError(
            f"{path}: {len(whitening.std)} parameters, the least deviation being {whitening.std.min():g}; needed are "
            "62 or 102 positive ones: use the file as it was published."
        )
    return whitening


def _first_of(folder: Path, names: tuple[str, ...]) -> Path:
    """The first of the files that is there."""
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise ModelFileError(f"{folder}: holds no {' or '.join(names)}; put the file of the same project there.")
