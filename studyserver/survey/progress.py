"""How far a study's participants came. Nothing here looks at which method a vote was for."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, F, Q

from studyserver.studies.models import Study
from studyserver.survey.exclusion import fails_checks
from studyserver.survey.models import Participation, Vote


@dataclass(frozen=True)
class TakingPart:
    """How far people came; says nothing about methods.

    Attributes:
        excluded: Of the completed, by the rules declared beforehand.
        excluded_by_checks: Of these, those who failed the attention checks; the others were only too fast.
    """

    started: int
    completed: int
    excluded: int
    excluded_by_checks: int
    first_completed_at: datetime | None
    last_completed_at: datetime | None
    median_minutes: float | None

    @property
    def unfinished(self) -> int:
        return self.started - self.completed

    @property
    def counted(self) -> int:
        return self.completed - self.excluded


def taking_part(study: Study, *, simulated: bool) -> TakingPart:
    """Counts and times of one kind of participants, in one query."""
    wrong = Q(checks__answered_at__isnull=False) & ~Q(checks__choice=F("checks__correct"))
    kind = Participation.Kind.counted(simulated=simulated)
    people = Participation.objects.filter(study=study, kind=kind).annotate(failed=Count("checks", wrong))
    rows = list(people.values_list("consented_at", "completed_at", "excluded", "failed"))
    completed = sorted(end for _, end, _, _ in rows if end is not None)
    durations = [(end - begin) / timedelta(minutes=1) for begin, end, _, _ in rows if end is not None]
    failed = [failed for _, end, excluded, failed in rows if end is not None and excluded]
    return TakingPart(
        started=len(rows),
        completed=len(completed),
        excluded=len(failed),
        excluded_by_checks=sum(fails_checks(study, each) for each in failed),
        first_completed_at=completed[0] if completed else None,
        last_completed_at=completed[-1] if completed else None,
        median_minutes=median(durations) if durations else None,
    )


def votes_per_day(study: Study, *, simulated: bool) -> list[tuple[datetime, int]]:
    """Votes by UTC day from the first to the last day with one, days without included; one query."""
    kind = Participation.Kind.counted(simulated=simulated)
    votes = Vote.objects.filter(trial__participation__study=study, trial__participation__kind=kind)
    times = votes.values_list("created_at", flat=True)
    counts = Counter(time.replace(hour=0, minute=0, second=0, microsecond=0) for time in times)
    if not counts:
        return []
    days = (max(counts) - min(counts)).days
    return [(day, counts[day]) for day in (min(counts) + timedelta(days=n) for n in range(days + 1))]
