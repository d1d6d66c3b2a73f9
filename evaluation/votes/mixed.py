r"""A mixed model of the votes: participants and questions as random intercepts, by Laplace approximation.

.. math:: \operatorname{logit} P(y_{sq} = 1) = \beta_0 + \beta_1\,\mathrm{side}_{sq} + u_s + v_q, \qquad
    u_s \sim N(0, \sigma_s^2),\ v_q \sim N(0, \sigma_q^2),

fitted by maximum likelihood over :math:`\sigma_s, \sigma_q, \beta` together. The integral over u and v is Laplace's, at
their most likely values [1]_, as in R by ``lme4::glmer`` with one quadrature point [2]_; standard errors come from the
Hessian of all parameters.

References
----------
.. [1] Breslow, N. E. and Clayton, D. G. (1993). JASA 88, 9-25.
.. [2] Bates, D., Mächler, M., Bolker, B. and Walker, S. (2015). Journal of Statistical Software 67(1).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, optimize, special

from evaluation.interval import Interval
from evaluation.votes.answers import Answers, answer_rows
from evaluation.votes.wald import WaldTest, as_probability, wald_test

FloatArray = NDArray[np.float64]

LARGEST_SD = 10.0
"""In logits. Where the likelihood still rises here, answers are separated: most of one person or question agree."""

MOST_STEPS = 100
"""Of Newton's method, which needs a handful from a near start."""


@dataclass(frozen=True)
class MixedLogit:
    """Result of :func:`mixed_logit`.

    Attributes
    ----------
    participants, questions, answers : int
        Size of the design; fewer answers than participants times questions where some are missing.
    intercept : WaldTest
        Preference for the method under test, in logits: of a participant and a question in the middle of their
        distributions, and midway between both sides.
    side : WaldTest or None
        Effect of standing left; standing right has the opposite one. None without sides.
    probability : float
        `intercept` as a probability. Further from one half than the share of votes where people or questions differ.
    probability_interval : Interval
        The interval of `intercept` as probabilities.
    sd_participant, sd_question : float
        Standard deviations of the random intercepts in logits; 0 where none is found.
    log_likelihood : float
        Laplace approximation, at its maximum.
    converged : bool
        Whether the search for the maximum ended there; if not, rely on no number of this result.
    """

    participants: int
    questions: int
    answers: int
    intercept: WaldTest
    side: WaldTest | None
    probability: float
    probability_interval: Interval
    sd_participant: float
    sd_question: float
    log_likelihood: float
    converged: bool

    @property
    def estimable(self) -> bool:
        """False where answers agree so far that no finite parameters fit them best: neither test nor interval."""
        return self.intercept.estimable


def mixed_logit(
    participant: ArrayLike, question: ArrayLike, chose: ArrayLike, *, side: ArrayLike | None = None
) -> MixedLogit:
    r"""Test whether a method is preferred by a logistic model with crossed random intercepts.

    Parameters
    ----------
    participant, question : array_like, shape (N,)
        Labels, one row per answer. Not every participant needs to have answered every question.
    chose : array_like, shape (N,)
        1 where the method under test was chosen, else 0.
    side : array_like, shape (N,), optional
        1 where the method under test stood left, -1 where right.

    Returns
    -------
    MixedLogit

    Raises
    ------
    ValueError
        Lengths differ, a value is none of these, fewer than two participants or two questions, or all on one side.

    Notes
    -----
    Standard errors are read as t with :math:`\min(S, Q) - 1` degrees of freedom: z rejects too often with ten
    questions.

    It needs no complete design, hence stands beside :func:`evaluation.votes.crossed.crossed_test` as its sensitivity
    analysis. Where nearly all answers agree, Laplace's approximation is rough and large SDs are a guess. Where all
    agree, or agree on one side of the screen, within every participant or within every question, the likelihood has
    no maximum: all estimates are not-a-number. It is no proof of certainty.

    Examples
    --------
    >>> people, items = np.indices((8, 5))
    >>> votes = (3 * people + 2 * items + people * items) % 4 > 0
    >>> result = mixed_logit(people.ravel(), items.ravel(), votes.ravel())
    >>> round(result.probability, 3), result.intercept.df, round(result.intercept.p_value, 3)
    (0.774, 4, 0.044)
    """
    answers = answer_rows(participant, question, chose, side=side)
    by_group = (answers.vary_within(answers.participant), answers.vary_within(answers.question))
    if not (answers.vary_on_each_side and all(varies.any() for varies in by_group)):
        return _not_estimable(answers)
    deviance = _Deviance(answers)
    sds, coefficients, converged = _most_likely(deviance, answers.columns.shape[1])
    errors = _standard_errors(deviance, sds, coefficients)
    if sds.max() > 0.999 * LARGEST_SD or np.isnan(errors).any():
        return _not_estimable(answers)
    log_likelihood = -deviance(np.concatenate([sds, coefficients])) / 2
    return _packed(answers, sds, coefficients, errors, log_likelihood=log_likelihood, converged=converged)


class _Deviance:
    """Minus twice the log-likelihood by Laplace's approximation, of both SDs and the coefficients.

    The random intercepts are ``sd * u`` with u standard normal, so an SD of 0 is a value like any other. Each
    evaluation starts from the most likely u of the last one, which is near.
    """

    def __init__(self, answers: Answers) -> None:
        groups = [(answers.participant, answers.participants), (answers.question, answers.questions)]
        # Intercepts of the larger group do not interact, so only the smaller group needs a dense matrix.
        self._order = [0, 1] if answers.participants >= answers.questions else [1, 0]
        (many, self._many), (few, self._few) = (groups[each] for each in self._order)
        self._places = many, self._many + few  # of each answer's two intercepts in u
        self._cells = many * self._few + few
        self._columns = answers.columns
        self._chose = answers.chose
        self._u = np.zeros(self._many + self._few)

    def __call__(self, parameters: FloatArray) -> float:
        sds, fixed = parameters[self._order], self._columns @ parameters[2:]
        loss = self._loss(self._u, sds, fixed)
        for _ in range(MOST_STEPS):
            step, decrement, log_determinant = self._newton_step(self._u, sds, fixed)
            if decrement < 1e-18:
                break
            # Half the step while it overshoots; rounding may hide the last gain.
            while (next_loss := self._loss(self._u + step, sds, fixed)) > loss + 1e-12 * abs(loss):
                step /= 2
            self._u, loss = self._u + step, next_loss
        return loss + log_determinant

    def _scale(self, sds: FloatArray) -> FloatArray:
        return np.repeat(sds, [self._many, self._few])

    def _logits(self, u: FloatArray, sds: FloatArray, fixed: FloatArray) -> FloatArray:
        intercepts = self._scale(sds) * u
        return np.asarray(fixed + intercepts[self._places[0]] + intercepts[self._places[1]])

    def _loss(self, u: FloatArray, sds: FloatArray, fixed: FloatArray) -> float:
        """Minus twice the joint log density of answers and u, without the constant of the latter."""
        logits = self._logits(u, sds, fixed)
        return float(2 * np.logaddexp(0, np.where(self._chose == 1, -logits, logits)).sum() + u @ u)

    def _newton_step(self, u: FloatArray, sds: FloatArray, fixed: FloatArray) -> tuple[FloatArray, float, float]:
        """Step towards the most likely u, its gain to first order, and the log-determinant of half the Hessian.

        The Hessian has the blocks ``[[diag(m), C], [C.T, diag(f)]]``; the Schur complement of m is all we factor.
        """
        many, few = slice(None, self._many), slice(self._many, None)
        chance = special.expit(self._logits(u, sds, fixed))
        missed = sum(np.bincount(place, self._chose - chance, len(u)) for place in self._places)
        gradient = self._scale(sds) * missed - u
        weights = np.bincount(self._cells, chance * (1 - chance), self._many * self._few)
        weights = weights.reshape(self._many, self._few)
        diagonal = 1 + self._scale(sds) ** 2 * np.concatenate([weights.sum(axis=1), weights.sum(axis=0)])
        cross = sds[0] * sds[1] * weights
        solved = cross / diagonal[many, None]
        factor = linalg.cholesky(np.diag(diagonal[few]) - cross.T @ solved, lower=True)
        step = np.empty_like(u)
        step[few] = linalg.cho_solve((factor, True), gradient[few] - solved.T @ gradient[many])
        step[many] = gradient[many] / diagonal[many] - solved @ step[few]
        log_determinant = np.log(diagonal[many]).sum() + 2 * np.log(np.diag(factor)).sum()
        return step, float(gradient @ step), float(log_determinant)


def _most_likely(deviance: _Deviance, columns: int) -> tuple[FloatArray, FloatArray, bool]:
    """Both SDs and the coefficients where the deviance is smallest, and whether the search ended there."""

    def of_variances(parameters: FloatArray) -> float:
        return deviance(np.concatenate([np.sqrt(parameters[:2]), parameters[2:]]))

    # The deviance is even in an SD, hence flat at 0 even where it falls from there; in a variance it is not.
    found = optimize.minimize(
        of_variances,
        x0=np.concatenate([[0.25, 0.25], np.zeros(columns)]),
        method="L-BFGS-B",
        jac="3-point",
        bounds=[(0.0, LARGEST_SD**2)] * 2 + [(None, None)] * columns,
        options={"ftol": 1e-13, "gtol": 1e-5},
    )
    return np.sqrt(found.x[:2]), found.x[2:], bool(found.success)


def _standard_errors(deviance: _Deviance, sds: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Standard errors of the coefficients from the curvature in all parameters; not-a-number where it is flat."""
    # At an SD of 0 the differences reach below 0, where the deviance is the same again.
    hessian = _hessian(deviance, np.concatenate([sds, coefficients]))
    if np.linalg.eigvalsh(hessian).min() <= 0:
        return np.full(len(coefficients), math.nan)
    return np.asarray(np.sqrt(np.diag(2 * np.linalg.inv(hessian))[2:]))


def _packed(
    answers: Answers,
    sds: FloatArray,
    coefficients: FloatArray,
    errors: FloatArray,
    *,
    log_likelihood: float,
    converged: bool,
) -> MixedLogit:
    df = min(answers.participants, answers.questions) - 1
    intercept, *side = (
        wald_test(float(estimate), float(se), df) for estimate, se in zip(coefficients, errors, strict=True)
    )
    probability, probability_interval = as_probability(intercept)
    return MixedLogit(
        participants=answers.participants,
        questions=answers.questions,
        answers=len(answers),
        intercept=intercept,
        side=side[0] if side else None,
        probability=probability,
        probability_interval=probability_interval,
        sd_participant=float(sds[0]),
        sd_question=float(sds[1]),
        log_likelihood=log_likelihood,
        converged=converged,
    )


def _not_estimable(answers: Answers) -> MixedLogit:
    nothing = np.full(answers.columns.shape[1], math.nan)
    return _packed(answers, np.full(2, math.nan), nothing, nothing, log_likelihood=math.nan, converged=False)


def _hessian(function: Callable[[FloatArray], float], point: FloatArray) -> FloatArray:
    """Second derivatives by central differences; steps of 0.001 logits leave six digits of a standard error."""
    steps = 1e-3 * np.eye(len(point))
    hessian = np.empty((len(point), len(point)))
    for i, first in enumerate(steps):
        for j, second in enumerate(steps[: i + 1]):
            with_sum = function(point + first + second) + function(point - first - second)
            with_difference = function(point + first - second) + function(point - first + second)
            hessian[i, j] = hessian[j, i] = (with_sum - with_difference) / (4 * steps[0, 0] ** 2)
    return hessian
