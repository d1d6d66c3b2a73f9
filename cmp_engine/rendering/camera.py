"""The weak-perspective camera and the 120-pixel frame of the image-to-3D network.

One convention for the whole product (SynergyNet's and 3DDFA-V2's): a pose is ``[sR | t]``, 3 x 4, and

    (x, y, z) = sR vertex + t        1-based pixels of a 120 x 120 picture, y upwards, z towards the viewer
    column = x - 1,  row = 120 - y   0-based pixel centres

A picture of another size is laid on the frame corner to corner (bilinear "align corners", as the pictures of the face
generator are enlarged from 64 to 120): column = (x - 1) (size - 1) / 119, row = (120 - y) (size - 1) / 119.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

FRAME = 120


def rotation(yaw: float, pitch: float = 0.0, roll: float = 0.0) -> FloatArray:
    """Rotation (3, 3) by angles in degrees: yaw about y first, then pitch about x, then roll about z.

    Positive yaw turns the face to the viewer's right, positive pitch makes it look up, positive roll turns it
    counter-clockwise in the picture.
    """
    a, b, c = (math.radians(angle) for angle in (yaw, pitch, roll))
    about_y = np.array([[math.cos(a), 0, math.sin(a)], [0, 1, 0], [-math.sin(a), 0, math.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(b), math.sin(b)], [0, -math.sin(b), math.cos(b)]])
    about_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y, dtype=np.float64)


def frame_points(pixels: npt.NDArray[np.floating], size: int) -> FloatArray:
    """Points of a square picture in the 120-pixel frame: the way back from `Camera.project`.

    Args:
        pixels: (..., 3): column and row as 0-based pixel centres, and depth in the same pixels, towards the viewer.
        size: edge of the picture in pixels.
    """
    column, row, depth = np.moveaxis(np.asarray(pixels, dtype=np.float64) * (FRAME - 1) / (size - 1), -1, 0)
    return np.stack([column + 1, FRAME - row, depth], axis=-1)


@dataclass(frozen=True)
class Camera:
    """Weak perspective: ``scale`` in frame pixels per mm, ``turn`` (3, 3), ``offset`` (3,) in frame pixels."""

    scale: float
    turn: FloatArray
    offset: FloatArray

    @property
    def pose12(self) -> npt.NDArray[np.float32]:
        """The pose ``[sR | t]`` row by row (12,), as in the first 12 entries of the 102 parameters."""
        return np.concatenate([self.scale * self.turn, self.offset[:, None]], axis=1).reshape(12).astype(np.float32)

    @classmethod
    def centered(cls, scale: float, turn: FloatArray, target: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> "Camera":
        """A camera that shows the point ``target`` (mm) in the middle of the frame."""
        middle = (FRAME + 1) / 2
        return cls(scale, turn, np.array([middle, middle, 0.0]) - scale * turn @ np.asarray(target))

    def project(self, vertices: npt.NDArray[np.floating], size: int = FRAME) -> FloatArray:
        """Vertices (N, 3) in mm to (N, 3): column and row as 0-based pixel centres of a ``size`` picture, and depth.

        Depth is in the same pixels and grows towards the viewer.
        """
        x, y, z = (self.scale * np.asarray(vertices, dtype=np.float64) @ self.turn.T + self.offset).T
        zoom = (size - 1) / (FRAME - 1)
        return np.stack([(x - 1) * zoom, (FRAME - y) * zoom, z * zoom], axis=1)
