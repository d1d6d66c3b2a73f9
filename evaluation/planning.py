"""How many participants and questions a preference study needs, and what a given number can show."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from evaluation.crossed import crossed_test

FloatArray = NDArray[np.float64]

LARGEST = 1_000_000
"""Participants or questions beyond which no study is planned."""

SUREST = 1 - 1e-9
"""The largest true share considered: at 1 nothing varies and nothing can be tested."""

BLOCK = 100_000
"""Numbers of answers examined at once: a few megabytes an array."""


@dataclass(frozen=True)
class VarianceShares:
    """How the variance ``p * (1 - p)`` of an answer divides.

    Attributes
    ----------
    participant : float
        Share of differences between participants: some prefer the method on every question.
    question : float
        Share of differences between questions: on some everybody prefers the method.
    """

    participant: float
    question: float

    def __post_init__(self) -> None:
        # Estimates add up to 1 only to rounding.
        if not (self.participant >= 0 and self.question >= 0 and self.participant + self.question <= 1 + 1e-12):
            raise ValueError(
                f"variance shares must be at least 0 and sum to at most 1, got participant={self.participant}, "
                f"question={self.question}"
            )

    @property
    def residual(self) -> float:
        """What remains: the answers of one participant to one question, were they repeated."""
        return max(0.0, 1 - self.participant - self.question)


@dataclass(frozen=True)
class SampleSize:
    """How many participants (or questions) reach a target power.

    Attributes
    ----------
    needed : int or None
        The smallest number with the target power; None where not even `LARGEST` have it.
    power : float
        Power with that many; where there is no such number, with infinitely many.
    ceiling : float
        Power with infinitely many: what is left to gain is bought with the other of the two.
    """

    needed: int | None
    power: float
    ceiling: float


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


def variance_shares(chosen: ArrayLike) -> VarianceShares:
    r"""Estimate the variance shares from the votes of a pilot study.

    Parameters
    ----------
    chosen : array_like, shape (S, Q)
        1 where participant s chose the method under test on question q, else 0. No missing answers.

    Returns
    -------
    VarianceShares

    Raises
    ------
    ValueError
        Not a table of 0 and 1, fewer than two participants or questions, or all answers the same.

    Notes
    -----
    The mean squares of :func:`evaluation.crossed.crossed_test` have the expectations :math:`\sigma_r^2 + Q\sigma_s^2`,
    :math:`\sigma_r^2 + S\sigma_q^2` and :math:`\sigma_r^2`. Solved for the variances, and with 0 in place of a
    negative estimate, they are divided by their sum. Estimates from ten questions are rough: plan with larger shares
    as well.

    Examples
    --------
    >>> shares = variance_shares([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0]])
    >>> round(shares.participant, 3), round(shares.question, 3), round(shares.residual, 3)
    (0.455, 0.091, 0.455)
    """
    test = crossed_test(chosen)
    between_participants = max(0.0, test.ms_participant - test.ms_residual) / test.questions
    between_questions = max(0.0, test.ms_question - test.ms_residual) / test.participants
    total = between_participants + between_questions + test.ms_residual
    if not total > 0:
        raise ValueError(f"all {np.size(chosen)} answers are the same, so nothing varies; collect a larger pilot")
    return VarianceShares(participant=between_participants / total, question=between_questions / total)


def power(
    *, share: float, participants: float, questions: float, shares: VarianceShares, alpha: float = 0.001
) -> float:
    r"""Probability that the crossed test of a study becomes significant.

    Parameters
    ----------
    share : float
        True share p of answers for the method under test, between 0 and 1.
    participants, questions : float
        S and Q, at least 2 each; `math.inf` gives the limit.
    shares : VarianceShares
        Of a pilot study (:func:`variance_shares`), or assumed.
    alpha : float, optional
        Level of the one-sided test.

    Returns
    -------
    float
        Power of :func:`evaluation.crossed.crossed_test`.

    Raises
    ------
    ValueError
        A probability outside (0, 1), or fewer than two participants or questions.

    Notes
    -----
    With shares :math:`\rho_s, \rho_q` and :math:`\rho_r = 1 - \rho_s - \rho_q` of :math:`v = p(1-p)`,

    .. math:: V = v\,[\rho_s / S + \rho_q / Q + \rho_r / (SQ)].

    The mean squares of the test have the expectations :math:`M_s = v(\rho_r + Q\rho_s)`,
    :math:`M_q = v(\rho_r + S\rho_q)` and :math:`M_r = v\rho_r`, so :math:`M_s + M_q - M_r = SQ\,V` and the test's
    degrees of freedom, taken at the expectations, are

    .. math:: \nu = (M_s + M_q - M_r)^2 / [M_s^2 / (S-1) + M_q^2 / (Q-1) + M_r^2 / ((S-1)(Q-1))].

    Power is the upper tail of the noncentral t distribution with :math:`\nu` and noncentrality
    :math:`(p - 1/2) / \sqrt V` beyond the critical t. Infinitely many participants leave :math:`V = v\rho_q / Q` and
    :math:`\nu = Q - 1`: participants cannot buy off questions (Westfall et al. 2014). With five questions or fewer
    more participants may even lose a little, as they leave fewer degrees of freedom.

    The formula takes effects as normal. Simulated studies with logit-normal effects reject up to 1.5 points more or
    less often, and with ten questions at level 0.001 up to 2.5 (planned .096, found .120 for 154 participants;
    ``python -m benchmarks.planned_power``). Where neither participants nor questions differ, the test rejects less
    often than this, as its variance never falls below that of the residual.

    References
    ----------
    Westfall, J., Kenny, D. A. and Judd, C. M. (2014). Journal of Experimental Psychology: General 143, 2020-2045.

    Examples
    --------
    >>> shares = VarianceShares(participant=0.08, question=0.07)
    >>> round(power(share=0.6, participants=154, questions=10, shares=shares, alpha=0.05), 2)
    0.68
    >>> round(power(share=0.6, participants=math.inf, questions=10, shares=shares, alpha=0.05), 2)
    0.73
    >>> round(power(share=0.6, participants=154, questions=30, shares=shares, alpha=0.05), 2)
    0.98
    """
    _check_probabilities(share=share, alpha=alpha)
    _check_sizes(participants, questions)
    return float(_power(share, np.float64(participants), np.float64(questions), shares, alpha))


def participants_needed(
    *, share: float, questions: float, shares: VarianceShares, alpha: float = 0.001, power: float = 0.8
) -> SampleSize:
    """Smallest number of participants with the target power, for a number of questions.

    Parameters
    ----------
    share, questions, shares, alpha
        As in :func:`power`.
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

    Examples
    --------
    >>> shares = VarianceShares(participant=0.08, question=0.07)
    >>> participants_needed(share=0.6, questions=30, shares=shares, alpha=0.05).needed
    26
    >>> size = participants_needed(share=0.6, questions=10, shares=shares, alpha=0.05)
    >>> size.needed, round(size.ceiling, 3)
    (None, 0.728)
    """
    _check_probabilities(share=share, alpha=alpha)
    _check_target(alpha, power)
    _check_sizes(2, questions)
    return _sample_size(lambda sizes: _power(share, sizes, np.float64(questions), shares, alpha), power)


def questions_needed(
    *, share: float, participants: float, shares: VarianceShares, alpha: float = 0.001, power: float = 0.8
) -> SampleSize:
    """Smallest number of questions with the target power, all of them answered by a number of participants.

    Parameters
    ----------
    share, participants, shares, alpha
        As in :func:`power`.
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
    _check_probabilities(share=share, alpha=alpha)
    _check_target(alpha, power)
    _check_sizes(participants, 2)
    return _sample_size(lambda sizes: _power(share, np.float64(participants), sizes, shares, alpha), power)


def detectable_share(
    *, participants: float, questions: float, shares: VarianceShares, alpha: float = 0.001, power: float = 0.8
) -> float | None:
    """Smallest true share that a study of this size finds with the target power; None where no share below 1 is found.

    Parameters
    ----------
    participants, questions, shares, alpha
        As in :func:`power`.
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
    0.617
    """
    _check_probabilities(alpha=alpha)
    _check_target(alpha, power)
    _check_sizes(participants, questions)
    sizes = np.float64(participants), np.float64(questions)

    def surplus(share: float) -> float:
        return float(_power(share, *sizes, shares, alpha)) - power

    # At 1/2 the power is alpha, below the target.
    return float(optimize.brentq(surplus, 0.5, SUREST, xtol=1e-12)) if surplus(SUREST) >= 0 else None


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
        As in :func:`power`.
    participants, questions : sequence of float
        Numbers to combine, at least 2 each; `math.inf` for the limit.

    Raises
    ------
    ValueError
        As in :func:`power`.

    Examples
    --------
    >>> shares = VarianceShares(participant=0.08, question=0.07)
    >>> table = power_table(share=0.6, participants=[50, 154], questions=[10, 30], shares=shares, alpha=0.05)
    >>> [[round(each, 2) for each in row] for row in table.power]
    [[0.6, 0.91], [0.68, 0.98]]
    """
    rows = tuple(
        tuple(power(share=share, participants=s, questions=q, shares=shares, alpha=alpha) for q in questions)
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
    _check_probabilities(share=share, alpha=alpha)
    _check_target(alpha, power)
    if share <= 0.5:
        return None
    for last in range(_surely_enough(share, alpha, power), 0, -BLOCK):
        answers = np.arange(max(last - BLOCK, 0) + 1, last + 1)
        failing = answers[_exact_power(answers, share, alpha) < power]
        if failing.size:
            return int(failing[-1]) + 1
    return 1


def _check_probabilities(**probabilities: float) -> None:
    for name, value in probabilities.items():
        if not 0 < value < 1:
            raise ValueError(f"need 0 < {name} < 1, got {name}={value}")


def _check_target(alpha: float, power: float) -> None:
    if not alpha < power < 1:
        raise ValueError(f"need alpha < power < 1 (chance alone reaches alpha={alpha}), got {power=}")


def _check_sizes(participants: float, questions: float) -> None:
    if not min(participants, questions) >= 2:
        raise ValueError(f"need at least 2 participants and 2 questions, got {participants=}, {questions=}")


def _power(
    share: float,
    participants: FloatArray | np.float64,
    questions: FloatArray | np.float64,
    shares: VarianceShares,
    alpha: float,
) -> FloatArray:
    """See :func:`power`; numbers of participants or questions may be an array."""
    by_participant = shares.participant / participants
    by_question = shares.question / questions
    residual = shares.residual / (participants * questions)
    variance = np.asarray(by_participant + by_question + residual)  # V / v
    with np.errstate(divide="ignore", invalid="ignore"):
        df = variance**2 / (
            (by_participant + residual) ** 2 / (participants - 1)
            + (by_question + residual) ** 2 / (questions - 1)
            + residual**2 / ((participants - 1) * (questions - 1))
        )
        noncentrality = (share - 0.5) / np.sqrt(share * (1 - share) * variance)
        # The series of the distribution need not converge further out, where the power is 1 at any usual level.
        rejected = stats.nct.sf(stats.t.isf(alpha, df), df, np.minimum(noncentrality, 1e5))
    # Infinitely many participants and no differences between questions leave nothing to estimate.
    known = alpha if share == 0.5 else float(share > 0.5)
    return np.asarray(np.where(variance > 0, rejected, known))


def _sample_size(power_with: Callable[[FloatArray], FloatArray], target: float) -> SampleSize:
    ceiling = float(power_with(np.array([math.inf]))[0])
    sizes = np.unique(np.geomspace(2, LARGEST, 1000).round())
    enough = np.flatnonzero(power_with(sizes) >= target)
    if not enough.size:
        return SampleSize(needed=None, power=ceiling, ceiling=ceiling)
    between = np.arange(sizes[max(enough[0] - 1, 0)], sizes[enough[0]] + 1)
    reached = power_with(between)
    first = int(np.argmax(reached >= target))
    return SampleSize(needed=int(between[first]), power=float(reached[first]), ceiling=ceiling)


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
