r"""A logistic regression of the votes whose standard errors allow for answers of one person, or to one question.

The variance for both kinds of clusters is :math:`V_s + V_q - V_{sq}` [1]_, from those by participant, by question and
by both, as R's ``sandwich::vcovCL(~ s + q)`` gives it. In small samples that difference can fall below any of its
parts, even below 0; we take the largest of it, :math:`V_s`, :math:`V_q` and the variance of independent answers, as
:func:`evaluation.votes.crossed.crossed_test` does with its mean squares.

References
----------
.. [1] Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011). Journal of Business & Economic Statistics 29, 238-249.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from evaluation.interval import Interval
from evaluation.votes.answers import Answers, answer_rows
from evaluation.votes.wald import WaldTest, as_probability, wald_test

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ClusteredLogit:
    """Result of :func:`clustered_logit`.

    Attributes
    ----------
    participants, questions, answers : int
        Size of the design; fewer answers than participants times questions where some are missing.
    intercept : WaldTest
        Preference for the method under test, in logits, midway between both sides. Its standard error allows for
        clusters of both kinds, its degrees of freedom are one less than the fewer of them.
    side : WaldTest or None
        Effect of standing left, likewise; standing right has the opposite one. None without sides.
    by_participant, by_question : WaldTest
        The intercept clustered one way: for conclusions about these questions only, or these participants only.
    se_independent : float
        Standard error of the intercept if all answers were independent.
    probability : float
        `intercept` as a probability; without sides the share of answers for the method.
    probability_interval : Interval
        The interval of `intercept` as probabilities.
    """

    participants: int
    questions: int
    answers: int
    intercept: WaldTest
    side: WaldTest | None
    by_participant: WaldTest
    by_question: WaldTest
    se_independent: float
    probability: float
    probability_interval: Interval

    @property
    def estimable(self) -> bool:
        """False where all answers agree, or all on one side of the screen: neither test nor interval."""
        return self.intercept.estimable


def clustered_logit(
    participant: ArrayLike, question: ArrayLike, chose: ArrayLike, *, side: ArrayLike | None = None
) -> ClusteredLogit:
    r"""Test whether a method is preferred by a logistic regression with cluster-robust standard errors.

    Parameters and errors are those of :func:`evaluation.votes.mixed.mixed_logit`: one row per answer, complete or not.

    Returns
    -------
    ClusteredLogit

    Notes
    -----
    The robust variance is itself uncertain with few questions, hence t with :math:`\min(S, Q) - 1` degrees of
    freedom; read as z, it rejects too often.

    Where all answers agree, or all on one side of the screen, no finite coefficients fit best: all estimates are
    not-a-number. It is no proof of certainty.

    Examples
    --------
    >>> people, items = np.indices((8, 5))
    >>> votes = (3 * people + 2 * items + people * items) % 4 > 0
    >>> result = clustered_logit(people.ravel(), items.ravel(), votes.ravel())
    >>> round(result.probability, 3), result.intercept.df, round(result.intercept.p_value, 3)
    (0.75, 4, 0.043)
    """
    answers = answer_rows(participant, question, chose, side=side)
    if answers.vary_on_each_side:
        estimates, independent = _fitted(answers)
        by_participant = _fitted(answers, answers.participant)[1]
        by_question = _fitted(answers, answers.question)[1]
        by_both = _fitted(answers, np.column_stack([answers.participant, answers.question]))[1]
        crossed = np.max([by_both, by_participant, by_question, independent], axis=0)
    else:
        estimates = independent = by_participant = by_question = crossed = np.full(answers.columns.shape[1], math.nan)
    df = min(answers.participants, answers.questions) - 1
    intercept, *sides = (
        wald_test(float(estimate), math.sqrt(variance), df)
        for estimate, variance in zip(estimates, crossed, strict=True)
    )
    probability, probability_interval = as_probability(intercept)
    return ClusteredLogit(
        participants=answers.participants,
        questions=answers.questions,
        answers=len(answers),
        intercept=intercept,
        side=sides[0] if sides else None,
        by_participant=wald_test(intercept.estimate, math.sqrt(by_participant[0]), answers.participants - 1),
        by_question=wald_test(intercept.estimate, math.sqrt(by_question[0]), answers.questions - 1),
        se_independent=math.sqrt(independent[0]),
        probability=probability,
        probability_interval=probability_interval,
    )


def _fitted(answers: Answers, clusters: NDArray[np.intp] | None = None) -> tuple[FloatArray, FloatArray]:
    """Coefficients and their variances; of independent answers, or by clusters, shape (N,) or (N, 2)."""
    model = GLM(answers.chose, answers.columns, family=Binomial())
    fit = model.fit() if clusters is None else model.fit(cov_type="cluster", cov_kwds={"groups": clusters})
    return np.asarray(fit.params), np.diag(fit.cov_params())
