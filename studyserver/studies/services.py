"""Writes on studies and their files: opening, editing and closing; what fixes a study is beside it, in `freezing`."""

import hashlib
import os
from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from cmp_engine.io import write_bytes
from studyserver.studies.analysis_plan import AnalysisPlan
from studyserver.studies.audit import Action, record
from studyserver.studies.exceptions import StudyClosed, StudyNotReady
from studyserver.studies.freezing import lift_empty_freeze, require_editable
from studyserver.studies.locks import lock_study
from studyserver.studies.media import MediaState, full_state
from studyserver.studies.models import Asset, Section, Study
from studyserver.studies.selectors import missing_parts

STUDY_FIELDS = frozenset(
    ["title", "organizer", "contact", "minutes", *(field.name for field in AnalysisPlan._meta.get_fields())]
)
"""What of a study may be edited until its first vote: wording and analysis plan."""
SECTION_FIELDS = frozenset(["title", "prompt"])
"""The same of a section."""


def store_asset(content: bytes, *, media_type: str) -> Asset:
    """Keep ``content`` under the name of its hash and return its row; the same content is stored once.

    The file appears whole or not at all: it is written beside its place, flushed and renamed. A file that is there
    under that name with another content, cut short by a full disk or a copy that was stopped, is replaced. One that
    is intact counts as stored now.

    Raises:
        WriteError: the disk refused the file (full, read-only); nothing is left behind.
    """
    digest = hashlib.sha256(content).hexdigest()
    asset = Asset(sha256=digest, media_type=media_type, size_bytes=len(content))
    if full_state(asset) is not MediaState.INTACT:
        write_bytes(asset.path, content)
    with transaction.atomic():
        # Locked against tidying up, which goes by the file's time and may have come before.
        stored, _ = Asset.objects.select_for_update().get_or_create(
            sha256=digest, defaults={"media_type": media_type, "size_bytes": len(content)}
        )
        try:
            os.utime(asset.path)
        except OSError:  # Tidied up, or restored by another user; writing anew needs the folder only.
            write_bytes(asset.path, content)
    return stored


@transaction.atomic
def edit_study(*, study: Study, changes: Mapping[str, Any], by: AbstractBaseUser | None = None) -> Study:
    """Change wording or analysis plan of a study that has no votes; all else of the row stays as others left it.

    Args:
        study: as it was read when the changes were chosen.
        changes: new values by field, of ``STUDY_FIELDS``.
        by: who does it; None for a command.

    Raises:
        StudyFrozen: the first vote was stored, or the study is closed.
        ValidationError: a value cannot be used, or somebody else has changed the same field meanwhile.
    """
    stored = lock_study(study.pk)
    require_editable(stored)
    if changed := _put(changes, stored, seen=study, editable=STUDY_FIELDS):
        lift_empty_freeze(study=stored, by=by)
        stored.save(update_fields=changed)
        record(study=stored, actor=by, action=Action.EDITED, detail=", ".join(changed.values()))
    return stored


@transaction.atomic
def edit_section(*, section: Section, changes: Mapping[str, Any], by: AbstractBaseUser | None = None) -> Section:
    """Change the wording of a section, as :func:`edit_study` does that of its study; fields: ``SECTION_FIELDS``."""
    study = lock_study(section.study_id)
    require_editable(study)
    stored = Section.objects.select_for_update().get(pk=section.pk)
    if changed := _put(changes, stored, seen=section, editable=SECTION_FIELDS):
        lift_empty_freeze(study=study, by=by)
        stored.save(update_fields=changed)
        said = ", ".join(changed.values())
        record(study=study, actor=by, action=Action.EDITED, detail=f"section {stored.position}: {said}")
    return stored


def _put(
    changes: Mapping[str, Any], stored: models.Model, *, seen: models.Model, editable: Collection[str]
) -> dict[str, str]:
    """Validate changes and set them on a locked row, not yet saved; returns in words what becomes of each field.

    Fields that have their new value already are left out.
    """
    if unknown := sorted(set(changes) - set(editable)):
        raise ValidationError(f"{', '.join(unknown)} cannot be edited; these can: {', '.join(sorted(editable))}.")
    refuse_overwriting(stored, seen={name: getattr(seen, name) for name in changes}, changes=changes)
    before = {name: getattr(stored, name) for name in changes}
    for name, value in changes.items():
        setattr(stored, name, value)
    stored.full_clean()
    changed = [name for name in changes if getattr(stored, name) != before[name]]
    return {name: f"{name} {before[name]!r} is now {getattr(stored, name)!r}" for name in changed}


def refuse_overwriting(stored: models.Model, *, seen: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """See that nobody changed a field between its being seen and its being changed here.

    Raises:
        ValidationError: a message for each field that has another value now.
    """
    overtaken = {
        name: getattr(stored, name)
        for name, value in changes.items()
        if getattr(stored, name) not in (seen[name], value)
    }
    if overtaken:
        raise ValidationError(
            {
                name: f"Somebody else has changed this to {value!r} meanwhile. Save again to replace that."
                for name, value in overtaken.items()
            }
        )


@transaction.atomic
def open_study(*, study: Study, by: AbstractBaseUser | None = None) -> Study:
    """Let participants in. Opening an open study changes nothing.

    Args:
        by: who opens it; None for a command.

    Raises:
        StudyClosed: closing is final, because the results by method may have been seen.
        StudyNotReady: a condition, question or stimulus is missing.
    """
    study = lock_study(study.pk)
    if study.state == Study.State.CLOSED:
        raise StudyClosed(f"Study {study.slug!r} was closed and cannot be opened again. Make a new study instead.")
    if missing := missing_parts(study):
        raise StudyNotReady(f"Study {study.slug!r} cannot be opened. " + " ".join(missing))
    if study.state == Study.State.DRAFT:
        study.state, study.opened_at = Study.State.OPEN, timezone.now()
        study.save(update_fields=["state", "opened_at"])
        record(study=study, actor=by, action=Action.OPENED)
    return study


@transaction.atomic
def close_study(*, study: Study, by: AbstractBaseUser | None = None) -> Study:
    """Take no more votes. Final; closing a closed study changes nothing.

    Args:
        by: who closes it; None for a command.

    Raises:
        StudyNotReady: the study was never opened.
    """
    study = lock_study(study.pk)
    if study.state == Study.State.DRAFT:
        raise StudyNotReady(f"Study {study.slug!r} is a draft, so there is nothing to close. Open it first.")
    if study.state == Study.State.OPEN:
        study.state, study.closed_at = Study.State.CLOSED, timezone.now()
        study.save(update_fields=["state", "closed_at"])
        record(study=study, actor=by, action=Action.CLOSED)
    return study
