"""What can be wrong with a data set; each message names the path and the remedy."""


class DatasetError(Exception):
    """The folder is no usable Voxceleb-3D data set."""
