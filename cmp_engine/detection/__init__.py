"""Faces in photographs: found by FaceBoxes, cut out as the image-to-3D networks were trained on."""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.detection.crop import (
    Region,
    crop_face,
    region_for_3ddfa,
    region_for_synergynet,
    region_of_landmarks,
)
from cmp_engine.detection.detector import FaceBox, FaceDetector
from cmp_engine.detection.exceptions import DetectionError, NoFaceError, NotAPictureError
from cmp_engine.detection.faceboxes import FaceBoxes
from cmp_engine.detection.photograph import read_photograph

__all__ = [
    "DetectionError",
    "FaceBox",
    "FaceBoxes",
    "FaceDetector",
    "NoFaceError",
    "NotAPictureError",
    "Region",
    "crop_face",
    "read_photograph",
    "region_for_3ddfa",
    "region_for_synergynet",
    "region_of_landmarks",
]
