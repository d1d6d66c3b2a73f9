"""Voxceleb-3D from real folders: recordings and pictures in, features and fitted faces out."""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.building.builder import BuildSummary, build
from cmp_engine.building.exceptions import BuildError
from cmp_engine.building.landmarks import FACE_ALIGNMENT, LandmarkDetector

__all__ = ["FACE_ALIGNMENT", "BuildError", "BuildSummary", "LandmarkDetector", "build"]
