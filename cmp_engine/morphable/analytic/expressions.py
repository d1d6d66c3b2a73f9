"""The ten expressions of the analytic head: displacement fields of one standard deviation, in mm."""

import math
from collections.abc import Callable

import numpy as np

from cmp_engine.morphable.analytic.directions import bell, rise, vectors
from cmp_engine.morphable.analytic.sphere import FloatArray

HINGE = (-22.0, 4.0)
"""Height and depth of the jaw joint, mm."""


def mouth_line(x: FloatArray) -> FloatArray:
    """Height (N,) at which the lips meet, mm."""
    return np.asarray(-68.2 + 0.5 * np.sin(np.pi * np.clip(np.abs(x) / 24.5, 0.0, 1.0)))


def _below_mouth(p: FloatArray) -> FloatArray:
    """1 on the lower lip and jaw, 0 above: a sharp step between the lips, a wide one on the cheeks."""
    beyond = np.clip((np.abs(p[:, 0]) - 20.0) / 26.0, 0.0, 1.0)
    half = 0.5 + 24.0 * beyond
    below = mouth_line(p[:, 0]) - p[:, 1] - 6.0 * beyond
    return rise(below / half, -1.0, 1.0)


def open_jaw(p: FloatArray) -> FloatArray:
    """The jaw turns about its joint, 3.5 mm between the lips."""
    front = rise(p[:, 2], -5.0, 45.0) * rise(p[:, 1] - 0.9 * (80.0 - p[:, 2]) * 0.45, -190.0, -118.0)
    weight = _below_mouth(p) * front
    angle = 3.5 / math.hypot(HINGE[0] + 68.0, HINGE[1] - 97.0)
    return vectors(p, 0.0, angle * -(p[:, 2] - HINGE[1]) * weight, angle * (p[:, 1] - HINGE[0]) * weight)


def smile(p: FloatArray) -> FloatArray:
    """The corners of the mouth move out, up and back; the cheeks rise."""
    corner = bell(p, (25.0, -68.0, 86.0), (11.0, 9.0, 16.0))
    cheek = bell(p, (38.0, -42.0, 76.0), (14.0, 12.0, 18.0))
    return vectors(p, 2.6 * corner + 0.6 * cheek, 2.6 * corner + 1.4 * cheek, -1.2 * corner + 0.9 * cheek)


def brow_raise(p: FloatArray) -> FloatArray:
    """Both brows up by 3 mm, the upper lids follow a little."""
    return vectors(p, 0.0, 3.0 * bell(p, (27.0, 21.0, 86.0), (22.0, 9.0, 22.0)), 0.0)


def frown(p: FloatArray) -> FloatArray:
    """The inner brows come down and together."""
    weight = bell(p, (13.0, 18.0, 92.0), (11.0, 8.0, 16.0))
    return vectors(p, -1.3 * weight, -2.4 * weight, 0.5 * weight)


def pucker(p: FloatArray) -> FloatArray:
    """The lips narrow and come forward."""
    weight = bell(p, (18.0, -68.0, 90.0), (12.0, 9.0, 16.0))
    middle = bell(p, (0.0, -68.0, 98.0), (14.0, 9.0, 14.0))
    return vectors(p, -2.4 * weight, 0.0, 2.2 * middle + 0.6 * weight)


def mouth_corners_down(p: FloatArray) -> FloatArray:
    """Sad mouth: the corners sink by 2.5 mm."""
    return vectors(p, 0.0, -2.5 * bell(p, (25.0, -69.0, 86.0), (10.0, 8.0, 16.0)), 0.0)


def eyes_narrow(p: FloatArray) -> FloatArray:
    """The lids approach each other by 2 mm."""
    lid = bell(p, (31.5, 0.5, 78.0), (12.0, 8.0, 12.0)) * rise(np.abs(p[:, 1]), 1.0, 5.0)
    return vectors(p, 0.0, -1.3 * np.sign(p[:, 1]) * lid, 0.0)


def cheek_puff(p: FloatArray) -> FloatArray:
    """Air in the cheeks."""
    weight = bell(p, (44.0, -62.0, 66.0), (14.0, 15.0, 20.0))
    return vectors(p, 2.6 * weight, 0.0, 1.8 * weight)


def upper_lip_raise(p: FloatArray) -> FloatArray:
    """Disgust: the upper lip and the wings of the nose rise."""
    lip = bell(p, (10.0, -60.0, 97.0), (13.0, 6.0, 12.0)) * (1.0 - _below_mouth(p))
    wing = bell(p, (14.0, -40.0, 96.0), (8.0, 9.0, 12.0))
    return vectors(p, 0.3 * wing, 2.2 * lip + 1.2 * wing, 0.4 * lip)


def lips_press(p: FloatArray) -> FloatArray:
    """The red of the lips rolls in."""
    upper = bell(p, (0.0, -63.0, 99.0), (16.0, 4.0, 9.0))
    lower = bell(p, (0.0, -73.5, 97.0), (16.0, 4.0, 9.0))
    return vectors(p, 0.0, -0.9 * upper + 0.9 * lower, -1.5 * (upper + lower))


EXPRESSIONS: tuple[Callable[[FloatArray], FloatArray], ...] = (
    open_jaw, smile, brow_raise, frown, pucker, mouth_corners_down, eyes_narrow, cheek_puff,
    upper_lip_raise, lips_press,
)  # fmt: skip


def expression_space(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit columns (3N, 10), not orthogonal, and their standard deviations (10,) in mm (root of the sum of squares)."""
    columns = np.column_stack([field(points).reshape(-1) for field in EXPRESSIONS])
    lengths = np.linalg.norm(columns, axis=0)
    return columns / lengths, lengths
