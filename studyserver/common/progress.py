"""A progress bar for commands."""

import sys
from types import TracebackType
from typing import NoReturn, Self, TextIO

from tqdm import tqdm


def redraw_s(stream: TextIO) -> float:
    """The seconds after which a bar is drawn again: in a pipe or file every drawing stays."""
    return 0.2 if stream.isatty() else 10


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
            self._bar = tqdm(
                total=total,
                unit=self._unit,
                desc=self._desc,
                file=sys.stderr,
                mininterval=redraw_s(sys.stderr),
                disable=self._hidden,
            )
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
