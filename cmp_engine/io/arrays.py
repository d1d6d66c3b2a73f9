"""Arrays of numbers from NumPy's files: the one way to open them, whose error and remedy each room chooses."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap, read_array
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from cmp_engine.exceptions import EngineError

NUMBERS = "biuf"  # kinds of arrays: truth values, integers, floating-point numbers


def load_array(path: Path, *, error: type[EngineError], remedy: str, mapped: bool = False) -> NDArray[Any]:
    """The array of an ``.npy`` file.

    Args:
        path: of the file.
        error: what is raised.
        remedy: what a user can do about the file; it ends the message.
        mapped: leave it on the disk and read what is asked of it.

    Raises:
        EngineError: of the kind ``error``: the file is missing, damaged, or holds something other than real numbers.
    """
    try:
        if mapped:
            return _numbers(open_memmap(path, mode="r"), "the file")
        with path.open("rb") as file:
            return _numbers(read_array(file, allow_pickle=False), "the file")
    except FileNotFoundError:
        raise error(f"{path}: no such file; {remedy}") from None
    except Exception as reason:  # On damaged files the readers raise whatever the bytes lead them to.
        raise error(f"{path}: not a readable array ({reason}); {remedy}") from reason


def load_arrays(
    path: Path, *, error: type[EngineError], remedy: str, names: Collection[str] = ()
) -> dict[str, NDArray[Any]]:
    """All arrays of an ``.npz`` file, by name.

    Args:
        path: of the file.
        error: what is raised.
        remedy: what a user can do about the file; it ends the message.
        names: arrays that it must hold.

    Raises:
        EngineError: of the kind ``error``: the file is missing or damaged, lacks an array, or holds something other
            than real numbers.
    """
    try:
        with path.open("rb") as file:  # NumPy leaves it open where it is damaged.
            stored = np.load(file, allow_pickle=False)
            if not isinstance(stored, NpzFile):
                raise ValueError("it holds a single array")
            arrays = {name: _numbers(array, name) for name, array in stored.items()}
        if missing := [name for name in names if name not in arrays]:
            raise ValueError(f"it lacks {', '.join(missing)}")
    except FileNotFoundError:
        raise error(f"{path}: no such file; {remedy}") from None
    except Exception as reason:  # As above; a part may be damaged where the list of parts is not.
        raise error(f"{path} is damaged ({reason}); {remedy}") from reason
    return arrays


def _numbers(loaded: NDArray[Any], what: str) -> NDArray[Any]:
    if loaded.dtype.kind not in NUMBERS:
        raise ValueError(f"{what} holds {loaded.dtype} in the place of numbers")
    return loaded
