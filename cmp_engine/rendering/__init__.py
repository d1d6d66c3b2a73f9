"""Pictures of meshes: neutral stills for studies, coloured faces for training, overlays for checking."""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.rendering.camera import Camera, frame_points, rotation
from cmp_engine.rendering.picture import Appearance, face_picture
from cmp_engine.rendering.raster import Light, render
from cmp_engine.rendering.still import overlay, still, turntable

__all__ = [
    "Appearance",
    "Camera",
    "Light",
    "face_picture",
    "frame_points",
    "overlay",
    "render",
    "rotation",
    "still",
    "turntable",
]
