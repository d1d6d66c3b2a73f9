"""``clear_previews``: what a scheduler calls where no next preview is begun."""

from typing import Any

from studyserver.common.commands import PerceptionistCommand
from studyserver.survey.previews import clear_previews


class Command(PerceptionistCommand):
    help = (
        "Erase the previews of studies whose last answer is older than a day. The next preview that is begun does so "
        "too, so this is only needed where none is."
    )

    def handle(self, **_: Any) -> str:
        return f"Erased {clear_previews()} previews."
