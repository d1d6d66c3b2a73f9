"""Use of trained runs."""

from cmp_engine.inference.voice_to_face import FacePrediction, VoiceToFace

__all__ = ["FacePrediction", "VoiceToFace"]
