"""Valid early stopping: a few planned looks (group sequential), or a look after every participant (e-process).

Both treat participants, in the order in which they completed, as the sample and the questions as fixed; each
participant counts with one number, the share of their answers that chose the method under test. Conclusions hold for
new participants and these questions; the headline test of the finished study, which also generalises over questions,
is :func:`evaluation.votes.crossed.crossed_test`.

At planned looks the t statistics of participants' means are turned into z values with the same p-value, whose joint
distribution is then taken as that of normal scores. Simulated studies without a preference, with looks at 30, 60, ...,
150 participants whose own preferences differ (SD 0.6 on the logit scale), reject .0010 of the time at level .001.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

FloatArray = NDArray[np.float64]

CLOSEST = 5e-5
"""Smallest distance of two looks, as a share of the planned information: closer ones need very fine integration."""

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
"""Of one panel of the integration, on (-1, 1)."""

BETS = np.arange(1, 100) / 50
"""Stakes .02, .04, ..., 1.98 of the e-process: its wealth is the mean over them, so none has to be chosen."""


@dataclass(frozen=True)
class Look:
    """One look of :func:`group_sequential`.

    Attributes
    ----------
    participants : int
        How many had completed.
    information : float
        `participants` over the planned number.
    boundary : float
        Reject when `z` reaches it; infinite where the look spends too little (or nothing) of the level.
    mean : float or None
        Mean share of these participants; None for a look that is still to come.
    z : float or None
        The t statistic of the shares against 1/2, on the scale of a standard normal. Not-a-number where all shares are
        the same: nothing varies and nothing can be tested.
    lower : float or None
        Repeated confidence bound: at level ``1 - alpha`` all true means lie above it at all looks together. Above
        1/2 exactly where the look rejects.
    """

    participants: int
    information: float
    boundary: float
    mean: float | None
    z: float | None
    lower: float | None

    @property
    def rejects(self) -> bool:
        """Whether the statistic of this look reaches its boundary."""
        return self.z is not None and self.z >= self.boundary


@dataclass(frozen=True)
class GroupSequentialTest:
    """Result of :func:`group_sequential`.

    Attributes
    ----------
    alpha : float
        Level of the one-sided test over all looks together.
    planned : int
        Participants that make up the whole information.
    looks : tuple of Look
        In order, those still to come included.
    """

    alpha: float
    planned: int
    looks: tuple[Look, ...]

    @property
    def rejected_at(self) -> Look | None:
        """The first look that rejects; None where none does (yet)."""
        return next((look for look in self.looks if look.rejects), None)


@dataclass(frozen=True)
class EProcess:
    """Result of :func:`e_process`.

    Attributes
    ----------
    alpha : float
        Level of the one-sided test.
    log_e : ndarray, shape (N,)
        Natural logarithm of the e-value after each participant.
    rejected_at : int or None
        Participants at the first e-value of at least ``1 / alpha``; None where there is none (yet).
    """

    alpha: float
    log_e: FloatArray
    rejected_at: int | None

    @property
    def p_value(self) -> float:
        """Valid at any time: 1 over the largest e-value so far, at most 1."""
        return math.exp(-float(self.log_e.max(initial=0.0)))


def obrien_fleming_bounds(information: ArrayLike, alpha: float = 0.001) -> FloatArray:
    r"""Boundaries of repeated one-sided z tests that together keep a level.

    Parameters
    ----------
    information : array_like, shape (K,)
        Share of the planned information (of the planned participants) at each look, increasing. Beyond 1 the level
        is spent and no look can reject.
    alpha : float, optional
        Level of all looks together, below 1/2.

    Returns
    -------
    ndarray, shape (K,)
        Reject at the first look whose z reaches its boundary. Infinite where a look has less than 1e-290 to spend.

    Raises
    ------
    ValueError
        The shares do not increase from above 0, two of them are closer than `CLOSEST`, or the level is impossible.

    Notes
    -----
    The spending function of Lan and DeMets of the type of O'Brien and Fleming,

    .. math:: \alpha^*(t) = 2 - 2\,\Phi(z_{\alpha/2} / \sqrt t), \qquad \alpha^*(1) = \alpha,

    so that early looks spend almost nothing and the last test is almost the one without looks. Boundaries depend on
    the looks so far alone: looks may be late, early or left out, as long as the results do not decide which.

    The score :math:`\sqrt t\,Z` has independent increments. Its density on the paths that have not crossed is carried
    from look to look by Gauss-Legendre quadrature, with nodes much closer than the standard deviation of the
    increments before and after; each boundary makes the mass beyond it equal to what the look may spend (Armitage,
    McPherson and Rowe).

    References
    ----------
    Armitage, P., McPherson, C. K. and Rowe, B. C. (1969). Journal of the Royal Statistical Society A 132, 235-244.
    O'Brien, P. C. and Fleming, T. R. (1979). Biometrics 35, 549-556.
    Lan, K. K. G. and DeMets, D. L. (1983). Biometrika 70, 659-663.

    Examples
    --------
    >>> obrien_fleming_bounds([0.2, 0.4, 0.6, 0.8, 1.0], alpha=0.025).round(4).tolist()
    [4.8769, 3.357, 2.6803, 2.2898, 2.031]
    """
    times = _checked_information(information)
    if not 0 < alpha < 0.5:
        raise ValueError(f"need 0 < alpha < 1/2, got {alpha=}")
    spent = 2 * stats.norm.sf(stats.norm.isf(alpha / 2) / np.sqrt(np.minimum(times, 1)))
    to_spend = np.diff(spent, prepend=0.0)
    steps = np.sqrt(np.diff(times, prepend=0.0))
    # What the next look needs of this one decides how closely it is sampled.
    widths = np.minimum(steps, np.append(steps[1:], math.inf))
    scores, mass = np.zeros(1), np.ones(1)  # before the first look
    bounds = np.empty(len(times))
    for look, (time, step) in enumerate(zip(times, steps, strict=True)):
        bounds[look] = _boundary(scores, mass, math.sqrt(time), step, to_spend[look])
        scores, mass = _carried(scores, mass, math.sqrt(time), step, bounds[look], widths[look])
    return bounds


def z_at_looks(shares: ArrayLike, looks: Sequence[int]) -> FloatArray:
    """One-sided t statistics of the first participants, as standard normal quantiles of the same p-value.

    Parameters
    ----------
    shares : array_like, shape (..., N)
        Share of each participant's answers for the method, in the order of completion; leading axes are studies.
    looks : sequence of int
        Numbers of participants, 2 to N.

    Returns
    -------
    ndarray, shape (..., K)
        Not-a-number where all shares up to a look are the same.

    Raises
    ------
    ValueError
        A share outside 0 to 1, or looks that do not increase from 2 to N.

    Examples
    --------
    >>> z_at_looks([0.6, 0.7, 0.5, 0.8], looks=[2, 4]).round(3).tolist()
    [1.268, 1.632]
    """
    values = _checked_shares(shares)
    _check_looks(looks)
    if looks[-1] > values.shape[-1]:
        raise ValueError(f"cannot look at {looks[-1]} participants: only {values.shape[-1]} have completed")
    return np.stack([_z(values[..., :count]) for count in looks], axis=-1)


def group_sequential(
    shares: ArrayLike, looks: Sequence[int], alpha: float = 0.001, *, planned: int | None = None
) -> GroupSequentialTest:
    """Test at a few looks whether participants prefer a method, and keep the level over all of them.

    Parameters
    ----------
    shares : array_like, shape (N,)
        As in :func:`e_process`.
    looks : sequence of int
        Numbers of participants at which the results are looked at, increasing from at least 2: those of the plan,
        except that a look that was skipped is left out and one that came late stands with its real number.
    alpha : float, optional
        Level of the one-sided test over all looks, below 1/2.
    planned : int, optional
        Planned number of participants; by default that of the last look. Where the last look takes in more people
        than were planned, name the planned number here.

    Returns
    -------
    GroupSequentialTest
        Each look with its boundary and, where enough have completed, its statistic.

    Raises
    ------
    ValueError
        A share outside 0 to 1, looks that do not increase from 2, no plan, or an impossible level.

    Notes
    -----
    Only these looks count: results between them, and of participants beyond the last one, are not tested. A study
    that ends before its planned number leaves the rest of its level unspent.

    References
    ----------
    Jennison, C. and Turnbull, B. W. (1989). Journal of the Royal Statistical Society B 51, 305-361 (`Look.lower`).

    Examples
    --------
    >>> shares = [0.7, 0.6, 0.9, 0.5, 0.8, 0.7, 0.6, 0.8] * 3
    >>> result = group_sequential(shares, looks=[8, 16, 24, 32], alpha=0.05)
    >>> [round(look.boundary, 3) for look in result.looks]
    [3.75, 2.54, 2.016, 1.72]
    >>> result.rejected_at.participants, round(result.rejected_at.z, 3)
    (16, 4.35)
    """
    values = _one_study(shares)
    _check_looks(looks)
    planned = looks[-1] if planned is None else planned
    if planned < 2:
        raise ValueError(f"need a plan of at least 2 participants, got {planned=}")
    information = np.asarray(looks) / planned
    bounds = obrien_fleming_bounds(information, alpha)
    taken = tuple(
        _look(values, count, float(share), float(bound))
        for count, share, bound in zip(looks, information, bounds, strict=True)
    )
    return GroupSequentialTest(alpha=alpha, planned=planned, looks=taken)


def log_e_process(shares: ArrayLike) -> FloatArray:
    r"""Logarithm of the e-value against "no preference" after each participant.

    Parameters
    ----------
    shares : array_like, shape (..., N)
        Share X of each participant's answers for the method, in the order of completion; leading axes are studies.

    Returns
    -------
    ndarray, shape (..., N)
        Natural logarithm of the mean, over the stakes :math:`\lambda` of `BETS`, of
        :math:`\prod_s (1 + \lambda (X_s - 1/2))`.

    Raises
    ------
    ValueError
        A share outside 0 to 1.

    Examples
    --------
    >>> log_e_process([1.0, 1.0, 0.5, 0.0]).round(4).tolist()
    [0.4055, 0.8466, 0.8466, -0.0825]
    """
    values = _checked_shares(shares)
    total = np.full(values.shape, -math.inf)
    for bet in BETS:  # One stake at a time: all of them together would take 99 times the memory.
        np.logaddexp(total, np.cumsum(np.log1p(bet * (values - 0.5)), axis=-1), out=total)
    return total - math.log(len(BETS))


def e_process(shares: ArrayLike, alpha: float = 0.001) -> EProcess:
    """Test after every participant whether a method is preferred; valid whenever the study stops.

    Parameters
    ----------
    shares : array_like, shape (N,)
        Share of each participant's answers for the method, in the order of completion.
    alpha : float, optional
        Level of the one-sided test, between 0 and 1.

    Returns
    -------
    EProcess
        The running e-value and the participant at whom it first reached ``1 / alpha``.

    Raises
    ------
    ValueError
        A share outside 0 to 1, or a level outside (0, 1).

    Notes
    -----
    The e-value is the wealth of a gambler who bets on the method, at stakes that are fair if nobody has a preference.
    Ville's inequality bounds the probability of ever reaching ``1 / alpha`` by `alpha`, whatever the distribution of
    shares and however the answers of one participant depend on each other, if each participant's expected share is
    at most 1/2 given those before. So participants must enter in the order of completion, and the set of questions
    must be the same for all, or drawn independently at random for each.

    References
    ----------
    Ville, J. (1939). Etude critique de la notion de collectif. Gauthier-Villars.
    Waudby-Smith, I. and Ramdas, A. (2024). Journal of the Royal Statistical Society B 86, 1-27.

    Examples
    --------
    >>> result = e_process([0.8] * 40, alpha=0.05)
    >>> result.rejected_at, round(float(result.log_e[-1]), 3)
    (10, 16.0)
    """
    values = _one_study(shares)
    if not 0 < alpha < 1:
        raise ValueError(f"need 0 < alpha < 1, got {alpha=}")
    log_e = log_e_process(values)
    reached = np.flatnonzero(log_e >= -math.log(alpha))
    return EProcess(alpha=alpha, log_e=log_e, rejected_at=int(reached[0]) + 1 if reached.size else None)


def _checked_shares(shares: ArrayLike) -> FloatArray:
    values = np.asarray(shares, dtype=np.float64)
    wrong = values[~((values >= 0) & (values <= 1))]
    if wrong.size:
        raise ValueError(f"every participant's share must lie between 0 and 1, got {wrong.flat[0]}")
    return values


def _one_study(shares: ArrayLike) -> FloatArray:
    values = _checked_shares(shares)
    if values.ndim != 1:
        raise ValueError(f"need one share per participant, got shape {values.shape}")
    return values


def _checked_information(information: ArrayLike) -> FloatArray:
    times = np.asarray(information, dtype=np.float64)
    if times.ndim != 1 or not times.size:
        raise ValueError(f"need the information of at least one look, got shape {times.shape}")
    if not (np.diff(times, prepend=0.0) >= CLOSEST).all():
        raise ValueError(f"information must increase from 0 by at least {CLOSEST} per look, got {times.tolist()}")
    return times


def _check_looks(looks: Sequence[int]) -> None:
    if not len(looks) or any(later <= earlier for earlier, later in itertools.pairwise([1, *looks])):
        raise ValueError(f"looks must be numbers of participants that increase from at least 2, got {list(looks)}")


def _look(shares: FloatArray, count: int, information: float, boundary: float) -> Look:
    if count > len(shares):
        return Look(count, information, boundary, mean=None, z=None, lower=None)
    seen = shares[:count]
    reach = float(stats.t.isf(stats.norm.sf(boundary), count - 1)) * float(seen.std(ddof=1)) / math.sqrt(count)
    mean, z = float(seen.mean()), float(_z(seen))
    return Look(count, information, boundary, mean=mean, z=z, lower=math.nan if math.isnan(z) else mean - reach)


def _z(shares: FloatArray) -> FloatArray:
    """The t statistic of shares (..., n) against 1/2 on the normal scale, (...)."""
    count = shares.shape[-1]
    varies = np.ptp(shares, axis=-1) > 0  # The standard deviation of equal numbers need not round to 0.
    spread = np.where(varies, shares.std(axis=-1, ddof=1), math.nan)
    t = (shares.mean(axis=-1) - 0.5) / spread * math.sqrt(count)
    return np.asarray(np.copysign(stats.norm.isf(stats.t.sf(np.abs(t), count - 1)), t))


def _boundary(scores: FloatArray, mass: FloatArray, root: float, step: float, to_spend: float) -> float:
    """The z beyond which the next look finds `to_spend` of the mass; `root` is the root of its information."""
    if to_spend < 1e-290:
        return math.inf

    def surplus(bound: float) -> float:
        return float(mass @ special.ndtr((scores - bound * root) / step)) / to_spend - 1

    # Without earlier looks it would be the normal quantile; with them it is lower.
    return float(optimize.brentq(surplus, 0.0, float(stats.norm.isf(to_spend)) + 0.1, xtol=1e-12))


def _carried(
    scores: FloatArray, mass: FloatArray, root: float, step: float, bound: float, width: float
) -> tuple[FloatArray, FloatArray]:
    """Nodes and masses of the scores at the next look that stay below its boundary."""
    # 9 standard deviations down the mass is below rounding; beyond 38 up a normal tail is below the smallest number.
    low, high = -9 * root, min(bound, 38.0) * root
    # Panels of at most four widths: sixteen nodes integrate a bell curve over them to rounding.
    edges = np.linspace(low, high, 2 + int((high - low) / (4 * width)))
    half = (edges[1] - edges[0]) / 2
    nodes = (edges[:-1, None] + half * (1 + NODES)).ravel()
    weights = np.tile(half * WEIGHTS, len(edges) - 1)
    kernel = np.exp(-(((nodes[:, None] - scores) / step) ** 2) / 2) / (step * math.sqrt(2 * math.pi))
    return nodes, weights * (kernel @ mass)
