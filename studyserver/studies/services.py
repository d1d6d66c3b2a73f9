"""Writes on studies and their files."""

import hashlib

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from cmp_engine.io import write_bytes
from studyserver.studies.audit import Action, record
from studyserver.studies.exceptions import StudyClosed, StudyFrozen, StudyNotReady
from studyserver.studies.models import Asset, Study
from studyserver.studies.registration import register
from studyserver.studies.selectors import missing_parts


def store_asset(content: bytes, *, media_type: str) -> Asset:
    """Keep ``content`` under the name of its hash and return its row; the same content is stored once.

    The file appears whole or not at all: it is written beside its place, flushed and renamed.

    Raises:
        WriteError: the disk refused the file (full, read-only); nothing is left behind.
    """
    digest = hashlib.sha256(content).hexdigest()
    asset = Asset(sha256=digest, media_type=media_type, size_bytes=len(content))
    if not asset.path.exists():
        write_bytes(asset.path, content)
    stored, _ = Asset.objects.get_or_create(
        sha256=digest, defaults={"media_type": media_type, "size_bytes": len(content)}
    )
    return stored


def require_editable(study: Study) -> None:
    """Refuse to change the design of a study that has a vote: what people saw must stay what is stored.

    Raises:
        StudyFrozen: the first vote was stored, or the study is closed.
    """
    if not study.editable:
        raise StudyFrozen(
            f"Study {study.slug!r} has votes or is closed, so its questions and stimuli are fixed. "
            "Make a new study under another name instead."
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
    study = Study.objects.select_for_update().get(pk=study.pk)
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
def freeze_study(*, study: Study) -> None:
    """Fix design and analysis at the study's first vote and register them in words; later votes change nothing."""
    if Study.objects.filter(pk=study.pk, frozen_at=None).update(frozen_at=timezone.now()):
        register(Study.objects.get(pk=study.pk))  # As stored; the caller may hold an older state.


@transaction.atomic
def close_study(*, study: Study, by: AbstractBaseUser | None = None) -> Study:
    """Take no more votes. Final; closing a closed study changes nothing.

    Args:
        by: who closes it; None for a command.

    Raises:
        StudyNotReady: the study was never opened.
    """
    study = Study.objects.select_for_update().get(pk=study.pk)
    if study.state == Study.State.DRAFT:
        raise StudyNotReady(f"Study {study.slug!r} is a draft, so there is nothing to close. Open it first.")
    if study.state == Study.State.OPEN:
        study.state, study.closed_at = Study.State.CLOSED, timezone.now()
        study.save(update_fields=["state", "closed_at"])
        record(study=study, actor=by, action=Action.CLOSED)
    return study
