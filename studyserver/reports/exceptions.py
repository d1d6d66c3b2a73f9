"""Why a report cannot be made; each message says what to do."""

from studyserver.common.exceptions import PerceptionistError


class ReportError(PerceptionistError):
    """A report was asked for that cannot be made."""


class StillBlinded(ReportError):
    """The study's rule keeps results by method hidden until the study is closed."""


class NoVotes(ReportError):
    """Nobody whose votes count has finished yet."""


class RunFileError(ReportError):
    """The run's file of face errors is there but not what the report reads."""
