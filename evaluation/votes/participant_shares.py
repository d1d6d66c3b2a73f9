r"""How participants differ in their preference, beside what chance alone makes of it.

If all participants were alike, each would choose the method on question q with the probability :math:`p_q`, the
question's share, whatever they chose elsewhere. The number of answers for it would then follow the distribution of a
sum of independent Bernoulli variables, the binomial one where all questions are equal, and shares would vary by
:math:`\sum_q p_q (1 - p_q) / Q^2`. This variance, and not its root `sd_if_alike`, is estimated without bias, given
complete answers; where they are not, people asked different questions have different expected shares.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from evaluation.votes.answers import answer_table
from evaluation.votes.crossed import crossed_or_none

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ShareCount:
    """How many participants chose the method under test a number of times.

    Attributes
    ----------
    votes_for : int
        The number.
    participants : int
        Who did.
    expected : float
        How many would if all were alike; not-a-number with a single participant.
    """

    votes_for: int
    participants: int
    expected: float


@dataclass(frozen=True)
class ParticipantShares:
    """Result of :func:`participant_shares`. A share is that of a participant's answers for the method under test.

    Attributes
    ----------
    participants : int
        S.
    lowest, lower_quartile, median, upper_quartile, highest : float
        Of the participants' shares.
    above_half, at_half : int
        Participants with more than half of their answers for the method, and with exactly half.
    sd : float
        Standard deviation of the shares; not-a-number with a single participant.
    sd_if_alike : float
        What it would be if all were alike; not-a-number with a single participant, and where answers are missing.
    p_value_alike : float
        One-sided, of the F test between participants: were all alike, their shares would vary so much, or more;
        approximate for 0/1 answers. Not-a-number with fewer than two participants or questions, where answers are
        missing, and where they follow the participant alone or the question alone.
    counts : tuple of ShareCount
        From none to all answers; empty where participants differ in their number of answers.
    """

    participants: int
    lowest: float
    lower_quartile: float
    median: float
    upper_quartile: float
    highest: float
    above_half: int
    at_half: int
    sd: float
    sd_if_alike: float
    p_value_alike: float
    counts: tuple[ShareCount, ...]


def participant_shares(chosen: ArrayLike) -> ParticipantShares:
    r"""Describe the distribution of the participants' shares of answers for the method under test.

    Parameters
    ----------
    chosen : array_like, shape (S, Q)
        1 where participant s chose the method under test on question q, 0 where not, not-a-number where there is no
        answer. No participant or question without any.

    Returns
    -------
    ParticipantShares

    Raises
    ------
    ValueError
        Not such a table, as :func:`evaluation.votes.answers.answer_table` says of tables with gaps.

    Notes
    -----
    A wider spread alone is no sign that people differ: of people who are alike it is wider in about half of all
    studies. Whether it is wider than chance makes it is what `p_value_alike` says, of
    :math:`F = MS_s / MS_r` of the two-way table with :math:`S - 1` and :math:`(S - 1)(Q - 1)` degrees of freedom. Its
    distribution is that of normal answers; answers of 0 and 1 follow it approximately.

    References
    ----------
    Lunney, G. H. (1970). Using analysis of variance with a dichotomous dependent variable. Journal of Educational
    Measurement 7, 263-269.

    Examples
    --------
    >>> result = participant_shares([[1, 1], [1, 0], [0, 0], [1, 1]])
    >>> [(count.votes_for, count.participants, count.expected) for count in result.counts]
    [(0, 1, 0.5), (1, 1, 2.0), (2, 2, 1.5)]
    >>> round(result.sd, 3), round(result.sd_if_alike, 3), round(result.p_value_alike, 3)
    (0.479, 0.382, 0.157)
    """
    table = answer_table(chosen, gaps=True)
    answered = ~np.isnan(table)
    answers = answered.sum(axis=1)
    votes_for = np.nansum(table, axis=1).astype(int)
    shares = votes_for / answers
    lowest, lower, median, upper, highest = (float(each) for each in np.quantile(shares, [0, 0.25, 0.5, 0.75, 1]))
    return ParticipantShares(
        participants=len(table),
        lowest=lowest,
        lower_quartile=lower,
        median=median,
        upper_quartile=upper,
        highest=highest,
        above_half=int((2 * votes_for > answers).sum()),
        at_half=int((2 * votes_for == answers).sum()),
        sd=float(shares.std(ddof=1)) if len(table) > 1 else math.nan,
        sd_if_alike=_sd_if_alike(table),
        p_value_alike=_p_value_alike(table),
        counts=_counts(votes_for, table, answered) if np.ptp(answers) == 0 else (),
    )


def _sd_if_alike(table: FloatArray) -> float:
    if len(table) < 2 or np.isnan(table).any():
        return math.nan
    return math.sqrt(table.var(axis=0, ddof=1).sum() / table.shape[1] ** 2)


def _p_value_alike(table: FloatArray) -> float:
    test = crossed_or_none(table)
    # Answers that follow the participant alone, or the question alone, leave a residual of rounding only.
    if test is None or test.ms_residual < 1e-12:
        return math.nan
    df = test.participants - 1
    return float(stats.f.sf(test.ms_participant / test.ms_residual, df, df * (test.questions - 1)))


def _counts(votes_for: NDArray[np.int_], table: FloatArray, answered: NDArray[np.bool_]) -> tuple[ShareCount, ...]:
    answers = int(answered[0].sum())
    found = np.bincount(votes_for, minlength=answers + 1)
    shares = np.nansum(table, axis=0) / answered.sum(axis=0)
    asked, people = np.unique(answered, axis=0, return_counts=True)
    expected = sum(count * _sum_distribution(shares[questions]) for questions, count in zip(asked, people, strict=True))
    if len(table) < 2:
        expected = np.full(answers + 1, math.nan)
    return tuple(
        ShareCount(number, int(count), float(alike))
        for number, (count, alike) in enumerate(zip(found, np.asarray(expected), strict=True))
    )


def _sum_distribution(probabilities: FloatArray) -> FloatArray:
    """Of the sum of independent Bernoulli variables: chances of 0 to all of them."""
    chances = np.ones(1)
    for p in probabilities:
        chances = np.convolve(chances, [1 - p, p])
    return chances
