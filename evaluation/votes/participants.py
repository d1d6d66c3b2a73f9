"""One-way tests of the votes: participants as a sample and the questions fixed, or the other way round."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from evaluation.interval import Interval, t_interval
from evaluation.votes.answers import answer_table
from evaluation.votes.blocks import draws_at_once

FloatArray = NDArray[np.float64]

SIGN_FLIPS = 9_999
"""Most sign flips tried. Up to 13 units have fewer, so that all of them are; more units get this many at random."""


@dataclass(frozen=True)
class MeanTest:
    """Result of :func:`participant_test` and :func:`question_test`.

    Attributes
    ----------
    units : int
        Participants, or questions, whose shares are the sample.
    answers_per_unit : int
        Answers behind each share.
    mean : float
        Mean share of answers for the method under test.
    se : float
        Standard error of the mean, over new units.
    df : int
        ``units - 1``.
    t : float
        ``(mean - 1/2) / se``.
    p_value : float
        One-sided, of t: the method is preferred.
    interval : Interval
        ``mean ± t(df) * se``, 95 %, two-sided; not cut at 0 and 1.
    permutation_p_value : float
        One-sided, of the sign-flip permutation test.
    permutation_exact : bool
        Whether all sign flips were tried; if not, `SIGN_FLIPS` of them at random.
    """

    units: int
    answers_per_unit: int
    mean: float
    se: float
    df: int
    t: float
    p_value: float
    interval: Interval
    permutation_p_value: float
    permutation_exact: bool

    @property
    def estimable(self) -> bool:
        """False where all units have the same share: neither t nor interval."""
        return not math.isnan(self.t)


def participant_test(chosen: ArrayLike, *, seed: int = 0) -> MeanTest:
    """Test whether a method is preferred on these questions, with participants as the sample.

    Parameters
    ----------
    chosen : array_like, shape (S, Q)
        1 where participant s chose the method under test on question q, else 0. No missing answers.
    seed : int, optional
        Source of random sign flips: equal seeds give equal p-values.

    Returns
    -------
    MeanTest

    Raises
    ------
    ValueError
        Not a table of 0 and 1, or fewer than two participants or two questions.

    Notes
    -----
    The questions are fixed: the conclusion holds for new participants who answer these very questions, and for no
    other questions. :func:`evaluation.votes.crossed.crossed_test` is the one for a claim about both.

    t takes the participants' shares as normal. The permutation test instead flips the sign of each distance from one
    half, which leaves its distribution unchanged if nobody prefers either method and answers to the two are mirror
    images.

    If all shares are the same, nothing varies: ``se`` is 0, ``t``, ``p_value`` and the interval are not-a-number.
    The permutation test still holds.

    Examples
    --------
    >>> result = participant_test([[1, 1, 0], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
    >>> round(result.t, 1), round(result.p_value, 3), result.permutation_p_value, result.permutation_exact
    (3.0, 0.029, 0.0625, True)
    """
    return _test_of_shares(answer_table(chosen), seed)


def question_test(chosen: ArrayLike, *, seed: int = 0) -> MeanTest:
    """Test whether a method is preferred by these participants, with questions as the sample.

    Parameters, result, errors and notes are those of :func:`participant_test` with both kinds exchanged: the
    conclusion holds for new questions put to these very participants.

    Examples
    --------
    >>> result = question_test([[1, 1, 0], [1, 0, 1], [1, 1, 1], [1, 1, 1]])
    >>> result.units, round(result.t, 1), result.permutation_p_value
    (3, 4.0, 0.125)
    """
    return _test_of_shares(answer_table(chosen).T, seed)


def _test_of_shares(answers: FloatArray, seed: int) -> MeanTest:
    """Both tests of the row means of a table."""
    units, answers_per_unit = answers.shape
    shares = answers.mean(axis=1)
    mean, df = float(shares.mean()), units - 1
    # Equal shares, whose deviation is rounding, leave nothing to test.
    se = float(stats.sem(shares)) if np.ptp(answers.sum(axis=1)) > 0 else 0.0
    t = (mean - 0.5) / se if se > 0 else math.nan
    # Twice the distance from half of the answers: whole numbers, whose sums tie exactly where they are equal.
    distances = 2 * answers.sum(axis=1) - answers_per_unit
    flipped = stats.permutation_test(
        (distances,),
        np.sum,
        permutation_type="samples",
        alternative="greater",
        n_resamples=SIGN_FLIPS,
        vectorized=True,
        batch=draws_at_once(2 * units, most=1000),  # Each flip is drawn as two numbers, one per sign.
        rng=np.random.default_rng(seed),
    )
    return MeanTest(
        units=units,
        answers_per_unit=answers_per_unit,
        mean=mean,
        se=se,
        df=df,
        t=t,
        p_value=float(stats.t.sf(t, df)),
        interval=t_interval(mean, se if se > 0 else math.nan, df),
        permutation_p_value=float(flipped.pvalue),
        permutation_exact=2**units <= SIGN_FLIPS,
    )
