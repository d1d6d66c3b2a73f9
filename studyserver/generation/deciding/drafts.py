"""The study that a request is to fill: the existing one, or a new draft."""

import hashlib
from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from studyserver.generation.engine import facts
from studyserver.generation.exceptions import MadeMeanwhile, RequestRefused
from studyserver.studies.models import PLACEHOLDERS, Condition, Study, refuse_methods

COMPARED = 2


def find_study(*, slug: str, compared: Sequence[str]) -> Study | None:
    """The study of that name, to be filled with the two conditions; None where it is to be made.

    Raises:
        RequestRefused: the name cannot be an address, the conditions cannot be compared, or the study compares others
            or has questions from elsewhere.
    """
    if slug != slugify(slug) or not slug:
        raise RequestRefused(f"{slug!r} cannot be the name of a study: use lower-case letters, digits and hyphens.")
    _check_compared(compared)
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        return None
    existing = sorted(study.conditions.values_list("slug", flat=True))
    if existing != sorted(compared):
        raise RequestRefused(
            f"Study {slug!r} compares {' with '.join(existing) or 'nothing'}. "
            f"Choose another name for a study of {' with '.join(sorted(compared))}."
        )
    if study.sections.exists() and not study.jobs.exists():
        raise RequestRefused(f"The questions of study {slug!r} were not made here; choose another name.")
    return study


def _check_compared(compared: Sequence[str]) -> None:
    makers = [facts.picture_stage(condition) for condition in compared]
    if len(set(compared)) != COMPARED:
        raise RequestRefused(f"A study compares two different conditions, got {', '.join(compared)!r}.")
    if None in makers:
        raise RequestRefused(
            f"{compared[makers.index(None)]} makes no face image, which two of the three sections show. "
            "Name it third: then it enters the table of ratio errors only."
        )
    if len(set(makers)) != COMPARED:
        raise RequestRefused(
            f"{' and '.join(compared)} show the same face image, as stage {makers[0]} makes it for both. "
            "Name the second baseline third: then it enters the table of ratio errors only."
        )


def draft_of(*, slug: str, wording: Mapping[str, str]) -> Study:
    """A study as it would be made, not stored."""
    return Study(
        slug=slug,
        **{"title": "Faces and their shapes", **PLACEHOLDERS, **wording},
        # Any fixed number does; the name makes studies differ and a repetition equal.
        seed=int.from_bytes(hashlib.sha256(slug.encode()).digest()[:4]),
    )


@transaction.atomic
def make_study(study: Study, *, compared: Sequence[str]) -> Study:
    """Store a draft that compares the two conditions.

    Raises:
        RequestRefused: its name or wording cannot be put to participants.
        MadeMeanwhile: another call has made it.
    """
    baseline = next((slug for slug in compared if slug.startswith("base-")), compared[0])
    try:
        study.clean_fields()
        _insert(study)
        for condition in compared:
            role = Condition.Role.BASELINE if condition == baseline else Condition.Role.OURS
            Condition.objects.create(study=study, slug=condition, role=role)
        study.clean()  # The methods must be known first, as nothing that participants read may name them.
        refuse_methods(study, ["slug"], study.conditions.all())
    except ValidationError as error:
        raise RequestRefused(
            " ".join(
                f"The study's {field}: {message}" for field, said in error.message_dict.items() for message in said
            )
        ) from error
    return study


def _insert(study: Study) -> None:
    try:
        with transaction.atomic():
            study.save(force_insert=True)
    except IntegrityError:
        raise MadeMeanwhile(
            f"Another call has made study {study.slug!r} in this moment. Call again to fill that one."
        ) from None
