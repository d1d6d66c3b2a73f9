"""What can go wrong in a simulation; each message names the value and the remedy."""

from cmp_engine.exceptions import EngineError


class SimulationError(EngineError):
    """An argument out of range, or an output folder that cannot be used."""
