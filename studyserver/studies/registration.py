"""The pre-registration: design, sample, exclusions, analysis and stopping rule in words, from the study alone.

The same study always gives the same text, so its hash tells whether anything was changed after the first vote.
"""

import hashlib
from collections.abc import Iterable

from django.db.models import Count
from django.template.loader import render_to_string

from studyserver.studies.models import Asset, Condition, Registration, Stimulus, Study


def registration_text(study: Study) -> str:
    """What would be registered now."""
    by_role = {condition.role: condition for condition in study.conditions.all()}
    context = {
        "study": study,
        "ours": by_role.get(Condition.Role.OURS),
        "baseline": by_role.get(Condition.Role.BASELINE),
        "sections": study.sections.annotate(question_count=Count("questions")).order_by("position"),
        "stimuli": Stimulus.objects.filter(question__section__study=study).count(),
        "stimuli_sha256": stimuli_sha256(study),
    }
    text = render_to_string("studies/registration.txt", context)
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def stimuli_sha256(study: Study) -> str:
    """One fingerprint of everything that is shown: each question's files by the hashes of their content."""
    rows = Stimulus.objects.filter(question__section__study=study).select_related(
        "condition", "image", "mesh", "turntable", "question__reference", "question__section"
    )
    lines = (
        f"{row.question.section.position}/{row.question.number} {row.condition.role} "
        f"{_hashes([row.question.reference, row.image, row.mesh, row.turntable])}"
        for row in rows.order_by("question__section__position", "question__number", "condition__role")
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _hashes(files: Iterable[Asset | None]) -> str:
    return " ".join(file.sha256 if file else "-" for file in files)


def register(study: Study) -> Registration:
    """Keep the text as it is now."""
    text = registration_text(study)
    return Registration.objects.create(study=study, text=text, sha256=hashlib.sha256(text.encode()).hexdigest())
