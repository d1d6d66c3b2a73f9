"""Triangles to pixels: parallel rays through embree, smooth normals, one soft light."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from cmp_engine.rendering.camera import Camera

FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.integer]
Image = npt.NDArray[np.uint8]

GREY = (0.925, 0.93, 0.935)
CLAY = (0.80, 0.755, 0.715)


@dataclass(frozen=True)
class Light:
    """A key light from ``direction`` (x right, y up, z to the viewer), a weak fill from the other side, and a sky.

    The strengths are relative; ``gloss`` adds a soft highlight.
    """

    direction: tuple[float, float, float] = (-0.45, 0.55, 0.75)
    key: float = 0.56
    fill: float = 0.16
    sky: float = 0.42
    gloss: float = 0.05


def render(
    vertices: FloatArray,
    faces: IntArray,
    *,
    camera: Camera,
    size: int,
    colors: FloatArray | None = None,
    light: Light = Light(),
    background: tuple[float, float, float] = GREY,
    samples: int = 2,
) -> Image:
    """Draw a mesh.

    Args:
        vertices: (N, 3) mm, in the model's frame.
        faces: (F, 3), counter-clockwise seen from outside.
        camera: where the head is seen.
        size: edge of the square picture in pixels.
        colors: (N, 3) or (3,) linear reflectance in [0, 1]; clay by default.
        light: where the light comes from.
        background: RGB in [0, 1].
        samples: rays per pixel and axis.

    Returns:
        The picture, uint8 (size, size, 3), RGB.
    """
    seen = camera.project(vertices, size)
    normals = vertex_normals(vertices, faces) @ camera.turn.T
    rays, hit, face, weights = trace(seen, faces, size, samples)
    corners = faces[face]
    normal = blend(normals, corners, weights)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    shade, gloss = shading(normal, light)
    base = np.asarray(CLAY if colors is None else colors, dtype=np.float64)
    albedo = blend(base, corners, weights) if base.ndim == 2 else base
    picture = np.empty((rays, 3))
    picture[:] = background
    picture[hit] = albedo * shade[:, None] + gloss[:, None]
    pixels = picture.reshape(size, samples, size, samples, 3).mean(axis=(1, 3))
    return np.asarray(np.clip(pixels * 255.0 + 0.5, 0, 255), dtype=np.uint8)


def blend(values: FloatArray, corners: IntArray, weights: FloatArray) -> FloatArray:
    """Values (N, D) at the vertices, interpolated with barycentric ``weights`` (R, 3) at ``corners`` (R, 3)."""
    first, second, third = (values[corners[:, k]] * weights[:, k : k + 1] for k in range(3))
    total: FloatArray = first + second + third
    return total


def shading(normal: FloatArray, light: Light) -> tuple[FloatArray, FloatArray]:
    """Diffuse factor and highlight (R,) for unit normals (R, 3) in the camera's axes."""
    toward = np.asarray(light.direction) / np.linalg.norm(light.direction)
    facing = normal @ toward
    key = np.clip((facing + 0.15) / 1.15, 0.0, None)
    fill = np.clip(normal @ (toward * [-1.0, 0.2, 0.8]), 0.0, None)
    sky = 0.62 + 0.25 * normal[:, 1] + 0.13 * normal[:, 2]
    half = toward + np.array([0.0, 0.0, 1.0])
    gloss = light.gloss * np.clip(normal @ (half / np.linalg.norm(half)), 0.0, 1.0) ** 24
    return light.key * key + light.fill * fill + light.sky * sky, gloss


def trace(seen: FloatArray, faces: IntArray, size: int, samples: int) -> tuple[int, IntArray, IntArray, FloatArray]:
    """Parallel rays through a picture: number of rays, those that hit (R,), faces hit (R,), weights (R, 3).

    Args:
        seen: (N, 3) projected vertices: column, row, depth towards the viewer.
        faces: (F, 3).
        size: edge of the picture in pixels.
        samples: rays per pixel and axis; rays go row by row.
    """
    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(seen[faces], dtype=np.float32))
    ticks = (np.arange(size * samples) + 0.5) / samples - 0.5
    columns, rows = np.meshgrid(ticks, ticks)
    origins = np.empty((columns.size, 3), dtype=np.float32)
    origins[:, 0], origins[:, 1], origins[:, 2] = columns.ravel(), rows.ravel(), seen[:, 2].max() + 1.0
    answer = scene.run(origins, np.tile(np.array([[0, 0, -1]], dtype=np.float32), (len(origins), 1)), output=True)
    hit = np.flatnonzero(answer["primID"] >= 0)
    u, v = answer["u"][hit, None], answer["v"][hit, None]
    return len(origins), hit, answer["primID"][hit], np.concatenate([1.0 - u - v, u, v], axis=1)


def vertex_normals(vertices: FloatArray, faces: IntArray) -> FloatArray:
    """Outward unit normals (N, 3), weighted by the area of the faces around each vertex."""
    a, b, c = (np.asarray(vertices)[faces[:, corner]] for corner in range(3))
    flat = np.cross(b - a, c - a)
    normals = np.stack(
        [
            sum(np.bincount(faces[:, corner], flat[:, axis], minlength=len(vertices)) for corner in range(3))
            for axis in range(3)
        ],
        axis=1,
    )
    unit: FloatArray = normals / np.linalg.norm(normals, axis=1, keepdims=True).clip(1e-12)
    return unit
