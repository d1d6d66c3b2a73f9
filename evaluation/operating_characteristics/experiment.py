"""The whole experiment: every population through every kind of study."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from evaluation.operating_characteristics.findings import Finding, OperatingCharacteristics
from evaluation.operating_characteristics.logit_normal import LogitEffects
from evaluation.operating_characteristics.studies import INTERCEPTS, SPREADS, Step, complete, finished, sequential

Kind = Callable[[LogitEffects, int, np.random.Generator, Step], Iterator[Finding]]

MORE_SEQUENTIAL = 5
"""Sequential studies per finished one: they are analysed many at once."""

FEWER_COMPLETE = 40
"""Finished studies per complete one, which takes as long as a few hundred of them."""


def simulate_studies(studies: int, seed: int, step: Step = lambda _: None) -> OperatingCharacteristics:
    """Simulate studies with and without a preference, and count what the analyses say.

    Parameters
    ----------
    studies : int
        Finished studies of each population.
    seed : int
        Equal seeds give equal results.
    step : callable, optional
        Told how many studies were analysed since it was called last, :func:`all_studies` in sum.

    Returns
    -------
    OperatingCharacteristics

    Raises
    ------
    ValueError
        Fewer than one study.
    """
    if studies < 1:
        raise ValueError(f"need at least 1 study, got {studies=}")
    without = [LogitEffects(0.0, *spread) for spread in SPREADS]
    everyone = [LogitEffects(intercept, *spread) for intercept in INTERCEPTS for spread in SPREADS]
    streams = iter(np.random.default_rng(seed).spawn(len(everyone) + 2 * len(without)))

    def counted(kind: Kind, populations: Iterable[LogitEffects], runs: int) -> tuple[Finding, ...]:
        return tuple(found for effects in populations for found in kind(effects, runs, next(streams), step))

    return OperatingCharacteristics(
        seed=seed,
        finished=counted(finished, everyone, studies),
        sequential=counted(sequential, without, MORE_SEQUENTIAL * studies),
        complete=counted(complete, without, complete_studies(studies)),
    )


def complete_studies(studies: int) -> int:
    """How many of each population go through every analysis; one at least."""
    return -(-studies // FEWER_COMPLETE)


def all_studies(studies: int) -> int:
    """How many are simulated in all."""
    per_spread = len(INTERCEPTS) * studies + MORE_SEQUENTIAL * studies + complete_studies(studies)
    return len(SPREADS) * per_spread
