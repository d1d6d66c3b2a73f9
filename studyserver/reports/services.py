"""The significance report: the study's one rule of when it may be seen, and every number in it."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from evaluation.crossed import CrossedTest, crossed_test
from evaluation.multiplicity import holm
from evaluation.preference import Interval, PreferenceTest, preference_test, share_interval
from studyserver.generation.selectors import made_with_smoke
from studyserver.reports.exceptions import NoVotes, StillBlinded
from studyserver.reports.face_errors import FaceErrors, read_face_errors
from studyserver.reports.selectors import SectionVotes, TakingPart, compared_methods, section_votes, taking_part
from studyserver.studies.models import Study

ALPHA = 0.001  # The paper's level (Sec. 4.2), kept for the headline too.


class Verdict(StrEnum):
    """What a section shows about the method under test, by the crossed test adjusted over the sections."""

    PREFERRED = "preferred"
    NOT_ESTABLISHED = "not established"
    NOT_PREFERRED = "not preferred"
    BASELINE_AHEAD = "baseline ahead"
    NOT_ESTIMABLE = "not estimable"


@dataclass(frozen=True)
class QuestionShare:
    """Votes for the method under test on one question; the interval is Clopper-Pearson, 95 %, over participants."""

    number: int
    votes_for: int
    votes: int
    share: float
    interval: Interval


@dataclass(frozen=True)
class SideBias:
    """How often the left stimulus was chosen, whichever method it showed; both p-values two-sided."""

    chose_left: int
    votes: int
    share: float
    independent: PreferenceTest
    crossed: CrossedTest | None


@dataclass(frozen=True)
class SectionReport:
    """One section's analysis.

    Attributes:
        participants: S, those whose votes count.
        questions: Q.
        independent: A0, the paper's test: every vote counts as independent.
        crossed: A2, the headline: participants and questions are both samples. None with fewer than two of either.
        holm_p_value: The headline's p-value adjusted over the sections; NaN where there is none.
        side: Whether one side of the screen was favoured.
        per_question: One entry per question, in order.
        verdict: The conclusion at level ``alpha`` of the report.
    """

    position: int
    title: str
    medium: str
    prompt: str
    participants: int
    questions: int
    votes: int
    votes_for: int
    independent: PreferenceTest
    crossed: CrossedTest | None
    holm_p_value: float
    side: SideBias
    per_question: tuple[QuestionShare, ...]
    verdict: Verdict

    @property
    def share(self) -> float:
        return self.votes_for / self.votes

    @property
    def votes_against(self) -> int:
        return self.votes - self.votes_for

    @property
    def share_against(self) -> float:
        return self.votes_against / self.votes


@dataclass(frozen=True)
class StudyReport:
    """Everything a report says; the renderers add words and layout, no numbers.

    Attributes:
        simulated_votes: True for a rehearsal: no person was asked.
        smoke_profile: True where the faces come from a run of the smoke profile, which learns nothing.
        simulated_data: True where voices and faces of the run are simulated; None where the run does not say.
        alpha: Level of every decision.
    """

    slug: str
    title: str
    organizer: str
    state: str
    made_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    smoke_profile: bool
    simulated_votes: bool
    simulated_data: bool | None
    ours: str
    baseline: str
    alpha: float
    people: TakingPart
    sections: tuple[SectionReport, ...]
    face_errors: FaceErrors | None

    @property
    def preferred_sections(self) -> int:
        return self._count(Verdict.PREFERRED)

    @property
    def baseline_ahead_sections(self) -> int:
        return self._count(Verdict.BASELINE_AHEAD)

    @property
    def untested_sections(self) -> int:
        return self._count(Verdict.NOT_ESTIMABLE)

    def _count(self, verdict: Verdict) -> int:
        return sum(section.verdict == verdict for section in self.sections)


def results_may_be_seen(study: Study, *, simulated: bool) -> bool:
    """The fixed-horizon rule: votes of people by method only after the study is closed; rehearsals at any time."""
    return simulated or study.state == Study.State.CLOSED


def build_report(study: Study, *, simulated: bool = False) -> StudyReport:
    """Analyse the study's real votes, or those of its rehearsal.

    Raises:
        StillBlinded: real votes of a study that is not closed.
        NoVotes: nobody whose votes count has finished.
        ReportError: conditions or votes are missing, or the run's file is unreadable.
    """
    if not results_may_be_seen(study, simulated=simulated):
        raise StillBlinded(
            f"Study {study.slug!r} is {study.state}: results by method stay hidden until it is closed, because looking "
            f"early makes chance findings likelier. Close it at /studies/{study.slug}/close/, or use --rehearsal for "
            "the simulated votes."
        )
    ours, baseline = compared_methods(study)
    people = taking_part(study, simulated=simulated)
    if not people.counted:
        kind = "simulated" if simulated else "real"
        remedy = (
            f"Make some with: manage.py simulate_votes {study.slug} --participants 154"
            if simulated
            else "Share the link, or try --rehearsal."
        )
        raise NoVotes(f"Study {study.slug!r} has no {kind} votes that count: nobody has completed it yet. {remedy}")
    face_errors = read_face_errors(study)
    return StudyReport(
        slug=study.slug,
        title=study.title,
        organizer=study.organizer,
        state=study.state,
        made_at=timezone.now(),
        opened_at=study.opened_at,
        closed_at=study.closed_at,
        smoke_profile=made_with_smoke(study),
        simulated_votes=simulated,
        simulated_data=face_errors.simulated_data if face_errors else None,
        ours=ours.slug,
        baseline=baseline.slug,
        alpha=ALPHA,
        people=people,
        sections=analyse_sections(section_votes(study, simulated=simulated)),
        face_errors=face_errors,
    )


def analyse_sections(tables: list[SectionVotes]) -> tuple[SectionReport, ...]:
    """Test each section and adjust the headline p-values over all of them."""
    crossed = [_crossed_or_none(table.chosen) for table in tables]
    adjusted = holm([test.p_value if test else math.nan for test in crossed])
    return tuple(_section(*parts) for parts in zip(tables, crossed, adjusted, strict=True))


def _section(table: SectionVotes, crossed: CrossedTest | None, holm_p_value: float) -> SectionReport:
    votes_for, votes = int(table.chosen.sum()), table.chosen.size
    participants, questions = table.chosen.shape
    return SectionReport(
        position=table.section.position,
        title=table.section.title,
        medium=table.section.medium,
        prompt=table.section.prompt,
        participants=participants,
        questions=questions,
        votes=votes,
        votes_for=votes_for,
        independent=preference_test(votes_for, votes, alpha=ALPHA),
        crossed=crossed,
        holm_p_value=holm_p_value,
        side=_side_bias(table.chose_left),
        per_question=_per_question(table),
        verdict=_verdict(votes_for / votes, crossed, holm_p_value),
    )


def _verdict(share: float, crossed: CrossedTest | None, holm_p_value: float) -> Verdict:
    if crossed is None or not crossed.estimable:
        return Verdict.NOT_ESTIMABLE
    if holm_p_value <= ALPHA:
        return Verdict.PREFERRED
    if share > 0.5:
        return Verdict.NOT_ESTABLISHED
    return Verdict.BASELINE_AHEAD if crossed.interval.high < 0.5 else Verdict.NOT_PREFERRED


def _side_bias(chose_left: NDArray[np.bool_]) -> SideBias:
    left, votes = int(chose_left.sum()), chose_left.size
    return SideBias(left, votes, left / votes, preference_test(left, votes), _crossed_or_none(chose_left))


def _crossed_or_none(table: NDArray[np.bool_]) -> CrossedTest | None:
    return crossed_test(table) if min(table.shape) >= 2 else None


def _per_question(table: SectionVotes) -> tuple[QuestionShare, ...]:
    people = len(table.chosen)
    counts = table.chosen.sum(axis=0)  # (Q,)
    return tuple(
        QuestionShare(question.number, int(count), people, int(count) / people, share_interval(int(count), people))
        for question, count in zip(table.questions, counts, strict=True)
    )
