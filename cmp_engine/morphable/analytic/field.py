"""Signed distance strokes: the clay from which the analytic head is modelled.

A point cloud (N, 3) in millimetres goes through a list of strokes; each adds to, cuts from or presses into the field
so far. Fields are negative inside, close to a distance near the surface, and differentiable, so the surface and its
normals follow from autograd. The primitives and the polynomial smooth minimum are the well-known ones collected by
I. Quilez ("Distance functions", "Smooth minimum", iquilezles.org/articles).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Point = tuple[float, float, float]
Distance = Callable[[Tensor], Tensor]
"""Points (N, 3) in mm to signed distances (N,) in mm."""


def smooth_union(first: Tensor, second: Tensor, blend: float) -> Tensor:
    """Union of two fields whose seam is rounded over about ``blend`` mm (quadratic smooth minimum)."""
    share = (0.5 + 0.5 * (second - first) / blend).clamp(0.0, 1.0)
    return second + (first - second) * share - blend * share * (1.0 - share)


def smooth_cut(field: Tensor, tool: Tensor, blend: float) -> Tensor:
    """``field`` without the inside of ``tool``."""
    return -smooth_union(-field, tool, blend)


@dataclass(frozen=True)
class Frame:
    """A local right-handed frame: origin in mm and three orthonormal axes in rows."""

    origin: Point
    axes: tuple[Point, Point, Point] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

    def local(self, points: Tensor) -> Tensor:
        """World (N, 3) to local (N, 3), both in mm."""
        turned: Tensor = (points - points.new_tensor(self.origin)) @ points.new_tensor(self.axes).T
        return turned


def ellipsoid(center: Point, radii: Point, frame: Frame | None = None) -> Distance:
    """An ellipsoid with half axes ``radii`` along the axes of ``frame`` (world axes by default)."""

    def distance(points: Tensor) -> Tensor:
        local = frame.local(points) if frame else points
        scaled = (local - local.new_tensor(center)) / local.new_tensor(radii)  # (N, 3)
        first = scaled.norm(dim=-1).clamp(min=1e-6)
        second = (scaled / local.new_tensor(radii)).norm(dim=-1).clamp(min=1e-6)
        value: Tensor = first * (first - 1.0) / second
        return value

    return distance


def tube(nodes: Sequence[Point], radii: Sequence[float], frame: Frame | None = None) -> Distance:
    """A tube along a polyline, its radius interpolated between the ``nodes``."""

    def distance(points: Tensor) -> Tensor:
        local = frame.local(points) if frame else points
        along, nearest = closest_on_polyline(local, nodes)
        return nearest - interpolate(along, radii)

    return distance


def closest_on_polyline(points: Tensor, nodes: Sequence[Point]) -> tuple[Tensor, Tensor]:
    """Position (N,) along the polyline in units of segments, and distance (N,) in mm to its nearest point."""
    knots = points.new_tensor(nodes)  # (K, 3)
    steps = knots[1:] - knots[:-1]  # (K-1, 3)
    offsets = points[:, None] - knots[:-1]  # (N, K-1, 3)
    share = ((offsets * steps).sum(-1) / (steps * steps).sum(-1)).clamp(0.0, 1.0)  # (N, K-1)
    gaps = (offsets - share[..., None] * steps).square().sum(-1).clamp(min=1e-9).sqrt()  # (N, K-1)
    nearest, segment = gaps.min(dim=1)
    along = share.gather(1, segment[:, None])[:, 0] + segment
    return along, nearest


def interpolate(along: Tensor, values: Sequence[float]) -> Tensor:
    """Piecewise linear values (N,) at positions given in units of segments."""
    table = along.new_tensor(values)
    segment = along.detach().floor().long().clamp(0, len(values) - 2)
    return table[segment] + (along - segment) * (table[segment + 1] - table[segment])


@dataclass(frozen=True)
class Stroke:
    """One step of modelling, applied only within ``reach`` mm of ``center`` (everywhere if None)."""

    change: Callable[[Tensor, Tensor], Tensor]
    center: Point | None = None
    reach: float = 0.0

    def __call__(self, points: Tensor, field: Tensor) -> Tensor:
        """The field (N,) after the stroke, at points (N, 3) whose x is not negative."""
        if self.center is None:
            return self.change(points, field)
        near = (points.detach() - points.new_tensor(self.center)).square().sum(-1) < self.reach**2
        chosen = near.nonzero()[:, 0]
        return field.index_put((chosen,), self.change(points[chosen], field[chosen]))


def add(shape: Distance, blend: float, center: Point | None = None, reach: float = 0.0) -> Stroke:
    """Add clay: smooth union with ``shape``."""
    return Stroke(lambda points, field: smooth_union(field, shape(points), blend), center, reach)


def cut(shape: Distance, blend: float, center: Point | None = None, reach: float = 0.0) -> Stroke:
    """Take clay away: smooth difference with ``shape``."""
    return Stroke(lambda points, field: smooth_cut(field, shape(points), blend), center, reach)


def swell(center: Point, widths: Point, height: float) -> Stroke:
    """Raise the surface by a Gaussian of ``height`` mm (negative: press it) and of the given ``widths`` (sd, mm)."""

    def change(points: Tensor, field: Tensor) -> Tensor:
        scaled = (points - points.new_tensor(center)) / points.new_tensor(widths)
        return field - height * torch.exp(-0.5 * scaled.square().sum(-1))

    return Stroke(change, center, 3.6 * max(widths))


def crease(nodes: Sequence[Point], width: float, heights: Sequence[float]) -> Stroke:
    """Raise or press a soft line along a polyline: ``heights`` in mm at its nodes, Gaussian ``width`` (sd, mm)."""
    middle = torch.tensor(nodes).mean(0)
    reach = float((torch.tensor(nodes) - middle).norm(dim=-1).max()) + 3.6 * width

    def change(points: Tensor, field: Tensor) -> Tensor:
        along, nearest = closest_on_polyline(points, nodes)
        return field - interpolate(along, heights) * torch.exp(-0.5 * (nearest / width).square())

    x, y, z = middle.tolist()
    return Stroke(change, (x, y, z), reach)
