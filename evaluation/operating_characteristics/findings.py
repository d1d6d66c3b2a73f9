"""How often something happened in simulated studies, beside how often it should."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from evaluation.interval import Interval
from evaluation.operating_characteristics.logit_normal import LogitEffects
from evaluation.votes.preference import share_interval


class Procedure(StrEnum):
    """What was simulated, as the tables name it."""

    INDEPENDENT = "votes independent (A0)"
    PARTICIPANTS = "participants alone (A1)"
    QUESTIONS = "questions alone (A1)"
    HEADLINE = "headline (A2)"
    PLANNED_LOOKS = "planned looks"
    E_PROCESS = "e-process"
    VERDICT = "verdict of the report"
    MIXED = "mixed logit (A3)"
    CLUSTERED = "two-way clustered (A4)"
    BOOTSTRAP = "both resampled (A5)"


class Measure(StrEnum):
    """What was counted."""

    FALSE_ALARMS = "false alarms"
    """Studies of a population without a preference in which the method under test was found to be preferred."""
    COVERAGE = "coverage"
    """Studies whose 95 % interval holds the average probability of the population."""


@dataclass(frozen=True)
class Band:
    """A target for what is measured: the share of simulated studies lies from `low` to `high`.

    From 0 or to 1 it is one-sided.
    """

    low: float
    high: float

    def missed_by(self, finding: "Finding") -> bool:
        """Whether the measured share lies outside."""
        return not self.low <= finding.share <= self.high

    def is_within_chance_of(self, finding: "Finding") -> bool:
        """Whether the Monte Carlo interval reaches it."""
        return finding.interval.low <= self.high and finding.interval.high >= self.low

    def __str__(self) -> str:
        if self.low == 0:
            return f"at most {100 * self.high:g} %"
        if self.high == 1:
            return f"at least {100 * self.low:g} %"
        return f"{100 * self.low:g} to {100 * self.high:g} %"


@dataclass(frozen=True)
class AtMost:
    """A target for what is true: a rate of at most `high`.

    A test that spends its whole level is measured above it in every other simulation. So only a share that is above it
    by more than the accidents of the simulation misses the target.
    """

    high: float

    def missed_by(self, finding: "Finding") -> bool:
        """Whether the whole Monte Carlo interval lies above."""
        return finding.interval.low > self.high

    def is_within_chance_of(self, finding: "Finding") -> bool:
        """Whether it does not."""
        return not self.missed_by(finding)

    def __str__(self) -> str:
        return f"at most {100 * self.high:g} %"


@dataclass(frozen=True)
class Finding:
    """One share of simulated studies.

    Attributes
    ----------
    measure : Measure
        What was counted.
    procedure : Procedure
        Whose false alarms or intervals they are.
    effects : LogitEffects
        Population of the studies.
    level : float
        Level of the test, or confidence of the interval.
    count, studies : int
        In how many of how many studies.
    reference : float or None
        The value given with the specification of these analyses, where there is one.
    target : Band or AtMost or None
        What was promised.
    """

    measure: Measure
    procedure: Procedure
    effects: LogitEffects
    level: float
    count: int
    studies: int
    reference: float | None = None
    target: Band | AtMost | None = None

    @property
    def share(self) -> float:
        """Of the studies."""
        return self.count / self.studies

    @property
    def interval(self) -> Interval:
        """Monte Carlo interval of the share: Clopper-Pearson, 95 %."""
        return share_interval(self.count, self.studies)

    @property
    def missed(self) -> bool:
        """Whether a target was missed."""
        return self.target is not None and self.target.missed_by(self)

    @property
    def missed_by_chance(self) -> bool:
        """Whether a target was missed that the Monte Carlo interval reaches."""
        return self.missed and self.target is not None and self.target.is_within_chance_of(self)

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return asdict(self) | {"share": self.share, "interval": asdict(self.interval), "missed": self.missed}


@dataclass(frozen=True)
class OperatingCharacteristics:
    """Result of :func:`evaluation.operating_characteristics.experiment.simulate_studies`.

    Attributes
    ----------
    seed : int
        Of everything random.
    finished : tuple of Finding
        Of studies analysed once, when all had answered.
    sequential : tuple of Finding
        Of studies looked at before all had answered.
    complete : tuple of Finding
        Of studies that went through every analysis of a report.
    """

    seed: int
    finished: tuple[Finding, ...]
    sequential: tuple[Finding, ...]
    complete: tuple[Finding, ...]

    @property
    def missed(self) -> list[Finding]:
        """Whose targets were missed."""
        return [each for each in (*self.finished, *self.sequential, *self.complete) if each.missed]

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        parts = {"finished": self.finished, "sequential": self.sequential, "complete": self.complete}
        return {"seed": self.seed} | {name: [each.as_dict() for each in part] for name, part in parts.items()}
