"""What can go wrong with a study."""

from studyserver.common.exceptions import PerceptionistError


class UnknownStudy(PerceptionistError):
    """There is no study of that name."""


class StudyNotReady(PerceptionistError):
    """The study cannot be opened as it stands; the message lists what is missing."""


class StudyFrozen(PerceptionistError):
    """Someone has voted, so the design may no longer change."""


class StudyClosed(PerceptionistError):
    """The study takes no (more) participants or votes."""


class VotesWouldMix(PerceptionistError):
    """Simulated votes are there that those of this rehearsal must not be mixed with; erasing them is the remedy."""
