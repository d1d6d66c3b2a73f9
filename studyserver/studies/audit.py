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


class Deletion(StrEnum):
    """A participant's: it has no account, and whose it was is forgotten."""

    OF_A_PARTICIPANT = "a participant's deletion"


def record(*, study: Study, actor: AbstractBaseUser | Deletion | None, action: Action, detail: str = "") -> AuditEntry:
    """Write down an act. To be called inside its transaction, so that neither is stored without the other.

    Args:
        actor: whose account did it; None for a command of the server. A participant who deletes stays unnamed.
        detail: what else there is to say, such as the fields that were edited; never a vote or a method.
    """
    account = actor if isinstance(actor, AbstractBaseUser) else None
    return AuditEntry.objects.create(
        study=study,
        study_slug=study.slug,
        actor_id=account.pk if account else None,
        actor_name=actor.get_username() if isinstance(actor, AbstractBaseUser) else actor or "",
        action=action,
        detail=detail,
    )
