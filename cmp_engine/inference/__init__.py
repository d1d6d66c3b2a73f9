"""Use of trained runs."""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
from cmp_engine.inference.voice_to_face import FacePrediction, VoiceToFace

__all__ = ["FacePrediction", "VoiceToFace"]
