"""A progress bar for commands."""

from types import TracebackType
from typing import NoReturn, Self

from tqdm import tqdm


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
            self._bar = tqdm(total=total, unit=self._unit, desc=self._desc, disable=self._hidden)
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
