"""Shrink-wrapping: a geodesic sphere is laid on the head's surface and relaxed there, level by level."""

from collections.abc import Callable

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from cmp_engine.morphable.analytic.sphere import FloatArray, IntArray, SphereLevel

Field = Callable[[Tensor], Tensor]
Density = Callable[[FloatArray], FloatArray]
"""Points (N, 3) in mm to the wanted number of vertices per length, relative (N,)."""

AXIS_HEIGHTS = (-60.0, 30.0)
"""Rays start on a short upright axis inside the head, so that they meet skull, face and neck steeply."""


def cast(field: Field, directions: FloatArray) -> FloatArray:
    """The outermost meeting (N, 3) of each ray from the inner axis with the surface: march in, then bisect."""
    aim = torch.tensor(directions, dtype=torch.float32)
    origin = torch.zeros_like(aim)
    origin[:, 1] = (aim[:, 1] * 90.0).clamp(*AXIS_HEIGHTS)
    inside, outside = torch.zeros(len(aim)), torch.full((len(aim),), 240.0)
    found = torch.zeros(len(aim), dtype=torch.bool)
    with torch.no_grad():
        for reach in np.arange(236.0, 40.0, -4.0):
            hit = ~found
            within = field(origin[hit] + float(reach) * aim[hit]) < 0
            place = hit.nonzero()[:, 0][within]
            inside[place], outside[place], found[place] = float(reach), float(reach) + 4.0, True
        for _ in range(12):
            middle = (inside + outside) / 2
            solid = field(origin + middle[:, None] * aim) < 0
            inside, outside = torch.where(solid, middle, inside), torch.where(solid, outside, middle)
    return (origin + ((inside + outside) / 2)[:, None] * aim).double().numpy()


def settle(field: Field, points: FloatArray, steps: int = 1) -> tuple[FloatArray, FloatArray]:
    """Newton steps onto the surface, at most 4 mm each: points (N, 3) and unit normals (N, 3)."""
    for _ in range(steps):
        value, slope = value_and_slope(field, points)
        square = np.maximum((slope**2).sum(1), 0.05)
        move = np.clip(value / square, -4.0, 4.0)
        points = points - move[:, None] * slope
    return points, slope / np.linalg.norm(slope, axis=1, keepdims=True)


def value_and_slope(field: Field, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The field (N,) and its gradient (N, 3)."""
    where = torch.tensor(points, dtype=torch.float32, requires_grad=True)
    value = field(where)
    (slope,) = torch.autograd.grad(value.sum(), where)
    return value.detach().double().numpy(), slope.double().numpy()


def neighbours(faces: IntArray, count: int) -> sparse.csr_array:
    """Adjacency (N, N) of the vertices, one for each edge."""
    starts, ends = faces[:, [0, 1, 2]].reshape(-1), faces[:, [1, 2, 0]].reshape(-1)
    return sparse.csr_array((np.ones(len(starts)), (starts, ends)), shape=(count, count))


def symmetric(points: FloatArray, mirror: IntArray) -> FloatArray:
    """The mean of the points and their mirror images: exactly symmetric in floating point."""
    flipped: FloatArray = points[mirror] * [-1.0, 1.0, 1.0]
    return (points + flipped) / 2


def relax(
    field: Field, points: FloatArray, level: SphereLevel, density: Density, rounds: int, pins: dict[int, FloatArray]
) -> FloatArray:
    """Slide the vertices along the surface towards the wanted density; ``pins`` stay where they are told."""
    adjacency = neighbours(level.faces, len(points))
    numbers = np.array(sorted(pins), dtype=np.int64)
    targets = np.array([pins[number] for number in numbers]).reshape(-1, 3)
    for _ in range(rounds):
        points, normals = settle(field, points)
        weight = density(points)
        pull = (adjacency @ (points * weight[:, None])) / (adjacency @ weight)[:, None] - points
        pull -= (pull * normals).sum(1, keepdims=True) * normals
        points = symmetric(points + 0.7 * pull, level.mirror)
        points[numbers] = targets
    return points


def subdivide(points: FloatArray, level: SphereLevel) -> FloatArray:
    """The points of the next finer level: the old ones, then the middles of their edges."""
    return np.concatenate([points, points[level.parents].mean(1)])
