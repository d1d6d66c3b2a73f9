"""What can be wrong with a photograph; each message names the value and the remedy."""

from cmp_engine.exceptions import EngineError


class DetectionError(EngineError):
    """The photograph cannot be used."""


class NotAPictureError(DetectionError):
    """The file is missing, damaged, too large, or no picture."""


class NoFaceError(DetectionError):
    """The picture is sound, but shows no face."""
