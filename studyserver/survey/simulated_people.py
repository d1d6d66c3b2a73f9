"""Simulated participants: who prefers what, as a function of a seed, a person and a question. Pure; no state.

Every draw is a hash of what it belongs to. So a vote depends on the seed, the person and the question alone, not on
who arrived first, on the sides of the screen, or on any generator's version.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.optimize import brentq
from scipy.special import expit

NORMAL = NormalDist()
# Reading and turning a face model takes a few seconds; log-normal times are right-skewed as people's are.
MEDIAN_RESPONSE_MS = 4000
SD_LOG_RESPONSE = 0.5


@dataclass(frozen=True)
class SimulatedPeople:
    """A population whose members choose the method under test with logit-normal probabilities.

    Person s chooses it on question q with probability ``expit(intercept + sd_person * z_s + sd_question * z_q)``,
    z standard normal. The intercept is set so that the *average* probability over persons and questions is
    ``preference``. Careless persons, a ``careless`` share of all, answer everything at random instead, attention
    checks included; the others pass every check.

    Attributes:
        preference: Average probability of choosing the method under test, in (0, 1).
        sd_person: Standard deviation between persons, in logits, at least 0.
        sd_question: Standard deviation between questions, in logits, at least 0.
        seed: Of all draws.
        careless: Average share of careless persons, in [0, 1].

    Raises:
        ValueError: a value out of its range.
    """

    preference: float = 0.7
    sd_person: float = 0.6
    sd_question: float = 0.3
    seed: int = 1
    careless: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.preference < 1:
            raise ValueError(f"preference must lie between 0 and 1, both excluded; got {self.preference}.")
        for name in ("sd_person", "sd_question"):
            if not 0 <= getattr(self, name) <= 10:
                raise ValueError(f"{name} must lie between 0 and 10 logits; got {getattr(self, name)}.")
        if not 0 <= self.careless <= 1:
            raise ValueError(f"careless must be a share between 0 and 1; got {self.careless}.")

    @cached_property
    def intercept(self) -> float:
        """In logits; further from 0 than ``logit(preference)``, because averaging pulls towards one half."""
        nodes, weights = hermegauss(101)
        spread = nodes * math.hypot(self.sd_person, self.sd_question)
        total = weights.sum()

        def excess(intercept: float) -> float:
            return float(np.dot(weights, expit(intercept + spread)) / total) - self.preference

        return float(brentq(excess, -200, 200))

    def probability(self, person: int, question: str) -> float:
        """Of choosing the method under test."""
        if self.is_careless(person):
            return 0.5
        z_person = NORMAL.inv_cdf(self._uniform("person", person))
        z_question = NORMAL.inv_cdf(self._uniform("question", question))
        return float(expit(self.intercept + self.sd_person * z_person + self.sd_question * z_question))

    def chooses_ours(self, person: int, question: str) -> bool:
        """The vote of ``person`` (from 0) on ``question``, which any string may name."""
        return self._uniform("vote", person, question) < self.probability(person, question)

    def is_careless(self, person: int) -> bool:
        """Whether ``person`` answers everything at random."""
        return self._uniform("careless", person) < self.careless

    def passes_check(self, person: int, position: int) -> bool:
        """Whether ``person`` answers the attention check at ``position`` of the survey rightly."""
        return not self.is_careless(person) or self._uniform("check", person, position) < 0.5

    def response_ms(self, person: int, question: str) -> int:
        """How long the person would have looked, in milliseconds; nobody waits for it."""
        z = NORMAL.inv_cdf(self._uniform("time", person, question))
        return round(MEDIAN_RESPONSE_MS * math.exp(SD_LOG_RESPONSE * z))

    def _uniform(self, *key: object) -> float:
        """In (0, 1), never an end: 2^52 equally likely values."""
        digest = hashlib.sha256("/".join(map(str, (self.seed, *key))).encode()).digest()
        return ((int.from_bytes(digest[:8], "big") >> 12) + 0.5) / 2**52
