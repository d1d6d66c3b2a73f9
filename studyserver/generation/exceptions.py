"""What can go wrong when stimuli are asked for."""

from studyserver.common.exceptions import PerceptionistError


class RequestRefused(PerceptionistError):
    """What was asked for cannot be made; the message names the value and the remedy."""


class MadeMeanwhile(RequestRefused):
    """Another call has made the study of that name between the look for it and its making."""


class EngineRefused(PerceptionistError):
    """The engine cannot do what was asked for; the message is its own."""


class CheckpointChanged(PerceptionistError):
    """A checkpoint on disk is not the one that was trained."""


class StudyFilled(PerceptionistError):
    """The study shows stimuli of another run, and what people may be looking at is not exchanged."""


class MediaDiffer(PerceptionistError):
    """A file made again is not the one that a fixed study shows."""


class UnknownStage(PerceptionistError):
    """A stage in the database that this version does not know."""
