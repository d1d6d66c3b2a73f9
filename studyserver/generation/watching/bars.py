"""What a terminal shows while stages are made: one bar per stage."""

from types import TracebackType
from typing import NoReturn, Self, TextIO

from tqdm import tqdm

from studyserver.common.progress import new_bar
from studyserver.generation.models import GenerationJob

TITLE = 29  # The longest one's length, as in Predict with cmp-unsupervised.
FORMAT = "{desc} {percentage:3.0f}%|{bar:30}| {elapsed}<{remaining}"


class StageBars:
    """A bar for the stage at work; the bars of finished stages stay above it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._stage = ""
        self._bar: tqdm[NoReturn] | None = None

    def show(self, job: GenerationJob, done: int, total: int) -> None:
        """Move the bar of the job's stage to ``done`` of ``total``."""
        if self._bar is None or job.stage != self._stage:
            self.close()
            self._stage = job.stage
            self._bar = new_bar(self._stream, total=total, desc=f"{job.title:<{TITLE}}", bar_format=FORMAT)
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def say(self, message: str) -> None:
        """Print a line without tearing the bar."""
        tqdm.write(message, file=self._stream)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
