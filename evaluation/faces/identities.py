"""From errors of utterances to errors of people: means, their intervals, and gains over a baseline.

Several utterances of one person are no independent sample of anything but that person's voice. Every metric of
meshes is therefore averaged over the utterances of each identity first, as in the paper's Table 1, and the identities
are what is resampled.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from evaluation.interval import Interval

FloatArray = npt.NDArray[np.float64]

RESAMPLES = 9_999
"""Bootstrap samples: the simulation error of a bound is then far below the width of any interval."""


@dataclass(frozen=True)
class IdentityErrors:
    """One error per identity, of any metric.

    Attributes
    ----------
    identities : tuple of hashable
        Names, each once, in the order of their first utterance.
    values : ndarray, shape (I,)
        The mean over the utterances of each, in the unit of the metric.
    """

    identities: tuple[Hashable, ...]
    values: FloatArray


@dataclass(frozen=True)
class MeanError:
    """Result of :func:`mean_error`.

    Attributes
    ----------
    mean : float
        Plain mean over the identities.
    interval : Interval or None
        BCa bootstrap interval of the mean; None where there is nothing to resample: a single identity, or the same
        error for all.
    identities : int
        How many were averaged.
    """

    mean: float
    interval: Interval | None
    identities: int


@dataclass(frozen=True)
class Gain:
    """Result of :func:`gain`: how far a method's mean error lies from a baseline's.

    Attributes
    ----------
    relative : float
        Mean error over the baseline's mean error, minus 1: -0.2 is a fifth less error.
    interval : Interval or None
        Paired BCa bootstrap interval of `relative`; None where there is nothing to resample.
    identities : int
        How many were compared.
    """

    relative: float
    interval: Interval | None
    identities: int


def per_identity(identities: Sequence[Hashable], errors: npt.ArrayLike) -> IdentityErrors:
    """Average over the utterances of each identity.

    Parameters
    ----------
    identities : sequence of hashable
        Who speaks in each utterance, length U.
    errors : array_like, shape (U,)
        The error of each utterance.

    Returns
    -------
    IdentityErrors

    Raises
    ------
    ValueError
        There is no utterance, the lengths differ, or an error is not finite.

    Examples
    --------
    >>> per_identity(["Ann", "Bob", "Ann"], [0.1, 0.4, 0.3]).values.round(6).tolist()
    [0.2, 0.4]
    """
    values = np.asarray(errors, dtype=np.float64)
    if not len(identities):
        raise ValueError("no errors to average: give at least one identity")
    if values.shape != (len(identities),):
        raise ValueError(f"need one error per utterance, got shape {values.shape} for {len(identities)} utterances")
    if not np.isfinite(values).all():
        raise ValueError(f"errors must be finite, got {values[~np.isfinite(values)][0]}")
    number = {name: index for index, name in enumerate(dict.fromkeys(identities))}
    rows = np.array([number[name] for name in identities])
    return IdentityErrors(tuple(number), np.bincount(rows, weights=values) / np.bincount(rows))


def mean_error(errors: IdentityErrors, *, confidence: float = 0.95, seed: int = 0) -> MeanError:
    """Average over identities, with an interval for people like those tested.

    Parameters
    ----------
    errors : IdentityErrors
        Of one method and metric.
    confidence : float, optional
        Coverage aimed at, between 0 and 1.
    seed : int, optional
        Source of the resampling: equal seeds give equal intervals.

    Returns
    -------
    MeanError

    Raises
    ------
    ValueError
        `confidence` is outside (0, 1).

    Notes
    -----
    The bias-corrected and accelerated (BCa) interval [1]_, not the plain percentile one: absolute errors are bounded
    by zero and skewed to the right, which shifts percentile intervals of their means towards zero; BCa corrects for
    skewness to second order. With fewer than about ten identities every bootstrap interval is too narrow.

    References
    ----------
    .. [1] Efron, B. (1987). Better bootstrap confidence intervals. JASA 82, 171-185.

    Examples
    --------
    >>> result = mean_error(per_identity("abcdef", [0.01, 0.02, 0.02, 0.03, 0.03, 0.10]))
    >>> round(result.mean, 3), round(result.interval.low, 3), round(result.interval.high, 3), result.identities
    (0.035, 0.02, 0.076, 6)
    """
    interval = _bca((errors.values,), _mean, confidence, seed)
    return MeanError(float(errors.values.mean()), interval, len(errors.values))


def gain(errors: IdentityErrors, baseline: IdentityErrors, *, confidence: float = 0.95, seed: int = 0) -> Gain:
    r"""Compare a method with a baseline on the same identities.

    Parameters
    ----------
    errors, baseline : IdentityErrors
        Of the method and of the baseline (Base-2 in the paper), for the same identities in any order.
    confidence : float, optional
        Coverage aimed at, between 0 and 1.
    seed : int, optional
        Source of the resampling.

    Returns
    -------
    Gain

    Raises
    ------
    ValueError
        The identities differ, the baseline has no error to compare with, or `confidence` is outside (0, 1).

    Notes
    -----
    The estimate is :math:`\bar e / \bar e_0 - 1`, the "Gain" of the paper's Table 1. Identities are resampled with
    both of their errors (paired): what makes a person hard for both methods cancels, and two overlapping intervals
    of the means do not contradict a gain whose interval excludes zero.

    Examples
    --------
    >>> base = per_identity("abcde", [0.10, 0.20, 0.30, 0.40, 0.50])
    >>> ours = per_identity("abcde", [0.08, 0.17, 0.24, 0.31, 0.41])
    >>> result = gain(ours, base)
    >>> round(result.relative, 3), result.interval.high < 0
    (-0.193, True)
    """
    if set(errors.identities) != set(baseline.identities):
        unmatched = sorted(str(name) for name in set(errors.identities) ^ set(baseline.identities))
        raise ValueError(f"method and baseline must be measured on the same identities; {unmatched[0]!r} has only one")
    order = {name: index for index, name in enumerate(baseline.identities)}
    paired = baseline.values[[order[name] for name in errors.identities]]
    if not paired.mean() > 0:
        raise ValueError(f"the baseline's mean error must be positive, got {paired.mean()}")
    interval = _bca((errors.values, paired), _relative_change, confidence, seed)
    return Gain(float(_relative_change(errors.values, paired)), interval, len(paired))


def _mean(values: FloatArray, axis: int = -1) -> FloatArray:
    return np.asarray(values.mean(axis=axis))


def _relative_change(values: FloatArray, baseline: FloatArray, axis: int = -1) -> FloatArray:
    return np.asarray(values.mean(axis=axis) / baseline.mean(axis=axis) - 1.0)


def _bca(
    samples: tuple[FloatArray, ...], statistic: Callable[..., FloatArray], confidence: float, seed: int
) -> Interval | None:
    if not 0 < confidence < 1:
        raise ValueError(f"need 0 < confidence < 1, got {confidence}")
    if not _varies(samples, statistic):
        return None
    found = stats.bootstrap(
        samples,
        statistic,
        paired=len(samples) > 1,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=1000,  # All resamples of a thousand identities at once would take 80 MB a sample.
        confidence_level=confidence,
        method="BCa",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(low=float(found.low), high=float(found.high), confidence=confidence)


def _varies(samples: tuple[FloatArray, ...], statistic: Callable[..., FloatArray]) -> bool:
    """Whether leaving out one identity ever changes the statistic by more than rounding; if not, BCa is undefined."""
    count = len(samples[0])
    if count < 2:
        return False
    others = np.array([[j for j in range(count) if j != i] for i in range(count)])  # (I, I - 1)
    without_one = statistic(*(sample[others] for sample in samples), axis=-1)
    return bool(np.ptp(without_one) > 1e-12 * np.abs(without_one).max())
