r"""Participants crossed with questions: the headline test of a preference study.

With the mean squares of the two-way layout without replication,

.. math:: V = \max(MS_s + MS_q - MS_r,\ MS_r) / (SQ), \qquad t = (\bar y - 1/2) / \sqrt V,

and Satterthwaite's degrees of freedom for the same combination of mean squares. The conclusion holds for new
participants *and* new questions; a pooled binomial test ignores both (Clark's fixed-effect fallacy).

References
----------
Clark, H. H. (1973). Journal of Verbal Learning and Verbal Behavior 12, 335-359.
Judd, C. M., Westfall, J. and Kenny, D. A. (2012). Journal of Personality and Social Psychology 103, 54-69.
Satterthwaite, F. E. (1946). Biometrics Bulletin 2, 110-114.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from evaluation.interval import Interval, t_interval, two_sided_p_value
from evaluation.votes.answers import answer_table


@dataclass(frozen=True)
class CrossedTest:
    """Result of :func:`crossed_test`.

    Attributes
    ----------
    participants, questions : int
        Size of the design.
    mean : float
        Share of answers for the method under test.
    se : float
        Standard error of the mean, over new participants and new questions.
    df : float
        Satterthwaite's degrees of freedom.
    t : float
        ``(mean - 1/2) / se``.
    p_value : float
        One-sided: the method is preferred.
    interval : Interval
        ``mean ± t(df) * se``, 95 %, two-sided; not cut at 0 and 1.
    design_effect : float
        Variance of the mean over what it would be if the answers were independent.
    ms_participant, ms_question, ms_residual : float
        Mean squares of the two-way layout.
    """

    participants: int
    questions: int
    mean: float
    se: float
    df: float
    t: float
    p_value: float
    interval: Interval
    design_effect: float
    ms_participant: float
    ms_question: float
    ms_residual: float

    @property
    def p_value_two_sided(self) -> float:
        """For questions without a direction, such as a preference for one side of the screen."""
        return two_sided_p_value(self.t, self.df)

    @property
    def estimable(self) -> bool:
        """False where all answers agree: no variance, hence neither test nor interval."""
        return not math.isnan(self.t)


def crossed_test(chosen: ArrayLike) -> CrossedTest:
    """Test whether a method is preferred, with participants and questions both as samples (the module's formula).

    Parameters
    ----------
    chosen : array_like, shape (S, Q)
        1 where participant s chose the method under test on question q, else 0. No missing answers.

    Returns
    -------
    CrossedTest
        Mean, standard error, degrees of freedom, t, one-sided p-value, interval and design effect.

    Raises
    ------
    ValueError
        Not a table of 0 and 1, or fewer than two participants or two questions: no variance to be estimated.

    Notes
    -----
    If all answers are the same, nothing varies and nothing can be estimated: ``se`` is 0 and ``df``, ``t``,
    ``p_value``, interval and ``design_effect`` are not-a-number. It is no proof of certainty.

    Examples
    --------
    >>> result = crossed_test([[1, 1, 0], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
    >>> round(result.mean, 3), round(result.se, 3), round(result.df, 2), round(result.p_value, 3)
    (0.75, 0.167, 5.33, 0.095)
    """
    answers = answer_table(chosen)
    participants, questions = answers.shape
    mean = float(answers.mean())
    ms_participant, ms_question, ms_residual = _mean_squares(answers)
    mean_square = max(ms_participant + ms_question - ms_residual, ms_residual)
    se = math.sqrt(mean_square / (participants * questions))
    if se > 0:
        df = mean_square**2 / (
            ms_participant**2 / (participants - 1)
            + ms_question**2 / (questions - 1)
            + ms_residual**2 / ((participants - 1) * (questions - 1))
        )
        t = (mean - 0.5) / se
        design_effect = mean_square / (mean * (1 - mean))
    else:
        df = t = design_effect = math.nan
    return CrossedTest(
        participants=participants,
        questions=questions,
        mean=mean,
        se=se,
        df=df,
        t=t,
        p_value=float(stats.t.sf(t, df)),
        interval=t_interval(mean, se, df),
        design_effect=design_effect,
        ms_participant=ms_participant,
        ms_question=ms_question,
        ms_residual=ms_residual,
    )


def crossed_or_none(chosen: NDArray[np.float64]) -> CrossedTest | None:
    """The test of a table (S, Q) of 0, 1 and not-a-number where there is no answer; None where it cannot be made.

    Examples
    --------
    >>> crossed_or_none(np.array([[1, 0], [1, math.nan]])) is None
    True
    """
    return crossed_test(chosen) if min(chosen.shape) >= 2 and not np.isnan(chosen).any() else None


def _mean_squares(answers: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean squares between participants, between questions, and of the residual; answers of shape (S, Q)."""
    participants, questions = answers.shape
    grand = answers.mean()
    by_participant = answers.mean(axis=1)  # (S,)
    by_question = answers.mean(axis=0)  # (Q,)
    residual = answers - by_participant[:, None] - by_question[None, :] + grand  # (S, Q)
    ms_participant = questions * np.square(by_participant - grand).sum() / (participants - 1)
    ms_question = participants * np.square(by_question - grand).sum() / (questions - 1)
    ms_residual = np.square(residual).sum() / ((participants - 1) * (questions - 1))
    return float(ms_participant), float(ms_question), float(ms_residual)
