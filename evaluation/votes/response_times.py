"""How long answers took."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

TOO_FAST_MS = 300
"""Nobody compares two stimuli in less: a choice between two simple signals alone takes about as long (Luce 1986)."""

BINS_PER_DECADE = 10


@dataclass(frozen=True)
class TimeBin:
    """A bar of the histogram of response times.

    Attributes
    ----------
    from_ms, to_ms : float
        Its ends; the first belongs to it.
    answers : int
        Answers that took so long.
    participants : int
        Participants whose median lies here.
    """

    from_ms: float
    to_ms: float
    answers: int
    participants: int


@dataclass(frozen=True)
class ResponseTimes:
    """Result of :func:`response_times`, in milliseconds.

    Attributes
    ----------
    answers, unknown : int
        With a time, and without.
    fastest_ms, lower_quartile_ms, median_ms, upper_quartile_ms, slowest_ms : float
        Of the answers.
    fastest_participant_ms, slowest_participant_ms : float
        Smallest and largest of the participants' medians.
    too_fast_ms : int
        `TOO_FAST_MS`.
    too_fast : int
        Answers faster than that.
    histogram : tuple of TimeBin
        Equal bins of the logarithm, ten to a decade, from the fastest to the slowest answer.
    """

    answers: int
    unknown: int
    fastest_ms: float
    lower_quartile_ms: float
    median_ms: float
    upper_quartile_ms: float
    slowest_ms: float
    fastest_participant_ms: float
    slowest_participant_ms: float
    too_fast_ms: int
    too_fast: int
    histogram: tuple[TimeBin, ...]


def response_times(response_ms: ArrayLike, participant: ArrayLike, *, unknown: int = 0) -> ResponseTimes:
    """Quartiles and histogram of response times, and how many answers came too fast.

    Parameters
    ----------
    response_ms : array_like, shape (N,)
        Milliseconds from both stimuli visible to the answer, at least one.
    participant : array_like, shape (N,)
        Labels.
    unknown : int, optional
        Answers besides, whose time is not known.

    Returns
    -------
    ResponseTimes

    Raises
    ------
    ValueError
        There is no time, one is negative or not a number, or lengths differ.

    References
    ----------
    Luce, R. D. (1986). Response Times. Oxford University Press.

    Examples
    --------
    >>> result = response_times([250, 1200, 1500, 1800, 4000], ["Ann", "Bob", "Bob", "Ann", "Ann"])
    >>> result.lower_quartile_ms, result.median_ms, result.upper_quartile_ms, result.too_fast
    (1200.0, 1500.0, 1800.0, 1)
    >>> result.fastest_participant_ms, result.slowest_participant_ms
    (1350.0, 1800.0)
    """
    times, person = np.asarray(response_ms, dtype=np.float64), np.asarray(participant)
    if times.ndim != 1 or not len(times):
        raise ValueError(f"need at least one response time in one row, got shape {times.shape}")
    if person.shape != times.shape:
        raise ValueError(f"need one participant per time, got shapes {person.shape} and {times.shape}")
    if not (times >= 0).all():
        raise ValueError(f"response times must be 0 or more, got {times[~(times >= 0)][0]}")
    medians = np.asarray(pd.Series(times).groupby(person).median(), dtype=np.float64)
    fastest, lower, median, upper, slowest = (float(each) for each in np.quantile(times, [0, 0.25, 0.5, 0.75, 1]))
    return ResponseTimes(
        answers=len(times),
        unknown=unknown,
        fastest_ms=fastest,
        lower_quartile_ms=lower,
        median_ms=median,
        upper_quartile_ms=upper,
        slowest_ms=slowest,
        fastest_participant_ms=float(medians.min()),
        slowest_participant_ms=float(medians.max()),
        too_fast_ms=TOO_FAST_MS,
        too_fast=int((times < TOO_FAST_MS).sum()),
        histogram=_histogram(times, medians),
    )


def _histogram(times: NDArray[np.float64], medians: NDArray[np.float64]) -> tuple[TimeBin, ...]:
    """Less than a millisecond counts as one, which has a logarithm."""
    times, medians = np.maximum(times, 1), np.maximum(medians, 1)
    first = math.floor(BINS_PER_DECADE * math.log10(times.min()))
    last = math.floor(BINS_PER_DECADE * math.log10(times.max())) + 1
    edges = 10 ** (np.arange(first, last + 1) / BINS_PER_DECADE)
    answers, people = (
        np.bincount(np.searchsorted(edges, values, side="right") - 1, minlength=len(edges) - 1)
        for values in (times, medians)
    )
    return tuple(
        TimeBin(float(low), float(high), int(count), int(persons))
        for low, high, count, persons in zip(edges[:-1], edges[1:], answers, people, strict=True)
    )
