"""How many participants and questions a preference study needs, and what a given number can show."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from evaluation.planning.crossed_power import VarianceShares, check_probabilities, check_sizes, crossed_power

FloatArray = NDArray[np.float64]

LARGEST = 1_000_000
"""Participants or questions beyond which no study is planned."""

EXAMINED = (*range(2, 32), *(round(size) for size in np.geomspace(32, LARGEST, 40)))
"""Numbers whose power is looked at: where the other number is small it may rise, fall and rise again."""

SUREST = 1 - 1e-9
"""The largest true share considered: at 1 nothing varies and nothing can be tested."""

BLOCK = 100_000
"""Numbers of answers examined at once: a few megabytes an array."""


@dataclass(frozen=True)
class SampleSize:
    """How many participants (or questions) reach a target power.

    Attributes
    ----------
    needed : int or None
        The smallest number with the target power; None where no number in `EXAMINED` has it.
    power : float
        Power with that many; where there is no such number, the ceiling.
    ceiling : float
        The most power of any number examined or of infinitely many: what is left to gain is bought with the other
        of the two.
    kept : bool
        Whether all larger numbers examined have the target power, too. With few of the other, more may lose it again
        (:func:`participants_needed`).
    """

    needed: int | None
    power: float
    ceiling: float
    kept: bool


@dataclass(frozen=True)
class PowerTable:
    """Result of :func:`power_table`.

    Attributes
    ----------
    share, alpha : float
        True share of answers for the method, and level of the one-sided test.
    shares : VarianceShares
        What was assumed.
    participants, questions : tuple of float
        Rows and columns.
    power : tuple of tuple of float
        One row per number of participants.
    """

    share: float
    alpha: float
    shares: VarianceShares
    participants: tuple[float, ...]
    questions: tuple[float, ...]
    power: tuple[tuple[float, ...], ...]


def participants_needed(
    *, share: float, questions: float, shares: VarianceShares, alpha: float = 0.001, power: float = 0.8
) -> SampleSize:
    """Smallest number of participants with the target power, for a number of questions.

    Parameters
    ----------
    share, questions, shares, alpha
        As in :func:`evaluation.planning.crossed_power.crossed_power`.
    power : float, optional
        Target, above `alpha` and below 1.

    Returns
    -------
    SampleSize
        Often without a number: questions that differ set a ceiling no crowd of participants exceeds.

    Raises
    ------
    ValueError
        A probability outside (0, 1), a target that chance alone reaches, or fewer than two questions.

    Notes
    -----
    With few questions more participants may lose power, as they leave fewer degrees of freedom; most at strict levels,
    where people differ more than questions. At a level of 0.001 and variance shares of 0.2 and 0.02, over true shares
    of 0.55, 0.6, 0.7, 0.8 and 0.9, the loss is up to 45 points with 2 questions, 31 with 3, 20 with 4, 9 with 5, 6 with
    6, 2 with 8 and 1 with 10.

    Examples
    --------
    >>> shares = VarianceShares(participant=0.08, question=0.07)
    >>> participants_needed(share=0.6, questions=30, shares=shares, alpha=0.05).needed
    27
    >>> size = participants_needed(share=0.6, questions=10, shares=shares, alpha=0.05)
    >>> size.needed, round(size.ceiling, 3)
    (None, 0.716)
    >>> size = participants_needed(share=0.8, questions=4, shares=VarianceShares(0.2, 0.02), power=0.7)
    >>> size.needed, size.kept
    (42, False)
    """
    check_probabilities(share=share, alpha=alpha)
    _check_target(alpha, power)
    check_sizes(2, questions)

    def power_with(participants: float) -> float:
        return crossed_power(share=share, participants=participants, questions=questions, shares=shares, alpha=alpha)

    return _sample_size(power_with, power)


def questions_needed(
    *, share: float, participants: float, shares: VarianceShares, alpha: float = 0.001, power: float = 0.8
) -> SampleSize:
    """Smallest number of questions with the target power, all of them answered by a number of participants.

    Parameters
    ----------
    share, participants, shares, alpha
        As in :func:`evaluation.planning.crossed_power.crossed_power`.
    power : float, optional
        Target, above `alpha` and below 1.

    Returns
    -------
    SampleSize

    Raises
    ------
    ValueError
        A probability outside (0, 1), a target that chance alone reaches, or fewer than two participants.

    Examples
    --------
    >>> shares = VarianceShares(participant=0.08, question=0.07)
    >>> questions_needed(share=0.6, participants=154, shares=shares, alpha=0.05).needed
    14
    """
    check_probabilities(share=share, alpha=alpha)
    _check_target(alpha, power)
    check_sizes(participants, 2)

    def power_with(questions: float) -> float:
        return crossed_power(share=share, participants=participants, questions=questions, shares=shares, alpha=alpha)

    return _sample_size(power_with, power)


def detectable_share(
    *, participants: float, questions: float, shares: VarianceShares, alpha: float = 0.001, power: float = 0.8
) -> float | None:
    """Smallest true share that a study of this size finds with the target power; None where no share below 1 is found.

    Parameters
    ----------
    participants, questions, shares, alpha
        As in :func:`evaluation.planning.crossed_power.crossed_power`.
    power : float, optional
        Target, above `alpha` and below 1.

    Raises
    ------
    ValueError
        A level outside (0, 1), a target that chance alone reaches, or fewer than two participants or questions.

    Examples
    --------
    >>> shares = VarianceShares(participant=0.08, question=0.07)
    >>> round(detectable_share(participants=154, questions=10, shares=shares, alpha=0.05), 3)
    0.619
    """
    check_probabilities(alpha=alpha)
    _check_target(alpha, power)
    check_sizes(participants, questions)

    def surplus(share: float) -> float:
        found = crossed_power(share=share, participants=participants, questions=questions, shares=shares, alpha=alpha)
        return found - power

    if surplus(0.5) >= 0:  # Without a preference the power is only about alpha.
        return 0.5
    return float(optimize.brentq(surplus, 0.5, SUREST, xtol=1e-6)) if surplus(SUREST) >= 0 else None


def power_table(
    *,
    share: float,
    participants: Sequence[float],
    questions: Sequence[float],
    shares: VarianceShares,
    alpha: float = 0.001,
) -> PowerTable:
    """Power of every combination of participants and questions, for a report.

    Parameters
    ----------
    share, shares, alpha
        As in :func:`evaluation.planning.crossed_power.crossed_power`.
    participants, questions : sequence of float
        Numbers to combine, at least 2 each; `math.inf` for the limit.

    Raises
    ------
    ValueError
        As in :func:`evaluation.planning.crossed_power.crossed_power`.

    Examples
    --------
    >>> shares = VarianceShares(participant=0.08, question=0.07)
    >>> table = power_table(share=0.6, participants=[50, 154], questions=[10, 30], shares=shares, alpha=0.05)
    >>> [[round(each, 2) for each in row] for row in table.power]
    [[0.6, 0.91], [0.67, 0.97]]
    """
    rows = tuple(
        tuple(crossed_power(share=share, participants=s, questions=q, shares=shares, alpha=alpha) for q in questions)
        for s in participants
    )
    return PowerTable(share, alpha, shares, tuple(participants), tuple(questions), rows)


def independent_answers_needed(share: float, alpha: float = 0.001, power: float = 0.8) -> int | None:
    r"""Number of independent answers from which on the exact binomial test keeps the target power.

    Parameters
    ----------
    share : float
        True share of answers for the method, between 0 and 1.
    alpha : float, optional
        Level of the one-sided test.
    power : float, optional
        Target, above `alpha` and below 1.

    Returns
    -------
    int or None
        A floor for any study: answers of the same people to the same questions tell less. None for a share of 1/2 or
        less.

    Raises
    ------
    ValueError
        A probability outside (0, 1), or a target that chance alone reaches.

    Notes
    -----
    The power of an exact test falls each time its critical count rises, so several n reach a target before it is kept;
    this is the n after the last failure. The search starts where Hoeffding's inequality, applied to the critical
    count and to the answers, rules out any further failure: milliseconds at 0.55, minutes at 0.501.

    References
    ----------
    Hoeffding, W. (1963). Journal of the American Statistical Association 58, 13-30.

    Examples
    --------
    >>> independent_answers_needed(0.6, alpha=0.05), independent_answers_needed(0.6, alpha=0.001)
    (169, 397)
    """
    check_probabilities(share=share, alpha=alpha)
    _check_target(alpha, power)
    if share <= 0.5:
        return None
    for last in range(_surely_enough(share, alpha, power), 0, -BLOCK):
        answers = np.arange(max(last - BLOCK, 0) + 1, last + 1)
        failing = answers[_exact_power(answers, share, alpha) < power]
        if failing.size:
            return int(failing[-1]) + 1
    return 1


def _check_target(alpha: float, power: float) -> None:
    if not alpha < power < 1:
        raise ValueError(f"need alpha < power < 1 (chance alone reaches alpha={alpha}), got {power=}")


def _sample_size(power_with: Callable[[float], float], target: float) -> SampleSize:
    power_of = {size: power_with(size) for size in EXAMINED}
    limit = power_with(math.inf)
    ceiling = max(limit, *power_of.values())
    enough = next((size for size in EXAMINED if power_of[size] >= target), None)
    if enough is None:
        return SampleSize(needed=None, power=ceiling, ceiling=ceiling, kept=False)
    too_few = max((size for size in EXAMINED if size < enough), default=1)
    between = range(too_few + 1, enough + 1)
    needed = between[bisect_left(between, True, key=lambda size: power_with(size) >= target)]
    kept = limit >= target and all(power_of[size] >= target for size in EXAMINED if size > needed)
    return SampleSize(needed=needed, power=power_with(needed), ceiling=ceiling, kept=kept)


def _surely_enough(share: float, alpha: float, power: float) -> int:
    """A number of answers from which on the exact test has the target power, by Hoeffding's inequality."""
    # n (share - 1/2) >= sqrt(n log(1 / alpha) / 2) + 1 + sqrt(n log(1 / (1 - power)) / 2), quadratic in sqrt(n).
    spread = math.sqrt(-math.log(alpha) / 2) + math.sqrt(-math.log1p(-power) / 2)
    root = (spread + math.sqrt(spread**2 + 4 * (share - 0.5))) / (2 * share - 1)
    return math.ceil(root**2)


def _exact_power(answers: NDArray[np.int64], share: float, alpha: float) -> FloatArray:
    """Power of the exact one-sided test at 1/2 for each number of answers."""
    # By the symmetry of the null distribution; the inverse of the upper tail loses all precision below 1e-16.
    count: FloatArray = np.asarray(answers - stats.binom.ppf(alpha, answers, 0.5) + 1)
    # One less where the tail equals the level.
    count -= stats.binom.sf(count - 2, answers, 0.5) <= alpha
    return np.asarray(stats.binom.sf(count - 1, answers, share))
