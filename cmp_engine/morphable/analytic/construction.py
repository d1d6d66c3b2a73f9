"""From strokes to the mean head: a sphere is wrapped around the modelled surface, in seconds.

The result is kept in the package, so that a process reads it instead. After a change of the strokes write it anew:
``python -m cmp_engine.morphable.analytic.construction``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from cmp_engine.morphable.analytic import anatomy, places
from cmp_engine.morphable.analytic.head import write_mean
from cmp_engine.morphable.analytic.sphere import FloatArray, SphereLevel, levels, symmetric
from cmp_engine.morphable.analytic.wrap import Plan, cast, relax, settle, subdivide
from evaluation.faces.landmarks import ANALYTIC_LANDMARKS, TOPOLOGIES, lines_of

SPREADING = Plan(40, casts=(20, 40))
PINNING = Plan(24, casts=(24,))
REFINING = (Plan(6, casts=(1, 5)), Plan(3))
"""More rounds move the mean by less than the eye can see."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch work on one thread: in thousands of small steps, several would mostly wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def mean_head() -> FloatArray:
    """Model the vertices (51842, 3) of the full level, in millimetres."""
    with one_thread():
        return wrapped(levels())


def wrapped(spheres: tuple[SphereLevel, SphereLevel, SphereLevel]) -> FloatArray:
    """The vertices (N, 3) of the mean head, the named ones pinned to their places."""
    pins = pinned_places()
    points = coarse(spheres[0])
    points = relax(anatomy.head_field, points, spheres[0], places.density, PINNING, pins)
    for level, plan in zip(spheres[1:], REFINING, strict=True):
        points = relax(anatomy.head_field, subdivide(points, level), level, places.density, plan, pins)
    finest = spheres[-1]
    half = finest.half
    points[half], _ = settle(anatomy.head_field, points[half], steps=2)
    points = symmetric(points, finest)
    points[list(pins)] = np.array(list(pins.values()))
    return points


def coarse(sphere: SphereLevel) -> FloatArray:
    """The coarsest level (3242, 3) spread freely over the head, before any vertex has a name."""
    points = sphere.directions * 200.0
    half = sphere.half
    points[half] = cast(anatomy.head_field, points[half], 30.0, 90)
    return relax(anatomy.head_field, symmetric(points, sphere), sphere, places.density, SPREADING, {})


def pinned_places() -> dict[int, FloatArray]:
    """Vertex number to position (3,) of every landmark and line end, both halves."""
    pins: dict[int, FloatArray] = {}
    lines = lines_of("analytic-head-full", TOPOLOGIES["analytic-head-full"].vertices)
    flip = np.array([-1.0, 1.0, 1.0])
    landmarks, ends = places.settled()
    for landmark, point in landmarks.items():
        pins[ANALYTIC_LANDMARKS[landmark]] = point
        if landmark in places.OPPOSITE:
            pins[ANALYTIC_LANDMARKS[places.OPPOSITE[landmark]]] = point * flip
    for name, point in ends.items():
        right_end, left_end = lines[name]
        pins[left_end], pins[right_end] = point, point * flip
    return pins


if __name__ == "__main__":
    write_mean(mean_head())
