"""Files of arrays: read as they are, or refused with the caller's error and remedy."""

from functools import partial

import numpy as np
import pytest

from cmp_engine.exceptions import EngineError
from cmp_engine.io.arrays import load_array, load_arrays


class OwnError(EngineError):
    """What a caller raises."""


ASKED = {"error": OwnError, "remedy": "make it again."}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, bool])
def test_numbers_come_as_they_were_saved(tmp_path, dtype):
    values = np.arange(6).reshape(2, 3).astype(dtype)
    np.save(tmp_path / "a.npy", values)
    np.savez(tmp_path / "a.npz", one=values, two=values[0])
    for mapped in (False, True):
        loaded = load_array(tmp_path / "a.npy", mapped=mapped, **ASKED)
        assert isinstance(loaded, np.memmap) is mapped
        assert loaded.dtype == dtype
        np.testing.assert_array_equal(loaded, values)
    arrays = load_arrays(tmp_path / "a.npz", names=("two",), **ASKED)
    assert list(arrays) == ["one", "two"]
    np.testing.assert_array_equal(arrays["two"], values[0])


class Payload:
    """What only unpickling would bring back."""


OTHERS = {
    "text": np.array(["one", "two"]),
    "times": np.array(["2026-01-01"], "datetime64[D]"),
    "records": np.zeros(2, [("x", float)]),
    "complex": np.zeros(2, complex),
    "objects": np.array([Payload(), None]),
}


@pytest.mark.parametrize("values", OTHERS.values(), ids=OTHERS)
def test_what_is_no_number_is_refused(tmp_path, values):
    np.save(tmp_path / "a.npy", values)
    np.savez(tmp_path / "a.npz", fine=np.zeros(1), other=values)
    with pytest.raises(OwnError, match=r"a\.npy: not a readable array \(.*\); make it again\."):
        load_array(tmp_path / "a.npy", **ASKED)
    with pytest.raises(OwnError, match=r"a\.npz is damaged \(.*\); make it again\."):
        load_arrays(tmp_path / "a.npz", **ASKED)


def test_the_message_says_what_is_there_in_the_place_of_numbers(tmp_path):
    np.save(tmp_path / "a.npy", OTHERS["text"])
    with pytest.raises(OwnError, match=r"\(the file holds <U3 in the place of numbers\)"):
        load_array(tmp_path / "a.npy", **ASKED)


def test_one_kind_of_file_is_not_taken_for_the_other(tmp_path):
    np.savez(tmp_path / "several.npz", a=np.zeros(1))
    (tmp_path / "several.npz").rename(tmp_path / "a.npy")
    np.save(tmp_path / "single.npy", np.zeros(1))
    (tmp_path / "single.npy").rename(tmp_path / "a.npz")
    with pytest.raises(OwnError, match=r"a\.npy: not a readable array \(the magic string is not correct"):
        load_array(tmp_path / "a.npy", **ASKED)
    with pytest.raises(OwnError, match=r"a\.npz is damaged \(it holds a single array\)"):
        load_arrays(tmp_path / "a.npz", **ASKED)


@pytest.mark.parametrize("load", [load_array, load_arrays])
def test_a_missing_file_is_named(tmp_path, load):
    with pytest.raises(OwnError, match=r"gone: no such file; make it again\."):
        load(tmp_path / "gone", **ASKED)


@pytest.mark.parametrize("kept", [0, 4, 60, 100, 700])
def test_damaged_files_are_refused_wherever_they_end(tmp_path, kept):
    values = np.random.default_rng(0).normal(size=100)
    np.save(tmp_path / "a.npy", values)
    np.savez_compressed(tmp_path / "a.npz", values=values)
    for name, load in (("a.npy", load_array), ("a.npy", partial(load_array, mapped=True)), ("a.npz", load_arrays)):
        path = tmp_path / name
        path.write_bytes(path.read_bytes()[:kept])
        with pytest.raises(OwnError, match=r"; make it again\."):
            load(path, **ASKED)


def test_a_damaged_part_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", values=np.random.default_rng(0).normal(size=100))
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[200:260] = bytes(60)
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(OwnError, match=r"a\.npz is damaged"):
        load_arrays(tmp_path / "a.npz", **ASKED)


def test_arrays_that_a_file_lacks_are_named(tmp_path):
    np.savez(tmp_path / "a.npz", one=np.zeros(1))
    with pytest.raises(OwnError, match=r"a\.npz is damaged \(it lacks two, three\); make it again\."):
        load_arrays(tmp_path / "a.npz", names=("one", "two", "three"), **ASKED)
