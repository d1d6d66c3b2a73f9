"""A progress bar for commands."""

from types import TracebackType
from typing import NoReturn, Self

from tqdm import tqdm


class LateBar:
    """A bar that appears with the first thing done, so that a refusal stands alone.

    Args:
        total: how many things there are to do.
        unit, desc: as `tqdm.tqdm` has them.
        hidden: show none.
    """

    def __init__(self, total: int, *, unit: str, desc: str, hidden: bool = False) -> None:
        self._total, self._unit, self._desc, self._hidden = total, unit, desc, hidden
        self._bar: tqdm[NoReturn] | None = None

    def advance(self, things: int = 1) -> None:
        """Move on by so many things."""
        if self._bar is None:
            self._bar = tqdm(total=self._total, unit=self._unit, desc=self._desc, disable=self._hidden)
        self._bar.update(things)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
