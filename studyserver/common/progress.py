"""A progress bar for commands."""

import os
import shutil
import sys
from types import TracebackType
from typing import Any, NoReturn, Self, TextIO

from tqdm import tqdm


def new_bar(stream: TextIO, **options: Any) -> "tqdm[NoReturn]":
    """A bar for a terminal, a pipe or a file.

    Args:
        options: as `tqdm.tqdm` has them.
    """
    columns = lines = None
    if stream.isatty() and not all(os.get_terminal_size(stream.fileno())):
        # In a terminal that does not know its size, tqdm would draw empty lines.
        columns, lines = shutil.get_terminal_size()
    # In a pipe or file every drawing stays.
    pause_s = 0.2 if stream.isatty() else 10
    return tqdm(file=stream, mininterval=pause_s, ncols=columns, nrows=lines, **options)


class LateBar:
    """A bar that appears with the first thing done, so that a refusal stands alone.

    Args:
        unit, desc: as `tqdm.tqdm` has them.
        hidden: show none.
    """

    def __init__(self, *, unit: str, desc: str, hidden: bool = False) -> None:
        self._unit, self._desc, self._hidden = unit, desc, hidden
        self._bar: tqdm[NoReturn] | None = None

    def show(self, done: int, total: int) -> None:
        """Move to ``done`` of ``total``."""
        if self._bar is None:
            self._bar = new_bar(sys.stderr, total=total, unit=self._unit, desc=self._desc, disable=self._hidden)
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
