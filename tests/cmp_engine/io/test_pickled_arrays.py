"""Pickles of arrays are read without running what they ask for."""

import io
import os
import pickle
import tracemalloc

import numpy as np
import pytest

from cmp_engine.exceptions import ArrayFileError
from cmp_engine.io.pickled_arrays import load_pickled_array, load_pickled_arrays


def written(folder, content: object, protocol: int = 4):
    path = folder / "arrays.pkl"
    path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content, protocol))
    return path


class Payload:
    """Runs a command when an ordinary unpickler meets it."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


ARRAYS = {
    "mean": np.linspace(-1, 1, 62, dtype="f4"),
    "triangles": np.arange(12, dtype="u2").reshape(3, 4),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big_endian": np.arange(3, dtype=">f8"),
    "mask": np.array([True, False]),
    "scalar": np.float32(1.5),
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_of_every_protocol_come_back_with_type_shape_and_values(tmp_path, protocol):
    loaded = load_pickled_arrays(written(tmp_path, ARRAYS, protocol))
    assert list(loaded) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert isinstance(loaded[name], np.ndarray)
        assert loaded[name].dtype == array.dtype
        assert loaded[name].flags.writeable
        np.testing.assert_array_equal(loaded[name], array)


def test_names_of_numpy_before_version_two_are_known(tmp_path):
    current = pickle.dumps(ARRAYS, 2)
    former = current.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert former != current
    np.testing.assert_array_equal(load_pickled_arrays(written(tmp_path, former))["mean"], ARRAYS["mean"])


def test_strings_of_python_two_are_the_bytes_of_an_array(tmp_path):
    # As Python 2 wrote {"mean": array([1, 2], "<f4")}: names and bytes are both BINSTRING ("U" and a length).
    data = np.array([1, 2], "<f4").tobytes()
    head = b"\x80\x02}U\x04meancnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    dtype = b"cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    state = b"(K\x01K\x02\x85" + dtype + b"\x89U" + bytes([len(data)]) + data + b"tb"
    loaded = load_pickled_arrays(written(tmp_path, head + state + b"s."))
    np.testing.assert_array_equal(loaded["mean"], np.array([1, 2], "f4"))


def test_numbers_and_flat_lists_become_arrays(tmp_path):
    loaded = load_pickled_arrays(written(tmp_path, {"width": 3, "edges": [0.5, 1.0], "sizes": (1, 2)}))
    assert loaded["width"] == 3
    np.testing.assert_array_equal(loaded["edges"], [0.5, 1.0])
    np.testing.assert_array_equal(loaded["sizes"], [1, 2])


def test_bare_array_is_read_by_its_own_function(tmp_path):
    path = written(tmp_path, ARRAYS["triangles"])
    np.testing.assert_array_equal(load_pickled_array(path), ARRAYS["triangles"])
    with pytest.raises(ArrayFileError, match=r"holds one array, expected a dictionary"):
        load_pickled_arrays(path)


def test_command_in_a_pickle_is_refused_and_not_run(tmp_path):
    trace = tmp_path / "trace"
    content = {"mean": ARRAYS["mean"], "std": Payload(os.system, f"touch {trace}")}
    path = written(tmp_path, content)
    with pytest.raises(ArrayFileError, match=r"arrays\.pkl .*asks for posix\.system\. Nothing in it was run"):
        load_pickled_arrays(path)
    assert not trace.exists()
    pickle.loads(path.read_bytes())  # noqa: S301  The pickle does work: an ordinary unpickler runs the command.
    assert trace.exists()


@pytest.mark.parametrize(
    "content",
    [
        Payload(eval, "1 + 1"),
        Payload(getattr, "text", "upper"),
        Payload(np.load, "other.npy"),
        io.BytesIO(b"1"),
        np.array([{}], dtype=object),
        np.array([("a", 1)], dtype=[("name", "U1"), ("value", "i4")]),
        np.array(["text"]),
        np.array([1], "datetime64[s]"),
        np.array([1j]),
    ],
    ids=["eval", "getattr", "other function", "object", "objects", "records", "text", "dates", "complex"],
)
def test_anything_but_arrays_of_numbers_is_refused(tmp_path, content):
    for protocol in (2, 4, 5):
        with pytest.raises(ArrayFileError):
            load_pickled_arrays(written(tmp_path, {"value": content}, protocol))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"value": "text"}, "'value' is a str, expected an array"),
        ({"value": {"deeper": np.zeros(2)}}, "'value' is a dict, expected an array"),
        ({"value": [[1, 2], [3, 4]]}, "'value' is a list, expected an array"),
        ({"value": None}, "'value' is a NoneType"),
        ({"value": 2**70}, "'value' holds integers that no array can"),
        ({3: np.zeros(2)}, "has the key 3, expected names"),
        ([np.zeros(2)], "holds one list, expected a dictionary"),
    ],
)
def test_message_names_what_stands_in_place_of_an_array(tmp_path, content, message):
    with pytest.raises(ArrayFileError, match=message):
        load_pickled_arrays(written(tmp_path, content))


def test_shape_that_claims_more_than_the_file_holds_is_refused(tmp_path):
    honest = pickle.dumps({"value": np.zeros(3, "f4")}, 4)
    shape = b"K\x03\x85"
    assert honest.count(shape) == 1
    with pytest.raises(ArrayFileError, match=r"shape \(2147483647,\) .* cannot have 12 bytes"):
        load_pickled_arrays(written(tmp_path, honest.replace(shape, b"J\xff\xff\xff\x7f\x85")))


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (b"\x80\x02}r\x00\x00\x00\x02.", "remembers an object as number 33554432"),
        (b"}p33554432\n.", "remembers an object as number 33554432"),
        (b"\x80\x04\x8e" + (2**26).to_bytes(8, "little") + b".", "expected 67108864 bytes"),
    ],
    ids=["table", "table in text", "bytes"],
)
def test_claims_of_much_memory_are_refused_before_any_is_set_aside(tmp_path, program, message):
    path = written(tmp_path, program)
    tracemalloc.start()
    try:
        with pytest.raises(ArrayFileError, match=message):
            load_pickled_arrays(path)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (b"cnumpy\nndarray\n(K\x02tR.", r"it calls numpy\.ndarray"),
        (b"cnumpy\ndtype\n}b.", "it changes what it should only call"),
        (b"cnumpy\ndtype\nN}X\x04\x00\x00\x00makeK\x01s\x86b.", "it changes what it should only call"),
        (b"cnumpy.core.multiarray\n_reconstruct\n)R.", "is an array without content"),
        (b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x06\x00\x00\x00rot_13tR.", "it encodes text as 'rot_13'"),
        (b"cnumpy\ndtype\n.", "is a _Maker, expected an array"),
    ],
    ids=["array type called", "attributes", "slots", "array without content", "other encoding", "bare name"],
)
def test_permitted_names_cannot_be_misused(tmp_path, program, message):
    with pytest.raises(ArrayFileError, match=message):
        load_pickled_array(written(tmp_path, program))


@pytest.mark.parametrize("content", [b"", b"hello", pickle.dumps(ARRAYS)[:200]], ids=["empty", "text", "cut"])
def test_damaged_file_is_named(tmp_path, content):
    with pytest.raises(ArrayFileError, match=r"arrays\.pkl is not a pickle of plain NumPy arrays"):
        load_pickled_arrays(written(tmp_path, content))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ArrayFileError, match=r"no file .*absent\.pkl"):
        load_pickled_arrays(tmp_path / "absent.pkl")


def test_published_whitening_is_read(golden):
    with np.load(golden / "bfm" / "whitening.npz") as stored:
        first = load_pickled_arrays(golden / "bfm" / "param_whitening.pkl")
        second = load_pickled_arrays(golden / "3ddfa_v2" / "param_mean_std_62d_120x120.pkl")
        np.testing.assert_array_equal(first["param_mean"], stored["v1_mean"])
        np.testing.assert_array_equal(first["param_std"], stored["v1_std"])
        np.testing.assert_array_equal(second["mean"], stored["v2_mean"])
        np.testing.assert_array_equal(second["std"], stored["v2_std"])


def test_published_triangles_are_read(golden):
    triangles = load_pickled_array(golden / "bfm" / "noneck38365_tri.pkl")
    assert triangles.shape == (3, 76073)
    assert (triangles.min(), triangles.max()) == (0, 38364)


def test_byte_order_that_would_make_records_of_numbers_is_refused(tmp_path):
    content = pickle.dumps({"value": np.array([1.0, 2.0], "<f4")}, 2)
    at = content.index(b"<", content.index(b"dtype"))
    broken = content[: at - 4] + (4).to_bytes(4, "little") + b"f8,<" + content[at + 1 :]
    with pytest.raises(ArrayFileError, match="byte order"):
        load_pickled_arrays(written(tmp_path, broken))
