"""What the outcomes of a calibration say: ratio errors, differences, and the correlations recovered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from cmp_engine.calibration.experiment import Outcome
from cmp_engine.inference.check import correlation
from cmp_engine.inference.metrics import BASELINE, Coefficients, ratio_scores
from cmp_engine.morphable import Level, MorphableModel
from cmp_engine.simulation.population import COUPLED_DIRECTIONS, DIRECTIONS
from evaluation.faces.ratios import RATIO_COLUMNS
from evaluation.interval import t_interval

Doubles = NDArray[np.float64]
ORACLE = "mean shape"
"""The oracle: everybody is given the mean shape of the training identities."""
CONFIDENCE = 0.95
LEVEL: Level = "low"  # The ends of the measured lines are the same vertices at every level.


@dataclass(frozen=True)
class Estimate:
    """Mean over populations and its interval by Student's t; each population is one observation.

    A population has its own people and recordings, on which everything is trained anew; first weights are the same.
    """

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Estimate":
        """Estimate from one value per population; without a second population the interval is unbounded."""
        mean = float(np.mean(values))
        if len(values) < 2:
            return cls(mean, -np.inf, np.inf)
        found = t_interval(mean, float(stats.sem(values)), len(values) - 1, CONFIDENCE)
        return cls(mean, found.low, found.high)

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Findings:
    """Estimates of one coupling.

    Attributes:
        coupling: ``default`` or ``none``.
        populations: how many there are.
        people: test identities of all populations together.
        errors: ARE by method and column of `RATIO_COLUMNS`; methods are the conditions and the oracle.
        against_baseline: error minus that of base-2, likewise; negative is better.
        against_oracle: error minus that of the mean shape, likewise.
        correlations: by condition and coupled direction, between predicted and true coefficients of test identities.
        planted: by coupled direction, the correlation of the coefficient with the audible trait, without its sign:
            the most that a voice can tell; zero under ``none``.
    """

    coupling: str
    populations: int
    people: int
    errors: Mapping[str, Mapping[str, Estimate]]
    against_baseline: Mapping[str, Mapping[str, Estimate]]
    against_oracle: Mapping[str, Mapping[str, Estimate]]
    correlations: Mapping[str, Mapping[str, Estimate]]
    planted: Mapping[str, float]


def findings_of(outcomes: Sequence[Outcome]) -> Findings:
    """Estimate everything about one coupling.

    Args:
        outcomes: of populations with the same coupling, at least one.
    """
    errors = [errors_of(outcome) for outcome in outcomes]
    coupling = outcomes[0].coupling
    methods = tuple(errors[0])
    conditions = tuple(outcomes[0].shape)

    def table(value: Callable[[Mapping[str, Doubles], str], Doubles]) -> dict[str, dict[str, Estimate]]:
        rows = {method: np.stack([value(each, method) for each in errors]) for method in methods}  # (populations, 5)
        return {
            method: dict(zip(RATIO_COLUMNS, map(Estimate.of, row.T.tolist()), strict=True))
            for method, row in rows.items()
        }

    return Findings(
        coupling,
        len(outcomes),
        sum(len(each.truth) for each in outcomes),
        errors=table(lambda each, method: each[method]),
        against_baseline=table(lambda each, method: each[method] - each[BASELINE]),
        against_oracle=table(lambda each, method: each[method] - each[ORACLE]),
        correlations={name: recovered([(each.shape[name], each.truth) for each in outcomes]) for name in conditions},
        planted={each.direction: abs(each.correlation) * (coupling == "default") for each in COUPLED_DIRECTIONS},
    )


def errors_of(outcome: Outcome) -> dict[str, Doubles]:
    """ARE of one population by method, in the order of `RATIO_COLUMNS`: over utterances, then identities."""
    model = MorphableModel.analytic(LEVEL)
    people = [str(number) for number in range(len(outcome.truth))]
    references = dict(zip(people, model.vertices(torch.from_numpy(outcome.truth)).numpy(), strict=True))
    neutral = np.zeros((1, len(model.expression_sd)), np.float32)
    predicted: dict[str, dict[str, Coefficients]] = {
        name: dict(zip(people, zip(shapes, outcome.expression[name], strict=True), strict=True))
        for name, shapes in outcome.shape.items()
    }
    predicted[ORACLE] = dict.fromkeys(people, (outcome.mean_shape[None], neutral))
    scores = {name: ratio_scores(faces, references, model=model).errors for name, faces in predicted.items()}
    return {name: np.array([found[each].values.mean() for each in RATIO_COLUMNS]) for name, found in scores.items()}


def recovered(pairs: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> dict[str, Estimate]:
    """Correlation of predicted and true coefficients by coupled direction.

    Args:
        pairs: per population the predictions (n, U, 40), averaged over utterances, and the truth (n, 40).
    """
    columns = {each.direction: DIRECTIONS.index(each.direction) for each in COUPLED_DIRECTIONS}
    return {
        direction: Estimate.of([correlation(made.mean(axis=1)[:, column], true[:, column]) for made, true in pairs])
        for direction, column in columns.items()
    }
