"""A system check of the database's own guards."""

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError, connection

from studyserver.common.triggers import installed
from studyserver.survey.evidence import belonging


@register(deploy=True)
def evidence_is_guarded(**_: Any) -> list[CheckMessage]:
    """A migration that failed, or a copy made without them, leaves a database without the triggers."""
    try:
        missing = {trigger.name for trigger in belonging(DEFAULT_DB_ALIAS)} - installed(connection)
    except (OperationalError, ProgrammingError):
        return []  # No database, which every command tells.
    if not missing:
        return []
    return [
        Error(
            f"The database lacks {len(missing)} of the triggers that guard votes and studies, such as {min(missing)}.",
            hint="Put them back with: manage.py migrate",
            id="perceptionist.E005",
        )
    ]
