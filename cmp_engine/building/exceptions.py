"""What can go wrong when a data set is built; each message names the value and the remedy."""

from cmp_engine.exceptions import EngineError


class BuildError(EngineError):
    """A folder, detector or output that cannot be used."""
