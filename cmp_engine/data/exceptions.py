"""What can be wrong with a data set; each message names the path and the remedy."""

from cmp_engine.exceptions import EngineError


class DatasetError(EngineError):
    """The folder is no usable Voxceleb-3D data set."""
