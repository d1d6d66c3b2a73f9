"""Planned power beside simulated studies: how often `crossed_test` rejects when the variance shares are as assumed.

python -m benchmarks.planned_power --runs 20000
"""

import argparse

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.special import expit

from evaluation.operating_characteristics.logit_normal import NODES, WEIGHTS, LogitEffects, draw
from evaluation.planning.crossed_power import VarianceShares, crossed_power

FloatArray = NDArray[np.float64]

POPULATIONS = [
    (0.55, 0.08, 0.07),
    (0.6, 0.0, 0.0),
    (0.6, 0.08, 0.07),
    (0.6, 0.2, 0.02),
    (0.65, 0.02, 0.15),
    (0.7, 0.08, 0.07),
    (0.7, 0.2, 0.1),
    (0.75, 0.1, 0.2),
    (0.8, 0.05, 0.05),
]
"""True share, and the shares of variance of participants and questions."""
DESIGNS = [(12, 5), (20, 20), (30, 10), (154, 10), (300, 10), (50, 30), (154, 30), (60, 60)]

WITHIN = 0.02
"""Difference of planned and simulated power that is not remarked on."""
MISSED = f"  more than {100 * WITHIN:g} points apart"

BATCH = 1_000_000
"""Answers drawn at once: 8 MB an array."""


def logit_effects(share: float, shares: VarianceShares) -> LogitEffects:
    """The effects with which answers have this mean and these variance shares, by quadrature."""

    def distance(effects: FloatArray) -> FloatArray:
        intercept, by_participant, by_question = effects
        chance = expit(intercept + by_participant * NODES[:, None] + by_question * NODES)  # (participant, question)
        mean = LogitEffects(*effects).mean
        between_participants = WEIGHTS @ (chance @ WEIGHTS - mean) ** 2
        between_questions = (WEIGHTS @ chance - mean) ** 2 @ WEIGHTS
        variance = share * (1 - share)
        found = [mean, between_participants / variance, between_questions / variance]
        return np.subtract(found, [share, shares.participant, shares.question])

    found = optimize.root(distance, [np.log(share / (1 - share)), 0.5, 0.5])
    return LogitEffects(float(found.x[0]), float(found.x[1]), float(found.x[2]))


def rejection_rate(
    effects: LogitEffects, participants: int, questions: int, *, alpha: float, runs: int, seed: int
) -> float:
    """How many of `runs` simulated studies the crossed test rejects at `alpha`; a study without variance is none."""
    rng = np.random.default_rng(seed)
    size = participants * questions
    batches = np.array_split(np.arange(runs), -(-runs * size // BATCH))
    p_values = [p_values_of(draw(effects, len(batch), participants, questions, rng)) for batch in batches]
    return float(np.mean(np.concatenate(p_values) <= alpha))


def p_values_of(chosen: NDArray[np.bool_]) -> FloatArray:
    """`crossed_test` of many tables at once, from the sums of squares of totals; chosen of shape (R, S, Q)."""
    _, participants, questions = chosen.shape
    size = participants * questions
    by_participant = chosen.sum(axis=2)
    by_question = chosen.sum(axis=1)
    total = by_question.sum(axis=1)  # also the sum of squares of answers 0 and 1
    correction = total**2 / size
    ss_participant = (by_participant**2).sum(axis=1) / questions - correction
    ss_question = (by_question**2).sum(axis=1) / participants - correction
    ss_residual = total - correction - ss_participant - ss_question
    ms = np.array([ss_participant, ss_question, ss_residual])
    dfs = np.array([participants - 1, questions - 1, (participants - 1) * (questions - 1)])
    ms /= dfs[:, None]
    mean_square = np.maximum(ms[0] + ms[1] - ms[2], ms[2])
    with np.errstate(invalid="ignore", divide="ignore"):  # All answers alike: not a number, as in crossed_test.
        df = mean_square**2 / (ms**2 / dfs[:, None]).sum(axis=0)
        t = (total / size - 0.5) / np.sqrt(mean_square / size)
    return np.asarray(stats.t.sf(t, df))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000, help="simulated studies per line")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("share  of participants  of questions      design  alpha  planned  simulated")  # noqa: T201  # a terminal program
    for share, by_participant, by_question in POPULATIONS:
        shares = VarianceShares(by_participant, by_question)
        effects = logit_effects(share, shares)
        for participants, questions in DESIGNS:
            for alpha in (0.05, 0.001):
                planned = crossed_power(
                    share=share, participants=participants, questions=questions, shares=shares, alpha=alpha
                )
                found = rejection_rate(
                    effects, participants, questions, alpha=alpha, runs=options.runs, seed=options.seed
                )
                print(  # noqa: T201
                    f"{share:>5.2f}  {by_participant:>15.2f}  {by_question:>12.2f}  {participants:>4} x {questions:>3}"
                    f"  {alpha:>5}  {planned:>7.3f}  {found:>9.3f}{MISSED if abs(planned - found) > WITHIN else ''}"
                )


if __name__ == "__main__":
    main()
