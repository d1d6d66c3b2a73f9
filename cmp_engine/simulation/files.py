"""Files appear whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cmp_engine.simulation.errors import SimulationError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path beside ``path`` to write to, and rename it to ``path`` when the block ends well.

    Folders are made. When the block fails nothing is left behind.

    Raises:
        SimulationError: the file could not be written, for example because the disk is full.
    """
    # The suffix stays, because writers choose the format by it.
    beside = path.with_name(f".part-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SimulationError(
            f"{path}: cannot write ({error.strerror or error}). Free some space or choose another folder, "
            "then run the same command again: it goes on where it stopped."
        ) from error
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
