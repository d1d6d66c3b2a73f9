"""What can be wrong with the files of a morphable model; each message names the file and the remedy."""

from cmp_engine.exceptions import EngineError


class ModelFileError(EngineError):
    """A file of a morphable model is missing, damaged or of another layout, or lacks what is asked of it."""
