"""Morphable models: coefficients in, meshes in millimetres out."""

from cmp_engine.morphable.model import LEVELS, Level, MorphableModel

__all__ = ["LEVELS", "Level", "MorphableModel"]
