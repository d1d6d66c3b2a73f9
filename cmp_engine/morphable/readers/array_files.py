"""Arrays from NumPy and MATLAB files, with the errors that a user can mend."""

from pathlib import Path
from typing import Any

import scipy.io
from numpy.typing import NDArray

from cmp_engine.io.arrays import load_array
from cmp_engine.morphable.readers.exceptions import ModelFileError


def load_mat(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """The named arrays of a MATLAB file (version 7 or older).

    Raises:
        ModelFileError: the file is missing or damaged, or lacks one of them.
    """
    if not path.is_file():
        raise ModelFileError(f"{path}: no such file; check the path.")
    try:
        content = scipy.io.loadmat(path, variable_names=names)
    # On damaged files the reader raises whatever the bytes lead it to.
    except Exception as error:
        raise ModelFileError(
            f"{path}: not a readable MATLAB file ({error}); a file of version 7.3 must be saved again with -v7."
        ) from error
    missing = [name for name in names if name not in content]
    if missing:
        raise ModelFileError(f"{path}: lacks {', '.join(missing)}; use the file as it was published.")
    return {name: content[name] for name in names}


def load_npy(path: Path) -> NDArray[Any]:
    """An array of a NumPy file.

    Raises:
        ModelFileError: the file is missing or damaged.
    """
    return load_array(path, error=ModelFileError, remedy="complete the folder with the file as it was published.")
