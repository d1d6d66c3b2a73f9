"""The forty shape directions of the analytic head: named anthropometric ones first, then smooth symmetric ones.

Each named field is the displacement, in mm, of one standard deviation in adults of both sexes. The spreads are rounded
from Farkas, *Anthropometry of the Head and Face* (1994), and ANSUR II (Gordon et al. 2014, NATICK/TR-15/007); the table
is in docs/explanation/analytic-head.md. The smooth directions are the leading modes of a Gaussian process over the
surface, after Luethi et al., *Gaussian Process Morphable Models* (PAMI 2018).
"""

from collections.abc import Callable

import numpy as np

from cmp_engine.morphable.analytic.sphere import FloatArray

SHAPE_DIRECTIONS = 40
SMOOTH_LENGTH = 38.0
"""Correlation length of the smooth directions, mm."""
SMOOTH_SD = 1.3
"""Marginal standard deviation of all smooth directions together, mm."""


def bell(points: FloatArray, center: tuple[float, float, float], widths: tuple[float, float, float]) -> FloatArray:
    """A symmetric Gaussian weight (N,) about ``center`` (given for x >= 0) with standard deviations ``widths``, mm."""
    half = np.column_stack([np.abs(points[:, 0]), points[:, 1:]])
    weight: FloatArray = np.exp(-0.5 * (((half - center) / widths) ** 2).sum(1))
    return weight


def rise(value: FloatArray, start: float, end: float) -> FloatArray:
    """Smooth step (N,): 0 before ``start``, 1 after ``end`` (``start`` may be the larger)."""
    t = np.clip((value - start) / (end - start), 0.0, 1.0)
    step: FloatArray = t * t * (3.0 - 2.0 * t)
    return step


def vectors(points: FloatArray, x: FloatArray | float, y: FloatArray | float, z: FloatArray | float) -> FloatArray:
    """Displacements (N, 3) of which ``x`` points away from the midline on both sides."""
    outward = np.tanh(points[:, 0] / 3.0)
    return np.column_stack([x * outward, y + 0 * outward, z + 0 * outward])


def _above_neck(points: FloatArray) -> FloatArray:
    return rise(points[:, 1] + 0.35 * points[:, 2], -120.0, -60.0)


def head_width(p: FloatArray) -> FloatArray:
    """Head breadth, sd 6 mm: skull, ears and cheeks move, eyes and nose do not, so the ear ratio changes."""
    side = rise(np.abs(p[:, 0]), 42.0, 72.0)
    behind = rise(p[:, 2], 70.0, 30.0)
    return vectors(p, 3.0 * np.maximum(side, behind * np.abs(p[:, 0]) / 74.0) * _above_neck(p), 0.0, 0.0)


def face_height(p: FloatArray) -> FloatArray:
    """Menton to sellion, sd 6.5 mm: everything below the eyes moves down in proportion."""
    jaw = rise(p[:, 2], -20.0, 40.0) * rise(p[:, 1] + 0.35 * p[:, 2], -125.0, -80.0)
    return vectors(p, 0.0, -6.5 * rise(p[:, 1], 12.0, -112.0) * jaw, 0.0)


def jaw_width(p: FloatArray) -> FloatArray:
    """Bigonial breadth, sd 7 mm."""
    return vectors(p, 4.2 * bell(p, (54.0, -76.0, 26.0), (30.0, 26.0, 38.0)), 0.0, 0.0)


def nose_length(p: FloatArray) -> FloatArray:
    """Sellion to subnasale, sd 3.6 mm; the tip moves down with the base."""
    return vectors(p, 0.0, -3.8 * bell(p, (0.0, -43.0, 104.0), (16.0, 14.0, 18.0)), 0.0)


def eye_spacing(p: FloatArray) -> FloatArray:
    """Distance of the pupils, sd 3.6 mm."""
    return vectors(p, 1.9 * bell(p, (31.5, 2.0, 72.0), (20.0, 17.0, 30.0)), 0.0, 0.0)


def chin_projection(p: FloatArray) -> FloatArray:
    """Pogonion forwards, sd 4 mm, and a little down."""
    weight = bell(p, (0.0, -101.0, 88.0), (26.0, 15.0, 24.0))
    return vectors(p, 0.0, -1.2 * weight, 4.0 * weight)


def cheekbones(p: FloatArray) -> FloatArray:
    """Bizygomatic breadth, sd 5.5 mm, with the body of the bone coming forward."""
    weight = bell(p, (56.0, -18.0, 56.0), (18.0, 15.0, 28.0))
    return vectors(p, 2.7 * weight, 0.0, 1.6 * weight)


def nose_width(p: FloatArray) -> FloatArray:
    """Breadth between the wings, sd 3 mm."""
    return vectors(p, 2.0 * bell(p, (14.0, -39.0, 98.0), (9.0, 12.0, 14.0)), 0.0, 0.0)


def forehead_height(p: FloatArray) -> FloatArray:
    """Height of the vertex over the eyes, sd 5.5 mm."""
    return vectors(p, 0.0, 5.5 * rise(p[:, 1], 15.0, 112.0), 0.0)


def lip_fullness(p: FloatArray) -> FloatArray:
    """Height of the red lips, sd about 1.5 mm each."""
    upper = bell(p, (0.0, -62.0, 99.0), (14.0, 3.4, 9.0))
    lower = bell(p, (0.0, -75.0, 97.0), (13.0, 3.8, 9.0))
    return vectors(p, 0.0, 1.6 * upper - 1.7 * lower, 1.1 * (upper + lower))


def nose_projection(p: FloatArray) -> FloatArray:
    """Subnasale to tip, sd 2.4 mm."""
    return vectors(p, 0.0, 0.0, 2.9 * bell(p, (0.0, -34.0, 112.0), (11.0, 16.0, 14.0)))


def nose_bridge(p: FloatArray) -> FloatArray:
    """Height of the nasal root and dorsum, sd 2 mm."""
    return vectors(p, 0.0, 0.0, 2.4 * bell(p, (0.0, -6.0, 93.0), (9.0, 13.0, 16.0)))


def mouth_width(p: FloatArray) -> FloatArray:
    """Between the corners of the mouth, sd 4 mm."""
    return vectors(p, 2.5 * bell(p, (22.0, -68.0, 88.0), (14.0, 10.0, 18.0)), 0.0, 0.0)


def eye_size(p: FloatArray) -> FloatArray:
    """Palpebral fissure, sd 1.5 mm long and 1 mm high."""
    weight = bell(p, (31.5, 0.5, 76.0), (12.0, 7.0, 16.0))
    side = (np.abs(p[:, 0]) - 31.5) / 14.0
    return vectors(p, 0.9 * side * weight, 1.0 * np.clip(p[:, 1] / 6.0, -1.4, 1.4) * weight, 0.3 * weight)


def ear_size(p: FloatArray) -> FloatArray:
    """Length of the ear, sd 4.2 mm."""
    weight = bell(p, (79.0, -15.0, -16.0), (12.0, 32.0, 20.0)) * rise(np.abs(p[:, 0]), 62.0, 76.0)
    return vectors(p, 0.5 * weight, 2.6 * (p[:, 1] + 15.0) / 32.0 * weight, 1.2 * (p[:, 2] + 4.0) / 18.0 * weight)


def ear_protrusion(p: FloatArray) -> FloatArray:
    """Ear point to skull, sd 3 mm."""
    weight = rise(np.abs(p[:, 0]), 66.0, 84.0) * bell(p, (80.0, -13.0, -20.0), (14.0, 30.0, 20.0))
    return vectors(p, 4.0 * weight, 0.0, 0.0)


def brow_ridge(p: FloatArray) -> FloatArray:
    """Prominence of the brows, sd 2 mm, with the brows coming lower."""
    weight = bell(p, (20.0, 17.0, 88.0), (22.0, 9.0, 20.0))
    return vectors(p, 0.0, -1.2 * weight, 2.2 * weight)


def neck_girth(p: FloatArray) -> FloatArray:
    """Breadth and depth of the neck, sd 9 mm."""
    weight = rise(p[:, 1] + 0.5 * p[:, 2], -85.0, -130.0)
    radial = p - [0.0, 0.0, -28.0]
    return np.column_stack([radial[:, 0] / 56.0 * 4.5 * weight, 0 * weight, radial[:, 2] / 56.0 * 4.0 * weight])


def head_length(p: FloatArray) -> FloatArray:
    """Glabella to occiput, sd 7 mm, all of it at the back."""
    return vectors(p, 0.0, 0.0, -7.0 * rise(p[:, 2], 25.0, -97.0) * _above_neck(p))


def midface_projection(p: FloatArray) -> FloatArray:
    """Flat to convex face, sd 3 mm between the cheeks and the midline."""
    weight = bell(p, (0.0, -48.0, 96.0), (26.0, 36.0, 30.0))
    return vectors(p, 0.0, 0.0, 3.0 * weight)


NAMED: tuple[Callable[[FloatArray], FloatArray], ...] = (
    head_width, face_height, jaw_width, nose_length, eye_spacing, chin_projection, cheekbones, nose_width,
    forehead_height, lip_fullness, nose_projection, nose_bridge, mouth_width, eye_size, ear_size, ear_protrusion,
    brow_ridge, neck_girth, head_length, midface_projection,
)  # fmt: skip


def radial(points: FloatArray) -> FloatArray:
    """Unit directions (N, 3) away from an upright axis inside the head: smooth even where the surface folds."""
    away = points - np.column_stack([0 * points[:, 0], np.clip(points[:, 1], -50.0, 25.0), 0 * points[:, 0]])
    result: FloatArray = away / np.linalg.norm(away, axis=1, keepdims=True)
    return result


def smooth_modes(points: FloatArray, anchors: FloatArray, count: int) -> FloatArray:
    """The leading symmetric modes (N, 3, count), mm per standard deviation, of a Gaussian process on the surface.

    Nystroem's method: eigenvectors of the covariance (squared exponential, mirrored) between ``anchors`` (M, 3),
    extended to all ``points`` (N, 3).
    """
    small = _covariance(anchors, anchors)
    values, basis = np.linalg.eigh(small)
    values, basis = values[::-1][:count], basis[:, ::-1][:, :count]
    signs = np.sign(basis[np.abs(basis).argmax(0), np.arange(count)])
    modes = _covariance(points, anchors) @ (basis * signs / values) * np.sqrt(values)
    modes *= rise(points[:, 1], -150.0, -110.0)[:, None]
    result: FloatArray = radial(points)[:, :, None] * modes[:, None, :]
    return result


def _covariance(points: FloatArray, anchors: FloatArray) -> FloatArray:
    def kernel(other: FloatArray) -> FloatArray:
        square = (points**2).sum(1)[:, None] - 2.0 * points @ other.T + (other**2).sum(1)
        weight: FloatArray = np.exp(-0.5 / SMOOTH_LENGTH**2 * square.astype(np.float32)).astype(np.float64)
        return weight

    mirrored = kernel(anchors) + kernel(anchors * [-1.0, 1.0, 1.0])
    result: FloatArray = SMOOTH_SD**2 * mirrored / 2.0
    return result


def shape_space(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Orthonormal columns (3N, 40) and their standard deviations (40,), from the full-resolution mean (N, 3).

    Gram-Schmidt in the order of the list, so that a named direction keeps its meaning; the standard deviation is the
    length of what is left of the field, in mm summed over all coordinates (root of the sum of squares).
    """
    anchors = points[:3242:18]
    fields = [field(points).reshape(-1) for field in NAMED]
    extra = smooth_modes(points, anchors, SHAPE_DIRECTIONS - len(NAMED)).reshape(len(fields[0]), -1)
    columns = np.column_stack([*fields, extra])
    # The Cholesky factor of the Gram matrix is Gram-Schmidt's triangle with a positive diagonal, and quicker to find.
    triangle = np.linalg.cholesky(columns.T @ columns)
    basis = columns @ np.linalg.inv(triangle).T
    return basis, np.diag(triangle).copy()
