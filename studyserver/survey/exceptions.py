"""What can go wrong on a participant's way."""

from studyserver.common.exceptions import PerceptionistError


class AlreadyVoted(PerceptionistError):
    """The question has its answer: a double click, a second tab, the back button. The first answer stands."""


class NotCurrentTrial(PerceptionistError):
    """An earlier question is still open, so this one was never shown."""


class ParticipationGone(PerceptionistError):
    """Its owner has left and deleted the answers."""
