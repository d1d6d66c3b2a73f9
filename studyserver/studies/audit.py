"""Who did what to a study: one entry per act, in the transaction of the act."""

from enum import StrEnum

from django.contrib.auth.base_user import AbstractBaseUser

from studyserver.studies.models import AuditEntry, Study


class Action(StrEnum):
    """What is done to a study, as its history reads."""

    OPENED = "opened"
    EDITED = "edited"
    CLOSED = "closed"
    UNFROZEN = "unfrozen"


def record(*, study: Study, actor: AbstractBaseUser | None, action: Action, detail: str = "") -> AuditEntry:
    """Write down an act. To be called inside its transaction, so that neither is stored without the other.

    Args:
        actor: whose account did it; None for a command of the server.
        detail: what else there is to say, such as the fields that were edited; never a vote or a method.
    """
    return AuditEntry.objects.create(
        study=study,
        study_slug=study.slug,
        actor_id=actor.pk if actor else None,
        actor_name=actor.get_username() if actor else "",
        action=action,
        detail=detail,
    )
