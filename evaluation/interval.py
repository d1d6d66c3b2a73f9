"""An interval of confidence: what every estimate here travels with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval of a share, a mean or a change.

    Attributes
    ----------
    low, high : float
        Bounds; those of a share between 0 and 1. An interval from a t distribution may reach beyond both ends.
    confidence : float
        Coverage aimed at, such as 0.95.
    """

    low: float
    high: float
    confidence: float
