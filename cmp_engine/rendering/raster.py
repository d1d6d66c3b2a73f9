"""Triangles to pixels: a vectorised depth buffer, smooth normals, one soft light."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
    grid = picture.reshape(size, samples, size, samples, 3)
    pixels = sum(grid[:, i, :, j] for i in range(samples) for j in range(samples)) / samples**2
    return np.asarray(np.clip(pixels * 255.0 + 0.5, 0, 255), dtype=np.uint8)


def blend(values: FloatArray, corners: IntArray, weights: FloatArray) -> FloatArray:
    """Values (N, D) at the vertices, interpolated with barycentric ``weights`` (R, 3) at ``corners`` (R, 3)."""
    first, second, third = (values.take(corners[:, k], axis=0) * weights[:, k : k + 1] for k in range(3))
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
    """What parallel rays through a picture meet: a depth buffer over the candidates of all triangles at once.

    Args:
        seen: (N, 3) projected vertices: column, row, depth towards the viewer.
        faces: (F, 3); those turned away from the viewer are not met.
        size: edge of the picture in pixels.
        samples: rays per pixel and axis; rays go row by row.

    Returns:
        Number of rays, those that meet a face (R,), the faces (R,) and the barycentric weights there (R, 3).
    """
    edge = size * samples
    grid = np.column_stack([(seen[:, :2] + 0.5) * samples - 0.5, seen[:, 2]])  # ray (i, j) lies at (i, j)
    a, b, c = (grid[faces[:, corner]] for corner in range(3))  # (F, 3) each
    # Rows count downwards, so the twice-signed area of a face towards the viewer is negative.
    toward = np.flatnonzero(_cross(b - a, c - a) < -1e-12)
    owner, ray, second, third = _met(a[toward], b[toward], c[toward], edge)
    owner = toward[owner]
    first = 1.0 - second - third
    depth = first * a[:, 2][owner] + second * b[:, 2][owner] + third * c[:, 2][owner]
    nearest = np.full(edge * edge, -np.inf)
    np.maximum.at(nearest, ray, depth)
    front = np.flatnonzero(depth == nearest[ray])
    winner = np.full(edge * edge, -1)
    winner[ray[front]] = front
    hit = np.flatnonzero(winner >= 0)
    met = winner[hit]
    return edge * edge, hit, owner[met], np.column_stack([first[met], second[met], third[met]])


def _met(a: FloatArray, b: FloatArray, c: FloatArray, edge: int) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Every meeting of a ray and a triangle, near or far, found within the rows of the triangles' bounding boxes.

    Args:
        a, b, c: (F, 3) corners of triangles that face the viewer, in rays.
        edge: rays in a row.

    Returns:
        Of each meeting the triangle, the ray, and the barycentric weights of ``b`` and ``c``, all (K,).
    """
    low = np.clip(np.ceil(np.minimum(np.minimum(a, b), c)[:, :2]), 0, edge).astype(np.int64)
    high = np.clip(np.floor(np.maximum(np.maximum(a, b), c)[:, :2]), -1, edge - 1).astype(np.int64)
    width, rows = np.clip(high - low + 1, 0, None).T
    owner, row = _ramps(low[:, 1], np.where(width > 0, rows, 0))
    along, across = b - a, c - a
    area = _cross(along, across)[owner]
    y = row - a[:, 1][owner]
    # What stays the same along a row of a triangle is computed once for it: weights are (slope x + start) / area.
    second_slope, second_start = across[:, 1][owner], y * across[:, 0][owner]
    third_slope, third_start = along[:, 1][owner], along[:, 0][owner] * y
    run, column = _ramps(low[:, 0][owner], width[owner])
    x = column - a[:, 0][owner][run]
    second = (x * second_slope[run] - second_start[run]) / area[run]
    third = (third_start[run] - third_slope[run] * x) / area[run]
    inside = np.flatnonzero((second > -1e-9) & (third > -1e-9) & (1.0 - second - third > -1e-9))
    run = run[inside]
    return owner[run], row[run] * edge + column[inside], second[inside], third[inside]


def _ramps(starts: IntArray, lengths: IntArray) -> tuple[IntArray, IntArray]:
    """Numbers counting up from each of ``starts`` for its length, one after the other, and which start each is of."""
    which = np.repeat(np.arange(len(starts)), lengths)
    return which, np.arange(len(which)) + (starts - np.cumsum(lengths) + lengths)[which]


def _cross(first: FloatArray, second: FloatArray) -> FloatArray:
    """The z component (K,) of the cross products of vectors (K, 2 or more)."""
    product: FloatArray = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return product


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
