"""What can go wrong on a participant's way."""

from studyserver.common.exceptions import PerceptionistError


class AlreadyVoted(PerceptionistError):
    """The trial has its vote: a double click, a second tab, the back button. The first answer stands."""


class NotCurrentTrial(PerceptionistError):
    """An earlier trial is still open, so this one was never shown."""
