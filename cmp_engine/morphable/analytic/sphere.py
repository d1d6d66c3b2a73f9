"""A mirror-symmetric geodesic sphere whose coarser levels are prefixes of the finer ones."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

COARSE_FREQUENCY = 18
"""Each icosahedron edge is cut in 18: 3,242 vertices; two halvings give 12,962 and 51,842."""


@dataclass(frozen=True)
class SphereLevel:
    """One resolution: ``directions`` (N, 3) unit, ``faces`` (F, 3) counter-clockwise from outside, ``mirror`` (N,)."""

    directions: FloatArray
    faces: IntArray
    mirror: IntArray
    parents: IntArray
    """(N - M, 2): the vertices of the coarser level (M vertices) between which the new ones lie."""

    @property
    def left(self) -> IntArray:
        """Numbers of the vertices with x > 0: the subject's left half."""
        return np.flatnonzero(self.directions[:, 0] > 1e-9)

    @property
    def middle(self) -> IntArray:
        """Numbers of the vertices on the midline, which are their own mirror images."""
        return np.flatnonzero(self.mirror == np.arange(len(self.mirror)))

    @property
    def half(self) -> IntArray:
        """Numbers of the vertices that are modelled: the left half, then the midline."""
        return np.concatenate([self.left, self.middle])


def icosahedron() -> tuple[FloatArray, IntArray]:
    """Vertices (12, 3) and faces (20, 3) of an icosahedron that is its own mirror image in x = 0."""
    golden = (1 + 5**0.5) / 2
    corners = [(0.0, a, b * golden) for a in (1, -1) for b in (1, -1)]
    vertices = np.array([np.roll(corner, turn) for turn in range(3) for corner in corners])
    edge = 2.0 + 1e-9
    near = np.linalg.norm(vertices[:, None] - vertices[None], axis=-1) <= edge
    faces = [
        (a, b, c)
        for a in range(12)
        for b in range(a + 1, 12)
        for c in range(b + 1, 12)
        if near[a, b] and near[b, c] and near[a, c]
    ]
    return vertices / np.linalg.norm(vertices[0]), outward(vertices, np.array(faces))


def outward(vertices: FloatArray, faces: IntArray) -> IntArray:
    """The faces of a star-shaped surface about the origin, turned counter-clockwise as seen from outside."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    inward = (np.cross(b - a, c - a) * (a + b + c)).sum(-1) < 0
    turned = faces.copy()
    turned[inward] = faces[inward][:, ::-1]
    return turned


def geodesic(frequency: int) -> tuple[FloatArray, IntArray]:
    """The icosahedron with every edge cut in ``frequency`` parts, on the unit sphere."""
    corners, triangles = icosahedron()
    steps = [(i, j) for i in range(frequency + 1) for j in range(frequency + 1 - i)]
    weights = np.array([(frequency - i - j, i, j) for i, j in steps]) / frequency
    points = np.einsum("pk,tkd->tpd", weights, corners[triangles])  # (20, P, 3)
    number = {step: index for index, step in enumerate(steps)}
    up = [(number[i, j], number[i + 1, j], number[i, j + 1]) for i, j in steps if i + j < frequency]
    down = [(number[i + 1, j], number[i + 1, j + 1], number[i, j + 1]) for i, j in steps if i + j < frequency - 1]
    local = np.array(up + down)
    faces = np.concatenate([local + patch * len(steps) for patch in range(20)])
    flat = points.reshape(-1, 3)
    _, first, inverse = np.unique(np.round(flat, 9), axis=0, return_index=True, return_inverse=True)
    directions = flat[first]
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions, outward(directions, inverse.reshape(-1)[faces])


def halve(vertices: FloatArray, faces: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Cut every edge in two: directions, faces and the parents (E, 2) of the new vertices, which come last."""
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    parents, place = np.unique(edges, axis=0, return_inverse=True)
    middle = place.reshape(-1, 3) + len(vertices)  # (F, 3): on ab, bc, ca
    ab, bc, ca = middle.T
    a, b, c = faces.T
    finer = np.concatenate([np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    new = vertices[parents].sum(1)
    new /= np.linalg.norm(new, axis=1, keepdims=True)
    return np.concatenate([vertices, new]), finer, parents


def mirror_pairs(directions: FloatArray) -> IntArray:
    """For each vertex the number of its mirror image in x = 0 (its own number on the midline)."""
    gap, partner = cKDTree(directions).query(directions * [-1.0, 1.0, 1.0])
    assert np.max(gap) < 1e-6
    return np.asarray(partner, dtype=np.int64)


def levels() -> tuple[SphereLevel, SphereLevel, SphereLevel]:
    """Low, medium and full: 3,242, 12,962 and 51,842 vertices, each the beginning of the next."""
    vertices, faces = geodesic(COARSE_FREQUENCY)
    result = [SphereLevel(vertices, faces, mirror_pairs(vertices), np.empty((0, 2), dtype=np.int64))]
    for _ in range(2):
        vertices, faces, parents = halve(vertices, faces)
        result.append(SphereLevel(vertices, faces, mirror_pairs(vertices), parents))
    return result[0], result[1], result[2]


def symmetric(points: FloatArray, level: SphereLevel) -> FloatArray:
    """The points (N, 3) with the right half replaced by the mirror image of the left, the midline set to x = 0."""
    result: FloatArray = points[level.mirror] * [-1.0, 1.0, 1.0]
    result[level.left] = points[level.left]
    result[level.middle, 0] = 0.0
    return result
