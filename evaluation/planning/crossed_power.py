r"""How probably the headline test finds a preference, from how much participants and questions differ.

The usual shortcut is a noncentral t at the expected mean squares. It is several points off where questions are
few or the preference is strong: few questions make the degrees of freedom vary from study to study, and so the
critical t; and people and questions that are normal in logits, as in :func:`evaluation.votes.mixed.mixed_logit`, are
skewed in shares, so that the studies with the largest means have the smallest variances. Both are averaged over
here. The mean squares are their expectations times independent :math:`\chi^2_k / k`. Effects are
:math:`a \propto u + \kappa(u^2 - 1)` with normal u and :math:`6\kappa = 3(1-2p)\sqrt{\rho/v} / (1+2\rho)`, to first
order the skewness of logit-normal effects (within a fifth up to p = 0.9), and :math:`|\kappa| \le 1/2`. Their
sample variance is :math:`[(1 + 2\kappa\bar u)^2 + 2\kappa^2] / (1 + 2\kappa^2)` times that of normal ones and
moves their mean with it; the rest of the mean is normal, with what then lacks to V. Of its z the means
:math:`\bar u` are the regressions, and the residual's variance follows it as :math:`p(1-p)` follows p. For each
set of :math:`\chi^2` there is a z from which on the test rejects. Symbols are those of :func:`crossed_power`.

Beside simulated studies (``python -m benchmarks.planned_power``) 142 of 144 cells are within 2 points, most within 1;
the other two, with 12 and 20 participants and questions that make a fifth of the variance, are 2.4 and 2.1 too high.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from evaluation.votes.crossed import crossed_test

FloatArray = NDArray[np.float64]

# Nodes between -1 and 1 and weights of averages over mean squares: of few participants or questions, of more, and of
# the residual. Ten nodes for two to five questions would be up to 3 points off.
FINE, COARSE, RESIDUAL = (np.polynomial.legendre.leggauss(nodes) for nodes in (40, 10, 4))

FURTHEST = 9.0
"""Standard errors from its expectation beyond which no mean lies."""


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
    The mean squares of :func:`evaluation.votes.crossed.crossed_test` have the expectations
    :math:`\sigma_r^2 + Q\sigma_s^2`, :math:`\sigma_r^2 + S\sigma_q^2` and :math:`\sigma_r^2`. Solved for the variances,
    and with 0 in place of a negative estimate, they are divided by their sum. Estimates from ten questions are rough:
    plan with larger shares as well.

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


def crossed_power(
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
        Power of :func:`evaluation.votes.crossed.crossed_test`.

    Raises
    ------
    ValueError
        A probability outside (0, 1), or fewer than two participants or questions.

    Notes
    -----
    With shares :math:`\rho_s, \rho_q` and :math:`\rho_r = 1 - \rho_s - \rho_q` of :math:`v = p(1-p)` the mean has the
    variance

    .. math:: V = v\,[\rho_s / S + \rho_q / Q + \rho_r / (SQ)].

    Infinitely many participants leave :math:`V = v\rho_q / Q` and :math:`Q - 1` degrees of freedom: participants
    cannot buy off questions (Westfall et al. 2014), and with few questions more of them may even lose
    (:func:`evaluation.planning.sample_size.participants_needed`). At a share of 1/2 the result is the test's own
    level, which is not exactly `alpha`.

    References
    ----------
    Westfall, J., Kenny, D. A. and Judd, C. M. (2014). Journal of Experimental Psychology: General 143, 2020-2045.

    Examples
    --------
    >>> shares = VarianceShares(participant=0.08, question=0.07)
    >>> round(crossed_power(share=0.6, participants=154, questions=10, shares=shares, alpha=0.05), 2)
    0.67
    >>> round(crossed_power(share=0.6, participants=math.inf, questions=10, shares=shares, alpha=0.05), 2)
    0.72
    >>> round(crossed_power(share=0.6, participants=154, questions=30, shares=shares, alpha=0.05), 2)
    0.97
    """
    check_probabilities(share=share, alpha=alpha)
    check_sizes(participants, questions)
    study = _Study(share, np.array([participants, questions]), shares)
    if study.se == 0:
        # Infinitely many participants and no differences between questions leave nothing to estimate.
        return alpha if share == 0.5 else float(share > 0.5)
    rejected = special.ndtr(-_critical_z(study, alpha))
    return min(1.0, float(np.einsum("i,j,k,ijk", *(weights / 2 for _, weights in study.quadrature), rejected)))


def check_probabilities(**probabilities: float) -> None:
    """Refuse what is no probability, by its name."""
    for name, value in probabilities.items():
        if not 0 < value < 1:
            raise ValueError(f"need 0 < {name} < 1, got {name}={value}")


def check_sizes(participants: float, questions: float) -> None:
    """Refuse a study in which nothing can be tested."""
    if not (participants >= 2 and questions >= 2):  # The smaller of a number and not-a-number may be either.
        raise ValueError(f"need at least 2 participants and 2 questions, got {participants=}, {questions=}")


class _Study:
    """A planned study and what its mean squares are at the nodes of their distributions.

    Variances are over ``v = p (1 - p)`` and means over its root. Two numbers are those of participants and questions,
    a third is of the residual; grids have an axis for each of the three.
    """

    def __init__(self, share: float, sizes: FloatArray, shares: VarianceShares) -> None:
        sd = math.sqrt(share * (1 - share))
        between = np.array([shares.participant, shares.question])
        self.variance_of_mean = between / sizes
        self.residual = shares.residual / float(sizes.prod())
        self.se = math.sqrt(self.variance_of_mean.sum() + self.residual)
        self.dfs = np.append(sizes - 1, (sizes - 1).prod())
        self.quadrature = [*(FINE if df < 5 else COARSE for df in self.dfs[:2]), RESIDUAL]
        relative = (_relative_mean_square(df, nodes) for df, (nodes, _) in zip(self.dfs, self.quadrature, strict=True))
        self.relative = np.meshgrid(*relative, indexing="ij", sparse=True)
        self.answer_variance_slope = (1 - 2 * share) / sd
        # A skewness of 2.2; no parabola of a normal variable has more than 2.8.
        self.kappa = np.clip(self.answer_variance_slope / 2 * np.sqrt(between) / (1 + 2 * between), -0.5, 0.5)
        self.u_per_z = np.sqrt(between) / sizes / (self.se or 1)
        by_spread = self.kappa * np.sqrt(between / (1 + 2 * self.kappa**2))
        shift = sum(each * (relative - 1) for each, relative in zip(by_spread, self.relative[:2], strict=True))
        self.mean = (share - 0.5) / sd + shift  # minus 1/2, at z = 0
        self.normal_se = math.sqrt(self.se**2 - (2 * by_spread**2 / self.dfs[:2]).sum())

    def mean_squares(self, z: FloatArray) -> list[FloatArray]:
        """Of participants, questions and residual, over SQ; z is that of the normal part of the mean."""
        residual = self.residual * np.maximum(1 + self.answer_variance_slope * self.se * z, 0.01)
        quadratic = 2 * self.kappa**2
        per_z = 2 * self.kappa * self.u_per_z
        scale = self.variance_of_mean / (1 + quadratic)
        expected = [scale[i] * ((1 + per_z[i] * z) ** 2 + quadratic[i]) + residual for i in (0, 1)]
        return [each * relative for each, relative in zip([*expected, residual], self.relative, strict=True)]


def _critical_z(study: _Study, alpha: float) -> FloatArray:
    """The z from which on the test rejects, for mean squares at each node."""
    finite = study.dfs[np.isfinite(study.dfs)]
    # Satterthwaite's are never fewer than a fifth of the fewest, nor more than all together.
    log_df = np.linspace(math.log(finite.min() / 5), math.log(finite.sum()), 500)
    critical_t = np.minimum(stats.t.isf(alpha, np.exp(log_df)), 1e300)
    low = np.full([nodes.size for nodes, _ in study.quadrature], -FURTHEST)
    high = -low
    for _ in range(16):  # Bisection, to 3e-4.
        z = (low + high) / 2
        ms = study.mean_squares(z)
        mean_square = np.maximum(ms[0] + ms[1] - ms[2], ms[2])
        df = mean_square**2 / (ms[0] ** 2 / study.dfs[0] + ms[1] ** 2 / study.dfs[1] + ms[2] ** 2 / study.dfs[2])
        t = np.interp(np.log(df), log_df, critical_t)
        rejected = study.mean + study.normal_se * z > t * np.sqrt(mean_square)
        low, high = np.where(rejected, low, z), np.where(rejected, z, high)
    return np.asarray((low + high) / 2)


def _relative_mean_square(df: float, nodes: FloatArray) -> FloatArray:
    """Quantiles of a mean square of normal variables over its expectation, at nodes between -1 and 1."""
    if math.isinf(df):
        return np.ones_like(nodes)
    return np.asarray(2 * special.gammaincinv(df / 2, (1 + nodes) / 2) / df)
