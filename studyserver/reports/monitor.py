"""What a running study may show of its votes: what the looks chosen before the first vote allow, and no more."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.votes.sequential import e_process, group_sequential
from studyserver.reports.selectors import votes_table
from studyserver.studies.models import Study


@dataclass(frozen=True)
class SectionLook:
    """One section at the last look.

    Attributes:
        title: Of the section.
        statistic: z of the participants' shares, or the e-value; NaN where nothing can be tested.
        needed: What it must reach.
        reached: Whether it ever did, at a look that was planned.
        shown: Whether that shows what is claimed, given the other sections.
    """

    title: str
    statistic: float
    needed: float
    reached: bool
    shown: bool


@dataclass(frozen=True)
class Monitor:
    """The looks at a running study.

    Attributes:
        counted: Participants who completed the study and are not excluded.
        looked_at: How many of them the last look took in; 0 before the first.
        next_look: How many are needed for the next; None where looks need no number, or all were taken.
        sections: In order; empty before the first look.
    """

    counted: int
    looked_at: int
    next_look: int | None
    sections: tuple[SectionLook, ...]

    @property
    def anything_shown(self) -> bool:
        return any(section.shown for section in self.sections)

    @property
    def everything_shown(self) -> bool:
        return bool(self.sections) and all(section.shown for section in self.sections)


def look_at(study: Study) -> Monitor | None:
    """Take the looks that are due; None where the result is not to be looked at before the study is closed."""
    if study.looks == Study.Looks.FIXED:
        return None
    votes = votes_table(study, simulated=False)
    shares = shares_by_section(votes[~votes["excluded"]])
    counted = len(next(iter(shares.values()), []))
    alpha = level_per_section(study)
    due = [look for look in study.planned_looks if look <= counted and look >= 2]
    if study.looks == Study.Looks.ANYTIME:
        tested = {section: e_value(values, alpha) for section, values in shares.items()}
        return Monitor(counted, counted, None, joined(study, tested))
    following = next((look for look in study.planned_looks if look > counted), None)
    tested = {section: z_value(values, due, study, alpha) for section, values in shares.items()} if due else {}
    return Monitor(counted, due[-1] if due else 0, following, joined(study, tested))


def shares_by_section(votes: pd.DataFrame) -> dict[str, np.ndarray]:
    """Section -> each participant's share of answers for the method under test, in the order of completion."""
    means = votes.groupby(["section", "participant"], sort=False)["chose"].mean()
    return {section: means.loc[section].to_numpy() for section in means.index.unique("section")}


def level_per_section(study: Study) -> float:
    """Claims about single sections share the level; one about all, or in a fixed order, does not."""
    return study.alpha / study.sections.count() if study.claim == Study.Claim.EACH else study.alpha


def e_value(shares: np.ndarray, alpha: float) -> tuple[float, float, bool]:
    """The present e-value, what it needs, and whether it was ever reached."""
    process = e_process(shares, alpha)
    return math.exp(min(float(process.log_e[-1]), 700.0)), 1 / alpha, process.rejected_at is not None


def z_value(shares: np.ndarray, due: list[int], study: Study, alpha: float) -> tuple[float, float, bool]:
    """z at the last look that was due, its boundary, and whether a look reached its own."""
    test = group_sequential(shares, due, alpha, planned=study.planned_participants)
    last = test.looks[-1]
    return math.nan if last.z is None else last.z, last.boundary, test.rejected_at is not None


def joined(study: Study, tested: dict[str, tuple[float, float, bool]]) -> tuple[SectionLook, ...]:
    """The sections with what they show together, by the study's claim."""
    sections = [section for section in study.sections.order_by("position") if str(section.position) in tested]
    reached = [tested[str(section.position)][2] for section in sections]
    shown = {
        Study.Claim.EACH: reached,
        Study.Claim.ALL: [all(reached)] * len(reached),
        Study.Claim.ORDERED: [all(reached[index:]) for index in range(len(reached))],
    }[Study.Claim(study.claim)]
    return tuple(
        SectionLook(section.title, *tested[str(section.position)], shown=one)
        for section, one in zip(sections, shown, strict=True)
    )
