"""System checks of what participants fetch."""

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db import OperationalError, ProgrammingError

from studyserver.studies.media import MediaState, quick_state
from studyserver.studies.selectors import assets_in_use


@register(deploy=True)
def media_are_there(**_: Any) -> list[CheckMessage]:
    """A question whose picture or mesh is missing cannot be answered. By name and size; check_media reads the files."""
    try:
        lost = [asset for asset in assets_in_use() if quick_state(asset) is not MediaState.INTACT]
    except (OperationalError, ProgrammingError):
        return []  # A database that is not prepared has no rows to miss a file of; whatever uses it will say so.
    if not lost:
        return []
    return [
        Error(
            f"{len(lost)} files that participants fetch are missing or of another size, such as {lost[0].path}.",
            hint="See which, and what to do: manage.py check_media",
            id="perceptionist.E004",
        )
    ]
