"""The mean head, stroke by stroke, in millimetres.

Frame: x to the subject's left, y up, z to the viewer; y = 0 runs through the pupils, the vertex of the skull is at
y = 112 and the chin at y = -112, the glabella at z = 95 and the occiput at z = -97. Every stroke sees \\|x\\|, so the
head is its own mirror image. Sizes lie inside the adult ranges of Farkas, *Anthropometry of the Head and Face* (1994)
and of the ANSUR II survey (Gordon et al. 2014); the table is in docs/explanation/analytic-head.md.
"""

import math

import torch
from scipy.interpolate import PchipInterpolator
from torch import Tensor

from cmp_engine.morphable.analytic.field import (
    Frame,
    Stroke,
    add,
    crease,
    cut,
    ellipsoid,
    smooth_cut,
    smooth_union,
    swell,
    tube,
)

# The face seen as a stack of horizontal superellipse slices: height y, half width, front z, z of the widest place.
SLICES = (
    (80.0, 58.0, 70.0, 5.0),
    (60.0, 65.0, 84.0, 8.0),
    (40.0, 68.5, 91.0, 12.0),
    (20.0, 68.0, 93.0, 18.0),
    (5.0, 66.0, 85.0, 20.0),
    (-20.0, 66.0, 86.0, 20.0),
    (-40.0, 63.0, 90.0, 18.0),
    (-60.0, 57.5, 91.0, 14.0),
    (-75.0, 51.0, 89.0, 14.0),
    (-90.0, 41.5, 88.5, 20.0),
    (-100.0, 32.0, 87.0, 24.0),
    (-112.0, 21.0, 80.0, 28.0),
    (-130.0, 20.0, 70.0, 30.0),
)
SLICE_EXPONENT = 2.15

EYE = (31.5, 0.0, 62.0)
EYE_RADIUS = 16.0
LID_RADIUS = 17.9
INNER_CANTHUS = (16.5, -1.5)
OUTER_CANTHUS = (46.0, 1.0)
FLOOR = -165.0

_yaw, _tilt = math.radians(24.0), math.radians(10.0)
_back = (math.sin(_yaw), 0.0, -math.cos(_yaw))
EAR = Frame(
    (70.5, -15.0, -12.0),
    (
        (_back[0] * math.cos(_tilt), math.sin(_tilt) * -1.0, _back[2] * math.cos(_tilt)),
        (_back[0] * math.sin(_tilt), math.cos(_tilt), _back[2] * math.sin(_tilt)),
        (math.cos(_yaw), 0.0, math.sin(_yaw)),
    ),
)
"""Axes of the right-hand ear (x > 0): backwards along the pinna, upwards, outwards."""


class _Curves:
    """Monotone cubic curves over y, evaluated with torch so that gradients flow."""

    def __init__(self) -> None:
        heights = sorted(SLICES)
        knots = [row[0] for row in heights]
        curve = PchipInterpolator(knots, [row[1:] for row in heights])
        self.knots = torch.tensor(knots)
        self.coefficients = torch.tensor(curve.c).float()  # (4, K-1, 3)

    def __call__(self, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        inside = y.clamp(float(self.knots[0]), float(self.knots[-1]))
        segment = (torch.searchsorted(self.knots, inside.detach(), right=True) - 1).clamp(0, len(self.knots) - 2)
        step = (inside - self.knots[segment])[:, None]
        c = self.coefficients[:, segment]
        values = ((c[0] * step + c[1]) * step + c[2]) * step + c[3]  # (N, 3)
        return values[:, 0], values[:, 1], values[:, 2]


_curves = _Curves()


def face_loft(points: Tensor) -> Tensor:
    """The face without features: superellipse slices, closed below by the slope of the jaw."""
    width, front, widest = _curves(points[:, 1])
    x, z = points[:, 0], points[:, 2] - widest
    depth = torch.where(z > 0, front - widest, 60.0)
    p = SLICE_EXPONENT
    ratio = ((x.abs() / width + 1e-4) ** p + (z.abs() / depth + 1e-4) ** p) ** (1 / p)
    slope = ((x / width.square()).square() + (z / depth.square()).square()).clamp(min=1e-12).sqrt()
    side = ratio * (ratio - 1.0) / slope
    under = -0.909 * (points[:, 1] + 110.0) - 0.418 * (points[:, 2] - 82.0)  # rises from the chin to the jaw angle
    return smooth_cut(smooth_cut(side, -under, 14.0), 62.0 - points[:, 1], 40.0)


def almond(points: Tensor) -> Tensor:
    """Signed distance, in the frontal view, to the opening between the lids (N,)."""
    inner, outer = INNER_CANTHUS, OUTER_CANTHUS
    along = (points[:, 0] - inner[0]) / (outer[0] - inner[0])  # 0 at the inner, 1 at the outer canthus
    middle = inner[1] + (outer[1] - inner[1]) * along
    t = along.clamp(0.0, 1.0)
    bow = 4.0 * t * (1.0 - t)
    upper = middle + 6.6 * (bow + 1e-4) ** 0.8 * (1.12 - 0.24 * t)
    lower = middle - 4.4 * (bow + 1e-4) ** 0.9 * (0.86 + 0.28 * t)
    y = points[:, 1]
    outside = torch.maximum(y - upper, lower - y)
    beyond = torch.maximum(-along, along - 1.0) * (outer[0] - inner[0])
    return torch.maximum(outside, beyond) * 0.85


def _eye(points: Tensor, field: Tensor) -> Tensor:
    center = points.new_tensor(EYE)
    away = (points - center).square().sum(-1).clamp(min=1e-6).sqrt()
    lids = smooth_union(field, away - LID_RADIUS, 5.0)
    behind = center[2] + 2.0 - points[:, 2]
    opened = smooth_cut(lids, torch.maximum(almond(points), behind), 1.0)
    return smooth_union(opened, away - EYE_RADIUS, 0.5)


def _ear_strokes() -> list[Stroke]:
    center, reach = EAR.origin, 52.0
    helix = (
        (-4.0, -3.0, 1.5), (-10.0, 4.0, 3.0), (-12.0, 13.0, 4.5), (-9.0, 23.0, 6.0), (-2.0, 29.0, 7.0),
        (6.0, 29.5, 7.5), (13.0, 24.0, 8.0), (16.0, 14.0, 8.0), (15.5, 3.0, 7.5), (13.0, -8.0, 6.5),
        (8.0, -18.0, 5.5), (4.0, -25.0, 5.0),
    )  # fmt: skip
    antihelix = ((4.0, -16.0, 4.0), (8.0, -8.0, 5.0), (9.5, 2.0, 5.5), (7.0, 10.0, 5.5), (2.0, 18.0, 5.0))
    return [
        add(ellipsoid((1.0, 2.0, -9.0), (13.0, 24.0, 10.0), EAR), 6.0, center, reach),
        add(ellipsoid((-3.0, -24.0, -9.0), (10.0, 13.0, 11.0), EAR), 7.0, center, reach),
        add(ellipsoid((2.0, 3.0, -1.0), (15.0, 27.0, 6.5), EAR), 4.0, center, reach),
        add(ellipsoid((0.0, -23.0, 1.5), (8.0, 10.0, 4.5), EAR), 4.0, center, reach),
        cut(ellipsoid((1.0, 4.0, 12.0), (12.0, 22.0, 8.0), EAR), 2.5, center, reach),
        add(tube(helix, (2.2, 2.6, 2.7, 2.8, 2.9, 3.0, 3.1, 3.1, 3.0, 2.8, 2.8, 2.5), EAR), 2.2, center, reach),
        add(tube(antihelix, (2.4, 2.8, 2.8, 2.6, 2.0), EAR), 3.0, center, reach),
        cut(ellipsoid((-2.5, -5.0, 6.5), (7.5, 9.5, 7.0), EAR), 2.5, center, reach),
        add(ellipsoid((-10.5, -8.0, 2.5), (3.5, 5.5, 4.0), EAR), 3.0, center, reach),
        add(ellipsoid((1.0, -16.5, 4.0), (4.0, 3.0, 3.0), EAR), 3.0, center, reach),
    ]


def _skull_strokes() -> list[Stroke]:
    brow = ((4.0, 14.5, 93.0), (17.0, 18.5, 90.0), (32.0, 20.0, 83.0), (46.0, 13.0, 69.0))
    return [
        add(ellipsoid((0.0, 42.0, 20.0), (66.0, 60.0, 70.0)), 30.0),
        add(face_loft, 16.0),
        add(tube(((0.0, -70.0, -16.0), (0.0, -220.0, -32.0)), (49.0, 52.0)), 18.0),
        add(tube(((0.0, -92.0, 56.0), (0.0, -116.0, 22.0)), (15.0, 17.0)), 16.0),
        add(ellipsoid((0.0, -200.0, -34.0), (94.0, 44.0, 52.0)), 30.0),
        add(tube(((43.0, -74.0, 16.0), (14.0, -102.0, 74.0)), (10.0, 8.0)), 18.0),
        add(ellipsoid((0.0, -98.0, 75.0), (18.0, 13.0, 18.0)), 14.0),
        swell((48.0, -20.0, 60.0), (15.0, 10.0, 20.0), 4.0),
        swell((33.0, -42.0, 78.0), (14.0, 14.0, 20.0), 3.0),
        swell((52.0, -56.0, 55.0), (12.0, 14.0, 20.0), -1.5),
        swell((66.0, 22.0, 42.0), (14.0, 16.0, 20.0), -2.5),
        crease(brow, 7.5, (1.4, 2.1, 2.2, 1.3)),
        swell((31.0, 1.0, 80.0), (14.0, 9.5, 16.0), -5.4),
        swell((17.0, 4.0, 84.0), (6.0, 8.0, 10.0), -4.0),
        crease(((56.0, -42.0, -20.0), (38.0, -110.0, 8.0), (10.0, -168.0, 26.0)), 9.0, (0.8, 2.0, 2.6)),
    ]


def _nose_strokes() -> list[Stroke]:
    dorsum = ((0.0, 12.0, 80.0), (0.0, -12.0, 90.5), (0.0, -32.0, 101.5))
    return [
        add(ellipsoid((0.0, -27.0, 82.0), (14.0, 27.0, 20.0)), 8.0, (0.0, -28.0, 84.0), 50.0),
        add(tube(dorsum, (6.5, 6.5, 7.5)), 9.0, (0.0, -12.0, 90.0), 55.0),
        add(ellipsoid((0.0, -35.0, 104.0), (9.0, 8.5, 9.5)), 7.0, (0.0, -35.0, 100.0), 40.0),
        add(ellipsoid((10.8, -39.8, 96.0), (5.8, 6.6, 9.5)), 5.0, (11.0, -40.0, 96.0), 30.0),
        add(tube(((0.0, -42.0, 105.0), (0.0, -48.0, 96.0)), (3.2, 3.4)), 3.0, (0.0, -45.0, 100.0), 24.0),
        cut(ellipsoid((6.9, -47.6, 101.0), (3.6, 5.2, 6.6)), 2.0, (6.9, -46.0, 100.0), 20.0),
        crease(((13.0, -31.0, 97.0), (18.5, -36.5, 91.0), (18.5, -46.0, 89.5)), 2.2, (-0.4, -1.3, -1.0)),
    ]


def _mouth_strokes() -> list[Stroke]:
    center, reach = (0.0, -68.0, 92.0), 48.0
    upper = ((0.0, -63.4, 97.6), (6.0, -62.4, 97.2), (15.0, -64.6, 93.0), (24.0, -67.8, 84.8))
    lower = ((0.0, -73.2, 96.2), (9.0, -73.0, 95.2), (18.0, -70.8, 90.5), (24.0, -68.6, 84.8))
    slit = ((0.0, -68.2, 101.0), (9.0, -67.8, 99.5), (18.0, -67.6, 95.0), (23.5, -68.2, 90.0))
    return [
        add(ellipsoid((0.0, -68.0, 62.0), (33.0, 28.0, 33.0)), 15.0),
        swell((0.0, -86.5, 92.0), (16.0, 4.5, 10.0), -2.2),
        crease(((0.0, -50.0, 97.0), (0.0, -60.0, 100.0)), 2.4, (-1.2, -1.4)),
        crease(((4.5, -50.0, 96.0), (5.5, -60.0, 99.0)), 1.8, (0.7, 0.9)),
        add(tube(upper, (4.0, 4.0, 3.2, 0.8)), 3.5, center, reach),
        add(tube(lower, (4.7, 4.6, 3.2, 0.8)), 2.2, center, reach),
        cut(tube(slit, (1.0, 1.0, 0.8, 0.3)), 1.0, center, reach),
        swell((27.5, -68.5, 84.0), (4.5, 4.5, 8.0), -1.2),
        crease(((20.0, -43.0, 88.0), (27.0, -54.0, 84.0), (31.0, -66.0, 79.0)), 2.8, (-0.8, -0.8, -0.2)),
    ]


def _eye_strokes() -> list[Stroke]:
    x, y, _ = EYE
    upper = ((19.0, 3.5, 78.0), (25.0, 9.0, 78.5), (35.0, 10.4, 77.5), (45.5, 5.5, 71.0))
    return [
        Stroke(_eye, EYE, 34.0),
        crease(upper, 1.4, (-0.5, -1.4, -1.4, -0.5)),
        crease(((x - 11.0, y - 9.0, 78.0), (x, y - 11.0, 78.0), (x + 11.0, y - 8.0, 74.0)), 2.0, (-0.7, -0.5, -0.2)),
    ]


STROKES = (*_skull_strokes(), *_nose_strokes(), *_mouth_strokes(), *_eye_strokes(), *_ear_strokes())
_cranium = ellipsoid((0.0, 22.0, -12.0), (73.0, 90.0, 85.0))


def head_field(points: Tensor) -> Tensor:
    """Signed distance (N,) in mm to the mean head, negative inside, at points (N, 3) in mm."""
    half = torch.cat([points[:, :1].abs(), points[:, 1:]], dim=1)
    field = _cranium(half)
    for stroke in STROKES:
        field = stroke(half, field)
    return smooth_cut(field, half[:, 1] - FLOOR, 8.0)
