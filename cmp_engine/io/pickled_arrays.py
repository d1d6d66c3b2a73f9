"""NumPy arrays out of pickle files, which research projects publish, without running what a pickle may ask for.

A pickle is a program: it names functions and has them called. Here each name stands for a small function of this
module, so not even NumPy's own constructors see what the file holds; every other name is refused.
"""

import io
import math
import pickle
import pickletools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Never

import numpy as np
from numpy.typing import NDArray

from cmp_engine.exceptions import ArrayFileError

NUMBER_TYPE = re.compile(r"[biuf]\d")  # booleans, signed and unsigned integers, floating point; bytes


def load_pickled_arrays(path: str | Path) -> dict[str, NDArray[Any]]:
    """Read a pickled dictionary of arrays; numbers and flat lists of numbers become arrays, too.

    Args:
        path: a file of `pickle.dump`, any protocol, Python 2 included.

    Returns:
        The arrays by name, with the data types and shapes of the file.

    Raises:
        ArrayFileError: the file is missing or damaged, asks for anything but arrays of numbers, or is no dictionary.
    """
    content = _load(path)
    if not isinstance(content, dict):
        kind = "array" if isinstance(content, _Array) else type(content).__name__
        raise ArrayFileError(f"{path} holds one {kind}, expected a dictionary of arrays.")
    if strange := [key for key in content if not isinstance(key, str)]:
        raise ArrayFileError(f"{path} has the key {strange[0]!r}, expected names.")
    return {key: _as_array(value, f"{path}: {key!r}") for key, value in content.items()}


def load_pickled_array(path: str | Path) -> NDArray[Any]:
    """Read a pickle of one bare array.

    Raises:
        ArrayFileError: the file is missing or damaged, asks for anything but an array of numbers, or is no array.
    """
    return _as_array(_load(path), str(path))


def _load(path: str | Path) -> object:
    if not Path(path).is_file():
        raise ArrayFileError(f"no file {path}; give the path of a pickle of NumPy arrays.")
    content = Path(path).read_bytes()
    try:
        _check_claims(content)
        return _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    except Exception as error:  # On damaged files the reader raises whatever the bytes lead it to.
        raise ArrayFileError(
            f"{path} is not a pickle of plain NumPy arrays: {error or type(error).__name__}. Nothing in it was run. "
            "Use the file as it was published."
        ) from error


def _check_claims(content: bytes) -> None:
    """Refuse what would have the reader set aside more memory than the file can fill.

    `pickletools.genops` itself refuses lengths beyond the end of the file. The reader's table of remembered objects
    grows to whatever number the file names; no file remembers more objects than it has bytes.
    """
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and argument is not None and argument > len(content):
            raise pickle.UnpicklingError(f"it remembers an object as number {argument}")


class _Maker:
    """What a name in the file stands for: it can be called, and nothing else."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[..., object]) -> None:
        self.make = make

    def __call__(self, *arguments: object) -> object:
        return self.make(*arguments)

    def __setstate__(self, state: object) -> Never:
        raise pickle.UnpicklingError("it changes what it should only call")


class _Dtype:
    """A type of numbers: letter and size, such as ``f4``, and the order of bytes that follows in the file."""

    def __init__(self, name: object, *_: object) -> None:
        self.name = name
        self.byte_order = "|"

    def __setstate__(self, state: tuple[object, ...]) -> None:
        self.byte_order = str(state[1])

    def resolve(self) -> np.dtype[Any]:
        if not NUMBER_TYPE.fullmatch(str(self.name)):
            raise pickle.UnpicklingError(f"it holds values of type {self.name}, which are no numbers")
        if self.byte_order not in ("<", ">", "=", "|"):
            raise pickle.UnpicklingError(f"it holds values of byte order {self.byte_order!r}, which is none")
        return np.dtype(f"{self.byte_order}{self.name}")


class _Array:
    """An array that is empty until its content follows in the file."""

    def __init__(self, *_: object) -> None:
        self.values: NDArray[Any] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, is_fortran, data = state
        self.values = _numbers(data, dtype, shape, "F" if is_fortran else "C")


def _numbers(data: object, dtype: object, shape: tuple[int, ...], order: Any) -> NDArray[Any]:
    if isinstance(data, str):  # bytes of Python 2
        data = data.encode("latin1")
    if not isinstance(data, bytes | bytearray) or not isinstance(dtype, _Dtype):
        raise pickle.UnpicklingError("an array in it holds objects instead of numbers")
    resolved = dtype.resolve()
    if len(data) != math.prod(shape) * resolved.itemsize:
        raise pickle.UnpicklingError(f"an array of shape {shape} and type {resolved} cannot have {len(data)} bytes")
    # The copy is aligned and can be written to.
    return np.frombuffer(data, resolved).reshape(shape, order=order).copy(order=order)


def _from_buffer(data: object, dtype: object, shape: tuple[int, ...], order: str) -> _Array:
    array = _Array()
    array.values = _numbers(data, dtype, shape, order)
    return array


def _scalar(dtype: object, data: object) -> _Array:
    return _from_buffer(data, dtype, (), "C")


def _latin1_bytes(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"it encodes text as {encoding!r}")
    return text.encode("latin1")


def _no_array_type(*_: object) -> Never:
    raise pickle.UnpicklingError("it calls numpy.ndarray, which array files only mention")


MAKERS: dict[tuple[str, str], Callable[..., object]] = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): _no_array_type,
    ("_codecs", "encode"): _latin1_bytes,  # bytes, in protocols before 3
}
for _package in ("numpy.core", "numpy._core"):  # before and since NumPy 2
    MAKERS[f"{_package}.multiarray", "_reconstruct"] = _Array
    MAKERS[f"{_package}.multiarray", "scalar"] = _scalar
    MAKERS[f"{_package}.numeric", "_frombuffer"] = _from_buffer  # protocol 5


class _ArrayUnpickler(pickle.Unpickler):
    """Knows the names that array files need, and no other."""

    def find_class(self, module: str, name: str) -> _Maker:
        if (module, name) not in MAKERS:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _Maker(MAKERS[module, name])


def _as_array(value: object, place: str) -> NDArray[Any]:
    if isinstance(value, _Array):
        if value.values is None:
            raise ArrayFileError(f"{place} is an array without content.")
        return value.values
    # Flat lists only: nested ones can name each other and grow without bound.
    numbers = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(number, int | float) for number in numbers):
        raise ArrayFileError(f"{place} is a {type(value).__name__}, expected an array of numbers.")
    array = np.asarray(value)
    if array.dtype.hasobject:  # integers beyond 64 bits
        raise ArrayFileError(f"{place} holds integers that no array can.")
    return array
