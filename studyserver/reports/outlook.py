"""What a study of a given size would find: the numbers of the planning page and of ``plan_study``."""

import math
from dataclasses import dataclass

import pandas as pd
from django.db.models import Count

from evaluation.planning.crossed_power import VarianceShares, crossed_power, variance_shares
from evaluation.planning.sample_size import (
    PowerTable,
    SampleSize,
    detectable_share,
    independent_answers_needed,
    participants_needed,
    power_table,
    questions_needed,
)
from studyserver.reports.exceptions import NoVotes, ReportError, StillBlinded
from studyserver.reports.monitor import level_per_section
from studyserver.reports.selectors import votes_table
from studyserver.reports.services import results_may_be_seen
from studyserver.studies.models import Study

TARGET = 0.8
"""The usual power to plan for."""
ASSUMED = VarianceShares(participant=0.08, question=0.07)
"""Middling values of preference studies; a pilot's are better."""
SIZES = ((20, 50, 100, 154, 300, math.inf), (10, 20, 30, 60))


@dataclass(frozen=True)
class Outlook:
    """A study of a size, and what it would find.

    Attributes:
        share: True share of answers for the method under test.
        participants, questions: Of one section.
        shares: How the variance of an answer divides.
        power: Probability that the headline test becomes significant.
        ceiling: The most that any number of participants gives.
        detectable: Smallest share found with the power TARGET; None where none is.
        more_participants, more_questions: What reaches TARGET, the other number kept.
        independent: Answers that would do if all were independent; None where no number does.
        table: Power over a grid of sizes.
    """

    share: float
    alpha: float
    participants: int
    questions: int
    shares: VarianceShares
    power: float
    ceiling: float
    detectable: float | None
    more_participants: SampleSize
    more_questions: SampleSize
    independent: int | None
    table: PowerTable


def outlook(*, share: float, participants: int, questions: int, shares: VarianceShares, alpha: float) -> Outlook:
    """Compute all of it.

    Raises:
        ValueError: a share or level outside (0, 1), or fewer than two participants or questions.
    """
    power = crossed_power(share=share, participants=participants, questions=questions, shares=shares, alpha=alpha)
    more_participants = participants_needed(share=share, questions=questions, shares=shares, alpha=alpha)
    return Outlook(
        share=share,
        alpha=alpha,
        participants=participants,
        questions=questions,
        shares=shares,
        power=power,
        ceiling=max(power, more_participants.ceiling),
        detectable=detectable_share(participants=participants, questions=questions, shares=shares, alpha=alpha),
        more_participants=more_participants,
        more_questions=questions_needed(share=share, participants=participants, shares=shares, alpha=alpha),
        independent=independent_answers_needed(share, alpha, TARGET),
        table=power_table(share=share, participants=SIZES[0], questions=SIZES[1], shares=shares, alpha=alpha),
    )


def planned_size(study: Study, *, as_pilot: bool) -> dict[str, object]:
    """What to ask the planning page of this study, and where it can be a pilot, of the next; empty without any.

    Args:
        as_pilot: whether it may be one; its differences are a result of its votes.
    """
    sections = study.sections.annotate(asked=Count("questions"))
    fewest = min((section.asked for section in sections), default=0)
    if not fewest:
        return {}
    size: dict[str, object] = {
        "participants": study.planned_participants,
        "questions": fewest,
        "alpha": f"{level_per_section(study):.4g}",
    }
    if not as_pilot:
        return size
    try:
        pilot_shares(study)
    except (ReportError, ValueError):
        return size
    return size | {"pilot": study.slug}


def pilot_shares(study: Study) -> VarianceShares:
    """The variance shares of a finished study, averaged over its sections.

    Raises:
        StillBlinded: the study is not closed.
        NoVotes: fewer than two participants count.
        ValueError: all answers of a section are the same.
    """
    if not results_may_be_seen(study, simulated=False):
        if study.state == Study.State.DRAFT:
            raise StillBlinded(f"Study {study.slug!r} is a draft, so nobody has voted yet; name another pilot.")
        raise StillBlinded(
            f"Study {study.slug!r} is open, and only a closed one can be a pilot: its differences would tell of the "
            f"result. Close it at /studies/{study.slug}/close/, or name another."
        )
    votes = votes_table(study, simulated=False)
    votes = votes[~votes["excluded"]]
    if votes["participant"].nunique() < 2:
        raise NoVotes(f"Study {study.slug!r} has fewer than two participants who count; name another pilot.")
    each = [variance_shares(_table(part)) for _, part in votes.groupby("section")]
    return VarianceShares(
        participant=sum(shares.participant for shares in each) / len(each),
        question=sum(shares.question for shares in each) / len(each),
    )


def _table(votes: pd.DataFrame) -> pd.DataFrame:
    return votes.pivot(index="participant", columns="question", values="chose")
