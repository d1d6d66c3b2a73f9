"""The analytic head as arrays: the stored mean and the directions derived from it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from cmp_engine.io import whole_file
from cmp_engine.morphable.analytic import places
from cmp_engine.morphable.analytic.directions import shape_space
from cmp_engine.morphable.analytic.expressions import expression_space
from cmp_engine.morphable.analytic.sphere import FloatArray, IntArray, SphereLevel, levels, symmetric

MEAN = Path(__file__).with_name("mean.npy")
"""Vertices (26065, 3) of the left half and the midline, float64: what ``construction`` makes of the strokes."""


@dataclass(frozen=True)
class AnalyticHead:
    """Arrays of the full level; a coarser one is their first rows with its own ``faces``."""

    vertices: FloatArray
    faces: dict[str, IntArray]
    counts: dict[str, int]
    shape_basis: FloatArray
    shape_sd: FloatArray
    expression_basis: FloatArray
    expression_sd: FloatArray
    regions: dict[str, FloatArray]


@lru_cache(maxsize=1)
def analytic_head() -> AnalyticHead:
    """Read the mean and derive faces, directions and regions; about a second."""
    spheres = levels()
    vertices = read_mean(spheres[-1])
    shape_basis, shape_sd = shape_space(vertices)
    expression_basis, expression_sd = expression_space(vertices)
    names = ("low", "medium", "full")
    return AnalyticHead(
        vertices,
        {name: sphere.faces for name, sphere in zip(names, spheres, strict=True)},
        {name: len(sphere.directions) for name, sphere in zip(names, spheres, strict=True)},
        shape_basis,
        shape_sd,
        expression_basis,
        expression_sd,
        places.regions(vertices),
    )


def read_mean(finest: SphereLevel) -> FloatArray:
    """The vertices (N, 3) of the full level, in millimetres."""
    vertices = np.empty_like(finest.directions)
    vertices[finest.half] = np.load(MEAN)
    return symmetric(vertices, finest)


def write_mean(vertices: FloatArray) -> None:
    """Keep the vertices (N, 3) of the full level."""
    with whole_file(MEAN) as file:
        np.save(file, vertices[levels()[-1].half])
