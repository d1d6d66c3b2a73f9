"""What a finished study did otherwise than it was registered."""

import difflib
from dataclasses import dataclass
from datetime import datetime

from studyserver.studies.models import Registration, Study
from studyserver.studies.registration import registration_text
from studyserver.survey.progress import TakingPart


@dataclass(frozen=True)
class AsRegistered:
    """The registration of a study beside what was done.

    Attributes:
        sha256: Of the registered text; None where there is no registration, as before the first vote of a person.
        deviations: One sentence each; none where the study was done as registered.
        closed_early: That of them which says that fewer participants than planned completed it; empty where none does.
        superseded: When earlier registrations were, whose only votes were deleted by who gave them.
    """

    sha256: str | None
    deviations: tuple[str, ...]
    closed_early: str = ""
    superseded: tuple[datetime, ...] = ()


def compare_with_registration(study: Study, people: TakingPart) -> AsRegistered:
    """Name each deviation from the registration: in the design, in the wording, in the number of participants."""
    superseded = tuple(earlier.superseded_at for earlier in study.superseded_registrations if earlier.superseded_at)
    registration = study.registration
    if registration is None:
        return AsRegistered(None, (), superseded=superseded)
    early, late = _closed_early(study, people), _closed_late(study, people)
    deviations = [*_changes(registration, study), early, late]
    return AsRegistered(registration.sha256, tuple(filter(None, deviations)), early, superseded)


def _changes(registration: Registration, study: Study) -> list[str]:
    """Paragraphs that would be registered otherwise today: the study was changed behind the frozen pages."""
    before, after = registration.text.splitlines(), registration_text(study).splitlines()
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    return [
        f"Changed after the first vote: “{' '.join(before[a:b])}” now reads “{' '.join(after[c:d])}”."
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]


def _closed_early(study: Study, people: TakingPart) -> str:
    if study.state != Study.State.CLOSED or not study.falls_short(people.completed):
        return ""
    return (
        f"The study was closed after {people.completed} of {study.planned_participants} planned participants had "
        "completed it."
    )


def _closed_late(study: Study, people: TakingPart) -> str:
    planned, completed = study.planned_participants, people.completed
    if study.state != Study.State.CLOSED or completed <= planned:
        return ""
    analysed = f"all {people.counted} who were not excluded" if people.excluded else "all"
    return f"{completed} participants completed the study where {planned} were planned; {analysed} are analysed."
