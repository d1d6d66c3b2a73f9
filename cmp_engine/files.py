"""Files appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from cmp_engine.exceptions import WriteError


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file beside ``path`` that takes its place once it is complete and on the disk. Folders are made.

    When the block fails, nothing is left behind and what was there before stays.

    Raises:
        WriteError: the file cannot be written, for instance because the disk is full.
    """
    beside = path.with_name(f".part-{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise WriteError(
            f"cannot write {path} ({error}). Free some space or choose another place, then start again: what was "
            "there before is unharmed, and finished work is kept."
        ) from error
    finally:
        with suppress(OSError):  # where even the folder could not be made
            beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8) whole.

    Raises:
        WriteError: the file cannot be written.
    """
    with whole_file(path) as file:
        file.write(text.encode())
