"""The significance report: the study's one rule of when it may be seen, and every number in it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from evaluation.output.headline import Methods
from evaluation.votes.analysis import Analysis, Claim, SectionAnalysis, analyse
from evaluation.votes.response_quality import ResponseQuality
from studyserver.generation.selectors import made_with_smoke
from studyserver.reports.deviations import AsRegistered, compare_with_registration
from studyserver.reports.exceptions import NoVotes, StillBlinded
from studyserver.reports.face_errors import FaceErrors, read_face_errors
from studyserver.reports.selectors import (
    StimulusOrigin,
    compared_methods,
    stimulus_origins,
    votes_table,
)
from studyserver.studies.models import Study
from studyserver.survey.progress import TakingPart, taking_part


@dataclass(frozen=True, kw_only=True)
class SectionReport(SectionAnalysis):
    """One section's analysis beside what was asked in it."""

    position: int
    title: str
    medium: str
    prompt: str

    @property
    def heading(self) -> str:
        """Its title, which readers know, for its name in the votes."""
        return self.title


@dataclass(frozen=True)
class Everybody(Analysis):
    """The analysis with those whom the rule declared beforehand leaves out."""

    sections: tuple[SectionReport, ...]


@dataclass(frozen=True)
class StudyReport:
    """Everything a report says; the renderers add words and layout, no numbers.

    Attributes:
        simulated_votes: True for a rehearsal: no person was asked.
        smoke_profile: True where the faces come from a run of the smoke profile, which learns nothing.
        simulated_data: True where voices and faces of the run are simulated; None where the run does not say.
        alpha: Level of every decision.
        claim: What is to be shown of the sections: each, all or ordered.
        looks: When the result may be looked at: fixed, sequential or anytime.
        fastest_median_ms: Who answered faster at the median is excluded; None where no time was declared.
        attention_checks, attention_passes: Who got fewer than so many of these right is excluded; 0 where none was
            declared.
        sections, quality: Without the excluded, as everything else; ``quality`` over all sections.
        everybody: The same with them; None where nobody is excluded.
        registered: How the study compares with what was fixed before its first vote; empty for a rehearsal.
        provenance: Where every stimulus comes from.
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
    claim: Claim
    looks: str
    fastest_median_ms: int | None
    attention_checks: int
    attention_passes: int
    people: TakingPart
    sections: tuple[SectionReport, ...]
    quality: ResponseQuality
    everybody: Everybody | None
    face_errors: FaceErrors | None
    registered: AsRegistered
    provenance: tuple[StimulusOrigin, ...]

    @property
    def methods(self) -> Methods:
        """The names of both."""
        return Methods(self.ours, self.baseline)

    @property
    def found(self) -> Analysis:
        """The analysis of those who count."""
        return Analysis(self.sections, self.quality)

    @property
    def changed(self) -> list[tuple[SectionReport, SectionReport]]:
        """Sections without the excluded and with them whose verdicts differ."""
        everybody = self.everybody.sections if self.everybody else self.sections
        both = zip(self.sections, everybody, strict=True)
        return [(without, with_them) for without, with_them in both if without.verdict != with_them.verdict]


def results_may_be_seen(study: Study, *, simulated: bool) -> bool:
    """The fixed-horizon rule: votes of people by method only after the study is closed; rehearsals at any time."""
    return simulated or study.state == Study.State.CLOSED


def require_visible(study: Study, *, simulated: bool) -> None:
    """Refuse to tell votes of people by method before the study's rule allows it.

    Raises:
        StillBlinded: the message says why and what to do.
    """
    if results_may_be_seen(study, simulated=simulated):
        return
    if study.state == Study.State.DRAFT:
        raise StillBlinded(
            f"Study {study.slug!r} is a draft, so nobody has voted yet. Use --rehearsal for the simulated votes."
        )
    raise StillBlinded(
        f"Study {study.slug!r} is open: results by method stay hidden until it is closed, because looking early makes "
        f"chance findings likelier. Close it at /studies/{study.slug}/close/, or use --rehearsal for the simulated "
        "votes."
    )


def remedy_for_no_votes(study: Study, *, simulated: bool) -> str:
    """How to get the votes that are missing."""
    if simulated:
        return f"Make some with: manage.py simulate_votes {study.slug} --participants {study.planned_participants}"
    return "It is closed, so ask people in a new study, or try --rehearsal."


def build_report(study: Study, *, simulated: bool = False) -> StudyReport:
    """Analyse the study's real votes, or those of its rehearsal.

    Raises:
        StillBlinded: real votes of a study that is not closed.
        NoVotes: nobody whose votes count has finished.
        ReportError: conditions or votes are missing, or the run's file is unreadable.
    """
    require_visible(study, simulated=simulated)
    ours, baseline = compared_methods(study)
    people = taking_part(study, simulated=simulated)
    if not people.counted:
        kind = "simulated" if simulated else "real"
        nobody = f"all {people.completed} who completed it are excluded" if people.completed else "nobody completed it"
        raise NoVotes(
            f"Study {study.slug!r} has no {kind} votes that count: {nobody}. "
            f"{remedy_for_no_votes(study, simulated=simulated)}"
        )
    face_errors = read_face_errors(study)
    found = analyse(votes_table(study, simulated=simulated), alpha=study.alpha, claim=Claim(study.claim))
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
        alpha=study.alpha,
        claim=Claim(study.claim),
        looks=study.looks,
        fastest_median_ms=study.fastest_median_ms,
        attention_checks=study.attention_checks,
        attention_passes=study.attention_passes,
        people=people,
        sections=section_reports(study, found),
        quality=found.quality,
        everybody=Everybody(section_reports(study, found.everybody), found.everybody.quality)
        if found.everybody
        else None,
        face_errors=face_errors,
        registered=AsRegistered(None, ()) if simulated else compare_with_registration(study, people),
        provenance=stimulus_origins(study),
    )


def section_reports(study: Study, found: Analysis) -> tuple[SectionReport, ...]:
    """Join each analysis with its section."""
    sections = {str(section.position): section for section in study.sections.all()}
    return tuple(
        SectionReport(
            **vars(analysis),
            position=sections[analysis.section].position,
            title=sections[analysis.section].title,
            medium=sections[analysis.section].medium,
            prompt=sections[analysis.section].prompt,
        )
        for analysis in found.sections
    )
