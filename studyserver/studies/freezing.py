"""What fixes a study: its first vote. From then on design and analysis stay as they were registered."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from studyserver.studies.audit import Action, Deletion, record
from studyserver.studies.exceptions import StudyFrozen
from studyserver.studies.locks import lock_study
from studyserver.studies.models import Study
from studyserver.studies.registration import register


@transaction.atomic
def freeze_study(*, study: Study) -> None:
    """Fix design and analysis at the study's first vote and register them in words; later votes change nothing."""
    if Study.objects.filter(pk=study.pk, frozen_at=None).update(frozen_at=timezone.now()):
        register(Study.objects.get(pk=study.pk))  # As stored; the caller may hold an older state.


@transaction.atomic
def lift_empty_freeze(*, study: Study, by: AbstractBaseUser | Deletion | None = None) -> None:
    """Lift the freeze of an open study whose only votes were deleted, once nobody is under way.

    What was registered stays, superseded; the next first vote registers anew.

    Args:
        by: whose change asks for it, or that it is the deletion itself; None for a command.
    """
    stored = lock_study(study.pk)  # A vote in flight is stored before this looks, the next one finds no freeze.
    if stored.frozen_for_nobody and stored.state != Study.State.CLOSED:
        now = timezone.now()
        stored.registrations.filter(superseded_at=None).update(superseded_at=now)
        stored.frozen_at = None
        stored.save(update_fields=["frozen_at"])
        record(study=stored, actor=by, action=Action.UNFROZEN, detail="its only votes were deleted by who gave them")
    study.frozen_at, study.state = stored.frozen_at, stored.state


def require_editable(study: Study) -> None:
    """Refuse to change the design of a study that has a vote: what people saw must stay what is stored.

    A freeze for nobody's sake does not refuse, and stays: what writes the change lifts it.

    Args:
        study: locked by whoever is to change it.

    Raises:
        StudyFrozen: the first vote was stored, or the study is closed.
    """
    if not study.editable:
        raise StudyFrozen(
            f"Study {study.slug!r} has votes or is closed, so its questions and stimuli are fixed. "
            "Make a new study under another name instead."
        )
