"""Simulated people whose true preference is known: logit-normal participants and questions."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(101)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
"""Of averages over a standard normal variable."""


@dataclass(frozen=True)
class LogitEffects:
    """A population in which ``logit P(chosen) = intercept + u_s + v_q``, with normal u and v.

    Attributes
    ----------
    intercept : float
        Preference for the method under test of a participant and a question in the middle of theirs, in logits.
    participant_sd, question_sd : float
        Standard deviations of u and v, in logits.
    """

    intercept: float
    participant_sd: float
    question_sd: float

    @property
    def mean(self) -> float:
        """Probability of a vote for the method, averaged over participants and questions; exactly 1/2 at intercept 0.

        By Gauss-Hermite quadrature over u + v, which is normal too.

        Examples
        --------
        >>> round(LogitEffects(0.7, participant_sd=0.6, question_sd=0.6).mean, 4)
        0.6472
        """
        spread = math.hypot(self.participant_sd, self.question_sd)
        # By the symmetry of u + v the second average is 1 minus the first: rounding makes no preference out of none.
        excess = expit(self.intercept + spread * NODES) - expit(-self.intercept + spread * NODES)
        return 0.5 + 0.5 * float(WEIGHTS @ excess)


def draw(
    effects: LogitEffects,
    runs: int,
    participants: int,
    questions: int,
    rng: np.random.Generator,
    *,
    fixed_questions: bool = False,
) -> NDArray[np.bool_]:
    """Answers of many studies.

    Parameters
    ----------
    effects : LogitEffects
        The population.
    runs, participants, questions : int
        R studies of S participants and Q questions each.
    rng : numpy.random.Generator
        Source of everything random.
    fixed_questions : bool, optional
        Ask the same questions in all studies, with the quantiles of their distribution as effects; otherwise each
        study draws its own. Symmetric quantiles leave a population without a preference without one.

    Returns
    -------
    ndarray, shape (R, S, Q)
        Whether the method under test was chosen.

    Examples
    --------
    >>> answers = draw(LogitEffects(0.7, 0.6, 0.6), 2000, 5, 10, np.random.default_rng(1))
    >>> answers.shape, round(float(answers.mean()), 1)
    ((2000, 5, 10), 0.6)
    """
    by_participant = effects.participant_sd * rng.standard_normal((runs, participants, 1), dtype=np.float32)
    if fixed_questions:
        standard = stats.norm.ppf((np.arange(questions) + 0.5) / questions).astype(np.float32)
    else:
        standard = rng.standard_normal((runs, 1, questions), dtype=np.float32)
    chance = expit(np.float32(effects.intercept) + by_participant + effects.question_sd * standard)
    return np.asarray(rng.random(chance.shape, dtype=np.float32) < chance)
