"""What a voice cannot tell about a picture: colours, light, pose, framing and expression."""

import colorsys

import numpy as np
from numpy.typing import NDArray

from cmp_engine.rendering import Appearance

Color = tuple[float, float, float]
EXPRESSIONS = 10
# Pictures of faces are mostly, but not all, close to neutral.
EXPRESSION_SD = 0.6
_LIGHT_SKIN, _DARK_SKIN = np.array([0.93, 0.77, 0.67]), np.array([0.38, 0.25, 0.19])
_HAIR = np.array(
    [
        [0.06, 0.05, 0.05],
        [0.17, 0.11, 0.07],
        [0.30, 0.19, 0.11],
        [0.62, 0.48, 0.28],
        [0.55, 0.54, 0.53],
        [0.42, 0.18, 0.1],
    ]
)
_HAIR_SHARES = (0.25, 0.3, 0.2, 0.13, 0.06, 0.06)
_IRIS = np.array([[0.20, 0.13, 0.08], [0.33, 0.24, 0.14], [0.30, 0.40, 0.50], [0.33, 0.40, 0.28]])


class Look:
    """Colours of one person, the same in all pictures, independent of voice and shape."""

    def __init__(self, rng: np.random.Generator) -> None:
        darkness = rng.beta(1.2, 2.0)
        self.skin = _color(_LIGHT_SKIN + darkness * (_DARK_SKIN - _LIGHT_SKIN) + rng.normal(0, 0.015, 3))
        self.hair = _color(rng.choice(_HAIR, p=_HAIR_SHARES) * rng.lognormal(0, 0.15))
        self.iris = _color(rng.choice(_IRIS) * rng.lognormal(0, 0.1))

    def reference(self) -> Appearance:
        """The reference picture: from the front, on a plain background, evenly lit."""
        return Appearance(skin=self.skin, hair=self.hair, iris=self.iris)

    def snapshot(self, rng: np.random.Generator) -> Appearance:
        """A picture in passing: some background and light, frontal and aligned as a face detector leaves it."""
        azimuth, elevation = np.radians([rng.uniform(-45, 45), rng.uniform(0, 50)])
        yaw, pitch, roll = (rng.normal(0, 1, 3) * [4, 2.5, 1.5]).clip(-10, 10).tolist()
        return Appearance(
            skin=self.skin,
            hair=self.hair,
            iris=self.iris,
            background=colorsys.hsv_to_rgb(rng.random(), rng.uniform(0, 0.5), rng.uniform(0.2, 0.95)),
            light=(
                float(np.cos(elevation) * np.sin(azimuth)),
                float(np.sin(elevation)),
                float(np.cos(elevation) * np.cos(azimuth)),
            ),
            yaw=yaw,
            pitch=pitch,
            roll=roll,
            scale=rng.lognormal(0, 0.015),
            offset=(rng.normal(0, 0.8), rng.normal(0, 0.8)),
        )


def draw_expression(rng: np.random.Generator) -> NDArray[np.float32]:
    """Expression of one picture, in standard deviations, shape (10,)."""
    return rng.normal(0, EXPRESSION_SD, EXPRESSIONS).astype(np.float32)


def _color(values: NDArray[np.float64]) -> Color:
    red, green, blue = np.clip(values, 0.02, 0.98).tolist()
    return red, green, blue
