"""Neutral pictures of meshes: one camera, one light and one clay for all methods."""

import numpy as np
import numpy.typing as npt

from cmp_engine.rendering.camera import Camera, rotation
from cmp_engine.rendering.raster import Image, render

FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.integer]

SCALE = 0.40
"""Frame pixels per mm in stills: head and neck with a margin."""
TARGET = (0.0, -22.0, 0.0)
"""The point in the middle of the picture, mm."""
WIDEST_TURN = 60.0
"""A turntable swings between this many degrees to both sides."""


def still(vertices: FloatArray, faces: IntArray, size: int = 512, azimuth: float = 0.0) -> Image:
    """A mesh in clay on plain grey, uint8 (size, size, 3).

    Args:
        vertices: (N, 3) in mm, in the model's frame.
        faces: (F, 3), counter-clockwise seen from outside.
        size: edge in pixels.
        azimuth: degrees by which the face turns to the viewer's right.
    """
    camera = Camera.centered(SCALE, rotation(azimuth), TARGET)
    return render(np.asarray(vertices), np.asarray(faces), camera=camera, size=size)


def turntable(vertices: FloatArray, faces: IntArray, frames: int = 12, size: int = 320) -> list[Image]:
    """Stills along one swing from the middle to one side, to the other and back: a loop without a jump.

    Args:
        vertices: (N, 3) in mm.
        faces: (F, 3).
        frames: number of pictures.
        size: edge in pixels.
    """
    swing = (WIDEST_TURN * np.sin(2.0 * np.pi * np.arange(frames) / frames)).round(6)
    # The way back passes the angles of the way there, so only seven of twelve views need drawing.
    views = {azimuth: still(vertices, faces, size, float(azimuth)) for azimuth in np.unique(swing)}
    return [views[azimuth] for azimuth in swing]


def overlay(picture: Image, vertices: FloatArray, faces: IntArray, pose12: FloatArray, opacity: float = 0.65) -> Image:
    """The mesh drawn over a picture under the pose of the image-to-3D network.

    Args:
        picture: uint8 (H, W, 3); one that is not square is the upper left part of one that is.
        vertices: (N, 3) in mm, without pose.
        faces: (F, 3).
        pose12: (12,) ``[sR | t]`` in the 120-pixel frame, which is laid on the square.
        opacity: of the mesh over the picture, in [0, 1].
    """
    matrix = np.asarray(pose12, dtype=np.float64).reshape(3, 4)
    scale = float(np.linalg.norm(matrix[:2, :3], axis=1).mean())
    camera = Camera(scale, matrix[:, :3] / scale, matrix[:, 3])
    height, width = picture.shape[:2]
    square = render(vertices, faces, camera=camera, size=max(height, width), background=(0.0, 0.0, 0.0))
    black = square[:height, :width].astype(np.float64)
    cover = opacity * (black.max(axis=-1, keepdims=True) > 8)
    return np.asarray(picture * (1.0 - cover) + black * cover + 0.5, dtype=np.uint8)
