"""Voxceleb-3D from real folders: recordings and pictures in, features and fitted faces out."""

from cmp_engine.building.builder import BuildSummary, build
from cmp_engine.building.detector import FACE_ALIGNMENT, LandmarkDetector
from cmp_engine.building.errors import BuildError

__all__ = ["FACE_ALIGNMENT", "BuildError", "BuildSummary", "LandmarkDetector", "build"]
