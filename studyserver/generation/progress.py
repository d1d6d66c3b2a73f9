"""What a terminal shows while stages are made: one bar per stage."""

from types import TracebackType
from typing import NoReturn, Self, TextIO

from tqdm import tqdm

from studyserver.common.progress import redraw_s
from studyserver.generation.models import GenerationJob


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
            self._stage, self._bar = job.stage, self._new_bar(job.title, total)
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def _new_bar(self, title: str, total: int) -> "tqdm[NoReturn]":
        return tqdm(
            total=total,
            desc=f"{title:<30}",
            file=self._stream,
            mininterval=redraw_s(self._stream),
            bar_format="{desc}{percentage:3.0f}%|{bar:30}| {elapsed}<{remaining}",
        )

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
