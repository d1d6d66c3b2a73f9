"""What is wrong in the lines of a file, found in one go: a person mends a table once, not once a fault."""

from collections.abc import Callable, Iterable

SHOWN = 10
"""Faulty lines whose fault is written out; the others are counted."""


class VoteFileError(ValueError):
    """The file is not a table of votes; the message names the lines or columns, and the remedy."""


class Faults:
    """Faulty lines of a file, each with the first fault found in it."""

    def __init__(self) -> None:
        self._lines: set[int] = set()
        self._words: dict[int, str] = {}

    def add(self, lines: Iterable[int], words: Callable[[int], str]) -> None:
        """Note lines, numbered from 1 as in an editor, and what is wrong with each, with its remedy."""
        faulty = sorted({int(line) for line in lines} - self._lines)
        self._lines.update(faulty)
        # The first ones of all are among the first ones of every kind.
        self._words.update((line, words(line)) for line in faulty[:SHOWN])

    def refuse(self) -> None:
        """Raise what was found.

        Raises
        ------
        VoteFileError
            Any line is faulty.
        """
        shown = [f"line {line}: {self._words[line]}" for line in sorted(self._words)[:SHOWN]]
        if not shown:
            return
        if len(self._lines) == 1:
            raise VoteFileError(shown[0])
        which = "" if len(shown) == len(self._lines) else f", the first {SHOWN} of them"
        raise VoteFileError("\n  ".join([f"{len(self._lines)} lines are faulty{which}:", *shown]))
