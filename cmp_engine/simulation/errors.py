"""What can go wrong in a simulation; each message names the value and the remedy."""


class SimulationError(Exception):
    """An argument out of range, or an output folder that cannot be used."""
