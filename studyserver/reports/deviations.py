"""What a finished study did otherwise than it was registered."""

import difflib
from dataclasses import dataclass

from studyserver.reports.selectors import TakingPart
from studyserver.studies.models import Registration, Study
from studyserver.studies.registration import registration_text


@dataclass(frozen=True)
class AsRegistered:
    """The registration of a study beside what was done.

    Attributes:
        sha256: Of the registered text; None where there is no registration, as before the first vote of a person.
        deviations: One sentence each; none where the study was done as registered.
    """

    sha256: str | None
    deviations: tuple[str, ...]


def compare_with_registration(study: Study, people: TakingPart) -> AsRegistered:
    """Name each deviation from the registration: in the design, in the wording, in the number of participants."""
    registration = Registration.objects.filter(study=study).first()
    if registration is None:
        return AsRegistered(None, ())
    return AsRegistered(registration.sha256, (*_changes(registration, study), *_sample(study, people)))


def _changes(registration: Registration, study: Study) -> list[str]:
    """Paragraphs that would be registered otherwise today: the study was changed behind the frozen pages."""
    before, after = registration.text.splitlines(), registration_text(study).splitlines()
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    return [
        f"Changed after the first vote: “{' '.join(before[a:b])}” now reads “{' '.join(after[c:d])}”."
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]


def _sample(study: Study, people: TakingPart) -> list[str]:
    planned, completed = study.planned_participants, people.completed
    if study.state != Study.State.CLOSED or completed == planned:
        return []
    if completed > planned:
        analysed = f"all {people.counted} who were not excluded" if people.excluded else "all"
        return [f"{completed} participants completed the study where {planned} were planned; {analysed} are analysed."]
    # Looks at running data may end a study early by their own rule.
    if study.looks != Study.Looks.FIXED:
        return []
    return [f"The study was closed after {completed} of {planned} planned participants had completed it."]
