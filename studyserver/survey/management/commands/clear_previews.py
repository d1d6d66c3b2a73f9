"""``clear_previews``: what a scheduler calls where nobody looks at the studies' pages."""

from typing import Any

from studyserver.common.commands import PerceptionistCommand
from studyserver.survey.previews import clear_previews


class Command(PerceptionistCommand):
    help = (
        "Erase the previews of studies whose last answer is older than a day. The studies' pages do so too, so this is "
        "only needed where nobody opens them."
    )

    def handle(self, **_: Any) -> str:
        return f"Erased {clear_previews()} previews."
