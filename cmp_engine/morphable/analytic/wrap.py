"""Shrink-wrapping: a geodesic sphere is laid on the head's surface and relaxed there, level by level."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from cmp_engine.morphable.analytic.sphere import FloatArray, IntArray, SphereLevel, symmetric

Field = Callable[[Tensor], Tensor]
Density = Callable[[FloatArray], FloatArray]
"""Points (N, 3) in mm to the wanted number of vertices per length, relative (N,)."""

CENTER = np.array([0.0, -18.0, 2.0])
"""All rays start here, mm: every part of the head but the backs of the ears and the nostrils is seen from outside."""
NEAREST = 40.0
"""Where rays end, mm from the centre."""


def cast(field: Field, points: FloatArray, start: float, steps: int) -> FloatArray:
    """Where the rays through ``points`` (N, 3) first meet the surface from outside (N, 3): sphere tracing.

    Args:
        field: signed distance in mm.
        points: give the directions of the rays and, with ``start`` mm added, their beginnings.
        start: how far outside the points to begin, mm.
        steps: of the trace.
    """
    rays = torch.tensor(points - CENTER, dtype=torch.float32)
    reach = rays.norm(dim=1)
    aim = rays / reach[:, None]
    origin = torch.tensor(CENTER, dtype=torch.float32)
    reach += start
    active = torch.arange(len(aim))
    with torch.no_grad():
        for _ in range(steps):
            gap = field(origin + reach[active, None] * aim[active])
            # The blended fields overestimate distances a little: shorter steps keep the trace outside.
            reach[active] = (reach[active] - 0.8 * gap).clamp(min=NEAREST)
            active = active[gap.abs() > 0.05]
            if not len(active):
                break
    result: FloatArray = (origin + reach[:, None] * aim).double().numpy()
    return result


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


@dataclass(frozen=True)
class Plan:
    """How one level is relaxed: ``rounds``, and a fresh cast from outside after each of the rounds in ``casts``."""

    rounds: int
    casts: tuple[int, ...] = ()


def relax(
    field: Field, points: FloatArray, level: SphereLevel, density: Density, plan: Plan, pins: dict[int, FloatArray]
) -> FloatArray:
    """Slide the vertices (N, 3) along the surface towards the wanted density, and the pinned ones to their places.

    Casting them anew from outside now and then keeps any from being lost in a nostril or behind an ear.
    """
    adjacency = neighbours(level.faces, len(points))
    numbers = np.array(sorted(pins), dtype=np.int64)
    targets = np.array([pins[number] for number in numbers]).reshape(-1, 3)
    half = level.half
    normals = np.zeros_like(points)
    for turn in range(1, plan.rounds + 1):
        points[half], normals[half] = settle(field, points[half])
        points = symmetric(points, level)
        weight = density(points)
        pull = (adjacency @ (points * weight[:, None])) / (adjacency @ weight)[:, None] - points
        pull -= (pull * normals).sum(1, keepdims=True) * normals
        points = points + 0.7 * pull
        # Pinned vertices travel during the first half, so that their neighbours settle in the second.
        points[numbers] += (targets - points[numbers]) * min(1.0, 2.0 * turn / plan.rounds)
        if turn in plan.casts:
            free = np.setdiff1d(half, numbers)
            points[free] = cast(field, points[free], 7.0, 20)
        points = symmetric(points, level)
    return points


def subdivide(points: FloatArray, level: SphereLevel) -> FloatArray:
    """The points of the next finer level: the old ones, then the middles of their edges."""
    return np.concatenate([points, points[level.parents].mean(1)])
