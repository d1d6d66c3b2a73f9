"""Planned power beside simulated studies: how often `crossed_test` rejects when the variance shares are as assumed.

python -m benchmarks.planned_power --runs 20000
"""

import argparse

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.special import expit

from evaluation.planning import VarianceShares, power
from evaluation.population import NODES, WEIGHTS, LogitEffects, draw

FloatArray = NDArray[np.float64]

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
    shares = VarianceShares(participant=0.08, question=0.07)
    effects = logit_effects(0.6, shares)
    print("participants questions  alpha  planned simulated")  # noqa: T201  # a terminal program
    for participants, questions in [(30, 10), (154, 10), (300, 10), (50, 30), (154, 30), (60, 60)]:
        for alpha in (0.05, 0.001):
            planned = power(share=0.6, participants=participants, questions=questions, shares=shares, alpha=alpha)
            found = rejection_rate(effects, participants, questions, alpha=alpha, runs=options.runs, seed=options.seed)
            print(f"{participants:>12} {questions:>9} {alpha:>6} {planned:>8.3f} {found:>9.3f}")  # noqa: T201


if __name__ == "__main__":
    main()
