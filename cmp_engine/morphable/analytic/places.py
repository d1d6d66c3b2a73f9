"""Named places on the mean head: the 68 ibug landmarks, the five ARE lines, and soft regions.

Places are written for the half x >= 0 (the subject's left, the viewer's right) near the surface; construction settles
them on it and pins a vertex there.
"""

import numpy as np
import torch

from cmp_engine.morphable.analytic import anatomy
from cmp_engine.morphable.analytic.sphere import FloatArray
from cmp_engine.morphable.analytic.wrap import settle

Point = tuple[float, float, float]

# ibug numbers of the half x > 0, in the order of the 68 markup (300-W, Sagonas et al. 2013); None: on the midline.
LEFT_LANDMARKS: dict[int, Point] = {
    16: (69.0, 0.0, 8.0),
    15: (68.0, -19.0, 10.0),
    14: (65.0, -38.0, 12.0),
    13: (61.0, -56.0, 15.0),
    12: (55.0, -74.0, 24.0),
    11: (46.0, -88.0, 40.0),
    10: (33.0, -99.0, 58.0),
    9: (19.0, -110.5, 74.0),
    22: (11.5, 17.5, 94.0),
    23: (20.0, 21.0, 91.0),
    24: (29.5, 22.5, 87.0),
    25: (39.5, 20.5, 80.0),
    26: (49.0, 14.0, 69.0),
    34: (5.5, -47.5, 97.5),
    35: (12.5, -46.0, 95.0),
    42: (17.3, -1.6, 73.0),
    43: (26.5, 5.2, 78.0),
    44: (36.5, 5.4, 77.5),
    45: (45.5, 0.8, 71.0),
    46: (37.0, -4.6, 77.5),
    47: (26.5, -4.7, 78.0),
    52: (5.8, -58.8, 98.0),
    53: (15.0, -61.6, 94.0),
    54: (25.0, -68.2, 86.0),
    55: (17.0, -74.5, 92.0),
    56: (8.5, -77.8, 95.5),
    63: (9.0, -66.8, 96.5),
    64: (22.0, -68.0, 88.0),
    65: (9.0, -69.2, 96.0),
}
MIDLINE_LANDMARKS: dict[int, Point] = {
    8: (0.0, -111.0, 80.0),
    27: (0.0, 5.0, 88.0),
    28: (0.0, -8.0, 95.0),
    29: (0.0, -21.0, 103.0),
    30: (0.0, -35.0, 114.0),
    33: (0.0, -48.0, 97.0),
    51: (0.0, -60.2, 99.5),
    57: (0.0, -78.2, 97.0),
    62: (0.0, -66.9, 98.0),
    66: (0.0, -69.4, 98.0),
}
# Mirror partners in the 68 markup.
OPPOSITE: dict[int, int] = (
    {16 - k: k for k in range(8)}
    | {26 - k: 17 + k for k in range(5)}
    | {34: 32, 35: 31, 42: 39, 43: 38, 44: 37, 45: 36, 46: 41, 47: 40}
    | {52: 50, 53: 49, 54: 48, 55: 59, 56: 58, 63: 61, 64: 60, 65: 67}
)
LINES: dict[str, Point] = {
    "ear": (66.0, -46.0, 0.0),
    "forehead": (55.0, 14.0, 62.0),
    "midline": (53.0, -25.0, 66.0),
    "cheek": (46.0, -62.0, 62.0),
}
"""Ends of the ARE lines besides the outer eye corners (landmarks 36 and 45); heights as on the 53,215 topology."""


def settled() -> tuple[dict[int, FloatArray], dict[str, FloatArray]]:
    """Landmarks of the left half and the midline, and line ends, as points (3,) on the surface of the mean head."""
    guesses = [*LEFT_LANDMARKS.values(), *MIDLINE_LANDMARKS.values(), *LINES.values()]
    points, _ = settle(anatomy.head_field, np.array(guesses), steps=8)
    points[[guess[0] == 0.0 for guess in guesses], 0] = 0.0
    landmarks = dict(zip([*LEFT_LANDMARKS, *MIDLINE_LANDMARKS], points, strict=False))
    return landmarks, dict(zip(LINES, points[len(landmarks) :], strict=True))


def density(points: FloatArray) -> FloatArray:
    """Relative number of vertices per length at points (N, 3): the face and the ears get most."""
    half = points * [1.0, 1.0, 1.0]
    half[:, 0] = np.abs(half[:, 0])
    total = 1.0 + 2.0 * np.clip((half[:, 2] - 20.0) / 60.0, 0.0, 1.0)
    for strength, center, widths in (
        (3.0, (31.0, 0.0, 72.0), (14.0, 9.0, 20.0)),
        (2.5, (8.0, -40.0, 98.0), (12.0, 10.0, 14.0)),
        (3.5, (10.0, -69.0, 92.0), (18.0, 10.0, 20.0)),
        (2.0, (78.0, -12.0, -14.0), (12.0, 28.0, 18.0)),
        (4.0, (0.0, -35.0, 114.0), (7.0, 7.0, 8.0)),
        (1.5, (0.0, -108.0, 84.0), (14.0, 12.0, 14.0)),
    ):
        total += strength * np.exp(-0.5 * (((half - center) / widths) ** 2).sum(1))
    return total + 1.5 * np.clip((-140.0 - half[:, 1]) / 20.0, 0.0, 1.0)


def regions(points: FloatArray) -> dict[str, FloatArray]:
    """Soft masks (N,) in [0, 1] of the parts that face pictures colour, from the mean positions (N, 3) in mm."""
    half = points * [1.0, 1.0, 1.0]
    half[:, 0] = np.abs(half[:, 0])
    x, y, z = half.T
    with torch.no_grad():
        opening = anatomy.almond(torch.tensor(half, dtype=torch.float32)).double().numpy()
    from_eye = np.linalg.norm(half - anatomy.EYE, axis=1)
    eyeball = _step(0.2 - opening, 0.3) * _step(anatomy.EYE_RADIUS + 0.7 - from_eye, 0.4) * (z > 60)
    gaze = np.hypot(x - anatomy.EYE[0], y - anatomy.EYE[1] - 0.3)
    iris = eyeball * _step(6.0 - gaze, 0.4)
    across = np.clip(x / 24.5, 0.0, 1.0)
    upper_edge = np.interp(x, [0.0, 5.5, 12.0, 19.0, 25.0], [-60.0, -58.6, -60.4, -64.0, -68.0])
    lower_edge = np.interp(x, [0.0, 8.0, 15.0, 21.0, 25.0], [-78.4, -77.8, -75.4, -71.6, -68.4])
    lips = _step(upper_edge - y, 0.6) * _step(y - lower_edge, 0.6) * (z > 75) * _step(25.2 - x, 0.4)
    slit = _step(0.8 - np.abs(y + 68.2 - 0.5 * np.sin(np.pi * across)), 0.3) * _step(24.0 - x, 1.0) * (z > 75)
    arch = np.interp(x, [9.0, 20.0, 30.0, 42.0, 52.0], [16.0, 19.6, 21.2, 19.0, 12.5])
    thick = np.interp(x, [8.0, 12.0, 30.0, 44.0, 53.0], [1.0, 3.4, 3.0, 2.0, 0.6])
    brows = _step(thick - np.abs(y - arch), 0.8) * _step(x - 8.5, 1.2) * _step(52.0 - x, 1.5) * (z > 40)
    nostrils = np.exp(-0.5 * (((half - (6.6, -46.0, 100.0)) / (3.0, 2.6, 4.0)) ** 2).sum(1))
    lashes = np.exp(-0.5 * ((opening + 0.1) / 0.75) ** 2) * np.where(y > -0.5, 1.0, 0.45) * (z > 62)
    flush = sum(
        np.exp(-0.5 * (((half - center) / widths) ** 2).sum(1))
        for center, widths in (((42.0, -36.0, 72.0), (16.0, 12.0, 24.0)), ((0.0, -37.0, 110.0), (12.0, 8.0, 12.0)))
    )
    return {
        "flush": np.clip(flush, 0.0, 1.0),
        "lashes": np.clip(lashes, 0.0, 1.0),
        "sclera": eyeball * (1.0 - iris),
        "iris": iris * (1.0 - _step(2.6 - gaze, 0.3)),
        "pupil": iris * _step(2.6 - gaze, 0.3),
        "lips": lips * (1.0 - slit),
        "mouth": slit,
        "brows": brows,
        "nostrils": nostrils,
        "hair": _hair(x, y, z),
        "long hair": _step(4.0 - z + 0.2 * y, 4.0) * _step(30.0 - y, 3.0),
    }


def _step(value: FloatArray, softness: float) -> FloatArray:
    """0 below, 1 above zero, over about four times ``softness``."""
    result: FloatArray = 1.0 / (1.0 + np.exp(-np.clip(value / softness, -30.0, 30.0)))
    return result


def _hair(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    """The hairy scalp: above the hairline in front, down to the sideburns, around the ears, to the nape behind."""
    front = np.interp(x, [0.0, 25.0, 45.0, 58.0, 66.0, 74.0], [68.0, 66.0, 57.0, 42.0, 28.0, 22.0])
    edge = np.interp(z, [-60.0, -36.0, -30.0, 4.0, 12.0, 22.0], [-70.0, -58.0, 22.0, 22.0, 4.0, 24.0])
    edge = np.where(z > 22.0, np.maximum(front, edge), edge)
    return _step(y - edge, 1.5)
