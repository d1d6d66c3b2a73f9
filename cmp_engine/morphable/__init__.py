"""Morphable models: coefficients in, meshes in millimetres out."""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.morphable.model import LEVELS, Level, MorphableModel
from cmp_engine.morphable.readers.exceptions import ModelFileError

__all__ = ["LEVELS", "Level", "ModelFileError", "MorphableModel"]
