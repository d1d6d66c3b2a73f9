"""Morphable models: coefficients in, meshes in millimetres out."""

from cmp_engine.morphable.model import LEVELS, Level, MorphableModel
from cmp_engine.morphable.readers.exceptions import ModelFileError

__all__ = ["LEVELS", "Level", "ModelFileError", "MorphableModel"]
